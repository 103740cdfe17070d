//! Attempts to get out of a sandbox, to reach a neighbour, and to take more than a share.
//!
//! The attempts are Python, in the directory `attempts`; `docs/security.md` lists every one of them with what stops
//! it, and a test compares. Some are made without a sandbox as well, where they must succeed: an attempt that fails
//! for a reason of its own shows nothing.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::io::ErrorKind;
use std::net::TcpListener;
use std::os::fd::AsFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use sandbox::unconfined::UnconfinedDriver;
use sandbox::{Driver, Exit, Isolation, ProcessTree, ReadOnlyMount, Sandbox, Spec};
use tempfile::TempDir;
use tokio::io::AsyncReadExt;

use crate::host::{a_command, children, namespaces, read_all, sandbox_groups_of, settled, spawner};
use crate::neighbour::Pulse;
use crate::ways::{Started, Way, a_fork, a_patient_python, start, the_client};

const DOCUMENT: &str = include_str!("../../../../docs/security.md");

const FRAME: &str = include_str!("attempts/frame.py");
const ATTEMPTS: [&str; 4] = [
    include_str!("attempts/files.py"),
    include_str!("attempts/processes.py"),
    include_str!("attempts/kernel.py"),
    include_str!("attempts/network.py"),
];
const BOMBS: &str = include_str!("attempts/bombs.py");

/// Attempts that succeed on any host without a sandbox, and do no harm there.
const SUCCEED_OUTSIDE: [&str; 12] = [
    "host-file",
    "host-file-by-parents",
    "host-file-by-symlink",
    "host-file-by-proc-root",
    "neighbours-code",
    "see-other-processes",
    "neighbours-environment",
    "neighbours-shared-memory",
    "hosts-loopback",
    "host-abstract-socket",
    "neighbours-abstract-socket",
    "neighbours-port",
];

/// Bombs of memory that belongs to no process. Where no group limits memory they would meet the host's own limit.
const NEED_A_MEMORY_GROUP: [&str; 3] = ["memory-bomb", "memory-file-bomb", "shared-memory-bomb"];

const SECRET: [&str; 2] = ["secret of the neigh", "bour and of the host"];

/// What the attempts look for.
const NEIGHBOUR: &str = r"
import ctypes, os, socket, time
libc = ctypes.CDLL(None)
secret = os.environ['SECRET'].encode()
keep = [secret * 1000]
try:
    open('/tmp/secret-of-the-neighbour', 'wb').write(secret)
except PermissionError:
    pass
libc.shmget(0x5EC2E7, 4096, 0o1666)
libc.mq_open(b'/queue-of-the-neighbour', os.O_CREAT | os.O_RDWR, 0o666, 0)
abstract = socket.socket(socket.AF_UNIX)
abstract.bind('\0socket-of-the-neighbour')
abstract.listen()
port = socket.socket()
port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
port.bind(('127.0.0.1', 8000))
port.listen()
print('ready', flush=True)
while True:
    time.sleep(1000)
";

/// Things on the host that nobody inside may find, reach or harm.
struct Bait {
    directory: TempDir,
    process: Child,
    listener: TcpListener,
    abstract_listener: UnixListener,
    abstract_name: String,
}

