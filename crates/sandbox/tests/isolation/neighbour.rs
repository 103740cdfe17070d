//! A neighbour whose answers are timed while others misbehave.

use std::time::Duration;

use sandbox::{Driver, ProcessTree, Sandbox};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use crate::host::a_python;

const ECHO: &str = "
import socket
s = socket.create_connection(('169.254.100.1', 9001))
while True:
    s.sendall(s.recv(1))
";

/// A sandboxed command that answers every byte.
pub(crate) struct Pulse {
    connection: TcpStream,
    _tree: ProcessTree,
}

impl Pulse {
    pub(crate) async fn start(driver: &dyn Driver) -> Self {
        let Sandbox { listener, tree, .. } = driver.spawn(a_python(ECHO)).await.unwrap();
        let listener = TcpListener::from_std(listener).unwrap();
        let (connection, _) = listener.accept().await.unwrap();
        connection.set_nodelay(true).unwrap();
        Self {
            connection,
            _tree: tree,
        }
    }

    /// The median time of an answer, over `rounds` of them.
    pub(crate) async fn median(&mut self, rounds: usize) -> Duration {
        let mut times = Vec::with_capacity(rounds);
        for _ in 0..rounds {
            let started = Instant::now();
            self.connection.write_all(b"x").await.unwrap();
            self.connection.read_u8().await.unwrap();
            times.push(started.elapsed());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        times.sort_unstable();
        times.get(rounds / 2).copied().unwrap()
    }
}
