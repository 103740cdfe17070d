//! What a request is about: a function of ours, and perhaps one version or alias of it.

use std::sync::Arc;

use domain::function::{Function, Snapshot};
use domain::name::{FunctionName, Qualifier, Target, Version};

use super::Arrived;
use crate::error::Error;
use crate::pipeline::Edge;

/// Reads a reference to a function, with the qualifier that the query may repeat.
pub(super) fn target(
    edge: &Edge,
    arrived: &Arrived,
    reference: &str,
    qualifier: Option<&str>,
) -> Result<Target, Error> {
    Target::resolve(&edge.home, reference, qualifier)
        .map_err(|error| Error::target(&edge.home, error, arrived.operation))
}

/// Reads a reference that must mean the function as a whole.
///
/// `$LATEST` is the part of the function that such operations work on, so it may be named.
pub(super) fn whole(
    edge: &Edge,
    arrived: &Arrived,
    reference: &str,
) -> Result<FunctionName, Error> {
    let target = target(edge, arrived, reference, None)?;
    match target.qualifier {
        None | Some(Qualifier::Version(Version::Latest)) => Ok(target.function),
        Some(_) => Err(Error::unqualified_only()),
    }
}

/// Reads a reference that must not name any part of the function, `$LATEST` included.
pub(super) fn unqualified(
    edge: &Edge,
    arrived: &Arrived,
    reference: &str,
) -> Result<FunctionName, Error> {
    let target = target(edge, arrived, reference, None)?;
    match target.qualifier {
        None => Ok(target.function),
        Some(_) => Err(Error::unqualified_only()),
    }
}

/// The document of a function.
pub(super) fn function(edge: &Edge, name: &FunctionName) -> Result<Arc<Function>, Error> {
    edge.functions
        .get(name.as_str())
        .ok_or_else(|| Error::function_not_found(&edge.home, name))
}

/// One version of a function, as the control plane shows it.
pub(super) fn version<'a>(
    edge: &Edge,
    function: &'a Function,
    target: &Target,
) -> Result<(Version, &'a Snapshot), Error> {
    let not_found = || Error::target_not_found(&edge.home, target);
    let version = function
        .resolve_main(target.qualifier.as_ref())
        .map_err(|_| not_found())?;
    let snapshot = function.snapshot(version).ok_or_else(not_found)?;
    Ok((version, snapshot))
}
