#![expect(unsafe_code, reason = "Landlock has no calls in the C library")]
//! Landlock: rules over files and signals that a process sets for itself and its descendants, for good.

use std::io;
use std::mem::size_of;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

use super::check;
use super::fd::{open_at, own};

// linux/landlock.h, which the libc crate lacks.
const CREATE_RULESET_VERSION: u32 = 1;
const RULE_PATH_BENEATH: u32 = 1;
const WRITE_FILE: u64 = 1 << 1;
const REMOVE_DIR: u64 = 1 << 4;
const REMOVE_FILE: u64 = 1 << 5;
const MAKE_CHAR: u64 = 1 << 6;
const MAKE_DIR: u64 = 1 << 7;
const MAKE_REG: u64 = 1 << 8;
const MAKE_SOCK: u64 = 1 << 9;
const MAKE_FIFO: u64 = 1 << 10;
const MAKE_BLOCK: u64 = 1 << 11;
const MAKE_SYM: u64 = 1 << 12;
const REFER: u64 = 1 << 13;
const TRUNCATE: u64 = 1 << 14;
const SCOPE_ABSTRACT_UNIX_SOCKET: u64 = 1 << 0;
const SCOPE_SIGNAL: u64 = 1 << 1;

/// Before this version the kernel refuses every rename between two directories to whoever uses Landlock at all.
const VERSION_MIN: u32 = 2;
/// The first version that knows [`TRUNCATE`].
const VERSION_TRUNCATE: u32 = 3;
/// The first version that knows scopes.
const VERSION_SCOPES: u32 = 6;

/// What no file system of a sandbox allows, wherever it is: device nodes.
const NOWHERE: u64 = MAKE_CHAR | MAKE_BLOCK;
/// What changes a directory.
const IN_DIRECTORIES: u64 =
    REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_SOCK | MAKE_FIFO | MAKE_SYM | REFER;

/// `struct landlock_ruleset_attr`.
#[repr(C)]
struct Ruleset {
    handled_files: u64,
    handled_network: u64,
    scopes: u64,
}

/// `struct landlock_path_beneath_attr`, which the kernel declares packed.
#[repr(C, packed)]
struct Beneath {
    allowed: u64,
    parent: i32,
}

/// The version of Landlock that this kernel runs. Fails with `ENOSYS` or `EOPNOTSUPP` where it runs none, and with
/// `EPERM` where a filter hides it.
pub(crate) fn version() -> io::Result<u32> {
    // SAFETY: with this flag the kernel wants a null pointer and size 0, and only returns a number.
    let version = check(unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            std::ptr::null::<Ruleset>(),
            0_usize,
            CREATE_RULESET_VERSION,
        )
    })?;
    u32::try_from(version).map_err(|_| io::ErrorKind::InvalidData.into())
}

/// Whether `version` is of use to us.
pub(crate) fn is_usable(version: u32) -> bool {
    version >= VERSION_MIN
}

/// Whether `version` also keeps signals and abstract sockets inside.
pub(crate) fn has_scopes(version: u32) -> bool {
    version >= VERSION_SCOPES
}

/// Rules by which a process and its descendants may be held to write below `directories` and into `files` only, and where the kernel
/// can, signal and connect (by abstract names) to each other only.
pub(crate) fn rules_for_writing(
    version: u32,
    directories: &[&Path],
    files: &[&Path],
) -> io::Result<OwnedFd> {
    let into_files = if version >= VERSION_TRUNCATE {
        WRITE_FILE | TRUNCATE
    } else {
        WRITE_FILE
    };
    let attributes = Ruleset {
        handled_files: NOWHERE | IN_DIRECTORIES | into_files,
        handled_network: 0,
        scopes: if has_scopes(version) {
            SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL
        } else {
            0
        },
    };
    let ruleset = create(&attributes, version)?;
    for directory in directories {
        allow(ruleset.as_fd(), IN_DIRECTORIES | into_files, directory)?;
    }
    for file in files {
        allow(ruleset.as_fd(), into_files, file)?;
    }
    Ok(ruleset)
}

fn create(attributes: &Ruleset, version: u32) -> io::Result<OwnedFd> {
    // A kernel without scopes knows neither the field nor the size that comes with it.
    let size = if has_scopes(version) {
        size_of::<Ruleset>()
    } else {
        size_of::<u64>()
    };
    // SAFETY: the kernel reads `size` bytes, at most the size of the live value behind the pointer.
    own(check(unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            std::ptr::from_ref(attributes),
            size,
            0_u32,
        )
    })?)
}

fn allow(ruleset: BorrowedFd<'_>, allowed: u64, path: &Path) -> io::Result<()> {
    let parent = open_at(None, path, libc::O_PATH)?;
    let rule = Beneath {
        allowed,
        parent: parent.as_raw_fd(),
    };
    // SAFETY: the kernel reads one packed rule from a live local, and `parent` is open until after the call.
    check(unsafe {
        libc::syscall(
            libc::SYS_landlock_add_rule,
            ruleset.as_raw_fd(),
            RULE_PATH_BENEATH,
            &raw const rule,
            0_u32,
        )
    })?;
    Ok(())
}
