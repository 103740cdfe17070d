//! How much memory this host has for execution environments.

use std::path::{Path, PathBuf};

/// What is assumed where nothing can be read.
const MEMORY_BYTES_DEFAULT: u64 = 4 << 30;

/// What environments get unless the operator says otherwise, in bytes: nine tenths of what this process may use at
/// most, be it the host's memory or the limit of a control group that it is in.
pub(crate) fn for_environments() -> u64 {
    let read = |path: &Path| std::fs::read_to_string(path).ok();
    let groups = read(Path::new("/proc/self/cgroup")).unwrap_or_default();
    let limits = limit_files(&groups)
        .into_iter()
        .filter_map(|path| read(&path)?.trim().parse().ok());
    let host = read(Path::new("/proc/meminfo")).and_then(|text| total(&text));
    let least = limits.chain(host).min();
    least.unwrap_or(MEMORY_BYTES_DEFAULT) / 10 * 9
}

/// Where the limits of the process's groups stand, if there are any; `/proc/self/cgroup` names the groups.
fn limit_files(groups: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for line in groups.lines() {
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(group)) = (fields.next(), fields.next()) else {
            continue;
        };
        let (root, file) = match controllers {
            "" => ("/sys/fs/cgroup", "memory.max"),
            "memory" => ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
            _ => continue,
        };
        // A limit holds for everything below its group.
        let above = Path::new(group.trim_start_matches('/')).ancestors();
        files.extend(above.map(|group| Path::new(root).join(group).join(file)));
    }
    files
}

/// The host's memory in bytes; `/proc/meminfo` has it in KiB.
fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_of_every_group_above_count() {
        let groups = "4:memory:/docker/x\n2:cpu,cpuacct:/docker/x\n0::/user.slice/a.scope\n";

        let files: Vec<String> = limit_files(groups)
            .iter()
            .map(|file| file.display().to_string())
            .collect();

        assert_eq!(
            files,
            [
                "/sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes",
                "/sys/fs/cgroup/memory/docker/memory.limit_in_bytes",
                "/sys/fs/cgroup/memory/memory.limit_in_bytes",
                "/sys/fs/cgroup/user.slice/a.scope/memory.max",
                "/sys/fs/cgroup/user.slice/memory.max",
                "/sys/fs/cgroup/memory.max",
            ]
        );
    }

    #[test]
    fn the_host_says_how_much_it_has() {
        let text = "MemTotal:       24630816 kB\nMemFree:  1 kB\n";

        assert_eq!(total(text), Some(24_630_816 << 10));
        assert_eq!(total("MemFree: 1 kB\n"), None);
        assert!(for_environments() > 0);
    }
}
