//! From a request to a typed input: collect every member from where it is bound, check JSON types, check
//! constraints, convert.
//!
//! The generated inputs only name their table; all the work is here, once.

use std::borrow::Cow;

use http::HeaderMap;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::conform::{SerializationError, conform, from_text};
use crate::json;
use crate::route::Labels;
use crate::rule::{Member, Shape, Source, Structure};
use crate::violation::{Path, Violations, inspect_bytes, inspect_structure};

/// The parts of a request an input is read from.
#[derive(Clone, Copy, Debug)]
pub struct WireRequest<'a> {
    pub labels: &'a Labels,
    /// Still percent-encoded.
    pub query: Option<&'a str>,
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
}

/// Why a request is not an input of its operation. AWS answers both with status 400.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Not JSON, a wrong JSON type, bad base64, or text where a number must be: `SerializationException`.
    #[error(transparent)]
    Serialization(#[from] SerializationError),
    /// `ValidationException`, and the text is AWS's.
    #[error(transparent)]
    Validation(#[from] Violations),
}

pub(crate) fn read<T: DeserializeOwned>(
    request: &WireRequest<'_>,
    structure: &Structure,
) -> Result<T, ReadError> {
    let value = Value::Object(gather(request, structure)?);
    let mut violations = Violations::default();
    inspect_structure(structure, None, &value, &mut violations);
    for member in structure.members {
        if let Source::Bytes = member.source {
            let path = Path::member(None, member.name);
            inspect_bytes(member.shape, &path, request.body, &mut violations);
        }
    }
    if !violations.is_empty() {
        return Err(violations.into());
    }
    // The JSON types are right by now: what can still fail is base64.
    serde_json::from_value(value).map_err(|error| SerializationError::new(error.to_string()).into())
}

/// Brings all members together under their names, each with the JSON type its shape asks for.
fn gather(
    request: &WireRequest<'_>,
    structure: &Structure,
) -> Result<Map<String, Value>, SerializationError> {
    let mut gathered = if structure
        .members
        .iter()
        .any(|member| matches!(member.source, Source::Body))
    {
        body_members(request.body, structure)?
    } else {
        Map::new()
    };
    for member in structure.members {
        if let Some(value) = bound_value(request, member)? {
            gathered.insert(member.name.to_owned(), value);
        }
    }
    Ok(gathered)
}

fn body_members(
    body: &[u8],
    structure: &Structure,
) -> Result<Map<String, Value>, SerializationError> {
    let mut members = match parse_body(body)? {
        Value::Null => return Ok(Map::new()),
        Value::Object(members) => members,
        Value::Array(_) => return Err(SerializationError::list(None)),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            return Err(SerializationError::field_type(None));
        }
    };
    let is_expected = |name: &str| {
        let named = structure.members.iter().find(|member| member.name == name);
        named.is_some_and(|member| matches!(member.source, Source::Body))
    };
    // A member bound to the path, say, is not taken from the body.
    members.retain(|name, value| !value.is_null() && is_expected(name));
    for member in structure.members {
        if let Some(value) = members.get_mut(member.name) {
            conform(member.shape, &Path::member(None, member.name), value)?;
        }
    }
    Ok(members)
}

/// An empty body is no member at all, as for `PublishVersion` without options.
fn parse_body(body: &[u8]) -> Result<Value, SerializationError> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Null);
    }
    json::parse(body).map_err(|error| {
        SerializationError::new(format!("Could not parse request body into json: {error}"))
    })
}

/// The value of a member bound to the path, the query, a header, or the body as a whole.
fn bound_value(
    request: &WireRequest<'_>,
    member: &Member,
) -> Result<Option<Value>, SerializationError> {
    let path = Path::member(None, member.name);
    match member.source {
        Source::Body | Source::Bytes => Ok(None),
        Source::WholeBody => whole_body(request.body, member.shape, &path),
        Source::Label(name) => {
            let text = request.labels.get(name).map(Cow::Borrowed);
            from_text(member.shape, &path, text)
        }
        Source::Header(name) => {
            let value = request.headers.get(name);
            let text = value.map(|value| String::from_utf8_lossy(value.as_bytes()));
            from_text(member.shape, &path, text)
        }
        Source::Query(name) => {
            let query = request.query.unwrap_or_default().as_bytes();
            let texts = form_urlencoded::parse(query)
                .filter(|(known, _)| known == name)
                .map(|(_, text)| text);
            from_text(member.shape, &path, texts)
        }
    }
}

fn whole_body(
    body: &[u8],
    shape: &Shape,
    path: &Path<'_>,
) -> Result<Option<Value>, SerializationError> {
    let mut value = parse_body(body)?;
    if value.is_null() {
        return Ok(None);
    }
    conform(shape, path, &mut value)?;
    Ok(Some(value))
}
