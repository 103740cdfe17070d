//! The numbers of a sandbox's way out, for whoever reads and writes its frames.
//!
//! Every sandbox has the same ones, as every sandbox has a network of its own.

use std::net::Ipv4Addr;

/// The sandbox's own address on its way out.
pub const ADDRESS: Ipv4Addr = Ipv4Addr::new(169, 254, 100, 6);

/// The other end of the way out: the router, as the sandbox sees it. Nothing answers there but who reads the frames.
pub const GATEWAY: Ipv4Addr = Ipv4Addr::new(169, 254, 100, 5);

/// How many bits of [`ADDRESS`] are those of the network that has just these two.
pub const PREFIX_BITS: u8 = 30;

/// The Ethernet address of the sandbox's end.
pub const INSIDE_MAC: [u8; 6] = [0x02, 0, 0xa9, 0xfe, 0x64, 0x06];

/// The Ethernet address of the outer end.
pub const OUTSIDE_MAC: [u8; 6] = [0x02, 0, 0xa9, 0xfe, 0x64, 0x05];

/// Two Ethernet addresses and a protocol number precede every packet.
pub const FRAME_HEADER_BYTES: usize = 14;

/// The largest frame: one with the largest packet of IPv4.
pub const FRAME_BYTES_MAX: usize = FRAME_HEADER_BYTES + 65_535;
