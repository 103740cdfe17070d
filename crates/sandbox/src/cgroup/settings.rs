//! What is written into the files of a group.

use super::{Controllers, Version};
use crate::Limits;

/// File, content, and whether a kernel without it cannot enforce the limit.
pub(super) fn settings(
    version: Version,
    controllers: Controllers,
    limits: &Limits,
) -> Vec<(&'static str, String, bool)> {
    let memory = limits.memory_bytes.to_string();
    // Init and the nursery above it are members too.
    let pids = limits.pids_max.saturating_add(2).to_string();
    let mut settings = Vec::new();
    if controllers.memory {
        match version {
            // Memory and swap together. The file is missing where the kernel does not account for swap.
            Version::One => settings.extend([
                ("memory.limit_in_bytes", memory.clone(), true),
                ("memory.memsw.limit_in_bytes", memory, false),
            ]),
            Version::Two => settings.extend([
                ("memory.max", memory, true),
                ("memory.swap.max", "0".to_owned(), false),
                ("memory.oom.group", "1".to_owned(), false),
            ]),
        }
    }
    if controllers.pids {
        settings.push(("pids.max", pids, true));
    }
    if let (true, Some(millis)) = (controllers.cpu, limits.cpu_millis) {
        settings.push(match version {
            // cgroup-v1/sched: 1024 shares are one default group; 2 is the least.
            Version::One => {
                let shares = u64::from(millis) * 1024 / 1000;
                ("cpu.shares", shares.max(2).to_string(), false)
            }
            // cgroup-v2: 100 is the default weight, 1 to 10000 are allowed.
            Version::Two => {
                let weight = u64::from(millis) / 10;
                ("cpu.weight", weight.clamp(1, 10_000).to_string(), false)
            }
        });
    }
    settings
}

/// What all sandboxes together weigh beside the host's other processes: as much as two of those on every processor.
///
/// With the kernel's default they would weigh as much as a single one, and wait for the server that waits for them.
pub(super) fn weight_of_all(version: Version, processors: usize) -> (&'static str, String) {
    const OTHERS: usize = 2;
    match version {
        Version::One => (
            "cpu.shares",
            (1024 * OTHERS * processors).min(262_144).to_string(),
        ),
        Version::Two => (
            "cpu.weight",
            (100 * OTHERS * processors).min(10_000).to_string(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_and_processes_are_bounded_in_each_versions_files() {
        let limits = Limits {
            memory_bytes: 134_217_728,
            tmp_bytes: 1,
            pids_max: 1_024,
            open_files_max: 1,
            cpu_millis: None,
        };
        let both = Controllers {
            memory: true,
            pids: true,
            ..Controllers::default()
        };
        let required = |version| {
            let settings = settings(version, both, &limits);
            let required = settings.into_iter().filter(|(.., required)| *required);
            required
                .map(|(file, value, _)| (file, value))
                .collect::<Vec<_>>()
        };

        let (memory, pids) = ("134217728".to_owned(), "1026".to_owned());
        assert_eq!(
            required(Version::One),
            [
                ("memory.limit_in_bytes", memory.clone()),
                ("pids.max", pids.clone())
            ]
        );
        assert_eq!(
            required(Version::Two),
            [("memory.max", memory), ("pids.max", pids)]
        );
    }

    #[test]
    fn a_processor_share_is_said_in_each_versions_unit() {
        let limits = Limits {
            memory_bytes: 1,
            tmp_bytes: 1,
            pids_max: 1,
            open_files_max: 1,
            cpu_millis: Some(500),
        };
        let cpu = Controllers {
            cpu: true,
            ..Controllers::default()
        };

        let one = settings(Version::One, cpu, &limits);
        let two = settings(Version::Two, cpu, &limits);

        assert_eq!(one, [("cpu.shares", "512".to_owned(), false)]);
        assert_eq!(two, [("cpu.weight", "50".to_owned(), false)]);
    }

    #[test]
    fn all_sandboxes_weigh_as_much_as_two_processes_on_every_processor() {
        let shares = |processors| weight_of_all(Version::One, processors).1;
        let weight = |processors| weight_of_all(Version::Two, processors).1;

        assert_eq!((shares(2), weight(2)), ("4096".into(), "400".into()));
        assert_eq!(
            (shares(512), weight(512)),
            ("262144".into(), "10000".into())
        );
    }
}
