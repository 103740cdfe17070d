//! Faults that are made on purpose, so that people see how their code bears them.
//!
//! Which of a function's faults strike an invocation is decided here, from dice that are handed in:
//! the same seed and the same invocations meet the same faults.

use std::time::Duration;

use crate::limits::TIMEOUT_MAX;

/// The longest that a fault may take.
pub const FAULT_TIME_MAX: Duration = TIMEOUT_MAX;

/// How likely something is, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Probability(f64);

impl Probability {
    pub const CERTAIN: Self = Self(1.0);

    /// `None` for what is not from 0 to 1.
    pub fn new(value: f64) -> Option<Self> {
        (0.0..=1.0).contains(&value).then_some(Self(value))
    }

    pub const fn get(self) -> f64 {
        self.0
    }
}

/// How often one kind of fault strikes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fault {
    pub probability: Probability,
    /// How often it may strike still; without end if there is none.
    pub remaining: Option<u32>,
    /// How often it has struck.
    pub struck: u32,
}

impl Fault {
    fn strikes(&mut self, dice: &mut Dice) -> bool {
        // Rolled also when nothing remains, so that the faults of others do not depend on that.
        let is_hit = dice.roll() < self.probability.0;
        if !is_hit || self.remaining == Some(0) {
            return false;
        }
        self.remaining = self.remaining.map(|remaining| remaining - 1);
        self.struck = self.struck.saturating_add(1);
        true
    }
}

/// A fault that takes or lasts some time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimedFault {
    pub fault: Fault,
    pub time: Duration,
}

/// The faults of one function.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Faults {
    /// The invocation is refused as if the concurrency limit were reached.
    pub throttle: Option<Fault>,
    /// The invocation meets a new environment whose runtime does not come up.
    pub init_failure: Option<Fault>,
    /// The function gets its event that much later, within its time.
    pub latency: Option<TimedFault>,
    /// The environment is killed when the function has run for that long.
    pub crash: Option<TimedFault>,
    /// An event is handed to the function twice.
    pub duplicate: Option<Fault>,
}

/// What happens to one invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strike {
    Throttle,
    InitFailure,
    Latency(Duration),
    /// After this time.
    Crash(Duration),
    Duplicate,
}

impl Strike {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Throttle => "Throttle",
            Self::InitFailure => "InitFailure",
            Self::Latency(_) => "Latency",
            Self::Crash(_) => "Crash",
            Self::Duplicate => "Duplicate",
        }
    }

    pub const fn latency(self) -> Option<Duration> {
        match self {
            Self::Latency(time) => Some(time),
            Self::Throttle | Self::InitFailure | Self::Crash(_) | Self::Duplicate => None,
        }
    }

    /// After which time the environment is killed.
    pub const fn crash(self) -> Option<Duration> {
        match self {
            Self::Crash(after) => Some(after),
            Self::Throttle | Self::InitFailure | Self::Latency(_) | Self::Duplicate => None,
        }
    }
}

/// What is invoked: only an event can come twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    Call,
    Event,
}

impl Faults {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Decides what happens to the next invocation. What is throttled meets nothing else.
    pub fn strike(&mut self, occasion: Occasion, dice: &mut Dice) -> Vec<Strike> {
        let mut hit = |fault: &mut Option<Fault>| {
            let fault = fault.as_mut();
            fault.is_some_and(|fault| fault.strikes(dice))
        };
        if hit(&mut self.throttle) {
            return vec![Strike::Throttle];
        }
        let mut strikes = Vec::new();
        if hit(&mut self.init_failure) {
            strikes.push(Strike::InitFailure);
        }
        if occasion == Occasion::Event && hit(&mut self.duplicate) {
            strikes.push(Strike::Duplicate);
        }
        let mut timed = |fault: &mut Option<TimedFault>| {
            let timed = fault.as_mut()?;
            timed.fault.strikes(dice).then_some(timed.time)
        };
        strikes.extend(timed(&mut self.latency).map(Strike::Latency));
        strikes.extend(timed(&mut self.crash).map(Strike::Crash));
        strikes
    }
}

/// Numbers that look like chance and come again with the same seed: `SplitMix64`.
///
/// docs: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// From 0 up to, but without, 1.
    #[expect(
        clippy::cast_precision_loss,
        reason = "53 bits are all that a double holds"
    )]
    pub fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn likely(probability: f64, remaining: Option<u32>) -> Fault {
        Fault {
            probability: Probability::new(probability).unwrap(),
            remaining,
            struck: 0,
        }
    }

    fn strikes(faults: &mut Faults, occasion: Occasion, times: usize) -> Vec<Vec<Strike>> {
        let mut dice = Dice::new(7);
        (0..times)
            .map(|_| faults.strike(occasion, &mut dice))
            .collect()
    }

    #[test]
    fn a_counted_fault_strikes_that_often_and_no_more() {
        let mut faults = Faults {
            throttle: Some(likely(1.0, Some(2))),
            ..Faults::default()
        };

        let strikes = strikes(&mut faults, Occasion::Call, 4);

        let throttled = vec![Strike::Throttle];
        assert_eq!(strikes, [throttled.clone(), throttled, vec![], vec![]]);
        let throttle = faults.throttle.unwrap();
        assert_eq!((throttle.remaining, throttle.struck), (Some(0), 2));
    }

    #[test]
    fn faults_come_together_but_for_a_throttle_and_only_an_event_comes_twice() {
        let all = Faults {
            throttle: Some(likely(1.0, Some(1))),
            init_failure: Some(likely(1.0, None)),
            latency: Some(TimedFault {
                fault: likely(1.0, None),
                time: SECOND,
            }),
            crash: Some(TimedFault {
                fault: likely(1.0, None),
                time: SECOND * 2,
            }),
            duplicate: Some(likely(1.0, None)),
        };
        let (mut called, mut queued) = (all, all);

        let of_call = strikes(&mut called, Occasion::Call, 2);
        let of_event = strikes(&mut queued, Occasion::Event, 2);

        let timed = [Strike::Latency(SECOND), Strike::Crash(SECOND * 2)];
        assert_eq!(of_call[0], [Strike::Throttle]);
        assert_eq!(
            of_call[1],
            [[Strike::InitFailure].as_slice(), &timed].concat()
        );
        let twice = [Strike::InitFailure, Strike::Duplicate];
        assert_eq!(of_event[1], [twice.as_slice(), &timed].concat());
    }

    #[test]
    fn chance_is_as_likely_as_it_was_set_and_the_same_for_the_same_seed() {
        let faults = Faults {
            duplicate: Some(likely(0.3, None)),
            ..Faults::default()
        };
        let (mut first, mut second) = (faults, faults);

        let once = strikes(&mut first, Occasion::Event, 10_000);

        assert_eq!(once, strikes(&mut second, Occasion::Event, 10_000));
        let struck = first.duplicate.unwrap().struck;
        assert!((2_850..3_150).contains(&struck), "{struck}");
    }

    #[test]
    fn what_cannot_be_or_must_be_never_rolls_otherwise() {
        let mut dice = Dice::new(0);
        let (mut never, mut always) = (likely(0.0, None), likely(1.0, None));

        assert!((0..1_000).all(|_| !never.strikes(&mut dice) && always.strikes(&mut dice)));
        for value in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert_eq!(Probability::new(value), None);
        }
    }
}
