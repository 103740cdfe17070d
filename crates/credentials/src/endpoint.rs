//! Where requests go.
//!
//! `-EndpointUrl` · `AWS_ENDPOINT_URL_LAMBDA` · `AWS_ENDPOINT_URL` · the profile's `services` section · the
//! profile's `endpoint_url` · AWS's own endpoint of the region. All but the first and the last are passed over
//! with `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true`, or the profile's `ignore_configured_endpoint_urls`.

use http::Uri;
use http::uri::Scheme;

use crate::error::TargetError;
use crate::ini::nested;
use crate::profile::Search;
use crate::surroundings::Surroundings;

/// Passes over every endpoint that is not on the command line.
const IGNORED: &str = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";

/// Where requests go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub scheme: Scheme,
    /// Host, and port when one is given.
    pub authority: String,
    /// What goes before the API's own path; no slash at its end.
    pub path_prefix: String,
    /// Whether somebody named it, so that it is not made from the region.
    pub is_custom: bool,
}

/// The endpoint that somebody named, if anybody did.
pub(crate) fn find(search: &Search<'_>) -> Result<Option<Endpoint>, TargetError> {
    if let Some(url) = search.given.endpoint_url {
        return read(url, "-EndpointUrl").map(Some);
    }
    if search.surroundings.is_true(IGNORED) {
        return Ok(None);
    }
    match of_environment(search.surroundings, "AWS_ENDPOINT_URL_LAMBDA") {
        Some((url, from)) => read(&url, from).map(Some),
        None => of_profile(search),
    }
}

/// What the environment says about a service, or about all of them.
pub(crate) fn of_environment(
    surroundings: &Surroundings<'_>,
    of_service: &'static str,
) -> Option<(String, &'static str)> {
    if surroundings.is_true(IGNORED) {
        return None;
    }
    [of_service, "AWS_ENDPOINT_URL"]
        .into_iter()
        .find_map(|name| Some((surroundings.variable(name)?, name)))
}

fn of_profile(search: &Search<'_>) -> Result<Option<Endpoint>, TargetError> {
    let Some(profile) = search.profile()? else {
        return Ok(None);
    };
    let ignored = profile.get("ignore_configured_endpoint_urls");
    if ignored.is_some_and(|ignored| ignored.eq_ignore_ascii_case("true")) {
        return Ok(None);
    }
    let name = profile.name;
    if let Some(services) = profile.get("services") {
        let lambda = search
            .contents()?
            .services(services)
            .and_then(|services| services.get("lambda"));
        if let Some(url) = lambda.and_then(|lambda| nested(lambda, "endpoint_url")) {
            let from = format!("the services '{services}' of the profile '{name}'");
            return read(url, &from).map(Some);
        }
    }
    match profile.get("endpoint_url") {
        Some(url) => read(url, &format!("the profile '{name}'")).map(Some),
        None => Ok(None),
    }
}

fn read(url: &str, from: &str) -> Result<Endpoint, TargetError> {
    let refuse = |problem| TargetError::BadEndpoint {
        url: url.to_owned(),
        from: from.to_owned(),
        problem,
    };
    let uri: Uri = url.parse().map_err(|_| refuse("it is not a URL"))?;
    let parts = uri.into_parts();
    let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
        return Err(refuse(
            "it must start with http:// or https:// and name a host",
        ));
    };
    if scheme != Scheme::HTTP && scheme != Scheme::HTTPS {
        return Err(refuse("only http and https can be called"));
    }
    if authority.as_str().contains('@') {
        // Only the host is repeated: what is before the @ may be a password.
        return Err(TargetError::BadEndpoint {
            url: authority.host().to_owned(),
            from: from.to_owned(),
            problem: "a user name has no place in it; keys are given as -AccessKey and -SecretKey",
        });
    }
    if authority.host().is_empty() {
        return Err(refuse("it names no host"));
    }
    let path = parts.path_and_query.as_ref();
    if path.is_some_and(|path| path.query().is_some()) || url.contains('#') {
        return Err(refuse("a query or fragment has no place in it"));
    }
    Ok(Endpoint {
        scheme,
        authority: authority.as_str().to_owned(),
        path_prefix: path
            .map_or("", |path| path.path().trim_end_matches('/'))
            .to_owned(),
        is_custom: true,
    })
}

/// AWS's own endpoint of a region.
pub(crate) fn of_region(region: &str) -> Endpoint {
    // docs: "Partitions" of the AWS SDKs' endpoint rules; the longest prefix decides.
    const SUFFIXES: [(&str, &str); 6] = [
        ("cn-", "amazonaws.com.cn"),
        ("us-isob-", "sc2s.sgov.gov"),
        ("us-isof-", "csp.hci.ic.gov"),
        ("us-iso-", "c2s.ic.gov"),
        ("eu-isoe-", "cloud.adc-e.uk"),
        ("eusc-", "amazonaws.eu"),
    ];
    let suffix = SUFFIXES
        .iter()
        .find(|(prefix, _)| region.starts_with(prefix))
        .map_or("amazonaws.com", |(_, suffix)| suffix);
    Endpoint {
        scheme: Scheme::HTTPS,
        authority: format!("lambda.{region}.{suffix}"),
        path_prefix: String::new(),
        is_custom: false,
    }
}
