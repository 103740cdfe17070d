//! Init's first steps: it turns a copy of the template into the sandbox a request describes.

use std::io;
use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use super::birth::{ExitGuard, Parts, Range, say};
use super::init::{self, Keeper};
use crate::sys::fd::{close_all_but, read_byte};
use crate::sys::mount::{attach_tree, mount_new, unshare};
use crate::sys::net::configure_loopback;
use crate::sys::process::{exit_now, set_host_name, signal_on_parent_death};
use crate::sys::rights::become_user;
use crate::wire::{Failure, FailureKind, InStep, Report};

/// What a command sees as its host's name.
const HOST_NAME: &str = "sandbox";

/// tmpfs counts files besides bytes; one for every 4 KiB lets small files fill the space.
const BYTES_PER_FILE: u64 = 4096;

/// Files are kernel memory, which the sandbox's limit covers only in part.
const FILES_MAX: u64 = 1 << 18;

/// What init brings with it from the spawner.
pub(super) struct Inside {
    /// Gives one byte once the ids are in place; ends early when they cannot be.
    pub(super) go_ahead: OwnedFd,
    /// Detached trees, one for each mount of the request.
    pub(super) trees: Vec<OwnedFd>,
    pub(super) range: Range,
}

/// Runs init. The process is single-threaded and a copy of the spawner.
pub(super) fn run(parts: &Parts<'_>, inside: &Inside) -> ! {
    let _guard = ExitGuard;
    let mut keep = vec![
        parts.socket.as_fd(),
        parts.output.as_fd(),
        inside.go_ahead.as_fd(),
    ];
    keep.extend(inside.trees.iter().map(AsFd::as_fd));
    // The spawner's other descriptors are other sandboxes' life lines: holding them would keep those alive.
    if close_all_but(&keep).is_err() || !may_go_ahead(&inside.go_ahead) {
        exit_now(1);
    }
    match build(parts, inside) {
        Ok(listener) => init::run(parts, Keeper::Init { listener }),
        Err(failure) => say(parts.socket, &Report::Failed(failure), &[]),
    }
    exit_now(1)
}

fn may_go_ahead(go_ahead: &OwnedFd) -> bool {
    read_byte(go_ahead.as_fd()).is_ok()
}

fn build(parts: &Parts<'_>, inside: &Inside) -> Result<TcpListener, Failure> {
    // Its user namespace makes it mighty over itself and nothing else. An unprivileged one has no root to be.
    if let Range::Own { .. } = inside.range {
        become_user(0, 0).in_step("become root inside")?;
    }
    // After the change of user, which clears it. The nursery's one thread is the parent.
    signal_on_parent_death(libc::SIGKILL).in_step("be bound to the nursery")?;
    configure_loopback(*parts.spec.listen.ip()).in_step("configure the loopback")?;
    let listener = listen(parts).in_step("listen inside")?;
    mount_all(parts, &inside.trees)?;
    set_host_name(HOST_NAME).in_step("set the host name")?;
    // The groups we were put into become the root of what is visible.
    unshare(libc::CLONE_NEWCGROUP).in_step("create a cgroup namespace")?;
    Ok(listener)
}

fn listen(parts: &Parts<'_>) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(parts.spec.listen)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn mount_all(parts: &Parts<'_>, trees: &[OwnedFd]) -> Result<(), Failure> {
    let bytes = parts.spec.limits.tmp_bytes;
    let files = (bytes / BYTES_PER_FILE).clamp(64, FILES_MAX);
    let flags = libc::MS_NOSUID | libc::MS_NODEV;
    let options = format!("mode=1777,size={bytes},nr_inodes={files}");
    mount_new(c"tmpfs", Path::new("/tmp"), flags, &options).in_step("mount /tmp")?;
    for (index, (tree, mount)) in trees.iter().zip(&parts.spec.mounts).enumerate() {
        attach_tree(tree.as_fd(), &mount.target).map_err(|error| Failure {
            kind: FailureKind::Mount,
            errno: error.raw_os_error().unwrap_or(libc::EIO),
            detail: index.to_string(),
        })?;
    }
    mount_new(c"proc", Path::new("/proc"), flags | libc::MS_NOEXEC, "").in_step("mount /proc")
}
