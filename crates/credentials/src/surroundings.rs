//! What surrounds the command: its environment, and a person who may be asked.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Asks a person. Never reads standard input, which may be a pipeline.
pub trait Prompt: fmt::Debug + Send + Sync {
    /// Asks for something that may be seen while it is typed.
    fn visible(&self, question: &str) -> io::Result<String>;
    /// Asks for something that may not.
    fn hidden(&self, question: &str) -> io::Result<String>;
}

/// Nobody: for runs that must not ask.
#[derive(Debug, Clone, Copy)]
pub struct NobodyToAsk;

impl Prompt for NobodyToAsk {
    fn visible(&self, _question: &str) -> io::Result<String> {
        Err(io::Error::other("there is nobody to ask"))
    }

    fn hidden(&self, question: &str) -> io::Result<String> {
        self.visible(question)
    }
}

/// What a search may look at beside the command line.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    pub environment: &'a (dyn Fn(&str) -> Option<String> + Sync),
    pub prompt: &'a dyn Prompt,
}

impl Surroundings<'_> {
    /// A variable; an empty one counts as not set.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        (self.environment)(name).filter(|value| !value.is_empty())
    }

    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.variable(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    pub(crate) fn home(&self) -> Option<PathBuf> {
        let names = if cfg!(windows) {
            ["USERPROFILE", "HOME"]
        } else {
            ["HOME", "USERPROFILE"]
        };
        names
            .into_iter()
            .find_map(|name| self.variable(name))
            .map(PathBuf::from)
    }
}

impl fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").finish_non_exhaustive()
    }
}
