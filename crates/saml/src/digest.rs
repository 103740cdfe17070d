//! Digest authentication (RFC 7616, and RFC 2069 for servers without a quality of protection).

use std::fmt::Write as _;

use md5::Md5;
use sha2::{Digest, Sha256};

use crate::challenge::Challenge;
use crate::credential::NetworkCredential;

/// What a response is made for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    /// Path and query.
    pub(crate) uri: &'a str,
    /// The client's random part, quotable.
    pub(crate) nonce: &'a str,
}

#[derive(Debug, Clone, Copy)]
enum Hash {
    Md5,
    Sha256,
}

impl Hash {
    fn of(self, text: &str) -> String {
        match self {
            Self::Md5 => hexadecimal(&Md5::digest(text)),
            Self::Sha256 => hexadecimal(&Sha256::digest(text)),
        }
    }
}

/// The hash, and whether it is computed over a key of this session (`-sess`).
struct Algorithm {
    hash: Hash,
    is_session: bool,
}

impl Algorithm {
    fn of(challenge: &Challenge) -> Option<Self> {
        let name = challenge.parameter("algorithm").unwrap_or("MD5");
        let (name, is_session) = match name
            .len()
            .checked_sub(5)
            .map(|at| name.split_at_checked(at))
        {
            Some(Some((hash, suffix))) if suffix.eq_ignore_ascii_case("-sess") => (hash, true),
            _ => (name, false),
        };
        let hash = match name.to_ascii_uppercase().as_str() {
            "MD5" => Hash::Md5,
            "SHA-256" => Hash::Sha256,
            _ => return None,
        };
        Some(Self { hash, is_session })
    }
}

/// Whether this challenge can be answered here. RFC 7616: a client takes the first that it can.
pub(crate) fn is_supported(challenge: &Challenge) -> bool {
    Algorithm::of(challenge).is_some()
        && challenge.parameter("nonce").is_some()
        && challenge.parameter("realm").is_some()
        && challenge.parameter("qop").is_none_or(offers_auth)
}

/// Whether the server knows user and password to be right, and only wants a newer nonce.
pub(crate) fn is_stale(challenge: &Challenge) -> bool {
    challenge
        .parameter("stale")
        .is_some_and(|stale| stale.eq_ignore_ascii_case("true"))
}

/// The value of `Authorization`, or nothing if the challenge is not supported.
pub(crate) fn authorization(
    challenge: &Challenge,
    credential: &NetworkCredential,
    request: Request<'_>,
) -> Option<String> {
    let Algorithm { hash, is_session } = Algorithm::of(challenge)?;
    let realm = challenge.parameter("realm")?;
    let nonce = challenge.parameter("nonce")?;
    let user = credential.user();
    let Request {
        method,
        uri,
        nonce: ours,
    } = request;

    let mut secret = hash.of(&format!("{user}:{realm}:{}", credential.password()));
    if is_session {
        secret = hash.of(&format!("{secret}:{nonce}:{ours}"));
    }
    let subject = hash.of(&format!("{method}:{uri}"));
    let is_auth = challenge.parameter("qop").is_some_and(offers_auth);
    let response = if is_auth {
        hash.of(&format!("{secret}:{nonce}:00000001:{ours}:auth:{subject}"))
    } else {
        hash.of(&format!("{secret}:{nonce}:{subject}"))
    };

    let is_user_hashed = challenge
        .parameter("userhash")
        .is_some_and(|userhash| userhash.eq_ignore_ascii_case("true"));
    let shown_user = if is_user_hashed {
        hash.of(&format!("{user}:{realm}"))
    } else {
        user
    };
    let mut value = format!(
        "Digest username={}, realm={}, nonce={}, uri={}, response=\"{response}\"",
        quoted(&shown_user),
        quoted(realm),
        quoted(nonce),
        quoted(uri),
    );
    if let Some(algorithm) = challenge.parameter("algorithm") {
        value.push_str(", algorithm=");
        value.push_str(algorithm);
    }
    if let Some(opaque) = challenge.parameter("opaque") {
        value.push_str(", opaque=");
        value.push_str(&quoted(opaque));
    }
    if is_auth {
        value.push_str(", qop=auth, nc=00000001");
    }
    if is_auth || is_session {
        value.push_str(", cnonce=");
        value.push_str(&quoted(ours));
    }
    if is_user_hashed {
        value.push_str(", userhash=true");
    }
    Some(value)
}

