"""Runs attempts to get out of a sandbox, each in a process of its own, and prints how each ended.

An attempt is a function that returns what it got hold of. One that raises was contained. The other files of this
directory are appended to this one and followed by `run_all()`.
"""

import ctypes
import errno
import os
import platform
import signal
import socket
import struct
import sys
import time

DESCRIPTORS_AT_START = os.listdir("/proc/self/fd")
FRAME = os.getpid()
ATTEMPTS = []
LIBC = ctypes.CDLL(None, use_errno=True)
IS_X86 = platform.machine() == "x86_64"

# What the test has laid out on the host: a readable file, a process, a listener, and a neighbouring sandbox.
HOST_FILE = os.environ.get("HOST_FILE", "")
HOST_PID = int(os.environ.get("HOST_PID", "0"))
HOST_PORT = int(os.environ.get("HOST_PORT", "0"))
HOST_SOCKET = os.environ.get("HOST_SOCKET", "")
NEIGHBOUR_CODE = os.environ.get("NEIGHBOUR_CODE", "")
NEIGHBOUR_PID = int(os.environ.get("NEIGHBOUR_PID", "0"))
SECRET = os.environ.get("SECRET_START", "") + os.environ.get("SECRET_END", "")

# Inside, processes are numbered anew, and a number of the host's may be one of ours by chance.
with open("/proc/1/comm") as _init:
    if _init.read() == "invoked-init\n":
        HOST_PID, NEIGHBOUR_PID = (pid if not os.path.exists(f"/proc/{pid}") else 4_000_000 for pid in (HOST_PID, NEIGHBOUR_PID))

# Numbers of system calls: x86-64 and the architectures that came later.
CALLS = {
    "add_key": (248, 217),
    "acct": (163, 89),
    "adjtimex": (159, 171),
    "bpf": (321, 280),
    "capset": (126, 91),
    "chroot": (161, 51),
    "clock_adjtime": (305, 266),
    "clock_settime": (227, 112),
    "clone": (56, 220),
    "clone3": (435, 435),
    "delete_module": (176, 106),
    "fanotify_init": (300, 262),
    "finit_module": (313, 273),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "init_module": (175, 105),
    "io_uring_setup": (425, 425),
    "ioperm": (173, None),
    "iopl": (172, None),
    "ioprio_set": (251, 30),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "lookup_dcookie": (212, 18),
    "mbind": (237, 235),
    "modify_ldt": (154, None),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "move_pages": (279, 239),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "pidfd_getfd": (438, 438),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "pivot_root": (155, 41),
    "process_madvise": (440, 440),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "seccomp": (317, 277),
    "setdomainname": (171, 162),
    "sethostname": (170, 161),
    "setns": (308, 268),
    "settimeofday": (164, 170),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
    "vhangup": (153, 58),
}


class Contained(Exception):
    """The attempt came to nothing, and this is what it came to."""


def attempt(name):
    def note(function):
        ATTEMPTS.append((name, function))
        return function

    return note


def call(name, *arguments):
    """Makes a system call; what it returns, or the kernel's refusal as an OSError."""
    number = CALLS[name][0 if IS_X86 else 1] if isinstance(name, str) else name
    if number is None:
        raise Contained("no such call on this architecture")
    result = LIBC.syscall(ctypes.c_long(number), *[wide(argument) for argument in arguments])
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return f"{name} returned {result}"


def wide(argument):
    return ctypes.c_long(argument) if isinstance(argument, int) else argument


def prctl(*arguments):
    if LIBC.prctl(*[ctypes.c_ulong(argument) for argument in arguments]) < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return f"prctl{arguments} succeeded"


def any_of(tries):
    """Makes every one of `tries`; what the first that worked got, or the last refusal."""
    last = None
    for one in tries:
        try:
            return one()
        except (OSError, Contained) as error:
            last = error
    raise last


def read(path):
    with open(path, "rb") as file:
        return f"read {file.read(64)!r} from {path}"


def write(path, text):
    with open(path, "w") as file:
        file.write(text)
    return f"wrote {text!r} to {path}"


def secret_in(content, where):
    if SECRET.encode() in content:
        return f"found the secret in {where}"
    raise Contained(f"no secret in {where}")


def in_a_child(function):
    """Makes one attempt in a process of its own; its verdict and how it came about."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        signal.alarm(10)
        try:
            verdict = f"ESCAPED\t{function()}"
        except (OSError, Contained, ValueError) as error:
            verdict = f"contained\t{error}"
        except BaseException as error:
            verdict = f"BROKEN\t{type(error).__name__}: {error}"
        os.write(writer, verdict[:2000].replace("\n", " ").encode())
        os._exit(0)
    os.close(writer)
    said = b""
    while True:
        part = os.read(reader, 4096)
        if not part:
            break
        said += part
    os.close(reader)
    status = os.waitpid(child, 0)[1]
    if said:
        return said.decode()
    if os.WIFSIGNALED(status):
        return f"contained\tkilled by signal {os.WTERMSIG(status)}"
    return f"BROKEN\tended with {status}"


def run_all():
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    chosen = sys.argv[1:]
    for name, function in ATTEMPTS:
        if not chosen or name in chosen:
            print(f"{name}\t{in_a_child(function)}", flush=True)
