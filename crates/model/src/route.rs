//! From a method and a raw path to an operation and its labels.
//!
//! The path is split on the slashes the client sent and only then decoded, so an ARN may hold an encoded
//! slash. On the way of every invocation: no regular expression, and nothing allocated but the decoded labels.

use http::Method;
use percent_encoding::percent_decode_str;

use crate::generated::operation::Operation;
use crate::generated::route::resource;

/// The most path segments of any operation, durable ARNs with raw slashes included.
const SEGMENTS_MAX: usize = 10;
/// The most labels in any path of the model.
const LABELS_MAX: usize = 3;

/// The decoded labels of a path, by the names the model gives them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    entries: [Option<(&'static str, String)>; LABELS_MAX],
}

impl Labels {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.entries
            .iter()
            .flatten()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Why no operation answers a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRoute {
    #[error("no operation has this path")]
    UnknownPath,
    #[error("the path exists, but not with this method")]
    MethodNotAllowed,
}

/// A path of the model, and what may be done there.
pub(crate) struct Resource {
    pub(crate) labels: &'static [Label],
    pub(crate) endpoints: &'static [Endpoint],
}

/// Where a label stands in a path.
pub(crate) struct Label {
    pub(crate) name: &'static str,
    /// Index of its (first) segment.
    pub(crate) segment: usize,
    /// How many literal segments follow, for a label that may hold raw slashes.
    pub(crate) takes_slashes_before: Option<usize>,
}

pub(crate) struct Endpoint {
    pub(crate) method: &'static str,
    /// A query pair that must be there, as in `?List=ALL`. Endpoints that have one come first.
    pub(crate) query: Option<(&'static str, &'static str)>,
    pub(crate) operation: Operation,
}

/// Finds the operation for a request line.
///
/// `path` is as sent, still percent-encoded; one trailing slash is tolerated, because older SDKs send it.
/// `query` is needed for the two paths which are told apart by a literal in it.
pub fn route(
    method: &Method,
    path: &str,
    query: Option<&str>,
) -> Result<(Operation, Labels), NoRoute> {
    let path = path.strip_prefix('/').ok_or(NoRoute::UnknownPath)?;
    let path = path.strip_suffix('/').unwrap_or(path);
    let mut segments = [""; SEGMENTS_MAX];
    let mut count = 0;
    for segment in path.split('/') {
        *segments.get_mut(count).ok_or(NoRoute::UnknownPath)? = segment;
        count += 1;
    }
    let segments = segments.get(..count).ok_or(NoRoute::UnknownPath)?;
    let resource = resource(segments).ok_or(NoRoute::UnknownPath)?;
    let operation = resource
        .endpoints
        .iter()
        .filter(|endpoint| endpoint.method == method.as_str())
        .find(|endpoint| endpoint.query.is_none_or(|pair| holds(query, pair)))
        .map(|endpoint| endpoint.operation)
        .ok_or(NoRoute::MethodNotAllowed)?;
    Ok((operation, labels(resource, path, segments)))
}

fn holds(query: Option<&str>, (name, value): (&str, &str)) -> bool {
    query.is_some_and(|query| {
        form_urlencoded::parse(query.as_bytes()).any(|pair| pair.0 == name && pair.1 == value)
    })
}

fn labels(resource: &Resource, path: &str, segments: &[&str]) -> Labels {
    let mut labels = Labels::default();
    for (entry, label) in labels.entries.iter_mut().zip(resource.labels) {
        let raw = match label.takes_slashes_before {
            None => segments.get(label.segment).copied().unwrap_or_default(),
            Some(literals) => between(path, segments, label.segment, literals),
        };
        *entry = Some((
            label.name,
            percent_decode_str(raw).decode_utf8_lossy().into_owned(),
        ));
    }
    labels
}

/// The part of `path` after its first `skipped` segments and before its last `left` ones.
fn between<'a>(path: &'a str, segments: &[&str], skipped: usize, left: usize) -> &'a str {
    let with_slash = |segment: &&str| segment.len() + 1;
    let start: usize = segments.iter().take(skipped).map(with_slash).sum();
    let end: usize = segments.iter().rev().take(left).map(with_slash).sum();
    path.get(start..path.len().saturating_sub(end))
        .unwrap_or_default()
}
