//! A queue as it is stored: its name, its settings and its tags. Its messages are events elsewhere.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use domain::time::Moment;
use serde::{Deserialize, Serialize};
use store::documents::Document;
use uuid::Uuid;

use crate::name::Name;
use crate::settings::Settings;

/// A queue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Queue {
    pub(crate) name: Name,
    pub(crate) secret: Secret,
    pub(crate) created: Moment,
    pub(crate) modified: Moment,
    pub(crate) purged: Option<Moment>,
    pub(crate) settings: Settings,
    pub(crate) tags: BTreeMap<String, String>,
}

/// What makes the receipt handles of a queue its own: another one of the same name has another.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Secret([Uuid; 2]);

impl Secret {
    fn random() -> Self {
        Self([Uuid::new_v4(), Uuid::new_v4()])
    }

    pub(crate) fn bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (part, uuid) in bytes.chunks_exact_mut(16).zip(&self.0) {
            part.copy_from_slice(uuid.as_bytes());
        }
        bytes
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Queue {
    pub(crate) fn new(
        name: Name,
        settings: Settings,
        tags: BTreeMap<String, String>,
        now: Moment,
    ) -> Self {
        Self {
            name,
            secret: Secret::random(),
            created: now,
            modified: now,
            purged: None,
            settings,
            tags,
        }
    }

    pub(crate) fn retention(&self) -> Duration {
        Duration::from_secs(self.settings.message_retention_period.into())
    }
}

impl Document for Queue {
    const KIND: &'static str = "queue";
    const FORMAT: u32 = 1;

    fn key(&self) -> String {
        self.name.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use domain::name::Home;

    use super::*;

    /// What format 1 looks like for ever.
    const GOLDEN: &str = r#"{
        "name": "orders.fifo",
        "secret": ["00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"],
        "created": 1700000000000,
        "modified": 1700000000001,
        "purged": null,
        "settings": {
            "delay_seconds": 0,
            "maximum_message_size": 1048576,
            "message_retention_period": 345600,
            "receive_message_wait_time_seconds": 0,
            "visibility_timeout": 30,
            "redrive": {"target": "dead.fifo", "max_receive_count": 3},
            "redrive_allow": {"ByQueue": {"sources": ["arn:aws:sqs:us-east-1:000000000000:a.fifo"]}},
            "fifo": {"is_content_based": true, "scope": "Queue", "throughput": "PerQueue"}
        },
        "tags": {"team": "a"}
    }"#;

    #[test]
    fn a_stored_queue_is_read_and_written_as_ever() {
        let queue: Queue = serde_json::from_str(GOLDEN).unwrap();

        let golden: serde_json::Value = serde_json::from_str(GOLDEN).unwrap();
        assert_eq!(serde_json::to_value(&queue).unwrap(), golden);
        assert_eq!(queue.key(), "orders.fifo");
        assert_eq!(queue.secret.bytes()[15], 1);
        assert_eq!(queue.secret.bytes()[31], 2);
        let attributes = queue.settings.attributes(&Home::new("us-east-1", "0"));
        assert_eq!(attributes["ContentBasedDeduplication"], "true");
    }
}
