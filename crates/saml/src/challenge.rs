//! What a server asks for in `WWW-Authenticate` (RFC 9110, section 11.6.1).

use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;

/// One way to authenticate that a server offers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Challenge {
    pub(crate) scheme: String,
    /// NTLM's and Negotiate's message, base64.
    pub(crate) token: Option<String>,
    parameters: Vec<(String, String)>,
}

impl Challenge {
    /// All challenges, in the server's order. What cannot be read is passed over.
    pub(crate) fn read_all(headers: &HeaderMap) -> Vec<Self> {
        headers
            .get_all(WWW_AUTHENTICATE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(Self::parse_list)
            .collect()
    }

    pub(crate) fn is_of(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The comma separates challenges as well as the parameters of one: an element with a space behind its
    /// first word, or without an equals sign, begins a challenge.
    fn parse_list(list: &str) -> Vec<Self> {
        let mut challenges: Vec<Self> = Vec::new();
        for element in elements(list) {
            let (word, rest) = match element.split_once([' ', '\t']) {
                Some((word, rest)) => (word, rest.trim()),
                None => (element, ""),
            };
            if word.contains('=') || rest.starts_with('=') {
                if let (Some(challenge), Some(parameter)) =
                    (challenges.last_mut(), parameter(element))
                {
                    challenge.parameters.push(parameter);
                }
                continue;
            }
            let mut challenge = Self {
                scheme: word.to_owned(),
                ..Self::default()
            };
            match parameter(rest) {
                Some(parameter) => challenge.parameters.push(parameter),
                None if rest.is_empty() => {}
                None => challenge.token = Some(rest.to_owned()),
            }
            challenges.push(challenge);
        }
        challenges
    }
}

/// The names of what is offered, each once.
pub(crate) fn schemes(challenges: &[Challenge]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for challenge in challenges {
        if !names.iter().any(|known| challenge.is_of(known)) {
            names.push(&challenge.scheme);
        }
    }
    if names.is_empty() {
        return "nothing".to_owned();
    }
    names.join(", ")
}

/// Splits at commas outside quotes.
fn elements(list: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    let mut is_escaped = false;
    list.split(move |character| {
        if is_escaped {
            is_escaped = false;
            return false;
        }
        match character {
            '"' => is_quoted = !is_quoted,
            '\\' => is_escaped = is_quoted,
            _ => {}
        }
        character == ',' && !is_quoted
    })
    .map(str::trim)
    .filter(|element| !element.is_empty())
}

/// `name=value` or `name="value"`. Base64 with its padding is not one.
fn parameter(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=')?;
    let value = value.trim_start();
    if value.trim_matches('=').is_empty() {
        return None;
    }
    let value = match value.strip_prefix('"') {
        Some(quoted) => unquoted(quoted),
        None => value.to_owned(),
    };
    Some((name.trim_end().to_owned(), value))
}

/// What stands before the closing quote.
fn unquoted(quoted: &str) -> String {
    let mut value = String::with_capacity(quoted.len());
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => break,
            '\\' => value.extend(characters.next()),
            _ => value.push(character),
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&'static str]) -> Vec<Challenge> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(WWW_AUTHENTICATE, value.parse().unwrap());
        }
        Challenge::read_all(&headers)
    }

    #[test]
    fn challenges_come_in_one_header_or_in_many() {
        for values in [
            &["Negotiate", "NTLM", r#"Basic realm="a, b""#][..],
            &[r#"Negotiate, NTLM, , Basic realm="a, b""#],
            &[r#"Negotiate, NTLM,Basic  realm = "a, b""#],
        ] {
            let challenges = read(values);

            assert_eq!(schemes(&challenges), "Negotiate, NTLM, Basic", "{values:?}");
            assert_eq!(challenges[2].parameter("REALM"), Some("a, b"));
        }
        assert_eq!(schemes(&read(&[])), "nothing");
        assert_eq!(schemes(&read(&["Digest a=b", "digest a=c"])), "Digest");
    }

    #[test]
    fn parameters_belong_to_the_challenge_before_them() {
        let challenges = read(&[
            r#"Digest realm="x\"y", qop="auth,auth-int", algorithm=MD5, nonce="n=", stale=TRUE, NTLM"#,
        ]);

        let digest = &challenges[0];
        assert_eq!(digest.parameter("realm"), Some("x\"y"));
        assert_eq!(digest.parameter("qop"), Some("auth,auth-int"));
        assert_eq!(digest.parameter("algorithm"), Some("MD5"));
        assert_eq!(digest.parameter("nonce"), Some("n="));
        assert_eq!(digest.parameter("opaque"), None);
        assert_eq!(challenges[1].scheme, "NTLM");
    }

    #[test]
    fn a_token_keeps_its_padding() {
        for token in ["TlRM", "TlRMTQ==", "TlRMTVM="] {
            let value = format!("NTLM {token}");
            let mut headers = HeaderMap::new();
            headers.insert(WWW_AUTHENTICATE, value.parse().unwrap());

            let challenges = Challenge::read_all(&headers);

            assert_eq!(challenges[0].token.as_deref(), Some(token));
            assert_eq!(challenges.len(), 1);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_header_is_read(value in r#"(Digest |NTLM |qop=|[",=\\ a-z]){0,40}"#) {
            for challenge in Challenge::parse_list(&value) {
                proptest::prop_assert!(!challenge.scheme.is_empty());
            }
        }
    }

    #[test]
    fn garbage_is_passed_over() {
        assert_eq!(read(&["", ",,,", "=", "a=b", "\"", "\\"]).len(), 2);
    }
}
