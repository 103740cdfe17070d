//! Where a running server can be reached: printed at its start, kept in its data directory, and
//! printed again by `invoked env`.

use std::fmt::Write as _;
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::config::{Auth, Config};

const FILE_NAME: &str = "endpoint.json";

/// How long a server on this machine may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// A running server, as its clients need to know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Endpoint {
    /// `http://ADDRESS:PORT`
    #[serde(rename = "endpoint")]
    pub(crate) url: String,
    pub(crate) address: SocketAddr,
    pub(crate) region: String,
    account_id: String,
    auth: String,
    data_dir: PathBuf,
    pub(crate) pid: u32,
}

impl Endpoint {
    /// Any key is accepted as long as signatures are not verified; clients insist on having one.
    pub(crate) const ACCESS_KEY: &str = "invoked";

    pub(crate) fn new(config: &Config, address: SocketAddr) -> Self {
        Self {
            url: format!("http://{address}"),
            address,
            region: config.region.clone(),
            account_id: config.account_id.clone(),
            auth: match config.auth {
                Auth::On => "on".to_owned(),
                Auth::Off => "off".to_owned(),
            },
            data_dir: config.data_dir.clone(),
            pid: std::process::id(),
        }
    }

    /// Leaves a note for `invoked env`. It is in place at once or not at all.
    pub(crate) fn record(&self) -> Result<()> {
        let path = self.data_dir.join(FILE_NAME);
        let draft = self.data_dir.join(format!("{FILE_NAME}.{}", self.pid));
        let text = serde_json::to_string(self)?;
        fs::write(&draft, text)
            .and_then(|()| fs::rename(&draft, &path))
            .with_context(|| format!("write {}", path.display()))
    }

    /// Takes the note away, unless another server has left its own meanwhile.
    pub(crate) fn withdraw(&self) -> Result<()> {
        let path = self.data_dir.join(FILE_NAME);
        match fs::read_to_string(&path) {
            Ok(text) if serde_json::from_str::<Self>(&text).is_ok_and(|it| it == *self) => {
                fs::remove_file(&path).with_context(|| format!("remove {}", path.display()))
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// The server that runs on a data directory.
    pub(crate) fn of_running(data_dir: &Path) -> Result<Self> {
        let nobody = || {
            format!(
                "no server runs on the data directory {}; start one with `invoked serve`, or name \
                 the directory of the running one with --data-dir",
                data_dir.display()
            )
        };
        let text = fs::read_to_string(data_dir.join(FILE_NAME)).with_context(nobody)?;
        let endpoint: Self = serde_json::from_str(&text).with_context(nobody)?;
        TcpStream::connect_timeout(&endpoint.address, CONNECT_TIMEOUT).with_context(nobody)?;
        Ok(endpoint)
    }

    /// The variables that SDKs, the AWS CLI and `Invoke-LMFunction` read.
    pub(crate) fn variables(&self) -> [(&'static str, &str); 5] {
        [
            ("AWS_ENDPOINT_URL", &self.url),
            ("AWS_REGION", &self.region),
            ("AWS_DEFAULT_REGION", &self.region),
            ("AWS_ACCESS_KEY_ID", Self::ACCESS_KEY),
            ("AWS_SECRET_ACCESS_KEY", Self::ACCESS_KEY),
        ]
    }

    /// The variables as a POSIX shell evaluates them. No value has a character that needs quotes.
    pub(crate) fn to_shell(&self, indent: &str) -> String {
        let mut text = String::new();
        for (name, value) in self.variables() {
            // Writing into a `String` cannot fail.
            let _infallible = writeln!(text, "{indent}export {name}={value}");
        }
        text
    }

    /// The variables as one JSON object.
    pub(crate) fn to_env_json(&self) -> String {
        let object: serde_json::Map<String, serde_json::Value> = self
            .variables()
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).into()))
            .collect();
        serde_json::Value::Object(object).to_string()
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use targets::Places;

    use super::*;
    use crate::config::{
        ClockKind, Environments, Events, FaultsOnPurpose, Log, LogFormat, NetworkMode,
        RuntimesMatch, SandboxMode,
    };

    fn endpoint_in(data_dir: &Path, address: SocketAddr) -> Endpoint {
        let config = Config {
            listen: address,
            data_dir: data_dir.to_owned(),
            account_id: "000000000000".into(),
            region: "eu-west-1".into(),
            auth: Auth::On,
            isolation: sandbox::Level::Basic,
            network: NetworkMode::Nat,
            network_allow: Vec::new(),
            sandbox: SandboxMode::Namespaces,
            runtimes_match: RuntimesMatch::Nearest,
            java_client_dir: None,
            prestart_memory_mb: 0,
            environments: Environments {
                memory_mb: None,
                idle_time: Duration::ZERO,
                freeze_after: None,
            },
            drain_timeout: Duration::ZERO,
            events: Events {
                running_max: 1,
                retry_delays: [Duration::ZERO; 2],
                result_retention: Duration::ZERO,
            },
            clock: ClockKind::System,
            faults: FaultsOnPurpose::Off,
            targets: Places::default(),
            log: Log {
                filter: "info".into(),
                format: LogFormat::Text,
            },
        };
        Endpoint::new(&config, address)
    }

    #[test]
    fn a_running_server_is_found_through_its_data_directory() {
        let dir = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = endpoint_in(dir.path(), listener.local_addr().unwrap());

        endpoint.record().unwrap();
        assert_eq!(Endpoint::of_running(dir.path()).unwrap(), endpoint);

        endpoint.withdraw().unwrap();
        assert!(Endpoint::of_running(dir.path()).is_err());
    }

    #[test]
    fn a_server_that_died_is_not_found() {
        let dir = tempfile::tempdir().unwrap();
        let address = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        endpoint_in(dir.path(), address).record().unwrap();

        let error = Endpoint::of_running(dir.path()).unwrap_err();

        assert!(error.to_string().contains("start one with `invoked serve`"));
    }

    #[test]
    fn a_note_of_another_server_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mine = endpoint_in(dir.path(), "127.0.0.1:1".parse().unwrap());
        let theirs = endpoint_in(dir.path(), listener.local_addr().unwrap());
        theirs.record().unwrap();

        mine.withdraw().unwrap();

        assert!(Endpoint::of_running(dir.path()).is_ok());
    }

    #[test]
    fn the_exports_are_what_a_client_needs() {
        let endpoint = endpoint_in(Path::new("/x"), "127.0.0.1:9000".parse().unwrap());

        assert_eq!(
            endpoint.to_shell("  "),
            "  export AWS_ENDPOINT_URL=http://127.0.0.1:9000\n  \
             export AWS_REGION=eu-west-1\n  \
             export AWS_DEFAULT_REGION=eu-west-1\n  \
             export AWS_ACCESS_KEY_ID=invoked\n  \
             export AWS_SECRET_ACCESS_KEY=invoked\n"
        );
    }
}
