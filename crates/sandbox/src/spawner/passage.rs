//! From init to the command: everything a process gives up before it is somebody else's program.
//!
//! It is a list of system calls, because not only a child of init makes it: a fork of a running interpreter, whose code is
//! not ours, is sent the same list.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use super::birth::{GROUP_ID, Parts, USER_ID};
use crate::filter;
use crate::sys::call::Call;
use crate::sys::fd::{close_all_at_exec, duplicate_onto};
use crate::sys::landlock;
use crate::sys::process::{enter_directory, set_limit, show_to_same_user, start_session};
use crate::sys::rights::{
    become_user, close_capability_sources, drop_capabilities, forbid_new_privileges,
    install_filter, restrict_by_landlock, set_groups,
};
use crate::wire::{Failure, InStep};

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

/// How a process becomes the command at the end of its passage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// It executes the command's program.
    Exec,
    /// It runs the program already. It closes its descriptors itself.
    Fork,
}

/// What the calls of a passage refer to.
pub(super) struct Ends {
    null: OwnedFd,
    rules: Option<OwnedFd>,
}

impl Ends {
    pub(super) fn open(rights: Rights) -> Result<Self, Failure> {
        let null = File::open("/dev/null").in_step("connect the input")?;
        let rules = match rights {
            Rights::None => rules_for_writing().in_step("restrict writing by Landlock")?,
            Rights::Ours => None,
        };
        Ok(Self {
            null: null.into(),
            rules,
        })
    }
}

/// A call, and what it does, for the one who hears that it failed.
type Step<'a> = (&'static str, Call<'a>);

/// The order matters: what needs a right comes before the rights go, and the filter comes last because it slows the rest.
pub(super) fn passage<'a>(
    parts: &Parts<'a>,
    rights: Rights,
    ends: &'a Ends,
    way: Way,
) -> Result<Vec<Step<'a>>, Failure> {
    let input = parts.input.unwrap_or(&ends.null);
    let mut steps = vec![
        ("start a session", start_session()),
        ("connect the input", duplicate_onto(input.as_fd(), 0)),
        (
            "connect the output",
            duplicate_onto(parts.output.as_fd(), 1),
        ),
        (
            "connect the output",
            duplicate_onto(parts.output.as_fd(), 2),
        ),
    ];
    steps.extend(limits(parts, rights)?);
    if rights == Rights::None {
        steps.extend(without_rights(ends.rules.as_ref().map(AsFd::as_fd)));
    }
    let directory = enter_directory(&parts.spec.working_dir);
    let step = "enter the working directory";
    steps.push((step, directory.in_step(step)?));
    steps.push(match way {
        Way::Exec => ("close descriptors", close_all_at_exec()),
        // Execution does this by itself.
        Way::Fork => ("own the process's files", show_to_same_user()),
    });
    if rights == Rights::None {
        let filter = install_filter(filter::program());
        steps.push(("install the system call filter", filter));
    }
    Ok(steps)
}

fn without_rights(rules: Option<BorrowedFd<'_>>) -> impl Iterator<Item = Step<'_>> {
    let named = |step: &'static str| move |call| (step, call);
    // Without privileges outside, the kernel does not let us touch groups, and there are none to lose but our own.
    let groups = set_groups(GROUP_ID).tolerating(libc::EPERM);
    close_capability_sources()
        .map(named("drop capabilities"))
        .into_iter()
        .chain([("set groups", groups)])
        .chain(become_user(USER_ID, GROUP_ID).map(named("become the sandbox's user")))
        .chain([
            ("drop capabilities", drop_capabilities()),
            ("forbid new privileges", forbid_new_privileges()),
        ])
        .chain(rules.map(|rules| ("restrict writing by Landlock", restrict_by_landlock(rules))))
}

/// A second lock on what the mounts decide already. A kernel without Landlock is reported by the probe.
fn rules_for_writing() -> io::Result<Option<OwnedFd>> {
    match landlock::version() {
        Ok(version) if landlock::is_usable(version) => {
            landlock::rules_for_writing(version, &[Path::new("/tmp")], &[Path::new("/dev/null")])
                .map(Some)
        }
        Ok(_) | Err(_) => Ok(None),
    }
}

fn limits(parts: &Parts<'_>, rights: Rights) -> Result<Vec<Step<'static>>, Failure> {
    let limits = &parts.spec.limits;
    // An ordinary user's init is the same user, and counts.
    let pids = u64::from(limits.pids_max) + 1;
    let mut wanted = vec![
        (
            "limit open files",
            libc::RLIMIT_NOFILE,
            limits.open_files_max.into(),
        ),
        ("forbid core files", libc::RLIMIT_CORE, CORE_BYTES_MAX),
    ];
    // Counted per user, and only inside a user namespace is the user the sandbox's alone.
    if rights == Rights::None {
        wanted.extend([
            ("limit processes", libc::RLIMIT_NPROC, pids),
            (
                "limit locked memory",
                libc::RLIMIT_MEMLOCK,
                LOCKED_BYTES_MAX,
            ),
        ]);
    }
    wanted
        .into_iter()
        .map(|(step, resource, value)| Ok((step, set_limit(resource, value).in_step(step)?)))
        .collect()
}
