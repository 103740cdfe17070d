//! How the program of each runtime is started.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::failure::Failure;
use domain::function::Configuration;
use domain::runtime::Runtime;
use sandbox::ReadOnlyMount;

use crate::extensions;
use crate::interpreters::{Family, Interpreter};
use crate::packages::Tree;
use crate::prestart::RuntimeStart;

/// A program and the files that it needs, as a sandbox sees them.
#[derive(Debug, Clone)]
pub(crate) struct Launch {
    /// What every function of the runtime sees: the client and the interpreter. Nothing, if the function brings its
    /// own program.
    pub(crate) shared: Vec<ReadOnlyMount>,
    /// What this function alone sees: its code and its layers.
    pub(crate) own: Vec<ReadOnlyMount>,
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<OsString>,
    /// The runtime's name and version in the log, such as `python:3.11.v1`.
    pub(crate) runtime_version: String,
    /// The names of the extensions in the layers.
    pub(crate) extensions: Vec<String>,
    /// The package and the layers that are mounted; held so that they stay.
    pub(crate) trees: Vec<Arc<Tree>>,
}

/// Where a package or a layer brings its own program.
///
/// docs: runtimes-custom.
const BOOTSTRAPS: [&str; 2] = ["/var/task/bootstrap", "/opt/bootstrap"];

impl Launch {
    /// Starts the `bootstrap` of a package whose files are in `tree`, or of its `layers`.
    pub(crate) fn of_package(
        runtime: Runtime,
        tree: Arc<Tree>,
        layers: Option<&Tree>,
    ) -> Result<Self, Failure> {
        let has_bootstrap = |tree: &Tree| tree.path().join("bootstrap").is_file();
        let program = match layers {
            _ if has_bootstrap(&tree) => BOOTSTRAPS[0],
            Some(layers) if has_bootstrap(layers) => BOOTSTRAPS[1],
            _ => {
                let searched = BOOTSTRAPS.join(" ");
                let why = format!("Couldn't find valid bootstrap(s): [{searched}]");
                return Err(Failure::InvalidEntrypoint { why });
            }
        };
        Ok(Self {
            shared: Vec::new(),
            own: vec![ReadOnlyMount::new(tree.path(), "/var/task")],
            program: PathBuf::from(program),
            args: Vec::new(),
            runtime_version: runtime.to_string().replacen('.', ":", 1),
            extensions: Vec::new(),
            trees: vec![tree],
        })
    }

    /// Shows the layers in `/opt`.
    pub(crate) fn with_layers(mut self, layers: Option<Arc<Tree>>) -> Self {
        if let Some(layers) = layers {
            self.own.push(ReadOnlyMount::new(layers.path(), "/opt"));
            self.extensions = extensions::names_in(layers.path());
            self.trees.push(layers);
        }
        self
    }

    /// Starts our client for the runtime, in `client`, with an interpreter of the host.
    pub(crate) fn of_client(
        runtime: Runtime,
        tree: Arc<Tree>,
        interpreter: &Interpreter,
        client: &Path,
    ) -> Self {
        let RuntimeStart {
            program,
            args,
            shared,
            ..
        } = Self::start_of(runtime, interpreter, client);
        let (family, version) = (interpreter.family.name(), &interpreter.version);
        Self {
            shared,
            own: vec![ReadOnlyMount::new(tree.path(), "/var/task")],
            program,
            args,
            extensions: Vec::new(),
            runtime_version: format!("{family}:{version}.v{}", crate::clients::VERSION),
            trees: vec![tree],
        }
    }

    /// What starts our client without a function.
    pub(crate) fn start_of(
        runtime: Runtime,
        interpreter: &Interpreter,
        client: &Path,
    ) -> RuntimeStart {
        let mut shared = vec![ReadOnlyMount::new(client, "/var/runtime")];
        shared.extend(settings_of(interpreter));
        let program = match &interpreter.prefix {
            // Every sandbox sees the host's /usr.
            None => interpreter.program.clone(),
            Some(prefix) => {
                shared.push(ReadOnlyMount::new(prefix, "/var/lang"));
                let below = interpreter.program.strip_prefix(prefix);
                Path::new("/var/lang").join(below.unwrap_or(&interpreter.program))
            }
        };
        RuntimeStart {
            runtime,
            program,
            args: crate::clients::arguments(runtime),
            shared,
        }
    }

    /// Has a Java virtual machine use an archive of classes.
    pub(crate) fn with_archive(mut self, usage: Option<(ReadOnlyMount, [String; 2])>) -> Self {
        if let Some((mount, options)) = usage {
            self.shared.push(mount);
            self.args.splice(..0, options.map(OsString::from));
        }
        self
    }

    /// Says on the command line what the client or its virtual machine reads there.
    pub(crate) fn for_function(mut self, configuration: &Configuration) -> Self {
        if matches!(configuration.runtime, Runtime::Java { .. }) {
            let memory = crate::clients::java_memory(configuration.memory_mb);
            self.args.splice(..0, memory);
            self.args.push(configuration.handler.clone().into());
        }
        self
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

/// The settings that Debian's virtual machines have links to, outside of `/usr`.
fn settings_of(interpreter: &Interpreter) -> Option<ReadOnlyMount> {
    if interpreter.family != Family::Java {
        return None;
    }
    let place = format!("/etc/java-{}-openjdk", interpreter.version);
    Path::new(&place)
        .is_dir()
        .then(|| ReadOnlyMount::new(&place, &place))
}
