//! Queues themselves: made, found, listed, changed, emptied and removed.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use domain::time::Moment;
use serde::Deserialize;
use serde_json::{Value, json};
use store::documents::{ChangeError, CreateError};

use super::{tag, within};
use crate::call::{self, Int};
use crate::error::{Error, Kind};
use crate::limits::{LISTED_QUEUES, PURGE_INTERVAL, QUEUES_MAX};
use crate::name::Name;
use crate::queue::Queue;
use crate::queues::{QueueUrl, Queues};
use crate::redrive::RedrivePolicy;
use crate::settings::Settings;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateInput {
    queue_name: Option<String>,
    #[serde(default)]
    attributes: Option<BTreeMap<String, String>>,
    #[serde(default, rename = "tags")]
    tags: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UrlInput {
    queue_name: Option<String>,
    #[serde(rename = "QueueOwnerAWSAccountId")]
    owner: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListInput {
    queue_url: Option<String>,
    queue_name_prefix: Option<String>,
    next_token: Option<String>,
    max_results: Option<Int>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetInput {
    #[serde(flatten)]
    queue: QueueUrl,
    attribute_names: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SetInput {
    #[serde(flatten)]
    queue: QueueUrl,
    attributes: Option<BTreeMap<String, String>>,
}

/// Attributes that a queue may or may not have.
const OPTIONAL: [&str; 9] = [
    "Policy",
    "RedrivePolicy",
    "RedriveAllowPolicy",
    "FifoQueue",
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "FifoThroughputLimit",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
];

/// Making, changing and removing.
impl Queues {
    pub(super) async fn create_queue(
        self: Arc<Self>,
        input: Value,
        origin: &str,
    ) -> Result<Value, Error> {
        let input: CreateInput = call::input(input)?;
        let text = input.queue_name.filter(|name| !name.is_empty());
        let text = text.ok_or_else(|| Error::missing("QueueName"))?;
        let attributes = input.attributes.unwrap_or_default();
        let name = check_name(&text, &attributes)?;
        let tags = input.tags.unwrap_or_default();
        tag::check(&tags)?;
        let settings = Settings::new(name.is_fifo()).with(&attributes, &self.home)?;
        let output = json!({"QueueUrl": name.url(origin, &self.home)});
        let _arrangement = self.arrangement.lock().await;
        if let Some(queue) = self.get(&name) {
            return self.check_same(&queue, &attributes).map(|()| output);
        }
        self.check_redrive(&name, &settings, attributes.get("RedrivePolicy"))?;
        if self.documents.list_after(None, QUEUES_MAX).len() >= QUEUES_MAX {
            let message = format!("This server has {QUEUES_MAX} queues and takes no more.");
            return Err(Error::new(Kind::OverLimit, message));
        }
        // What a queue of this name has left behind, should the server have ended meanwhile.
        self.events.purge(&name.events()).await?;
        let queue = Queue::new(name, settings, tags, self.now());
        match self.documents.create(queue).await {
            Ok(_) => Ok(output),
            Err(CreateError::Exists) => Err(Error::internal(&"the queue exists")),
            Err(CreateError::Store(error)) => Err(error.into()),
        }
    }

    /// Creating a queue again is no error as long as it says nothing new.
    fn check_same(
        &self,
        queue: &Queue,
        attributes: &BTreeMap<String, String>,
    ) -> Result<(), Error> {
        for (name, value) in attributes {
            let one = BTreeMap::from([(name.clone(), value.clone())]);
            let is_same = queue
                .settings
                .with(&one, &self.home)
                .is_ok_and(|settings| settings == queue.settings);
            if !is_same {
                return Err(Error::new(
                    Kind::QueueNameExists,
                    format!(
                        "A queue already exists with the same name and a different value for \
                         attribute {name}"
                    ),
                ));
            }
        }
        Ok(())
    }

    /// Whether the dead-letter queue is there, of the same type, and takes from this queue.
    fn check_redrive(
        &self,
        name: &Name,
        settings: &Settings,
        text: Option<&String>,
    ) -> Result<(), Error> {
        let (Some(policy), Some(text)) = (&settings.redrive, text) else {
            return Ok(());
        };
        let refuse = |reason| Error::value("RedrivePolicy", text, reason);
        let target = self.get(&policy.target);
        let target = target.ok_or_else(|| RedrivePolicy::no_target(text))?;
        if target.name == *name {
            return Err(refuse("A queue cannot be its own dead-letter queue"));
        }
        if target.name.is_fifo() != name.is_fifo() {
            return Err(refuse(
                "Dead-letter queue must be same type of queue as the source",
            ));
        }
        let allowed = target.settings.redrive_allow.as_ref();
        if allowed.is_some_and(|allowed| !allowed.allows(&name.arn(&self.home))) {
            return Err(refuse(
                "The dead-letter queue does not allow this queue as a source in its redrive allow \
                 policy",
            ));
        }
        Ok(())
    }

    pub(super) async fn set_queue_attributes(
        self: Arc<Self>,
        input: Value,
    ) -> Result<Value, Error> {
        let input: SetInput = call::input(input)?;
        let queue = self.of(&input.queue)?;
        let attributes = input.attributes.unwrap_or_default();
        if attributes.is_empty() {
            return Err(Error::missing("Attributes"));
        }
        let _arrangement = self.arrangement.lock().await;
        let now = self.now();
        let change = |queue: &Queue| {
            let settings = queue.settings.with(&attributes, &self.home)?;
            self.check_redrive(&queue.name, &settings, attributes.get("RedrivePolicy"))?;
            Ok::<_, Error>(Queue {
                settings,
                modified: now,
                ..queue.clone()
            })
        };
        self.documents.change(queue.name.as_str(), change).await?;
        Ok(Value::Null)
    }

    pub(super) async fn delete_queue(self: Arc<Self>, input: Value) -> Result<Value, Error> {
        let queue = self.of(&call::input(input)?)?;
        let _arrangement = self.arrangement.lock().await;
        let gone = self
            .documents
            .delete(queue.name.as_str(), |_| Ok::<_, Error>(()))
            .await;
        match gone {
            // Somebody else has deleted it a moment ago.
            Ok(()) | Err(ChangeError::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
        self.events.purge(&queue.name.events()).await?;
        Ok(Value::Null)
    }

    pub(super) async fn purge_queue(self: Arc<Self>, input: Value) -> Result<Value, Error> {
        let queue = self.of(&call::input(input)?)?;
        let now = self.now();
        let mark = |queue: &Queue| {
            let last = queue
                .purged
                .filter(|last| now.since(*last) < PURGE_INTERVAL);
            if last.is_some() {
                return Err(Error::new(
                    Kind::PurgeQueueInProgress,
                    format!(
                        "Only one PurgeQueue operation on {} is allowed every 60 seconds.",
                        queue.name
                    ),
                ));
            }
            Ok(Queue {
                purged: Some(now),
                ..queue.clone()
            })
        };
        self.documents.change(queue.name.as_str(), mark).await?;
        self.events.purge(&queue.name.events()).await?;
        Ok(Value::Null)
    }
}

/// Looking.
impl Queues {
    pub(super) fn get_queue_url(&self, input: Value, origin: &str) -> Result<Value, Error> {
        let input: UrlInput = call::input(input)?;
        let name = input.queue_name.filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| Error::missing("QueueName"))?;
        let is_ours = input.owner.is_none_or(|owner| owner == self.home.account);
        let queue = Name::parse(&name).and_then(|name| self.get(&name));
        let queue = queue.filter(|_| is_ours).ok_or_else(Error::no_queue)?;
        Ok(json!({"QueueUrl": queue.name.url(origin, &self.home)}))
    }

    pub(super) fn list_queues(&self, input: Value, origin: &str) -> Result<Value, Error> {
        let input: ListInput = call::input(input)?;
        let prefix = input.queue_name_prefix.clone().unwrap_or_default();
        let mut queues = self.documents.list();
        queues.retain(|queue| queue.name.as_str().starts_with(&prefix));
        self.page(&input, &queues, "QueueUrls", origin)
    }

    pub(super) fn list_dead_letter_source_queues(
        &self,
        input: Value,
        origin: &str,
    ) -> Result<Value, Error> {
        let input: ListInput = call::input(input)?;
        let queue = self.by_url(input.queue_url.as_deref())?;
        let sources = self.sources_of(&queue.name);
        self.page(&input, &sources, "queueUrls", origin)
    }

    /// Some of the queues. Only who asks for pages is told how to go on.
    fn page(
        &self,
        input: &ListInput,
        queues: &[Arc<Queue>],
        member: &str,
        origin: &str,
    ) -> Result<Value, Error> {
        let most = *LISTED_QUEUES.end();
        let limit = within("MaxResults", input.max_results, LISTED_QUEUES, most)?;
        let after = input.next_token.as_deref().map(name_of_token).transpose()?;
        let behind = |queue: &&Arc<Queue>| after.as_ref().is_none_or(|after| queue.name > *after);
        let mut rest = queues.iter().filter(behind);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let page: Vec<_> = rest.by_ref().take(limit).collect();
        let urls = page.iter().map(|queue| queue.name.url(origin, &self.home));
        let urls: Vec<_> = urls.collect();
        let mut output = serde_json::Map::new();
        if !urls.is_empty() || member == "queueUrls" {
            output.insert(member.to_owned(), json!(urls));
        }
        let is_paged = input.max_results.is_some() || input.next_token.is_some();
        let last = page.last().filter(|_| is_paged);
        if let (Some(last), Some(_)) = (last, rest.next()) {
            let token = URL_SAFE.encode(last.name.as_str());
            output.insert("NextToken".to_owned(), json!(token));
        }
        Ok(Value::Object(output))
    }

    pub(super) async fn get_queue_attributes(
        self: Arc<Self>,
        input: Value,
    ) -> Result<Value, Error> {
        let input: GetInput = call::input(input)?;
        let queue = self.of(&input.queue)?;
        let wanted = input.attribute_names.unwrap_or_default();
        let mut attributes = self.attributes(&queue).await?;
        let is_known =
            |name: &str| name == "All" || attributes.contains_key(name) || OPTIONAL.contains(&name);
        if let Some(name) = wanted.iter().find(|name| !is_known(name)) {
            return Err(Error::unknown_attribute(name));
        }
        if !wanted.iter().any(|name| name == "All") {
            attributes.retain(|name, _| wanted.iter().any(|wanted| wanted == name));
        }
        if attributes.is_empty() {
            return Ok(json!({}));
        }
        Ok(json!({"Attributes": attributes}))
    }

    async fn attributes(&self, queue: &Queue) -> Result<BTreeMap<&'static str, String>, Error> {
        let depth = self.events.depth(&queue.name.events()).await?;
        let seconds = |moment: Moment| (moment.as_millis() / 1_000).to_string();
        let mut attributes = queue.settings.attributes(&self.home);
        attributes.extend([
            ("QueueArn", self.arn(queue)),
            ("CreatedTimestamp", seconds(queue.created)),
            ("LastModifiedTimestamp", seconds(queue.modified)),
            ("ApproximateNumberOfMessages", depth.due.to_string()),
            (
                "ApproximateNumberOfMessagesNotVisible",
                depth.leased.to_string(),
            ),
            (
                "ApproximateNumberOfMessagesDelayed",
                depth.delayed.to_string(),
            ),
        ]);
        Ok(attributes)
    }
}

/// observed: the texts. A name ends with `.fifo` exactly if the queue is a FIFO queue.
fn check_name(text: &str, attributes: &BTreeMap<String, String>) -> Result<Name, Error> {
    let is_fifo = attributes
        .get("FifoQueue")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let name = Name::parse(text).filter(|name| name.is_fifo() == is_fifo);
    name.ok_or_else(|| {
        Error::invalid(if is_fifo {
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or \
             underscores, must end with .fifo suffix and be 1 to 80 in length"
        } else {
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        })
    })
}

fn name_of_token(token: &str) -> Result<Name, Error> {
    let bytes = URL_SAFE.decode(token).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let name = text.and_then(|text| Name::parse(&text));
    name.ok_or_else(|| Error::value("NextToken", token, "Invalid or expired next token"))
}
