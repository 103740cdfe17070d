//! The ways in which a command comes into its sandbox.

use std::fs;
use std::time::Duration;

use sandbox::{Dedication, Driver, Prepared, ReadOnlyMount, Sandbox, Snapshot, Spec};
use tempfile::TempDir;
use tokio::time::Instant;

use crate::host::{LISTEN, a_command};

/// The other side of what the spawner says: the Python client's.
const CLIENT: [(&str, &str); 2] = [
    (
        "_invoked_mould.py",
        include_str!("../../../../runtimes/python/_invoked_mould.py"),
    ),
    (
        "_invoked_copies.py",
        include_str!("../../../../runtimes/python/_invoked_copies.py"),
    ),
];

/// Runs the message that it gets, as a fork if it is a mould.
const PROGRAM: &str = "
import os, sys
if os.environ.pop('MOULD', None):
    sys.path.insert(0, '/var/runtime')
    import _invoked_mould
    _invoked_mould.serve()
exec(sys.stdin.read())
";

/// How a command comes to be what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// It is started as a whole.
    Whole,
    /// It was executed before it was known what for.
    Prepared,
    /// It was forked before it was known what for.
    Forked,
    /// It was forked, and may be forked itself.
    Snapshot,
    /// It was forked from a snapshot.
    Copied,
}

impl Way {
    /// Attempts that show no more than what it is for: it has its line, and may enter namespaces, of which it has only
    /// its own.
    pub(crate) fn has_the_right_to(self) -> &'static [&'static str] {
        match self {
            Self::Snapshot => &["inherited-descriptor", "enter-namespaces"],
            Self::Whole | Self::Prepared | Self::Forked | Self::Copied => &[],
        }
    }
}

/// What a snapshot has to do to be copied.
pub(crate) const SERVE_COPIES: &str = "import _invoked_copies; _invoked_copies.serve()\n";

/// A command, and the snapshot of which it is a copy, without which it ends.
pub(crate) struct Started {
    pub(crate) sandbox: Sandbox,
    pub(crate) ancestor: Option<Sandbox>,
}

impl From<Sandbox> for Started {
    fn from(sandbox: Sandbox) -> Self {
        Self {
            sandbox,
            ancestor: None,
        }
    }
}

/// Runs a program of Python, given as a command that is started as a whole.
pub(crate) async fn start(driver: &dyn Driver, way: Way, client: &TempDir, spec: Spec) -> Started {
    if way == Way::Whole {
        return driver.spawn(spec).await.unwrap().into();
    }
    let patient = Spec {
        limits: spec.limits,
        ..a_patient_python(client)
    };
    let prepared = match way {
        Way::Forked => a_fork(driver, &patient).await,
        Way::Snapshot => {
            let dedication = dedication_of(&spec, "");
            return a_snapshot(driver, &patient, &dedication).await.0.into();
        }
        Way::Copied => {
            let dedication = dedication_of(&spec, SERVE_COPIES);
            let (ancestor, snapshot) = a_snapshot(driver, &patient, &dedication).await;
            snapshot.ready().await.unwrap();
            let copy = Spec {
                mounts: [patient.mounts, spec.mounts].concat(),
                ..spec
            };
            return Started {
                sandbox: driver.copy(&snapshot, copy).await.unwrap(),
                ancestor: Some(ancestor),
            };
        }
        Way::Whole | Way::Prepared => {
            let executed = Spec {
                mould: None,
                ..patient
            };
            driver.prepare(executed).await.unwrap()
        }
    };
    prepared
        .dedicate(&dedication_of(&spec, ""))
        .await
        .unwrap()
        .into()
}

fn dedication_of(spec: &Spec, before: &str) -> Dedication {
    Dedication {
        mounts: spec.mounts.clone(),
        limits: spec.limits,
        message: format!("{before}{}", script_of(spec)).into_bytes(),
    }
}

/// One that is a fork of a mould that was ready.
pub(crate) async fn a_snapshot(
    driver: &dyn Driver,
    spec: &Spec,
    dedication: &Dedication,
) -> (Sandbox, Snapshot) {
    drop(a_fork(driver, spec).await);
    driver.snapshot(spec.clone(), dedication).await.unwrap()
}

/// What makes a Python that waits what a command would have been.
fn script_of(spec: &Spec) -> String {
    let text = |text: &str| format!("{text:?}");
    let listen = LISTEN.to_string();
    let variables: Vec<String> = spec
        .env
        .iter()
        .map(|(name, value)| {
            let value = value.replace(sandbox::LISTEN_TOKEN, &listen);
            format!("{}: {}", text(name), text(&value))
        })
        .collect();
    let arguments: Vec<String> = spec
        .args
        .iter()
        .map(|arg| text(arg.to_str().unwrap()))
        .collect();
    format!(
        "os.environ.update({{{}}})\nsys.argv = [{}]\nos.chdir({})\n\
         import runpy\nrunpy.run_path(sys.argv[0], run_name='__main__')\n",
        variables.join(", "),
        arguments.join(", "),
        text(spec.working_dir.to_str().unwrap()),
    )
}

pub(crate) fn a_patient_python(client: &TempDir) -> Spec {
    let spec = a_command("/usr/bin/python3", &["-S", "-c", PROGRAM]);
    let mut mould = spec.env.clone();
    mould.push(("MOULD".into(), "1".into()));
    Spec {
        mounts: vec![ReadOnlyMount::new(client.path(), "/var/runtime")],
        working_dir: "/".into(),
        mould: Some(mould),
        ..spec
    }
}

pub(crate) fn the_client() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, content) in CLIENT {
        fs::write(directory.path().join(name), content).unwrap();
    }
    directory
}

/// The first one starts the mould and is executed; this is one that was forked.
pub(crate) async fn a_fork(driver: &dyn Driver, spec: &Spec) -> Prepared {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let prepared = driver.prepare(spec.clone()).await.unwrap();
        if prepared.is_fork() {
            return prepared;
        }
        assert!(Instant::now() < deadline, "nothing was ever forked");
    }
}

pub(crate) async fn dedicated(prepared: Prepared, script: &str) -> Sandbox {
    let dedication = Dedication {
        mounts: Vec::new(),
        limits: a_command("", &[]).limits,
        message: script.as_bytes().to_vec(),
    };
    prepared.dedicate(&dedication).await.unwrap()
}
