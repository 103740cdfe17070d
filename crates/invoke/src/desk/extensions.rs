//! The part of a desk where extensions come: they register, ask for events, and say when they cannot go on.

use std::sync::Arc;

use domain::environment::State;
use domain::extension::{Event, Extension, Fault, Refusal, ShutdownReason};
use domain::failure::Failure;
use sandbox::Exit;
use uuid::Uuid;

use super::{Desk, Inner, Work};
use crate::router::os_error;

/// What an extension hears of.
#[derive(Debug, Clone)]
pub(crate) enum ExtensionEvent {
    Invoke(Arc<Work>),
    Shutdown {
        reason: ShutdownReason,
        /// Milliseconds since the Unix epoch at which all is over.
        deadline_millis: u64,
    },
}

impl Desk {
    /// An extension makes itself known; it is told its identifier.
    pub(crate) fn register(&self, name: &str, events: &[String]) -> Result<Uuid, Refusal> {
        let id = Uuid::new_v4();
        self.lock().extensions.register(name, events, id)?;
        self.extensions_changed.notify_waiters();
        Ok(id)
    }

    /// An extension asks for the next event and waits until there is one.
    pub(crate) async fn next_event(&self, id: Uuid) -> Result<ExtensionEvent, Refusal> {
        {
            let mut inner = self.lock();
            inner.extensions.on(id, Event::Polled)?;
            inner.note_initialized();
        }
        self.extensions_changed.notify_waiters();
        loop {
            let changed = self.extensions_changed.notified();
            if let Some(event) = self.lock().take_event(id)? {
                return Ok(event);
            }
            changed.await;
        }
    }

    /// An extension says that it cannot start or go on. It is to end by itself.
    pub(crate) fn extension_failed(
        &self,
        id: Uuid,
        event: Event,
        error_type: &str,
    ) -> Result<(), Refusal> {
        let mut inner = self.lock();
        inner.extensions.on(id, event)?;
        inner.extensions.explain(id, error_type);
        Ok(())
    }

    /// The process of an external extension has ended, by itself or by us.
    pub(crate) fn extension_ended(&self, place: usize, exit: Exit) {
        {
            let mut inner = self.lock();
            if inner.state == State::Stopped {
                return;
            }
            let failure = match exit {
                Exit::NotExecuted(errno) => inner.not_launched(place, errno),
                Exit::Code(status) => {
                    Failure::extension_exited(inner.extensions.ended(place), status)
                }
                Exit::Signal(signal) => {
                    Failure::extension_killed(inner.extensions.ended(place), signal)
                }
                Exit::OutOfMemory => Failure::extension_killed(inner.extensions.ended(place), 9),
            };
            inner.fail(&failure);
        }
        self.extensions_changed.notify_waiters();
    }

    /// There are more external extensions than may be.
    pub(crate) fn refuse_extension(&self, place: usize) {
        let mut inner = self.lock();
        let fault = inner.extensions.not_launched(place, "TooManyExtensions");
        let why = Refusal::TooMany.to_string();
        inner.fail(&Failure::Extension { fault, why });
    }

    /// Waits until every external extension has registered. Whether it is time for the runtime then.
    pub(crate) async fn extensions_registered(&self) -> bool {
        let is_time = |inner: &mut Inner| {
            if inner.state == State::Stopped {
                return Some(false);
            }
            inner.has_runtime = inner.extensions.have_registered();
            inner.has_runtime.then_some(true)
        };
        self.wait_for(is_time).await
    }

    /// Waits until the runtime and every extension wait for work. Whether they live.
    pub(crate) async fn parked(&self) -> bool {
        let is_parked = |inner: &mut Inner| {
            let is_over = inner.state == State::Stopped;
            (is_over || inner.is_free()).then_some(!is_over)
        };
        self.wait_for(is_parked).await
    }

    async fn wait_for(&self, mut known: impl FnMut(&mut Inner) -> Option<bool>) -> bool {
        loop {
            let changed = self.extensions_changed.notified();
            if let Some(known) = known(&mut self.lock()) {
                return known;
            }
            changed.await;
        }
    }

    /// Why the environment is to end, for those who are told.
    pub(crate) fn ends_for(&self, reason: ShutdownReason) {
        self.lock().reason = reason;
    }

    /// Tells the extensions that want to know that all is over at the deadline. The places of the external ones that
    /// do not want to know.
    pub(crate) fn announce_end(&self, deadline_millis: u64) -> Vec<usize> {
        let mut unaware = Vec::new();
        {
            let mut inner = self.lock();
            let Inner {
                extensions,
                events,
                reason,
                ..
            } = &mut *inner;
            for (place, extension) in extensions.iter().enumerate() {
                match extension.id() {
                    Some(id) if extension.subscriptions.shutdown => {
                        let shutdown = ExtensionEvent::Shutdown {
                            reason: *reason,
                            deadline_millis,
                        };
                        events.insert(id, shutdown);
                    }
                    _ => unaware.push(place),
                }
            }
        }
        self.extensions_changed.notify_waiters();
        unaware
    }

    /// What is known of the extensions now.
    pub(crate) fn extensions(&self) -> Vec<Extension> {
        self.lock().extensions.iter().cloned().collect()
    }

    /// Whether there are any.
    pub(crate) fn has_extensions(&self) -> bool {
        !self.lock().extensions.is_empty()
    }

    /// How long the end may take.
    pub(crate) fn shutdown_time(&self) -> std::time::Duration {
        self.lock().extensions.shutdown_time()
    }

    /// Whether the runtime's process was started.
    pub(crate) fn has_runtime(&self) -> bool {
        self.lock().has_runtime
    }
}

impl Inner {
    /// Tells the extensions that want to know of the work.
    pub(super) fn call_extensions(&mut self, work: &Arc<Work>) {
        if self.extensions.is_empty() {
            return;
        }
        for id in self.extensions.invoke() {
            let event = ExtensionEvent::Invoke(Arc::clone(work));
            self.events.insert(id, event);
        }
    }

    fn take_event(&mut self, id: Uuid) -> Result<Option<ExtensionEvent>, Refusal> {
        let Some(event) = self.events.remove(&id) else {
            return Ok(None);
        };
        if let ExtensionEvent::Shutdown { .. } = event {
            // Refused only if an invocation has called it that it will not hear of any more.
            let _called = self.extensions.on(id, Event::Invoked);
        }
        self.extensions.on(id, Event::Taken)?;
        Ok(Some(event))
    }

    fn not_launched(&mut self, place: usize, errno: i32) -> Failure {
        let kind = std::io::Error::from_raw_os_error(errno).kind();
        let is_denied = kind == std::io::ErrorKind::PermissionDenied;
        // observed: the types that Lambda's log knows for this.
        let error_type = if is_denied {
            "PermissionDenied"
        } else {
            "UnknownError"
        };
        let fault: Fault = self.extensions.not_launched(place, error_type);
        let name = self.extensions.iter().nth(place);
        let name = name.map_or("", |extension| &extension.name);
        let why = format!("fork/exec /opt/extensions/{name}: {}", os_error(errno));
        Failure::Extension { fault, why }
    }
}
