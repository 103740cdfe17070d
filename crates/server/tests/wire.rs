//! Clients that are slow, broken, hostile or gone.

#![cfg(test)]

mod world;

use std::sync::atomic::Ordering;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use world::{CONNECTIONS_MAX, FUNCTIONS, World, an_invocation, read, read_to_end, spawn};

/// Status line and body of an answer that is read as text.
fn parts(answer: &str) -> (&str, serde_json::Value) {
    assert!(answer.contains("x-amzn-requestid: "), "{answer}");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (
        head.lines().next().unwrap(),
        serde_json::from_str(body).unwrap(),
    )
}

#[tokio::test]
async fn garbage_is_answered_in_the_shape_of_lambda() {
    let world = World::new().await;
    for garbage in [
        "\u{0}\u{1}\u{2}\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\nbad name: x\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    ] {
        let answer = world.talk(garbage.as_bytes()).await;

        let (status, body) = parts(&answer);
        assert_eq!(status, "HTTP/1.1 400 Bad Request", "{garbage:?}");
        assert!(
            body["message"]
                .as_str()
                .unwrap()
                .starts_with("Could not parse the HTTP request: ")
        );
        assert!(
            answer.contains("x-amzn-errortype: InvalidRequestContentException"),
            "{answer}"
        );
    }
    assert_eq!(world.get(FUNCTIONS).await.status, 200);
}

#[tokio::test]
async fn garbage_behind_a_good_request_is_answered_too() {
    let world = World::new().await;
    let mut stream = world.connect().await;
    stream
        .write_all(b"GET /x HTTP/1.1\r\nHost: h\r\n\r\n")
        .await
        .unwrap();
    let mut first = [0; 4_096];
    let bytes = stream.read(&mut first).await.unwrap();
    assert!(first[..bytes].starts_with(b"HTTP/1.1 404"));

    stream.write_all(b"garbage\r\n\r\n").await.unwrap();

    let answer = read_to_end(&mut stream).await;
    assert_eq!(parts(&answer).0, "HTTP/1.1 400 Bad Request");
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let world = World::new().await;
    let many = "x: y\r\n".repeat(101);
    let large = format!("x: {}\r\n", "y".repeat(1_100_000));
    for headers in [many, large] {
        let answer = world
            .talk(format!("GET / HTTP/1.1\r\n{headers}\r\n").as_bytes())
            .await;

        let (status, body) = parts(&answer);
        assert_eq!(status, "HTTP/1.1 431 Request Header Fields Too Large");
        assert!(body["message"].as_str().unwrap().contains("1048576 bytes"));
    }
}

#[tokio::test]
async fn headers_of_half_a_megabyte_are_accepted() {
    let world = World::new().await;
    let large = "y".repeat(500_000);

    let request = Request::get(FUNCTIONS)
        .header("host", "h")
        .header("x", large);
    let response = world
        .send(request.body(Full::<Bytes>::default()).unwrap())
        .await;

    assert_eq!(response.status, 200);
}

