//! A process that is started like a command, once, and then forked for every command that is to be like it.
//!
//! It runs a program that is not ours, with the user id of the spawner but no capability, in the template's files and no
//! network, and nothing of any sandbox is ever in it. Owning the user namespaces of the sandboxes, its forks can enter them.
//! What it is to do is a line of messages on its standard input (`runtimes/README.md`):
//!
//! ```text
//! mould ── "r" ──▶ spawner                 it is ready
//! spawner ── "f", the fork's line, groups ──▶ mould ──fork──▶ twin of a nursery: enters the groups, waits on its line
//! init ── calls, descriptors ──▶ twin      enters the namespaces, and forks twice: the child of a dead parent is init's
//! ```

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use super::birth::ExitGuard;
use super::command::Words;
use super::inside::attach;
use super::template::Template;
use crate::Spec;
use crate::cgroup::Group;
use crate::sys::fd::{close_all_but, duplicate_onto};
use crate::sys::process::{
    Fork, SingleThread, execute, exit_now, fork, kill, reset_signals, signal_on_parent_death,
};
use crate::sys::rights::{close_capability_sources, drop_capabilities, forbid_new_privileges};
use crate::sys::socket;
use crate::wire::{Failure, InStep};

/// Kinds of commands that are forked at the same time. The kind that was not asked for longest goes.
const MOULDS_MAX: usize = 4;

/// A mould needs no name space of users, because its rights are what it is for.
const NAMESPACES: libc::c_int = libc::CLONE_NEWNS | libc::CLONE_NEWNET | libc::CLONE_NEWIPC;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Starting,
    Ready,
    /// It has ended. One that did so before it was ready would do it again.
    Useless,
}

struct Mould {
    token: u64,
    spec: Spec,
    state: State,
    pidfd: OwnedFd,
    /// Where it is asked; `None` when it has ended.
    line: Option<OwnedFd>,
}

/// Those that there are, the one that was asked for last first.
#[derive(Default)]
pub(super) struct Moulds(Vec<Mould>);

impl Moulds {
    /// The one for a command, if it is ready. If there is none, one is started under `token`: its line, to be watched.
    pub(super) fn find(&mut self, spec: &Spec) -> Option<Found> {
        let index = self.0.iter().position(|mould| mould.is_for(spec))?;
        let mould = self.0.remove(index);
        let found = match mould.state {
            State::Ready => Found::Ready(mould.token),
            State::Starting | State::Useless => Found::NotReady,
        };
        self.0.insert(0, mould);
        Some(found)
    }

    /// Starts one. Gives its line, to be watched.
    pub(super) fn start(
        &mut self,
        proof: SingleThread,
        template: &mut Template,
        spec: Spec,
        token: u64,
    ) -> Result<BorrowedFd<'_>, Failure> {
        while self.0.len() >= MOULDS_MAX {
            self.0.pop();
        }
        let mould = Mould::start(proof, template, spec, token)?;
        self.0.insert(0, mould);
        let line = self.0.first().and_then(|mould| mould.line.as_ref());
        line.map(AsFd::as_fd)
            .ok_or_else(|| Failure::step("start a mould", &io::ErrorKind::NotFound.into()))
    }

    /// Hears what one says. Gives how it is since then; `None` if that is nobody's token.
    pub(super) fn hear(&mut self, token: u64) -> Option<State> {
        let index = self.0.iter().position(|mould| mould.token == token)?;
        let mould = self.0.get_mut(index)?;
        let said = mould
            .line
            .as_ref()
            .map(|line| socket::receive(line.as_fd()));
        match said {
            Some(Err(error)) if error.kind() == io::ErrorKind::WouldBlock => {}
            Some(Ok(Some(_))) => mould.state = State::Ready,
            Some(Ok(None) | Err(_)) | None => {
                let was = std::mem::replace(&mut mould.state, State::Useless);
                // Closed, it is no longer watched.
                mould.line = None;
                if was == State::Ready {
                    // Somebody has killed it. The next one who asks has another one started.
                    self.0.remove(index);
                }
                return Some(State::Useless);
            }
        }
        Some(mould.state)
    }

    /// The one that was asked for last, if it is ready.
    pub(super) fn latest(&self) -> Option<u64> {
        let mould = self.0.first()?;
        (mould.state == State::Ready).then_some(mould.token)
    }

    /// Forks one into groups. Gives the line of the fork, which hears there where to go.
    pub(super) fn fork(&self, token: u64, group: &Group) -> io::Result<OwnedFd> {
        let mould = self.0.iter().find(|mould| mould.token == token);
        let line = mould.and_then(|mould| mould.line.as_ref());
        let line = line.ok_or(io::ErrorKind::NotFound)?;
        ask_for_fork(line.as_fd(), group)
    }
}

