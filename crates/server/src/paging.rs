//! Pages of a list that may change between two of them.
//!
//! The marker of a page says after which key the next one begins, so a page never repeats and never
//! skips an item that was there all the time, whatever came or went meanwhile.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::limits::LIST_PAGE_MAX;

/// What every marker of ours begins with, before it is encoded.
const MARKER_PREFIX: &str = "after:";

/// A marker that this server did not make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the marker is not one of this server's")]
pub(crate) struct BadMarker;

/// Which page a client asks for.
#[derive(Debug)]
pub(crate) struct Paging {
    after: Option<String>,
    items_max: usize,
}

/// Some items, and where the next page begins if there are more.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next_marker: Option<String>,
}

impl Paging {
    /// `items_max` has passed the model; a page never has more than Lambda's 50 items.
    pub(crate) fn new(marker: Option<&str>, items_max: Option<i32>) -> Result<Self, BadMarker> {
        let after = match marker {
            None | Some("") => None,
            Some(marker) => Some(read_marker(marker).ok_or(BadMarker)?),
        };
        let items_max = items_max
            .and_then(|items| usize::try_from(items).ok())
            .unwrap_or(LIST_PAGE_MAX)
            .clamp(1, LIST_PAGE_MAX);
        Ok(Self { after, items_max })
    }

    /// Whether a key was on an earlier page.
    fn is_past(&self, key: &str) -> bool {
        self.after.as_deref().is_some_and(|after| key <= after)
    }

    /// Cuts the page out of all items, which come in the order of their keys.
    pub(crate) fn cut<T>(&self, items: impl IntoIterator<Item = (String, T)>) -> Page<T> {
        let mut rest = items.into_iter().filter(|(key, _)| !self.is_past(key));
        let mut last = None;
        let mut page = Vec::new();
        for (key, item) in rest.by_ref().take(self.items_max) {
            page.push(item);
            last = Some(key);
        }
        let next_marker = last.filter(|_| rest.next().is_some());
        Page {
            items: page,
            next_marker: next_marker.map(|key| make_marker(&key)),
        }
    }
}

fn make_marker(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{MARKER_PREFIX}{key}"))
}

fn read_marker(marker: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(marker).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.strip_prefix(MARKER_PREFIX).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(keys: &[&str], marker: Option<&str>, max: i32) -> Page<String> {
        let items = keys
            .iter()
            .map(|key| ((*key).to_owned(), (*key).to_owned()));
        Paging::new(marker, Some(max)).unwrap().cut(items)
    }

    #[test]
    fn pages_follow_each_other_until_there_are_no_more() {
        let keys = ["a", "b", "c"];

        let first = cut(&keys, None, 2);
        let second = cut(&keys, first.next_marker.as_deref(), 2);

        assert_eq!(first.items, ["a", "b"]);
        assert_eq!(second.items, ["c"]);
        assert_eq!(second.next_marker, None);
        assert_eq!(cut(&keys, None, 3).next_marker, None);
    }

    #[test]
    fn what_comes_and_goes_between_two_pages_does_not_disturb_them() {
        let marker = cut(&["a", "b", "c"], None, 2).next_marker;

        let after_deletion = cut(&["a", "c"], marker.as_deref(), 2);
        let after_insertion = cut(&["a", "aa", "b", "bb", "c"], marker.as_deref(), 2);

        assert_eq!(after_deletion.items, ["c"]);
        assert_eq!(after_insertion.items, ["bb", "c"]);
    }

    #[test]
    fn a_page_has_at_most_fifty_items() {
        let keys: Vec<String> = (0..60).map(|n| format!("{n:02}")).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();

        assert_eq!(cut(&keys, None, 10_000).items.len(), 50);
    }

    #[test]
    fn a_marker_from_elsewhere_is_refused() {
        for marker in ["x", "a b", "YWZ0ZXI", "////"] {
            assert_eq!(Paging::new(Some(marker), None).unwrap_err(), BadMarker);
        }
    }
}
