//! The root that every sandbox starts with: the host's programs and libraries, read-only, and hardly anything else.
//!
//! It is built once. The spawner then lives in two mount namespaces: *home*, whose root is the template and which
//! every sandbox gets a copy of, and the *host view*, which it enters only to pick up the directories a
//! request names. Without privileges both are inside a user namespace of the spawner's own.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::ReadOnlyMount;
use crate::spawner::Reach;
use crate::spawner::birth::{GROUP, GROUP_ID, USER, USER_ID};
use crate::sys::fd::{open_at, open_directory, write_at};
use crate::sys::mount::{
    Restriction, attach_tree, clone_tree, clone_tree_unrestricted, enter_mount_namespace,
    make_read_only, mount_new, pivot_into_working_directory, set_propagation, unshare,
};
use crate::sys::process::exit_now;
use crate::sys::rights::{effective_gid, effective_uid};
use crate::uplink;
use crate::wire::{Failure, FailureKind, InStep};

/// Programs and libraries. Where one is a symbolic link (merged `/usr`), the link is copied.
const PROGRAMS: [&str; 7] = ["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"];

/// Configuration that programs need and that is nobody's secret. Directories are shown as they are on the host;
/// single files are copied when the server starts.
const CONFIGURATION: [&str; 20] = [
    "alternatives",
    "ca-certificates",
    "crypto-policies",
    "fonts",
    "gai.conf",
    "host.conf",
    "java-11-openjdk",
    "java-17-openjdk",
    "java-21-openjdk",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "mime.types",
    "os-release",
    "pki",
    "protocols",
    "services",
    "ssl",
    "timezone",
];

/// A configuration file larger than this is not one.
const CONFIGURATION_BYTES_MAX: u64 = 4 << 20;

const DEVICES: [&str; 5] = ["null", "zero", "full", "random", "urandom"];

const DEVICE_LINKS: [(&str, &str); 4] = [
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
];

/// Mount points that exist in every sandbox, so that programs find at least an empty directory.
const EMPTY: [&str; 10] = [
    "dev",
    "etc",
    "opt",
    "proc",
    "run",
    "tmp",
    "var",
    "var/lang",
    "var/runtime",
    "var/task",
];

/// A tree of the host that will be attached at a path of the template.
struct Piece {
    target: PathBuf,
    tree: OwnedFd,
    is_directory: bool,
}

pub(super) struct Template {
    is_privileged: bool,
    reach: Reach,
    /// The mount namespace in which the paths of a request mean what the server means.
    host_view: OwnedFd,
    /// The mount namespace of the template.
    home: OwnedFd,
    /// The host's `/proc`.
    proc: OwnedFd,
    /// The template's file system without the read-only attribute, attached nowhere.
    writable: OwnedFd,
    /// Mount points made for requests so far.
    made: HashSet<PathBuf>,
}

impl Template {
    /// Builds the template and makes it this process's root.
    pub(super) fn build(reach: Reach) -> Result<Self, Failure> {
        let is_privileged = effective_uid() == 0;
        let proc = open_directory(Path::new("/proc")).in_step("open /proc")?;
        let host_view = enter_host_view(is_privileged, &proc)?;
        unshare(libc::CLONE_NEWNS).in_step("create a mount namespace")?;
        set_propagation(libc::MS_PRIVATE).in_step("make mounts private")?;
        let pieces = pick_up_pieces().in_step("pick up the host's programs")?;
        let files = read_configuration(reach);
        let writable = assemble(pieces, &files).in_step("build the template root")?;
        let home = open_at(Some(proc.as_fd()), Path::new("self/ns/mnt"), libc::O_RDONLY)
            .in_step("open the template's namespace")?;
        Ok(Self {
            is_privileged,
            reach,
            host_view,
            home,
            proc,
            writable,
            made: HashSet::new(),
        })
    }

    /// Whether the spawner is the host's root, and can give every sandbox user ids of its own.
    pub(super) fn is_privileged(&self) -> bool {
        self.is_privileged
    }

    /// How far the network of the sandboxes reaches.
    pub(super) fn reach(&self) -> Reach {
        self.reach
    }

    /// The host's `/proc`.
    pub(super) fn proc(&self) -> &OwnedFd {
        &self.proc
    }

