//! Receiving messages: claims under leases that survive a restart, and a wait for what is not there
//! yet.
//!
//! A receive whose client goes away while it waits ends without messages, and one that is dropped gives
//! back what it has claimed, as if it had not been received.

use std::sync::Arc;
use std::time::Duration;

use domain::time::Moment;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use store::{
    Claimed, Depth, EventId, Lease, NewEvent, QueueError, Receipt, Release, Selector, Settlement,
};
use tokio::sync::SemaphorePermit;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error};

use super::send::sequence_number;
use super::within;
use crate::attribute::{Wanted, WireAttribute, md5_of_attributes, md5_of_text};
use crate::call::{self, Call, Int};
use crate::error::{Error, Kind};
use crate::limits::{
    FIFO_ID_LEN_MAX, IN_FLIGHT_MAX, RECEIVED_MESSAGES, VISIBILITY_SECONDS, WAIT_SECONDS,
};
use crate::message::Message;
use crate::queue::Queue;
use crate::queues::{QueueUrl, Queues};
use crate::receipt::Handle;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReceiveInput {
    #[serde(flatten)]
    queue: QueueUrl,
    attribute_names: Option<Vec<String>>,
    message_system_attribute_names: Option<Vec<String>>,
    message_attribute_names: Option<Vec<String>>,
    max_number_of_messages: Option<Int>,
    visibility_timeout: Option<Int>,
    wait_time_seconds: Option<Int>,
    receive_request_attempt_id: Option<String>,
}

/// Which attributes the client wants to see.
#[derive(Debug)]
struct View {
    system: Vec<String>,
    message: Wanted,
}

/// model: `MessageSystemAttributeName`.
const SYSTEM_ATTRIBUTES: [&str; 10] = [
    "All",
    "SenderId",
    "SentTimestamp",
    "ApproximateReceiveCount",
    "ApproximateFirstReceiveTimestamp",
    "SequenceNumber",
    "MessageDeduplicationId",
    "MessageGroupId",
    "AWSTraceHeader",
    "DeadLetterQueueSourceArn",
];

impl View {
    fn new(system: Vec<String>, message: Option<Vec<String>>) -> Result<Self, Error> {
        let unknown = |name: &&String| !SYSTEM_ATTRIBUTES.contains(&name.as_str());
        if let Some(name) = system.iter().find(unknown) {
            return Err(Error::unknown_attribute(name));
        }
        Ok(Self {
            system,
            message: Wanted::new(message.unwrap_or_default()),
        })
    }
}

/// A message that was received.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    handle: Handle,
    first: Moment,
    attempt: u32,
    message: Arc<Message>,
}

impl Received {
    pub(super) fn new(claimed: &Claimed, message: Message, now: Moment) -> Self {
        Self {
            handle: Handle {
                receipt: claimed.receipt,
                received: now,
            },
            first: claimed.first_claimed,
            attempt: claimed.attempt,
            message: Arc::new(message),
        }
    }

    pub(super) fn event(&self) -> EventId {
        self.handle.receipt.event
    }

    pub(super) fn group(&self) -> Option<String> {
        self.message.group.clone()
    }

    /// What it takes of memory, in bytes, more or less.
    pub(crate) fn size(&self) -> usize {
        self.message.size()
    }

    #[cfg(test)]
    pub(crate) fn of_size(bytes: usize) -> Self {
        let moment = Moment::from_millis(0);
        let message = Message::new(uuid::Uuid::nil(), moment, "x".repeat(bytes));
        let receipt = Receipt {
            event: EventId(1),
            lease: 1,
        };
        Self {
            handle: Handle {
                receipt,
                received: moment,
            },
            first: moment,
            attempt: 1,
            message: Arc::new(message),
        }
    }
}

/// How long a receive waits, and for whom.
struct Patience {
    time: Duration,
    gone: CancellationToken,
}

/// What becomes of a message that was claimed.
#[derive(Debug)]
pub(super) enum Fate {
    Receive(Message),
    /// It was received too often: this event takes its place.
    Die(Box<NewEvent>),
    /// It outlived its retention period or its queue.
    Vanish,
}

