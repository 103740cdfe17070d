//! Who calls, which region, which endpoint: the command line first, then the environment.
//!
//! Credential profiles are not read. The environment arrives as a function, so that every rule here can
//! be tested without touching the process's own.

use std::fmt;

use http::Uri;
use http::uri::Scheme;

use crate::binder::Bound;
use crate::parameters::{ParameterId, parameter};

/// The region that requests to an endpoint of one's own are signed for when none is named.
const REGION_OF_CUSTOM_ENDPOINTS: &str = "us-east-1";

/// Why it is not known whom, where or as whom to call.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TargetError {
    #[error("-AccessKey and -SecretKey go together: '-{missing}' is missing or empty")]
    HalfAKeyPair { missing: &'static str },
    #[error(
        "no credentials: give -AccessKey and -SecretKey, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN for temporary keys); this release does not read credential profiles{}",
        if *profile_is_set { ", so AWS_PROFILE has no effect" } else { "" }
    )]
    NoCredentials { profile_is_set: bool },
    #[error(
        "-{name} is not read yet; give -AccessKey and -SecretKey, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    )]
    Unread { name: &'static str },
    #[error("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY go together: {missing} is not set")]
    HalfAnEnvironment { missing: &'static str },
    #[error(
        "no region: give -Region, or set AWS_REGION or AWS_DEFAULT_REGION, or name the function by its full ARN"
    )]
    NoRegion,
    #[error(
        "'{region}' from {from} is not the name of a region: letters, digits and dashes, such as eu-west-1"
    )]
    BadRegion { region: String, from: &'static str },
    #[error("'{url}' from {from} is not an endpoint: {problem}")]
    BadEndpoint {
        url: String,
        from: &'static str,
        problem: &'static str,
    },
}

impl TargetError {
    /// Whether the command line itself is wrong, and not what surrounds it.
    pub(crate) fn is_usage(&self) -> bool {
        match self {
            Self::HalfAKeyPair { .. } | Self::Unread { .. } => true,
            Self::BadRegion { from, .. } | Self::BadEndpoint { from, .. } => from.starts_with('-'),
            Self::NoCredentials { .. } | Self::HalfAnEnvironment { .. } | Self::NoRegion => false,
        }
    }
}

/// The keys a request is signed with. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Keys {
    pub(crate) access_key: String,
    pub(crate) secret_key: String,
    pub(crate) session_token: Option<String>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Keys")
            .field("access_key", &self.access_key)
            .finish_non_exhaustive()
    }
}

/// Where requests go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) scheme: Scheme,
    /// Host, and port when one is given.
    pub(crate) authority: String,
    /// What goes before the API's own path; no slash at its end.
    pub(crate) path_prefix: String,
    /// Whether somebody named it, so that it is not made from the region.
    pub(crate) is_custom: bool,
}

/// Whom to call, and as whom.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// `None` sends requests without a signature.
    pub(crate) keys: Option<Keys>,
    pub(crate) region: String,
    pub(crate) endpoint: Endpoint,
}

impl Target {
    /// Finds everything a call needs. `environment` looks a variable up; an empty one counts as not set.
    pub(crate) fn find(
        bound: &Bound,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, TargetError> {
        let environment = |name: &str| environment(name).filter(|value| !value.is_empty());
        let unread = [
            ParameterId::ProfileName,
            ParameterId::ProfileLocation,
            ParameterId::Credential,
            ParameterId::NetworkCredential,
        ];
        if let Some(name) = unread.into_iter().find(|name| bound.is_bound(*name)) {
            let name = parameter(name).name;
            return Err(TargetError::Unread { name });
        }
        let keys = match bound.option("--no-sign-request") {
            Some(_) => None,
            None => Some(keys(bound, &environment)?),
        };
        let custom = custom_endpoint(bound, &environment)?;
        let region = region(bound, &environment, custom.is_some())?;
        let endpoint = custom.unwrap_or_else(|| aws_endpoint(&region));
        Ok(Self {
            keys,
            region,
            endpoint,
        })
    }
}

impl Target {
    /// Where the call goes, in the cmdlet's words.
    pub(crate) fn place(&self) -> String {
        let Endpoint {
            scheme,
            authority,
            path_prefix,
            is_custom,
        } = &self.endpoint;
        if *is_custom {
            format!("on endpoint '{scheme}://{authority}{path_prefix}'")
        } else {
            format!("in region '{}'", self.region)
        }
    }
}

fn keys(bound: &Bound, environment: &dyn Fn(&str) -> Option<String>) -> Result<Keys, TargetError> {
    let access_key = bound.text(ParameterId::AccessKey);
    let secret_key = bound.text(ParameterId::SecretKey);
    let session_token = bound.text(ParameterId::SessionToken);
    if access_key.is_none() && secret_key.is_none() && session_token.is_none() {
        return keys_of_environment(environment);
    }
    let present = |value: Option<&str>, missing: &'static str| match value {
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        _ => Err(TargetError::HalfAKeyPair { missing }),
    };
    Ok(Keys {
        access_key: present(access_key, "AccessKey")?,
        secret_key: present(secret_key, "SecretKey")?,
        session_token: session_token
            .filter(|token| !token.is_empty())
            .map(str::to_owned),
    })
}

