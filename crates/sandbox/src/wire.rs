//! What the spawner is told and what it answers, as bytes.
//!
//! Lengths are checked on reading although both sides are the same binary: a report comes from a process that
//! was next to somebody else's code.

mod bytes;

use std::ffi::OsString;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use crate::{Companion, Dedication, Spec};
use bytes::{Bytes, Rest};

/// How a text of ours in a report may grow; the rest of a message is numbers.
const DETAIL_BYTES_MAX: usize = 1024;

/// Which step of starting a command failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailureKind {
    /// Something else; the detail names the step.
    Step,
    /// Executing the program.
    Program,
    /// Showing a host path inside; the detail is its number in [`Spec::mounts`].
    Mount,
}

/// Why a command is not running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) kind: FailureKind,
    /// The kernel's error number.
    pub(crate) errno: i32,
    pub(crate) detail: String,
}

impl Failure {
    /// The kernel refused `step`.
    pub(crate) fn step(step: impl Into<String>, error: &io::Error) -> Self {
        Self {
            kind: FailureKind::Step,
            errno: error.raw_os_error().unwrap_or(libc::EIO),
            detail: step.into(),
        }
    }

    pub(crate) fn error(&self) -> io::Error {
        io::Error::from_raw_os_error(self.errno)
    }
}

/// Names the step that an I/O result belongs to.
pub(crate) trait InStep<T> {
    fn in_step(self, step: &str) -> Result<T, Failure>;
}

impl<T> InStep<T> for io::Result<T> {
    fn in_step(self, step: &str) -> Result<T, Failure> {
        self.map_err(|error| Failure::step(step, &error))
    }
}

/// Which command of a sandbox: the one of the request, or a companion. They count from 1.
pub(crate) const THE_COMMAND: usize = 0;

/// What the server tells the process above the commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Send a signal to one command. `SIGSTOP` and `SIGCONT` go to everybody.
    Signal { to: usize, signal: i32 },
    /// Start one command, of a sandbox with companions.
    Start { number: usize },
}

impl Order {
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Bytes::default();
        match self {
            Self::Signal { to, signal } => bytes.number(0).length(to).signed(signal),
            Self::Start { number } => bytes.number(1).length(number),
        };
        bytes.0
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> io::Result<Self> {
        let mut rest = Rest(bytes);
        Ok(match rest.number()? {
            0 => Self::Signal {
                to: rest.narrow()?,
                signal: rest.signed()?,
            },
            1 => Self::Start {
                number: rest.narrow()?,
            },
            _ => return Err(io::ErrorKind::InvalidData.into()),
        })
    }
}

/// One message on a sandbox's socket, in this order: `Started`, `Ready`, `Exited`, `Gone`; `Failed` may take the
/// place of the first two. Before `Ready` may come how the command was forked. With companions, how each of them ended comes after `Ready`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Report {
    /// Init exists. Carries the descriptor that freezes its group if `has_freezer`, and then may carry those of
    /// the memory peak and of the out-of-memory counter.
    /// `ids`: whose the sandbox's are, see [`Origin::Copy`].
    Started {
        init: i32,
        has_freezer: bool,
        ids: u32,
    },
    /// The command was executed. Carries the listener where the sandbox has a network of its own, and then the uplink
    /// where that reaches further.
    Ready,
    /// The command is a fork. Carries its user and process namespaces if it can be forked itself.
    Forked,
    /// The command was to be a fork, and was executed because this failed.
    NotForked(Failure),
    /// The command is not running and will not be.
    Failed(Failure),
    /// The command ended. `status` as wait(2) encodes it.
    Exited { status: i32, memory_peak_bytes: u64 },
    /// A companion ended.
    CompanionExited { number: usize, status: i32 },
    /// A command of a sandbox with companions could not be executed.
    NotExecuted { number: usize, errno: i32 },
    /// Everything is reaped and removed. The numbers are the cgroup's last, 0 where there is none.
    Gone {
        memory_peak_bytes: u64,
        oom_kills: u64,
    },
}