#[tokio::test]
async fn a_body_of_10_mb_is_refused_and_the_client_reads_why() {
    let world = World::new().await;
    world.has_function("fn", &json!({})).await;
    let path = format!("{FUNCTIONS}/fn/invocations");
    let body = "x".repeat(10 << 20);
    let announced = format!(
        "POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let chunked = format!(
        "POST {path} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    );
    for request in [announced, chunked] {
        let answer = world.talk(request.as_bytes()).await;

        let (status, body) = parts(&answer);
        assert_eq!(status, "HTTP/1.1 413 Payload Too Large");
        assert_eq!(
            body["Message"],
            "Request must be smaller than 6291456 bytes for the InvokeFunction operation"
        );
    }
    assert_eq!(world.ran.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn every_operation_has_a_bound_on_its_body() {
    let world = World::new().await;
    for (method, path, max, operation) in [
        ("POST", FUNCTIONS.to_owned(), 70_167_211, "CreateFunction"),
        (
            "PUT",
            format!("{FUNCTIONS}/fn/code"),
            70_167_211,
            "UpdateFunctionCode",
        ),
        (
            "PUT",
            format!("{FUNCTIONS}/fn/configuration"),
            1_048_576,
            "UpdateFunctionConfiguration",
        ),
        ("GET", FUNCTIONS.to_owned(), 1_048_576, "ListFunctions"),
        (
            "POST",
            "/2014-11-13/functions/fn/invoke-async/".to_owned(),
            262_144,
            "InvokeAsync",
        ),
    ] {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n",
            max + 1
        );

        let mut stream = world.connect().await;
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let answer = read_to_end(&mut stream).await;

        assert_eq!(
            parts(&answer).1["Message"],
            format!("Request must be smaller than {max} bytes for the {operation} operation")
        );
    }
}

#[tokio::test]
async fn a_client_that_expects_100_is_refused_before_it_sends_its_body() {
    let world = World::new().await;
    let mut stream = world.connect().await;
    let head = format!(
        "POST {FUNCTIONS}/fn/invocations HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 10000000\r\n\r\n"
    );

    stream.write_all(head.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();

    assert_eq!(
        parts(&read_to_end(&mut stream).await).0,
        "HTTP/1.1 413 Payload Too Large"
    );
}

#[tokio::test]
async fn a_client_that_closes_its_sending_side_still_gets_its_answer() {
    let world = World::new().await;
    world.has_function("fn", &json!({})).await;
    let mut stream = world.connect().await;
    let event = r#"{"wait":true}"#;
    let request = format!(
        "POST {FUNCTIONS}/fn/invocations HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{event}",
        event.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    world
        .until(|world| world.ran.load(Ordering::SeqCst) == 1)
        .await;

    world.go.add_permits(1);

    assert!(read_to_end(&mut stream).await.ends_with(event));
}

#[tokio::test]
async fn an_invocation_whose_client_is_gone_is_finished() {
    let world = World::new().await;
    world.has_function("fn", &json!({})).await;
    let mut client = world.client().await;
    let request = an_invocation("fn/invocations", &[], r#"{"wait":true}"#.into());
    let call = spawn(async move { read(&mut client, request).await.status });
    world
        .until(|world| world.ran.load(Ordering::SeqCst) == 1)
        .await;

    call.abort();
    world.go.add_permits(1);

    world
        .until(|world| world.answered.load(Ordering::SeqCst) == 1)
        .await;
    assert_eq!(world.invoke("fn/invocations", &[], "{}").await.status, 200);
}

#[tokio::test]
async fn one_connection_serves_many_requests() {
    let world = World::new().await;
    world.has_function("fn", &json!({})).await;
    let mut client = world.client().await;

    for number in 0..50 {
        let request = an_invocation("fn/invocations", &[], number.to_string());
        assert_eq!(read(&mut client, request).await.body, number.to_string());
    }
    let refused = Request::get("/x")
        .header("host", "h")
        .body(Full::default())
        .unwrap();
    assert_eq!(read(&mut client, refused).await.status, 404);
    let request = an_invocation("fn/invocations", &[], "7".into());
    assert_eq!(read(&mut client, request).await.body, "7");
}

#[tokio::test]
async fn requests_sent_at_once_are_answered_in_their_order() {
    let world = World::new().await;
    let mut stream = world.connect().await;

    stream
        .write_all(b"GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();

    let answer = read_to_end(&mut stream).await;
    let (a, b) = (
        answer.find("path /a").unwrap(),
        answer.find("path /b").unwrap(),
    );
    assert!(a < b);
}

#[tokio::test]
async fn a_server_that_ends_finishes_what_it_has_begun() {
    let world = World::new().await;
    // Its time must not be up before it is let go, however busy the machine is.
    world.has_function("fn", &json!({"Timeout": 900})).await;
    let go = world.go.clone();
    let address = world.address;
    let mut idle = world.connect().await;
    let mut client = world.client().await;
    let request = an_invocation("fn/invocations", &[], r#"{"wait":true}"#.into());
    let call = spawn(async move { read(&mut client, request).await.status });
    world
        .until(|world| world.ran.load(Ordering::SeqCst) == 1)
        .await;

    let served = world.shut_down();

    assert_eq!(read_to_end(&mut idle).await, "");
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    assert!(!served.is_finished());
    go.add_permits(1);
    assert_eq!(call.await.unwrap(), 200);
    served.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_request_with_another_method_than_post_may_have_a_body() {
    let world = World::new().await;
    let request = Request::builder()
        .method(Method::GET)
        .uri(FUNCTIONS)
        .header("host", "h")
        .body(Full::new(Bytes::from_static(b"ignored")))
        .unwrap();

    assert_eq!(world.send(request).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_sends_its_head_a_byte_at_a_time_is_told_to_go() {
    let world = World::new().await;
    let mut slow = world.connect().await;
    slow.write_all(b"GET / HTT").await.unwrap();

    let answer = read_to_end(&mut slow).await;

    let (status, body) = parts(&answer);
    assert_eq!(status, "HTTP/1.1 408 Request Timeout");
    assert_eq!(
        body["message"],
        "The request line and the headers did not arrive within 30 seconds."
    );
}

#[tokio::test(start_paused = true)]
async fn a_client_that_says_nothing_is_not_talked_to() {
    let world = World::new().await;
    let mut silent = world.connect().await;

    assert_eq!(read_to_end(&mut silent).await, "");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let world = World::new().await;
    let mut slow = world.connect().await;
    let head = format!("POST {FUNCTIONS} HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n{{");
    slow.write_all(head.as_bytes()).await.unwrap();

    let answer = read_to_end(&mut slow).await;

    let (status, body) = parts(&answer);
    assert_eq!(status, "HTTP/1.1 408 Request Timeout");
    assert_eq!(
        body["message"],
        "The body of the request did not arrive in time."
    );
}

#[tokio::test]
async fn a_connection_too_many_is_told_so_and_has_room_when_another_is_closed() {
    let world = World::new().await;
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS_MAX {
        let mut client = world.client().await;
        let request = Request::get(FUNCTIONS).header("host", "h");
        let answer = read(&mut client, request.body(Full::default()).unwrap()).await;
        assert_eq!(answer.status, 200);
        clients.push(client);
    }

    let mut late = world.connect().await;
    late.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        .await
        .unwrap();
    late.shutdown().await.unwrap();

    let answer = read_to_end(&mut late).await;
    assert_eq!(parts(&answer).0, "HTTP/1.1 503 Service Unavailable");
    clients.pop();
    let room = async {
        while !world
            .talk(b"GET / HTTP/1.0\r\n\r\n")
            .await
            .starts_with("HTTP/1.0 404")
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(world::PATIENCE, room).await.unwrap();
}
