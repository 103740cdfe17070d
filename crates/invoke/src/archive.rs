//! Zip packages, which come from strangers: looked at before they are accepted, unpacked with
//! every limit enforced on the bytes themselves and not on what the archive says of them.

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Cursor, Read};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};

use domain::limits::{CODE_UNZIPPED_BYTES_MAX, CODE_ZIPPED_BYTES_MAX};
use store::StoreError;
use zip::ZipArchive;
use zip::read::ZipFile;

/// More files than this is a bomb of inodes. Ours: Lambda names no number.
const ENTRIES_MAX: usize = 100_000;

/// The longest target of a symbolic link. Ours, the `PATH_MAX` of Linux.
const LINK_TARGET_BYTES_MAX: u64 = 4_096;

/// Modes of files and directories in archives that bring none.
const FILE_MODE_DEFAULT: u32 = 0o644;
const DIRECTORY_MODE: u32 = 0o755;

/// Why a package is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    #[error("the package is no readable zip file: {0}")]
    NotAZip(String),
    #[error("the package has {bytes} bytes")]
    ZippedTooLarge { bytes: u64 },
    #[error("the package unpacks to more than {CODE_UNZIPPED_BYTES_MAX} bytes")]
    UnzippedTooLarge,
    #[error("the package has {entries} entries, more than {ENTRIES_MAX}")]
    TooManyEntries { entries: usize },
    #[error("the package's entry `{name}` {why}")]
    UnsafeEntry { name: String, why: &'static str },
    #[error("unpack the package")]
    Disk(#[source] io::Error),
    #[error("keep the package")]
    Store(#[source] StoreError),
}

impl From<zip::result::ZipError> for PackageError {
    fn from(error: zip::result::ZipError) -> Self {
        Self::NotAZip(error.to_string())
    }
}

/// Looks at the archive's directory, without unpacking: its names, kinds and declared sizes. Gives
/// back how many bytes it declares to unpack to.
pub(crate) fn inspect(zip: &[u8]) -> Result<u64, PackageError> {
    let bytes = zip.len() as u64;
    if bytes > CODE_ZIPPED_BYTES_MAX {
        return Err(PackageError::ZippedTooLarge { bytes });
    }
    let mut archive = open(zip)?;
    let mut declared: u64 = 0;
    let mut links = HashSet::new();
    let mut paths = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index)?;
        let path = path_of(&entry)?;
        declared = declared.saturating_add(entry.size());
        if declared > CODE_UNZIPPED_BYTES_MAX {
            return Err(PackageError::UnzippedTooLarge);
        }
        if entry.is_symlink() {
            links.insert(path.clone());
        }
        paths.push(path);
    }
    match paths
        .iter()
        .find(|path| path.ancestors().skip(1).any(|above| links.contains(above)))
    {
        Some(path) => Err(refuse(path, "lies below a symbolic link")),
        None => Ok(declared),
    }
}

/// Unpacks an archive that [`inspect`] accepted into a directory that nobody else writes to.
///
/// Files come first and links last, so no file is ever written through a link.
pub(crate) fn unpack(zip: &[u8], into: &Path) -> Result<(), PackageError> {
    let mut archive = open(zip)?;
    let mut budget = CODE_UNZIPPED_BYTES_MAX;
    let mut links = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        let path = path_of(&entry)?;
        let place = into.join(&path);
        if entry.is_dir() {
            create_directory(&place)?;
        } else if entry.is_symlink() {
            links.push((place, target_of(&mut entry, &path)?));
        } else {
            budget = write_file(&mut entry, &place, budget)?;
        }
    }
    for (place, target) in links {
        create_parent(&place)?;
        symlink(target, place).map_err(PackageError::Disk)?;
    }
    Ok(())
}

fn open(zip: &[u8]) -> Result<ZipArchive<Cursor<&[u8]>>, PackageError> {
    let archive = ZipArchive::new(Cursor::new(zip))?;
    let entries = archive.len();
    if entries > ENTRIES_MAX {
        return Err(PackageError::TooManyEntries { entries });
    }
    Ok(archive)
}

