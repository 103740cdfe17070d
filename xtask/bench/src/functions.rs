//! The functions that are measured: one for each kind of runtime, and all of them echo their event.

use std::io::{Cursor, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use serde::Serialize;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Compiled,
    Python,
    Node,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Compiled, Self::Python, Self::Node];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Compiled => "compiled",
            Self::Python => "python",
            Self::Node => "node",
        }
    }

    pub(crate) const fn runtime(self) -> &'static str {
        match self {
            Self::Compiled => "provided.al2023",
            Self::Python => "python3.11",
            Self::Node => "nodejs20.x",
        }
    }

    /// Asks for an answer after half a second, so that no environment can be used twice in a burst.
    pub(crate) const fn slow_event(self) -> Bytes {
        match self {
            Self::Compiled => Bytes::from_static(br#"{"do":"sleep","ms":500}"#),
            Self::Python | Self::Node => Bytes::from_static(br#"{"ms":500}"#),
        }
    }

    /// The bars for a cold start, in milliseconds: with a runtime that waits, if the kind has one, and with nothing.
    pub(crate) const fn cold_bars_ms(self) -> (f64, Option<f64>) {
        match self {
            Self::Compiled => (4.0, None),
            Self::Python => (4.0, Some(32.0)),
            Self::Node => (8.0, Some(42.0)),
        }
    }

    /// The function's package. `bootstrap` is the compiled one.
    pub(crate) fn package(self, bootstrap: &Path) -> Result<Vec<u8>> {
        let (name, mode, content) = match self {
            Self::Compiled => {
                let content = std::fs::read(bootstrap)
                    .with_context(|| format!("read {}", bootstrap.display()))?;
                ("bootstrap", 0o755, content)
            }
            Self::Python => (
                "echo.py",
                0o644,
                include_bytes!("../functions/echo.py").to_vec(),
            ),
            Self::Node => (
                "echo.mjs",
                0o644,
                include_bytes!("../functions/echo.mjs").to_vec(),
            ),
        };
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file(name, SimpleFileOptions::default().unix_permissions(mode))?;
        zip.write_all(&content)?;
        Ok(zip.finish()?.into_inner())
    }
}
