//! The `REPORT` line: what an invocation took.

use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use super::{Status, millis, rounded};
use crate::function::LogLevel;

/// The figures of the `REPORT` line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Report {
    pub request: Uuid,
    pub duration: Duration,
    pub memory_size_mb: u32,
    pub memory_used_mb: u64,
    /// Of a cold start whose initialization did not count as part of the invocation.
    pub init: Option<Beginning>,
    pub status: Status,
}

/// How an environment became ready for its first invocation, and how long that took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beginning {
    Initialized(Duration),
    /// It is a copy of one that had been initialized.
    Restored(Duration),
}

impl Report {
    /// The duration that is billed, in whole milliseconds: with the initialization, rounded up.
    ///
    /// docs: lambda-runtime-environment, whose examples bill 133.61 ms and 80.00 ms as 214 ms.
    fn billed_millis(&self) -> u128 {
        let init = match self.init {
            Some(Beginning::Initialized(init)) => init,
            // Billed by itself.
            Some(Beginning::Restored(_)) | None => Duration::ZERO,
        };
        let billed = self.duration + init;
        billed.as_nanos().div_ceil(1_000_000)
    }

    pub(super) fn text(&self) -> String {
        let Self {
            request,
            memory_size_mb,
            memory_used_mb,
            ..
        } = self;
        let duration = millis(self.duration);
        let billed = self.billed_millis();
        let init = match self.init {
            Some(Beginning::Initialized(init)) => {
                format!("Init Duration: {:.2} ms\t", millis(init))
            }
            Some(Beginning::Restored(restore)) => format!(
                "Restore Duration: {:.2} ms\tBilled Restore Duration: {} ms\t",
                millis(restore),
                whole_millis(restore),
            ),
            None => String::new(),
        };
        let status = self.status.suffix();
        let status = status.strip_prefix('\t').unwrap_or_default();
        format!(
            "REPORT RequestId: {request}\tDuration: {duration:.2} ms\tBilled Duration: {billed} ms\t\
             Memory Size: {memory_size_mb} MB\tMax Memory Used: {memory_used_mb} MB\t{init}{status}\n"
        )
    }

    pub(super) fn record(&self) -> (LogLevel, &'static str, serde_json::Value) {
        let mut metrics = json!({
            "durationMs": rounded(self.duration),
            "billedDurationMs": u64::try_from(self.billed_millis()).unwrap_or(u64::MAX),
            "memorySizeMB": self.memory_size_mb,
            "maxMemoryUsedMB": self.memory_used_mb,
        });
        let mut more = |name: &str, value: serde_json::Value| {
            if let Some(metrics) = metrics.as_object_mut() {
                metrics.insert(name.to_owned(), value);
            }
        };
        match self.init {
            Some(Beginning::Initialized(init)) => more("initDurationMs", json!(rounded(init))),
            Some(Beginning::Restored(restore)) => {
                more("restoreDurationMs", json!(rounded(restore)));
                more("billedRestoreDurationMs", json!(whole_millis(restore)));
            }
            None => {}
        }
        let mut record = json!({
            "requestId": self.request,
            "status": self.status.as_str(),
            "metrics": metrics,
        });
        self.status.name_error_in(&mut record);
        let level = match self.status {
            Status::Success => LogLevel::Info,
            Status::Timeout | Status::Error { .. } => LogLevel::Warn,
        };
        (level, "platform.report", record)
    }
}

/// A part of a millisecond is billed as a whole one.
fn whole_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}
