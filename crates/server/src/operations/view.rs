//! How a version and an alias look to a client.

use domain::function::{Alias, Configuration, Function, LastUpdate, LogFormat, Snapshot, State};
use domain::name::{AliasName, FunctionName, Qualifier, Version};
use model::output::{
    AliasConfiguration, AliasRoutingConfiguration, DeadLetterConfig, EnvironmentResponse,
    EphemeralStorage, FunctionConfiguration, LoggingConfig, RuntimeVersionConfig,
    SnapStartResponse, TracingConfigResponse,
};

use super::layer;
use crate::pipeline::Edge;

/// observed: what a function that is being created says of itself.
const CREATING: &str = "The function is being created.";
/// observed: also the reason of an update, although the model's enum does not have it there.
const CREATING_CODE: &str = "Creating";
const FAILED_CODE: &str = "InternalError";

/// A version of a function.
pub(super) struct View<'a> {
    pub(super) edge: &'a Edge,
    pub(super) name: &'a FunctionName,
    pub(super) version: Version,
    pub(super) snapshot: &'a Snapshot,
}

impl<'a> View<'a> {
    pub(super) fn of_latest(edge: &'a Edge, function: &'a Function) -> Self {
        Self {
            edge,
            name: &function.name,
            version: Version::Latest,
            snapshot: &function.latest,
        }
    }

    /// The version as a qualifier.
    pub(super) fn qualifier(&self) -> Qualifier {
        Qualifier::Version(self.version)
    }

    /// Everything, under the ARN that the qualifier makes.
    pub(super) fn full(&self, qualifier: Option<&Qualifier>) -> FunctionConfiguration {
        let Snapshot {
            state, last_update, ..
        } = self.snapshot;
        let (state, state_reason) = match state {
            State::Pending => ("Pending", Some(CREATING)),
            State::Active => ("Active", None),
            State::Failed { reason } => ("Failed", Some(reason.as_str())),
        };
        let state_reason_code = state_reason.map(|_| match state {
            "Pending" => CREATING_CODE,
            _ => FAILED_CODE,
        });
        let (update, update_reason) = match last_update {
            LastUpdate::Created => (None, None),
            LastUpdate::InProgress => (Some("InProgress"), Some((CREATING, CREATING_CODE))),
            LastUpdate::Successful => (Some("Successful"), None),
            LastUpdate::Failed { reason } => (Some("Failed"), Some((reason.as_str(), FAILED_CODE))),
        };
        let runtime = self.snapshot.configuration.runtime;
        FunctionConfiguration {
            state: Some(state.into()),
            state_reason: state_reason.map(Into::into),
            state_reason_code: state_reason_code.map(Into::into),
            last_update_status: update.map(Into::into),
            last_update_status_reason: update_reason.map(|(reason, _)| reason.into()),
            last_update_status_reason_code: update_reason.map(|(_, code)| code.into()),
            runtime_version_config: self.edge.invoker.runtime_version_arn(runtime).map(|arn| {
                RuntimeVersionConfig {
                    runtime_version_arn: Some(arn),
                    ..RuntimeVersionConfig::default()
                }
            }),
            ..self.listed(qualifier)
        }
    }

    /// What a list shows.
    ///
    /// model: `ListFunctions` leaves out state, last update and runtime version.
    pub(super) fn listed(&self, qualifier: Option<&Qualifier>) -> FunctionConfiguration {
        let Snapshot {
            code,
            configuration,
            modified,
            revision,
            ..
        } = self.snapshot;
        let Configuration { environment, .. } = configuration;
        let apply_on = if configuration.snap_start {
            "PublishedVersions"
        } else {
            "None"
        };
        let is_published = self.version != Version::Latest;
        let is_optimized =
            configuration.snap_start && is_published && self.snapshot.state == State::Active;
        FunctionConfiguration {
            function_name: Some(self.name.to_string()),
            function_arn: Some(self.edge.home.qualified_arn(self.name, qualifier)),
            runtime: Some(configuration.runtime.to_string()),
            role: Some(configuration.role.clone()),
            handler: Some(configuration.handler.clone()),
            code_size: i64::try_from(code.size).ok(),
            description: Some(configuration.description.clone()),
            timeout: i32::try_from(configuration.timeout.as_secs()).ok(),
            memory_size: i32::try_from(configuration.memory_mb).ok(),
            last_modified: Some(modified.to_lambda_timestamp()),
            code_sha256: Some(code.sha256_base64()),
            version: Some(self.version.to_string()),
            environment: (!environment.is_empty()).then(|| EnvironmentResponse {
                variables: Some(environment.clone()),
                ..EnvironmentResponse::default()
            }),
            dead_letter_config: configuration
                .dead_letter
                .as_ref()
                .map(|target| DeadLetterConfig {
                    target_arn: Some(target.arn().to_owned()),
                }),
            tracing_config: Some(TracingConfigResponse {
                mode: Some("PassThrough".into()),
            }),
            revision_id: Some(revision.0.to_string()),
            package_type: Some("Zip".into()),
            architectures: Some(vec![configuration.architecture.as_str().into()]),
            ephemeral_storage: i32::try_from(configuration.ephemeral_storage_mb)
                .ok()
                .map(|size| EphemeralStorage { size }),
            snap_start: Some(SnapStartResponse {
                apply_on: Some(apply_on.into()),
                optimization_status: Some(if is_optimized { "On" } else { "Off" }.into()),
            }),
            logging_config: Some(logging(self.name, configuration)),
            layers: layer::used(self.edge, &configuration.layers),
            ..FunctionConfiguration::default()
        }
    }
}

fn logging(name: &FunctionName, configuration: &Configuration) -> LoggingConfig {
    let (format, application, system) = match configuration.logging.format {
        LogFormat::Text => ("Text", None, None),
        LogFormat::Json {
            application,
            system,
        } => ("JSON", Some(application), Some(system)),
    };
    LoggingConfig {
        log_format: Some(format.into()),
        application_log_level: application.map(|level| level.as_str().into()),
        system_log_level: system.map(|level| level.as_str().into()),
        log_group: Some(configuration.logging.group_of(name)),
    }
}

pub(super) fn alias(
    edge: &Edge,
    function: &FunctionName,
    name: &AliasName,
    alias: &Alias,
) -> AliasConfiguration {
    AliasConfiguration {
        alias_arn: Some(edge.home.qualified_arn(function, Some(name))),
        name: Some(name.to_string()),
        function_version: Some(alias.version.to_string()),
        description: Some(alias.description.clone()),
        routing_config: alias.routing.map(|routing| AliasRoutingConfiguration {
            additional_version_weights: Some(
                [(routing.version.to_string(), routing.weight)].into(),
            ),
        }),
        revision_id: Some(alias.revision.0.to_string()),
    }
}