/// The entry's path below the package's root. Only plain names: no `..`, nothing absolute.
fn path_of<R: Read + ?Sized>(entry: &ZipFile<'_, R>) -> Result<PathBuf, PackageError> {
    let name = entry.name()?;
    if entry.encrypted() {
        return Err(refuse(Path::new(&*name), "is encrypted"));
    }
    if name.contains('\0') {
        return Err(refuse(Path::new(&*name), "has a NUL in its name"));
    }
    let mut path = PathBuf::new();
    for component in Path::new(&*name).components() {
        match component {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                return Err(refuse(Path::new(&*name), "points outside of the package"));
            }
        }
    }
    Ok(path)
}

fn write_file<R: Read + ?Sized>(
    entry: &mut ZipFile<'_, R>,
    place: &Path,
    budget: u64,
) -> Result<u64, PackageError> {
    create_parent(place)?;
    let mode = entry
        .unix_mode()
        .map_or(FILE_MODE_DEFAULT, |mode| mode & 0o777);
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(place)
        .map_err(PackageError::Disk)?;
    // One byte more than allowed tells a full budget from an overdrawn one.
    let mut limited = entry.take(budget.saturating_add(1));
    let written = io::copy(&mut limited, &mut file).map_err(unpack_error)?;
    file.set_permissions(fs::Permissions::from_mode(mode))
        .map_err(PackageError::Disk)?;
    budget
        .checked_sub(written)
        .ok_or(PackageError::UnzippedTooLarge)
}

/// A damaged entry shows as an error of reading; everything else is our disk.
fn unpack_error(error: io::Error) -> PackageError {
    let damaged = [
        io::ErrorKind::InvalidData,
        io::ErrorKind::InvalidInput,
        io::ErrorKind::UnexpectedEof,
    ];
    if damaged.contains(&error.kind()) {
        PackageError::NotAZip(error.to_string())
    } else {
        PackageError::Disk(error)
    }
}

/// The link's target, if it stays inside of the package.
fn target_of<R: Read + ?Sized>(
    entry: &mut ZipFile<'_, R>,
    path: &Path,
) -> Result<PathBuf, PackageError> {
    let mut text = String::new();
    entry
        .take(LINK_TARGET_BYTES_MAX)
        .read_to_string(&mut text)
        .map_err(|error| PackageError::NotAZip(error.to_string()))?;
    let target = PathBuf::from(text);
    let mut depth = path.components().count().saturating_sub(1);
    for component in target.components() {
        let next = match component {
            Component::Normal(_) => depth.checked_add(1),
            Component::CurDir => Some(depth),
            Component::ParentDir => depth.checked_sub(1),
            Component::RootDir | Component::Prefix(_) => None,
        };
        depth = next.ok_or_else(|| refuse(path, "is a link that leaves the package"))?;
    }
    Ok(target)
}

fn create_parent(place: &Path) -> Result<(), PackageError> {
    place.parent().map_or(Ok(()), create_directory)
}

fn create_directory(place: &Path) -> Result<(), PackageError> {
    if place.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(place).map_err(PackageError::Disk)?;
    fs::set_permissions(place, fs::Permissions::from_mode(DIRECTORY_MODE))
        .map_err(PackageError::Disk)
}

