//! Commands that are copies of a running one: confined as every command, and nobody's but their own.

use sandbox::{Dedication, Driver, Exit, Sandbox, Snapshot, Spec};
use tempfile::TempDir;

use crate::forked::{FACTS, said, settled_children};
use crate::host::{a_command, children, descriptors, groups_of, namespaces, settled, spawner};
use crate::ways::{SERVE_COPIES, a_fork, a_patient_python, a_snapshot, dedicated, the_client};

/// A snapshot that does this and is then ready, and what a copy of it is started from.
async fn ready(
    driver: &dyn Driver,
    client: &TempDir,
    before: &str,
    after: &str,
) -> (Sandbox, Snapshot, Spec) {
    let spec = a_patient_python(client);
    let dedication = Dedication {
        mounts: Vec::new(),
        limits: a_command("", &[]).limits,
        message: format!("{before}\n{SERVE_COPIES}\n{after}").into_bytes(),
    };
    let (sandbox, snapshot) = a_snapshot(driver, &spec, &dedication).await;
    snapshot.ready().await.unwrap();
    (sandbox, snapshot, spec)
}

pub(crate) async fn a_copy_is_confined_as_a_fork() {
    let driver = namespaces().await;
    let client = the_client();
    let (_sandbox, snapshot, spec) = ready(&driver, &client, "", FACTS).await;
    let fork = a_fork(&driver, &spec).await;

    let (_, forked) = said(dedicated(fork, FACTS).await).await;
    let (_, copied) = said(driver.copy(&snapshot, spec.clone()).await.unwrap()).await;

    // A copy has the filter of its snapshot, and on top of it the one that everybody has. Copies are one user.
    let is_alike =
        |line: &&str| !line.starts_with("Seccomp_filters") && !line.starts_with("Max processes");
    let differing: Vec<_> = forked
        .lines()
        .filter(is_alike)
        .zip(copied.lines().filter(is_alike))
        .filter(|(forked, copied)| forked != copied)
        .collect();
    assert_eq!(differing, [("", ""); 0], "{copied}");
    assert_eq!(forked.lines().count(), copied.lines().count());
    assert!(copied.contains("Seccomp_filters:\t2"), "{copied}");
}

pub(crate) async fn copies_share_what_was_in_memory_and_have_files_of_their_own() {
    let driver = namespaces().await;
    let client = the_client();
    let before = "
import random
os.mark = os.urandom(8).hex()
os.makedirs('/tmp/a/b')
open('/tmp/a/b/c', 'w').write('from before')
os.symlink('a/b/c', '/tmp/link')
os.chmod('/tmp/a/b/c', 0o640)
";
    let after = "
print(os.mark, open('/tmp/link').read(), oct(os.stat('/tmp/a/b/c').st_mode), sorted(os.listdir('/tmp')))
open('/tmp/link', 'a').write(', changed')
open('/tmp/mine', 'x')
os.mark = None
print(random.random())
";
    let (_sandbox, snapshot, spec) = ready(&driver, &client, before, after).await;

    let copy = || async {
        let copy = driver.copy(&snapshot, spec.clone()).await.unwrap();
        said(copy).await.1
    };
    let (one, another, third) = tokio::join!(copy(), copy(), copy());
    let all = [one, another, third];

    let lines = |number: usize| all.iter().map(move |said| said.lines().nth(number));
    let first = lines(0).next().flatten().unwrap();
    assert!(
        first.ends_with(" from before 0o100640 ['a', 'link']"),
        "{all:?}"
    );
    assert!(lines(0).all(|line| line == Some(first)), "{all:?}");
    let dice: std::collections::HashSet<_> = lines(1).collect();
    assert_eq!(dice.len(), 3, "{all:?}");
}

