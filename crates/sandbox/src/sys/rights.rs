#![expect(unsafe_code, reason = "user ids, capabilities, system call filter")]
//! Giving up what a process may do.

use std::io;
use std::mem::size_of;

use super::{check, check_int};

/// Our effective user id.
pub(crate) fn effective_uid() -> u32 {
    // SAFETY: the call takes nothing and cannot fail.
    unsafe { libc::geteuid() }
}

/// Our effective group id.
pub(crate) fn effective_gid() -> u32 {
    // SAFETY: the call takes nothing and cannot fail.
    unsafe { libc::getegid() }
}

/// Leaves all supplementary groups but `gid`. Raw, because the C library's version signals threads it believes in.
pub(crate) fn set_groups(gid: u32) -> io::Result<()> {
    let groups = [gid];
    // SAFETY: the kernel reads one gid from a live array of one.
    check(unsafe { libc::syscall(libc::SYS_setgroups, 1_usize, groups.as_ptr()) })?;
    Ok(())
}

/// Becomes user `uid` and group `gid` of the current user namespace, for good.
pub(crate) fn become_user(uid: u32, gid: u32) -> io::Result<()> {
    // SAFETY: the calls take numbers only.
    unsafe {
        check(libc::syscall(libc::SYS_setresgid, gid, gid, gid))?;
        check(libc::syscall(libc::SYS_setresuid, uid, uid, uid))?;
    }
    Ok(())
}

/// Empties the bounding set and makes user id 0 mean nothing, so that no exec can bring a capability back.
///
/// To be called before [`become_user`]: afterwards it is no longer permitted.
pub(crate) fn close_capability_sources() -> io::Result<()> {
    // linux/securebits.h: NOROOT and NO_SETUID_FIXUP, both locked, and KEEP_CAPS locked off.
    const SECUREBITS: libc::c_ulong = 0x2f;
    // linux/capability.h has 41; the kernel says where its own list ends.
    for capability in 0..64_u64 {
        // SAFETY: the call takes numbers only.
        match check_int(unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) }) {
            Ok(_) => {}
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) && capability > 0 => break,
            Err(error) => return Err(error),
        }
    }
    // SAFETY: the call takes numbers only.
    check_int(unsafe { libc::prctl(libc::PR_SET_SECUREBITS, SECUREBITS, 0, 0, 0) })?;
    Ok(())
}

/// Gives up every capability.
pub(crate) fn drop_capabilities() -> io::Result<()> {
    // linux/capability.h: _LINUX_CAPABILITY_VERSION_3, and two words for each of three sets.
    let header: [u32; 2] = [0x2008_0522, 0];
    let sets: [u32; 6] = [0; 6];
    // SAFETY: version 3 has the kernel read an 8-byte header and 24 bytes of sets, which are alive.
    check(unsafe { libc::syscall(libc::SYS_capset, header.as_ptr(), sets.as_ptr()) })?;
    Ok(())
}

/// No exec gives this process more than it has, for good.
pub(crate) fn forbid_new_privileges() -> io::Result<()> {
    // SAFETY: the call takes numbers only; the unused ones must be 0 and are.
    check_int(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1_u64, 0_u64, 0_u64, 0_u64) })?;
    Ok(())
}

/// One instruction of a filter: operation, two jump distances, an operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct Instruction {
    pub(crate) operation: u16,
    pub(crate) jump_true: u8,
    pub(crate) jump_false: u8,
    pub(crate) operand: u32,
}

const _: () = assert!(size_of::<Instruction>() == size_of::<libc::sock_filter>());

/// Has the kernel judge every later system call of this process by `program`, for good.
pub(crate) fn install_filter(program: &[Instruction]) -> io::Result<()> {
    let program = libc::sock_fprog {
        len: u16::try_from(program.len()).map_err(|_| io::ErrorKind::InvalidInput)?,
        filter: program.as_ptr().cast_mut().cast(),
    };
    // SAFETY: the kernel copies `len` instructions from a live slice of that many, whose type has the layout of sock_filter
    // (repr(C), same fields in the same order), and checks the program itself.
    check(unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            0_u32,
            &raw const program,
        )
    })?;
    Ok(())
}
