//! How often the function ran, as its log says.

use std::collections::BTreeMap;
use std::path::Path;

use crate::server::log_of;

/// What the function writes when it runs, before the request id.
const MARK: &str = "ran ";

const REQUEST_ID_LEN: usize = 36;

/// The runs of each event. What a function has written in the last moment before a kill nobody has
/// read, so there may have been more.
#[derive(Debug)]
pub(crate) struct Runs(BTreeMap<String, usize>);

impl Runs {
    pub(crate) fn read(directory: &Path) -> Self {
        let log = std::fs::read(log_of(directory)).unwrap();
        let log = String::from_utf8_lossy(&log);
        let mut runs = BTreeMap::new();
        for (at, _) in log.match_indices(MARK) {
            let from = at + MARK.len();
            let request_id = log.get(from..from + REQUEST_ID_LEN).unwrap_or_default();
            if request_id.matches('-').count() == 4 {
                *runs.entry(request_id.to_owned()).or_default() += 1;
            }
        }
        Self(runs)
    }

    pub(crate) fn summary(&self) -> String {
        let all: usize = self.0.values().sum();
        let repeated = self.0.values().filter(|runs| **runs > 1).count();
        let most = self.0.values().max().copied().unwrap_or(1) - 1;
        format!(
            "{all} runs of {} events; {repeated} events were run again, {} times in all, one of them \
             {most} times",
            self.0.len(),
            all - self.0.len(),
        )
    }
}
