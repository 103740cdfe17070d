//! Who is whose child, read from `/proc`.

use std::fs;
use std::path::Path;

/// A process as `/proc/PID/stat` tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) pid: i32,
    pub(crate) parent: i32,
    /// In clock ticks since boot; with the number it names one process for good.
    pub(crate) started: u64,
}

/// Reads one process; `None` when it does not exist.
pub(crate) fn process(proc: &Path, pid: i32) -> Option<Process> {
    let stat = fs::read_to_string(proc.join(pid.to_string()).join("stat")).ok()?;
    parse_stat(&stat)
}

/// The second field is the program's own choice of name and may contain anything, so we count from its end.
fn parse_stat(stat: &str) -> Option<Process> {
    let pid = stat.split(' ').next()?.parse().ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    // proc(5) counts from 1: the rest begins with field 3, ppid is 4 and starttime 22.
    let mut fields = rest.split_ascii_whitespace().skip(1);
    Some(Process {
        pid,
        parent: fields.next()?.parse().ok()?,
        started: fields.nth(17)?.parse().ok()?,
    })
}

/// All processes now.
fn all() -> Vec<Process> {
    let proc = Path::new("/proc");
    fs::read_dir(proc)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|pid| process(proc, pid))
        .collect()
}

/// The direct children of `pid`.
pub(crate) fn children(pid: i32) -> Vec<i32> {
    all()
        .into_iter()
        .filter(|process| process.parent == pid)
        .map(|process| process.pid)
        .collect()
}

/// All processes below `pid`, nearest first.
pub(crate) fn descendants(pid: i32) -> Vec<i32> {
    let all = all();
    let mut found = vec![pid];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        found.extend(
            all.iter()
                .filter(|process| process.parent == parent && !found.contains(&process.pid))
                .map(|process| process.pid)
                .collect::<Vec<_>>(),
        );
        next += 1;
    }
    found.remove(0);
    found
}

/// The sum of what every process below `pid` has had resident at most, in bytes.
///
/// Looks at these processes alone, not at all of the host. One that is born or ends meanwhile may be missed.
pub(crate) fn resident_peak_bytes_below(pid: i32) -> u64 {
    let Some(mut below) = listed_children(pid) else {
        let below = descendants(pid).into_iter();
        return below.map(resident_peak_bytes).sum();
    };
    let mut sum = 0;
    while let Some(pid) = below.pop() {
        sum += resident_peak_bytes(pid);
        below.extend(listed_children(pid).unwrap_or_default());
    }
    sum
}

/// The children of `pid` by the kernel's own lists; `None` where it keeps none or `pid` is gone.
///
/// docs: proc(5), `/proc/PID/task/TID/children`.
fn listed_children(pid: i32) -> Option<Vec<i32>> {
    let mut children = Vec::new();
    for thread in fs::read_dir(format!("/proc/{pid}/task")).ok()?.flatten() {
        let list = fs::read_to_string(thread.path().join("children")).ok()?;
        let pids = list.split_ascii_whitespace();
        children.extend(pids.filter_map(|pid| pid.parse::<i32>().ok()));
    }
    Some(children)
}

/// The most memory process `pid` has had resident, in bytes; 0 when it is gone.
pub(crate) fn resident_peak_bytes(pid: i32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|size| size.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok())
        .unwrap_or(0)
        * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_full_of_parentheses_does_not_shift_the_fields() {
        let stat = "7 (a) b 9 (c) S 3 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4711 0 0";

        let expected = Process {
            pid: 7,
            parent: 3,
            started: 4711,
        };
        assert_eq!(parse_stat(stat), Some(expected));
    }

    #[test]
    fn we_are_a_child_of_our_parent() {
        let parent = i32::try_from(std::os::unix::process::parent_id()).unwrap();
        let own = i32::try_from(std::process::id()).unwrap();

        assert!(children(parent).contains(&own));
        assert!(descendants(parent).contains(&own));
        assert!(resident_peak_bytes(own) > 0);
        assert!(resident_peak_bytes_below(parent) >= resident_peak_bytes(own));
    }
}
