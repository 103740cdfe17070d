//! Destinations that are no functions: queues of this server, and services outside of it.

use async_trait::async_trait;
use domain::destination::{Content, Delivery, Destination, Kind};
use domain::name::Home;
use invoke::{Delivered, Unreachable};
use sqs::{Outgoing, OutgoingAttribute, Sqs};
use store::NewEvent;
use targets::{Attribute, BusEvent, Message, Places, Service, TargetError, Targets};
use uuid::Uuid;

/// The queues of this server, and SQS, SNS, EventBridge and S3 wherever the operator says that
/// they are. A queue that is here is not looked for anywhere else.
#[derive(Debug)]
pub(crate) struct Outside {
    queues: Sqs,
    targets: Targets,
}

impl Outside {
    pub(crate) fn new(queues: Sqs, places: &Places, home: &Home) -> Self {
        Self {
            queues,
            targets: Targets::new(places.clone(), home.clone()),
        }
    }

    fn is_here(&self, destination: &Destination) -> bool {
        destination.kind() == Kind::Queue && self.queues.exists(destination.arn())
    }

    /// Whether a queue that is not here can be nowhere else.
    fn is_missing(&self, destination: &Destination) -> bool {
        destination.kind() == Kind::Queue && !self.targets.is_configured(Service::Sqs)
    }

    async fn send(&self, delivery: &Delivery) -> Result<(), TargetError> {
        let arn = delivery.destination.arn();
        match delivery.content.clone() {
            Content::Message {
                body,
                attributes,
                trace,
            } => {
                let message = Message {
                    text: body,
                    attributes: attributes.into_iter().map(attribute).collect(),
                    trace: Some(trace),
                };
                if delivery.destination.kind() == Kind::Topic {
                    self.targets.publish(arn, message).await
                } else {
                    self.targets.send_message(arn, message).await
                }
            }
            Content::Entry {
                source,
                detail_type,
                resources,
                detail,
                trace,
            } => {
                let event = BusEvent {
                    source,
                    detail_type,
                    resources,
                    detail,
                    trace: Some(trace),
                };
                self.targets.put_event(arn, event).await
            }
            Content::Object { key, body } => self.targets.put_object(arn, &key, body.into()).await,
            Content::Event { .. } => Err(TargetError::Unknown {
                arn: arn.to_owned(),
            }),
        }
    }
}

/// A message for a queue of this server, as the event that it becomes.
fn message(queues: &Sqs, delivery: &Delivery, id: Uuid) -> Result<NewEvent, Unreachable> {
    let Content::Message {
        body,
        attributes,
        trace,
    } = &delivery.content
    else {
        return Err(Unreachable {
            reason: "a queue takes messages alone".to_owned(),
        });
    };
    let attributes: Vec<OutgoingAttribute<'_>> = attributes
        .iter()
        .map(|attribute| OutgoingAttribute {
            name: &attribute.name,
            data_type: &attribute.data_type,
            value: &attribute.value,
        })
        .collect();
    let outgoing = Outgoing {
        id,
        body,
        attributes: &attributes,
        trace: Some(trace),
    };
    let event = queues.event(delivery.destination.arn(), outgoing);
    event.map_err(|why| Unreachable {
        reason: why.to_string(),
    })
}

/// A queue with the right kind of ARN, and nothing behind it.
fn no_queue() -> Unreachable {
    Unreachable {
        reason: "this server has no such queue, and is not told of another SQS; create the queue \
                 here, or set `targets.sqs` to `aws` or to the URL of an endpoint"
            .to_owned(),
    }
}

fn attribute(attribute: domain::destination::Attribute) -> Attribute {
    let domain::destination::Attribute {
        name,
        data_type,
        value,
    } = attribute;
    Attribute {
        name,
        data_type,
        value,
    }
}

/// The reason alone: whoever reads it knows the ARN.
fn unreachable(error: TargetError) -> Unreachable {
    let reason = match error {
        TargetError::NotConfigured { service, .. } => format!(
            "this server is not told where that service is; set `{}` to `aws` or to the URL of an \
             endpoint",
            service.setting()
        ),
        TargetError::Unknown { .. } => "this server sends nothing there".to_owned(),
        TargetError::Refused { code, message, .. } => format!("it answers {code}: {message}"),
        TargetError::Unreachable { reason, .. } => reason,
    };
    Unreachable { reason }
}

#[async_trait]
impl invoke::Targets for Outside {
    async fn check(&self, destination: &Destination) -> Result<(), Unreachable> {
        if self.is_here(destination) {
            return Ok(());
        }
        if self.is_missing(destination) {
            return Err(no_queue());
        }
        let checked = self.targets.check(destination.arn()).await;
        checked.map_err(unreachable)
    }

    async fn deliver(&self, delivery: &Delivery, id: Uuid) -> Result<Delivered, Unreachable> {
        if self.is_here(&delivery.destination) {
            let event = message(&self.queues, delivery, id)?;
            return Ok(Delivered::Moved(vec![event]));
        }
        if self.is_missing(&delivery.destination) {
            return Err(no_queue());
        }
        let sent = self.send(delivery).await;
        sent.map(|()| Delivered::Sent).map_err(unreachable)
    }
}
