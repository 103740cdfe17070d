//! What the server is told: flags, environment variables, a file, defaults, in this order.
//!
//! [`settings`] is the one table of everything that can be set; this file turns the texts that it
//! found into values, or says which text, from where, is no value and what would be one.

mod file;
pub(crate) mod settings;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use domain::limits::{EVENT_AGE_MAX, MEMORY_MB_MIN};
use network::Exception;
use sandbox::Level;
use settings::Chosen;
use targets::{Place, Places};

/// The longest that an environment is kept without an invocation.
const IDLE_TIME_MAX: Duration = Duration::from_hours(24);

/// The longest that the result of an event can be kept, 14 days.
const RESULT_RETENTION_MAX: Duration = Duration::from_hours(336);

/// How requests are authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Auth {
    On,
    Off,
}

/// How functions are kept apart from the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SandboxMode {
    Namespaces,
    None,
}

/// What functions reach outside of their sandboxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NetworkMode {
    Nat,
    None,
}

/// What to do when the host lacks the exact interpreter that a function asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RuntimesMatch {
    Nearest,
    Exact,
}

/// Whether faults can be made on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FaultsOnPurpose {
    Off,
    WhenOrdered,
}

/// By which clock the server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClockKind {
    System,
    Virtual,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// Everything `serve` needs to know, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Config {
    pub(crate) listen: SocketAddr,
    pub(crate) data_dir: PathBuf,
    pub(crate) account_id: String,
    pub(crate) region: String,
    pub(crate) auth: Auth,
    pub(crate) sandbox: SandboxMode,
    /// What the host must give with [`SandboxMode::Namespaces`].
    pub(crate) isolation: Level,
    /// What functions reach with [`SandboxMode::Namespaces`].
    pub(crate) network: NetworkMode,
    pub(crate) network_allow: Vec<Exception>,
    pub(crate) runtimes_match: RuntimesMatch,
    /// `None` is the one in the data directory.
    pub(crate) java_client_dir: Option<PathBuf>,
    pub(crate) prestart_memory_mb: u32,
    pub(crate) environments: Environments,
    pub(crate) drain_timeout: Duration,
    pub(crate) events: Events,
    pub(crate) clock: ClockKind,
    pub(crate) faults: FaultsOnPurpose,
    pub(crate) targets: Places,
    pub(crate) log: Log,
}

/// How many execution environments there may be, and how they wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Environments {
    /// `None` is as much as the host has.
    pub(crate) memory_mb: Option<u32>,
    pub(crate) idle_time: Duration,
    /// `None` is never.
    pub(crate) freeze_after: Option<Duration>,
}

/// How asynchronous invocations are treated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Events {
    pub(crate) running_max: usize,
    pub(crate) retry_delays: [Duration; 2],
    pub(crate) result_retention: Duration,
}

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Log {
    pub(crate) filter: String,
    pub(crate) format: LogFormat,
}

/// The process's environment variables, as far as anybody may read them.
pub(crate) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Reads a variable of this process's environment.
pub(crate) fn process_environment(name: &str) -> Option<String> {
    std::env::var_os(name)?.into_string().ok()
}

