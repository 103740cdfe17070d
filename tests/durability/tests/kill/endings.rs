//! What came out at the other end.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::Connection;
use crate::load::{Fate, Load};
use crate::server::{DEAD, FAILED, SUCCEEDED, Server};

/// How long the last server may take from one ending to the next. An event that could not be run while
/// the disk refused rests up to five minutes.
const PATIENCE: Duration = Duration::from_mins(6);

/// How long nothing must come before the queues count as read to their end.
const SILENCE: Duration = Duration::from_secs(2);

/// The messages of each queue, by request id.
#[derive(Debug, Default)]
pub(crate) struct Endings {
    succeeded: BTreeMap<String, Vec<Value>>,
    failed: BTreeMap<String, Vec<Value>>,
    dead: BTreeMap<String, Vec<Value>>,
}

impl Endings {
    /// Reads the queues until nothing more comes.
    pub(crate) async fn collect(server: &Server, expected: usize) -> Self {
        let mut endings = Self::default();
        let mut connection = Connection::open(server.address).await.unwrap();
        let mut last = Instant::now();
        while last.elapsed() < SILENCE || (endings.count() < expected && last.elapsed() < PATIENCE)
        {
            let mut found = 0;
            for queue in [SUCCEEDED, FAILED, DEAD] {
                found += endings.read(&mut connection, queue).await;
            }
            if found > 0 {
                last = Instant::now();
            } else {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        endings
    }

    async fn read(&mut self, connection: &mut Connection, queue: &str) -> usize {
        let url = format!("http://localhost/000000000000/{queue}");
        let received = connection
            .sqs(
                "ReceiveMessage",
                &json!({
                    "QueueUrl": url,
                    "MaxNumberOfMessages": 10,
                    "MessageAttributeNames": ["All"],
                    "VisibilityTimeout": 3600,
                }),
            )
            .await;
        let messages = received["Messages"].as_array().cloned().unwrap_or_default();
        let mut entries = Vec::new();
        for (number, message) in messages.iter().enumerate() {
            entries.push(json!({
                "Id": number.to_string(),
                "ReceiptHandle": message["ReceiptHandle"],
            }));
            let (request_id, ending) = match queue {
                DEAD => dead(message),
                SUCCEEDED | FAILED => record(message),
                other => panic!("there is no queue {other}"),
            };
            let ends = match queue {
                SUCCEEDED => &mut self.succeeded,
                FAILED => &mut self.failed,
                _ => &mut self.dead,
            };
            ends.entry(request_id).or_default().push(ending);
        }
        if !entries.is_empty() {
            let batch = json!({ "QueueUrl": url, "Entries": entries });
            connection.sqs("DeleteMessageBatch", &batch).await;
        }
        messages.len()
    }

    fn count(&self) -> usize {
        self.succeeded.len() + self.failed.len()
    }

    pub(crate) fn summary(&self) -> String {
        let messages =
            |ends: &BTreeMap<String, Vec<Value>>| ends.values().map(Vec::len).sum::<usize>();
        let all = [&self.succeeded, &self.failed, &self.dead];
        let duplicates: usize = all.iter().map(|ends| messages(ends) - ends.len()).sum();
        format!(
            "{} succeeded, {} failed, {} dead letters, {duplicates} duplicates",
            self.succeeded.len(),
            self.failed.len(),
            self.dead.len(),
        )
    }

    /// Every accepted event has its one ending, with the right record, and nothing has two.
    pub(crate) fn check(&self, load: &Load) {
        for (request_id, fate) in load.accepted() {
            let found = [&self.succeeded, &self.failed, &self.dead]
                .map(|ends| ends.get(request_id).map_or(0, Vec::len));
            let expected = match fate {
                Fate::Succeeds => [1, 0, 0],
                Fate::Fails => [0, 1, 1],
            };
            assert_eq!(found, expected, "endings of {request_id}, which {fate:?}");
        }
        for ends in [&self.succeeded, &self.failed, &self.dead] {
            for (request_id, all) in ends {
                assert_eq!(all.len(), 1, "{request_id} ended more than once: {all:?}");
            }
        }
        for record in self.succeeded.values().flatten() {
            assert_eq!(record["requestContext"]["condition"], "Success", "{record}");
            assert_eq!(
                record["requestPayload"]["do"] == "sleep",
                record["responsePayload"]["began_ms"].is_number()
            );
        }
        for record in self.failed.values().flatten() {
            assert_eq!(
                record["requestContext"]["condition"], "RetriesExhausted",
                "{record}"
            );
            assert_eq!(
                record["responseContext"]["functionError"], "Unhandled",
                "{record}"
            );
            assert!(record["requestPayload"]["do"].is_string(), "{record}");
        }
    }
}

/// A record of a destination: whose ending it is, and the record.
fn record(message: &Value) -> (String, Value) {
    let record: Value = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
    let request_id = record["requestContext"]["requestId"].as_str().unwrap();
    (request_id.to_owned(), record)
}

/// A dead letter: the event itself, and what went wrong in attributes.
fn dead(message: &Value) -> (String, Value) {
    let attribute = |name: &str| {
        message["MessageAttributes"][name]["StringValue"]
            .as_str()
            .unwrap()
    };
    assert_eq!(attribute("ErrorCode"), "200", "{message}");
    assert!(!attribute("ErrorMessage").is_empty(), "{message}");
    (attribute("RequestID").to_owned(), message.clone())
}
