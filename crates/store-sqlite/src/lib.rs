//! The embedded engine: SQLite for documents and events, plain files for blobs.
//!
//! Two databases in one directory, each with one connection that writes, owned by one thread that
//! commits everything waiting at once. The engine moves keys, bytes, events and leases; what they
//! mean it does not know.
//!
//! ```text
//! DIRECTORY/lock        held while a server has the directory open
//! DIRECTORY/meta.db     documents
//! DIRECTORY/queue.db    events, and records of those that ended, with bodies up to 64 KiB
//! DIRECTORY/bodies/     larger bodies, one file each
//! DIRECTORY/blobs/      blobs, one file each, under their digest
//! ```

mod database;
mod documents;
mod files;
mod kept;
mod log;
mod rows;
mod writer;

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domain::time::Clock;
use store::{Bounds, LogQueue, StoreError};

pub use documents::SqliteStore;
pub use files::FileBlobs;
pub use log::{SqliteLog, SqliteQueue};

/// How often, and with which pauses, a lock is tried that somebody has: for a second in all. A server
/// that was killed while it started a process may have left a copy of its lock in that process, until
/// this executes its program.
const LOCK_TRIES: u32 = 50;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Why a data directory could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(
        "another server has the data directory {} open: stop it, or choose another directory with \
         --data-dir", directory.display()
    )]
    InUse { directory: PathBuf },
    #[error("prepare the data directory {}", directory.display())]
    Directory {
        directory: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("open {}", file.display())]
    Database {
        file: PathBuf,
        #[source]
        source: StoreError,
    },
}

/// The parts of an open data directory. The directory is released when [`Engine::close`] has
/// returned and every part is dropped.
#[derive(Debug)]
pub struct Engine {
    pub store: Arc<SqliteStore>,
    pub queue: Arc<SqliteQueue>,
    pub blobs: Arc<FileBlobs>,
}

/// Keeps other servers out of the directory. Everything that writes there has a share in it.
#[derive(Debug)]
pub(crate) struct DirectoryLock(
    #[expect(dead_code, reason = "the lock lasts as long as its file is open")] File,
);

/// A data directory that is this process's own: nobody else opens it before this is dropped.
#[derive(Debug)]
pub struct DataDirectory {
    path: PathBuf,
    lock: Arc<DirectoryLock>,
}

impl DataDirectory {
    /// Takes a directory, and makes it if there is none.
    pub fn take(path: &Path) -> Result<Self, OpenError> {
        make_directory(path).map_err(|source| OpenError::Directory {
            directory: path.to_owned(),
            source,
        })?;
        let lock = Arc::new(lock(path)?);
        let path = path.to_owned();
        Ok(Self { path, lock })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Engine {
    /// Opens a data directory, and makes it if there is none.
    pub fn open(directory: &Path, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        Self::open_within(DataDirectory::take(directory)?, clock, Bounds::default())
    }

    /// Opens a directory that was taken before, with queues that hold what the caller chooses.
    pub fn open_within(
        directory: DataDirectory,
        clock: Arc<dyn Clock>,
        bounds: Bounds,
    ) -> Result<Self, OpenError> {
        let DataDirectory { path, lock } = directory;
        let directory = path.as_path();
        let failed = |source| OpenError::Directory {
            directory: directory.to_owned(),
            source,
        };
        let opened = |file: &str, source| OpenError::Database {
            file: directory.join(file),
            source,
        };
        let store = SqliteStore::open(&directory.join("meta.db"), Arc::clone(&lock))
            .map_err(|source| opened("meta.db", source))?;
        let bodies = directory.join("bodies");
        make_directory(&bodies).map_err(failed)?;
        let log = SqliteLog::open(&directory.join("queue.db"), &bodies, Arc::clone(&lock));
        let queue = log
            .and_then(|log| LogQueue::open_within(Arc::new(log), clock, bounds))
            .map_err(|source| opened("queue.db", source))?;
        let blobs = FileBlobs::open(&directory.join("blobs"), lock).map_err(failed)?;
        // The files that were just created must be found after a power failure, too.
        sync_directory(directory).map_err(failed)?;
        Ok(Self {
            store: Arc::new(store),
            queue: Arc::new(queue),
            blobs: Arc::new(blobs),
        })
    }

    /// Finishes what is being written and ends the writer threads. Blocks for as long as the disk
    /// takes; later writes are refused.
    pub fn close(self) {
        self.store.close();
        self.queue.close();
    }
}

fn lock(directory: &Path) -> Result<DirectoryLock, OpenError> {
    let failed = |source| OpenError::Directory {
        directory: directory.to_owned(),
        source,
    };
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(directory.join("lock"))
        .map_err(failed)?;
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(DirectoryLock(file)),
            Err(TryLockError::WouldBlock) => pause(LOCK_PAUSE),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
    }
    Err(OpenError::InUse {
        directory: directory.to_owned(),
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "a directory is opened by a thread that may wait for the disk, too"
)]
fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// A directory that only its owner can enter.
fn make_directory(directory: &Path) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)?;
    let metadata = fs::metadata(directory)?;
    if !metadata.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    if metadata.mode() & 0o077 != 0 {
        fs::set_permissions(directory, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Makes the entries of a directory durable: what was created, renamed or removed in it.
fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// What a failure of the file system means to a caller.
fn disk_error(error: &io::Error) -> StoreError {
    use io::ErrorKind::{FileTooLarge, NotFound, QuotaExceeded, StorageFull};
    let kind = error.kind();
    if [StorageFull, QuotaExceeded, FileTooLarge].contains(&kind) {
        StoreError::DiskFull
    } else if kind == NotFound {
        StoreError::NotFound(error.to_string())
    } else {
        StoreError::Unavailable(error.to_string())
    }
}
