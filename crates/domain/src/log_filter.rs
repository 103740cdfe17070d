//! Which of the lines that a function writes are logged: JSON objects below the level of its logs are not.
//!
//! docs: monitoring-cloudwatchlogs-log-level. What is no JSON object has no level and is logged; one without a level
//! that Lambda knows, or without a time in the form of RFC 3339, counts as INFO.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::function::{LogFormat, LogLevel};

/// A longer line is not looked at as a whole, and is logged.
const LINE_BYTES_MAX: usize = 256 << 10;

/// Takes what a function writes as it comes, and gives on the lines that are logged.
#[derive(Debug, Default)]
pub struct LineFilter {
    /// The least level that is logged; `None` where everything is.
    least: Option<LogLevel>,
    /// The beginning of a line whose end has not come yet.
    begun: Vec<u8>,
    /// The line that comes is too long, and its beginning was logged already.
    is_passing: bool,
}

/// What is looked at of a line. Different libraries have different names for the time.
#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow, default, alias = "Level")]
    level: Option<Word<'a>>,
    #[serde(
        borrow,
        default,
        alias = "time",
        alias = "@timestamp",
        alias = "Timestamp"
    )]
    timestamp: Option<Word<'a>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Word<'a> {
    Text(#[serde(borrow)] std::borrow::Cow<'a, str>),
    Other(IgnoredAny),
}

impl LineFilter {
    pub fn new(format: LogFormat) -> Self {
        let least = match format {
            LogFormat::Text
            | LogFormat::Json {
                application: LogLevel::Trace,
                ..
            } => None,
            LogFormat::Json { application, .. } => Some(application),
        };
        Self {
            least,
            ..Self::default()
        }
    }

    /// Takes what was written, and hands on what is logged of it.
    pub fn write(&mut self, bytes: &[u8], mut logged: impl FnMut(&[u8])) {
        let Some(least) = self.least else {
            return logged(bytes);
        };
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let is_end = part.ends_with(b"\n");
            if self.is_passing || self.begun.len() + part.len() > LINE_BYTES_MAX {
                logged(&std::mem::take(&mut self.begun));
                logged(part);
                self.is_passing = !is_end;
            } else if !is_end {
                self.begun.extend_from_slice(part);
            } else if self.begun.is_empty() {
                pass(part, least, &mut logged);
            } else {
                let mut line = std::mem::take(&mut self.begun);
                line.extend_from_slice(part);
                pass(&line, least, &mut logged);
            }
        }
    }

    /// Hands on the line that has begun, if it is logged: somebody else is to write behind it.
    pub fn flush(&mut self, mut logged: impl FnMut(&[u8])) {
        let begun = std::mem::take(&mut self.begun);
        if let (Some(least), false) = (self.least, begun.is_empty()) {
            pass(&begun, least, &mut logged);
        }
    }
}

fn pass(line: &[u8], least: LogLevel, logged: &mut impl FnMut(&[u8])) {
    if level_of(line).is_none_or(|level| level >= least) {
        logged(line);
    }
}

/// The level of a line; `None` if it has none.
fn level_of(line: &[u8]) -> Option<LogLevel> {
    let line = line.trim_ascii();
    if !line.starts_with(b"{") {
        return None;
    }
    // A name that comes twice, or the like, does not make it something else than an object.
    let Ok(entry) = serde_json::from_slice::<Entry<'_>>(line) else {
        let is_json = serde_json::from_slice::<IgnoredAny>(line).is_ok();
        return is_json.then_some(LogLevel::Info);
    };
    let (Some(Word::Text(level)), Some(Word::Text(timestamp))) = (entry.level, entry.timestamp)
    else {
        return Some(LogLevel::Info);
    };
    let level = level_named(&level).filter(|_| is_rfc3339(&timestamp));
    Some(level.unwrap_or(LogLevel::Info))
}

/// Python has names of its own for two of them.
fn level_named(text: &str) -> Option<LogLevel> {
    match text.to_ascii_uppercase().as_str() {
        "WARNING" => Some(LogLevel::Warn),
        "CRITICAL" => Some(LogLevel::Fatal),
        text => LogLevel::parse(text),
    }
}

