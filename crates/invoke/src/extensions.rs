//! The processes of external extensions: they come before the runtime and go after it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use domain::limits::EXTENSIONS_MAX;
use domain::time::Clock;
use sandbox::{ProcessTree, Signal};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::debug;

use crate::desk::Desk;

/// Where a sandbox sees them.
pub(crate) const DIRECTORY: &str = "/opt/extensions";

/// observed: the runtime has this many tenths of the time that an end may take, the extensions have the rest.
const RUNTIME_TENTHS: u32 = 3;

/// The names of the extensions in a tree that is mounted at `/opt`, in the order in which they are started.
///
/// docs: runtimes-extensions-api, every file in the directory is one.
pub(crate) fn names_in(opt: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(opt.join("extensions")) else {
        return Vec::new();
    };
    let files = entries.flatten().filter(|entry| !entry.path().is_dir());
    let names = files.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// The environment variables that extensions do not get. docs: runtimes-extensions-api.
const NOT_FOR_EXTENSIONS: [&str; 11] = [
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_XRAY_CONTEXT_MISSING",
    "AWS_XRAY_DAEMON_ADDRESS",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "_AWS_XRAY_DAEMON_ADDRESS",
    "_AWS_XRAY_DAEMON_PORT",
    "_HANDLER",
    "_LAMBDA_TELEMETRY_LOG_FD",
];

/// What extensions get of the variables of the function's process.
pub(crate) fn variables(of_function: &[(String, String)]) -> Vec<(String, String)> {
    let kept = of_function
        .iter()
        .filter(|(name, _)| !NOT_FOR_EXTENSIONS.contains(&name.as_str()));
    kept.cloned().collect()
}

/// The processes of one environment, where it has external extensions.
#[derive(Debug, Clone)]
pub(crate) struct Crew {
    pub(crate) desk: Arc<Desk>,
    pub(crate) tree: Arc<ProcessTree>,
    pub(crate) external: usize,
}

impl Crew {
    /// Starts the extensions, and when all have registered, the runtime. `gone`: when nobody needs to be watched.
    pub(crate) fn start(&self, tasks: &TaskTracker, gone: &CancellationToken) {
        if self.external == 0 {
            return;
        }
        if self.external > EXTENSIONS_MAX {
            return self.desk.refuse_extension(EXTENSIONS_MAX);
        }
        for place in 0..self.external {
            let (crew, gone) = (self.clone(), gone.clone());
            tasks.spawn(async move {
                let exit = gone.run_until_cancelled(crew.tree.companion_exited(place));
                if let Some(exit) = exit.await {
                    debug!(place, ?exit, "extension ended");
                    crew.desk.extension_ended(place, exit);
                }
            });
            self.tree.start_companion(place);
        }
        let (crew, gone) = (self.clone(), gone.clone());
        tasks.spawn(async move {
            let registered = gone.run_until_cancelled(crew.desk.extensions_registered());
            if registered.await == Some(true) {
                crew.tree.start();
            }
        });
    }

    /// Lets everybody end in time: the runtime first, then the extensions. What is left is still to be killed.
    ///
    /// docs: lambda-runtime-environment, the shutdown phase.
    pub(crate) async fn end(&self, clock: &dyn Clock) {
        let time = self.desk.shutdown_time();
        if time.is_zero() {
            return;
        }
        self.tree.thaw();
        let started = Instant::now();
        if self.desk.has_runtime() {
            self.tree.signal(Signal::Terminate);
            let deadline = started + time * RUNTIME_TENTHS / 10;
            if timeout_at(deadline, self.tree.exited()).await.is_err() {
                self.tree.signal(Signal::Kill);
            }
        }
        if self.external == 0 {
            return;
        }
        let left = time.saturating_sub(started.elapsed());
        let deadline = clock.now() + left;
        for place in self.desk.announce_end(deadline.as_millis()) {
            if place < self.external {
                self.tree.signal_companion(place, Signal::Kill);
            }
        }
        let all = async {
            for place in 0..self.external.min(EXTENSIONS_MAX) {
                self.tree.companion_exited(place).await;
            }
        };
        if timeout_at(started + time, all).await.is_err() {
            debug!(limit = ?Duration::as_millis(&time), "extensions did not end in time");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn every_file_is_an_extension_and_no_directory_is() {
        let opt = tempfile::tempdir().unwrap();
        assert!(names_in(opt.path()).is_empty());
        fs::create_dir_all(opt.path().join("extensions/lib")).unwrap();
        for name in ["two", "one.sh"] {
            fs::write(opt.path().join("extensions").join(name), "").unwrap();
        }

        assert_eq!(names_in(opt.path()), ["one.sh", "two"]);
    }

    #[test]
    fn extensions_are_not_told_what_the_runtime_is_told() {
        let all = ["_HANDLER", "AWS_REGION", "AWS_EXECUTION_ENV", "MINE"];
        let all = all.map(|name| (name.to_owned(), String::new()));

        let kept: Vec<String> = variables(&all).into_iter().map(|(name, _)| name).collect();

        assert_eq!(kept, ["AWS_REGION", "MINE"]);
    }
}
