//! What a full disk does: an error and never a yes, nothing lost, and all well once there is space.
//!
//! The test runs itself again in a mount namespace of its own, on a file system of a few megabytes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::time::Clock as _;
use store::conformance::TestClock;
use store::{
    AtExpiry, Blobs as _, Claimed, EventQueue as _, Expect, Key, Lease, NewEvent, Op, QueueError,
    QueueName, Revision, Selector, Settlement, Store as _, StoreError,
};
use store_sqlite::Engine;

/// Set in the second process: the file system to fill.
const SMALL_DISK: &str = "STORE_TEST_SMALL_DISK";

const LEASE: Duration = Duration::from_secs(30);

fn all() -> Selector {
    Selector::Queue(QueueName::new("family", "q"))
}

#[test]
fn a_full_disk_is_an_error_that_passes() {
    if let Some(disk) = std::env::var_os(SMALL_DISK) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(fill(&PathBuf::from(disk)));
        return;
    }
    let mount_point = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=10m none \"$0\" && exec \"$@\"";
    let status = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
        .arg(mount_point.path())
        .arg(std::env::current_exe().unwrap())
        .args(["a_full_disk_is_an_error_that_passes", "--exact"])
        .env(SMALL_DISK, mount_point.path())
        .status()
        .unwrap();
    assert!(
        status.success(),
        "see above; this test needs user namespaces"
    );
}

async fn fill(disk: &Path) {
    let ballast = disk.join("ballast");
    fs::write(&ballast, vec![1; 3 << 20]).unwrap();
    let directory = disk.join("directory");
    let clock = TestClock::new();
    let engine = Engine::open(&directory, clock.clone()).unwrap();
    let revision = engine
        .store
        .commit(vec![put(1, Expect::Absent)])
        .await
        .unwrap();

    let mut accepted = enqueue_until_full(&engine, &clock, 32 << 10).await;
    accepted.extend(enqueue_until_full(&engine, &clock, 100 << 10).await);
    let last_revision = commit_until_full(&engine, revision).await;
    let blob = engine.blobs.put(Bytes::from(vec![7; 4 << 20])).await;
    assert_eq!(blob, Err(StoreError::DiskFull));
    let claimed = claim_all(&engine).await;
    assert_eq!(names(&claimed), accepted);
    let mut settled = BTreeSet::new();
    for event in &claimed {
        match engine
            .queue
            .settle(&event.receipt, Settlement::default())
            .await
        {
            Ok(()) => settled.insert(name(event)),
            Err(error) => {
                assert_eq!(error, QueueError::DiskFull);
                break;
            }
        };
    }

    assert!(accepted.len() > 20 && settled.len() < accepted.len());
    fs::remove_file(ballast).unwrap();

    // What could not be settled is handed out again, without a restart.
    clock.advance(LEASE);
    let left: BTreeSet<String> = accepted.difference(&settled).cloned().collect();
    let again = claim_all(&engine).await;
    assert_eq!(names(&again), left);
    let (first, rest) = again.split_first().unwrap();
    engine
        .queue
        .settle(&first.receipt, Settlement::default())
        .await
        .unwrap();
    let put = put(2, Expect::Revision(last_revision));
    let revision = engine.store.commit(vec![put]).await.unwrap();
    let blob = engine
        .blobs
        .put(Bytes::from(vec![7; 1 << 20]))
        .await
        .unwrap();
    engine.close();
    let engine = Engine::open(&directory, clock.clone()).unwrap();
    let kept = claim_all(&engine).await;
    assert_eq!(names(&kept), names(rest));
    assert_eq!(engine.blobs.get(&blob).await.unwrap().len(), 1 << 20);
    let document = engine.store.get(&Key::new("document")).await.unwrap();
    assert_eq!(document.unwrap().revision, revision);
}

async fn claim_all(engine: &Engine) -> Vec<Claimed> {
    let lease = Lease::of_this_process(LEASE);
    engine.queue.claim(&all(), 10_000, lease).await.unwrap()
}

fn put(byte: u8, expect: Expect) -> Op {
    Op::Put {
        key: Key::new("document"),
        value: Bytes::from(vec![byte; 200 << 10]),
        expect,
    }
}

/// Enqueues events of one size until the disk is full, and returns the names of those accepted.
async fn enqueue_until_full(
    engine: &Engine,
    clock: &Arc<TestClock>,
    bytes: usize,
) -> BTreeSet<String> {
    let mut accepted = BTreeSet::new();
    loop {
        let name = format!("{bytes}-{:04} ", accepted.len());
        let mut body = name.clone().into_bytes();
        body.resize(bytes, b'.');
        let event = NewEvent {
            queue: QueueName::new("family", "q"),
            at_expiry: AtExpiry::HandOver,
            key: None,
            group: None,
            dedup: None,

            body: Bytes::from(body),
            due: clock.now(),
            expires: clock.now() + Duration::from_hours(6),
        };
        match engine.queue.enqueue(vec![event]).await {
            Ok(_) => accepted.insert(name.trim().to_owned()),
            Err(error) => {
                assert_eq!(error, QueueError::DiskFull);
                return accepted;
            }
        };
    }
}

async fn commit_until_full(engine: &Engine, mut revision: Revision) -> Revision {
    loop {
        match engine
            .store
            .commit(vec![put(3, Expect::Revision(revision))])
            .await
        {
            Ok(committed) => revision = committed,
            Err(error) => {
                assert_eq!(error, StoreError::DiskFull);
                return revision;
            }
        }
    }
}

fn name(event: &Claimed) -> String {
    let body = std::str::from_utf8(&event.body).unwrap();
    body.split_once(' ').unwrap().0.to_owned()
}

fn names(events: &[Claimed]) -> BTreeSet<String> {
    events.iter().map(name).collect()
}
