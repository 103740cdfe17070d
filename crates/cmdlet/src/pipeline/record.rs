//! Lays one record over the command line, in the order PowerShell binds a pipeline object.
//!
//! Four passes: the whole object as it is, its properties as they are, the whole object converted, its
//! properties converted. Each binds what is still free. Of these the third has work only for texts,
//! numbers and truth values, which become the name of a function; an object is never turned into a
//! name. The second and the fourth are one here, as a property is looked up the same way in both.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::value::RawValue;

use crate::binder::{Bound, Value};
use crate::parameters::{Kind, Parameter, ParameterId, Pipeline, TABLE};
use crate::pipeline::RecordError;

/// One object of the pipeline.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Record {
    /// A line, or a JSON text, number or truth value.
    Text(String),
    /// By name, in small letters: PowerShell's names have no case. The values are JSON.
    Object(BTreeMap<String, String>),
    /// Null, or an array inside of an array.
    Nothing,
}

/// The properties that make an object one of AWS's credentials, and those that come with them.
const CREDENTIAL: ([&str; 2], [&str; 3]) = (
    ["accesskeyid", "secretaccesskey"],
    ["sessiontoken", "expiration", "version"],
);
const NETWORK_CREDENTIAL: ([&str; 2], [&str; 0]) = (["username", "password"], []);

impl Record {
    pub(crate) fn from_json(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        let raw: &RawValue = serde_json::from_slice(bytes)?;
        Ok(match raw.get().as_bytes() {
            [b'{', ..] => {
                let object: BTreeMap<String, &RawValue> = serde_json::from_slice(bytes)?;
                let lower = |(name, value): (String, &RawValue)| {
                    (name.to_ascii_lowercase(), value.get().to_owned())
                };
                Self::Object(object.into_iter().map(lower).collect())
            }
            [b'[' | b'n', ..] => Self::Nothing,
            _ => Self::Text(plain(raw.get())),
        })
    }
}

/// The command line with what the record adds to it.
pub(super) fn bound(line: &Bound, record: &Record, number: u64) -> Result<Bound, RecordError> {
    let mut bound = line.clone();
    let has_bound = match record {
        Record::Nothing => false,
        Record::Text(text) => bind_name(&mut bound, text),
        Record::Object(object) => {
            let mut object: BTreeMap<&str, &str> = object
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            let as_whole = bind_credentials(&mut bound, &mut object);
            bind_properties(&mut bound, &object, number)? || as_whole
        }
    };
    if !has_bound {
        return Err(RecordError::NotBound { number });
    }
    if !bound.is_bound(ParameterId::FunctionName) {
        return Err(RecordError::MissingMandatory { number });
    }
    Ok(bound)
}

fn bind_name(bound: &mut Bound, text: &str) -> bool {
    let is_free = !bound.is_bound(ParameterId::FunctionName);
    bound.bind_from_record(ParameterId::FunctionName, Value::Text(text.to_owned()));
    is_free
}

/// Binds an object that is a credential as a whole, and takes away what made it one.
fn bind_credentials(bound: &mut Bound, object: &mut BTreeMap<&str, &str>) -> bool {
    let shapes: [(ParameterId, [&str; 2], &[&str]); 2] = [
        (ParameterId::Credential, CREDENTIAL.0, &CREDENTIAL.1),
        (
            ParameterId::NetworkCredential,
            NETWORK_CREDENTIAL.0,
            &NETWORK_CREDENTIAL.1,
        ),
    ];
    let mut has_bound = false;
    for (name, needed, optional) in shapes {
        if !needed.iter().all(|property| object.contains_key(property)) {
            continue;
        }
        let parts: Vec<_> = needed
            .iter()
            .chain(optional)
            .filter_map(|property| object.remove_entry(property))
            .collect();
        has_bound |= !bound.is_bound(name);
        bound.bind_from_record(name, Value::Text(credential(&parts)));
    }
    has_bound
}

/// The properties in the spelling of those who read them.
fn credential(parts: &[(&str, &str)]) -> String {
    const SPELLINGS: [&str; 7] = [
        "AccessKeyId",
        "SecretAccessKey",
        "SessionToken",
        "Expiration",
        "Version",
        "UserName",
        "Password",
    ];
    let members: Vec<_> = parts
        .iter()
        .map(|(name, value)| {
            let spelling = SPELLINGS
                .iter()
                .find(|spelling| spelling.eq_ignore_ascii_case(name));
            format!("\"{}\":{value}", spelling.unwrap_or(name))
        })
        .collect();
    format!("{{{}}}", members.join(","))
}

