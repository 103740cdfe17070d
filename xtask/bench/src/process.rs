//! Processes that are started for a measurement, and end with it.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

/// A process that is killed when it is no longer needed.
#[derive(Debug)]
pub(crate) struct Process(Child);

impl Process {
    /// Starts a program whose output nobody reads.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("start {}", command.get_program().display()))?;
        Ok(Self(child))
    }

    /// Starts a program and returns the first line that it prints, which says that it is ready.
    pub(crate) fn start_and_read(command: &mut Command) -> Result<(Self, String)> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("start {}", command.get_program().display()))?;
        let mut line = String::new();
        if let Some(stdout) = &mut child.stdout {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let process = Self(child);
        if line.is_empty() {
            bail!(
                "{} ended before it was ready",
                command.get_program().display()
            );
        }
        Ok((process, line))
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Asks the process to end, as Ctrl-C does, and waits until it has.
    pub(crate) fn interrupt(mut self) -> Result<()> {
        let script = format!("kill -INT {}", self.id());
        let asked = Command::new("sh").args(["-c", &script]).status()?;
        let status = self.0.wait()?;
        if !asked.success() || !status.success() {
            bail!("the process {} ended with {status}", self.id());
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to do.
        if self.0.kill().is_ok() {
            drop(self.0.wait());
        }
    }
}

/// Keeps the cores from going to sleep, at idle priority, as long as the result lives.
///
/// A virtual core that halts between two requests takes longer to wake up than the request takes,
/// so a figure for one connection would be one of the hypervisor.
pub(crate) fn keep_cores_awake() -> Result<Vec<Process>> {
    let cores = std::thread::available_parallelism()?;
    let ourselves = std::env::current_exe()?;
    (0..cores.get())
        .map(|_| {
            let mut command = Command::new("chrt");
            command
                .args(["--idle", "0"])
                .arg(&ourselves)
                .arg("keep-awake");
            Process::start(&mut command)
        })
        .collect()
}

/// Spins until killed, or until whoever started it is gone.
pub(crate) fn spin() -> Result<()> {
    let parent = std::os::unix::process::parent_id();
    loop {
        for _ in 0..10_000_000 {
            std::hint::spin_loop();
        }
        if std::os::unix::process::parent_id() != parent {
            return Ok(());
        }
    }
}

/// Processor time that these processes, and all that came of them and still run, have taken.
///
/// docs: proc(5), the fields of `/proc/PID/stat`; times are in ticks of a hundredth of a second.
pub(crate) fn cpu_time(roots: &[u32]) -> Result<Duration> {
    const TICK: Duration = Duration::from_millis(10);
    let ours = descendants(roots)?;
    Ok(TICK * ours.into_iter().map(|(_, ticks)| ticks).sum())
}

/// These processes and all that came of them and still run, with the ticks that each has taken.
fn descendants(roots: &[u32]) -> Result<Vec<(u32, u32)>> {
    let mut known: HashMap<u32, (u32, u32)> = HashMap::new();
    for entry in std::fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(id) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // Whoever has ended meanwhile counts for nothing.
        if let Some(found) = parent_and_ticks(id) {
            known.insert(id, found);
        }
    }
    let belongs = |id: u32| {
        std::iter::successors(Some(id), |id| known.get(id).map(|(parent, _)| *parent))
            .any(|id| roots.contains(&id))
    };
    let ours = known.iter().filter(|(id, _)| belongs(**id));
    Ok(ours.map(|(id, (_, ticks))| (*id, *ticks)).collect())
}

/// What each of the processes below `root` with this name maps for itself alone, in KiB.
pub(crate) fn private_kib(root: u32, name: &str) -> Result<Vec<u32>> {
    let mut all = Vec::new();
    for (id, _) in descendants(&[root])? {
        let is_it = std::fs::read_to_string(format!("/proc/{id}/comm"))
            .is_ok_and(|comm| comm.trim_end() == name);
        if !is_it {
            continue;
        }
        let rollup = std::fs::read_to_string(format!("/proc/{id}/smaps_rollup"))?;
        let private = rollup.lines().filter(|line| line.starts_with("Private_"));
        let kib = private.filter_map(|line| line.split_whitespace().nth(1)?.parse::<u32>().ok());
        all.push(kib.sum());
    }
    Ok(all)
}

/// Memory that the host could still give, in KiB.
pub(crate) fn available_kib() -> Result<u64> {
    let text = std::fs::read_to_string("/proc/meminfo")?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))
        .context("the host does not say what it has")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

fn parent_and_ticks(id: u32) -> Option<(u32, u32)> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name may contain anything, but ends with the last parenthesis.
    let (_, rest) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    let number = |index: usize| fields.get(index)?.parse::<u32>().ok();
    Some((number(1)?, number(11)? + number(12)?))
}

/// Memory that a process and its children have in use, in KiB.
pub(crate) fn resident_kib(id: u32) -> Result<u64> {
    let own = status_kib(id)?;
    let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children"))?;
    let of_children: u64 = children
        .split_whitespace()
        .filter_map(|child| child.parse().ok())
        .filter_map(|child| status_kib(child).ok())
        .sum();
    Ok(own + of_children)
}

fn status_kib(id: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("the process has no memory")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
