//! The command on a terminal: who is asked, what is shown while it waits, how it is left.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use http::StatusCode;

use crate::harness::{Ended, command, hello};
use crate::peer::{Peer, Reply};

/// Longer than any machine needs; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_mins(1);

/// A session with a terminal of its own, in which a shell runs a line.
struct Session {
    child: Child,
    output: Receiver<Vec<u8>>,
    shown: Vec<u8>,
}

impl Session {
    /// `COMMAND` in the line stands for the command with these arguments.
    fn running(line: &str, arguments: &[&str]) -> Self {
        let program = command(arguments);
        let words: Vec<_> = std::iter::once(program.get_program())
            .chain(program.get_args())
            .map(|word| format!("'{}'", word.to_str().unwrap()))
            .collect();
        let mut child = Command::new("script")
            .args(["--quiet", "--return", "--echo", "never"])
            .args(["--command", &line.replace("COMMAND", &words.join(" "))])
            .arg("/dev/null")
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("TERM", "xterm")
            .envs(
                program
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = child.stdout.take().unwrap();
        let (sender, output) = sync_channel(64);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = out.read(&mut bytes) {
                if sender
                    .send(bytes.iter().take(count).copied().collect())
                    .is_err()
                {
                    break;
                }
            }
        });
        Self {
            child,
            output,
            shown: Vec::new(),
        }
    }

    /// Reads what is shown until this is there.
    fn wait_for(&mut self, text: &str) {
        while !self.screen().contains(text) {
            match self.output.recv_timeout(PATIENCE) {
                Ok(bytes) => self.shown.extend(bytes),
                Err(error) => panic!("no {text:?} ({error}) in {}", self.screen()),
            }
        }
    }

    fn type_in(&mut self, keys: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin.write_all(keys.as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    fn screen(&self) -> String {
        String::from_utf8_lossy(&self.shown).into_owned()
    }

    fn ended(mut self) -> Ended {
        while let Ok(bytes) = self.output.recv_timeout(PATIENCE) {
            self.shown.extend(bytes);
        }
        drop(self.child.stdin.take());
        let status = self.child.wait().unwrap();
        Ended {
            status: status.code(),
            out: self.shown,
            err: String::new(),
        }
    }
}

const INTERRUPT: &str = "\u{3}";

/// Writes a file with the profile dev, whose identity provider nobody runs.
fn a_profile_that_signs_in(directory: &Path) -> String {
    let file = directory.join("credentials");
    std::fs::write(
        &file,
        "[saml-endpoint idp]\nendpoint = http://127.0.0.1:1/adfs\nauthentication_type = Basic\n\
         [dev]\nendpoint_name = idp\nrole_arn = arn:aws:iam::1:saml-provider/P,arn:aws:iam::1:role/R\n",
    )
    .unwrap();
    file.to_str().unwrap().to_owned()
}

fn signing_in(file: &str) -> [&str; 7] {
    [
        "hello",
        "-ProfileName",
        "dev",
        "-NetworkCredential",
        "ada",
        "-ProfileLocation",
        file,
    ]
}

#[test]
fn the_terminal_is_asked_and_its_answer_counts() {
    for (answers, requests) in [("y\n", 1), ("\n", 1), ("n\n", 0), ("?\nL\n", 0)] {
        let peer = Peer::answering(|_| hello());
        let arguments = ["hello", "-Confirm", "-E", &peer.url()];
        let mut session = Session::running("COMMAND </dev/null", &arguments);

        session.wait_for("Are you sure you want to perform this action?");
        session.wait_for("(default is \"Y\"): ");
        session.type_in(answers);

        let ended = session.ended();
        assert_eq!(ended.status, Some(0), "{}", ended.text());
        assert_eq!(peer.requests().len(), requests, "{answers:?}");
    }
}

#[test]
fn yes_to_all_holds_for_the_rest_of_the_pipeline() {
    for (answer, requests) in [("a\n", 3), ("l\n", 0)] {
        let peer = Peer::answering(|_| hello());
        let arguments = ["-Confirm", "-E", &peer.url()];
        let mut session = Session::running("printf 'a\\nb\\nc\\n' | COMMAND", &arguments);

        session.wait_for("(default is \"Y\"): ");
        session.type_in(answer);

        let ended = session.ended();
        assert_eq!(ended.status, Some(0), "{}", ended.text());
        assert_eq!(ended.text().matches("Are you sure").count(), 1);
        assert_eq!(peer.requests().len(), requests);
    }
}

#[test]
fn an_interrupt_ends_a_question() {
    let peer = Peer::answering(|_| hello());
    let arguments = ["hello", "-Confirm", "-E", &peer.url()];
    let mut session = Session::running("COMMAND", &arguments);

    session.wait_for("(default is \"Y\"): ");
    session.type_in(INTERRUPT);

    assert_eq!(session.ended().status, Some(130));
    assert_eq!(peer.requests().len(), 0);
}

#[test]
fn an_interrupt_gives_the_terminal_back_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let file = a_profile_that_signs_in(directory.path());
    let arguments = signing_in(&file);
    let line = "trap : INT; stty echo; COMMAND; echo \"status=$?\"; stty -a";
    let mut session = Session::running(line, &arguments);

    session.wait_for("Password for ada");
    session.type_in(INTERRUPT);

    let ended = session.ended();
    let shown = ended.text();
    assert!(shown.contains("status=130"), "{shown}");
    assert!(shown.contains(" echo "), "{shown}");
    assert!(shown.contains(" icanon"), "{shown}");
}

#[test]
fn a_long_wait_is_shown_and_gone_in_the_end() {
    let peer = Peer::answering(|_| Reply::never());
    let arguments = ["hello", "-E", &peer.url()];
    let mut session = Session::running("COMMAND", &arguments);

    session.wait_for("hello: waiting for the answer, 1 s");
    session.type_in(INTERRUPT);

    let ended = session.ended();
    assert_eq!(ended.status, Some(130));
    let (_, after) = ended.text().rsplit_once("waiting for the answer").unwrap();
    assert!(after.contains("\r\u{1b}[K"), "{after:?}");
    assert!(after.contains("interrupted"), "{after:?}");
}

#[test]
fn a_short_call_shows_its_answer_alone() {
    let peer = Peer::answering(|_| Reply::new(StatusCode::OK, b"1"));
    let arguments = ["hello", "-E", &peer.url(), "-Select", "Payload"];
    let session = Session::running("COMMAND", &arguments);

    assert_eq!(session.ended().text(), "1\r\n");
}

#[test]
fn a_password_is_asked_for_and_not_shown() {
    let directory = tempfile::tempdir().unwrap();
    let file = a_profile_that_signs_in(directory.path());
    let arguments = signing_in(&file);
    let mut session = Session::running("stty echo; COMMAND", &arguments);

    session.wait_for("Password for ada: ");
    session.type_in("open sesame\n");

    // Nobody listens at the identity provider: what matters is how far it came.
    let ended = session.ended();
    assert_eq!(ended.status, Some(1));
    assert!(ended.text().contains("dev"), "{}", ended.text());
    assert!(!ended.text().contains("sesame"), "{}", ended.text());
}
