//! What was begun is finished, even if nobody is left to hear the answer.
//!
//! hyper drops the work on a request when its client is gone. An operation must not stop between
//! two steps because of that (a function created and never prepared), nor may an invocation, so
//! whatever is left of the work then becomes a task of its own.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;

/// A future that runs where it is awaited and moves to `tracker` if that is dropped.
pub(crate) struct Finished<T: 'static> {
    work: Option<Pin<Box<dyn Future<Output = T> + Send>>>,
    tracker: TaskTracker,
}

impl<T: 'static> Finished<T> {
    pub(crate) fn new(
        work: impl Future<Output = T> + Send + 'static,
        tracker: &TaskTracker,
    ) -> Self {
        Self {
            work: Some(Box::pin(work)),
            tracker: tracker.clone(),
        }
    }
}

impl<T: 'static> fmt::Debug for Finished<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finished").finish_non_exhaustive()
    }
}

impl<T: 'static> Future for Finished<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        // Taken out, so that work that panics is not there any more to be moved.
        let Some(mut work) = self.work.take() else {
            return Poll::Pending;
        };
        let poll = work.as_mut().poll(cx);
        if poll.is_pending() {
            self.work = Some(work);
        }
        poll
    }
}

impl<T: 'static> Drop for Finished<T> {
    fn drop(&mut self) {
        if let (Some(work), Ok(runtime)) = (self.work.take(), Handle::try_current()) {
            self.tracker.spawn_on(
                async {
                    work.await;
                },
                &runtime,
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn work_is_done_where_it_is_awaited() {
        let tracker = TaskTracker::new();

        assert_eq!(Finished::new(async { 7 }, &tracker).await, 7);

        assert!(tracker.is_empty());
    }

    #[tokio::test]
    async fn work_that_nobody_waits_for_any_more_is_finished() {
        let tracker = TaskTracker::new();
        let (go, gone) = oneshot::channel::<()>();
        let (done, is_done) = oneshot::channel();
        let mut work = Finished::new(
            async move {
                gone.await.unwrap();
                done.send(()).unwrap();
            },
            &tracker,
        );
        let is_pending =
            std::future::poll_fn(|cx| Poll::Ready(Pin::new(&mut work).poll(cx).is_pending()));
        assert!(is_pending.await);

        drop(work);
        go.send(()).unwrap();

        is_done.await.unwrap();
    }
}
