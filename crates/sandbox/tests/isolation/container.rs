//! Inside a container with the usual restrictions: what cannot be done is said with what to do about it, and what
//! needs no rights works.
//!
//! No container is started. The same calls are refused by a filter like the one that containers get by default.

use std::process::{Command, ExitCode};

use sandbox::namespaces::NamespaceDriver;
use sandbox::unconfined::UnconfinedDriver;
use sandbox::{Exit, Level, SpawnError, probe};

use crate::host::{a_shell, run};

/// Refuses mounts and namespaces with `EPERM` and hides `clone3`, as container engines do without `CAP_SYS_ADMIN`,
/// and becomes the program in its arguments.
const CONTAIN: &str = "
import ctypes, os, struct, sys
LOAD, EQUAL, ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06
NOT_PERMITTED, NO_SUCH_CALL, ALLOW = 0x50001, 0x50026, 0x7fff0000
def step(code, yes, no, value):
    return struct.pack('<HBBI', code, yes, no, value)
program = [step(LOAD, 0, 0, 0)]
refused = (165, 166, 272, 308, 155, 428, 429, 430, 431, 432, 433, 442, 250, 321, 170)
for number in refused:
    program += [step(EQUAL, 0, 1, number), step(RETURN, 0, 0, NOT_PERMITTED)]
program += [step(EQUAL, 0, 1, 435), step(RETURN, 0, 0, NO_SUCH_CALL)]
program += [step(EQUAL, 0, 3, 56), step(LOAD, 0, 0, 16), step(ANY_BIT, 0, 1, 0x7e020000),
            step(RETURN, 0, 0, NOT_PERMITTED)]
program += [step(RETURN, 0, 0, ALLOW)]
code = ctypes.create_string_buffer(b''.join(program))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, struct.pack('<HxxxxxxQ', len(program), ctypes.addressof(code)), 0, 0) == 0
os.execv(sys.argv[1], sys.argv[1:])
";

pub(crate) async fn a_default_container_is_told_what_it_lacks() {
    // The numbers of the calls are those of x86-64.
    if !cfg!(target_arch = "x86_64") {
        return;
    }
    let output = Command::new("/usr/bin/python3")
        .args(["-c", CONTAIN])
        .arg(std::env::current_exe().unwrap())
        .arg("role=container")
        .output()
        .unwrap();

    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
}

/// What [`a_default_container_is_told_what_it_lacks`] runs in a container.
pub(crate) fn play() -> ExitCode {
    let protections = probe();
    let lost = |name: &str| {
        let found = protections.iter().find(|found| found.name == name);
        found.unwrap().fix.clone()
    };
    for name in ["user namespaces", "mount namespaces", "read-only root"] {
        assert!(
            lost(name).unwrap().contains("--security-opt"),
            "{protections:#?}"
        );
    }
    assert_eq!(lost("system call filter"), None);
    let is_short = |level| {
        protections
            .iter()
            .any(|found| !found.on && found.level <= level)
    };
    assert!(is_short(Level::Basic));

    crate::in_runtime(async {
        let error = NamespaceDriver::start().await.unwrap_err();
        assert!(
            matches!(&error, SpawnError::Unsupported { fix, .. } if fix.contains("--privileged")),
            "{error:?}"
        );
        let driver = UnconfinedDriver::start().await.unwrap();
        let (exit, output) = run(&driver, a_shell("echo hello")).await;
        assert_eq!((exit, output.as_str()), (Exit::Code(0), "hello\n"));
    });
    ExitCode::SUCCESS
}
