# --- files ---------------------------------------------------------------------------------------------------------


@attempt("host-file")
def host_file():
    return read(HOST_FILE)


@attempt("host-file-by-parents")
def host_file_by_parents():
    os.chdir("/tmp")
    return read("../" * 32 + HOST_FILE.lstrip("/"))


@attempt("host-file-by-symlink")
def host_file_by_symlink():
    link = f"/tmp/link-{os.getpid()}"
    os.symlink(HOST_FILE, link)
    try:
        return read(link)
    finally:
        os.unlink(link)


@attempt("host-file-by-proc-root")
def host_file_by_proc_root():
    places = [f"/proc/{pid}/{link}" for pid in (1, "self", HOST_PID) for link in ("root", "cwd")]
    return any_of([lambda place=place: read(place + HOST_FILE) for place in places])


@attempt("host-file-by-descriptor")
def host_file_by_descriptor():
    def through(number):
        directory = os.open(f"/proc/self/fd/{number}", os.O_RDONLY | os.O_DIRECTORY)
        return read(f"/proc/self/fd/{directory}{HOST_FILE}")

    return any_of([lambda number=number: through(number) for number in range(64)])


@attempt("inherited-descriptor")
def inherited_descriptor():
    # 0 to 2 are ours, and 3 was the listing.
    strange = [name for name in DESCRIPTORS_AT_START if int(name) > 3]
    if strange:
        return strange
    raise Contained("none")


@attempt("password-hashes")
def password_hashes():
    return any_of([lambda path=path: read(path) for path in ("/etc/shadow", "/etc/gshadow", "/etc/shadow-")])


@attempt("home-directories")
def home_directories():
    found = [path for path in ("/root", "/home", "/srv", "/mnt", "/media", "/boot") if os.path.exists(path)]
    if found:
        return found
    raise Contained("none exists")


@attempt("neighbours-code")
def neighbours_code():
    return read(NEIGHBOUR_CODE)


@attempt("neighbours-tmp")
def neighbours_tmp():
    return read("/tmp/secret-of-the-neighbour")


@attempt("write-to-code")
def write_to_code():
    return any_of([lambda: write("/var/task/planted", "x"), lambda: os.truncate("/var/task/code.txt", 0)])


@attempt("write-to-system")
def write_to_system():
    places = ["/usr/bin/planted", "/etc/passwd", "/opt/planted", "/var/runtime/planted", "/planted", "/run/planted"]
    return any_of([lambda place=place: write(place, "x") for place in places])


@attempt("hardlink-to-system")
def hardlink_to_system():
    os.link("/etc/passwd", "/tmp/hardlink")
    return "linked a file of the root into /tmp"


@attempt("rename-over-system")
def rename_over_system():
    write("/tmp/passwd", "root::0:0::/:/bin/sh\n")
    os.rename("/tmp/passwd", "/etc/passwd")
    return "replaced /etc/passwd"


@attempt("setuid-program")
def setuid_program():
    programs = []
    for directory in ("/usr/bin", "/usr/sbin", "/usr/lib/openssh"):
        for name in os.listdir(directory) if os.path.isdir(directory) else []:
            path = f"{directory}/{name}"
            if not os.path.islink(path) and os.stat(path).st_mode & 0o6000:
                programs.append(path)
    for path in programs:
        uid = effective_uid_of(path)
        if uid != os.getuid():
            return f"{path} ran as {uid}"
    raise Contained(f"{len(programs)} programs ran as we do")


def effective_uid_of(path):
    """Who a program runs as. An ended process still tells until it is waited for."""
    child = os.fork()
    if child == 0:
        null = os.open("/dev/null", os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)
        os.execv(path, [path, "--no-such-option"])
    until = time.monotonic() + 2
    while True:
        with open(f"/proc/{child}/status") as file:
            lines = dict(line.split(":", 1) for line in file)
        if lines["State"].split()[0] == "Z" or time.monotonic() > until:
            break
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return int(lines["Uid"].split()[1])


@attempt("setuid-file-of-our-own")
def setuid_file_of_our_own():
    write("/tmp/own", "#!/bin/sh\n")
    os.chown("/tmp/own", 0, 0)
    os.chmod("/tmp/own", 0o4755)
    return "made a program of root's"


@attempt("capability-on-a-file")
def capability_on_a_file():
    write("/tmp/capable", "")
    value = struct.pack("<IIIII", 0x0200_0001, 0xFFFF_FFFF, 0, 0xFFFF_FFFF, 0)
    os.setxattr("/tmp/capable", "security.capability", value)
    return "gave a file capabilities"


@attempt("device-node")
def device_node():
    def make(kind, major, minor):
        os.mknod("/tmp/device", kind | 0o666, os.makedev(major, minor))
        return f"made device {major}:{minor}"

    return any_of([lambda: make(0o060000, 8, 0), lambda: make(0o060000, 254, 0), lambda: make(0o020000, 1, 1)])


@attempt("host-devices")
def host_devices():
    names = ["mem", "kmem", "port", "kmsg", "kvm", "fuse", "sda", "vda", "nvme0", "loop-control", "net/tun", "vhost-vsock"]
    return any_of([lambda name=name: read(f"/dev/{name}") for name in names + ["tty", "ptmx", "console", "input/event0"]])


