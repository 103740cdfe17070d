//! The server's half of Digest authentication (RFC 7616).

use md5::{Digest as _, Md5};
use sha2::Sha256;

use crate::message::{hexadecimal, parameters};
use crate::{Account, DigestAlgorithm};

const REALM: &str = "corp.example.com";

/// What the server asks with.
pub(crate) fn challenge(algorithm: DigestAlgorithm, nonce: &str, is_stale: bool) -> String {
    let stale = if is_stale { ", stale=true" } else { "" };
    format!(
        r#"Digest qop="auth", realm="{REALM}", nonce="{nonce}", opaque="op,aque", algorithm={}{stale}"#,
        name(algorithm)
    )
}

/// Checks an `Authorization`.
pub(crate) fn check(
    authorization: &str,
    account: &Account,
    algorithm: DigestAlgorithm,
    path_and_query: &str,
) -> Result<(), &'static str> {
    let given = authorization
        .strip_prefix("Digest ")
        .ok_or("another scheme")?;
    let given = parameters(given);
    let value = |name: &str| {
        given
            .iter()
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value.as_str())
    };
    let user = format!("{}\\{}", account.domain, account.user_name);
    for (name, expected) in [
        ("username", user.as_str()),
        ("realm", REALM),
        ("opaque", "op,aque"),
        ("uri", path_and_query),
        ("qop", "auth"),
        ("nc", "00000001"),
        ("algorithm", self::name(algorithm)),
    ] {
        if value(name) != expected {
            return Err("a parameter is not what it should be");
        }
    }

    let hash = |text: String| match algorithm {
        DigestAlgorithm::Md5 | DigestAlgorithm::Md5Session => hexadecimal(&Md5::digest(text)),
        DigestAlgorithm::Sha256 => hexadecimal(&Sha256::digest(text)),
    };
    let (nonce, client_nonce) = (value("nonce"), value("cnonce"));
    let mut a1 = hash(format!("{user}:{REALM}:{}", account.password));
    if algorithm == DigestAlgorithm::Md5Session {
        a1 = hash(format!("{a1}:{nonce}:{client_nonce}"));
    }
    let a2 = hash(format!("GET:{path_and_query}"));
    let expected = hash(format!("{a1}:{nonce}:00000001:{client_nonce}:auth:{a2}"));
    if value("response") != expected {
        return Err("the response is wrong");
    }
    Ok(())
}

/// The nonce that an `Authorization` answers.
pub(crate) fn nonce(authorization: &str) -> Option<String> {
    parameters(authorization.strip_prefix("Digest ")?)
        .into_iter()
        .find(|(name, _)| name == "nonce")
        .map(|(_, nonce)| nonce)
}

fn name(algorithm: DigestAlgorithm) -> &'static str {
    match algorithm {
        DigestAlgorithm::Md5 => "MD5",
        DigestAlgorithm::Md5Session => "MD5-sess",
        DigestAlgorithm::Sha256 => "SHA-256",
    }
}
