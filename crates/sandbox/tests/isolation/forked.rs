//! Commands that are forks of a running interpreter: confined as one that is executed, and as easily ended.

use std::fs;
use std::path::Path;
use std::time::Duration;

use sandbox::{Driver, Exit, Sandbox, Spec};
use tokio::time::Instant;

use crate::host::{
    children, descriptors, groups_of, namespaces, read_all, sandbox_groups_of, settled, spawner,
};
use crate::ways::{a_fork, a_patient_python, dedicated, the_client};

/// What one can see of how a process is confined.
pub(crate) const FACTS: &str = "
import ctypes, os, resource
status = open('/proc/self/status').read().splitlines()
wanted = ('Uid', 'Gid', 'Groups', 'Cap', 'NoNewPrivs', 'Seccomp', 'Sig', 'Shd', 'Umask', 'THP', 'Threads', 'Speculation')
print(*[line for line in status if line.startswith(wanted) and not line.startswith('SigQ')], sep='\\n')
print(open('/proc/self/limits').read())
print(open('/proc/self/cgroup').read())
print(sorted(line.split(' - ')[0].split(' ')[4:] for line in open('/proc/self/mountinfo')))
print('securebits', ctypes.CDLL(None).prctl(27, 0, 0, 0, 0), 'dumpable', ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
print('signalled with the parent', ctypes.CDLL(None).prctl(2, ctypes.byref(ctypes.c_int(0)), 0, 0, 0))
print('session', os.getsid(0) == os.getpid(), 'parent', os.getppid(), 'terminal', os.ttyname(0) if os.isatty(0) else None)
namespaces = {kind: os.readlink('/proc/self/ns/' + kind) for kind in sorted(os.listdir('/proc/self/ns'))}
print({kind: name == os.readlink('/proc/1/ns/' + kind) if os.access('/proc/1/ns', os.R_OK) else None for kind, name in namespaces.items()})
print('open', sorted(os.listdir('/proc/self/fd')), os.readlink('/proc/self/fd/1')[:5], os.getcwd(), os.readlink('/proc/self/root'))
print('exe', os.readlink('/proc/self/exe'), 'name', open('/proc/self/comm').read())
print('nice', os.nice(0), os.sched_getaffinity(0), os.getpriority(os.PRIO_PROCESS, 0), open('/proc/self/oom_score_adj').read())
for path in ('/var/task/x', '/new', '/dev/x', '/var/runtime/x', '/proc/self/comm'):
    try:
        open(path, 'w')
        print('wrote', path)
    except OSError as error:
        print(path, error.errno)
open('/tmp/x', 'w').write('x')
print(ctypes.CDLL(None, use_errno=True).unshare(0x10000000), ctypes.get_errno())
";

pub(crate) async fn said(sandbox: Sandbox) -> (Exit, String) {
    let Sandbox { output, tree, .. } = sandbox;
    let exit = tree.exited().await;
    tree.kill().await;
    (exit, read_all(output).await)
}

pub(crate) async fn a_fork_is_confined_as_a_command_that_was_executed() {
    let driver = namespaces().await;
    let client = the_client();
    let spec = a_patient_python(&client);
    let executed = Spec {
        mould: None,
        ..spec.clone()
    };
    let executed = driver.prepare(executed).await.unwrap();
    assert!(!executed.is_fork());
    let forked = a_fork(&driver, &spec).await;

    let (executed_exit, executed) = said(dedicated(executed, FACTS).await).await;
    let (forked_exit, forked) = said(dedicated(forked, FACTS).await).await;

    assert_eq!(executed_exit, Exit::Code(0), "{executed}");
    assert_eq!(forked_exit, Exit::Code(0), "{forked}");
    let differing: Vec<_> = executed
        .lines()
        .zip(forked.lines())
        .filter(|(executed, forked)| executed != forked)
        .collect();
    assert_eq!(differing, [("", ""); 0]);
    assert_eq!(executed.lines().count(), forked.lines().count());
    assert!(forked.contains("NoNewPrivs:\t1"), "{forked}");
}

pub(crate) async fn forks_share_what_was_in_memory_and_nothing_that_comes_later() {
    let driver = namespaces().await;
    let client = the_client();
    let spec = a_patient_python(&client);
    let script =
        "print(id(sys.modules), getattr(os, 'mark', None)); os.mark = 1; open('/tmp/x', 'x')";

    let mut said_by_all = Vec::new();
    for _ in 0..3 {
        let fork = a_fork(&driver, &spec).await;
        said_by_all.push(said(dedicated(fork, script).await).await);
    }

    assert!(said_by_all[0].1.ends_with(" None\n"), "{said_by_all:?}");
    assert!(said_by_all.iter().all(|said| *said == said_by_all[0]));
}

pub(crate) async fn how_a_fork_ended_is_reported() {
    let driver = namespaces().await;
    let client = the_client();
    let spec = a_patient_python(&client);

    for (script, expected) in [
        ("os._exit(7)", Exit::Code(7)),
        ("os.kill(os.getpid(), 15)", Exit::Signal(15)),
    ] {
        let fork = a_fork(&driver, &spec).await;
        assert_eq!(said(dedicated(fork, script).await).await.0, expected);
    }
    let fork = a_fork(&driver, &spec).await;
    let sandbox = dedicated(fork, "x = bytearray(1 << 30); print(len(x))").await;
    let exit = sandbox.exited().await;
    if sandbox_groups_of(spawner()) > 0 {
        assert_eq!(exit, Exit::OutOfMemory);
    }
}

pub(crate) async fn forks_leave_nothing_and_the_mould_goes_with_the_driver() {
    let driver = namespaces().await;
    let spawner = spawner();
    let client = the_client();
    let spec = a_patient_python(&client);
    // Until the mould waits, and nurseries with forks beside it.
    drop(a_fork(&driver, &spec).await);
    let waiting = settled_children(spawner).await;
    let open = descriptors(spawner);

    for _ in 0..20 {
        let fork = a_fork(&driver, &spec).await;
        let sandbox = dedicated(
            fork,
            "os.fork() or os.setsid(); import time; time.sleep(100)",
        )
        .await;
        sandbox.kill().await;
    }
    drop(a_fork(&driver, &spec).await);

    assert_eq!(settled_children(spawner).await, waiting);
    assert_eq!(settled(&open, || descriptors(spawner)), open);
    driver.shutdown().await;
    assert_eq!(settled(&Vec::new(), || children(spawner)), [] as [u32; 0]);
    assert_eq!(groups_of(spawner), [] as [std::path::PathBuf; 0]);
}

/// How many children a spawner has when it has replaced what was used.
pub(crate) async fn settled_children(spawner: u32) -> usize {
    let mut count = children(spawner).len();
    let mut since = Instant::now();
    while since.elapsed() < Duration::from_millis(300) {
        tokio::task::yield_now().await;
        let now = children(spawner).len();
        if now != count {
            (count, since) = (now, Instant::now());
        }
    }
    count
}

pub(crate) async fn a_mould_that_was_killed_is_replaced() {
    let driver = namespaces().await;
    let client = the_client();
    let spec = a_patient_python(&client);
    let fork = a_fork(&driver, &spec).await;
    let mould = children(spawner())
        .into_iter()
        .find(|pid| {
            let exe = fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default();
            exe.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("python"))
        })
        .unwrap();

    std::process::Command::new("kill")
        .args(["-9", &mould.to_string()])
        .status()
        .unwrap();
    while Path::new(&format!("/proc/{mould}/fd/0")).exists() {
        tokio::task::yield_now().await;
    }

    // What it had forked before goes on.
    assert_eq!(said(dedicated(fork, "print(1)").await).await.1, "1\n");
    let fork = a_fork(&driver, &spec).await;
    assert_eq!(said(dedicated(fork, "print(2)").await).await.1, "2\n");
}

pub(crate) async fn a_mould_that_does_not_start_costs_nobody_a_command() {
    let driver = namespaces().await;
    let client = the_client();
    let mut spec = a_patient_python(&client);
    spec.args = vec![
        "-S".into(),
        "-c".into(),
        "import os, sys\nif 'MOULD' in os.environ: sys.exit(1)\nexec(sys.stdin.read())".into(),
    ];

    for _ in 0..3 {
        let prepared = driver.prepare(spec.clone()).await.unwrap();

        assert!(!prepared.is_fork());
        assert_eq!(said(dedicated(prepared, "print(1)").await).await.1, "1\n");
    }
}

pub(crate) async fn a_frozen_fork_can_be_killed() {
    let driver = namespaces().await;
    let client = the_client();
    let fork = a_fork(&driver, &a_patient_python(&client)).await;
    let sandbox = dedicated(fork, "import time; time.sleep(100)").await;

    sandbox.freeze();
    sandbox.kill().await;

    assert_eq!(sandbox.exited().await, Exit::Signal(9));
}
