//! One connection of a function: a connection of ours outside, and the bytes between the two.
//!
//! ```text
//! opening ─▶ Connecting ── connected ─▶ Spliced ── both ends have ended ─▶ over
//!                └─ refused, unreachable: the function is told so ─▶ over
//! ```
//!
//! The connection outside is made first and the function's is answered afterwards, so that a function sees what we see.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::tcp::{self, State};
use smoltcp::wire::{IpAddress, IpListenEndpoint};
use tokio::io::AsyncWrite as _;
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout};

use crate::packet::{Flow, Undelivered};

/// What may wait each way. It bounds what a stream takes of memory.
const BUFFER_BYTES: usize = 128 * 1024;

/// No kernel asks longer than this for a connection.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(130);

/// How long one that has ended on one side waits for a byte of the other.
const HALF_CLOSED_TIME_MAX: Duration = Duration::from_mins(5);

type Attempt = Pin<Box<dyn Future<Output = io::Result<TcpStream>> + Send>>;

/// A connection that is being made.
pub(crate) struct Connecting {
    /// What the function sent to open it, to be answered when there is an answer.
    pub(crate) opening: Vec<u8>,
    attempt: Attempt,
    permit: Option<OwnedSemaphorePermit>,
}

impl fmt::Debug for Connecting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connecting").finish_non_exhaustive()
    }
}

impl Connecting {
    /// Connects to the first of `places` that lets us.
    pub(crate) fn start(
        opening: Vec<u8>,
        places: Vec<SocketAddr>,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        let attempt = async move {
            let connected = timeout(CONNECT_TIME_MAX, TcpStream::connect(places.as_slice()));
            let stream = connected.await.map_err(|_| io::ErrorKind::TimedOut)??;
            stream.set_nodelay(true)?;
            Ok(stream)
        };
        Self {
            opening,
            attempt: Box::pin(attempt),
            permit: Some(permit),
        }
    }

    /// The connection, when it is there: then a socket of the stack listens for the opening.
    pub(crate) fn poll(
        &mut self,
        flow: Flow,
        sockets: &mut SocketSet<'static>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<Spliced>> {
        let outside = ready!(self.attempt.as_mut().poll(context))?;
        let buffer = || tcp::SocketBuffer::new(vec![0; BUFFER_BYTES]);
        let mut socket = tcp::Socket::new(buffer(), buffer());
        socket.set_nagle_enabled(false);
        socket.set_ack_delay(None);
        let listened = socket.listen(IpListenEndpoint {
            addr: Some(IpAddress::Ipv4(*flow.destination.ip())),
            port: flow.destination.port(),
        });
        if listened.is_err() {
            return Poll::Ready(Err(io::ErrorKind::InvalidInput.into()));
        }
        Poll::Ready(Ok(Spliced {
            handle: sockets.add(socket),
            outside,
            rest: Vec::new(),
            has_outside_ended: false,
            has_inside_ended: false,
            last_byte: Instant::now(),
            _permit: self.permit.take(),
        }))
    }
}

/// What to tell a function whose connection could not be made; `None` where it is refused.
pub(crate) fn why_not(error: &io::Error) -> Option<Undelivered> {
    let kind = error.kind();
    if matches!(
        kind,
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset
    ) {
        return None;
    }
    let told = [
        (io::ErrorKind::NetworkUnreachable, Undelivered::NoNetwork),
        (io::ErrorKind::PermissionDenied, Undelivered::Forbidden),
    ];
    let told = told.iter().find(|(known, _)| *known == kind);
    Some(told.map_or(Undelivered::NoHost, |(_, why)| *why))
}

/// Whether anything happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    Some,
    None,
}

/// Two connections that are one.
#[derive(Debug)]
pub(crate) struct Spliced {
    pub(crate) handle: SocketHandle,
    outside: TcpStream,
    /// What the function sent before its connection was over, and nobody outside has taken yet.
    rest: Vec<u8>,
    /// Outside will say no more, and the function knows.
    has_outside_ended: bool,
    /// The function will say no more, and whoever is outside knows.
    has_inside_ended: bool,
    last_byte: Instant,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Spliced {
    /// Moves what can be moved.
    pub(crate) fn pump(
        &mut self,
        socket: &mut tcp::Socket<'static>,
        context: &mut Context<'_>,
    ) -> Progress {
        let moved = self
            .outwards(socket, context)
            .and_then(|outwards| Ok((outwards, self.inwards(socket, context)?)));
        match moved {
            Ok((false, false)) => self.give_up_if_idle(socket),
            Ok(_) => {
                self.last_byte = Instant::now();
                Progress::Some
            }
            Err(_) => {
                self.break_off(socket);
                Progress::None
            }
        }
    }

    /// Whether nothing is left to do. To be asked after the stack has sent what it had to.
    pub(crate) fn is_over(&self, socket: &tcp::Socket<'static>) -> bool {
        let is_closed = matches!(socket.state(), State::Closed | State::TimeWait);
        is_closed && self.rest.is_empty() && (self.has_inside_ended || !socket.can_recv())
    }

    /// When an end is to be made of one that is half closed.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let is_half_closed = self.has_inside_ended || self.has_outside_ended;
        is_half_closed.then(|| self.last_byte + HALF_CLOSED_TIME_MAX)
    }

