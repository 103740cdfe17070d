//! What time does to queues and their messages, on a clock under control and the reference engine.

#![cfg(test)]

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use domain::name::Home;
use domain::time::{Clock, Moment};
use serde_json::{Value, json};
use sqs::{NotTaken, Outgoing, OutgoingAttribute, Parts, Protocol, Request, Sqs};
use store::memory::{Memory, MemoryLog};
use store::{EventQueue, Lease, Selector, Settlement};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

/// Nothing that is waited for here takes this long.
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Debug)]
struct TestClock(AtomicU64);

impl Clock for TestClock {
    fn now(&self) -> Moment {
        Moment::from_millis(self.0.load(Ordering::SeqCst))
    }
}

struct World {
    sqs: Sqs,
    store: Arc<Memory>,
    events: Arc<dyn EventQueue>,
    clock: Arc<TestClock>,
}

impl World {
    async fn new() -> Self {
        let clock = Arc::new(TestClock(AtomicU64::new(1_700_000_000_000)));
        let store = Arc::new(Memory::default());
        let events: Arc<dyn EventQueue> = MemoryLog::queue(clock.clone());
        let sqs = Self::open(&store, &events, &clock).await;
        Self {
            sqs,
            store,
            events,
            clock,
        }
    }

    async fn open(
        store: &Arc<Memory>,
        events: &Arc<dyn EventQueue>,
        clock: &Arc<TestClock>,
    ) -> Sqs {
        let parts = Parts {
            store: store.clone(),
            events: Arc::clone(events),
            clock: clock.clone(),
            home: Home::new("us-east-1", "000000000000"),
            shutdown: CancellationToken::new(),
        };
        Sqs::open(parts).await.unwrap()
    }

    /// Ends the endpoint and starts it again on the same store.
    async fn restart(&mut self) {
        self.sqs.shutdown(PATIENCE).await;
        self.sqs = Self::open(&self.store, &self.events, &self.clock).await;
    }

    fn let_pass(&self, time: Duration) {
        let millis = u64::try_from(time.as_millis()).unwrap();
        self.clock.0.fetch_add(millis, Ordering::SeqCst);
        self.events.look_again();
    }

    /// What is answered, or the code of the error.
    async fn call(&self, operation: &str, input: Value) -> Result<Value, String> {
        self.call_of(CancellationToken::new(), operation, input)
            .await
    }

    /// The same for a client that goes away when the token is cancelled.
    async fn call_of(
        &self,
        client_gone: CancellationToken,
        operation: &str,
        input: Value,
    ) -> Result<Value, String> {
        let head = http::Request::builder()
            .method("POST")
            .header("host", "here")
            .header("x-amz-target", format!("AmazonSQS.{operation}"))
            .body(())
            .unwrap();
        let request = Request {
            id: Uuid::nil(),
            protocol: Protocol::Json,
            head: head.into_parts().0,
            body: input.to_string().into(),
            authority: "there".to_owned(),
            client_gone,
        };
        let response = self.sqs.answer(request).await;
        if response.status() == 200 {
            return Ok(serde_json::from_slice(response.body()).unwrap());
        }
        let code = response.headers()["x-amzn-query-error"].to_str().unwrap();
        Err(code.split(';').next().unwrap().to_owned())
    }

    /// Moves all dead letters back to where they came from.
    async fn move_all(&self, source: &str) -> Value {
        let input = json!({"SourceArn": source});
        self.call("StartMessageMoveTask", input).await.unwrap();
        self.ended_move(source).await
    }

    /// The last task that moves messages from here, once it has ended.
    async fn ended_move(&self, source: &str) -> Value {
        let ended = async {
            loop {
                let input = json!({"SourceArn": source});
                let output = self.call("ListMessageMoveTasks", input).await.unwrap();
                let task = output["Results"][0].clone();
                if task["Status"] != "RUNNING" {
                    return task;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, ended).await.unwrap()
    }

    async fn create(&self, name: &str, attributes: Value) -> Queue<'_> {
        let input = json!({"QueueName": name, "Attributes": attributes});
        let output = self.call("CreateQueue", input).await.unwrap();
        Queue {
            world: self,
            url: output["QueueUrl"].as_str().unwrap().to_owned(),
            arn: format!("arn:aws:sqs:us-east-1:000000000000:{name}"),
        }
    }
}

struct Queue<'a> {
    world: &'a World,
    url: String,
    arn: String,
}

