//! What batches have in common: their form, their rules, and outcomes one by one.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::{Error, Kind};
use crate::limits::{BATCH_ENTRIES_MAX, BATCH_ID_LEN_MAX};
use crate::queues::QueueUrl;

/// What an operation is asked to do once: the members of an entry stand beside the queue's.
#[derive(Debug, Deserialize)]
pub(super) struct One<E> {
    #[serde(flatten)]
    pub(super) queue: QueueUrl,
    #[serde(flatten)]
    pub(super) entry: E,
}

/// What an operation is asked to do up to ten times.
#[derive(Debug, Deserialize)]
pub(super) struct Batch<E> {
    #[serde(flatten)]
    pub(super) queue: QueueUrl,
    #[serde(default = "Vec::new", rename = "Entries")]
    pub(super) entries: Vec<E>,
}

/// Refuses a batch that is not one. `ids` are those of its entries, `operation` its name.
pub(super) fn check<'a>(
    ids: impl ExactSizeIterator<Item = Option<&'a str>>,
    operation: &str,
) -> Result<(), Error> {
    let count = ids.len();
    if count == 0 {
        return Err(Error::new(
            Kind::EmptyBatchRequest,
            format!("There should be at least one {operation}RequestEntry in the request."),
        ));
    }
    if count > BATCH_ENTRIES_MAX {
        return Err(Error::new(
            Kind::TooManyEntriesInBatchRequest,
            format!(
                "Maximum number of entries per request are {BATCH_ENTRIES_MAX}. You have sent \
                 {count}."
            ),
        ));
    }
    let mut seen = BTreeSet::new();
    for id in ids {
        let id = id.ok_or_else(|| Error::missing("Id"))?;
        let is_character = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if id.is_empty() || id.len() > BATCH_ID_LEN_MAX || !id.bytes().all(is_character) {
            return Err(Error::new(
                Kind::InvalidBatchEntryId,
                "A batch entry id can only contain alphanumeric characters, hyphens and \
                 underscores. It can be at most 80 letters long.",
            ));
        }
        if !seen.insert(id) {
            return Err(Error::new(
                Kind::BatchEntryIdsNotDistinct,
                format!("Id {id} repeated."),
            ));
        }
    }
    Ok(())
}

/// The outcomes of the entries of a batch.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    successful: Vec<Value>,
    failed: Vec<Value>,
}

impl Outcomes {
    pub(super) fn succeeded(&mut self, entry: Value) {
        self.successful.push(entry);
    }

    pub(super) fn failed(&mut self, id: &str, error: &Error) {
        let names = error.kind.names();
        self.failed.push(json!({
            "Id": id,
            "Code": names.code,
            "Message": error.message,
            "SenderFault": names.status < 500,
        }));
    }

    pub(super) fn into_output(self) -> Value {
        json!({"Successful": self.successful, "Failed": self.failed})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(ids: &[&str]) -> Option<Kind> {
        let checked = check(ids.iter().map(|id| Some(*id)), "SendMessageBatch");
        checked.err().map(|error| error.kind)
    }

    #[test]
    fn a_batch_has_one_to_ten_entries_with_names_of_their_own() {
        let eleven = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"];
        let long = "a".repeat(81);
        for (ids, refused) in [
            (&["a"][..], None),
            (&["a", "b-_9"], None),
            (&eleven[..10], None),
            (&[], Some(Kind::EmptyBatchRequest)),
            (&eleven, Some(Kind::TooManyEntriesInBatchRequest)),
            (&["a", "a"], Some(Kind::BatchEntryIdsNotDistinct)),
            (&[""], Some(Kind::InvalidBatchEntryId)),
            (&["a:b"], Some(Kind::InvalidBatchEntryId)),
            (&[&long], Some(Kind::InvalidBatchEntryId)),
        ] {
            assert_eq!(kind(ids), refused, "{ids:?}");
        }
    }
}
