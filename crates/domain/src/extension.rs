//! The rules of the extensions of one execution environment: who may say what when, and when they are done.
//!
//! ```text
//!  external: Started ─ Registered ▶ Registered      internal: begins as Registered
//!                                       │ Polled
//!                        Invoked        ▼         Polled
//!              Called ◀───────────── Ready ◀────────────── Running
//!                └──────────────────── Taken ────────────────▶┘
//! ```
//!
//! From everywhere: an error that it reports, and its end. External extensions are processes of their own, which we
//! start; internal ones are part of the runtime's. docs: runtimes-extensions-api; texts and states observed.

use std::time::Duration;

use uuid::Uuid;

use crate::limits::{EXTENSIONS_MAX, SHUTDOWN_EXTERNAL_EXTENSIONS, SHUTDOWN_INTERNAL_EXTENSIONS};

/// Where an extension is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Its process runs, and has not registered.
    Started,
    Registered,
    /// It waits for an event.
    Ready,
    /// An event is there that it has not taken.
    Called,
    /// It has taken an event.
    Running,
    /// It said that it cannot start.
    InitError,
    /// It said that it cannot go on.
    ExitError,
    /// Its process has ended.
    Exited,
    /// Its process could not be started.
    LaunchError,
}

impl State {
    /// observed: the names that Lambda's log and errors have for them.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Started => "Started",
            Self::Registered => "Registered",
            // Whether it has taken an event already is nothing that Lambda tells.
            Self::Ready | Self::Called => "Ready",
            Self::Running => "Running",
            Self::InitError => "InitError",
            Self::ExitError => "ExitError",
            Self::Exited => "Exited",
            Self::LaunchError => "LaunchError",
        }
    }
}

/// What happens to a registered extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// It asked for the next event.
    Polled,
    /// There is an event for it.
    Invoked,
    /// It was given the event.
    Taken,
    /// It reported that it cannot start.
    InitFailed,
    /// It reported that it cannot go on.
    ExitFailed,
}

impl Event {
    /// The state that the event would lead to, as errors name it.
    const fn wanted(self) -> State {
        match self {
            Self::Polled => State::Ready,
            Self::Invoked => State::Called,
            Self::Taken => State::Running,
            Self::InitFailed => State::InitError,
            Self::ExitFailed => State::ExitError,
        }
    }
}

/// The events that an extension asked for when it registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Subscriptions {
    pub invoke: bool,
    pub shutdown: bool,
}

impl Subscriptions {
    /// As Lambda writes them.
    pub fn names(self) -> Vec<&'static str> {
        let invoke = self.invoke.then_some("INVOKE");
        let shutdown = self.shutdown.then_some("SHUTDOWN");
        invoke.into_iter().chain(shutdown).collect()
    }
}

/// One extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    pub name: String,
    pub subscriptions: Subscriptions,
    pub state: State,
    /// What went wrong, in its own words or in Lambda's.
    pub error_type: Option<String>,
    is_external: bool,
    id: Option<Uuid>,
}

/// Why an extension is told no. Its text is the error's message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("Empty extension name")]
    NoName,
    #[error("Extension registration closed already")]
    Closed,
    #[error("Extension with this name already registered")]
    NameTaken,
    #[error("Extension limit ({EXTENSIONS_MAX}) reached")]
    TooMany,
    #[error("{0}: ErrorInvalidEventType")]
    UnknownEvent(String),
    #[error("SHUTDOWN: ShutdownEventNotSupportedForInternalExtension")]
    ShutdownOfInternal,
    #[error("Missing Lambda-Extension-Identifier header")]
    NoId,
    #[error("Invalid Lambda-Extension-Identifier")]
    InvalidId,
    #[error("Unknown extension {0}")]
    UnknownId(Uuid),
    #[error("State transition from {} to {} failed for extension {who}. Error: State transition is not allowed", from.name(), to.name())]
    NotAllowed { from: State, to: State, who: String },
}

impl Refusal {
    /// The error's type on the Extensions API.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NoName => "Extension.InvalidExtensionName",
            Self::Closed => "Extension.RegistrationClosed",
            Self::NameTaken | Self::NotAllowed { .. } => "Extension.InvalidExtensionState",
            Self::TooMany => "Extension.TooManyExtensions",
            Self::UnknownEvent(_) | Self::ShutdownOfInternal => "Extension.InvalidEventType",
            Self::NoId => "Extension.MissingExtensionIdentifier",
            Self::InvalidId => "Extension.InvalidExtensionIdentifier",
            Self::UnknownId(_) => "Extension.UnknownExtensionIdentifier",
        }
    }
}

