//! The region to call and to sign for.
//!
//! `-Region` · the region of `-ProfileName`'s profile · `AWS_REGION` · `AWS_DEFAULT_REGION` · the region of
//! the profile `AWS_PROFILE` or `default` · the region in the function's ARN · `us-east-1` where an endpoint is
//! given · the instance's region.

use crate::chain;
use crate::error::TargetError;
use crate::profile::Search;

/// The region that requests to an endpoint of one's own are signed for when none is named.
const REGION_OF_CUSTOM_ENDPOINTS: &str = "us-east-1";

/// A region and what it comes from, in the words of the cmdlet's debug stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) name: String,
    pub(crate) from: String,
}

pub(crate) async fn find(
    search: &Search<'_>,
    endpoint_is_custom: bool,
) -> Result<Region, TargetError> {
    let region = match named(search)? {
        Some(region) => region,
        None if endpoint_is_custom => Region {
            name: REGION_OF_CUSTOM_ENDPOINTS.to_owned(),
            from: "the endpoint that was given".to_owned(),
        },
        None => Region {
            name: chain::region_of_instance(search.surroundings)
                .await
                .ok_or(TargetError::NoRegion)?,
            from: "instance metadata".to_owned(),
        },
    };
    if is_region(&region.name) {
        Ok(region)
    } else {
        let Region { name, from } = region;
        Err(TargetError::BadRegion { region: name, from })
    }
}

fn named(search: &Search<'_>) -> Result<Option<Region>, TargetError> {
    let of = |name: &str, from: &str| {
        Some(Region {
            name: name.to_owned(),
            from: from.to_owned(),
        })
    };
    if let Some(region) = search.given.region {
        return Ok(of(region, "-Region"));
    }
    let of_profile = || {
        let profile = search.profile()?;
        Ok(profile.and_then(|profile| {
            of(
                profile.get("region")?,
                &format!("the profile '{}'", profile.name),
            )
        }))
    };
    if search.given.profile_name.is_some()
        && let Some(region) = of_profile()?
    {
        return Ok(Some(region));
    }
    for variable in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        if let Some(region) = search.surroundings.variable(variable) {
            return Ok(of(&region, variable));
        }
    }
    if let Some(region) = of_profile()? {
        return Ok(Some(region));
    }
    let function = search.given.function_name;
    Ok(region_of_arn(function).and_then(|region| of(region, "-FunctionName")))
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
