//! Whether an address is one of the host's own: the kernel is asked, because it is who decides where a packet ends.

use std::io;
use std::net::Ipv4Addr;

use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with,
};

/// The length of `struct nlmsghdr`.
const HEADER_BYTES: usize = 16;
/// The length of `struct rtmsg`.
const ROUTE_BYTES: usize = 12;
/// Where `rtm_type` is in it.
const KIND_OFFSET: usize = 7;

// linux/netlink.h and linux/rtnetlink.h.
const REQUEST: u16 = 1;
const ERROR: u16 = 2;
const NEW_ROUTE: u16 = 24;
const GET_ROUTE: u16 = 26;
const RTA_DST: u16 = 1;
const RTN_UNICAST: u8 = 1;
/// "Blackhole" and whatever follows it: nothing is delivered.
const RTN_BLACKHOLE: u8 = 6;

/// Whether packets to `address` stay on the host, or go to everybody near it.
pub(crate) fn is_hosts_own(address: Ipv4Addr) -> io::Result<bool> {
    let socket = socket_with(
        AddressFamily::NETLINK,
        SocketType::RAW,
        SocketFlags::CLOEXEC,
        // The first protocol of the family: routes.
        None,
    )?;
    send(&socket, &question(address), SendFlags::empty())?;
    let mut answer = [0_u8; 1024];
    let (length, _) = recv(&socket, &mut answer, RecvFlags::empty())?;
    read(answer.get(..length).unwrap_or_default())
}

/// `ip route get ADDRESS`.
fn question(address: Ipv4Addr) -> Vec<u8> {
    let total = u32::try_from(HEADER_BYTES + ROUTE_BYTES + 8).unwrap_or(0);
    let mut bytes = Vec::new();
    bytes.extend(total.to_ne_bytes());
    bytes.extend(GET_ROUTE.to_ne_bytes());
    bytes.extend(REQUEST.to_ne_bytes());
    bytes.extend([0; 8]);
    let family = u8::try_from(AddressFamily::INET.as_raw()).unwrap_or(2);
    bytes.extend([family, 32]);
    bytes.resize(HEADER_BYTES + ROUTE_BYTES, 0);
    bytes.extend(8_u16.to_ne_bytes());
    bytes.extend(RTA_DST.to_ne_bytes());
    bytes.extend(address.octets());
    bytes
}

fn read(answer: &[u8]) -> io::Result<bool> {
    let kind = answer.get(4..6).and_then(|bytes| bytes.try_into().ok());
    match kind.map(u16::from_ne_bytes) {
        Some(NEW_ROUTE) => {
            let route = answer.get(HEADER_BYTES + KIND_OFFSET);
            let route = *route.ok_or(io::ErrorKind::UnexpectedEof)?;
            Ok(route != RTN_UNICAST && route < RTN_BLACKHOLE)
        }
        // There is no way there, and whoever tries it is told so.
        Some(ERROR) => Ok(false),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_loopback_address_is_the_hosts() {
        for address in [[127, 0, 0, 1], [127, 9, 9, 9]] {
            assert!(is_hosts_own(address.into()).unwrap());
        }
    }

    #[test]
    fn an_address_for_documentation_is_not() {
        assert!(!is_hosts_own(Ipv4Addr::new(203, 0, 113, 1)).unwrap());
    }

    #[test]
    fn an_answer_cut_short_anywhere_is_an_error_and_no_permission() {
        let mut answer = vec![0; HEADER_BYTES + ROUTE_BYTES];
        answer[4..6].copy_from_slice(&NEW_ROUTE.to_ne_bytes());
        answer[HEADER_BYTES + KIND_OFFSET] = RTN_UNICAST;

        assert!(!read(&answer).unwrap());
        for length in 0..=HEADER_BYTES + KIND_OFFSET {
            assert!(read(&answer[..length]).is_err(), "{length} bytes");
        }
    }
}
