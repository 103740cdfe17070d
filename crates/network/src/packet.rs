//! Packets of IPv4 as bytes: what a function's kernel sends, read without trust, and what we answer ourselves.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::ops::Range;

use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    IPV4_HEADER_LEN, Icmpv4DstUnreachable, Icmpv4Packet, Icmpv4Repr, IpAddress, IpProtocol,
    Ipv4Packet, Ipv4Repr, TcpControl, TcpPacket, TcpRepr, UdpPacket, UdpRepr,
};

const HOP_LIMIT: u8 = 64;

const UDP_HEADER_BYTES: usize = 8;

/// Who talks to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Flow {
    /// The function's end.
    pub(crate) source: SocketAddrV4,
    pub(crate) destination: SocketAddrV4,
}

/// What a packet is, as far as it matters who takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Packet {
    /// Asks for a connection.
    Opening(Flow),
    /// Breaks a connection off.
    Reset(Flow),
    /// Belongs to a connection, or should.
    Segment(Flow),
    /// Where its payload is in the packet.
    Datagram(Flow, Range<usize>),
}

/// Reads a packet; `None` if it is nothing that we carry: a fragment, another protocol, or nonsense.
pub(crate) fn read(bytes: &[u8]) -> Option<Packet> {
    let packet = Ipv4Packet::new_checked(bytes).ok()?;
    let is_fragment = packet.more_frags() || packet.frag_offset() != 0;
    if packet.version() != 4 || is_fragment {
        return None;
    }
    let (source, destination) = (packet.src_addr(), packet.dst_addr());
    let flow = |from: u16, to: u16| Flow {
        source: SocketAddrV4::new(source, from),
        destination: SocketAddrV4::new(destination, to),
    };
    if packet.next_header() == IpProtocol::Tcp {
        let segment = TcpPacket::new_checked(packet.payload()).ok()?;
        let flow = flow(segment.src_port(), segment.dst_port());
        return Some(match (segment.rst(), segment.syn(), segment.ack()) {
            (true, ..) => Packet::Reset(flow),
            (false, true, false) => Packet::Opening(flow),
            (false, ..) => Packet::Segment(flow),
        });
    }
    if packet.next_header() != IpProtocol::Udp {
        return None;
    }
    let datagram = UdpPacket::new_checked(packet.payload()).ok()?;
    let flow = flow(datagram.src_port(), datagram.dst_port());
    let start = usize::from(packet.header_len()) + UDP_HEADER_BYTES;
    let end = usize::from(packet.header_len()) + usize::from(datagram.len());
    bytes.get(start..end)?;
    Some(Packet::Datagram(flow, start..end))
}

/// Why a packet does not arrive, in the words of ICMP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Undelivered {
    NoNetwork,
    NoHost,
    NoPort,
    Forbidden,
}

impl From<Undelivered> for Icmpv4DstUnreachable {
    fn from(why: Undelivered) -> Self {
        match why {
            // Linux tells a socket of datagrams of this one; of "network unreachable" it does not.
            Undelivered::NoNetwork => Self::DstNetUnknown,
            Undelivered::NoHost => Self::HostUnreachable,
            Undelivered::NoPort => Self::PortUnreachable,
            Undelivered::Forbidden => Self::CommProhibited,
        }
    }
}

fn header(from: Ipv4Addr, to: Ipv4Addr, protocol: IpProtocol, payload_len: usize) -> Ipv4Repr {
    Ipv4Repr {
        src_addr: from,
        dst_addr: to,
        next_header: protocol,
        payload_len,
        hop_limit: HOP_LIMIT,
    }
}

/// A packet with this header, and room for what follows it.
fn with_header(header: &Ipv4Repr) -> Vec<u8> {
    let mut bytes = vec![0; IPV4_HEADER_LEN + header.payload_len];
    let checksums = ChecksumCapabilities::default();
    header.emit(
        &mut Ipv4Packet::new_unchecked(bytes.as_mut_slice()),
        &checksums,
    );
    bytes
}

/// Tells the sender of a packet that it does not arrive. `None` for what is too short to be told about.
pub(crate) fn undelivered(packet: &[u8], gateway: Ipv4Addr, why: Undelivered) -> Option<Vec<u8>> {
    let checksums = ChecksumCapabilities::default();
    let original = Ipv4Packet::new_checked(packet).ok()?;
    let message = Icmpv4Repr::DstUnreachable {
        reason: why.into(),
        header: header(
            original.src_addr(),
            original.dst_addr(),
            original.next_header(),
            original.payload().len(),
        ),
        data: original.payload().get(..8)?,
    };
    let (to, length) = (original.src_addr(), message.buffer_len());
    let mut bytes = with_header(&header(gateway, to, IpProtocol::Icmp, length));
    let payload = bytes.get_mut(IPV4_HEADER_LEN..)?;
    message.emit(&mut Icmpv4Packet::new_unchecked(payload), &checksums);
    Some(bytes)
}

