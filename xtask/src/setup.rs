//! Installs what the tests and the demo need and the machine lacks.
//!
//! Programs come from Debian's packages (as root, once), Python packages go to a virtual
//! environment and Node.js packages to a folder, both under the target directory. Nothing else on
//! the machine is touched. A second call finds everything in place and is quick.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::{report, run};

/// A program that must be there, how to see whether it is, and the Debian package that has it.
struct Program {
    probe: &'static [&'static str],
    package: &'static str,
    purpose: &'static str,
}

/// Why most of them are needed.
const NODE_CLIENT: &str = "building AWS's Node.js runtime client, which ours is compared with";

/// What running functions takes.
const INTERPRETERS: &[Program] = &[
    Program {
        probe: &["python3", "--version"],
        package: "python3",
        purpose: "Python functions",
    },
    Program {
        probe: &["node", "--version"],
        package: "nodejs",
        purpose: "Node.js functions",
    },
    Program {
        probe: &["python3", "-c", "import ensurepip, venv"],
        package: "python3-venv",
        purpose: "a virtual environment for boto3",
    },
];

/// What the comparison with AWS's published Node.js client takes: npm builds it from C++.
const NODE_BUILD: &[Program] = &[
    Program {
        probe: &["npm", "--version"],
        package: "npm",
        purpose: NODE_CLIENT,
    },
    Program {
        probe: &["g++", "--version"],
        package: "g++",
        purpose: NODE_CLIENT,
    },
    Program {
        probe: &["make", "--version"],
        package: "make",
        purpose: NODE_CLIENT,
    },
    Program {
        probe: &["cmake", "--version"],
        package: "cmake",
        purpose: NODE_CLIENT,
    },
    Program {
        probe: &["autoconf", "--version"],
        package: "autoconf",
        purpose: NODE_CLIENT,
    },
    Program {
        probe: &["automake", "--version"],
        package: "automake",
        purpose: NODE_CLIENT,
    },
    Program {
        probe: &["libtoolize", "--version"],
        package: "libtool",
        purpose: NODE_CLIENT,
    },
    Program {
        probe: &["test", "-e", "/usr/include/node/common.gypi"],
        package: "libnode-dev",
        purpose: NODE_CLIENT,
    },
];

/// What a few tests take: functions in Ruby, and the command's completions and manual page.
const EXTRAS: &[Program] = &[
    Program {
        probe: &["ruby", "--version"],
        package: "ruby",
        purpose: "Ruby functions",
    },
    Program {
        probe: &["zsh", "--version"],
        package: "zsh",
        purpose: "completion in zsh",
    },
    Program {
        probe: &["fish", "--version"],
        package: "fish",
        purpose: "completion in fish",
    },
    Program {
        probe: &["groff", "--version"],
        package: "groff-base",
        purpose: "the manual page",
    },
];

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Only the client with which the server runs Java functions, into target/java-client
    #[arg(long)]
    java: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    if options.java {
        return java_client();
    }
    for_tests().map(drop)
}

/// What the demo needs: interpreters, and a Python that has boto3. Returns that Python.
pub(crate) fn for_demo() -> Result<PathBuf> {
    programs(INTERPRETERS)?;
    virtual_environment()
}

/// What all the tests need. Returns the Python that has their packages.
pub(crate) fn for_tests() -> Result<PathBuf> {
    programs(INTERPRETERS)?;
    extras()?;
    let python = virtual_environment()?;
    go_modules()?;
    java_client()?;
    if run::root().join("tests/package.json").exists() {
        programs(NODE_BUILD)?;
        node_packages()?;
    }
    Ok(python)
}

/// Installs the extras that are missing where that can be done; elsewhere a few tests are skipped.
fn extras() -> Result<()> {
    match cannot_install() {
        None => programs(EXTRAS),
        Some(reason) => {
            for program in EXTRAS.iter().filter(|program| !is_there(program)) {
                report::note(&format!(
                    "{} is missing, and {reason}; the tests of {} are skipped",
                    program.package, program.purpose
                ));
            }
            Ok(())
        }
    }
}

/// Why no program can be installed here, if that is so.
fn cannot_install() -> Option<&'static str> {
    if !run::works("apt-get", &["--version"]) {
        Some("this is not a Debian or Ubuntu system, so nothing can be installed")
    } else if !run::works("sh", &["-c", "test \"$(id -u)\" = 0"]) {
        Some("only root can install Debian packages")
    } else {
        None
    }
}

