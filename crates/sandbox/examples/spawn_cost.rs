//! Measures what a sandbox costs: from the request to the executed command, and from `kill` to nothing left.
//!
//! `cargo run --release -p sandbox --example spawn_cost [ROUNDS] [MILLISECONDS BETWEEN]`
#![expect(clippy::print_stdout, reason = "a program for people")]

mod times;

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use sandbox::namespaces::NamespaceDriver;
use sandbox::{Driver, Limits, Spec};
use times::print;
use tokio::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    sandbox::run_spawner_if_asked();
    let rounds = std::env::args()
        .nth(1)
        .map_or(Ok(200), |text| text.parse())?;
    let pause = std::env::args().nth(2).map_or(Ok(0), |text| text.parse())?;
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?
        .block_on(measure(rounds, Duration::from_millis(pause)))
}

async fn measure(rounds: usize, pause: Duration) -> Result<(), Box<dyn std::error::Error>> {
    let started = Instant::now();
    let driver = NamespaceDriver::start().await?;
    println!("driver start  {:?}", started.elapsed());
    let (mut spawns, mut kills) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        tokio::time::sleep(pause).await;
        let started = Instant::now();
        let sandbox = driver.spawn(a_sleeping_command()).await?;
        spawns.push(started.elapsed());
        let started = Instant::now();
        sandbox.kill().await;
        kills.push(started.elapsed());
    }
    driver.shutdown().await;
    print("spawn", &mut spawns);
    print("kill", &mut kills);
    Ok(())
}

fn a_sleeping_command() -> Spec {
    Spec {
        mounts: Vec::new(),
        program: "/bin/sleep".into(),
        args: vec!["1000".into()],
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