/// Refuses a connection as a host does where nobody listens.
pub(crate) fn refused(opening: &[u8]) -> Option<Vec<u8>> {
    let original = Ipv4Packet::new_checked(opening).ok()?;
    let segment = TcpPacket::new_checked(original.payload()).ok()?;
    let answer = TcpRepr {
        src_port: segment.dst_port(),
        dst_port: segment.src_port(),
        control: TcpControl::Rst,
        seq_number: smoltcp::wire::TcpSeqNumber(0),
        ack_number: Some(segment.seq_number() + segment.segment_len()),
        window_len: 0,
        window_scale: None,
        max_seg_size: None,
        sack_permitted: false,
        sack_ranges: [None; 3],
        timestamp: None,
        payload: &[],
    };
    let (from, to) = (original.dst_addr(), original.src_addr());
    let length = answer.buffer_len();
    let mut bytes = with_header(&header(from, to, IpProtocol::Tcp, length));
    let payload = bytes.get_mut(IPV4_HEADER_LEN..)?;
    answer.emit(
        &mut TcpPacket::new_unchecked(payload),
        &IpAddress::Ipv4(from),
        &IpAddress::Ipv4(to),
        &ChecksumCapabilities::default(),
    );
    Some(bytes)
}

/// A datagram. `None` if it is longer than a packet can be.
pub(crate) fn datagram(from: SocketAddrV4, to: SocketAddrV4, payload: &[u8]) -> Option<Vec<u8>> {
    let length = UDP_HEADER_BYTES + payload.len();
    if IPV4_HEADER_LEN + length > usize::from(u16::MAX) {
        return None;
    }
    let mut bytes = with_header(&header(*from.ip(), *to.ip(), IpProtocol::Udp, length));
    let ports = UdpRepr {
        src_port: from.port(),
        dst_port: to.port(),
    };
    ports.emit(
        &mut UdpPacket::new_unchecked(bytes.get_mut(IPV4_HEADER_LEN..)?),
        &IpAddress::Ipv4(*from.ip()),
        &IpAddress::Ipv4(*to.ip()),
        payload.len(),
        |room| room.copy_from_slice(payload),
        &ChecksumCapabilities::default(),
    );
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn flow() -> Flow {
        Flow {
            source: "169.254.100.6:40000".parse().unwrap(),
            destination: "192.0.2.1:7".parse().unwrap(),
        }
    }

    const GATEWAY: Ipv4Addr = Ipv4Addr::new(169, 254, 100, 5);

    #[test]
    fn a_datagram_reads_back_as_it_was_written() {
        let Flow {
            source,
            destination,
        } = flow();
        for payload in [Vec::new(), b"hello".to_vec(), vec![7; 65_507]] {
            let bytes = datagram(source, destination, &payload).unwrap();
            let Some(Packet::Datagram(read, range)) = read(&bytes) else {
                panic!("no datagram");
            };
            assert_eq!((read, &bytes[range]), (flow(), payload.as_slice()));
        }
        assert_eq!(datagram(source, destination, &vec![7; 65_508]), None);
    }

    #[test]
    fn what_does_not_arrive_is_told_with_its_ports() {
        let Flow {
            source,
            destination,
        } = flow();
        let packet = datagram(source, destination, b"hello").unwrap();

        let told = undelivered(&packet, GATEWAY, Undelivered::NoPort).unwrap();

        let told = Ipv4Packet::new_checked(told.as_slice()).unwrap();
        assert_eq!((told.src_addr(), told.dst_addr()), (GATEWAY, *source.ip()));
        let message = Icmpv4Packet::new_checked(told.payload()).unwrap();
        assert_eq!(message.msg_code(), 3);
        // The ports follow the header of the packet that it is about.
        assert_eq!(message.data()[20..24], packet[20..24]);
    }

    #[test]
    fn a_fragment_is_not_carried() {
        let Flow {
            source,
            destination,
        } = flow();
        let mut packet = datagram(source, destination, b"hello").unwrap();
        Ipv4Packet::new_unchecked(packet.as_mut_slice()).set_more_frags(true);

        assert_eq!(read(&packet), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_us_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _any = (read(&bytes), refused(&bytes), undelivered(&bytes, GATEWAY, Undelivered::NoHost));
        }

        #[test]
        fn no_almost_good_packet_makes_us_panic(
            protocol in prop::sample::select(vec![1_u8, 6, 17, 255]),
            payload in prop::collection::vec(any::<u8>(), 0..100),
            changes in prop::collection::vec((0..120_usize, any::<u8>()), 0..6),
        ) {
            let ip = header(*flow().source.ip(), GATEWAY, IpProtocol::from(protocol), payload.len());
            let mut bytes = with_header(&ip);
            bytes[IPV4_HEADER_LEN..].copy_from_slice(&payload);
            for (at, value) in changes {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = value;
                }
            }
            if let Some(Packet::Datagram(_, range)) = read(&bytes) {
                prop_assert!(bytes.get(range).is_some());
            }
            let _any = (refused(&bytes), undelivered(&bytes, GATEWAY, Undelivered::Forbidden));
        }
    }
}
