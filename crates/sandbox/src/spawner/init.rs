//! The process that stands above a command: it starts it, reaps for it, reports its end, and leaves when told.
//!
//! In a sandbox it is process 1, and everything ends with it. Without one it is a *keeper* that inherits every
//! orphan below it, and ends them one by one.

use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};

use super::birth::{Parts, say};
use super::command::{self, Rights};
use crate::processes;
use crate::sys::process::{
    self, Patience, adopt_orphans, exit_now, pending_signals, reap, set_name,
    signal_on_parent_death, take_signals, wait_for_either,
};
use crate::sys::socket;
use crate::wire::{Failure, InStep, Report};

/// How a process above a command ends what is below it.
pub(super) enum Keeper {
    /// Process 1 of a namespace. The listener is for the server.
    Init { listener: TcpListener },
    /// An ordinary process that adopts orphans.
    Subreaper,
}

/// Starts the command and stays until it is told to leave, or the server or the spawner is gone.
pub(super) fn run(parts: &Parts<'_>, keeper: Keeper) {
    set_name(c"invoked-init");
    let started =
        prepare(&keeper).and_then(|signals| Ok((command::start(parts, rights(&keeper))?, signals)));
    match started {
        Ok((command, signals)) => {
            let below = report_ready(parts.socket, keeper);
            attend(parts.socket, &signals, command, below);
            if below == Below::Descendants {
                end_descendants();
            }
        }
        Err(failure) => say(parts.socket, &Report::Failed(failure), &[]),
    }
    exit_now(0);
}

fn rights(keeper: &Keeper) -> Rights {
    match keeper {
        Keeper::Init { .. } => Rights::None,
        Keeper::Subreaper => Rights::Ours,
    }
}

fn prepare(keeper: &Keeper) -> Result<OwnedFd, Failure> {
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

/// Hands over the listener and keeps none: the server's end is the only one that may accept.
fn report_ready(socket: &OwnedFd, keeper: Keeper) -> Below {
    match keeper {
        Keeper::Init { listener } => {
            say(socket, &Report::Ready, &[listener.as_fd()]);
            Below::Namespace
        }
        Keeper::Subreaper => {
            say(socket, &Report::Ready, &[]);
            Below::Descendants
        }
    }
}

fn attend(socket: &OwnedFd, signals: &OwnedFd, command: i32, below: Below) {
    let mut is_running = true;
    loop {
        let Ok((has_message, has_signal)) = wait_for_either(socket.as_fd(), signals.as_fd()) else {
            return;
        };
        if has_signal {
            let pending = pending_signals(signals.as_fd());
            while let Some(ended) = reap(Patience::None) {
                if ended.pid == command {
                    is_running = false;
                    let report = Report::Exited {
                        status: ended.status,
                        memory_peak_bytes: ended.memory_peak_bytes,
                    };
                    say(socket, &report, &[]);
                }
            }
            if pending.contains(&libc::SIGTERM.cast_unsigned()) {
                return;
            }
        }
        if has_message {
            match socket::receive(socket.as_fd()) {
                Ok(Some(message)) => {
                    let signal = message.bytes.first().map_or(0, |number| i32::from(*number));
                    match signal {
                        libc::SIGSTOP | libc::SIGCONT => signal_all(below, signal),
                        _ if is_running => process::signal(command, signal),
                        _ => {}
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Ok(None) | Err(_) => return,
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
