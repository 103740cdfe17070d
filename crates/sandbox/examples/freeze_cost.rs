//! Measures what freezing costs: the calls themselves, and the way of one byte there and back to a command that was
//! running, and to one that was frozen.
//!
//! `cargo run --release -p sandbox --example freeze_cost [ROUNDS]`, as root for control groups and as an ordinary
//! user for signals.
#![expect(clippy::print_stdout, reason = "a program for people")]

mod times;

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use sandbox::namespaces::NamespaceDriver;
use sandbox::{Driver, Limits, Sandbox, Spec};
use times::print;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

/// Between two rounds, so that the command waits again and has been frozen for a while.
const PAUSE: Duration = Duration::from_millis(2);

const ECHO: &str = "
import socket, sys
s = socket.create_connection(('169.254.100.1', 9001))
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
while True:
    s.sendall(s.recv(1))
";

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    sandbox::run_spawner_if_asked();
    let rounds = std::env::args()
        .nth(1)
        .map_or(Ok(1000), |text| text.parse())?;
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(measure(rounds))
}

async fn measure(rounds: usize) -> Result<(), Failure> {
    let driver = NamespaceDriver::start().await?;
    let sandbox = driver.spawn(an_echo()).await?;
    let listener = TcpListener::from_std(sandbox.listener.try_clone()?)?;
    let (mut connection, _) = listener.accept().await?;
    connection.set_nodelay(true)?;
    let mut running = Vec::new();
    let mut frozen = Frozen::default();
    // Alternating, so that whatever else the machine does meets both alike.
    for _ in 0..rounds {
        tokio::time::sleep(PAUSE).await;
        let started = Instant::now();
        echo(&mut connection).await?;
        running.push(started.elapsed());
        frozen.round(&sandbox, &mut connection).await?;
    }
    print("running: there and back", &mut running);
    print("freeze: the call", &mut frozen.freezes);
    print("thaw: the call", &mut frozen.thaws);
    print("frozen: send, thaw, and back", &mut frozen.echoes);
    driver.shutdown().await;
    Ok(())
}

#[derive(Default)]
struct Frozen {
    freezes: Vec<Duration>,
    thaws: Vec<Duration>,
    echoes: Vec<Duration>,
}

impl Frozen {
    async fn round(
        &mut self,
        sandbox: &Sandbox,
        connection: &mut TcpStream,
    ) -> Result<(), Failure> {
        tokio::time::sleep(PAUSE).await;
        let started = Instant::now();
        sandbox.freeze();
        self.freezes.push(started.elapsed());
        tokio::time::sleep(PAUSE).await;
        let started = Instant::now();
        connection.write_all(b"x").await?;
        let thawing = Instant::now();
        sandbox.thaw();
        self.thaws.push(thawing.elapsed());
        connection.read_u8().await?;
        self.echoes.push(started.elapsed());
        Ok(())
    }
}

async fn echo(connection: &mut TcpStream) -> Result<(), Failure> {
    connection.write_all(b"x").await?;
    connection.read_u8().await?;
    Ok(())
}

fn an_echo() -> Spec {
    Spec {
        mounts: Vec::new(),
        program: "/usr/bin/python3".into(),
        args: vec!["-c".into(), ECHO.into()],
        env: Vec::new(),
        working_dir: "/tmp".into(),
        listen: SocketAddrV4::new(Ipv4Addr::new(169, 254, 100, 1), 9001),
        limits: Limits {
            memory_bytes: 128 << 20,
            tmp_bytes: 512 << 20,
            pids_max: 1024,
            open_files_max: 1024,
            cpu_millis: Some(72),
        },
        companions: Vec::new(),
        mould: None,
    }
}