impl Queue<'_> {
    async fn call(&self, operation: &str, mut input: Value) -> Result<Value, String> {
        input["QueueUrl"] = json!(self.url);
        self.world.call(operation, input).await
    }

    async fn send(&self, body: &str) {
        self.call("SendMessage", json!({"MessageBody": body}))
            .await
            .unwrap();
    }

    async fn receive(&self) -> Vec<Value> {
        let input = json!({"MaxNumberOfMessages": 10, "AttributeNames": ["All"]});
        let output = self.call("ReceiveMessage", input).await.unwrap();
        output["Messages"].as_array().cloned().unwrap_or_default()
    }

    async fn bodies(&self) -> Vec<String> {
        let messages = self.receive().await;
        let bodies = messages.iter().map(|message| message["Body"].as_str());
        bodies.map(|body| body.unwrap().to_owned()).collect()
    }

    /// Visible, invisible and delayed messages.
    async fn counts(&self) -> [String; 3] {
        let names = ["", "NotVisible", "Delayed"];
        let names = names.map(|kind| format!("ApproximateNumberOfMessages{kind}"));
        let input = json!({"AttributeNames": names});
        let output = self.call("GetQueueAttributes", input).await.unwrap();
        names.map(|name| output["Attributes"][&name].as_str().unwrap().to_owned())
    }
}

#[tokio::test]
async fn a_message_vanishes_at_the_end_of_its_retention_period() {
    let world = World::new().await;
    let queue = world.create("q", json!({})).await;
    queue.send("x").await;

    world.let_pass(Duration::from_hours(95));
    assert_eq!(queue.counts().await, ["1", "0", "0"]);
    world.let_pass(Duration::from_hours(1));

    assert_eq!(queue.counts().await, ["0", "0", "0"]);
    assert!(queue.receive().await.is_empty());
}

#[tokio::test]
async fn a_shorter_retention_period_is_for_messages_that_are_there() {
    let world = World::new().await;
    let queue = world.create("q", json!({})).await;
    queue.send("x").await;

    let attributes = json!({"Attributes": {"MessageRetentionPeriod": "60"}});
    queue.call("SetQueueAttributes", attributes).await.unwrap();
    world.let_pass(MINUTE);

    assert!(queue.receive().await.is_empty());
    assert_eq!(queue.counts().await, ["0", "0", "0"]);
}

#[tokio::test]
async fn a_message_is_invisible_for_exactly_its_timeout() {
    let world = World::new().await;
    let queue = world.create("q", json!({"VisibilityTimeout": "40"})).await;
    queue.send("x").await;

    let first = queue.receive().await;
    world.let_pass(39 * SECOND);
    assert!(queue.receive().await.is_empty());
    assert_eq!(queue.counts().await, ["0", "1", "0"]);
    world.let_pass(SECOND);
    let second = queue.receive().await;

    assert_eq!(first[0]["Attributes"]["ApproximateReceiveCount"], "1");
    assert_eq!(second[0]["Attributes"]["ApproximateReceiveCount"], "2");
    assert_eq!(
        first[0]["Attributes"]["ApproximateFirstReceiveTimestamp"],
        second[0]["Attributes"]["ApproximateFirstReceiveTimestamp"]
    );
}

#[tokio::test]
async fn a_message_is_not_visible_before_its_delay_has_passed() {
    let world = World::new().await;
    let queue = world.create("q", json!({"DelaySeconds": "900"})).await;
    queue.send("x").await;

    world.let_pass(899 * SECOND);
    assert_eq!(queue.counts().await, ["0", "0", "1"]);
    assert!(queue.receive().await.is_empty());
    world.let_pass(SECOND);

    assert_eq!(queue.bodies().await, ["x"]);
}

