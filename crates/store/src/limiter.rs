//! How many invocations may run at once: of the account, and of each function that has reserved a
//! part of it.
//!
//! A reservation guarantees and caps: its function runs within it and nobody else does. All other
//! functions share what nobody has reserved.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use domain::limits::UNRESERVED_CONCURRENCY_MIN;

/// Which limit leaves no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// What nobody has reserved is in use.
    #[error("the account's concurrency is in use")]
    Account,
    #[error("the function's reserved concurrency is in use")]
    Reserved,
    /// The function has reserved nothing, which stops it.
    #[error("the function has reserved a concurrency of zero")]
    ReservedZero,
}

/// Why a reservation is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("less than {min} would stay unreserved")]
pub struct TooLittleUnreserved {
    /// What has to stay.
    pub min: u32,
}

/// What a function, or the account, uses and may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    pub running: u32,
    /// Of a function without a reservation, what all of those share.
    pub limit: u32,
}

/// The right to run one invocation; given back when dropped.
pub struct Slot {
    give_back: Option<Box<dyn FnOnce() + Send + Sync>>,
}

impl Slot {
    /// A slot that calls this when it is given back.
    pub fn new(give_back: impl FnOnce() + Send + Sync + 'static) -> Self {
        Self {
            give_back: Some(Box::new(give_back)),
        }
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").finish_non_exhaustive()
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(give_back) = self.give_back.take() {
            give_back();
        }
    }
}

/// Counts what runs. Functions are told apart by their names.
#[async_trait]
pub trait Limiter: Send + Sync + fmt::Debug {
    /// A slot, or the limit that leaves none. Does not wait for others to end.
    async fn acquire(&self, function: &str) -> Result<Slot, Refused>;

    /// Sets what a function has reserved, or takes it away. What runs goes on. A reservation that
    /// takes more than before must leave enough unreserved.
    async fn reserve(
        &self,
        function: &str,
        reserved: Option<u32>,
    ) -> Result<(), TooLittleUnreserved>;

    /// What a function uses, and its reservation or the shared part.
    fn usage(&self, function: &str) -> Usage;

    /// What the functions without a reservation use, and their shared part.
    fn unreserved(&self) -> Usage;

    /// What all functions use, and the account's limit.
    fn account(&self) -> Usage;
}

/// The limits of one process.
#[derive(Debug, Clone)]
pub struct LocalLimiter {
    counts: Arc<Mutex<Counts>>,
    limit: u32,
}

#[derive(Debug, Default)]
struct Counts {
    /// Functions of which something runs.
    running: HashMap<Box<str>, u32>,
    reserved: HashMap<Box<str>, u32>,
    reserved_sum: u64,
    running_sum: u32,
    /// Invocations of functions without a reservation.
    sharing: u32,
}

impl LocalLimiter {
    /// Begins with these reservations, whatever they leave: they were granted before.
    pub fn new<'a>(limit: u32, reserved: impl IntoIterator<Item = (&'a str, u32)>) -> Self {
        let mut counts = Counts::default();
        for (function, reserved) in reserved {
            counts.reserve(function, Some(reserved));
        }
        let counts = Arc::new(Mutex::new(counts));
        Self { counts, limit }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        lock(&self.counts)
    }
}

fn lock(counts: &Mutex<Counts>) -> MutexGuard<'_, Counts> {
    // Every change under the lock is complete before anything could panic.
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Counts {
    fn running(&self, function: &str) -> u32 {
        self.running.get(function).copied().unwrap_or_default()
    }

    fn reserve(&mut self, function: &str, reserved: Option<u32>) {
        let running = self.running(function);
        let before = match reserved {
            Some(reserved) => self.reserved.insert(function.into(), reserved),
            None => self.reserved.remove(function),
        };
        match (before, reserved) {
            (None, Some(_)) => self.sharing -= running,
            (Some(_), None) => self.sharing += running,
            (None, None) | (Some(_), Some(_)) => {}
        }
        self.reserved_sum += u64::from(reserved.unwrap_or_default());
        self.reserved_sum -= u64::from(before.unwrap_or_default());
    }

    fn take(&mut self, function: &str, shared: u32) -> Result<(), Refused> {
        match self.reserved.get(function) {
            Some(0) => return Err(Refused::ReservedZero),
            Some(reserved) if self.running(function) >= *reserved => return Err(Refused::Reserved),
            Some(_) => {}
            None if self.sharing >= shared => return Err(Refused::Account),
            None => self.sharing += 1,
        }
        self.running_sum += 1;
        *self.running.entry(function.into()).or_default() += 1;
        Ok(())
    }

    fn give_back(&mut self, function: &str) {
        if !self.reserved.contains_key(function) {
            self.sharing -= 1;
        }
        self.running_sum -= 1;
        if let Some(running) = self.running.get_mut(function) {
            *running -= 1;
            if *running == 0 {
                self.running.remove(function);
            }
        }
    }

    /// What nobody has reserved.
    fn shared(&self, limit: u32) -> u32 {
        limit.saturating_sub(u32::try_from(self.reserved_sum).unwrap_or(u32::MAX))
    }
}

#[async_trait]
impl Limiter for LocalLimiter {
    async fn acquire(&self, function: &str) -> Result<Slot, Refused> {
        let mut counts = self.counts();
        let shared = counts.shared(self.limit);
        counts.take(function, shared)?;
        let (counts, function) = (Arc::clone(&self.counts), Box::<str>::from(function));
        Ok(Slot::new(move || lock(&counts).give_back(&function)))
    }

    async fn reserve(
        &self,
        function: &str,
        reserved: Option<u32>,
    ) -> Result<(), TooLittleUnreserved> {
        let mut counts = self.counts();
        let before = counts.reserved.get(function).copied().unwrap_or_default();
        let after = reserved.unwrap_or_default();
        // An account with a smaller limit keeps all of it.
        let min = UNRESERVED_CONCURRENCY_MIN.min(self.limit);
        let needed = counts.reserved_sum - u64::from(before) + u64::from(after) + u64::from(min);
        if after > before && needed > u64::from(self.limit) {
            return Err(TooLittleUnreserved { min });
        }
        counts.reserve(function, reserved);
        Ok(())
    }

    fn usage(&self, function: &str) -> Usage {
        let counts = self.counts();
        let reserved = counts.reserved.get(function).copied();
        Usage {
            running: counts.running(function),
            limit: reserved.unwrap_or_else(|| counts.shared(self.limit)),
        }
    }

    fn unreserved(&self) -> Usage {
        let counts = self.counts();
        Usage {
            running: counts.sharing,
            limit: counts.shared(self.limit),
        }
    }

    fn account(&self) -> Usage {
        Usage {
            running: self.counts().running_sum,
            limit: self.limit,
        }
    }
}
