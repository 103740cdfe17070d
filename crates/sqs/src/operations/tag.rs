//! The tags of queues.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::call;
use crate::error::Error;
use crate::limits::{TAG_KEY_LEN_MAX, TAG_VALUE_LEN_MAX, TAGS_MAX};
use crate::queue::Queue;
use crate::queues::{QueueUrl, Queues};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TagInput {
    #[serde(flatten)]
    queue: QueueUrl,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UntagInput {
    #[serde(flatten)]
    queue: QueueUrl,
    #[serde(default)]
    tag_keys: Vec<String>,
}

impl Queues {
    pub(super) async fn tag_queue(self: Arc<Self>, input: Value) -> Result<Value, Error> {
        let TagInput { queue, tags } = call::input(input)?;
        let queue = self.of(&queue)?;
        if tags.is_empty() {
            return Err(Error::missing("Tags"));
        }
        let add = |queue: &Queue| {
            let mut queue = queue.clone();
            queue.tags.extend(tags.clone());
            check(&queue.tags)?;
            Ok::<_, Error>(queue)
        };
        self.documents.change(queue.name.as_str(), add).await?;
        Ok(Value::Null)
    }

    pub(super) async fn untag_queue(self: Arc<Self>, input: Value) -> Result<Value, Error> {
        let UntagInput { queue, tag_keys } = call::input(input)?;
        let queue = self.of(&queue)?;
        if tag_keys.is_empty() {
            return Err(Error::missing("TagKeys"));
        }
        let remove = |queue: &Queue| {
            let mut queue = queue.clone();
            queue.tags.retain(|key, _| !tag_keys.contains(key));
            Ok::<_, Error>(queue)
        };
        self.documents.change(queue.name.as_str(), remove).await?;
        Ok(Value::Null)
    }

    pub(super) fn list_queue_tags(&self, input: Value) -> Result<Value, Error> {
        let queue = self.of(&call::input(input)?)?;
        if queue.tags.is_empty() {
            return Ok(json!({}));
        }
        Ok(json!({"Tags": queue.tags}))
    }
}

/// docs: tag restrictions.
pub(super) fn check(tags: &BTreeMap<String, String>) -> Result<(), Error> {
    if tags.len() > TAGS_MAX {
        return Err(Error::invalid(format!(
            "Too many tags added for queue. Maximum number of tags allowed is {TAGS_MAX}."
        )));
    }
    for (key, value) in tags {
        let reason = if key.is_empty() || key.chars().count() > TAG_KEY_LEN_MAX {
            "A tag key must have 1 to 128 characters"
        } else if key.to_ascii_lowercase().starts_with("aws:") {
            "A tag key must not begin with aws:"
        } else if value.chars().count() > TAG_VALUE_LEN_MAX {
            "A tag value must have at most 256 characters"
        } else {
            continue;
        };
        return Err(Error::value("Tags", key, reason));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_have_their_limits() {
        let one = |key: &str, value: &str| check(&[(key.to_owned(), value.to_owned())].into());
        let many = |count: usize| {
            let tags = (0..count).map(|number| (number.to_string(), String::new()));
            check(&tags.collect())
        };

        assert!(one("k", "").is_ok());
        assert!(one(&"ä".repeat(128), &"ä".repeat(256)).is_ok());
        assert!(one("", "").is_err());
        assert!(one(&"k".repeat(129), "").is_err());
        assert!(one("k", &"v".repeat(257)).is_err());
        assert!(one("AWS:k", "").is_err());
        assert!(many(50).is_ok());
        assert!(many(51).is_err());
    }
}
