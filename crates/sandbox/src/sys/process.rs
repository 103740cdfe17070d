#![expect(unsafe_code, reason = "processes: clone, wait, signals, exec")]
//! Starting, waiting for and ending processes.

use std::ffi::{CStr, CString};
use std::io;
use std::mem::{MaybeUninit, size_of, zeroed};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

use super::call::{Argument, Call};
use super::fd::{own, write_at};
use super::rights::prctl;
use super::{c_path, check, check_int};

/// Proof that this process has one thread, so that a forked child finds no lock held by a thread it does not have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SingleThread(());

impl SingleThread {
    /// Counts the threads. The caller must not start any later.
    pub(crate) fn check() -> io::Result<Self> {
        if std::fs::read_dir("/proc/self/task")?.count() == 1 {
            Ok(Self(()))
        } else {
            Err(io::Error::other("the spawner has more than one thread"))
        }
    }
}

/// Which side of a fork we are on.
#[derive(Debug)]
pub(crate) enum Fork {
    Child,
    Parent {
        pid: libc::pid_t,
        /// Refers to the child for as long as it is open, also after its number was given to another process.
        pidfd: OwnedFd,
    },
}

/// Forks into the new namespaces of `flags` (`CLONE_NEW*`), as a child of our parent with `CLONE_PARENT`, and into `cgroup` (version 2) where given.
pub(crate) fn fork(
    _proof: SingleThread,
    flags: libc::c_int,
    cgroup: Option<BorrowedFd<'_>>,
) -> io::Result<Fork> {
    let mut pidfd: libc::c_int = -1;
    // SAFETY: all-zero is a valid clone_args: no flags, no stack, no ids to set.
    let mut args: libc::clone_args = unsafe { zeroed() };
    let flags = u64::from(flags.cast_unsigned()) | u64::from(libc::CLONE_PIDFD.cast_unsigned());
    args.flags = flags;
    args.pidfd = (&raw mut pidfd) as u64;
    // A sibling ends as we do.
    let is_sibling = flags & u64::from(libc::CLONE_PARENT.cast_unsigned()) != 0;
    args.exit_signal = if is_sibling {
        0
    } else {
        u64::from(libc::SIGCHLD.cast_unsigned())
    };
    if let Some(cgroup) = cgroup {
        // linux/sched.h: CLONE_INTO_CGROUP does not fit the int the libc crate gives it.
        args.flags |= 0x2_0000_0000;
        args.cgroup = u64::from(cgroup.as_raw_fd().cast_unsigned());
    }
    // SAFETY: without CLONE_VM and without a stack this is fork: the child runs on a copy of this stack. No other thread
    // exists (`_proof`), so memory and locks are in a consistent state in the child. The kernel writes
    // one int through `pidfd`, in the parent.
    let pid = check(unsafe {
        libc::syscall(
            libc::SYS_clone3,
            &raw mut args,
            size_of::<libc::clone_args>(),
        )
    });
    let pid = match pid {
        // Containers hide the call, because their filters cannot judge it.
        Err(error) if error.raw_os_error() == Some(libc::ENOSYS) => {
            fork_by_clone(flags, &raw mut pidfd, cgroup)
        }
        other => other,
    };
    match pid? {
        0 => Ok(Fork::Child),
        pid => Ok(Fork::Parent {
            pid: libc::pid_t::try_from(pid).map_err(|_| io::ErrorKind::InvalidData)?,
            pidfd: own(pidfd.into())?,
        }),
    }
}

/// As [`fork`], by the older call. It cannot give birth into a group, so the child moves there itself.
fn fork_by_clone(
    flags: u64,
    pidfd: *mut libc::c_int,
    cgroup: Option<BorrowedFd<'_>>,
) -> io::Result<libc::c_long> {
    let flags = flags | u64::from(libc::SIGCHLD.cast_unsigned());
    // SAFETY: as for clone3 in `fork`. With CLONE_PIDFD the third argument is where the kernel writes that int; the
    // arguments after it, whose order differs between architectures, are unused.
    let pid =
        check(unsafe { libc::syscall(libc::SYS_clone, flags, 0_usize, pidfd, 0_usize, 0_usize) })?;
    if let (0, Some(cgroup)) = (pid, cgroup)
        && write_at(cgroup, "cgroup.procs", "0").is_err()
    {
        exit_now(1);
    }
    Ok(pid)
}

/// Ends this process at once, without running anything that the parent's copy will run.
pub(crate) fn exit_now(code: i32) -> ! {
    // SAFETY: _exit does not return and touches no memory.
    unsafe { libc::_exit(code) }
}

/// A child that has ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended {
    pub(crate) pid: libc::pid_t,
    /// As wait(2) encodes it.
    pub(crate) status: i32,
    /// The largest resident size of one of its processes, in bytes.
    pub(crate) memory_peak_bytes: u64,
}

