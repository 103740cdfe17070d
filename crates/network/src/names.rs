//! Whom the host asks for names.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

/// As many as the C library asks.
const RESOLVERS_MAX: usize = 3;

const PORT: u16 = 53;

/// The resolvers of a file in the form of resolv.conf(5). A host that names none asks itself.
pub(crate) fn resolvers(file: &Path) -> Vec<SocketAddr> {
    // A host without the file is as one whose file is empty.
    parse(&std::fs::read_to_string(file).unwrap_or_default())
}

fn parse(text: &str) -> Vec<SocketAddr> {
    let mut found: Vec<SocketAddr> = text
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            (words.next() == Some("nameserver")).then(|| words.next())?
        })
        .filter_map(address)
        .take(RESOLVERS_MAX)
        .collect();
    if found.is_empty() {
        found.push((Ipv4Addr::LOCALHOST, PORT).into());
    }
    found
}

/// An address, or, which only we understand, an address and a port.
fn address(text: &str) -> Option<SocketAddr> {
    let plain = text.parse::<IpAddr>().ok();
    plain
        .map(|address| (address, PORT).into())
        .or_else(|| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_three_are_asked() {
        let text = "# nameserver 9.9.9.9\nsearch example\nnameserver 127.0.0.53\noptions edns0\n\
                    nameserver\t::1 # comment\nnameserver nonsense\nnameserver 10.0.0.1\nnameserver 10.0.0.2\n";

        let found = parse(text);

        let expected = ["127.0.0.53:53", "[::1]:53", "10.0.0.1:53"];
        assert_eq!(found, expected.map(|text| text.parse().unwrap()));
    }

    #[test]
    fn a_host_that_names_none_asks_itself() {
        let itself = vec!["127.0.0.1:53".parse().unwrap()];
        assert_eq!(parse(""), itself);
        assert_eq!(resolvers(Path::new("/nonexistent/resolv.conf")), itself);
    }

    #[test]
    fn a_resolver_may_have_another_port() {
        assert_eq!(parse("nameserver 127.0.0.1:5353\n")[0].port(), 5353);
    }
}
