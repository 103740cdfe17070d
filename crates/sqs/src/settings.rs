//! The attributes of a queue that somebody sets: read, checked, and printed again.
//!
//! A setting that is accepted is acted upon. What this server cannot do, encryption with keys of
//! KMS for example, is refused here.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use domain::name::Home;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind};
use crate::limits::{
    DELAY_SECONDS, MESSAGE_BYTES_MAX, MESSAGE_SIZES, RETENTION_SECONDS, RETENTION_SECONDS_DEFAULT,
    VISIBILITY_SECONDS, VISIBILITY_SECONDS_DEFAULT, WAIT_SECONDS,
};
use crate::redrive::{RedriveAllowPolicy, RedrivePolicy};

/// What a queue does with its messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub(crate) delay_seconds: u32,
    pub(crate) maximum_message_size: u32,
    pub(crate) message_retention_period: u32,
    pub(crate) receive_message_wait_time_seconds: u32,
    pub(crate) visibility_timeout: u32,
    pub(crate) redrive: Option<RedrivePolicy>,
    pub(crate) redrive_allow: Option<RedriveAllowPolicy>,
    /// Of FIFO queues only.
    pub(crate) fifo: Option<Fifo>,
}

/// What only FIFO queues have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fifo {
    pub(crate) is_content_based: bool,
    pub(crate) scope: DeduplicationScope,
    pub(crate) throughput: ThroughputLimit,
}

/// Within what a message is compared with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum DeduplicationScope {
    Queue,
    MessageGroup,
}

/// What the quota of calls is about. This server has no such quota, so either is kept to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ThroughputLimit {
    PerQueue,
    PerMessageGroupId,
}

/// A numeric attribute: its name, its range, and where it is.
type Number = (
    &'static str,
    RangeInclusive<u32>,
    fn(&mut Settings) -> &mut u32,
);

const NUMBERS: [Number; 5] = [
    ("DelaySeconds", DELAY_SECONDS, |settings| {
        &mut settings.delay_seconds
    }),
    ("MaximumMessageSize", MESSAGE_SIZES, |settings| {
        &mut settings.maximum_message_size
    }),
    ("MessageRetentionPeriod", RETENTION_SECONDS, |settings| {
        &mut settings.message_retention_period
    }),
    ("ReceiveMessageWaitTimeSeconds", WAIT_SECONDS, |settings| {
        &mut settings.receive_message_wait_time_seconds
    }),
    ("VisibilityTimeout", VISIBILITY_SECONDS, |settings| {
        &mut settings.visibility_timeout
    }),
];

impl Settings {
    /// docs: the defaults of `CreateQueue`.
    pub(crate) fn new(is_fifo: bool) -> Self {
        let fifo = Fifo {
            is_content_based: false,
            scope: DeduplicationScope::Queue,
            throughput: ThroughputLimit::PerQueue,
        };
        Self {
            delay_seconds: 0,
            maximum_message_size: MESSAGE_BYTES_MAX,
            message_retention_period: RETENTION_SECONDS_DEFAULT,
            receive_message_wait_time_seconds: 0,
            visibility_timeout: VISIBILITY_SECONDS_DEFAULT,
            redrive: None,
            redrive_allow: None,
            fifo: is_fifo.then_some(fifo),
        }
    }

    /// These settings with attributes changed. Whether the queues exist that they name is not
    /// looked at.
    pub(crate) fn with(
        &self,
        attributes: &BTreeMap<String, String>,
        home: &Home,
    ) -> Result<Self, Error> {
        let mut next = self.clone();
        for (name, value) in attributes {
            next.set(name, value, home)?;
        }
        let contradiction = next.fifo.as_ref().is_some_and(|fifo| {
            fifo.throughput == ThroughputLimit::PerMessageGroupId
                && fifo.scope != DeduplicationScope::MessageGroup
        });
        if contradiction {
            return Err(Error::new(
                Kind::InvalidAttributeValue,
                "Invalid value for the parameter FifoThroughputLimit. Reason: perMessageGroupId is \
                 only allowed when DeduplicationScope is messageGroup.",
            ));
        }
        Ok(next)
    }

