//! NTLM's three messages (MS-NLMP), with its version 2 and nothing older.
//!
//! ```text
//! client                                     server
//!   │ NEGOTIATE: what we speak                 │
//!   ├─────────────────────────────────────────▶│
//!   │ CHALLENGE: eight random bytes, a target  │
//!   │◀─────────────────────────────────────────┤
//!   │ AUTHENTICATE: an HMAC under the password │
//!   ├─────────────────────────────────────────▶│
//! ```
//!
//! The answer is tied to the service's name, to the TLS connection and, where the server sends its time, to
//! the two messages before it, so that it is of no use to somebody who relays it. Signing and sealing of what
//! follows, which HTTP does not use, are not here.

use hmac::{Hmac, KeyInit as _, Mac as _};
use md4::Md4;
use md5::{Digest as _, Md5};

use crate::credential::NetworkCredential;

const SIGNATURE: &[u8; 8] = b"NTLMSSP\0";

// MS-NLMP 2.2.2.5, NEGOTIATE.
const UNICODE: u32 = 0x0000_0001;
const REQUEST_TARGET: u32 = 0x0000_0004;
const NTLM: u32 = 0x0000_0200;
const ALWAYS_SIGN: u32 = 0x0000_8000;
const EXTENDED_SESSION_SECURITY: u32 = 0x0008_0000;
const TARGET_INFO: u32 = 0x0080_0000;
const VERSION: u32 = 0x0200_0000;
const KEY_128: u32 = 0x2000_0000;
const KEY_56: u32 = 0x8000_0000;
const OURS: u32 = UNICODE
    | REQUEST_TARGET
    | NTLM
    | ALWAYS_SIGN
    | EXTENDED_SESSION_SECURITY
    | TARGET_INFO
    | VERSION
    | KEY_128
    | KEY_56;

/// Windows 10, build 17763, revision 15 of NTLM; MS-NLMP 2.2.2.10 wants it for debugging alone.
const OUR_VERSION: [u8; 8] = [10, 0, 0x63, 0x45, 0, 0, 0, 15];

/// MS-NLMP 2.2.2.1, `AV_PAIR`.
mod pair {
    pub(super) const END: u16 = 0;
    pub(super) const FLAGS: u16 = 6;
    pub(super) const TIMESTAMP: u16 = 7;
    pub(super) const TARGET_NAME: u16 = 9;
    pub(super) const CHANNEL_BINDINGS: u16 = 10;
}
/// In [`pair::FLAGS`]: the message carries an integrity code.
const HAS_INTEGRITY_CODE: u32 = 2;

const AUTHENTICATE_HEAD_BYTES: usize = 88;
const INTEGRITY_CODE_AT: usize = 72;
const TARGET_INFO_BYTES_MAX: usize = 16 * 1024;

/// A server's challenge that cannot be answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ChallengeError {
    #[error("the server's challenge is not an NTLM challenge")]
    Malformed,
    #[error("the server's challenge offers no Unicode")]
    NoUnicode,
    #[error("a name is too long for NTLM")]
    TooLong,
}

/// What varies from one sign-in to the next beside the credential.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Circumstances<'a> {
    /// Random.
    pub(crate) client_challenge: [u8; 8],
    /// In 100 ns since 1601, for servers that do not tell theirs.
    pub(crate) time: u64,
    /// `HTTP/host`.
    pub(crate) service: &'a str,
    /// `tls-server-end-point:` and a hash; nothing without TLS.
    pub(crate) channel_binding: Option<&'a [u8]>,
}

/// The first message. It names neither user nor machine.
pub(crate) fn negotiate() -> Vec<u8> {
    let mut message = SIGNATURE.to_vec();
    message.extend(1_u32.to_le_bytes());
    message.extend(OURS.to_le_bytes());
    // No domain and no workstation: two empty fields behind the head.
    for _ in 0..2 {
        message.extend([0, 0, 0, 0, 40, 0, 0, 0]);
    }
    message.extend(OUR_VERSION);
    message
}

