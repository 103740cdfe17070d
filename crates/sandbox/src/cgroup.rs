//! Limits on whole process trees: control groups, versions 1 and 2, detected per controller.
//!
//! Below our own group (or, under version 2, the nearest group that hands its controllers down) there is one directory
//! per spawner, `invoked-NAMESPACE-PID-START`, and in it one group per sandbox. The name says whose it
//! is: a directory whose owner no longer exists is a leftover, and only such are removed.

mod places;
mod settings;

use std::fs;
use std::io;
use std::num::NonZero;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::Limits;
use crate::processes::{self, Process};
use crate::sys::fd::{make_directory_at, open_at, open_directory, remove_directory_at, write_at};
use crate::sys::process;
use places::{Place, places};
use settings::{settings, weight_of_all};

const PREFIX: &str = "invoked-";

/// Which of the two interfaces a hierarchy speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

/// What a hierarchy can limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Controllers {
    pub(crate) memory: bool,
    pub(crate) cpu: bool,
    pub(crate) pids: bool,
}

impl Controllers {
    fn parse<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut found = Self::default();
        for name in names {
            match name.trim() {
                "memory" => found.memory = true,
                "cpu" => found.cpu = true,
                "pids" => found.pids = true,
                _ => {}
            }
        }
        found
    }

    fn any(self) -> bool {
        self.memory || self.cpu || self.pids
    }

    fn union(self, other: Self) -> Self {
        Self {
            memory: self.memory || other.memory,
            cpu: self.cpu || other.cpu,
            pids: self.pids || other.pids,
        }
    }

    /// As `cgroup.subtree_control` wants to hear it.
    fn enable_text(self) -> String {
        [
            (self.memory, "+memory"),
            (self.cpu, "+cpu"),
            (self.pids, "+pids"),
        ]
        .iter()
        .filter_map(|(has, text)| has.then_some(*text))
        .collect::<Vec<_>>()
        .join(" ")
    }
}

/// One hierarchy with the directory that is ours.
#[derive(Debug)]
struct Hierarchy {
    version: Version,
    controllers: Controllers,
    /// The group that holds ours.
    base: OwnedFd,
    /// `invoked-…`
    ours: OwnedFd,
}

impl Hierarchy {
    fn has(&self, file: &str) -> bool {
        open_at(Some(self.ours.as_fd()), Path::new(file), libc::O_WRONLY).is_ok()
    }
}

/// Everything this host lets us limit with.
#[derive(Debug)]
pub(crate) struct Hierarchies {
    name: String,
    list: Vec<Hierarchy>,
}

impl Hierarchies {
    /// Finds what we may use, removes what dead spawners left, and makes our directories. Hierarchies we may not write
    /// are left out.
    pub(crate) fn prepare() -> Self {
        let name = owner_name();
        let list = places()
            .into_iter()
            .filter_map(|place| open(&place, &name).ok())
            .collect();
        Self { name, list }
    }

    /// What can be limited here.
    pub(crate) fn controllers(&self) -> Controllers {
        self.list
            .iter()
            .map(|hierarchy| hierarchy.controllers)
            .fold(Controllers::default(), Controllers::union)
    }

    /// Whether swap counts towards the limit on memory.
    pub(crate) fn limits_swap(&self) -> bool {
        self.list.iter().any(|hierarchy| {
            let file = match hierarchy.version {
                Version::One => "memory.memsw.limit_in_bytes",
                Version::Two => "memory.swap.max",
            };
            hierarchy.has(file)
        })
    }

    /// Whether groups can be frozen without their members noticing.
    pub(crate) fn freezes(&self) -> bool {
        self.list
            .iter()
            .any(|hierarchy| hierarchy.version == Version::Two && hierarchy.has("cgroup.freeze"))
    }

