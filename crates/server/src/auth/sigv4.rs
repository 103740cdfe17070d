//! The form of AWS Signature Version 4, in the `Authorization` header or in the query.

use http::header::{AUTHORIZATION, DATE, HeaderMap};
use http::request::Parts;
use percent_encoding::percent_decode_str;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const TERMINATOR: &str = "aws4_request";
const DATE_HEADER: &str = "x-amz-date";

/// Hexadecimal digits of an HMAC-SHA256.
const SIGNATURE_LEN: usize = 64;

/// Why a request's signature is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SignatureError {
    #[error("the request is not signed")]
    Missing,
    #[error("the request is signed with `{algorithm}`")]
    Algorithm { algorithm: String },
    /// What is missing or malformed, one sentence each, in AWS's words.
    #[error("{problems}")]
    Malformed { problems: String },
}

/// The parts of a signature, wherever they stood.
#[derive(Debug, Default)]
struct Signature<'a> {
    credential: Option<&'a str>,
    signed_headers: Option<&'a str>,
    digest: Option<&'a str>,
    has_date: bool,
}

/// The access key that signed a request. Refuses one without a well-formed signature.
pub(crate) fn access_key(head: &Parts) -> Result<String, SignatureError> {
    if let Some(value) = head.headers.get(AUTHORIZATION) {
        let value = value.to_str().map_err(|_| SignatureError::Algorithm {
            algorithm: String::from_utf8_lossy(value.as_bytes()).into_owned(),
        })?;
        return check_header(value, &head.headers);
    }
    match head.uri.query() {
        Some(query) if query.contains("X-Amz-Algorithm=") => check_query(query),
        _ => Err(SignatureError::Missing),
    }
}

fn check_header(value: &str, headers: &HeaderMap) -> Result<String, SignatureError> {
    let (algorithm, rest) = value.split_once(' ').unwrap_or((value, ""));
    check_algorithm(algorithm)?;
    let mut found = Signature {
        has_date: headers.contains_key(DATE_HEADER) || headers.contains_key(DATE),
        ..Signature::default()
    };
    for part in rest.split(',') {
        match part.trim().split_once('=') {
            Some(("Credential", text)) => found.credential = Some(text),
            Some(("SignedHeaders", text)) => found.signed_headers = Some(text),
            Some(("Signature", text)) => found.digest = Some(text),
            _ => {}
        }
    }
    found.check(
        |part| format!("Authorization header requires '{part}' parameter."),
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
    )
}

fn check_query(query: &str) -> Result<String, SignatureError> {
    let value = |name: &str| {
        query.split('&').find_map(|pair| {
            let (key, value) = pair.split_once('=')?;
            (key == name).then(|| percent_decode_str(value).decode_utf8_lossy())
        })
    };
    check_algorithm(&value("X-Amz-Algorithm").unwrap_or_default())?;
    let credential = value("X-Amz-Credential");
    let signed_headers = value("X-Amz-SignedHeaders");
    let signature = value("X-Amz-Signature");
    let found = Signature {
        credential: credential.as_deref(),
        signed_headers: signed_headers.as_deref(),
        digest: signature.as_deref(),
        has_date: value("X-Amz-Date").is_some(),
    };
    found.check(
        |part| format!("AWS query-string parameters must include 'X-Amz-{part}'."),
        "AWS query-string parameters must include 'X-Amz-Date'.",
    )
}

fn check_algorithm(algorithm: &str) -> Result<(), SignatureError> {
    if algorithm == ALGORITHM {
        return Ok(());
    }
    Err(SignatureError::Algorithm {
        algorithm: algorithm.to_owned(),
    })
}

impl Signature<'_> {
    fn check(
        &self,
        missing: impl Fn(&str) -> String,
        missing_date: &str,
    ) -> Result<String, SignatureError> {
        let mut problems = Vec::new();
        match self.credential.filter(|text| !text.is_empty()) {
            None => problems.push(missing("Credential")),
            Some(credential) => problems.extend(scope_problem(credential)),
        }
        match self.digest.filter(|text| !text.is_empty()) {
            None => problems.push(missing("Signature")),
            Some(signature) if !is_signature(signature) => {
                problems.push(format!(
                    "'Signature' must be {SIGNATURE_LEN} hexadecimal digits, got '{signature}'."
                ));
            }
            Some(_) => {}
        }
        if self.signed_headers.is_none_or(str::is_empty) {
            problems.push(missing("SignedHeaders"));
        }
        if !self.has_date {
            problems.push(missing_date.to_owned());
        }
        if problems.is_empty() {
            let credential = self.credential.unwrap_or_default();
            let access_key = credential.split('/').next().unwrap_or_default();
            return Ok(access_key.to_owned());
        }
        Err(SignatureError::Malformed {
            problems: problems.join(" "),
        })
    }
}

