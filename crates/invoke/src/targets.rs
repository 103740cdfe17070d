//! What lies outside of Lambda and gets what became of events: queues, topics, buses, buckets.

use std::fmt;

use async_trait::async_trait;
use domain::destination::{Delivery, Destination, Kind};
use store::NewEvent;
use uuid::Uuid;

/// Why a destination cannot be used now. The reason is one sentence for the user, without a full
/// stop, that reads after "… cannot be reached: ".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Unreachable {
    pub reason: String,
}

/// What became of a delivery that did not fail.
#[derive(Debug)]
pub enum Delivered {
    /// The destination has it.
    Sent,
    /// The destination is a queue of our own engine: these events are what it gets. They are
    /// enqueued in the same step that settles the delivery.
    Moved(Vec<NewEvent>),
}

/// Reaches destinations that are no functions of this server.
#[async_trait]
pub trait Targets: Send + Sync + fmt::Debug {
    /// Whether the destination is there and takes what it is sent. Asked when it is configured.
    async fn check(&self, destination: &Destination) -> Result<(), Unreachable>;

    /// Sends to a destination. `id` is the same in every try of one delivery.
    async fn deliver(&self, delivery: &Delivery, id: Uuid) -> Result<Delivered, Unreachable>;
}

/// Reaches nothing: a server that is not told where any service is.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTargets;

impl NoTargets {
    fn refuse(destination: &Destination) -> Unreachable {
        let (service, setting) = match destination.kind() {
            Kind::Queue => ("SQS", "targets.sqs"),
            Kind::Topic => ("SNS", "targets.sns"),
            Kind::EventBus => ("EventBridge", "targets.events"),
            Kind::Bucket => ("S3", "targets.s3"),
            Kind::Function => {
                return Unreachable {
                    reason: "it is a function of another account or region".to_owned(),
                };
            }
        };
        Unreachable {
            reason: format!("this server is not told where {service} is; set `{setting}`"),
        }
    }
}

#[async_trait]
impl Targets for NoTargets {
    async fn check(&self, destination: &Destination) -> Result<(), Unreachable> {
        Err(Self::refuse(destination))
    }

    async fn deliver(&self, delivery: &Delivery, _: Uuid) -> Result<Delivered, Unreachable> {
        Err(Self::refuse(&delivery.destination))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_that_is_told_of_no_service_names_the_setting() {
        let table = [
            ("arn:aws:sqs:us-east-1:000000000000:q", "SQS", "targets.sqs"),
            ("arn:aws:sns:us-east-1:000000000000:t", "SNS", "targets.sns"),
            (
                "arn:aws:events:us-east-1:000000000000:event-bus/b",
                "EventBridge",
                "targets.events",
            ),
            ("arn:aws:s3:::b", "S3", "targets.s3"),
        ];
        for (arn, service, setting) in table {
            let destination = Destination::parse(arn).unwrap();

            let why = NoTargets.check(&destination).await.unwrap_err();

            let text = format!("this server is not told where {service} is; set `{setting}`");
            assert_eq!(why.to_string(), text);
        }
    }
}