/// Installs the programs that are missing.
fn programs(wanted: &[Program]) -> Result<()> {
    let missing: Vec<&Program> = wanted.iter().filter(|program| !is_there(program)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    for program in &missing {
        report::note(&format!(
            "{} is missing; it is needed for {}",
            program.package, program.purpose
        ));
    }
    let mut packages: Vec<&str> = missing.iter().map(|program| program.package).collect();
    packages.dedup();
    if let Some(reason) = cannot_install() {
        bail!(
            "{reason}; install them by hand: apt-get install {}",
            packages.join(" ")
        );
    }
    // Its errors are shown; what it unpacks and sets up is of no interest.
    let quiet = |arguments: &[&str]| {
        let mut command = run::command("apt-get", arguments);
        command
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(Stdio::null());
        run::succeed(&mut command)
    };
    quiet(&["update", "-qq"])?;
    let mut install = vec!["install", "-y", "-qq", "--no-install-recommends"];
    install.extend(packages);
    quiet(&install)?;
    match missing.iter().find(|program| !is_there(program)) {
        None => Ok(()),
        Some(program) => bail!(
            "{} was installed but does not run: {:?}",
            program.package,
            program.probe
        ),
    }
}

fn is_there(program: &Program) -> bool {
    program
        .probe
        .split_first()
        .is_some_and(|(command, arguments)| run::works(command, arguments))
}

/// Downloads AWS's client for Go where there is a Go; elsewhere its test is skipped.
fn go_modules() -> Result<()> {
    if !run::works("go", &["version"]) {
        report::note("there is no Go on the search path; the test of functions in Go is skipped");
        return Ok(());
    }
    let folder = run::root().join("tests/functions/go");
    run::succeed(run::command("go", &["mod", "download"]).current_dir(folder))
}

/// Downloads AWS's runtime interface client for Java where there are a Java and a Maven; elsewhere
/// Java functions cannot run and their tests are skipped.
fn java_client() -> Result<()> {
    let wanted = run::root().join("tests/functions/java/pom.xml");
    let place = run::target_dir().join("java-client");
    let installed = place.join("pom.xml");
    if same(&wanted, &installed) {
        return Ok(());
    }
    if !run::works("java", &["-version"]) || !run::works("mvn", &["--version"]) {
        report::note("there are no Java and Maven here; Java functions cannot run");
        return Ok(());
    }
    report::note("downloading AWS's runtime interface client for Java");
    remove(&place)?;
    let pom = wanted.to_string_lossy();
    let into = format!("-DoutputDirectory={}", place.display());
    let goal = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies";
    run::succeed(&mut run::command(
        "mvn",
        &["--quiet", "--batch-mode", "--file", &pom, goal, &into],
    ))?;
    keep(&wanted, &installed)
}

/// The virtual environment of `tests/requirements.txt`, made again when that file changes.
fn virtual_environment() -> Result<PathBuf> {
    let wanted = run::root().join("tests/requirements.txt");
    let place = run::target_dir().join("venv");
    let python = place.join("bin/python");
    let installed = place.join("requirements.txt");
    if same(&wanted, &installed) && run::works(&python, &["--version"]) {
        return Ok(python);
    }
    report::note("making a virtual environment for the Python clients (a minute)");
    remove(&place)?;
    let place_text = place.to_string_lossy();
    run::succeed(&mut run::command("python3", &["-m", "venv", &place_text]))?;
    let wanted_text = wanted.to_string_lossy();
    run::succeed(&mut run::command(
        &python,
        &[
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
            &wanted_text,
        ],
    ))?;
    keep(&wanted, &installed)?;
    Ok(python)
}

/// The packages of `tests/package.json`, installed again when that file changes.
fn node_packages() -> Result<()> {
    let wanted = run::root().join("tests/package.json");
    let place = run::target_dir().join("npm");
    let installed = place.join("installed.json");
    if same(&wanted, &installed) {
        return Ok(());
    }
    report::note("installing the Node.js packages of the tests (two minutes, they build from C++)");
    remove(&place)?;
    fs::create_dir_all(&place).with_context(|| format!("make {}", place.display()))?;
    keep(&wanted, &place.join("package.json"))?;
    let lock = run::root().join("tests/package-lock.json");
    let verb = if lock.exists() { "ci" } else { "install" };
    if lock.exists() {
        keep(&lock, &place.join("package-lock.json"))?;
    }
    run::succeed(
        run::command(
            "npm",
            &[verb, "--no-audit", "--no-fund", "--loglevel", "error"],
        )
        // The headers of the Node.js that is installed, instead of others from the network.
        .env("npm_config_nodedir", "/usr")
        .current_dir(&place),
    )?;
    keep(&wanted, &installed)
}

/// Whether two files are both there and equal.
fn same(one: &Path, other: &Path) -> bool {
    matches!((fs::read(one), fs::read(other)), (Ok(one), Ok(other)) if one == other)
}

fn keep(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to)
        .map(drop)
        .with_context(|| format!("copy {} to {}", from.display(), to.display()))
}

fn remove(place: &Path) -> Result<()> {
    match fs::remove_dir_all(place) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("remove {}", place.display()))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
