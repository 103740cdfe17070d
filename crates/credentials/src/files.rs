//! Which files profiles are read from, and the profiles in them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};

use crate::error::TargetError;
use crate::given::Given;
use crate::ini::{self, Section};
use crate::profile::Profile;
use crate::surroundings::Surroundings;

/// Larger files are no profiles.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Where profiles are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Files {
    credentials: Option<PathBuf>,
    config: Option<PathBuf>,
    /// Named by the user, and so they have to be there.
    is_named: bool,
}

/// Everything the files say.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    profiles: BTreeMap<String, Section>,
    services: BTreeMap<String, Section>,
    saml_endpoints: BTreeMap<String, Section>,
}

impl Files {
    /// `-ProfileLocation` is a credentials file, with a file `config` beside it; else the files of every SDK.
    pub(crate) fn find(
        given: &Given<'_>,
        surroundings: &Surroundings<'_>,
    ) -> Result<Self, TargetError> {
        if let Some(location) = given.profile_location {
            return Self::at(location, surroundings);
        }
        let home = surroundings.home();
        let file = |variable: &str, name: &str| match surroundings.variable(variable) {
            Some(path) => Some(expanded(&path, home.as_deref())),
            None => home.as_ref().map(|home| home.join(".aws").join(name)),
        };
        Ok(Self {
            credentials: file("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
            config: file("AWS_CONFIG_FILE", "config"),
            is_named: false,
        })
    }

    fn at(location: &str, surroundings: &Surroundings<'_>) -> Result<Self, TargetError> {
        let mut credentials = expanded(location, surroundings.home().as_deref());
        if credentials.is_dir() {
            credentials.push("credentials");
        }
        if !credentials.is_file() {
            return Err(TargetError::NoProfileLocation {
                path: credentials.display().to_string(),
            });
        }
        let config = credentials.with_file_name("config");
        let config = (config.is_file() && config != credentials).then_some(config);
        Ok(Self {
            credentials: Some(credentials),
            config,
            is_named: true,
        })
    }

    /// Reads what is there. Of a key that is in both files the credentials file's value counts.
    pub(crate) fn read(&self) -> Result<Contents, TargetError> {
        let mut contents = Contents::default();
        if let Some(path) = &self.config {
            contents.add_config(sections(path, false)?);
        }
        if let Some(path) = &self.credentials {
            contents.add_credentials(sections(path, self.is_named)?);
        }
        Ok(contents)
    }

    /// The same files, for the SDK. One that is not there is left out: the SDK would refuse it.
    pub(crate) fn for_sdk(&self) -> EnvConfigFiles {
        let mut files = EnvConfigFiles::builder();
        for (kind, path) in [
            (EnvConfigFileKind::Config, &self.config),
            (EnvConfigFileKind::Credentials, &self.credentials),
        ] {
            if let Some(path) = path.as_ref().filter(|path| path.is_file()) {
                files = files.with_file(kind, path);
            }
        }
        files.build()
    }

    /// For messages.
    pub(crate) fn names(&self) -> String {
        let names: Vec<_> = [&self.credentials, &self.config]
            .into_iter()
            .flatten()
            .map(|path| path.display().to_string())
            .collect();
        names.join(" and ")
    }
}

impl Contents {
    pub(crate) fn profile(&self, name: &str) -> Option<Profile<'_>> {
        self.profiles
            .get_key_value(name)
            .map(|(name, section)| Profile { name, section })
    }

    pub(crate) fn services(&self, name: &str) -> Option<&Section> {
        self.services.get(name)
    }

    pub(crate) fn saml_endpoint(&self, name: &str) -> Option<&Section> {
        self.saml_endpoints.get(name)
    }

    fn add_config(&mut self, sections: BTreeMap<String, Section>) {
        let prefers_prefix = sections.contains_key("profile default");
        for (name, section) in sections {
            match name.split_once(' ') {
                None if name == "default" && !prefers_prefix => self.add_profile(&name, section),
                Some(("profile", name)) => self.add_profile(name, section),
                Some(("services", name)) => self
                    .services
                    .entry(name.to_owned())
                    .or_default()
                    .extend(section),
                Some(("saml-endpoint", name)) => self
                    .saml_endpoints
                    .entry(name.to_owned())
                    .or_default()
                    .extend(section),
                // docs: a section of another form is none of a profile's.
                None | Some(_) => {}
            }
        }
    }

    fn add_credentials(&mut self, sections: BTreeMap<String, Section>) {
        for (name, section) in sections {
            match name.split_once(' ') {
                None => self.add_profile(&name, section),
                Some(("saml-endpoint", name)) => self
                    .saml_endpoints
                    .entry(name.to_owned())
                    .or_default()
                    .extend(section),
                Some(_) => {}
            }
        }
    }

    fn add_profile(&mut self, name: &str, section: Section) {
        self.profiles
            .entry(name.to_owned())
            .or_default()
            .extend(section);
    }
}

fn sections(path: &Path, must_exist: bool) -> Result<BTreeMap<String, Section>, TargetError> {
    let unreadable = |reason: String| TargetError::UnreadableProfiles {
        path: path.display().to_string(),
        reason,
    };
    match fs::metadata(path) {
        Ok(file) if file.len() > FILE_BYTES_MAX => {
            return Err(unreadable(format!(
                "it has more than {FILE_BYTES_MAX} bytes"
            )));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound && !must_exist => {
            return Ok(BTreeMap::new());
        }
        Ok(_) | Err(_) => {}
    }
    let text = fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    ini::read(&text).map_err(|bad| unreadable(format!("line {}: {}", bad.number, bad.problem)))
}

fn expanded(path: &str, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

/// The names of all profiles, for a person to choose from. What cannot be read has none.
pub fn profile_names(given: &Given<'_>, surroundings: &Surroundings<'_>) -> BTreeSet<String> {
    Files::find(given, surroundings)
        .and_then(|files| files.read())
        .map(|contents| contents.profiles.into_keys().collect())
        .unwrap_or_default()
}
