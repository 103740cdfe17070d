//! The nurseries that wait, and how a request gets the one that suits it.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use super::asked::{Asked, Descent, Family};
use super::birth::{self, Range};
use super::mould::{self, Found};
use super::nursery::{self, Home, Wanted};
use super::{Ground, Spawner};
use crate::wire::{Failure, InStep};

/// Nurseries that wait, so that this many sandboxes in a row start without a wait for the kernel.
const NURSERIES: usize = 4;

/// More nurseries that wait where commands are forked, each with a fork in its groups.
const TWINS: usize = 2;

/// A nursery that waits.
pub(super) struct Waiting {
    pub(super) token: u64,
    /// Where it takes its request.
    hand: OwnedFd,
    /// A mould, and the line of its fork that waits in the nursery's groups.
    twin: Option<(u64, OwnedFd)>,
}

impl Spawner {
    /// Gives a request to a nursery, which from then on is the parent of a sandbox.
    pub(super) fn hand_over(&mut self, asked: &Asked) -> Result<u64, Failure> {
        let mould = match &asked.descent {
            Descent::Own => None,
            Descent::Mould => self.mould_for(asked),
            Descent::Snapshot { .. } => {
                let mould = self.mould_for(asked);
                let wait = io::Error::from_raw_os_error(libc::EAGAIN);
                Some(mould.ok_or_else(|| Failure::step("wait for a mould", &wait))?)
            }
            Descent::Copy { line, family, ids } => {
                return self.hand_to_relative(asked, line, family, *ids);
            }
        };
        // One that has died while it waited is passed over; its end is noticed as everybody's.
        while let Some(waiting) = self.pick_waiting(mould) {
            if self.give(asked, mould, &waiting).is_ok() {
                return Ok(waiting.token);
            }
        }
        let waiting = self.open_nursery(None)?;
        self.give(asked, mould, &waiting)
            .in_step("hand over the request")?;
        Ok(waiting.token)
    }

    /// Gives a request for a fork of a snapshot to a nursery of its own, among that one's relatives.
    fn hand_to_relative(
        &mut self,
        asked: &Asked,
        line: &OwnedFd,
        family: &Family,
        ids: u32,
    ) -> Result<u64, Failure> {
        let range = self.range_of_living(ids)?;
        let home = Home {
            range,
            family: Some(family),
        };
        let waiting = self.open_nursery(Some(home))?;
        let group = self.living.get(&waiting.token);
        let group = group.and_then(|living| living.group.as_ref());
        let twin = group
            .ok_or_else(|| io::ErrorKind::NotFound.into())
            .and_then(|group| mould::ask_for_fork(line.as_fd(), group))
            .in_step("fork the snapshot")?;
        hand(asked, &waiting, Some(twin.as_fd())).in_step("hand over the request")?;
        Ok(waiting.token)
    }

    /// The ids that a living sandbox has. Nobody gets those of one that is gone, which somebody else may have by now.
    fn range_of_living(&self, ids: u32) -> Result<Range, Failure> {
        let mut ranges = self.living.values().filter_map(|living| living.ids);
        ranges
            .find(|range| range.first() == ids)
            .ok_or_else(|| Failure::step("find the snapshot", &io::ErrorKind::NotFound.into()))
    }

    /// The mould for a request, if it is ready; one that does not exist is started for the next.
    fn mould_for(&mut self, asked: &Asked) -> Option<u64> {
        let (spec, _) = birth::read_request(&asked.request).ok()?;
        match self.moulds.find(&spec) {
            Some(Found::Ready(token)) => return Some(token),
            Some(Found::NotReady) => return None,
            None => {}
        }
        if let Ground::Namespaces { template, .. } = &mut self.ground {
            let token = self.next_token;
            self.next_token += 1;
            // A command that cannot be forked is executed, and says then what is wrong with it.
            let line = self.moulds.start(self.proof, template, spec, token).ok()?;
            self.watch
                .add(line, libc::EPOLLIN | libc::EPOLLRDHUP, token)
                .unwrap_or_default();
        }
        None
    }

    /// Takes the nursery that suits best: one with a fork of the mould, or one without any.
    fn pick_waiting(&mut self, mould: Option<u64>) -> Option<Waiting> {
        let twin_of = |waiting: &Waiting| waiting.twin.as_ref().map(|(mould, _)| *mould);
        let suits = |waiting: &Waiting| twin_of(waiting) == mould;
        let index = self.waiting.iter().position(suits).unwrap_or(0);
        self.waiting.remove(index)
    }

