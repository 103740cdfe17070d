#![expect(unsafe_code, reason = "raw descriptor calls that std does not offer")]
//! Files relative to a directory, in-memory files, waiting for many descriptors.

use std::ffi::CString;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::path::Path;

use super::call::{Argument, Call};
use super::{c_path, check, check_int};

/// Takes over a descriptor the kernel has just returned.
pub(super) fn own(raw: libc::c_long) -> io::Result<OwnedFd> {
    let raw = libc::c_int::try_from(raw).map_err(|_| io::ErrorKind::InvalidData)?;
    // SAFETY: every caller passes the successful result of a call that creates a descriptor, once, so
    // it is open and nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(raw) })
}

/// Makes reading and writing return `WouldBlock` instead of waiting.
pub(crate) fn set_nonblocking(fd: BorrowedFd<'_>) -> io::Result<()> {
    let mut on: libc::c_int = 1;
    // SAFETY: FIONBIO reads one int through the pointer, which is a live local.
    check_int(unsafe { libc::ioctl(fd.as_raw_fd(), libc::FIONBIO, &raw mut on) })?;
    Ok(())
}

/// Points descriptor number `target` at what `fd` is open on; it stays open across exec. To be used for 0, 1 and 2, which no
/// Rust object owns.
pub(crate) fn duplicate_onto(fd: BorrowedFd<'_>, target: u64) -> Call<'_> {
    let arguments = vec![
        Argument::Descriptor(fd),
        Argument::Number(target),
        Argument::Number(0),
    ];
    Call::new(libc::SYS_dup3, arguments)
}

/// Points descriptor number `target` at what `fd` is open on; exec closes it. To be used for a number that no Rust object owns.
pub(crate) fn duplicate_onto_private(fd: BorrowedFd<'_>, target: u64) -> Call<'_> {
    let arguments = vec![
        Argument::Descriptor(fd),
        Argument::Number(target),
        Argument::Number(u64::from(libc::O_CLOEXEC.cast_unsigned())),
    ];
    Call::new(libc::SYS_dup3, arguments)
}

/// Closes every descriptor from 3 up that is not in `keep`.
///
/// For a forked child only: what its Rust objects owned here is the parent's business, and the child must never
/// drop them. It leaves by `exit_now` or `execute`, so it never does.
pub(crate) fn close_all_but(keep: &[BorrowedFd<'_>]) -> io::Result<()> {
    let mut kept: Vec<u32> = keep
        .iter()
        .filter_map(|fd| u32::try_from(fd.as_raw_fd()).ok())
        .collect();
    kept.sort_unstable();
    let mut first = 3;
    for number in kept {
        if number > first {
            close_range(first, number - 1, 0)?;
        }
        first = first.max(number.saturating_add(1));
    }
    close_range(first, u32::MAX, 0)
}

/// Marks every descriptor from 3 up to close at exec.
pub(crate) fn close_all_at_exec() -> Call<'static> {
    // linux/close_range.h: CLOSE_RANGE_CLOEXEC.
    Call::with_numbers(libc::SYS_close_range, &[3, u32::MAX.into(), 4])
}

fn close_range(first: u32, last: u32, flags: u32) -> io::Result<()> {
    // SAFETY: the call takes numbers only. See `close_all_but` for why no owner notices.
    check(unsafe { libc::syscall(libc::SYS_close_range, first, last, flags) })?;
    Ok(())
}

/// An anonymous file holding `content`, read position at its start.
pub(crate) fn memory_file(content: &[u8]) -> io::Result<OwnedFd> {
    // SAFETY: the name is a NUL-terminated literal.
    let raw = unsafe { libc::memfd_create(c"sandbox request".as_ptr(), libc::MFD_CLOEXEC) };
    let mut file = File::from(own(check_int(raw)?.into())?);
    file.write_all(content)?;
    io::Seek::rewind(&mut file)?;
    Ok(file.into())
}

/// Opens a directory to be used as the base of other calls.
pub(crate) fn open_directory(path: &Path) -> io::Result<OwnedFd> {
    open_at(None, path, libc::O_PATH | libc::O_DIRECTORY)
}

/// Opens `path`, relative to `base` where given. Always closes at exec.
pub(crate) fn open_at(
    base: Option<BorrowedFd<'_>>,
    path: &Path,
    flags: libc::c_int,
) -> io::Result<OwnedFd> {
    let path = c_path(path)?;
    let base = base.map_or(libc::AT_FDCWD, |fd| fd.as_raw_fd());
    // SAFETY: `path` is NUL-terminated and lives until the call returns; no mode is needed without O_CREAT.
    let raw = unsafe { libc::openat(base, path.as_ptr(), flags | libc::O_CLOEXEC) };
    own(check_int(raw)?.into())
}

/// Makes a directory below `base`.
pub(crate) fn make_directory_at(base: BorrowedFd<'_>, name: &str) -> io::Result<()> {
    let name = CString::new(name)?;
    // SAFETY: `name` is NUL-terminated and lives until the call returns.
    check_int(unsafe { libc::mkdirat(base.as_raw_fd(), name.as_ptr(), 0o755) })?;
    Ok(())
}

/// Removes an empty directory below `base`.
pub(crate) fn remove_directory_at(base: BorrowedFd<'_>, name: &str) -> io::Result<()> {
    let name = CString::new(name)?;
    // SAFETY: `name` is NUL-terminated and lives until the call returns.
    check_int(unsafe { libc::unlinkat(base.as_raw_fd(), name.as_ptr(), libc::AT_REMOVEDIR) })?;
    Ok(())
}

/// Writes `text` into an existing file below `base` with one call, as the kernel's control files require.
pub(crate) fn write_at(base: BorrowedFd<'_>, name: &str, text: &str) -> io::Result<()> {
    let mut file = File::from(open_at(Some(base), Path::new(name), libc::O_WRONLY)?);
    file.write_all(text.as_bytes())
}

/// Waits for one byte of a pipe. Fails at its end.
pub(crate) fn read_byte(fd: BorrowedFd<'_>) -> io::Result<u8> {
    let mut byte = 0_u8;
    loop {
        // SAFETY: the kernel writes at most one byte through the pointer, a live local.
        let length = unsafe { libc::read(fd.as_raw_fd(), (&raw mut byte).cast(), 1) };
        match length {
            1 => return Ok(byte),
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            _ => {
                let error = io::Error::last_os_error();
                if error.kind() != io::ErrorKind::Interrupted {
                    return Err(error);
                }
            }
        }
    }
}

/// Gives the file behind `fd` to other numeric ids.
pub(crate) fn change_owner(fd: BorrowedFd<'_>, uid: u32, gid: u32) -> io::Result<()> {
    // SAFETY: fchown takes numbers only.
    check_int(unsafe { libc::fchown(fd.as_raw_fd(), uid, gid) })?;
    Ok(())
}

/// Waits for many descriptors (epoll).
#[derive(Debug)]
pub(crate) struct Watch(OwnedFd);

impl Watch {
    pub(crate) fn new() -> io::Result<Self> {
        // SAFETY: the call takes a flag only.
        let raw = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
        Ok(Self(own(check_int(raw)?.into())?))
    }

    /// Reports `events` (`EPOLL*` bits) of `fd` under `token` from now on.
    pub(crate) fn add(
        &self,
        fd: BorrowedFd<'_>,
        events: libc::c_int,
        token: u64,
    ) -> io::Result<()> {
        let mut event = libc::epoll_event {
            events: events.cast_unsigned(),
            u64: token,
        };
        // SAFETY: the kernel reads one epoll_event through the pointer, which is a live local.
        check_int(unsafe {
            libc::epoll_ctl(
                self.0.as_raw_fd(),
                libc::EPOLL_CTL_ADD,
                fd.as_raw_fd(),
                &raw mut event,
            )
        })?;
        Ok(())
    }

    /// Stops reporting `fd`.
    pub(crate) fn remove(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        // SAFETY: EPOLL_CTL_DEL ignores the event pointer.
        check_int(unsafe {
            libc::epoll_ctl(
                self.0.as_raw_fd(),
                libc::EPOLL_CTL_DEL,
                fd.as_raw_fd(),
                std::ptr::null_mut(),
            )
        })?;
        Ok(())
    }

    /// Waits for something to report, at most `timeout_ms`; a negative number waits without end. Returns tokens.
    pub(crate) fn wait(&self, timeout_ms: libc::c_int) -> io::Result<Vec<u64>> {
        const BATCH: usize = 64;
        let mut events = [libc::epoll_event { events: 0, u64: 0 }; BATCH];
        let room = libc::c_int::try_from(BATCH).unwrap_or(1);
        // SAFETY: the kernel writes at most `room` events into the array, which has that many.
        let raw =
            unsafe { libc::epoll_wait(self.0.as_raw_fd(), events.as_mut_ptr(), room, timeout_ms) };
        let count = match check_int(raw) {
            Ok(count) => usize::try_from(count).unwrap_or(0),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
            Err(error) => return Err(error),
        };
        Ok(events.iter().take(count).map(|event| event.u64).collect())
    }
}

impl AsFd for Watch {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