impl Bait {
    fn lay() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let public = Permissions::from_mode(0o755);
        fs::set_permissions(directory.path(), public.clone()).unwrap();
        fs::write(directory.path().join("file"), SECRET.concat()).unwrap();
        for (name, file, content) in [
            ("attacker", "attempts.py", program()),
            ("attacker", "code.txt", "x".to_owned()),
            ("neighbour", "code.txt", SECRET.concat()),
        ] {
            let code = directory.path().join(name);
            fs::create_dir_all(&code).unwrap();
            fs::set_permissions(&code, public.clone()).unwrap();
            fs::write(code.join(file), content).unwrap();
        }
        let abstract_name = format!("bait-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&abstract_name).unwrap();
        let abstract_listener = UnixListener::bind_addr(&address).unwrap();
        abstract_listener.set_nonblocking(true).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let process = Command::new("/bin/sleep")
            .arg("1000")
            .env("SECRET", SECRET.concat())
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            directory,
            process,
            listener,
            abstract_listener,
            abstract_name,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// What makes the attempts named in `only`, or all of them.
    fn attacker(&self, neighbour: u32, only: &[&str]) -> Spec {
        let mut args = vec!["/var/task/attempts.py"];
        args.extend(only);
        let mut spec = a_command("/usr/bin/python3", &args);
        spec.mounts = vec![ReadOnlyMount::new(self.path("attacker"), "/var/task")];
        let text = |path: PathBuf| path.to_str().unwrap().to_owned();
        for (name, value) in [
            ("HOST_FILE", text(self.path("file"))),
            ("HOST_PID", self.process.id().to_string()),
            (
                "HOST_PORT",
                self.listener.local_addr().unwrap().port().to_string(),
            ),
            ("HOST_SOCKET", self.abstract_name.clone()),
            ("NEIGHBOUR_CODE", text(self.path("neighbour/code.txt"))),
            ("NEIGHBOUR_PID", neighbour.to_string()),
            ("SECRET_START", SECRET[0].to_owned()),
            ("SECRET_END", SECRET[1].to_owned()),
            ("LISTENER", "{listen}".to_owned()),
            ("PROCESSES_MAX", spec.limits.pids_max.to_string()),
        ] {
            spec.env.push((name.to_owned(), value));
        }
        spec
    }

    fn neighbour(&self) -> Spec {
        let mut spec = a_command("/usr/bin/python3", &["-c", NEIGHBOUR]);
        spec.mounts = vec![ReadOnlyMount::new(self.path("neighbour"), "/var/task")];
        spec.env.push(("SECRET".into(), SECRET.concat()));
        spec
    }

    fn assert_untouched(&mut self) {
        assert_eq!(
            fs::read_to_string(self.path("file")).unwrap(),
            SECRET.concat()
        );
        assert!(!self.path("attacker/planted").exists());
        assert!(
            self.process.try_wait().unwrap().is_none(),
            "the host's process was signalled"
        );
        let nobody = ErrorKind::WouldBlock;
        assert_eq!(self.listener.accept().unwrap_err().kind(), nobody);
        assert_eq!(self.abstract_listener.accept().unwrap_err().kind(), nobody);
    }
}

impl Drop for Bait {
    fn drop(&mut self) {
        // It fails only where somebody else has ended it.
        self.process.kill().unwrap_or_default();
        self.process.wait().unwrap();
    }
}

fn program() -> String {
    [FRAME, &ATTEMPTS.concat(), BOMBS, "\nrun_all()\n"].concat()
}

/// The names of the attempts in a part of the program.
fn names_in(part: &str) -> Vec<&str> {
    part.lines()
        .filter_map(|line| line.strip_prefix("@attempt(\"")?.strip_suffix("\")"))
        .collect()
}

/// A neighbour that is in place, and its process number on the host.
async fn start_neighbour(driver: &dyn Driver, bait: &Bait) -> (Sandbox, u32) {
    let mut sandbox = driver.spawn(bait.neighbour()).await.unwrap();
    let output = sandbox.output.as_fd().try_clone_to_owned().unwrap();
    let mut output = tokio::net::unix::pipe::Receiver::from_owned_fd(output).unwrap();
    let mut ready = [0; 6];
    output.read_exact(&mut ready).await.unwrap();
    assert_eq!(&ready, b"ready\n");
    sandbox.output = output.into_blocking_fd().unwrap();
    (sandbox, the_python_below(spawner()).unwrap())
}

/// The one process below `pid` that runs Python.
fn the_python_below(pid: u32) -> Option<u32> {
    children(pid).into_iter().find_map(|child| {
        let name = fs::read_to_string(format!("/proc/{child}/comm")).unwrap_or_default();
        if name.starts_with("python") {
            return Some(child);
        }
        the_python_below(child)
    })
}

/// One line of the program's output: the attempt, its verdict, and how it came about.
fn parse(output: &str) -> Vec<(&str, &str, &str)> {
    output
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| {
            let mut fields = line.splitn(3, '\t');
            let mut next = || fields.next().unwrap_or_else(|| panic!("{line}"));
            (next(), next(), next())
        })
        .collect()
}

