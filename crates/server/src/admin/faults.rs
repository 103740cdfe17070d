//! Faults made on purpose: ordered, shown and cleared, function by function.

use std::time::Duration;

use bytes::Bytes;
use domain::faults::{FAULT_TIME_MAX, Fault, Faults, Probability, TimedFault};
use domain::name::FunctionName;
use http::{Response, StatusCode};
use invoke::{FaultBook, Ordered};
use serde::{Deserialize, Serialize};
use tracing::info;

use super::parameters::function;
use crate::error::Error;
use crate::pipeline::Edge;
use crate::respond;

/// The faults that are to be made of one function.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Order {
    throttle: Option<How>,
    init_failure: Option<How>,
    latency: Option<HowLong>,
    crash: Option<HowLate>,
    duplicate: Option<How>,
    /// What the dice begin with; random if there is none.
    seed: Option<u64>,
}

/// How often a fault strikes: always and without end, unless it says otherwise.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct How {
    probability: Option<f64>,
    count: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct HowLong {
    milliseconds: u64,
    probability: Option<f64>,
    count: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct HowLate {
    #[serde(default)]
    after_milliseconds: u64,
    probability: Option<f64>,
    count: Option<u32>,
}

impl How {
    fn fault(self) -> Result<Fault, Error> {
        let probability = match self.probability {
            None => Probability::CERTAIN,
            Some(value) => Probability::new(value)
                .ok_or_else(|| Error::admin_parameter("Probability", "a number from 0 to 1"))?,
        };
        Ok(Fault {
            probability,
            remaining: self.count,
            struck: 0,
        })
    }
}

impl HowLong {
    fn timed(&self) -> Result<TimedFault, Error> {
        let how = How {
            probability: self.probability,
            count: self.count,
        };
        timed(how, "Milliseconds", self.milliseconds)
    }
}

impl HowLate {
    fn timed(&self) -> Result<TimedFault, Error> {
        let how = How {
            probability: self.probability,
            count: self.count,
        };
        timed(how, "AfterMilliseconds", self.after_milliseconds)
    }
}

fn timed(how: How, name: &str, millis: u64) -> Result<TimedFault, Error> {
    let time = Duration::from_millis(millis);
    if time > FAULT_TIME_MAX {
        let expected = format!("at most {}", FAULT_TIME_MAX.as_millis());
        return Err(Error::admin_parameter(name, &expected));
    }
    let fault = how.fault()?;
    Ok(TimedFault { fault, time })
}

impl Order {
    fn faults(&self) -> Result<Faults, Error> {
        let plain = |how: Option<How>| how.map(How::fault).transpose();
        let faults = Faults {
            throttle: plain(self.throttle)?,
            init_failure: plain(self.init_failure)?,
            latency: self.latency.as_ref().map(HowLong::timed).transpose()?,
            crash: self.crash.as_ref().map(HowLate::timed).transpose()?,
            duplicate: plain(self.duplicate)?,
        };
        if faults.is_empty() {
            return Err(Error::no_fault());
        }
        Ok(faults)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListView<'a> {
    faults: Vec<OrderedView<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct OrderedView<'a> {
    function: &'a str,
    seed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    throttle: Option<FaultView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    init_failure: Option<FaultView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency: Option<FaultView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    crash: Option<FaultView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duplicate: Option<FaultView>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FaultView {
    #[serde(skip_serializing_if = "Option::is_none")]
    milliseconds: Option<u128>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_milliseconds: Option<u128>,
    probability: f64,
    /// How often it may strike still.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u32>,
    /// How often it has struck.
    struck: u32,
}

impl FaultView {
    fn of(fault: &Fault) -> Self {
        Self {
            milliseconds: None,
            after_milliseconds: None,
            probability: fault.probability.get(),
            count: fault.remaining,
            struck: fault.struck,
        }
    }
}

impl<'a> OrderedView<'a> {
    fn of(function: &'a FunctionName, ordered: &Ordered) -> Self {
        let faults = &ordered.faults;
        Self {
            function: function.as_str(),
            seed: ordered.seed,
            throttle: faults.throttle.as_ref().map(FaultView::of),
            init_failure: faults.init_failure.as_ref().map(FaultView::of),
            latency: faults.latency.as_ref().map(|timed| FaultView {
                milliseconds: Some(timed.time.as_millis()),
                ..FaultView::of(&timed.fault)
            }),
            crash: faults.crash.as_ref().map(|timed| FaultView {
                after_milliseconds: Some(timed.time.as_millis()),
                ..FaultView::of(&timed.fault)
            }),
            duplicate: faults.duplicate.as_ref().map(FaultView::of),
        }
    }
}

impl Edge {
    pub(super) fn list_faults(&self) -> Result<Response<Bytes>, Error> {
        let all = self.fault_book()?.all();
        let faults = all.iter().map(|(name, one)| OrderedView::of(name, one));
        let faults = faults.collect();
        respond::json(StatusCode::OK, &ListView { faults })
    }

    pub(super) fn show_faults(&self, name: &str) -> Result<Response<Bytes>, Error> {
        let name = function(name)?;
        let ordered = self.fault_book()?.of(&name);
        let ordered = ordered.ok_or_else(|| Error::no_faults_of(&name))?;
        respond::json(StatusCode::OK, &OrderedView::of(&name, &ordered))
    }

    pub(super) fn order_faults(&self, name: &str, order: &Order) -> Result<Response<Bytes>, Error> {
        let book = self.fault_book()?;
        let name = function(name)?;
        if self.functions.get(name.as_str()).is_none() {
            return Err(Error::function_not_found(&self.home, &name));
        }
        let ordered = book.order(name.clone(), order.faults()?, order.seed);
        info!(function = %name, seed = ordered.seed, "faults ordered");
        respond::json(StatusCode::OK, &OrderedView::of(&name, &ordered))
    }

    pub(super) fn clear_faults(&self, name: &str) -> Result<Response<Bytes>, Error> {
        let name = function(name)?;
        if !self.fault_book()?.clear(&name) {
            return Err(Error::no_faults_of(&name));
        }
        info!(function = %name, "faults cleared");
        respond::json(
            StatusCode::OK,
            &serde_json::json!({ "Function": name.as_str() }),
        )
    }

    fn fault_book(&self) -> Result<&FaultBook, Error> {
        self.invoker.faults().ok_or_else(Error::faults_are_off)
    }
}