fn refuse(path: &Path, why: &'static str) -> PackageError {
    PackageError::UnsafeEntry {
        name: path.display().to_string(),
        why,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn zip_of(write: impl FnOnce(&mut ZipWriter<Cursor<Vec<u8>>>)) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        write(&mut writer);
        writer.finish().unwrap().into_inner()
    }

    fn zip_with_file(name: &str, content: &[u8]) -> Vec<u8> {
        zip_of(|zip| {
            zip.start_file(name, SimpleFileOptions::default().unix_permissions(0o755))
                .unwrap();
            zip.write_all(content).unwrap();
        })
    }

    fn zip_with_link(name: &str, target: &str) -> Vec<u8> {
        zip_of(|zip| {
            zip.add_symlink(name, target, SimpleFileOptions::default())
                .unwrap();
        })
    }

    fn unpacked(zip: &[u8]) -> (tempfile::TempDir, Result<(), PackageError>) {
        let directory = tempfile::tempdir().unwrap();
        let outcome = inspect(zip).and_then(|_| unpack(zip, directory.path()));
        (directory, outcome)
    }

    #[test]
    fn a_package_keeps_its_files_modes_and_inner_links() {
        let zip = zip_of(|zip| {
            let options = SimpleFileOptions::default();
            zip.start_file("deep/down/bootstrap", options.unix_permissions(0o755))
                .unwrap();
            zip.write_all(b"#!/bin/sh\n").unwrap();
            zip.add_symlink("run", "deep/down/bootstrap", options)
                .unwrap();
        });

        let (directory, outcome) = unpacked(&zip);

        outcome.unwrap();
        let mode = fs::metadata(directory.path().join("run"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o755);
        assert_eq!(
            fs::read(directory.path().join("run")).unwrap(),
            b"#!/bin/sh\n"
        );
    }

    #[test]
    fn what_is_no_zip_is_refused() {
        let whole = zip_with_file("a.py", b"x = 1\n");
        for bytes in [&b""[..], b"PK", b"not a zip", &whole[..whole.len() / 2]] {
            assert!(matches!(inspect(bytes), Err(PackageError::NotAZip(_))));
        }
    }

    #[test]
    fn an_entry_that_is_damaged_is_refused_when_it_is_unpacked() {
        let mut zip = zip_with_file("a.txt", &b"content ".repeat(100));
        // The first byte of the compressed content follows the header of 30 bytes and the name.
        let first = 30 + "a.txt".len() + 2;
        zip[first] ^= 0xff;

        let (_directory, outcome) = unpacked(&zip);

        assert!(
            matches!(outcome, Err(PackageError::NotAZip(_))),
            "{outcome:?}"
        );
    }

    #[test]
    fn names_that_leave_the_package_are_refused() {
        for name in ["../up", "a/../../up", "/etc/passwd", "a/../b"] {
            let outcome = inspect(&zip_with_file(name, b""));
            assert!(
                matches!(outcome, Err(PackageError::UnsafeEntry { .. })),
                "{name}"
            );
        }
    }

    #[test]
    fn links_that_leave_the_package_are_refused() {
        for target in ["/etc/passwd", "../..", "../../etc/passwd"] {
            let (_directory, outcome) = unpacked(&zip_with_link("a/link", target));
            assert!(
                matches!(outcome, Err(PackageError::UnsafeEntry { .. })),
                "{target}"
            );
        }
    }

    #[test]
    fn nothing_is_written_through_a_link() {
        let zip = zip_of(|zip| {
            let options = SimpleFileOptions::default();
            zip.add_symlink("a", "b", options).unwrap();
            zip.start_file("a/file", options).unwrap();
        });
        assert!(matches!(
            inspect(&zip),
            Err(PackageError::UnsafeEntry { .. })
        ));
    }

    #[test]
    fn a_bomb_is_refused_by_what_it_declares_and_by_what_it_is() {
        let zip = zip_of(|zip| {
            zip.start_file("zeros", SimpleFileOptions::default())
                .unwrap();
            let block = vec![0; 1 << 20];
            for _ in 0..=(CODE_UNZIPPED_BYTES_MAX >> 20) {
                zip.write_all(&block).unwrap();
            }
        });
        assert!(matches!(inspect(&zip), Err(PackageError::UnzippedTooLarge)));

        let directory = tempfile::tempdir().unwrap();
        let outcome = unpack(&zip, directory.path());

        assert!(
            matches!(outcome, Err(PackageError::UnzippedTooLarge)),
            "{outcome:?}"
        );
    }
}
