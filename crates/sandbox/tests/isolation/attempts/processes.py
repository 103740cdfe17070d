# --- processes -----------------------------------------------------------------------------------------------------


def other_processes():
    own = {os.getpid(), os.getppid(), 1}
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) not in own]


@attempt("see-other-processes")
def see_other_processes():
    found = other_processes()
    if found:
        return found
    raise Contained("none but init")


@attempt("signal-a-host-process")
def signal_a_host_process():
    os.kill(HOST_PID, signal.SIGUSR2)
    return f"signalled {HOST_PID}"


@attempt("signal-the-neighbour")
def signal_the_neighbour():
    os.kill(NEIGHBOUR_PID, signal.SIGUSR2)
    return f"signalled {NEIGHBOUR_PID}"


@attempt("signal-everybody")
def signal_everybody():
    # This frame ignores it; the test looks whether anybody else has got it.
    os.kill(-1, signal.SIGUSR2)
    raise Contained("reached only this sandbox")


@attempt("kill-init")
def kill_init():
    for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGUSR1):
        try:
            os.kill(1, number)
        except OSError:
            continue
    time.sleep(0.02)
    raise Contained("it goes on")


@attempt("signal-by-pidfd")
def signal_by_pidfd():
    return any_of([lambda pid=pid: call("pidfd_open", pid, 0) for pid in (HOST_PID, NEIGHBOUR_PID)])


@attempt("ptrace")
def ptrace():
    attach, seize = 16, 0x4206
    pids = (1, os.getppid(), HOST_PID, NEIGHBOUR_PID)
    return any_of([lambda r=r, pid=pid: call("ptrace", r, pid, 0, 0) for r in (attach, seize) for pid in pids])


@attempt("memory-by-call")
def memory_by_call():
    buffer = ctypes.create_string_buffer(16)
    vector = (ctypes.c_ulong * 2)(ctypes.addressof(buffer), 16)
    names = ("process_vm_readv", "process_vm_writev")
    pids = (1, HOST_PID, NEIGHBOUR_PID)
    return any_of([lambda n=n, pid=pid: call(n, pid, vector, 1, vector, 1, 0) for n in names for pid in pids])


@attempt("memory-by-proc")
def memory_by_proc():
    return any_of([lambda pid=pid, m=m: open(f"/proc/{pid}/mem", m) for pid in (1, HOST_PID, NEIGHBOUR_PID) for m in ("rb", "r+b")])


@attempt("init-memory-map")
def init_memory_map():
    return any_of([lambda name=name: read(f"/proc/1/{name}") for name in ("maps", "auxv", "stack", "syscall")])


@attempt("neighbours-environment")
def neighbours_environment():
    content = b""
    for pid in [NEIGHBOUR_PID, HOST_PID, 1] + other_processes():
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                content += file.read()
        except OSError:
            continue
    return secret_in(content, "anybody's environment")


@attempt("servers-environment")
def servers_environment():
    return read("/proc/1/environ")


@attempt("steal-a-descriptor")
def steal_a_descriptor():
    def steal():
        call("pidfd_open", 1, 0)
        return call("pidfd_getfd", 3, 0, 0)

    return any_of([steal] + [lambda n=n: read(f"/proc/1/fd/{n}") for n in range(16)] + [lambda: os.listdir("/proc/1/fd")])


@attempt("compare-processes")
def compare_processes():
    return call("kcmp", 1, os.getpid(), 0, 0, 0)


@attempt("advise-a-process")
def advise_a_process():
    return call("process_madvise", 3, 0, 0, 21, 0)


@attempt("enter-namespaces")
def enter_namespaces():
    def enter(name):
        return call("setns", os.open(f"/proc/1/ns/{name}", os.O_RDONLY), 0)

    def own(name):
        return call("setns", os.open(f"/proc/self/ns/{name}", os.O_RDONLY), 0)

    names = ("user", "mnt", "net", "pid", "ipc", "uts", "cgroup")
    return any_of([lambda n=n, how=how: how(n) for n in names for how in (enter, own)])


@attempt("new-user-namespace")
def new_user_namespace():
    return call("unshare", 0x1000_0000)


@attempt("new-namespaces")
def new_namespaces():
    flags = (0x2_0000, 0x200_0000, 0x400_0000, 0x800_0000, 0x2000_0000, 0x4000_0000, 0x80)
    return any_of([lambda flag=flag: call("unshare", flag) for flag in flags])


