"""Forks this interpreter, before it knows a function, into sandboxes: forks share what they have in memory.

Nothing is decided here. A fork is sent the system calls that take it into its sandbox and take its
rights away, one in a line: its number, an error that is as good as success, and its arguments: n, a
number; d, the descriptor with that number in the message; b, where these bytes are; p, where the
length and the place of a filter program are; u, one call for each number below that one.
"""

import os
import select
import sys

import _ctypes
import _signal
import _socket

LINE = 0
DESCRIPTORS_MAX = 16
MESSAGE_BYTES_MAX = 65536
PROGRAM_BYTES_MAX = 32768
MADV_POPULATE_WRITE = 23
PATIENCE_MS = 50


class Long(_ctypes._SimpleCData):
    _type_ = "l"


class Byte(_ctypes._SimpleCData):
    _type_ = "c"


class SystemCall(_ctypes.CFuncPtr):
    _flags_ = _ctypes.FUNCFLAG_CDECL | _ctypes.FUNCFLAG_USE_ERRNO
    _restype_ = Long


Buffer = Byte * PROGRAM_BYTES_MAX
PROGRAMS = []

def call_of_library(name):
    return SystemCall(_ctypes.dlsym(_ctypes.dlopen(None, 0), name))


system_call = call_of_library("syscall")
advise = call_of_library("madvise")


def serve():
    """Returns in every fork that has arrived in its sandbox, and never in this process."""
    fork_on_request(LINE)
    if not is_told_soon():
        own_memory()
    forget()


def fork_on_request(number):
    """Says on the line with this number that it is ready. Returns in every fork that has arrived."""
    line = _socket.socket(fileno=number)
    # Nobody asks how a fork ended that is on its way.
    _signal.signal(_signal.SIGCHLD, _signal.SIG_IGN)
    freeze_objects()
    line.send(b"r")
    while True:
        message, descriptors = receive(line)
        if not message:
            os._exit(0)
        if os.fork() == 0:
            line.close()
            if number == LINE:
                # What is received on the way must not get the number of the standard input.
                os.open("/dev/null", os.O_RDWR)
            return travel(descriptors)
        close(descriptors)


def freeze_objects():
    """Has the garbage collector leave what all forks share alone."""
    import gc

    gc.collect()
    gc.freeze()


def receive(socket):
    room = _socket.CMSG_SPACE(4 * DESCRIPTORS_MAX)
    message, attached, _, _ = socket.recvmsg(MESSAGE_BYTES_MAX, room)
    descriptors = []
    for _, _, data in attached:
        for start in range(0, len(data) - 3, 4):
            descriptors.append(int.from_bytes(data[start : start + 4], sys.byteorder))
    return message, descriptors


def close(descriptors):
    for descriptor in descriptors:
        os.close(descriptor)


def travel(descriptors):
    """Waits in the control groups of a sandbox for the way into it, and goes there."""
    _signal.signal(_signal.SIGCHLD, _signal.SIG_DFL)
    orders, *groups = descriptors
    for group in groups:
        os.write(group, b"0")
    close(groups)
    line = _socket.socket(fileno=orders)
    message, descriptors = receive(line)
    line.close()
    if not message:
        # The sandbox has become something else.
        os._exit(0)
    status = descriptors[0]
    entrance, passage = message.decode().split("\n\n")
    entrance = entrance.split("\n")
    passage = passage.rstrip("\n").split("\n")
    make(entrance, 0, descriptors)
    # Only a child is in the process namespace, and only a child of a child belongs to its process 1.
    child = os.fork()
    if child:
        close(descriptors)
        os.waitpid(child, 0)
        os._exit(0)
    child = os.fork()
    if child:
        os.write(status, b"pid %d\n" % child)
        os._exit(0)
    make(passage, len(entrance), descriptors)
    os.write(status, b"done\n")
    close(descriptors)


def make(calls, first, descriptors):
    for index, call in enumerate(calls, first):
        number, tolerated, *words = call.split(" ")
        arguments = [argument(word, descriptors) for word in words]
        for last in each(words):
            if last is not None:
                arguments[-1] = Long(last)
            result = system_call(Long(int(number)), *arguments)
            if result == -1 and _ctypes.get_errno() != int(tolerated):
                os.write(descriptors[0], b"failed %d %d\n" % (index, _ctypes.get_errno()))
                os._exit(127)


def each(words):
    """The last arguments of a call that is made once for each; None where there is one call."""
    if words and words[-1][0] == "u":
        return range(int(words[-1][1:]))
    return (None,)


def argument(word, descriptors):
    kind, value = word[0], word[1:]
    if kind == "n":
        return Long(int(value))
    if kind == "d":
        return Long(descriptors[int(value)])
    if kind == "b":
        return bytes.fromhex(value)
    if kind == "p":
        return program(bytes.fromhex(value))
    return None


def program(instructions):
    """How many instructions of eight bytes there are, and where."""
    held = Buffer.from_buffer_copy(instructions.ljust(PROGRAM_BYTES_MAX))
    PROGRAMS.append(held)
    length = (len(instructions) // 8).to_bytes(2, sys.byteorder)
    return length + bytes(6) + _ctypes.addressof(held).to_bytes(8, sys.byteorder)


def is_told_soon():
    """Whether this fork was made for a function that waits for it."""
    told = select.poll()
    told.register(LINE, select.POLLIN)
    return bool(told.poll(PATIENCE_MS))


def own_memory():
    """Makes copies of what is shared, while there is time: whoever has to wait later waits less."""
    with open("/proc/self/maps") as maps:
        for area in maps:
            addresses, access = area.split(" ")[:2]
            if access == "rw-p":
                start, end = [int(address, 16) for address in addresses.split("-")]
                # A kernel before 5.14 cannot.
                advise(Long(start), Long(end - start), MADV_POPULATE_WRITE)


def forget():
    """Leaves no module that the function's own files could not replace."""
    for name in ("_ctypes", "select", __name__):
        sys.modules.pop(name, None)
