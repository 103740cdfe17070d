//! How an answer is written to standard output: a list for a person, JSON or exact bytes for a program.
//!
//! Text for a person never carries control characters: a function's answer must not be able to drive
//! the terminal it is shown on. Bytes for a program are never touched.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{ErrorKind, Write as _};

use anstyle::{AnsiColor, Style};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

use crate::request::Answer;
use crate::select::{Given, Property, Select};
use crate::values::Invocation;

/// The form of what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// PowerShell's list, or a selected value as text.
    List,
    /// One JSON value on one line.
    Json,
    /// The payload or the selected value, for a person.
    Text,
    /// The payload or the selected value, nothing added.
    Raw,
    /// What a pipe gets: JSON for an answer, exact bytes for a payload, a line for any other value.
    Pipe,
}

impl Format {
    /// The format that `--output` names; `auto` and nothing depend on who reads.
    pub(crate) fn from_option(option: Option<&str>, is_terminal: bool) -> Self {
        match option {
            Some("list") => Self::List,
            Some("json") => Self::Json,
            Some("text") => Self::Text,
            Some("raw") => Self::Raw,
            _ if is_terminal => Self::List,
            _ => Self::Pipe,
        }
    }
}

/// Colours for a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paint {
    pub(crate) is_on: bool,
}

impl Paint {
    pub(crate) fn paint(self, color: AnsiColor, text: &str) -> String {
        if self.is_on {
            let style = Style::new().fg_color(Some(color.into()));
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}

/// Whether anybody reads what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    There,
    Gone,
}

/// Writes to standard output. A reader that has gone away wants no more, which is no failure.
pub(crate) fn write_out(bytes: &[u8]) -> std::io::Result<Reader> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => Ok(Reader::There),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Reader::Gone),
        Err(error) => Err(error),
    }
}

/// Ends the output of one record among several where nothing else does: payloads in a pipe get a line
/// break each, and a person sees an empty line after a list. `--output raw` stays as it is.
pub(crate) fn separate(bytes: &mut Vec<u8>, select: &Select, format: Format) {
    let is_payload = matches!(
        select,
        Select::Property(Property::Payload) | Select::Given(Some(Given::PayloadStream))
    );
    let is_list = *select == Select::Everything && format == Format::List;
    if is_list || (is_payload && format == Format::Pipe) {
        bytes.push(b'\n');
    }
}

/// What is selected of an answer, in bytes ready to be written.
pub(crate) fn render(
    answer: &Answer,
    invocation: &Invocation,
    select: &Select,
    format: Format,
    paint: Paint,
) -> Vec<u8> {
    match (select, format) {
        (Select::Everything, Format::List) => list(answer, paint).into_bytes(),
        (Select::Everything, Format::Json | Format::Pipe) => json_line(&Record::of(answer)),
        (Select::Everything, Format::Text | Format::Raw) => {
            Selected::Payload(&answer.payload).render(format)
        }
        _ => selected(answer, invocation, select).render(format),
    }
}

/// What the function says went wrong, when it failed.
pub(crate) fn function_error_warning(answer: &Answer) -> Option<String> {
    let kind = answer.function_error.as_ref()?;
    let mut warning = format!("the function failed ({kind})");
    let document: Option<Value> = serde_json::from_slice(&answer.payload).ok();
    for name in ["errorType", "errorMessage"] {
        let field = document.as_ref().and_then(|document| document.get(name));
        if let Some(text) = field.and_then(Value::as_str) {
            warning.push_str(": ");
            warning.push_str(text);
        }
    }
    Some(warning)
}