pub(crate) async fn descriptors_of_a_snapshot_are_not_shared() {
    let driver = namespaces().await;
    let client = the_client();
    let before = "
import asyncio, socket
near, far = socket.socketpair()
reader, writer = os.pipe()
event = os.eventfd(0)
loop = asyncio.new_event_loop()
open('/tmp/file', 'w').write('abcdef')
file = open('/tmp/file', 'r+b', buffering=0)
file.read(2)
code = open('/var/runtime/_invoked_copies.py', 'rb', buffering=0)
";
    let after = "
print(near.recv(10))
os.write(writer, b'mine')
print(os.read(reader, 10))
os.eventfd_write(event, 3)
print(os.eventfd_read(event))
loop.call_later(0.01, loop.call_soon_threadsafe, loop.stop)
loop.run_forever()
print(file.read(2), code.read(3), file.write(b'XY'), open('/tmp/file').read())
print('the loop runs', sorted(os.listdir('/proc/self/fd'), key=int)[-1])
";
    let (_sandbox, snapshot, spec) = ready(&driver, &client, before, after).await;

    for _ in 0..3 {
        let (_, text) = said(driver.copy(&snapshot, spec.clone()).await.unwrap()).await;
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(&lines[..3], ["b''", "b'mine'", "3"], "{text}");
        // Its snapshot's line is not among them.
        let [_, _, _, files, last] = lines[..] else {
            panic!("{text}")
        };
        let expected = r#"b'cd' b'"""' 2 abcdXY"#;
        assert_eq!(files, expected, "{text}");
        let highest: u32 = last
            .strip_prefix("the loop runs ")
            .unwrap()
            .parse()
            .unwrap();
        assert!(highest < 100, "{text}");
    }
}

pub(crate) async fn copies_end_with_their_snapshot_and_leave_nothing() {
    let driver = namespaces().await;
    let spawner = spawner();
    let client = the_client();
    let after = "import time; print('here', flush=True); time.sleep(100)";
    drop(a_fork(&driver, &a_patient_python(&client)).await);
    let waiting = settled_children(spawner).await;
    let open = descriptors(spawner);
    let (sandbox, snapshot, spec) = ready(&driver, &client, "", after).await;

    let copy = driver.copy(&snapshot, spec.clone()).await.unwrap();
    let other = driver.copy(&snapshot, spec.clone()).await.unwrap();
    other.kill().await;
    sandbox.kill().await;
    assert_eq!(copy.exited().await, Exit::Signal(9));
    drop((snapshot, sandbox, copy, other));

    assert_eq!(settled_children(spawner).await, waiting);
    assert_eq!(settled(&open, || descriptors(spawner)), open);
    driver.shutdown().await;
    assert_eq!(settled(&Vec::new(), || children(spawner)), [] as [u32; 0]);
    assert_eq!(groups_of(spawner), [] as [std::path::PathBuf; 0]);
}

pub(crate) async fn a_snapshot_that_has_ended_is_not_copied() {
    let driver = namespaces().await;
    let client = the_client();
    let (sandbox, snapshot, spec) = ready(&driver, &client, "", "").await;
    sandbox.kill().await;

    driver.copy(&snapshot, spec.clone()).await.unwrap_err();

    let fork = a_fork(&driver, &spec).await;
    assert_eq!(said(dedicated(fork, "print(1)").await).await.1, "1\n");
}

pub(crate) async fn a_snapshot_enters_nothing_that_is_not_its_familys() {
    let driver = namespaces().await;
    let client = the_client();
    let spec = a_patient_python(&client);
    // The parent and the owner of a namespace are asked for by NS_GET_PARENT and NS_GET_USERNS (linux/nsfs.h).
    let script = "
import fcntl
def fails(what, *given):
    try:
        return (what(*given), 'worked')
    except OSError as error:
        return error.errno
print([fails(os.open, '/proc/1/ns/' + name, os.O_RDONLY) for name in ('user', 'mnt', 'net', 'pid')])
own = {name: os.open('/proc/self/ns/' + name, os.O_RDONLY) for name in ('user', 'pid', 'mnt')}
print([fails(fcntl.ioctl, own[name], call) for name, call in (('user', 0xB702), ('user', 0xB701), ('pid', 0xB702))])
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
print([(call(*given), ctypes.get_errno()) for call, *given in (
    (libc.mount, b'none', b'/tmp', b'tmpfs', 0, None),
    (libc.umount2, b'/proc', 2),
    (libc.chroot, b'/tmp'),
    (libc.sethostname, b'x', 1),
    (libc.unshare, 0x20000),
)])
";
    let dedication = Dedication {
        mounts: Vec::new(),
        limits: a_command("", &[]).limits,
        message: script.as_bytes().to_vec(),
    };

    let (snapshot, _) = a_snapshot(&driver, &spec, &dedication).await;
    let (exit, text) = said(snapshot).await;

    assert_eq!(exit, Exit::Code(0), "{text}");
    let expected = "[13, 13, 13, 13]\n[1, 1, 1]\n[(-1, 1), (-1, 1), (-1, 1), (-1, 1), (-1, 1)]\n";
    assert_eq!(text, expected);
}
