//! The rules of a Lambda: names, limits, lifecycles, what a change means.
//!
//! Everything here is a synchronous function over values. Time ([`time::Moment`]) and dice
//! (revision ids, random numbers) arrive as arguments; nothing here knows of disks, HTTP or tasks.

pub mod change;
pub mod concurrency;
pub mod crash_loop;
pub mod destination;
pub mod environment;
pub mod event_invoke;
pub mod extension;
pub mod failure;
pub mod faults;
pub mod fleet;
pub mod function;
pub mod layer;
pub mod limits;
pub mod log_filter;
pub mod log_line;
pub mod name;
pub mod payload;
pub mod prestart;
pub mod retry;
pub mod runtime;
pub mod time;
pub mod trace;
