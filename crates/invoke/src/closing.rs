//! The end of an invocation whose answer is known: its extensions finish, its log is closed, and its environment is
//! kept or given up.

use domain::extension::ShutdownReason;
use domain::log_line::{Beginning, Line, Report, Status};
use tokio::time::Instant;
use uuid::Uuid;

use crate::environment::{Environment, MIB};
use crate::pool::Key;
use crate::router::Router;

/// What is known of an invocation that has ended but for that.
#[derive(Debug)]
pub(crate) struct Closing {
    pub(crate) request: Uuid,
    pub(crate) started: Instant,
    /// When the time of the function is up, its extensions' as well.
    pub(crate) deadline: Instant,
    pub(crate) memory_size_mb: u32,
    pub(crate) init: Option<Beginning>,
    pub(crate) status: Status,
    pub(crate) wants_tail: bool,
}

impl Closing {
    /// The end of the log, if it is wanted.
    pub(crate) async fn close(
        self,
        router: &Router,
        key: &Key,
        environment: Environment,
    ) -> Option<Vec<u8>> {
        let is_in_time = environment.parked(self.deadline).await;
        let status = match self.status {
            Status::Success if !is_in_time => Status::Timeout,
            status @ (Status::Success | Status::Timeout | Status::Error { .. }) => status,
        };
        let request = self.request;
        let used_bytes = environment.memory_used_bytes();
        let report = Report {
            request,
            duration: self.started.elapsed(),
            memory_size_mb: self.memory_size_mb,
            memory_used_mb: used_bytes.div_ceil(MIB).min(self.memory_size_mb.into()),
            init: self.init,
            status,
        };
        let lines = [Line::End { request }, Line::Report(report)];
        environment.output.lines(&lines, router.starter.clock.now());
        let log_tail = self.wants_tail.then(|| environment.output.tail());
        // One whose time was up is not used again, also when it never got its work.
        let may_go_on = !matches!(status, Status::Timeout) && environment.is_free();
        if may_go_on && router.resolver.is_current(key) {
            router.pool.put(environment, used_bytes);
        } else if !may_go_on {
            // One that answered and could not go on after that has failed, too.
            environment.ends_for(match status {
                Status::Timeout => ShutdownReason::Timeout,
                Status::Success | Status::Error { .. } => ShutdownReason::Failure,
            });
        }
        log_tail
    }
}
