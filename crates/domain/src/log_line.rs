//! The lines that the platform itself writes into a function's log.
//!
//! Text and JSON forms. observed: Lambda's lines end with a tab before the line feed where ours do.

mod report;

use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use crate::extension::{Extension, State};
use crate::function::{LogFormat, LogLevel};
use crate::limits::LOG_TAIL_BYTES_MAX;
use crate::name::Version;
use crate::time::Moment;

pub use report::{Beginning, Report};

/// How an invocation ended, as far as its log tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The runtime answered, with a result or with an error of the function.
    Success,
    Timeout,
    /// The environment failed; the error's type.
    Error {
        kind: &'static str,
    },
}

/// Which part of a life an initialization belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Before the invocation, with a limit of its own.
    Init,
    /// Repeated inside the invocation, after the first one failed.
    Invoke,
}

impl Phase {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Invoke => "invoke",
        }
    }
}

/// What begins, and what it runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begun<'a> {
    pub runtime: &'a str,
    pub runtime_arn: &'a str,
    pub function: &'a str,
    pub version: Version,
}

/// A line of the platform. It has no text if the function's log level leaves it out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Line<'a> {
    InitStart(Begun<'a>),
    /// The runtime has asked for work, or will not. Only JSON logs have this line.
    InitRuntimeDone {
        phase: Phase,
        status: Status,
    },
    InitReport {
        duration: Duration,
        phase: Phase,
        status: Status,
    },
    /// A copy of an initialized environment begins.
    RestoreStart(Begun<'a>),
    /// The copy has asked for work, or will not. Only JSON logs have this line.
    RestoreRuntimeDone {
        status: Status,
    },
    RestoreReport {
        duration: Duration,
        status: Status,
    },
    /// How an extension stands when the initialization is over.
    Extension(&'a Extension),
    Start {
        request: Uuid,
        version: Version,
    },
    /// The runtime has no part in the invocation any more. Only JSON logs have this line.
    RuntimeDone {
        request: Uuid,
        duration: Duration,
        status: Status,
    },
    End {
        request: Uuid,
    },
    Report(Report),
}

impl Begun<'_> {
    fn text(&self) -> String {
        let Self {
            runtime,
            runtime_arn,
            ..
        } = self;
        format!("Runtime Version: {runtime}\tRuntime Version ARN: {runtime_arn}\n")
    }

    /// Behind what is in the record already.
    fn record(&self, mut record: serde_json::Value) -> serde_json::Value {
        if let Some(record) = record.as_object_mut() {
            record.insert("runtimeVersion".to_owned(), json!(self.runtime));
            record.insert("runtimeVersionArn".to_owned(), json!(self.runtime_arn));
            record.insert("functionName".to_owned(), json!(self.function));
            record.insert("functionVersion".to_owned(), json!(self.version));
        }
        record
    }
}

impl Line<'_> {
    /// The line with its line feed, or nothing if it is below the level that is logged.
    pub fn format(&self, format: LogFormat, now: Moment) -> String {
        match format {
            LogFormat::Text => self.text(),
            LogFormat::Json { system, .. } => match self.record() {
                Some((level, kind, record)) if level >= system => {
                    let time = now.to_rfc3339();
                    // observed: the order of the members.
                    format!("{{\"time\":\"{time}\",\"type\":\"{kind}\",\"record\":{record}}}\n")
                }
                _ => String::new(),
            },
        }
    }

    fn text(&self) -> String {
        match self {
            Self::InitStart(begun) => format!("INIT_START {}", begun.text()),
            Self::RestoreStart(begun) => format!("RESTORE_START {}", begun.text()),
            // observed: where nothing is prepared ahead, an initialization that succeeded has no line.
            Self::InitRuntimeDone { .. }
            | Self::InitReport {
                status: Status::Success,
                ..
            }
            | Self::RestoreRuntimeDone { .. }
            | Self::RestoreReport {
                status: Status::Success,
                ..
            }
            | Self::RuntimeDone { .. } => String::new(),
            Self::RestoreReport { duration, status } => format!(
                "RESTORE_REPORT Restore Duration: {:.2} ms{}\n",
                millis(*duration),
                status.suffix(),
            ),
            Self::InitReport {
                duration,
                phase,
                status,
            } => format!(
                "INIT_REPORT Init Duration: {:.2} ms\tPhase: {}{}\n",
                millis(*duration),
                phase.as_str(),
                status.suffix(),
            ),
            Self::Extension(extension) => extension_text(extension),
            Self::Start { request, version } => {
                format!("START RequestId: {request} Version: {version}\n")
            }
            Self::End { request } => format!("END RequestId: {request}\n"),
            Self::Report(report) => report.text(),
        }
    }

    /// Level, type and record of the JSON form; there is no such line for `END`.
    ///
    /// docs: telemetry-schema-reference, and the level table of monitoring-cloudwatchlogs.
    fn record(&self) -> Option<(LogLevel, &'static str, serde_json::Value)> {
        match self {
            Self::InitStart(begun) => {
                let record = json!({"initializationType": "on-demand", "phase": "init"});
                Some((LogLevel::Debug, "platform.initStart", begun.record(record)))
            }
            Self::RestoreStart(begun) => Some((
                LogLevel::Debug,
                "platform.restoreStart",
                begun.record(json!({})),
            )),
            Self::RestoreRuntimeDone { status } => {
                let record = restore_record(*status, None);
                Some((status.level(), "platform.restoreRuntimeDone", record))
            }
            Self::RestoreReport { duration, status } => {
                let record = restore_record(*status, Some(*duration));
                Some((status.level(), "platform.restoreReport", record))
            }
            Self::InitRuntimeDone { phase, status } => {
                let record = init_record(*phase, *status);
                Some((status.level(), "platform.initRuntimeDone", record))
            }
            Self::InitReport {
                duration,
                phase,
                status,
            } => {
                let mut record = init_record(*phase, *status);
                if let Some(record) = record.as_object_mut() {
                    let metrics = json!({"durationMs": rounded(*duration)});
                    record.insert("metrics".to_owned(), metrics);
                }
                Some((status.level(), "platform.initReport", record))
            }
            Self::Extension(extension) => Some(extension_record(extension)),
            Self::Start { request, version } => {
                let record = json!({"requestId": request, "version": version});
                Some((LogLevel::Info, "platform.start", record))
            }
            Self::RuntimeDone {
                request,
                duration,
                status,
            } => Some(runtime_done(*request, *duration, *status)),
            Self::End { .. } => None,
            Self::Report(report) => Some(report.record()),
        }
    }
}

