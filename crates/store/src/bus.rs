//! Messages between the nodes of one server, at best effort: any may be lost, doubled or late, which
//! may cost time and never correctness.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

/// The largest message.
pub const MESSAGE_BYTES_MAX: usize = 64 << 10;

/// Messages that wait for one who is slow to take them. More are lost.
const WAITING_MAX: usize = 256;

/// The name of a node.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub String);

/// Why a message was not sent, or not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BusError {
    #[error("a message has {bytes} bytes, more than {max}")]
    TooLarge { bytes: usize, max: usize },
    /// Known at once.
    #[error("there is no node `{}`", _0.0)]
    NoSuchNode(NodeId),
    /// The node may have done what was asked for.
    #[error("the node `{}` did not answer in time", _0.0)]
    NoAnswer(NodeId),
}

/// What comes in on a topic, from the subscription on and until this is dropped.
#[derive(Debug)]
pub struct Subscription {
    // Closed before the place is given up.
    messages: mpsc::Receiver<Bytes>,
    _place: Place,
}

impl Subscription {
    /// The next message; none when the bus is gone.
    pub async fn next(&mut self) -> Option<Bytes> {
        self.messages.recv().await
    }
}

/// What a node is asked.
#[derive(Debug)]
pub struct Question {
    pub message: Bytes,
    pub answer: oneshot::Sender<Bytes>,
}

/// The questions to one node. The node is there for as long as this is.
#[derive(Debug)]
pub struct Questions {
    questions: mpsc::Receiver<Question>,
}

impl Questions {
    /// The next question; none when the bus is gone.
    pub async fn next(&mut self) -> Option<Question> {
        self.questions.recv().await
    }
}

/// Carries messages.
#[async_trait]
pub trait Bus: Send + Sync + fmt::Debug {
    /// Sends to every subscriber of a topic that is in no group, and to one of each group.
    async fn publish(&self, topic: &str, message: Bytes) -> Result<(), BusError>;

    async fn subscribe(&self, topic: &str, group: Option<&str>) -> Subscription;

    /// Begins to answer as this node, in place of whoever did so before.
    async fn answer_as(&self, node: &NodeId) -> Questions;

    /// Asks a node and waits for its answer, at most this long.
    async fn request(
        &self,
        node: &NodeId,
        message: Bytes,
        patience: Duration,
    ) -> Result<Bytes, BusError>;
}

/// A bus within one process.
#[derive(Debug, Default)]
pub struct LocalBus {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared(Mutex<State>);

/// A place among the subscribers of a topic. The topic is forgotten with the last of them.
#[derive(Debug)]
struct Place {
    shared: Arc<Shared>,
    topic: Box<str>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        if let Some(subscribers) = state.topics.get_mut(&self.topic) {
            subscribers.retain(|subscriber| !subscriber.messages.is_closed());
            if subscribers.is_empty() {
                state.topics.remove(&self.topic);
            }
        }
    }
}

#[derive(Debug, Default)]
struct State {
    topics: HashMap<Box<str>, Vec<Subscriber>>,
    nodes: HashMap<NodeId, mpsc::Sender<Question>>,
}

#[derive(Debug)]
struct Subscriber {
    group: Option<Box<str>>,
    messages: mpsc::Sender<Bytes>,
}

impl Subscriber {
    /// Hands a message over, or loses it. Returns whether the subscriber has it.
    fn send(&self, message: &Bytes) -> bool {
        self.messages.try_send(message.clone()).is_ok()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Every change under the lock is complete before anything could panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn check_size(message: &Bytes) -> Result<(), BusError> {
    let (bytes, max) = (message.len(), MESSAGE_BYTES_MAX);
    if bytes > max {
        return Err(BusError::TooLarge { bytes, max });
    }
    Ok(())
}

#[async_trait]
impl Bus for LocalBus {
    async fn publish(&self, topic: &str, message: Bytes) -> Result<(), BusError> {
        check_size(&message)?;
        let mut state = self.shared.state();
        let Some(subscribers) = state.topics.get_mut(topic) else {
            return Ok(());
        };
        let mut served: Vec<Box<str>> = Vec::new();
        let mut took = None;
        for (index, subscriber) in subscribers.iter().enumerate() {
            match &subscriber.group {
                None => _ = subscriber.send(&message),
                Some(group) if served.contains(group) => {}
                Some(group) if subscriber.send(&message) => {
                    served.push(group.clone());
                    took = Some(index);
                }
                Some(_) => {}
            }
        }
        // Whoever of a group had one is asked last the next time.
        if let Some(index) = took {
            let last = subscribers.remove(index);
            subscribers.push(last);
        }
        Ok(())
    }

    async fn subscribe(&self, topic: &str, group: Option<&str>) -> Subscription {
        let (sender, messages) = mpsc::channel(WAITING_MAX);
        let subscriber = Subscriber {
            group: group.map(Box::from),
            messages: sender,
        };
        let mut state = self.shared.state();
        let subscribers = state.topics.entry(topic.into()).or_default();
        subscribers.push(subscriber);
        let place = Place {
            shared: Arc::clone(&self.shared),
            topic: topic.into(),
        };
        Subscription {
            messages,
            _place: place,
        }
    }

    async fn answer_as(&self, node: &NodeId) -> Questions {
        let (sender, questions) = mpsc::channel(WAITING_MAX);
        self.shared.state().nodes.insert(node.clone(), sender);
        Questions { questions }
    }

    async fn request(
        &self,
        node: &NodeId,
        message: Bytes,
        patience: Duration,
    ) -> Result<Bytes, BusError> {
        check_size(&message)?;
        let (answer, answered) = oneshot::channel();
        let question = Question { message, answer };
        let sent = self
            .shared
            .state()
            .nodes
            .get(node)
            .map(|asked| asked.try_send(question));
        match sent {
            Some(Ok(())) => {}
            Some(Err(TrySendError::Full(_))) => return Err(BusError::NoAnswer(node.clone())),
            Some(Err(TrySendError::Closed(_))) | None => {
                return Err(BusError::NoSuchNode(node.clone()));
            }
        }
        match tokio::time::timeout(patience, answered).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) | Err(_) => Err(BusError::NoAnswer(node.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_topic_is_there_for_as_long_as_somebody_listens() {
        let bus = LocalBus::default();
        let first = bus.subscribe("topic", None).await;
        let second = bus.subscribe("topic", Some("group")).await;

        drop(first);

        assert_eq!(bus.shared.state().topics["topic"].len(), 1);
        drop(second);
        assert!(bus.shared.state().topics.is_empty());
    }
}
