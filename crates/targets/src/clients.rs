//! How the SDKs reach a service: where it is, as whom it is called, and for how long.

use std::collections::btree_map::{BTreeMap, Entry};
use std::sync::OnceLock;
use std::time::Duration;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::identity::IdentityCache;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use domain::name::Home;
use tokio::sync::Mutex;

use crate::{Place, Places, Service, TargetError};

/// How long a connection may take to be made, and a whole call.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(5);
const CALL_TIME_MAX: Duration = Duration::from_secs(30);

/// The key pair for an endpoint that is not AWS's, where none is configured: most do not look at it.
const KEY_WITHOUT_MEANING: &str = "invoked";

#[derive(Debug)]
pub(crate) struct Clients {
    places: Places,
    home: Home,
    /// Opened at the first call: reading the system's certificates takes some milliseconds.
    http: OnceLock<SharedHttpClient>,
    configurations: Mutex<BTreeMap<(Service, String), SdkConfig>>,
}

impl Clients {
    pub(crate) fn new(places: Places, home: Home) -> Self {
        Self {
            places,
            home,
            http: OnceLock::new(),
            configurations: Mutex::default(),
        }
    }

    pub(crate) fn place(&self, service: Service) -> &Place {
        match service {
            Service::Sqs => &self.places.sqs,
            Service::Sns => &self.places.sns,
            Service::EventBridge => &self.places.events,
            Service::S3 => &self.places.s3,
        }
    }

    pub(crate) async fn sqs(&self, arn: &str) -> Result<aws_sdk_sqs::Client, TargetError> {
        let configuration = self.configuration(Service::Sqs, arn).await?;
        Ok(aws_sdk_sqs::Client::new(&configuration))
    }

    pub(crate) async fn sns(&self, arn: &str) -> Result<aws_sdk_sns::Client, TargetError> {
        let configuration = self.configuration(Service::Sns, arn).await?;
        Ok(aws_sdk_sns::Client::new(&configuration))
    }

    pub(crate) async fn event_bridge(
        &self,
        arn: &str,
    ) -> Result<aws_sdk_eventbridge::Client, TargetError> {
        let configuration = self.configuration(Service::EventBridge, arn).await?;
        Ok(aws_sdk_eventbridge::Client::new(&configuration))
    }

    pub(crate) async fn s3(&self, arn: &str) -> Result<aws_sdk_s3::Client, TargetError> {
        let configuration = self.configuration(Service::S3, arn).await?;
        // An endpoint of one's own seldom has a name for each bucket.
        let by_path = configuration.endpoint_url().is_some();
        let configuration = aws_sdk_s3::config::Builder::from(&configuration)
            .force_path_style(by_path)
            .build();
        Ok(aws_sdk_s3::Client::from_conf(configuration))
    }

    /// What a client of a service needs to know. Made once for each region.
    async fn configuration(&self, service: Service, arn: &str) -> Result<SdkConfig, TargetError> {
        let endpoint = match self.place(service) {
            Place::Nowhere => {
                let arn = arn.to_owned();
                return Err(TargetError::NotConfigured { arn, service });
            }
            Place::Aws => None,
            Place::At(url) => Some(url.as_str()),
        };
        let region = match arn.split(':').nth(3) {
            None | Some("") => self.home.region.clone(),
            Some(region) => region.to_owned(),
        };
        match self.configurations.lock().await.entry((service, region)) {
            Entry::Occupied(made) => Ok(made.get().clone()),
            Entry::Vacant(place) => {
                let made = self.make(endpoint, &place.key().1).await;
                Ok(place.insert(made).clone())
            }
        }
    }

    /// Made by hand and not from the environment: a variable such as `AWS_ENDPOINT_URL` most likely
    /// names this very server.
    async fn make(&self, endpoint: Option<&str>, region: &str) -> SdkConfig {
        let http = self.http.get_or_init(|| {
            Builder::new()
                .tls_provider(Provider::Rustls(CryptoMode::Ring))
                .build_https()
        });
        let region = Region::new(region.to_owned());
        let calling = ProviderConfig::without_region()
            .with_region(Some(region.clone()))
            .with_http_client(http.clone());
        let credentials = match endpoint {
            Some(_) => credentials_for_an_endpoint(&calling),
            None => credentials_for_aws(calling, region.clone()).await,
        };
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIME_MAX)
            .operation_timeout(CALL_TIME_MAX)
            .build();
        let mut configuration = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(region)
            .credentials_provider(credentials)
            .identity_cache(IdentityCache::lazy().build())
            .http_client(http.clone())
            .timeout_config(timeouts)
            .sleep_impl(TokioSleep::new())
            // A delivery that fails is tried again by the queue, which survives us.
            .retry_config(RetryConfig::disabled());
        configuration.set_endpoint_url(endpoint.map(str::to_owned));
        configuration.build()
    }
}

/// The chain of every SDK, down to the role of the machine.
async fn credentials_for_aws(calling: ProviderConfig, region: Region) -> SharedCredentialsProvider {
    let chain = DefaultCredentialsChain::builder()
        .region(region)
        .configure(calling)
        .build()
        .await;
    SharedCredentialsProvider::new(chain)
}

/// What the environment and the profiles have, and else any key. No machine is asked for its role: that
/// takes seconds where it has none.
fn credentials_for_an_endpoint(calling: &ProviderConfig) -> SharedCredentialsProvider {
    let profile = ProfileFileCredentialsProvider::builder()
        .configure(calling)
        .build();
    let any_key = Credentials::new(
        KEY_WITHOUT_MEANING,
        KEY_WITHOUT_MEANING,
        None,
        None,
        "any key",
    );
    let chain = CredentialsProviderChain::first_try(
        "environment",
        EnvironmentVariableCredentialsProvider::new(),
    )
    .or_else("profile", profile)
    .or_else("any key", any_key);
    SharedCredentialsProvider::new(chain)
}
