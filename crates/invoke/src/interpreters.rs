//! The Python, Node and Ruby interpreters, and the Java virtual machines, that this host has.
//!
//! Found by their names and places, so that looking costs no process: versioned names on the search
//! path and in `/usr`, and the directories of pyenv, uv, nvm, n, volta and rbenv. A `node` or `ruby`
//! without a version in its path is asked for it.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use domain::runtime::Runtime;

/// Where to look, and how to choose.
#[derive(Debug, Clone, Default)]
pub struct InterpreterSettings {
    /// The directories of `PATH`.
    pub search_path: Vec<PathBuf>,
    /// The user's home, below which version managers keep interpreters.
    pub home: Option<PathBuf>,
    /// Whether a runtime needs exactly its version, or takes the nearest one there is.
    pub is_exact: bool,
    /// The directory with the jars of AWS's runtime interface client for Java, if it was installed.
    pub java_client: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    Python,
    Node,
    Java,
    Ruby,
}

impl Family {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Node => "nodejs",
            Self::Java => "java",
            Self::Ruby => "ruby",
        }
    }
}

/// `3.11` of Python, `20` of Node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct InterpreterVersion {
    pub major: u8,
    /// `None` where versions are told apart by the first number alone.
    pub minor: Option<u8>,
}

impl fmt::Display for InterpreterVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.minor {
            None => write!(f, "{}", self.major),
            Some(minor) => write!(f, "{}.{minor}", self.major),
        }
    }
}

/// An interpreter on this host.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interpreter {
    pub family: Family,
    pub version: InterpreterVersion,
    /// The directory that must be shown to a sandbox; `None` if it lies in `/usr`, which all see.
    pub prefix: Option<PathBuf>,
    pub program: PathBuf,
}

impl Interpreter {
    /// Whether this is exactly the version that the runtime names.
    pub fn is_for(&self, runtime: Runtime) -> bool {
        wanted(runtime) == Some((self.family, self.version))
    }
}

/// The interpreter that a managed runtime names.
fn wanted(runtime: Runtime) -> Option<(Family, InterpreterVersion)> {
    match runtime {
        Runtime::Python { minor } => Some((
            Family::Python,
            InterpreterVersion {
                major: 3,
                minor: Some(minor),
            },
        )),
        Runtime::Node { major } => Some((Family::Node, InterpreterVersion { major, minor: None })),
        Runtime::Java { major } => Some((Family::Java, InterpreterVersion { major, minor: None })),
        Runtime::Ruby { major, minor } => {
            let minor = Some(minor);
            Some((Family::Ruby, InterpreterVersion { major, minor }))
        }
        Runtime::Provided { .. } => None,
    }
}

/// A runtime for which the host has no interpreter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no interpreter for {runtime} on this host: install it{}",
    if *.is_exact { ", or allow the nearest version with `runtimes.match = \"nearest\"`" } else { "" }
)]
pub struct NoInterpreter {
    pub runtime: Runtime,
    /// Whether another version of the same interpreter would not do.
    pub is_exact: bool,
}

/// Every interpreter that was found.
#[derive(Debug, Clone, Default)]
pub struct Interpreters {
    found: Vec<Interpreter>,
    is_exact: bool,
}

impl Interpreters {
    /// Looks for interpreters. Reads directories, and may run `node --version`: call it where
    /// blocking is fine.
    pub fn discover(settings: &InterpreterSettings) -> Self {
        let mut directories = vec![PathBuf::from("/usr/bin"), PathBuf::from("/usr/local/bin")];
        directories.extend(settings.search_path.iter().cloned());
        directories.extend(managed_directories(settings.home.as_deref()));
        directories.extend(java_directories());
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        for directory in directories {
            for interpreter in in_directory(&directory) {
                if seen.insert(interpreter.program.clone()) {
                    found.push(interpreter);
                }
            }
        }
        Self {
            found,
            is_exact: settings.is_exact,
        }
    }

    /// What was found, in the order of preference.
    pub fn all(&self) -> &[Interpreter] {
        &self.found
    }