impl Report {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Bytes::default();
        match self {
            Self::Started {
                init,
                has_freezer,
                ids,
            } => bytes
                .number(0)
                .signed(*init)
                .number(u64::from(*has_freezer))
                .number(u64::from(*ids)),
            Self::Ready => bytes.number(1),
            Self::Failed(failure) => bytes.number(2).failure(failure),
            Self::Exited {
                status,
                memory_peak_bytes,
            } => bytes.number(3).signed(*status).number(*memory_peak_bytes),
            Self::Gone {
                memory_peak_bytes,
                oom_kills,
            } => bytes
                .number(4)
                .number(*memory_peak_bytes)
                .number(*oom_kills),
            Self::CompanionExited { number, status } => {
                bytes.number(5).length(*number).signed(*status)
            }
            Self::NotExecuted { number, errno } => bytes.number(6).length(*number).signed(*errno),
            Self::Forked => bytes.number(7),
            Self::NotForked(failure) => bytes.number(8).failure(failure),
        };
        bytes.0
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> io::Result<Self> {
        let mut rest = Rest(bytes);
        Ok(match rest.number()? {
            0 => Self::Started {
                init: rest.signed()?,
                has_freezer: rest.number()? == 1,
                ids: rest.narrow()?,
            },
            1 => Self::Ready,
            2 => Self::Failed(rest.failure()?),
            3 => Self::Exited {
                status: rest.signed()?,
                memory_peak_bytes: rest.number()?,
            },
            4 => Self::Gone {
                memory_peak_bytes: rest.number()?,
                oom_kills: rest.number()?,
            },
            5 => Self::CompanionExited {
                number: rest.narrow()?,
                status: rest.signed()?,
            },
            6 => Self::NotExecuted {
                number: rest.narrow()?,
                errno: rest.signed()?,
            },
            7 => Self::Forked,
            8 => Self::NotForked(rest.failure()?),
            _ => return Err(io::ErrorKind::InvalidData.into()),
        })
    }
}

/// What the message that carries a request says: where the process of its command comes from. The request, the life line
/// and the output are followed by what is named here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It executes its program. The line for a second part, if there is one.
    Own,
    /// A fork of a mould, if one is ready. The line for the second part.
    Mould,
    /// A fork of a mould that can be forked itself. The line for the second part, and its own.
    Snapshot,
    /// A fork of a snapshot. That one's line, its user namespace and its process namespace.
    Copy {
        /// Whose the ids of that namespace are.
        ids: u32,
    },
}

impl Origin {
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        match self {
            Self::Own => b"r".to_vec(),
            Self::Mould => b"m".to_vec(),
            Self::Snapshot => b"s".to_vec(),
            Self::Copy { ids } => [b"c", ids.to_ne_bytes().as_slice()].concat(),
        }
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        match bytes {
            b"r" => Some(Self::Own),
            b"m" => Some(Self::Mould),
            b"s" => Some(Self::Snapshot),
            [b'c', ids @ ..] => {
                let ids = u32::from_ne_bytes(ids.try_into().ok()?);
                Some(Self::Copy { ids })
            }
            _ => None,
        }
    }
}

/// Whether a request says everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestKind {
    Whole,
    /// The command is started, and the rest comes in a [`Dedication`].
    FirstPart,
    /// The command is there already, and is forked.
    Copy,
}

/// Writes a request.
pub(crate) fn request_bytes(spec: &Spec, kind: RequestKind) -> Vec<u8> {
    let mut bytes = Bytes::default();
    bytes
        .number(match kind {
            RequestKind::Whole => 0,
            RequestKind::FirstPart => 1,
            RequestKind::Copy => 2,
        })
        .text(spec.program.as_os_str().as_bytes())
        .text(spec.working_dir.as_os_str().as_bytes())
        .number(u64::from(spec.listen.ip().to_bits()))
        .number(u64::from(spec.listen.port()))
        .limits(&spec.limits);
    bytes.length(spec.args.len());
    for arg in &spec.args {
        bytes.text(arg.as_bytes());
    }
    bytes.variables(&spec.env).mounts(&spec.mounts);
    bytes.length(spec.companions.len());
    for companion in &spec.companions {
        bytes
            .text(companion.program.as_os_str().as_bytes())
            .variables(&companion.env);
    }
    bytes.length(usize::from(spec.mould.is_some()));
    if let Some(mould) = &spec.mould {
        bytes.variables(mould);
    }
    bytes.0
}

/// Reads a request.
pub(crate) fn request_from(bytes: &[u8]) -> io::Result<(Spec, RequestKind)> {
    let mut rest = Rest(bytes);
    let kind = match rest.number()? {
        0 => RequestKind::Whole,
        1 => RequestKind::FirstPart,
        2 => RequestKind::Copy,
        _ => return Err(io::ErrorKind::InvalidData.into()),
    };
    let mut spec = Spec {
        program: rest.path()?,
        working_dir: rest.path()?,
        listen: SocketAddrV4::new(Ipv4Addr::from_bits(rest.narrow()?), rest.narrow()?),
        limits: rest.limits()?,
        args: Vec::new(),
        env: Vec::new(),
        mounts: Vec::new(),
        companions: Vec::new(),
        mould: None,
    };
    for _ in 0..rest.number()? {
        spec.args.push(OsString::from_vec(rest.text()?.to_vec()));
    }
    spec.env = rest.variables()?;
    spec.mounts = rest.mounts()?;
    for _ in 0..rest.number()? {
        spec.companions.push(Companion {
            program: rest.path()?,
            env: rest.variables()?,
        });
    }
    if rest.number()? == 1 {
        spec.mould = Some(rest.variables()?);
    }
    Ok((spec, kind))
}

