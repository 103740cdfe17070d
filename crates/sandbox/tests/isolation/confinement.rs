//! What a command can see, reach and do.

use std::fs;

use sandbox::{Driver, ReadOnlyMount, Sandbox};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use crate::host::{a_command, a_python, a_shell, in_sandbox, namespaces};

const CALL: &str = "exec 3<>/dev/tcp/169.254.100.1/9001; echo $NAME >&3";

/// Accepts one connection and reads it to its end.
async fn heard(sandbox: Sandbox) -> String {
    let Sandbox { listener, tree, .. } = sandbox;
    let (mut connection, _) = TcpListener::from_std(listener)
        .unwrap()
        .accept()
        .await
        .unwrap();
    let mut text = String::new();
    connection.read_to_string(&mut text).await.unwrap();
    tree.kill().await;
    text
}

pub(crate) async fn the_listener_is_reached_from_inside() {
    let driver = namespaces().await;
    let mut spec = a_shell(CALL);
    spec.env.push(("NAME".into(), "one".into()));

    assert_eq!(heard(driver.spawn(spec).await.unwrap()).await, "one\n");
}

pub(crate) async fn two_sandboxes_use_one_address() {
    let driver = namespaces().await;
    let mut specs = ["one", "two"].map(|name| {
        let mut spec = a_shell(CALL);
        spec.env.push(("NAME".into(), name.into()));
        spec
    });
    specs[1].listen = specs[0].listen;
    let [one, two] = specs;

    let one = driver.spawn(one).await.unwrap();
    let two = driver.spawn(two).await.unwrap();

    assert_eq!(one.address, two.address);
    assert_eq!(heard(two).await, "two\n");
    assert_eq!(heard(one).await, "one\n");
}

pub(crate) async fn the_network_ends_inside() {
    let script = "
import socket, os
print(sorted(name for _, name in socket.if_nameindex()))
s = socket.socket()
print(os.strerror(s.connect_ex(('192.0.2.1', 80))))
";
    assert_eq!(
        in_sandbox(a_python(script)).await,
        "['lo']\nNetwork is unreachable\n"
    );
}

pub(crate) async fn files_of_the_host_are_invisible() {
    let secret = tempfile::tempdir().unwrap();
    fs::write(secret.path().join("key"), "secret").unwrap();
    let script = format!(
        "ls -d /root /home /work /sys /srv /mnt /boot /etc/shadow {} 2>/dev/null; ls -A /tmp; ls -A /run; ls /",
        secret.path().display()
    );
    let mut spec = a_shell(&format!("{script}; true"));
    spec.working_dir = "/".into();

    let output = in_sandbox(spec).await;

    let roots: Vec<&str> = output
        .lines()
        .filter(|line| !line.starts_with("lib"))
        .collect();
    assert_eq!(
        roots,
        [
            "bin", "dev", "etc", "opt", "proc", "run", "sbin", "tmp", "usr", "var"
        ]
    );
}

pub(crate) async fn a_directory_behind_a_private_one_can_be_mounted() {
    // A temporary directory is for its owner alone.
    let private = tempfile::tempdir().unwrap();
    let code = private.path().join("code");
    fs::create_dir(&code).unwrap();
    fs::write(code.join("hello"), "hello\n").unwrap();
    fs::write(private.path().join("single"), "file\n").unwrap();
    let mut spec = a_shell("cat /var/task/hello /somewhere/else/hello /one/file");
    spec.mounts = vec![
        ReadOnlyMount::new(&code, "/var/task"),
        ReadOnlyMount::new(&code, "/somewhere/else"),
        ReadOnlyMount::new(private.path().join("single"), "/one/file"),
    ];

    assert_eq!(in_sandbox(spec).await, "hello\nhello\nfile\n");
}

pub(crate) async fn only_tmp_is_writable() {
    let code = tempfile::tempdir().unwrap();
    fs::write(code.path().join("file"), "").unwrap();
    let mut spec = a_shell(
        "for place in / /etc /usr /var/task /var/task/file /opt /dev /var /run /proc; do
           target=$place/new; [ -f $place ] && target=$place
           (echo x > $target) 2>/dev/null && echo wrote $target
         done
         echo content > /tmp/new && cat /tmp/new",
    );
    spec.mounts = vec![ReadOnlyMount::new(code.path(), "/var/task")];

    assert_eq!(in_sandbox(spec).await, "content\n");
}

pub(crate) async fn every_mount_is_restricted() {
    // Fields as proc(5) counts them: 5 is the mount point, 6 its options.
    let script = "awk '{print $5, $6}' /proc/self/mountinfo";
    let code = tempfile::tempdir().unwrap();
    let mut spec = a_shell(script);
    spec.mounts = vec![ReadOnlyMount::new(code.path(), "/var/task")];

    let output = in_sandbox(spec).await;

    for line in output.lines() {
        let (point, options) = line.split_once(' ').unwrap();
        let has = |option| options.split(',').any(|found| found == option);
        // A device node as a mount, and covers that are one.
        let is_device = point.starts_with("/dev/") || point.starts_with("/proc/");
        assert!(has("nosuid"), "{line}");
        assert!(has("nodev") || is_device, "{line}");
        assert!(has("ro") || point == "/tmp" || is_device, "{line}");
    }
    assert!(output.lines().any(|line| line.starts_with("/tmp rw,")));
    assert!(output.lines().any(|line| line.starts_with("/proc ro,")));
}