#[tokio::test]
async fn a_message_is_invisible_for_at_most_twelve_hours_in_all() {
    let world = World::new().await;
    let queue = world.create("q", json!({})).await;
    queue.send("x").await;
    let handle = queue.receive().await[0]["ReceiptHandle"].clone();
    let change = |seconds: u32| {
        let input = json!({"ReceiptHandle": handle, "VisibilityTimeout": seconds});
        queue.call("ChangeMessageVisibility", input)
    };

    assert!(change(43_200).await.is_ok());
    world.let_pass(60 * MINUTE);

    assert_eq!(
        change(43_200).await,
        Err("InvalidParameterValue".to_owned())
    );
    assert!(change(11 * 3_600).await.is_ok());
    world.let_pass(11 * 60 * MINUTE);
    assert_eq!(queue.bodies().await, ["x"]);
}

#[tokio::test]
async fn a_duplicate_is_one_for_five_minutes() {
    let world = World::new().await;
    let fifo = json!({"FifoQueue": "true", "ContentBasedDeduplication": "true"});
    let queue = world.create("q.fifo", fifo).await;
    let send = || {
        let input = json!({"MessageBody": "x", "MessageGroupId": "g"});
        queue.call("SendMessage", input)
    };

    let first = send().await.unwrap();
    world.let_pass(299 * SECOND);
    let duplicate = send().await.unwrap();
    world.let_pass(2 * SECOND);
    let other = send().await.unwrap();

    assert_eq!(duplicate, first);
    assert_ne!(other["SequenceNumber"], first["SequenceNumber"]);
    assert_eq!(queue.counts().await, ["2", "0", "0"]);
}

#[tokio::test]
async fn a_queue_is_purged_once_a_minute() {
    let world = World::new().await;
    let queue = world.create("q", json!({})).await;
    queue.send("x").await;
    let purge = || queue.call("PurgeQueue", json!({}));

    assert!(purge().await.is_ok());
    assert_eq!(queue.counts().await, ["0", "0", "0"]);
    world.let_pass(59 * SECOND);
    let code = "AWS.SimpleQueueService.PurgeQueueInProgress";
    assert_eq!(purge().await, Err(code.to_owned()));
    world.let_pass(SECOND);

    assert!(purge().await.is_ok());
}

#[tokio::test]
async fn a_dead_letter_grows_no_younger() {
    let world = World::new().await;
    let dead = world.create("dead", json!({})).await;
    let policy = json!({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 1}).to_string();
    let queue = world.create("q", json!({"RedrivePolicy": policy})).await;
    queue.send("x").await;

    world.let_pass(3 * DAY);
    assert_eq!(queue.bodies().await, ["x"]);
    world.let_pass(MINUTE);
    assert!(queue.receive().await.is_empty());

    assert_eq!(dead.counts().await, ["1", "0", "0"]);
    world.let_pass(DAY);
    assert_eq!(dead.counts().await, ["0", "0", "0"]);
}

#[tokio::test]
async fn a_fifo_message_may_die_twice_in_five_minutes() {
    let world = World::new().await;
    let fifo = json!({"FifoQueue": "true", "ContentBasedDeduplication": "true"});
    let dead = world.create("dead.fifo", fifo.clone()).await;
    let policy = json!({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 1}).to_string();
    let mut attributes = fifo;
    attributes["RedrivePolicy"] = json!(policy);
    attributes["VisibilityTimeout"] = json!("0");
    let queue = world.create("q.fifo", attributes).await;
    let input = json!({"MessageBody": "x", "MessageGroupId": "g"});
    queue.call("SendMessage", input).await.unwrap();

    for _ in 0..2 {
        assert_eq!(queue.bodies().await, ["x"]);
        assert!(queue.receive().await.is_empty());
        assert_eq!(dead.counts().await, ["1", "0", "0"]);
        let task = world.move_all(&dead.arn).await;
        assert_eq!(task["Status"], "COMPLETED");
    }
    assert_eq!(queue.counts().await, ["1", "0", "0"]);
}

