//! A disk that loses power: what was not flushed when it happens may be there, or not, or torn.
//!
//! Preloaded into a process (`LD_PRELOAD`), this library stands between its code and the C library
//! and watches what it writes below one directory. At a chosen operation it takes back a random part
//! of what was not flushed and kills the process, so that the next one finds what a power failure
//! could have left. Before that it may refuse some operations, as a full disk or a broken one does.
//! It knows nothing of who writes, or what.
//!
//! | variable | |
//! |---|---|
//! | `FAILING_DISK_ROOT` | the directory; without it nothing is watched |
//! | `FAILING_DISK_EXCEPT` | a directory below it that is not watched |
//! | `FAILING_DISK_SEED` | what decides about every sector and every name |
//! | `FAILING_DISK_OPERATIONS` | writes, flushes and changes of names until the power fails |
//! | `FAILING_DISK_REFUSAL` | `EIO` or `ENOSPC`: how operations are refused, if any are |
//! | `FAILING_DISK_REFUSAL_FROM` | the number of the first operation that may be refused |
//! | `FAILING_DISK_REFUSAL_OPERATIONS` | of how many operations half are refused |
//!
//! A write that is refused may have written a part. A flush that is refused has lost what it should
//! have flushed: as the kernel does, later flushes of the same file succeed, and do not bring it back.
//!
//! Flushing costs nothing here, since no real power ever fails: a round takes milliseconds. New
//! directories count as durable, and memory mapped files are not watched; SQLite's shared memory,
//! the only one, is removed, as it does not outlive a machine.

#![expect(unsafe_code, reason = "the signatures of the C library's functions")]

mod disk;
mod file;
mod sys;

use std::ffi::CStr;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use libc::{c_char, c_int, c_void, iovec, mode_t, off_t, pid_t, size_t, ssize_t};

use disk::{Disk, Refused};

/// The watched directory, if there is one and this is the process that watches it.
fn disk() -> Option<MutexGuard<'static, Disk>> {
    static DISK: OnceLock<Option<(pid_t, Mutex<Disk>)>> = OnceLock::new();
    let disk = DISK.get_or_init(|| {
        let disk = Disk::from_environment()?;
        Some((disk.owner(), Mutex::new(disk)))
    });
    // A child may have been forked while somebody had the lock, and nobody opens it there.
    let (_, disk) = disk
        .as_ref()
        .filter(|(owner, _)| *owner == sys::process())?;
    Some(disk.lock().unwrap_or_else(PoisonError::into_inner))
}

/// What a function of the C library returns for this.
fn returned(result: Result<c_int, Refused>) -> c_int {
    result.unwrap_or_else(|Refused(errno)| sys::fail(errno))
}

fn open_in(directory: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: callers of the C library's `open` hand in a string that ends with a zero byte.
    let path = unsafe { CStr::from_ptr(path) };
    match disk() {
        Some(mut disk) if disk.is_watched(path) => returned(disk.open(path, flags, mode)),
        Some(_) | None => sys::open(directory, path, flags, mode),
    }
}

fn bytes_of<'a>(bytes: *const c_void, count: size_t) -> &'a [u8] {
    if bytes.is_null() {
        return &[];
    }
    // SAFETY: callers of the C library's `write` hand in this many bytes, for as long as it runs.
    unsafe { std::slice::from_raw_parts(bytes.cast(), count) }
}

/// Writes at an offset, or where the file stands.
fn write_at(file: c_int, bytes: &[u8], offset: Option<off_t>) -> ssize_t {
    let mut disk = disk();
    let noted = disk
        .as_mut()
        .map(|disk| disk.before_write(file, bytes, offset));
    match noted {
        // The power must not fail between what is noted of a write and the write.
        Some(Ok(true)) => {}
        Some(Ok(false)) | None => drop(disk.take()),
        Some(Err(Refused(errno))) => return ssize_t::try_from(sys::fail(errno)).unwrap_or(-1),
    }
    match offset {
        Some(offset) => sys::pwrite(file, bytes, offset),
        None => sys::write(file, bytes),
    }
}

// The variadic third argument of `open` comes where a fixed one would.

#[unsafe(no_mangle)]
unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    open_in(libc::AT_FDCWD, path, flags, mode)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn open64(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    open_in(libc::AT_FDCWD, path, flags, mode)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn openat(
    directory: c_int,
    path: *const c_char,
    flags: c_int,
    mode: mode_t,
) -> c_int {
    open_in(directory, path, flags, mode)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn openat64(
    directory: c_int,
    path: *const c_char,
    flags: c_int,
    mode: mode_t,
) -> c_int {
    open_in(directory, path, flags, mode)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn write(file: c_int, bytes: *const c_void, count: size_t) -> ssize_t {
    write_at(file, bytes_of(bytes, count), None)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn writev(file: c_int, parts: *const iovec, count: c_int) -> ssize_t {
    let count = usize::try_from(count).unwrap_or_default();
    // SAFETY: callers of the C library's `writev` hand in this many parts.
    let parts = unsafe { std::slice::from_raw_parts(parts, count) };
    let parts = parts
        .iter()
        .map(|part| bytes_of(part.iov_base, part.iov_len));
    write_at(file, &parts.collect::<Vec<_>>().concat(), None)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pwrite(
    file: c_int,
    bytes: *const c_void,
    count: size_t,
    offset: off_t,
) -> ssize_t {
    write_at(file, bytes_of(bytes, count), Some(offset))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pwrite64(
    file: c_int,
    bytes: *const c_void,
    count: size_t,
    offset: off_t,
) -> ssize_t {
    write_at(file, bytes_of(bytes, count), Some(offset))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn ftruncate(file: c_int, length: off_t) -> c_int {
    let mut disk = disk();
    match disk.as_mut().map(|disk| disk.before_truncate(file, length)) {
        Some(Err(Refused(errno))) => sys::fail(errno),
        Some(Ok(())) | None => sys::ftruncate(file, length),
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn ftruncate64(file: c_int, length: off_t) -> c_int {
    // SAFETY: the same function for the same arguments.
    unsafe { ftruncate(file, length) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fsync(file: c_int) -> c_int {
    match disk().map_or(Ok(false), |mut disk| disk.flush(file)) {
        Ok(true) => 0,
        Ok(false) => sys::fsync(file),
        Err(Refused(errno)) => sys::fail(errno),
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fdatasync(file: c_int) -> c_int {
    // SAFETY: what it flushes, and more.
    unsafe { fsync(file) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    // SAFETY: callers of the C library's `unlink` hand in a string that ends with a zero byte.
    let path = unsafe { CStr::from_ptr(path) };
    match disk() {
        Some(mut disk) if disk.is_watched(path) => returned(disk.unlink(path)),
        Some(_) | None => sys::unlink(path),
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    // SAFETY: callers of the C library's `rename` hand in strings that end with a zero byte.
    let (from, to) = unsafe { (CStr::from_ptr(from), CStr::from_ptr(to)) };
    match disk() {
        Some(mut disk) if disk.is_watched(to) => returned(disk.rename(from, to)),
        Some(_) | None => sys::rename(from, to),
    }
}
