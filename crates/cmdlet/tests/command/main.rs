//! The real binary against a server that records what arrives and answers as it is told.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod calls;
mod consent;
mod delivery;
mod harness;
mod messages;
mod peer;
mod pipeline;
mod profiles;
mod terminal;
