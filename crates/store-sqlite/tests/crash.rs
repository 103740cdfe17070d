//! What the embedded engine said yes to is there after a crash.
//!
//! A test runs itself again as a process that writes and says what it did, and kills that process,
//! or has it lose power. `STORE_TEST_ROUNDS` makes more rounds of it, `STORE_TEST_SEED` others.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod victim;

use std::fs::{self, OpenOptions};
use std::hash::{BuildHasher as _, RandomState};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use store::conformance::TestClock;
use store::{EventQueue as _, Lease, QueueName, Selector};
use store_sqlite::Engine;
use tempfile::TempDir;

use victim::{DIRECTORY, Known, Said, an_event, only, open, write_until_killed};

const LEASE: Lease = Lease::of_this_process(Duration::from_mins(1));

fn work() -> Selector {
    only(QueueName::new("work", "q"))
}

fn number_from_environment(name: &str) -> Option<u64> {
    let number = std::env::var_os(name)?;
    number.to_str()?.parse().ok()
}

fn rounds(usually: u64) -> u64 {
    number_from_environment("STORE_TEST_ROUNDS").unwrap_or(usually)
}

/// This test, as a process that writes into a directory.
fn a_victim(test: &str, directory: &Path) -> Command {
    let mut victim = Command::new(std::env::current_exe().unwrap());
    victim
        .args([test, "--exact", "--nocapture"])
        .env(DIRECTORY, directory)
        .stdout(Stdio::piped());
    victim
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_a_kill() {
    if let Some(directory) = std::env::var_os(DIRECTORY) {
        write_until_killed(directory.as_ref()).await;
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let random = RandomState::new();
    let mut known = Known::default();
    for round in 0..rounds(25) {
        let lines_before_the_kill = 1 + random.hash_one(round) % 200;
        let victim = a_victim("what_was_acknowledged_survives_a_kill", directory.path());
        let mut victim = { victim }.spawn().unwrap();
        let output = victim.stdout.take().unwrap();
        // What it says after that line and before it is dead is heard, too.
        let said = Said::listen(output, |line| {
            if line == lines_before_the_kill {
                victim.kill().unwrap();
            }
        });
        victim.wait().unwrap();
        let context = format!("round {round}, killed after {lines_before_the_kill} lines");
        known.check(directory.path(), said, &context).await;
    }
}

/// Where cargo puts the library that makes a disk fail.
fn failing_disk() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let library = tests.with_file_name("libfailing_disk.so");
    assert!(library.exists(), "{} is not built", library.display());
    library
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_a_power_failure() {
    if let Some(directory) = std::env::var_os(DIRECTORY) {
        write_until_killed(directory.as_ref()).await;
        return;
    }
    let first = number_from_environment("STORE_TEST_SEED").unwrap_or(1);
    for seed in first..first + rounds(40) {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path().join("directory");
        let mut known = Known::default();
        // The second failure meets what the first one left.
        for failure in 0..2 {
            let seed = 2 * seed + failure;
            let operations = 1 + seed.wrapping_mul(7_919) % 900;
            let mut victim = a_victim("what_was_acknowledged_survives_a_power_failure", &directory)
                .env("LD_PRELOAD", failing_disk())
                .env("FAILING_DISK_ROOT", &directory)
                .env("FAILING_DISK_SEED", seed.to_string())
                .env("FAILING_DISK_OPERATIONS", operations.to_string())
                .spawn()
                .unwrap();
            let said = Said::listen(victim.stdout.take().unwrap(), |_| {});
            let status = victim.wait().unwrap();
            assert_eq!(status.code(), None, "the power did not fail");
            let context = format!("seed {seed}, power lost at operation {operations}");
            known.check(&directory, said, &context).await;
        }
    }
}

/// The files of an engine as a crash would leave them now.
fn crashed_copy(directory: &TempDir) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in ["meta.db", "meta.db-wal", "queue.db", "queue.db-wal"] {
        fs::copy(directory.path().join(file), copy.path().join(file)).unwrap();
    }
    copy
}

async fn names_in(directory: &TempDir) -> Vec<String> {
    let engine = open(directory.path());
    let claimed = engine.queue.claim(&work(), 10, LEASE).await.unwrap();
    // It goes on, whatever the log looked like.
    engine.queue.enqueue(vec![an_event("later")]).await.unwrap();
    engine.close();
    claimed
        .iter()
        .filter_map(|event| event.key.clone())
        .collect()
}

#[tokio::test]
async fn a_log_with_a_torn_end_loses_nothing_that_was_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path());
    engine.queue.enqueue(vec![an_event("first")]).await.unwrap();
    let before = fs::metadata(directory.path().join("queue.db-wal"))
        .unwrap()
        .len();
    engine
        .queue
        .enqueue(vec![an_event("second")])
        .await
        .unwrap();
    let (torn, dirty) = (crashed_copy(&directory), crashed_copy(&directory));
    engine.close();
    let log = |copy: &TempDir| {
        let path = copy.path().join("queue.db-wal");
        OpenOptions::new().append(true).open(path).unwrap()
    };
    // The second commit as it is when only a part of it has reached the disk, and a third one that
    // never became one.
    log(&torn).set_len(before + 5_000).unwrap();
    log(&dirty).write_all(&[0x5a; 5_000]).unwrap();

    assert_eq!(names_in(&torn).await, ["first"]);
    assert_eq!(names_in(&dirty).await, ["first", "second"]);
}

#[tokio::test]
async fn a_body_whose_row_was_never_committed_is_removed() {
    let directory = tempfile::tempdir().unwrap();
    open(directory.path()).close();
    let orphan = directory.path().join("bodies/17");
    fs::write(&orphan, "left by a crash").unwrap();

    open(directory.path()).close();

    assert!(!orphan.exists());
}

#[tokio::test]
async fn a_damaged_body_does_not_hold_up_the_others_and_is_not_handed_out() {
    let directory = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let engine = Engine::open(directory.path(), clock.clone()).unwrap();
    let events = vec![an_event("damaged-0"), an_event("whole-0")];
    let ids = engine.queue.enqueue(events).await.unwrap();
    let file = directory
        .path()
        .join(format!("bodies/{}", ids.first().unwrap().id.0));
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, "other bytes").unwrap();

    let claimed = engine.queue.claim(&work(), 10, LEASE).await.unwrap();

    let names: Vec<String> = claimed
        .iter()
        .filter_map(|event| event.key.clone())
        .collect();
    assert_eq!(names, ["whole-0"]);
    fs::write(&file, bytes).unwrap();
    clock.advance(Duration::from_secs(30));
    let repaired = engine.queue.claim(&work(), 10, LEASE).await.unwrap();
    let attempts: Vec<u32> = repaired.iter().map(|event| event.attempt).collect();
    assert_eq!(attempts, [1]);
    engine.close();
}