    fn set(&mut self, name: &str, value: &str, home: &Home) -> Result<(), Error> {
        let number = NUMBERS.iter().find(|(number, ..)| *number == name);
        if let Some((_, range, place)) = number {
            let value = value.parse().ok().filter(|value| range.contains(value));
            *place(self) = value.ok_or_else(|| Error::attribute_value(name))?;
            return Ok(());
        }
        match name {
            "RedrivePolicy" if value.is_empty() => self.redrive = None,
            "RedrivePolicy" => self.redrive = Some(RedrivePolicy::parse(value, home)?),
            "RedriveAllowPolicy" if value.is_empty() => self.redrive_allow = None,
            "RedriveAllowPolicy" => self.redrive_allow = Some(RedriveAllowPolicy::parse(value)?),
            "FifoQueue"
            | "ContentBasedDeduplication"
            | "DeduplicationScope"
            | "FifoThroughputLimit" => self.set_fifo(name, value)?,
            _ => refuse_unless_off(name, value)?,
        }
        Ok(())
    }

    fn set_fifo(&mut self, name: &str, value: &str) -> Result<(), Error> {
        let refused = || Error::attribute_value(name);
        let Some(fifo) = &mut self.fifo else {
            return Err(match name {
                "DeduplicationScope" | "FifoThroughputLimit" => Error::new(
                    Kind::InvalidAttributeName,
                    format!("You can specify the {name} only when FifoQueue is set to true."),
                ),
                _ => Error::unknown_attribute(name),
            });
        };
        match name {
            "ContentBasedDeduplication" => {
                fifo.is_content_based = boolean(value).ok_or_else(refused)?;
            }
            "DeduplicationScope" => {
                fifo.scope = match value {
                    "queue" => DeduplicationScope::Queue,
                    "messageGroup" => DeduplicationScope::MessageGroup,
                    _ => return Err(refused()),
                };
            }
            "FifoThroughputLimit" => {
                fifo.throughput = match value {
                    "perQueue" => ThroughputLimit::PerQueue,
                    "perMessageGroupId" => ThroughputLimit::PerMessageGroupId,
                    _ => return Err(refused()),
                };
            }
            // observed: the type of a queue may be repeated and not changed.
            _ if boolean(value) == Some(true) => {}
            _ => {
                return Err(Error::new(
                    Kind::InvalidAttributeValue,
                    "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is \
                     not supported.",
                ));
            }
        }
        Ok(())
    }

    /// Every attribute that somebody has set or that has a default, by its name.
    pub(crate) fn attributes(&self, home: &Home) -> BTreeMap<&'static str, String> {
        let mut settings = self.clone();
        let mut attributes: BTreeMap<&'static str, String> = NUMBERS
            .iter()
            .map(|(name, _, place)| (*name, place(&mut settings).to_string()))
            .collect();
        attributes.insert("SqsManagedSseEnabled", "false".to_owned());
        if let Some(policy) = &self.redrive {
            attributes.insert("RedrivePolicy", policy.to_json(home));
        }
        if let Some(policy) = &self.redrive_allow {
            attributes.insert("RedriveAllowPolicy", policy.to_json());
        }
        if let Some(fifo) = &self.fifo {
            let scope = match fifo.scope {
                DeduplicationScope::Queue => "queue",
                DeduplicationScope::MessageGroup => "messageGroup",
            };
            let throughput = match fifo.throughput {
                ThroughputLimit::PerQueue => "perQueue",
                ThroughputLimit::PerMessageGroupId => "perMessageGroupId",
            };
            let is_content_based = fifo.is_content_based.to_string();
            attributes.insert("FifoQueue", "true".to_owned());
            attributes.insert("ContentBasedDeduplication", is_content_based);
            attributes.insert("DeduplicationScope", scope.to_owned());
            attributes.insert("FifoThroughputLimit", throughput.to_owned());
        }
        attributes
    }
}

