//! How much a command can use.

use sandbox::{Driver, Exit, Level, probe};

use crate::host::{a_python, a_shell, in_sandbox, namespaces, run, sandbox_groups_of, spawner};

pub(crate) async fn tmp_has_the_size_asked_for() {
    let mut spec = a_shell(
        "head -c 7M /dev/zero > /tmp/fits && echo fits; head -c 2M /dev/zero > /tmp/more || true",
    );
    spec.limits.tmp_bytes = 8 << 20;

    let output = in_sandbox(spec).await;

    assert!(output.starts_with("fits\n"), "{output}");
    assert!(output.contains("No space left on device"), "{output}");
}

pub(crate) async fn a_fork_bomb_stops_at_its_limit() {
    let script = "
import os, signal
children = []
try:
    while True:
        child = os.fork()
        if child == 0:
            signal.pause()
        children.append(child)
except OSError as error:
    print(len(children), error.strerror)
";
    let mut spec = a_python(script);
    spec.limits.pids_max = 20;

    // The script itself is the twentieth.
    assert_eq!(
        in_sandbox(spec).await,
        "19 Resource temporarily unavailable\n"
    );
}

pub(crate) async fn too_much_memory_is_out_of_memory() {
    let driver = namespaces().await;
    let mut spec = a_python("x = bytearray(200 << 20); print(len(x))");
    spec.limits.memory_bytes = 64 << 20;
    let sandbox = driver.spawn(spec).await.unwrap();
    if sandbox_groups_of(spawner()) == 0 {
        // An ordinary user cannot limit memory; `probe` says so.
        return;
    }

    assert_eq!(sandbox.exited().await, Exit::OutOfMemory);
    sandbox.kill().await;

    assert!(sandbox.oom_kills() >= 1);
    assert_eq!(sandbox.memory_peak_bytes(), 64 << 20);
}

pub(crate) async fn the_memory_peak_is_told() {
    let driver = namespaces().await;
    let sandbox = driver
        .spawn(a_python("x = b'x' * (100 << 20)"))
        .await
        .unwrap();

    sandbox.exited().await;
    let before = sandbox.memory_peak_bytes();
    sandbox.kill().await;

    assert!(((100 << 20)..(256 << 20)).contains(&before), "{before}");
    assert!(sandbox.memory_peak_bytes() >= before);
}

pub(crate) async fn open_files_are_limited() {
    let driver = namespaces().await;
    let (exit, output) = run(&driver, a_shell("ulimit -n; ulimit -Hn; ulimit -n 300")).await;

    assert_ne!(exit, Exit::Code(0));
    assert!(output.starts_with("256\n256\n"), "{output}");
}

pub(crate) async fn every_protection_is_probed() {
    let protections = tokio::task::spawn_blocking(probe).await.unwrap();

    assert!(protections.len() >= 16, "{protections:#?}");
    for protection in protections {
        // These tests run, so the host gives everything that is required.
        assert!(
            protection.on || protection.level > Level::Basic,
            "{protection:?}"
        );
        assert_eq!(protection.on, protection.fix.is_none(), "{protection:?}");
    }
}
