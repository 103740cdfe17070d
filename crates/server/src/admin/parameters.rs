//! The query of a request to the admin API.

use std::time::Duration;

use domain::name::FunctionName;
use invoke::{EventCursor, EventFilter, EventState};
use percent_encoding::percent_decode_str;

use crate::error::Error;

/// Events on a page, unless another number is asked for.
const LIMIT_DEFAULT: usize = 50;

const LIMIT_MAX: usize = 500;

/// How long one request may wait for a result.
const WAIT_MAX: Duration = Duration::from_mins(1);

/// Names and values, decoded.
#[derive(Debug)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Refuses what is no UTF-8.
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let decoded = |part: &str| {
            percent_decode_str(&part.replace('+', " "))
                .decode_utf8()
                .map(std::borrow::Cow::into_owned)
                .map_err(|_| Error::admin_parameter("the query", "text in UTF-8"))
        };
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        let read = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decoded(name)?, decoded(value)?))
        });
        read.collect::<Result<_, _>>().map(Self)
    }

    /// The value of a parameter; an empty one is none.
    fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(found, _)| found == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    pub(super) fn filter(&self) -> Result<EventFilter, Error> {
        let function = self.get("function").map(function).transpose()?;
        let state = self.get("state").map(|text| {
            let names: Vec<&str> = EventState::ALL.map(EventState::as_str).to_vec();
            EventState::parse(text).ok_or_else(|| {
                Error::admin_parameter("state", &format!("one of {}", names.join(", ")))
            })
        });
        Ok(EventFilter {
            function,
            state: state.transpose()?,
        })
    }

    pub(super) fn after(&self) -> Result<Option<EventCursor>, Error> {
        let cursor = self.get("after").map(|text| {
            EventCursor::parse(text)
                .ok_or_else(|| Error::admin_parameter("after", "the Next of an earlier page"))
        });
        cursor.transpose()
    }

    pub(super) fn limit(&self) -> Result<usize, Error> {
        let Some(text) = self.get("limit") else {
            return Ok(LIMIT_DEFAULT);
        };
        let limit = text.parse().ok();
        limit
            .filter(|limit| (1..=LIMIT_MAX).contains(limit))
            .ok_or_else(|| Error::admin_parameter("limit", "a number from 1 to 500"))
    }

    /// How long to wait, given in seconds.
    pub(super) fn wait(&self) -> Result<Duration, Error> {
        let Some(text) = self.get("wait") else {
            return Ok(Duration::ZERO);
        };
        let wait = text.parse().ok().map(Duration::from_secs);
        wait.filter(|wait| *wait <= WAIT_MAX)
            .ok_or_else(|| Error::admin_parameter("wait", "a number of seconds from 0 to 60"))
    }

    /// Whether the payload is asked for.
    pub(super) fn payload(&self) -> Result<bool, Error> {
        match self.get("payload") {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Error::admin_parameter("payload", "true or false")),
        }
    }
}

/// A function by its name alone.
pub(super) fn function(text: &str) -> Result<FunctionName, Error> {
    FunctionName::parse(text)
        .map_err(|_| Error::admin_parameter("the function", "the name of a function"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_decoded_and_what_it_lacks_has_a_default() {
        let query = Query::parse("function=my%2Dfn&state=queued&wait=&x").unwrap();

        let filter = query.filter().unwrap();

        assert_eq!(filter.function.unwrap().as_str(), "my-fn");
        assert_eq!(filter.state, Some(EventState::Queued));
        assert_eq!(query.limit().unwrap(), 50);
        assert_eq!(query.wait().unwrap(), Duration::ZERO);
        assert!(!query.payload().unwrap());
    }

    #[test]
    fn a_value_out_of_bounds_is_refused_by_its_name() {
        for (text, name) in [
            ("limit=0", "limit"),
            ("limit=501", "limit"),
            ("wait=61", "wait"),
            ("wait=-1", "wait"),
            ("after=7", "after"),
            ("state=Queued", "state"),
            ("payload=yes", "payload"),
        ] {
            let query = Query::parse(text).unwrap();
            let error = query
                .filter()
                .map(|_| ())
                .and_then(|()| query.after().map(|_| ()))
                .and_then(|()| query.limit().map(|_| ()))
                .and_then(|()| query.wait().map(|_| ()))
                .and_then(|()| query.payload().map(|_| ()))
                .unwrap_err();

            assert!(error.message().contains(name), "{}", error.message());
        }
    }
}
