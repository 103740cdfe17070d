#![expect(unsafe_code, reason = "packet and netlink sockets")]
//! A way out of a new network namespace: a pair of virtual interfaces, one with an address and the default route, the
//! other one under a socket that carries its frames.

use std::io;
use std::mem::{size_of, zeroed};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use super::net::socket;
use super::{check, check_int};
use crate::uplink::{
    ADDRESS, FRAME_BYTES_MAX, FRAME_HEADER_BYTES, GATEWAY, INSIDE_MAC, OUTSIDE_MAC, PREFIX_BITS,
};

/// Numbers that no interface has by itself, whatever the kernel puts into a new namespace.
const INSIDE_INDEX: u32 = 1001;
const OUTSIDE_INDEX: u32 = 1002;

const INSIDE_NAME: &[u8] = b"eth0\0";
const OUTSIDE_NAME: &[u8] = b"uplink\0";

/// What the socket may hold for us, as far as the host allows that.
static RECEIVE_BYTES: libc::c_int = 4 << 20;

// linux/if_link.h, linux/if_addr.h and linux/rtnetlink.h, as far as the libc crate lacks them.
const IFLA_INFO_KIND: u16 = 1;
const IFLA_INFO_DATA: u16 = 2;
const VETH_INFO_PEER: u16 = 1;
const IFLA_INET6_ADDR_GEN_MODE: u16 = 8;
const ADDR_GEN_MODE_NONE: u8 = 1;
const IFLA_NUM_TX_QUEUES: u16 = 31;
const IFLA_NUM_RX_QUEUES: u16 = 32;
const IFLA_GSO_MAX_SEGS: u16 = 40;
const IFA_LOCAL: u16 = 2;
const IFA_ADDRESS: u16 = 1;
const NESTED: u16 = 1 << 15;

/// The length of `struct nlmsghdr`.
const HEADER_BYTES: usize = 16;

