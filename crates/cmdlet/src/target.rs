//! Whom to call, and as whom: hands what is bound to the crate `credentials`, which knows the rules.

use credentials::{Endpoint, Finder, Given, Surroundings, Target};
use tokio::runtime::Handle;

use crate::binder::Bound;
use crate::failure::Failure;
use crate::messages::Messages;
use crate::parameters::ParameterId;
use crate::process;
use crate::terminal::Person;
use crate::values::{ValueError, text_of};

/// What the command line and the record say, for as long as a search lasts.
#[derive(Debug)]
pub(crate) struct Supplied<'a> {
    bound: &'a Bound,
    /// Read, where the value names a file.
    credential: Option<String>,
    network_credential: Option<String>,
}

impl<'a> Supplied<'a> {
    pub(crate) fn read(bound: &'a Bound) -> Result<Self, ValueError> {
        Ok(Self {
            bound,
            credential: text_of(bound, ParameterId::Credential)?,
            network_credential: text_of(bound, ParameterId::NetworkCredential)?,
        })
    }

    pub(crate) fn given(&self) -> Given<'_> {
        let text = |name| self.bound.text(name);
        Given {
            access_key: text(ParameterId::AccessKey),
            secret_key: text(ParameterId::SecretKey),
            session_token: text(ParameterId::SessionToken),
            credential: self.credential.as_deref(),
            network_credential: self.network_credential.as_deref(),
            profile_name: text(ParameterId::ProfileName),
            profile_location: text(ParameterId::ProfileLocation),
            region: text(ParameterId::Region),
            endpoint_url: text(ParameterId::EndpointUrl),
            function_name: text(ParameterId::FunctionName).unwrap_or_default(),
            is_unsigned: self.bound.option("--no-sign-request").is_some(),
        }
    }
}

/// What a search looks at beside the command line.
pub(crate) fn surroundings() -> Surroundings<'static> {
    Surroundings {
        environment: &process::environment,
        prompt: &Person,
    }
}

/// Finds the target of a record, and says where it was found.
pub(crate) fn find(
    finder: &mut Finder,
    bound: &Bound,
    runtime: &Handle,
    messages: Messages,
) -> Result<Target, Failure> {
    let supplied = Supplied::read(bound)?;
    let target = runtime.block_on(finder.find(&supplied.given(), &surroundings()))?;
    messages.debug(&format!("Credentials are taken from {}", target.keys_from));
    messages.debug(&format!(
        "The region '{}' is taken from {}",
        target.region, target.region_from
    ));
    messages.debug(&format!("The endpoint is '{}'", url(&target.endpoint)));
    Ok(target)
}

/// Where the call goes, in the cmdlet's words.
pub(crate) fn place(target: &Target) -> String {
    if target.endpoint.is_custom {
        format!("on endpoint '{}'", url(&target.endpoint))
    } else {
        format!("in region '{}'", target.region)
    }
}

fn url(endpoint: &Endpoint) -> String {
    let Endpoint {
        scheme,
        authority,
        path_prefix,
        ..
    } = endpoint;
    format!("{scheme}://{authority}{path_prefix}")
}
