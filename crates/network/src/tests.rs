//! What a sandbox sees of its gateway, as packets; what its streams carry is tried with real functions in `tests/e2e`.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::unix::net::UnixDatagram as StdDatagram;
use std::time::Duration;

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use sandbox::uplink::{ADDRESS, FRAME_HEADER_BYTES, GATEWAY};
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    Icmpv4Packet, IpAddress, IpProtocol, Ipv4Packet, Ipv4Repr, TcpControl, TcpPacket, TcpRepr,
    TcpSeqNumber, UdpPacket, UdpRepr,
};
use tempfile::NamedTempFile;
use tokio::net::{TcpListener, UdpSocket, UnixDatagram};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::{Access, Exception, Gateway, Settings};

const DEADLINE: Duration = Duration::from_secs(20);

/// The codes of "destination unreachable", RFC 1812.
const NO_NETWORK: u8 = 6;
const NO_PORT: u8 = 3;
const FORBIDDEN: u8 = 13;

/// The sandbox's end of the line, and the gateway that serves the other end.
struct Sandbox {
    line: UnixDatagram,
    gateway: JoinHandle<std::io::Error>,
}

/// What a packet that comes back says.
#[derive(Debug, PartialEq, Eq)]
enum Heard {
    Unreachable(u8),
    Reset,
    Accepted,
    Datagram(SocketAddrV4, Vec<u8>),
}

fn settings(exceptions: &[&str]) -> Settings {
    let parse = |text: &&str| text.parse::<Exception>().unwrap();
    Settings {
        exceptions: exceptions.iter().map(parse).collect(),
        api: None,
        resolvers: "/nonexistent/resolv.conf".into(),
        sockets_max: 4,
    }
}

impl Sandbox {
    #[expect(clippy::disallowed_methods, reason = "a test ends what it has started")]
    fn start(settings: Settings, access: Access) -> Self {
        let (ours, theirs) = StdDatagram::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let serve = Gateway::new(settings).serve(theirs.into(), access).unwrap();
        Self {
            line: UnixDatagram::from_std(ours).unwrap(),
            gateway: tokio::spawn(serve),
        }
    }

    async fn send(&self, packet: &[u8]) {
        let mut frame = vec![0; FRAME_HEADER_BYTES];
        frame.extend(packet);
        self.line.send(&frame).await.unwrap();
    }

    async fn heard(&self) -> Heard {
        let mut frame = vec![0; 70_000];
        let length = timeout(DEADLINE, self.line.recv(&mut frame)).await;
        let length = length.unwrap().unwrap();
        let packet = Ipv4Packet::new_checked(&frame[FRAME_HEADER_BYTES..length]).unwrap();
        assert_eq!(packet.dst_addr(), ADDRESS);
        let protocol = packet.next_header();
        if protocol == IpProtocol::Icmp {
            let message = Icmpv4Packet::new_checked(packet.payload()).unwrap();
            return Heard::Unreachable(message.msg_code());
        }
        if protocol == IpProtocol::Tcp {
            let segment = TcpPacket::new_checked(packet.payload()).unwrap();
            assert!(segment.rst() || segment.syn() && segment.ack());
            return if segment.rst() {
                Heard::Reset
            } else {
                Heard::Accepted
            };
        }
        assert_eq!(protocol, IpProtocol::Udp);
        let datagram = UdpPacket::new_checked(packet.payload()).unwrap();
        let from = SocketAddrV4::new(packet.src_addr(), datagram.src_port());
        Heard::Datagram(from, datagram.payload().to_vec())
    }

    async fn opens(&self, port: u16, to: &str) -> Heard {
        self.send(&opening(port, to.parse().unwrap())).await;
        self.heard().await
    }

    async fn asks(&self, to: SocketAddrV4, payload: &[u8]) -> Heard {
        self.send(&datagram(to, payload)).await;
        self.heard().await
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.gateway.abort();
    }
}

fn packet(protocol: IpProtocol, to: Ipv4Addr, length: usize) -> Vec<u8> {
    let header = Ipv4Repr {
        src_addr: ADDRESS,
        dst_addr: to,
        next_header: protocol,
        payload_len: length,
        hop_limit: 64,
    };
    let mut bytes = vec![0; 20 + length];
    let checksums = ChecksumCapabilities::default();
    header.emit(
        &mut Ipv4Packet::new_unchecked(bytes.as_mut_slice()),
        &checksums,
    );
    bytes
}

fn opening(port: u16, to: SocketAddrV4) -> Vec<u8> {
    let segment = TcpRepr {
        src_port: port,
        dst_port: to.port(),
        control: TcpControl::Syn,
        seq_number: TcpSeqNumber(7),
        ack_number: None,
        window_len: 1024,
        window_scale: Some(0),
        max_seg_size: Some(1460),
        sack_permitted: false,
        sack_ranges: [None; 3],
        timestamp: None,
        payload: &[],
    };
    let mut bytes = packet(IpProtocol::Tcp, *to.ip(), segment.buffer_len());
    segment.emit(
        &mut TcpPacket::new_unchecked(&mut bytes[20..]),
        &IpAddress::Ipv4(ADDRESS),
        &IpAddress::Ipv4(*to.ip()),
        &ChecksumCapabilities::ignored(),
    );
    bytes
}

fn datagram(to: SocketAddrV4, payload: &[u8]) -> Vec<u8> {
    let mut bytes = packet(IpProtocol::Udp, *to.ip(), 8 + payload.len());
    let ports = UdpRepr {
        src_port: 5000,
        dst_port: to.port(),
    };
    ports.emit(
        &mut UdpPacket::new_unchecked(&mut bytes[20..]),
        &IpAddress::Ipv4(ADDRESS),
        &IpAddress::Ipv4(*to.ip()),
        payload.len(),
        |room| room.copy_from_slice(payload),
        &ChecksumCapabilities::ignored(),
    );
    bytes
}

