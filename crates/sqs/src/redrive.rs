//! Where messages go that are received again and again, and who may send them here.

use std::collections::BTreeSet;

use domain::name::Home;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::Error;
use crate::limits::{RECEIVE_COUNTS, SOURCE_QUEUES_MAX};
use crate::name::Name;

/// From how many receives on a message is dead, and the queue that it goes to then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RedrivePolicy {
    pub(crate) target: Name,
    pub(crate) max_receive_count: u32,
}

/// Which queues may name this one as their dead-letter queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RedriveAllowPolicy {
    AllowAll,
    DenyAll,
    ByQueue { sources: BTreeSet<String> },
}

const POLICY: &str = "RedrivePolicy";
const ALLOW_POLICY: &str = "RedriveAllowPolicy";

impl RedrivePolicy {
    /// Reads the JSON of the attribute. Whether the target exists is another question.
    pub(crate) fn parse(text: &str, home: &Home) -> Result<Self, Error> {
        let refuse = |reason: &str| Error::value(POLICY, text, reason);
        let Ok(Value::Object(members)) = serde_json::from_str(text) else {
            return Err(refuse("Redrive policy is not a valid JSON map"));
        };
        let known = ["deadLetterTargetArn", "maxReceiveCount"];
        if let Some(other) = members.keys().find(|key| !known.contains(&key.as_str())) {
            return Err(refuse(&format!(
                "Only following attributes are supported: [deadLetterTargetArn, maxReceiveCount], \
                 not {other}"
            )));
        }
        let arn = members.get("deadLetterTargetArn").and_then(Value::as_str);
        let arn = arn.ok_or_else(|| {
            refuse("Redrive policy does not contain mandatory attribute: deadLetterTargetArn")
        })?;
        let count = members.get("maxReceiveCount").ok_or_else(|| {
            refuse("Redrive policy does not contain mandatory attribute: maxReceiveCount")
        })?;
        let max_receive_count = match count {
            Value::Number(number) => number.as_u64(),
            Value::String(digits) => digits.parse().ok(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        let max_receive_count = max_receive_count
            .and_then(|count| u32::try_from(count).ok())
            .filter(|count| RECEIVE_COUNTS.contains(count))
            .ok_or_else(|| {
                refuse(&format!(
                    "Invalid value for maxReceiveCount: {count}, valid values are from 1 to 1000 \
                     both inclusive"
                ))
            })?;
        let is_arn = arn.starts_with("arn:") && arn.split(':').count() == 6;
        if !is_arn {
            return Err(refuse("Invalid value for deadLetterTargetArn"));
        }
        let target = Name::of_arn(arn, home);
        let target = target.ok_or_else(|| Self::no_target(text))?;
        Ok(Self {
            target,
            max_receive_count,
        })
    }

    pub(crate) fn no_target(text: &str) -> Error {
        Error::value(POLICY, text, "Dead letter target does not exist")
    }

    pub(crate) fn to_json(&self, home: &Home) -> String {
        json!({
            "deadLetterTargetArn": self.target.arn(home),
            "maxReceiveCount": self.max_receive_count,
        })
        .to_string()
    }
}

impl RedriveAllowPolicy {
    /// Reads the JSON of the attribute.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        struct Wire {
            redrive_permission: String,
            #[serde(default)]
            source_queue_arns: Option<BTreeSet<String>>,
        }

        let refuse = |reason: &str| Error::value(ALLOW_POLICY, text, reason);
        let wire: Wire = serde_json::from_str(text)
            .map_err(|_| refuse("Redrive allow policy is not a valid JSON map"))?;
        match (wire.redrive_permission.as_str(), wire.source_queue_arns) {
            ("allowAll", None) => Ok(Self::AllowAll),
            ("denyAll", None) => Ok(Self::DenyAll),
            ("byQueue", Some(sources)) if (1..=SOURCE_QUEUES_MAX).contains(&sources.len()) => {
                Ok(Self::ByQueue { sources })
            }
            ("byQueue", _) => Err(refuse("sourceQueueArns must have 1 to 10 ARNs of queues")),
            ("allowAll" | "denyAll", Some(_)) => Err(refuse(
                "sourceQueueArns can only be given when redrivePermission is byQueue",
            )),
            _ => Err(refuse(
                "redrivePermission must be allowAll, denyAll or byQueue",
            )),
        }
    }

