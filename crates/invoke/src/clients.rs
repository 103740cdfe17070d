//! The runtime clients that managed runtimes run, embedded in this binary.
//!
//! They are written to disk once per content, so that sandboxes can mount them; a server of another
//! build on the same directory brings its own. For each Python that runs the client it is compiled
//! once, because a sandbox cannot keep what it compiles.
//!
//! Java functions run AWS's own client, whose jars an operator installs; see [`java`].

mod java;

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use domain::runtime::Runtime;
use store::BlobRef;
use tracing::warn;

use crate::interpreters::{Family, Interpreter};

/// The version of the clients' behaviour, part of the runtime version that logs show.
pub(crate) const VERSION: u32 = 1;

/// One client: the files that appear in `/var/runtime`.
struct Client {
    directory: &'static str,
    files: &'static [(&'static str, &'static [u8])],
}

macro_rules! client {
    ($directory:literal, $($file:literal),+ $(,)?) => {
        Client {
            directory: $directory,
            files: &[$((
                $file,
                include_bytes!(concat!("../../../runtimes/", $directory, "/", $file)),
            )),+],
        }
    };
}

const PYTHON: Client = client!(
    "python",
    "bootstrap.py",
    "_invoked_api.py",
    "_invoked_context.py",
    "_invoked_copies.py",
    "_invoked_faults.py",
    "_invoked_json.py",
    "_invoked_logging.py",
    "_invoked_mould.py",
    "_invoked_runtime.py",
    "_invoked_sink.py",
    "_invoked_snapshot.py",
    "_invoked_wait.py",
    "snapshot_restore_py.py",
);

/// The module that tells whether the Python client has been compiled.
const PYTHON_MAIN: &str = "_invoked_runtime";

const NODE: Client = client!(
    "nodejs",
    "index.cjs",
    "api.cjs",
    "errors.cjs",
    "log.cjs",
    "rehearsal.cjs",
    "rehearsed.js",
    "rehearsed-module.mjs",
    "streaming.cjs",
    "wait.cjs",
);

const RUBY: Client = client!(
    "ruby",
    "bootstrap.rb",
    "api.rb",
    "context.rb",
    "errors.rb",
    "logging.rb",
    "runtime.rb",
    "wait.rb",
);

/// The clients as they lie on the disk.
#[derive(Debug)]
pub(crate) struct Clients {
    python: Installed,
    node: Installed,
    ruby: Installed,
    /// AWS's own, not embedded in this binary. None if it was not installed.
    java: Option<Installed>,
}

#[derive(Debug)]
struct Installed {
    directory: PathBuf,
    digest: String,
}

impl Clients {
    /// Writes the clients below a directory, unless they are there, and looks for the one for
    /// Java, which an operator puts into a directory.
    pub(crate) fn install(below: &Path, java: Option<&Path>) -> io::Result<Self> {
        Ok(Self {
            python: PYTHON.install(below)?,
            node: NODE.install(below)?,
            ruby: RUBY.install(below)?,
            java: java.map(java::find).transpose()?.flatten(),
        })
    }

    /// The client for a runtime; none for a package that brings its own program.
    pub(crate) fn directory(&self, runtime: Runtime) -> Option<&Path> {
        self.installed(runtime)
            .map(|installed| installed.directory.as_path())
    }

    /// Compiles the Python client for an interpreter, unless that was done before. Without it
    /// functions only start more slowly. Runs the interpreter: call it where blocking is fine.
    pub(crate) fn compile_for(&self, interpreter: &Interpreter) {
        let Some(minor) = interpreter.version.minor else {
            return;
        };
        let directory = &self.python.directory;
        let compiled = directory.join(format!("__pycache__/{PYTHON_MAIN}.cpython-3{minor}.pyc"));
        if interpreter.family != Family::Python || compiled.is_file() {
            return;
        }
        // The sources never change, so nobody has to compare them with what was compiled.
        let status = Command::new(&interpreter.program)
            .args([
                "-I",
                "-S",
                "-m",
                "compileall",
                "-q",
                "--invalidation-mode",
                "unchecked-hash",
            ])
            .arg(directory)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if !status.as_ref().is_ok_and(std::process::ExitStatus::success) {
            let program = interpreter.program.display();
            warn!(%program, ?status, "the runtime client cannot be compiled");
        }
    }

