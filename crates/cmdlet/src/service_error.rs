//! An error of the service, read from the two spellings AWS uses.

use http::StatusCode;
use http::header::HeaderMap;
use serde_json::Value;

/// How much of a body that is no AWS error is repeated to the user.
const FOREIGN_BODY_CHARS_MAX: usize = 200;

/// The errors the model declares for Invoke: those have a type of their own in the .NET SDK, and every
/// other error is the service's general type there. model: operation `Invoke`, `errors`.
const DECLARED: [&str; 45] = [
    "CodeArtifactUserDeletedException",
    "CodeArtifactUserFailedException",
    "CodeArtifactUserPendingException",
    "DurableExecutionAlreadyStartedException",
    "EC2AccessDeniedException",
    "EC2ThrottledException",
    "EC2UnexpectedException",
    "EFSIOException",
    "EFSMountConnectivityException",
    "EFSMountFailureException",
    "EFSMountTimeoutException",
    "ENILimitReachedException",
    "ENINotReadyException",
    "InvalidParameterValueException",
    "InvalidRequestContentException",
    "InvalidRuntimeException",
    "InvalidSecurityGroupIDException",
    "InvalidSubnetIDException",
    "InvalidZipFileException",
    "KMSAccessDeniedException",
    "KMSDisabledException",
    "KMSInvalidStateException",
    "KMSNotFoundException",
    "ModeNotSupportedException",
    "NoPublishedVersionException",
    "RecursiveInvocationException",
    "RequestTooLargeException",
    "ResourceConflictException",
    "ResourceNotFoundException",
    "ResourceNotReadyException",
    "RuntimeAliasDeletedException",
    "RuntimeVersionDeletedException",
    "S3FilesMountConnectivityException",
    "S3FilesMountFailureException",
    "S3FilesMountTimeoutException",
    "SerializedRequestEntityTooLargeException",
    "ServiceException",
    "ServiceQuotaExceededException",
    "SnapStartException",
    "SnapStartNotReadyException",
    "SnapStartRegenerationFailureException",
    "SnapStartTimeoutException",
    "SubnetIPAddressLimitReachedException",
    "TooManyRequestsException",
    "UnsupportedMediaTypeException",
];

/// The service refused the call or failed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ServiceError {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) status: u16,
    pub(crate) request_id: Option<String>,
    /// What the user could do about it, when we can tell.
    hint: Option<&'static str>,
}

impl ServiceError {
    /// Reads what AWS says in `X-Amzn-ErrorType` and in `Message` or `message`, and what another server
    /// at this address may say instead.
    pub(crate) fn read(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let document: Option<Value> = serde_json::from_slice(body).ok();
        let field = |name: &str| {
            let value = document.as_ref()?.get(name)?.as_str()?;
            Some(value.to_owned()).filter(|text| !text.is_empty())
        };
        let code = header_text(headers, "x-amzn-errortype")
            .or_else(|| field("__type"))
            .or_else(|| field("code"))
            .map(|text| bare_code(&text).to_owned())
            .filter(|code| !code.is_empty());
        let message = field("Message").or_else(|| field("message"));
        Self {
            message: message.unwrap_or_else(|| foreign_message(status, body)),
            code: code.unwrap_or_else(|| "UnknownError".to_owned()),
            status: status.as_u16(),
            request_id: header_text(headers, "x-amzn-requestid"),
            hint: None,
        }
    }

    /// Adds what the payload that was sent tells about the error.
    pub(crate) fn with_hint_for(mut self, payload: &[u8]) -> Self {
        if self.code == "InvalidRequestContentException" {
            self.hint = payload_hint(payload);
        }
        self
    }

    /// The type an AWS cmdlet's error record names, without its namespace's general part.
    pub(crate) fn dotnet_type(&self) -> String {
        if DECLARED.binary_search(&self.code.as_str()).is_ok() {
            format!("Amazon.Lambda.Model.{}", self.code)
        } else {
            "Amazon.Lambda.AmazonLambdaException".to_owned()
        }
    }

    /// Whose fault it is, in the .NET SDK's words.
    pub(crate) const fn error_type(&self) -> &'static str {
        match self.status {
            400..=499 => "Sender",
            500..=599 => "Receiver",
            _ => "Unknown",
        }
    }
}

impl std::fmt::Display for ServiceError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{} ({}, status {}",
            self.message, self.code, self.status
        )?;
        if let Some(id) = &self.request_id {
            write!(formatter, ", request {id}")?;
        }
        formatter.write_str(")")?;
        match self.hint {
            Some(hint) => write!(formatter, "\n  {hint}"),
            None => Ok(()),
        }
    }
}

