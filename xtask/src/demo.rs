//! `cargo xtask demo`: from nothing installed to functions that answer.
//!
//! The demonstration itself is `xtask/demo/demo.py`, a client like any other.

use anyhow::{Result, bail};

use crate::{report, run, setup, test};

pub(crate) fn run() -> Result<()> {
    report::title("what the demo needs");
    let python = setup::for_demo()?;
    report::good("everything is there");
    test::build()?;
    let mut demo = run::command(&python, &["xtask/demo/demo.py"]);
    demo.env("INVOKED_BIN_DIR", run::target_dir().join("debug"))
        .env("PYTHONDONTWRITEBYTECODE", "1");
    if !demo.status()?.success() {
        bail!("the demo did not show what it should");
    }
    Ok(())
}