/// `permitted`: what is no escape.
fn assert_all_contained(output: &str, expected: &[&str], permitted: &[&str]) {
    let results = parse(output);
    let failures: Vec<_> = results
        .iter()
        .filter(|(name, verdict, _)| *verdict != "contained" && !permitted.contains(name))
        .collect();
    assert!(failures.is_empty(), "{failures:#?}");
    let made: Vec<&str> = results.iter().map(|(name, _, _)| *name).collect();
    assert_eq!(made, expected);
}

pub(crate) async fn every_attempt_is_contained() {
    attempts_are_contained(Way::Whole).await;
}

pub(crate) async fn every_attempt_is_contained_in_a_prepared_sandbox() {
    attempts_are_contained(Way::Prepared).await;
}

pub(crate) async fn every_attempt_is_contained_in_a_fork() {
    attempts_are_contained(Way::Forked).await;
}

pub(crate) async fn every_attempt_is_contained_in_a_snapshot() {
    attempts_are_contained(Way::Snapshot).await;
}

pub(crate) async fn every_attempt_is_contained_in_a_copy() {
    attempts_are_contained(Way::Copied).await;
}

async fn attempts_are_contained(way: Way) {
    let mut bait = Bait::lay();
    let driver = namespaces().await;
    let (neighbour, neighbour_pid) = start_neighbour(&driver, &bait).await;
    let names: Vec<&str> = ATTEMPTS.iter().flat_map(|part| names_in(part)).collect();

    let client = the_client();
    let attacker = bait.attacker(neighbour_pid, &names);
    let Started {
        sandbox: attacker,
        ancestor,
    } = start(&driver, way, &client, attacker).await;
    let Sandbox {
        listener,
        output,
        tree,
        ..
    } = attacker;
    // Init holds the output open, so it ends with the sandbox; a hundred lines fit into the pipe.
    let exit = tree.exited().await;
    tree.kill().await;
    let output = read_all(output).await;

    assert_all_contained(&output, &names, way.has_the_right_to());
    assert_eq!(exit, Exit::Code(0));
    bait.assert_untouched();
    drop(ancestor);
    // Only its own Runtime API has heard the attacker, and the neighbour is still there.
    assert!(listener.accept().is_ok());
    let silence = neighbour.listener.accept().unwrap_err().kind();
    assert_eq!(silence, ErrorKind::WouldBlock);
    assert!(fs::exists(format!("/proc/{neighbour_pid}")).unwrap());
    driver.shutdown().await;
}

pub(crate) async fn attempts_succeed_where_nothing_contains_them() {
    let bait = Bait::lay();
    let driver = UnconfinedDriver::start().await.unwrap();
    assert_eq!(driver.isolation(), Isolation::Unconfined);
    let (neighbour, neighbour_pid) = start_neighbour(&driver, &bait).await;

    let attacker = bait.attacker(neighbour_pid, &SUCCEED_OUTSIDE);
    let Sandbox { output, tree, .. } = driver.spawn(attacker).await.unwrap();
    tree.exited().await;
    tree.kill().await;
    let output = read_all(output).await;

    neighbour.kill().await;
    remove_what_lasts();

    let escaped: BTreeSet<&str> = parse(&output)
        .iter()
        .filter(|(_, verdict, _)| *verdict == "ESCAPED")
        .map(|(name, _, _)| *name)
        .collect();
    let expected = BTreeSet::from(SUCCEED_OUTSIDE);
    assert_eq!(escaped, expected, "{output}");
    driver.shutdown().await;
}

/// Without a sandbox there is nothing that goes away with the neighbour.
fn remove_what_lasts() {
    let script = "
import ctypes, os
libc = ctypes.CDLL(None)
libc.shmctl(libc.shmget(0x5EC2E7, 0, 0), 0, 0)
libc.mq_unlink(b'/queue-of-the-neighbour')
os.unlink('/tmp/secret-of-the-neighbour')
";
    let removed = Command::new("/usr/bin/python3")
        .args(["-c", script])
        .status();
    assert!(removed.unwrap().success());
}

