//! What a function finds in `/opt`: its layers, one over the other, as one tree.
//!
//! One layer is its own tree. More of them are merged once per ordered list, by hard links to the
//! files of their trees, so that a file that many functions share lies on the disk, and in the
//! memory of the host, once.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use domain::function::{Code, Function};
use store::BlobRef;

/// The name of the tree of these layers: of the same form as a package's, and as good as the list.
pub(crate) fn name_of(layers: &[&Code]) -> Option<String> {
    match layers {
        [] => None,
        [only] => Some(only.sha256.clone()),
        several => {
            let digests: Vec<&str> = several.iter().map(|layer| layer.sha256.as_str()).collect();
            Some(BlobRef::of(digests.join("\n").as_bytes()).to_string())
        }
    }
}

/// The names of everything that some version of a function needs on the disk.
pub(crate) fn names(function: &Function) -> impl Iterator<Item = String> {
    function.snapshots().flat_map(|snapshot| {
        let layers: Vec<&Code> = snapshot.layers().collect();
        let packages = layers.iter().copied().chain([&snapshot.code]);
        let mut names: Vec<String> = packages.map(|code| code.sha256.clone()).collect();
        names.extend(name_of(&layers));
        names
    })
}

/// Lays trees over each other in a directory that is empty. What comes later hides what it has the
/// name of: a file hides a directory, and the other way round.
pub(crate) fn merge(trees: &[PathBuf], into: &Path) -> io::Result<()> {
    trees.iter().try_for_each(|tree| lay(tree, into))
}

/// Nothing is followed: a link of one layer cannot lead the files of another one elsewhere.
fn lay(from: &Path, onto: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let place = onto.join(entry.file_name());
        let below = fs::symlink_metadata(&place).map(|there| there.is_dir());
        if entry.file_type()?.is_dir() {
            match below {
                Ok(true) => {}
                Ok(false) => {
                    fs::remove_file(&place)?;
                    create_like(&entry.path(), &place)?;
                }
                Err(_) => create_like(&entry.path(), &place)?,
            }
            lay(&entry.path(), &place)?;
        } else {
            match below {
                Ok(true) => fs::remove_dir_all(&place)?,
                Ok(false) => fs::remove_file(&place)?,
                Err(_) => {}
            }
            link(&entry.path(), &place)?;
        }
    }
    Ok(())
}

fn create_like(directory: &Path, place: &Path) -> io::Result<()> {
    fs::create_dir(place)?;
    fs::set_permissions(place, fs::metadata(directory)?.permissions())
}

/// A second name for a file or a symbolic link, or a copy where the file has as many names as it may.
fn link(file: &Path, place: &Path) -> io::Result<()> {
    match fs::hard_link(file, place) {
        Err(error) if error.kind() == io::ErrorKind::TooManyLinks => {
            fs::copy(file, place).map(|_| ())
        }
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, symlink};

    use super::*;

    fn code(digit: char) -> Code {
        Code {
            sha256: digit.to_string().repeat(64),
            size: 1,
            unzipped: 1,
        }
    }

    fn tree(below: &Path, name: &str, files: &[(&str, &str)]) -> PathBuf {
        let root = below.join(name);
        for (path, content) in files {
            let file = root.join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, content).unwrap();
        }
        root
    }

    fn merged(below: &Path, trees: &[PathBuf]) -> PathBuf {
        let into = below.join("merged");
        fs::create_dir(&into).unwrap();
        merge(trees, &into).unwrap();
        into
    }

    #[test]
    fn the_order_of_layers_is_part_of_their_name() {
        let (a, b) = (code('a'), code('b'));

        assert_eq!(name_of(&[]), None);
        assert_eq!(name_of(&[&a]), Some(a.sha256.clone()));
        assert_ne!(name_of(&[&a, &b]), name_of(&[&b, &a]));
    }

    #[test]
    fn a_later_layer_lies_over_an_earlier_one() {
        let root = tempfile::tempdir().unwrap();
        let first = tree(
            root.path(),
            "1",
            &[("lib/a", "1"), ("lib/b", "1"), ("x/y", "1")],
        );
        let second = tree(
            root.path(),
            "2",
            &[("lib/b", "2"), ("lib/c", "2"), ("x", "2")],
        );

        let merged = merged(root.path(), &[first.clone(), second]);

        let read = |path: &str| fs::read_to_string(merged.join(path)).unwrap();
        assert_eq!(
            ["lib/a", "lib/b", "lib/c", "x"].map(read),
            ["1", "2", "2", "2"]
        );
        let inode = |tree: &Path| fs::metadata(tree.join("lib/a")).unwrap().ino();
        assert_eq!(inode(&merged), inode(&first));
        assert_eq!(fs::read_to_string(first.join("lib/b")).unwrap(), "1");
    }

    #[test]
    fn no_file_goes_through_the_link_of_another_layer() {
        let root = tempfile::tempdir().unwrap();
        let outside = tree(root.path(), "outside", &[("kept", "as it was")]);
        let first = tree(root.path(), "1", &[]);
        fs::create_dir_all(&first).unwrap();
        symlink(&outside, first.join("lib")).unwrap();
        let second = tree(root.path(), "2", &[("lib/kept", "changed")]);

        let merged = merged(root.path(), &[first, second]);

        assert_eq!(
            fs::read_to_string(merged.join("lib/kept")).unwrap(),
            "changed"
        );
        assert_eq!(
            fs::read_to_string(outside.join("kept")).unwrap(),
            "as it was"
        );
    }
}
