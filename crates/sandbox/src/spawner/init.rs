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
            let is_init = report_ready(parts.socket, keeper);
            attend(parts.socket, &signals, command);
            if !is_init {
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

/// Hands over the listener and keeps none: the server's end is the only one that may accept.
fn report_ready(socket: &OwnedFd, keeper: Keeper) -> bool {
    match keeper {
        Keeper::Init { listener } => {
            say(socket, &Report::Ready, &[listener.as_fd()]);
            true
        }
        Keeper::Subreaper => {
            say(socket, &Report::Ready, &[]);
            false
        }
    }
}

fn attend(socket: &OwnedFd, signals: &OwnedFd, command: i32) {
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
                // The only message is a signal for the command.
                Ok(Some(message)) => {
                    if let (true, [number, ..]) = (is_running, message.bytes.as_slice()) {
                        process::signal(command, i32::from(*number));
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Ok(None) | Err(_) => return,
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