pub(crate) async fn every_bomb_is_contained_and_the_neighbour_goes_on() {
    bombs_are_contained(Way::Whole).await;
}

pub(crate) async fn every_bomb_of_a_fork_is_contained_and_the_neighbour_goes_on() {
    bombs_are_contained(Way::Forked).await;
}

pub(crate) async fn every_bomb_of_a_copy_is_contained_and_the_neighbour_goes_on() {
    bombs_are_contained(Way::Copied).await;
}

async fn bombs_are_contained(way: Way) {
    let mut bait = Bait::lay();
    let driver = namespaces().await;
    let client = the_client();
    if matches!(way, Way::Forked | Way::Copied) {
        // The mould, and the nurseries that wait with forks, are there from now on.
        drop(a_fork(&driver, &a_patient_python(&client)).await);
    }
    let mut pulse = Pulse::start(&driver).await;
    let quiet = pulse.median(60).await;
    let waiting = (children(spawner()).len(), sandbox_groups_of(spawner()));
    let has_groups = waiting.1 > 0;
    let mut slowest = 1.0_f64;
    for name in names_in(BOMBS) {
        if NEED_A_MEMORY_GROUP.contains(&name) && !has_groups {
            continue;
        }
        let mut spec = bait.attacker(0, &[name]);
        // Less than there is memory, so that a full /tmp is no lack of memory.
        spec.limits.tmp_bytes = 32 << 20;
        let Started { sandbox, ancestor } = start(&driver, way, &client, spec).await;
        let Sandbox { output, tree, .. } = sandbox;

        let (output, under_fire) =
            tokio::join!(read_all_until_exit(&tree, output), pulse.median(60));

        let results = parse(output.trim_start_matches('\n'));
        let verdict = results.first().map(|(_, verdict, _)| *verdict);
        // What runs out of memory is killed, and perhaps the frame with it.
        let is_killed = tree.exited().await == Exit::OutOfMemory;
        assert!(
            is_killed || verdict == Some("contained"),
            "{name}: {output}"
        );
        slowest = slowest.max(under_fire.as_secs_f64() / quiet.as_secs_f64());
        tree.kill().await;
        drop(ancestor);
        let count = || (children(spawner()).len(), sandbox_groups_of(spawner()));
        assert_eq!(
            settled(&waiting, count),
            waiting,
            "{name} has left something"
        );
    }
    println!("    a neighbour's median answer took at most {slowest:.1} times as long as in quiet");
    assert!(slowest < SLOWDOWN_MAX, "{slowest}");
    bait.assert_untouched();
    drop(pulse);
    driver.shutdown().await;
}

/// A neighbour that waits for a processor has its fair turn soon; one that a bomb could stop would never answer.
const SLOWDOWN_MAX: f64 = 200.0;

/// The output up to the end of the command; what it left behind may hold the pipe open.
async fn read_all_until_exit(tree: &ProcessTree, output: std::os::fd::OwnedFd) -> String {
    let mut output = tokio::net::unix::pipe::Receiver::from_owned_fd(output).unwrap();
    let mut text = Vec::new();
    tokio::select! {
        read = output.read_to_end(&mut text) => drop(read.unwrap()),
        _ = tree.exited() => {}
    }
    // Whatever was written before is in the pipe.
    while let Ok(1..) = output.try_read_buf(&mut text) {}
    String::from_utf8(text).unwrap()
}

pub(crate) async fn the_documented_attempts_are_the_ones_made() {
    let (_, tables) = DOCUMENT.split_once("## Attempts").unwrap();
    let documented: Vec<&str> = tables
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` |"))
        .map(|(name, _)| name)
        .collect();
    let made: Vec<&str> = ATTEMPTS
        .iter()
        .flat_map(|part| names_in(part))
        .chain(names_in(BOMBS))
        .collect();

    assert!(made.len() >= 60, "{}", made.len());
    assert_eq!(made.len(), made.iter().collect::<BTreeSet<_>>().len());
    assert_eq!(documented, made, "docs/security.md");
}