    /// Makes one group in every hierarchy, without limits.
    pub(crate) fn create(&self, number: u64) -> io::Result<Group> {
        let mut group = Group {
            name: number.to_string(),
            directories: Vec::new(),
        };
        for hierarchy in &self.list {
            let made = make(hierarchy, &group.name);
            match made {
                Ok(directory) => group.directories.push(directory),
                Err(error) => {
                    remove_directory_at(hierarchy.ours.as_fd(), &group.name).unwrap_or_default();
                    // Nothing was ever in it, so it goes at once.
                    self.remove(&group).unwrap_or_default();
                    return Err(error);
                }
            }
        }
        Ok(group)
    }

    /// Removes an empty group. Fails while a process of it is not entirely gone; to be tried again then.
    pub(crate) fn remove(&self, group: &Group) -> io::Result<()> {
        for hierarchy in &self.list {
            match remove_directory_at(hierarchy.ours.as_fd(), &group.name) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }
}

impl Drop for Hierarchies {
    fn drop(&mut self) {
        for hierarchy in &self.list {
            // It fails when a process hangs in a group; the next start tries again.
            remove_directory_at(hierarchy.base.as_fd(), &self.name).unwrap_or_default();
        }
    }
}

/// The groups of one sandbox.
#[derive(Debug)]
pub(crate) struct Group {
    name: String,
    directories: Vec<Directory>,
}

#[derive(Debug)]
struct Directory {
    version: Version,
    controllers: Controllers,
    fd: OwnedFd,
}

impl Group {
    /// The version 2 directory, which a process can be born into.
    pub(crate) fn birthplace(&self) -> Option<BorrowedFd<'_>> {
        self.directories
            .iter()
            .find(|directory| directory.version == Version::Two)
            .map(|directory| directory.fd.as_fd())
    }

    /// Puts this process into the groups it was not born into. The kernel may take milliseconds over it.
    pub(crate) fn enter(&self) -> io::Result<()> {
        let pid = std::process::id().to_string();
        for directory in &self.directories {
            if directory.version == Version::One {
                write_at(directory.fd.as_fd(), "cgroup.procs", &pid)?;
            }
        }
        Ok(())
    }

    /// Opens what a process writes 0 into to be put into the groups.
    pub(crate) fn entrances(&self) -> io::Result<Vec<OwnedFd>> {
        let open = |group| open_at(Some(group), Path::new("cgroup.procs"), libc::O_WRONLY);
        self.descriptors().map(open).collect()
    }

    /// Sets what the members may use together.
    pub(crate) fn limit(&self, limits: &Limits) -> io::Result<()> {
        for directory in &self.directories {
            let settings = settings(directory.version, directory.controllers, limits);
            for (file, value, is_needed) in settings {
                match write_at(directory.fd.as_fd(), file, &value) {
                    Err(error) if is_needed => return Err(error),
                    Ok(()) | Err(_) => {}
                }
            }
        }
        Ok(())
    }

    /// What a process needs to keep open in order to use the group.
    pub(crate) fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.directories
            .iter()
            .map(|directory| directory.fd.as_fd())
    }

    /// Kills every member at once, frozen ones too. Older kernels cannot; the caller kills init as well.
    pub(crate) fn kill(&self) {
        if let Some(directory) = self.birthplace() {
            write_at(directory, "cgroup.kill", "1").unwrap_or_default();
        }
    }

    /// Opens the files of the memory peak and of the out-of-memory counter.
    pub(crate) fn memory_files(&self) -> Option<(OwnedFd, OwnedFd)> {
        let directory = self.directories.iter().find(|d| d.controllers.memory)?;
        let (peak, events) = match directory.version {
            Version::One => ("memory.max_usage_in_bytes", "memory.oom_control"),
            Version::Two => ("memory.peak", "memory.events"),
        };
        let open = |name| open_at(Some(directory.fd.as_fd()), Path::new(name), libc::O_RDONLY).ok();
        Some((open(peak)?, open(events)?))
    }

    /// Opens the file that freezes all members; no controller is needed for it, but a kernel of 5.2 or newer.
    pub(crate) fn freezer_file(&self) -> Option<OwnedFd> {
        let directory = self.birthplace()?;
        open_at(Some(directory), Path::new("cgroup.freeze"), libc::O_WRONLY).ok()
    }

    /// The peak in bytes and the number of processes killed for want of memory.
    pub(crate) fn memory_numbers(&self) -> (u64, u64) {
        let Some((peak, events)) = self.memory_files() else {
            return (0, 0);
        };
        (
            parse_peak(&read_whole(peak)),
            parse_oom_kills(&read_whole(events)),
        )
    }
}

