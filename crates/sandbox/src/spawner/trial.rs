//! Tries what the host gives, each step in a process of its own, so that no step spoils the next.
//!
//! It runs in a process started like the spawner, because the server has threads and must not fork.

use std::io::{self, PipeReader, Read, Write};
use std::os::fd::AsFd;
use std::path::Path;

use super::Reach;
use super::template::Template;
use crate::cgroup::Hierarchies;
use crate::filter;
use crate::spawner::birth::ExitGuard;
use crate::spawner::inside::PROC_FLAGS;
use crate::sys::landlock;
use crate::sys::mount::mount_new;
use crate::sys::process::{Fork, Patience, SingleThread, exit_now, fork, reap};
use crate::sys::rights::{
    effective_uid, forbid_new_privileges, install_filter, restrict_by_landlock,
};
use crate::sys::uplink;

/// One line of the answer: a name, and the error number, 0 where the step succeeded.
pub(crate) type Finding = (String, i32);

/// What [`Finding`]s are called. The probe says what each means.
pub(crate) mod names {
    pub(crate) const USER: &str = "user namespaces";
    pub(crate) const MOUNT: &str = "mount namespaces";
    pub(crate) const PROCESS: &str = "process namespaces";
    pub(crate) const NETWORK: &str = "network namespaces";
    pub(crate) const OTHERS: &str = "ipc, host name and group namespaces";
    pub(crate) const PROC: &str = "own /proc";
    pub(crate) const ROOT: &str = "read-only root";
    pub(crate) const FILTER: &str = "system call filter";
    pub(crate) const LANDLOCK: &str = "landlock";
    pub(crate) const SCOPES: &str = "landlock scopes";
    pub(crate) const MEMORY: &str = "memory limit";
    pub(crate) const SWAP: &str = "swap limit";
    pub(crate) const PIDS: &str = "process limit";
    pub(crate) const CPU: &str = "processor share";
    pub(crate) const USERS: &str = "separate users";
    pub(crate) const FREEZER: &str = "invisible freezing";
    pub(crate) const UPLINK: &str = "network uplink";
}

const NAMESPACES: [(&str, libc::c_int); 5] = [
    (names::USER, 0),
    (names::MOUNT, libc::CLONE_NEWNS),
    (names::PROCESS, libc::CLONE_NEWPID),
    (names::NETWORK, libc::CLONE_NEWNET),
    (
        names::OTHERS,
        libc::CLONE_NEWIPC | libc::CLONE_NEWUTS | libc::CLONE_NEWCGROUP,
    ),
];

/// Tries everything and writes one line per finding.
pub(super) fn run() -> io::Result<()> {
    let proof = SingleThread::check()?;
    let mut findings: Vec<(&str, i32)> = Vec::new();
    for (name, flags) in NAMESPACES {
        findings.push((name, attempt(proof, libc::CLONE_NEWUSER | flags, || Ok(()))));
    }
    let build = || {
        Template::build(Reach::Inside)
            .map(drop)
            .map_err(|failure| failure.error())
    };
    findings.push((names::ROOT, attempt(proof, 0, build)));
    findings.push((names::PROC, attempt(proof, 0, || mount_own_proc(proof))));
    let filter = || {
        forbid_new_privileges().make()?;
        install_filter(filter::program()).make()
    };
    findings.push((names::FILTER, attempt(proof, 0, filter)));
    let version = landlock::version().unwrap_or(0);
    let restrict = || {
        let rules = landlock::rules_for_writing(version, &[Path::new("/tmp")], &[])?;
        forbid_new_privileges().make()?;
        restrict_by_landlock(rules.as_fd()).make()
    };
    let landlock = match landlock::version() {
        Ok(version) if landlock::is_usable(version) => attempt(proof, 0, restrict),
        Ok(_) => libc::ENOSYS,
        Err(error) => error.raw_os_error().unwrap_or(libc::ENOSYS),
    };
    findings.push((names::LANDLOCK, landlock));
    let has_scopes = landlock == 0 && landlock::has_scopes(version);
    findings.push((names::SCOPES, if has_scopes { 0 } else { libc::ENOSYS }));
    let hierarchies = Hierarchies::prepare();
    let controllers = hierarchies.controllers();
    let found = |has: bool| if has { 0 } else { libc::EACCES };
    findings.push((names::MEMORY, found(controllers.memory)));
    findings.push((names::PIDS, found(controllers.pids)));
    findings.push((names::CPU, found(controllers.cpu)));
    findings.push((names::SWAP, found(hierarchies.limits_swap())));
    findings.push((names::USERS, found(effective_uid() == 0)));
    findings.push((names::FREEZER, found(hierarchies.freezes())));
    let uplink = begin_uplink(proof).and_then(Attempt::outcome);
    findings.push((
        names::UPLINK,
        uplink.map_or_else(|error| number(&error), |()| 0),
    ));
    let mut out = io::stdout().lock();
    for (name, errno) in findings {
        writeln!(out, "{name}={errno}")?;
    }
    out.flush()
}

