//! The binary as its operator meets it: start, ask, end.

#![cfg(test)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

struct Server {
    process: Child,
    announced: Value,
}

impl Server {
    fn start(data_dir: &Path) -> Self {
        let mut process = invoked()
            .args([
                "serve",
                "--sandbox",
                "none",
                "--listen",
                "127.0.0.1:0",
                "--output",
                "json",
            ])
            .arg("--data-dir")
            .arg(data_dir)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = process.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let announced = serde_json::from_str(&line).unwrap();
        Self { process, announced }
    }

    fn endpoint(&self) -> &str {
        self.announced["endpoint"].as_str().unwrap()
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.announced["address"].as_str().unwrap()).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Asks the server to end and gives back what it logged.
    fn end(mut self, signal: &str) -> String {
        let pid = self.process.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &pid])
                .status()
                .unwrap()
                .success()
        );
        let mut log = String::new();
        self.process
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut log)
            .unwrap();
        assert!(self.process.wait().unwrap().success(), "{log}");
        log
    }
}

fn invoked() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_invoked"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("INVOKED_") {
            command.env_remove(name);
        }
    }
    command
}

fn run(data_dir: &Path, arguments: &[&str]) -> Output {
    invoked()
        .args(arguments)
        .arg("--data-dir")
        .arg(data_dir)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_server_announces_itself_until_it_ends() {
    let data_dir = tempfile::tempdir().unwrap();
    for signal in ["-INT", "-TERM"] {
        let server = Server::start(data_dir.path());

        let exports = text(&run(data_dir.path(), &["env"]).stdout);
        let json = run(data_dir.path(), &["env", "--output", "json"]).stdout;

        let line = format!("export AWS_ENDPOINT_URL={}\n", server.endpoint());
        assert!(exports.starts_with(&line), "{exports}");
        let json: Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(json["AWS_ENDPOINT_URL"], server.endpoint());
        assert_eq!(json["AWS_REGION"], "us-east-1");
        server.end(signal);
        let after = run(data_dir.path(), &["env"]);
        assert_eq!(after.status.code(), Some(1));
        assert!(text(&after.stderr).contains("start one with `invoked serve`"));
    }
}

#[test]
fn every_request_must_be_signed_unless_configured_otherwise() {
    let data_dir = tempfile::tempdir().unwrap();
    let server = Server::start(data_dir.path());

    let answer = server.get("/2015-03-31/functions");

    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert!(
        answer.contains("MissingAuthenticationTokenException"),
        "{answer}"
    );
    let log = server.end("-INT");
    assert!(log.contains("not verified yet"), "{log}");
    assert!(log.contains("functions run unconfined"), "{log}");
}

#[test]
fn two_servers_do_not_share_a_data_directory() {
    let data_dir = tempfile::tempdir().unwrap();
    let first = Server::start(data_dir.path());

    let second = run(
        data_dir.path(),
        &["serve", "--sandbox", "none", "--listen", "127.0.0.1:0"],
    );

    assert_eq!(second.status.code(), Some(1));
    let error = text(&second.stderr);
    assert!(
        error.contains("another server has the data directory"),
        "{error}"
    );
    first.end("-INT");
}

#[test]
fn what_cannot_be_configured_is_refused_before_anything_is_made() {
    let parent = tempfile::tempdir().unwrap();
    let data_dir = parent.path().join("data");

    let refused = run(&data_dir, &["serve", "--listen", "0.0.0.0:9000"]);

    assert_eq!(refused.status.code(), Some(1));
    let error = text(&refused.stderr);
    assert!(
        error.starts_with("invoked: --listen cannot be `0.0.0.0:9000`: only loopback"),
        "{error}"
    );
    assert!(!data_dir.exists());
}

#[test]
fn a_port_that_is_taken_is_named() {
    let data_dir = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();

    let refused = run(
        data_dir.path(),
        &["serve", "--sandbox", "none", "--listen", &address],
    );

    assert_eq!(refused.status.code(), Some(1));
    let error = text(&refused.stderr);
    assert!(error.contains(&format!("listen on {address}")), "{error}");
}

#[test]
fn doctor_prints_findings_for_people_and_for_programs() {
    let data_dir = tempfile::tempdir().unwrap();

    let for_people = run(data_dir.path(), &["doctor"]);
    let for_programs = run(data_dir.path(), &["doctor", "--output", "json"]);

    assert!(text(&for_people.stdout).contains("data directory"));
    let findings: Value = serde_json::from_slice(&for_programs.stdout).unwrap();
    let fails = findings
        .as_array()
        .unwrap()
        .iter()
        .any(|finding| finding["status"] == "fail");
    assert_eq!(for_programs.status.code(), Some(i32::from(fails)));
}

#[test]
fn completions_are_printed_for_a_shell() {
    let script = invoked().args(["completions", "bash"]).output().unwrap();

    assert!(script.status.success());
    assert!(text(&script.stdout).contains("complete -F _invoked"));
}
