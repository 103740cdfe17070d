# --- the kernel and the machine ------------------------------------------------------------------------------------


@attempt("bpf")
def bpf():
    return call("bpf", 0, bytes(128), 128)


@attempt("perf-events")
def perf_events():
    return call("perf_event_open", struct.pack("<IIQ", 1, 112, 0) + bytes(96), 0, -1, -1, 0)


@attempt("userfaultfd")
def userfaultfd():
    return any_of([lambda: call("userfaultfd", 0), lambda: call("userfaultfd", 1), lambda: read("/dev/userfaultfd")])


@attempt("io-uring")
def io_uring():
    return call("io_uring_setup", 8, bytes(120))


@attempt("fanotify")
def fanotify():
    return call("fanotify_init", 0, 0)


@attempt("keyrings")
def keyrings():
    return any_of(
        [
            lambda: call("keyctl", 0, -3, 0),
            lambda: call("keyctl", 1, b"mine"),
            lambda: call("add_key", b"user", b"name", b"value", 5, -3),
            lambda: call("request_key", b"user", b"name", 0, -3),
        ]
    )


@attempt("load-a-module")
def load_a_module():
    return any_of(
        [
            lambda: call("init_module", b"", 0, b""),
            lambda: call("finit_module", 0, b"", 0),
            lambda: call("delete_module", b"none", 0),
        ]
    )


@attempt("kexec")
def kexec():
    return any_of([lambda: call("kexec_load", 0, 0, 0, 0), lambda: call("kexec_file_load", 0, 0, 0, b"", 0)])


@attempt("reboot")
def reboot():
    # "Let Ctrl-Alt-Del send a signal": the mildest command there is.
    return call("reboot", 0xFEE1DEAD, 672274793, 0, 0)


@attempt("set-the-clock")
def set_the_clock():
    now = struct.pack("<qq", int(time.time()), 0)
    return any_of([lambda: call("settimeofday", now, 0), lambda: call("clock_settime", 0, now)])


@attempt("tune-the-clock")
def tune_the_clock():
    change = struct.pack("<I", 0x4000) + bytes(204)
    return any_of([lambda: call("adjtimex", change), lambda: call("clock_adjtime", 0, change)])


@attempt("swap")
def swap():
    return any_of([lambda: call("swapon", b"/tmp/none", 0), lambda: call("swapoff", b"/tmp/none")])


@attempt("process-accounting")
def process_accounting():
    return call("acct", b"/tmp/none")


@attempt("quotas")
def quotas():
    return call("quotactl", 0x80000700, 0, 0, bytes(128))


@attempt("hardware-ports")
def hardware_ports():
    return any_of([lambda: call("iopl", 3), lambda: call("ioperm", 0x80, 1, 1), lambda: read("/dev/port")])


@attempt("segment-descriptors")
def segment_descriptors():
    return call("modify_ldt", 0, bytes(16), 16)


@attempt("place-memory")
def place_memory():
    return any_of([lambda: call("mbind", 0, 4096, 0, 0, 0, 0), lambda: call("move_pages", 1, 0, 0, 0, 0, 0)])


@attempt("old-calls")
def old_calls():
    return any_of([lambda: call("lookup_dcookie", 0, bytes(16), 16), lambda: call("vhangup")])


@attempt("unknown-calls")
def unknown_calls():
    return any_of([lambda number=number: call(number, 0, 0, 0) for number in (467, 468, 469, 470, 471, 500, 1000, 5000)])


@attempt("second-calling-convention")
def second_calling_convention():
    if not IS_X86:
        raise Contained("this architecture has none")
    return any_of([lambda number=number: call(0x4000_0000 + number, 0) for number in (39, 272, 520)])


@attempt("calls-of-32-bit")
def calls_of_32_bit():
    if not IS_X86:
        raise Contained("this architecture has none")
    # mov eax, 20 (getpid); int 0x80; ret
    return machine_code(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")


def machine_code(code):
    import mmap

    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(code)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    return f"the kernel answered {ctypes.CFUNCTYPE(ctypes.c_int)(address)()}"


@attempt("type-into-a-terminal")
def type_into_a_terminal():
    import fcntl

    def type_on(number):
        fcntl.ioctl(number, 0x5412, b"x")
        return "typed"

    def own_terminal():
        master, slave = os.openpty()
        return type_on(slave)

    return any_of([lambda: type_on(0), lambda: type_on(1), lambda: type_on(2), own_terminal])


@attempt("change-the-process-image")
def change_the_process_image():
    return any_of([lambda: prctl(35, 1, 0x1000, 0, 0), lambda: prctl(35, 13, 0, 0, 0)])


@attempt("memory-locks")
def memory_locks():
    if LIBC.mlockall(3) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return "keeps its memory resident"
