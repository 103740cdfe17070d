//! Fixtures, and what the tests see of the host.

use std::fs::{self, Permissions};
use std::io::Read;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use sandbox::namespaces::NamespaceDriver;
use sandbox::unconfined::UnconfinedDriver;
use sandbox::{Driver, Exit, Limits, Sandbox, Spec};
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;
use tokio::time::Instant;

/// Where every sandbox of these tests listens.
pub(crate) const LISTEN: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(169, 254, 100, 1), 9001);

/// How many nurseries wait for a sandbox.
const NURSERIES: usize = 4;

pub(crate) async fn namespaces() -> NamespaceDriver {
    let driver = NamespaceDriver::start().await.unwrap();
    // It says that it is ready before its nurseries wait.
    let own = spawners_of(std::process::id());
    let count = || own.iter().map(|spawner| children(*spawner).len()).sum();
    settled(&(NURSERIES * own.len()), count);
    driver
}

/// A shell that runs `script`.
pub(crate) fn a_shell(script: &str) -> Spec {
    a_command("/bin/bash", &["-c", script])
}

/// The host's own python, which runs `script`.
pub(crate) fn a_python(script: &str) -> Spec {
    a_command("/usr/bin/python3", &["-c", script])
}

pub(crate) fn a_command(program: &str, args: &[&str]) -> Spec {
    Spec {
        mounts: Vec::new(),
        program: program.into(),
        args: args.iter().map(Into::into).collect(),
        env: vec![("PATH".into(), "/usr/bin:/bin".into())],
        working_dir: "/tmp".into(),
        listen: LISTEN,
        limits: Limits {
            memory_bytes: 256 << 20,
            tmp_bytes: 64 << 20,
            pids_max: 64,
            open_files_max: 256,
            cpu_millis: Some(500),
        },
        companions: Vec::new(),
        mould: None,
    }
}

/// Runs `spec` to its end: how it ended and what it wrote.
pub(crate) async fn run(driver: &dyn Driver, spec: Spec) -> (Exit, String) {
    let sandbox = driver.spawn(spec).await.unwrap();
    let Sandbox { output, tree, .. } = sandbox;
    let exit = tree.exited().await;
    tree.kill().await;
    (exit, read_all(output).await)
}

/// Reads until every writer is gone.
pub(crate) async fn read_all(output: OwnedFd) -> String {
    let mut text = String::new();
    let mut output = pipe::Receiver::from_owned_fd(output).unwrap();
    output.read_to_string(&mut text).await.unwrap();
    text
}

/// Runs a script in a sandbox of its own and expects it to succeed; returns its output.
pub(crate) async fn in_sandbox(spec: Spec) -> String {
    let driver = namespaces().await;
    let (exit, output) = run(&driver, spec).await;
    driver.shutdown().await;
    assert_eq!(exit, Exit::Code(0), "{output}");
    output
}

/// Whether the tests run as the host's root.
pub(crate) fn is_root() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    status.lines().any(|line| line.starts_with("Uid:\t0\t"))
}

/// Process numbers and parents, of everything that is not a zombie of somebody else's.
fn processes() -> Vec<(u32, u32, String)> {
    fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| {
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            let (before, after) = stat.rsplit_once(')')?;
            let (pid, name) = before.split_once(" (")?;
            let parent = after.split_ascii_whitespace().nth(1)?;
            Some((pid.parse().ok()?, parent.parse().ok()?, name.to_owned()))
        })
        .collect()
}

pub(crate) fn children(parent: u32) -> Vec<u32> {
    processes()
        .into_iter()
        .filter(|(_, of, _)| *of == parent)
        .map(|(pid, _, _)| pid)
        .collect()
}

/// The spawners that process `parent` has started.
pub(crate) fn spawners_of(parent: u32) -> Vec<u32> {
    processes()
        .into_iter()
        .filter(|(_, of, name)| *of == parent && name == "invoked-spawner")
        .map(|(pid, _, _)| pid)
        .collect()
}

