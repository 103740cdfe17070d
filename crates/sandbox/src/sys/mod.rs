//! The kernel's calls with Rust's types: descriptors that close themselves, results instead of `errno`.
//!
//! Nothing here knows what a sandbox is. Every `unsafe` block of the crate is below this module, so that
//! the rest of it can be read without proofs.

pub(crate) mod call;
pub(crate) mod fd;
pub(crate) mod landlock;
pub(crate) mod mount;
pub(crate) mod net;
pub(crate) mod process;
pub(crate) mod rights;
pub(crate) mod socket;
pub(crate) mod uplink;

use std::ffi::CString;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Turns "−1 and `errno`" into an error.
fn check(result: libc::c_long) -> io::Result<libc::c_long> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

/// As [`check`], for calls whose answer says nothing more.
fn check_int(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

/// A path as the kernel wants it. Fails on a NUL byte.
fn c_path(path: &Path) -> io::Result<CString> {
    CString::new(path.as_os_str().as_bytes()).map_err(|_| io::ErrorKind::InvalidInput.into())
}
