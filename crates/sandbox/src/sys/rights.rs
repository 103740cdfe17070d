#![expect(unsafe_code, reason = "user ids and the list of capabilities")]
//! Giving up what a process may do.

use std::os::fd::BorrowedFd;

use super::call::{Argument, Call, Instruction};
use super::check_int;

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

/// Leaves all supplementary groups but `gid`.
pub(crate) fn set_groups(gid: u32) -> Call<'static> {
    let groups = Argument::Bytes(gid.to_ne_bytes().to_vec());
    Call::new(libc::SYS_setgroups, vec![Argument::Number(1), groups])
}

/// Become user `uid` and group `gid` of the current user namespace, for good.
pub(crate) fn become_user(uid: u32, gid: u32) -> [Call<'static>; 2] {
    [(libc::SYS_setresgid, gid), (libc::SYS_setresuid, uid)]
        .map(|(number, id)| Call::with_numbers(number, &[id.into(); 3]))
}

/// Empty the bounding set and make user id 0 mean nothing, so that no exec can bring a capability back.
///
/// To be made before [`become_user`]: afterwards it is no longer permitted.
pub(crate) fn close_capability_sources() -> [Call<'static>; 2] {
    // linux/securebits.h: NOROOT and NO_SETUID_FIXUP, both locked, and KEEP_CAPS locked off.
    const SECUREBITS: u64 = 0x2f;
    // The kernel takes two arguments of this operation.
    let operation = Argument::Number(u64::from(libc::PR_CAPBSET_DROP.cast_unsigned()));
    let all = Argument::EachBelow(capabilities());
    [
        Call::new(libc::SYS_prctl, vec![operation, all]),
        prctl(libc::PR_SET_SECUREBITS, SECUREBITS),
    ]
}

/// How many capabilities the kernel knows: linux/capability.h has 41, and the kernel says where its own list ends.
fn capabilities() -> u64 {
    let is_known = |capability: &u64| {
        // SAFETY: the call takes numbers only.
        check_int(unsafe { libc::prctl(libc::PR_CAPBSET_READ, *capability, 0, 0, 0) }).is_ok()
    };
    (0..64)
        .find(|capability| !is_known(capability))
        .unwrap_or(64)
}

/// Capabilities that a process may keep. linux/capability.h
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Capability {
    SysChroot = 18,
    SysAdmin = 21,
}

/// Gives up every capability.
pub(crate) fn drop_capabilities() -> Call<'static> {
    keep_capabilities(&[])
}

/// Gives up every capability but these, which no program that is executed gets.
pub(crate) fn keep_capabilities(kept: &[Capability]) -> Call<'static> {
    // linux/capability.h: _LINUX_CAPABILITY_VERSION_3 and our own process, and two words for each of three sets.
    let header = [0x2008_0522_u32, 0].map(u32::to_ne_bytes).concat();
    let kept = kept.iter().fold(0_u32, |all, one| all | 1 << *one as u32);
    // Effective, permitted and inheritable: the lower words first.
    let sets = [kept, kept, 0, 0, 0, 0].map(u32::to_ne_bytes).concat();
    Call::new(
        libc::SYS_capset,
        vec![Argument::Bytes(header), Argument::Bytes(sets)],
    )
}

/// No exec gives this process more than it has, for good.
pub(crate) fn forbid_new_privileges() -> Call<'static> {
    prctl(libc::PR_SET_NO_NEW_PRIVS, 1)
}

/// Holds this process and its descendants to rules of Landlock from now on, beside those that hold already.
///
/// To be made after [`forbid_new_privileges`].
pub(crate) fn restrict_by_landlock(rules: BorrowedFd<'_>) -> Call<'_> {
    Call::new(
        libc::SYS_landlock_restrict_self,
        vec![Argument::Descriptor(rules), Argument::Number(0)],
    )
}

/// Has the kernel judge every later system call of this process by `program`, for good.
pub(crate) fn install_filter(program: Vec<Instruction>) -> Call<'static> {
    // The kernel copies the instructions and checks the program itself.
    let mode = Argument::Number(libc::SECCOMP_SET_MODE_FILTER.into());
    Call::new(
        libc::SYS_seccomp,
        vec![mode, Argument::Number(0), Argument::Filter(program)],
    )
}

/// A call that takes one number, and whose unused ones must be 0.
pub(super) fn prctl(operation: libc::c_int, value: u64) -> Call<'static> {
    let operation = u64::from(operation.cast_unsigned());
    Call::with_numbers(libc::SYS_prctl, &[operation, value, 0, 0, 0])
}
