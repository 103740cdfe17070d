//! Bytes as files. Blobs are written aside, flushed, and only then given their name; large bodies are
//! written and flushed under their own before a row names them.

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use store::{BlobRef, Blobs, EventId, KeptId, StoreError};

use crate::rows::INLINE_BYTES_MAX;
use crate::{DirectoryLock, disk_error, make_directory, sync_directory};

#[derive(Debug)]
pub struct FileBlobs {
    directory: PathBuf,
    /// Tells apart files that are being written at the same time.
    unfinished: AtomicU64,
    _lock: Arc<DirectoryLock>,
}

impl FileBlobs {
    pub(crate) fn open(directory: &Path, lock: Arc<DirectoryLock>) -> io::Result<Self> {
        make_directory(directory)?;
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == UNFINISHED)
            {
                fs::remove_file(path)?;
            }
        }
        Ok(Self {
            directory: directory.to_owned(),
            unfinished: AtomicU64::new(0),
            _lock: lock,
        })
    }

    fn path(&self, blob: &BlobRef) -> PathBuf {
        self.directory.join(blob.to_string())
    }
}

/// The extension of files that have no name of their own yet.
const UNFINISHED: &str = "unfinished";

#[async_trait]
impl Blobs for FileBlobs {
    async fn put(&self, bytes: Bytes) -> Result<BlobRef, StoreError> {
        let directory = self.directory.clone();
        let number = self.unfinished.fetch_add(1, Ordering::Relaxed);
        on_a_blocking_thread(move || {
            let blob = BlobRef::of(&bytes);
            // Also when the blob is there already: it may not be durable yet, or damaged.
            let aside = directory.join(format!("{number}.{UNFINISHED}"));
            write_durably(&aside, &bytes)?;
            fs::rename(&aside, directory.join(blob.to_string()))?;
            sync_directory(&directory)?;
            Ok(blob)
        })
        .await
    }

    async fn get(&self, blob: &BlobRef) -> Result<Bytes, StoreError> {
        let (path, blob) = (self.path(blob), *blob);
        let bytes = match on_a_blocking_thread(move || fs::read(path)).await {
            Err(StoreError::NotFound(_)) => return Err(StoreError::NotFound(blob.to_string())),
            read => read?,
        };
        if BlobRef::of(&bytes) != blob {
            return Err(StoreError::Corrupt(format!(
                "the bytes of blob {blob} are not its own"
            )));
        }
        Ok(Bytes::from(bytes))
    }

    async fn delete(&self, blob: &BlobRef) -> Result<(), StoreError> {
        let path = self.path(blob);
        match on_a_blocking_thread(move || fs::remove_file(path)).await {
            Err(StoreError::NotFound(_)) => Ok(()),
            deleted => deleted,
        }
    }

    async fn list(&self) -> Result<Vec<BlobRef>, StoreError> {
        let directory = self.directory.clone();
        on_a_blocking_thread(move || {
            let mut blobs = Vec::new();
            for entry in fs::read_dir(directory)? {
                let name = entry?.file_name();
                blobs.extend(name.to_str().and_then(BlobRef::parse));
            }
            Ok(blobs)
        })
        .await
    }
}

/// Writes a file that only its owner can read, and flushes it. Leaves nothing if it cannot.
pub(crate) fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_data());
    if written.is_err() {
        // What is in it now only takes space, and is removed at the next start at the latest.
        let _stays = fs::remove_file(path);
    }
    written
}

/// The directory of large bodies and values, each named after the row that owns it.
#[derive(Debug)]
pub(crate) struct Bodies<'a> {
    directory: &'a Path,
    has_new: bool,
}

/// Before the number of a record that outlives its event; events have none.
const KEPT_PREFIX: &str = "kept-";

impl<'a> Bodies<'a> {
    pub(crate) fn new(directory: &'a Path) -> Self {
        Self {
            directory,
            has_new: false,
        }
    }

    pub(crate) fn of_event(&self, event: EventId) -> PathBuf {
        self.directory.join(event.0.to_string())
    }

    pub(crate) fn of_kept(&self, record: KeptId) -> PathBuf {
        self.directory.join(format!("{KEPT_PREFIX}{}", record.0))
    }

    /// The number in the name of a file, and whether it is that of a record.
    pub(crate) fn owner(name: &OsStr) -> Option<(i64, bool)> {
        let name = name.to_str()?;
        let record = name.strip_prefix(KEPT_PREFIX);
        let number = record.unwrap_or(name).parse().ok()?;
        Some((number, record.is_some()))
    }

    /// Makes a file of large bytes, and says what goes into the row.
    pub(crate) fn write(&mut self, file: &Path, bytes: &Bytes) -> io::Result<Body> {
        if bytes.len() <= INLINE_BYTES_MAX {
            return Ok(Body {
                bytes: Some(bytes.to_vec()),
                file_digest: None,
            });
        }
        write_durably(file, bytes)?;
        self.has_new = true;
        Ok(Body {
            bytes: None,
            file_digest: Some(BlobRef::of(bytes).to_string()),
        })
    }

    /// Makes the names of new files durable.
    pub(crate) fn flush(&self) -> io::Result<()> {
        if self.has_new {
            sync_directory(self.directory)?;
        }
        Ok(())
    }
}

/// Bytes as they are in a row: themselves, or the digest of their file.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) bytes: Option<Vec<u8>>,
    pub(crate) file_digest: Option<String>,
}

impl Body {
    pub(crate) fn read(self, file: &Path) -> Result<Bytes, StoreError> {
        let corrupt = |why: &str| StoreError::Corrupt(format!("{} {why}", file.display()));
        let digest = match (self.bytes, self.file_digest) {
            (Some(bytes), _) => return Ok(Bytes::from(bytes)),
            (None, Some(digest)) => digest,
            (None, None) => return Err(corrupt("has no digest")),
        };
        match fs::read(file) {
            Ok(bytes) if BlobRef::of(&bytes).to_string() == digest => Ok(Bytes::from(bytes)),
            Ok(_) => Err(corrupt("does not have the bytes that were written")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(corrupt("is missing")),
            Err(error) => Err(disk_error(&error)),
        }
    }
}

/// Removes files that no row names any more.
pub(crate) fn remove_files(files: &[PathBuf]) {
    for file in files {
        // One that stays is removed at the next start.
        let _stays = fs::remove_file(file);
    }
}

pub(crate) async fn on_a_blocking_thread<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome.map_err(|error| disk_error(&error)),
        Err(error) => Err(StoreError::Unavailable(error.to_string())),
    }
}
