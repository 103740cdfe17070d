//! Turns bound parameters into one invocation, with the defaults of the reference page.
//!
//! Nothing here judges what the server judges: a payload is not parsed, an unknown invocation type is
//! passed on. Refused is only what cannot be sent, and what a shell most likely ate.

use std::io::Read;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::HeaderValue;

use crate::binder::Bound;
use crate::parameters::{ParameterId, parameter};

/// What the reference page sends for a payload or a client context that is not given.
const DEFAULT_JSON: &str = "{}";

/// The most bytes read from a file or standard input: ten times what any invocation may carry, so that
/// the server's own error is seen for what is merely too large, and a device is not read for ever.
const STREAM_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Why the values given cannot be sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ValueError {
    #[error("the value of -{name} is empty{advice}")]
    Empty {
        name: &'static str,
        advice: &'static str,
    },
    #[error("the value of -{name} contains a character that no HTTP header can carry")]
    NotAHeader { name: &'static str },
    #[error("'{name}' is not the name of a function")]
    NotAName { name: String },
    #[error("-{name}: cannot read {from}: {source}")]
    Unreadable {
        name: &'static str,
        from: String,
        source: std::io::Error,
    },
    #[error("-{name}: {from} is longer than {STREAM_BYTES_MAX} bytes")]
    TooLong { name: &'static str, from: String },
    #[error("-{name}: {from} is not UTF-8 text")]
    NotText { name: &'static str, from: String },
}

/// One call, ready to be sent.
#[derive(Debug)]
#[expect(clippy::struct_field_names, reason = "AWS's name is InvocationType")]
pub(crate) struct Invocation {
    /// As it was given; the caller percent-encodes it.
    pub(crate) function_name: String,
    pub(crate) qualifier: Option<String>,
    pub(crate) payload: Bytes,
    pub(crate) client_context: Option<HeaderValue>,
    pub(crate) invocation_type: Option<HeaderValue>,
    pub(crate) log_type: Option<HeaderValue>,
    pub(crate) tenant_id: Option<HeaderValue>,
    pub(crate) durable_execution_name: Option<HeaderValue>,
    /// What the user should hear although the call can be made.
    pub(crate) warnings: Vec<String>,
}

impl Invocation {
    pub(crate) fn from_bound(bound: &Bound) -> Result<Self, ValueError> {
        let mut warnings = Vec::new();
        let function_name = not_empty(bound, ParameterId::FunctionName)?.unwrap_or_default();
        if matches!(function_name, "." | "..") {
            return Err(ValueError::NotAName {
                name: function_name.to_owned(),
            });
        }
        Ok(Self {
            function_name: function_name.to_owned(),
            qualifier: not_empty(bound, ParameterId::Qualifier)?.map(str::to_owned),
            client_context: client_context(bound, &mut warnings)?,
            invocation_type: header(bound, ParameterId::InvocationType)?,
            log_type: header(bound, ParameterId::LogType)?,
            tenant_id: header(bound, ParameterId::TenantId)?,
            durable_execution_name: header(bound, ParameterId::DurableExecutionName)?,
            payload: payload(bound)?,
            warnings,
        })
    }
}

/// A value in the spelling of the reference page, or unchanged when it is none of its values.
pub(crate) fn normalised(name: ParameterId, text: &str) -> &str {
    parameter(name)
        .values
        .iter()
        .find(|value| value.eq_ignore_ascii_case(text))
        .copied()
        .unwrap_or(text)
}

fn not_empty(bound: &Bound, name: ParameterId) -> Result<Option<&str>, ValueError> {
    match bound.text(name) {
        Some("") => Err(ValueError::Empty {
            name: parameter(name).name,
            advice: "; a shell replaces a $NAME that is not set, such as an unquoted $LATEST, by nothing: quote it",
        }),
        other => Ok(other),
    }
}

/// The value of a header, in the spelling of the reference page where that has one.
fn header(bound: &Bound, name: ParameterId) -> Result<Option<HeaderValue>, ValueError> {
    not_empty(bound, name)?
        .map(|text| {
            HeaderValue::from_str(normalised(name, text)).map_err(|_| ValueError::NotAHeader {
                name: parameter(name).name,
            })
        })
        .transpose()
}

fn client_context(
    bound: &Bound,
    warnings: &mut Vec<String>,
) -> Result<Option<HeaderValue>, ValueError> {
    let text = match bound.text(ParameterId::ClientContextBase64) {
        Some(text) => {
            if is_encoded_json(text) {
                warnings.push(
                    "-ClientContextBase64 is encoded for you, and its value already is base64 of JSON: the function will see base64 and not JSON. Give the JSON itself"
                        .to_owned(),
                );
            }
            text
        }
        None => bound
            .text(ParameterId::ClientContext)
            .unwrap_or(DEFAULT_JSON),
    };
    if text.is_empty() {
        return Ok(None);
    }
    match HeaderValue::from_str(&STANDARD.encode(text)) {
        Ok(header) => Ok(Some(header)),
        Err(_) => Err(ValueError::NotAHeader {
            name: "ClientContext",
        }),
    }
}

fn is_encoded_json(text: &str) -> bool {
    STANDARD.decode(text).is_ok_and(|bytes| {
        bytes.starts_with(b"{") && serde_json::from_slice::<serde_json::Value>(&bytes).is_ok()
    })
}

fn payload(bound: &Bound) -> Result<Bytes, ValueError> {
    if let Some(bytes) = bound.bytes(ParameterId::PayloadStream) {
        return Ok(bytes.clone());
    }
    match bound.text(ParameterId::PayloadStream) {
        Some(stream) => read_stream(stream),
        None => Ok(Bytes::copy_from_slice(
            bound
                .text(ParameterId::Payload)
                .unwrap_or(DEFAULT_JSON)
                .as_bytes(),
        )),
    }
}

/// The text of a parameter, or of the file that it names with `@`.
pub(crate) fn text_of(bound: &Bound, name: ParameterId) -> Result<Option<String>, ValueError> {
    let Some(text) = bound.text(name) else {
        return Ok(None);
    };
    let Some(path) = text.strip_prefix('@') else {
        return Ok(Some(text.to_owned()));
    };
    let name = parameter(name).name;
    let bytes = read_file(path, name)?;
    match String::from_utf8(bytes.into()) {
        Ok(text) => Ok(Some(text)),
        Err(_) => Err(ValueError::NotText {
            name,
            from: path.to_owned(),
        }),
    }
}

/// Reads what `-PayloadStream` names.
fn read_stream(text: &str) -> Result<Bytes, ValueError> {
    let name = parameter(ParameterId::PayloadStream).name;
    if text == "@-" {
        return read_all(std::io::stdin().lock(), "standard input", name);
    }
    if text.starts_with("@@") {
        return Ok(Bytes::copy_from_slice(text.as_bytes()).slice(1..));
    }
    let path = ["@", "fileb://", "file://"]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix));
    match path {
        None => Ok(Bytes::copy_from_slice(text.as_bytes())),
        Some(path) => read_file(path, name),
    }
}

fn read_file(path: &str, name: &'static str) -> Result<Bytes, ValueError> {
    match std::fs::File::open(Path::new(path)) {
        Ok(file) => read_all(file, path, name),
        Err(source) => Err(ValueError::Unreadable {
            name,
            from: path.to_owned(),
            source,
        }),
    }
}

fn read_all(reader: impl Read, from: &str, name: &'static str) -> Result<Bytes, ValueError> {
    let from = from.to_owned();
    let mut bytes = Vec::new();
    match reader.take(STREAM_BYTES_MAX + 1).read_to_end(&mut bytes) {
        Err(source) => Err(ValueError::Unreadable { name, from, source }),
        Ok(_) if bytes.len() as u64 > STREAM_BYTES_MAX => Err(ValueError::TooLong { name, from }),
        Ok(_) => Ok(bytes.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binder::bind;

    fn invocation(tokens: &[&str]) -> Result<Invocation, ValueError> {
        let tokens: Vec<_> = tokens.iter().map(|&token| token.to_owned()).collect();
        Invocation::from_bound(&bind(&tokens).unwrap())
    }

    fn text(value: Option<&HeaderValue>) -> &str {
        value.map_or("", |value| value.to_str().unwrap())
    }

    #[test]
    fn what_is_not_given_is_sent_as_an_empty_object() {
        let invocation = invocation(&["f"]).unwrap();

        assert_eq!(invocation.payload, "{}");
        assert_eq!(text(invocation.client_context.as_ref()), "e30=");
        assert_eq!(invocation.invocation_type, None);
        assert_eq!(invocation.log_type, None);
    }

    #[test]
    fn an_empty_text_is_sent_as_nothing() {
        let invocation = invocation(&["f", "", ""]).unwrap();

        assert_eq!(invocation.payload, "");
        assert_eq!(invocation.client_context, None);
    }

    #[test]
    fn known_values_are_normalised_and_others_passed_on() {
        let known = invocation(&["f", "-I", "dryrun", "-L", "TAIL"]).unwrap();
        assert_eq!(text(known.invocation_type.as_ref()), "DryRun");
        assert_eq!(text(known.log_type.as_ref()), "Tail");

        let unknown = invocation(&["f", "-I", "later"]).unwrap();
        assert_eq!(text(unknown.invocation_type.as_ref()), "later");
    }

    #[test]
    fn the_base64_context_wins_and_is_encoded_too() {
        let invocation =
            invocation(&["f", "-ClientContextB", r#"{"a":1}"#, "-ClientContext", "{}"]).unwrap();

        assert_eq!(text(invocation.client_context.as_ref()), "eyJhIjoxfQ==");
        assert!(invocation.warnings.is_empty());
    }

    #[test]
    fn a_context_encoded_twice_is_warned_about() {
        let invocation = invocation(&["f", "-ClientContextB", "eyJhIjoxfQ=="]).unwrap();

        assert_eq!(text(invocation.client_context.as_ref()), "ZXlKaElqb3hmUT09");
        assert_eq!(invocation.warnings.len(), 1);
    }

    #[test]
    fn a_payload_stream_wins_and_reads_files_byte_by_byte() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), [0, 255, 10, 13]).unwrap();
        let path = file.path().to_str().unwrap();

        for prefix in ["@", "file://", "fileb://"] {
            let stream = format!("{prefix}{path}");
            let invocation = invocation(&["f", "{}", "-PayloadS", &stream]).unwrap();
            assert_eq!(invocation.payload.as_ref(), [0, 255, 10, 13]);
        }
    }

    #[test]
    fn a_payload_stream_may_be_the_text_itself() {
        assert_eq!(
            invocation(&["f", "-PayloadS", "[1]"]).unwrap().payload,
            "[1]"
        );
        assert_eq!(
            invocation(&["f", "-PayloadS", "@@x"]).unwrap().payload,
            "@x"
        );
    }

    #[test]
    fn what_a_shell_ate_is_an_error() {
        for tokens in [&[""][..], &["f", "-Qualifier", ""], &["f", "-I", ""]] {
            assert!(
                matches!(invocation(tokens), Err(ValueError::Empty { .. })),
                "{tokens:?}"
            );
        }
    }

    #[test]
    fn what_cannot_be_sent_is_an_error() {
        assert!(matches!(
            invocation(&["f", "-L", "a\nb"]),
            Err(ValueError::NotAHeader { .. })
        ));
        assert!(matches!(
            invocation(&[".."]),
            Err(ValueError::NotAName { .. })
        ));
        assert!(matches!(
            invocation(&["f", "-PayloadS", "@/nowhere/at/all"]),
            Err(ValueError::Unreadable { .. })
        ));
    }
}