/// observed: the spacing within the brackets.
fn extension_text(extension: &Extension) -> String {
    let Extension { name, state, .. } = extension;
    let events = extension.subscriptions.names().join(",");
    let error = match &extension.error_type {
        Some(kind) => format!("\tError Type: {kind}"),
        None => String::new(),
    };
    let state = state.name();
    format!("EXTENSION\tName: {name}\tState: {state}\tEvents: [{events}]{error}\n")
}

fn extension_record(extension: &Extension) -> (LogLevel, &'static str, serde_json::Value) {
    let mut record = json!({
        "name": extension.name,
        "state": extension.state.name(),
        "events": extension.subscriptions.names(),
    });
    if let (Some(kind), Some(record)) = (&extension.error_type, record.as_object_mut()) {
        record.insert("errorType".to_owned(), json!(kind));
    }
    let level = match extension.state {
        State::Ready | State::Called | State::Running => LogLevel::Info,
        State::Started
        | State::Registered
        | State::InitError
        | State::ExitError
        | State::Exited
        | State::LaunchError => LogLevel::Warn,
    };
    (level, "platform.extension", record)
}

fn runtime_done(
    request: Uuid,
    duration: Duration,
    status: Status,
) -> (LogLevel, &'static str, serde_json::Value) {
    let mut record = json!({
        "requestId": request,
        "status": status.as_str(),
        "metrics": {"durationMs": rounded(duration)},
    });
    status.name_error_in(&mut record);
    (status.level(), "platform.runtimeDone", record)
}

fn init_record(phase: Phase, status: Status) -> serde_json::Value {
    let mut record = json!({
        "initializationType": "on-demand",
        "phase": phase.as_str(),
        "status": status.as_str(),
    });
    status.name_error_in(&mut record);
    record
}

fn restore_record(status: Status, duration: Option<Duration>) -> serde_json::Value {
    let mut record = json!({"status": status.as_str()});
    if let (Some(duration), Some(record)) = (duration, record.as_object_mut()) {
        let metrics = json!({"durationMs": rounded(duration)});
        record.insert("metrics".to_owned(), metrics);
    }
    status.name_error_in(&mut record);
    record
}

