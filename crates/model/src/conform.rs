//! JSON types: whether a value can be what its shape says, before any constraint is looked at.
//!
//! observed on AWS's JSON services: the wording of the texts (`NUMBER_VALUE can not be converted to a String`).
//! That they end with the member's path is ours.

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

use crate::rule::{Kind, Shape};
use crate::timestamp::epoch_seconds;
use crate::violation::Path;

/// A body or a bound text which is not of the type the model asks for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SerializationError {
    message: String,
}

impl SerializationError {
    pub(crate) fn new(message: String) -> Self {
        Self { message }
    }

    pub(crate) fn list(path: Option<&Path<'_>>) -> Self {
        Self::at(path, format_args!("Start of list found where not expected"))
    }

    pub(crate) fn field_type(path: Option<&Path<'_>>) -> Self {
        Self::at(path, format_args!("Unexpected field type"))
    }

    fn at(path: Option<&Path<'_>>, what: fmt::Arguments<'_>) -> Self {
        Self::new(match path {
            Some(path) => format!("{what} at '{path}'"),
            None => what.to_string(),
        })
    }
}

/// Checks JSON types all the way down, removes members that are null, and makes `3.0` the integer it means.
pub(crate) fn conform(
    shape: &Shape,
    path: &Path<'_>,
    value: &mut Value,
) -> Result<(), SerializationError> {
    match (&shape.kind, &mut *value) {
        (Kind::Structure(structure), Value::Object(members)) => {
            members.retain(|_, member| !member.is_null());
            for member in structure.members {
                if let Some(value) = members.get_mut(member.name) {
                    conform(member.shape, &Path::member(Some(path), member.name), value)?;
                }
            }
            Ok(())
        }
        // A null in a list or a map is not a wrong type but a broken constraint.
        (Kind::List(list), Value::Array(members)) => members
            .iter_mut()
            .filter(|member| !member.is_null())
            .try_for_each(|member| conform(list.member, path, member)),
        (Kind::Map(map), Value::Object(entries)) => entries
            .values_mut()
            .filter(|value| !value.is_null())
            .try_for_each(|value| conform(map.value, path, value)),
        (Kind::Text(_) | Kind::Blob { .. }, Value::String(_))
        | (Kind::Boolean, Value::Bool(_))
        | (Kind::Double(_) | Kind::Timestamp, Value::Number(_)) => Ok(()),
        (Kind::Integer(_) | Kind::Long, Value::Number(_)) => {
            *value = integer(shape, value).ok_or_else(|| unlike(shape, path, value))?;
            Ok(())
        }
        (_, other) => Err(unlike(shape, path, other)),
    }
}

fn integer(shape: &Shape, value: &Value) -> Option<Value> {
    let integer = value
        .as_i64()
        .or_else(|| value.as_f64().and_then(exact_integer))?;
    let fits = matches!(shape.kind, Kind::Long) || i32::try_from(integer).is_ok();
    fits.then(|| integer.into())
}

/// The integer a double stands for, when it is one and small enough to be exact.
fn exact_integer(number: f64) -> Option<i64> {
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "whole and within the exact range"
    )]
    (number.fract() == 0.0 && number.abs() <= EXACT_MAX).then_some(number as i64)
}

fn unlike(shape: &Shape, path: &Path<'_>, value: &Value) -> SerializationError {
    let token = match value {
        Value::Array(_) => return SerializationError::list(Some(path)),
        Value::Object(_) => {
            let what = format_args!("Start of structure or map found where not expected");
            return SerializationError::at(Some(path), what);
        }
        Value::Null => "NULL_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::String(_) => "STRING_VALUE",
    };
    match type_name(shape) {
        Some(name) => {
            let what = format_args!("{token} can not be converted to {name}");
            SerializationError::at(Some(path), what)
        }
        None => SerializationError::field_type(Some(path)),
    }
}

/// The scalar types, with their articles.
fn type_name(shape: &Shape) -> Option<&'static str> {
    match shape.kind {
        Kind::Boolean => Some("a Boolean"),
        Kind::Blob { .. } => Some("a Blob"),
        Kind::Double(_) => Some("a Double"),
        Kind::Integer(_) => Some("an Integer"),
        Kind::Long => Some("a Long"),
        Kind::Timestamp => Some("a Timestamp"),
        Kind::Text(_) => Some("a String"),
        Kind::List(_) | Kind::Map(_) | Kind::Structure(_) => None,
    }
}

/// Reads a value bound to the path, the query or a header. A list takes all texts, anything else the first.
pub(crate) fn from_text<'a>(
    shape: &Shape,
    path: &Path<'_>,
    texts: impl IntoIterator<Item = Cow<'a, str>>,
) -> Result<Option<Value>, SerializationError> {
    let mut texts = texts.into_iter();
    if let Kind::List(list) = &shape.kind {
        let members: Result<Vec<Value>, _> =
            texts.map(|text| scalar(list.member, path, text)).collect();
        return Ok(Some(members?)
            .filter(|members| !members.is_empty())
            .map(Value::Array));
    }
    texts
        .next()
        .map(|text| scalar(shape, path, text))
        .transpose()
}

fn scalar(shape: &Shape, path: &Path<'_>, text: Cow<'_, str>) -> Result<Value, SerializationError> {
    let value = match shape.kind {
        Kind::Boolean => match text.as_ref() {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            _ => None,
        },
        Kind::Integer(_) => text.parse::<i32>().ok().map(Value::from),
        Kind::Long => text.parse::<i64>().ok().map(Value::from),
        Kind::Double(_) => text.parse::<f64>().ok().map(Value::from),
        Kind::Timestamp => epoch_seconds(&text).map(Value::from),
        Kind::Text(_) | Kind::Blob { .. } | Kind::List(_) | Kind::Map(_) | Kind::Structure(_) => {
            return Ok(Value::String(text.into_owned()));
        }
    };
    value.ok_or_else(|| unlike(shape, path, &Value::String(String::new())))
}
