//! From init to the command: everything a process gives up before it is somebody else's program.
//!
//! It is a list of system calls, because not only a child of init makes it: a fork of a running interpreter, whose code is
//! not ours, is sent the same list.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use super::birth::{GROUP_ID, Parts, Range, USER_ID};
use crate::filter;
use crate::spec::SNAPSHOT_LINE;
use crate::sys::call::Call;
use crate::sys::fd::{close_all_at_exec, duplicate_onto, duplicate_onto_private};
use crate::sys::landlock;
use crate::sys::process::{enter_directory, set_limit, show_to_same_user, start_session};
use crate::sys::rights::{
    Capability, become_user, close_capability_sources, forbid_new_privileges, install_filter,
    keep_capabilities, restrict_by_landlock, set_groups,
};
use crate::wire::{Failure, InStep};

/// Locked memory cannot be reclaimed; the usual small allowance is enough for keys in memory.
const LOCKED_BYTES_MAX: u64 = 65_536;

/// No core file is this small. Where the host hands cores to a program instead, which runs as the host's root outside
/// of every sandbox, 1 is the one limit at which the kernel does not start it; at 0 it does. The filter keeps it there.
const CORE_BYTES_MAX: u64 = 1;

/// So many copies can have all the processes that they may, where users have ids of their own.
const RELATIVES: u64 = 32;

/// What the command may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rights {
    /// Nothing that needs a right: an ordinary user of the sandbox, for good.
    None,
    /// As an ordinary user, but that it may enter the namespaces of sandboxes that share its user namespace. The filter
    /// leaves nothing else of what the right is for.
    ToEnterRelatives,
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
    /// As [`Way::Fork`], and it is the sandbox's user already, who cannot change that.
    Copy,
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
            // They would hold for its copies, and name a `/tmp` that is not theirs.
            Rights::ToEnterRelatives | Rights::Ours => None,
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
    steps.extend(limits(parts, rights, way)?);
    steps.extend(losses(rights, ends.rules.as_ref().map(AsFd::as_fd), way));
    if let Some(line) = parts.line {
        // Programs that it executes do not have it.
        let line = duplicate_onto_private(line.as_fd(), SNAPSHOT_LINE);
        steps.push(("connect the line", line));
    }
    let directory = enter_directory(&parts.spec.working_dir);
    let step = "enter the working directory";
    steps.push((step, directory.in_step(step)?));
    steps.push(match way {
        Way::Exec => ("close descriptors", close_all_at_exec()),
        // Execution does this by itself.
        Way::Fork | Way::Copy => ("own the process's files", show_to_same_user()),
    });
    let filter = match rights {
        Rights::None => Some(filter::program()),
        Rights::ToEnterRelatives => Some(filter::program_with_entering()),
        Rights::Ours => None,
    };
    steps.extend(filter.map(|filter| ("install the system call filter", install_filter(filter))));
    Ok(steps)
}

/// What a process gives up.
fn losses(rights: Rights, rules: Option<BorrowedFd<'_>>, way: Way) -> Vec<Step<'_>> {
    let kept: &[Capability] = match rights {
        Rights::None => &[],
        Rights::ToEnterRelatives => &[Capability::SysAdmin, Capability::SysChroot],
        Rights::Ours => return Vec::new(),
    };
    let identity = match way {
        Way::Exec | Way::Fork => become_the_user(),
        Way::Copy => Vec::new(),
    };
    identity
        .into_iter()
        .chain([
            ("drop capabilities", keep_capabilities(kept)),
            ("forbid new privileges", forbid_new_privileges()),
        ])
        .chain(rules.map(|rules| ("restrict writing by Landlock", restrict_by_landlock(rules))))
        .collect()
}

fn become_the_user() -> Vec<Step<'static>> {
    let named = |step: &'static str| move |call| (step, call);
    // Without privileges outside, the kernel does not let us touch groups, and there are none to lose but our own.
    let groups = set_groups(GROUP_ID).tolerating(libc::EPERM);
    close_capability_sources()
        .map(named("drop capabilities"))
        .into_iter()
        .chain([("set groups", groups)])
        .chain(become_user(USER_ID, GROUP_ID).map(named("become the sandbox's user")))
        .collect()
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

fn limits(parts: &Parts<'_>, rights: Rights, way: Way) -> Result<Vec<Step<'static>>, Failure> {
    let limits = &parts.spec.limits;
    // An ordinary user's init is the same user, and counts.
    let pids = u64::from(limits.pids_max) + 1;
    // Relatives are the same user of the same namespace, and are counted together. Groups, which only the host's root is
    // sure to have, count each of them alone.
    let has_relatives = rights == Rights::ToEnterRelatives || way == Way::Copy;
    let pids = match parts.range {
        Range::Own { .. } if has_relatives => pids * RELATIVES,
        Range::Own { .. } | Range::Ours => pids,
    };
    let mut wanted = vec![
        (
            "limit open files",
            libc::RLIMIT_NOFILE,
            limits.open_files_max.into(),
        ),
        ("forbid core files", libc::RLIMIT_CORE, CORE_BYTES_MAX),
    ];
    // Counted per user, and only inside a user namespace is the user the sandbox's alone.
    if rights != Rights::Ours {
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
