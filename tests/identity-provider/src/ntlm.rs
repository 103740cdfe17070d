//! The server's half of NTLM version 2 (MS-NLMP), written from the specification.

use hmac::{Hmac, KeyInit as _, Mac as _};
use md4::Md4;
use md5::{Digest as _, Md5};

use crate::Account;
use crate::message::{u16_at, u32_at};

const SIGNATURE: &[u8] = b"NTLMSSP\0";
const SERVER_CHALLENGE: [u8; 8] = [0x1f, 0x2e, 0x3d, 0x4c, 0x5b, 0x6a, 0x79, 0x88];
/// Unicode, request target, NTLM, always sign, domain, extended session security, target information,
/// 128 and 56 bits.
const FLAGS: u32 = 0xa089_8205;
/// 23 November 2026, in 100 ns since 1601.
const TIME: u64 = 134_389_152_000_000_000;

/// The second message.
pub(crate) fn challenge() -> Vec<u8> {
    let mut info = Vec::new();
    for (id, value) in [
        (2, utf16("CORP")),
        (1, utf16("IDP")),
        (4, utf16("corp.example.com")),
        (3, utf16("idp.corp.example.com")),
        (7, TIME.to_le_bytes().to_vec()),
        (0, Vec::new()),
    ] {
        info.extend(u16::to_le_bytes(id));
        info.extend(length(&value));
        info.extend(value);
    }
    let target = utf16("CORP");
    let mut message = SIGNATURE.to_vec();
    message.extend(2_u32.to_le_bytes());
    message.extend(
        [
            length(&target),
            length(&target),
            56_u16.to_le_bytes(),
            [0; 2],
        ]
        .concat(),
    );
    message.extend(FLAGS.to_le_bytes());
    message.extend(SERVER_CHALLENGE);
    message.extend([0; 8]);
    let info_at = 56 + u16::from_le_bytes(length(&target));
    message.extend([length(&info), length(&info), info_at.to_le_bytes(), [0; 2]].concat());
    message.extend([10, 0, 0x63, 0x45, 0, 0, 0, 15]);
    message.extend(target);
    message.extend(info);
    message
}

/// Whether this is a first message.
pub(crate) fn is_negotiate(message: &[u8]) -> bool {
    message.starts_with(SIGNATURE) && u32_at(message, 8) == Some(1)
}

/// What must hold beside the password.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Binding<'a> {
    pub(crate) negotiate: &'a [u8],
    /// Over TLS: the SHA-256 of the server's certificate.
    pub(crate) certificate: Option<[u8; 32]>,
}

/// Checks the third message.
pub(crate) fn check(
    message: &[u8],
    account: &Account,
    binding: Binding<'_>,
) -> Result<(), &'static str> {
    check_fields(message, account, binding).unwrap_or(Err("the message is cut short"))
}

fn check_fields(
    message: &[u8],
    account: &Account,
    binding: Binding<'_>,
) -> Option<Result<(), &'static str>> {
    if !message.starts_with(SIGNATURE) || u32_at(message, 8)? != 3 {
        return Some(Err("it is not the third message"));
    }
    let domain = field(message, 28)?;
    let user_name = text(field(message, 36)?);
    if user_name.to_lowercase() != account.user_name.to_lowercase() {
        return Some(Err("another user"));
    }
    let identity = [utf16(&user_name.to_uppercase()), domain.to_vec()].concat();
    let password: [u8; 16] = Md4::digest(utf16(&account.password)).into();
    let key = code(&password, &[&identity]);

    let (proof, blob) = field(message, 20)?.split_at_checked(16)?;
    if code(&key, &[&SERVER_CHALLENGE, blob]) != proof {
        return Some(Err("the response is wrong"));
    }
    let said = blob.get(28..)?;
    let has_integrity_code = pair(said, 6).is_some_and(|flags| flags.first() == Some(&2));
    if has_integrity_code {
        let given = message.get(72..88)?;
        let blank = [message.get(..72)?, &[0; 16], message.get(88..)?].concat();
        let session_key = code(&key, &[proof]);
        if code(&session_key, &[binding.negotiate, &challenge(), &blank]) != given {
            return Some(Err("the integrity code is wrong"));
        }
    }
    if let Some(certificate) = binding.certificate {
        let name = b"tls-server-end-point:";
        let expected = Md5::new()
            .chain_update([0; 16])
            .chain_update(53_u32.to_le_bytes())
            .chain_update(name)
            .chain_update(certificate)
            .finalize();
        if pair(said, 10) != Some(&expected[..]) {
            return Some(Err("the channel binding is wrong"));
        }
    }
    Some(Ok(()))
}

fn field(message: &[u8], at: usize) -> Option<&[u8]> {
    let length = usize::from(u16_at(message, at)?);
    let start = usize::try_from(u32_at(message, at + 4)?).ok()?;
    message.get(start..start.checked_add(length)?)
}

/// The value of one of the pairs that a client repeats and adds to.
fn pair(mut pairs: &[u8], wanted: u16) -> Option<&[u8]> {
    loop {
        let id = u16_at(pairs, 0)?;
        let length = usize::from(u16_at(pairs, 2)?);
        let value = pairs.get(4..4 + length)?;
        if id == wanted {
            return Some(value);
        }
        if id == 0 {
            return None;
        }
        pairs = pairs.get(4 + length..)?;
    }
}

fn code(key: &[u8; 16], parts: &[&[u8]]) -> [u8; 16] {
    let padded: [u8; 64] = std::array::from_fn(|at| key.get(at).copied().unwrap_or_default());
    let mut code = Hmac::<Md5>::new(&padded.into());
    for part in parts {
        code.update(part);
    }
    code.finalize().into_bytes().into()
}

fn length(bytes: &[u8]) -> [u8; 2] {
    u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_le_bytes()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn text(utf16: &[u8]) -> String {
    let units: Vec<_> = utf16
        .chunks_exact(2)
        .filter_map(|unit| u16_at(unit, 0))
        .collect();
    String::from_utf16_lossy(&units)
}