/// Has a mould, or a snapshot, make a fork that waits in groups. Gives the line of the fork.
pub(super) fn ask_for_fork(line: BorrowedFd<'_>, group: &Group) -> io::Result<OwnedFd> {
    let (ours, theirs) = socket::pair()?;
    let entrances = group.entrances()?;
    let mut descriptors = vec![theirs.as_fd()];
    descriptors.extend(entrances.iter().map(AsFd::as_fd));
    socket::send(line, b"f", &descriptors)?;
    Ok(ours)
}

/// What there is for a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Ready(u64),
    NotReady,
}

impl Mould {
    fn start(
        proof: SingleThread,
        template: &mut Template,
        spec: Spec,
        token: u64,
    ) -> Result<Self, Failure> {
        let trees = template.pick_up(&spec.mounts)?;
        let env = spec.mould.as_deref().unwrap_or_default();
        let words = Words::new(&spec, env).in_step("read the command line")?;
        let (line, theirs) = socket::pair().in_step("create a socket pair")?;
        match fork(proof, NAMESPACES, None).in_step("start a mould")? {
            Fork::Child => {
                let _guard = ExitGuard;
                // Its words are lost: a command that it would have forked is executed instead.
                become_mould(&spec, &words, &theirs, &trees).unwrap_or_default();
                exit_now(127)
            }
            Fork::Parent { pidfd, .. } => Ok(Self {
                token,
                spec,
                state: State::Starting,
                pidfd,
                line: Some(line),
            }),
        }
    }

    /// Whether its forks are what this command would be.
    fn is_for(&self, spec: &Spec) -> bool {
        let parts = |spec: &Spec| {
            (
                spec.program.clone(),
                spec.args.clone(),
                spec.env.clone(),
                spec.mounts.clone(),
                spec.mould.clone(),
            )
        };
        parts(&self.spec) == parts(spec)
    }
}

impl Drop for Mould {
    fn drop(&mut self) {
        kill(self.pidfd.as_fd());
    }
}

fn become_mould(
    spec: &Spec,
    words: &Words,
    line: &OwnedFd,
    trees: &[OwnedFd],
) -> Result<(), Failure> {
    let keep: Vec<BorrowedFd<'_>> = trees.iter().chain([line]).map(AsFd::as_fd).collect();
    // The spawner's other descriptors are sandboxes' life lines.
    close_all_but(&keep).in_step("close descriptors")?;
    signal_on_parent_death(libc::SIGKILL).in_step("be bound to the spawner")?;
    attach(trees, &spec.mounts)?;
    reset_signals().in_step("reset signals")?;
    let input = duplicate_onto(line.as_fd(), 0);
    input.make().in_step("connect the line")?;
    let rights = [drop_capabilities(), forbid_new_privileges()];
    for call in close_capability_sources().into_iter().chain(rights) {
        call.make().in_step("give up rights")?;
    }
    let error = execute(&words.program, &words.args, &words.env);
    Err(Failure::step("execute the program", &error))
}