#[tokio::test]
async fn a_message_lives_on_if_its_dead_letter_queue_is_gone() {
    let world = World::new().await;
    let dead = world.create("dead", json!({})).await;
    let policy = json!({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 1}).to_string();
    let attributes = json!({"RedrivePolicy": policy, "VisibilityTimeout": "0"});
    let queue = world.create("q", attributes).await;
    queue.send("x").await;

    dead.call("DeleteQueue", json!({})).await.unwrap();

    for _ in 0..3 {
        assert_eq!(queue.bodies().await, ["x"]);
    }
}

#[tokio::test]
async fn a_repeated_receive_is_one_for_five_minutes() {
    let world = World::new().await;
    let fifo = json!({
        "FifoQueue": "true", "ContentBasedDeduplication": "true", "VisibilityTimeout": "43200",
    });
    let queue = world.create("q.fifo", fifo).await;
    let input = json!({"MessageBody": "x", "MessageGroupId": "g"});
    queue.call("SendMessage", input).await.unwrap();
    let receive = || {
        let input = json!({"ReceiveRequestAttemptId": "try"});
        queue.call("ReceiveMessage", input)
    };

    let first = receive().await.unwrap();
    world.let_pass(299 * SECOND);
    assert_eq!(receive().await.unwrap(), first);
    world.let_pass(SECOND);

    assert_eq!(receive().await.unwrap(), json!({}));
}

#[tokio::test]
async fn a_receive_that_nobody_waits_for_takes_nothing() {
    let world = World::new().await;
    let queue = world.create("q", json!({})).await;
    {
        let input = json!({"WaitTimeSeconds": 20});
        let mut poll = std::pin::pin!(queue.call("ReceiveMessage", input));
        let is_pending = poll_fn(|cx| Poll::Ready(poll.as_mut().poll(cx).is_pending())).await;
        assert!(is_pending);
        queue.send("x").await;
    }

    let messages = queue.receive().await;

    assert_eq!(messages[0]["Attributes"]["ApproximateReceiveCount"], "1");
}

#[tokio::test]
async fn a_queue_with_too_many_messages_in_flight_hands_out_no_more() {
    const IN_FLIGHT_MAX: usize = 120_000;

    let world = World::new().await;
    let queue = world.create("q", json!({})).await;
    let outgoing = Outgoing {
        id: Uuid::nil(),
        body: "x",
        attributes: &[],
        trace: None,
    };
    let event = world.sqs.event(&queue.arn, outgoing).unwrap();
    let selector = Selector::Queue(event.queue.clone());
    let batch = vec![event; IN_FLIGHT_MAX + 1];
    world.events.enqueue(batch).await.unwrap();
    let lease = Lease::durable(MINUTE);
    let claim = world.events.claim(&selector, IN_FLIGHT_MAX, lease);
    let held = claim.await.unwrap();

    let receive = || queue.call("ReceiveMessage", json!({}));
    assert_eq!(receive().await, Err("OverLimit".to_owned()));
    let settled = world.events.settle(&held[0].receipt, Settlement::default());
    settled.await.unwrap();

    assert!(receive().await.is_ok());
}

#[tokio::test]
async fn a_move_that_was_interrupted_goes_on() {
    let mut world = World::new().await;
    let (dead, other) = ("dead", "other");
    let arns = {
        let dead = world.create(dead, json!({})).await;
        let policy = json!({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 1}).to_string();
        world.create("q", json!({"RedrivePolicy": policy})).await;
        for body in ["a", "b", "c"] {
            dead.send(body).await;
        }
        let other = world.create(other, json!({})).await;
        json!({"SourceArn": dead.arn, "DestinationArn": other.arn})
    };
    let started = world.call("StartMessageMoveTask", arns.clone()).await;
    assert!(started.is_ok());

    world.restart().await;

    let task = world.ended_move(arns["SourceArn"].as_str().unwrap()).await;
    assert_eq!(task["Status"], "COMPLETED");
    assert_eq!(task["ApproximateNumberOfMessagesMoved"], 3);
    let mut bodies = world.create(other, json!({})).await.bodies().await;
    bodies.sort();
    assert_eq!(bodies, ["a", "b", "c"]);
}

