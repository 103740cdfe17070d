//! `kill -9` at random moments under load: every event that was answered with 202 ends exactly one way.
//!
//! A real server runs a real function in real sandboxes. Events are sent on several connections until the
//! server is killed in the middle of it; then it is started again on the same directory, and so on. At
//! the end the queues are read that the function's endings go to, and compared with what was accepted:
//!
//! ```text
//! succeeded   one record in `succeeded`
//! failed      one record in `failed` and one message in `dead`
//! ```
//!
//! An event whose answer never came may have ended or not, but not twice either. That a function *runs*
//! twice, because the server died under its first run, is allowed and leaves one ending as well; such runs
//! are counted. Beside the events a function is changed all the time, and what was answered to that is
//! there after each start.
//!
//! The same once more on a disk that loses power: what was not flushed is there, or not, or torn. And on
//! one that refuses a part of what it is told before that: nothing refused is believed, and the server
//! goes on, or says why it cannot start.
//!
//! `DURABILITY_ROUNDS` sets the number of kills and of power failures, `DURABILITY_SEED` repeats a run.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test that cannot go on has failed"
)]

mod client;
mod dice;
mod endings;
mod load;
mod operator;
mod runs;
mod server;

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use dice::Dice;
use endings::Endings;
use load::{End, Load};
use runs::Runs;
use server::{Disk, NotReady, Refusals, Server};

/// Kills in an ordinary run of the tests.
const KILLS: u64 = 200;

/// Power failures in an ordinary run, and as many of those that refusals come before.
const POWER_FAILURES: u64 = 30;

/// The longest that a server lives in a round, counted from when it is ready.
const LIFE_MS_MAX: u64 = 80;

/// About what a start takes, after which there may be requests.
const OPERATIONS_OF_START: u64 = 50;

/// The most operations of a disk in a round.
const OPERATIONS_MAX: u64 = 3_000;

/// Operations that are enough to make the functions and queues.
const OPERATIONS_OF_SET_UP: u64 = 1_000;

/// In one of so many rounds the machine was started anew, too, and packages are unpacked again.
const ROUNDS_PER_BOOT: u64 = 4;

/// What a run of rounds begins and goes on with.
struct Run {
    name: &'static str,
    seed: u64,
    dice: Dice,
    directory: tempfile::TempDir,
    load: Load,
}

impl Run {
    fn new(name: &'static str, rounds: u64) -> Self {
        let seed = variable("DURABILITY_SEED").unwrap_or_else(dice::fresh_seed);
        say(&format!("{name}: {rounds} rounds, DURABILITY_SEED={seed}"));
        Self {
            name,
            seed,
            dice: Dice::new(seed),
            directory: tempfile::tempdir().unwrap(),
            load: Load::default(),
        }
    }

    fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Sends events until the server is gone. What was answered before is there when it starts.
    async fn round(&mut self, server: Server, end: End) {
        let checked = self.load.witness().check(server.address).await;
        // The power may fail as soon as the server is there; nobody else ends it so early.
        if !matches!(end, End::PowerFailure) {
            checked.unwrap();
        }
        self.load.send_until_gone(server, end, &mut self.dice).await;
    }

    /// Lets a last server, whose disk does what it should, bring everything to its end.
    async fn conclude(self) {
        let server = Server::start(self.directory()).await;
        self.load.witness().check(server.address).await.unwrap();
        let endings = Endings::collect(&server, self.load.accepted().len()).await;
        server.kill().await;

        let Self {
            name, seed, load, ..
        } = &self;
        say(&format!(
            "{name}, DURABILITY_SEED={seed}: {}",
            load.summary()
        ));
        say(&format!("{name}: {}", endings.summary()));
        say(&format!(
            "{name}: {}",
            Runs::read(self.directory()).summary()
        ));
        endings.check(load);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_accepted_event_ends_exactly_one_way() {
    let rounds = rounds(KILLS);
    let mut run = Run::new("kill -9", rounds);

    let server = Server::start(run.directory()).await;
    server.set_up().await;
    server.kill().await;
    for _ in 0..rounds {
        let server = Server::start(run.directory()).await;
        let life = Duration::from_millis(run.dice.up_to(LIFE_MS_MAX));
        run.round(server, End::KillAfter(life)).await;
    }

    run.conclude().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_accepted_event_ends_exactly_one_way_when_the_power_fails() {
    let rounds = rounds(POWER_FAILURES);
    let mut run = Run::new("power failures", rounds);

    for round in 0..rounds {
        let disk = Disk::Failing {
            seed: run.dice.up_to(u64::MAX - 1),
            operations: operations(round, &mut run.dice),
            refusals: None,
        };
        match Server::start_on(run.directory(), &disk).await {
            Ok(server) => {
                if round == 0 {
                    server.set_up().await;
                }
                run.round(server, End::PowerFailure).await;
            }
            Err(NotReady::Killed) => {}
            Err(NotReady::GaveUp(why)) => panic!("the server did not start: {why}"),
        }
        if round % ROUNDS_PER_BOOT == 0 {
            server::forget_boot(run.directory());
        }
    }

    run.conclude().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_accepted_event_ends_exactly_one_way_on_a_disk_that_refuses() {
    let rounds = rounds(POWER_FAILURES);
    let mut run = Run::new("refusals", rounds);
    let mut did_not_start = 0;

    let server = Server::start(run.directory()).await;
    server.set_up().await;
    server.kill().await;
    for round in 0..rounds {
        let operations = run.dice.up_to(OPERATIONS_MAX);
        let disk = Disk::Failing {
            seed: run.dice.up_to(u64::MAX - 1),
            operations,
            refusals: Some(Refusals {
                error: ["EIO", "ENOSPC"][usize::from(round % 2 == 0)],
                from: run.dice.up_to(if round % 4 == 0 {
                    OPERATIONS_OF_START
                } else {
                    operations
                }),
                operations: run.dice.up_to(operations / 2),
            }),
        };
        match Server::start_on(run.directory(), &disk).await {
            Ok(server) => run.round(server, End::PowerFailure).await,
            Err(NotReady::Killed) => {}
            Err(NotReady::GaveUp(why)) => {
                assert!(why.contains("invoked: "), "{why}");
                did_not_start += 1;
            }
        }
    }
    let recovered = run.load.recovered();
    say(&format!(
        "{}: {did_not_start} servers did not start and said why, {recovered} times a sender was \
         refused and then accepted again by the same server",
        run.name
    ));

    run.conclude().await;
    assert!(recovered > 0, "no server has gone on after a refusal");
}

/// After how many operations the power fails in a round.
fn operations(round: u64, dice: &mut Dice) -> u64 {
    let random = 1 + dice.up_to(OPERATIONS_MAX);
    if round == 0 {
        OPERATIONS_OF_SET_UP + random
    } else {
        random
    }
}

/// Tells whoever runs the tests, also when all is well: the output of tests that pass is not shown.
fn say(line: &str) {
    let line = format!("{line}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

fn rounds(usually: u64) -> u64 {
    variable("DURABILITY_ROUNDS").unwrap_or(usually)
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}
