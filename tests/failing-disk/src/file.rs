//! What a file would be if its last writes had not reached the disk.

use std::collections::BTreeMap;

use libc::off_t;

use crate::disk::Dice;
use crate::sys;

/// A disk writes this much whole, or not at all.
type Sector = [u8; 512];

const SECTOR_BYTES: u64 = size_of::<Sector>() as u64;

/// The kernel writes, or fails to write, this much at once.
const PAGE_SECTORS: u64 = 4_096 / SECTOR_BYTES;

/// A file with writes that were not flushed.
#[derive(Debug)]
pub(crate) struct File {
    /// A descriptor of our own, which outlives the writer's and the file's name.
    descriptor: libc::c_int,
    /// Of each sector, what was there before each write since the last flush.
    before: BTreeMap<u64, Vec<Sector>>,
    /// The same of sectors that a flush was asked for and failed to write. The kernel has reported
    /// that once and keeps them as if they were written, so no later flush writes them.
    given_up: BTreeMap<u64, Vec<Sector>>,
    /// How long the file was before each change of that since the last flush.
    lengths: Vec<u64>,
}

impl File {
    pub(crate) fn new(descriptor: libc::c_int) -> Self {
        Self {
            descriptor,
            before: BTreeMap::new(),
            given_up: BTreeMap::new(),
            lengths: Vec::new(),
        }
    }

    /// Remembers what a write replaces.
    pub(crate) fn before_write(&mut self, offset: u64, count: u64) {
        let length = self.length();
        if offset + count > length {
            self.lengths.push(length);
        }
        self.remember(offset, offset + count);
    }

    /// Remembers what a change of the length takes away.
    pub(crate) fn before_truncate(&mut self, to: u64) {
        let length = self.length();
        if to != length {
            self.lengths.push(length);
        }
        self.remember(to, length);
    }

    /// All of it is on the disk now, but for what an earlier flush has given up.
    pub(crate) fn flush(&mut self) {
        self.before.clear();
        self.lengths.clear();
    }

    /// What was written stays in memory, and never gets to the disk unless it is written again.
    pub(crate) fn flush_in_vain(&mut self) {
        for (sector, before) in std::mem::take(&mut self.before) {
            self.given_up.entry(sector).or_default().extend(before);
        }
    }

    /// Takes back what did not reach the disk.
    pub(crate) fn lose(&mut self, dice: &mut Dice) {
        let mut length = self.length();
        let given_up = std::mem::take(&mut self.given_up);
        for (sector, before) in std::mem::take(&mut self.before).into_iter().chain(given_up) {
            // A sector has the state after any of its writes, or after none.
            if let Some(content) = before.get(dice.survivors(before.len())) {
                sys::pwrite(self.descriptor, content, at(sector * SECTOR_BYTES));
            }
        }
        let lengths = std::mem::take(&mut self.lengths);
        if let Some(before) = lengths.get(dice.survivors(lengths.len())) {
            length = *before;
        }
        sys::ftruncate(self.descriptor, at(length));
    }

    fn remember(&mut self, from: u64, to: u64) {
        let (first, end) = (from / SECTOR_BYTES, to.div_ceil(SECTOR_BYTES));
        // A page that is written to is written whole, with what had been given up.
        let pages = first / PAGE_SECTORS * PAGE_SECTORS..end.next_multiple_of(PAGE_SECTORS);
        let again: Vec<u64> = self
            .given_up
            .range(pages)
            .map(|(sector, _)| *sector)
            .collect();
        for sector in again {
            if let Some(states) = self.given_up.remove(&sector) {
                self.before.entry(sector).or_default().extend(states);
            }
        }
        for sector in first..end {
            let mut content: Sector = [0; _];
            // What lies behind the end reads as zeros, as it would after a failure.
            sys::pread(self.descriptor, &mut content, at(sector * SECTOR_BYTES));
            self.before.entry(sector).or_default().push(content);
        }
    }

    fn length(&self) -> u64 {
        sys::status(self.descriptor).map_or(0, |status| status.length)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        sys::close(self.descriptor);
    }
}

fn at(offset: u64) -> off_t {
    off_t::try_from(offset).unwrap_or(off_t::MAX)
}