    fn give_up_if_idle(&mut self, socket: &mut tcp::Socket<'static>) -> Progress {
        if self.deadline().is_some_and(|at| at <= Instant::now()) {
            self.break_off(socket);
        }
        Progress::None
    }

    /// Ends both, so that neither takes the end for a proper one.
    fn break_off(&mut self, socket: &mut tcp::Socket<'static>) {
        socket.abort();
        self.rest = Vec::new();
        self.reset_outside();
        self.has_inside_ended = true;
    }

    fn reset_outside(&self) {
        // A connection that is gone already needs no end.
        self.outside.set_zero_linger().unwrap_or_default();
    }

    /// From the function to whoever is outside.
    fn outwards(
        &mut self,
        socket: &mut tcp::Socket<'static>,
        context: &mut Context<'_>,
    ) -> io::Result<bool> {
        if self.has_inside_ended {
            return Ok(false);
        }
        if socket.state() == State::TimeWait && socket.can_recv() {
            // The stack forgets it after a while.
            let queued = socket.recv_queue();
            let mut rest = vec![0; queued];
            let taken = socket.recv_slice(&mut rest).unwrap_or(0);
            rest.truncate(taken);
            self.rest.append(&mut rest);
        }
        let mut has_moved = false;
        while !self.rest.is_empty() || socket.can_recv() {
            if self.outside.poll_write_ready(context)?.is_pending() {
                return Ok(has_moved);
            }
            match self.write(socket) {
                Ok(_) => has_moved = true,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        match socket.state() {
            State::CloseWait | State::LastAck | State::Closing | State::TimeWait => {
                ready_or_broken(Pin::new(&mut self.outside).poll_shutdown(context))?;
                self.has_inside_ended = true;
                Ok(true)
            }
            // By a reset, if it did not end before.
            State::Closed => {
                self.reset_outside();
                self.has_inside_ended = true;
                Ok(has_moved)
            }
            State::Listen
            | State::SynSent
            | State::SynReceived
            | State::Established
            | State::FinWait1
            | State::FinWait2 => Ok(has_moved),
        }
    }

    fn write(&mut self, socket: &mut tcp::Socket<'static>) -> io::Result<usize> {
        if !self.rest.is_empty() {
            let written = self.outside.try_write(&self.rest)?;
            self.rest.drain(..written);
            return Ok(written);
        }
        let outside = &self.outside;
        let written = socket.recv(|bytes| match outside.try_write(bytes) {
            Ok(written) => (written, Ok(written)),
            Err(error) => (0, Err(error)),
        });
        written.unwrap_or(Ok(0))
    }

    /// From whoever is outside to the function.
    fn inwards(
        &mut self,
        socket: &mut tcp::Socket<'static>,
        context: &mut Context<'_>,
    ) -> io::Result<bool> {
        let mut has_moved = false;
        while !self.has_outside_ended && socket.can_send() {
            if self.outside.poll_read_ready(context)?.is_pending() {
                return Ok(has_moved);
            }
            let outside = &self.outside;
            let read = socket.send(|room| match outside.try_read(room) {
                Ok(read) => (read, Ok(read)),
                Err(error) => (0, Err(error)),
            });
            match read {
                Ok(Ok(0)) => {
                    self.has_outside_ended = true;
                    socket.close();
                    has_moved = true;
                }
                Ok(Ok(_)) => has_moved = true,
                Ok(Err(error)) if error.kind() == io::ErrorKind::WouldBlock => {}
                Ok(Err(error)) => return Err(error),
                // The function's end was closed meanwhile.
                Err(_) => return Ok(has_moved),
            }
        }
        Ok(has_moved)
    }
}

/// Shutting down never waits.
fn ready_or_broken(shut: Poll<io::Result<()>>) -> io::Result<()> {
    match shut {
        Poll::Ready(result) => result,
        Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
    }
}
