//! Events on several connections, until the server is gone.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::client::Connection;
use crate::dice::Dice;
use crate::operator::{self, Known};
use crate::server::{FUNCTION, Server};

/// Connections that send at the same time.
const SENDERS: u64 = 8;

/// How long a sender that was refused waits.
const PAUSE: Duration = Duration::from_millis(2);

/// How an event is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Succeeds,
    Fails,
}

/// Everything that was sent.
#[derive(Debug, Default)]
pub(crate) struct Load {
    sent: u64,
    /// By request id, what was answered with 202.
    accepted: BTreeMap<String, Fate>,
    refused: u64,
    /// Senders that were refused, and then not any more.
    recovered: u64,
    witness: Known,
}

/// What the senders of one round have found out.
#[derive(Debug, Default)]
struct Round {
    accepted: Vec<(String, Fate)>,
    sent: u64,
    refused: u64,
    recovered: u64,
}

/// How a server is brought to its end.
#[derive(Debug, Clone, Copy)]
pub(crate) enum End {
    KillAfter(Duration),
    PowerFailure,
}

impl Load {
    pub(crate) fn witness(&self) -> &Known {
        &self.witness
    }

    pub(crate) fn accepted(&self) -> &BTreeMap<String, Fate> {
        &self.accepted
    }

    pub(crate) fn summary(&self) -> String {
        format!(
            "{} events sent, {} accepted, {} refused, {} without an answer",
            self.sent,
            self.accepted.len(),
            self.refused,
            self.sent - self.refused - u64::try_from(self.accepted.len()).unwrap()
        )
    }

    /// How often a sender was refused, and accepted again by the same server.
    pub(crate) fn recovered(&self) -> u64 {
        self.recovered
    }

    /// Sends events and changes the witness for as long as the server lives.
    pub(crate) async fn send_until_gone(&mut self, server: Server, end: End, dice: &mut Dice) {
        let round = Arc::new(Mutex::new(Round::default()));
        let mut senders = JoinSet::new();
        for _ in 0..SENDERS {
            let dice = Dice::new(dice.up_to(u64::MAX - 1));
            senders.spawn(send_all(server.address, dice, Arc::clone(&round)));
        }
        let mut operator = JoinSet::new();
        operator.spawn(operator::change_all(server.address, self.witness));
        match end {
            End::KillAfter(life) => {
                tokio::time::sleep(life).await;
                server.kill().await;
            }
            End::PowerFailure => server.wait_for_power_failure().await,
        }
        senders.join_all().await;
        self.witness = operator.join_next().await.unwrap().unwrap();
        let round = std::mem::take(&mut *round.lock().unwrap());
        self.sent += round.sent;
        self.refused += round.refused;
        self.recovered += round.recovered;
        for (request_id, fate) in round.accepted {
            let before = self.accepted.insert(request_id, fate);
            assert_eq!(before, None, "a request id was given out twice");
        }
    }
}

async fn send_all(address: std::net::SocketAddr, mut dice: Dice, round: Arc<Mutex<Round>>) {
    let Ok(mut connection) = Connection::open(address).await else {
        return;
    };
    let mut was_refused = false;
    loop {
        let (fate, event) = event(&mut dice);
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("/2015-03-31/functions/{FUNCTION}/invocations"))
            .header("x-amz-invocation-type", "Event");
        round.lock().unwrap().sent += 1;
        let Ok(response) = connection.send(request, event.to_string().into()).await else {
            return;
        };
        if response.status() == StatusCode::ACCEPTED {
            let id = response.headers()["x-amzn-requestid"].to_str().unwrap();
            let mut round = round.lock().unwrap();
            round.accepted.push((id.to_owned(), fate));
            round.recovered += u64::from(std::mem::take(&mut was_refused));
        } else {
            let headers = response.headers();
            assert_eq!(
                headers["x-amzn-errortype"], "ServiceException",
                "{response:?}"
            );
            assert!(response.status().is_server_error(), "{response:?}");
            round.lock().unwrap().refused += 1;
            was_refused = true;
            // Else nothing but refusals would be heard until the disk is well again.
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Most events succeed at once; some fail, some crash their environment, some take their time.
fn event(dice: &mut Dice) -> (Fate, Value) {
    match dice.up_to(19) {
        0..=3 => (Fate::Fails, json!({ "do": "raise", "message": "asked to" })),
        4 => (Fate::Fails, json!({ "do": "exit", "code": 3 })),
        5 | 6 => (
            Fate::Succeeds,
            json!({ "do": "sleep", "ms": dice.up_to(40) }),
        ),
        // Beyond what fits into a row: bodies of this size are files.
        7 => (Fate::Succeeds, json!({ "text": "x".repeat(100_000) })),
        number => (Fate::Succeeds, json!({ "number": number })),
    }
}