#[tokio::test]
async fn the_server_itself_sends_messages_as_events() {
    let world = World::new().await;
    let queue = world.create("q", json!({})).await;
    let attributes = [OutgoingAttribute {
        name: "ErrorCode",
        data_type: "Number",
        value: "200",
    }];
    let outgoing = Outgoing {
        id: Uuid::from_u128(7),
        body: "{}",
        attributes: &attributes,
        trace: Some("Root=1"),
    };

    let event = world.sqs.event(&queue.arn, outgoing).unwrap();
    world.events.enqueue(vec![event]).await.unwrap();

    let input = json!({"AttributeNames": ["AWSTraceHeader"], "MessageAttributeNames": ["All"]});
    let output = queue.call("ReceiveMessage", input).await.unwrap();
    let message = &output["Messages"][0];
    assert_eq!(message["MessageId"], "00000000-0000-0000-0000-000000000007");
    assert_eq!(message["Body"], "{}");
    assert_eq!(message["Attributes"], json!({"AWSTraceHeader": "Root=1"}));
    assert_eq!(
        message["MessageAttributes"],
        json!({"ErrorCode": {"DataType": "Number", "StringValue": "200"}})
    );
}

#[tokio::test]
async fn a_queue_says_why_it_does_not_take_a_message() {
    let world = World::new().await;
    let small = world
        .create("q", json!({"MaximumMessageSize": "1024"}))
        .await;
    let fifo = world.create("q.fifo", json!({"FifoQueue": "true"})).await;
    let body = "x".repeat(1_025);
    let outgoing = Outgoing {
        id: Uuid::nil(),
        body: &body,
        attributes: &[],
        trace: None,
    };
    let refusal = |arn: &str| world.sqs.event(arn, outgoing).unwrap_err();

    let missing = format!("{}-missing", small.arn);
    assert_eq!(
        refusal(&small.arn),
        NotTaken::TooLarge {
            bytes: 1_025,
            max: 1_024
        }
    );
    assert!(matches!(refusal(&fifo.arn), NotTaken::Fifo { .. }));
    assert!(matches!(refusal(&missing), NotTaken::NoQueue { .. }));
    assert!(world.sqs.exists(&small.arn));
    assert!(!world.sqs.exists(&missing));
}

#[tokio::test]
async fn a_client_that_goes_away_while_it_waits_receives_nothing() {
    let world = World::new().await;
    let queue = world.create("q", json!({})).await;
    let gone = CancellationToken::new();
    let input = json!({"QueueUrl": queue.url, "WaitTimeSeconds": 20});
    let mut poll = Box::pin(world.call_of(gone.clone(), "ReceiveMessage", input));
    let is_pending = poll_fn(|cx| Poll::Ready(poll.as_mut().poll(cx).is_pending())).await;
    assert!(is_pending);

    gone.cancel();
    queue.send("x").await;

    assert_eq!(poll.await.unwrap(), json!({}));
    assert_eq!(queue.counts().await, ["1", "0", "0"]);
}

#[tokio::test]
async fn a_client_that_has_only_stopped_talking_receives_what_is_there() {
    let world = World::new().await;
    let queue = world.create("q", json!({})).await;
    queue.send("x").await;
    let gone = CancellationToken::new();
    gone.cancel();

    let input = json!({"QueueUrl": queue.url, "WaitTimeSeconds": 20});
    let received = world.call_of(gone, "ReceiveMessage", input).await;

    assert_eq!(received.unwrap()["Messages"][0]["Body"], "x");
}
