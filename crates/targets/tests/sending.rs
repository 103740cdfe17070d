//! Sending to a service that answers, refuses, breaks, or is not there.
//!
//! The peer is a simulation of faults; that real services take what is sent is shown by the end-to-end
//! tests.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::JoinHandle;

use domain::name::Home;
use targets::{Attribute, Message, Place, Places, Service, TargetError, Targets};

const QUEUE: &str = "arn:aws:sqs:eu-west-1:000000000000:orders";
const TOPIC: &str = "arn:aws:sns:eu-west-1:000000000000:alarms";
const BUS: &str = "arn:aws:events:eu-west-1:000000000000:event-bus/own";
const BUCKET: &str = "arn:aws:s3:::failures";

fn targets(place: &Place) -> Targets {
    let places = Places {
        sqs: place.clone(),
        sns: place.clone(),
        events: place.clone(),
        s3: place.clone(),
    };
    Targets::new(places, Home::new("us-east-1", "000000000000"))
}

/// Answers one request after the other and gives back what it read.
fn peer(answers: Vec<String>) -> (Place, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = Place::At(format!("http://{}", listener.local_addr().unwrap()));
    let requests =
        std::thread::spawn(move || answers.iter().map(|a| serve(&listener, a)).collect());
    (place, requests)
}

fn serve(listener: &TcpListener, answer: &str) -> String {
    let (mut stream, _) = listener.accept().unwrap();
    let mut request = String::new();
    let mut chunk = [0; 4096];
    loop {
        let read = stream.read(&mut chunk).unwrap();
        request.push_str(std::str::from_utf8(chunk.get(..read).unwrap()).unwrap());
        let Some((head, body)) = request.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.to_ascii_lowercase().lines().find_map(|line| {
            line.strip_prefix("content-length: ")
                .map(|length| length.parse::<usize>().unwrap())
        });
        if body.len() >= length.unwrap_or(0) {
            break;
        }
    }
    stream.write_all(answer.as_bytes()).unwrap();
    request
}

fn answer(status: &str, content_type: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn message() -> Message {
    Message {
        text: "{}".to_owned(),
        attributes: vec![Attribute {
            name: "ErrorCode".to_owned(),
            data_type: "Number".to_owned(),
            value: "200".to_owned(),
        }],
        trace: Some("Root=1-a".to_owned()),
    }
}

#[tokio::test]
async fn a_service_without_a_place_is_said_to_have_none() {
    let targets = targets(&Place::Nowhere);

    for (arn, setting) in [
        (QUEUE, "targets.sqs"),
        (TOPIC, "targets.sns"),
        (BUS, "targets.events"),
        (BUCKET, "targets.s3"),
    ] {
        let error = targets.check(arn).await.unwrap_err();

        assert!(
            matches!(error, TargetError::NotConfigured { .. }),
            "{error:?}"
        );
        assert!(error.to_string().contains(setting), "{error}");
    }
    assert!(!targets.is_configured(Service::Sqs));
}

#[tokio::test]
async fn an_arn_of_another_service_is_unknown() {
    let error = targets(&Place::Aws).check("arn:aws:iam::0:role/x").await;

    assert!(matches!(error, Err(TargetError::Unknown { .. })));
}

#[tokio::test]
async fn a_closed_port_is_unreachable_and_says_why() {
    let address = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let targets = targets(&Place::At(format!("http://{address}")));

    for arn in [QUEUE, TOPIC, BUS, BUCKET] {
        let error = targets.check(arn).await.unwrap_err();

        assert!(
            matches!(error, TargetError::Unreachable { .. }),
            "{error:?}"
        );
        assert!(error.to_string().contains("refused"), "{error}");
    }
}

#[tokio::test]
async fn a_refusal_keeps_the_words_of_the_service() {
    let body = r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}"#;
    let (place, requests) = peer(vec![answer(
        "400 Bad Request",
        "application/x-amz-json-1.0",
        body,
    )]);

    let error = targets(&place)
        .send_message(QUEUE, message())
        .await
        .unwrap_err();

    let TargetError::Refused { code, message, .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!(code, "QueueDoesNotExist");
    assert_eq!(message, "The specified queue does not exist.");
    assert!(requests.join().unwrap()[0].contains("AmazonSQS.GetQueueUrl"));
}

#[tokio::test]
async fn a_message_carries_its_attributes_and_trace() {
    let url = r#"{"QueueUrl":"http://127.0.0.1/000000000000/orders"}"#;
    let sent = r#"{"MessageId":"m","MD5OfMessageBody":"99914b932bd37a50b983c5e7c90ae93b"}"#;
    let json = "application/x-amz-json-1.0";
    let (place, requests) = peer(vec![
        answer("200 OK", json, url),
        answer("200 OK", json, sent),
    ]);

    targets(&place)
        .send_message(QUEUE, message())
        .await
        .unwrap();

    let request = &requests.join().unwrap()[1];
    assert!(
        request.contains(r#""ErrorCode":{"StringValue":"200","DataType":"Number"}"#),
        "{request}"
    );
    assert!(
        request.contains(r#""AWSTraceHeader":{"StringValue":"Root=1-a""#),
        "{request}"
    );
    assert!(request.contains("/eu-west-1/sqs/aws4_request"), "{request}");
}

#[tokio::test]
async fn a_server_error_is_not_tried_again_here() {
    let (place, requests) = peer(vec![answer(
        "500 Internal Server Error",
        "text/plain",
        "no",
    )]);

    let error = targets(&place).check(TOPIC).await.unwrap_err();

    assert!(
        matches!(error, TargetError::Unreachable { .. }),
        "{error:?}"
    );
    assert_eq!(requests.join().unwrap().len(), 1);
}