/// A driver that was only dropped ends its spawner in the background; the next test wants to see its own alone.
pub(crate) fn wait_for_spawners() {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !spawners_of(std::process::id()).is_empty() && Instant::now() < deadline {
        std::thread::yield_now();
    }
}

/// The one spawner of this process.
pub(crate) fn spawner() -> u32 {
    match spawners_of(std::process::id()).as_slice() {
        [only] => *only,
        other => panic!("one spawner expected, not {other:?}"),
    }
}

/// How many descriptors a process has open.
pub(crate) fn descriptors(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count()
}

/// What `read` says once that is `expected`, or after a while: a spawner opens the next nursery, and closes a life
/// line, just after it has answered.
pub(crate) fn settled<T: PartialEq>(expected: &T, read: impl Fn() -> T) -> T {
    let deadline = Instant::now() + Duration::from_secs(5);
    while read() != *expected && Instant::now() < deadline {
        std::thread::yield_now();
    }
    read()
}

/// The groups of sandboxes (or the directory that holds them) that spawner `pid` has now.
pub(crate) fn groups_of(pid: u32) -> Vec<PathBuf> {
    let mark = format!("-{pid}-");
    let mut found = Vec::new();
    let mut left = vec![PathBuf::from("/sys/fs/cgroup")];
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                let name = entry.file_name().to_string_lossy().into_owned();
                if name.starts_with("invoked-") && name.contains(&mark) {
                    found.push(entry.path());
                }
                left.push(entry.path());
            }
        }
    }
    found
}

/// The groups of single sandboxes of spawner `pid`.
pub(crate) fn sandbox_groups_of(pid: u32) -> usize {
    groups_of(pid)
        .iter()
        .flat_map(|directory| fs::read_dir(directory).unwrap().flatten())
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .count()
}

/// What this process was started as, if not as the tests.
pub(crate) fn role() -> Option<String> {
    std::env::args()
        .nth(1)?
        .strip_prefix("role=")
        .map(str::to_owned)
}

/// Another server: starts a driver and a sandbox with a daemon in it, says so, and waits to be killed.
pub(crate) fn play(role: &str) -> ExitCode {
    crate::in_runtime(async {
        let driver: Box<dyn Driver> = match role {
            "namespaces" => Box::new(namespaces().await),
            "unconfined" => Box::new(UnconfinedDriver::start().await.unwrap()),
            other => panic!("no role {other}"),
        };
        let script = "setsid sleep 1000 & setsid setsid sleep 1000 & sleep 1000";
        let sandbox = driver.spawn(a_shell(script)).await.unwrap();
        println!("{}", spawner());
        sandbox.exited().await;
    });
    ExitCode::SUCCESS
}

/// Starts this binary in `role`; returns it and the number of its spawner.
///
/// Its standard error stays open as long as it or anything it started lives, sandboxed commands excepted.
pub(crate) fn another_server(role: &str) -> (Child, u32) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .arg(format!("role={role}"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut stdout = child.stdout.take().unwrap();
    let mut byte = [0];
    while stdout.read(&mut byte).unwrap() == 1 && byte[0] != b'\n' {
        line.push(char::from(byte[0]));
    }
    (child, line.parse().unwrap())
}

/// Kills a server of [`another_server`] without warning and waits for everything it had started.
pub(crate) fn kill_outright(mut server: Child) -> String {
    let mut stderr = server.stderr.take().unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    let mut text = String::new();
    stderr.read_to_string(&mut text).unwrap();
    text
}

/// The user `nobody`, which owns no process of a host that is in its senses.
const ORDINARY_USER: u32 = 65_534;

/// Runs this binary once more with `args`, as an ordinary user of the host; whether it succeeded.
///
/// From a copy, because the directories above this one may be root's alone.
pub(crate) fn again_as_an_ordinary_user(args: &[String]) -> bool {
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
    let copy = directory.path().join("isolation");
    fs::copy(std::env::current_exe().unwrap(), &copy).unwrap();
    Command::new(copy)
        .args(args)
        .current_dir("/")
        .uid(ORDINARY_USER)
        .gid(ORDINARY_USER)
        .status()
        .unwrap()
        .success()
}
