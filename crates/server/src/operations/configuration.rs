//! From a client's settings to the configuration of a version, and what is refused on the way.
//!
//! A setting is either acted upon or refused. Refused are settings that ask for something this
//! server does not have; the value that asks for nothing, which is AWS's default, is accepted.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::change::ConfigurationChange;
use domain::function::{Architecture, Configuration, LogFormat, LogLevel, Logging};
use domain::layer::UsedLayer;
use domain::runtime::{Runtime, RuntimeRefusal};
use model::input::{
    CreateFunctionRequest, Environment, LoggingConfig, SnapStart,
    UpdateFunctionConfigurationRequest, VpcConfig,
};

use super::destination;
use crate::error::Error;
use crate::pipeline::Edge;

/// Refuses the first parameter that asks for something this server does not have.
fn refuse(asked: &[(&str, bool)]) -> Result<(), Error> {
    match asked.iter().find(|(_, is_asked)| *is_asked) {
        Some((parameter, _)) => Err(Error::not_offered(parameter)),
        None => Ok(()),
    }
}

fn is_set(text: Option<&String>) -> bool {
    text.is_some_and(|text| !text.is_empty())
}

fn has_network(vpc: Option<&VpcConfig>) -> bool {
    vpc.is_some_and(|vpc| {
        [&vpc.subnet_ids, &vpc.security_group_ids]
            .into_iter()
            .flatten()
            .any(|ids| !ids.is_empty())
            || vpc.ipv6_allowed_for_dual_stack == Some(true)
    })
}

/// What `CreateFunction` and `UpdateFunctionConfiguration` can both be asked in vain.
macro_rules! asked_in_vain {
    ($input:ident) => {
        [
            ("VpcConfig", has_network($input.vpc_config.as_ref())),
            ("KMSKeyArn", is_set($input.kms_key_arn.as_ref())),
            (
                "TracingConfig",
                $input
                    .tracing_config
                    .as_ref()
                    .is_some_and(|it| it.mode.as_deref() == Some("Active")),
            ),
            (
                "FileSystemConfigs",
                $input
                    .file_system_configs
                    .as_ref()
                    .is_some_and(|it| !it.is_empty()),
            ),
            ("ImageConfig", $input.image_config.is_some()),
            (
                "CapacityProviderConfig",
                $input.capacity_provider_config.is_some(),
            ),
            ("DurableConfig", $input.durable_config.is_some()),
            ("RuntimeConfig", $input.runtime_config.is_some()),
            ("AcceleratorConfig", $input.accelerator_config.is_some()),
        ]
    };
}

/// Refuses what `CreateFunction` cannot be asked here.
pub(super) fn refuse_in_creation(input: &CreateFunctionRequest) -> Result<(), Error> {
    if let Some(arn) = input
        .code_signing_config_arn
        .as_ref()
        .filter(|arn| !arn.is_empty())
    {
        return Err(Error::code_signing_config_missing(arn));
    }
    refuse(&asked_in_vain!(input))?;
    refuse(&[
        (
            "PackageType",
            input.package_type.as_deref() == Some("Image"),
        ),
        ("PublishTo", input.publish_to.is_some()),
        ("TenancyConfig", input.tenancy_config.is_some()),
    ])
}

/// Refuses what `UpdateFunctionConfiguration` cannot be asked here.
pub(super) fn refuse_in_update(input: &UpdateFunctionConfigurationRequest) -> Result<(), Error> {
    refuse(&asked_in_vain!(input))
}

/// The configuration of a function that does not exist yet.
pub(super) fn of_new(
    input: &CreateFunctionRequest,
    layers: Option<Vec<UsedLayer>>,
) -> Result<Configuration, Error> {
    let (Some(runtime), Some(handler)) = (&input.runtime, &input.handler) else {
        return Err(Error::runtime_missing());
    };
    let runtime = Runtime::parse(runtime)?;
    let architecture = architecture(input.architectures.as_deref())?.unwrap_or(HOST);
    let mut new = Configuration::new(runtime, handler, &input.role, architecture);
    if let Some(description) = &input.description {
        new.description.clone_from(description);
    }
    if let Some(timeout) = input.timeout.and_then(seconds) {
        new.timeout = timeout;
    }
    if let Some(memory_mb) = input.memory_size.and_then(megabytes) {
        new.memory_mb = memory_mb;
    }
    if let Some(size) = input
        .ephemeral_storage
        .as_ref()
        .and_then(|it| megabytes(it.size))
    {
        new.ephemeral_storage_mb = size;
    }
    if let Some(environment) = &input.environment {
        new.environment = variables(environment);
    }
    if let Some(wanted) = &input.logging_config {
        new.logging = logging(&Logging::default(), wanted)?;
    }
    new.dead_letter = destination::dead_letter(input.dead_letter_config.as_ref())?.over(None);
    new.layers = layers.unwrap_or_default();
    new.snap_start = snap_start(input.snap_start.as_ref()).unwrap_or_default();
    Ok(new)
}

/// Refuses a runtime for which this server has no client.
pub(super) fn check_runtime(edge: &Edge, runtime: Option<Runtime>) -> Result<(), Error> {
    match runtime.filter(|runtime| !edge.invoker.offers(*runtime)) {
        Some(runtime) => Err(RuntimeRefusal::NotOffered(runtime.to_string()).into()),
        None => Ok(()),
    }
}

