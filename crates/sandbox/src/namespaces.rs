//! The driver that isolates: every command gets its own namespaces, groups and ids.
//!
//! **Scratch space.** `/tmp` is a tmpfs of the requested size. Its pages count as memory of the sandbox where there is
//! a memory group, so a command that fills `/tmp` has that much less memory for itself.
//!
//! **Without privileges** everything but the groups works: no limit on memory then, none on processes but the one
//! per user, and all sandboxes run as the same user of the host. `probe` tells.

use async_trait::async_trait;

use crate::link::{Links, Spawned};
use crate::spawner::{Kind, Reach};
use crate::{Dedication, Driver, Isolation, Prepared, Sandbox, Snapshot, SpawnError, Spec};

/// Starts commands in namespaces of their own.
#[derive(Debug)]
pub struct NamespaceDriver {
    spawner: Links,
}

impl NamespaceDriver {
    /// Starts the spawner. Fails with [`SpawnError::Unsupported`] where the host does not let us sandbox.
    ///
    /// The binary's `main` must have called [`crate::run_spawner_if_asked`] first.
    pub async fn start() -> Result<Self, SpawnError> {
        let spawner = Links::start(Kind::Namespaces(Reach::Inside)).await?;
        Ok(Self { spawner })
    }

    /// As [`NamespaceDriver::start`], for sandboxes with a [`Sandbox::uplink`]. Fails with [`SpawnError::Unsupported`]
    /// also where the host does not let us make one.
    pub async fn start_with_uplinks() -> Result<Self, SpawnError> {
        let spawner = Links::start(Kind::Namespaces(Reach::Uplink)).await?;
        Ok(Self { spawner })
    }
}

#[async_trait]
impl Driver for NamespaceDriver {
    async fn spawn(&self, mut spec: Spec) -> Result<Sandbox, SpawnError> {
        spec.check()?;
        spec.listen_at(spec.listen);
        sandbox(&spec, self.spawner.spawn(&spec).await?)
    }

    async fn prepare(&self, mut spec: Spec) -> Result<Prepared, SpawnError> {
        spec.check()?;
        spec.listen_at(spec.listen);
        let (spawned, late) = self.spawner.spawn_first_part(&spec, None).await?;
        let is_fork = spawned.is_fork;
        Ok(Prepared::new(sandbox(&spec, spawned)?, late, is_fork))
    }

    async fn prepare_for(
        &self,
        mut spec: Spec,
        dedication: &Dedication,
    ) -> Result<Sandbox, SpawnError> {
        spec.check()?;
        dedication.check()?;
        spec.listen_at(spec.listen);
        let both = self.spawner.spawn_first_part(&spec, Some(dedication));
        let (spawned, late) = both.await?;
        let is_fork = spawned.is_fork;
        let prepared = Prepared::new(sandbox(&spec, spawned)?, late, is_fork);
        prepared.answered(dedication).await
    }

    async fn snapshot(
        &self,
        mut spec: Spec,
        dedication: &Dedication,
    ) -> Result<(Sandbox, Snapshot), SpawnError> {
        spec.check()?;
        dedication.check()?;
        spec.listen_at(spec.listen);
        let (spawned, late, snapshot) = self.spawner.spawn_snapshot(&spec, dedication).await?;
        let prepared = Prepared::new(sandbox(&spec, spawned)?, late, true);
        Ok((prepared.answered(dedication).await?, snapshot))
    }

    async fn copy(&self, snapshot: &Snapshot, mut spec: Spec) -> Result<Sandbox, SpawnError> {
        spec.check()?;
        spec.listen_at(spec.listen);
        sandbox(&spec, self.spawner.spawn_copy(&spec, snapshot).await?)
    }

    fn isolation(&self) -> Isolation {
        Isolation::Namespaces
    }

    async fn shutdown(&self) {
        self.spawner.shutdown().await;
    }
}

fn sandbox(spec: &Spec, spawned: Spawned) -> Result<Sandbox, SpawnError> {
    let Spawned {
        listener,
        uplink,
        output,
        tree,
        ..
    } = spawned;
    let listener = listener.ok_or(SpawnError::SpawnerGone)?;
    Ok(Sandbox {
        listener,
        address: spec.listen,
        uplink,
        output,
        tree,
    })
}