fn read_whole(file: OwnedFd) -> String {
    io::read_to_string(fs::File::from(file)).unwrap_or_default()
}

/// Reads the content of the peak file.
pub(crate) fn parse_peak(text: &str) -> u64 {
    text.trim().parse().unwrap_or(0)
}

/// Reads the counter, which both versions spell alike, from `memory.oom_control` or `memory.events`.
pub(crate) fn parse_oom_kills(text: &str) -> u64 {
    text.lines()
        .find_map(|line| line.strip_prefix("oom_kill "))
        .and_then(|count| count.trim().parse().ok())
        .unwrap_or(0)
}

fn make(hierarchy: &Hierarchy, name: &str) -> io::Result<Directory> {
    make_directory_at(hierarchy.ours.as_fd(), name)?;
    Ok(Directory {
        version: hierarchy.version,
        controllers: hierarchy.controllers,
        fd: open_at(
            Some(hierarchy.ours.as_fd()),
            Path::new(name),
            libc::O_RDONLY | libc::O_DIRECTORY,
        )?,
    })
}

/// Opens our directory in one hierarchy.
fn open(place: &Place, name: &str) -> io::Result<Hierarchy> {
    let (base, controllers) = match place.version {
        Version::One => (place.own.clone(), place.controllers),
        Version::Two => version_two_base(place),
    };
    remove_leftovers(&base);
    let base = open_directory(&base)?;
    make_directory_at(base.as_fd(), name)?;
    let ours = open_at(
        Some(base.as_fd()),
        Path::new(name),
        libc::O_RDONLY | libc::O_DIRECTORY,
    )?;
    if place.version == Version::Two && controllers.any() {
        let enabled = write_at(
            ours.as_fd(),
            "cgroup.subtree_control",
            &controllers.enable_text(),
        );
        if let Err(error) = enabled {
            remove_directory_at(base.as_fd(), name).unwrap_or_default();
            return Err(error);
        }
    }
    if controllers.cpu {
        let (file, weight) = weight_of_all(place.version, processors());
        // Without it sandboxes are slower beside a busy server, and nothing else.
        write_at(ours.as_fd(), file, &weight).unwrap_or_default();
    }
    Ok(Hierarchy {
        version: place.version,
        controllers,
        base,
        ours,
    })
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// Where a version 2 hierarchy hands controllers down to new groups.
///
/// A group with processes of its own cannot do that. If ours holds nobody but this server, which is what
/// `Delegate=yes` gives, the server moves one level down; otherwise the nearest group above that does hand
/// them down is used, if we may write there.
fn version_two_base(place: &Place) -> (PathBuf, Controllers) {
    let read = |directory: &Path, file: &str| {
        let text = fs::read_to_string(directory.join(file)).unwrap_or_default();
        Controllers::parse(text.split_ascii_whitespace())
    };
    let available = read(&place.own, "cgroup.controllers");
    if available.memory && available.pids && move_server_down(&place.own, available).is_ok() {
        return (place.own.clone(), available);
    }
    for directory in place.own.ancestors() {
        let handed_down = read(directory, "cgroup.subtree_control");
        let is_writable = fs::OpenOptions::new()
            .write(true)
            .open(directory.join("cgroup.procs"))
            .is_ok();
        if handed_down.memory && handed_down.pids && is_writable {
            return (directory.to_owned(), handed_down);
        }
        if directory == place.top {
            break;
        }
    }
    (place.own.clone(), Controllers::default())
}

fn move_server_down(own: &Path, controllers: Controllers) -> io::Result<()> {
    let server = i64::from(std::os::unix::process::parent_id());
    let spawner = i64::from(std::process::id());
    let members: Vec<i64> = fs::read_to_string(own.join("cgroup.procs"))?
        .lines()
        .filter_map(|pid| pid.parse().ok())
        .collect();
    if !members.iter().all(|pid| *pid == server || *pid == spawner) {
        return Err(io::ErrorKind::ResourceBusy.into());
    }
    let leaf = own.join("invoked-server");
    if !members.is_empty() {
        match fs::create_dir(&leaf) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            Ok(()) | Err(_) => {}
        }
        for pid in members {
            fs::write(leaf.join("cgroup.procs"), pid.to_string())?;
        }
    }
    fs::write(
        own.join("cgroup.subtree_control"),
        controllers.enable_text(),
    )
}