/// One value of an answer or of the command line.
#[derive(Debug)]
enum Selected<'a> {
    Nothing,
    Payload(&'a Bytes),
    /// Base64 of the log, as the property has it.
    Log(&'a str),
    Text(&'a str),
    Number(u64),
    Switch(bool),
}

impl Selected<'_> {
    fn render(&self, format: Format) -> Vec<u8> {
        match (self, format) {
            (Self::Nothing, _) => Vec::new(),
            (_, Format::Json) => json_line(&self.as_json()),
            (Self::Payload(bytes), Format::Raw | Format::Pipe) => bytes.to_vec(),
            (Self::Payload(bytes), Format::List | Format::Text) => line(&printable(bytes)),
            (Self::Log(log), Format::List | Format::Text) => line(&readable_log(log)),
            (_, Format::List | Format::Text) => line(&printable(self.plain().as_bytes())),
            (_, Format::Raw) => self.plain().into_owned().into_bytes(),
            (_, Format::Pipe) => format!("{}\n", self.plain()).into_bytes(),
        }
    }

    fn plain(&self) -> Cow<'_, str> {
        match self {
            Self::Nothing => Cow::Borrowed(""),
            Self::Payload(bytes) => String::from_utf8_lossy(bytes),
            Self::Log(text) | Self::Text(text) => Cow::Borrowed(text),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Switch(is_on) => Cow::Borrowed(if *is_on { "True" } else { "False" }),
        }
    }

    fn as_json(&self) -> Value {
        match self {
            Self::Nothing => Value::Null,
            Self::Payload(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => text.into(),
                Err(_) => serde_json::json!({ "PayloadBase64": STANDARD.encode(bytes) }),
            },
            Self::Log(text) | Self::Text(text) => (*text).into(),
            Self::Number(number) => (*number).into(),
            Self::Switch(is_on) => (*is_on).into(),
        }
    }
}

fn selected<'a>(
    answer: &'a Answer,
    invocation: &'a Invocation,
    select: &'a Select,
) -> Selected<'a> {
    match select {
        Select::Everything => Selected::Payload(&answer.payload),
        Select::Property(property) => property_of(answer, *property),
        Select::Length(property) => length_of(&property_of(answer, *property)),
        Select::Given(None) => Selected::Nothing,
        Select::Given(Some(Given::Text(text))) => Selected::Text(text),
        Select::Given(Some(Given::Switch(is_on))) => Selected::Switch(*is_on),
        Select::Given(Some(Given::PayloadStream)) => Selected::Payload(&invocation.payload),
        Select::Given(Some(Given::ClientContextBase64)) => {
            let sent = invocation
                .client_context
                .as_ref()
                .and_then(|header| header.to_str().ok());
            sent.map_or(Selected::Nothing, Selected::Text)
        }
    }
}

fn property_of(answer: &Answer, property: Property) -> Selected<'_> {
    match property {
        Property::DurableExecutionArn => optional(answer.durable_execution_arn.as_deref()),
        Property::ExecutedVersion => optional(answer.executed_version.as_deref()),
        Property::FunctionError => optional(answer.function_error.as_deref()),
        Property::LogResult => answer
            .log_result
            .as_deref()
            .map_or(Selected::Nothing, Selected::Log),
        Property::Payload => Selected::Payload(&answer.payload),
        Property::StatusCode => Selected::Number(answer.status.as_u16().into()),
    }
}

fn length_of(value: &Selected<'_>) -> Selected<'static> {
    if let Selected::Payload(bytes) = value {
        return Selected::Number(bytes.len() as u64);
    }
    match value.plain().encode_utf16().count() {
        // What is null has no length either; no header of ours is an empty text.
        0 => Selected::Nothing,
        // .NET counts UTF-16 units.
        units => Selected::Number(units as u64),
    }
}

fn optional(text: Option<&str>) -> Selected<'_> {
    text.map_or(Selected::Nothing, Selected::Text)
}

/// An answer as one JSON object; the keys are the properties of the .NET object.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Record<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    durable_execution_arn: Option<&'a str>,
    executed_version: Option<&'a str>,
    function_error: Option<&'a str>,
    log_result: Option<&'a str>,
    payload: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_base64: Option<String>,
    status_code: u16,
    response_metadata: ResponseMetadata<'a>,
    content_length: u64,
    http_status_code: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ResponseMetadata<'a> {
    request_id: Option<&'a str>,
}

impl<'a> Record<'a> {
    fn of(answer: &'a Answer) -> Self {
        let payload = std::str::from_utf8(&answer.payload).ok();
        Self {
            durable_execution_arn: answer.durable_execution_arn.as_deref(),
            executed_version: answer.executed_version.as_deref(),
            function_error: answer.function_error.as_deref(),
            log_result: answer.log_result.as_deref(),
            payload,
            payload_base64: payload.is_none().then(|| STANDARD.encode(&answer.payload)),
            status_code: answer.status.as_u16(),
            response_metadata: ResponseMetadata {
                request_id: answer.request_id.as_deref(),
            },
            content_length: answer.content_length,
            http_status_code: http_status_name(answer),
        }
    }
}