    /// What a process needs to keep open in order to use the template.
    pub(super) fn descriptors(&self) -> [BorrowedFd<'_>; 4] {
        [&self.host_view, &self.home, &self.proc, &self.writable].map(AsFd::as_fd)
    }

    /// Picks up the directories a request names, and makes their mount points.
    pub(super) fn pick_up(&mut self, mounts: &[ReadOnlyMount]) -> Result<Vec<OwnedFd>, Failure> {
        if mounts.is_empty() {
            return Ok(Vec::new());
        }
        enter_mount_namespace(self.host_view.as_fd()).in_step("enter the host's mounts")?;
        let picked: Result<Vec<(OwnedFd, bool)>, Failure> = mounts
            .iter()
            .enumerate()
            .map(|(index, mount)| {
                pick_up_one(&mount.source).map_err(|error| mount_failure(index, &error))
            })
            .collect();
        if enter_mount_namespace(self.home.as_fd()).is_err() {
            // Outside of the template we must not start anything. The server sees us gone.
            exit_now(1);
        }
        let mut trees = Vec::new();
        for (index, (tree, is_directory)) in picked?.into_iter().enumerate() {
            if let Some(mount) = mounts.get(index) {
                self.make_mount_point(&mount.target, is_directory)
                    .map_err(|error| mount_failure(index, &error))?;
            }
            trees.push(tree);
        }
        Ok(trees)
    }

    fn make_mount_point(&mut self, target: &Path, is_directory: bool) -> io::Result<()> {
        if self.made.contains(target) || target.exists() {
            return Ok(());
        }
        let base = PathBuf::from(format!("/proc/self/fd/{}", self.writable.as_raw_fd()));
        make_point(
            &base.join(target.strip_prefix("/").unwrap_or(target)),
            is_directory,
        )?;
        self.made.insert(target.to_owned());
        Ok(())
    }
}

fn mount_failure(index: usize, error: &io::Error) -> Failure {
    Failure {
        kind: FailureKind::Mount,
        errno: error.raw_os_error().unwrap_or(libc::EIO),
        detail: index.to_string(),
    }
}

fn pick_up_one(source: &Path) -> io::Result<(OwnedFd, bool)> {
    let is_directory = fs::metadata(source)?.is_dir();
    Ok((clone_tree(source, Restriction::ReadOnly)?, is_directory))
}

/// Makes sure that we may mount, and opens the namespace in which the host's paths are looked up.
fn enter_host_view(is_privileged: bool, proc: &OwnedFd) -> Result<OwnedFd, Failure> {
    let open = || open_at(Some(proc.as_fd()), Path::new("self/ns/mnt"), libc::O_RDONLY);
    if is_privileged {
        return open().in_step("open the host's mount namespace");
    }
    let (uid, gid) = (effective_uid(), effective_gid());
    unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNS).in_step("create a user namespace")?;
    // An ordinary user may map only itself, and only after giving up its say over groups.
    write_at(proc.as_fd(), "self/setgroups", "deny").in_step("deny setgroups")?;
    write_at(proc.as_fd(), "self/uid_map", &format!("0 {uid} 1")).in_step("map the user id")?;
    write_at(proc.as_fd(), "self/gid_map", &format!("0 {gid} 1")).in_step("map the group id")?;
    // What the host mounts later shows here, nothing shows there.
    set_propagation(libc::MS_SLAVE).in_step("follow the host's mounts")?;
    open().in_step("open the view of the host's mounts")
}

/// Takes copies of all the trees before the new root hides the old one.
fn pick_up_pieces() -> io::Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    for name in PROGRAMS {
        let source = Path::new("/").join(name);
        if fs::symlink_metadata(&source).is_ok_and(|metadata| metadata.is_dir()) {
            pieces.push(piece(&source, Restriction::ReadOnly, true)?);
        }
    }
    for name in CONFIGURATION {
        let source = Path::new("/etc").join(name);
        if fs::symlink_metadata(&source).is_ok_and(|metadata| metadata.is_dir()) {
            pieces.push(piece(&source, Restriction::ReadOnly, true)?);
        }
    }
    for name in DEVICES {
        pieces.push(piece(
            &Path::new("/dev").join(name),
            Restriction::Device,
            false,
        )?);
    }
    // The kernel allows a sandbox a /proc of its own only where one is fully visible already. The sandbox's covers it.
    let proc = Path::new("/proc");
    pieces.push(Piece {
        target: proc.to_owned(),
        tree: clone_tree(proc, Restriction::ReadOnly)?,
        is_directory: true,
    });
    Ok(pieces)
}

