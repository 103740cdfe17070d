//! From a request to an init process in its own namespaces, groups and ids.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::asked::Family;
use super::init::{self, Keeper};
use super::inside::{self, Inside};
use super::nursery::{Home, Wanted};
use super::template::Template;
use crate::Spec;
use crate::cgroup::Group;
use crate::sys::fd::{change_owner, close_all_but, open_at, write_at};
use crate::sys::process::{
    Fork, Patience, SingleThread, enter_namespace, exit_now, fork, reap, wait_for,
};
use crate::sys::socket;
use crate::wire::{self, Failure, InStep, Report, RequestKind};

/// Who every command is inside. Programs look the name up; the template's `/etc/passwd` has it.
pub(super) const USER: &str = "sbx_user1051";
pub(super) const USER_ID: u32 = 993;
pub(super) const GROUP: &str = "sbx_user1051";
pub(super) const GROUP_ID: u32 = 990;

/// Host ids of sandboxes start here: above every range that distributions hand out for containers by default.
const HOST_ID_FIRST: u32 = 1_900_000_000;

/// Sandboxes of one spawner that can have ids of their own at the same time.
const RANGES_MAX: u32 = 1 << 15;

/// Everything but the time, which has no place of its own inside.
const NAMESPACES: libc::c_int = libc::CLONE_NEWUSER
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWNET;

/// What a copy has of its own; it shares the user namespace of its snapshot.
const RELATIVE: libc::c_int = (NAMESPACES & !libc::CLONE_NEWUSER) | libc::CLONE_PARENT;

/// Which host ids a sandbox's users are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Range {
    /// Its root is `first` and its user is `first + 1`, and nobody else's are.
    Own { first: u32 },
    /// Its user is the user the server runs as: an ordinary user has no other.
    Ours,
}

impl Range {
    /// The number that tells it apart from others, where users have ids of their own.
    pub(super) fn first(self) -> u32 {
        match self {
            Self::Own { first } => first,
            Self::Ours => 0,
        }
    }
}

/// Hands out ranges so that no two living sandboxes share one.
#[derive(Debug)]
pub(super) struct Ids {
    is_privileged: bool,
    base: u32,
    unused: u32,
    returned: Vec<u32>,
}

impl Ids {
    pub(super) fn new(is_privileged: bool) -> Self {
        // Two servers on one host get different ranges, nearly always; namespaces keep them apart as well.
        let share = std::process::id() % 2048;
        Self {
            is_privileged,
            base: HOST_ID_FIRST + share * (RANGES_MAX * 2),
            unused: 0,
            returned: Vec::new(),
        }
    }

    pub(super) fn take(&mut self) -> Range {
        if !self.is_privileged {
            return Range::Ours;
        }
        let number = self.returned.pop().unwrap_or_else(|| {
            let number = self.unused;
            // Beyond the end numbers repeat; the process limit of any host is reached long before.
            self.unused = (self.unused + 1) % RANGES_MAX;
            number
        });
        Range::Own {
            first: self.base + number * 2,
        }
    }

    /// Only once nobody has them.
    pub(super) fn give_back(&mut self, range: Range) {
        if let Range::Own { first } = range {
            self.returned.push((first - self.base) / 2);
        }
    }
}

/// What every birth needs.
#[derive(Clone, Copy)]
pub(super) struct Parts<'a> {
    pub(super) proof: SingleThread,
    pub(super) spec: &'a Spec,
    pub(super) socket: &'a OwnedFd,
    pub(super) output: &'a OwnedFd,
    /// What the command reads on its standard input; nothing if there is none.
    pub(super) input: Option<&'a OwnedFd>,
    pub(super) range: Range,
    /// Where the command is asked for forks of itself; it is not if there is none.
    pub(super) line: Option<&'a OwnedFd>,
}

/// A keeper that runs.
pub(super) struct Born {
    pub(super) pid: i32,
    pub(super) pidfd: OwnedFd,
}

/// A sandbox that is built as far as that goes without knowing what for: its init waits.
pub(super) struct Blank {
    pid: i32,
    /// Where init waits for its request.
    line: OwnedFd,
}

