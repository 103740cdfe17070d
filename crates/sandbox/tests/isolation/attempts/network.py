# --- network -------------------------------------------------------------------------------------------------------


def reach(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as client:
        client.settimeout(3)
        client.connect(address)
        return f"connected to {address}"


@attempt("hosts-loopback")
def hosts_loopback():
    return any_of([lambda: reach(socket.AF_INET, ("127.0.0.1", HOST_PORT)), lambda: reach(socket.AF_INET6, ("::1", HOST_PORT))])


@attempt("loopback-by-other-names")
def loopback_by_other_names():
    names = ("0.0.0.0", "127.255.255.254", "::ffff:127.0.0.1", "::")
    return any_of(
        [
            lambda name=name: reach(socket.AF_INET6 if ":" in name else socket.AF_INET, (name, HOST_PORT))
            for name in names
        ]
    )


@attempt("cloud-metadata")
def cloud_metadata():
    return any_of(
        [
            lambda: reach(socket.AF_INET, ("169.254.169.254", 80)),
            lambda: reach(socket.AF_INET, ("169.254.170.2", 80)),
            lambda: reach(socket.AF_INET6, ("fd00:ec2::254", 80)),
        ]
    )


@attempt("link-local")
def link_local():
    return any_of(
        [
            lambda: reach(socket.AF_INET, ("169.254.0.1", HOST_PORT)),
            lambda: reach(socket.AF_INET6, ("fe80::1", HOST_PORT, 0, 1)),
        ]
    )


@attempt("outside")
def outside():
    return any_of([lambda: reach(socket.AF_INET, ("192.0.2.1", 80)), lambda: reach(socket.AF_INET6, ("2001:db8::1", 80))])


@attempt("neighbours-port")
def neighbours_port():
    return reach(socket.AF_INET, ("127.0.0.1", 8000))


@attempt("neighbours-runtime-api")
def neighbours_runtime_api():
    # The same address, but in every sandbox it is another listener. The test looks who has heard this.
    host, port = os.environ["LISTENER"].split(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(b"from the attacker\n")
    raise Contained("reached our own")


@attempt("pose-as-runtime-api")
def pose_as_runtime_api():
    host, port = os.environ["LISTENER"].split(":")

    def bind(address, options):
        server = socket.socket()
        for option in options:
            server.setsockopt(socket.SOL_SOCKET, option, 1)
        server.bind((address, int(port)))
        server.listen()
        return f"listens on {address}:{port}"

    options = ([], [socket.SO_REUSEADDR], [socket.SO_REUSEPORT], [socket.SO_REUSEADDR, socket.SO_REUSEPORT])
    return any_of([lambda a=a, o=o: bind(a, o) for a in (host, "0.0.0.0") for o in options])


@attempt("host-abstract-socket")
def host_abstract_socket():
    return reach(socket.AF_UNIX, "\0" + HOST_SOCKET)


@attempt("neighbours-abstract-socket")
def neighbours_abstract_socket():
    return reach(socket.AF_UNIX, "\0socket-of-the-neighbour")


@attempt("sockets-of-services")
def sockets_of_services():
    places = ["/run/docker.sock", "/var/run/docker.sock", "/run/dbus/system_bus_socket", "/run/containerd/containerd.sock"]
    return any_of([lambda place=place: reach(socket.AF_UNIX, place) for place in places + ["/run/systemd/private"]])


@attempt("raw-socket")
def raw_socket():
    return any_of(
        [
            lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
            lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP),
            lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 255),
            lambda: socket.socket(socket.AF_INET6, socket.SOCK_RAW, 58),
        ]
    )


@attempt("packet-socket")
def packet_socket():
    return any_of([lambda kind=kind: socket.socket(socket.AF_PACKET, kind, 0x0300) for kind in (socket.SOCK_RAW, socket.SOCK_DGRAM)])


@attempt("vsock")
def vsock():
    return any_of([lambda kind=kind: socket.socket(40, kind) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)])


@attempt("kernel-cryptography")
def kernel_cryptography():
    return socket.socket(38, socket.SOCK_SEQPACKET)


@attempt("rare-families")
def rare_families():
    # Bluetooth, CAN, TIPC, RDS, X.25, NFC, XDP, SMC, and others: asking loads a module.
    return any_of([lambda family=family: socket.socket(family, socket.SOCK_DGRAM) for family in (3, 4, 5, 9, 21, 29, 30, 31, 39, 43, 44)])


@attempt("rare-protocols")
def rare_protocols():
    kinds = [(socket.SOCK_SEQPACKET, 132), (socket.SOCK_STREAM, 132), (6, 33), (socket.SOCK_DGRAM, 136), (socket.SOCK_STREAM, 262)]
    return any_of([lambda kind=kind, protocol=protocol: socket.socket(socket.AF_INET, kind, protocol) for kind, protocol in kinds])


@attempt("rare-pairs")
def rare_pairs():
    return any_of([lambda: socket.socketpair(30, socket.SOCK_SEQPACKET), lambda: socket.socketpair(30, socket.SOCK_STREAM)])


@attempt("netlink-of-the-kernel")
def netlink_of_the_kernel():
    # Audit, netfilter, device events, crypto, XFRM, connector, generic.
    return any_of([lambda protocol=protocol: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol) for protocol in (4, 6, 9, 11, 12, 15, 16, 21)])


def route_request(kind, body):
    """Asks the kernel's routing interface for a change; 0, or its refusal as an OSError."""
    message = struct.pack("<IHHII", 16 + len(body), kind, 0x0605, 1, 0) + body
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as netlink:
        netlink.sendto(message, (0, 0))
        answer = netlink.recv(4096)
    code = -struct.unpack_from("<i", answer, 16)[0]
    if code:
        raise OSError(code, os.strerror(code))
    return f"request {kind} succeeded"


@attempt("new-address")
def new_address():
    body = struct.pack("<BBBBI", 2, 24, 0, 0, 1) + struct.pack("<HH4s", 8, 2, bytes([10, 9, 8, 7]))
    return route_request(20, body)


@attempt("new-interface")
def new_interface():
    name = struct.pack("<HH8s", 12, 3, b"dummy0\0\0")
    kind = struct.pack("<HH", 16, 18) + struct.pack("<HH8s", 10, 1, b"dummy\0\0\0")
    return route_request(16, struct.pack("<BBHiII", 0, 0, 0, 0, 0, 0) + name + kind)


@attempt("new-route")
def new_route():
    body = struct.pack("<BBBBBBBBI", 2, 0, 0, 0, 254, 3, 0, 1, 0) + struct.pack("<HHI", 8, 4, 1)
    return route_request(24, body)


@attempt("tunnel-device")
def tunnel_device():
    return any_of([lambda: read("/dev/net/tun"), lambda: os.mknod("/tmp/tun", 0o020666, os.makedev(10, 200))])


@attempt("bind-to-a-device")
def bind_to_a_device():
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
        return "bound to a device of the host"


@attempt("firewall-rules")
def firewall_rules():
    # The table of rules, as iptables reads it.
    with socket.socket() as server:
        server.setsockopt(0, 64, bytes(96))
        return "changed the rules"
