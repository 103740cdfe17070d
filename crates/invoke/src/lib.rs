//! From "run this" to an answer.
//!
//! A synchronous invocation goes through `router`: resolve, admit, take an
//! environment, run, answer. An event is put into a durable queue and taken out of it by a
//! dispatcher, which calls the same router. This crate knows neither HTTP requests of clients nor
//! credentials, and neither which engine keeps its state nor what kind of sandbox it runs in.

mod admission;
mod archive;
mod clients;
mod closing;
mod desk;
mod environment;
mod event;
mod extensions;
mod extensions_api;
mod faults;
mod interpreters;
mod invocation;
mod invoker;
mod java_archive;
mod launch;
mod lifecycle;
mod output;
mod packages;
mod plan;
mod pool;
mod prestart;
mod resolve;
mod router;
mod runtime_api;
mod snapshots;
mod stack;
mod stream;
mod targets;
mod trouble;
mod variables;

pub use archive::PackageError;
pub use event::{
    AttemptNote, AttemptResult, ControlError, DeliveryShown, EventControl, EventCursor,
    EventFilter, EventOutcome, EventPage, EventShown, EventState, EventSummary, FinishedEvent,
};
pub use faults::{FaultBook, Ordered};
pub use interpreters::{
    Family, Interpreter, InterpreterSettings, InterpreterVersion, Interpreters, NoInterpreter,
};
pub use invocation::{Answer, Invocation, InvokeError};
pub use invoker::{EventSettings, Invoker, OpenError, Parts, Settings};
pub use packages::AdmittedPackage;
pub use stream::{StreamError, StreamHead, StreamPart, StreamParts, StreamSender, stream};
pub use targets::{Delivered, NoTargets, Targets, Unreachable};
