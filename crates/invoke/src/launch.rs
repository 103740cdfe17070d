//! How the program of each runtime is started.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::failure::Failure;
use domain::runtime::Runtime;
use sandbox::ReadOnlyMount;

use crate::interpreters::Interpreter;
use crate::packages::Tree;

/// A program and the files that it needs, as a sandbox sees them.
#[derive(Debug, Clone)]
pub(crate) struct Launch {
    pub(crate) mounts: Vec<ReadOnlyMount>,
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<OsString>,
    /// The runtime's name and version in the log, such as `python:3.11.v1`.
    pub(crate) runtime_version: String,
    /// The package that is mounted; held so that it stays.
    pub(crate) tree: Arc<Tree>,
}

/// Where a package brings its own program. There are no layers yet that could bring one.
///
/// docs: runtimes-custom.
const BOOTSTRAPS: [&str; 2] = ["/var/task/bootstrap", "/opt/bootstrap"];

impl Launch {
    /// Starts the `bootstrap` of a package whose files are in `tree`.
    pub(crate) fn of_package(runtime: Runtime, tree: Arc<Tree>) -> Result<Self, Failure> {
        if !tree.path().join("bootstrap").is_file() {
            let why = format!(
                "Couldn't find valid bootstrap(s): [{}]",
                BOOTSTRAPS.join(" ")
            );
            return Err(Failure::InvalidEntrypoint { why });
        }
        Ok(Self {
            mounts: vec![ReadOnlyMount::new(tree.path(), "/var/task")],
            program: PathBuf::from(BOOTSTRAPS[0]),
            args: Vec::new(),
            runtime_version: runtime.to_string().replacen('.', ":", 1),
            tree,
        })
    }

    /// Starts our client for the runtime, in `client`, with an interpreter of the host.
    pub(crate) fn of_client(
        runtime: Runtime,
        tree: Arc<Tree>,
        interpreter: &Interpreter,
        client: &Path,
    ) -> Self {
        let mut mounts = vec![
            ReadOnlyMount::new(tree.path(), "/var/task"),
            ReadOnlyMount::new(client, "/var/runtime"),
        ];
        let program = match &interpreter.prefix {
            // Every sandbox sees the host's /usr.
            None => interpreter.program.clone(),
            Some(prefix) => {
                mounts.push(ReadOnlyMount::new(prefix, "/var/lang"));
                let below = interpreter.program.strip_prefix(prefix);
                Path::new("/var/lang").join(below.unwrap_or(&interpreter.program))
            }
        };
        let (family, version) = (interpreter.family.name(), &interpreter.version);
        Self {
            mounts,
            program,
            args: crate::clients::arguments(runtime),
            runtime_version: format!("{family}:{version}.v{}", crate::clients::VERSION),
            tree,
        }
    }

    /// Has the program started by the script that a function names for that.
    ///
    /// docs: runtimes-modify (`AWS_LAMBDA_EXEC_WRAPPER`). A script that is missing ends with status
    /// 127, as observed.
    pub(crate) fn wrapped_in(self, wrapper: Option<&String>) -> Self {
        let Some(wrapper) = wrapper else {
            return self;
        };
        let command = ["-c", r#"exec "$0" "$@""#, wrapper].map(OsString::from);
        let mut args = Vec::from(command);
        args.push(self.program.into_os_string());
        args.extend(self.args);
        Self {
            program: PathBuf::from("/bin/sh"),
            args,
            ..self
        }
    }
}
