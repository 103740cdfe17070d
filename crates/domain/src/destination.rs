//! Where the record of an event goes once the event has ended, and what exactly is sent there.
//!
//! A function's destinations get a record of the invocation; its dead-letter queue gets the event
//! itself. Both are built here from the same [`Story`], and payloads are spliced in as they came.

mod content;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::name::{FunctionName, Home, Target};

pub use content::{Attribute, Content, Delivery, LastFailure, Response, Story};

/// What an ARN that can be a destination names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Queue,
    Topic,
    Function,
    EventBus,
    /// Only records of failures go there.
    Bucket,
}

/// Why an ARN is no destination.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DestinationError {
    #[error(
        "`{0}` is no ARN of an SQS queue, an SNS topic, a Lambda function, an EventBridge bus or an S3 bucket"
    )]
    Unsupported(String),
    #[error("`{0}` is a FIFO queue or topic, and only standard ones can be destinations")]
    Fifo(String),
    #[error("`{0}` is no ARN of an SQS queue or an SNS topic")]
    NoDeadLetterTarget(String),
}

/// An ARN that something can be sent to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Destination {
    arn: String,
    kind: Kind,
}

/// The most that the name of a queue, a topic, a bus or a bucket may have.
const RESOURCE_NAME_LEN_MAX: usize = 256;

impl Destination {
    /// Reads an ARN of one of the five kinds.
    pub fn parse(arn: &str) -> Result<Self, DestinationError> {
        let unsupported = || DestinationError::Unsupported(arn.to_owned());
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let &["arn", partition, service, region, account, resource] = parts.as_slice() else {
            return Err(unsupported());
        };
        if partition.is_empty() {
            return Err(unsupported());
        }
        let (kind, name) = match service {
            "sqs" => (Kind::Queue, Some(resource)),
            "sns" => (Kind::Topic, Some(resource)),
            "lambda" => (Kind::Function, resource.strip_prefix("function:")),
            "events" => (Kind::EventBus, resource.strip_prefix("event-bus/")),
            "s3" => (Kind::Bucket, Some(resource)),
            _ => return Err(unsupported()),
        };
        let is_placed = match kind {
            Kind::Bucket => true,
            Kind::Queue | Kind::Topic | Kind::Function | Kind::EventBus => {
                !region.is_empty() && !account.is_empty()
            }
        };
        let name = name.filter(|name| is_resource_name(kind, name) && is_placed);
        let name = name.ok_or_else(unsupported)?;
        if matches!(kind, Kind::Queue | Kind::Topic) && is_fifo(name) {
            return Err(DestinationError::Fifo(arn.to_owned()));
        }
        let arn = arn.to_owned();
        Ok(Self { arn, kind })
    }

    pub fn arn(&self) -> &str {
        &self.arn
    }

    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The function, if it is one that lives in `home`.
    pub fn function(&self, home: &Home) -> Option<Target> {
        match self.kind {
            Kind::Function => Target::resolve(home, &self.arn, None).ok(),
            Kind::Queue | Kind::Topic | Kind::EventBus | Kind::Bucket => None,
        }
    }

    /// Whether it is this very function, or a version or alias of it.
    pub fn is_function(&self, home: &Home, name: &FunctionName) -> bool {
        self.function(home)
            .is_some_and(|target| target.function == *name)
    }
}

fn is_resource_name(kind: Kind, name: &str) -> bool {
    let is_character = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'_' | b'.')
            || kind == Kind::EventBus && byte == b'/'
            || kind == Kind::Function && matches!(byte, b':' | b'$')
    };
    (1..=RESOURCE_NAME_LEN_MAX).contains(&name.len()) && name.bytes().all(is_character)
}

fn is_fifo(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, suffix)| suffix == "fifo")
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.arn)
    }
}

impl TryFrom<String> for Destination {
    type Error = DestinationError;

    fn try_from(arn: String) -> Result<Self, DestinationError> {
        Self::parse(&arn)
    }
}

impl From<Destination> for String {
    fn from(destination: Destination) -> Self {
        destination.arn
    }
}

/// A dead-letter queue: a standard queue or a standard topic.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeadLetterTarget(Destination);