impl Queues {
    pub(crate) async fn receive(
        self: Arc<Self>,
        call: Call,
        gone: CancellationToken,
    ) -> Result<Value, Error> {
        let input: ReceiveInput = call::input(call.input)?;
        let queue = self.of(&input.queue)?;
        let max = within(
            "MaxNumberOfMessages",
            input.max_number_of_messages,
            RECEIVED_MESSAGES,
            *RECEIVED_MESSAGES.start(),
        )?;
        let settings = &queue.settings;
        let visibility = within(
            "VisibilityTimeout",
            input.visibility_timeout,
            VISIBILITY_SECONDS,
            settings.visibility_timeout,
        )?;
        let wait = within(
            "WaitTimeSeconds",
            input.wait_time_seconds,
            WAIT_SECONDS,
            settings.receive_message_wait_time_seconds,
        )?;
        let attempt = input.receive_request_attempt_id.as_deref();
        check_attempt(attempt, &queue)?;
        let system = [input.attribute_names, input.message_system_attribute_names];
        let system = system.into_iter().flatten().flatten().collect();
        let view = View::new(system, input.message_attribute_names)?;
        let visibility = Duration::from_secs(visibility.into());
        if let Some(again) = self.recall(&queue, attempt, visibility).await? {
            return Ok(self.output(&queue, &again, &view));
        }
        let patience = Patience {
            time: Duration::from_secs(wait.into()),
            gone,
        };
        let received = self
            .await_messages(&queue, max, visibility, patience)
            .await?;
        if let Some(attempt) = attempt.filter(|_| !received.is_empty()) {
            let now = self.now();
            self.attempts
                .remember(&queue.name, attempt, received.clone(), now);
        }
        Ok(self.output(&queue, &received, &view))
    }

    /// Claims messages, or waits for some. Empty if none came in time.
    async fn await_messages(
        self: &Arc<Self>,
        queue: &Queue,
        max: u32,
        visibility: Duration,
        Patience { time, gone }: Patience,
    ) -> Result<Vec<Received>, Error> {
        let deadline = Instant::now() + time;
        let _place = self.place_to_wait(time)?;
        let selector = Selector::Queue(queue.name.events());
        let mut has_waited = false;
        loop {
            // It may have been deleted or changed while we waited.
            let queue = self.get(&queue.name).ok_or_else(Error::no_queue)?;
            if self.is_full(&queue).await? {
                return Ok(Vec::new());
            }
            let claimed = self.claim(&queue, &selector, max, visibility).await?;
            if has_waited && gone.is_cancelled() {
                return Ok(Vec::new());
            }
            if let Some((received, mut held)) = claimed {
                held.let_go();
                return Ok(received);
            }
            if time.is_zero() {
                return Ok(Vec::new());
            }
            has_waited = true;
            tokio::select! {
                biased;
                () = gone.cancelled() => return Ok(Vec::new()),
                () = self.events.changed(&selector) => {}
                () = sleep_until(deadline) => return Ok(Vec::new()),
                () = self.shutdown.cancelled() => return Ok(Vec::new()),
            }
        }
    }