/// Which children [`reap`] may wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Take one that has ended already.
    None,
    /// Wait until one ends.
    UntilOneEnds,
}

/// Takes one ended child; `None` when none has ended (or none exists).
pub(crate) fn reap(patience: Patience) -> Option<Ended> {
    let mut status = 0;
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    let flags = match patience {
        Patience::None => libc::WNOHANG,
        Patience::UntilOneEnds => 0,
    };
    // SAFETY: both pointers are to live locals of the right types; an all-zero rusage is valid if it is not written.
    let (pid, usage) = unsafe {
        let pid = libc::wait4(
            -1,
            &raw mut status,
            flags | libc::__WALL,
            usage.as_mut_ptr(),
        );
        (pid, usage.assume_init())
    };
    (pid > 0).then(|| Ended {
        pid,
        status,
        memory_peak_bytes: u64::try_from(usage.ru_maxrss).unwrap_or(0) * 1024,
    })
}

/// Sends `signal` to process `pid`. The caller knows whose number that is: an unreaped child of ours keeps its own.
pub(crate) fn signal(pid: libc::pid_t, signal: i32) {
    // SAFETY: the call takes numbers only. Its failure means the process has ended.
    unsafe { libc::kill(pid, signal) };
}

/// Sends `SIGKILL` to the process behind a pidfd.
pub(crate) fn kill(pidfd: BorrowedFd<'_>) {
    // SAFETY: a null siginfo is allowed. Failure means the process has ended.
    unsafe {
        libc::syscall(
            libc::SYS_pidfd_send_signal,
            pidfd.as_raw_fd(),
            libc::SIGKILL,
            std::ptr::null::<libc::siginfo_t>(),
            0,
        )
    };
}

fn set_of(signals: &[i32]) -> libc::sigset_t {
    // SAFETY: sigemptyset initialises the set; sigaddset only fails for numbers that are no signals.
    unsafe {
        let mut set = MaybeUninit::<libc::sigset_t>::zeroed();
        libc::sigemptyset(set.as_mut_ptr());
        for signal in signals {
            libc::sigaddset(set.as_mut_ptr(), *signal);
        }
        set.assume_init()
    }
}

/// Blocks exactly `signals` and returns a descriptor that becomes readable when one is pending.
pub(crate) fn take_signals(signals: &[i32]) -> io::Result<OwnedFd> {
    let set = set_of(signals);
    // SAFETY: the set is initialised and alive; a null old set is allowed; -1 asks for a new descriptor.
    let raw = unsafe {
        check_int(libc::sigprocmask(
            libc::SIG_SETMASK,
            &raw const set,
            std::ptr::null_mut(),
        ))?;
        libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK)
    };
    own(check_int(raw)?.into())
}

/// Takes what is pending on a descriptor of [`take_signals`]: the signal numbers.
pub(crate) fn pending_signals(fd: BorrowedFd<'_>) -> Vec<u32> {
    let mut pending = Vec::new();
    loop {
        let mut one = MaybeUninit::<libc::signalfd_siginfo>::zeroed();
        // SAFETY: the kernel writes one siginfo into a live local of that size; all-zero is a valid value of it.
        let (length, one) = unsafe {
            let size = size_of::<libc::signalfd_siginfo>();
            let length = libc::read(fd.as_raw_fd(), one.as_mut_ptr().cast(), size);
            (length, one.assume_init())
        };
        if length <= 0 {
            return pending;
        }
        pending.push(one.ssi_signo);
    }
}

/// Ignores `signals`.
pub(crate) fn ignore_signals(signals: &[i32]) {
    for signal in signals {
        // SAFETY: SIG_IGN is no function of ours; the numbers are signals that may be ignored.
        unsafe { libc::signal(*signal, libc::SIG_IGN) };
    }
}

/// Gives a command the signal state every program expects: nothing blocked, nothing ignored.
pub(crate) fn reset_signals() -> io::Result<()> {
    for signal in 1..=64 {
        // SAFETY: SIG_DFL is no function of ours. For SIGKILL, SIGSTOP and the C library's own signals it fails, unchanged.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    let none = set_of(&[]);
    // SAFETY: the set is initialised and alive; a null old set is allowed.
    check_int(unsafe {
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut())
    })?;
    Ok(())
}

