//! The runtime clients that managed runtimes run, embedded in this binary.
//!
//! They are written to disk once per content, so that sandboxes can mount them; a server of another
//! build on the same directory brings its own.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use domain::runtime::Runtime;
use store::BlobRef;

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
    "_invoked_faults.py",
    "_invoked_json.py",
    "_invoked_logging.py",
    "_invoked_runtime.py",
    "_invoked_sink.py",
);
const NODE: Client = client!("nodejs", "index.mjs");

/// The clients as they lie on the disk.
#[derive(Debug)]
pub(crate) struct Clients {
    python: Installed,
    node: Installed,
}

#[derive(Debug)]
struct Installed {
    directory: PathBuf,
    digest: String,
}

impl Clients {
    /// Writes the clients below a directory, unless they are there.
    pub(crate) fn install(below: &Path) -> io::Result<Self> {
        Ok(Self {
            python: PYTHON.install(below)?,
            node: NODE.install(below)?,
        })
    }

    /// The client for a runtime; none for a package that brings its own program.
    pub(crate) fn directory(&self, runtime: Runtime) -> Option<&Path> {
        self.installed(runtime)
            .map(|installed| installed.directory.as_path())
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

/// What follows the interpreter on the command line.
pub(crate) fn arguments(runtime: Runtime) -> Vec<OsString> {
    let arguments: &[&str] = match runtime {
        Runtime::Python { .. } => &["-S", "/var/runtime/bootstrap.py"],
        Runtime::Node { .. } => &["/var/runtime/index.mjs"],
        Runtime::Provided { .. } => &[],
    };
    arguments.iter().map(OsString::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_written_once_and_whole() {
        let below = tempfile::tempdir().unwrap();
        // What a crash in the middle of writing leaves.
        let first = Clients::install(below.path()).unwrap();
        let python = first.directory(Runtime::Python { minor: 11 }).unwrap();
        assert!(python.join(PYTHON.files[0].0).is_file());

        let second = Clients::install(below.path()).unwrap();

        assert_eq!(second.python.directory, first.python.directory);
        assert_eq!(fs::read_dir(below.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_package_with_its_own_program_has_no_client() {
        let below = tempfile::tempdir().unwrap();
        let clients = Clients::install(below.path()).unwrap();
        let provided = Runtime::parse("provided.al2023").unwrap();
        assert_eq!(clients.directory(provided), None);
        assert_eq!(clients.digest(provided).len(), 64);
    }
}
