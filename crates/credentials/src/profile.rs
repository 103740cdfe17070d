//! The profile that decides: the one the user names, or `default`.

use std::sync::OnceLock;

use crate::error::TargetError;
use crate::files::{Contents, Files};
use crate::given::Given;
use crate::ini::Section;
use crate::surroundings::Surroundings;

/// Everything that one search looks at. Files are read when a rule first asks for them, and once.
#[derive(Debug)]
pub(crate) struct Search<'a> {
    pub(crate) given: &'a Given<'a>,
    pub(crate) surroundings: &'a Surroundings<'a>,
    read: OnceLock<(Files, Contents)>,
}

/// A profile and where its name comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Profile<'a> {
    pub(crate) name: &'a str,
    pub(crate) section: &'a Section,
}

impl Profile<'_> {
    /// A value; an empty one counts as not there.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.section
            .get(key)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}

/// The profile names a user has given, and what gave them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) from: &'static str,
}

impl<'a> Search<'a> {
    pub(crate) fn new(given: &'a Given<'a>, surroundings: &'a Surroundings<'a>) -> Self {
        Self {
            given,
            surroundings,
            read: OnceLock::new(),
        }
    }

    /// The profile the user names. One that is not there is an error, and never passed over.
    pub(crate) fn named(&self) -> Option<Named> {
        if let Some(name) = self.given.profile_name {
            return Some(Named {
                name: name.to_owned(),
                from: "-ProfileName",
            });
        }
        ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]
            .into_iter()
            .find_map(|from| {
                let name = self.surroundings.variable(from)?;
                Some(Named { name, from })
            })
    }

    /// The profile that decides: the named one, else `default` if there is one.
    pub(crate) fn profile(&self) -> Result<Option<Profile<'_>>, TargetError> {
        match self.named() {
            Some(named) => self.profile_of(&named).map(Some),
            None => Ok(self.contents()?.profile("default")),
        }
    }

    pub(crate) fn profile_of(&self, named: &Named) -> Result<Profile<'_>, TargetError> {
        let (files, contents) = self.read()?;
        let found = contents.profile(&named.name);
        found.ok_or_else(|| TargetError::NoSuchProfile {
            name: named.name.clone(),
            from: named.from,
            files: files.names(),
        })
    }

    pub(crate) fn contents(&self) -> Result<&Contents, TargetError> {
        self.read().map(|(_, contents)| contents)
    }

    pub(crate) fn files(&self) -> Result<&Files, TargetError> {
        self.read().map(|(files, _)| files)
    }

    fn read(&self) -> Result<&(Files, Contents), TargetError> {
        if let Some(read) = self.read.get() {
            return Ok(read);
        }
        let files = Files::find(self.given, self.surroundings)?;
        let contents = files.read()?;
        Ok(self.read.get_or_init(|| (files, contents)))
    }
}
