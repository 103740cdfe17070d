"""What a server could leave behind: processes, mounts, cgroups, network namespaces."""

import os
from pathlib import Path

PROC = Path("/proc")


def processes():
    """Every process as (pid, start time), by which it is known for good, with its parent."""
    found = {}
    for entry in PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            # The name in parentheses may contain anything, blanks and parentheses included.
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        state, parent, start = fields[0], int(fields[1]), int(fields[19])
        if state != "Z":
            found[(int(entry.name), start)] = parent
    return found


def tree_of(pid):
    """A process and everything below it."""
    everything = processes()
    pids = {pid}
    while True:
        more = {process for (process, _), parent in everything.items() if parent in pids}
        if more <= pids:
            return {key for key in everything if key[0] in pids}
        pids |= more


def mounts():
    """The mounts that the host sees."""
    return set((PROC / "self" / "mountinfo").read_text().splitlines())


def cgroups():
    """The cgroups of every sandbox on the machine, whoever's."""
    # Groups come and go while this looks; those that are gone are passed over.
    return {
        Path(parent) / name
        for parent, names, _ in os.walk("/sys/fs/cgroup")
        for name in names
        if name.startswith("invoked-")
    }


def network_namespaces():
    """The network namespaces that some process is in, and those that have a name."""
    found = set()
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                found.add(os.readlink(entry / "ns" / "net"))
            except OSError:
                continue
    named = Path("/run/netns")
    return found | ({str(path) for path in named.iterdir()} if named.is_dir() else set())


class Before:
    """What was there before a server was started."""

    def __init__(self):
        self.cgroups = cgroups()
        self.mounts = mounts()


class Snapshot:
    """What a server has made, so that its end can be checked. Other servers do not disturb it."""

    def __init__(self, pid, before):
        self.before = before
        self.tree = tree_of(pid)
        pids = {process for process, _ in self.tree}
        self.cgroups = {path for path in cgroups() - before.cgroups if _is_of(path, pids)}
        self.namespaces = {_net_of(process) for process in pids} - {_net_of(os.getpid()), None}

    def left(self, data_dir):
        """What of it is still there, in words."""
        alive = sorted(self.tree & processes().keys())
        words = [f"process {pid}" for pid, _ in alive]
        new_mounts = mounts() - self.before.mounts
        words += [f"mount {line}" for line in new_mounts if str(data_dir) in line or "invoked" in line]
        words += [f"cgroup {path}" for path in self.cgroups if path.exists()]
        words += [f"network namespace {name}" for name in self.namespaces & network_namespaces()]
        return words


def _is_of(cgroup, pids):
    """The name of a server's cgroup is `invoked-NAMESPACE-PID-START`."""
    return any(str(pid) in cgroup.name.split("-") for pid in pids)


def _net_of(pid):
    try:
        return os.readlink(PROC / str(pid) / "ns" / "net")
    except OSError:
        return None
