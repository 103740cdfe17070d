//! The command as a program of its own: a child of init goes through the [passage](super::passage) and executes it.

use std::ffi::{CString, OsStr};
use std::io::{self, PipeWriter, Read, Write};
use std::os::unix::ffi::OsStrExt;

use super::birth::{ExitGuard, Parts};
use super::passage::{Ends, Rights, Way, passage};
use crate::Spec;
use crate::sys::process::{Fork, execute, exit_now, fork, reset_signals};
use crate::wire::{Failure, FailureKind, InStep, Report};

/// The command as the kernel wants it.
pub(super) struct Words {
    pub(super) program: CString,
    pub(super) args: Vec<CString>,
    pub(super) env: Vec<CString>,
}

/// Starts the command and waits until it is executed. Returns its process number.
pub(super) fn start(parts: &Parts<'_>, rights: Rights) -> Result<i32, Failure> {
    let words = Words::new(parts.spec, &parts.spec.env).in_step("read the command line")?;
    let (mut reports, report) = io::pipe().in_step("create a pipe")?;
    match fork(parts.proof, 0, None).in_step("start a process")? {
        Fork::Child => {
            let _guard = ExitGuard;
            become_command(parts, rights, &words, &report)
        }
        Fork::Parent { pid, .. } => {
            drop(report);
            let mut bytes = Vec::new();
            // Executing closes the pipe without a word.
            reports
                .read_to_end(&mut bytes)
                .in_step("start the command")?;
            match Report::from_bytes(&bytes) {
                Ok(Report::Failed(failure)) => Err(failure),
                Ok(_) | Err(_) => Ok(pid),
            }
        }
    }
}

fn become_command(parts: &Parts<'_>, rights: Rights, words: &Words, report: &PipeWriter) -> ! {
    let failure = match prepare(parts, rights) {
        Ok(()) => {
            let error = execute(&words.program, &words.args, &words.env);
            Failure {
                kind: FailureKind::Program,
                ..Failure::step("", &error)
            }
        }
        Err(failure) => failure,
    };
    // If init is gone as well, so are we.
    let mut report = report;
    report
        .write_all(&Report::Failed(failure).to_bytes())
        .unwrap_or_default();
    exit_now(127)
}

fn prepare(parts: &Parts<'_>, rights: Rights) -> Result<(), Failure> {
    reset_signals().in_step("reset signals")?;
    let ends = Ends::open(rights)?;
    for (step, call) in passage(parts, rights, &ends, Way::Exec)? {
        call.make().in_step(step)?;
    }
    Ok(())
}

impl Words {
    /// The command of a request, with an environment.
    pub(super) fn new(spec: &Spec, variables: &[(String, String)]) -> io::Result<Self> {
        let word = |text: &OsStr| CString::new(text.as_bytes());
        let program = word(spec.program.as_os_str())?;
        let mut args = vec![program.clone()];
        for arg in &spec.args {
            args.push(word(arg)?);
        }
        let mut env = Vec::new();
        for (name, value) in variables {
            env.push(CString::new(format!("{name}={value}"))?);
        }
        Ok(Self { program, args, env })
    }
}
