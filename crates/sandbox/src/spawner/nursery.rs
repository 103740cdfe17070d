//! A process that waits in the control groups of a sandbox that is still to come, above an init that is built as far
//! as that goes.
//!
//! Moving a process into version 1 groups makes the kernel wait for every processor to pass a quiet state, which takes
//! about ten milliseconds if nobody was moved for a while. What a process forks is in its groups from the start. So a
//! nursery moves itself ahead of time, and a sandbox is born below it without a wait. Its namespaces are made ahead
//! of time, too: only what a request says is left to do when it comes.
//!
//! ```text
//! spawner ──fork──▶ nursery ── enters the groups ──fork──▶ init: namespaces, loopback, /proc
//!                      │ waits for a request                 │ waits
//!                      └── limits, trees of the mounts ─────▶ └─ listener, /tmp, mounts ─▶ command
//! ```
//!
//! It is bound to the spawner, and init to it: whichever ends, all below it ends.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use super::asked::Family;
use super::birth::{self, Blank, ExitGuard, Range, content_of, read_request, say};
use super::template::Template;
use crate::cgroup::Group;
use crate::sys::fd::close_all_but;
use crate::sys::process::{
    Fork, Patience, SingleThread, exit_now, fork, reap, set_name, signal_on_parent_death, wait_for,
    wait_for_any,
};
use crate::sys::socket::{self, Message};
use crate::wire::{Failure, InStep, Report, dedication_from};

/// A nursery that runs, as the spawner sees it.
pub(super) struct Nursery {
    pub(super) pid: i32,
    pub(super) pidfd: OwnedFd,
    /// Where it takes its one request; see [`hand_over`].
    pub(super) hand: OwnedFd,
}

/// What the spawner gives to a nursery.
pub(super) struct Wanted<F> {
    pub(super) request: F,
    pub(super) socket: F,
    pub(super) output: F,
    /// Where the second part of the request will come from.
    pub(super) late: Option<F>,
    /// The line of a fork that waits in the nursery's groups, for a command that is to be one.
    pub(super) twin: Option<F>,
    /// Where that fork is asked for forks of itself.
    pub(super) line: Option<F>,
}

/// Where a sandbox belongs.
#[derive(Clone, Copy)]
pub(super) struct Home<'a> {
    pub(super) range: Range,
    /// Among whom, if it is a copy; such have the same ids.
    pub(super) family: Option<&'a Family>,
}

/// What the message says about the descriptors that not every request has.
const LATE: u8 = b'l';
const TWIN: u8 = b't';
const LINE: u8 = b'n';

/// Gives a request to a nursery that waits.
pub(super) fn hand_over(hand: BorrowedFd<'_>, wanted: &Wanted<BorrowedFd<'_>>) -> io::Result<()> {
    let mut said = vec![b's'];
    let mut descriptors = vec![wanted.request, wanted.socket, wanted.output];
    let more = [
        (LATE, wanted.late),
        (TWIN, wanted.twin),
        (LINE, wanted.line),
    ];
    for (mark, descriptor) in more {
        if let Some(descriptor) = descriptor {
            said.push(mark);
            descriptors.push(descriptor);
        }
    }
    socket::send(hand, &said, &descriptors)
}

/// What a nursery brings with it from the spawner.
struct Own<'a> {
    proof: SingleThread,
    template: &'a mut Template,
    group: &'a Group,
    home: Home<'a>,
}

/// Starts a nursery for the groups and ids of one sandbox.
pub(super) fn open(
    proof: SingleThread,
    template: &mut Template,
    group: &Group,
    home: Home<'_>,
) -> Result<Nursery, Failure> {
    let (hand, theirs) = socket::pair().in_step("create a socket pair")?;
    match fork(proof, 0, group.birthplace()).in_step("start a nursery")? {
        Fork::Child => {
            let _guard = ExitGuard;
            let own = Own {
                proof,
                template,
                group,
                home,
            };
            wait_and_bear(own, &theirs);
            exit_now(0)
        }
        Fork::Parent { pid, pidfd } => Ok(Nursery { pid, pidfd, hand }),
    }
}

