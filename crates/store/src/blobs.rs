//! Immutable bytes under their own digest.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::StoreError;

/// The name of a blob: the SHA-256 of its bytes, written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlobRef([u8; 32]);

impl BlobRef {
    /// The name that these bytes have.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Reads 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let mut digest = [0; 32];
        if text.len() != 64 || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return None;
        }
        for (byte, pair) in digest.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(digest))
    }
}

impl fmt::Display for BlobRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for BlobRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Keeps blobs. They never change, so there is nothing to conflict about.
#[async_trait]
pub trait Blobs: Send + Sync + fmt::Debug {
    /// Keeps bytes; durable when it returns. Keeping the same bytes twice keeps them once.
    async fn put(&self, bytes: Bytes) -> Result<BlobRef, StoreError>;

    /// The bytes, checked against their name.
    async fn get(&self, blob: &BlobRef) -> Result<Bytes, StoreError>;

    /// Removes a blob; one that is not there is no error.
    async fn delete(&self, blob: &BlobRef) -> Result<(), StoreError>;

    /// Every blob there is, in no particular order. For finding what nobody needs.
    async fn list(&self) -> Result<Vec<BlobRef>, StoreError>;
}
