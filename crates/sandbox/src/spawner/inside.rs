//! Init's first steps: it turns a copy of the template into a sandbox, waits, and makes it the one that a request
//! describes.

use std::io::{self, PipeWriter, Write};
use std::net::TcpListener;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use super::birth::{ExitGuard, Parts, Range, content_of, read_request, say};
use super::init::{self, Keeper};
use super::{Reach, UPLINK_STEP};
use crate::sys::fd::{close_all_but, read_byte};
use crate::sys::mount::{attach_tree, bind, mount_new, unshare};
use crate::sys::net::{add_loopback_address, switch_loopback_on};
use crate::sys::process::{
    SingleThread, exit_now, hide_from_same_user, set_host_name, set_name, signal_on_parent_death,
    wait_for,
};
use crate::sys::rights::become_user;
use crate::sys::{socket, uplink};
use crate::wire::{Failure, FailureKind, InStep, Report, dedication_from};
use crate::{ReadOnlyMount, Spec};

/// What a command sees as its host's name.
const HOST_NAME: &str = "sandbox";

/// tmpfs counts files besides bytes; one for every 4 KiB lets small files fill the space.
const BYTES_PER_FILE: u64 = 4096;

/// Files are kernel memory, which the sandbox's limit covers only in part.
const FILES_MAX: u64 = 1 << 18;

/// Files of `/proc` that tell about the host or the kernel to anybody, and which no command needs: addresses, keys,
/// timers, and interrupts (which count a neighbour's packets). What only the host's root may read needs no cover.
const MASKED_FILES: &[&str] = &[
    "interrupts",
    "kallsyms",
    "kcore",
    "key-users",
    "keys",
    "sched_debug",
    "softirqs",
    "timer_list",
];

/// Directories of `/proc` likewise: hardware and its drivers.
const MASKED_DIRECTORIES: &[&str] = &["acpi", "asound", "bus", "driver", "fs", "irq", "scsi"];

/// A directory of the template that stays empty.
const EMPTY_DIRECTORY: &str = "/run";

/// Trees in one message.
const TREES_PER_MESSAGE: usize = 4;

/// What the messages to an init that waits carry: the request, trees for its mounts, and nothing more to come.
const REQUEST: &[u8] = b"r";
const TREES: &[u8] = b"t";
const GO: &[u8] = b"g";

pub(super) const PROC_FLAGS: libc::c_ulong =
    libc::MS_NOSUID | libc::MS_NODEV | libc::MS_NOEXEC | libc::MS_RDONLY;

const TMP_FLAGS: libc::c_ulong = libc::MS_NOSUID | libc::MS_NODEV;

/// What init brings with it from the nursery.
pub(super) struct Inside {
    /// Gives one byte once the ids are in place; ends early when they cannot be.
    pub(super) go_ahead: OwnedFd,
    /// Where the request will come from.
    pub(super) line: OwnedFd,
    pub(super) range: Range,
    pub(super) reach: Reach,
}

/// What init is told at once.
pub(super) struct Told {
    /// For the first part of a request: itself, the life line, the output, the line of a fork if there is one, and where
    /// that one is asked for forks if it is. For the second: itself.
    pub(super) descriptors: Vec<OwnedFd>,
    /// Detached trees, one for each mount of the request.
    pub(super) trees: Vec<OwnedFd>,
}

