//! The way out of a sandbox's network, as far as it goes here: frames that somebody else carries on.

use std::os::unix::net::UnixDatagram as StdDatagram;

use sandbox::namespaces::NamespaceDriver;
use sandbox::uplink::{ADDRESS, FRAME_HEADER_BYTES, GATEWAY, INSIDE_MAC, OUTSIDE_MAC};
use sandbox::{Dedication, Driver, Sandbox};
use tokio::net::UnixDatagram;

use crate::host::{a_python, a_shell, read_all};

const SEND: &str = "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendto(b'hello', ('192.0.2.1', 7))
s.settimeout(10)
print(s.recvfrom(100))
";

async fn driver() -> NamespaceDriver {
    NamespaceDriver::start_with_uplinks().await.unwrap()
}

/// The next frame of a sandbox.
async fn frame(uplink: &UnixDatagram) -> Vec<u8> {
    let mut frame = vec![0; 2_000];
    let length = uplink.recv(&mut frame).await.unwrap();
    frame.truncate(length);
    frame
}

/// Sends what was received back to where it came from.
fn turned_round(mut frame: Vec<u8>) -> Vec<u8> {
    let header = INSIDE_MAC.into_iter().chain(OUTSIDE_MAC);
    frame
        .iter_mut()
        .zip(header)
        .for_each(|(to, from)| *to = from);
    let packet = &mut frame[FRAME_HEADER_BYTES..];
    let (source, destination) = packet[12..20].split_at_mut(4);
    source.swap_with_slice(destination);
    let (source, destination) = packet[20..24].split_at_mut(2);
    source.swap_with_slice(destination);
    // No checksum of the datagram: the device of the sandbox was to compute it.
    packet[26..28].fill(0);
    frame
}

fn opened(sandbox: &mut Sandbox) -> UnixDatagram {
    let uplink = StdDatagram::from(sandbox.uplink.take().unwrap());
    UnixDatagram::from_std(uplink).unwrap()
}

pub(crate) async fn what_a_command_sends_is_a_frame_and_a_frame_is_what_it_receives() {
    let driver = driver().await;
    let mut sandbox = driver.spawn(a_python(SEND)).await.unwrap();
    let uplink = opened(&mut sandbox);

    let sent = frame(&uplink).await;

    assert_eq!(sent[12..14], [0x08, 0x00]);
    let packet = &sent[FRAME_HEADER_BYTES..];
    assert_eq!(packet[12..16], ADDRESS.octets());
    assert_eq!(packet[16..20], [192, 0, 2, 1]);
    assert!(packet.ends_with(b"hello"));
    uplink.send(&turned_round(sent)).await.unwrap();
    let Sandbox { output, tree, .. } = sandbox;
    tree.exited().await;
    tree.kill().await;
    assert_eq!(read_all(output).await, "(b'hello', ('192.0.2.1', 7))\n");
}

pub(crate) async fn a_command_has_a_route_a_resolver_and_no_rights_over_them() {
    let script = "cat /etc/resolv.conf; cat /proc/net/if_inet6; awk '{print $1, $2, $3}' /proc/net/route; \
                  python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)' 2>&1 | tail -n1";
    let driver = driver().await;
    let sandbox = driver.spawn(a_shell(script)).await.unwrap();
    let Sandbox { output, tree, .. } = sandbox;
    tree.exited().await;
    tree.kill().await;

    let said = read_all(output).await;

    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], format!("nameserver {GATEWAY}"));
    assert!(!said.contains("eth0 00000000 00000000"), "{said}");
    assert!(said.contains("eth0 00000000 0564FEA9"), "{said}");
    assert!(!said.lines().any(|line| line.starts_with("fe80")), "{said}");
    assert!(
        lines
            .last()
            .unwrap()
            .contains("Address family not supported"),
        "{said}"
    );
}

pub(crate) async fn a_prepared_command_has_a_way_out_too() {
    let mut spec = a_shell(r#"message=$(cat); eval "$message""#);
    spec.working_dir = "/".into();
    let limits = spec.limits;
    let driver = driver().await;
    let prepared = driver.prepare(spec).await.unwrap();
    let dedication = Dedication {
        mounts: Vec::new(),
        limits,
        message: b"echo hello > /dev/udp/192.0.2.1/7".to_vec(),
    };

    let mut sandbox = prepared.dedicate(&dedication).await.unwrap();

    let uplink = opened(&mut sandbox);
    assert!(frame(&uplink).await.ends_with(b"hello\n"));
    sandbox.kill().await;
}

pub(crate) async fn what_makes_an_uplink_is_probed() {
    let found = tokio::task::spawn_blocking(sandbox::probe_uplink)
        .await
        .unwrap();

    assert!(found.on, "{found:?}");
    assert_eq!(found.name, "network uplink");
}
