//! What ties a sign-in to the TLS connection it runs over: `tls-server-end-point` (RFC 5929, section 4).
//!
//! Windows calls it extended protection. A server that knows it refuses a sign-in which was relayed by
//! somebody else's server, and one set to *Require* refuses a client that does not send it.

use sha2::{Digest as _, Sha256, Sha384, Sha512};

const PREFIX: &[u8] = b"tls-server-end-point:";

/// What an object identifier of a signature says of its hash; DER without tag and length.
const SHA256_SIGNATURES: &[&[u8]] = &[
    // RSA with MD5 and SHA-1, ECDSA with SHA-1: RFC 5929 replaces both hashes by SHA-256.
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x04],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05],
    &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b],
    &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
];
const SHA384_SIGNATURES: &[&[u8]] = &[
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c],
    &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03],
];
const SHA512_SIGNATURES: &[&[u8]] = &[
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d],
    &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04],
];

const SEQUENCE: u8 = 0x30;
const OBJECT_IDENTIFIER: u8 = 0x06;

/// The binding to a server's certificate, or nothing where RFC 5929 defines none: signatures that do not
/// name one hash, such as RSA-PSS and Ed25519.
pub(crate) fn server_end_point(certificate: &[u8]) -> Option<Vec<u8>> {
    let algorithm = signature_algorithm(certificate)?;
    let mut binding = PREFIX.to_vec();
    if SHA256_SIGNATURES.contains(&algorithm) {
        binding.extend(Sha256::digest(certificate));
    } else if SHA384_SIGNATURES.contains(&algorithm) {
        binding.extend(Sha384::digest(certificate));
    } else if SHA512_SIGNATURES.contains(&algorithm) {
        binding.extend(Sha512::digest(certificate));
    } else {
        return None;
    }
    Some(binding)
}

/// RFC 5280: `Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { algorithm, … }, … }`.
fn signature_algorithm(certificate: &[u8]) -> Option<&[u8]> {
    let (fields, _) = element(certificate, SEQUENCE)?;
    let (_, after_body) = element(fields, SEQUENCE)?;
    let (algorithm, _) = element(after_body, SEQUENCE)?;
    let (identifier, _) = element(algorithm, OBJECT_IDENTIFIER)?;
    Some(identifier)
}

/// The contents of a DER element with this tag, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        // A certificate is shorter than 16 MB.
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length = digits
                .iter()
                .fold(0, |length, &digit| length << 8 | usize::from(digit));
            (length, rest)
        }
        _ => return None,
    };
    (found == tag).then(|| rest.split_at_checked(length))?
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A certificate's outline with the given algorithm.
    fn certificate(algorithm: &[u8]) -> Vec<u8> {
        fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
            let length = u16::try_from(contents.len()).unwrap().to_be_bytes();
            [&[tag, 0x82][..], &length, contents].concat()
        }
        let body = element(SEQUENCE, &[7; 300]);
        let algorithm = element(SEQUENCE, &element(OBJECT_IDENTIFIER, algorithm));
        element(SEQUENCE, &[body, algorithm, element(0x03, &[1])].concat())
    }

    #[test]
    fn the_hash_is_the_signatures_and_at_least_sha_256() {
        for (algorithms, length) in [
            (SHA256_SIGNATURES, 32),
            (SHA384_SIGNATURES, 48),
            (SHA512_SIGNATURES, 64),
        ] {
            for algorithm in algorithms {
                let binding = server_end_point(&certificate(algorithm)).unwrap();

                assert_eq!(binding.len(), PREFIX.len() + length);
                assert!(binding.starts_with(PREFIX));
            }
        }
    }

    #[test]
    fn a_signature_without_one_hash_binds_nothing() {
        let ed25519 = certificate(&[0x2b, 0x65, 0x70]);

        assert_eq!(server_end_point(&ed25519), None);
    }

    #[test]
    fn what_is_no_certificate_binds_nothing() {
        let whole = certificate(SHA256_SIGNATURES[3]);
        for length in 0..330 {
            assert_eq!(server_end_point(&whole[..length]), None, "{length}");
        }
        for garbage in [
            &[0x30, 0x80, 0, 0][..],
            &[0x30, 0x84, 1, 1, 1, 1],
            &[0x31, 0],
        ] {
            assert_eq!(server_end_point(garbage), None);
        }
    }
}
