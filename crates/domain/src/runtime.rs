//! The runtimes a function may name, and which of them this server runs.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A runtime that this server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Runtime {
    /// `python3.MINOR`
    Python { minor: u8 },
    /// `nodejsMAJOR.x`
    Node { major: u8 },
    /// `javaMAJOR`
    Java { major: u8 },
    /// `rubyMAJOR.MINOR`
    Ruby { major: u8, minor: u8 },
    /// `provided.al2` and `provided.al2023`: the package brings its own `bootstrap`.
    Provided { al: AmazonLinux },
}

/// The operating system that a `provided` runtime asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AmazonLinux {
    Two,
    Of2023,
}

/// Why a runtime cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuntimeRefusal {
    #[error("`{0}` is no runtime")]
    Unknown(String),
    #[error("`{0}` is no longer supported by Lambda")]
    Deprecated(String),
    #[error("`{0}` is a runtime that this server does not run")]
    NotOffered(String),
}

/// observed: creating a function with one of these is refused as no longer supported; the older
/// ones of each family went before them.
const DEPRECATED: &[&str] = &[
    "nodejs",
    "nodejs4.3",
    "nodejs4.3-edge",
    "nodejs6.10",
    "nodejs8.10",
    "nodejs10.x",
    "nodejs12.x",
    "nodejs14.x",
    "python2.7",
    "python3.6",
    "python3.7",
    "java8",
    "ruby2.5",
    "ruby2.7",
    "dotnetcore1.0",
    "dotnetcore2.0",
    "dotnetcore2.1",
    "dotnetcore3.1",
    "go1.x",
    "provided",
];

/// model: the families of `Runtime` that exist in AWS and that this server does not run.
const OTHER_FAMILIES: &[&str] = &["java", "ruby", "dotnet", "custom"];

/// model: the minor versions of `python3.*` in `Runtime`, without the deprecated ones.
const PYTHON_MINORS: std::ops::RangeInclusive<u8> = 8..=15;

/// model: the major versions of `nodejs*.x` in `Runtime`, without the deprecated ones.
const NODE_MAJORS: &[u8] = &[16, 18, 20, 22, 24, 26];

/// model: the versions of `java*` in `Runtime`, without the deprecated one and without `java8.al2`,
/// which the newest runtime interface client no longer runs on.
const JAVA_MAJORS: &[u8] = &[11, 17, 21, 25];

/// model: the versions of `ruby*` in `Runtime`, without the deprecated ones.
const RUBY_VERSIONS: &[(u8, u8)] = &[(3, 2), (3, 3), (3, 4), (4, 0)];

impl Runtime {
    /// Whether an environment that has been initialized can be copied.
    ///
    /// docs: snapstart, whose Java and .NET are not among them here.
    pub const fn can_snap_start(self) -> bool {
        matches!(self, Self::Python { minor: 12.. })
    }

    pub fn parse(text: &str) -> Result<Self, RuntimeRefusal> {
        if DEPRECATED.contains(&text) {
            return Err(RuntimeRefusal::Deprecated(text.to_owned()));
        }
        let found = match text {
            "provided.al2" => Some(Self::Provided {
                al: AmazonLinux::Two,
            }),
            "provided.al2023" => Some(Self::Provided {
                al: AmazonLinux::Of2023,
            }),
            _ => Self::parse_python(text)
                .or_else(|| Self::parse_node(text))
                .or_else(|| Self::parse_java(text))
                .or_else(|| Self::parse_ruby(text)),
        };
        found.ok_or_else(|| {
            if OTHER_FAMILIES.iter().any(|family| text.starts_with(family)) {
                RuntimeRefusal::NotOffered(text.to_owned())
            } else {
                RuntimeRefusal::Unknown(text.to_owned())
            }
        })
    }

    fn parse_python(text: &str) -> Option<Self> {
        let minor = text.strip_prefix("python3.")?.parse().ok()?;
        let runtime = Self::Python { minor };
        (PYTHON_MINORS.contains(&minor) && runtime.to_string() == text).then_some(runtime)
    }

