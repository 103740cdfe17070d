//! Packages: kept as blobs under the digest of their bytes, unpacked once for all environments.
//!
//! The unpacked tree is only a copy, so it is not made durable file by file. Instead every tree
//! belongs to one boot of the machine: after a crash of the machine the trees of the boot before
//! are thrown away and made again from their blobs.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use domain::function::Code;
use store::{BlobRef, Blobs, StoreError};
use tokio::sync::{OnceCell, RwLock};
use uuid::Uuid;

use crate::archive::{self, PackageError};

#[derive(Debug, Clone)]
pub(crate) struct Packages {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// Where the trees of this boot are.
    trees: PathBuf,
    blobs: Arc<dyn Blobs>,
    /// The trees that are there, or that somebody is making.
    unpacked: Mutex<HashMap<String, Arc<OnceCell<Arc<Tree>>>>>,
    /// Packages that were accepted and that no document may name yet.
    held: Mutex<HashMap<String, usize>>,
    /// Packages that some document has named and that perhaps none names now.
    suspects: Mutex<HashSet<String>>,
    /// Accepting shares it, sweeping has it alone: nothing is swept while it is being accepted.
    sweeping: RwLock<()>,
}

/// An unpacked package. It stays on the disk while somebody holds it.
#[derive(Debug)]
pub(crate) struct Tree(PathBuf);

impl Tree {
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

/// A package that was accepted. It is kept at least as long as this value lives, so that the
/// document that names it can be committed.
#[derive(Debug)]
pub struct AdmittedPackage {
    code: Code,
    packages: Packages,
}

impl AdmittedPackage {
    pub fn code(&self) -> &Code {
        &self.code
    }
}

impl Drop for AdmittedPackage {
    fn drop(&mut self) {
        let mut held = self.packages.held();
        if let Some(count) = held.get_mut(&self.code.sha256) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.code.sha256);
            }
        }
    }
}

