//! How commands start and end, and that they leave nothing.

use std::future::Future;
use std::task::Poll;

use sandbox::{Driver, Exit, ReadOnlyMount, Sandbox, Signal, SpawnError};

use crate::host::{
    a_command, a_shell, another_server, children, descriptors, groups_of, in_sandbox,
    kill_outright, namespaces, read_all, run, sandbox_groups_of, settled, spawner,
};

pub(crate) async fn an_exit_code_is_reported() {
    let driver = namespaces().await;
    for code in [0, 42, 255] {
        let (exit, _) = run(&driver, a_shell(&format!("exit {code}"))).await;
        assert_eq!(exit, Exit::Code(code));
    }
}

pub(crate) async fn a_signal_is_reported() {
    let driver = namespaces().await;
    for signal in [libc::SIGKILL, libc::SIGSEGV, libc::SIGTERM] {
        let (exit, _) = run(&driver, a_shell(&format!("kill -{signal} $$"))).await;
        assert_eq!(exit, Exit::Signal(signal));
    }
}

pub(crate) async fn the_command_gets_its_arguments_environment_and_directory() {
    let mut spec = a_command(
        "/bin/bash",
        &["-c", "echo \"$0|$1|$PWD\"; env", "zero", "o ne"],
    );
    spec.env = vec![("WHERE".into(), "http://{listen}/".into())];
    spec.working_dir = "/var/task".into();

    let output = in_sandbox(spec).await;

    assert!(output.starts_with("zero|o ne|/var/task\n"), "{output}");
    assert!(
        output.contains("WHERE=http://169.254.100.1:9001/\n"),
        "{output}"
    );
    assert!(!output.contains("HOME="), "{output}");
}

pub(crate) async fn a_missing_program_is_an_error_that_names_it() {
    let driver = namespaces().await;

    let error = driver
        .spawn(a_command("/var/task/none", &[]))
        .await
        .unwrap_err();

    assert!(
        matches!(&error, SpawnError::Program { source, .. } if source.raw_os_error() == Some(libc::ENOENT)),
        "{error:?}"
    );
    assert!(error.to_string().contains("/var/task/none"), "{error}");
}

pub(crate) async fn a_missing_code_directory_is_an_error_that_names_it() {
    let driver = namespaces().await;
    let mut spec = a_shell("true");
    spec.mounts = vec![
        ReadOnlyMount::new("/usr", "/opt"),
        ReadOnlyMount::new("/no/such/code", "/var/task"),
    ];

    let error = driver.spawn(spec).await.unwrap_err();

    assert!(
        error
            .to_string()
            .starts_with("mount /no/such/code at /var/task"),
        "{error}"
    );
}

pub(crate) async fn a_relative_path_is_refused() {
    let driver = namespaces().await;
    for path in ["bin/true", "/usr/../bin/true"] {
        let error = driver.spawn(a_command(path, &[])).await.unwrap_err();
        assert!(matches!(error, SpawnError::Invalid(_)), "{error:?}");
    }
}

pub(crate) async fn large_arguments_arrive() {
    let long = "x".repeat(100_000);
    let mut spec = a_command("/bin/bash", &["-c", "echo ${#1} ${#LONG}", "zero", &long]);
    spec.env = vec![("LONG".into(), long)];

    assert_eq!(in_sandbox(spec).await, "100000 100000\n");
}

pub(crate) async fn a_terminate_signal_reaches_the_command() {
    let driver = namespaces().await;
    let script = "trap 'echo asked; exit 7' TERM; sleep 1000 & echo ready; wait";
    let Sandbox { output, tree, .. } = driver.spawn(a_shell(script)).await.unwrap();
    let mut output = tokio::net::unix::pipe::Receiver::from_owned_fd(output).unwrap();
    let mut ready = [0; 6];
    tokio::io::AsyncReadExt::read_exact(&mut output, &mut ready)
        .await
        .unwrap();

    tree.signal(Signal::Terminate);

    assert_eq!(tree.exited().await, Exit::Code(7));
    tree.kill().await;
}

const DAEMONS: &str =
    "setsid sleep 1000 & setsid setsid sleep 1000 & (setsid sleep 1000 &) ; echo ready; sleep 1000";

pub(crate) async fn kill_ends_daemons_and_leaves_nothing() {
    let driver = namespaces().await;
    // Nurseries wait, each in groups of its own, before and after.
    let waiting = (children(spawner()).len(), sandbox_groups_of(spawner()));
    let before = descriptors(spawner());
    let Sandbox { output, tree, .. } = driver.spawn(a_shell(DAEMONS)).await.unwrap();
    let count = || (children(spawner()).len(), sandbox_groups_of(spawner()));
    let with_one = settled(&(waiting.0 + 1), || count().0);

    tree.kill().await;

    assert_eq!(with_one, waiting.0 + 1);
    assert_eq!(settled(&waiting, count), waiting);
    assert_eq!(settled(&before, || descriptors(spawner())), before);
    assert_eq!(tree.exited().await, Exit::Signal(libc::SIGKILL));
    // Nobody holds the other end: this ends.
    read_all(output).await;
    let spawner = spawner();
    driver.shutdown().await;
    assert_eq!(groups_of(spawner), [] as [std::path::PathBuf; 0]);
}

pub(crate) async fn kill_may_be_repeated_and_follows_an_exit() {
    let driver = namespaces().await;
    let sandbox = driver.spawn(a_shell("exit 3")).await.unwrap();

    assert_eq!(sandbox.exited().await, Exit::Code(3));
    sandbox.kill().await;
    sandbox.kill().await;

    assert_eq!(sandbox.exited().await, Exit::Code(3));
}

