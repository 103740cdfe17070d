//! The socket that carries a sandbox's frames, as the TCP stack wants a device to be.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram as StdDatagram;
use std::task::{Context, Poll};

use rustix::net::SendFlags;
use sandbox::uplink::{FRAME_BYTES_MAX, FRAME_HEADER_BYTES, INSIDE_MAC, OUTSIDE_MAC};
use smoltcp::phy::{self, Checksum, ChecksumCapabilities, DeviceCapabilities, Medium};
use smoltcp::time::Instant;
use tokio::net::UnixDatagram;

/// The largest packet of a stream. The kernel of the function sends as much at once.
const STREAM_PACKET_BYTES_MAX: usize = 32 * 1024;

/// The protocol number of IPv4 in a frame.
const IPV4: [u8; 2] = [0x08, 0x00];

/// The socket and one frame each way.
#[derive(Debug)]
pub(crate) struct Line {
    socket: UnixDatagram,
    incoming: Vec<u8>,
    /// How long the frame is that was received and not taken.
    waiting: Option<usize>,
    outgoing: Outgoing,
}

#[derive(Debug)]
struct Outgoing {
    frame: Vec<u8>,
    /// How long the frame is that the socket did not take yet.
    stalled: Option<usize>,
}

impl Line {
    /// Takes over a socket that keeps the boundaries of messages. Panics outside of a runtime, as every call of tokio's does.
    pub(crate) fn new(socket: OwnedFd) -> io::Result<Self> {
        // The type is that of a socket of datagrams, and only what all of these have is used: send and receive.
        let socket = StdDatagram::from(socket);
        socket.set_nonblocking(true)?;
        let mut frame = vec![0; FRAME_BYTES_MAX];
        let header = INSIDE_MAC.into_iter().chain(OUTSIDE_MAC).chain(IPV4);
        frame
            .iter_mut()
            .zip(header)
            .for_each(|(to, from)| *to = from);
        Ok(Self {
            socket: UnixDatagram::from_std(socket)?,
            incoming: vec![0; FRAME_BYTES_MAX],
            waiting: None,
            outgoing: Outgoing {
                frame,
                stalled: None,
            },
        })
    }

    /// Receives the next frame, once the last one was taken and nothing of ours waits. Says whether there is one;
    /// if there is none, whoever polls is woken when there is.
    pub(crate) fn receive(&mut self, context: &mut Context<'_>) -> io::Result<bool> {
        if !self.flush(context)? {
            return Ok(false);
        }
        while self.waiting.is_none() {
            match self.socket.poll_recv_ready(context) {
                Poll::Pending => return Ok(false),
                Poll::Ready(ready) => ready?,
            }
            match self.socket.try_recv(&mut self.incoming) {
                Ok(length) if length > FRAME_HEADER_BYTES => self.waiting = Some(length),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// The packet that was received and not taken.
    pub(crate) fn packet(&self) -> &[u8] {
        self.waiting
            .and_then(|end| self.incoming.get(FRAME_HEADER_BYTES..end))
            .unwrap_or_default()
    }

    /// Forgets the packet that was received.
    pub(crate) fn drop_packet(&mut self) {
        self.waiting = None;
    }

    /// Takes a packet of ours for one that was received.
    pub(crate) fn inject(&mut self, packet: &[u8]) {
        let end = FRAME_HEADER_BYTES + packet.len();
        if let Some(room) = self.incoming.get_mut(FRAME_HEADER_BYTES..end) {
            room.copy_from_slice(packet);
            self.waiting = Some(end);
        }
    }

    /// Whether nothing of ours waits.
    pub(crate) fn is_free(&self) -> bool {
        self.outgoing.stalled.is_none()
    }

    /// Sends a packet, unless another one waits: then this one is lost.
    pub(crate) fn send(&mut self, packet: &[u8]) {
        if self.is_free() {
            let fill = |room: &mut [u8]| room.copy_from_slice(packet);
            self.outgoing.send(&self.socket, packet.len(), fill);
        }
    }

    /// Sends what waits. Says whether nothing does any more.
    pub(crate) fn flush(&mut self, context: &mut Context<'_>) -> io::Result<bool> {
        while let Some(length) = self.outgoing.stalled {
            match self.socket.poll_send_ready(context) {
                Poll::Pending => return Ok(false),
                Poll::Ready(ready) => ready?,
            }
            self.outgoing.stalled = None;
            let frame = self.outgoing.frame.get(..length).unwrap_or_default();
            let sent = self.socket.try_send(frame);
            self.outgoing.note(length, sent);
        }
        Ok(true)
    }
}

impl Outgoing {
    fn send<R>(
        &mut self,
        socket: &UnixDatagram,
        length: usize,
        fill: impl FnOnce(&mut [u8]) -> R,
    ) -> R {
        let end = FRAME_HEADER_BYTES + length;
        if end > self.frame.len() {
            // Nobody makes one: the stack knows the size of the largest packet, and so do we.
            return fill(&mut vec![0; length]);
        }
        let filled = fill(
            self.frame
                .get_mut(FRAME_HEADER_BYTES..end)
                .unwrap_or_default(),
        );
        let frame = self.frame.get(..end).unwrap_or_default();
        let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
        // The runtime does not know yet that a new socket can be written to; the kernel does.
        let sent = rustix::net::send(socket, frame, flags);
        self.note(end, sent.map_err(io::Error::from));
        filled
    }

    /// Keeps a frame of `end` bytes that was not taken.
    fn note(&mut self, end: usize, sent: io::Result<usize>) {
        match sent {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.stalled = Some(end),
            // What is lost is sent again, or was a datagram.
            Ok(_) | Err(_) => {}
        }
    }
}

impl phy::Device for Line {
    type RxToken<'a> = Received<'a>;
    type TxToken<'a> = ToSend<'a>;

    fn receive(&mut self, _: Instant) -> Option<(Received<'_>, ToSend<'_>)> {
        if !self.is_free() {
            return None;
        }
        let end = self.waiting.take()?;
        let packet = self.incoming.get(FRAME_HEADER_BYTES..end)?;
        let to_send = ToSend {
            socket: &self.socket,
            outgoing: &mut self.outgoing,
        };
        Some((Received(packet), to_send))
    }

    fn transmit(&mut self, _: Instant) -> Option<ToSend<'_>> {
        self.is_free().then_some(ToSend {
            socket: &self.socket,
            outgoing: &mut self.outgoing,
        })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut checksums = ChecksumCapabilities::default();
        // The kernel of the function leaves them to a device that does not exist.
        (checksums.ipv4, checksums.tcp) = (Checksum::Tx, Checksum::Tx);
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = STREAM_PACKET_BYTES_MAX;
        capabilities.checksum = checksums;
        capabilities
    }
}

/// A packet that was received.
#[derive(Debug)]
pub(crate) struct Received<'a>(&'a [u8]);

impl phy::RxToken for Received<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(self.0)
    }
}

/// Room for one packet to be sent.
#[derive(Debug)]
pub(crate) struct ToSend<'a> {
    socket: &'a UnixDatagram,
    outgoing: &'a mut Outgoing,
}

impl phy::TxToken for ToSend<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, fill: F) -> R {
        self.outgoing.send(self.socket, length, fill)
    }
}