fn bind_properties(
    bound: &mut Bound,
    object: &BTreeMap<&str, &str>,
    number: u64,
) -> Result<bool, RecordError> {
    let mut has_bound = false;
    let by_property = TABLE.iter().filter(|row| row.pipeline != Pipeline::No);
    for row in by_property {
        if bound.is_bound(row.id) {
            continue;
        }
        // The name goes before the aliases.
        let found = row
            .spellings()
            .find_map(|spelling| object.get(spelling.to_ascii_lowercase().as_str()));
        let Some(json) = found else { continue };
        has_bound = true;
        let converted = converted(row, json).map_err(|wanted| RecordError::CannotConvert {
            number,
            parameter: row.name,
            value: kind_of(json),
            wanted,
        })?;
        if let Some(value) = converted {
            bound.bind_from_record(row.id, value);
        }
    }
    Ok(has_bound)
}

/// A property's value for a parameter; `None` leaves it as if it had not been given.
fn converted(row: &Parameter, json: &str) -> Result<Option<Value>, &'static str> {
    if json == "null" {
        return Ok(null(row.id));
    }
    if row.kind == Kind::Switch {
        return match json {
            "true" | "1" => Ok(Some(Value::Switch(true))),
            "false" | "0" => Ok(Some(Value::Switch(false))),
            _ => Err("true or false"),
        };
    }
    let is_json = matches!(
        row.id,
        ParameterId::Payload | ParameterId::ClientContext | ParameterId::ClientContextBase64
    );
    let is_credential = matches!(
        row.id,
        ParameterId::Credential | ParameterId::NetworkCredential
    );
    let text = if row.id == ParameterId::PayloadStream {
        return stream(json).map(Value::Bytes).map(Some);
    } else if is_json && !json.starts_with('"') || is_credential && json.starts_with('{') {
        compact(json)
    } else if json.starts_with(['{', '[']) {
        return Err("a text");
    } else {
        plain(json)
    };
    if is_credential && text.starts_with('@') {
        return Err("an object; a record cannot name a file");
    }
    Ok(Some(Value::Text(text)))
}

/// What a bound null does: nothing stands in for a payload or a client context, and what must not be
/// empty is refused as empty. Elsewhere it is as good as not given.
fn null(name: ParameterId) -> Option<Value> {
    matches!(
        name,
        ParameterId::FunctionName
            | ParameterId::Payload
            | ParameterId::ClientContext
            | ParameterId::Select
    )
    .then(|| Value::Text(String::new()))
}

/// A text, the lines of a text, or the bytes themselves.
fn stream(json: &str) -> Result<Bytes, &'static str> {
    let text: Result<Cow<'_, str>, _> = serde_json::from_str(json);
    if let Ok(text) = text {
        return Ok(text.into_owned().into());
    }
    if let Ok(bytes) = serde_json::from_str::<Vec<u8>>(json) {
        return Ok(bytes.into());
    }
    let lines: Vec<String> = serde_json::from_str(json)
        .map_err(|_| "a text, an array of texts, or an array of numbers from 0 to 255")?;
    let mut bytes = Vec::new();
    for line in lines {
        bytes.extend_from_slice(line.as_bytes());
        bytes.push(b'\n');
    }
    Ok(bytes.into())
}

/// A text without its quotation marks; a truth value in .NET's spelling; a number as it is written.
fn plain(json: &str) -> String {
    match json {
        "true" => "True".to_owned(),
        "false" => "False".to_owned(),
        _ => serde_json::from_str(json).unwrap_or_else(|_| json.to_owned()),
    }
}

/// JSON without the blanks between its parts. Not read and written again: a number keeps all its digits.
fn compact(json: &str) -> String {
    let mut is_escaped = false;
    let mut is_in_text = false;
    json.chars()
        .filter(|&letter| {
            let is_mark = letter == '"' && !is_escaped;
            is_escaped = is_in_text && letter == '\\' && !is_escaped;
            is_in_text ^= is_mark;
            is_in_text || !letter.is_ascii_whitespace()
        })
        .collect()
}

fn kind_of(json: &str) -> &'static str {
    match json.as_bytes() {
        [b'{', ..] => "an object",
        [b'[', ..] => "an array",
        [b'"', ..] => "this text",
        [b't' | b'f', ..] => "true or false",
        _ => "a number",
    }
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