impl DeadLetterTarget {
    pub fn parse(arn: &str) -> Result<Self, DestinationError> {
        let none = || DestinationError::NoDeadLetterTarget(arn.to_owned());
        let destination = match Destination::parse(arn) {
            Err(DestinationError::Unsupported(_)) => return Err(none()),
            other => other?,
        };
        match destination.kind() {
            Kind::Queue | Kind::Topic => Ok(Self(destination)),
            Kind::Function | Kind::EventBus | Kind::Bucket => Err(none()),
        }
    }

    pub fn arn(&self) -> &str {
        self.0.arn()
    }

    pub fn as_destination(&self) -> &Destination {
        &self.0
    }
}

impl TryFrom<String> for DeadLetterTarget {
    type Error = DestinationError;

    fn try_from(arn: String) -> Result<Self, DestinationError> {
        Self::parse(&arn)
    }
}

impl From<DeadLetterTarget> for String {
    fn from(target: DeadLetterTarget) -> Self {
        target.0.arn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_destination_has_its_arn() {
        let table = [
            ("arn:aws:sqs:us-east-1:000000000000:q", Kind::Queue),
            ("arn:aws-cn:sns:cn-north-1:000000000000:t", Kind::Topic),
            (
                "arn:aws:lambda:us-east-1:000000000000:function:f",
                Kind::Function,
            ),
            (
                "arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST",
                Kind::Function,
            ),
            (
                "arn:aws:events:us-east-1:000000000000:event-bus/a/b",
                Kind::EventBus,
            ),
            ("arn:aws:s3:::bucket.name", Kind::Bucket),
        ];
        for (arn, kind) in table {
            let destination = Destination::parse(arn).unwrap();

            assert_eq!((destination.kind(), destination.arn()), (kind, arn));
        }
    }

    #[test]
    fn other_arns_are_no_destinations() {
        for arn in [
            "",
            "arn:aws:sqs",
            "arn::sqs:us-east-1:000000000000:q",
            "arn:aws:sqs::000000000000:q",
            "arn:aws:sqs:us-east-1::q",
            "arn:aws:sqs:us-east-1:000000000000:",
            "arn:aws:sqs:us-east-1:000000000000:a b",
            "arn:aws:iam:us-east-1:000000000000:function:f",
            "arn:aws:lambda:us-east-1:000000000000:layer:f",
            "arn:aws:events:us-east-1:000000000000:rule/r",
            "arn:aws:s3:::",
            "kafka://topic",
        ] {
            assert_eq!(
                Destination::parse(arn),
                Err(DestinationError::Unsupported(arn.into()))
            );
        }
    }

    #[test]
    fn fifo_queues_and_topics_are_no_destinations() {
        for arn in [
            "arn:aws:sqs:us-east-1:000000000000:q.fifo",
            "arn:aws:sns:us-east-1:000000000000:t.fifo",
        ] {
            let fifo = DestinationError::Fifo(arn.into());
            assert_eq!(Destination::parse(arn), Err(fifo.clone()));
            assert_eq!(DeadLetterTarget::parse(arn), Err(fifo));
        }
    }

    #[test]
    fn a_dead_letter_queue_is_a_queue_or_a_topic() {
        for arn in [
            "arn:aws:sqs:us-east-1:000000000000:q",
            "arn:aws:sns:us-east-1:000000000000:t",
        ] {
            assert_eq!(DeadLetterTarget::parse(arn).unwrap().arn(), arn);
        }
        for arn in [
            "arn:aws:lambda:us-east-1:000000000000:function:f",
            "arn:aws:s3:::b",
            "arn:aws:iam::000000000000:role/r",
        ] {
            let none = DestinationError::NoDeadLetterTarget(arn.into());
            assert_eq!(DeadLetterTarget::parse(arn), Err(none));
        }
    }

    #[test]
    fn a_function_is_found_in_its_arn_if_it_lives_here() {
        let home = Home::new("us-east-1", "000000000000");
        let name = FunctionName::parse("f").unwrap();
        let is_it = |arn: &str| Destination::parse(arn).unwrap().is_function(&home, &name);

        assert!(is_it("arn:aws:lambda:us-east-1:000000000000:function:f"));
        assert!(is_it("arn:aws:lambda:us-east-1:000000000000:function:f:1"));
        assert!(!is_it("arn:aws:lambda:us-east-1:000000000000:function:g"));
        assert!(!is_it("arn:aws:lambda:eu-west-1:000000000000:function:f"));
        assert!(!is_it("arn:aws:sqs:us-east-1:000000000000:f"));
    }
}
