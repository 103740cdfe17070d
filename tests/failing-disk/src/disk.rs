//! The watched directory: which files and names in it are not durable yet, and when the power fails.

use std::collections::HashMap;
use std::ffi::{CStr, CString};

use libc::{c_int, mode_t, off_t};

use crate::file::File;
use crate::sys::{self, FileId};

#[derive(Debug)]
pub(crate) struct Disk {
    root: Vec<u8>,
    dice: Dice,
    operations_left: u64,
    files: HashMap<FileId, File>,
    /// Of each directory, the changes of names since its last flush.
    changes: HashMap<FileId, Vec<Change>>,
    /// Names set aside, so that they can come back.
    set_aside: u64,
    /// Shared memory that a machine does not keep.
    shared_memory: Vec<CString>,
}

/// A change of names, with what undoes it.
#[derive(Debug)]
enum Change {
    Created(CString),
    Removed {
        name: CString,
        aside: CString,
    },
    Renamed {
        from: CString,
        to: CString,
        replaced: Option<CString>,
    },
}

/// Decides what survives; from a seed, so that a failure can be looked at again.
#[derive(Debug)]
pub(crate) struct Dice {
    state: u64,
    mood: Mood,
}

/// How much survives this time.
#[derive(Debug, Clone, Copy)]
enum Mood {
    Nothing,
    Everything,
    Some,
}

impl Dice {
    fn new(seed: u64) -> Self {
        let mut dice = Self {
            // Not zero, from which nothing random comes.
            state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            mood: Mood::Some,
        };
        dice.mood = match dice.roll(8) {
            0 | 1 => Mood::Nothing,
            2 => Mood::Everything,
            _ => Mood::Some,
        };
        dice
    }

    /// How many of these, in their order, have reached the disk.
    pub(crate) fn survivors(&mut self, of: usize) -> usize {
        match self.mood {
            Mood::Nothing => 0,
            Mood::Everything => of,
            Mood::Some => {
                let of = u64::try_from(of).unwrap_or(u64::MAX - 1);
                usize::try_from(self.roll(of + 1)).unwrap_or_default()
            }
        }
    }

    /// A number below this one.
    fn roll(&mut self, below: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 11) % below
    }
}