/// The third message, which answers the server's challenge.
pub(crate) fn authenticate(
    negotiate: &[u8],
    challenge: &[u8],
    credential: &NetworkCredential,
    circumstances: Circumstances<'_>,
) -> Result<Vec<u8>, ChallengeError> {
    let parsed = Challenge::read(challenge)?;
    let domain = credential.domain().unwrap_or_default();
    let key = response_key(credential.user_name(), domain, credential.password());

    let has_target_info = !parsed.pairs.is_empty();
    let has_integrity_code = parsed.timestamp.is_some();
    let target_info = if has_target_info {
        our_target_info(&parsed, circumstances, has_integrity_code)?
    } else {
        Vec::new()
    };
    let blob = [
        &[1, 1, 0, 0, 0, 0, 0, 0][..],
        &parsed.timestamp.unwrap_or(circumstances.time.to_le_bytes()),
        &circumstances.client_challenge,
        &[0; 4],
        &target_info,
        &[0; 4],
    ]
    .concat();
    let proof = hmac_md5(&key, &[&parsed.nonce, &blob]);
    let nt_response = [&proof[..], &blob].concat();
    let lm_response = if has_integrity_code {
        // MS-NLMP 3.1.5.1.2: a server that sends its time wants no `LMv2` response.
        vec![0; 24]
    } else {
        let ours = circumstances.client_challenge;
        let proof = hmac_md5(&key, &[&parsed.nonce, &ours]);
        [&proof[..], &ours].concat()
    };

    let mut message = Authenticate {
        lm_response: &lm_response,
        nt_response: &nt_response,
        domain: &utf16(domain),
        user_name: &utf16(credential.user_name()),
        flags: OURS & parsed.flags,
    }
    .to_bytes()?;
    if has_integrity_code {
        let session_key = hmac_md5(&key, &[&proof]);
        let code = hmac_md5(&session_key, &[negotiate, challenge, &message]);
        message.splice(INTEGRITY_CODE_AT..AUTHENTICATE_HEAD_BYTES, code);
    }
    Ok(message)
}

/// The server's message, as far as it matters here.
#[derive(Debug)]
struct Challenge<'a> {
    flags: u32,
    nonce: [u8; 8],
    /// What the server says of itself, without the end mark.
    pairs: Vec<(u16, &'a [u8])>,
    timestamp: Option<[u8; 8]>,
}

impl<'a> Challenge<'a> {
    fn read(message: &'a [u8]) -> Result<Self, ChallengeError> {
        Self::parse(message)
            .ok_or(ChallengeError::Malformed)
            .and_then(|challenge| {
                if challenge.flags & UNICODE == 0 {
                    return Err(ChallengeError::NoUnicode);
                }
                Ok(challenge)
            })
    }

    fn parse(message: &'a [u8]) -> Option<Self> {
        if message.get(..8)? != SIGNATURE || u32_at(message, 8)? != 2 {
            return None;
        }
        let flags = u32_at(message, 20)?;
        let nonce = message.get(24..32)?.try_into().ok()?;
        let pairs = if flags & TARGET_INFO == 0 {
            Vec::new()
        } else {
            pairs(field_at(message, 40)?)?
        };
        let timestamp = match pairs.iter().find(|(id, _)| *id == pair::TIMESTAMP) {
            Some((_, value)) => Some((*value).try_into().ok()?),
            None => None,
        };
        Some(Self {
            flags,
            nonce,
            pairs,
            timestamp,
        })
    }
}

/// The contents of a field: its length, its capacity, and where it starts.
fn field_at(message: &[u8], at: usize) -> Option<&[u8]> {
    let length = usize::from(u16_at(message, at)?);
    let start = usize::try_from(u32_at(message, at + 4)?).ok()?;
    if length > TARGET_INFO_BYTES_MAX {
        return None;
    }
    message.get(start..start.checked_add(length)?)
}

fn pairs(mut rest: &[u8]) -> Option<Vec<(u16, &[u8])>> {
    let mut pairs = Vec::new();
    loop {
        let id = u16_at(rest, 0)?;
        let length = usize::from(u16_at(rest, 2)?);
        if id == pair::END {
            return Some(pairs);
        }
        pairs.push((id, rest.get(4..4 + length)?));
        rest = rest.get(4 + length..)?;
    }
}

/// What the server said of itself, and what we have to say of the connection.
fn our_target_info(
    challenge: &Challenge<'_>,
    circumstances: Circumstances<'_>,
    has_integrity_code: bool,
) -> Result<Vec<u8>, ChallengeError> {
    let mut info = Vec::new();
    let mut push = |id: u16, value: &[u8]| {
        let length = u16::try_from(value.len()).map_err(|_| ChallengeError::TooLong)?;
        info.extend(id.to_le_bytes());
        info.extend(length.to_le_bytes());
        info.extend(value);
        Ok(())
    };
    let mut flags = 0;
    for &(id, value) in &challenge.pairs {
        match id {
            pair::FLAGS => flags = u32_at(value, 0).unwrap_or_default(),
            pair::TARGET_NAME | pair::CHANNEL_BINDINGS => {}
            _ => push(id, value)?,
        }
    }
    if has_integrity_code {
        flags |= HAS_INTEGRITY_CODE;
    }
    if flags != 0 {
        push(pair::FLAGS, &flags.to_le_bytes())?;
    }
    push(pair::TARGET_NAME, &utf16(circumstances.service))?;
    let binding = circumstances
        .channel_binding
        .map_or([0; 16], channel_binding_hash);
    push(pair::CHANNEL_BINDINGS, &binding)?;
    push(pair::END, &[])?;
    Ok(info)
}