    /// 64 hexadecimal digits that change whenever the runtime or its client does.
    pub(crate) fn digest(&self, runtime: Runtime) -> String {
        let client = self
            .installed(runtime)
            .map_or("", |installed| &installed.digest);
        BlobRef::of(format!("{runtime} {client}").as_bytes()).to_string()
    }

    fn installed(&self, runtime: Runtime) -> Option<&Installed> {
        match runtime {
            Runtime::Python { .. } => Some(&self.python),
            Runtime::Node { .. } => Some(&self.node),
            Runtime::Ruby { .. } => Some(&self.ruby),
            Runtime::Java { .. } => self.java.as_ref(),
            Runtime::Provided { .. } => None,
        }
    }
}

impl Client {
    fn install(&self, below: &Path) -> io::Result<Installed> {
        let content: Vec<u8> = self
            .files
            .iter()
            .flat_map(|(name, bytes)| [name.as_bytes(), bytes].concat())
            .collect();
        let digest = BlobRef::of(&content).to_string();
        let directory = below.join(&digest).join(self.directory);
        if !directory.is_dir() {
            // Complete or not there: a crash in between leaves only the unfinished directory.
            let unfinished = below.join(format!("{digest}.unfinished"));
            if unfinished.exists() {
                fs::remove_dir_all(&unfinished)?;
            }
            self.write(&unfinished.join(self.directory))?;
            fs::rename(&unfinished, below.join(&digest))?;
        }
        Ok(Installed { directory, digest })
    }

    fn write(&self, directory: &Path) -> io::Result<()> {
        for (name, bytes) in self.files {
            let file = directory.join(name);
            if let Some(parent) = file.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(file, bytes)?;
        }
        Ok(())
    }
}

/// Whether the client can be started before it is known for which function.
pub(crate) fn can_wait(runtime: Runtime) -> bool {
    match runtime {
        Runtime::Python { .. } | Runtime::Node { .. } | Runtime::Ruby { .. } => true,
        Runtime::Java { .. } | Runtime::Provided { .. } => false,
    }
}

/// What follows the interpreter on the command line, but for what the function adds.
pub(crate) fn arguments(runtime: Runtime) -> Vec<OsString> {
    let arguments: &[&str] = match runtime {
        Runtime::Python { .. } => &["-S", "/var/runtime/bootstrap.py"],
        Runtime::Node { .. } => &["/var/runtime/index.cjs"],
        Runtime::Ruby { .. } => &["/var/runtime/bootstrap.rb"],
        Runtime::Java { .. } => java::ARGUMENTS,
        Runtime::Provided { .. } => &[],
    };
    arguments.iter().map(OsString::from).collect()
}

/// What tells a Java virtual machine how much memory its function has.
pub(crate) fn java_memory(memory_mb: u32) -> [OsString; 2] {
    java::memory_arguments(memory_mb).map(OsString::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_written_once_and_whole() {
        let below = tempfile::tempdir().unwrap();
        // What a crash in the middle of writing leaves.
        let first = Clients::install(below.path(), None).unwrap();
        let python = first.directory(Runtime::Python { minor: 11 }).unwrap();
        assert!(python.join(PYTHON.files[0].0).is_file());

        let second = Clients::install(below.path(), None).unwrap();

        assert_eq!(second.python.directory, first.python.directory);
        assert_eq!(fs::read_dir(below.path()).unwrap().count(), 3);
    }

    #[test]
    fn every_file_of_a_client_is_embedded() {
        for client in [PYTHON, NODE, RUBY] {
            let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("../../runtimes")
                .join(client.directory);
            let mut there: Vec<String> = fs::read_dir(directory)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .filter(|name| name != "__pycache__")
                .collect();
            let mut embedded: Vec<&str> = client.files.iter().map(|(name, _)| *name).collect();
            there.sort();
            embedded.sort_unstable();
            assert_eq!(there, embedded);
        }
    }

    #[test]
    fn a_package_with_its_own_program_has_no_client() {
        let below = tempfile::tempdir().unwrap();
        let clients = Clients::install(below.path(), None).unwrap();
        let provided = Runtime::parse("provided.al2023").unwrap();
        assert_eq!(clients.directory(provided), None);
        assert_eq!(clients.digest(provided).len(), 64);
    }
}
