//! What a function may reach. Pure: it is told what it cannot compute.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::str::FromStr;

/// Where the Lambda API of this server is, on the address of the gateway.
///
/// docs: `docs/security.md`, and the endpoint variables of every function.
pub const API_PORT: u16 = 9000;

/// Where names are resolved, on the address of the gateway.
const NAMES_PORT: u16 = 53;

/// What nobody may reach without an exception, besides the host's own addresses.
///
/// Of link-local addresses clouds use more than one for their metadata; three use others besides.
const FORBIDDEN: [(Ipv4Addr, u8); 9] = [
    // This network, and "every address" of the host.
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(100, 100, 100, 200), 32),
    // Loopback.
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    // Link-local: metadata and credentials of instances and containers.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(192, 0, 0, 192), 32),
    // Multicast.
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    // Reserved, with the broadcast address.
    (Ipv4Addr::new(240, 0, 0, 0), 4),
    (Ipv4Addr::BROADCAST, 32),
];

/// Some addresses, and one or every port of theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exception {
    address: Ipv4Addr,
    prefix_bits: u8,
    port: Option<u16>,
}

/// Why a text is no [`Exception`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an IPv4 network with or without a port, such as 10.0.0.0/8 or 127.0.0.1/32:5432")]
pub struct NoException;

impl FromStr for Exception {
    type Err = NoException;

    fn from_str(text: &str) -> Result<Self, NoException> {
        let (network, port) = match text.split_once(':') {
            Some((network, port)) => (network, Some(port.parse().map_err(|_| NoException)?)),
            None => (text, None),
        };
        let (address, bits) = network.split_once('/').unwrap_or((network, "32"));
        let address: Ipv4Addr = address.parse().map_err(|_| NoException)?;
        let prefix_bits: u8 = bits.parse().map_err(|_| NoException)?;
        let rest = u32::MAX.checked_shr(prefix_bits.into()).unwrap_or(0);
        if prefix_bits > 32 || address.to_bits() & rest != 0 || port == Some(0) {
            return Err(NoException);
        }
        Ok(Self {
            address,
            prefix_bits,
            port,
        })
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix_bits)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

impl Exception {
    fn covers(&self, destination: SocketAddrV4) -> bool {
        is_in(*destination.ip(), (self.address, self.prefix_bits))
            && self.port.is_none_or(|port| port == destination.port())
    }
}

fn is_in(address: Ipv4Addr, (network, prefix_bits): (Ipv4Addr, u8)) -> bool {
    let rest = u32::MAX.checked_shr(prefix_bits.into()).unwrap_or(0);
    (address.to_bits() ^ network.to_bits()) & !rest == 0
}

/// How a packet travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Tcp,
    Udp,
}

/// Where what is sent to a destination goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// To the API of this server.
    Api,
    /// To whom the host asks for names.
    Names,
    /// There, as far as the host gets there.
    There(SocketAddrV4),
    /// Nowhere.
    Forbidden,
}

/// Whether the host has an API to offer, and the operator's exceptions.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    pub(crate) gateway: Ipv4Addr,
    pub(crate) has_api: bool,
    pub(crate) exceptions: Vec<Exception>,
}

impl Policy {
    /// `is_hosts_own` says whether an address is one of the host's; it is asked only where that decides.
    pub(crate) fn judge(
        &self,
        protocol: Protocol,
        destination: SocketAddrV4,
        is_hosts_own: impl FnOnce(Ipv4Addr) -> bool,
    ) -> Verdict {
        if *destination.ip() == self.gateway {
            return self.judge_gateway(protocol, destination.port());
        }
        let address = *destination.ip();
        if self.is_excepted(destination) {
            return Verdict::There(destination);
        }
        let is_forbidden = FORBIDDEN.iter().any(|network| is_in(address, *network));
        if is_forbidden || destination.port() == 0 || is_hosts_own(address) {
            return Verdict::Forbidden;
        }
        Verdict::There(destination)
    }

    /// The sandbox's loopback is its own, so the gateway stands for the host's.
    fn judge_gateway(&self, protocol: Protocol, port: u16) -> Verdict {
        let loopback = SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
        match (protocol, port) {
            (_, NAMES_PORT) => Verdict::Names,
            (Protocol::Tcp, API_PORT) if self.has_api => Verdict::Api,
            _ if self.is_excepted(loopback) => Verdict::There(loopback),
            _ => Verdict::Forbidden,
        }
    }

    fn is_excepted(&self, destination: SocketAddrV4) -> bool {
        let mut exceptions = self.exceptions.iter();
        exceptions.any(|exception| exception.covers(destination))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GATEWAY: Ipv4Addr = Ipv4Addr::new(169, 254, 100, 5);
    const HOSTS_OWN: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 7);

