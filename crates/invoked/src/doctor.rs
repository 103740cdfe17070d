//! `invoked doctor`: what this host offers, what follows from what it lacks, and how to get it.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use domain::runtime::Runtime;
use invoke::{Family, Interpreters};
use sandbox::{Level, Protection};
use serde::Serialize;

use crate::cli::Output;
use crate::config::{Auth, Config, NetworkMode, SandboxMode};
use crate::endpoint::Endpoint;
use crate::serve::interpreters;
use crate::{open_files, print};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    /// The server runs, with something less.
    Warn,
    /// The server refuses to start.
    Fail,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Finding {
    status: Status,
    feature: String,
    consequence: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

/// Looks at everything and prints it. The exit status is 1 if `serve` would refuse to start.
pub(crate) fn run(config: &Config, output: Output) -> Result<ExitCode> {
    let mut findings: Vec<Finding> = sandbox::probe()
        .into_iter()
        .map(|protection| of_protection(protection, config.sandbox, config.isolation))
        .collect();
    findings.push(of_network(config.sandbox, config.network));
    let settings = interpreters(config);
    let found = Interpreters::discover(&settings);
    findings.push(of_interpreters(&found, Family::Python));
    findings.push(of_interpreters(&found, Family::Node));
    findings.push(of_interpreters(&found, Family::Ruby));
    findings.push(of_java(&found, settings.java_client.as_deref()));
    findings.push(of_data_dir(&config.data_dir));
    findings.push(of_open_files());
    findings.push(of_auth(config.auth));
    match output {
        Output::Json => print(&format!("{}\n", serde_json::to_string(&findings)?))?,
        Output::Text => print(&as_text(&findings))?,
    }
    let refuses = findings
        .iter()
        .any(|finding| finding.status == Status::Fail);
    Ok(ExitCode::from(u8::from(refuses)))
}

/// A protection that is off keeps the server from starting if the level asked for needs it; otherwise functions run
/// without it, and that is said.
fn of_protection(protection: Protection, mode: SandboxMode, asked_for: Level) -> Finding {
    let is_needed = protection.level <= asked_for;
    let (status, consequence) = match (protection.on, is_needed, mode) {
        (_, _, SandboxMode::None) => {
            let what = "not used: functions run unconfined".to_owned();
            (Status::Warn, what)
        }
        (true, ..) => (Status::Ok, protection.detail),
        (false, true, SandboxMode::Namespaces) => (Status::Fail, protection.detail),
        (false, false, SandboxMode::Namespaces) => (Status::Warn, protection.detail),
    };
    Finding {
        status,
        feature: protection.name.to_owned(),
        consequence,
        fix: protection.fix,
    }
}

/// Without a way out that was asked for the server does not start.
fn of_network(sandbox: SandboxMode, network: NetworkMode) -> Finding {
    let finding = |status, consequence: &str| Finding {
        status,
        feature: "network of functions".to_owned(),
        consequence: consequence.to_owned(),
        fix: None,
    };
    match (sandbox, network) {
        (SandboxMode::None, _) => finding(
            Status::Warn,
            "the host's: functions run unconfined, and reach what the host reaches",
        ),
        (SandboxMode::Namespaces, NetworkMode::None) => {
            finding(Status::Ok, "none, as `--network none` asks for")
        }
        (SandboxMode::Namespaces, NetworkMode::Nat) => {
            let uplink = sandbox::probe_uplink();
            let status = if uplink.on { Status::Ok } else { Status::Fail };
            Finding {
                fix: uplink
                    .fix
                    .map(|fix| format!("{fix}; or give functions none with --network none")),
                ..finding(status, &uplink.detail)
            }
        }
    }
}

/// Java needs AWS's client besides a virtual machine.
fn of_java(found: &Interpreters, client: Option<&Path>) -> Finding {
    let finding = of_interpreters(found, Family::Java);
    let Some(client) = client.filter(|directory| !directory.is_dir()) else {
        return finding;
    };
    Finding {
        status: Status::Warn,
        consequence: format!(
            "refused: AWS's runtime interface client is not in {}",
            client.display()
        ),
        fix: Some(
            "cargo xtask setup --java, and name target/java-client with --java-client-dir"
                .to_owned(),
        ),
        ..finding
    }
}

/// Which interpreters a family has, and which runtimes get another version than they ask for.
fn of_interpreters(found: &Interpreters, family: Family) -> Finding {
    let (feature, package) = match family {
        Family::Python => ("python runtimes", "python3"),
        Family::Node => ("nodejs runtimes", "nodejs"),
        Family::Java => ("java runtimes", "default-jre-headless"),
        Family::Ruby => ("ruby runtimes", "ruby"),
    };
    let runtimes: Vec<Runtime> = Runtime::all()
        .into_iter()
        .filter(|runtime| match (runtime, family) {
            (Runtime::Python { .. }, family) => family == Family::Python,
            (Runtime::Node { .. }, family) => family == Family::Node,
            (Runtime::Java { .. }, family) => family == Family::Java,
            (Runtime::Ruby { .. }, family) => family == Family::Ruby,
            (Runtime::Provided { .. }, _) => false,
        })
        .collect();
    let mut exact = Vec::new();
    let mut nearest = Vec::new();
    let mut missing = Vec::new();
    for runtime in runtimes {
        match found.pick(runtime) {
            Ok(interpreter) if interpreter.is_for(runtime) => {
                exact.push(format!("{runtime} ({})", interpreter.program.display()));
            }
            Ok(interpreter) => nearest.push(format!("{runtime} on {}", interpreter.version)),
            Err(_) => missing.push(runtime.to_string()),
        }
    }
    let mut parts = Vec::new();
    for (says, runtimes) in [
        ("exact: ", exact),
        ("nearest version: ", nearest),
        ("cannot run: ", missing.clone()),
    ] {
        if !runtimes.is_empty() {
            parts.push(format!("{says}{}", runtimes.join(", ")));
        }
    }
    Finding {
        status: if missing.is_empty() {
            Status::Ok
        } else {
            Status::Warn
        },
        feature: feature.to_owned(),
        consequence: parts.join("; "),
        fix: (!missing.is_empty()).then(|| {
            format!(
                "install the interpreters that your functions need, such as the package {package}"
            )
        }),
    }
}

fn of_data_dir(data_dir: &Path) -> Finding {
    let feature = "data directory".to_owned();
    let shown = data_dir.display();
    if let Ok(running) = Endpoint::of_running(data_dir) {
        return Finding {
            status: Status::Ok,
            feature,
            consequence: format!("{shown} is served at {}", running.url),
            fix: None,
        };
    }
    match try_to_write(data_dir) {
        Ok(()) => Finding {
            status: Status::Ok,
            feature,
            consequence: format!("{shown} can be written to"),
            fix: None,
        },
        Err(error) => Finding {
            status: Status::Fail,
            feature,
            consequence: format!("{shown} cannot be written to: {error}"),
            fix: Some("choose another directory with --data-dir".to_owned()),
        },
    }
}

/// Makes a file in the directory, or where the directory would be made, and removes it.
fn try_to_write(data_dir: &Path) -> io::Result<()> {
    let nearest = data_dir
        .ancestors()
        .find(|directory| directory.exists())
        .unwrap_or(data_dir);
    let trial = nearest.join(format!(".invoked-doctor-{}", std::process::id()));
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&trial)?;
    fs::remove_file(&trial)
}

