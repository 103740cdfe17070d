//! That a frozen sandbox does nothing, loses nothing, and dies like any other.

use std::time::Duration;

use sandbox::unconfined::UnconfinedDriver;
use sandbox::{Driver, Exit, ProcessTree, Sandbox, Signal, Spec};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::host::{a_python, a_shell, namespaces};

/// Long enough for an answer, many times over.
const SILENCE: Duration = Duration::from_millis(200);

/// Answers every byte, from a grandchild, so that more than one process must stop.
const ECHO: &str = "
import os, socket
host, port = os.environ['WHERE'].split(':')
if os.fork() == 0:
    s = socket.create_connection((host, int(port)))
    while True:
        s.sendall(s.recv(1))
os.wait()
";

fn an_echo() -> Spec {
    let mut spec = a_python(ECHO);
    spec.env.push(("WHERE".into(), "{listen}".into()));
    spec
}

/// Starts [`ECHO`] and takes its connection.
async fn start(driver: &dyn Driver) -> (ProcessTree, TcpStream) {
    let Sandbox { listener, tree, .. } = driver.spawn(an_echo()).await.unwrap();
    let listener = TcpListener::from_std(listener).unwrap();
    let (mut connection, _) = listener.accept().await.unwrap();
    assert_eq!(echo_of(b'a', &mut connection).await, Some(b'a'));
    (tree, connection)
}

async fn echo_of(byte: u8, connection: &mut TcpStream) -> Option<u8> {
    connection.write_all(&[byte]).await.unwrap();
    next(connection).await
}

async fn next(connection: &mut TcpStream) -> Option<u8> {
    let byte = timeout(SILENCE, connection.read_u8()).await;
    byte.ok().map(|byte| byte.unwrap())
}

/// Freezes, and waits until it has taken effect: everything was answered, and nothing is any more.
async fn freeze(tree: &ProcessTree, connection: &mut TcpStream) {
    tree.freeze();
    while echo_of(b'b', connection).await.is_some() {}
}

async fn freezes_and_thaws(driver: &dyn Driver) {
    let (tree, mut connection) = start(driver).await;

    freeze(&tree, &mut connection).await;
    tree.freeze();
    connection.write_all(b"c").await.unwrap();
    assert_eq!(next(&mut connection).await, None);

    tree.thaw();
    assert_eq!(connection.read_u8().await.unwrap(), b'b');
    assert_eq!(connection.read_u8().await.unwrap(), b'c');
    tree.thaw();
    assert_eq!(echo_of(b'd', &mut connection).await, Some(b'd'));
    tree.kill().await;
    driver.shutdown().await;
}

pub(crate) async fn a_frozen_sandbox_answers_when_it_is_thawed() {
    freezes_and_thaws(&namespaces().await).await;
}

pub(crate) async fn an_unconfined_tree_answers_when_it_is_thawed() {
    freezes_and_thaws(&UnconfinedDriver::start().await.unwrap()).await;
}

pub(crate) async fn a_frozen_sandbox_can_be_killed() {
    let driver = namespaces().await;
    let (tree, mut connection) = start(&driver).await;
    freeze(&tree, &mut connection).await;

    tree.kill().await;

    assert_eq!(tree.exited().await, Exit::Signal(libc::SIGKILL));
    driver.shutdown().await;
}

pub(crate) async fn a_frozen_sandbox_that_is_dropped_holds_nothing_up() {
    let driver = namespaces().await;
    let (tree, mut connection) = start(&driver).await;
    freeze(&tree, &mut connection).await;

    drop(tree);

    // Its last process held this open.
    assert!(connection.read_u8().await.is_err());
    driver.shutdown().await;
}

pub(crate) async fn a_signal_waits_for_the_thaw() {
    let driver = namespaces().await;
    let script = "trap 'exit 7' TERM; echo ready; sleep 1000 & wait";
    let Sandbox { output, tree, .. } = driver.spawn(a_shell(script)).await.unwrap();
    let mut output = tokio::net::unix::pipe::Receiver::from_owned_fd(output).unwrap();
    let mut ready = [0; 6];
    output.read_exact(&mut ready).await.unwrap();

    tree.freeze();
    tree.signal(Signal::Terminate);
    tree.thaw();

    assert_eq!(tree.exited().await, Exit::Code(7));
    tree.kill().await;
}