impl Disk {
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever preloads this library has no other way to tell it anything"
    )]
    pub(crate) fn from_environment() -> Option<Self> {
        let root = std::env::var("FAILING_DISK_ROOT").ok()?;
        let number = |name| std::env::var(name).ok()?.parse().ok();
        Some(Self {
            root: format!("{root}/").into_bytes(),
            dice: Dice::new(number("FAILING_DISK_SEED")?),
            operations_left: number("FAILING_DISK_OPERATIONS")?,
            files: HashMap::new(),
            changes: HashMap::new(),
            set_aside: 0,
            shared_memory: Vec::new(),
        })
    }

    pub(crate) fn is_watched(&self, path: &CStr) -> bool {
        path.to_bytes().starts_with(&self.root)
    }

    pub(crate) fn open(&mut self, path: &CStr, flags: c_int, mode: mode_t) -> c_int {
        let here = libc::AT_FDCWD;
        if path.to_bytes().ends_with(b"-shm") {
            self.shared_memory.push(path.to_owned());
            return sys::open(here, path, flags, mode);
        }
        let is_written = flags & libc::O_ACCMODE != libc::O_RDONLY;
        if is_written && flags & libc::O_CREAT != 0 && !exists(path) {
            self.count();
            self.note(path, Change::Created(path.to_owned()));
        }
        // Truncating is a write that may be lost like any other.
        let opened = sys::open(here, path, flags & !libc::O_TRUNC, mode);
        if opened >= 0 && is_written {
            self.watch(opened, path);
            if flags & libc::O_TRUNC != 0 {
                self.before_truncate(opened, 0);
                sys::ftruncate(opened, 0);
            }
        }
        opened
    }

    fn watch(&mut self, opened: c_int, path: &CStr) {
        let Some(status) = sys::status(opened) else {
            return;
        };
        let flags = libc::O_RDWR | libc::O_CLOEXEC;
        let own = || sys::open(libc::AT_FDCWD, path, flags, 0);
        self.files
            .entry(status.id)
            .or_insert_with(|| File::new(own()));
    }

    pub(crate) fn before_write(&mut self, file: c_int, count: usize, offset: Option<off_t>) {
        let Some(status) = sys::status(file) else {
            return;
        };
        if self.files.contains_key(&status.id) {
            self.count();
        }
        if let Some(watched) = self.files.get_mut(&status.id) {
            let offset = offset.unwrap_or_else(|| sys::position(file));
            let offset = u64::try_from(offset).unwrap_or_default();
            watched.before_write(offset, count as u64);
        }
    }

    pub(crate) fn before_truncate(&mut self, file: c_int, length: off_t) {
        let Some(status) = sys::status(file) else {
            return;
        };
        if self.files.contains_key(&status.id) {
            self.count();
        }
        if let Some(watched) = self.files.get_mut(&status.id) {
            watched.before_truncate(u64::try_from(length).unwrap_or_default());
        }
    }

    /// Makes a file, or the names in a directory, durable. Returns whether it is watched.
    pub(crate) fn flush(&mut self, file: c_int) -> bool {
        let Some(status) = sys::status(file) else {
            return false;
        };
        if self.files.contains_key(&status.id) || self.changes.contains_key(&status.id) {
            self.count();
        }
        if let Some(watched) = self.files.get_mut(&status.id) {
            watched.flush();
            return true;
        }
        let changes = self.changes.remove(&status.id);
        for change in changes.iter().flatten() {
            change.forget();
        }
        changes.is_some()
    }

    pub(crate) fn unlink(&mut self, path: &CStr) -> c_int {
        self.count();
        if let Some(aside) = self.put_aside(path) {
            let name = path.to_owned();
            self.note(path, Change::Removed { name, aside });
        }
        sys::unlink(path)
    }

    pub(crate) fn rename(&mut self, from: &CStr, to: &CStr) -> c_int {
        self.count();
        let replaced = self.put_aside(to);
        let renamed = sys::rename(from, to);
        if renamed == 0 {
            let change = Change::Renamed {
                from: from.to_owned(),
                to: to.to_owned(),
                replaced,
            };
            self.note(to, change);
        } else if let Some(aside) = replaced {
            sys::unlink(&aside);
        }
        renamed
    }

    /// Gives a file a second name beside the watched directory.
    fn put_aside(&mut self, path: &CStr) -> Option<CString> {
        self.set_aside += 1;
        let mut aside = self.root.clone();
        aside.pop();
        aside.extend(format!(".aside-{}", self.set_aside).bytes());
        let aside = CString::new(aside).ok()?;
        (sys::link(path, &aside) == 0).then_some(aside)
    }

    fn note(&mut self, path: &CStr, change: Change) {
        if let Some(directory) = directory_of(path) {
            self.changes.entry(directory).or_default().push(change);
        }
    }

    /// Counts an operation that is about to happen, and lets the power fail before it.
    fn count(&mut self) {
        self.operations_left = self.operations_left.saturating_sub(1);
        if self.operations_left > 0 {
            return;
        }
        for file in self.files.values_mut() {
            file.lose(&mut self.dice);
        }
        for (_, mut changes) in self.changes.drain() {
            let lost = changes.split_off(self.dice.survivors(changes.len()));
            for change in lost.iter().rev() {
                change.undo();
            }
            for change in &changes {
                change.forget();
            }
        }
        for path in &self.shared_memory {
            sys::unlink(path);
        }
        sys::die();
    }
}

impl Change {
    fn undo(&self) {
        match self {
            Self::Created(name) => {
                sys::unlink(name);
            }
            Self::Removed { name, aside } => {
                sys::rename(aside, name);
            }
            Self::Renamed { from, to, replaced } => {
                sys::rename(to, from);
                if let Some(aside) = replaced {
                    sys::rename(aside, to);
                }
            }
        }
    }

    /// There is no way back any more.
    fn forget(&self) {
        match self {
            Self::Created(_) | Self::Renamed { replaced: None, .. } => {}
            Self::Removed { aside, .. }
            | Self::Renamed {
                replaced: Some(aside),
                ..
            } => {
                sys::unlink(aside);
            }
        }
    }
}

fn exists(path: &CStr) -> bool {
    status_of(path, libc::O_PATH).is_some()
}

fn directory_of(path: &CStr) -> Option<FileId> {
    let bytes = path.to_bytes();
    let slash = bytes.iter().rposition(|byte| *byte == b'/')?;
    let directory = CString::new(bytes.get(..slash)?).ok()?;
    status_of(&directory, libc::O_PATH | libc::O_DIRECTORY)
}

fn status_of(path: &CStr, flags: c_int) -> Option<FileId> {
    let opened = sys::open(libc::AT_FDCWD, path, flags | libc::O_CLOEXEC, 0);
    if opened < 0 {
        return None;
    }
    let status = sys::status(opened);
    sys::close(opened);
    status.map(|status| status.id)
}
