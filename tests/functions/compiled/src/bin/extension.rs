//! A compiled external extension without any library: it says in the log what it hears of.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a customer's extension, which owes nothing to the server's rules"
)]

use std::env;
use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let name = env::args().next().unwrap_or_default();
    let name = name.rsplit('/').next().unwrap_or_default();
    let (head, _) = call(
        "POST",
        "register",
        &format!("Lambda-Extension-Name: {name}\r\n"),
        r#"{"events":["INVOKE","SHUTDOWN"]}"#,
    )?;
    let id = head
        .lines()
        .find_map(|line| line.strip_prefix("lambda-extension-identifier: "))
        .ok_or("no identifier")?
        .to_owned();
    loop {
        let own = format!("Lambda-Extension-Identifier: {id}\r\n");
        let (_, event) = call("GET", "event/next", &own, "")?;
        println!("COMPILED {event}");
        if event.contains(r#""eventType":"SHUTDOWN""#) {
            return Ok(());
        }
    }
}

/// One request on a connection of its own: the head and the body of what comes back.
fn call(method: &str, path: &str, headers: &str, body: &str) -> Result<(String, String)> {
    let api = env::var("AWS_LAMBDA_RUNTIME_API")?;
    let mut stream = TcpStream::connect(&api)?;
    let length = body.len();
    write!(
        stream,
        "{method} /2020-01-01/extension/{path} HTTP/1.1\r\nHost: {api}\r\nConnection: close\r\n\
         {headers}Content-Length: {length}\r\n\r\n{body}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
    Ok((head.to_owned(), body.to_owned()))
}