fn offers_auth(qualities: &str) -> bool {
    qualities
        .split(',')
        .any(|quality| quality.trim().eq_ignore_ascii_case("auth"))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        write!(text, "{byte:02x}").ok();
        text
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use http::header::WWW_AUTHENTICATE;

    use super::*;

    fn challenge(value: &str) -> Challenge {
        let mut headers = HeaderMap::new();
        headers.insert(WWW_AUTHENTICATE, value.parse().unwrap());
        Challenge::read_all(&headers).remove(0)
    }

    fn mufasa(password: &str) -> NetworkCredential {
        NetworkCredential::new("Mufasa", password.to_owned())
    }

    fn dir_index(nonce: &str) -> Request<'_> {
        Request {
            method: "GET",
            uri: "/dir/index.html",
            nonce,
        }
    }

    #[test]
    fn the_response_is_that_of_rfc_7616() {
        let nonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        for (algorithm, response) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            (
                "SHA-256",
                "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
            ),
        ] {
            let challenge = challenge(&format!(
                r#"Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#
            ));

            let value =
                authorization(&challenge, &mufasa("Circle of Life"), dir_index(nonce)).unwrap();

            assert_eq!(
                value,
                format!(
                    r#"Digest username="Mufasa", realm="http-auth@example.org", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", uri="/dir/index.html", response="{response}", algorithm={algorithm}, opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS", qop=auth, nc=00000001, cnonce="{nonce}""#
                )
            );
        }
    }

    #[test]
    fn the_response_is_that_of_rfc_2617() {
        let challenge = challenge(
            r#"Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41""#,
        );

        let value =
            authorization(&challenge, &mufasa("Circle Of Life"), dir_index("0a4f113b")).unwrap();

        assert!(
            value.contains(r#"response="6629fae49393a05397450978507c4ef1""#),
            "{value}"
        );
    }

    #[test]
    fn a_server_without_quality_of_protection_gets_the_older_response() {
        // MD5 of "939e7578ed9e3c518a452acee763bce9:dcd98b7102dd2f0e8b11d0f600bfb0c093:39aff3a2bab6126f332b942af96d3366".
        let challenge = challenge(
            r#"Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093""#,
        );

        let value = authorization(&challenge, &mufasa("Circle Of Life"), dir_index("x")).unwrap();

        assert!(
            value.ends_with(r#"response="670fd8c2df070c60b045671b8b24ff02""#),
            "{value}"
        );
    }

    #[test]
    fn only_what_can_be_answered_is_supported() {
        assert!(is_supported(&challenge(r#"Digest realm="r", nonce="n""#)));
        assert!(is_supported(&challenge(
            r#"Digest realm="r", nonce="n", algorithm=md5-SESS, qop=auth"#
        )));
        for unsupported in [
            r#"Digest realm="r", nonce="n", algorithm=SHA-512-256"#,
            r#"Digest realm="r", nonce="n", qop="auth-int""#,
            r#"Digest realm="r""#,
            r#"Digest nonce="n""#,
        ] {
            assert!(!is_supported(&challenge(unsupported)), "{unsupported}");
        }
    }

    #[test]
    fn a_domains_backslash_is_escaped_in_the_header() {
        let credential = NetworkCredential::new(r"CORP\alice", "secret".to_owned());

        let value = authorization(
            &challenge(r#"Digest realm="r", nonce="n""#),
            &credential,
            dir_index("x"),
        )
        .unwrap();

        assert!(
            value.starts_with(r#"Digest username="CORP\\alice", "#),
            "{value}"
        );
    }
}