impl Config {
    /// Reads every layer and checks the outcome.
    pub(crate) fn read(flags: &clap::ArgMatches, environment: Environment<'_>) -> Result<Self> {
        let chosen = Chosen::read(flags, environment)?;
        let config = Self {
            listen: chosen.parse("listen", listen)?,
            data_dir: chosen.parse("data-dir", |text| data_dir(text, environment))?,
            account_id: chosen.parse("account-id", account_id)?,
            region: chosen.parse("region", region)?,
            auth: chosen.one_of("auth", &[("on", Auth::On), ("off", Auth::Off)])?,
            sandbox: chosen.one_of(
                "sandbox",
                &[
                    ("namespaces", SandboxMode::Namespaces),
                    ("none", SandboxMode::None),
                ],
            )?,
            isolation: chosen.one_of(
                "isolation",
                &[
                    ("basic", Level::Basic),
                    ("limits", Level::Limits),
                    ("full", Level::Full),
                ],
            )?,
            network: network(&chosen)?,
            network_allow: chosen.parse("network-allow", exceptions)?,
            runtimes_match: chosen.one_of(
                "runtimes-match",
                &[
                    ("nearest", RuntimesMatch::Nearest),
                    ("exact", RuntimesMatch::Exact),
                ],
            )?,
            java_client_dir: chosen.parse("java-client-dir", directory)?,
            prestart_memory_mb: chosen.parse("prestart-memory", megabytes)?,
            environments: Environments::read(&chosen)?,
            drain_timeout: chosen.parse("drain-timeout", seconds)?,
            events: Events::read(&chosen)?,
            clock: chosen.one_of(
                "clock",
                &[
                    ("system", ClockKind::System),
                    ("virtual", ClockKind::Virtual),
                ],
            )?,
            faults: chosen.one_of(
                "faults",
                &[
                    ("off", FaultsOnPurpose::Off),
                    ("on", FaultsOnPurpose::WhenOrdered),
                ],
            )?,
            targets: Places {
                sqs: chosen.parse("targets-sqs", place)?,
                sns: chosen.parse("targets-sns", place)?,
                events: chosen.parse("targets-events", place)?,
                s3: chosen.parse("targets-s3", place)?,
            },
            log: Log {
                filter: chosen.parse("log", |text| Ok(text.to_owned()))?,
                format: chosen.one_of(
                    "log-format",
                    &[("text", LogFormat::Text), ("json", LogFormat::Json)],
                )?,
            },
        };
        Ok(config)
    }
}

fn network(chosen: &Chosen) -> Result<NetworkMode> {
    let modes = [("nat", NetworkMode::Nat), ("none", NetworkMode::None)];
    chosen.one_of("network", &modes)
}

/// Networks with commas between them.
fn exceptions(text: &str) -> Result<Vec<Exception>> {
    let words = text
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty());
    words.map(|word| Ok(word.parse()?)).collect()
}

impl Environments {
    fn read(chosen: &Chosen) -> Result<Self> {
        Ok(Self {
            memory_mb: chosen.parse("environment-memory", memory)?,
            idle_time: chosen.parse("idle-time", idle_time)?,
            freeze_after: chosen.parse("freeze-after", freeze_after)?,
        })
    }
}

impl Events {
    fn read(chosen: &Chosen) -> Result<Self> {
        Ok(Self {
            running_max: chosen.parse("async-running-max", running_max)?,
            retry_delays: chosen.parse("async-retry-delays", retry_delays)?,
            result_retention: chosen.parse("async-result-retention", retention)?,
        })
    }
}

fn listen(text: &str) -> Result<SocketAddr> {
    let address: SocketAddr = text
        .replacen("localhost:", "127.0.0.1:", 1)
        .parse()
        .ok()
        .context("expected an address with a port, such as 127.0.0.1:9000")?;
    if !address.ip().is_loopback() {
        bail!(
            "only loopback addresses are served, because signatures are not verified yet and \
             whoever reaches the port can run code; use 127.0.0.1:{port}",
            port = address.port()
        );
    }
    Ok(address)
}

/// The directory named, or the one that belongs to the user who runs the server.
fn data_dir(text: &str, environment: Environment<'_>) -> Result<PathBuf> {
    if !text.is_empty() {
        return std::path::absolute(text).context("expected a directory");
    }
    let home = |name: &str| environment(name).filter(|path| !path.is_empty());
    if let Some(data) = home("XDG_DATA_HOME") {
        return Ok(PathBuf::from(data).join("invoked"));
    }
    if is_root() {
        return Ok(PathBuf::from("/var/lib/invoked"));
    }
    let home = home("HOME").context("neither XDG_DATA_HOME nor HOME is set; name a directory")?;
    Ok(PathBuf::from(home).join(".local/share/invoked"))
}

/// A sandbox is shown what lies there, so the path must not depend on where the server runs.
fn directory(text: &str) -> Result<Option<PathBuf>> {
    if text.is_empty() {
        return Ok(None);
    }
    let path = std::path::absolute(text).context("make the path absolute")?;
    Ok(Some(path))
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn account_id(text: &str) -> Result<String> {
    if text.len() != 12 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        bail!("expected 12 digits");
    }
    Ok(text.to_owned())
}

