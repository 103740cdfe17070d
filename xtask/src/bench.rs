//! `cargo xtask bench`: measures the release build next to the least that any server costs.
//!
//! The measurements are in the crate `bench`, because a load generator must be a release build too.

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::{report, run, setup};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How the figures are printed
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    output: Output,
    /// Measure for a tenth of the time, to see that it works
    #[arg(long)]
    quick: bool,
    #[command(flatten)]
    only: Only,
}

/// A part of the measurements.
#[derive(Debug, Args)]
#[group(multiple = false)]
struct Only {
    /// Measure the queue of events alone
    #[arg(long)]
    queue: bool,
    /// Measure warm invocations alone
    #[arg(long)]
    warm: bool,
    /// Measure starts alone
    #[arg(long)]
    cold: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    Text,
    Json,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let packages = [
        "--package",
        "invoked",
        "--package",
        "cmdlet",
        "--package",
        "compiled-functions",
        "--package",
        "bench",
    ];
    let floors = ["--package", "store-sqlite", "--example", "queue_cost"];
    let mut build = run::cargo(&["build", "--locked", "--release", "--bins"]);
    build.args(packages).args(floors);
    let release = run::target_dir().join("release");
    if options.output == Output::Text {
        report::title("what the measurements need");
        setup::for_demo()?;
        run::succeed(&mut build)?;
    } else {
        build.arg("--quiet");
        anyhow::ensure!(build.status()?.success(), "the release build failed");
    }
    let mut bench = run::command(release.join("bench"), &[]);
    if options.output == Output::Json {
        bench.arg("--json");
    }
    if options.quick {
        bench.arg("--quick");
    }
    let Only { queue, warm, cold } = options.only;
    for (is_asked, part) in [(queue, "queue"), (warm, "warm"), (cold, "cold")] {
        if is_asked {
            bench.args(["--only", part]);
        }
    }
    let python = run::target_dir().join("venv/bin/python");
    if run::works(python.as_os_str(), &["-c", "import awslambdaric"]) {
        bench.arg("--awslambdaric").arg(python);
    } else if options.output == Output::Text {
        report::note(
            "without AWS's client for Python, which `cargo xtask setup` installs, its floor is left out",
        );
    }
    anyhow::ensure!(
        bench.status()?.success(),
        "the measurements could not be finished"
    );
    Ok(())
}