impl Packages {
    /// Opens the packages below `directory`, and removes what an earlier boot has left.
    pub(crate) fn open(directory: &Path, blobs: Arc<dyn Blobs>) -> io::Result<Self> {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id")?;
        let trees = directory.join(boot.trim());
        fs::create_dir_all(&trees)?;
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if path != trees {
                remove_tree(&path)?;
            }
        }
        let inner = Inner {
            trees,
            blobs,
            unpacked: Mutex::default(),
            held: Mutex::default(),
            suspects: Mutex::default(),
            sweeping: RwLock::default(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Looks at a package and keeps it durably.
    pub(crate) async fn admit(&self, zip: Bytes) -> Result<AdmittedPackage, PackageError> {
        let size = zip.len() as u64;
        let looked_at = zip.clone();
        on_a_blocking_thread(move || archive::inspect(&looked_at)).await?;
        let blob = BlobRef::of(&zip);
        let code = Code {
            sha256: blob.to_string(),
            size,
        };
        // Held before it is stored: from here on nobody sweeps it away.
        let _no_sweep = self.inner.sweeping.read().await;
        *self.held().entry(code.sha256.clone()).or_default() += 1;
        let admitted = AdmittedPackage {
            code,
            packages: self.clone(),
        };
        self.inner
            .blobs
            .put(zip)
            .await
            .map_err(PackageError::Store)?;
        Ok(admitted)
    }

    /// The bytes of a package.
    pub(crate) async fn bytes(&self, code: &Code) -> Result<Bytes, StoreError> {
        self.inner.blobs.get(&blob_of(code)?).await
    }

    /// The directory with the unpacked package; whoever comes first unpacks it.
    pub(crate) async fn tree(&self, code: &Code) -> Result<Arc<Tree>, PackageError> {
        let cell = Arc::clone(self.unpacked().entry(code.sha256.clone()).or_default());
        cell.get_or_try_init(|| self.unpack(code)).await.cloned()
    }

    async fn unpack(&self, code: &Code) -> Result<Arc<Tree>, PackageError> {
        let tree = self.inner.trees.join(&code.sha256);
        if tree.is_dir() {
            return Ok(Arc::new(Tree(tree)));
        }
        let zip = self.bytes(code).await.map_err(PackageError::Store)?;
        let unfinished = self
            .inner
            .trees
            .join(format!("{}.unfinished", Uuid::new_v4()));
        on_a_blocking_thread(move || {
            fs::create_dir(&unfinished).map_err(PackageError::Disk)?;
            let made = archive::unpack(&zip, &unfinished)
                .and_then(|()| fs::rename(&unfinished, &tree).map_err(PackageError::Disk));
            match made {
                Ok(()) => Ok(Arc::new(Tree(tree))),
                Err(error) => {
                    remove_tree(&unfinished).map_err(PackageError::Disk)?;
                    Err(error)
                }
            }
        })
        .await
    }

    /// Says that a document has stopped naming this package; [`Packages::sweep`] looks into it.
    pub(crate) fn suspect(&self, code: &Code) {
        self.suspects().insert(code.sha256.clone());
    }

    /// Suspects every package there is, for what a crash has left behind.
    pub(crate) async fn suspect_all(&self) -> Result<(), StoreError> {
        let blobs = self.inner.blobs.list().await?;
        self.suspects()
            .extend(blobs.iter().map(ToString::to_string));
        Ok(())
    }

    /// Removes every suspect that is neither needed nor held nor in use by an environment.
    ///
    /// `needed` are the packages that documents name; it is asked while nothing can be accepted.
    pub(crate) async fn sweep(
        &self,
        needed: impl FnOnce() -> HashSet<String> + Send,
    ) -> Result<(), PackageError> {
        if self.suspects().is_empty() {
            return Ok(());
        }
        let _alone = self.inner.sweeping.write().await;
        let needed = needed();
        let suspects: Vec<String> = self.suspects().iter().cloned().collect();
        for sha256 in suspects {
            if needed.contains(&sha256) {
                self.suspects().remove(&sha256);
            } else if !self.held().contains_key(&sha256) && self.release_tree(&sha256) {
                self.remove(&sha256).await?;
                self.suspects().remove(&sha256);
            }
        }
        Ok(())
    }

    /// Lets go of our own hold of a tree, if nobody else holds it.
    fn release_tree(&self, sha256: &str) -> bool {
        let mut unpacked = self.unpacked();
        let is_in_use = unpacked.get(sha256).is_some_and(|cell| match cell.get() {
            Some(tree) => Arc::strong_count(tree) > 1,
            None => Arc::strong_count(cell) > 1,
        });
        if !is_in_use {
            unpacked.remove(sha256);
        }
        !is_in_use
    }

    async fn remove(&self, sha256: &str) -> Result<(), PackageError> {
        let tree = self.inner.trees.join(sha256);
        on_a_blocking_thread(move || remove_tree(&tree).map_err(PackageError::Disk)).await?;
        let code = Code {
            sha256: sha256.to_owned(),
            size: 0,
        };
        let blob = blob_of(&code).map_err(PackageError::Store)?;
        self.inner
            .blobs
            .delete(&blob)
            .await
            .map_err(PackageError::Store)
    }

    fn unpacked(&self) -> MutexGuard<'_, HashMap<String, Arc<OnceCell<Arc<Tree>>>>> {
        self.inner
            .unpacked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn held(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.inner
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn suspects(&self) -> MutexGuard<'_, HashSet<String>> {
        self.inner
            .suspects
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn blob_of(code: &Code) -> Result<BlobRef, StoreError> {
    BlobRef::parse(&code.sha256)
        .ok_or_else(|| StoreError::Corrupt(format!("`{}` is no digest of a package", code.sha256)))
}

/// Removes a directory and all below it; none is fine too.
fn remove_tree(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

async fn on_a_blocking_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PackageError> + Send + 'static,
) -> Result<T, PackageError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(error) => Err(PackageError::Disk(io::Error::other(error))),
    }
}
