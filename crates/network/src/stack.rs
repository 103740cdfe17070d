//! The task that serves one sandbox: takes its frames, finds out whose they are, and keeps everything moving.
//!
//! One task owns all of it, so nothing is locked and nothing is queued between tasks: it is woken by a frame, by a
//! socket or by a timer, moves what can be moved, and waits again.

use std::collections::HashMap;
use std::future::{Future as _, poll_fn};
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use sandbox::uplink::{ADDRESS, GATEWAY};
use smoltcp::iface::{Config, Interface, PollResult, SocketSet};
use smoltcp::time::Instant as StackInstant;
use smoltcp::wire::{HardwareAddress, IpCidr, Ipv4Cidr};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::unconstrained;
use tokio::time::{Instant, Sleep, sleep_until};
use tracing::debug;

use crate::datagrams::Datagrams;
use crate::hosts_own::is_hosts_own;
use crate::line::Line;
use crate::packet::{self, Flow, Packet, Undelivered};
use crate::policy::{Protocol, Verdict};
use crate::stream::{Connecting, Progress, Spliced, why_not};
use crate::{Access, Shared, names};

/// Connections of one sandbox.
const STREAMS_MAX: usize = 256;

/// Ports of one sandbox that send datagrams, each to one place.
const DATAGRAMS_MAX: usize = 128;

/// Frames that are taken before anything else gets its turn.
const FRAMES_PER_ROUND: usize = 32;

/// Rounds before other tasks get theirs.
const ROUNDS_MAX: usize = 16;

/// The largest payload of a datagram.
const DATAGRAM_BYTES_MAX: usize = 65_507;

#[derive(Debug)]
enum Stream {
    Connecting(Connecting),
    Spliced(Spliced),
}

pub(crate) struct Stack {
    shared: Arc<Shared>,
    access: Access,
    line: Line,
    interface: Interface,
    sockets: SocketSet<'static>,
    streams: HashMap<Flow, Stream>,
    datagrams: HashMap<Flow, Datagrams>,
    started: Instant,
    timer: Pin<Box<Sleep>>,
    /// Where datagrams are received into; empty until the first one.
    buffer: Vec<u8>,
}

impl Stack {
    pub(crate) fn new(shared: Arc<Shared>, uplink: OwnedFd, access: Access) -> io::Result<Self> {
        let mut line = Line::new(uplink)?;
        let mut config = Config::new(HardwareAddress::Ip);
        config.random_seed = RandomState::new().hash_one(ADDRESS);
        let mut interface = Interface::new(config, &mut line, StackInstant::ZERO);
        let own = IpCidr::Ipv4(Ipv4Cidr::new(GATEWAY, 0));
        // There is room for two addresses and one is added.
        interface.update_ip_addrs(|addresses| addresses.push(own).unwrap_or_default());
        // Whatever the function addresses, we are who answers.
        interface.set_any_ip(true);
        let started = Instant::now();
        Ok(Self {
            shared,
            access,
            line,
            interface,
            sockets: SocketSet::new(Vec::new()),
            streams: HashMap::new(),
            datagrams: HashMap::new(),
            started,
            timer: Box::pin(sleep_until(started)),
            buffer: Vec::new(),
        })
    }

