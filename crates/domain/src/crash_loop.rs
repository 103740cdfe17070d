//! Versions whose environments fail to initialize again and again.
//!
//! Each of their invocations starts a runtime for nothing, up to twice. That is theirs to have, but not at the
//! expense of others: such a version gets no runtime that waits for a function, and few of its environments
//! initialize at once.

use std::collections::HashMap;
use std::hash::Hash;

/// So many failures in a row are a loop. One invocation fails at most twice.
const FAILURES_OF_A_LOOP: u32 = 4;

/// Environments of a version in a loop that may initialize at the same time.
pub const LOOPING_INITS_MAX: usize = 2;

/// Who fails how often.
#[derive(Debug)]
pub struct CrashLoops<K> {
    /// Initializations that failed in a row. Whoever has succeeded is not here.
    failures: HashMap<K, u32>,
}

impl<K: Eq + Hash> CrashLoops<K> {
    pub fn new() -> Self {
        Self {
            failures: HashMap::new(),
        }
    }

    /// An initialization has failed. Says whether that is a loop now.
    pub fn failed(&mut self, version: K) -> bool {
        let failures = self.failures.entry(version).or_default();
        *failures = failures.saturating_add(1);
        *failures >= FAILURES_OF_A_LOOP
    }

    /// An initialization has succeeded.
    pub fn succeeded(&mut self, version: &K) {
        self.failures.remove(version);
    }

    /// Forgets versions that nobody wants any more.
    pub fn retain(&mut self, is_wanted: impl Fn(&K) -> bool) {
        self.failures.retain(|version, _| is_wanted(version));
    }
}

impl<K: Eq + Hash> Default for CrashLoops<K> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_invocations_that_fail_are_a_loop_and_one_success_ends_it() {
        let mut loops = CrashLoops::new();
        for _ in 0..3 {
            assert!(!loops.failed("f"));
        }
        assert!(loops.failed("f"));
        assert!(!loops.failed("g"));

        loops.succeeded(&"f");

        assert!(!loops.failed("f"));
    }

    #[test]
    fn what_nobody_wants_is_forgotten() {
        let mut loops = CrashLoops::new();
        for _ in 0..4 {
            loops.failed("f");
        }

        loops.retain(|version| *version != "f");

        assert!(!loops.failed("f"));
    }
}
