"""Copies this interpreter, after it has run a function's code, into sandboxes: a snapshot of the function.

A copy shares all that is in memory, and nothing that a process can have in common with another one:
connections are over, as they are after a restore on Lambda, and `/tmp` is a copy.
"""

import fcntl
import os
import select
import sys

import _invoked_mould as mould
from _socket import socketpair

LINE = 100
EPOLL_CTL_ADD = 1
CHUNK = 1 << 20
# sys/stat.h
KIND, REGULAR, DIRECTORY_KIND, LINK = 0o170000, 0o100000, 0o040000, 0o120000
DIRECTORY = os.O_RDONLY | os.O_DIRECTORY


def can_be_copied():
    """Whether everything of this process would be in its copies: other threads would not."""
    return len(os.listdir("/proc/self/task")) == 1


def serve():
    """Returns in every copy that has arrived in its sandbox, and never in this process."""
    files = os.open("/tmp", DIRECTORY)
    loops = event_loops()
    # As they are called here; in a copy these names would mean nothing.
    kinds = descriptors(but=files)
    mould.fork_on_request(LINE)
    # Opened anew, because copies that share a descriptor share how far it has been read.
    source = os.open(".", DIRECTORY, dir_fd=files)
    os.close(files)
    copy_directory(source, os.open("/tmp", DIRECTORY))
    part(kinds)
    for loop in loops:
        renew(loop)


def copy_directory(source, target):
    """Copies what is in one directory into another one, and closes both."""
    with os.scandir(source) as entries:
        for entry in entries:
            status = entry.stat(follow_symlinks=False)
            kind, mode = status.st_mode & KIND, status.st_mode & 0o7777
            if kind == LINK:
                text = os.readlink(entry.name, dir_fd=source)
                os.symlink(text, entry.name, dir_fd=target)
            elif kind == DIRECTORY_KIND:
                os.mkdir(entry.name, 0o700, dir_fd=target)
                flags = DIRECTORY | os.O_NOFOLLOW
                inside = os.open(entry.name, flags, dir_fd=target)
                copy_directory(os.open(entry.name, flags, dir_fd=source), os.dup(inside))
                os.fchmod(inside, mode)
                os.close(inside)
            elif kind == REGULAR:
                copy_file(entry.name, mode, source, target)
    os.close(source)
    os.close(target)


def copy_file(name, mode, source, target):
    given = os.open(name, os.O_RDONLY, dir_fd=source)
    taken = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=target)
    while os.sendfile(taken, given, None, CHUNK):
        pass
    os.fchmod(taken, mode)
    os.close(given)
    os.close(taken)


def descriptors(but):
    """What the function has opened, by number."""
    kinds = {}
    for name in os.listdir("/proc/self/fd"):
        number = int(name)
        if number <= 2 or number in (but, LINE):
            continue
        try:
            kinds[number] = os.readlink("/proc/self/fd/" + name)
        except OSError:
            # The directory that was listed.
            pass
    return kinds


def part(kinds):
    """Gives this copy descriptors of its own where it shares them with the others."""
    pipes = {}
    for number, kind in kinds.items():
        if kind.startswith("/"):
            reopen(number, kind)
        elif kind.startswith("socket:"):
            replace(number, dead_connection())
        elif kind.startswith("pipe:"):
            pipes.setdefault(kind, []).append(number)
        elif kind == "anon_inode:[eventfd]":
            replace(number, os.eventfd(0))
    for numbers in pipes.values():
        replace_pipe(numbers)
    # What these watch has been replaced by now.
    for number, kind in kinds.items():
        if kind == "anon_inode:[eventpoll]":
            replace_poll(number)


def reopen(number, path):
    """Has a file be read and written from where it was, and by nobody else."""
    if os.fstat(number).st_mode & KIND not in (REGULAR, DIRECTORY_KIND):
        return
    flags = fcntl.fcntl(number, fcntl.F_GETFL) & ~(os.O_CREAT | os.O_EXCL | os.O_TRUNC)
    place = os.lseek(number, 0, os.SEEK_CUR)
    # One that has been removed is only known by its number.
    for name in (path, "/proc/self/fd/%d" % number):
        try:
            own = os.open(name, flags)
        except OSError:
            continue
        os.lseek(own, place, os.SEEK_SET)
        return replace(number, own)


def replace(number, by):
    os.dup2(by, number, os.get_inheritable(number))
    os.close(by)


def dead_connection():
    """A socket whose other side has hung up."""
    here, there = socketpair()
    there.close()
    return here.detach()


def replace_pipe(numbers):
    reader, writer = os.pipe()
    for number in numbers:
        flags = fcntl.fcntl(number, fcntl.F_GETFL)
        own = os.dup(writer if flags & os.O_ACCMODE else reader)
        replace(number, own)
        fcntl.fcntl(number, fcntl.F_SETFL, flags)
    os.close(reader)
    os.close(writer)


def replace_poll(number):
    """Has a new poll watch what this one watched."""
    with open("/proc/self/fdinfo/%d" % number) as facts:
        watched = [line.split() for line in facts if line.startswith("tfd:")]
    new = select.epoll()
    replace(number, os.dup(new.fileno()))
    new.close()
    watch = mould.call_of_library("epoll_ctl")
    for _, target, _, events, _, data, *_ in watched:
        event = int(events, 16).to_bytes(4, sys.byteorder)
        if os.uname().machine != "x86_64":
            event += bytes(4)
        event += int(data, 16).to_bytes(8, sys.byteorder)
        numbers = [mould.Long(value) for value in (number, EPOLL_CTL_ADD, int(target))]
        watch(*numbers, event)


def event_loops():
    """The loops of asyncio that there are."""
    if "asyncio" not in sys.modules:
        return []
    import gc
    from asyncio.selector_events import BaseSelectorEventLoop

    return [found for found in gc.get_objects() if issubclass(type(found), BaseSelectorEventLoop)]


def renew(loop):
    """A loop wakes itself through a connection, which is over."""
    if not loop.is_closed():
        loop._close_self_pipe()
        loop._make_self_pipe()