    /// Serves until the line fails.
    pub(crate) async fn run(mut self) -> io::Error {
        // Its own bound on how long it runs at a time replaces the runtime's, which would starve the flows that come last.
        unconstrained(poll_fn(|context| self.poll(context))).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        for _ in 0..ROUNDS_MAX {
            let mut has_moved = match self.take_frames(context) {
                Ok(has_taken) => has_taken,
                Err(error) => return Poll::Ready(error),
            };
            has_moved |= self.move_streams(context);
            has_moved |= self.move_datagrams(context);
            has_moved |= self.send_segments();
            self.sweep();
            if !has_moved && self.set_timer(context).is_pending() {
                return Poll::Pending;
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    fn now(&self) -> StackInstant {
        let passed = Instant::now().duration_since(self.started);
        StackInstant::from_micros(i64::try_from(passed.as_micros()).unwrap_or(i64::MAX))
    }

    fn take_frames(&mut self, context: &mut Context<'_>) -> io::Result<bool> {
        for taken in 0..FRAMES_PER_ROUND {
            if !self.line.receive(context)? {
                return Ok(taken > 0);
            }
            self.take_packet();
        }
        Ok(true)
    }

    /// Gives the packet that was received to whom it belongs.
    fn take_packet(&mut self) {
        match packet::read(self.line.packet()) {
            Some(Packet::Opening(flow)) if !self.streams.contains_key(&flow) => self.open(flow),
            Some(Packet::Opening(flow) | Packet::Reset(flow) | Packet::Segment(flow)) => {
                self.take_segment(flow);
            }
            Some(Packet::Datagram(flow, payload)) => {
                if let Err(why) = self.take_datagram(flow, payload) {
                    self.tell(why);
                }
            }
            None => {}
        }
        self.line.drop_packet();
    }

    /// A segment of a connection that exists, or that does not: then the stack says so.
    fn take_segment(&mut self, flow: Flow) {
        let is_reset = matches!(packet::read(self.line.packet()), Some(Packet::Reset(_)));
        match self.streams.get(&flow) {
            // Asked again, for example: the answer comes when there is one.
            Some(Stream::Connecting(_)) if !is_reset => {}
            Some(Stream::Connecting(_)) => {
                self.streams.remove(&flow);
            }
            Some(Stream::Spliced(_)) | None => self.feed(),
        }
    }

    fn feed(&mut self) {
        let now = self.now();
        let (line, sockets) = (&mut self.line, &mut self.sockets);
        self.interface.poll_ingress_single(now, line, sockets);
    }

    /// Tells the function that the packet which was received goes nowhere.
    fn tell(&mut self, why: Undelivered) {
        if let Some(packet) = packet::undelivered(self.line.packet(), GATEWAY, why) {
            self.line.send(&packet);
        }
    }

    fn open(&mut self, flow: Flow) {
        let opened = self.places(Protocol::Tcp, flow).map(|places| {
            let permit = self.permit()?;
            let opening = self.line.packet().to_vec();
            Some(Stream::Connecting(Connecting::start(
                opening, places, permit,
            )))
        });
        match opened {
            Ok(Some(stream)) => {
                self.streams.insert(flow, stream);
            }
            Ok(None) => {
                debug!(destination = %flow.destination, "connection refused: too many are open");
                self.refuse();
            }
            Err(why) => self.tell(why),
        }
    }

    fn refuse(&mut self) {
        if let Some(packet) = packet::refused(self.line.packet()) {
            self.line.send(&packet);
        }
    }

    /// The right to one more connection.
    fn permit(&self) -> Option<OwnedSemaphorePermit> {
        if self.streams.len() >= STREAMS_MAX {
            return None;
        }
        Arc::clone(&self.shared.sockets).try_acquire_owned().ok()
    }

    /// Where what is sent to a destination goes.
    fn places(&self, protocol: Protocol, flow: Flow) -> Result<Vec<SocketAddr>, Undelivered> {
        if self.access == Access::Nothing {
            return Err(Undelivered::NoNetwork);
        }
        // Where we cannot find out, it might be.
        let is_own = |address| is_hosts_own(address).unwrap_or(true);
        let policy = &self.shared.policy;
        match policy.judge(protocol, flow.destination, is_own) {
            Verdict::There(place) => Ok(vec![place.into()]),
            Verdict::Names => Ok(names::resolvers(&self.shared.resolvers)),
            Verdict::Api => Ok(self.shared.api.into_iter().collect()),
            Verdict::Forbidden => {
                debug!(destination = %flow.destination, "destination forbidden");
                Err(Undelivered::Forbidden)
            }
        }
    }

    fn take_datagram(
        &mut self,
        flow: Flow,
        payload: std::ops::Range<usize>,
    ) -> Result<(), Undelivered> {
        if !self.datagrams.contains_key(&flow) {
            let places = self.places(Protocol::Udp, flow)?;
            self.make_room_for_datagrams();
            let Ok(permit) = Arc::clone(&self.shared.sockets).try_acquire_owned() else {
                // As on a network that is full.
                return Ok(());
            };
            let datagrams = Datagrams::new(places, permit).map_err(|error| undelivered(&error))?;
            self.datagrams.insert(flow, datagrams);
        }
        let payload = self.line.packet().get(payload).unwrap_or_default();
        match self.datagrams.get_mut(&flow).map(|it| it.send(payload)) {
            Some(Err(error)) => {
                self.datagrams.remove(&flow);
                Err(undelivered(&error))
            }
            Some(Ok(())) | None => Ok(()),
        }
    }

    /// Forgets the one that was quiet longest if there are too many.
    fn make_room_for_datagrams(&mut self) {
        if self.datagrams.len() < DATAGRAMS_MAX {
            return;
        }
        let oldest = self.datagrams.iter().min_by_key(|(_, it)| it.last());
        if let Some(oldest) = oldest.map(|(flow, _)| *flow) {
            self.datagrams.remove(&oldest);
        }
    }

    fn move_streams(&mut self, context: &mut Context<'_>) -> bool {
        let mut has_moved = false;
        let mut settled = Vec::new();
        for (flow, stream) in &mut self.streams {
            match stream {
                Stream::Spliced(spliced) => {
                    let socket = self.sockets.get_mut(spliced.handle);
                    has_moved |= spliced.pump(socket, context) == Progress::Some;
                }
                Stream::Connecting(connecting) => {
                    if let Poll::Ready(made) = connecting.poll(*flow, &mut self.sockets, context) {
                        let opening = std::mem::take(&mut connecting.opening);
                        settled.push((*flow, opening, made));
                    }
                }
            }
        }
        has_moved |= !settled.is_empty();
        for (flow, opening, made) in settled {
            // It is as if the function had asked just now.
            self.line.inject(&opening);
            match made {
                Ok(spliced) => {
                    self.feed();
                    self.streams.insert(flow, Stream::Spliced(spliced));
                }
                Err(error) => {
                    self.streams.remove(&flow);
                    debug!(destination = %flow.destination, %error, "connection failed");
                    match why_not(&error) {
                        Some(why) => self.tell(why),
                        None => self.refuse(),
                    }
                }
            }
            self.line.drop_packet();
        }
        has_moved
    }

    fn move_datagrams(&mut self, context: &mut Context<'_>) -> bool {
        if self.datagrams.is_empty() {
            return false;
        }
        self.buffer.resize(DATAGRAM_BYTES_MAX, 0);
        let mut has_moved = false;
        let mut refused = Vec::new();
        for (flow, datagrams) in &mut self.datagrams {
            while self.line.is_free() {
                match datagrams.receive(&mut self.buffer, context) {
                    Poll::Pending => break,
                    Poll::Ready(Err(_)) => {
                        refused.push(*flow);
                        break;
                    }
                    Poll::Ready(Ok(length)) => {
                        let payload = self.buffer.get(..length).unwrap_or_default();
                        let packet = packet::datagram(flow.destination, flow.source, payload);
                        if let Some(packet) = packet {
                            self.line.send(&packet);
                        }
                        has_moved = true;
                    }
                }
            }
        }
        for flow in refused {
            self.datagrams.remove(&flow);
            let sent = packet::datagram(flow.source, flow.destination, &[]);
            let told = sent.and_then(|it| packet::undelivered(&it, GATEWAY, Undelivered::NoPort));
            if let Some(packet) = told {
                self.line.send(&packet);
            }
            has_moved = true;
        }
        has_moved
    }

    fn send_segments(&mut self) -> bool {
        let mut has_sent = false;
        let now = self.now();
        while self.line.is_free() {
            let (line, sockets) = (&mut self.line, &mut self.sockets);
            match self.interface.poll_egress(now, line, sockets) {
                PollResult::SocketStateChanged => has_sent = true,
                PollResult::None => break,
            }
        }
        has_sent
    }

    /// Forgets what is over.
    fn sweep(&mut self) {
        let sockets = &mut self.sockets;
        self.streams.retain(|_, stream| match stream {
            Stream::Spliced(spliced) if spliced.is_over(sockets.get(spliced.handle)) => {
                sockets.remove(spliced.handle);
                false
            }
            Stream::Spliced(_) | Stream::Connecting(_) => true,
        });
        let now = Instant::now();
        self.datagrams.retain(|_, it| it.deadline() > now);
    }

    /// Has us woken at the next time that something is due. Ready if that is now.
    fn set_timer(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if !matches!(self.line.flush(context), Ok(true)) {
            // Nothing can be done until the line takes more; a line that fails is found out by the next frame.
            return Poll::Pending;
        }
        let now = self.now();
        let of_stack = self.interface.poll_delay(now, &self.sockets);
        let of_stack = of_stack.map(|delay| Instant::now() + delay.into());
        let of_streams = self.streams.values().filter_map(|stream| match stream {
            Stream::Spliced(spliced) => spliced.deadline(),
            Stream::Connecting(_) => None,
        });
        let of_datagrams = self.datagrams.values().map(Datagrams::deadline);
        let Some(next) = of_stack
            .into_iter()
            .chain(of_streams)
            .chain(of_datagrams)
            .min()
        else {
            return Poll::Pending;
        };
        self.timer.as_mut().reset(next);
        self.timer.as_mut().poll(context)
    }
}

fn undelivered(error: &io::Error) -> Undelivered {
    why_not(error).unwrap_or(Undelivered::NoPort)
}
