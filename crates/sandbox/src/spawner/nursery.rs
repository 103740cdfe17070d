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

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use super::birth::{self, Blank, ExitGuard, Parts, Range, say};
use super::read_request;
use super::template::Template;
use crate::cgroup::Group;
use crate::sys::fd::close_all_but;
use crate::sys::process::{
    Fork, Patience, SingleThread, exit_now, fork, reap, set_name, signal_on_parent_death, wait_for,
};
use crate::sys::socket;
use crate::wire::{Failure, InStep, Report};

/// A nursery that runs, as the spawner sees it.
pub(super) struct Nursery {
    pub(super) pid: i32,
    pub(super) pidfd: OwnedFd,
    /// Where it takes its one request: the three descriptors that the server sent.
    pub(super) hand: OwnedFd,
}

/// What a nursery brings with it from the spawner.
struct Own<'a> {
    proof: SingleThread,
    template: &'a mut Template,
    group: &'a Group,
    range: Range,
}

/// Starts a nursery for the groups and ids of one sandbox.
pub(super) fn open(
    proof: SingleThread,
    template: &mut Template,
    group: &Group,
    range: Range,
) -> Result<Nursery, Failure> {
    let (hand, theirs) = socket::pair().in_step("create a socket pair")?;
    match fork(proof, 0, group.birthplace()).in_step("start a nursery")? {
        Fork::Child => {
            let _guard = ExitGuard;
            let own = Own {
                proof,
                template,
                group,
                range,
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
    // The spawner's other descriptors are other sandboxes' life lines: holding them would keep those alive.
    if close_all_but(&keep).is_err() || signal_on_parent_death(libc::SIGKILL).is_err() {
        return;
    }
    let entered = own.group.enter().in_step("enter the control groups");
    let blank = entered.and_then(|()| own.blank());
    let Some((request, socket, output)) = take_request(hand.as_fd()) else {
        return;
    };
    let dedicated = blank.and_then(|blank| own.dedicate(blank, &request, &socket, &output));
    match dedicated {
        // Init is told by its own socket; we are only its parent.
        Ok(()) => {
            drop((request, socket, output));
            while reap(Patience::UntilOneEnds).is_some() {}
        }
        Err(failure) => say(&socket, &Report::Failed(failure), &[]),
    }
}

/// Waits for the request; `None` when the spawner wants no sandbox of us.
fn take_request(hand: BorrowedFd<'_>) -> Option<(OwnedFd, OwnedFd, OwnedFd)> {
    loop {
        wait_for(hand).ok()?;
        match socket::receive(hand) {
            Ok(Some(message)) => {
                let mut descriptors = message.descriptors.into_iter();
                return Some((
                    descriptors.next()?,
                    descriptors.next()?,
                    descriptors.next()?,
                ));
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Ok(None) | Err(_) => return None,
        }
    }
}

impl Own<'_> {
    fn blank(&self) -> Result<Blank, Failure> {
        birth::blank(self.proof, self.template, self.range)
    }

    fn dedicate(
        &mut self,
        mut blank: Blank,
        request: &OwnedFd,
        socket: &OwnedFd,
        output: &OwnedFd,
    ) -> Result<(), Failure> {
        let spec = read_request(request).in_step("read the request")?;
        self.group.limit(&spec.limits).in_step("set the limits")?;
        if !blank.is_alive() {
            // Something has killed it while it waited, such as a host that was short of memory.
            blank = self.blank()?;
        }
        let parts = Parts {
            proof: self.proof,
            spec: &spec,
            socket,
            output,
        };
        let place = (self.group, self.range);
        blank.dedicate(request.as_fd(), &parts, self.template, place)
    }
}