/// Writes the second part of a request.
pub(crate) fn dedication_bytes(dedication: &Dedication) -> Vec<u8> {
    let mut bytes = Bytes::default();
    bytes
        .limits(&dedication.limits)
        .text(&dedication.message)
        .mounts(&dedication.mounts);
    bytes.0
}

/// Reads the second part of a request.
pub(crate) fn dedication_from(bytes: &[u8]) -> io::Result<Dedication> {
    let mut rest = Rest(bytes);
    Ok(Dedication {
        limits: rest.limits()?,
        message: rest.text()?.to_vec(),
        mounts: rest.mounts()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, ReadOnlyMount};

    fn a_spec() -> Spec {
        Spec {
            mounts: vec![ReadOnlyMount::new("/srv/code", "/var/task")],
            program: "/var/task/bootstrap".into(),
            args: vec![OsString::from_vec(vec![0xff, b'x'])],
            env: vec![("NAME".into(), "väl".into())],
            working_dir: "/var/task".into(),
            listen: SocketAddrV4::new(Ipv4Addr::new(169, 254, 100, 1), 9001),
            limits: Limits {
                memory_bytes: 1 << 40,
                tmp_bytes: 512 << 20,
                pids_max: 1024,
                open_files_max: 1024,
                cpu_millis: None,
            },
            companions: vec![Companion {
                program: "/opt/extensions/one".into(),
                env: vec![("ONE".into(), "1".into())],
            }],
            mould: Some(vec![("MOULD".into(), "1".into())]),
        }
    }

    #[test]
    fn a_request_reads_back_as_it_was_written() {
        let spec = a_spec();

        for kind in [
            RequestKind::Whole,
            RequestKind::FirstPart,
            RequestKind::Copy,
        ] {
            let (read, read_kind) = request_from(&request_bytes(&spec, kind)).unwrap();

            assert_eq!(format!("{read:?}"), format!("{spec:?}"));
            assert_eq!((read.env, read_kind), (spec.env.clone(), kind));
        }
    }

    #[test]
    fn an_origin_reads_back_as_it_was_written() {
        let copy = Origin::Copy { ids: 1_900_000_000 };
        for origin in [Origin::Own, Origin::Mould, Origin::Snapshot, copy] {
            assert_eq!(Origin::from_bytes(&origin.to_bytes()), Some(origin));
        }
        assert_eq!(Origin::from_bytes(b"c123"), None);
    }

    #[test]
    fn a_dedication_reads_back_as_it_was_written() {
        let Spec { mounts, limits, .. } = a_spec();
        let dedication = Dedication {
            mounts,
            limits,
            message: b"A=1\0B=2".to_vec(),
        };
        let bytes = dedication_bytes(&dedication);

        let read = dedication_from(&bytes).unwrap();

        assert_eq!((read.mounts, read.limits), (dedication.mounts, limits));
        assert_eq!(read.message, dedication.message);
        for length in 0..bytes.len() {
            assert!(dedication_from(&bytes[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn a_request_cut_short_anywhere_is_refused() {
        let bytes = request_bytes(&a_spec(), RequestKind::Whole);

        for length in 0..bytes.len() {
            assert!(request_from(&bytes[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn a_report_reads_back_as_it_was_written() {
        let failure = Failure::step("mount", &io::Error::from_raw_os_error(libc::EPERM));
        for report in [
            Report::Started {
                init: 77,
                has_freezer: true,
                ids: 1_900_000_000,
            },
            Report::Ready,
            Report::Forked,
            Report::NotForked(failure.clone()),
            Report::Failed(failure),
            Report::Exited {
                status: -1,
                memory_peak_bytes: u64::MAX,
            },
            Report::Gone {
                memory_peak_bytes: 1,
                oom_kills: 2,
            },
            Report::CompanionExited {
                number: 3,
                status: 256,
            },
            Report::NotExecuted {
                number: 1,
                errno: libc::EACCES,
            },
        ] {
            assert_eq!(Report::from_bytes(&report.to_bytes()).unwrap(), report);
        }
    }

    #[test]
    fn an_order_reads_back_as_it_was_written() {
        for order in [
            Order::Signal {
                to: THE_COMMAND,
                signal: libc::SIGTERM,
            },
            Order::Start { number: 10 },
        ] {
            assert_eq!(Order::from_bytes(&order.to_bytes()).unwrap(), order);
        }
        assert!(Order::from_bytes(&[9]).is_err());
    }
}