/// MD5 of RFC 2744's `gss_channel_bindings_struct` with nothing but application data.
fn channel_binding_hash(binding: &[u8]) -> [u8; 16] {
    let length = u32::try_from(binding.len()).unwrap_or(u32::MAX);
    Md5::new()
        .chain_update([0; 16])
        .chain_update(length.to_le_bytes())
        .chain_update(binding)
        .finalize()
        .into()
}

struct Authenticate<'a> {
    lm_response: &'a [u8],
    nt_response: &'a [u8],
    domain: &'a [u8],
    user_name: &'a [u8],
    flags: u32,
}

impl Authenticate<'_> {
    /// With zeros where the integrity code belongs.
    fn to_bytes(&self) -> Result<Vec<u8>, ChallengeError> {
        let mut head = SIGNATURE.to_vec();
        head.extend(3_u32.to_le_bytes());
        let mut payload: Vec<u8> = Vec::new();
        let workstation = &[];
        let session_key = &[];
        for field in [
            self.lm_response,
            self.nt_response,
            self.domain,
            self.user_name,
            workstation,
            session_key,
        ] {
            let length = u16::try_from(field.len()).map_err(|_| ChallengeError::TooLong)?;
            let start = u32::try_from(AUTHENTICATE_HEAD_BYTES + payload.len())
                .map_err(|_| ChallengeError::TooLong)?;
            head.extend(length.to_le_bytes());
            head.extend(length.to_le_bytes());
            head.extend(start.to_le_bytes());
            payload.extend(field);
        }
        head.extend(self.flags.to_le_bytes());
        head.extend(OUR_VERSION);
        head.extend([0; AUTHENTICATE_HEAD_BYTES - INTEGRITY_CODE_AT]);
        head.extend(payload);
        Ok(head)
    }
}

/// `NTOWFv2` (MS-NLMP 3.3.2). The domain counts as it is written, the user's name in capitals.
fn response_key(user_name: &str, domain: &str, password: &str) -> [u8; 16] {
    let key: [u8; 16] = Md4::digest(utf16(password)).into();
    hmac_md5(&key, &[&utf16(&capitals(user_name)), &utf16(domain)])
}

/// Windows capitalizes character by character: `ß` has no capital there.
fn capitals(text: &str) -> String {
    text.chars()
        .map(|character| {
            let mut capital = character.to_uppercase();
            match (capital.next(), capital.next()) {
                (Some(capital), None) => capital,
                _ => character,
            }
        })
        .collect()
}