/// model: the region's place in the ARN patterns.
fn region(text: &str) -> Result<String> {
    let words: Vec<&str> = text.split('-').collect();
    let is_word = |word: &str| word.len() > 1 && word.bytes().all(|b| b.is_ascii_lowercase());
    match words.split_last() {
        Some((digit, words))
            if digit.len() == 1
                && digit.bytes().all(|b| b.is_ascii_digit())
                && (2..=4).contains(&words.len())
                && words.iter().copied().all(is_word) =>
        {
            Ok(text.to_owned())
        }
        _ => bail!("expected a region's name, such as us-east-1"),
    }
}

fn seconds(text: &str) -> Result<Duration> {
    let seconds: u64 = text
        .strip_suffix('s')
        .unwrap_or(text)
        .parse()
        .ok()
        .filter(|seconds| *seconds <= 3_600)
        .context("expected a number of seconds up to 3600, such as 10 or 10s")?;
    Ok(Duration::from_secs(seconds))
}

fn megabytes(text: &str) -> Result<u32> {
    text.parse()
        .ok()
        .filter(|megabytes| *megabytes <= 1 << 20)
        .context("expected a number of megabytes, such as 256")
}

/// Enough for the smallest environment; nothing is what the host has.
fn memory(text: &str) -> Result<Option<u32>> {
    if text.is_empty() {
        return Ok(None);
    }
    megabytes(text)
        .ok()
        .filter(|megabytes| *megabytes >= MEMORY_MB_MIN)
        .map(Some)
        .with_context(|| {
            format!("expected a number of megabytes from {MEMORY_MB_MIN}, such as 4096")
        })
}

fn idle_time(text: &str) -> Result<Duration> {
    time(text)
        .filter(|time| (Duration::from_secs(1)..=IDLE_TIME_MAX).contains(time))
        .context("expected a time from 1s to 24h, such as 10m")
}

fn freeze_after(text: &str) -> Result<Option<Duration>> {
    if text == "never" {
        return Ok(None);
    }
    let milliseconds = text
        .strip_suffix("ms")
        .and_then(|number| number.parse().ok());
    let after = milliseconds
        .map(Duration::from_millis)
        .or_else(|| time(text));
    after
        .filter(|after| *after <= IDLE_TIME_MAX)
        .map(Some)
        .context("expected never, or a time of at most 24h, such as 10ms or 2s")
}

fn running_max(text: &str) -> Result<usize> {
    text.parse()
        .ok()
        .filter(|count| (1..=1_000).contains(count))
        .context("expected a number from 1 to 1000")
}

/// Two times with a comma between them. Events are at most six hours old.
fn retry_delays(text: &str) -> Result<[Duration; 2]> {
    text.split_once(',')
        .and_then(|(first, second)| Some([time(first)?, time(second)?]))
        .filter(|delays| delays.iter().all(|delay| *delay <= EVENT_AGE_MAX))
        .context("expected two times of at most 6h, such as 60s,120s")
}

fn retention(text: &str) -> Result<Duration> {
    time(text)
        .filter(|time| *time <= RESULT_RETENTION_MAX)
        .context("expected a time of at most 336h, such as 1h, 30m or 0s")
}

/// A number and its unit: hours, minutes or seconds.
fn time(text: &str) -> Option<Duration> {
    let text = text.trim();
    let (number, seconds) = [('h', 3_600), ('m', 60), ('s', 1)]
        .iter()
        .find_map(|(unit, seconds)| Some((text.strip_suffix(*unit)?, *seconds)))?;
    let number: u64 = number.parse().ok()?;
    number.checked_mul(seconds).map(Duration::from_secs)
}

/// Where a service is; nothing is nowhere.
fn place(text: &str) -> Result<Place> {
    let is_url = ["http://", "https://"].iter().any(|scheme| {
        text.strip_prefix(scheme)
            .is_some_and(|rest| !rest.is_empty())
    });
    match text {
        "" => Ok(Place::Nowhere),
        "aws" => Ok(Place::Aws),
        url if is_url => Ok(Place::At(url.to_owned())),
        _ => bail!("expected aws, or a URL such as http://127.0.0.1:4566"),
    }
}

#[cfg(test)]
mod tests;
