//! What every bus must do when it loses nothing.

use std::time::Duration;

use bytes::Bytes;

use crate::{Bus, BusError, MESSAGE_BYTES_MAX, NodeId};

/// Long enough for a message on a slow machine.
const PATIENCE: Duration = Duration::from_secs(10);

pub async fn a_message_reaches_every_subscriber_and_one_of_each_group(bus: &dyn Bus) {
    let mut alone = [
        bus.subscribe("t", None).await,
        bus.subscribe("t", None).await,
    ];
    let mut other = bus.subscribe("other", None).await;
    let mut first = bus.subscribe("t", Some("g")).await;
    let mut second = bus.subscribe("t", Some("g")).await;

    for message in ["1", "2"] {
        bus.publish("t", Bytes::from(message)).await.unwrap();
    }
    bus.publish("other", Bytes::from("3")).await.unwrap();

    for subscription in &mut alone {
        assert_eq!(subscription.next().await.unwrap(), "1");
        assert_eq!(subscription.next().await.unwrap(), "2");
    }
    assert_eq!(other.next().await.unwrap(), "3");
    let mut of_group = [first.next().await.unwrap(), second.next().await.unwrap()];
    of_group.sort_unstable();
    assert_eq!(of_group, ["1", "2"]);
    drop((alone, first, second));
    bus.publish("t", Bytes::from("nobody hears")).await.unwrap();
}

pub async fn a_message_that_is_too_large_is_refused(bus: &dyn Bus) {
    let large = Bytes::from(vec![0; MESSAGE_BYTES_MAX + 1]);

    let refused = bus.publish("t", large.clone()).await;
    let not_asked = bus.request(&NodeId("n".to_owned()), large, PATIENCE).await;

    assert!(matches!(refused, Err(BusError::TooLarge { .. })));
    assert!(matches!(not_asked, Err(BusError::TooLarge { .. })));
}

pub async fn a_node_is_asked_and_answers(bus: &dyn Bus) {
    let node = NodeId("n".to_owned());
    let mut questions = bus.answer_as(&node).await;
    let answering = async {
        let question = questions.next().await.unwrap();
        question.answer.send(question.message).unwrap();
        // This one gets no answer.
        drop(questions.next().await);
    };
    let asking = async {
        let answer = bus.request(&node, Bytes::from("?"), PATIENCE).await;
        (
            answer,
            bus.request(&node, Bytes::from("??"), PATIENCE).await,
        )
    };

    let ((answer, silence), ()) = tokio::join!(asking, answering);

    assert_eq!(answer.unwrap(), "?");
    assert_eq!(silence, Err(BusError::NoAnswer(node.clone())));
    drop(questions);
    let gone = bus.request(&node, Bytes::from("?"), PATIENCE).await;
    assert_eq!(gone, Err(BusError::NoSuchNode(node)));
}
