//! What this host can give, found out by trying, and what to do about what it cannot.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use crate::spawner::trial::{self, Finding, names};
use crate::spawner::{Kind, SPAWNER_NAME};

/// How much isolation there is, from the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// What a sandbox is made of. There is none without it.
    Basic,
    /// A sandbox can also use up no more than its share of memory, processes and processors.
    Limits,
    /// Everything we have, second locks included.
    Full,
}

/// One protection of a sandbox, and whether this host gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protection {
    /// A few plain words, such as `memory limit`.
    pub name: &'static str,
    /// Whether it works here, tried a moment ago.
    pub on: bool,
    /// What it is good for; where it is off, what the kernel said.
    pub detail: String,
    /// What to do to get it, as a command where there is one. `None` where it is on.
    pub fix: Option<String>,
    /// The least level that needs it.
    pub level: Level,
}

/// Name, the least level that needs it, and what it is good for.
const PROTECTIONS: [(&str, Level, &str); 16] = [
    (
        names::USER,
        Level::Basic,
        "a command has no rights outside of its sandbox",
    ),
    (
        names::MOUNT,
        Level::Basic,
        "a command sees only the files it was given",
    ),
    (
        names::PROCESS,
        Level::Basic,
        "a command sees only its own processes, and all end together",
    ),
    (
        names::NETWORK,
        Level::Basic,
        "a command reaches only its own listener and its own way out",
    ),
    (
        names::OTHERS,
        Level::Basic,
        "a command shares no memory or queue with others, and does not see where it is",
    ),
    (
        names::ROOT,
        Level::Basic,
        "a command can write to its /tmp only",
    ),
    (
        names::PROC,
        Level::Basic,
        "a command sees a /proc of its own, read-only",
    ),
    (
        names::FILTER,
        Level::Basic,
        "a command can make only the system calls on our list",
    ),
    (
        names::MEMORY,
        Level::Limits,
        "a command cannot use more memory than its limit",
    ),
    (
        names::SWAP,
        Level::Limits,
        "swap counts towards the limit on memory",
    ),
    (
        names::PIDS,
        Level::Limits,
        "a sandbox cannot fill the host with processes",
    ),
    (
        names::CPU,
        Level::Limits,
        "a busy processor is shared in proportion",
    ),
    (
        names::USERS,
        Level::Full,
        "every sandbox runs as a host user of its own",
    ),
    (
        names::LANDLOCK,
        Level::Full,
        "a second lock on where a command can write",
    ),
    (
        names::SCOPES,
        Level::Full,
        "a second lock on signals and abstract sockets",
    ),
    (
        names::FREEZER,
        Level::Full,
        "a frozen sandbox cannot notice that it was; without it, signals stop it",
    ),
];

/// Tries every protection. Blocks for some milliseconds.
///
/// The binary's `main` must have called [`crate::run_spawner_if_asked`] first.
pub fn probe() -> Vec<Protection> {
    let findings = try_out();
    PROTECTIONS
        .iter()
        .map(|(name, level, purpose)| match &findings {
            Ok(findings) => judge((name, *level), purpose, findings),
            Err(error) => untried((name, *level), error),
        })
        .collect()
}

/// Tries whether a sandbox can be given a way out of its network; the protections of [`probe`] do not need one.
///
/// Blocks for some milliseconds. The binary's `main` must have called [`crate::run_spawner_if_asked`] first.
pub fn probe_uplink() -> Protection {
    let purpose = "a command reaches the network through this server";
    let uplink = (names::UPLINK, Level::Basic);
    match try_out() {
        Ok(findings) => judge(uplink, purpose, &findings),
        Err(error) => untried(uplink, &error),
    }
}

fn untried((name, level): (&'static str, Level), error: &io::Error) -> Protection {
    Protection {
        name,
        on: false,
        detail: format!("could not be tried: {error}"),
        fix: Some("check that this program's own file can be executed".to_owned()),
        level,
    }
}

fn judge((name, level): (&'static str, Level), purpose: &str, findings: &[Finding]) -> Protection {
    let found = findings.iter().find(|(found, _)| found == name);
    let errno = found.map_or(libc::EIO, |(_, errno)| *errno);
    let is_on = errno == 0;
    Protection {
        name,
        on: is_on,
        detail: if is_on {
            purpose.to_owned()
        } else {
            format!("{} ({purpose})", io::Error::from_raw_os_error(errno))
        },
        fix: (!is_on).then(|| fix_of(name, errno)),
        level,
    }
}

fn fix_of(name: &str, errno: i32) -> String {
    match name {
        names::MEMORY | names::PIDS | names::CPU | names::FREEZER => {
            "run as root, or under systemd: systemd-run --user --scope -p Delegate=yes invoked serve; \
             in a container, mount /sys/fs/cgroup writable (--cgroupns=private --privileged)"
                .to_owned()
        }
        names::SWAP => {
            "swapoff -a, or with control groups of version 1 boot with swapaccount=1; where memory \
             is not limited either, see there"
                .to_owned()
        }
        names::LANDLOCK => match errno {
            libc::EOPNOTSUPP => {
                "boot with lsm=landlock,... : add it to the list that `cat /sys/kernel/security/lsm` prints".to_owned()
            }
            _ => "use Linux 5.19 or newer; in a container, add --security-opt seccomp=unconfined".to_owned(),
        },
        names::SCOPES => "use Linux 6.12 or newer with Landlock".to_owned(),
        names::PROC if errno == libc::EPERM => {
            "in a container, add --security-opt systempaths=unconfined".to_owned()
        }
        names::UPLINK => fix_for_uplink(errno),
        names::USERS => "run as root: an ordinary user has only its own id to give".to_owned(),
        _ => fix_for(errno),
    }
}

fn try_out() -> io::Result<Vec<Finding>> {
    let output = Command::new("/proc/self/exe")
        .arg0(SPAWNER_NAME)
        .arg(Kind::Probe.argument())
        .env_clear()
        .stdin(Stdio::null())
        .output()?;
    let findings = trial::parse(&String::from_utf8_lossy(&output.stdout));
    if findings.is_empty() {
        return Err(io::Error::other(
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ));
    }
    Ok(findings)
}

/// As [`fix_for`], for a network uplink.
pub(crate) fn fix_for_uplink(errno: i32) -> String {
    match errno {
        libc::EOPNOTSUPP => "sudo modprobe veth".to_owned(),
        _ => fix_for(errno),
    }
}

/// The commands that most likely enable what the kernel refused with `errno`.
pub(crate) fn fix_for(errno: i32) -> String {
    match errno {
        libc::ENOSPC => {
            "sudo sysctl -w user.max_user_namespaces=10000 user.max_net_namespaces=10000"
        }
        libc::ENOSYS => "use Linux 5.14 or newer; in a container, add --security-opt seccomp=unconfined",
        _ => {
            "run as root, or on Ubuntu: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0; \
             in a container, add --privileged, or --security-opt seccomp=unconfined \
             --security-opt apparmor=unconfined --security-opt systempaths=unconfined"
        }
    }
    .to_owned()
}
