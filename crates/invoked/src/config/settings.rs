//! The one table of settings, and the layers that each is looked up in.
//!
//! Flags, environment variables, keys of the file and `docs/configuration.md` all come from
//! [`SETTINGS`]: a setting that is not in the table does not exist.

use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use clap::{Arg, ArgAction, ArgMatches, Command};

use super::Environment;
use super::file::File;

/// One thing that can be set.
#[derive(Debug)]
pub(crate) struct Setting {
    /// The flag without its dashes; also the name of the setting in messages.
    pub(crate) flag: &'static str,
    /// The key in the file; a dot separates the table from the key.
    pub(crate) key: &'static str,
    pub(crate) variable: &'static str,
    /// How the value is called in `--help`, or the choices.
    pub(crate) value: &'static str,
    /// Empty: made from the environment, as the meaning says.
    pub(crate) default: &'static str,
    pub(crate) meaning: &'static str,
}

/// Where the settings file is; a setting itself, but one that a file cannot contain.
pub(crate) const FILE_FLAG: &str = "config";
pub(crate) const FILE_VARIABLE: &str = "INVOKED_CONFIG";

pub(crate) const SETTINGS: &[Setting] = &[
    Setting {
        flag: "listen",
        key: "listen",
        variable: "INVOKED_LISTEN",
        value: "ADDRESS:PORT",
        default: "127.0.0.1:9000",
        meaning: "Where the Lambda API is served. Loopback addresses only. Port 0 takes a free port; the real one is printed.",
    },
    Setting {
        flag: "data-dir",
        key: "data_dir",
        variable: "INVOKED_DATA_DIR",
        value: "DIR",
        default: "",
        meaning: "Where functions, their code and queued events are kept. Without it: `$XDG_DATA_HOME/invoked`, for root `/var/lib/invoked`, for others `~/.local/share/invoked`.",
    },
    Setting {
        flag: "account-id",
        key: "account_id",
        variable: "INVOKED_ACCOUNT_ID",
        value: "DIGITS",
        default: "000000000000",
        meaning: "The account in every ARN, 12 digits.",
    },
    Setting {
        flag: "region",
        key: "region",
        variable: "INVOKED_REGION",
        value: "REGION",
        default: "us-east-1",
        meaning: "The region in every ARN, and the one that functions see in `AWS_REGION`.",
    },
    Setting {
        flag: "auth",
        key: "auth",
        variable: "INVOKED_AUTH",
        value: "on|off",
        default: "on",
        meaning: "`on` refuses requests without a well-formed AWS Signature Version 4. The signature itself is not verified yet: any access key is accepted. `off` accepts unsigned requests too.",
    },
    Setting {
        flag: "sandbox",
        key: "sandbox",
        variable: "INVOKED_SANDBOX",
        value: "namespaces|none",
        default: "namespaces",
        meaning: "`namespaces` isolates every execution environment from the host and from the others. `none` runs functions as ordinary processes that can do whatever the server's user can do.",
    },
    Setting {
        flag: "isolation",
        key: "isolation",
        variable: "INVOKED_ISOLATION",
        value: "basic|limits|full",
        default: "basic",
        meaning: "How much isolation the host must give before this server runs functions with `--sandbox namespaces`; it refuses to start with less. `basic`: what sandboxes are made of. `limits`: also limits on memory, swap, processes and processors. `full`: also host users of their own and Landlock. `invoked doctor` shows what the host gives.",
    },
    Setting {
        flag: "network",
        key: "network",
        variable: "INVOKED_NETWORK",
        value: "nat|none",
        default: "nat",
        meaning: "What functions reach with `--sandbox namespaces`. `nat`: the Internet and private networks, by connections of this server's; never the host itself, link-local addresses or each other; and the API of this server at `http://169.254.100.5:9000`. `none`: nothing. A function with the tag `invoked:network` of the value `none` reaches nothing either. See `docs/security.md`.",
    },
    Setting {
        flag: "network-allow",
        key: "network_allow",
        variable: "INVOKED_NETWORK_ALLOW",
        value: "CIDR[:PORT],...",
        default: "",
        meaning: "What functions may reach besides: IPv4 networks with or without a port, such as `169.254.169.254/32:80` or an address of the host. `127.0.0.1/32:5432` is the host's own loopback, which functions find at `169.254.100.5:5432`. May be given more than once.",
    },
    Setting {
        flag: "runtimes-match",
        key: "runtimes.match",
        variable: "INVOKED_RUNTIMES_MATCH",
        value: "nearest|exact",
        default: "nearest",
        meaning: "What to do when the host has no interpreter of exactly the version that a function asks for: take the `nearest` version of the same family and log it, or refuse unless it is `exact`.",
    },
    Setting {
        flag: "java-client-dir",
        key: "runtimes.java_client_dir",
        variable: "INVOKED_JAVA_CLIENT_DIR",
        value: "DIR",
        default: "",
        meaning: "Where the jars of AWS's runtime interface client for Java are, which `java*` runtimes need: `aws-lambda-java-runtime-interface-client` and what it depends on. Without it: `java-client` in the data directory. `cargo xtask setup --java` downloads them to `target/java-client`.",
    },
    Setting {
        flag: "prestart-memory",
        key: "runtimes.prestart_memory",
        variable: "INVOKED_PRESTART_MEMORY",
        value: "MEGABYTES",
        default: "256",
        meaning: "How much memory runtimes may take that were started ahead of time and wait for a function, so that its first invocation need not wait for them. `0` starts none.",
    },
    Setting {
        flag: "environment-memory",
        key: "environments.memory",
        variable: "INVOKED_ENVIRONMENT_MEMORY",
        value: "MEGABYTES",
        default: "",
        meaning: "How much memory all execution environments together may use. Each counts with the most that it, or another of the same version, has used; the first of a version counts with 128. When there is no room for another, those that have been idle longest end, and if those that run leave none, an invocation is answered with `TooManyRequestsException` and an event waits. What a single environment may use is the `MemorySize` of its function. Without it: nine tenths of the host's memory, or of the limit of the control group that the server is in.",
    },
    Setting {
        flag: "idle-time",
        key: "environments.idle_time",
        variable: "INVOKED_IDLE_TIME",
        value: "TIME",
        default: "10m",
        meaning: "How long an execution environment is kept without an invocation.",
    },
    Setting {
        flag: "freeze-after",
        key: "environments.freeze_after",
        variable: "INVOKED_FREEZE_AFTER",
        value: "TIME|never",
        default: "10ms",
        meaning: "How long an execution environment has to be idle before its processes are frozen, as Lambda freezes them between invocations. They go on with the next invocation. `never` lets work that an invocation left behind go on.",
    },
    Setting {
        flag: "drain-timeout",
        key: "drain_timeout",
        variable: "INVOKED_DRAIN_TIMEOUT",
        value: "SECONDS",
        default: "10",
        meaning: "How long running requests may still take after SIGINT or SIGTERM. A second signal ends the server at once.",
    },
    Setting {
        flag: "async-running-max",
        key: "events.running_max",
        variable: "INVOKED_ASYNC_RUNNING_MAX",
        value: "COUNT",
        default: "64",
        meaning: "How many events run at once. More wait in their queues, on disk.",
    },
    Setting {
        flag: "async-retry-delays",
        key: "events.retry_delays",
        variable: "INVOKED_ASYNC_RETRY_DELAYS",
        value: "FIRST,SECOND",
        default: "60s,120s",
        meaning: "How long to wait before the first and before the second retry of an event whose function failed.",
    },
    Setting {
        flag: "async-result-retention",
        key: "events.result_retention",
        variable: "INVOKED_ASYNC_RESULT_RETENTION",
        value: "TIME",
        default: "1h",
        meaning: "How long the result of an event can be looked up by its request id. `0s` keeps none.",
    },
    Setting {
        flag: "clock",
        key: "clock",
        variable: "INVOKED_CLOCK",
        value: "system|virtual",
        default: "system",
        meaning: "`virtual` is for tests: time stands still for events, retries, queues and everything else that waits, until the admin API advances it. Functions see real time. See `docs/virtual-clock.md`.",
    },
    Setting {
        flag: "faults",
        key: "faults",
        variable: "INVOKED_FAULTS",
        value: "on|off",
        default: "off",
        meaning: "`on` is for tests: lets the admin API order faults for functions (duplicate events, throttles, crashes, latency, failing initializations). See `docs/faults.md`.",
    },
    Setting {
        flag: "targets-sqs",
        key: "targets.sqs",
        variable: "INVOKED_TARGETS_SQS",
        value: "aws|URL",
        default: "",
        meaning: "Where the SQS queues are that are not this server's own and get records and dead letters: `aws`, or the URL of an endpoint. Without it they are sent to queues of this server alone.",
    },
    Setting {
        flag: "targets-sns",
        key: "targets.sns",
        variable: "INVOKED_TARGETS_SNS",
        value: "aws|URL",
        default: "",
        meaning: "Where the SNS topics are that records and dead letters are sent to: `aws`, or the URL of an endpoint. Without it nothing is sent to SNS.",
    },
    Setting {
        flag: "targets-events",
        key: "targets.events",
        variable: "INVOKED_TARGETS_EVENTS",
        value: "aws|URL",
        default: "",
        meaning: "Where the EventBridge buses are that records are sent to: `aws`, or the URL of an endpoint. Without it nothing is sent to EventBridge.",
    },
    Setting {
        flag: "targets-s3",
        key: "targets.s3",
        variable: "INVOKED_TARGETS_S3",
        value: "aws|URL",
        default: "",
        meaning: "Where the S3 buckets are that records of failures are sent to: `aws`, or the URL of an endpoint. Without it nothing is sent to S3.",
    },
    Setting {
        flag: "log",
        key: "log.filter",
        variable: "INVOKED_LOG",
        value: "FILTER",
        default: "info",
        meaning: "What the server logs on standard error: `error`, `warn`, `info`, `debug`, `trace`, or a list such as `info,invoke=debug`.",
    },
    Setting {
        flag: "log-format",
        key: "log.format",
        variable: "INVOKED_LOG_FORMAT",
        value: "text|json",
        default: "text",
        meaning: "`text` for people, `json` for one JSON object per line.",
    },
];