/// Starts a blank as a child of this process, which is in its groups already.
pub(super) fn blank(
    proof: SingleThread,
    template: &Template,
    home: Home<'_>,
) -> Result<Blank, Failure> {
    let (line, theirs) = socket::pair().in_step("create a socket pair")?;
    let (go_ahead, go) = io::pipe().in_step("create a pipe")?;
    let inside = Inside {
        go_ahead: go_ahead.into(),
        line: theirs,
        range: home.range,
        reach: template.reach(),
    };
    let pid = match home.family {
        Some(family) => bear_relative(proof, template, family, &inside)
            .in_step("create namespaces among relatives")?,
        None => match fork(proof, NAMESPACES, None).in_step("create namespaces")? {
            Fork::Child => inside::run(proof, &inside),
            Fork::Parent { pid, .. } => pid,
        },
    };
    drop(inside);
    if home.family.is_none() {
        map_ids(template, home.range, pid)?;
    }
    // A child that has ended already cannot be told; whoever sends a request hears of it. One that finds the pipe
    // closed leaves.
    (&go).write_all(b"g").unwrap_or_default();
    Ok(Blank { pid, line })
}

/// Starts init among the relatives of a copy. It is our child all the same: we cannot go there and come back, but a child
/// can, and bear a sibling. Only who is in a process namespace already can make one below it, so it takes two.
fn bear_relative(
    proof: SingleThread,
    template: &Template,
    family: &Family,
    inside: &Inside,
) -> io::Result<i32> {
    let (ours, theirs) = socket::pair()?;
    if let Fork::Child = fork(proof, 0, None)? {
        let _guard = ExitGuard;
        let born = enter_namespace(family.user.as_fd())
            .make()
            .and_then(|()| enter_namespace(family.processes.as_fd()).make())
            .and_then(|()| fork(proof, libc::CLONE_PARENT, None))
            .and_then(|born| match born {
                Fork::Child => fork(proof, RELATIVE, None).map(Some),
                Fork::Parent { .. } => Ok(None),
            });
        match born {
            Ok(Some(Fork::Child)) => inside::run(proof, inside),
            Ok(Some(Fork::Parent { pidfd, .. })) => {
                socket::send(theirs.as_fd(), b"b", &[pidfd.as_fd()]).unwrap_or_default();
            }
            // Where nobody says a word, it did not work.
            Ok(None) | Err(_) => {}
        }
        exit_now(0)
    }
    drop(theirs);
    wait_for(ours.as_fd())?;
    let born = socket::receive(ours.as_fd())?.and_then(|mut message| message.descriptors.pop());
    let born = born.ok_or(io::ErrorKind::PermissionDenied)?;
    number_of(template, &born)
}

/// The process number, here, of the process behind a pidfd.
fn number_of(template: &Template, pidfd: &OwnedFd) -> io::Result<i32> {
    let path = format!("self/fdinfo/{}", pidfd.as_raw_fd());
    let facts = File::from(open_at(
        Some(template.proc().as_fd()),
        Path::new(&path),
        libc::O_RDONLY,
    )?);
    let facts = io::read_to_string(facts)?;
    let number = facts.lines().find_map(|line| line.strip_prefix("Pid:"));
    let number = number.and_then(|number| number.trim().parse().ok());
    number.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

impl Blank {
    /// Whether init still waits.
    pub(super) fn is_alive(&self) -> bool {
        while let Some(ended) = reap(Patience::None) {
            if ended.pid == self.pid {
                return false;
            }
        }
        true
    }

    /// Makes it the sandbox of a request. From `Started` on, init itself reports on the socket.
    pub(super) fn dedicate(
        &self,
        wanted: &Wanted<OwnedFd>,
        spec: &Spec,
        template: &mut Template,
        (group, range): (&Group, Range),
    ) -> Result<(), Failure> {
        let trees = template.pick_up(&spec.mounts)?;
        announce(wanted, group, range, self.pid)?;
        let Wanted {
            request,
            socket,
            output,
            twin,
            line,
            ..
        } = wanted;
        let mut descriptors = vec![request.as_fd(), socket.as_fd(), output.as_fd()];
        descriptors.extend(twin.iter().chain(line).map(AsFd::as_fd));
        inside::tell(&self.line, &descriptors, &trees).in_step("hand the request to init")
    }

    /// Has init take the second part of its request, and gives what it says to that.
    pub(super) fn complete(
        &self,
        request: &OwnedFd,
        trees: &[OwnedFd],
    ) -> Result<Vec<u8>, Failure> {
        inside::tell(&self.line, &[request.as_fd()], trees).in_step("hand the rest to init")?;
        loop {
            wait_for(self.line.as_fd()).in_step("wait for init")?;
            match socket::receive(self.line.as_fd()) {
                Ok(Some(message)) => return Ok(message.bytes),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Ok(None) => {
                    let gone = io::ErrorKind::UnexpectedEof.into();
                    return Err(Failure::step("wait for init", &gone));
                }
                Err(error) => return Err(Failure::step("wait for init", &error)),
            }
        }
    }

    /// Where init answers, and what is hung up when it ends.
    pub(super) fn line(&self) -> BorrowedFd<'_> {
        self.line.as_fd()
    }
}

