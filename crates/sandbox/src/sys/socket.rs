#![expect(unsafe_code, reason = "sendmsg and recvmsg with descriptors attached")]
//! Message sockets that carry descriptors.

use std::io;
use std::mem::{size_of, zeroed};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use tokio::io::unix::AsyncFd;

use super::fd::own;
use super::{check, check_int};

/// Descriptors in one message.
const DESCRIPTORS_MAX: usize = 16;

/// Bytes in one message. Longer things travel in an in-memory file.
pub(crate) const MESSAGE_BYTES_MAX: usize = 8 * 1024;

/// One received message.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) bytes: Vec<u8>,
    pub(crate) descriptors: Vec<OwnedFd>,
}

/// Room for the control part, aligned as `cmsghdr` wants it.
type Control = [u64; CONTROL_WORDS];

/// The header of the control part is two words, and a descriptor half of one.
const CONTROL_WORDS: usize = 2 + DESCRIPTORS_MAX / 2;

/// A connected pair that keeps message boundaries and order.
pub(crate) fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut raw: [libc::c_int; 2] = [-1; 2];
    let kind = libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC;
    // SAFETY: the kernel writes two ints into the array, which holds two.
    check_int(unsafe { libc::socketpair(libc::AF_UNIX, kind, 0, raw.as_mut_ptr()) })?;
    let [left, right] = raw;
    Ok((own(left.into())?, own(right.into())?))
}

/// Tells the other side that nothing more will be sent; it can still answer.
pub(crate) fn hang_up(socket: BorrowedFd<'_>) {
    // SAFETY: the call takes numbers only.
    let result = check_int(unsafe { libc::shutdown(socket.as_raw_fd(), libc::SHUT_WR) });
    // It fails only when the other side is gone already, which is what we want.
    drop(result);
}

/// Sends one message, or fails with `WouldBlock`.
pub(crate) fn send(
    socket: BorrowedFd<'_>,
    bytes: &[u8],
    descriptors: &[BorrowedFd<'_>],
) -> io::Result<()> {
    if descriptors.len() > DESCRIPTORS_MAX || bytes.is_empty() || bytes.len() > MESSAGE_BYTES_MAX {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut part = libc::iovec {
        iov_base: bytes.as_ptr().cast_mut().cast(),
        iov_len: bytes.len(),
    };
    let mut control: Control = [0; CONTROL_WORDS];
    // SAFETY: all-zero is a valid msghdr: null pointers with zero lengths.
    let mut header: libc::msghdr = unsafe { zeroed() };
    header.msg_iov = &raw mut part;
    header.msg_iovlen = 1;
    if !descriptors.is_empty() {
        let numbers: Vec<libc::c_int> = descriptors.iter().map(AsRawFd::as_raw_fd).collect();
        let bytes = u32::try_from(numbers.len() * size_of::<libc::c_int>()).unwrap_or(0);
        header.msg_control = control.as_mut_ptr().cast();
        // SAFETY: CMSG_SPACE and CMSG_LEN compute with numbers. `control` has room for the header (two words)
        // and DESCRIPTORS_MAX ints, is aligned for cmsghdr, and outlives the call; CMSG_FIRSTHDR is
        // therefore non-null, and CMSG_DATA points at `bytes` writable bytes.
        unsafe {
            header.msg_controllen = libc::CMSG_SPACE(bytes) as _;
            let first = libc::CMSG_FIRSTHDR(&raw const header);
            (*first).cmsg_level = libc::SOL_SOCKET;
            (*first).cmsg_type = libc::SCM_RIGHTS;
            (*first).cmsg_len = libc::CMSG_LEN(bytes) as _;
            std::ptr::copy_nonoverlapping(
                numbers.as_ptr().cast::<u8>(),
                libc::CMSG_DATA(first),
                numbers.len() * size_of::<libc::c_int>(),
            );
        }
    }
    let flags = libc::MSG_NOSIGNAL | libc::MSG_DONTWAIT;
    loop {
        // SAFETY: `header` points at `part`, `bytes` and `control`, all alive; the kernel only reads them.
        let sent = unsafe { libc::sendmsg(socket.as_raw_fd(), &raw const header, flags) };
        match check(sent as libc::c_long) {
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Receives one message or fails with `WouldBlock`; `None` when the other side will send no more.
pub(crate) fn receive(socket: BorrowedFd<'_>) -> io::Result<Option<Message>> {
    let mut bytes = vec![0_u8; MESSAGE_BYTES_MAX];
    let mut part = libc::iovec {
        iov_base: bytes.as_mut_ptr().cast(),
        iov_len: bytes.len(),
    };
    let mut control: Control = [0; CONTROL_WORDS];
    // SAFETY: all-zero is a valid msghdr: null pointers with zero lengths.
    let mut header: libc::msghdr = unsafe { zeroed() };
    header.msg_iov = &raw mut part;
    header.msg_iovlen = 1;
    header.msg_control = control.as_mut_ptr().cast();
    header.msg_controllen = size_of::<Control>() as _;
    let flags = libc::MSG_CMSG_CLOEXEC | libc::MSG_DONTWAIT;
    let length = loop {
        // SAFETY: the kernel writes at most `iov_len` bytes into `bytes` and `msg_controllen` into `control`.
        let received = unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut header, flags) };
        match check(received as libc::c_long) {
            Ok(length) => break usize::try_from(length).unwrap_or(0),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(None),
            Err(error) => return Err(error),
        }
    };
    let descriptors = attached(&header);
    if length == 0 {
        return Ok(None);
    }
    bytes.truncate(length);
    Ok(Some(Message { bytes, descriptors }))
}

/// Takes over the descriptors the kernel has put into a received message.
fn attached(header: &libc::msghdr) -> Vec<OwnedFd> {
    let mut descriptors = Vec::new();
    // SAFETY: `header` was filled in by recvmsg with a control buffer that is still alive, so the CMSG_*
    // macros walk well-formed headers inside it. Each int of an SCM_RIGHTS part is a descriptor made for us,
    // read once, as bytes.
    unsafe {
        let mut current = libc::CMSG_FIRSTHDR(header);
        while !current.is_null() {
            if (*current).cmsg_level == libc::SOL_SOCKET && (*current).cmsg_type == libc::SCM_RIGHTS
            {
                let length = (*current).cmsg_len as usize - libc::CMSG_LEN(0) as usize;
                let numbers = libc::CMSG_DATA(current);
                for index in 0..length / size_of::<libc::c_int>() {
                    let mut number = [0_u8; size_of::<libc::c_int>()];
                    let from = numbers.add(index * number.len());
                    std::ptr::copy_nonoverlapping(from, number.as_mut_ptr(), number.len());
                    descriptors.push(OwnedFd::from_raw_fd(libc::c_int::from_ne_bytes(number)));
                }
            }
            current = libc::CMSG_NXTHDR(header, current);
        }
    }
    descriptors
}

/// Has the runtime tell when `fd` is ready. Panics outside of a runtime, as every call of tokio's does.
pub(crate) fn register(fd: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an OwnedFd always returns the same descriptor and keeps it open until it is dropped, and the AsyncFd owns it
    // from here on; nobody replaces what the number refers to (dup2 in this crate targets 0 to 2 only).
    unsafe { AsyncFd::register(fd) }.map_err(Into::into)
}
