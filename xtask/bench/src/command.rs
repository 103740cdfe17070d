//! What `Invoke-LMFunction` costs a script: the time from its start to its exit, and its size.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Result, ensure};
use serde::Serialize;
use tokio::time::Instant;

use crate::cold::millis;
use crate::load::Times;

#[derive(Debug, Serialize)]
pub(crate) struct CommandFigures {
    pub(crate) count: usize,
    /// From the start of the process to its exit, with one warm invocation in between.
    pub(crate) p50_ms: f64,
    pub(crate) p90_ms: f64,
    pub(crate) size_mib: f64,
}

/// Runs the command against a function that is warm, one process after the other.
pub(crate) fn measure(
    binaries: &Path,
    server: SocketAddr,
    function: &str,
    count: usize,
) -> Result<CommandFigures> {
    let program = binaries.join("Invoke-LMFunction");
    let size = std::fs::metadata(&program)?.len();
    let mut times = Vec::new();
    for _ in 0..=count {
        let mut command = Command::new(&program);
        command
            .args([function, r#"{"hello":"you"}"#, "-Select", "Payload"])
            .arg("-EndpointUrl")
            .arg(format!("http://{server}"))
            .env("AWS_ACCESS_KEY_ID", "bench")
            .env("AWS_SECRET_ACCESS_KEY", "bench")
            .stdin(Stdio::null());
        let began = Instant::now();
        let output = command.output()?;
        times.push(began.elapsed());
        ensure!(
            output.status.success() && !output.stdout.is_empty(),
            "{} answered {:?}",
            program.display(),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    // The first one reads the program from the disk and starts the environment.
    let warm = times.split_off(1);
    let times = Times::new(warm, std::time::Duration::from_secs(1));
    Ok(CommandFigures {
        count,
        p50_ms: millis(times.percentile(50)),
        p90_ms: millis(times.percentile(90)),
        size_mib: f64::from(u32::try_from(size / 1024)?) / 1024.0,
    })
}
