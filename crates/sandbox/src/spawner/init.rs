//! The process that stands above a command: it starts it, reaps for it, reports its end, and leaves when told.
//!
//! In a sandbox it is process 1, and everything ends with it. Without one it is a *keeper* that inherits every
//! orphan below it, and ends them one by one.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, PipeWriter};
use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};

use super::birth::{Parts, say};
use super::command;
use super::fork::{self, Kind};
use super::inside;
use super::passage::Rights;
use crate::processes;
use crate::sys::process::{
    self, Patience, adopt_orphans, exit_now, pending_signals, reap, set_name,
    signal_on_parent_death, take_signals, wait_for_any,
};
use crate::sys::socket;
use crate::wire::{Failure, InStep, Order, Report, RequestKind, THE_COMMAND};

/// How a process above a command ends what is below it.
pub(super) enum Keeper<'a> {
    /// Process 1 of a namespace. The listener and the uplink are for the server; a second part of the request may come on the line,
    /// and a fork may wait to become the command.
    Init {
        listener: TcpListener,
        uplink: Option<OwnedFd>,
        line: &'a OwnedFd,
        twin: Option<OwnedFd>,
        kind: RequestKind,
    },
    /// An ordinary process that adopts orphans.
    Subreaper,
}

/// What is still to come of a request.
struct Late<'a> {
    line: &'a OwnedFd,
    /// Where the command waits for its message.
    message: PipeWriter,
}

/// Starts the command and stays until it is told to leave, or the server or the spawner is gone.
pub(super) fn run(parts: &Parts<'_>, keeper: Keeper<'_>) {
    set_name(c"invoked-init");
    let rights = rights(&keeper);
    match start(parts, &keeper) {
        Ok((commands, signals, late)) => {
            let below = report_ready(parts.socket, keeper);
            let mut watch = Watch {
                parts,
                rights,
                commands,
                below,
            };
            watch.attend(&signals, late);
            if below == Below::Descendants {
                end_descendants();
            }
        }
        Err(failure) => say(parts.socket, &Report::Failed(failure), &[]),
    }
    exit_now(0);
}

/// Starts the command, unless it has companions and waits for an order. If more of the request is to come, its standard
/// input is where it waits for that.
fn start<'a>(
    parts: &Parts<'_>,
    keeper: &Keeper<'a>,
) -> Result<(Commands, OwnedFd, Option<Late<'a>>), Failure> {
    let signals = prepare(keeper)?;
    if !parts.spec.companions.is_empty() {
        return Ok((Commands::default(), signals, None));
    }
    let Keeper::Init {
        kind, line, twin, ..
    } = keeper
    else {
        let command = command::start(parts, rights(keeper))?;
        return Ok((Commands::of(command), signals, None));
    };
    let twin = twin.as_ref();
    let command = match kind {
        RequestKind::Whole => command::start(parts, rights(keeper))?,
        RequestKind::Copy => fork::start(parts, twin.ok_or_else(no_fork)?, Kind::Copy)?,
        RequestKind::FirstPart => {
            let (input, message) = io::pipe().in_step("create a pipe")?;
            let parts = Parts {
                input: Some(&input.into()),
                ..*parts
            };
            let command = start_first_part(&parts, twin, rights(keeper))?;
            let late = Late { line, message };
            return Ok((Commands::of(command), signals, Some(late)));
        }
    };
    Ok((Commands::of(command), signals, None))
}

/// Starts a command that waits for the rest of its request. Only one that is to be forked itself has to be a fork.
fn start_first_part(
    parts: &Parts<'_>,
    twin: Option<&OwnedFd>,
    rights: Rights,
) -> Result<i32, Failure> {
    if parts.line.is_some() {
        return snapshot(parts, twin.ok_or_else(no_fork)?);
    }
    match twin.and_then(|twin| become_one(parts, twin)) {
        Some(forked) => Ok(forked),
        None => command::start(parts, rights),
    }
}

/// Has a fork become the command, which can be forked again, and says where its copies belong.
fn snapshot(parts: &Parts<'_>, twin: &OwnedFd) -> Result<i32, Failure> {
    let pid = fork::start(parts, twin, Kind::Snapshot)?;
    let open = |name| File::open(name).in_step("open the namespaces");
    let (user, processes) = (open("/proc/self/ns/user")?, open("/proc/self/ns/pid")?);
    let family = [user.as_fd(), processes.as_fd()];
    say(parts.socket, &Report::Forked, &family);
    Ok(pid)
}

fn no_fork() -> Failure {
    Failure::step("wait for the fork", &io::ErrorKind::NotFound.into())
}

/// Has a fork become the command, if it can.
fn become_one(parts: &Parts<'_>, twin: &OwnedFd) -> Option<i32> {
    let forked = fork::start(parts, twin, Kind::Fork);
    let (report, pid) = match forked {
        Ok(pid) => (Report::Forked, Some(pid)),
        Err(failure) => (Report::NotForked(failure), None),
    };
    say(parts.socket, &report, &[]);
    pid
}

/// The processes of the commands that run, by the commands' numbers.
#[derive(Default)]
struct Commands(BTreeMap<usize, i32>);

impl Commands {
    fn of(command: i32) -> Self {
        Self(BTreeMap::from([(THE_COMMAND, command)]))
    }

