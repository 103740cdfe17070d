//! The list of events, page by page: first those that run or wait, then deliveries, then what is
//! unreadable, then the results that are kept.

use domain::name::FunctionName;
use store::{EventId, KeptId, QueueError, QueueName, Scope};

use super::control::{EventControl, function_of};
use super::shown::{EventState, EventSummary, FinishedEvent};
use super::{LAMBDA, OUTBOX, UNREADABLE};

/// How many entries one request looks at; a page may have less than asked for, and a next one.
const LOOK_MAX: usize = 10_000;

/// How many entries are read at once.
const PART: usize = 500;

/// Which events a listing is about.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    pub function: Option<FunctionName>,
    pub state: Option<EventState>,
}

/// A part of the list of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPage {
    pub events: Vec<EventSummary>,
    /// Where the next page begins, if there may be one.
    pub next: Option<EventCursor>,
}

/// A place in the list of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventCursor {
    section: Section,
    after: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Pending,
    Deliveries,
    Unreadable,
    Results,
}

impl Section {
    const ALL: [Self; 4] = [
        Self::Pending,
        Self::Deliveries,
        Self::Unreadable,
        Self::Results,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Deliveries => "deliveries",
            Self::Unreadable => "unreadable",
            Self::Results => "results",
        }
    }

    const fn next(self) -> Option<Self> {
        match self {
            Self::Pending => Some(Self::Deliveries),
            Self::Deliveries => Some(Self::Unreadable),
            Self::Unreadable => Some(Self::Results),
            Self::Results => None,
        }
    }

    const fn of(state: EventState) -> Self {
        match state {
            EventState::Queued | EventState::Running | EventState::Retrying => Self::Pending,
            EventState::Delivering | EventState::Undeliverable => Self::Deliveries,
            EventState::Unreadable => Self::Unreadable,
            EventState::Succeeded | EventState::Failed | EventState::Cancelled => Self::Results,
        }
    }

    fn scope(self, function: Option<&FunctionName>) -> Scope {
        let family = match self {
            Self::Pending | Self::Results => LAMBDA,
            Self::Deliveries => OUTBOX,
            Self::Unreadable => UNREADABLE,
        };
        match (self, function) {
            // Named after the queue that it comes from; the filter looks at the function.
            (Self::Unreadable, _) | (_, None) => Scope::Family(family),
            (_, Some(function)) => Scope::Queue(QueueName::new(family, function.as_str())),
        }
    }
}

impl EventCursor {
    const START: Self = Self::before(Section::Pending);

    const fn before(section: Section) -> Self {
        Self {
            section,
            after: None,
        }
    }

    /// Reads what its `Display` wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, after) = text.split_once('-')?;
        let section = Section::ALL.into_iter().find(|it| it.as_str() == name)?;
        let after = Some(after.parse().ok()?);
        Some(Self { section, after })
    }
}

impl std::fmt::Display for EventCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let after = self.after.unwrap_or_default();
        write!(f, "{}-{after}", self.section.as_str())
    }
}

/// Some entries with their places, and whether their section has more.
type Entries = (Vec<(u64, EventSummary)>, bool);

impl EventControl {
    /// Up to `limit` events behind a place in the list.
    pub async fn list(
        &self,
        filter: &EventFilter,
        after: Option<EventCursor>,
        limit: usize,
    ) -> Result<EventPage, QueueError> {
        let only = filter.state.map(Section::of);
        let mut cursor = after.unwrap_or(only.map_or(EventCursor::START, EventCursor::before));
        let mut events = Vec::new();
        let mut looked = 0;
        loop {
            let (entries, has_more) = self.entries(filter, cursor).await?;
            for (place, summary) in entries {
                cursor.after = Some(place);
                looked += 1;
                if filter.matches(&summary) {
                    events.push(summary);
                }
                if events.len() >= limit || looked >= LOOK_MAX {
                    let next = Some(cursor);
                    return Ok(EventPage { events, next });
                }
            }
            if has_more {
                continue;
            }
            match cursor.section.next().filter(|_| only.is_none()) {
                Some(section) => cursor = EventCursor::before(section),
                None => return Ok(EventPage { events, next: None }),
            }
        }
    }

    async fn entries(
        &self,
        filter: &EventFilter,
        cursor: EventCursor,
    ) -> Result<Entries, QueueError> {
        let scope = cursor.section.scope(filter.function.as_ref());
        if cursor.section == Section::Results {
            let after = cursor.after.map(KeptId);
            let part = self.events.kept_list(&scope, after, PART).await?;
            let entries = part.entries.into_iter().map(|(id, kept)| {
                let finished = serde_json::from_slice::<FinishedEvent>(&kept.value);
                let summary = finished.map_or_else(
                    |_| EventSummary {
                        request_id: kept.key,
                        function: function_of(&kept.queue).to_owned(),
                        state: EventState::Unreadable,
                        accepted: kept.until,
                        due: None,
                        expires: None,
                        ended: None,
                        ending: None,
                        attempts: 0,
                    },
                    |finished| finished.summary(),
                );
                (id.0, summary)
            });
            return Ok((entries.collect(), part.has_more));
        }
        let after = cursor.after.map(EventId);
        let part = self.events.list(&scope, after, PART).await?;
        let entries = part
            .entries
            .iter()
            .map(|listed| (listed.id.0, self.summary(listed)));
        Ok((entries.collect(), part.has_more))
    }
}

impl EventFilter {
    fn matches(&self, summary: &EventSummary) -> bool {
        let function = self.function.as_ref();
        function.is_none_or(|function| function.as_str() == summary.function)
            && self.state.is_none_or(|state| state == summary.state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written() {
        let place = EventCursor {
            section: Section::Deliveries,
            after: Some(7),
        };

        assert_eq!(place.to_string(), "deliveries-7");
        assert_eq!(EventCursor::parse("deliveries-7"), Some(place));
        for text in ["", "7", "pending-", "pending--1", "other-7"] {
            assert_eq!(EventCursor::parse(text), None, "{text}");
        }
    }
}