fn keys_of_environment(environment: &dyn Fn(&str) -> Option<String>) -> Result<Keys, TargetError> {
    match (
        environment("AWS_ACCESS_KEY_ID"),
        environment("AWS_SECRET_ACCESS_KEY"),
    ) {
        (Some(access_key), Some(secret_key)) => Ok(Keys {
            access_key,
            secret_key,
            session_token: environment("AWS_SESSION_TOKEN"),
        }),
        (None, None) => Err(TargetError::NoCredentials {
            profile_is_set: environment("AWS_PROFILE").is_some(),
        }),
        (None, Some(_)) => Err(TargetError::HalfAnEnvironment {
            missing: "AWS_ACCESS_KEY_ID",
        }),
        (Some(_), None) => Err(TargetError::HalfAnEnvironment {
            missing: "AWS_SECRET_ACCESS_KEY",
        }),
    }
}

fn region(
    bound: &Bound,
    environment: &dyn Fn(&str) -> Option<String>,
    endpoint_is_custom: bool,
) -> Result<String, TargetError> {
    let function = bound.text(ParameterId::FunctionName).unwrap_or_default();
    let found = bound
        .text(ParameterId::Region)
        .map(|region| (region.to_owned(), "-Region"))
        .or_else(|| environment("AWS_REGION").map(|region| (region, "AWS_REGION")))
        .or_else(|| environment("AWS_DEFAULT_REGION").map(|region| (region, "AWS_DEFAULT_REGION")))
        .or_else(|| region_of_arn(function).map(|region| (region.to_owned(), "-FunctionName")));
    match found {
        Some((region, from)) if !is_region(&region) => Err(TargetError::BadRegion { region, from }),
        Some((region, _)) => Ok(region),
        None if endpoint_is_custom => Ok(REGION_OF_CUSTOM_ENDPOINTS.to_owned()),
        None => Err(TargetError::NoRegion),
    }
}

/// A region becomes part of a host name, so it may not be able to name another host.
fn is_region(text: &str) -> bool {
    let is_label = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=63).contains(&text.len()) && text.bytes().all(is_label)
}

fn region_of_arn(function: &str) -> Option<&str> {
    let mut parts = function.strip_prefix("arn:")?.split(':');
    let _partition = parts.next()?;
    let service = parts.next()?;
    parts
        .next()
        .filter(|region| service == "lambda" && !region.is_empty())
}