/// How an extension broke its environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Launch,
    Init,
    Exit,
    Crash,
}

impl Fault {
    /// The type of the error that the caller of the function gets.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Launch => "Extension.LaunchError",
            Self::Init => "Extension.InitError",
            Self::Exit => "Extension.ExitError",
            Self::Crash => "Extension.Crash",
        }
    }
}

/// Why an environment ends, as its extensions are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ShutdownReason {
    #[default]
    Spindown,
    Timeout,
    Failure,
}

impl ShutdownReason {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spindown => "spindown",
            Self::Timeout => "timeout",
            Self::Failure => "failure",
        }
    }
}

/// All extensions of one environment.
#[derive(Debug, Default)]
pub struct Extensions {
    /// The external ones first, in the order in which they were started.
    all: Vec<Extension>,
    is_closed: bool,
    fault: Option<Fault>,
}

impl Extensions {
    /// Those of these names are started as processes.
    pub fn external(names: impl IntoIterator<Item = String>) -> Self {
        let all = names.into_iter().map(|name| Extension {
            name,
            subscriptions: Subscriptions::default(),
            state: State::Started,
            error_type: None,
            is_external: true,
            id: None,
        });
        Self {
            all: all.collect(),
            ..Self::default()
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Extension> {
        self.all.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Registers the process that has this name, or else a part of the runtime.
    pub fn register(&mut self, name: &str, events: &[String], id: Uuid) -> Result<(), Refusal> {
        if name.is_empty() {
            return Err(Refusal::NoName);
        }
        let mut subscriptions = Subscriptions::default();
        for event in events {
            match event.as_str() {
                "INVOKE" => subscriptions.invoke = true,
                "SHUTDOWN" => subscriptions.shutdown = true,
                _ => return Err(Refusal::UnknownEvent(event.clone())),
            }
        }
        if let Some(known) = self.all.iter_mut().find(|known| known.name == name) {
            return known.register(subscriptions, id);
        }
        if subscriptions.shutdown {
            return Err(Refusal::ShutdownOfInternal);
        }
        if self.is_closed {
            return Err(Refusal::Closed);
        }
        if self.all.len() >= EXTENSIONS_MAX {
            return Err(Refusal::TooMany);
        }
        self.all.push(Extension {
            name: name.to_owned(),
            subscriptions,
            state: State::Registered,
            error_type: None,
            is_external: false,
            id: Some(id),
        });
        Ok(())
    }

    /// Nobody registers any more: the runtime has asked for work.
    pub fn close(&mut self) {
        self.is_closed = true;
    }

    /// Applies one event, or leaves everything as it was and refuses.
    pub fn on(&mut self, id: Uuid, event: Event) -> Result<(), Refusal> {
        let found = self.all.iter_mut().find(|known| known.id == Some(id));
        let extension = found.ok_or(Refusal::UnknownId(id))?;
        extension.on(event)?;
        let fault = match event {
            Event::InitFailed => Fault::Init,
            Event::ExitFailed => Fault::Exit,
            Event::Polled | Event::Invoked | Event::Taken => return Ok(()),
        };
        self.fault.get_or_insert(fault);
        Ok(())
    }

    /// Keeps what an extension said about its failure; the first word counts.
    pub fn explain(&mut self, id: Uuid, error_type: &str) {
        let found = self.all.iter_mut().find(|known| known.id == Some(id));
        if let Some(extension) = found {
            extension
                .error_type
                .get_or_insert_with(|| error_type.to_owned());
        }
    }

    /// The process of the external extension at this place has ended; says how that breaks the environment.
    pub fn ended(&mut self, place: usize) -> Fault {
        if let Some(extension) = self.all.get_mut(place)
            && !matches!(extension.state, State::InitError | State::ExitError)
        {
            extension.state = State::Exited;
        }
        *self.fault.get_or_insert(Fault::Crash)
    }

    /// The process of the external extension at this place could not be started.
    pub fn not_launched(&mut self, place: usize, error_type: &str) -> Fault {
        if let Some(extension) = self.all.get_mut(place) {
            extension.state = State::LaunchError;
            extension.error_type = Some(error_type.to_owned());
        }
        *self.fault.get_or_insert(Fault::Launch)
    }

    /// What an extension has reported about its end, if one has.
    pub fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// Calls those that want to hear of invocations, and says who they are.
    pub fn invoke(&mut self) -> Vec<Uuid> {
        let wanting = self.all.iter_mut().filter(|one| one.subscriptions.invoke);
        let called = wanting.filter_map(|one| one.on(Event::Invoked).ok().and(one.id));
        called.collect()
    }

    /// Whether every process that we started has registered.
    pub fn have_registered(&self) -> bool {
        self.all.iter().all(|one| one.state != State::Started)
    }

    /// Whether every one has asked for its first event.
    pub fn are_initialized(&self) -> bool {
        self.all
            .iter()
            .all(|one| matches!(one.state, State::Ready | State::Called | State::Running))
    }

    /// Whether every one waits for the next event.
    pub fn are_parked(&self) -> bool {
        self.all.iter().all(|one| one.state == State::Ready)
    }

    /// How long the end of the environment may take.
    pub fn shutdown_time(&self) -> Duration {
        if self.all.iter().any(|one| one.is_external) {
            SHUTDOWN_EXTERNAL_EXTENSIONS
        } else if self.all.is_empty() {
            Duration::ZERO
        } else {
            SHUTDOWN_INTERNAL_EXTENSIONS
        }
    }
}

impl Extension {
    /// The identifier, once it has registered.
    pub fn id(&self) -> Option<Uuid> {
        self.id
    }

    fn register(&mut self, subscriptions: Subscriptions, id: Uuid) -> Result<(), Refusal> {
        if !self.is_external {
            return Err(Refusal::NameTaken);
        }
        if self.state != State::Started {
            return Err(self.refuse(State::Registered));
        }
        self.state = State::Registered;
        self.subscriptions = subscriptions;
        self.id = Some(id);
        Ok(())
    }

    fn on(&mut self, event: Event) -> Result<(), Refusal> {
        self.state = match (self.state, event) {
            // One that lost its connection while it waited asks again.
            (State::Registered | State::Ready | State::Running, Event::Polled) => State::Ready,
            (State::Called, Event::Polled) | (State::Ready, Event::Invoked) => State::Called,
            (State::Called, Event::Taken) => State::Running,
            (State::Registered | State::InitError, Event::InitFailed) => State::InitError,
            (
                State::Registered
                | State::Ready
                | State::Called
                | State::Running
                | State::ExitError,
                Event::ExitFailed,
            ) => State::ExitError,
            (_, event) => return Err(self.refuse(event.wanted())),
        };
        Ok(())
    }

    /// observed: registration names the extension, everything else its identifier.
    fn refuse(&self, to: State) -> Refusal {
        let who = match self.id {
            Some(id) if to != State::Registered => id.to_string(),
            _ => self.name.clone(),
        };
        let from = self.state;
        Refusal::NotAllowed { from, to, who }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    fn words(events: &[&str]) -> Vec<String> {
        events.iter().map(|event| (*event).to_owned()).collect()
    }

    /// One external extension that has registered for everything.
    fn registered() -> Extensions {
        let mut extensions = Extensions::external(["one".to_owned()]);
        extensions
            .register("one", &words(&["INVOKE", "SHUTDOWN"]), ID)
            .unwrap();
        extensions
    }

    fn state(extensions: &Extensions) -> State {
        extensions.iter().next().unwrap().state
    }

    #[test]
    fn admission_table() {
        let events = [
            Event::Polled,
            Event::Invoked,
            Event::Taken,
            Event::InitFailed,
            Event::ExitFailed,
        ];
        let row = |state: State| -> String {
            let admits = |event: &Event| {
                let mut extensions = registered();
                extensions.all[0].state = state;
                extensions.on(ID, *event).is_ok()
            };
            events
                .iter()
                .map(|event| if admits(event) { 'x' } else { '.' })
                .collect()
        };

        let rows = [
            State::Started,
            State::Registered,
            State::Ready,
            State::Called,
            State::Running,
            State::InitError,
            State::ExitError,
            State::Exited,
            State::LaunchError,
        ]
        .map(row);

        let expected = [
            ".....", "x..xx", "xx..x", "x.x.x", "x...x", "...x.", "....x", ".....", ".....",
        ];
        assert_eq!(rows, expected);
    }

    #[test]
    fn an_extension_hears_of_one_invocation_after_the_other() {
        let mut extensions = registered();
        assert!(extensions.have_registered() && !extensions.are_initialized());

        for _ in 0..2 {
            extensions.on(ID, Event::Polled).unwrap();
            assert!(extensions.are_parked() && extensions.are_initialized());
            assert_eq!(extensions.invoke(), [ID]);
            assert!(!extensions.are_parked());
            extensions.on(ID, Event::Taken).unwrap();
        }

        assert_eq!(state(&extensions), State::Running);
    }

    #[test]
    fn one_that_asked_for_the_end_alone_is_not_waited_for() {
        let mut extensions = Extensions::external(["one".to_owned()]);
        extensions
            .register("one", &words(&["SHUTDOWN"]), ID)
            .unwrap();
        extensions.on(ID, Event::Polled).unwrap();

        assert!(extensions.invoke().is_empty());

        assert!(extensions.are_parked());
    }

    #[test]
    fn who_may_not_register_is_told_why() {
        let mut extensions = Extensions::external(["one".to_owned()]);
        let mut refused = |name: &str, events: &[&str]| {
            let refusal = extensions
                .register(name, &words(events), OTHER)
                .unwrap_err();
            (refusal.kind(), refusal.to_string())
        };

        let table = [
            (
                "",
                &[][..],
                "Extension.InvalidExtensionName",
                "Empty extension name",
            ),
            (
                "one",
                &["X"],
                "Extension.InvalidEventType",
                "X: ErrorInvalidEventType",
            ),
            (
                "inside",
                &["SHUTDOWN"],
                "Extension.InvalidEventType",
                "SHUTDOWN: ShutdownEventNotSupportedForInternalExtension",
            ),
        ];
        for (name, events, kind, text) in table {
            assert_eq!(refused(name, events), (kind, text.to_owned()));
        }

        extensions.register("one", &[], ID).unwrap();
        let again = extensions.register("one", &[], OTHER).unwrap_err();
        assert_eq!(
            again.to_string(),
            "State transition from Registered to Registered failed for extension one. \
             Error: State transition is not allowed"
        );
        for n in 1..EXTENSIONS_MAX {
            let id = Uuid::new_v4();
            extensions.register(&format!("inside{n}"), &[], id).unwrap();
        }
        assert_eq!(
            extensions.register("more", &[], OTHER),
            Err(Refusal::TooMany)
        );
        assert_eq!(
            extensions.register("inside1", &[], OTHER),
            Err(Refusal::NameTaken)
        );
        extensions.close();
        assert_eq!(
            extensions.register("more", &[], OTHER),
            Err(Refusal::Closed)
        );
    }

    #[test]
    fn the_first_fault_is_the_one_that_counts() {
        let mut crashed = registered();
        assert_eq!(crashed.ended(0), Fault::Crash);
        assert_eq!(state(&crashed), State::Exited);

        let mut failed = registered();
        failed.on(ID, Event::InitFailed).unwrap();
        failed.explain(ID, "Mine.First");
        failed.explain(ID, "Mine.Second");
        assert_eq!(failed.ended(0), Fault::Init);
        let one = failed.iter().next().unwrap();
        assert_eq!(one.state, State::InitError);
        assert_eq!(one.error_type.as_deref(), Some("Mine.First"));

        let mut missing = Extensions::external(["one".to_owned()]);
        assert_eq!(missing.not_launched(0, "PermissionDenied"), Fault::Launch);
        assert_eq!(state(&missing), State::LaunchError);
    }

    #[test]
    fn an_unknown_identifier_is_refused() {
        let refusal = registered().on(OTHER, Event::Polled).unwrap_err();

        assert_eq!(refusal, Refusal::UnknownId(OTHER));
    }

    #[test]
    fn the_time_for_the_end_depends_on_who_is_there() {
        let mut inside = Extensions::default();
        assert_eq!(inside.shutdown_time(), Duration::ZERO);
        inside.register("inside", &[], ID).unwrap();
        assert_eq!(inside.shutdown_time(), Duration::from_millis(500));
        assert_eq!(registered().shutdown_time(), Duration::from_secs(2));
    }
}
