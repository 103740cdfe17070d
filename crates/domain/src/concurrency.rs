//! Reserved concurrency: a part of the account's concurrency that belongs to one function.
//!
//! A reservation guarantees and caps. What nobody has reserved is shared by all other functions,
//! and reservations may not take the last of it.

use crate::change::Refusal;
use crate::function::Function;
use crate::limits::UNRESERVED_CONCURRENCY_MIN;

/// What the account has, and how much of it the other functions have reserved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shares {
    /// Invocations of the account that may run at once.
    pub limit: u32,
    /// The sum of all reservations but that of the function in question.
    pub reserved_by_others: u32,
}

impl Shares {
    /// The shares that `function` meets among all functions of the account.
    pub fn of_others<'a>(
        limit: u32,
        all: impl IntoIterator<Item = &'a Function>,
        function: &Function,
    ) -> Self {
        let others = all.into_iter().filter(|other| other.name != function.name);
        Self {
            limit,
            reserved_by_others: reserved(others),
        }
    }

    /// What stays unreserved at least.
    fn unreserved_min(self) -> u32 {
        UNRESERVED_CONCURRENCY_MIN.min(self.limit)
    }

    /// Whether enough stays unreserved beside a reservation of this size.
    fn has_room_for(self, reserved: u32) -> bool {
        let taken = self.reserved_by_others.checked_add(reserved);
        taken
            .and_then(|taken| taken.checked_add(self.unreserved_min()))
            .is_some_and(|needed| needed <= self.limit)
    }
}

/// The concurrency of an account that no function has reserved.
pub fn unreserved<'a>(limit: u32, all: impl IntoIterator<Item = &'a Function>) -> u32 {
    limit.saturating_sub(reserved(all))
}

fn reserved<'a>(functions: impl IntoIterator<Item = &'a Function>) -> u32 {
    functions
        .into_iter()
        .filter_map(|function| function.reserved_concurrency)
        .fold(0, u32::saturating_add)
}

impl Function {
    /// Reserves concurrency, or changes the reservation. 0 stops the function.
    pub fn reserve_concurrency(&self, reserved: u32, shares: Shares) -> Result<Self, Refusal> {
        let is_more = reserved > self.reserved_concurrency.unwrap_or_default();
        if is_more && !shares.has_room_for(reserved) {
            return Err(Refusal::UnreservedTooLow {
                min: shares.unreserved_min(),
            });
        }
        let mut next = self.clone();
        next.reserved_concurrency = Some(reserved);
        Ok(next)
    }

    /// Takes the reservation away; a function without one stays as it is.
    #[must_use]
    pub fn unreserve_concurrency(&self) -> Self {
        let mut next = self.clone();
        next.reserved_concurrency = None;
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::tests::{a_function, an_active_function};

    fn shares(limit: u32, reserved_by_others: u32) -> Shares {
        Shares {
            limit,
            reserved_by_others,
        }
    }

    fn refused(min: u32) -> Result<Option<u32>, Refusal> {
        Err(Refusal::UnreservedTooLow { min })
    }

    fn reserve(had: Option<u32>, wanted: u32, shares: Shares) -> Result<Option<u32>, Refusal> {
        let mut function = an_active_function();
        function.reserved_concurrency = had;
        let next = function.reserve_concurrency(wanted, shares)?;
        Ok(next.reserved_concurrency)
    }

    #[test]
    fn at_least_a_hundred_stay_unreserved() {
        assert_eq!(reserve(None, 900, shares(1_000, 0)), Ok(Some(900)));
        assert_eq!(reserve(None, 901, shares(1_000, 0)), refused(100));
        assert_eq!(reserve(None, 1, shares(1_000, 899)), Ok(Some(1)));
        assert_eq!(reserve(None, 1, shares(1_000, 900)), refused(100));
        assert_eq!(
            reserve(None, u32::MAX, shares(1_000, u32::MAX)),
            refused(100)
        );
    }

    #[test]
    fn a_reservation_that_takes_nothing_more_is_always_possible() {
        assert_eq!(reserve(None, 0, shares(10, 0)), Ok(Some(0)));
        assert_eq!(reserve(Some(50), 50, shares(100, 0)), Ok(Some(50)));
        assert_eq!(reserve(Some(50), 20, shares(100, 70)), Ok(Some(20)));
    }

    #[test]
    fn a_small_account_keeps_all_of_its_concurrency() {
        assert_eq!(reserve(None, 1, shares(10, 0)), refused(10));
    }

    #[test]
    fn what_is_not_reserved_is_shared() {
        let mut functions = [a_function("a"), a_function("b"), a_function("c")];
        functions[0].reserved_concurrency = Some(100);
        functions[1].reserved_concurrency = Some(50);

        assert_eq!(unreserved(1_000, &functions), 850);
        assert_eq!(unreserved(100, &functions), 0);
        let met = Shares::of_others(1_000, &functions, &functions[1]);
        assert_eq!(met, shares(1_000, 100));
    }

    #[test]
    fn a_function_without_its_reservation_shares_again() {
        let function = an_active_function()
            .reserve_concurrency(0, shares(1_000, 0))
            .unwrap();

        assert_eq!(function.unreserve_concurrency(), an_active_function());
    }
}
