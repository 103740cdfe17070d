//! One sandbox as its life line tells it, and what can be done with it there.

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::unix::AsyncFd;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::cgroup::{parse_oom_kills, parse_peak};
use crate::processes;
use crate::sys::socket;
use crate::tree::{Control, Motion, Progress};
use crate::wire::{Order, Report, THE_COMMAND};
use crate::{Exit, Signal};

/// How often the processes of a sandbox are asked for their memory, where no group counts it.
const LOOKING_INTERVAL: Duration = Duration::from_millis(100);

/// Where the numbers of a sandbox come from.
#[derive(Debug, Default)]
pub(crate) struct Vitals {
    init: i32,
    memory_peak: Option<File>,
    memory_events: Option<File>,
    /// When the processes were last asked.
    looked: Mutex<Option<Instant>>,
    /// The last numbers seen.
    peak_bytes: AtomicU64,
    oom_kills: AtomicU64,
}

impl Vitals {
    pub(crate) fn new(init: i32, mut files: impl Iterator<Item = File>) -> Self {
        Self {
            init,
            memory_peak: files.next(),
            memory_events: files.next(),
            ..Self::default()
        }
    }

    fn peak_bytes(&self) -> u64 {
        let now = match &self.memory_peak {
            Some(file) => parse_peak(&read_from_start(file)),
            None => self.looked_up_peak_bytes(),
        };
        now.max(self.peak_bytes.fetch_max(now, Ordering::Relaxed))
    }

    /// Without a group that counts, the processes are asked one by one, and not each time.
    fn looked_up_peak_bytes(&self) -> u64 {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        if looked.is_some_and(|looked| looked.elapsed() < LOOKING_INTERVAL) {
            return 0;
        }
        *looked = Some(Instant::now());
        processes::resident_peak_bytes_below(self.init)
    }

    fn oom_kills(&self) -> u64 {
        let events = self.memory_events.as_ref();
        let now = events.map_or(0, |file| parse_oom_kills(&read_from_start(file)));
        now.max(self.oom_kills.fetch_max(now, Ordering::Relaxed))
    }
}

/// Control files are read anew from their start. A removed group reads as nothing.
fn read_from_start(file: &File) -> String {
    let mut bytes = [0_u8; 512];
    let length = file.read_at(&mut bytes, 0).unwrap_or(0);
    String::from_utf8_lossy(bytes.get(..length).unwrap_or_default()).into_owned()
}

/// One sandbox as its socket tells it.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) socket: AsyncFd<OwnedFd>,
    pub(crate) vitals: Vitals,
    /// The control file that freezes all of its processes, where it is in a group of version 2.
    pub(crate) freezer: Option<File>,
}

impl Life {
    pub(crate) fn note(&self, report: &Report, progress: &watch::Sender<Progress>) {
        match report {
            Report::Exited {
                status,
                memory_peak_bytes,
            } => {
                if self.vitals.memory_peak.is_none() {
                    let peak = &self.vitals.peak_bytes;
                    peak.fetch_max(*memory_peak_bytes, Ordering::Relaxed);
                }
                let exit = self.exit_of(*status);
                progress.send_modify(|progress| progress.exit = Some(exit));
            }
            Report::Gone {
                memory_peak_bytes,
                oom_kills,
            } => {
                let vitals = &self.vitals;
                vitals
                    .peak_bytes
                    .fetch_max(*memory_peak_bytes, Ordering::Relaxed);
                vitals.oom_kills.fetch_max(*oom_kills, Ordering::Relaxed);
                self.note_end(progress);
            }
            Report::CompanionExited { number, status } => {
                let exit = self.exit_of(*status);
                progress.send_modify(|progress| {
                    progress.companions.insert(*number, exit);
                });
            }
            Report::NotExecuted { number, errno } => {
                let exit = Exit::NotExecuted(*errno);
                progress.send_modify(|progress| match *number {
                    THE_COMMAND => progress.exit = Some(exit),
                    companion => drop(progress.companions.insert(companion, exit)),
                });
            }
            Report::Started { .. }
            | Report::Ready
            | Report::Forked
            | Report::NotForked(_)
            | Report::Failed(_) => {}
        }
    }

    /// Nothing runs any more. If init fell before it could tell, it was killed.
    pub(crate) fn note_end(&self, progress: &watch::Sender<Progress>) {
        let killed = self.exit_of(libc::SIGKILL);
        progress.send_modify(|progress| {
            progress.exit.get_or_insert(killed);
            progress.is_gone = true;
        });
    }

    fn exit_of(&self, status: i32) -> Exit {
        let status = ExitStatus::from_raw(status);
        match (status.code(), status.signal()) {
            (Some(code), _) => Exit::Code(code),
            (None, Some(libc::SIGKILL)) if self.vitals.oom_kills() > 0 => Exit::OutOfMemory,
            (None, signal) => Exit::Signal(signal.unwrap_or(libc::SIGKILL)),
        }
    }
}

/// The handle's end of a life. Hanging up is what ends it.
#[derive(Debug)]
pub(crate) struct LifeLine(pub(crate) Arc<Life>);

impl LifeLine {
    /// Has the process above the commands do something.
    fn tell(&self, order: Order) {
        let socket = self.0.socket.get_ref().as_fd();
        // A sandbox that does not listen any more has ended.
        socket::send(socket, &order.to_bytes(), &[]).unwrap_or_default();
    }
}

impl Control for LifeLine {
    fn signal(&self, to: usize, signal: Signal) {
        let signal = signal.number();
        self.tell(Order::Signal { to, signal });
    }

    fn start(&self, number: usize) {
        self.tell(Order::Start { number });
    }

    fn hold(&self, motion: Motion) {
        let (text, signal) = match motion {
            Motion::Frozen => (b"1", libc::SIGSTOP),
            Motion::Running => (b"0", libc::SIGCONT),
        };
        match &self.0.freezer {
            // It fails only when the group is removed, with everything that was in it.
            Some(file) => drop(file.write_at(text, 0)),
            None => self.tell(Order::Signal {
                to: THE_COMMAND,
                signal,
            }),
        }
    }

    fn end(&self) {
        socket::hang_up(self.0.socket.get_ref().as_fd());
    }

    fn memory_peak_bytes(&self) -> u64 {
        self.0.vitals.peak_bytes()
    }

    fn oom_kills(&self) -> u64 {
        self.0.vitals.oom_kills()
    }
}