fn of_open_files() -> Finding {
    let (files, connections) = (open_files::soft_limit(), open_files::connections_max());
    Finding {
        status: Status::Ok,
        feature: "open files".to_owned(),
        consequence: format!("a limit of {files} allows {connections} connections at once"),
        fix: None,
    }
}

fn of_auth(auth: Auth) -> Finding {
    let consequence = match auth {
        Auth::On => "requests need a well-formed signature, which is not verified yet",
        Auth::Off => "unsigned requests are accepted",
    };
    Finding {
        status: Status::Warn,
        feature: "authentication".to_owned(),
        consequence: consequence.to_owned(),
        fix: Some("let nobody reach the port whom you do not trust to run code".to_owned()),
    }
}

fn as_text(findings: &[Finding]) -> String {
    let width = findings.iter().map(|finding| finding.feature.len()).max();
    let width = width.unwrap_or_default();
    let mut text = String::new();
    for finding in findings {
        let status = match finding.status {
            Status::Ok => "[ok]  ",
            Status::Warn => "[warn]",
            Status::Fail => "[fail]",
        };
        let Finding {
            feature,
            consequence,
            ..
        } = finding;
        // Writing into a `String` cannot fail.
        let _infallible = writeln!(text, "{status} {feature:width$}  {consequence}");
        if let Some(fix) = &finding.fix {
            let _infallible = writeln!(text, "       {:width$}  fix: {fix}", "");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn protection(on: bool, level: Level) -> Protection {
        Protection {
            name: "memory limit",
            on,
            detail: "detail".into(),
            fix: (!on).then(|| "run as root".into()),
            level,
        }
    }

    #[test]
    fn only_a_protection_that_was_asked_for_keeps_the_server_from_starting() {
        let status = |on, level, asked_for| {
            of_protection(protection(on, level), SandboxMode::Namespaces, asked_for).status
        };

        assert_eq!(status(true, Level::Basic, Level::Basic), Status::Ok);
        assert_eq!(status(false, Level::Basic, Level::Basic), Status::Fail);
        assert_eq!(status(false, Level::Limits, Level::Basic), Status::Warn);
        assert_eq!(status(false, Level::Limits, Level::Limits), Status::Fail);
        assert_eq!(status(false, Level::Limits, Level::Full), Status::Fail);
    }

    #[test]
    fn without_a_sandbox_nothing_is_missing() {
        let lost = protection(false, Level::Basic);

        let finding = of_protection(lost, SandboxMode::None, Level::Full);

        assert_eq!(finding.status, Status::Warn);
    }

    #[test]
    fn a_directory_that_cannot_be_written_to_is_a_failure_with_a_fix() {
        let finding = of_data_dir(Path::new("/proc/invoked"));

        assert_eq!(finding.status, Status::Fail);
        assert!(finding.fix.is_some());
    }

    #[test]
    fn a_directory_that_does_not_exist_yet_is_tried_where_it_would_be_made() {
        let parent = tempfile::tempdir().unwrap();

        let finding = of_data_dir(&parent.path().join("a/b"));

        assert_eq!(finding.status, Status::Ok);
        assert!(!parent.path().join("a").exists());
    }

    #[test]
    fn findings_are_printed_with_their_fix_below() {
        let text = as_text(&[of_protection(
            protection(false, Level::Limits),
            SandboxMode::Namespaces,
            Level::Basic,
        )]);

        assert_eq!(
            text,
            "[warn] memory limit  detail\n                     fix: run as root\n"
        );
    }
}
