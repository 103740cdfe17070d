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
//! twice, because the server died under its first run, is allowed and leaves one ending as well.
//!
//! `DURABILITY_ROUNDS` sets the number of kills, `DURABILITY_SEED` repeats a run.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test that cannot go on has failed"
)]

mod client;
mod dice;
mod endings;
mod load;
mod server;

use std::time::Duration;

use dice::Dice;
use endings::Endings;
use load::Load;
use server::Server;

/// Kills in an ordinary run of the tests.
const ROUNDS: u32 = 200;

/// The longest that a server lives in a round, counted from when it is ready.
const LIFE_MS_MAX: u64 = 80;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_accepted_event_ends_exactly_one_way() {
    let seed = variable("DURABILITY_SEED").unwrap_or_else(dice::fresh_seed);
    let rounds = variable("DURABILITY_ROUNDS").map_or(ROUNDS, |rounds| rounds.try_into().unwrap());
    println!("{rounds} rounds, DURABILITY_SEED={seed}");
    let mut dice = Dice::new(seed);
    let directory = tempfile::tempdir().unwrap();
    let mut load = Load::default();

    let server = Server::start(directory.path()).await;
    server.set_up().await;
    server.kill().await;
    for _ in 0..rounds {
        let server = Server::start(directory.path()).await;
        let life = Duration::from_millis(dice.up_to(LIFE_MS_MAX));
        load.send_until_killed(server, life, &mut dice).await;
    }
    let server = Server::start(directory.path()).await;
    let endings = Endings::collect(&server, load.accepted().len()).await;
    server.kill().await;

    println!("{}, {}", load.summary(), endings.summary());
    endings.check(&load);
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}
