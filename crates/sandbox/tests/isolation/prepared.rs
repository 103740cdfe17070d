//! What a command learns that was started before it was known what for.

use std::fs;

use sandbox::{Dedication, Driver, Exit, Limits, ReadOnlyMount, Sandbox, SpawnError, Spec};

use crate::host::{a_shell, namespaces, read_all, sandbox_groups_of, spawner};

fn limits() -> Limits {
    a_shell("").limits
}

/// Waits for its message and then runs it.
fn a_patient_shell() -> Spec {
    let mut spec = a_shell(r#"message=$(cat); eval "$message""#);
    spec.working_dir = "/".into();
    spec
}

fn a_dedication(script: &str, mounts: Vec<ReadOnlyMount>) -> Dedication {
    Dedication {
        mounts,
        limits: limits(),
        message: script.as_bytes().to_vec(),
    }
}

async fn said(sandbox: Sandbox) -> String {
    let Sandbox { output, tree, .. } = sandbox;
    tree.exited().await;
    tree.kill().await;
    read_all(output).await
}

pub(crate) async fn a_prepared_command_learns_what_it_is_for() {
    let driver = namespaces().await;
    let code = tempfile::tempdir().unwrap();
    fs::write(code.path().join("file"), "the code\n").unwrap();
    let prepared = driver.prepare(a_patient_shell()).await.unwrap();
    assert!(prepared.is_running());
    let script = "cat /var/task/file; touch /var/task/new; echo t > /tmp/t && cat /tmp/t; \
                  grep -c ' /var/task .*ro,nosuid,nodev' /proc/self/mountinfo";
    let mounts = vec![ReadOnlyMount::new(code.path(), "/var/task")];

    let sandbox = prepared.dedicate(&a_dedication(script, mounts)).await;

    let said = said(sandbox.unwrap()).await;
    assert!(said.starts_with("the code\n"), "{said}");
    assert!(said.contains("Read-only file system"), "{said}");
    assert!(said.ends_with("t\n1\n"), "{said}");
}

pub(crate) async fn the_limits_of_a_dedication_count() {
    let driver = namespaces().await;
    let prepared = driver.prepare(a_patient_shell()).await.unwrap();
    let script = "head -c 9M /dev/zero > /tmp/x; stat -c %s /tmp/x; \
                  exec python3 -c 'x = bytearray(200 << 20); print(len(x))'";
    let mut dedication = a_dedication(script, Vec::new());
    dedication.limits.tmp_bytes = 8 << 20;
    dedication.limits.memory_bytes = 64 << 20;

    let sandbox = prepared.dedicate(&dedication).await.unwrap();

    let exit = sandbox.exited().await;
    if sandbox_groups_of(spawner()) > 0 {
        assert_eq!(exit, Exit::OutOfMemory);
    }
    let said = said(sandbox).await;
    assert!(
        said.contains("No space left on device\n8388608\n"),
        "{said}"
    );
}

pub(crate) async fn a_directory_that_is_missing_at_a_dedication_is_named_and_all_ends() {
    let driver = namespaces().await;
    let prepared = driver.prepare(a_patient_shell()).await.unwrap();
    let mounts = vec![ReadOnlyMount::new("/no/such/directory", "/var/task")];

    let refused = prepared.dedicate(&a_dedication("", mounts)).await;

    let Err(SpawnError::Mount { mount, source }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(mount.source.to_str(), Some("/no/such/directory"));
    assert_eq!(source.kind(), std::io::ErrorKind::NotFound);
    driver.shutdown().await;
}

pub(crate) async fn a_prepared_sandbox_that_nobody_wants_leaves_nothing() {
    let driver = namespaces().await;
    let spawner = spawner();
    let prepared = driver.prepare(a_patient_shell()).await.unwrap();

    drop(prepared);
    driver.shutdown().await;

    assert_eq!(crate::host::children(spawner), [] as [u32; 0]);
    assert_eq!(
        crate::host::groups_of(spawner),
        [] as [std::path::PathBuf; 0]
    );
}

pub(crate) async fn a_prepared_command_that_has_ended_is_of_no_use() {
    let driver = namespaces().await;
    let prepared = driver.prepare(a_shell("exit 3")).await.unwrap();
    while prepared.is_running() {
        tokio::task::yield_now().await;
    }

    let dedicated = prepared.dedicate(&a_dedication("true", Vec::new())).await;

    assert!(
        matches!(dedicated, Err(SpawnError::Step { .. })),
        "{dedicated:?}"
    );
}

pub(crate) async fn a_message_that_is_too_long_is_refused() {
    let driver = namespaces().await;
    let prepared = driver.prepare(a_patient_shell()).await.unwrap();
    let script = "x".repeat(sandbox::MESSAGE_BYTES_MAX + 1);

    let refused = prepared.dedicate(&a_dedication(&script, Vec::new())).await;

    assert!(
        matches!(refused, Err(SpawnError::Invalid(_))),
        "{refused:?}"
    );
}
