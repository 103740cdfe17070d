#![expect(unsafe_code, reason = "mount calls")]
//! Mounts and mount namespaces.

use std::ffi::CStr;
use std::io;
use std::mem::size_of;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

use super::fd::own;
use super::{c_path, check, check_int};

// linux/mount.h, which the libc crate does not have for this target.
const OPEN_TREE_CLONE: libc::c_uint = 1;
const MOVE_MOUNT_F_EMPTY_PATH: libc::c_uint = 0x4;
const ATTR_RDONLY: u64 = 0x1;
const ATTR_NOSUID: u64 = 0x2;
const ATTR_NODEV: u64 = 0x4;
const ATTR_NOEXEC: u64 = 0x8;

/// `struct mount_attr` of `mount_setattr(2)`.
#[repr(C)]
struct MountAttr {
    set: u64,
    clear: u64,
    propagation: u64,
    userns: u64,
}

/// What a mount does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Restriction {
    /// No writing, no set-id bits, no devices.
    ReadOnly,
    /// A device node and nothing else: no execution, no set-id bits.
    Device,
}

/// A copy of the mounts at and below `path`, attached nowhere yet. It is private: nothing propagates into it.
pub(crate) fn clone_tree(path: &Path, restriction: Restriction) -> io::Result<OwnedFd> {
    let tree = clone_tree_unrestricted(path)?;
    restrict(&tree, restriction)?;
    Ok(tree)
}

/// As [`clone_tree`], with the attributes it has.
pub(crate) fn clone_tree_unrestricted(path: &Path) -> io::Result<OwnedFd> {
    let path = c_path(path)?;
    let flags =
        OPEN_TREE_CLONE | libc::O_CLOEXEC.cast_unsigned() | libc::AT_RECURSIVE.cast_unsigned();
    // SAFETY: `path` is NUL-terminated and lives until the call returns.
    let raw = unsafe { libc::syscall(libc::SYS_open_tree, libc::AT_FDCWD, path.as_ptr(), flags) };
    own(check(raw)?)
}

fn restrict(tree: &OwnedFd, restriction: Restriction) -> io::Result<()> {
    let set = match restriction {
        Restriction::ReadOnly => ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV,
        Restriction::Device => ATTR_NOSUID | ATTR_NOEXEC,
    };
    set_attributes(
        tree.as_raw_fd(),
        c"",
        set,
        libc::AT_RECURSIVE | libc::AT_EMPTY_PATH,
    )
}

/// Makes the one mount at `path` read-only, without set-id bits and devices.
pub(crate) fn make_read_only(path: &Path) -> io::Result<()> {
    let path = c_path(path)?;
    set_attributes(
        libc::AT_FDCWD,
        &path,
        ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV,
        0,
    )
}

fn set_attributes(base: libc::c_int, path: &CStr, set: u64, flags: libc::c_int) -> io::Result<()> {
    let attributes = MountAttr {
        set,
        clear: 0,
        propagation: libc::MS_PRIVATE,
        userns: 0,
    };
    // SAFETY: both pointers are to live values, and the size passed is the size of what is pointed at.
    check(unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            base,
            path.as_ptr(),
            flags,
            &raw const attributes,
            size_of::<MountAttr>(),
        )
    })?;
    Ok(())
}

/// Attaches a cloned tree at `target`.
pub(crate) fn attach_tree(tree: BorrowedFd<'_>, target: &Path) -> io::Result<()> {
    let target = c_path(target)?;
    // SAFETY: both paths are NUL-terminated and live until the call returns.
    check(unsafe {
        libc::syscall(
            libc::SYS_move_mount,
            tree.as_raw_fd(),
            c"".as_ptr(),
            libc::AT_FDCWD,
            target.as_ptr(),
            MOVE_MOUNT_F_EMPTY_PATH,
        )
    })?;
    Ok(())
}

/// Mounts a new file system of `kind` at `target`, or with `MS_REMOUNT` changes the one that is there. `flags` are `MS_*`.
pub(crate) fn mount_new(
    kind: &CStr,
    target: &Path,
    flags: libc::c_ulong,
    options: &str,
) -> io::Result<()> {
    let target = c_path(target)?;
    let options = std::ffi::CString::new(options)?;
    // SAFETY: all strings are NUL-terminated and live until the call returns.
    check_int(unsafe {
        libc::mount(
            kind.as_ptr(),
            target.as_ptr(),
            kind.as_ptr(),
            flags,
            options.as_ptr().cast(),
        )
    })?;
    Ok(())
}

/// Shows the file or directory at `source` at `target` as well, with the attributes it has.
pub(crate) fn bind(source: &Path, target: &Path) -> io::Result<()> {
    let (source, target) = (c_path(source)?, c_path(target)?);
    // SAFETY: both paths are NUL-terminated and live until the call returns; a bind ignores the other pointers.
    check_int(unsafe {
        libc::mount(
            source.as_ptr(),
            target.as_ptr(),
            std::ptr::null(),
            libc::MS_BIND,
            std::ptr::null(),
        )
    })?;
    Ok(())
}

/// Sets how mounts made elsewhere reach this namespace: `MS_PRIVATE` (not at all) or `MS_SLAVE` (one way).
pub(crate) fn set_propagation(kind: libc::c_ulong) -> io::Result<()> {
    // SAFETY: the path is a literal; with a propagation flag the kernel ignores the other pointers.
    check_int(unsafe {
        libc::mount(
            std::ptr::null(),
            c"/".as_ptr(),
            std::ptr::null(),
            libc::MS_REC | kind,
            std::ptr::null(),
        )
    })?;
    Ok(())
}

/// Makes the mount at the current directory the root and detaches the old one.
pub(crate) fn pivot_into_working_directory() -> io::Result<()> {
    // SAFETY: literals only. Stacking the old root on the new one and detaching it is the documented idiom of
    // pivot_root(2), "pivot_root(".", ".")".
    unsafe {
        check(libc::syscall(
            libc::SYS_pivot_root,
            c".".as_ptr(),
            c".".as_ptr(),
        ))?;
        check_int(libc::umount2(c".".as_ptr(), libc::MNT_DETACH))?;
    }
    std::env::set_current_dir("/")
}

/// Leaves the current namespaces of the kinds in `flags` (`CLONE_NEW*`) for new ones.
pub(crate) fn unshare(flags: libc::c_int) -> io::Result<()> {
    // SAFETY: the call takes flags only, and the callers pass none that change what memory is shared.
    check_int(unsafe { libc::unshare(flags) })?;
    Ok(())
}

/// Enters a mount namespace; root and working directory become that namespace's root.
pub(crate) fn enter_mount_namespace(namespace: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: the call takes numbers only.
    check_int(unsafe { libc::setns(namespace.as_raw_fd(), libc::CLONE_NEWNS) })?;
    Ok(())
}
