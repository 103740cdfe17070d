//! What it takes to run a version: its package unpacked, its interpreter found.

use std::io;
use std::path::Path;
use std::sync::Arc;

use domain::failure::Failure;
use domain::function::Code;
use domain::name::Home;
use domain::runtime::Runtime;
use network::Access;
use tokio::sync::OnceCell;
use tracing::{info, warn};

use crate::archive::PackageError;
use crate::clients::Clients;
use crate::environment::Plan;
use crate::interpreters::{InterpreterSettings, Interpreters};
use crate::invocation::InvokeError;
use crate::java_archive::Archives;
use crate::launch::Launch;
use crate::packages::Packages;
use crate::prestart::RuntimeStart;
use crate::resolve::Resolved;

#[derive(Debug)]
pub(crate) struct Planner {
    packages: Packages,
    clients: Arc<Clients>,
    archives: Archives,
    settings: InterpreterSettings,
    interpreters: OnceCell<Interpreters>,
    home: Home,
}

impl Planner {
    pub(crate) fn new(
        packages: Packages,
        clients_directory: &Path,
        settings: InterpreterSettings,
        archives: Archives,
        home: Home,
    ) -> io::Result<Self> {
        let java = settings.java_client.as_deref();
        let clients = Arc::new(Clients::install(clients_directory, java)?);
        Ok(Self {
            packages,
            clients,
            archives,
            settings,
            interpreters: OnceCell::new(),
            home,
        })
    }

    /// The plan, or the failure of a package in which there is nothing to run.
    pub(crate) async fn plan(
        &self,
        resolved: &Resolved,
    ) -> Result<Result<Plan, Failure>, InvokeError> {
        let gone = || InvokeError::Environment {
            reason: "the version is gone".to_owned(),
        };
        let version = resolved.key.version;
        let snapshot = resolved.function.running(version).ok_or_else(gone)?;
        let failed = |error: PackageError| InvokeError::Environment {
            reason: error.to_string(),
        };
        let tree = self.packages.tree(&snapshot.code).await.map_err(failed)?;
        let layers: Vec<&Code> = snapshot.layers().collect();
        let layers = self.packages.stack(&layers).await.map_err(failed)?;
        let runtime = snapshot.configuration.runtime;
        let launch = match self.clients.directory(runtime) {
            None if runtime.is_managed() => {
                return Err(InvokeError::Environment {
                    reason: format!(
                        "the runtime interface client for {runtime} is not installed; `invoked doctor` says how to"
                    ),
                });
            }
            None => match Launch::of_package(runtime, tree, layers.as_deref()) {
                Ok(launch) => launch,
                Err(failure) => return Ok(Err(failure)),
            },
            Some(client) => {
                let interpreters = self.interpreters().await;
                let interpreter =
                    interpreters
                        .pick(runtime)
                        .map_err(|error| InvokeError::Environment {
                            reason: error.to_string(),
                        })?;
                if !interpreter.is_for(runtime) {
                    let version = interpreter.version.to_string();
                    warn!(%runtime, version, "runtime runs on the nearest interpreter");
                }
                let wrapper = snapshot
                    .configuration
                    .environment
                    .get("AWS_LAMBDA_EXEC_WRAPPER");
                let archive = self.archives.of(interpreter, client);
                Launch::of_client(runtime, tree, interpreter, client)
                    .with_archive(archive.and_then(|archive| archive.usage()))
                    .for_function(&snapshot.configuration)
                    .wrapped_in(wrapper)
            }
        };
        Ok(Ok(Plan {
            key: resolved.key.clone(),
            function: resolved.key.function.clone(),
            version,
            configuration: snapshot.configuration.clone(),
            launch: launch.with_layers(layers),
            runtime_arn: self.runtime_arn(runtime),
            access: if resolved.key.wants_network {
                Access::Outside
            } else {
                Access::Nothing
            },
        }))
    }

    /// Whether there is what runs functions of this runtime.
    pub(crate) fn offers(&self, runtime: Runtime) -> bool {
        !runtime.is_managed() || self.clients.directory(runtime).is_some()
    }

    /// Does ahead of time what the first start of a runtime needs, and says what starts it without a function; `None`
    /// if that cannot be, because there is no interpreter, or no client of ours that could wait.
    pub(crate) async fn prepare(&self, runtime: Runtime) -> Option<RuntimeStart> {
        let client = self.clients.directory(runtime)?;
        let interpreter = self.interpreters().await.pick(runtime).ok().cloned()?;
        let start = Launch::start_of(runtime, &interpreter, client);
        if let Some(archive) = self.archives.of(&interpreter, client) {
            self.archives.make(archive, start.clone());
        }
        let clients = Arc::clone(&self.clients);
        let compiled = tokio::task::spawn_blocking(move || clients.compile_for(&interpreter));
        if let Err(error) = compiled.await {
            warn!(%error, "the runtime client cannot be compiled");
        }
        crate::clients::can_wait(runtime).then_some(start)
    }

    /// The ARN that names the exact runtime.
    pub(crate) fn runtime_arn(&self, runtime: Runtime) -> String {
        let Home {
            partition, region, ..
        } = &self.home;
        format!(
            "arn:{partition}:lambda:{region}::runtime:{}",
            self.clients.digest(runtime)
        )
    }

    /// Looks for interpreters once; everybody else waits for the result.
    pub(crate) async fn interpreters(&self) -> &Interpreters {
        self.interpreters
            .get_or_init(|| async {
                let settings = self.settings.clone();
                let found = tokio::task::spawn_blocking(move || Interpreters::discover(&settings));
                let found = found.await.unwrap_or_default();
                info!(count = found.all().len(), "interpreters found");
                found
            })
            .await
    }
}