    pub(crate) fn allows(&self, source_arn: &str) -> bool {
        match self {
            Self::AllowAll => true,
            Self::DenyAll => false,
            Self::ByQueue { sources } => sources.contains(source_arn),
        }
    }

    pub(crate) fn to_json(&self) -> String {
        match self {
            Self::AllowAll => json!({"redrivePermission": "allowAll"}),
            Self::DenyAll => json!({"redrivePermission": "denyAll"}),
            Self::ByQueue { sources } => {
                json!({"redrivePermission": "byQueue", "sourceQueueArns": sources})
            }
        }
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:sqs:us-east-1:000000000000:dead";

    fn parse(text: &str) -> Result<RedrivePolicy, String> {
        let home = Home::new("us-east-1", "000000000000");
        RedrivePolicy::parse(text, &home).map_err(|error| error.message)
    }

    #[test]
    fn a_receive_count_may_be_a_number_or_digits() {
        for count in ["3", "\"3\""] {
            let text = format!(r#"{{"deadLetterTargetArn": "{ARN}", "maxReceiveCount": {count}}}"#);

            assert_eq!(parse(&text).unwrap().max_receive_count, 3);
        }
    }

    #[test]
    fn what_is_wrong_with_a_policy_is_said() {
        let with_count =
            |count| format!(r#"{{"deadLetterTargetArn": "{ARN}", "maxReceiveCount": {count}}}"#);
        for (text, reason) in [
            ("7", "not a valid JSON map"),
            ("{", "not a valid JSON map"),
            ("{}", "mandatory attribute: deadLetterTargetArn"),
            (
                r#"{"deadLetterTargetArn": "x"}"#,
                "attribute: maxReceiveCount",
            ),
            (&with_count("0"), "valid values are from 1 to 1000"),
            (&with_count("1001"), "valid values are from 1 to 1000"),
            (&with_count("-1"), "valid values are from 1 to 1000"),
            (&with_count("1.5"), "valid values are from 1 to 1000"),
            (
                r#"{"deadLetterTargetArn": "dummy", "maxReceiveCount": 42}"#,
                "Invalid value for deadLetterTargetArn",
            ),
            (
                r#"{"deadLetterTargetArn": "arn:aws:sqs:eu-west-1:000000000000:d", "maxReceiveCount": 2}"#,
                "Dead letter target does not exist",
            ),
            (r#"{"maxReceives": 2}"#, "not maxReceives"),
        ] {
            let why = parse(text).unwrap_err();
            assert!(why.contains(reason), "{text}: {why}");
        }
    }

    #[test]
    fn an_allow_policy_lets_in_whom_it_names() {
        let all = RedriveAllowPolicy::parse(r#"{"redrivePermission": "allowAll"}"#).unwrap();
        let none = RedriveAllowPolicy::parse(r#"{"redrivePermission": "denyAll"}"#).unwrap();
        let text = format!(r#"{{"redrivePermission": "byQueue", "sourceQueueArns": ["{ARN}"]}}"#);
        let some = RedriveAllowPolicy::parse(&text).unwrap();

        assert_eq!(
            [&all, &none, &some].map(|policy| (policy.allows(ARN), policy.allows("other"))),
            [(true, true), (false, false), (true, false)]
        );
        for policy in [all, none, some] {
            assert_eq!(
                RedriveAllowPolicy::parse(&policy.to_json()).unwrap(),
                policy
            );
        }
    }

    #[test]
    fn an_allow_policy_that_contradicts_itself_is_refused() {
        for text in [
            "[]",
            r#"{"redrivePermission": "maybe"}"#,
            r#"{"redrivePermission": "byQueue"}"#,
            r#"{"redrivePermission": "byQueue", "sourceQueueArns": []}"#,
            r#"{"redrivePermission": "denyAll", "sourceQueueArns": ["a"]}"#,
            r#"{"redrivePermission": "denyAll", "more": 1}"#,
        ] {
            assert!(RedriveAllowPolicy::parse(text).is_err(), "{text}");
        }
    }
}
