//! What the server asks for, as it comes in.

use std::os::fd::OwnedFd;

use crate::sys::socket::Message;
use crate::wire::Origin;

/// What a request of the server brings.
pub(super) struct Asked {
    pub(super) request: OwnedFd,
    pub(super) socket: OwnedFd,
    pub(super) output: OwnedFd,
    /// Where the second part of the request will come from.
    pub(super) late: Option<OwnedFd>,
    pub(super) descent: Descent,
}

/// Where the process of a command comes from.
pub(super) enum Descent {
    /// It executes its program.
    Own,
    /// A fork of a mould, if one is ready.
    Mould,
    /// A fork of a mould, which is asked for forks of itself here.
    Snapshot { line: OwnedFd },
    /// A fork of a snapshot. It lives with that one's ids.
    Copy {
        line: OwnedFd,
        family: Family,
        ids: u32,
    },
}

/// Where the copies of a snapshot live: in its user namespace, which is what lets them go there, and below its process
/// namespace, because that way leads only down.
pub(super) struct Family {
    pub(super) user: OwnedFd,
    pub(super) processes: OwnedFd,
}

impl Asked {
    /// Reads a message; `None` if something is missing.
    pub(super) fn from_message(message: Message) -> Option<Self> {
        let origin = Origin::from_bytes(&message.bytes)?;
        let mut descriptors = message.descriptors.into_iter();
        let mut next = || descriptors.next();
        let (request, socket, output) = (next()?, next()?, next()?);
        let (late, descent) = match origin {
            Origin::Own => (next(), Descent::Own),
            Origin::Mould => (next(), Descent::Mould),
            Origin::Snapshot => (next(), Descent::Snapshot { line: next()? }),
            Origin::Copy { ids } => {
                let line = next()?;
                let (user, processes) = (next()?, next()?);
                let family = Family { user, processes };
                (None, Descent::Copy { line, family, ids })
            }
        };
        Some(Self {
            request,
            socket,
            output,
            late,
            descent,
        })
    }
}
