//! Sending messages: for clients one by one or in batches, and for the server itself.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::time::Moment;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use store::{Enqueued, EventId, NewEvent, Scope};
use uuid::Uuid;

use super::batch::{self, Batch, One, Outcomes};
use crate::attribute::{
    self, Attribute, Attributes, WireAttribute, md5_of_attributes, md5_of_text, to_hex,
};
use crate::call::{self, Int};
use crate::error::{Error, Kind};
use crate::limits::{DELAY_SECONDS, FIFO_ID_LEN_MAX, MESSAGE_BYTES_MAX};
use crate::message::{Message, check_characters};
use crate::name::Name;
use crate::queue::Queue;
use crate::queues::Queues;

/// The one system attribute that a sender may give.
const TRACE_HEADER: &str = "AWSTraceHeader";

/// A message as a client sends it; `id` is of batches only.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    id: Option<String>,
    message_body: Option<String>,
    delay_seconds: Option<Int>,
    message_attributes: Option<BTreeMap<String, WireAttribute>>,
    message_system_attributes: Option<BTreeMap<String, WireAttribute>>,
    message_deduplication_id: Option<String>,
    message_group_id: Option<String>,
}

/// A message that the server itself sends.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// Becomes the message id.
    pub id: Uuid,
    pub body: &'a str,
    pub attributes: &'a [OutgoingAttribute<'a>],
    /// Becomes the system attribute `AWSTraceHeader`.
    pub trace: Option<&'a str>,
}

/// An attribute of such a message.
#[derive(Debug, Clone, Copy)]
pub struct OutgoingAttribute<'a> {
    pub name: &'a str,
    /// `String` or `Number`.
    pub data_type: &'a str,
    pub value: &'a str,
}

/// Why a queue does not take a message of the server's. Reads after "… cannot be reached: ".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    #[error("the queue {arn} does not exist")]
    NoQueue { arn: String },
    #[error("{arn} is a FIFO queue")]
    Fifo { arn: String },
    #[error("the message has {bytes} bytes, and the queue takes at most {max}")]
    TooLarge { bytes: usize, max: u32 },
}

/// A message that is fit to be sent, and when it is to be seen.
#[derive(Debug)]
struct Ready {
    message: Message,
    delay: Duration,
}

impl Queues {
    pub(super) async fn send_message(self: Arc<Self>, input: Value) -> Result<Value, Error> {
        let One::<Entry> { queue, entry } = call::input(input)?;
        let queue = self.of(&queue)?;
        let ready = Ready::new(entry, &queue, self.now())?;
        let mut outputs = self.send(&queue, vec![ready]).await?;
        outputs
            .pop()
            .ok_or_else(|| Error::internal(&"a message was sent without an outcome"))
    }

    pub(super) async fn send_message_batch(self: Arc<Self>, input: Value) -> Result<Value, Error> {
        let Batch::<Entry> { queue, entries } = call::input(input)?;
        let queue = self.of(&queue)?;
        let ids = entries.iter().map(|entry| entry.id.as_deref());
        batch::check(ids, "SendMessageBatch")?;
        if queue.name.is_fifo() {
            // observed: one entry without them fails the whole batch, unlike anything else.
            entries
                .iter()
                .try_for_each(|entry| check_fifo_batch(entry, &queue))?;
        }
        check_batch_size(&entries)?;
        let now = self.now();
        let mut outcomes = Outcomes::default();
        let (mut ids, mut ready) = (Vec::new(), Vec::new());
        for mut entry in entries {
            let id = entry.id.take().unwrap_or_default();
            match Ready::new(entry, &queue, now) {
                Ok(one) => {
                    ids.push(id);
                    ready.push(one);
                }
                Err(error) => outcomes.failed(&id, &error),
            }
        }
        let outputs = self.send(&queue, ready).await?;
        for (id, mut output) in ids.into_iter().zip(outputs) {
            if let Value::Object(members) = &mut output {
                members.insert("Id".to_owned(), Value::String(id));
            }
            outcomes.succeeded(output);
        }
        Ok(outcomes.into_output())
    }

    /// Sends all of them or none. What is answered of each comes in their order.
    async fn send(&self, queue: &Queue, ready: Vec<Ready>) -> Result<Vec<Value>, Error> {
        if ready.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.now();
        let mut outputs: Vec<_> = ready.iter().map(|ready| sums(&ready.message)).collect();
        let ids: Vec<_> = ready.iter().map(|ready| ready.message.id).collect();
        let events = ready
            .into_iter()
            .map(|Ready { message, delay }| message.into_event(queue, delay, now));
        let enqueued = self.events.enqueue(events.collect()).await?;
        for ((output, id), enqueued) in outputs.iter_mut().zip(ids).zip(enqueued) {
            let id = self.id_of(queue, id, enqueued).await?;
            output.insert("MessageId".to_owned(), json!(id));
            if queue.name.is_fifo() {
                let number = sequence_number(enqueued.id);
                output.insert("SequenceNumber".to_owned(), json!(number));
            }
        }
        Ok(outputs.into_iter().map(Value::Object).collect())
    }

