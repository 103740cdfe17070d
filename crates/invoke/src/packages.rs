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
use crate::stack;

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
    /// Packages, and trees of layers, that some document has named and that perhaps none names now.
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
        let unzipped = on_a_blocking_thread(move || archive::inspect(&looked_at)).await?;
        let blob = BlobRef::of(&zip);
        let code = Code {
            sha256: blob.to_string(),
            size,
            unzipped,
        };
        // Held before it is stored: from here on nobody sweeps it away.
        let no_sweep = self.inner.sweeping.read().await;
        let admitted = self.count_as_held(code);
        self.inner
            .blobs
            .put(zip)
            .await
            .map_err(PackageError::Store)?;
        drop(no_sweep);
        Ok(admitted)
    }

    /// Keeps a package that a document named a moment ago. If one still names it when this
    /// returns, it stays as long as the result lives.
    pub(crate) async fn hold(&self, code: Code) -> AdmittedPackage {
        let _no_sweep = self.inner.sweeping.read().await;
        self.count_as_held(code)
    }

    fn count_as_held(&self, code: Code) -> AdmittedPackage {
        *self.held().entry(code.sha256.clone()).or_default() += 1;
        AdmittedPackage {
            code,
            packages: self.clone(),
        }
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
        self.make(tree, move |unfinished| archive::unpack(&zip, unfinished))
            .await
    }

    /// The directory with all layers of a function, the last one on top; none without layers.
    pub(crate) async fn stack(&self, layers: &[&Code]) -> Result<Option<Arc<Tree>>, PackageError> {
        let Some(name) = stack::name_of(layers) else {
            return Ok(None);
        };
        if let [only] = layers {
            return self.tree(only).await.map(Some);
        }
        let cell = Arc::clone(self.unpacked().entry(name.clone()).or_default());
        let merged = cell.get_or_try_init(|| self.merge(&name, layers)).await;
        merged.cloned().map(Some)
    }

    async fn merge(&self, name: &str, layers: &[&Code]) -> Result<Arc<Tree>, PackageError> {
        let tree = self.inner.trees.join(name);
        if tree.is_dir() {
            return Ok(Arc::new(Tree(tree)));
        }
        let mut below = Vec::with_capacity(layers.len());
        for layer in layers {
            below.push(self.tree(layer).await?);
        }
        let paths: Vec<PathBuf> = below.iter().map(|tree| tree.path().to_owned()).collect();
        self.make(tree, move |unfinished| {
            stack::merge(&paths, unfinished).map_err(PackageError::Disk)
        })
        .await
    }

    /// Has a directory filled, and gives it its name when it is complete.
    async fn make(
        &self,
        tree: PathBuf,
        fill: impl FnOnce(&Path) -> Result<(), PackageError> + Send + 'static,
    ) -> Result<Arc<Tree>, PackageError> {
        let unfinished = self
            .inner
            .trees
            .join(format!("{}.unfinished", Uuid::new_v4()));
        on_a_blocking_thread(move || {
            fs::create_dir(&unfinished).map_err(PackageError::Disk)?;
            let made = fill(&unfinished)
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

    /// Says that a document has stopped needing the package, or the layers, of this name;
    /// [`Packages::sweep`] looks into it.
    pub(crate) fn suspect(&self, name: &str) {
        self.suspects().insert(name.to_owned());
    }

    /// Suspects every package and every tree there is, for what a crash has left behind.
    pub(crate) async fn suspect_all(&self) -> Result<(), PackageError> {
        let blobs = self.inner.blobs.list().await.map_err(PackageError::Store)?;
        let trees = self.inner.trees.clone();
        let trees = on_a_blocking_thread(move || {
            let names = fs::read_dir(trees).map_err(PackageError::Disk)?;
            Ok(names
                .flatten()
                .filter_map(|entry| entry.file_name().into_string().ok()))
        });
        let trees = trees.await?.filter(|name| BlobRef::parse(name).is_some());
        let mut suspects = self.suspects();
        suspects.extend(blobs.iter().map(ToString::to_string));
        suspects.extend(trees);
        Ok(())
    }

    /// Removes every suspect that is neither needed nor held nor in use by an environment.
    ///
    /// `needed` are the names of packages, and of layers together, that documents name; it is asked
    /// while nothing can be accepted.
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
            unzipped: 0,
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

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use store::memory::Memory;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn package(content: &str) -> Bytes {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("mark", SimpleFileOptions::default())
            .unwrap();
        zip.write_all(content.as_bytes()).unwrap();
        zip.finish().unwrap().into_inner().into()
    }

    fn trees(packages: &Packages) -> usize {
        fs::read_dir(&packages.inner.trees).unwrap().count()
    }

    #[tokio::test]
    async fn layers_stay_while_they_are_needed_or_in_use_and_no_longer() {
        let directory = tempfile::tempdir().unwrap();
        let memory = Arc::new(Memory::default());
        let packages = Packages::open(directory.path(), memory.clone()).unwrap();
        let below = packages.admit(package("below")).await.unwrap();
        let above = packages.admit(package("above")).await.unwrap();
        let layers = [below.code().clone(), above.code().clone()];
        let layers: Vec<&Code> = layers.iter().collect();
        drop((below, above));
        let stack = packages.stack(&layers).await.unwrap().unwrap();
        assert_eq!(fs::read(stack.path().join("mark")).unwrap(), b"above");
        packages.suspect_all().await.unwrap();

        packages.sweep(HashSet::new).await.unwrap();
        assert_eq!((trees(&packages), stack.path().is_dir()), (1, true));
        assert!(memory.list().await.unwrap().is_empty());

        drop(stack);
        packages.sweep(HashSet::new).await.unwrap();
        assert_eq!(trees(&packages), 0);
    }

    #[tokio::test]
    async fn a_package_that_is_held_is_not_swept() {
        let directory = tempfile::tempdir().unwrap();
        let memory = Arc::new(Memory::default());
        let packages = Packages::open(directory.path(), memory.clone()).unwrap();
        let admitted = packages.admit(package("x")).await.unwrap();
        let held = packages.hold(admitted.code().clone()).await;
        drop(admitted);
        packages.suspect_all().await.unwrap();

        packages.sweep(HashSet::new).await.unwrap();
        assert_eq!(memory.list().await.unwrap().len(), 1);

        drop(held);
        packages.sweep(HashSet::new).await.unwrap();
        assert!(memory.list().await.unwrap().is_empty());
    }
}
