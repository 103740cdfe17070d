//! The ways in which a command comes into its sandbox.

use std::fs;
use std::time::Duration;

use sandbox::{Dedication, Driver, Prepared, ReadOnlyMount, Sandbox, Spec};
use tempfile::TempDir;
use tokio::time::Instant;

use crate::host::{LISTEN, a_command};

/// The other side of what the spawner says: the Python client's.
const CLIENT: &str = include_str!("../../../../runtimes/python/_invoked_mould.py");

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
}

/// Runs a program of Python, given as a command that is started as a whole.
pub(crate) async fn start(driver: &dyn Driver, way: Way, client: &TempDir, spec: Spec) -> Sandbox {
    if way == Way::Whole {
        return driver.spawn(spec).await.unwrap();
    }
    let patient = Spec {
        limits: spec.limits,
        ..a_patient_python(client)
    };
    let prepared = match way {
        Way::Forked => a_fork(driver, &patient).await,
        Way::Whole | Way::Prepared => {
            let executed = Spec {
                mould: None,
                ..patient
            };
            driver.prepare(executed).await.unwrap()
        }
    };
    let dedication = Dedication {
        mounts: spec.mounts.clone(),
        limits: spec.limits,
        message: script_of(&spec).into_bytes(),
    };
    prepared.dedicate(&dedication).await.unwrap()
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
    fs::write(directory.path().join("_invoked_mould.py"), CLIENT).unwrap();
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
