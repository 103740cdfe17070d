#![expect(unsafe_code, reason = "interface configuration by ioctl and netlink")]
//! The loopback of a new network namespace.

use std::io;
use std::mem::{size_of, zeroed};
use std::net::Ipv4Addr;
use std::os::fd::{AsRawFd, OwnedFd};

use super::fd::own;
use super::{check, check_int};

/// The loopback is the first interface of every network namespace.
const LOOPBACK_INDEX: u32 = 1;

/// `struct ifaddrmsg` of rtnetlink(7).
#[repr(C)]
struct AddressMessage {
    family: u8,
    prefix_bits: u8,
    flags: u8,
    scope: u8,
    index: u32,
}

/// An attribute holding one IPv4 address.
#[repr(C)]
struct AddressAttribute {
    length: u16,
    kind: u16,
    octets: [u8; 4],
}

/// A whole `RTM_NEWADDR` request.
#[repr(C)]
struct NewAddress {
    header: libc::nlmsghdr,
    message: AddressMessage,
    local: AddressAttribute,
    peer: AddressAttribute,
}

/// What the kernel answers.
#[repr(C)]
struct Answer {
    header: libc::nlmsghdr,
    error: libc::c_int,
    rest: [u8; 256],
}

/// Gives the loopback `address` besides 127.0.0.1, if it is no address that it has anyway.
pub(crate) fn add_loopback_address(address: Ipv4Addr) -> io::Result<()> {
    if address.is_loopback() {
        return Ok(());
    }
    add_address(address)
}

/// A socket that closes at exec.
pub(super) fn socket(
    domain: libc::c_int,
    kind: libc::c_int,
    protocol: libc::c_int,
) -> io::Result<OwnedFd> {
    // SAFETY: the call takes numbers only.
    own(check_int(unsafe { libc::socket(domain, kind | libc::SOCK_CLOEXEC, protocol) })?.into())
}

/// Makes the loopback usable, with 127.0.0.1.
pub(crate) fn switch_loopback_on() -> io::Result<()> {
    let socket = socket(libc::AF_INET, libc::SOCK_DGRAM, 0)?;
    // SAFETY: all-zero is a valid ifreq.
    let mut request: libc::ifreq = unsafe { zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(c"lo".to_bytes()) {
        // The type of a C character differs between architectures.
        *to = libc::c_char::from_ne_bytes([*from]);
    }
    request.ifr_ifru.ifru_flags = libc::c_short::try_from(libc::IFF_UP).unwrap_or(1);
    // SAFETY: SIOCSIFFLAGS reads one ifreq through the pointer, a live local.
    check_int(unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw mut request) })?;
    Ok(())
}

fn add_address(address: Ipv4Addr) -> io::Result<()> {
    // linux/if_addr.h, which the libc crate lacks.
    const IFA_ADDRESS: u16 = 1;
    const IFA_LOCAL: u16 = 2;
    const ACK: u16 = 4;
    const REQUEST: u16 = 1;
    const CREATE: u16 = 0x400;
    let attribute = |kind| AddressAttribute {
        length: 8,
        kind,
        octets: address.octets(),
    };
    let request = NewAddress {
        header: libc::nlmsghdr {
            nlmsg_len: u32::try_from(size_of::<NewAddress>()).unwrap_or(0),
            nlmsg_type: libc::RTM_NEWADDR,
            nlmsg_flags: REQUEST | ACK | CREATE,
            nlmsg_seq: 1,
            nlmsg_pid: 0,
        },
        message: AddressMessage {
            family: u8::try_from(libc::AF_INET).unwrap_or(0),
            prefix_bits: 32,
            flags: 0,
            scope: libc::RT_SCOPE_HOST,
            index: LOOPBACK_INDEX,
        },
        local: attribute(IFA_LOCAL),
        peer: attribute(IFA_ADDRESS),
    };
    let socket = socket(libc::AF_NETLINK, libc::SOCK_RAW, libc::NETLINK_ROUTE)?;
    // SAFETY: the kernel reads `size_of(NewAddress)` bytes of a live, fully initialised repr(C) value without padding.
    check(unsafe {
        libc::send(
            socket.as_raw_fd(),
            (&raw const request).cast(),
            size_of::<NewAddress>(),
            0,
        )
    } as libc::c_long)?;
    // SAFETY: all-zero is a valid Answer; the kernel writes at most its size into it.
    let answer = unsafe {
        let mut answer: Answer = zeroed();
        check(libc::recv(
            socket.as_raw_fd(),
            (&raw mut answer).cast(),
            size_of::<Answer>(),
            0,
        ) as libc::c_long)?;
        answer
    };
    match answer.error {
        0 => Ok(()),
        error => Err(io::Error::from_raw_os_error(-error)),
    }
}