    /// The id of the message that is in the queue: of a duplicate, that of the first one if it is
    /// still there.
    async fn id_of(&self, queue: &Queue, own: Uuid, enqueued: Enqueued) -> Result<String, Error> {
        let own = own.to_string();
        let Some(before) = enqueued
            .id
            .0
            .checked_sub(1)
            .filter(|_| enqueued.is_duplicate)
        else {
            return Ok(own);
        };
        let scope = Scope::Queue(queue.name.events());
        let part = self.events.list(&scope, Some(EventId(before)), 1).await?;
        let first = part.entries.into_iter().find(|one| one.id == enqueued.id);
        Ok(first.and_then(|first| first.key).unwrap_or(own))
    }

    /// A message of the server's as an event.
    pub(crate) fn event(&self, arn: &str, outgoing: Outgoing<'_>) -> Result<NewEvent, NotTaken> {
        let arn = || arn.to_owned();
        let name = Name::of_arn(&arn(), &self.home);
        let queue = name.and_then(|name| self.get(&name));
        let queue = queue.ok_or_else(|| NotTaken::NoQueue { arn: arn() })?;
        if queue.name.is_fifo() {
            return Err(NotTaken::Fifo { arn: arn() });
        }
        let now = self.now();
        let attributes = outgoing.attributes.iter().map(|attribute| {
            let value = Attribute::text(attribute.data_type, attribute.value);
            (attribute.name.to_owned(), value)
        });
        let message = Message {
            attributes: attributes.collect(),
            trace: outgoing.trace.map(str::to_owned),
            ..Message::new(outgoing.id, now, outgoing.body.to_owned())
        };
        let (bytes, max) = (message.size(), queue.settings.maximum_message_size);
        if bytes > bytes_max(max) {
            return Err(NotTaken::TooLarge { bytes, max });
        }
        let delay = Duration::from_secs(queue.settings.delay_seconds.into());
        Ok(message.into_event(&queue, delay, now))
    }
}

impl Ready {
    fn new(entry: Entry, queue: &Queue, now: Moment) -> Result<Self, Error> {
        let body = entry.message_body.filter(|body| !body.is_empty());
        let body = body.ok_or_else(|| Error::missing("MessageBody"))?;
        check_characters(&body)?;
        let attributes = attribute::check(entry.message_attributes.unwrap_or_default())?;
        let system = entry.message_system_attributes.unwrap_or_default();
        check_id(entry.message_group_id.as_deref(), "MessageGroupId")?;
        check_id(
            entry.message_deduplication_id.as_deref(),
            "MessageDeduplicationId",
        )?;
        let delay = delay(entry.delay_seconds, queue)?;
        let mut message = Message {
            attributes,
            trace: trace(system)?,
            group: entry.message_group_id,
            deduplication: entry.message_deduplication_id,
            ..Message::new(Uuid::new_v4(), now, body)
        };
        let max = queue.settings.maximum_message_size;
        if message.size() > bytes_max(max) {
            return Err(Error::invalid(format!(
                "One or more parameters are invalid. Reason: Message must be shorter than {max} \
                 bytes."
            )));
        }
        arrange(&mut message, queue)?;
        Ok(Self { message, delay })
    }
}

fn bytes_max(max: u32) -> usize {
    usize::try_from(max).unwrap_or(usize::MAX)
}

/// What the type of the queue asks of a message.
fn arrange(message: &mut Message, queue: &Queue) -> Result<(), Error> {
    let Some(fifo) = &queue.settings.fifo else {
        return match &message.deduplication {
            None => Ok(()),
            Some(id) => Err(Error::value("MessageDeduplicationId", id, WRONG_TYPE)),
        };
    };
    if message.group.is_none() {
        return Err(Error::missing("MessageGroupId"));
    }
    if message.deduplication.is_none() {
        if !fifo.is_content_based {
            return Err(no_deduplication());
        }
        let digest = Sha256::digest(message.body.as_bytes());
        message.deduplication = Some(to_hex(&digest));
    }
    Ok(())
}

/// observed: the grammar is the service's own.
const WRONG_TYPE: &str = "The request include parameter that is not valid for this queue type";

fn no_deduplication() -> Error {
    Error::invalid(
        "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId \
         provided explicitly",
    )
}