/// Makes the interfaces of the network namespace we are in, and opens the outer end: a message on the socket is an
/// Ethernet frame with an IPv4 packet. Non-blocking.
pub(crate) fn make() -> io::Result<OwnedFd> {
    let socket = socket(libc::AF_NETLINK, libc::SOCK_RAW, libc::NETLINK_ROUTE)?;
    request(&socket, &new_pair())?;
    for index in [INSIDE_INDEX, OUTSIDE_INDEX] {
        match request(&socket, &without_ipv6(index)) {
            // A kernel without IPv6 has nothing to be told.
            Err(error) if error.raw_os_error() != Some(libc::EAFNOSUPPORT) => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    request(&socket, &switch_on(OUTSIDE_INDEX))?;
    request(&socket, &switch_on(INSIDE_INDEX))?;
    request(&socket, &new_address())?;
    request(&socket, &new_default_route())?;
    open_outer_end()
}

fn open_outer_end() -> io::Result<OwnedFd> {
    let frames = socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_NONBLOCK, 0)?;
    // SAFETY: SO_RCVBUF reads one int, which is alive. The kernel takes less where less is allowed.
    check_int(unsafe {
        libc::setsockopt(
            frames.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_RCVBUF,
            (&raw const RECEIVE_BYTES).cast(),
            libc::socklen_t::try_from(size_of::<libc::c_int>()).unwrap_or(4),
        )
    })?;
    // SAFETY: all-zero is a valid sockaddr_ll.
    let mut address: libc::sockaddr_ll = unsafe { zeroed() };
    address.sll_family = u16::try_from(libc::AF_PACKET).unwrap_or(0);
    // Of IPv4 alone, and not of what we send ourselves.
    address.sll_protocol = u16::try_from(libc::ETH_P_IP).unwrap_or(0).to_be();
    address.sll_ifindex = OUTSIDE_INDEX.cast_signed();
    // SAFETY: the kernel reads a live sockaddr_ll of that size.
    check_int(unsafe {
        libc::bind(
            frames.as_raw_fd(),
            (&raw const address).cast(),
            libc::socklen_t::try_from(size_of::<libc::sockaddr_ll>()).unwrap_or(0),
        )
    })?;
    Ok(frames)
}

/// A request under construction: its bytes after the header.
struct Message {
    kind: u16,
    flags: libc::c_int,
    body: Vec<u8>,
}

impl Message {
    fn new(kind: u16, flags: libc::c_int, fixed: &[u8]) -> Self {
        Self {
            kind,
            flags,
            body: fixed.to_vec(),
        }
    }

    fn attribute(mut self, kind: u16, value: &[u8]) -> Self {
        push_attribute(&mut self.body, kind, value);
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let length = u32::try_from(HEADER_BYTES + self.body.len()).unwrap_or(u32::MAX);
        let flags = u16::try_from(self.flags | libc::NLM_F_REQUEST | libc::NLM_F_ACK).unwrap_or(0);
        let mut bytes = Vec::with_capacity(HEADER_BYTES + self.body.len());
        bytes.extend(length.to_ne_bytes());
        bytes.extend(self.kind.to_ne_bytes());
        bytes.extend(flags.to_ne_bytes());
        // The sequence number and the sender, both of no importance to one who asks and waits.
        bytes.extend([0; 8]);
        bytes.extend(&self.body);
        bytes
    }
}

/// `struct rtattr` and its value, padded to four bytes.
fn push_attribute(to: &mut Vec<u8>, kind: u16, value: &[u8]) {
    let length = u16::try_from(4 + value.len()).unwrap_or(u16::MAX);
    to.extend(length.to_ne_bytes());
    to.extend(kind.to_ne_bytes());
    to.extend(value);
    to.resize(to.len().next_multiple_of(4), 0);
}

/// `struct ifinfomsg`.
fn interface(index: u32, flags: libc::c_int, change: libc::c_int) -> Vec<u8> {
    let mut bytes = vec![0; 4];
    bytes.extend(index.to_ne_bytes());
    bytes.extend(flags.to_ne_bytes());
    bytes.extend(change.to_ne_bytes());
    bytes
}

fn interface_attributes(to: &mut Vec<u8>, name: &[u8], mac: [u8; 6]) {
    // A whole datagram is one packet, so nothing is ever in fragments, and a segment of a stream is as long.
    let mtu = u32::try_from(FRAME_BYTES_MAX - FRAME_HEADER_BYTES).unwrap_or(1500);
    push_attribute(to, libc::IFLA_IFNAME, name);
    push_attribute(to, libc::IFLA_ADDRESS, &mac);
    push_attribute(to, libc::IFLA_MTU, &mtu.to_ne_bytes());
    push_attribute(to, IFLA_NUM_TX_QUEUES, &1_u32.to_ne_bytes());
    push_attribute(to, IFLA_NUM_RX_QUEUES, &1_u32.to_ne_bytes());
    // Several packets in one frame would be one packet for whoever reads frames.
    push_attribute(to, IFLA_GSO_MAX_SEGS, &1_u32.to_ne_bytes());
}

fn new_pair() -> Message {
    let mut peer = interface(OUTSIDE_INDEX, 0, 0);
    interface_attributes(&mut peer, OUTSIDE_NAME, OUTSIDE_MAC);
    let mut veth = Vec::new();
    push_attribute(&mut veth, VETH_INFO_PEER | NESTED, &peer);
    let mut information = Vec::new();
    push_attribute(&mut information, IFLA_INFO_KIND, b"veth\0");
    push_attribute(&mut information, IFLA_INFO_DATA | NESTED, &veth);
    let flags = libc::NLM_F_CREATE | libc::NLM_F_EXCL;
    let mut message = Message::new(libc::RTM_NEWLINK, flags, &interface(INSIDE_INDEX, 0, 0));
    interface_attributes(&mut message.body, INSIDE_NAME, INSIDE_MAC);
    message.attribute(libc::IFLA_LINKINFO | NESTED, &information)
}

/// No address of its own making: there is no IPv6 outside.
fn without_ipv6(index: u32) -> Message {
    let mut mode = Vec::new();
    push_attribute(&mut mode, IFLA_INET6_ADDR_GEN_MODE, &[ADDR_GEN_MODE_NONE]);
    let mut families = Vec::new();
    let inet6 = u16::try_from(libc::AF_INET6).unwrap_or(0);
    push_attribute(&mut families, inet6 | NESTED, &mode);
    Message::new(libc::RTM_SETLINK, 0, &interface(index, 0, 0))
        .attribute(libc::IFLA_AF_SPEC | NESTED, &families)
}

/// There is one neighbour, so nobody is asked for.
fn switch_on(index: u32) -> Message {
    let flags = libc::IFF_UP | libc::IFF_NOARP;
    Message::new(libc::RTM_SETLINK, 0, &interface(index, flags, flags))
}

fn new_address() -> Message {
    // `struct ifaddrmsg`.
    let mut fixed = vec![
        u8::try_from(libc::AF_INET).unwrap_or(0),
        PREFIX_BITS,
        0,
        libc::RT_SCOPE_UNIVERSE,
    ];
    fixed.extend(INSIDE_INDEX.to_ne_bytes());
    Message::new(libc::RTM_NEWADDR, libc::NLM_F_CREATE, &fixed)
        .attribute(IFA_LOCAL, &ADDRESS.octets())
        .attribute(IFA_ADDRESS, &ADDRESS.octets())
}

fn new_default_route() -> Message {
    // `struct rtmsg`: to everywhere, from everywhere, and no flags.
    let mut fixed = vec![
        u8::try_from(libc::AF_INET).unwrap_or(0),
        0,
        0,
        0,
        libc::RT_TABLE_MAIN,
        libc::RTPROT_BOOT,
        libc::RT_SCOPE_UNIVERSE,
        libc::RTN_UNICAST,
    ];
    fixed.extend([0; 4]);
    Message::new(libc::RTM_NEWROUTE, libc::NLM_F_CREATE, &fixed)
        .attribute(libc::RTA_GATEWAY, &GATEWAY.octets())
        .attribute(libc::RTA_OIF, &INSIDE_INDEX.to_ne_bytes())
}

/// Asks for one thing and waits until it is done.
fn request(socket: &OwnedFd, message: &Message) -> io::Result<()> {
    let bytes = message.bytes();
    // SAFETY: the kernel reads `bytes.len()` bytes of a live vector.
    let sent = unsafe { libc::send(socket.as_raw_fd(), bytes.as_ptr().cast(), bytes.len(), 0) };
    check(sent as libc::c_long)?;
    let answer = answer(socket.as_fd())?;
    // The error number follows the header of an acknowledgement; 0 is success.
    let number = answer
        .get(HEADER_BYTES..HEADER_BYTES + 4)
        .and_then(|bytes| bytes.try_into().ok())
        .map(i32::from_ne_bytes);
    match number {
        Some(0) => Ok(()),
        Some(number) => Err(io::Error::from_raw_os_error(-number)),
        None => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

fn answer(socket: BorrowedFd<'_>) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0_u8; 1024];
    let (to, room) = (bytes.as_mut_ptr().cast(), bytes.len());
    // SAFETY: the kernel writes at most `room` bytes into a live vector of that many.
    let received = unsafe { libc::recv(socket.as_raw_fd(), to, room, 0) };
    let length = check(received as libc::c_long)?;
    bytes.truncate(usize::try_from(length).unwrap_or(0));
    Ok(bytes)
}