/// The name of this spawner's directories.
fn owner_name() -> String {
    let pid = i32::try_from(std::process::id()).unwrap_or(0);
    let started = processes::process(Path::new("/proc"), pid).map_or(0, |own| own.started);
    format!("{PREFIX}{:x}-{pid}-{started}", pid_namespace())
}

/// Process numbers mean something within one namespace only.
fn pid_namespace() -> u64 {
    fs::metadata("/proc/self/ns/pid").map_or(0, |metadata| metadata.ino())
}

/// Removes the directories of spawners that no longer exist, and what still runs in them.
fn remove_leftovers(base: &Path) {
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name
            .to_str()
            .is_some_and(|name| is_leftover(name, pid_namespace()))
        {
            remove_leftover(&entry.path());
        }
    }
}

/// Whether the owner named in `name` was one of our namespace and is gone.
fn is_leftover(name: &str, namespace: u64) -> bool {
    let Some(owner) = name.strip_prefix(PREFIX) else {
        return false;
    };
    let mut parts = owner.split('-');
    let (Some(owner_namespace), Some(pid), Some(started), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let (Ok(owner_namespace), Ok(pid), Ok(started)) = (
        u64::from_str_radix(owner_namespace, 16),
        pid.parse::<i32>(),
        started.parse::<u64>(),
    ) else {
        return false;
    };
    let owner = processes::process(Path::new("/proc"), pid);
    let is_alive = matches!(owner, Some(Process { started: since, .. }) if since == started);
    owner_namespace == namespace && !is_alive
}

fn remove_leftover(directory: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_leftover(&entry.path());
        }
    }
    for pid in fs::read_to_string(directory.join("cgroup.procs"))
        .unwrap_or_default()
        .lines()
        .filter_map(|pid| pid.parse().ok())
    {
        process::signal(pid, libc::SIGKILL);
    }
    // A group that is not empty yet is found again at the next start.
    fs::remove_dir(directory).unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_directories_of_dead_owners_are_leftovers() {
        let own = owner_name();
        let namespace = pid_namespace();

        assert!(!is_leftover(&own, namespace));
        assert!(is_leftover(&format!("{own}1"), namespace));
        assert!(!is_leftover(&format!("{own}1"), namespace + 1));
        assert!(!is_leftover("invoked-server", namespace));
        assert!(!is_leftover("user.slice", namespace));
    }

    #[test]
    fn both_versions_tell_their_numbers() {
        assert_eq!(
            parse_oom_kills("oom_kill_disable 0\nunder_oom 0\noom_kill 3\n"),
            3
        );
        assert_eq!(
            parse_oom_kills("low 0\noom 2\noom_kill 1\noom_group_kill 0\n"),
            1
        );
        assert_eq!(parse_peak("134217728\n"), 134_217_728);
    }
}
