//! Commands beside the command.

use sandbox::unconfined::UnconfinedDriver;
use sandbox::{Companion, Driver, Exit, Sandbox, Signal, Spec};

use crate::host::{a_shell, namespaces, read_all};

fn with_companions(script: &str, programs: &[&str]) -> Spec {
    let mut spec = a_shell(script);
    spec.companions = programs
        .iter()
        .map(|program| Companion {
            program: program.into(),
            env: vec![("WHERE".into(), "at {listen}".into())],
        })
        .collect();
    spec
}

pub(crate) async fn everything_of_a_sandbox_with_companions_waits_to_be_started() {
    let driver = namespaces().await;
    let spec = with_companions("echo command; exit 7", &["/usr/bin/env", "/usr/bin/id"]);
    let Sandbox { output, tree, .. } = driver.spawn(spec).await.unwrap();

    tree.start_companion(0);
    assert_eq!(tree.companion_exited(0).await, Exit::Code(0));
    tree.start_companion(1);
    assert_eq!(tree.companion_exited(1).await, Exit::Code(0));
    tree.start();
    assert_eq!(tree.exited().await, Exit::Code(7));
    tree.kill().await;

    let output = read_all(output).await;
    let (environment, rest) = output.split_once('\n').unwrap();
    assert_eq!(environment, "WHERE=at 169.254.100.1:9001");
    assert!(rest.starts_with("uid=993"), "{output}");
    assert!(rest.ends_with("\ncommand\n"), "{output}");
}

pub(crate) async fn a_companion_that_cannot_be_executed_says_why() {
    let driver = namespaces().await;
    let spec = with_companions("exit 0", &["/opt/none", "/etc/passwd"]);
    let sandbox = driver.spawn(spec).await.unwrap();

    sandbox.tree.start_companion(0);
    sandbox.tree.start_companion(1);

    let exit = sandbox.tree.companion_exited(0).await;
    assert_eq!(exit, Exit::NotExecuted(libc::ENOENT));
    let exit = sandbox.tree.companion_exited(1).await;
    assert_eq!(exit, Exit::NotExecuted(libc::EACCES));
}

pub(crate) async fn a_command_that_cannot_be_started_late_says_why() {
    let driver = namespaces().await;
    let mut spec = with_companions("", &["/usr/bin/true"]);
    spec.program = "/var/task/none".into();
    let sandbox = driver.spawn(spec).await.unwrap();

    sandbox.tree.start();

    assert_eq!(sandbox.exited().await, Exit::NotExecuted(libc::ENOENT));
}

pub(crate) async fn companions_are_signalled_one_by_one_and_end_with_the_sandbox() {
    let driver = namespaces().await;
    let spec = with_companions("sleep 60", &["/usr/bin/yes", "/usr/bin/yes"]);
    let Sandbox { output, tree, .. } = driver.spawn(spec).await.unwrap();
    tree.start_companion(0);
    tree.start_companion(1);

    tree.signal_companion(0, Signal::Kill);

    let killed = Exit::Signal(libc::SIGKILL);
    assert_eq!(tree.companion_exited(0).await, killed);
    drop(output);
    tree.kill().await;
    assert!(matches!(
        tree.companion_exited(1).await,
        Exit::Signal(libc::SIGKILL | libc::SIGPIPE)
    ));
}

pub(crate) async fn unconfined_companions_are_started_and_ended_as_well() {
    let driver = UnconfinedDriver::start().await.unwrap();
    let spec = with_companions("exit 3", &["/usr/bin/true", "/usr/bin/yes"]);
    let Sandbox { output, tree, .. } = driver.spawn(spec).await.unwrap();
    drop(output);

    tree.start_companion(0);
    assert_eq!(tree.companion_exited(0).await, Exit::Code(0));
    tree.start();

    assert_eq!(tree.exited().await, Exit::Code(3));
    tree.kill().await;
}