    /// Forgets a process that has ended, and says which command it was.
    fn ended(&mut self, pid: i32) -> Option<usize> {
        let (&number, _) = self.0.iter().find(|(_, running)| **running == pid)?;
        self.0.remove(&number);
        Some(number)
    }
}

fn rights(keeper: &Keeper<'_>) -> Rights {
    match keeper {
        Keeper::Init { .. } => Rights::None,
        Keeper::Subreaper => Rights::Ours,
    }
}

fn prepare(keeper: &Keeper<'_>) -> Result<OwnedFd, Failure> {
    if let Keeper::Subreaper = keeper {
        adopt_orphans().in_step("adopt orphans")?;
        signal_on_parent_death(libc::SIGTERM).in_step("be bound to the spawner")?;
    }
    take_signals(&[libc::SIGCHLD, libc::SIGTERM]).in_step("take signals")
}

/// Who is below a process above a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Below {
    /// Everybody else in its process namespace.
    Namespace,
    /// Its descendants, among all the processes of the host.
    Descendants,
}

/// Hands over the listener and the uplink and keeps none: the server's ends are the only ones.
fn report_ready(socket: &OwnedFd, keeper: Keeper<'_>) -> Below {
    match keeper {
        Keeper::Init {
            listener, uplink, ..
        } => {
            let mut ends = vec![listener.as_fd()];
            ends.extend(uplink.as_ref().map(AsFd::as_fd));
            say(socket, &Report::Ready, &ends);
            Below::Namespace
        }
        Keeper::Subreaper => {
            say(socket, &Report::Ready, &[]);
            Below::Descendants
        }
    }
}

/// What a process above commands looks after.
struct Watch<'a> {
    parts: &'a Parts<'a>,
    rights: Rights,
    commands: Commands,
    below: Below,
}

impl Watch<'_> {
    fn attend(&mut self, signals: &OwnedFd, mut late: Option<Late<'_>>) {
        let socket = self.parts.socket;
        loop {
            // Without anything to come, the signals are watched twice.
            let line = late.as_ref().map_or(signals, |late| late.line);
            let watched = [socket.as_fd(), signals.as_fd(), line.as_fd()];
            let Ok([has_message, has_signal, has_line]) = wait_for_any(watched) else {
                return;
            };
            if has_line && let Some(late) = late.take() {
                // Nobody completes a request twice. Without a second part the command's input just ends.
                if let Some(told) = inside::hear(late.line) {
                    inside::complete(late.line, &told, &late.message);
                }
            }
            if has_signal {
                let pending = pending_signals(signals.as_fd());
                self.reap();
                if pending.contains(&libc::SIGTERM.cast_unsigned()) {
                    return;
                }
            }
            if has_message {
                match socket::receive(socket.as_fd()) {
                    Ok(Some(message)) => self.follow(&message.bytes),
                    Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                    Ok(None) | Err(_) => return,
                }
            }
        }
    }

    fn reap(&mut self) {
        while let Some(ended) = reap(Patience::None) {
            let status = ended.status;
            let report = match self.commands.ended(ended.pid) {
                None => continue,
                Some(THE_COMMAND) => Report::Exited {
                    status,
                    memory_peak_bytes: ended.memory_peak_bytes,
                },
                Some(number) => Report::CompanionExited { number, status },
            };
            say(self.parts.socket, &report, &[]);
        }
    }

    fn follow(&mut self, order: &[u8]) {
        match Order::from_bytes(order) {
            Ok(Order::Signal {
                signal: signal @ (libc::SIGSTOP | libc::SIGCONT),
                ..
            }) => signal_all(self.below, signal),
            Ok(Order::Signal { to, signal }) => {
                if let Some(command) = self.commands.0.get(&to) {
                    process::signal(*command, signal);
                }
            }
            Ok(Order::Start { number }) => self.start(number),
            Err(_) => {}
        }
    }

    /// Starts a command of a sandbox with companions.
    fn start(&mut self, number: usize) {
        let companion = self.parts.spec.of_companion(number);
        let parts = Parts {
            spec: companion.as_ref().unwrap_or(self.parts.spec),
            ..*self.parts
        };
        match command::start(&parts, self.rights) {
            Ok(pid) => drop(self.commands.0.insert(number, pid)),
            Err(Failure { errno, .. }) => {
                say(
                    self.parts.socket,
                    &Report::NotExecuted { number, errno },
                    &[],
                );
            }
        }
    }
}

/// Stops or continues everything below us.
fn signal_all(below: Below, signal: i32) {
    match below {
        // From process 1 of a namespace: everybody else in it, at once, and nobody can be born meanwhile.
        Below::Namespace => process::signal(-1, signal),
        Below::Descendants => {
            let own = i32::try_from(std::process::id()).unwrap_or(0);
            let mut known = Vec::new();
            // What is stopped cannot fork, so a round that finds nobody new was the last.
            loop {
                let found = processes::descendants(own);
                if found.iter().all(|pid| known.contains(pid)) {
                    return;
                }
                for pid in &found {
                    process::signal(*pid, signal);
                }
                known = found;
            }
        }
    }
}

/// Kills until nothing is left: what is killed may have been forking.
fn end_descendants() {
    let own = i32::try_from(std::process::id()).unwrap_or(0);
    loop {
        for pid in processes::descendants(own) {
            process::signal(pid, libc::SIGKILL);
        }
        if reap(Patience::UntilOneEnds).is_none() {
            return;
        }
    }
}
