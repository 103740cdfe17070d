# --- exhaustion: each runs in a sandbox of its own while a neighbour is timed ---------------------------------------


def until_refused(make, most):
    """Makes things until the kernel refuses; how many there were."""
    made = []
    try:
        while len(made) < most:
            made.append(make())
    except (OSError, RuntimeError, MemoryError) as error:
        raise Contained(f"refused after {len(made)}: {error}") from None
    return f"made {len(made)}"


@attempt("fork-bomb")
def fork_bomb():
    until = time.monotonic() + 1
    refused = 0
    while time.monotonic() < until:
        try:
            if os.fork() == 0:
                os.closerange(3, 256)
                signal.alarm(2)
                continue
        except OSError:
            refused += 1
    if os.getppid() != FRAME:
        signal.pause()
    alive = len([name for name in os.listdir("/proc") if name.isdigit()])
    if refused and alive <= int(os.environ["PROCESSES_MAX"]) + 2:
        raise Contained(f"{alive} processes at most")
    return f"{alive} processes, {refused} refusals"


@attempt("thread-bomb")
def thread_bomb():
    import threading

    def start():
        threading.Thread(target=signal.pause, daemon=True).start()

    return until_refused(start, 2000)


@attempt("memory-bomb")
def memory_bomb():
    kept = []
    while sum(map(len, kept)) < 1 << 30:
        kept.append(bytearray(b"x" * (8 << 20)))
    return "a gibibyte"


@attempt("memory-file-bomb")
def memory_file_bomb():
    # Memory that no process has mapped, and that outlives processes.
    files = []
    while len(files) < 128:
        files.append(os.memfd_create("bomb"))
        os.write(files[-1], bytes(8 << 20))
    return "a gibibyte"


@attempt("shared-memory-bomb")
def shared_memory_bomb():
    LIBC.shmat.restype = ctypes.c_void_p
    for _ in range(128):
        segment = LIBC.shmget(0, 8 << 20, 0o1600)
        if segment < 0:
            raise Contained("refused")
        ctypes.memset(LIBC.shmat(segment, 0, 0), 1, 8 << 20)
    return "a gibibyte"


@attempt("disk-bomb")
def disk_bomb():
    written = 0
    try:
        with open("/tmp/bomb", "wb", buffering=0) as file:
            while written < 1 << 30:
                written += file.write(bytes(1 << 20))
    except OSError as error:
        raise Contained(f"refused after {written >> 20} MiB: {error}") from None
    return f"wrote {written}"


@attempt("inode-bomb")
def inode_bomb():
    number = iter(range(10_000_000))
    return until_refused(lambda: os.close(os.open(f"/tmp/{next(number)}", os.O_CREAT | os.O_WRONLY)), 1_000_000)


@attempt("directory-bomb")
def directory_bomb():
    number = iter(range(10_000_000))

    def deeper():
        chain, depth = divmod(next(number), 500)
        if depth == 0:
            os.chdir("/tmp")
        os.mkdir(f"d{chain}")
        os.chdir(f"d{chain}")

    return until_refused(deeper, 1_000_000)


@attempt("descriptor-bomb")
def descriptor_bomb():
    return until_refused(lambda: os.open("/dev/null", os.O_RDONLY), 100_000)


@attempt("pipe-bomb")
def pipe_bomb():
    import fcntl

    def widen():
        _, writer = os.pipe()
        fcntl.fcntl(writer, 1031, 1 << 20)
        os.write(writer, bytes(1 << 20))

    return until_refused(widen, 100_000)


@attempt("connection-bomb")
def connection_bomb():
    host, port = os.environ["LISTENER"].split(":")
    return until_refused(lambda: socket.create_connection((host, int(port)), timeout=1), 100_000)


@attempt("timer-bomb")
def timer_bomb():
    def make():
        number = ctypes.c_int()
        if LIBC.timer_create(1, 0, ctypes.byref(number)) < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    return until_refused(make, 2_000_000)


@attempt("signal-bomb")
def signal_bomb():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGRTMIN])

    def queue():
        if LIBC.sigqueue(os.getpid(), int(signal.SIGRTMIN), 0) < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    return until_refused(queue, 2_000_000)


@attempt("processor-bomb")
def processor_bomb():
    for _ in range(8):
        if os.fork() == 0:
            until = time.monotonic() + 2
            while time.monotonic() < until:
                pass
            os._exit(0)
    for _ in range(8):
        os.wait()
    raise Contained("a neighbour was timed meanwhile")


@attempt("output-bomb")
def output_bomb():
    # Nobody reads for the moment: the pipe fills, and writing waits.
    os.set_blocking(1, False)
    written = 0
    try:
        while written < 1 << 30:
            written += os.write(1, b"\n" * 65536)
    except BlockingIOError:
        os.set_blocking(1, True)
        raise Contained(f"blocked after {written}") from None
    return f"wrote {written}"


# --- outliving: what is left of these is looked for on the host -----------------------------------------------------


def leave_behind(prepare):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(3, 256)
            prepare()
            while True:
                time.sleep(1000)
        os._exit(0)
    os.wait()
    raise Contained("left one behind")


@attempt("daemon")
def daemon():
    leave_behind(lambda: None)


@attempt("deaf-process")
def deaf_process():
    def deafen():
        for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_IGN)
        prctl(1, 0, 0, 0, 0)

    leave_behind(deafen)


@attempt("stopped-process")
def stopped_process():
    leave_behind(lambda: os.kill(os.getpid(), signal.SIGSTOP))


@attempt("adopting-process")
def adopting_process():
    # A subreaper takes orphans before init can.
    prctl(36, 1, 0, 0, 0)
    leave_behind(lambda: prctl(36, 1, 0, 0, 0))