fn piece(source: &Path, restriction: Restriction, is_directory: bool) -> io::Result<Piece> {
    Ok(Piece {
        target: source.to_owned(),
        tree: clone_tree(source, restriction)?,
        is_directory,
    })
}

/// A link or a file to be written into the template.
enum Entry {
    Link { path: PathBuf, target: PathBuf },
    File { path: PathBuf, content: Vec<u8> },
}

fn read_configuration(reach: Reach) -> Vec<Entry> {
    let mut entries = Vec::new();
    let programs = PROGRAMS.map(|name| Path::new("/").join(name));
    let configuration = CONFIGURATION.map(|name| Path::new("/etc").join(name));
    for path in programs.into_iter().chain(configuration) {
        let Ok(metadata) = fs::symlink_metadata(&path) else {
            continue;
        };
        let is_public = metadata.permissions().mode() & 0o004 != 0;
        if metadata.is_symlink() {
            entries.extend(fs::read_link(&path).map(|target| Entry::Link { path, target }));
        } else if metadata.is_file() && is_public && metadata.len() <= CONFIGURATION_BYTES_MAX {
            entries.extend(fs::read(&path).map(|content| Entry::File { path, content }));
        }
    }
    for (name, target) in DEVICE_LINKS {
        entries.push(Entry::Link {
            path: Path::new("/dev").join(name),
            target: target.into(),
        });
    }
    for (path, content) in written_configuration(reach) {
        entries.push(Entry::File {
            path: path.into(),
            content: content.into_bytes(),
        });
    }
    entries
}

/// What differs from the host's: who exists, and who knows names.
fn written_configuration(reach: Reach) -> [(&'static str, String); 5] {
    let resolvers = match reach {
        Reach::Inside => "# No name server: the network ends here.\n".to_owned(),
        Reach::Uplink => format!("nameserver {}\n", uplink::GATEWAY),
    };
    [
        (
            "/etc/passwd",
            format!(
                "root:x:0:0:root:/:/sbin/nologin\n\
                 {USER}:x:{USER_ID}:{GROUP_ID}::/home/{USER}:/sbin/nologin\n\
                 nobody:x:65534:65534:nobody:/:/sbin/nologin\n"
            ),
        ),
        (
            "/etc/group",
            format!("root:x:0:\n{GROUP}:x:{GROUP_ID}:\nnogroup:x:65534:\n"),
        ),
        ("/etc/hosts", "127.0.0.1 localhost\n".to_owned()),
        ("/etc/resolv.conf", resolvers),
        (
            "/etc/nsswitch.conf",
            "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n\
             services: files\nprotocols: files\n"
                .to_owned(),
        ),
    ]
}

/// Builds the root from its pieces and moves into it. Returns the way to write into it later.
fn assemble(pieces: Vec<Piece>, entries: &[Entry]) -> io::Result<OwnedFd> {
    // Any directory will do to be covered: this namespace is ours, and its old root goes away below.
    let scaffold = Path::new("/tmp");
    let flags = libc::MS_NOSUID | libc::MS_NODEV;
    mount_new(c"tmpfs", scaffold, flags, "mode=755,size=16m,nr_inodes=4k")?;
    let writable = clone_tree_unrestricted(scaffold)?;
    std::env::set_current_dir(scaffold)?;
    for name in EMPTY {
        fs::create_dir_all(name)?;
    }
    for entry in entries {
        match entry {
            Entry::Link { path, target } => symlink(target, relative(path))?,
            Entry::File { path, content } => fs::write(relative(path), content)?,
        }
    }
    for piece in pieces {
        let target = relative(&piece.target);
        make_point(target, piece.is_directory)?;
        attach_tree(piece.tree.as_fd(), target)?;
    }
    pivot_into_working_directory()?;
    make_read_only(Path::new("/"))?;
    Ok(writable)
}

fn relative(path: &Path) -> &Path {
    path.strip_prefix("/").unwrap_or(path)
}

/// Makes a directory, or an empty file, to mount on.
fn make_point(path: &Path, is_directory: bool) -> io::Result<()> {
    if is_directory {
        return fs::create_dir_all(path);
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .map(drop)
}