fn is_signature(text: &str) -> bool {
    text.len() == SIGNATURE_LEN && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What is wrong with `KEY/DATE/REGION/SERVICE/aws4_request`.
fn scope_problem(credential: &str) -> Option<String> {
    let mut parts = credential.split('/');
    let scope = [(); 5].map(|()| parts.next().unwrap_or_default());
    if scope.iter().any(|part| part.is_empty()) || parts.next().is_some() {
        return Some(format!(
            "Credential must have exactly 5 slash-delimited elements, e.g. \
             keyid/date/region/service/term, got '{credential}'."
        ));
    }
    let [_, date, _, _, terminator] = scope;
    if date.len() != 8 || !date.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(format!(
            "Date in Credential scope must be in YYYYMMDD format, got '{date}'."
        ));
    }
    (terminator != TERMINATOR).then(|| {
        format!(
            "Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{terminator}'."
        )
    })
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    const SIGNATURE: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF";

    fn check(uri: &str, headers: &[(&str, &str)]) -> Result<String, SignatureError> {
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        access_key(&request.body(()).unwrap().into_parts().0)
    }

    fn check_authorization(value: &str) -> Result<String, SignatureError> {
        check(
            "/",
            &[("authorization", value), ("x-amz-date", "20261123T000000Z")],
        )
    }

    fn problems(outcome: Result<String, SignatureError>) -> String {
        match outcome {
            Err(SignatureError::Malformed { problems }) => problems,
            other => panic!("not malformed: {other:?}"),
        }
    }

    #[test]
    fn a_well_formed_signature_is_let_in_from_the_header_and_from_the_query() {
        let header = format!(
            "AWS4-HMAC-SHA256 Credential=AKID/20261123/us-east-1/lambda/aws4_request, \
             SignedHeaders=host;x-amz-date, Signature={SIGNATURE}"
        );
        let query = format!(
            "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20261123%2Fus-east-1%2Flambda\
             %2Faws4_request&X-Amz-Date=20261123T000000Z&X-Amz-SignedHeaders=host&X-Amz-Signature={SIGNATURE}"
        );

        assert_eq!(check_authorization(&header), Ok("AKID".to_owned()));
        assert_eq!(
            check_authorization(&header.replace(", ", ",")),
            Ok("AKID".to_owned())
        );
        assert_eq!(
            check("/", &[("authorization", &header), ("date", "x")]),
            Ok("AKID".to_owned())
        );
        assert_eq!(check(&query, &[]), Ok("AKID".to_owned()));
    }

    #[test]
    fn a_request_without_a_signature_is_told_so() {
        assert_eq!(check("/?Marker=x", &[]), Err(SignatureError::Missing));
    }

    #[test]
    fn another_algorithm_is_named() {
        for (value, algorithm) in [
            (
                "AWS4-ECDSA-P256-SHA256 Credential=x",
                "AWS4-ECDSA-P256-SHA256",
            ),
            ("Bearer token", "Bearer"),
            ("", ""),
        ] {
            let algorithm = algorithm.to_owned();
            assert_eq!(
                check_authorization(value),
                Err(SignatureError::Algorithm { algorithm })
            );
        }
    }

    #[test]
    fn every_missing_part_is_named() {
        assert_eq!(
            problems(check("/", &[("authorization", "AWS4-HMAC-SHA256")])),
            "Authorization header requires 'Credential' parameter. \
             Authorization header requires 'Signature' parameter. \
             Authorization header requires 'SignedHeaders' parameter. \
             Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        );
        assert_eq!(
            problems(check(
                "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=x",
                &[]
            )),
            "AWS query-string parameters must include 'X-Amz-Credential'. \
             AWS query-string parameters must include 'X-Amz-Signature'. \
             AWS query-string parameters must include 'X-Amz-SignedHeaders'."
        );
    }

    #[test]
    fn a_malformed_part_is_quoted() {
        for (credential, signature, text) in [
            (
                "AKID",
                SIGNATURE,
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'AKID'.",
            ),
            (
                "A/2026/r/s/aws4_request",
                SIGNATURE,
                "Date in Credential scope must be in YYYYMMDD format, got '2026'.",
            ),
            (
                "A/20261123/r/s/aws5",
                SIGNATURE,
                "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5'.",
            ),
            (
                "A/20261123/r/s/aws4_request",
                "zz",
                "'Signature' must be 64 hexadecimal digits, got 'zz'.",
            ),
        ] {
            let value = format!(
                "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature={signature}"
            );
            assert_eq!(problems(check_authorization(&value)), text);
        }
    }
}