fn hmac_md5(key: &[u8; 16], parts: &[&[u8]]) -> [u8; 16] {
    let mut block = [0; 64];
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    // A key that is padded to the hash's block is the same key, and always of the right length.
    let mut code = Hmac::<Md5>::new(&block.into());
    for part in parts {
        code.update(part);
    }
    code.finalize().into_bytes().into()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::hexadecimal;

    // MS-NLMP 4.2.1: the published example.
    const CLIENT_CHALLENGE: [u8; 8] = [0xaa; 8];
    const SERVER_CHALLENGE: [u8; 8] = [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef];

    fn user() -> NetworkCredential {
        NetworkCredential::new(r"Domain\User", "Password".to_owned())
    }

    fn circumstances() -> Circumstances<'static> {
        Circumstances {
            client_challenge: CLIENT_CHALLENGE,
            time: 0,
            service: "HTTP/adfs.example.com",
            channel_binding: None,
        }
    }

    fn challenge(flags: u32, target_info: &[u8]) -> Vec<u8> {
        let mut message = SIGNATURE.to_vec();
        message.extend(2_u32.to_le_bytes());
        message.extend([0; 8]);
        message.extend(flags.to_le_bytes());
        message.extend(SERVER_CHALLENGE);
        message.extend([0; 8]);
        let length = u16::try_from(target_info.len()).unwrap().to_le_bytes();
        message.extend([length, length].concat());
        message.extend(48_u32.to_le_bytes());
        message.extend(target_info);
        message
    }

    fn av_pair(id: u16, value: &[u8]) -> Vec<u8> {
        let length = u16::try_from(value.len()).unwrap().to_le_bytes();
        [&id.to_le_bytes()[..], &length, value].concat()
    }

    fn field(message: &[u8], at: usize) -> &[u8] {
        field_at(message, at).unwrap()
    }

    #[test]
    fn the_response_key_is_that_of_the_specification() {
        let key = response_key("User", "Domain", "Password");

        assert_eq!(hexadecimal(&key), "0c868a403bfd7a93a3001ef22ef02e3f");
    }

    #[test]
    fn the_proof_and_the_session_key_are_those_of_the_specification() {
        let key = response_key("User", "Domain", "Password");
        let info = [
            av_pair(2, &utf16("Domain")),
            av_pair(1, &utf16("Server")),
            av_pair(0, &[]),
        ]
        .concat();
        let blob = [
            &[1, 1, 0, 0, 0, 0, 0, 0][..],
            &[0; 8],
            &CLIENT_CHALLENGE,
            &[0; 4],
            &info,
            &[0; 4],
        ]
        .concat();

        let proof = hmac_md5(&key, &[&SERVER_CHALLENGE, &blob]);

        assert_eq!(hexadecimal(&proof), "68cd0ab851e51c96aabc927bebef6a1c");
        assert_eq!(
            hexadecimal(&hmac_md5(&key, &[&proof])),
            "8de40ccadbc14a82f15cb0ad0de95ca3"
        );
    }

    #[test]
    fn a_server_without_target_information_gets_the_lm_response_of_the_specification() {
        let challenge = challenge(UNICODE | NTLM, &[]);

        let message = authenticate(&negotiate(), &challenge, &user(), circumstances()).unwrap();

        assert_eq!(
            hexadecimal(field(&message, 12)),
            "86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa"
        );
        assert_eq!(field(&message, 28), utf16("Domain"));
        assert_eq!(field(&message, 36), utf16("User"));
        assert_eq!(u32_at(&message, 60), Some(UNICODE | NTLM));
        assert_eq!(message[INTEGRITY_CODE_AT..AUTHENTICATE_HEAD_BYTES], [0; 16]);
    }

    #[test]
    fn a_server_that_tells_its_time_gets_an_integrity_code() {
        let time = 7_u64.to_le_bytes();
        let info = [
            av_pair(2, &utf16("Domain")),
            av_pair(pair::TIMESTAMP, &time),
            av_pair(0, &[]),
        ]
        .concat();
        let challenge = challenge(UNICODE | NTLM | TARGET_INFO, &info);

        let message = authenticate(&negotiate(), &challenge, &user(), circumstances()).unwrap();

        assert_eq!(field(&message, 12), [0; 24]);
        let response = field(&message, 20);
        assert_eq!(response[24..32], time);
        let said = pairs(&response[44..]).unwrap();
        assert!(said.contains(&(pair::FLAGS, &2_u32.to_le_bytes()[..])));
        assert!(said.contains(&(pair::TARGET_NAME, &utf16("HTTP/adfs.example.com")[..])));
        assert!(said.contains(&(pair::CHANNEL_BINDINGS, &[0; 16][..])));
        assert_ne!(message[INTEGRITY_CODE_AT..AUTHENTICATE_HEAD_BYTES], [0; 16]);
    }

    #[test]
    fn a_challenge_that_is_none_is_refused() {
        let info = [av_pair(2, b"ab"), av_pair(0, &[])].concat();
        let whole = challenge(UNICODE | TARGET_INFO, &info);
        for length in 0..whole.len() {
            let refused = Challenge::read(&whole[..length]).unwrap_err();
            assert_eq!(refused, ChallengeError::Malformed, "{length}");
        }
        let refused = |message: &[u8]| Challenge::read(message).unwrap_err();
        let mut far = whole.clone();
        far[44..48].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(refused(&far), ChallengeError::Malformed);
        let short_time = [av_pair(pair::TIMESTAMP, &[1; 7]), av_pair(0, &[])].concat();
        assert_eq!(
            refused(&challenge(UNICODE | TARGET_INFO, &short_time)),
            ChallengeError::Malformed
        );
        assert_eq!(refused(&negotiate()), ChallengeError::Malformed);
        assert_eq!(refused(&challenge(NTLM, &[])), ChallengeError::NoUnicode);
    }

    proptest::proptest! {
        #[test]
        fn any_challenge_is_read(tail: Vec<u8>, flags: u32, at in 0_u32..80, length in 0_u16..80) {
            let mut message = challenge(flags | UNICODE | TARGET_INFO, &tail);
            message[40..42].copy_from_slice(&length.to_le_bytes());
            message[44..48].copy_from_slice(&at.to_le_bytes());

            let answer = authenticate(&negotiate(), &message, &user(), circumstances());

            proptest::prop_assert!(answer.is_ok() || answer == Err(ChallengeError::Malformed));
        }
    }

    #[test]
    fn capitals_are_those_of_windows() {
        assert_eq!(capitals("alice.straße@é"), "ALICE.STRAßE@É");
    }
}