@attempt("clone-into-namespaces")
def clone_into_namespaces():
    flags = (0x1000_0000, 0x1002_0000, 0x4000_0000, 0x2000_0000)
    return any_of([lambda flag=flag: call("clone", flag | signal.SIGCHLD, 0, 0, 0, 0) for flag in flags])


@attempt("clone3")
def clone3():
    arguments = struct.pack("<11Q", 0x1000_0000, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, 0, 0, 0)
    return call("clone3", arguments, len(arguments))


@attempt("become-root")
def become_root():
    return any_of([lambda: os.setuid(0), lambda: os.setresuid(0, 0, 0), lambda: os.seteuid(0)])


@attempt("join-groups")
def join_groups():
    return any_of([lambda: os.setgroups([0]), lambda: os.setgid(0), lambda: os.setegid(0)])


@attempt("raise-capabilities")
def raise_capabilities():
    header = struct.pack("<Ii", 0x2008_0522, 0)
    return call("capset", header, struct.pack("<6I", 1 << 21, 1 << 21, 1 << 21, 0, 0, 0))


@attempt("ambient-capabilities")
def ambient_capabilities():
    return prctl(47, 2, 21, 0, 0)


@attempt("forget-no-new-privileges")
def forget_no_new_privileges():
    return prctl(38, 0, 0, 0, 0)


@attempt("undo-the-filter")
def undo_the_filter():
    return any_of([lambda: prctl(22, 0, 0, 0, 0), lambda: call("seccomp", 0, 0, 0)])


@attempt("allow-by-another-filter")
def allow_by_another_filter():
    # The strictest answer of all filters counts, so one that allows everything opens nothing.
    code = struct.pack("<HBBI", 6, 0, 0, 0x7FFF_0000)
    buffer = ctypes.create_string_buffer(code)
    program = struct.pack("<HxxxxxxQ", 1, ctypes.addressof(buffer))
    if LIBC.prctl(22, 2, program) != 0:
        raise Contained("not installed")
    return call("unshare", 0x1000_0000)


@attempt("more-by-landlock")
def more_by_landlock():
    # A second layer can only take away.
    ruleset = LIBC.syscall(444, struct.pack("<Q", 1 << 8), 8, 0)
    if ruleset < 0:
        raise Contained("no Landlock here")
    root = os.open("/", os.O_RDONLY)
    LIBC.syscall(445, ruleset, 1, struct.pack("<Qi", 1 << 8, root), 0)
    LIBC.syscall(446, ruleset, 0)
    return write("/etc/planted", "x")


@attempt("personality")
def personality():
    return any_of([lambda: call("personality", 0x004_0000), lambda: call("personality", 8)])


@attempt("scheduling-priority")
def scheduling_priority():
    def real_time():
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        return "runs before everybody"

    return any_of([lambda: os.setpriority(os.PRIO_PROCESS, 0, -20) or "raised", real_time])


@attempt("disk-priority")
def disk_priority():
    return call("ioprio_set", 1, 0, 1 << 13)


@attempt("raise-limits")
def raise_limits():
    import resource

    def lift(limit):
        _, hard = resource.getrlimit(limit)
        resource.setrlimit(limit, (hard + 1, hard + 1))
        return f"raised {limit}"

    limits = (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC, resource.RLIMIT_MEMLOCK)
    return any_of([lambda limit=limit: lift(limit) for limit in limits])


@attempt("survive-out-of-memory")
def survive_out_of_memory():
    return any_of([lambda: write("/proc/self/oom_score_adj", "-1000"), lambda: write("/proc/1/oom_score_adj", "1000")])


@attempt("core-dump")
def core_dump():
    import resource

    for limit in (resource.RLIM_INFINITY, 0):
        try:
            resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))
        except (OSError, ValueError):
            continue
    if resource.getrlimit(resource.RLIMIT_CORE) != (1, 1):
        return f"the limit became {resource.getrlimit(resource.RLIMIT_CORE)}"
    os.chdir("/tmp")
    child = os.fork()
    if child == 0:
        os.abort()
    status = os.waitpid(child, 0)[1]
    if os.WCOREDUMP(status):
        return "the kernel wrote the memory out"
    raise Contained("the memory stayed in memory")


@attempt("neighbours-shared-memory")
def neighbours_shared_memory():
    if LIBC.shmget(0x5EC2E7, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), "shmget")
    return "found the segment"


@attempt("neighbours-message-queue")
def neighbours_message_queue():
    if LIBC.mq_open(b"/queue-of-the-neighbour", 0) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return "opened the queue"


@attempt("host-name")
def host_name():
    return any_of([lambda: call("sethostname", b"mine", 4), lambda: call("setdomainname", b"mine", 4)])