pub(crate) async fn the_user_has_no_rights() {
    let script = "grep -E '^(Uid|Gid|Cap|NoNewPrivs|Seccomp:)' /proc/self/status; id -un; id -gn; umask; ulimit -c";
    let output = in_sandbox(a_shell(script)).await;

    let lines: Vec<&str> = output.lines().collect();
    assert_eq!(
        lines,
        [
            "Uid:\t993\t993\t993\t993",
            "Gid:\t990\t990\t990\t990",
            "CapInh:\t0000000000000000",
            "CapPrm:\t0000000000000000",
            "CapEff:\t0000000000000000",
            "CapBnd:\t0000000000000000",
            "CapAmb:\t0000000000000000",
            "NoNewPrivs:\t1",
            "Seccomp:\t2",
            "sbx_user1051",
            "sbx_user1051",
            "0022",
            "0",
        ]
    );
}

pub(crate) async fn refused_calls_fail() {
    // The numbers are those of x86-64; elsewhere the filter's own test speaks for it.
    if !cfg!(target_arch = "x86_64") {
        return;
    }
    let script = "
import ctypes, errno, os, socket
libc = ctypes.CDLL(None, use_errno=True)
def name(*call):
    result = libc.syscall(*call)
    return errno.errorcode[ctypes.get_errno()] if result < 0 else 'done'
print('mount', name(165, b'none', b'/tmp', b'tmpfs', 0, 0))
print('umount', name(166, b'/tmp', 0))
print('unshare', name(272, 0x10000000))
print('clone', name(56, 0x10000000 | 17, 0, 0, 0, 0))
print('clone3', name(435, 0, 0))
print('ptrace', name(101, 0, 0, 0, 0))
print('bpf', name(321, 0, 0, 0))
print('keyctl', name(250, 0, 0))
print('io_uring_setup', name(425, 1, 0))
print('x32 getpid', name(0x40000000 + 39))
print('unknown', name(5000))
try:
    socket.socket(40, socket.SOCK_STREAM)
except OSError as error:
    print('vsock', errno.errorcode[error.errno])
";
    let output = in_sandbox(a_python(script)).await;

    let expected = "mount EPERM|umount EPERM|unshare EPERM|clone EPERM|clone3 ENOSYS|ptrace EPERM|bpf EPERM|\
                    keyctl EPERM|io_uring_setup EPERM|x32 getpid ENOSYS|unknown ENOSYS|vsock EAFNOSUPPORT|";
    assert_eq!(output.replace('\n', "|"), expected);
}

pub(crate) async fn other_processes_are_invisible() {
    let script = "
import os
print(sorted(int(name) for name in os.listdir('/proc') if name.isdigit()))
for path in ['/proc/1/environ', '/proc/1/root/tmp', '/proc/1/fd/3', '/proc/1/mem']:
    try:
        open(path).close()
        print('opened', path)
    except OSError:
        pass
try:
    os.kill(1, 9)
except OSError:
    pass
print('still here')
";
    let output = in_sandbox(a_python(script)).await;

    assert_eq!(output, "[1, 2]\nstill here\n");
}

pub(crate) async fn the_output_can_be_opened_by_name() {
    let script = "echo one; echo two > /dev/stdout; echo three >&2; echo four > /dev/stderr";
    assert_eq!(in_sandbox(a_shell(script)).await, "one\ntwo\nthree\nfour\n");
}

pub(crate) async fn no_descriptor_is_inherited() {
    let script =
        "import os; print(sorted(os.listdir('/proc/self/fd')), os.readlink('/proc/self/fd/0'))";
    // The fourth is the directory being listed.
    assert_eq!(
        in_sandbox(a_python(script)).await,
        "['0', '1', '2', '3'] /dev/null\n"
    );
}

pub(crate) async fn python_starts() {
    let script = "import ssl, json, threading, subprocess, sys
t = threading.Thread(target=lambda: print('thread')); t.start(); t.join()
print(subprocess.check_output(['/bin/echo', 'child']).decode().strip())";
    let mut spec = a_python(script);
    spec.env.push(("PYTHONUNBUFFERED".into(), "1".into()));

    assert_eq!(in_sandbox(spec).await, "thread\nchild\n");
}

pub(crate) async fn node_starts() {
    if !fs::exists("/usr/bin/node").unwrap() {
        return;
    }
    let script = "const {execFileSync} = require('child_process'); console.log(execFileSync('/bin/echo', ['child']).toString().trim())";
    let mut spec = a_command("/usr/bin/node", &["-e", script]);
    spec.limits.memory_bytes = 512 << 20;

    assert_eq!(in_sandbox(spec).await, "child\n");
}