    fn give(&self, asked: &Asked, mould: Option<u64>, to: &Waiting) -> io::Result<()> {
        let born = match (&to.twin, mould) {
            (Some((twin, _)), Some(mould)) if *twin == mould => None,
            (_, Some(mould)) => self.bear_twin(mould, to.token),
            (_, None) => None,
        };
        let waiting = to.twin.as_ref().filter(|(twin, _)| mould == Some(*twin));
        let twin = born.as_ref().or(waiting.map(|(_, line)| line));
        hand(asked, to, twin.map(AsFd::as_fd))
    }

    /// Forks a mould into the groups of a nursery. Where that fails, the command is executed.
    fn bear_twin(&self, mould: u64, nursery: u64) -> Option<OwnedFd> {
        let group = self.living.get(&nursery)?.group.as_ref()?;
        self.moulds.fork(mould, group).ok()
    }

    /// Opens nurseries until enough of them wait. Where that fails, the next request tries again and hears why.
    pub(super) fn fill_nurseries(&mut self) {
        let mould = self.moulds.latest();
        let twins = if mould.is_some() { TWINS } else { 0 };
        while matches!(self.ground, Ground::Namespaces { .. })
            && self.waiting.len() < NURSERIES + twins
        {
            match self.open_nursery(None) {
                Ok(waiting) => self.waiting.push_back(waiting),
                Err(_) => return,
            }
        }
        if let Some(mould) = mould {
            self.fill_twins(mould);
        }
    }

    /// Has as many nurseries wait with a fork of the mould as there should.
    fn fill_twins(&mut self, mould: u64) {
        let is_ours = |waiting: &Waiting| waiting.twin.as_ref().is_some_and(|(of, _)| *of == mould);
        let have = self.waiting.iter().filter(|one| is_ours(one)).count();
        let tokens: Vec<u64> = self
            .waiting
            .iter()
            .filter(|one| one.twin.is_none())
            .map(|one| one.token)
            .take(TWINS.saturating_sub(have))
            .collect();
        for token in tokens {
            let twin = self.bear_twin(mould, token).map(|line| (mould, line));
            if let Some(waiting) = self.waiting.iter_mut().find(|one| one.token == token) {
                waiting.twin = twin;
            }
        }
    }

    /// `home`: that of the relative whose ids its sandbox shares; its own if there is none.
    fn open_nursery(&mut self, home: Option<Home<'_>>) -> Result<Waiting, Failure> {
        let Ground::Namespaces {
            template,
            hierarchies,
            ids,
        } = &mut self.ground
        else {
            return Err(Failure::step(
                "open a nursery",
                &io::ErrorKind::Unsupported.into(),
            ));
        };
        let group = hierarchies
            .create(self.next_token)
            .in_step("create the control groups")?;
        let is_relative = home.is_some();
        let home = home.unwrap_or_else(|| Home {
            range: ids.take(),
            family: None,
        });
        match nursery::open(self.proof, template, &group, home) {
            Ok(nursery) => {
                let place = Some((group, home.range));
                let token = self.keep(nursery.pid, nursery.pidfd, place);
                Ok(Waiting {
                    token,
                    hand: nursery.hand,
                    twin: None,
                })
            }
            Err(failure) => {
                // Nothing was ever in it, so it goes at once.
                hierarchies.remove(&group).unwrap_or_default();
                if !is_relative {
                    ids.give_back(home.range);
                }
                Err(failure)
            }
        }
    }
}

fn hand(asked: &Asked, to: &Waiting, twin: Option<BorrowedFd<'_>>) -> io::Result<()> {
    let line = match &asked.descent {
        Descent::Snapshot { line } => Some(line.as_fd()),
        Descent::Own | Descent::Mould | Descent::Copy { .. } => None,
    };
    let wanted = Wanted {
        request: asked.request.as_fd(),
        socket: asked.socket.as_fd(),
        output: asked.output.as_fd(),
        late: asked.late.as_ref().map(AsFd::as_fd),
        twin,
        line,
    };
    nursery::hand_over(to.hand.as_fd(), &wanted)
}
