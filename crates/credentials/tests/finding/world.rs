//! A home with files, an environment, and a person who answers questions.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Mutex;

use credentials::{Finder, Given, Prompt, Surroundings, Target, TargetError};
use tempfile::TempDir;

#[derive(Debug)]
pub(crate) struct World {
    home: TempDir,
    environment: BTreeMap<String, String>,
    person: Person,
}

/// Answers every question the same, and remembers them.
#[derive(Debug, Default)]
struct Person {
    answer: Option<String>,
    asked: Mutex<Vec<String>>,
}

impl Prompt for Person {
    fn visible(&self, question: &str) -> io::Result<String> {
        self.asked.lock().unwrap().push(question.to_owned());
        self.answer
            .clone()
            .ok_or_else(|| io::Error::other("no terminal"))
    }

    fn hidden(&self, question: &str) -> io::Result<String> {
        self.visible(question)
    }
}

impl World {
    /// With this credentials file, and no machine that could have a role.
    pub(crate) fn new(credentials: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let world = Self {
            home,
            environment: BTreeMap::new(),
            person: Person::default(),
        };
        let home = world.home.path().display().to_string();
        world
            .file(".aws/credentials", credentials)
            .with(&[("HOME", &home), ("AWS_EC2_METADATA_DISABLED", "true")])
    }

    pub(crate) fn with(mut self, variables: &[(&str, &str)]) -> Self {
        for (name, value) in variables {
            self.environment
                .insert((*name).to_owned(), (*value).to_owned());
        }
        self
    }

    pub(crate) fn file(self, name: &str, text: &str) -> Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    pub(crate) fn answering(mut self, answer: &str) -> Self {
        self.person.answer = Some(answer.to_owned());
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.person.asked.lock().unwrap().clone()
    }

    /// A command line on which everything but the keys is known.
    pub(crate) fn given() -> Given<'static> {
        Given {
            function_name: "f",
            region: Some("eu-west-1"),
            endpoint_url: Some("http://127.0.0.1:9"),
            ..Given::default()
        }
    }

    pub(crate) async fn find(&self, given: &Given<'_>) -> Result<Target, TargetError> {
        self.find_with(&mut Finder::default(), given).await
    }

    pub(crate) async fn find_with(
        &self,
        finder: &mut Finder,
        given: &Given<'_>,
    ) -> Result<Target, TargetError> {
        let environment = |name: &str| self.environment.get(name).cloned();
        let surroundings = Surroundings {
            environment: &environment,
            prompt: &self.person,
        };
        finder.find(given, &surroundings).await
    }

    pub(crate) async fn key_of(&self, given: &Given<'_>) -> String {
        self.find(given).await.unwrap().keys.unwrap().access_key
    }

    pub(crate) async fn key(&self) -> String {
        self.key_of(&Self::given()).await
    }

    pub(crate) async fn error(&self) -> TargetError {
        self.find(&Self::given()).await.unwrap_err()
    }
}
