//! The watched directory: which files and names in it are not durable yet, when operations are
//! refused, and when the power fails.

use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::ops::Range;

use libc::{c_int, mode_t, off_t, pid_t};

use crate::file::File;
use crate::sys::{self, FileId};

#[derive(Debug)]
pub(crate) struct Disk {
    root: Vec<u8>,
    /// A part of it that is not watched.
    except: Option<Vec<u8>>,
    /// The process that was told to watch. Its children have copies of this and only pass on.
    owner: pid_t,
    dice: Dice,
    operations: u64,
    power_fails_at: u64,
    refusals: Option<Refusals>,
    files: HashMap<FileId, File>,
    /// Of each directory, the changes of names since its last flush.
    changes: HashMap<FileId, Vec<Change>>,
    /// Names set aside, so that they can come back.
    set_aside: u64,
    /// Shared memory that a machine does not keep.
    shared_memory: Vec<CString>,
}

/// A time in which the disk does not do what it is told.
#[derive(Debug)]
struct Refusals {
    errno: c_int,
    /// The numbers of the operations, half of which are refused.
    operations: Range<u64>,
}

impl Refusals {
    fn from_environment() -> Option<Self> {
        let errno = match &*variable("FAILING_DISK_REFUSAL")? {
            "EIO" => libc::EIO,
            "ENOSPC" => libc::ENOSPC,
            _ => return None,
        };
        let from = number("FAILING_DISK_REFUSAL_FROM")?;
        let operations = from..from + number("FAILING_DISK_REFUSAL_OPERATIONS")?;
        Some(Self { errno, operations })
    }
}

/// An operation that is refused, with the number of the error.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refused(pub(crate) c_int);

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
    pub(crate) fn from_environment() -> Option<Self> {
        let below = |directory: String| format!("{directory}/").into_bytes();
        Some(Self {
            root: below(variable("FAILING_DISK_ROOT")?),
            except: variable("FAILING_DISK_EXCEPT").map(below),
            owner: sys::process(),
            dice: Dice::new(number("FAILING_DISK_SEED")?),
            operations: 0,
            power_fails_at: number("FAILING_DISK_OPERATIONS")?,
            refusals: Refusals::from_environment(),
            files: HashMap::new(),
            changes: HashMap::new(),
            set_aside: 0,
            shared_memory: Vec::new(),
        })
    }

    pub(crate) fn owner(&self) -> pid_t {
        self.owner
    }

    pub(crate) fn is_watched(&self, path: &CStr) -> bool {
        let path = path.to_bytes();
        let is_excepted = |except: &Vec<u8>| path.starts_with(except);
        path.starts_with(&self.root) && !self.except.as_ref().is_some_and(is_excepted)
    }

    pub(crate) fn open(
        &mut self,
        path: &CStr,
        flags: c_int,
        mode: mode_t,
    ) -> Result<c_int, Refused> {
        let here = libc::AT_FDCWD;
        if path.to_bytes().ends_with(b"-shm") {
            self.shared_memory.push(path.to_owned());
            return Ok(sys::open(here, path, flags, mode));
        }
        let is_written = flags & libc::O_ACCMODE != libc::O_RDONLY;
        if is_written && flags & libc::O_CREAT != 0 && !exists(path) {
            self.count()?;
            self.note(path, Change::Created(path.to_owned()));
        }
        // Truncating is a write that may be lost like any other.
        let opened = sys::open(here, path, flags & !libc::O_TRUNC, mode);
        if opened >= 0 && is_written {
            self.watch(opened, path);
            if flags & libc::O_TRUNC != 0 {
                if let Err(refused) = self.before_truncate(opened, 0) {
                    sys::close(opened);
                    return Err(refused);
                }
                sys::ftruncate(opened, 0);
            }
        }
        Ok(opened)
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

    /// Takes note of a write. Returns whether the file is watched. One that is refused may have
    /// written a part.
    pub(crate) fn before_write(
        &mut self,
        file: c_int,
        bytes: &[u8],
        offset: Option<off_t>,
    ) -> Result<bool, Refused> {
        let Some(status) = sys::status(file) else {
            return Ok(false);
        };
        if !self.files.contains_key(&status.id) {
            return Ok(false);
        }
        let counted = self.count();
        let offset = offset.unwrap_or_else(|| sys::position(file));
        if let Some(watched) = self.files.get_mut(&status.id) {
            watched.before_write(
                u64::try_from(offset).unwrap_or_default(),
                bytes.len() as u64,
            );
        }
        if counted.is_err() {
            let written = bytes.get(..self.dice.survivors(bytes.len()));
            sys::pwrite(file, written.unwrap_or_default(), offset);
        }
        counted.map(|()| true)
    }

    pub(crate) fn before_truncate(&mut self, file: c_int, length: off_t) -> Result<(), Refused> {
        let Some(status) = sys::status(file) else {
            return Ok(());
        };
        if self.files.contains_key(&status.id) {
            self.count()?;
        }
        if let Some(watched) = self.files.get_mut(&status.id) {
            watched.before_truncate(u64::try_from(length).unwrap_or_default());
        }
        Ok(())
    }

    /// Makes a file, or the names in a directory, durable. Returns whether it is watched.
    pub(crate) fn flush(&mut self, file: c_int) -> Result<bool, Refused> {
        let Some(status) = sys::status(file) else {
            return Ok(false);
        };
        let is_file = self.files.contains_key(&status.id);
        if !is_file && !self.changes.contains_key(&status.id) {
            return Ok(false);
        }
        let counted = self.count();
        match (self.files.get_mut(&status.id), counted) {
            (Some(watched), Ok(())) => watched.flush(),
            (Some(watched), Err(_)) => watched.flush_in_vain(),
            // A directory keeps trying.
            (None, Err(_)) => {}
            (None, Ok(())) => {
                let changes = self.changes.remove(&status.id);
                for change in changes.iter().flatten() {
                    change.forget();
                }
            }
        }
        counted.map(|()| true)
    }

    pub(crate) fn unlink(&mut self, path: &CStr) -> Result<c_int, Refused> {
        self.count()?;
        if let Some(aside) = self.put_aside(path) {
            let name = path.to_owned();
            self.note(path, Change::Removed { name, aside });
        }
        Ok(sys::unlink(path))
    }

    pub(crate) fn rename(&mut self, from: &CStr, to: &CStr) -> Result<c_int, Refused> {
        self.count()?;
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
        Ok(renamed)
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

    /// Counts an operation that is about to happen, and lets the power fail before it, or refuses it.
    fn count(&mut self) -> Result<(), Refused> {
        self.operations += 1;
        if self.operations >= self.power_fails_at {
            self.lose_power();
        }
        let refusals = self.refusals.as_ref();
        let refusals = refusals.filter(|refusals| refusals.operations.contains(&self.operations));
        match refusals.map(|refusals| Refused(refusals.errno)) {
            Some(refused) if self.dice.roll(2) == 0 => Err(refused),
            Some(_) | None => Ok(()),
        }
    }

    fn lose_power(&mut self) -> ! {
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

#[expect(
    clippy::disallowed_methods,
    reason = "whoever preloads this library has no other way to tell it anything"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn number(name: &str) -> Option<u64> {
    variable(name)?.parse().ok()
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