/// Waits until some of these are readable or hung up, and says which. May say none.
pub(crate) fn wait_for_any<const N: usize>(fds: [BorrowedFd<'_>; N]) -> io::Result<[bool; N]> {
    let mut watched = fds.map(|fd| libc::pollfd {
        fd: fd.as_raw_fd(),
        events: libc::POLLIN | libc::POLLRDHUP,
        revents: 0,
    });
    // A number of descriptors in an array of ours fits any integer.
    let count = libc::nfds_t::try_from(N).unwrap_or(0);
    // SAFETY: the array is alive and has the `count` elements announced.
    let result = unsafe { libc::poll(watched.as_mut_ptr(), count, -1) };
    match check_int(result) {
        Ok(_) => Ok(watched.map(|watched| watched.revents != 0)),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok([false; N]),
        Err(error) => Err(error),
    }
}

/// Waits until a descriptor is readable or hung up.
pub(crate) fn wait_for(fd: BorrowedFd<'_>) -> io::Result<()> {
    wait_for_any([fd]).map(drop)
}

/// Starts a session: the process leads its own process group and has no terminal.
pub(crate) fn start_session() -> Call<'static> {
    Call::with_numbers(libc::SYS_setsid, &[])
}

/// Enters a directory.
pub(crate) fn enter_directory(path: &Path) -> io::Result<Call<'static>> {
    let path = c_path(path)?.into_bytes_with_nul();
    Ok(Call::new(libc::SYS_chdir, vec![Argument::Bytes(path)]))
}

/// Enters a namespace.
pub(crate) fn enter_namespace(namespace: BorrowedFd<'_>) -> Call<'_> {
    Call::new(
        libc::SYS_setns,
        vec![Argument::Descriptor(namespace), Argument::Number(0)],
    )
}

/// The name `ps` shows.
pub(crate) fn set_name(name: &CStr) {
    // SAFETY: the kernel reads a NUL-terminated string. It cannot fail for a readable one.
    unsafe { libc::prctl(libc::PR_SET_NAME, name.as_ptr()) };
}

/// Has the kernel send us `signal` when our parent ends. The parent must have one thread.
pub(crate) fn signal_on_parent_death(signal: i32) -> io::Result<()> {
    // SAFETY: the call takes numbers only.
    check_int(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, signal) })?;
    Ok(())
}

/// Makes this process's memory, descriptors and `/proc` entries the host's root's alone, until it executes a program.
pub(crate) fn hide_from_same_user() -> io::Result<()> {
    // SAFETY: the call takes numbers only.
    check_int(unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 0_u64, 0_u64, 0_u64, 0_u64) })?;
    Ok(())
}

/// Gives back to this process's own user what [`hide_from_same_user`], or a change of user, took.
pub(crate) fn show_to_same_user() -> Call<'static> {
    prctl(libc::PR_SET_DUMPABLE, 1)
}

/// Orphans among our descendants become our children.
pub(crate) fn adopt_orphans() -> io::Result<()> {
    // SAFETY: the call takes numbers only.
    check_int(unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1) })?;
    Ok(())
}

/// `value` as a limit of a resource (`RLIMIT_*`), or what is allowed to us if that is less.
pub(crate) fn lowered_limit(resource: libc::__rlimit_resource_t, value: u64) -> io::Result<u64> {
    // SAFETY: all-zero is a valid rlimit, and the call gets a pointer to a live one.
    let limit = unsafe {
        let mut limit: libc::rlimit = zeroed();
        check_int(libc::getrlimit(resource, &raw mut limit))?;
        limit
    };
    Ok(limit.rlim_max.min(value))
}

/// Sets the soft and hard limit of a resource (`RLIMIT_*`), to what [`lowered_limit`] says.
pub(crate) fn set_limit(
    resource: libc::__rlimit_resource_t,
    value: u64,
) -> io::Result<Call<'static>> {
    let value = lowered_limit(resource, value)?.to_ne_bytes();
    // The first 0 is this process, the second nowhere for the old limit.
    let arguments = vec![
        Argument::Number(0),
        Argument::Number(resource.into()),
        Argument::Bytes([value, value].concat()),
        Argument::Number(0),
    ];
    Ok(Call::new(libc::SYS_prlimit64, arguments))
}

/// Sets the host name of the current UTS namespace.
pub(crate) fn set_host_name(name: &str) -> io::Result<()> {
    // SAFETY: the kernel reads `len` bytes of a live string.
    check_int(unsafe { libc::sethostname(name.as_ptr().cast(), name.len()) })?;
    Ok(())
}

/// Replaces this process by `program`. Returns only the reason why it could not.
pub(crate) fn execute(program: &CStr, args: &[CString], env: &[CString]) -> io::Error {
    let list = |strings: &[CString]| -> Vec<*const libc::c_char> {
        strings
            .iter()
            .map(|string| string.as_ptr())
            .chain(std::iter::once(std::ptr::null()))
            .collect()
    };
    let (args, env) = (list(args), list(env));
    // SAFETY: both lists end with a null pointer and point at NUL-terminated strings that outlive the call.
    unsafe { libc::execve(program.as_ptr(), args.as_ptr(), env.as_ptr()) };
    io::Error::last_os_error()
}