fn check_fifo_batch(entry: &Entry, queue: &Queue) -> Result<(), Error> {
    let fifo = queue.settings.fifo.as_ref();
    let is_content_based = fifo.is_some_and(|fifo| fifo.is_content_based);
    if entry.message_deduplication_id.is_none() && !is_content_based {
        return Err(no_deduplication());
    }
    if entry.message_group_id.is_none() {
        return Err(Error::invalid(
            "The request must contain the parameter MessageGroupId.",
        ));
    }
    Ok(())
}

/// observed: the sizes of all entries together, whether or not they are fit to be sent.
fn check_batch_size(entries: &[Entry]) -> Result<(), Error> {
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let sizes = entries.iter().map(|entry| {
        let attributes = entry.message_attributes.iter().flatten();
        let attributes = attributes.map(|(name, attribute)| {
            let base64 = text(&attribute.binary_value);
            name.len() + text(&attribute.data_type) + text(&attribute.string_value) + base64 / 4 * 3
        });
        text(&entry.message_body) + attributes.sum::<usize>()
    });
    let bytes: usize = sizes.sum();
    if bytes <= bytes_max(MESSAGE_BYTES_MAX) {
        return Ok(());
    }
    Err(Error::new(
        Kind::BatchRequestTooLong,
        format!(
            "Batch requests cannot be longer than {MESSAGE_BYTES_MAX} bytes. You have sent {bytes} \
             bytes."
        ),
    ))
}

fn delay(seconds: Option<Int>, queue: &Queue) -> Result<Duration, Error> {
    let seconds = match seconds {
        Some(Int(seconds)) if queue.name.is_fifo() && seconds != 0 => {
            return Err(Error::value("DelaySeconds", seconds, WRONG_TYPE));
        }
        Some(Int(seconds)) if !queue.name.is_fifo() => u32::try_from(seconds)
            .ok()
            .filter(|seconds| DELAY_SECONDS.contains(seconds))
            .ok_or_else(|| {
                let reason = "DelaySeconds must be >= 0 and <= 900";
                Error::value("DelaySeconds", seconds, reason)
            })?,
        Some(_) | None => queue.settings.delay_seconds,
    };
    Ok(Duration::from_secs(seconds.into()))
}

/// docs: `SendMessage`, the characters of both ids.
fn check_id(id: Option<&str>, name: &str) -> Result<(), Error> {
    let is_fit = |id: &str| {
        (1..=FIFO_ID_LEN_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
    };
    match id {
        Some(id) if !is_fit(id) => {
            let reason = format!(
                "{name} can only include alphanumeric and punctuation characters. 1 to \
                 {FIFO_ID_LEN_MAX} in length"
            );
            Err(Error::value(name, id, &reason))
        }
        Some(_) | None => Ok(()),
    }
}

/// The trace header among the system attributes, which may have nothing else.
fn trace(system: BTreeMap<String, WireAttribute>) -> Result<Option<String>, Error> {
    let mut trace = None;
    for (name, attribute) in system {
        if name != TRACE_HEADER {
            return Err(Error::invalid(format!(
                "Message system attribute name '{name}' is invalid."
            )));
        }
        let value = attribute.string_value.filter(|value| !value.is_empty());
        let value = value.filter(|_| attribute.data_type.as_deref() == Some("String"));
        let value = value.ok_or_else(|| {
            Error::invalid(format!(
                "Message system attribute '{TRACE_HEADER}' must contain a non-empty value of type \
                 'String'."
            ))
        })?;
        check_characters(&value)?;
        trace = Some(value);
    }
    Ok(trace)
}

/// What a sender checks its message against.
fn sums(message: &Message) -> Map<String, Value> {
    let mut output = Map::new();
    let mut insert = |name: &str, sum: Option<String>| {
        if let Some(sum) = sum {
            output.insert(name.to_owned(), Value::String(sum));
        }
    };
    insert("MD5OfMessageBody", Some(md5_of_text(&message.body)));
    insert("MD5OfMessageAttributes", md5_of(&message.attributes));
    if let Some(trace) = &message.trace {
        let trace = Attribute::text("String", trace);
        let sum = md5_of_attributes([(TRACE_HEADER, &trace)]);
        insert("MD5OfMessageSystemAttributes", sum);
    }
    output
}

fn md5_of(attributes: &Attributes) -> Option<String> {
    md5_of_attributes(attributes.iter().map(|(name, one)| (name.as_str(), one)))
}

/// docs: `SendMessage` (`SequenceNumber`): it increases in every group. Twenty digits.
pub(super) fn sequence_number(event: EventId) -> String {
    format!("{:020}", event.0)
}