fn gateway(port: u16) -> SocketAddrV4 {
    SocketAddrV4::new(GATEWAY, port)
}

/// A port of the loopback where nobody is.
async fn a_closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().port()
}

/// Answers every datagram with `answer` and what it got.
async fn a_resolver(answer: &'static str) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::task::spawn_blocking(move || {
        let socket = socket.into_std().unwrap();
        socket.set_nonblocking(false).unwrap();
        socket.set_read_timeout(Some(DEADLINE)).unwrap();
        let mut question = [0; 600];
        let (length, from) = socket.recv_from(&mut question).unwrap();
        let answer = [answer.as_bytes(), &question[..length]].concat();
        socket.send_to(&answer, from).unwrap();
    });
    address
}

fn resolv_conf(resolvers: &[SocketAddr]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    for resolver in resolvers {
        writeln!(file, "nameserver {resolver}").unwrap();
    }
    file
}

#[tokio::test]
async fn what_is_forbidden_is_told_at_once() {
    let sandbox = Sandbox::start(settings(&[]), Access::Outside);

    for to in ["127.0.0.1:80", "169.254.169.254:80", "169.254.100.5:22"] {
        assert_eq!(
            sandbox.opens(40_000, to).await,
            Heard::Unreachable(FORBIDDEN)
        );
        let heard = sandbox.asks(to.parse().unwrap(), b"hello").await;
        assert_eq!(heard, Heard::Unreachable(FORBIDDEN));
    }
}

#[tokio::test]
async fn without_access_there_is_no_network() {
    let sandbox = Sandbox::start(settings(&["0.0.0.0/0"]), Access::Nothing);

    for to in ["192.0.2.1:80", "169.254.100.5:9000", "169.254.100.5:53"] {
        assert_eq!(
            sandbox.opens(40_000, to).await,
            Heard::Unreachable(NO_NETWORK)
        );
        let heard = sandbox.asks(to.parse().unwrap(), b"hello").await;
        assert_eq!(heard, Heard::Unreachable(NO_NETWORK));
    }
}

#[tokio::test]
async fn a_closed_port_refuses_and_an_open_one_accepts() {
    let sandbox = Sandbox::start(settings(&["127.0.0.1/32"]), Access::Outside);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let open = gateway(listener.local_addr().unwrap().port());
    let closed = gateway(a_closed_port().await);

    assert_eq!(sandbox.opens(1, &closed.to_string()).await, Heard::Reset);
    let heard = sandbox.asks(closed, b"hello").await;
    assert_eq!(heard, Heard::Unreachable(NO_PORT));
    assert_eq!(sandbox.opens(2, &open.to_string()).await, Heard::Accepted);
}

#[tokio::test]
async fn more_connections_than_there_are_sockets_are_refused() {
    let sandbox = Sandbox::start(settings(&["127.0.0.1/32"]), Access::Outside);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let open = gateway(listener.local_addr().unwrap().port()).to_string();

    for port in 1..=4 {
        assert_eq!(sandbox.opens(port, &open).await, Heard::Accepted);
    }
    assert_eq!(sandbox.opens(5, &open).await, Heard::Reset);
}

#[tokio::test]
async fn a_datagram_is_answered_from_where_it_was_sent() {
    let sandbox = Sandbox::start(settings(&["127.0.0.1/32"]), Access::Outside);
    let to = gateway(a_resolver("you said ").await.port());

    let heard = sandbox.asks(to, b"hello").await;

    assert_eq!(heard, Heard::Datagram(to, b"you said hello".to_vec()));
}

#[tokio::test]
async fn names_are_asked_of_the_hosts_resolvers_one_after_the_other() {
    let dead = SocketAddr::from(([127, 0, 0, 1], a_closed_port().await));
    let living = a_resolver("name: ").await;
    let file = resolv_conf(&[dead, living]);
    let settings = Settings {
        resolvers: file.path().to_owned(),
        ..settings(&[])
    };
    let sandbox = Sandbox::start(settings, Access::Outside);

    let heard = sandbox.asks(gateway(53), b"who?").await;

    assert_eq!(heard, Heard::Datagram(gateway(53), b"name: who?".to_vec()));
}

#[tokio::test]
async fn hostile_frames_end_nothing() {
    let sandbox = Sandbox::start(settings(&["127.0.0.1/32"]), Access::Outside);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let open = gateway(listener.local_addr().unwrap().port());
    let bytes = proptest::collection::vec(proptest::num::u8::ANY, 0..80);
    let places = proptest::collection::vec((0..60_usize, proptest::num::u8::ANY), 0..5);
    let mut dice = TestRunner::deterministic();

    for round in 0..3_000_u16 {
        let mut hostile = bytes.new_tree(&mut dice).unwrap().current();
        if round % 2 == 0 {
            hostile = opening(round, open);
            for (at, value) in places.new_tree(&mut dice).unwrap().current() {
                if let Some(byte) = hostile.get_mut(at) {
                    *byte = value;
                }
            }
            // Nowhere but here.
            hostile[16..20].copy_from_slice(&GATEWAY.octets());
        }
        sandbox.send(&hostile).await;
        let mut frame = [0; 2_000];
        while sandbox.line.try_recv(&mut frame).is_ok() {}
        assert!(!sandbox.gateway.is_finished());
    }
}
