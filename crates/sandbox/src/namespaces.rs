//! The driver that isolates: every command gets its own namespaces, groups and ids.
//!
//! **Scratch space.** `/tmp` is a tmpfs of the requested size. Its pages count as memory of the sandbox where there is
//! a memory group, so a command that fills `/tmp` has that much less memory for itself.
//!
//! **Without privileges** everything but the groups works: no limit on memory then, none on processes but the one
//! per user, and all sandboxes run as the same user of the host. `probe` tells.

use async_trait::async_trait;

use crate::link::{Link, Spawned, StartError};
use crate::spawner::Kind;
use crate::{Driver, Isolation, Sandbox, SpawnError, Spec};

/// Starts commands in namespaces of their own.
#[derive(Debug)]
pub struct NamespaceDriver {
    link: Link,
}

impl NamespaceDriver {
    /// Starts the spawner. Fails with [`SpawnError::Unsupported`] where the host does not let us sandbox.
    ///
    /// The binary's `main` must have called [`crate::run_spawner_if_asked`] first.
    pub async fn start() -> Result<Self, SpawnError> {
        match Link::start(Kind::Namespaces).await {
            Ok(link) => Ok(Self { link }),
            Err(error) => Err(explain(error)),
        }
    }
}

#[async_trait]
impl Driver for NamespaceDriver {
    async fn spawn(&self, mut spec: Spec) -> Result<Sandbox, SpawnError> {
        spec.check()?;
        spec.env = spec.env_for(spec.listen);
        let Spawned {
            listener,
            output,
            tree,
        } = self.link.spawn(&spec).await?;
        let listener = listener.ok_or(SpawnError::SpawnerGone)?;
        Ok(Sandbox {
            listener,
            address: spec.listen,
            output,
            tree,
        })
    }

    fn isolation(&self) -> Isolation {
        Isolation::Namespaces
    }

    async fn shutdown(&self) {
        self.link.shutdown().await;
    }
}

/// Says why there is no spawner, and what to do about it.
pub(crate) fn explain(error: StartError) -> SpawnError {
    match error {
        StartError::Refused(failure) => SpawnError::Unsupported {
            reason: format!("{}: {}", failure.detail, failure.error()),
            fix: crate::probe::fix_for(failure.errno),
        },
        StartError::NotCalled => SpawnError::SpawnerGone,
        StartError::Local(error) => SpawnError::Local(error),
    }
}
