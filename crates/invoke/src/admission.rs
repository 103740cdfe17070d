//! Lets invocations in: as many at once as the account and the functions' reservations allow.
//!
//! The limiter counts; here its reservations are kept in line with the functions' documents.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::function::Function;
use domain::name::FunctionName;
use store::documents::Documents;
use store::{Limiter, Refused, Slot};
use tokio::sync::Mutex;
use tracing::error;

/// Reservations by the names of their functions.
type Reservations = BTreeMap<String, u32>;

#[derive(Debug)]
pub(crate) struct Admission {
    limiter: Arc<dyn Limiter>,
    functions: Arc<Documents<Function>>,
    /// What the limiter knows. Whoever changes it has the lock, so that changes come one by one.
    followed: Mutex<Reservations>,
    has_reservations: AtomicBool,
}

impl Admission {
    /// `limiter` begins with the reservations of the documents.
    pub(crate) fn new(limiter: Arc<dyn Limiter>, functions: Arc<Documents<Function>>) -> Self {
        let followed = reservations(&functions);
        Self {
            limiter,
            functions,
            has_reservations: AtomicBool::new(!followed.is_empty()),
            followed: Mutex::new(followed),
        }
    }

    /// Invocations of the account that may run at once.
    pub(crate) fn limit(&self) -> u32 {
        self.limiter.account().limit
    }

    /// A slot, or the limit that leaves none.
    pub(crate) async fn admit(&self, function: &FunctionName) -> Result<Slot, Refused> {
        self.limiter.acquire(function.as_str()).await
    }

    /// The limit that a function would meet first.
    pub(crate) fn limit_of(&self, function: &FunctionName) -> Refused {
        match self.reserved(function) {
            Some(_) => Refused::Reserved,
            None => Refused::Account,
        }
    }

    /// What a function has reserved.
    pub(crate) fn reserved(&self, function: &FunctionName) -> Option<u32> {
        self.functions.get(function.as_str())?.reserved_concurrency
    }

    /// Whether any function has reserved something.
    pub(crate) fn has_reservations(&self) -> bool {
        self.has_reservations.load(Ordering::Relaxed)
    }

    /// Follows a function's document: what it has reserved counts when this returns.
    pub(crate) async fn follow(&self, function: &FunctionName) {
        let mut followed = self.followed.lock().await;
        let known = followed.get(function.as_str()).copied();
        if self.reserved(function) == known {
            return;
        }
        let wanted = reservations(&self.functions);
        // Others may have given up what this function takes, and not have been followed yet.
        for (name, reserved) in differences(&followed, &wanted) {
            match self.limiter.reserve(&name, reserved).await {
                Ok(()) => {
                    match reserved {
                        Some(reserved) => followed.insert(name, reserved),
                        None => followed.remove(&name),
                    };
                }
                Err(error) => error!(function = name, %error, "a reservation does not count"),
            }
        }
        let has_reservations = !followed.is_empty();
        self.has_reservations
            .store(has_reservations, Ordering::Relaxed);
    }
}

fn reservations(functions: &Documents<Function>) -> Reservations {
    let reserved = |function: &Arc<Function>| {
        let reserved = function.reserved_concurrency?;
        Some((function.name.to_string(), reserved))
    };
    functions.list().iter().filter_map(reserved).collect()
}

/// What has to change, those first that leave room for others.
fn differences(from: &Reservations, to: &Reservations) -> Vec<(String, Option<u32>)> {
    let names = from
        .keys()
        .chain(to.keys().filter(|name| !from.contains_key(*name)));
    let mut changes: Vec<(String, Option<u32>)> = names
        .filter(|name| from.get(*name) != to.get(*name))
        .map(|name| (name.clone(), to.get(name).copied()))
        .collect();
    changes.sort_by_key(|(name, reserved)| *reserved > from.get(name).copied());
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reserved(of: &[(&str, u32)]) -> Reservations {
        of.iter()
            .map(|(name, n)| ((*name).to_owned(), *n))
            .collect()
    }

    #[test]
    fn what_is_given_up_comes_before_what_is_taken() {
        let from = reserved(&[("a", 900), ("b", 10), ("d", 1)]);
        let to = reserved(&[("a", 1), ("b", 900), ("c", 7), ("d", 1)]);

        let changes = differences(&from, &to);

        let expected = [("a", Some(1)), ("b", Some(900)), ("c", Some(7))];
        let expected = expected.map(|(name, n)| (name.to_owned(), n));
        assert_eq!(changes, expected);
        let gone = differences(&from, &reserved(&[("c", 5)]));
        assert_eq!(gone.last(), Some(&("c".to_owned(), Some(5))));
        assert_eq!(gone.len(), 4);
    }
}