/// Says who the ids of a new user namespace are outside; the child is nobody until then.
fn map_ids(template: &Template, range: Range, pid: i32) -> Result<(), Failure> {
    let (uid_map, gid_map) = match range {
        Range::Own { first } => (
            format!("0 {first} 1\n{USER_ID} {} 1", first + 1),
            format!("0 {first} 1\n{GROUP_ID} {} 1", first + 1),
        ),
        Range::Ours => (format!("{USER_ID} 0 1"), format!("{GROUP_ID} 0 1")),
    };
    let proc = template.proc().as_fd();
    write_at(proc, &format!("{pid}/uid_map"), &uid_map).in_step("map user ids")?;
    write_at(proc, &format!("{pid}/gid_map"), &gid_map).in_step("map group ids")
}

/// Tells the server who init is and where its memory is counted, before init says anything itself.
fn announce(
    wanted: &Wanted<OwnedFd>,
    group: &Group,
    range: Range,
    pid: i32,
) -> Result<(), Failure> {
    if let Range::Own { first } = range {
        // A program may open its own standard output again by name, which asks for the pipe's owner.
        change_owner(wanted.output.as_fd(), first + 1, first + 1).in_step("own the output")?;
    }
    let (freezer, memory) = (group.freezer_file(), group.memory_files());
    let memory = memory.iter().flat_map(|(peak, events)| [peak, events]);
    let files: Vec<BorrowedFd<'_>> = freezer.iter().chain(memory).map(AsFd::as_fd).collect();
    let report = Report::Started {
        init: pid,
        has_freezer: freezer.is_some(),
        ids: range.first(),
    };
    say(&wanted.socket, &report, &files);
    Ok(())
}

/// Starts an unconfined command below a keeper of its own.
pub(super) fn unconfined(parts: &Parts<'_>) -> Result<Born, Failure> {
    match fork(parts.proof, 0, None).in_step("start a process")? {
        Fork::Child => {
            let _guard = ExitGuard;
            if close_all_but(&[parts.socket.as_fd(), parts.output.as_fd()]).is_ok() {
                init::run(parts, Keeper::Subreaper);
            }
            exit_now(1)
        }
        Fork::Parent { pid, pidfd } => {
            let report = Report::Started {
                init: pid,
                has_freezer: false,
                ids: 0,
            };
            say(parts.socket, &report, &[]);
            Ok(Born { pid, pidfd })
        }
    }
}

/// Reports to the server, which may have lost interest: then there is nobody to tell.
pub(super) fn say(socket: &OwnedFd, report: &Report, descriptors: &[BorrowedFd<'_>]) {
    socket::send(socket.as_fd(), &report.to_bytes(), descriptors).unwrap_or_default();
}

/// A forked child must never return into the spawner's code, not even by a panic.
pub(super) struct ExitGuard;

impl Drop for ExitGuard {
    fn drop(&mut self) {
        exit_now(101);
    }
}

/// Reads a request that the server has written into an in-memory file.
pub(super) fn read_request(request: &OwnedFd) -> io::Result<(Spec, RequestKind)> {
    wire::request_from(&content_of(request)?)
}

/// The content of an in-memory file from its start, however often.
pub(super) fn content_of(file: &OwnedFd) -> io::Result<Vec<u8>> {
    let file = File::from(file.try_clone()?);
    let mut bytes = vec![0; usize::try_from(file.metadata()?.len()).unwrap_or(0)];
    file.read_exact_at(&mut bytes, 0)?;
    Ok(bytes)
}
