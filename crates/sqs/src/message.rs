//! A message as it lies in the durable queue.

use std::time::Duration;

use bytes::Bytes;
use domain::time::Moment;
use serde::{Deserialize, Serialize};
use store::{AtExpiry, NewEvent};
use uuid::Uuid;

use crate::attribute::Attributes;
use crate::error::{Error, Kind};
use crate::queue::Queue;
use crate::settings::{DeduplicationScope, Fifo};

/// The number of the stored form.
const FORMAT: u32 = 1;

/// A message. The form is durable: members may be added, never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) id: Uuid,
    /// When it was sent first. It stays the same in the dead-letter queue of a standard queue.
    pub(crate) sent: Moment,
    pub(crate) body: String,
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub(crate) attributes: Attributes,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) trace: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) group: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) deduplication: Option<String>,
    /// The ARN of the queue that it was moved here from because nobody could process it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<String>,
    /// How often it was received in that queue.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) receives: u32,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands out references"
)]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// How a message lies on disk.
#[derive(Serialize, Deserialize)]
struct Stored<M> {
    format: u32,
    message: M,
}

/// Only the part that tells whether the rest can be read.
#[derive(Deserialize)]
struct FormatOnly {
    format: u32,
}

impl Message {
    /// A message that nobody has received yet.
    pub(crate) fn new(id: Uuid, sent: Moment, body: String) -> Self {
        Self {
            id,
            sent,
            body,
            attributes: Attributes::new(),
            trace: None,
            group: None,
            deduplication: None,
            source: None,
            receives: 0,
        }
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        let FormatOnly { format } = serde_json::from_slice(bytes)?;
        if format != FORMAT {
            let why = format!("a message of format {format}; this server reads format {FORMAT}");
            return Err(serde::de::Error::custom(why));
        }
        let Stored { message, .. } = serde_json::from_slice(bytes)?;
        Ok(message)
    }

    pub(crate) fn encode(&self) -> Bytes {
        let stored = Stored {
            format: FORMAT,
            message: self,
        };
        // Text, numbers and keys that are text always serialize.
        serde_json::to_vec(&stored).unwrap_or_default().into()
    }

    /// The message as an event of a queue.
    pub(crate) fn into_event(self, queue: &Queue, delay: Duration, now: Moment) -> NewEvent {
        let fifo = queue.settings.fifo.as_ref();
        NewEvent {
            queue: queue.name.events(),
            key: Some(self.id.to_string()),
            body: self.encode(),
            due: now + delay,
            expires: self.sent + queue.retention(),
            at_expiry: AtExpiry::Remove,
            dedup: fifo.and_then(|fifo| self.dedup(fifo)),
            group: fifo.and(self.group),
        }
    }

    /// The message as an event of a queue that it is moved to. It was sent once, so nothing that the
    /// queue has seen makes it a duplicate.
    pub(crate) fn into_moved(self, queue: &Queue, now: Moment) -> NewEvent {
        NewEvent {
            dedup: None,
            ..self.into_event(queue, Duration::ZERO, now)
        }
    }

    fn dedup(&self, fifo: &Fifo) -> Option<String> {
        let id = self.deduplication.as_ref()?;
        let group = self.group.as_deref().unwrap_or_default();
        Some(match fifo.scope {
            DeduplicationScope::Queue => id.clone(),
            // No id has a line break, so no two pairs are one text.
            DeduplicationScope::MessageGroup => format!("{group}\n{id}"),
        })
    }

    /// What counts against the maximum of the queue, in bytes.
    ///
    /// docs: quotas related to messages: a body and the names, types and values of its attributes.
    pub(crate) fn size(&self) -> usize {
        let attributes = self.attributes.iter();
        let sizes = attributes.map(|(name, attribute)| name.len() + attribute.size());
        self.body.len() + sizes.sum::<usize>()
    }
}

/// docs: `SendMessage`, the characters that a message can include: those of XML.
pub(crate) fn is_character(character: char) -> bool {
    matches!(
        character,
        '\u{9}' | '\u{a}' | '\u{d}' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}'
            | '\u{10000}'..='\u{10ffff}'
    )
}

/// Refuses a text that a message cannot include.
pub(crate) fn check_characters(text: &str) -> Result<(), Error> {
    if text.chars().all(is_character) {
        return Ok(());
    }
    Err(Error::new(
        Kind::InvalidMessageContents,
        "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | \
         #xE000 to #xFFFD | #x10000 to #x10FFFF",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribute::{Attribute, Value};

    /// What format 1 looks like for ever.
    const GOLDEN: &str = concat!(
        r#"{"format":1,"message":{"id":"00000000-0000-0000-0000-00000000000a","#,
        r#""sent":1700000000000,"body":"a \"body\"\n","attributes":{"#,
        r#""b":{"type":"Binary","binary":"AAE="},"#,
        r#""n":{"type":"Number.int","text":"1"}},"#,
        r#""trace":"Root=1","group":"g","deduplication":"d","#,
        r#""source":"arn:aws:sqs:us-east-1:000000000000:q.fifo","receives":3}}"#,
    );

    const GOLDEN_SMALL: &str = concat!(
        r#"{"format":1,"message":{"id":"00000000-0000-0000-0000-00000000000a","#,
        r#""sent":1700000000000,"body":"x"}}"#,
    );

    fn plain() -> Message {
        let sent = Moment::from_millis(1_700_000_000_000);
        Message::new(Uuid::from_u128(10), sent, "x".to_owned())
    }

    fn full() -> Message {
        let binary = Attribute {
            data_type: "Binary".to_owned(),
            value: Value::Binary("AAE=".to_owned()),
        };
        Message {
            body: "a \"body\"\n".to_owned(),
            attributes: Attributes::from([
                ("b".to_owned(), binary),
                ("n".to_owned(), Attribute::text("Number.int", "1")),
            ]),
            trace: Some("Root=1".to_owned()),
            group: Some("g".to_owned()),
            deduplication: Some("d".to_owned()),
            source: Some("arn:aws:sqs:us-east-1:000000000000:q.fifo".to_owned()),
            receives: 3,
            ..plain()
        }
    }

    #[test]
    fn a_stored_message_is_read_and_written_as_ever() {
        for (message, golden) in [(full(), GOLDEN), (plain(), GOLDEN_SMALL)] {
            assert_eq!(message.encode(), golden);
            assert_eq!(Message::decode(golden.as_bytes()).unwrap(), message);
        }
    }

    #[test]
    fn a_later_form_is_not_guessed_at() {
        let later = GOLDEN_SMALL.replace("\"format\":1", "\"format\":2");

        assert!(Message::decode(later.as_bytes()).is_err());
    }

    #[test]
    fn a_message_is_as_large_as_its_body_and_its_attributes() {
        // 9 of the body, 1 + 6 + 2 of `b`, 1 + 10 + 1 of `n`.
        assert_eq!(full().size(), 9 + 9 + 12);
    }

    #[test]
    fn only_characters_of_xml_can_be_sent() {
        for good in [
            "",
            "\t\n\r ~",
            "\u{d7ff}\u{e000}\u{fffd}",
            "\u{10000}\u{10ffff}",
        ] {
            assert!(check_characters(good).is_ok(), "{good:?}");
        }
        for bad in ["\u{0}", "a\u{8}", "\u{b}", "\u{1f}", "\u{fffe}", "\u{ffff}"] {
            assert!(check_characters(bad).is_err(), "{bad:?}");
        }
    }
}
