//! The datagrams between one port of a function and one place outside: a connected socket of ours, until it is idle.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket as StdSocket};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rustix::net::SendFlags;
use tokio::io::{Interest, Ready};
use tokio::net::UdpSocket;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

/// How long an idle socket is kept: RFC 4787 wants at least two minutes.
const IDLE_TIME_MAX: Duration = Duration::from_mins(2);

/// Whoever asks again after this long has not been answered.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(1);

/// Questions that are kept, to be asked of somebody else.
const QUESTIONS_MAX: usize = 4;

type Woken = Pin<Box<dyn Future<Output = io::Result<Ready>> + Send>>;

/// A socket and where it sends.
pub(crate) struct Datagrams {
    socket: Arc<UdpSocket>,
    /// Waits for the socket.
    woken: Option<Woken>,
    /// Whom to ask instead, where several would do.
    others: Vec<SocketAddr>,
    /// What has not been answered, as long as there are others to ask.
    unanswered: Vec<Vec<u8>>,
    last: Instant,
    _permit: OwnedSemaphorePermit,
}

impl fmt::Debug for Datagrams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Datagrams")
            .field("socket", &self.socket)
            .field("others", &self.others)
            .finish_non_exhaustive()
    }
}

impl Datagrams {
    /// For the first of `places`; the others are for when it does not answer.
    pub(crate) fn new(places: Vec<SocketAddr>, permit: OwnedSemaphorePermit) -> io::Result<Self> {
        let mut places = places.into_iter();
        let first = places.next().ok_or(io::ErrorKind::AddrNotAvailable)?;
        Ok(Self {
            socket: connected(first)?,
            woken: None,
            others: places.rev().collect(),
            unanswered: Vec::new(),
            last: Instant::now(),
            _permit: permit,
        })
    }

    /// When this is of no more use.
    pub(crate) fn deadline(&self) -> Instant {
        self.last + IDLE_TIME_MAX
    }

    /// When something was last sent or received.
    pub(crate) fn last(&self) -> Instant {
        self.last
    }

    /// Sends a datagram, or loses it as the network does where there is no room.
    pub(crate) fn send(&mut self, payload: &[u8]) -> io::Result<()> {
        let now = Instant::now();
        let is_late = now.duration_since(self.last) >= ANSWER_TIME_MAX;
        self.last = now;
        if !self.unanswered.is_empty() && is_late {
            // Who asks again asks all that is still to be answered.
            self.unanswered.clear();
            self.turn_to_another()?;
        }
        if !self.others.is_empty() && self.unanswered.len() < QUESTIONS_MAX {
            self.unanswered.push(payload.to_vec());
        }
        match self.send_now(payload) {
            Err(_) if !self.others.is_empty() => self.turn_to_another(),
            sent => sent,
        }
    }

    /// Receives a datagram into `buffer`: its length.
    pub(crate) fn receive(
        &mut self,
        buffer: &mut [u8],
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        loop {
            let received = match self.socket.try_recv(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(self.poll_woken(context)).map(|()| None)
                }
                received => received.map(Some),
            };
            match received {
                Ok(None) => {}
                Ok(Some(length)) => {
                    self.last = Instant::now();
                    self.unanswered.clear();
                    return Poll::Ready(Ok(length));
                }
                Err(_) if !self.others.is_empty() => self.turn_to_another()?,
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    /// Waits until there may be something to receive, or the network says that there will not.
    fn poll_woken(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let woken = self.woken.get_or_insert_with(|| {
            let socket = Arc::clone(&self.socket);
            Box::pin(async move { socket.ready(Interest::READABLE | Interest::ERROR).await })
        });
        let ready = ready!(woken.as_mut().poll(context));
        self.woken = None;
        if ready?.is_error() {
            let taken = || -> io::Result<()> { Err(io::ErrorKind::WouldBlock.into()) };
            // So that it is told once.
            self.socket
                .try_io(Interest::ERROR, taken)
                .unwrap_or_default();
            if let Some(error) = self.socket.take_error()? {
                return Poll::Ready(Err(error));
            }
        }
        Poll::Ready(Ok(()))
    }

    /// The runtime does not know yet that a new socket can be written to; the kernel does.
    fn send_now(&self, payload: &[u8]) -> io::Result<()> {
        let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
        match rustix::net::send(&self.socket, payload, flags).map_err(io::Error::from) {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Asks somebody else from now on, also what was asked already.
    fn turn_to_another(&mut self) -> io::Result<()> {
        while let Some(other) = self.others.pop() {
            self.woken = None;
            self.socket = connected(other)?;
            let mut questions = self.unanswered.iter();
            if questions.all(|question| self.send_now(question).is_ok()) {
                break;
            }
        }
        Ok(())
    }
}

fn connected(place: SocketAddr) -> io::Result<Arc<UdpSocket>> {
    let any: SocketAddr = match place {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = StdSocket::bind(any)?;
    socket.connect(place)?;
    socket.set_nonblocking(true)?;
    Ok(Arc::new(UdpSocket::from_std(socket)?))
}
