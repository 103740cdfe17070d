//! Links to a function's package that work for ten minutes without a signature of AWS's.
//!
//! `GetFunction` gives one out, as AWS gives a presigned URL of S3. A link names the package and
//! its expiry and carries an HMAC over both, made with a key that lives as long as this process.

use std::fmt::Write as _;

use domain::limits::CODE_LINK_TTL;
use domain::time::Moment;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use uuid::Uuid;

/// The path below which packages are served; it belongs to no operation of Lambda.
pub(crate) const PACKAGES_PATH: &str = "/_invoked/packages/";

/// Makes links and recognises its own.
pub(crate) struct Links {
    key: Hmac<Sha256>,
}

/// Why a link opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LinkError {
    #[error("the link is not one of this server's")]
    Forged,
    #[error("the link has expired")]
    Expired,
}

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Links")
    }
}

impl Links {
    /// A new key: links made before no longer open anything.
    pub(crate) fn new(seed: [Uuid; 4]) -> Self {
        let mut key = [0; 64];
        for (part, random) in key.chunks_exact_mut(16).zip(seed) {
            part.copy_from_slice(random.as_bytes());
        }
        Self {
            key: Hmac::new(&key.into()),
        }
    }

    /// The path and query under which the package can be had from `now` on.
    pub(crate) fn make(&self, sha256: &str, now: Moment) -> String {
        let expires = (now + CODE_LINK_TTL).as_millis() / 1_000;
        let signature = to_hex(&self.mac(sha256, expires).finalize().into_bytes());
        format!("{PACKAGES_PATH}{sha256}?expires={expires}&signature={signature}")
    }

    /// The digest of the package that a link opens. `path` begins with [`PACKAGES_PATH`].
    pub(crate) fn open<'a>(
        &self,
        path: &'a str,
        query: &str,
        now: Moment,
    ) -> Result<&'a str, LinkError> {
        let sha256 = path.strip_prefix(PACKAGES_PATH).ok_or(LinkError::Forged)?;
        let value = |name: &str| {
            query
                .split('&')
                .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
                .ok_or(LinkError::Forged)
        };
        let expires: u64 = value("expires")?.parse().map_err(|_| LinkError::Forged)?;
        let signature = from_hex(value("signature")?).ok_or(LinkError::Forged)?;
        // Compared in constant time.
        self.mac(sha256, expires)
            .verify_slice(&signature)
            .map_err(|_| LinkError::Forged)?;
        if now.as_millis() / 1_000 > expires {
            return Err(LinkError::Expired);
        }
        Ok(sha256)
    }

    fn mac(&self, sha256: &str, expires: u64) -> Hmac<Sha256> {
        let mut mac = self.key.clone();
        mac.update(sha256.as_bytes());
        mac.update(b"\n");
        mac.update(expires.to_string().as_bytes());
        mac
    }
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a `String` cannot fail.
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    text.as_bytes()
        .chunks_exact(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: Moment = Moment::from_millis(1_700_000_000_500);
    const SHA256: &str = "0a1b";

    fn links(seed: u128) -> Links {
        Links::new([Uuid::from_u128(seed); 4])
    }

    fn open(links: &Links, link: &str, now: Moment) -> Result<String, LinkError> {
        let (path, query) = link.split_once('?').unwrap();
        links.open(path, query, now).map(str::to_owned)
    }

    #[test]
    fn a_link_opens_its_package_for_ten_minutes() {
        let link = links(1).make(SHA256, NOW);

        let last = NOW + Duration::from_mins(10);
        let later = NOW + Duration::from_secs(601);
        assert_eq!(open(&links(1), &link, NOW), Ok(SHA256.to_owned()));
        assert_eq!(open(&links(1), &link, last), Ok(SHA256.to_owned()));
        assert_eq!(open(&links(1), &link, later), Err(LinkError::Expired));
    }

    #[test]
    fn a_link_that_was_tampered_with_opens_nothing() {
        let link = links(1).make(SHA256, NOW);
        for forged in [
            link.replace(SHA256, "0a1c"),
            link.replace("expires=17", "expires=18"),
            link.replace("signature=", "signature=00"),
            link.replace("signature=", "signature=\u{e9}"),
            link.replace("signature", "sig"),
            format!("{PACKAGES_PATH}{SHA256}?"),
        ] {
            assert_eq!(
                open(&links(1), &forged, NOW),
                Err(LinkError::Forged),
                "{forged}"
            );
        }
        assert_eq!(open(&links(2), &link, NOW), Err(LinkError::Forged));
    }
}
