//! Numbers, texts and what is made of them, as bytes and back.

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use super::{DETAIL_BYTES_MAX, Failure, FailureKind};
use crate::{Limits, ReadOnlyMount};

#[derive(Default)]
pub(super) struct Bytes(pub(super) Vec<u8>);

impl Bytes {
    pub(super) fn number(&mut self, number: u64) -> &mut Self {
        self.0.extend_from_slice(&number.to_le_bytes());
        self
    }

    pub(super) fn signed(&mut self, number: i32) -> &mut Self {
        self.number(u64::from(number.cast_unsigned()))
    }

    pub(super) fn limits(&mut self, limits: &Limits) -> &mut Self {
        self.number(limits.memory_bytes)
            .number(limits.tmp_bytes)
            .number(u64::from(limits.pids_max))
            .number(u64::from(limits.open_files_max))
            // No share of a processor is 2^64 - 1 thousandths of one.
            .number(limits.cpu_millis.map_or(u64::MAX, u64::from))
    }

    pub(super) fn mounts(&mut self, mounts: &[ReadOnlyMount]) -> &mut Self {
        self.length(mounts.len());
        for mount in mounts {
            self.text(mount.source.as_os_str().as_bytes())
                .text(mount.target.as_os_str().as_bytes());
        }
        self
    }

    pub(super) fn variables(&mut self, variables: &[(String, String)]) -> &mut Self {
        self.length(variables.len());
        for (name, value) in variables {
            self.text(name.as_bytes()).text(value.as_bytes());
        }
        self
    }

    pub(super) fn failure(&mut self, failure: &Failure) -> &mut Self {
        let kind = match failure.kind {
            FailureKind::Step => 0,
            FailureKind::Program => 1,
            FailureKind::Mount => 2,
        };
        let detail = failure.detail.as_bytes();
        let detail = detail.get(..DETAIL_BYTES_MAX).unwrap_or(detail);
        self.number(kind).signed(failure.errno).text(detail)
    }

    pub(super) fn length(&mut self, length: usize) -> &mut Self {
        self.number(length as u64)
    }

    pub(super) fn text(&mut self, text: &[u8]) -> &mut Self {
        self.length(text.len());
        self.0.extend_from_slice(text);
        self
    }
}

pub(super) struct Rest<'a>(pub(super) &'a [u8]);

impl<'a> Rest<'a> {
    pub(super) fn number(&mut self) -> io::Result<u64> {
        let (number, rest) = self
            .0
            .split_first_chunk::<8>()
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        self.0 = rest;
        Ok(u64::from_le_bytes(*number))
    }

    pub(super) fn limits(&mut self) -> io::Result<Limits> {
        Ok(Limits {
            memory_bytes: self.number()?,
            tmp_bytes: self.number()?,
            pids_max: self.narrow()?,
            open_files_max: self.narrow()?,
            cpu_millis: match self.number()? {
                u64::MAX => None,
                millis => Some(u32::try_from(millis).map_err(|_| io::ErrorKind::InvalidData)?),
            },
        })
    }

    pub(super) fn mounts(&mut self) -> io::Result<Vec<ReadOnlyMount>> {
        let mut mounts = Vec::new();
        for _ in 0..self.number()? {
            mounts.push(ReadOnlyMount {
                source: self.path()?,
                target: self.path()?,
            });
        }
        Ok(mounts)
    }

    pub(super) fn variables(&mut self) -> io::Result<Vec<(String, String)>> {
        let mut variables = Vec::new();
        for _ in 0..self.number()? {
            variables.push((self.string()?, self.string()?));
        }
        Ok(variables)
    }

    pub(super) fn failure(&mut self) -> io::Result<Failure> {
        Ok(Failure {
            kind: match self.number()? {
                0 => FailureKind::Step,
                1 => FailureKind::Program,
                2 => FailureKind::Mount,
                _ => return Err(io::ErrorKind::InvalidData.into()),
            },
            errno: self.signed()?,
            detail: String::from_utf8_lossy(self.text()?).into_owned(),
        })
    }

    pub(super) fn narrow<N: TryFrom<u64>>(&mut self) -> io::Result<N> {
        N::try_from(self.number()?).map_err(|_| io::ErrorKind::InvalidData.into())
    }

    pub(super) fn signed(&mut self) -> io::Result<i32> {
        Ok(self.narrow::<u32>()?.cast_signed())
    }

    pub(super) fn text(&mut self) -> io::Result<&'a [u8]> {
        let length: usize = self.narrow()?;
        let (text, rest) = self
            .0
            .split_at_checked(length)
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        self.0 = rest;
        Ok(text)
    }

    pub(super) fn path(&mut self) -> io::Result<PathBuf> {
        Ok(OsString::from_vec(self.text()?.to_vec()).into())
    }

    pub(super) fn string(&mut self) -> io::Result<String> {
        String::from_utf8(self.text()?.to_vec()).map_err(|_| io::ErrorKind::InvalidData.into())
    }
}