/// `2024-11-02T16:51:31.587199Z`, with or without a fraction, and with `Z` or a distance from it.
fn is_rfc3339(text: &str) -> bool {
    let fits = |text: &[u8], form: &[u8]| {
        text.len() == form.len()
            && text.iter().zip(form).all(|(byte, form)| match form {
                b'0' => byte.is_ascii_digit(),
                b'T' => matches!(byte, b'T' | b't' | b' '),
                b'+' => matches!(byte, b'+' | b'-'),
                other => byte == other,
            })
    };
    let Some((moment, rest)) = text.as_bytes().split_at_checked(19) else {
        return false;
    };
    let zone = match rest.strip_prefix(b".") {
        None => rest,
        Some(fraction) => {
            let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit());
            let count = digits.count();
            fraction.get(count..).filter(|_| count > 0).unwrap_or(b"")
        }
    };
    let is_zone = matches!(zone, b"Z" | b"z") || fits(zone, b"+00:00");
    fits(moment, b"0000-00-00T00:00:00") && is_zone
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logged(least: LogLevel, writes: &[&str]) -> String {
        let mut filter = LineFilter::new(LogFormat::Json {
            application: least,
            system: LogLevel::Info,
        });
        let mut log = Vec::new();
        for text in writes {
            filter.write(text.as_bytes(), |bytes| log.extend_from_slice(bytes));
        }
        filter.flush(|bytes| log.extend_from_slice(bytes));
        String::from_utf8(log).unwrap()
    }

    fn line(level: &str) -> String {
        format!(r#"{{"level":"{level}","timestamp":"2024-11-02T16:51:31.587199Z"}}"#) + "\n"
    }

    #[test]
    fn lines_below_the_level_are_not_logged() {
        for (level, is_logged) in [
            ("trace", false),
            ("DEBUG", false),
            ("Info", false),
            ("WARN", true),
            ("warning", true),
            ("ERROR", true),
            ("critical", true),
            ("FATAL", true),
            ("nonsense", false),
        ] {
            let is_there = !logged(LogLevel::Warn, &[&line(level)]).is_empty();
            assert_eq!(is_there, is_logged, "{level}");
        }
    }

    #[test]
    fn what_has_no_level_or_no_time_counts_as_info() {
        for line in [
            "{}\n",
            "{\"level\":1}\n",
            "{\"level\":\"ERROR\"}\n",
            "{\"level\":\"ERROR\",\"time\":\"yesterday\"}\n",
            "{\"level\":\"ERROR\",\"time\":17}\n",
            "{\"level\":\"DEBUG\",\"time\":\"2024-11-02\"}\n",
        ] {
            assert_eq!(logged(LogLevel::Info, &[line]), line);
            assert_eq!(logged(LogLevel::Warn, &[line]), "", "{line}");
        }
    }

    #[test]
    fn the_time_has_more_than_one_name_and_form() {
        for (name, time) in [
            ("timestamp", "2024-11-02T16:51:31Z"),
            ("time", "2024-11-02T16:51:31.5+01:00"),
            ("@timestamp", "2024-11-02 16:51:31.587199-00:30"),
        ] {
            let line = format!("{{\"level\":\"error\",\"{name}\":\"{time}\"}}");
            assert_eq!(logged(LogLevel::Error, &[&line]), line);
        }
        for time in [
            "2024-11-02T16:51:31",
            "2024-11-02T16:51:31.Z",
            "2024-11-02T16:51:31+1:0",
        ] {
            assert!(!is_rfc3339(time), "{time}");
        }
    }

    #[test]
    fn text_that_is_no_object_is_logged() {
        for text in ["text\n", "[1]\n", "{ no json\n", "\n", "no end"] {
            assert_eq!(logged(LogLevel::Fatal, &[text]), text);
        }
    }

    #[test]
    fn a_line_may_come_in_parts() {
        let (debug, error) = (line("debug"), line("error"));
        let both = format!("{debug}{error}");
        for cut in 0..both.len() {
            let (first, second) = both.split_at(cut);
            assert_eq!(logged(LogLevel::Error, &[first, second]), error, "{cut}");
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_logged_whatever_it_says() {
        let long = format!(
            "{{\"level\":\"debug\",\"text\":\"{}",
            "x".repeat(LINE_BYTES_MAX)
        );
        let text = format!("{long}\"}}\n{}", line("debug"));

        assert_eq!(logged(LogLevel::Error, &[&text]), format!("{long}\"}}\n"));
    }
}