/// The name of the status in .NET's `HttpStatusCode`: OK, Accepted, `NoContent`.
fn http_status_name(answer: &Answer) -> String {
    match answer.status.canonical_reason() {
        Some(reason) => reason
            .chars()
            .filter(|letter| letter.is_alphanumeric())
            .collect(),
        None => answer.status.as_u16().to_string(),
    }
}

fn json_line(value: &impl Serialize) -> Vec<u8> {
    // Strings, numbers and nulls always serialise.
    let mut bytes = serde_json::to_vec(value).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn line(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    if !bytes.is_empty() && !bytes.ends_with(b"\n") {
        bytes.push(b'\n');
    }
    bytes
}

/// The answer as PowerShell's `Format-List` shows it.
fn list(answer: &Answer, paint: Paint) -> String {
    let record = Record::of(answer);
    let metadata = match record.response_metadata.request_id {
        Some(id) => format!("@{{RequestId={}}}", printable(id.as_bytes())),
        None => String::new(),
    };
    let text = |value: Option<&str>| printable(value.unwrap_or_default().as_bytes());
    let function_error = text(record.function_error);
    let function_error = match function_error.as_str() {
        "" => function_error,
        error => paint.paint(AnsiColor::Red, error),
    };
    let durable = record
        .durable_execution_arn
        .map(|arn| ("DurableExecutionArn", text(Some(arn))));
    let rows: Vec<_> = durable
        .into_iter()
        .chain([
            ("ExecutedVersion", text(record.executed_version)),
            ("FunctionError", function_error),
            (
                "LogResult",
                readable_log(record.log_result.unwrap_or_default()),
            ),
            ("Payload", printable(&answer.payload)),
            ("StatusCode", record.status_code.to_string()),
            ("ResponseMetadata", metadata),
            ("ContentLength", record.content_length.to_string()),
            ("HttpStatusCode", record.http_status_code.clone()),
        ])
        .collect();
    let width = rows
        .iter()
        .map(|(name, _)| name.len())
        .max()
        .unwrap_or_default();
    let mut shown = String::new();
    for (name, value) in &rows {
        let head = paint.paint(AnsiColor::Green, &format!("{name:width$} :"));
        let indent = format!("\n{:indent$}", "", indent = width + 3);
        let value = value.trim_end_matches('\n').replace('\n', &indent);
        let gap = if value.is_empty() { "" } else { " " };
        writeln!(shown, "{head}{gap}{value}").ok();
    }
    shown
}

fn readable_log(base64: &str) -> String {
    match STANDARD.decode(base64) {
        Ok(log) => printable(&log),
        Err(_) => printable(base64.as_bytes()),
    }
}

/// Text that is safe to show: line breaks and tabs stay, other control characters, characters that
/// reorder text, and bytes that are no text become visible escapes.
pub(crate) fn printable(bytes: &[u8]) -> String {
    let mut shown = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for letter in chunk.valid().chars() {
            if matches!(letter, '\n' | '\t') || !(letter.is_control() || reorders(letter)) {
                shown.push(letter);
            } else {
                write!(shown, "\\u{:04x}", u32::from(letter)).ok();
            }
        }
        for byte in chunk.invalid() {
            write!(shown, "\\x{byte:02x}").ok();
        }
    }
    shown
}