impl Status {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Timeout => "timeout",
            Self::Error { .. } => "error",
        }
    }

    /// The level of a line that tells how a part ended.
    const fn level(self) -> LogLevel {
        match self {
            Self::Success => LogLevel::Debug,
            Self::Timeout | Self::Error { .. } => LogLevel::Warn,
        }
    }

    fn name_error_in(self, record: &mut serde_json::Value) {
        if let (Self::Error { kind }, Some(record)) = (self, record.as_object_mut()) {
            record.insert("errorType".to_owned(), json!(kind));
        }
    }

    fn suffix(self) -> String {
        match self {
            Self::Success => String::new(),
            Self::Timeout => "\tStatus: timeout".to_owned(),
            Self::Error { kind } => format!("\tStatus: error\tError Type: {kind}"),
        }
    }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// Milliseconds with three digits, as telemetry writes them.
fn rounded(duration: Duration) -> f64 {
    (millis(duration) * 1_000.0).round() / 1_000.0
}

/// The end of a log: the last 4 KB of what was written to it, and nothing before.
#[derive(Debug, Default)]
pub struct Tail(Vec<u8>);

impl Tail {
    pub fn write(&mut self, bytes: &[u8]) {
        let kept = bytes.len().saturating_sub(LOG_TAIL_BYTES_MAX);
        self.0.extend(bytes.iter().skip(kept));
        // Cut now and then, not with every line.
        if self.0.len() > 4 * LOG_TAIL_BYTES_MAX {
            self.cut();
        }
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// At most [`LOG_TAIL_BYTES_MAX`] bytes.
    pub fn bytes(&mut self) -> &[u8] {
        self.cut();
        &self.0
    }

    fn cut(&mut self) {
        let surplus = self.0.len().saturating_sub(LOG_TAIL_BYTES_MAX);
        self.0.drain(..surplus);
    }
}

#[cfg(test)]
mod tests {
    use crate::extension::{Event, Extensions};

    use super::*;

    const NOW: Moment = Moment::from_millis(1_709_572_958_033);

    fn a_report() -> Report {
        Report {
            request: Uuid::nil(),
            duration: Duration::from_micros(133_610),
            memory_size_mb: 128,
            memory_used_mb: 36,
            init: Some(Beginning::Initialized(Duration::from_millis(80))),
            status: Status::Success,
        }
    }

    fn json_log(system: LogLevel) -> LogFormat {
        LogFormat::Json {
            application: LogLevel::Info,
            system,
        }
    }

    #[test]
    fn the_report_of_a_cold_start_bills_the_initialization() {
        let line = Line::Report(a_report()).format(LogFormat::Text, NOW);
        assert_eq!(
            line,
            "REPORT RequestId: 00000000-0000-0000-0000-000000000000\tDuration: 133.61 ms\t\
             Billed Duration: 214 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t\
             Init Duration: 80.00 ms\t\n"
        );
    }

    #[test]
    fn the_report_of_a_failure_names_it() {
        let timeout = Report {
            status: Status::Timeout,
            init: None,
            ..a_report()
        };
        let line = Line::Report(timeout).format(LogFormat::Text, NOW);
        assert!(
            line.ends_with("Max Memory Used: 36 MB\tStatus: timeout\n"),
            "{line}"
        );
        let crash = Status::Error {
            kind: "Runtime.ExitError",
        };
        let line = Line::Report(Report {
            status: crash,
            init: None,
            ..a_report()
        });
        let line = line.format(LogFormat::Text, NOW);
        assert!(
            line.ends_with("\tStatus: error\tError Type: Runtime.ExitError\n"),
            "{line}"
        );
    }

    #[test]
    fn a_failed_initialization_has_a_line_of_its_own() {
        let line = Line::InitReport {
            duration: Duration::from_micros(1_236_040),
            phase: Phase::Init,
            status: Status::Timeout,
        };
        assert_eq!(
            line.format(LogFormat::Text, NOW),
            "INIT_REPORT Init Duration: 1236.04 ms\tPhase: init\tStatus: timeout\n"
        );
    }

