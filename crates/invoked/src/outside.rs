//! Destinations outside of this server, reached through the services' own APIs.

use async_trait::async_trait;
use domain::destination::{Content, Delivery, Destination, Kind};
use domain::name::Home;
use invoke::{Delivered, Unreachable};
use targets::{Attribute, BusEvent, Message, Places, TargetError, Targets};
use uuid::Uuid;

/// SQS, SNS, EventBridge and S3, wherever the operator says that they are.
#[derive(Debug)]
pub(crate) struct Outside {
    targets: Targets,
}

impl Outside {
    pub(crate) fn new(places: &Places, home: &Home) -> Self {
        Self {
            targets: Targets::new(places.clone(), home.clone()),
        }
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
        let checked = self.targets.check(destination.arn()).await;
        checked.map_err(unreachable)
    }

    async fn deliver(&self, delivery: &Delivery, _: Uuid) -> Result<Delivered, Unreachable> {
        let sent = self.send(delivery).await;
        sent.map(|()| Delivered::Sent).map_err(unreachable)
    }
}