const fn reorders(letter: char) -> bool {
    matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;
    use crate::binder::bind;

    const PLAIN: Paint = Paint { is_on: false };

    fn an_answer(payload: &[u8]) -> Answer {
        Answer {
            status: StatusCode::OK,
            executed_version: Some("$LATEST".to_owned()),
            function_error: None,
            log_result: Some(STANDARD.encode("START\r\nEND\n")),
            request_id: Some("r-1".to_owned()),
            durable_execution_arn: None,
            payload: Bytes::copy_from_slice(payload),
            content_length: payload.len() as u64,
        }
    }

    fn rendered(answer: &Answer, select: &str, format: Format) -> String {
        let bound =
            bind(&["f", "-Select", select, "-ClientContextB", "x"].map(str::to_owned)).unwrap();
        let invocation = Invocation::from_bound(&bound).unwrap();
        let select = Select::from_bound(&bound).unwrap();
        let bytes = render(answer, &invocation, &select, format, PLAIN);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_person_gets_powershells_list() {
        assert_eq!(
            rendered(&an_answer(b"{\"a\":1}"), "*", Format::List),
            "ExecutedVersion  : $LATEST\n\
             FunctionError    :\n\
             LogResult        : START\\u000d\n                   END\n\
             Payload          : {\"a\":1}\n\
             StatusCode       : 200\n\
             ResponseMetadata : @{RequestId=r-1}\n\
             ContentLength    : 7\n\
             HttpStatusCode   : OK\n"
        );
    }

    #[test]
    fn a_pipe_gets_one_json_object_in_declared_order() {
        assert_eq!(
            rendered(&an_answer(b"\"x\""), "*", Format::Pipe),
            "{\"ExecutedVersion\":\"$LATEST\",\"FunctionError\":null,\"LogResult\":\"U1RBUlQNCkVORAo=\",\
             \"Payload\":\"\\\"x\\\"\",\"StatusCode\":200,\"ResponseMetadata\":{\"RequestId\":\"r-1\"},\
             \"ContentLength\":3,\"HttpStatusCode\":\"OK\"}\n"
        );
    }

    #[test]
    fn a_payload_that_is_no_text_is_base64_in_json() {
        let answer = an_answer(&[0xff, 0]);
        let record: Value = serde_json::from_str(&rendered(&answer, "*", Format::Json)).unwrap();

        assert_eq!(record["Payload"], Value::Null);
        assert_eq!(record["PayloadBase64"], "/wA=");
    }

    #[test]
    fn a_selected_payload_is_exact_in_a_pipe_and_a_line_for_a_person() {
        let answer = an_answer(b"{}");

        assert_eq!(rendered(&answer, "Payload", Format::Pipe), "{}");
        assert_eq!(rendered(&answer, "Payload", Format::Raw), "{}");
        assert_eq!(rendered(&answer, "Payload", Format::List), "{}\n");
        assert_eq!(rendered(&answer, "Payload", Format::Json), "\"{}\"\n");
        assert_eq!(rendered(&answer, "*", Format::Raw), "{}");
        assert_eq!(rendered(&answer, "*", Format::Text), "{}\n");
    }

    #[test]
    fn other_values_are_one_line_in_a_pipe() {
        let answer = an_answer(b"{}");

        assert_eq!(rendered(&answer, "StatusCode", Format::Pipe), "200\n");
        assert_eq!(rendered(&answer, "ExecutedVersion", Format::Raw), "$LATEST");
        assert_eq!(
            rendered(&answer, "LogResult", Format::Pipe),
            "U1RBUlQNCkVORAo=\n"
        );
        assert_eq!(rendered(&answer, "LogResult.Length", Format::Pipe), "16\n");
        assert_eq!(rendered(&answer, "Payload.Length", Format::Json), "2\n");
        assert_eq!(rendered(&answer, "^Force", Format::Pipe), "False\n");
        assert_eq!(
            rendered(&answer, "^ClientContextBase64", Format::Pipe),
            "eA==\n"
        );
    }

    #[test]
    fn what_is_null_prints_nothing() {
        let answer = an_answer(b"{}");

        for select in ["FunctionError", "FunctionError.Length", "^Payload"] {
            assert_eq!(rendered(&answer, select, Format::Pipe), "", "{select}");
            assert_eq!(rendered(&answer, select, Format::Json), "", "{select}");
        }
    }

    #[test]
    fn nothing_shown_to_a_person_can_drive_the_terminal() {
        let shown = printable(b"a\x1b[2J\x07\xc2\x9b\xff\ttab\n\xe2\x80\xaeend");

        assert_eq!(shown, "a\\u001b[2J\\u0007\\u009b\\xff\ttab\n\\u202eend");
    }

    #[test]
    fn a_failed_function_is_warned_about_in_its_own_words() {
        let mut answer = an_answer(br#"{"errorMessage":"no","errorType":"Oops"}"#);
        assert_eq!(function_error_warning(&answer), None);

        answer.function_error = Some("Unhandled".to_owned());

        assert_eq!(
            function_error_warning(&answer).as_deref(),
            Some("the function failed (Unhandled): Oops: no")
        );
    }

    #[test]
    fn the_format_follows_the_reader_unless_it_is_named() {
        assert_eq!(Format::from_option(None, true), Format::List);
        assert_eq!(Format::from_option(Some("auto"), false), Format::Pipe);
        assert_eq!(Format::from_option(Some("json"), true), Format::Json);
    }

    #[test]
    fn colours_are_only_there_when_they_are_on() {
        let painted = list(&an_answer(b"1"), Paint { is_on: true });

        assert!(painted.contains("\u{1b}[32m"));
        assert!(!list(&an_answer(b"1"), PLAIN).contains('\u{1b}'));
    }
}