/// A header as text; `None` when it is absent or empty.
pub(crate) fn header_text(headers: &HeaderMap, name: &str) -> Option<String> {
    let bytes = headers.get(name)?.as_bytes();
    Some(String::from_utf8_lossy(bytes).into_owned()).filter(|text| !text.is_empty())
}

/// `namespace#Code:http://…` without what surrounds the code.
fn bare_code(text: &str) -> &str {
    let code = text.split_once(':').map_or(text, |(code, _)| code);
    code.rsplit_once('#').map_or(code, |(_, code)| code).trim()
}

fn foreign_message(status: StatusCode, body: &[u8]) -> String {
    let start: String = String::from_utf8_lossy(body)
        .trim()
        .chars()
        .take(FOREIGN_BODY_CHARS_MAX)
        .collect();
    if start.is_empty() {
        format!("the server answered {status} and said nothing else")
    } else {
        format!("the server answered {status}, and not as Lambda does: {start}")
    }
}

fn payload_hint(payload: &[u8]) -> Option<&'static str> {
    let text = std::str::from_utf8(payload).ok()?.trim();
    if serde_json::from_str::<Value>(text).is_ok() {
        return None;
    }
    if text.starts_with(['{', '[']) && !text.contains('"') {
        return Some(
            "The payload has no quotation marks: a shell took them away. Put it in single quotes, or in a file: -PayloadStream @FILE",
        );
    }
    if text.starts_with('@') || text.starts_with("file://") || text.starts_with("fileb://") {
        return Some(
            "-Payload is the text itself and never a path; -PayloadStream @FILE reads a file",
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(header: Option<&str>, body: &str) -> ServiceError {
        let mut headers = HeaderMap::new();
        if let Some(header) = header {
            headers.insert("x-amzn-errortype", header.parse().unwrap());
        }
        headers.insert("x-amzn-requestid", "r-1".parse().unwrap());
        ServiceError::read(StatusCode::NOT_FOUND, &headers, body.as_bytes())
    }

    #[test]
    fn the_declared_errors_are_sorted() {
        assert!(DECLARED.is_sorted());
    }

    #[test]
    fn both_spellings_of_the_message_are_read() {
        for body in [r#"{"Message":"gone"}"#, r#"{"message":"gone"}"#] {
            let error = error(Some("ResourceNotFoundException"), body);
            assert_eq!(
                error.to_string(),
                "gone (ResourceNotFoundException, status 404, request r-1)"
            );
        }
    }

    #[test]
    fn the_code_loses_what_surrounds_it() {
        for header in [
            "ResourceNotFoundException:http://internal.amazon.com/coral/",
            "com.amazon#ResourceNotFoundException",
            "ResourceNotFoundException",
        ] {
            assert_eq!(error(Some(header), "{}").code, "ResourceNotFoundException");
        }
        assert_eq!(error(None, r#"{"__type":"a#B"}"#).code, "B");
    }

    #[test]
    fn a_declared_error_has_its_own_type_and_others_the_general_one() {
        let declared = error(Some("ResourceNotFoundException"), "{}");
        assert_eq!(
            declared.dotnet_type(),
            "Amazon.Lambda.Model.ResourceNotFoundException"
        );

        let other = error(Some("AccessDeniedException"), "{}");
        assert_eq!(other.dotnet_type(), "Amazon.Lambda.AmazonLambdaException");
    }

    #[test]
    fn what_is_not_lambda_is_quoted() {
        let page = error(None, "<html>nginx</html>");

        assert_eq!(page.code, "UnknownError");
        assert!(page.message.contains("nginx"), "{}", page.message);
        assert!(error(None, "").message.contains("404"));
        assert!(error(None, &"x".repeat(5000)).message.len() < 300);
    }

    #[test]
    fn a_payload_without_quotation_marks_is_explained() {
        let hint = |payload: &str| {
            error(Some("InvalidRequestContentException"), "{}")
                .with_hint_for(payload.as_bytes())
                .hint
        };

        assert!(hint("{a:b}").is_some_and(|hint| hint.contains("shell")));
        assert!(hint("@event.json").is_some_and(|hint| hint.contains("-PayloadStream")));
        assert_eq!(hint(r#"{"a":"b"}"#), None);
        assert_eq!(hint(r#"{"a":"b""#), None);
    }
}
