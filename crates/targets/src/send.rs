//! One call for each thing that is sent, and one to see whether its receiver is there.

use std::collections::HashMap;

use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_sns::types::MessageAttributeValue as SnsAttribute;
use aws_sdk_sqs::types::{
    MessageAttributeValue as SqsAttribute, MessageSystemAttributeNameForSends,
    MessageSystemAttributeValue,
};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use bytes::Bytes;

use crate::{Service, TargetError, Targets};

/// A message for a queue or a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub text: String,
    pub attributes: Vec<Attribute>,
    /// What SQS keeps as `AWSTraceHeader`; SNS has no place for it.
    pub trace: Option<String>,
}

/// A message attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    pub name: String,
    /// `String` or `Number`.
    pub data_type: String,
    pub value: String,
}

/// An entry of `PutEvents`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusEvent {
    pub source: String,
    pub detail_type: String,
    pub resources: Vec<String>,
    /// One JSON object.
    pub detail: String,
    pub trace: Option<String>,
}

impl Targets {
    /// Whether the queue, topic, bus or bucket is there and answers us.
    pub async fn check(&self, arn: &str) -> Result<(), TargetError> {
        let service = Service::of(arn).ok_or_else(|| TargetError::Unknown {
            arn: arn.to_owned(),
        })?;
        match service {
            Service::Sqs => self.queue_url(arn).await.map(drop),
            Service::Sns => {
                let client = self.clients.sns(arn).await?;
                let topic = client.get_topic_attributes().topic_arn(arn);
                topic.send().await.map(drop).map_err(failed(arn))
            }
            Service::EventBridge => {
                let client = self.clients.event_bridge(arn).await?;
                let bus = client.describe_event_bus().name(arn);
                bus.send().await.map(drop).map_err(failed(arn))
            }
            Service::S3 => {
                let client = self.clients.s3(arn).await?;
                let bucket = client.head_bucket().bucket(resource(arn));
                bucket.send().await.map(drop).map_err(failed(arn))
            }
        }
    }

    /// Sends a message to a queue.
    pub async fn send_message(&self, queue_arn: &str, message: Message) -> Result<(), TargetError> {
        let url = self.queue_url(queue_arn).await?;
        let attributes = named(message.attributes, |data_type, value| {
            SqsAttribute::builder()
                .data_type(data_type)
                .string_value(value)
                .build()
        });
        let attributes = attributes.map_err(|error| TargetError::unreachable(queue_arn, &error))?;
        let client = self.clients.sqs(queue_arn).await?;
        let mut send = client
            .send_message()
            .queue_url(url)
            .message_body(message.text)
            .set_message_attributes(Some(attributes));
        if let Some(trace) = message.trace {
            let value = MessageSystemAttributeValue::builder()
                .data_type("String")
                .string_value(trace)
                .build()
                .map_err(|error| TargetError::unreachable(queue_arn, &error))?;
            let name = MessageSystemAttributeNameForSends::AwsTraceHeader;
            send = send.message_system_attributes(name, value);
        }
        send.send().await.map(drop).map_err(failed(queue_arn))
    }

    /// Publishes a message to a topic.
    pub async fn publish(&self, topic_arn: &str, message: Message) -> Result<(), TargetError> {
        let attributes = named(message.attributes, |data_type, value| {
            SnsAttribute::builder()
                .data_type(data_type)
                .string_value(value)
                .build()
        });
        let attributes = attributes.map_err(|error| TargetError::unreachable(topic_arn, &error))?;
        let client = self.clients.sns(topic_arn).await?;
        let publish = client
            .publish()
            .topic_arn(topic_arn)
            .message(message.text)
            .set_message_attributes(Some(attributes));
        publish.send().await.map(drop).map_err(failed(topic_arn))
    }

    /// Puts an event onto a bus.
    pub async fn put_event(&self, bus_arn: &str, event: BusEvent) -> Result<(), TargetError> {
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(bus_arn)
            .source(event.source)
            .detail_type(event.detail_type)
            .set_resources(Some(event.resources))
            .detail(event.detail)
            .set_trace_header(event.trace)
            .build();
        let client = self.clients.event_bridge(bus_arn).await?;
        let answer = client.put_events().entries(entry).send().await;
        let answer = answer.map_err(failed(bus_arn))?;
        // The call succeeds also when its entry does not.
        match answer
            .entries()
            .iter()
            .find(|entry| entry.error_code().is_some())
        {
            None => Ok(()),
            Some(refused) => Err(TargetError::Refused {
                arn: bus_arn.to_owned(),
                code: refused.error_code().unwrap_or_default().to_owned(),
                message: refused.error_message().unwrap_or_default().to_owned(),
            }),
        }
    }

    /// Puts an object of JSON into a bucket.
    pub async fn put_object(
        &self,
        bucket_arn: &str,
        key: &str,
        body: Bytes,
    ) -> Result<(), TargetError> {
        let client = self.clients.s3(bucket_arn).await?;
        let put = client
            .put_object()
            .bucket(resource(bucket_arn))
            .key(key)
            .content_type("application/json")
            .body(ByteStream::from(body));
        put.send().await.map(drop).map_err(failed(bucket_arn))
    }

    async fn queue_url(&self, arn: &str) -> Result<String, TargetError> {
        let client = self.clients.sqs(arn).await?;
        let mut get = client.get_queue_url().queue_name(resource(arn));
        if let Some(account) = arn.split(':').nth(4).filter(|account| !account.is_empty()) {
            get = get.queue_owner_aws_account_id(account);
        }
        let answer = get.send().await.map_err(failed(arn))?;
        answer.queue_url.ok_or_else(|| TargetError::Unreachable {
            arn: arn.to_owned(),
            reason: "the service knows the queue and gives no URL for it".to_owned(),
        })
    }
}

/// Message attributes by their names, in the shape that `made` gives them.
fn named<A, E>(
    attributes: Vec<Attribute>,
    made: impl Fn(String, String) -> Result<A, E>,
) -> Result<HashMap<String, A>, E> {
    let named = |attribute: Attribute| {
        let made = made(attribute.data_type, attribute.value)?;
        Ok((attribute.name, made))
    };
    attributes.into_iter().map(named).collect()
}

/// What an ARN names within its service.
fn resource(arn: &str) -> &str {
    arn.splitn(6, ':').nth(5).unwrap_or_default()
}

/// Says what a failed call means: the service said no, or it did not say anything.
fn failed<E, R>(arn: &str) -> impl FnOnce(SdkError<E, R>) -> TargetError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    move |error| match error.as_service_error() {
        Some(refusal) if refusal.code().is_some() => TargetError::Refused {
            arn: arn.to_owned(),
            code: refusal.code().unwrap_or_default().to_owned(),
            message: refusal.message().unwrap_or_default().to_owned(),
        },
        _ => TargetError::unreachable(arn, &error),
    }
}
