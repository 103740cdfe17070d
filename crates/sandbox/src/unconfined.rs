//! The driver that isolates nothing: an ordinary child process.
//!
//! What a sandbox would mount cannot be mounted here. Instead every path in the request that lies below a mount's
//! target, in the program, the working directory, the arguments and the values of the environment (which may be
//! lists separated by colons), is rewritten to the mount's source on the host. A program that has such a path
//! built in does not find its files.
//!
//! Of the limits only open files and the size of core files hold. The process tree is still ended as a whole.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use async_trait::async_trait;

use crate::fake::local_listener;
use crate::link::{Links, Spawned};
use crate::spawner::Kind;
use crate::{Driver, Isolation, Prepared, ReadOnlyMount, Sandbox, SpawnError, Spec};

/// Starts commands as ordinary children.
#[derive(Debug)]
pub struct UnconfinedDriver {
    spawner: Links,
}

impl UnconfinedDriver {
    /// Starts the spawner.
    ///
    /// The binary's `main` must have called [`crate::run_spawner_if_asked`] first.
    pub async fn start() -> Result<Self, SpawnError> {
        let spawner = Links::start(Kind::Unconfined).await?;
        Ok(Self { spawner })
    }
}

#[async_trait]
impl Driver for UnconfinedDriver {
    async fn spawn(&self, mut spec: Spec) -> Result<Sandbox, SpawnError> {
        spec.check()?;
        let (listener, address) = local_listener().map_err(SpawnError::Local)?;
        spec.listen_at(address);
        let Spawned { output, tree, .. } = self.spawner.spawn(&on_the_host(&spec)).await?;
        Ok(Sandbox {
            listener,
            address,
            uplink: None,
            output,
            tree,
        })
    }

    async fn prepare(&self, _: Spec) -> Result<Prepared, SpawnError> {
        Err(SpawnError::Unsupported {
            reason: "what runs unconfined cannot be shown more of the host later".to_owned(),
            fix: "spawn it when it is known what for".to_owned(),
        })
    }

    fn isolation(&self) -> Isolation {
        Isolation::Unconfined
    }

    async fn shutdown(&self) {
        self.spawner.shutdown().await;
    }
}

/// The request with the paths it would find inside replaced by where they are on the host.
fn on_the_host(spec: &Spec) -> Spec {
    let mounts = &spec.mounts;
    let mut moved = spec.clone();
    moved.program = rewrite(spec.program.as_os_str(), mounts).into();
    moved.working_dir = rewrite(spec.working_dir.as_os_str(), mounts).into();
    moved.args = spec.args.iter().map(|arg| rewrite(arg, mounts)).collect();
    for (_, value) in &mut moved.env {
        rewrite_list(value, mounts);
    }
    for companion in &mut moved.companions {
        companion.program = rewrite(companion.program.as_os_str(), mounts).into();
        for (_, value) in &mut companion.env {
            rewrite_list(value, mounts);
        }
    }
    moved.mounts.clear();
    moved
}

/// Rewrites every part of a list separated by colons.
fn rewrite_list(value: &mut String, mounts: &[ReadOnlyMount]) {
    let parts: Vec<String> = value
        .split(':')
        .map(|part| {
            rewrite(OsStr::new(part), mounts)
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    *value = parts.join(":");
}

/// The innermost mount that covers `text` decides; anything that is not such a path stays as it is.
fn rewrite(text: &OsStr, mounts: &[ReadOnlyMount]) -> OsString {
    let path = Path::new(text);
    let covering = mounts
        .iter()
        .filter_map(|mount| Some((mount, path.strip_prefix(&mount.target).ok()?)))
        .max_by_key(|(mount, _)| mount.target.components().count());
    match covering {
        Some((mount, rest)) if rest.as_os_str().is_empty() => mount.source.clone().into(),
        Some((mount, rest)) => mount.source.join(rest).into(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(text: &str) -> OsString {
        let mounts = [
            ReadOnlyMount::new("/srv/code", "/var/task"),
            ReadOnlyMount::new("/srv/shared", "/var/task/shared"),
        ];
        rewrite(OsStr::new(text), &mounts)
    }

    #[test]
    fn a_path_below_a_mount_becomes_the_hosts() {
        assert_eq!(rewritten("/var/task/a/b"), "/srv/code/a/b");
        assert_eq!(rewritten("/var/task"), "/srv/code");
    }

    #[test]
    fn the_innermost_mount_wins() {
        assert_eq!(rewritten("/var/task/shared/x"), "/srv/shared/x");
    }

    #[test]
    fn other_text_stays_as_it_is() {
        assert_eq!(rewritten("/var/tasks"), "/var/tasks");
        assert_eq!(rewritten("app.handler"), "app.handler");
        assert_eq!(rewritten(""), "");
    }
}