/// Containers cover parts of `/proc`, and then the kernel allows no other one.
fn mount_own_proc(proof: SingleThread) -> io::Result<()> {
    Template::build(Reach::Inside).map_err(|failure| failure.error())?;
    let mount = || mount_new(c"proc", Path::new("/proc"), PROC_FLAGS, "");
    let flags = libc::CLONE_NEWUSER | libc::CLONE_NEWNS | libc::CLONE_NEWPID;
    Attempt::begin(proof, flags, mount)?.outcome()
}

/// Tries whether a sandbox can be given a way out. The kernel needs its time for that: see [`Attempt::outcome`].
pub(super) fn begin_uplink(proof: SingleThread) -> io::Result<Attempt> {
    let flags = libc::CLONE_NEWUSER | libc::CLONE_NEWNET;
    Attempt::begin(proof, flags, || uplink::make().map(drop))
}

/// Reads what [`run`] wrote.
pub(crate) fn parse(text: &str) -> Vec<Finding> {
    text.lines()
        .filter_map(|line| {
            let (name, errno) = line.split_once('=')?;
            Some((name.to_owned(), errno.parse().ok()?))
        })
        .collect()
}

fn number(error: &io::Error) -> i32 {
    error.raw_os_error().unwrap_or(libc::EIO)
}

/// Does `step` in a child in new namespaces: 0, or the number of the error.
fn attempt(proof: SingleThread, flags: libc::c_int, step: impl FnOnce() -> io::Result<()>) -> i32 {
    let attempt = Attempt::begin(proof, flags, step).and_then(Attempt::outcome);
    attempt.map_or_else(|error| number(&error), |()| 0)
}

/// A step that a child in new namespaces does meanwhile. It is the only child of this process.
pub(super) struct Attempt {
    /// Gives the number of the error, or 0.
    answers: PipeReader,
}

impl Attempt {
    fn begin(
        proof: SingleThread,
        flags: libc::c_int,
        step: impl FnOnce() -> io::Result<()>,
    ) -> io::Result<Self> {
        let (answers, answer) = io::pipe()?;
        match fork(proof, flags, None)? {
            Fork::Child => {
                let _guard = ExitGuard;
                let errno = step().map_or_else(|error| number(&error), |()| 0);
                // Without an answer the parent reports an I/O error.
                (&answer)
                    .write_all(&errno.to_le_bytes())
                    .unwrap_or_default();
                exit_now(0)
            }
            Fork::Parent { .. } => Ok(Self { answers }),
        }
    }

    /// Waits for the end of the child.
    pub(super) fn outcome(mut self) -> io::Result<()> {
        let mut errno = [0; 4];
        let read = self.answers.read_exact(&mut errno);
        reap(Patience::UntilOneEnds);
        match read.map_or(libc::EIO, |()| i32::from_le_bytes(errno)) {
            0 => Ok(()),
            errno => Err(io::Error::from_raw_os_error(errno)),
        }
    }
}