/// What an update changes of the configuration that a function has.
pub(super) fn change(
    input: &UpdateFunctionConfigurationRequest,
    current: &Configuration,
    layers: Option<Vec<UsedLayer>>,
) -> Result<ConfigurationChange, Error> {
    Ok(ConfigurationChange {
        runtime: input.runtime.as_deref().map(Runtime::parse).transpose()?,
        handler: input.handler.clone(),
        role: input.role.clone(),
        description: input.description.clone(),
        timeout: input.timeout.and_then(seconds),
        memory_mb: input.memory_size.and_then(megabytes),
        ephemeral_storage_mb: input
            .ephemeral_storage
            .as_ref()
            .and_then(|it| megabytes(it.size)),
        environment: input.environment.as_ref().map(variables),
        logging: input
            .logging_config
            .as_ref()
            .map(|wanted| logging(&current.logging, wanted))
            .transpose()?,
        dead_letter: destination::dead_letter(input.dead_letter_config.as_ref())?,
        layers,
        snap_start: snap_start(input.snap_start.as_ref()),
    })
}

/// Whether published versions are to be copied; `None` leaves it as it is.
fn snap_start(wanted: Option<&SnapStart>) -> Option<bool> {
    let apply_on = wanted?.apply_on.as_deref()?;
    Some(apply_on == "PublishedVersions")
}

/// The model's ranges have no negative numbers.
fn seconds(number: i32) -> Option<Duration> {
    u64::try_from(number).ok().map(Duration::from_secs)
}

fn megabytes(number: i32) -> Option<u32> {
    u32::try_from(number).ok()
}

fn variables(environment: &Environment) -> BTreeMap<String, String> {
    environment.variables.clone().unwrap_or_default()
}

/// The architecture of this host, the only one whose code can run here.
pub(super) const HOST: Architecture = if cfg!(target_arch = "aarch64") {
    Architecture::Arm64
} else {
    Architecture::X86_64
};

/// Reads the list of architectures; the model lets it have exactly one member.
pub(super) fn architecture(list: Option<&[String]>) -> Result<Option<Architecture>, Error> {
    let Some(text) = list.and_then(<[String]>::first) else {
        return Ok(None);
    };
    match Architecture::parse(text) {
        Some(architecture) if architecture == HOST => Ok(Some(architecture)),
        _ => Err(Error::other_architecture(text, HOST)),
    }
}

/// Changes the settings that are named and keeps the others, as AWS does with this parameter.
fn logging(current: &Logging, wanted: &LoggingConfig) -> Result<Logging, Error> {
    let level = |text: Option<&String>, current: Option<LogLevel>| {
        text.and_then(|text| LogLevel::parse(text))
            .or(current)
            .unwrap_or(LogLevel::Info)
    };
    let (application, system) = match current.format {
        LogFormat::Text => (None, None),
        LogFormat::Json {
            application,
            system,
        } => (Some(application), Some(system)),
    };
    let is_json = match wanted.log_format.as_deref() {
        Some(format) => format == "JSON",
        None => application.is_some(),
    };
    let names_levels = wanted.application_log_level.is_some() || wanted.system_log_level.is_some();
    if names_levels && !is_json {
        return Err(Error::levels_need_json());
    }
    let format = if is_json {
        LogFormat::Json {
            application: level(wanted.application_log_level.as_ref(), application),
            system: level(wanted.system_log_level.as_ref(), system),
        }
    } else {
        LogFormat::Text
    };
    let group = wanted.log_group.clone().or_else(|| current.group.clone());
    Ok(Logging { format, group })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(format: Option<&str>, level: Option<&str>, group: Option<&str>) -> LoggingConfig {
        LoggingConfig {
            log_format: format.map(Into::into),
            application_log_level: level.map(Into::into),
            system_log_level: None,
            log_group: group.map(Into::into),
        }
    }

    #[test]
    fn json_logs_begin_with_level_info() {
        let json = logging(&Logging::default(), &wanted(Some("JSON"), None, None)).unwrap();

        let (application, system) = (LogLevel::Info, LogLevel::Info);
        assert_eq!(
            json.format,
            LogFormat::Json {
                application,
                system
            }
        );
    }

    #[test]
    fn a_setting_of_the_logs_that_is_not_named_stays() {
        let first = wanted(Some("JSON"), Some("WARN"), Some("/g"));
        let json = logging(&Logging::default(), &first).unwrap();

        let second = logging(&json, &wanted(None, Some("DEBUG"), None)).unwrap();
        let third = logging(&second, &wanted(Some("Text"), None, None)).unwrap();

        let (application, system) = (LogLevel::Debug, LogLevel::Info);
        assert_eq!(
            second.format,
            LogFormat::Json {
                application,
                system
            }
        );
        assert_eq!(second.group.as_deref(), Some("/g"));
        assert_eq!(
            (third.format, third.group.as_deref()),
            (LogFormat::Text, Some("/g"))
        );
    }

    #[test]
    fn levels_of_text_logs_are_refused() {
        for format in [None, Some("Text")] {
            let outcome = logging(&Logging::default(), &wanted(format, Some("WARN"), None));

            assert_eq!(outcome.unwrap_err(), Error::levels_need_json());
        }
    }
}
