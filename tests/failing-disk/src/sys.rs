//! The kernel's calls themselves. The C library's functions would lead back here.

#![expect(unsafe_code, reason = "system calls")]

use std::ffi::CStr;

use libc::{c_int, c_long, mode_t, off_t, pid_t, ssize_t};

/// What tells a file from every other, under whatever names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct FileId {
    device: u64,
    number: u64,
}

/// What is known of an open file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Status {
    pub(crate) id: FileId,
    pub(crate) length: u64,
}

fn as_int(result: c_long) -> c_int {
    c_int::try_from(result).unwrap_or(-1)
}

fn as_size(result: c_long) -> ssize_t {
    ssize_t::try_from(result).unwrap_or(-1)
}

/// This process. Asked anew each time, since a child has another number and the same memory.
pub(crate) fn process() -> pid_t {
    // SAFETY: there is nothing that could go wrong.
    unsafe { libc::getpid() }
}

/// What the C library's functions leave behind with an error, and what they return.
pub(crate) fn fail(errno: c_int) -> c_int {
    // SAFETY: the address of this thread's own number.
    unsafe { *libc::__errno_location() = errno };
    -1
}

pub(crate) fn open(directory: c_int, path: &CStr, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: the path lives during the call and ends with a zero byte.
    as_int(unsafe { libc::syscall(libc::SYS_openat, directory, path.as_ptr(), flags, mode) })
}

pub(crate) fn close(file: c_int) {
    // SAFETY: plain numbers.
    let _closed = unsafe { libc::syscall(libc::SYS_close, file) };
}

pub(crate) fn write(file: c_int, bytes: &[u8]) -> ssize_t {
    // SAFETY: the bytes live during the call.
    as_size(unsafe { libc::syscall(libc::SYS_write, file, bytes.as_ptr(), bytes.len()) })
}

pub(crate) fn pwrite(file: c_int, bytes: &[u8], offset: off_t) -> ssize_t {
    let (start, count) = (bytes.as_ptr(), bytes.len());
    // SAFETY: the bytes live during the call.
    as_size(unsafe { libc::syscall(libc::SYS_pwrite64, file, start, count, offset) })
}

pub(crate) fn pread(file: c_int, bytes: &mut [u8], offset: off_t) -> ssize_t {
    let (start, count) = (bytes.as_mut_ptr(), bytes.len());
    // SAFETY: the bytes live during the call, and nobody else has them.
    as_size(unsafe { libc::syscall(libc::SYS_pread64, file, start, count, offset) })
}

/// Where the next write goes.
pub(crate) fn position(file: c_int) -> off_t {
    // SAFETY: plain numbers.
    unsafe { libc::syscall(libc::SYS_lseek, file, 0, libc::SEEK_CUR) }
}

pub(crate) fn ftruncate(file: c_int, length: off_t) -> c_int {
    // SAFETY: plain numbers.
    as_int(unsafe { libc::syscall(libc::SYS_ftruncate, file, length) })
}

pub(crate) fn fsync(file: c_int) -> c_int {
    // SAFETY: plain numbers.
    as_int(unsafe { libc::syscall(libc::SYS_fsync, file) })
}

pub(crate) fn unlink(path: &CStr) -> c_int {
    let directory = libc::AT_FDCWD;
    // SAFETY: the path lives during the call and ends with a zero byte.
    as_int(unsafe { libc::syscall(libc::SYS_unlinkat, directory, path.as_ptr(), 0) })
}

pub(crate) fn rename(from: &CStr, to: &CStr) -> c_int {
    let (from, to, here) = (from.as_ptr(), to.as_ptr(), libc::AT_FDCWD);
    // SAFETY: the paths live during the call and end with zero bytes.
    as_int(unsafe { libc::syscall(libc::SYS_renameat2, here, from, here, to, 0) })
}

/// Gives a file another name.
pub(crate) fn link(from: &CStr, to: &CStr) -> c_int {
    let (from, to, here) = (from.as_ptr(), to.as_ptr(), libc::AT_FDCWD);
    // SAFETY: the paths live during the call and end with zero bytes.
    as_int(unsafe { libc::syscall(libc::SYS_linkat, here, from, here, to, 0) })
}

pub(crate) fn status(file: c_int) -> Option<Status> {
    // SAFETY: every field of the structure may be zero.
    let mut status: libc::stat = unsafe { std::mem::zeroed() };
    // SAFETY: the structure lives during the call, and nobody else has it.
    let result = unsafe { libc::fstat(file, &raw mut status) };
    (result == 0).then(|| Status {
        id: FileId {
            device: status.st_dev,
            number: status.st_ino,
        },
        length: u64::try_from(status.st_size).unwrap_or_default(),
    })
}

/// Ends this process as a power failure would, with no chance to do anything more.
pub(crate) fn die() -> ! {
    loop {
        // SAFETY: plain numbers.
        let _never = unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
    }
}
