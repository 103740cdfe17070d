//! The driver without isolation.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use sandbox::unconfined::UnconfinedDriver;
use sandbox::{Driver, Exit, Isolation, ReadOnlyMount, Sandbox};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::net::unix::pipe;

use crate::host::{a_command, a_shell, another_server, children, kill_outright, run, spawner};

async fn unconfined() -> UnconfinedDriver {
    UnconfinedDriver::start().await.unwrap()
}

pub(crate) async fn an_exit_code_is_reported() {
    let driver = unconfined().await;
    assert_eq!(driver.isolation(), Isolation::Unconfined);

    let (exit, output) = run(&driver, a_shell("echo out; echo err >&2; exit 9")).await;

    assert_eq!((exit, output.as_str()), (Exit::Code(9), "out\nerr\n"));
}

pub(crate) async fn paths_of_mounts_become_the_hosts() {
    let driver = unconfined().await;
    let code = tempfile::tempdir().unwrap();
    let program = code.path().join("bootstrap");
    fs::write(&program, "#!/bin/sh\npwd; echo $1; echo $LIST\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let mut spec = a_command("/var/task/bootstrap", &["/var/task/lib"]);
    spec.mounts = vec![ReadOnlyMount::new(code.path(), "/var/task")];
    spec.working_dir = "/var/task".into();
    spec.env
        .push(("LIST".into(), "/bin:/var/task/lib:other".into()));

    let (_, output) = run(&driver, spec).await;

    let code = code.path().display();
    assert_eq!(
        output,
        format!("{code}\n{code}/lib\n/bin:{code}/lib:other\n")
    );
}

pub(crate) async fn the_listener_is_on_the_hosts_loopback() {
    let driver = unconfined().await;
    let mut spec = a_shell("exec 3<>/dev/tcp/${WHERE/:/\\/}; echo hello >&3");
    spec.env.push(("WHERE".into(), "{listen}".into()));
    let Sandbox {
        listener,
        address,
        tree,
        ..
    } = driver.spawn(spec).await.unwrap();

    let (mut connection, _) = TcpListener::from_std(listener)
        .unwrap()
        .accept()
        .await
        .unwrap();
    let mut text = String::new();
    connection.read_to_string(&mut text).await.unwrap();

    assert!(address.ip().is_loopback());
    assert_eq!(text, "hello\n");
    tree.kill().await;
}

pub(crate) async fn kill_ends_daemons_in_sessions_of_their_own() {
    let driver = unconfined().await;
    let script = "setsid setsid sleep 1000 & (setsid sleep 1000 &); echo ready; sleep 1000";
    let Sandbox { output, tree, .. } = driver.spawn(a_shell(script)).await.unwrap();
    let mut output = pipe::Receiver::from_owned_fd(output).unwrap();
    let mut ready = [0; 6];
    output.read_exact(&mut ready).await.unwrap();

    tree.kill().await;

    assert_eq!(children(spawner()), [] as [u32; 0]);
    // Nobody holds the other end: this ends.
    let mut rest = String::new();
    output.read_to_string(&mut rest).await.unwrap();
}

pub(crate) async fn a_server_killed_outright_leaves_nothing() {
    let (server, spawner) = another_server("unconfined");

    let said = kill_outright(server);

    assert_eq!(said, "");
    assert_eq!(children(spawner), [] as [u32; 0]);
}
