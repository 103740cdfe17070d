//! What a function writes: the end of the log of the invocation that runs.
//!
//! Standard output and standard error arrive through one pipe. A task reads it as it fills, so that
//! a chatty function never blocks on us; when an invocation has answered, everything that it wrote
//! before is read at once, so that nothing is missing and nothing is waited for.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::function::LogFormat;
use domain::log_filter::LineFilter;
use domain::log_line::{Line, Tail};
use domain::time::Moment;
use tokio::net::unix::pipe::Receiver;
use tracing::debug;

/// Bytes read from the pipe at once; the kernel's pipe holds 65,536.
const READ_BYTES: usize = 16_384;

/// The reads after which a flooding function's answer goes out with what there is.
const DRAIN_READS_MAX: usize = 64;

#[derive(Debug)]
pub(crate) struct Output {
    /// Tells when there is something to read.
    pipe: Receiver,
    /// The same pipe, read without asking whether somebody has noticed yet that there is something.
    direct: File,
    log: Mutex<Log>,
    format: LogFormat,
}

#[derive(Debug)]
struct Log {
    /// Leaves out lines of the function that are below its log level.
    filter: LineFilter,
    tail: Tail,
}

impl Log {
    fn write(&mut self, bytes: &[u8]) {
        let Self { filter, tail } = self;
        filter.write(bytes, |logged| tail.write(logged));
    }

    /// What the platform writes has passed its own level.
    fn write_line(&mut self, line: &str) {
        let Self { filter, tail } = self;
        filter.flush(|logged| tail.write(logged));
        tail.write(line.as_bytes());
    }
}

impl Output {
    /// Must be called on a tokio runtime.
    pub(crate) fn new(pipe: OwnedFd, format: LogFormat) -> io::Result<Arc<Self>> {
        let direct = File::from(pipe.try_clone()?);
        let pipe = Receiver::from_owned_fd(pipe)?;
        Ok(Arc::new(Self {
            pipe,
            direct,
            log: Mutex::new(Log {
                filter: LineFilter::new(format),
                tail: Tail::default(),
            }),
            format,
        }))
    }

    /// Reads until every process of the environment has closed its end.
    pub(crate) async fn read_to_end(self: Arc<Self>) {
        while self.pipe.readable().await.is_ok() {
            match Self::read(|buffer| self.pipe.try_read(buffer), &mut self.lock()) {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => {
                    debug!(%error, "function output is unreadable");
                    return;
                }
            }
        }
    }

    /// Forgets the last invocation's log.
    pub(crate) fn begin(&self) {
        self.lock().tail.clear();
    }

    /// Reads all that the function has written so far, and writes lines of the platform behind it: those that its
    /// system log level lets through, which may be none.
    pub(crate) fn lines(&self, lines: &[Line<'_>], now: Moment) {
        let formatted = lines.iter().map(|line| line.format(self.format, now));
        let text: String = formatted.collect();
        let mut log = self.lock();
        for _ in 0..DRAIN_READS_MAX {
            let read = Self::read(|buffer| (&self.direct).read(buffer), &mut log);
            if !matches!(read, Ok(1..)) {
                break;
            }
        }
        log.write_line(&text);
    }

    /// The last 4 KB of the invocation's log.
    pub(crate) fn tail(&self) -> Vec<u8> {
        self.lock().tail.bytes().to_vec()
    }

    fn read(read: impl Fn(&mut [u8]) -> io::Result<usize>, log: &mut Log) -> io::Result<usize> {
        let mut buffer = [0; READ_BYTES];
        let count = read(&mut buffer)?;
        let bytes = buffer.get(..count).unwrap_or_default();
        log.write(bytes);
        if tracing::enabled!(target: "function", tracing::Level::DEBUG) {
            debug!(target: "function", "{}", String::from_utf8_lossy(bytes).trim_end());
        }
        Ok(count)
    }

    fn lock(&self) -> MutexGuard<'_, Log> {
        // A log is a log whatever was written to it last.
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use domain::function::LogLevel;
    use domain::name::Version;
    use uuid::Uuid;

    use super::*;

    fn output() -> (Arc<Output>, io::PipeWriter) {
        let (reader, writer) = io::pipe().unwrap();
        (Output::new(reader.into(), LogFormat::Text).unwrap(), writer)
    }

    #[tokio::test]
    async fn a_line_of_the_platform_stands_behind_what_was_written_before_it() {
        let (output, mut writer) = output();
        let request = Uuid::nil();
        let start = Line::Start {
            request,
            version: Version::Latest,
        };
        output.lines(&[start], Moment::from_millis(0));
        writer.write_all(b"hello\n").unwrap();

        output.lines(&[Line::End { request }], Moment::from_millis(0));

        let log = String::from_utf8(output.tail()).unwrap();
        assert!(
            log.starts_with("START RequestId: ") && log.contains("\nhello\nEND "),
            "{log}"
        );
    }

    #[tokio::test]
    async fn what_was_written_is_read_also_where_no_line_of_the_platform_is_wanted() {
        let (reader, mut writer) = io::pipe().unwrap();
        let format = LogFormat::Json {
            application: LogLevel::Info,
            system: LogLevel::Warn,
        };
        let output = Output::new(reader.into(), format).unwrap();
        writer.write_all(b"hello\n").unwrap();

        let request = Uuid::nil();
        output.lines(&[Line::End { request }], Moment::from_millis(0));

        assert_eq!(output.tail(), b"hello\n");
    }

    #[tokio::test]
    async fn reading_ends_when_the_last_writer_is_gone() {
        let (output, mut writer) = output();
        let reading = output.clone().read_to_end();
        writer.write_all(&[b'x'; 100]).unwrap();
        drop(writer);

        reading.await;

        assert_eq!(output.tail(), [b'x'; 100]);
    }
}