fn wait_and_bear(mut own: Own<'_>, hand: &OwnedFd) {
    set_name(c"invoked-nursery");
    let mut keep = vec![hand.as_fd()];
    keep.extend(own.template.descriptors());
    keep.extend(own.group.descriptors());
    if let Some(Family { user, processes }) = own.home.family {
        keep.extend([user.as_fd(), processes.as_fd()]);
    }
    // The spawner's other descriptors are other sandboxes' life lines: holding them would keep those alive.
    if close_all_but(&keep).is_err() || signal_on_parent_death(libc::SIGKILL).is_err() {
        return;
    }
    let entered = own.group.enter().in_step("enter the control groups");
    let blank = entered.and_then(|()| own.blank());
    let Some(wanted) = take_request(hand.as_fd()) else {
        return;
    };
    match blank.and_then(|blank| own.dedicate(blank, &wanted)) {
        // Init is told by its own socket; we are only its parent.
        Ok(blank) => {
            let Wanted { late, .. } = wanted;
            if let Some(late) = late {
                own.complete(&blank, &late);
            }
            drop(blank);
            while reap(Patience::UntilOneEnds).is_some() {}
        }
        Err(failure) => say(&wanted.socket, &Report::Failed(failure), &[]),
    }
}

/// Waits for the request; `None` when the spawner wants no sandbox of us.
fn take_request(hand: BorrowedFd<'_>) -> Option<Wanted<OwnedFd>> {
    let message = take_message(hand)?;
    let mut descriptors = message.descriptors.into_iter();
    let has = |mark| message.bytes.contains(&mark);
    Some(Wanted {
        request: descriptors.next()?,
        socket: descriptors.next()?,
        output: descriptors.next()?,
        late: has(LATE).then(|| descriptors.next()).flatten(),
        twin: has(TWIN).then(|| descriptors.next()).flatten(),
        line: has(LINE).then(|| descriptors.next()).flatten(),
    })
}

/// Waits for a message; `None` when there will be none.
fn take_message(socket: BorrowedFd<'_>) -> Option<Message> {
    loop {
        wait_for(socket).ok()?;
        match socket::receive(socket) {
            Ok(message) => return message,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return None,
        }
    }
}

impl Own<'_> {
    fn blank(&self) -> Result<Blank, Failure> {
        birth::blank(self.proof, self.template, self.home)
    }

    /// Gives the blank its request, or a new one if it has died.
    fn dedicate(&mut self, mut blank: Blank, wanted: &Wanted<OwnedFd>) -> Result<Blank, Failure> {
        let (spec, _) = read_request(&wanted.request).in_step("read the request")?;
        self.group.limit(&spec.limits).in_step("set the limits")?;
        if !blank.is_alive() {
            // Something has killed it while it waited, such as a host that was short of memory.
            blank = self.blank()?;
        }
        let place = (self.group, self.home.range);
        blank.dedicate(wanted, &spec, self.template, place)?;
        Ok(blank)
    }

    /// Waits for the second part of the request, as long as init lives and the server may send it.
    fn complete(&mut self, blank: &Blank, late: &OwnedFd) {
        loop {
            match wait_for_any([late.as_fd(), blank.line()]) {
                Ok([_, true]) | Err(_) => return,
                Ok([true, false]) => break,
                Ok([false, false]) => {}
            }
        }
        let message = take_message(late.as_fd());
        let Some(request) = message.and_then(|mut message| message.descriptors.pop()) else {
            return;
        };
        let answer = self
            .complete_with(blank, &request)
            .unwrap_or_else(|failure| Report::Failed(failure).to_bytes());
        // A server that has lost interest has dropped the sandbox as well.
        socket::send(late.as_fd(), &answer, &[]).unwrap_or_default();
    }

    fn complete_with(&mut self, blank: &Blank, request: &OwnedFd) -> Result<Vec<u8>, Failure> {
        let dedication = content_of(request)
            .and_then(|bytes| dedication_from(&bytes))
            .in_step("read the rest of the request")?;
        let limits = &dedication.limits;
        self.group.limit(limits).in_step("set the limits")?;
        let trees = self.template.pick_up(&dedication.mounts)?;
        blank.complete(request, &trees)
    }
}