    /// The interpreter for a managed runtime: its version, or the nearest one if that is allowed.
    pub fn pick(&self, runtime: Runtime) -> Result<&Interpreter, NoInterpreter> {
        let missing = NoInterpreter {
            runtime,
            is_exact: self.is_exact,
        };
        let Some((family, version)) = wanted(runtime) else {
            return Err(missing);
        };
        let distance = |interpreter: &&Interpreter| {
            let number = |v: InterpreterVersion| {
                i16::from(v.major) * 100 + i16::from(v.minor.unwrap_or_default())
            };
            let difference = number(interpreter.version) - number(version);
            // Of two that are equally near, the newer one knows all that the older one knew.
            (difference.abs(), difference < 0)
        };
        self.found
            .iter()
            .filter(|interpreter| interpreter.family == family)
            .filter(|interpreter| !self.is_exact || interpreter.version == version)
            .min_by_key(distance)
            .ok_or(missing)
    }
}

/// The `bin` directories of version managers, the newest version of each first.
fn managed_directories(home: Option<&Path>) -> Vec<PathBuf> {
    let Some(home) = home else {
        return Vec::new();
    };
    let below_home = [
        ".pyenv/versions",
        ".local/share/uv/python",
        ".nvm/versions/node",
        ".volta/tools/image/node",
        ".rbenv/versions",
    ];
    let mut parents: Vec<PathBuf> = below_home.iter().map(|below| home.join(below)).collect();
    parents.push(PathBuf::from("/usr/local/n/versions/node"));
    let mut directories = Vec::new();
    for parent in parents {
        let entries = fs::read_dir(parent).into_iter().flatten().flatten();
        let mut versions: Vec<PathBuf> = entries.map(|entry| entry.path().join("bin")).collect();
        versions.sort();
        directories.extend(versions.into_iter().rev());
    }
    directories
}

/// Where Debian and others keep virtual machines, the newest of each vendor first.
fn java_directories() -> Vec<PathBuf> {
    let entries = fs::read_dir("/usr/lib/jvm").into_iter().flatten().flatten();
    let mut directories: Vec<PathBuf> = entries.map(|entry| entry.path().join("bin")).collect();
    directories.sort();
    directories.reverse();
    directories
}

fn in_directory(directory: &Path) -> Vec<Interpreter> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut found: Vec<Interpreter> = entries
        .filter_map(|entry| {
            let name = entry.file_name();
            let name = name.to_str()?;
            let (family, version) = named(name, directory)?;
            let program = fs::canonicalize(entry.path()).ok()?;
            // Version managers put scripts of the same name on the search path.
            if !is_elf(&program) {
                return None;
            }
            let version = match version {
                Some(version) => version,
                None if family == Family::Java => java_version(&program)?,
                None if family == Family::Ruby => asked_ruby(&program)?,
                None => asked(&program)?,
            };
            let prefix = if program.starts_with("/usr") {
                None
            } else {
                Some(prefix_of(&program)?)
            };
            Some(Interpreter {
                family,
                version,
                prefix,
                program,
            })
        })
        .collect();
    found.sort();
    found
}

/// What a file's name says it is. A `node` has its version in the directory, or must be asked.
fn named(name: &str, directory: &Path) -> Option<(Family, Option<InterpreterVersion>)> {
    if let Some(minor) = name.strip_prefix("python3.") {
        let minor = minor.parse().ok()?;
        return Some((
            Family::Python,
            Some(InterpreterVersion {
                major: 3,
                minor: Some(minor),
            }),
        ));
    }
    if name == "java" {
        return Some((Family::Java, None));
    }
    if let Some(version) = name.strip_prefix("ruby") {
        let beside = directory.parent()?.file_name()?.to_str()?;
        let version = match version {
            "" => ruby_version(beside),
            version => Some(ruby_version(version)?),
        };
        return Some((Family::Ruby, version));
    }
    if name != "node" {
        return None;
    }
    let parent = directory.parent()?.file_name()?.to_str()?;
    let version = node_version(parent);
    Some((Family::Node, version))
}

/// `v20.1.0` or `20.1.0`.
fn node_version(text: &str) -> Option<InterpreterVersion> {
    let mut numbers = text.trim().trim_start_matches('v').split('.');
    let major = numbers.next()?.parse().ok()?;
    numbers.next()?;
    Some(InterpreterVersion { major, minor: None })
}

/// `JAVA_VERSION="17.0.15"` in the file `release` above `bin`.
fn java_version(program: &Path) -> Option<InterpreterVersion> {
    let release = fs::read_to_string(prefix_of(program)?.join("release")).ok()?;
    let version = release
        .lines()
        .find_map(|line| line.strip_prefix("JAVA_VERSION="))?;
    let major = version.trim_matches('"').split(['.', '+', '-']).next()?;
    let major = major.parse().ok()?;
    Some(InterpreterVersion { major, minor: None })
}