    fn parse_node(text: &str) -> Option<Self> {
        let major = text
            .strip_prefix("nodejs")?
            .strip_suffix(".x")?
            .parse()
            .ok()?;
        let runtime = Self::Node { major };
        (NODE_MAJORS.contains(&major) && runtime.to_string() == text).then_some(runtime)
    }

    fn parse_java(text: &str) -> Option<Self> {
        let major = text.strip_prefix("java")?.parse().ok()?;
        let runtime = Self::Java { major };
        (JAVA_MAJORS.contains(&major) && runtime.to_string() == text).then_some(runtime)
    }

    fn parse_ruby(text: &str) -> Option<Self> {
        let (major, minor) = text.strip_prefix("ruby")?.split_once('.')?;
        let (major, minor) = (major.parse().ok()?, minor.parse().ok()?);
        let runtime = Self::Ruby { major, minor };
        (RUBY_VERSIONS.contains(&(major, minor)) && runtime.to_string() == text).then_some(runtime)
    }

    /// Every runtime that this server runs, as the error about an unknown one lists them.
    pub fn all() -> Vec<Self> {
        let node = NODE_MAJORS.iter().map(|&major| Self::Node { major });
        let python = PYTHON_MINORS.map(|minor| Self::Python { minor });
        let java = JAVA_MAJORS.iter().map(|&major| Self::Java { major });
        let provided = [AmazonLinux::Two, AmazonLinux::Of2023].map(|al| Self::Provided { al });
        let ruby = RUBY_VERSIONS
            .iter()
            .map(|&(major, minor)| Self::Ruby { major, minor });
        let managed = node.chain(java).chain(python).chain(ruby);
        managed.chain(provided).collect()
    }

    /// Whether the interpreter is ours to bring; otherwise the package brings a `bootstrap`.
    pub fn is_managed(self) -> bool {
        match self {
            Self::Python { .. } | Self::Node { .. } | Self::Java { .. } | Self::Ruby { .. } => true,
            Self::Provided { .. } => false,
        }
    }
}

impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Python { minor } => write!(f, "python3.{minor}"),
            Self::Node { major } => write!(f, "nodejs{major}.x"),
            Self::Java { major } => write!(f, "java{major}"),
            Self::Ruby { major, minor } => write!(f, "ruby{major}.{minor}"),
            Self::Provided {
                al: AmazonLinux::Two,
            } => f.write_str("provided.al2"),
            Self::Provided {
                al: AmazonLinux::Of2023,
            } => f.write_str("provided.al2023"),
        }
    }
}

impl From<Runtime> for String {
    fn from(runtime: Runtime) -> Self {
        runtime.to_string()
    }
}

impl TryFrom<String> for Runtime {
    type Error = RuntimeRefusal;

    fn try_from(text: String) -> Result<Self, RuntimeRefusal> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_reads_back_as_it_was_written() {
        for runtime in Runtime::all() {
            assert_eq!(Runtime::parse(&runtime.to_string()), Ok(runtime));
        }
    }

    #[test]
    fn a_runtime_that_cannot_be_used_says_why() {
        let refusals = [
            ("java8.al2", RuntimeRefusal::NotOffered("java8.al2".into())),
            ("dotnet8", RuntimeRefusal::NotOffered("dotnet8".into())),
            ("python3.7", RuntimeRefusal::Deprecated("python3.7".into())),
            ("java8", RuntimeRefusal::Deprecated("java8".into())),
            ("PYTHON3.12", RuntimeRefusal::Unknown("PYTHON3.12".into())),
            ("python3.012", RuntimeRefusal::Unknown("python3.012".into())),
            ("nodejs21.x", RuntimeRefusal::Unknown("nodejs21.x".into())),
        ];
        for (text, refusal) in refusals {
            assert_eq!(Runtime::parse(text), Err(refusal));
        }
    }
}