pub(crate) async fn a_dropped_sandbox_leaves_nothing() {
    let driver = namespaces().await;
    let Sandbox { output, tree, .. } = driver.spawn(a_shell(DAEMONS)).await.unwrap();
    let spawner = spawner();

    drop(tree);

    // Ends when the last process is gone, and shutting down waits for the rest.
    read_all(output).await;
    driver.shutdown().await;
    assert_eq!(groups_of(spawner), [] as [std::path::PathBuf; 0]);
}

pub(crate) async fn an_abandoned_spawn_leaves_nothing() {
    let driver = namespaces().await;
    let spawner = spawner();
    {
        // Polled once, so that the request is sent, and then given up.
        let mut spawn = std::pin::pin!(driver.spawn(a_shell(DAEMONS)));
        std::future::poll_fn(|context| {
            // On a busy machine the sandbox may stand already; then it is dropped with the rest.
            drop(spawn.as_mut().poll(context));
            Poll::Ready(())
        })
        .await;
    }

    driver.shutdown().await;

    assert_eq!(children(spawner), [] as [u32; 0]);
    assert_eq!(groups_of(spawner), [] as [std::path::PathBuf; 0]);
}

pub(crate) async fn a_server_killed_outright_leaves_nothing() {
    let (server, spawner) = another_server("namespaces");
    // Every nursery has an init; only one of these has a command.
    let is_used = |nursery: &u32| {
        children(*nursery)
            .iter()
            .any(|init| !children(*init).is_empty())
    };
    assert_eq!(children(spawner).iter().filter(|n| is_used(n)).count(), 1);

    let said = kill_outright(server);

    assert_eq!(said, "");
    assert_eq!(children(spawner), [] as [u32; 0]);
    assert_eq!(groups_of(spawner), [] as [std::path::PathBuf; 0]);
}

pub(crate) async fn groups_of_a_dead_owner_are_removed_at_the_next_start() {
    let driver = namespaces().await;
    let Some(living) = groups_of(spawner()).pop() else {
        // An ordinary user has no groups, and leaves none.
        return;
    };
    // The number of a process that cannot exist, in the same namespace.
    let name = living.file_name().unwrap().to_str().unwrap();
    let namespace = name.split('-').nth(1).unwrap();
    let dead = living.with_file_name(format!("invoked-{namespace}-4194305-1"));
    std::fs::create_dir_all(dead.join("7")).unwrap();

    let next = namespaces().await;

    assert!(!dead.exists());
    assert!(living.exists());
    next.shutdown().await;
    driver.shutdown().await;
}

pub(crate) async fn a_hundred_at_once_start_and_leave_nothing() {
    let driver = std::sync::Arc::new(namespaces().await);
    let own = std::process::id();
    let (ours, theirs) = (descriptors(own), descriptors(spawner()));
    let waiting = (children(spawner()).len(), sandbox_groups_of(spawner()));

    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..100 {
        let driver = driver.clone();
        tasks.spawn(async move {
            let sandbox = driver
                .spawn(a_shell(&format!("echo {number}; sleep 1000")))
                .await
                .unwrap();
            let Sandbox { output, tree, .. } = sandbox;
            let mut pipe = tokio::net::unix::pipe::Receiver::from_owned_fd(output).unwrap();
            let mut first = [0];
            tokio::io::AsyncReadExt::read_exact(&mut pipe, &mut first)
                .await
                .unwrap();
            tree
        });
    }
    let trees = tasks.join_all().await;
    let count = || (children(spawner()).len(), sandbox_groups_of(spawner()));
    assert_eq!(settled(&(waiting.0 + 100), || count().0), waiting.0 + 100);
    for tree in &trees {
        tree.kill().await;
    }
    drop(trees);

    assert_eq!(settled(&waiting, count), waiting);
    assert_eq!(settled(&theirs, || descriptors(spawner())), theirs);
    // Counted after the tasks that read the last words have ended.
    let spawner = spawner();
    driver.shutdown().await;
    assert_eq!(groups_of(spawner), [] as [std::path::PathBuf; 0]);
    assert_eq!(descriptors(own), ours);
}

pub(crate) async fn after_shutdown_nothing_starts() {
    let driver = namespaces().await;
    let sandbox = driver.spawn(a_shell("sleep 1000")).await.unwrap();

    driver.shutdown().await;

    assert_eq!(sandbox.exited().await, Exit::Signal(libc::SIGKILL));
    let error = driver.spawn(a_shell("true")).await.unwrap_err();
    assert!(matches!(error, SpawnError::SpawnerGone), "{error:?}");
}

pub(crate) async fn a_killed_spawner_is_replaced() {
    let driver = namespaces().await;
    let sandbox = driver.spawn(a_shell("sleep 1000")).await.unwrap();
    let first = spawner();

    let status = std::process::Command::new("kill")
        .args(["-KILL", &first.to_string()])
        .status();
    assert!(status.unwrap().success());

    // Its sandboxes are killed with it, and the handle says so.
    assert_eq!(sandbox.exited().await, Exit::Signal(libc::SIGKILL));
    sandbox.kill().await;
    crate::host::wait_for_spawners();
    let (exit, _) = run(&driver, a_shell("exit 5")).await;
    assert_eq!(exit, Exit::Code(5));
    assert_ne!(spawner(), first);
    driver.shutdown().await;
}
