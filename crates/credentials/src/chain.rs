//! What the AWS SDK does for us: single sign-on, processes, web identities, the roles of machines.

use std::time::Duration;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::imds::region::ImdsRegionProvider;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::result::SdkError;

use crate::error::{TargetError, innermost};
use crate::keys::Keys;
use crate::profile::{Profile, Search};
use crate::surroundings::Surroundings;

/// A machine that has a role answers at once; one that has none should not keep anybody waiting.
const MACHINE_TIME_MAX: Duration = Duration::from_secs(1);
const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);
/// For one call of a service that gives keys, with the SDK's own repetitions.
const CALL_TIME_MAX: Duration = Duration::from_mins(1);

/// The keys of a profile that needs no other.
pub(crate) async fn keys_of_profile(
    search: &Search<'_>,
    profile: Profile<'_>,
) -> Result<Keys, TargetError> {
    let region = profile.get("region").map(str::to_owned);
    let provider = ProfileFileCredentialsProvider::builder()
        .configure(&calling(search.surroundings, region)?)
        .profile_files(search.files()?.for_sdk())
        .profile_name(profile.name)
        .build();
    match provider.provide_credentials().await {
        Ok(credentials) => Ok(credentials.into()),
        Err(error) => {
            let (profile, is_sso) = (
                profile.name.to_owned(),
                profile
                    .get("sso_session")
                    .or(profile.get("sso_start_url"))
                    .is_some(),
            );
            let reason = innermost(&error);
            Err(if is_sso {
                TargetError::SignedOut { profile, reason }
            } else {
                TargetError::Profile { profile, reason }
            })
        }
    }
}

/// The keys that a web identity, a container or an instance has, and which of them it was.
pub(crate) async fn keys_of_surroundings(
    search: &Search<'_>,
) -> Result<(Keys, String), TargetError> {
    let surroundings = search.surroundings;
    let calling = calling(surroundings, surroundings.variable("AWS_REGION"))?;
    let is_set = |names: &[&str]| {
        names
            .iter()
            .any(|name| surroundings.variable(name).is_some())
    };
    let mut tried = Vec::new();
    let mut outcome = |from: &str, outcome: Result<Credentials, CredentialsError>| match outcome {
        Ok(credentials) => Some((credentials.into(), from.to_owned())),
        Err(error) => {
            tried.push(format!("{from}: {}", innermost(&error)));
            None
        }
    };
    if is_set(&["AWS_WEB_IDENTITY_TOKEN_FILE"]) {
        let provider = WebIdentityTokenCredentialsProvider::builder()
            .configure(&calling)
            .build();
        if let Some(found) = outcome("the web identity", provider.provide_credentials().await) {
            return Ok(found);
        }
    }
    if is_set(&[
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ]) {
        let provider = EcsCredentialsProvider::builder()
            .configure(&calling)
            .build();
        if let Some(found) = outcome("the container's role", provider.provide_credentials().await) {
            return Ok(found);
        }
    } else if !surroundings.is_true("AWS_EC2_METADATA_DISABLED") {
        let provider = ImdsCredentialsProvider::builder()
            .configure(&calling)
            .imds_client(instance_metadata(&calling))
            .build();
        if let Some(found) = outcome("the instance's role", provider.provide_credentials().await) {
            return Ok(found);
        }
    }
    Err(TargetError::NoCredentials {
        files: search.files()?.names(),
        tried: tried.join("; "),
    })
}

/// The region of the instance that this is.
pub(crate) async fn region_of_instance(surroundings: &Surroundings<'_>) -> Option<String> {
    if surroundings.is_true("AWS_EC2_METADATA_DISABLED") {
        return None;
    }
    let calling = calling(surroundings, None).ok()?;
    let provider = ImdsRegionProvider::builder()
        .configure(&calling)
        .imds_client(instance_metadata(&calling))
        .build();
    provider.region().await.map(|region| region.to_string())
}

fn instance_metadata(calling: &ProviderConfig) -> aws_config::imds::Client {
    aws_config::imds::Client::builder()
        .configure(calling)
        .max_attempts(1)
        .connect_timeout(MACHINE_TIME_MAX)
        .read_timeout(MACHINE_TIME_MAX)
        .build()
}

/// How a client of an SDK calls: unsigned without keys.
pub(crate) fn configuration(
    surroundings: &Surroundings<'_>,
    region: String,
    endpoint: Option<String>,
    keys: Option<&Keys>,
) -> Result<SdkConfig, TargetError> {
    let mut configuration = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .http_client(http(surroundings)?)
        .sleep_impl(TokioSleep::new())
        .timeout_config(time_limits());
    configuration.set_endpoint_url(endpoint);
    configuration.set_credentials_provider(
        keys.map(|keys| SharedCredentialsProvider::new(Credentials::from(keys))),
    );
    Ok(configuration.build())
}

fn calling(
    surroundings: &Surroundings<'_>,
    region: Option<String>,
) -> Result<ProviderConfig, TargetError> {
    Ok(ProviderConfig::without_region()
        .with_region(region.map(Region::new))
        .with_http_client(http(surroundings)?)
        .with_timeout_config(time_limits()))
}

fn time_limits() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIME_MAX)
        .operation_timeout(CALL_TIME_MAX)
        .build()
}

/// TLS by rustls on ring, as everywhere here, with the proxies of the environment.
fn http(surroundings: &Surroundings<'_>) -> Result<SharedHttpClient, TargetError> {
    let trust = match surroundings.variable("AWS_CA_BUNDLE") {
        None => TrustStore::default(),
        Some(path) => match std::fs::read(&path) {
            Ok(certificates) => TrustStore::default().with_pem_certificate(certificates),
            Err(error) => {
                let reason = error.to_string();
                return Err(TargetError::CaBundle { path, reason });
            }
        },
    };
    let tls = TlsContext::builder()
        .with_trust_store(trust)
        .build()
        .map_err(|error| TargetError::CaBundle {
            path: "the system's certificates".to_owned(),
            reason: error.to_string(),
        })?;
    Ok(Builder::new().build_with_connector_fn(move |settings, _| {
        let mut connector = Connector::builder()
            .proxy_config(ProxyConfig::from_env())
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(tls.clone());
        connector.set_connector_settings(settings.cloned());
        connector.build()
    }))
}

/// What a service said, or what kept it from saying anything.
pub(crate) fn refusal<E, R>(error: &SdkError<E, R>) -> String
where
    E: aws_sdk_sts::error::ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    match error.as_service_error() {
        Some(refusal) if refusal.code().is_some() => format!(
            "{}: {}",
            refusal.code().unwrap_or_default(),
            refusal.message().unwrap_or("no message")
        ),
        _ => innermost(error),
    }
}