    #[test]
    fn an_initialization_that_succeeded_is_told_to_json_logs_of_level_debug_alone() {
        let (phase, status) = (Phase::Init, Status::Success);
        let duration = Duration::from_millis(80);
        let lines = [
            Line::InitRuntimeDone { phase, status },
            Line::InitReport {
                duration,
                phase,
                status,
            },
        ];

        for (line, kind) in lines.iter().zip(["initRuntimeDone", "initReport"]) {
            assert_eq!(line.format(LogFormat::Text, NOW), "");
            assert_eq!(line.format(json_log(LogLevel::Info), NOW), "");
            let debug = line.format(json_log(LogLevel::Debug), NOW);
            assert!(debug.contains(kind), "{debug}");
            assert!(debug.contains(r#""status":"success""#), "{debug}");
        }
    }

    #[test]
    fn an_initialization_that_failed_names_its_error_in_json_logs() {
        let kind = "Extension.Crash";
        let done = Line::InitRuntimeDone {
            phase: Phase::Invoke,
            status: Status::Error { kind },
        };

        let line = done.format(json_log(LogLevel::Warn), NOW);

        assert!(line.contains(r#""errorType":"Extension.Crash""#), "{line}");
        assert!(line.contains(r#""phase":"invoke""#), "{line}");
    }

    #[test]
    fn json_lines_have_the_shape_of_telemetry_and_a_level() {
        let start = Line::Start {
            request: Uuid::nil(),
            version: Version::Latest,
        };
        assert_eq!(
            start.format(json_log(LogLevel::Info), NOW),
            "{\"time\":\"2024-03-04T17:22:38.033Z\",\"type\":\"platform.start\",\
             \"record\":{\"requestId\":\"00000000-0000-0000-0000-000000000000\",\"version\":\"$LATEST\"}}\n"
        );
        assert_eq!(start.format(json_log(LogLevel::Warn), NOW), "");
        let timeout = Line::Report(Report {
            status: Status::Timeout,
            ..a_report()
        });
        assert!(
            timeout
                .format(json_log(LogLevel::Warn), NOW)
                .contains("\"durationMs\":133.61")
        );
    }

    #[test]
    fn the_end_of_the_runtimes_part_is_a_line_of_json_logs_alone() {
        let line = |status| Line::RuntimeDone {
            request: Uuid::nil(),
            duration: Duration::from_micros(1_500),
            status,
        };
        let crash = Status::Error {
            kind: "Runtime.ExitError",
        };

        assert_eq!(line(crash).format(LogFormat::Text, NOW), "");
        assert_eq!(
            line(Status::Success).format(json_log(LogLevel::Info), NOW),
            ""
        );
        let debug = line(Status::Success).format(json_log(LogLevel::Debug), NOW);
        assert!(
            debug.contains("\"type\":\"platform.runtimeDone\""),
            "{debug}"
        );
        let warn = line(crash).format(json_log(LogLevel::Warn), NOW);
        assert!(
            warn.contains("\"errorType\":\"Runtime.ExitError\""),
            "{warn}"
        );
        assert!(warn.contains("\"durationMs\":1.5"), "{warn}");
    }

    #[test]
    fn an_extension_has_a_line_of_its_own() {
        let mut extensions = Extensions::external(["one".to_owned(), "two".to_owned()]);
        let events = ["INVOKE".to_owned(), "SHUTDOWN".to_owned()];
        extensions.register("one", &events, Uuid::nil()).unwrap();
        extensions.on(Uuid::nil(), Event::Polled).unwrap();
        extensions.not_launched(1, "PermissionDenied");
        let lines: Vec<Line<'_>> = extensions.iter().map(Line::Extension).collect();

        assert_eq!(
            lines[0].format(LogFormat::Text, NOW),
            "EXTENSION\tName: one\tState: Ready\tEvents: [INVOKE,SHUTDOWN]\n"
        );
        assert_eq!(
            lines[1].format(LogFormat::Text, NOW),
            "EXTENSION\tName: two\tState: LaunchError\tEvents: []\tError Type: PermissionDenied\n"
        );
        let format = json_log(LogLevel::Info);
        assert!(
            lines[0]
                .format(format, NOW)
                .contains(r#""events":["INVOKE","SHUTDOWN"],"name":"one","state":"Ready""#)
        );
        assert_eq!(lines[0].format(json_log(LogLevel::Warn), NOW), "");
        let failed = lines[1].format(json_log(LogLevel::Warn), NOW);
        assert!(
            failed.contains(r#""errorType":"PermissionDenied""#),
            "{failed}"
        );
    }

    #[test]
    fn a_tail_is_the_end_of_what_was_written() {
        let mut tail = Tail::default();
        for n in 0..10_000 {
            tail.write(format!("line {n}\n").as_bytes());
        }
        assert_eq!(tail.bytes().len(), LOG_TAIL_BYTES_MAX);
        assert!(tail.bytes().ends_with(b"line 9998\nline 9999\n"));
        tail.write(&[b'x'; 3 * LOG_TAIL_BYTES_MAX]);
        assert_eq!(tail.bytes(), [b'x'; LOG_TAIL_BYTES_MAX]);
        tail.clear();
        tail.write(b"short");
        assert_eq!(tail.bytes(), b"short");
    }
}
