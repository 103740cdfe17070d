//! From init to the command: everything a process gives up before it becomes somebody else's program.

use std::ffi::{CString, OsStr};
use std::fs::File;
use std::io::{self, PipeWriter, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::birth::{ExitGuard, GROUP_ID, Parts, USER_ID};
use crate::filter;
use crate::sys::fd::{close_all_at_exec, duplicate_onto};
use crate::sys::landlock;
use crate::sys::process::{Fork, execute, exit_now, fork, reset_signals, set_limit, start_session};
use crate::sys::rights::{
    become_user, close_capability_sources, drop_capabilities, forbid_new_privileges,
    install_filter, set_groups,
};
use crate::wire::{Failure, FailureKind, InStep, Report};

/// Locked memory cannot be reclaimed; the usual small allowance is enough for keys in memory.
const LOCKED_BYTES_MAX: u64 = 65_536;

/// No core file is this small. Where the host hands cores to a program instead, which runs as the host's root outside
/// of every sandbox, 1 is the one limit at which the kernel does not start it; at 0 it does. The filter keeps it there.
const CORE_BYTES_MAX: u64 = 1;

/// What the command may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rights {
    /// Nothing that needs a right: an ordinary user of the sandbox, for good.
    None,
    /// What we may.
    Ours,
}

/// The command as the kernel wants it.
struct Words {
    program: CString,
    args: Vec<CString>,
    env: Vec<CString>,
}

/// Starts the command and waits until it is executed. Returns its process number.
pub(super) fn start(parts: &Parts<'_>, rights: Rights) -> Result<i32, Failure> {
    let words = Words::new(parts).in_step("read the command line")?;
    let (mut reports, report) = io::pipe().in_step("create a pipe")?;
    match fork(parts.proof, 0, None).in_step("start a process")? {
        Fork::Child => {
            let _guard = ExitGuard;
            become_command(parts, rights, &words, &report)
        }
        Fork::Parent { pid, .. } => {
            drop(report);
            let mut bytes = Vec::new();
            // Executing closes the pipe without a word.
            reports
                .read_to_end(&mut bytes)
                .in_step("start the command")?;
            match Report::from_bytes(&bytes) {
                Ok(Report::Failed(failure)) => Err(failure),
                Ok(_) | Err(_) => Ok(pid),
            }
        }
    }
}

fn become_command(parts: &Parts<'_>, rights: Rights, words: &Words, report: &PipeWriter) -> ! {
    let failure = match prepare(parts, rights) {
        Ok(()) => {
            let error = execute(&words.program, &words.args, &words.env);
            Failure {
                kind: FailureKind::Program,
                ..Failure::step("", &error)
            }
        }
        Err(failure) => failure,
    };
    // If init is gone as well, so are we.
    let mut report = report;
    report
        .write_all(&Report::Failed(failure).to_bytes())
        .unwrap_or_default();
    exit_now(127)
}

/// The order matters: what needs a right comes before the rights go, and the filter comes last because it slows the rest.
fn prepare(parts: &Parts<'_>, rights: Rights) -> Result<(), Failure> {
    start_session().in_step("start a session")?;
    match parts.input {
        None => File::open("/dev/null").and_then(|null| duplicate_onto(null.as_fd(), 0)),
        Some(input) => duplicate_onto(input.as_fd(), 0),
    }
    .in_step("connect the input")?;
    for target in [1, 2] {
        duplicate_onto(parts.output.as_fd(), target).in_step("connect the output")?;
    }
    limit(parts, rights)?;
    if rights == Rights::None {
        close_capability_sources().in_step("drop capabilities")?;
        // Without privileges outside, the kernel does not let us touch groups, and there are none to lose but our own.
        match set_groups(GROUP_ID) {
            Err(error) if error.raw_os_error() != Some(libc::EPERM) => {
                return Err(Failure::step("set groups", &error));
            }
            Ok(()) | Err(_) => {}
        }
        become_user(USER_ID, GROUP_ID).in_step("become the sandbox's user")?;
        drop_capabilities().in_step("drop capabilities")?;
        forbid_new_privileges().in_step("forbid new privileges")?;
        restrict_writing().in_step("restrict writing by Landlock")?;
    }
    std::env::set_current_dir(&parts.spec.working_dir).in_step("enter the working directory")?;
    close_all_at_exec().in_step("close descriptors")?;
    reset_signals().in_step("reset signals")?;
    if rights == Rights::None {
        install_filter(&filter::program()).in_step("install the system call filter")?;
    }
    Ok(())
}

/// A second lock on what the mounts decide already. A kernel without Landlock is reported by the probe.
fn restrict_writing() -> io::Result<()> {
    match landlock::version() {
        Ok(version) if landlock::is_usable(version) => {
            landlock::restrict_writing(version, &[Path::new("/tmp")], &[Path::new("/dev/null")])
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

fn limit(parts: &Parts<'_>, rights: Rights) -> Result<(), Failure> {
    let limits = &parts.spec.limits;
    let set = |resource, value, step: &str| set_limit(resource, value).in_step(step);
    set(
        libc::RLIMIT_NOFILE,
        limits.open_files_max.into(),
        "limit open files",
    )?;
    set(libc::RLIMIT_CORE, CORE_BYTES_MAX, "forbid core files")?;
    // Counted per user, and only inside a user namespace is the user the sandbox's alone.
    if rights == Rights::None {
        // An ordinary user's init is the same user, and counts.
        let pids = u64::from(limits.pids_max) + 1;
        set(libc::RLIMIT_NPROC, pids, "limit processes")?;
        set(
            libc::RLIMIT_MEMLOCK,
            LOCKED_BYTES_MAX,
            "limit locked memory",
        )?;
    }
    Ok(())
}

impl Words {
    fn new(parts: &Parts<'_>) -> io::Result<Self> {
        let word = |text: &OsStr| CString::new(text.as_bytes());
        let spec = parts.spec;
        let program = word(spec.program.as_os_str())?;
        let mut args = vec![program.clone()];
        for arg in &spec.args {
            args.push(word(arg)?);
        }
        let mut env = Vec::new();
        for (name, value) in &spec.env {
            env.push(CString::new(format!("{name}={value}"))?);
        }
        Ok(Self { program, args, env })
    }
}