fn custom_endpoint(
    bound: &Bound,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<Endpoint>, TargetError> {
    if let Some(url) = bound.text(ParameterId::EndpointUrl) {
        return read_endpoint(url, "-EndpointUrl").map(Some);
    }
    let ignored = environment("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if ignored {
        return Ok(None);
    }
    for from in ["AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL"] {
        if let Some(url) = environment(from) {
            return read_endpoint(&url, from).map(Some);
        }
    }
    Ok(None)
}

fn read_endpoint(url: &str, from: &'static str) -> Result<Endpoint, TargetError> {
    let refuse = |problem| TargetError::BadEndpoint {
        url: url.to_owned(),
        from,
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
            from,
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
fn aws_endpoint(region: &str) -> Endpoint {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binder::bind;

    const KEYS: [(&str, &str); 2] = [
        ("AWS_ACCESS_KEY_ID", "EAK"),
        ("AWS_SECRET_ACCESS_KEY", "ESK"),
    ];

    fn find(tokens: &[&str], environment: &[(&str, &str)]) -> Result<Target, TargetError> {
        let tokens: Vec<_> = tokens.iter().map(|&token| token.to_owned()).collect();
        Target::find(&bind(&tokens).unwrap(), &|name| {
            environment
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    fn found(tokens: &[&str], environment: &[(&str, &str)]) -> Target {
        let all: Vec<_> = KEYS.iter().chain(environment).copied().collect();
        find(tokens, &all).unwrap()
    }

    #[test]
    fn keys_on_the_command_line_win_whole() {
        let target = find(
            &["f", "-AK", "a", "-SK", "s", "-R", "r"],
            &[KEYS[0], KEYS[1], ("AWS_SESSION_TOKEN", "t")],
        )
        .unwrap();

        assert_eq!(target.keys.as_ref().unwrap().access_key, "a");
        assert_eq!(target.keys.as_ref().unwrap().secret_key, "s");
        assert_eq!(target.keys.unwrap().session_token, None);
    }

    #[test]
    fn half_a_key_pair_is_a_usage_error() {
        for tokens in [
            &["f", "-AK", "a"][..],
            &["f", "-SK", "s"],
            &["f", "-ST", "t"],
            &["f", "-AK", "a", "-SK", ""],
        ] {
            let error = find(tokens, &KEYS).unwrap_err();
            assert!(
                matches!(error, TargetError::HalfAKeyPair { .. }),
                "{tokens:?}"
            );
            assert!(error.is_usage());
        }
    }

    #[test]
    fn keys_come_from_the_environment_and_are_never_printed() {
        let target = found(&["f", "-R", "r"], &[("AWS_SESSION_TOKEN", "hidden")]);

        assert_eq!(target.keys.as_ref().unwrap().access_key, "EAK");
        assert_eq!(
            target.keys.as_ref().unwrap().session_token.as_deref(),
            Some("hidden")
        );
        let printed = format!("{target:?}");
        assert!(
            !printed.contains("ESK") && !printed.contains("hidden"),
            "{printed}"
        );
    }

    #[test]
    fn no_keys_is_an_error_that_says_what_to_set() {
        let error = find(&["f", "-R", "r"], &[("AWS_PROFILE", "p")]).unwrap_err();

        assert!(!error.is_usage());
        let text = error.to_string();
        assert!(
            text.contains("AWS_ACCESS_KEY_ID") && text.contains("AWS_PROFILE"),
            "{text}"
        );
        assert!(matches!(
            find(&["f", "-R", "r"], &KEYS[..1]),
            Err(TargetError::HalfAnEnvironment { .. })
        ));
    }

    #[test]
    fn the_region_is_found_in_order() {
        let arn = "arn:aws:lambda:eu-west-3:123456789012:function:f";
        let both = [("AWS_REGION", "e1"), ("AWS_DEFAULT_REGION", "e2")];
        assert_eq!(found(&[arn, "-R", "r"], &both).region, "r");
        assert_eq!(found(&[arn], &both).region, "e1");
        assert_eq!(found(&[arn], &both[1..]).region, "e2");
        assert_eq!(found(&[arn], &[("AWS_REGION", "")]).region, "eu-west-3");
        assert_eq!(found(&["f", "-E", "http://h"], &[]).region, "us-east-1");
        assert_eq!(find(&["f"], &KEYS), Err(TargetError::NoRegion));
    }

    #[test]
    fn a_region_cannot_name_another_host() {
        for region in ["evil.example/", "", "a b", "x#"] {
            let error = find(&["f", "-Region", region], &KEYS).unwrap_err();
            assert!(matches!(error, TargetError::BadRegion { .. }), "{region:?}");
            assert!(error.is_usage());
        }
    }

    #[test]
    fn the_endpoint_is_found_in_order() {
        let both = [
            ("AWS_ENDPOINT_URL_LAMBDA", "http://lambda:1"),
            ("AWS_ENDPOINT_URL", "http://all:2/"),
        ];
        let ignored = [both[1], ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")];
        let authority = |tokens: &[&str], environment: &[(&str, &str)]| {
            found(tokens, environment).endpoint.authority
        };

        assert_eq!(authority(&["f", "-E", "https://h:3/p/"], &both), "h:3");
        assert_eq!(authority(&["f"], &both), "lambda:1");
        assert_eq!(authority(&["f"], &both[1..]), "all:2");
        assert_eq!(
            authority(&["f", "-R", "x-y-1"], &ignored),
            "lambda.x-y-1.amazonaws.com"
        );
    }

    #[test]
    fn a_path_before_the_api_is_kept() {
        assert_eq!(
            found(&["f", "-E", "https://h/a/b/"], &[])
                .endpoint
                .path_prefix,
            "/a/b"
        );
        assert_eq!(
            found(&["f", "-E", "http://[::1]:9/"], &[])
                .endpoint
                .path_prefix,
            ""
        );
    }

    #[test]
    fn what_is_no_endpoint_is_a_usage_error() {
        for url in [
            "",
            "localhost:9000",
            "ftp://h",
            "http://u:p@h",
            "http://h/?q=1",
            "http://h/#x",
            "/p",
        ] {
            let error = find(&["f", "-EndpointUrl", url], &KEYS).unwrap_err();
            assert!(matches!(error, TargetError::BadEndpoint { .. }), "{url:?}");
            assert!(error.is_usage());
        }
    }

    #[test]
    fn a_region_has_the_suffix_of_its_partition() {
        for (region, host) in [
            ("eu-west-1", "lambda.eu-west-1.amazonaws.com"),
            ("cn-north-1", "lambda.cn-north-1.amazonaws.com.cn"),
            ("us-gov-west-1", "lambda.us-gov-west-1.amazonaws.com"),
            ("us-iso-east-1", "lambda.us-iso-east-1.c2s.ic.gov"),
            ("us-isob-east-1", "lambda.us-isob-east-1.sc2s.sgov.gov"),
        ] {
            let endpoint = found(&["f", "-R", region], &[]).endpoint;
            assert_eq!(endpoint.authority, host);
            assert_eq!(endpoint.scheme, Scheme::HTTPS);
        }
    }
}
