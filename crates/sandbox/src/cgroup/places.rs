//! Where hierarchies are mounted, and which of their groups we are in.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Controllers, Version};

/// One mounted hierarchy and our place in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) version: Version,
    pub(super) controllers: Controllers,
    /// Where the hierarchy is mounted.
    pub(super) top: PathBuf,
    /// The directory of the group we are in.
    pub(super) own: PathBuf,
}

/// The hierarchies mounted here and our groups in them.
pub(super) fn places() -> Vec<Place> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    parse_places(&mounts, &groups)
}

fn parse_places(mounts: &str, groups: &str) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for place in mounts.lines().filter_map(|line| parse_mount(line, groups)) {
        let is_known = places
            .iter()
            .any(|known| known.version == place.version && known.controllers == place.controllers);
        if !is_known {
            places.push(place);
        }
    }
    places
}

/// One line of `mountinfo`, as proc(5) describes it, if it is a hierarchy we can use.
fn parse_mount(line: &str, groups: &str) -> Option<Place> {
    let (before, after) = line.split_once(" - ")?;
    let mut fields = before.split(' ').skip(3);
    let (root, top) = (fields.next()?, fields.next()?);
    let mut fields = after.split(' ');
    let (kind, options) = (fields.next()?, fields.nth(1)?);
    let version = match kind {
        "cgroup" => Version::One,
        "cgroup2" => Version::Two,
        _ => return None,
    };
    let controllers = match version {
        Version::One => Controllers::parse(options.split(',')),
        Version::Two => Controllers::default(),
    };
    if version == Version::One && !controllers.any() {
        return None;
    }
    let group = groups.lines().find_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (names, path) = (parts.next()?, parts.next()?);
        let is_ours = match version {
            Version::One => Controllers::parse(names.split(',')) == controllers,
            Version::Two => names.is_empty(),
        };
        is_ours.then_some(path)
    })?;
    // A container sees only a part of the hierarchy, and "/" where its own group is that part's root.
    let below = Path::new(group).strip_prefix(root).unwrap_or(Path::new(""));
    Some(Place {
        version,
        controllers,
        top: top.into(),
        own: Path::new(top).join(below),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HYBRID: &str = "\
32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu,cpuacct
34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset
35 31 0:32 /pod /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw";

    #[test]
    fn each_controller_is_found_where_it_is_mounted() {
        let groups = "4:memory:/pod/one\n3:cpuset:/\n1:cpu,cpuacct:/two\n0::/";

        let found: Vec<(Version, PathBuf)> = parse_places(HYBRID, groups)
            .into_iter()
            .map(|place| (place.version, place.own))
            .collect();

        assert_eq!(
            found,
            [
                (Version::One, "/sys/fs/cgroup/cpu/two".into()),
                (Version::One, "/sys/fs/cgroup/memory/one".into()),
                (Version::Two, "/sys/fs/cgroup/unified".into()),
            ]
        );
    }
}