@attempt("file-handles")
def file_handles():
    handle = ctypes.create_string_buffer(struct.pack("Ii", 120, 0) + bytes(120))
    mount = ctypes.c_int()

    def by_name():
        return call("name_to_handle_at", -100, b"/usr", handle, ctypes.byref(mount), 0)

    def by_guess():
        root = ctypes.create_string_buffer(struct.pack("IiIII", 8, 1, 2, 0, 0))
        return call("open_by_handle_at", os.open("/usr", os.O_RDONLY), root, os.O_RDONLY)

    return any_of([by_name, by_guess])


@attempt("mount-tmpfs")
def mount_tmpfs():
    return call("mount", b"none", b"/tmp", b"tmpfs", 0, 0)


@attempt("mount-host-disk")
def mount_host_disk():
    return any_of([lambda kind=kind: call("mount", b"/dev/vda", b"/tmp", kind, 0, 0) for kind in (b"ext4", b"xfs", b"btrfs")])


@attempt("mount-proc-again")
def mount_proc_again():
    return call("mount", b"proc", b"/tmp", b"proc", 0, 0)


@attempt("mount-sysfs")
def mount_sysfs():
    return call("mount", b"sysfs", b"/tmp", b"sysfs", 0, 0)


@attempt("mount-overlay")
def mount_overlay():
    return call("mount", b"overlay", b"/tmp", b"overlay", 0, b"lowerdir=/usr,upperdir=/tmp,workdir=/tmp")


@attempt("remount-writable")
def remount_writable():
    remount, bind = 32, 4096
    return any_of([lambda place=place: call("mount", 0, place, 0, remount | bind, 0) for place in (b"/", b"/usr", b"/proc")])


@attempt("bind-over-system")
def bind_over_system():
    return call("mount", b"/tmp", b"/usr", 0, 4096, 0)


@attempt("unmount-a-cover")
def unmount_a_cover():
    return any_of([lambda place=place: call("umount2", place, 2) for place in (b"/proc/keys", b"/proc", b"/tmp", b"/dev/null")])


@attempt("new-mount-calls")
def new_mount_calls():
    return any_of(
        [
            lambda: call("fsopen", b"tmpfs", 0),
            lambda: call("fsmount", 3, 0, 0),
            lambda: call("open_tree", -100, b"/", 1),
            lambda: call("move_mount", -100, b"/tmp", -100, b"/usr", 0),
            lambda: call("mount_setattr", -100, b"/usr", 0, bytes(32), 32),
        ]
    )


@attempt("chroot-and-climb")
def chroot_and_climb():
    os.mkdir("/tmp/jail")
    return call("chroot", b"/tmp/jail")


@attempt("pivot-root")
def pivot_root():
    return call("pivot_root", b"/tmp", b"/tmp")


@attempt("kernel-switches")
def kernel_switches():
    names = ["kernel/core_pattern", "kernel/modprobe", "kernel/hostname", "vm/drop_caches", "fs/suid_dumpable"]
    return any_of([lambda name=name: write(f"/proc/sys/{name}", "|/tmp/x") for name in names])


@attempt("sysrq")
def sysrq():
    return any_of([lambda: write("/proc/sysrq-trigger", "h"), lambda: write("/proc/sys/kernel/sysrq", "1")])


@attempt("kernel-memory")
def kernel_memory():
    content = b""
    for path in ("/proc/kcore", "/dev/mem", "/dev/kmem"):
        try:
            with open(path, "rb") as file:
                content += file.read(64)
        except OSError:
            continue
    if content:
        return f"read {content!r}"
    raise Contained("nothing to read")


@attempt("kernel-addresses")
def kernel_addresses():
    with open("/proc/kallsyms") as file:
        addresses = [line.split()[0] for line in file]
    if any(int(address, 16) for address in addresses):
        return "read where the kernel is"
    raise Contained("no address")


@attempt("kernel-log")
def kernel_log():
    return any_of([lambda: call("syslog", 3, ctypes.create_string_buffer(64), 64), lambda: read("/proc/kmsg")])


@attempt("host-key-list")
def host_key_list():
    with open("/proc/keys") as file:
        content = file.read()
    if content:
        return content
    raise Contained("empty")


@attempt("sysfs")
def sysfs():
    found = os.listdir("/sys")
    if found:
        return found
    raise Contained("empty")


@attempt("cgroup-release-agent")
def cgroup_release_agent():
    def by_mount():
        return call("mount", b"cgroup", b"/tmp", b"cgroup", 0, b"rdma")

    return any_of([by_mount, lambda: write("/sys/fs/cgroup/release_agent", "/tmp/x"), lambda: os.listdir("/sys/fs/cgroup")])


@attempt("leave-the-groups")
def leave_the_groups():
    places = ["/sys/fs/cgroup", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/unified", "/proc/1/root/sys/fs/cgroup"]
    return any_of([lambda place=place: write(f"{place}/cgroup.procs", "0") for place in places])


@attempt("where-the-groups-are")
def where_the_groups_are():
    with open("/proc/self/cgroup") as file:
        paths = [line.rstrip("\n").split(":", 2)[2] for line in file]
    strange = [path for path in paths if "invoked" in path]
    if strange:
        return strange
    raise Contained(f"{len(paths)} groups, none of ours")