/// Attributes that nothing here could act upon may only be set to what is so anyway.
fn refuse_unless_off(name: &str, value: &str) -> Result<(), Error> {
    let why = match name {
        "Policy" => "It does not evaluate access policies of queues, so it takes none",
        "KmsMasterKeyId" | "KmsDataKeyReusePeriodSeconds" => "It does not encrypt with keys of KMS",
        "SqsManagedSseEnabled" => "It does not encrypt messages; only false is accepted",
        _ => return Err(Error::unknown_attribute(name)),
    };
    let is_off = match name {
        "SqsManagedSseEnabled" => boolean(value) == Some(false),
        _ => value.is_empty(),
    };
    if is_off {
        return Ok(());
    }
    Err(Error::unsupported(format!(
        "This server does not support the attribute {name}. {why}."
    )))
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> Home {
        Home::new("us-east-1", "000000000000")
    }

    fn with(is_fifo: bool, attributes: &[(&str, &str)]) -> Result<Settings, Error> {
        let attributes = attributes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Settings::new(is_fifo).with(&attributes, &home())
    }

    #[test]
    fn a_number_has_its_range() {
        for (name, least, most) in [
            ("DelaySeconds", 0, 900),
            ("MaximumMessageSize", 1_024, 1_048_576),
            ("MessageRetentionPeriod", 60, 1_209_600),
            ("ReceiveMessageWaitTimeSeconds", 0, 20),
            ("VisibilityTimeout", 0, 43_200),
        ] {
            for good in [least, most] {
                let settings = with(false, &[(name, &good.to_string())]).unwrap();
                assert_eq!(settings.attributes(&home())[name], good.to_string());
            }
            for bad in [
                (most + 1).to_string(),
                "-1".into(),
                "x".into(),
                String::new(),
            ] {
                let error = with(false, &[(name, &bad)]).unwrap_err();
                let text = format!("Invalid value for the parameter {name}.");
                assert_eq!(
                    (error.kind, error.message),
                    (Kind::InvalidAttributeValue, text)
                );
            }
        }
    }

    #[test]
    fn only_fifo_queues_have_what_is_fifos() {
        for (name, value) in [
            ("ContentBasedDeduplication", "true"),
            ("DeduplicationScope", "messageGroup"),
            ("FifoThroughputLimit", "perQueue"),
            ("FifoQueue", "true"),
        ] {
            assert!(with(true, &[(name, value)]).is_ok(), "{name}");
            let error = with(false, &[(name, value)]).unwrap_err();
            assert_eq!(error.kind, Kind::InvalidAttributeName, "{name}");
        }
    }

    #[test]
    fn the_type_of_a_queue_does_not_change() {
        let error = with(true, &[("FifoQueue", "false")]).unwrap_err();

        assert_eq!(error.kind, Kind::InvalidAttributeValue);
        assert!(
            error
                .message
                .contains("Modifying queue type is not supported")
        );
    }

    #[test]
    fn a_limit_for_each_group_needs_deduplication_for_each_group() {
        let limit = ("FifoThroughputLimit", "perMessageGroupId");

        assert!(with(true, &[limit]).is_err());
        assert!(with(true, &[limit, ("DeduplicationScope", "messageGroup")]).is_ok());
    }

    #[test]
    fn what_cannot_be_acted_upon_is_refused() {
        for (name, value) in [
            ("Policy", "{}"),
            ("KmsMasterKeyId", "alias/aws/sqs"),
            ("KmsDataKeyReusePeriodSeconds", "300"),
            ("SqsManagedSseEnabled", "true"),
        ] {
            let error = with(false, &[(name, value)]).unwrap_err();
            assert_eq!(error.kind, Kind::UnsupportedOperation, "{name}");
        }
        assert!(with(false, &[("Policy", ""), ("SqsManagedSseEnabled", "false")]).is_ok());
    }

    #[test]
    fn an_attribute_that_nobody_knows_is_named() {
        for name in ["Colour", "QueueArn", "ApproximateNumberOfMessages", "All"] {
            let error = with(false, &[(name, "1")]).unwrap_err();
            assert_eq!(error.kind, Kind::InvalidAttributeName);
            assert_eq!(error.message, format!("Unknown Attribute {name}."));
        }
    }
}
