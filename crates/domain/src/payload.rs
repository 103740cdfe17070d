//! What travels with an invocation: the event and the client context.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize as _;

use crate::limits::CLIENT_CONTEXT_BYTES_MAX;

/// Why bytes are no event.
#[derive(Debug, thiserror::Error)]
#[error("the payload is no JSON")]
pub struct NotJson(#[source] pub serde_json::Error);

/// The event of a call that brought no body.
///
/// observed: a function invoked without a payload receives an empty object.
pub const EMPTY_EVENT: &[u8] = b"{}";

/// Checks that the bytes are one JSON value, without building it.
pub fn check_event(bytes: &[u8]) -> Result<(), NotJson> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    serde::de::IgnoredAny::deserialize(&mut reader)
        .and_then(|_| reader.end())
        .map_err(NotJson)
}

/// Why a client context cannot be passed on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientContextError {
    #[error("the client context has {bytes} bytes of base64, more than {CLIENT_CONTEXT_BYTES_MAX}")]
    TooLong { bytes: usize },
    #[error("the client context is not base64")]
    NotBase64,
    #[error("the client context is not JSON")]
    NotJson,
}

/// A client context in the form the runtime gets it: JSON text on one line, not base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientContext(String);

impl ClientContext {
    /// Reads the header's base64. An empty header is no context.
    pub fn parse(base64: &str) -> Result<Option<Self>, ClientContextError> {
        if base64.is_empty() {
            return Ok(None);
        }
        if base64.len() > CLIENT_CONTEXT_BYTES_MAX {
            return Err(ClientContextError::TooLong {
                bytes: base64.len(),
            });
        }
        let bytes = STANDARD
            .decode(base64)
            .map_err(|_| ClientContextError::NotBase64)?;
        let value: serde_json::Value =
            serde_json::from_slice(&bytes).map_err(|_| ClientContextError::NotJson)?;
        // Written anew: the text becomes a header of the Runtime API and may not break lines.
        Ok(Some(Self(ascii_json(&value))))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Compact JSON whose every character is ASCII, as a header's value must be.
fn ascii_json(value: &serde_json::Value) -> String {
    let mut text = String::new();
    for unit in value.to_string().chars() {
        if unit.is_ascii() {
            text.push(unit);
        } else {
            let mut pair = [0_u16; 2];
            for half in unit.encode_utf16(&mut pair) {
                // Writing into a `String` cannot fail.
                let _infallible = write!(text, "\\u{half:04x}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_exactly_one_json_value() {
        for good in [
            "{}",
            "null",
            " [1, 2]\n",
            "\"text\"",
            "1e9",
            "\u{feff}{}".trim_start_matches('\u{feff}'),
        ] {
            assert!(check_event(good.as_bytes()).is_ok(), "{good}");
        }
        for bad in ["", "{", "{} {}", "nul", "{'a': 1}", "\u{99}"] {
            assert!(check_event(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_client_context_reaches_the_runtime_as_json_on_one_line() {
        let base64 = STANDARD.encode("{\n \"custom\": {\"greeting\": \"gr\u{fc}n \u{1f600}\"}}");

        let context = ClientContext::parse(&base64).unwrap().unwrap();

        assert_eq!(
            context.as_str(),
            r#"{"custom":{"greeting":"gr\u00fcn \ud83d\ude00"}}"#
        );
    }

    #[test]
    fn a_client_context_that_cannot_be_passed_on_says_why() {
        assert_eq!(ClientContext::parse(""), Ok(None));
        assert_eq!(
            ClientContext::parse("*"),
            Err(ClientContextError::NotBase64)
        );
        assert_eq!(
            ClientContext::parse("eA=="),
            Err(ClientContextError::NotJson)
        );
        let long = "A".repeat(CLIENT_CONTEXT_BYTES_MAX + 1);
        assert_eq!(
            ClientContext::parse(&long),
            Err(ClientContextError::TooLong { bytes: 3584 })
        );
    }
}