    fn place_to_wait(&self, wait: Duration) -> Result<Option<SemaphorePermit<'_>>, Error> {
        if wait.is_zero() {
            return Ok(None);
        }
        self.polls.try_acquire().map(Some).map_err(|_| {
            Error::new(
                Kind::RequestThrottled,
                "Too many requests wait for messages at the same time. Try again later.",
            )
        })
    }

    /// Whether too many messages are in flight. Only a standard queue says so to its clients; a FIFO
    /// queue just has no more to give.
    async fn is_full(&self, queue: &Queue) -> Result<bool, Error> {
        let depth = self.depth_if_known(queue).await?.unwrap_or_default();
        if depth.leased < IN_FLIGHT_MAX {
            return Ok(false);
        }
        if queue.name.is_fifo() {
            return Ok(true);
        }
        Err(Error::new(
            Kind::OverLimit,
            format!("The maximum number of in flight messages is reached: {IN_FLIGHT_MAX}."),
        ))
    }

    /// How many messages there are, unless they are still being counted after a start.
    pub(super) async fn depth_if_known(&self, queue: &Queue) -> Result<Option<Depth>, Error> {
        let name = queue.name.events();
        tokio::select! {
            biased;
            depth = self.events.depth(&name) => Ok(Some(depth?)),
            () = std::future::ready(()) => Ok(None),
        }
    }

    /// Claims up to `max` messages, which are given back unless they are let go. Those that died or
    /// vanished make room for others.
    async fn claim(
        self: &Arc<Self>,
        queue: &Queue,
        selector: &Selector,
        max: u32,
        visibility: Duration,
    ) -> Result<Option<(Vec<Received>, Held)>, Error> {
        let lease = Lease::durable(visibility);
        let max = usize::try_from(max).unwrap_or(usize::MAX);
        loop {
            let claimed = self.events.claim(selector, max, lease).await?;
            if claimed.is_empty() {
                return Ok(None);
            }
            let mut held = Held::new(self, &claimed);
            let now = self.now();
            let mut received = Vec::new();
            for claimed in claimed {
                let receipt = claimed.receipt;
                match self.fate(queue, &claimed, now) {
                    Fate::Receive(message) => received.push(Received::new(&claimed, message, now)),
                    Fate::Die(event) => self.remove(&receipt, vec![*event]).await?,
                    Fate::Vanish => self.remove(&receipt, Vec::new()).await?,
                }
            }
            if !received.is_empty() {
                if queue.name.is_fifo() {
                    self.follow(queue, &mut received, &mut held, (max, lease))
                        .await?;
                }
                return Ok(Some((received, held)));
            }
            held.let_go();
        }
    }

    async fn remove(&self, receipt: &Receipt, then: Vec<NewEvent>) -> Result<(), Error> {
        let settlement = Settlement {
            then,
            ..Settlement::default()
        };
        match self.events.settle(receipt, settlement).await {
            // Somebody else has it now, and decides the same.
            Ok(()) | Err(QueueError::Fenced) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn fate(&self, queue: &Queue, claimed: &Claimed, now: Moment) -> Fate {
        let message = match Message::decode(&claimed.body) {
            Ok(message) => message,
            Err(error) => {
                error!(queue = %queue.name, %error, "a message is unreadable and dropped");
                return Fate::Vanish;
            }
        };
        let is_of_another = claimed.enqueued < queue.created;
        if is_of_another || message.sent + queue.retention() <= now {
            return Fate::Vanish;
        }
        let policy = queue.settings.redrive.as_ref();
        let policy = policy.filter(|policy| claimed.attempt > policy.max_receive_count);
        match policy.and_then(|policy| self.get(&policy.target)) {
            None => Fate::Receive(message),
            Some(target) => {
                debug!(queue = %queue.name, target = %target.name, "message moved to its dead-letter queue");
                let dead = self.dead(message, queue, claimed, now);
                Fate::Die(Box::new(dead.into_moved(&target, now)))
            }
        }
    }

    /// docs: dead-letter queues: a standard queue keeps the time of sending, a FIFO queue does not.
    fn dead(&self, message: Message, queue: &Queue, claimed: &Claimed, now: Moment) -> Message {
        Message {
            sent: if queue.name.is_fifo() {
                now
            } else {
                message.sent
            },
            source: Some(self.arn(queue)),
            // This time nobody got to see it.
            receives: message.receives + claimed.attempt.saturating_sub(1),
            ..message
        }
    }

    /// What an attempt of this name has received, if none of it was touched since. The messages are
    /// invisible from now on for as long as at first.
    async fn recall(
        &self,
        queue: &Queue,
        attempt: Option<&str>,
        visibility: Duration,
    ) -> Result<Option<Vec<Received>>, Error> {
        let Some(attempt) = attempt else {
            return Ok(None);
        };
        let Some(received) = self.attempts.recall(&queue.name, attempt, self.now()) else {
            return Ok(None);
        };
        for one in &received {
            match self.events.extend(&one.handle.receipt, visibility).await {
                Ok(_) => {}
                Err(QueueError::Fenced) => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Some(received))
    }

    fn output(&self, queue: &Queue, received: &[Received], view: &View) -> Value {
        if received.is_empty() {
            return json!({});
        }
        let messages = received.iter().map(|one| self.shown(queue, one, view));
        json!({"Messages": messages.collect::<Vec<_>>()})
    }

    fn shown(&self, queue: &Queue, received: &Received, view: &View) -> Value {
        let Received {
            handle, message, ..
        } = received;
        let mut shown = Map::new();
        let mut insert = |name: &str, value: Value| shown.insert(name.to_owned(), value);
        insert("MessageId", json!(message.id));
        insert("ReceiptHandle", json!(handle.to_text(queue)));
        insert("MD5OfBody", json!(md5_of_text(&message.body)));
        insert("Body", json!(message.body));
        let system = self.system_attributes(queue, received);
        let is_wanted = |name: &str| {
            view.system
                .iter()
                .any(|wanted| wanted == "All" || wanted == name)
        };
        let system: Map<_, _> = system
            .into_iter()
            .filter(|(name, _)| is_wanted(name))
            .map(|(name, value)| (name.to_owned(), Value::String(value)))
            .collect();
        if !system.is_empty() {
            insert("Attributes", Value::Object(system));
        }
        let attributes = message.attributes.iter();
        let attributes = attributes.filter(|(name, _)| view.message.includes(name));
        // observed: the sum is that of what is shown.
        let sum = md5_of_attributes(attributes.clone().map(|(name, one)| (name.as_str(), one)));
        if let Some(sum) = sum {
            let attributes = attributes.map(|(name, one)| {
                let wire = WireAttribute::from(one);
                (name.clone(), json!(wire))
            });
            insert("MD5OfMessageAttributes", json!(sum));
            insert("MessageAttributes", Value::Object(attributes.collect()));
        }
        Value::Object(shown)
    }

    fn system_attributes(&self, queue: &Queue, one: &Received) -> Vec<(&'static str, String)> {
        let message = &one.message;
        let event = one.handle.receipt.event;
        let sequence_number = queue.name.is_fifo().then(|| sequence_number(event));
        let optional = [
            ("MessageGroupId", message.group.clone()),
            ("MessageDeduplicationId", message.deduplication.clone()),
            ("SequenceNumber", sequence_number),
            ("AWSTraceHeader", message.trace.clone()),
            ("DeadLetterQueueSourceArn", message.source.clone()),
        ];
        let count = message.receives + one.attempt;
        let mut attributes = vec![
            ("SenderId", self.home.account.clone()),
            ("SentTimestamp", message.sent.as_millis().to_string()),
            ("ApproximateReceiveCount", count.to_string()),
            (
                "ApproximateFirstReceiveTimestamp",
                one.first.as_millis().to_string(),
            ),
        ];
        let present = optional
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        attributes.extend(present);
        attributes
    }
}

fn check_attempt(attempt: Option<&str>, queue: &Queue) -> Result<(), Error> {
    let Some(attempt) = attempt else {
        return Ok(());
    };
    let name = "ReceiveRequestAttemptId";
    if !queue.name.is_fifo() {
        let reason = "The request include parameter that is not valid for this queue type";
        return Err(Error::value(name, attempt, reason));
    }
    let is_fit = (1..=FIFO_ID_LEN_MAX).contains(&attempt.len())
        && attempt.bytes().all(|byte| byte.is_ascii_graphic());
    if is_fit {
        return Ok(());
    }
    let reason = format!(
        "{name} can only include alphanumeric and punctuation characters. 1 to {FIFO_ID_LEN_MAX} \
         in length"
    );
    Err(Error::value(name, attempt, &reason))
}

/// Messages that were claimed and are not on their way to a client yet. Dropped, it gives them back.
pub(super) struct Held {
    queues: Arc<Queues>,
    receipts: Vec<Receipt>,
}

impl Held {
    fn new(queues: &Arc<Queues>, claimed: &[Claimed]) -> Self {
        Self {
            queues: Arc::clone(queues),
            receipts: claimed.iter().map(|claimed| claimed.receipt).collect(),
        }
    }

    pub(super) fn add(&mut self, receipt: Receipt) {
        self.receipts.push(receipt);
    }

    fn let_go(&mut self) {
        self.receipts.clear();
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let receipts = std::mem::take(&mut self.receipts);
        if receipts.is_empty() {
            return;
        }
        let queues = Arc::clone(&self.queues);
        self.queues.tasks.spawn(async move {
            for receipt in receipts {
                let release = Release {
                    due: queues.now(),
                    keep_attempt: true,
                    progress: None,
                };
                match queues.events.release(&receipt, release).await {
                    // Some of them are settled already.
                    Ok(()) | Err(QueueError::Fenced) => {}
                    Err(error) => {
                        error!(%error, "a message is invisible until its time-out has passed");
                    }
                }
            }
        });
    }
}