/// `3.3` or `3.3.1`.
fn ruby_version(text: &str) -> Option<InterpreterVersion> {
    let mut numbers = text.split('.');
    let major = numbers.next()?.parse().ok()?;
    let minor = Some(numbers.next()?.parse().ok()?);
    Some(InterpreterVersion { major, minor })
}

/// A `ruby` is mostly a link to a program whose name tells the version; any other says `ruby 3.3.1p55 (…)`.
fn asked_ruby(program: &Path) -> Option<InterpreterVersion> {
    let name = program.file_name()?.to_str()?;
    if let Some(version) = name.strip_prefix("ruby").and_then(ruby_version) {
        return Some(version);
    }
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    ruby_version(text.strip_prefix("ruby ")?)
}

fn asked(program: &Path) -> Option<InterpreterVersion> {
    let output = Command::new(program).arg("--version").output().ok()?;
    node_version(&String::from_utf8(output.stdout).ok()?)
}

fn is_elf(program: &Path) -> bool {
    let mut magic = [0; 4];
    fs::File::open(program)
        .and_then(|mut file| file.read_exact(&mut magic))
        .is_ok()
        && magic == *b"\x7fELF"
}

/// The directory above `bin`, where the interpreter has its libraries.
fn prefix_of(program: &Path) -> Option<PathBuf> {
    let bin = program.parent().filter(|parent| parent.ends_with("bin"))?;
    bin.parent().map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn python(minor: u8) -> Interpreter {
        Interpreter {
            family: Family::Python,
            version: InterpreterVersion {
                major: 3,
                minor: Some(minor),
            },
            prefix: None,
            program: PathBuf::from(format!("/usr/bin/python3.{minor}")),
        }
    }

    fn picked(minors: &[u8], is_exact: bool, minor: u8) -> Option<u8> {
        let interpreters = Interpreters {
            found: minors.iter().copied().map(python).collect(),
            is_exact,
        };
        let runtime = Runtime::Python { minor };
        interpreters
            .pick(runtime)
            .ok()
            .and_then(|interpreter| interpreter.version.minor)
    }

    #[test]
    fn the_nearest_version_is_taken_and_the_newer_of_two() {
        assert_eq!(picked(&[9, 11, 13], false, 11), Some(11));
        assert_eq!(picked(&[9, 11, 13], false, 12), Some(13));
        assert_eq!(picked(&[9, 11, 13], false, 8), Some(9));
        assert_eq!(picked(&[], false, 8), None);
    }

    #[test]
    fn an_exact_match_takes_no_other_version() {
        assert_eq!(picked(&[9, 11, 13], true, 13), Some(13));
        assert_eq!(picked(&[9, 11, 13], true, 12), None);
    }

    #[test]
    fn a_runtime_without_an_interpreter_says_what_to_install() {
        let interpreters = Interpreters {
            found: Vec::new(),
            is_exact: true,
        };
        let error = interpreters.pick(Runtime::Node { major: 22 }).unwrap_err();
        assert!(error.to_string().contains("nodejs22.x"), "{error}");
    }

    #[test]
    fn names_and_directories_tell_the_version() {
        let bin = Path::new("/home/u/.nvm/versions/node/v22.3.0/bin");
        let node = Some(InterpreterVersion {
            major: 22,
            minor: None,
        });
        assert_eq!(named("node", bin), Some((Family::Node, node)));
        assert_eq!(
            named("node", Path::new("/usr/bin")),
            Some((Family::Node, None))
        );
        assert_eq!(named("java", bin), Some((Family::Java, None)));
        let ruby = |minor| {
            let minor = Some(minor);
            Some((Family::Ruby, Some(InterpreterVersion { major: 3, minor })))
        };
        let rbenv = Path::new("/home/u/.rbenv/versions/3.3.1/bin");
        assert_eq!(named("ruby3.1", Path::new("/usr/bin")), ruby(1));
        assert_eq!(named("ruby", rbenv), ruby(3));
        assert_eq!(
            named("ruby", Path::new("/usr/bin")),
            Some((Family::Ruby, None))
        );
        assert_eq!(named("ruby-lsp", bin), None);
        assert_eq!(named("python3.x", bin), None);
        assert_eq!(named("python3.11-config", bin), None);
    }
}
