//! The faults that operators have ordered, function by function, until they are cleared or the
//! server ends.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::faults::{Dice, Faults, Occasion, Strike};
use domain::name::FunctionName;
use tracing::info;
use uuid::Uuid;

/// Faults that are in force for a function.
#[derive(Debug, Clone)]
pub struct Ordered {
    pub faults: Faults,
    /// What the dice began with.
    pub seed: u64,
    dice: Dice,
}

/// All faults that are in force.
#[derive(Debug, Default)]
pub struct FaultBook {
    ordered: Mutex<BTreeMap<FunctionName, Ordered>>,
}

impl FaultBook {
    /// Orders faults for a function, in place of those it had. Without a seed there is a random one.
    pub fn order(&self, function: FunctionName, faults: Faults, seed: Option<u64>) -> Ordered {
        let seed = seed.unwrap_or_else(|| Uuid::new_v4().as_u64_pair().1);
        let dice = Dice::new(seed);
        let ordered = Ordered { faults, seed, dice };
        self.lock().insert(function, ordered.clone());
        ordered
    }

    /// Says whether there was anything to clear.
    pub fn clear(&self, function: &FunctionName) -> bool {
        self.lock().remove(function).is_some()
    }

    pub fn of(&self, function: &FunctionName) -> Option<Ordered> {
        self.lock().get(function).cloned()
    }

    /// In the order of the functions' names.
    pub fn all(&self) -> Vec<(FunctionName, Ordered)> {
        let ordered = self.lock();
        let all = ordered
            .iter()
            .map(|(name, one)| (name.clone(), one.clone()));
        all.collect()
    }

    /// What happens to the next invocation of a function.
    pub(crate) fn strike(
        &self,
        function: &FunctionName,
        request_id: Uuid,
        occasion: Occasion,
    ) -> Vec<Strike> {
        let mut ordered = self.lock();
        let Some(Ordered { faults, dice, .. }) = ordered.get_mut(function) else {
            return Vec::new();
        };
        let strikes = faults.strike(occasion, dice);
        drop(ordered);
        if !strikes.is_empty() {
            info!(%function, %request_id, ?strikes, "fault made on purpose");
        }
        strikes
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<FunctionName, Ordered>> {
        // Every change under the lock is complete before anything could panic.
        self.ordered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
