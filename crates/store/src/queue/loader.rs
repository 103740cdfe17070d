//! Reads the events that are on disk at start, page by page, while the first of them run already.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use super::core::Core;
use crate::{EventId, QueueLog, StoreError};

/// Events that are read at once, and that are there when the queue is opened.
const PAGE_EVENTS: usize = 1_000;

#[derive(Debug)]
pub(super) struct Loader {
    stop: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// How far the reading has come.
struct Position {
    after: Option<EventId>,
    /// Events behind this one were accepted since and are in the schedule.
    last: EventId,
}

impl Loader {
    /// Reads the first page, and the others on a thread.
    pub(super) fn start<L: QueueLog>(log: &Arc<L>, core: &Arc<Core>) -> Result<Self, StoreError> {
        let stop = Arc::new(AtomicBool::new(false));
        let first = match log.last()? {
            None => None,
            Some(last) => load_page(&**log, core, &Position { after: None, last })?,
        };
        let thread = match first {
            None => {
                core.end_loading(Ok(()));
                None
            }
            Some(next) => {
                let (log, core, stop) = (Arc::clone(log), Arc::clone(core), Arc::clone(&stop));
                let load = move || core.end_loading(load_rest(&*log, &core, next, &stop));
                let thread = std::thread::Builder::new().name("store-load".to_owned());
                Some(thread.spawn(load).map_err(|error| no_thread(&error))?)
            }
        };
        let thread = Mutex::new(thread);
        Ok(Self { stop, thread })
    }

    /// Ends the thread, before its work is done if need be.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that reads events at start has panicked");
        }
    }
}

fn no_thread(error: &io::Error) -> StoreError {
    StoreError::Unavailable(format!("no thread can be started: {error}"))
}

fn load_rest<L: QueueLog>(
    log: &L,
    core: &Core,
    mut position: Position,
    stop: &AtomicBool,
) -> Result<(), StoreError> {
    while !stop.load(Ordering::Relaxed) {
        match load_page(log, core, &position)? {
            Some(next) => position = next,
            None => return Ok(()),
        }
    }
    Err(StoreError::Unavailable("the queue is closed".to_owned()))
}

/// Reads one page into the schedule, and returns where the next one begins.
fn load_page<L: QueueLog>(
    log: &L,
    core: &Core,
    position: &Position,
) -> Result<Option<Position>, StoreError> {
    let page = log.scan(position.after, PAGE_EVENTS)?;
    let is_full = page.len() == PAGE_EVENTS;
    let after = page.last().map(|(event, _)| *event);
    core.change(|schedule, now| {
        for (event, header) in page {
            if event <= position.last {
                schedule.insert(event, &header, now);
            }
        }
    });
    let has_more = is_full && after < Some(position.last);
    Ok(has_more.then_some(Position { after, ..*position }))
}