/// Sends a request to an init that waits.
pub(super) fn tell(
    line: &OwnedFd,
    request: &[BorrowedFd<'_>],
    trees: &[OwnedFd],
) -> io::Result<()> {
    socket::send(line.as_fd(), REQUEST, request)?;
    for trees in trees.chunks(TREES_PER_MESSAGE) {
        let trees: Vec<BorrowedFd<'_>> = trees.iter().map(AsFd::as_fd).collect();
        socket::send(line.as_fd(), TREES, &trees)?;
    }
    socket::send(line.as_fd(), GO, &[])
}

/// Waits until told; `None` when there will be nothing.
pub(super) fn hear(line: &OwnedFd) -> Option<Told> {
    let mut told: Option<Told> = None;
    loop {
        wait_for(line.as_fd()).ok()?;
        let message = match socket::receive(line.as_fd()) {
            Ok(message) => message?,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Err(_) => return None,
        };
        match message.bytes.as_slice() {
            REQUEST => {
                told = Some(Told {
                    descriptors: message.descriptors,
                    trees: Vec::new(),
                });
            }
            TREES => told.as_mut()?.trees.extend(message.descriptors),
            _ => return told,
        }
    }
}

/// Runs init. The process is single-threaded and a copy of the nursery.
pub(super) fn run(proof: SingleThread, inside: &Inside) -> ! {
    let _guard = ExitGuard;
    set_name(c"invoked-init");
    let keep = [inside.line.as_fd(), inside.go_ahead.as_fd()];
    // The nursery's other descriptors are of no use inside, and some are mighty.
    if close_all_but(&keep).is_err() || !may_go_ahead(&inside.go_ahead) {
        exit_now(1);
    }
    // A blank that could not be built says so to whoever wants it.
    let built = build(inside.range, inside.reach);
    let Some(Told { descriptors, trees }) = hear(&inside.line) else {
        exit_now(1);
    };
    let mut descriptors = descriptors.into_iter();
    let (Some(request), Some(socket), Some(output)) =
        (descriptors.next(), descriptors.next(), descriptors.next())
    else {
        exit_now(1);
    };
    let (twin, line) = (descriptors.next(), descriptors.next());
    let dedicated = built.and_then(|uplink| {
        let (spec, kind) = read_request(&request).in_step("read the request")?;
        let listener = dedicate(&spec, &trees)?;
        Ok((spec, kind, listener, uplink))
    });
    // Every tree is either attached or of no use, and the request holds secrets.
    drop((trees, request));
    match dedicated {
        Ok((spec, kind, listener, uplink)) => {
            let parts = Parts {
                proof,
                spec: &spec,
                socket: &socket,
                output: &output,
                input: None,
                range: inside.range,
                line: line.as_ref(),
            };
            let keeper = Keeper::Init {
                listener,
                uplink,
                line: &inside.line,
                twin,
                kind,
            };
            init::run(&parts, keeper);
        }
        Err(failure) => say(&socket, &Report::Failed(failure), &[]),
    }
    exit_now(1)
}

/// Does what the second part of a request asks for, and answers it. `message`: where the command reads.
pub(super) fn complete(line: &OwnedFd, told: &Told, message: &PipeWriter) {
    let completed = told
        .descriptors
        .first()
        .ok_or_else(|| io::ErrorKind::InvalidData.into())
        .and_then(content_of)
        .and_then(|bytes| dedication_from(&bytes))
        .in_step("read the rest of the request")
        .and_then(|dedication| {
            size_tmp(dedication.limits.tmp_bytes).in_step("size /tmp")?;
            attach(&told.trees, &dedication.mounts)?;
            let mut message = message;
            message
                .write_all(&dedication.message)
                .in_step("give the command its message")
        });
    let report = match completed {
        Ok(()) => Report::Ready,
        Err(failure) => Report::Failed(failure),
    };
    socket::send(line.as_fd(), &report.to_bytes(), &[]).unwrap_or_default();
}

fn may_go_ahead(go_ahead: &OwnedFd) -> bool {
    read_byte(go_ahead.as_fd()).is_ok()
}

/// Everything that is the same for every request. Gives the outer end of the way out, where there is one.
fn build(range: Range, reach: Reach) -> Result<Option<OwnedFd>, Failure> {
    // Its user namespace makes it mighty over itself and nothing else. An unprivileged one has no root to be.
    if let Range::Own { .. } = range {
        for call in become_user(0, 0) {
            call.make().in_step("become root inside")?;
        }
    }
    // A command of the same host user must not look into its init either.
    hide_from_same_user().in_step("hide init")?;
    // After the change of user, which clears it. The nursery's one thread is the parent.
    signal_on_parent_death(libc::SIGKILL).in_step("be bound to the nursery")?;
    switch_loopback_on().in_step("switch the loopback on")?;
    let uplink = match reach {
        Reach::Inside => None,
        Reach::Uplink => Some(uplink::make().in_step(UPLINK_STEP)?),
    };
    mount_proc().in_step("mount /proc")?;
    mount_tmp().in_step("mount /tmp")?;
    set_host_name(HOST_NAME).in_step("set the host name")?;
    // The groups we were put into become the root of what is visible.
    unshare(libc::CLONE_NEWCGROUP).in_step("create a cgroup namespace")?;
    Ok(uplink)
}

/// What the request makes different.
fn dedicate(spec: &Spec, trees: &[OwnedFd]) -> Result<TcpListener, Failure> {
    add_loopback_address(*spec.listen.ip()).in_step("configure the loopback")?;
    let listener = listen(spec).in_step("listen inside")?;
    size_tmp(spec.limits.tmp_bytes).in_step("size /tmp")?;
    attach(trees, &spec.mounts)?;
    Ok(listener)
}

fn listen(spec: &Spec) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(spec.listen)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Mounts an empty `/tmp` with hardly any room. It must be this mount that a command sees later, because its Landlock
/// rule allows writing below this one.
fn mount_tmp() -> io::Result<()> {
    mount_new(c"tmpfs", Path::new("/tmp"), TMP_FLAGS, "mode=1777,size=4k")
}

/// Gives `/tmp` its size.
fn size_tmp(bytes: u64) -> io::Result<()> {
    let files = (bytes / BYTES_PER_FILE).clamp(64, FILES_MAX);
    let options = format!("size={bytes},nr_inodes={files}");
    mount_new(
        c"tmpfs",
        Path::new("/tmp"),
        TMP_FLAGS | libc::MS_REMOUNT,
        &options,
    )
}

pub(super) fn attach(trees: &[OwnedFd], mounts: &[ReadOnlyMount]) -> Result<(), Failure> {
    for (index, (tree, mount)) in trees.iter().zip(mounts).enumerate() {
        attach_tree(tree.as_fd(), &mount.target).map_err(|error| Failure {
            kind: FailureKind::Mount,
            errno: error.raw_os_error().unwrap_or(libc::EIO),
            detail: index.to_string(),
        })?;
    }
    Ok(())
}

/// A `/proc` of the sandbox's own processes. It is read-only as a whole, which covers every switch of the kernel in
/// it, and what speaks of the host beyond that is covered.
fn mount_proc() -> io::Result<()> {
    let proc = Path::new("/proc");
    mount_new(c"proc", proc, PROC_FLAGS, "")?;
    for (names, cover) in [
        (MASKED_FILES, "/dev/null"),
        (MASKED_DIRECTORIES, EMPTY_DIRECTORY),
    ] {
        for name in names {
            match bind(Path::new(cover), &proc.join(name)) {
                // Which of them exist depends on how the kernel was built.
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
    }
    Ok(())
}