    fn judged(exceptions: &[&str], protocol: Protocol, destination: &str) -> Verdict {
        let policy = Policy {
            gateway: GATEWAY,
            has_api: true,
            exceptions: exceptions
                .iter()
                .map(|text| text.parse().unwrap())
                .collect(),
        };
        policy.judge(protocol, destination.parse().unwrap(), |address| {
            address == HOSTS_OWN
        })
    }

    #[test]
    fn the_internet_and_private_networks_can_be_reached() {
        for destination in [
            "1.1.1.1:443",
            "10.0.0.1:80",
            "100.100.100.201:80",
            "100.64.0.1:80",
            "128.0.0.1:80",
            "168.63.129.17:80",
            "172.16.0.1:80",
            "192.168.1.8:9000",
            "223.255.255.255:1",
        ] {
            let there = Verdict::There(destination.parse().unwrap());
            for protocol in [Protocol::Tcp, Protocol::Udp] {
                assert_eq!(judged(&[], protocol, destination), there);
            }
        }
    }

    #[test]
    fn metadata_loopback_multicast_and_the_hosts_own_addresses_cannot() {
        for destination in [
            "0.0.0.0:80",
            "0.1.2.3:80",
            "100.100.100.200:80",
            "127.0.0.1:9000",
            "127.255.255.255:80",
            "168.63.129.16:80",
            "169.254.0.1:80",
            "169.254.169.254:80",
            "169.254.170.2:80",
            "169.254.100.1:9001",
            "169.254.100.6:80",
            "192.0.0.192:80",
            "192.168.1.7:9000",
            "192.168.1.7:22",
            "224.0.0.251:5353",
            "239.255.255.255:80",
            "240.0.0.1:80",
            "255.255.255.255:67",
            "1.1.1.1:0",
        ] {
            for protocol in [Protocol::Tcp, Protocol::Udp] {
                let verdict = judged(&[], protocol, destination);
                assert_eq!(verdict, Verdict::Forbidden, "{destination}");
            }
        }
    }

    #[test]
    fn the_gateway_has_names_the_api_and_nothing_else() {
        let gateway = |protocol, port| judged(&[], protocol, &format!("{GATEWAY}:{port}"));

        assert_eq!(gateway(Protocol::Udp, 53), Verdict::Names);
        assert_eq!(gateway(Protocol::Tcp, 53), Verdict::Names);
        assert_eq!(gateway(Protocol::Tcp, API_PORT), Verdict::Api);
        assert_eq!(gateway(Protocol::Udp, API_PORT), Verdict::Forbidden);
        assert_eq!(gateway(Protocol::Tcp, 22), Verdict::Forbidden);
    }

    #[test]
    fn an_exception_opens_what_it_names_and_no_more() {
        let table = [
            (
                "127.0.0.1/32:5432",
                "169.254.100.5:5432",
                Some("127.0.0.1:5432"),
            ),
            ("127.0.0.1/32:5432", "169.254.100.5:5433", None),
            ("127.0.0.0/8", "169.254.100.5:80", Some("127.0.0.1:80")),
            ("192.168.1.7", "192.168.1.7:80", Some("192.168.1.7:80")),
            ("192.168.1.7/32:81", "192.168.1.7:80", None),
            (
                "169.254.169.254/32:80",
                "169.254.169.254:80",
                Some("169.254.169.254:80"),
            ),
            ("169.254.169.254/32:80", "169.254.170.2:80", None),
            ("0.0.0.0/0", "192.168.1.7:1", Some("192.168.1.7:1")),
        ];
        for (exception, destination, there) in table {
            let expected = there.map_or(Verdict::Forbidden, |there| {
                Verdict::There(there.parse().unwrap())
            });
            let verdict = judged(&[exception], Protocol::Tcp, destination);
            assert_eq!(verdict, expected, "{exception} for {destination}");
        }
    }

    #[test]
    fn an_exception_reads_back_as_it_is_shown() {
        for text in ["10.0.0.0/8", "127.0.0.1/32:5432", "0.0.0.0/0", "1.2.3.4/32"] {
            let exception: Exception = text.parse().unwrap();
            assert_eq!(exception.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_network_is_no_exception() {
        for text in [
            "",
            "10.0.0.1/8",
            "10.0.0.0/33",
            "10.0.0.0/-1",
            "10.0.0.0/8:",
            "10.0.0.0/8:0",
            "10.0.0.0/8:70000",
            "10.0.0/8",
            "localhost",
            "::1/128",
            "[::1]/128:80",
        ] {
            assert_eq!(text.parse::<Exception>(), Err(NoException), "{text}");
        }
    }
}