/// Adds a flag for every setting.
pub(crate) fn with_flags(command: Command) -> Command {
    let file = Arg::new(FILE_FLAG)
        .long(FILE_FLAG)
        .value_name("FILE")
        .help(format!(
            "Read settings from this TOML file [env: {FILE_VARIABLE}]"
        ));
    SETTINGS.iter().fold(command.arg(file), |command, setting| {
        command.arg(setting.as_arg())
    })
}

impl Setting {
    /// Whether the flag may be given more than once, and commas separate its values elsewhere.
    fn is_list(&self) -> bool {
        self.value.ends_with(",...")
    }

    fn as_arg(&self) -> Arg {
        let default = match self.default {
            "" => String::new(),
            default => format!(" [default: {default}]"),
        };
        Arg::new(self.flag)
            .long(self.flag)
            .value_name(self.value)
            .action(if self.is_list() {
                ArgAction::Append
            } else {
                ArgAction::Set
            })
            .help(format!(
                "{} [env: {}]{default}",
                self.meaning.replace('`', ""),
                self.variable
            ))
    }
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Origin {
    Flag,
    Variable,
    File { path: PathBuf, line: usize },
    Default,
}

/// The text that counts for each setting.
#[derive(Debug)]
pub(crate) struct Chosen(Vec<(&'static Setting, String, Origin)>);

impl Chosen {
    /// Looks every setting up: flag, environment variable, file, default.
    pub(crate) fn read(flags: &ArgMatches, environment: Environment<'_>) -> Result<Self> {
        let path = flags
            .get_one::<String>(FILE_FLAG)
            .cloned()
            .or_else(|| environment(FILE_VARIABLE).filter(|path| !path.is_empty()));
        let file = match &path {
            Some(path) => File::read(Path::new(path))?,
            None => File::default(),
        };
        let choose = |setting: &'static Setting| {
            if let Some(texts) = flags.get_many::<String>(setting.flag) {
                let texts: Vec<&str> = texts.map(String::as_str).collect();
                (setting, texts.join(","), Origin::Flag)
            } else if let Some(text) = environment(setting.variable) {
                (setting, text, Origin::Variable)
            } else if let Some(entry) = file.get(setting.key) {
                let path = PathBuf::from(path.clone().unwrap_or_default());
                let line = entry.line;
                (setting, entry.text.clone(), Origin::File { path, line })
            } else {
                (setting, setting.default.to_owned(), Origin::Default)
            }
        };
        Ok(Self(SETTINGS.iter().map(choose).collect()))
    }

    /// The value of a setting, or an error that names the setting, its text and where it stands.
    pub(crate) fn parse<T>(&self, flag: &str, parse: impl Fn(&str) -> Result<T>) -> Result<T> {
        let (setting, text, origin) = self
            .0
            .iter()
            .find(|(setting, ..)| setting.flag == flag)
            .with_context(|| format!("there is no setting `{flag}`"))?;
        parse(text).with_context(|| Misfit {
            setting,
            text: text.clone(),
            origin: origin.clone(),
        })
    }

    /// The value of a setting that has a few named ones.
    pub(crate) fn one_of<T: Copy>(&self, flag: &str, choices: &[(&str, T)]) -> Result<T> {
        self.parse(flag, |text| {
            let found = choices.iter().find(|(name, _)| *name == text);
            found.map(|(_, value)| *value).ok_or_else(|| {
                let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
                anyhow!("expected {}", names.join(" or "))
            })
        })
    }
}

/// Which text, from where, does not fit its setting.
#[derive(Debug)]
struct Misfit {
    setting: &'static Setting,
    text: String,
    origin: Origin,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { setting, text, .. } = self;
        match &self.origin {
            Origin::Flag => write!(f, "--{} cannot be `{text}`", setting.flag),
            Origin::Variable => write!(f, "{} cannot be `{text}`", setting.variable),
            Origin::File { path, line } => write!(
                f,
                "{}:{line}: `{}` cannot be `{text}`",
                path.display(),
                setting.key
            ),
            Origin::Default => write!(f, "no value for --{}", setting.flag),
        }
    }
}

/// `docs/configuration.md`.
pub(crate) fn reference() -> String {
    let mut text = String::from(
        "# Configuration\n\n\
         `invoked serve` needs no configuration. What can be set is set by a flag, by an environment variable or by a\n\
         line of a TOML file; the first of these that is there counts. The file is named by `--config FILE` or by\n\
         `INVOKED_CONFIG`; a key that is not in this table is an error. This page is written by `invoked settings`.\n\n\
         | flag | environment variable | key in the file | default | meaning |\n\
         |---|---|---|---|---|\n",
    );
    for setting in SETTINGS {
        let default = match setting.default {
            "" => String::new(),
            default => format!("`{default}`"),
        };
        // Writing into a `String` cannot fail.
        let _infallible = writeln!(
            text,
            "| `--{} {}` | `{}` | `{}` | {default} | {} |",
            setting.flag,
            setting.value.replace('|', "\\|"),
            setting.variable,
            setting.key,
            setting.meaning
        );
    }
    text.push_str("\nA file that sets everything to its default:\n\n```toml\n");
    let (tables, top): (Vec<_>, Vec<_>) = SETTINGS
        .iter()
        .partition(|setting| setting.key.contains('.'));
    for setting in top
        .into_iter()
        .filter(|setting| !setting.default.is_empty())
    {
        let _infallible = writeln!(text, "{} = \"{}\"", setting.key, setting.default);
    }
    let mut open = "";
    for setting in tables {
        let (table, key) = setting.key.split_once('.').unwrap_or(("", setting.key));
        if table != open {
            let _infallible = writeln!(text, "\n[{table}]");
            open = table;
        }
        let _infallible = writeln!(text, "{key} = \"{}\"", setting.default);
    }
    text.push_str("```\n");
    text
}
