//! The AWS wire contract of Lambda, service version 2015-03-31: which operations there are, how a request
//! line finds one, what its input and output look like, which constraints a value must satisfy, and what
//! errors are called.
//!
//! A request meets the modules in this order: [`route()`], then `read` on the operation's [`input`], and on the
//! way back its [`output`] or an [`ErrorName`]. `generated` is written by `cargo xtask codegen` from `models/`;
//! the other modules interpret it. Knows nothing of what a server does with any of it.

mod blob;
mod conform;
#[rustfmt::skip]
mod generated;
mod json;
mod read;
mod route;
mod rule;
mod timestamp;
mod violation;

pub use blob::Blob;
pub use conform::SerializationError;
pub use generated::error::ErrorName;
pub use generated::operation::Operation;
pub use generated::{header, input, output, values};
pub use read::{ReadError, WireRequest};
pub use route::{Labels, NoRoute, route};
pub use violation::Violations;
