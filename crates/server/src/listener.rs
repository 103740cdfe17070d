//! Accepts connections, bounds how many there are and how long they may dawdle, and lets them
//! finish on shutdown.
//!
//! Knows HTTP framing and nothing of Lambda: a request goes to [`Edge::answer`], which always has
//! an answer. What hyper cannot parse never gets that far and is answered here, in the same shape.

mod wire;

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};

use crate::error::Error;
use crate::pipeline::Edge;
use crate::respond;
pub(crate) use wire::Departure;
use wire::{Outgoing, Turn, Wire};

/// Connections that are told at the same time that there is no room; further ones are just closed.
const TURNED_AWAY_MAX: usize = 64;

/// How long a client may take to send the head of a request, and how long a kept connection may
/// be idle.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// docs: gettingstarted-limits ("request line and header values", 1 MB).
const HEAD_BYTES_MAX: usize = 1_048_576;

/// How long and how much a client may still send after its request was refused, so that it gets
/// to read the answer instead of a connection reset.
const LINGER: Duration = Duration::from_secs(5);
const LINGER_BYTES_MAX: usize = 256 * 1_048_576;

/// Pause after a failed accept, which mostly means that there are no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How many connections are served, and how long they may go on after the server was told to end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// One more is answered 503 and closed.
    pub(crate) connections_max: usize,
    pub(crate) drain_timeout: Duration,
}

/// Serves connections until `shutdown`, then lets them finish.
pub(crate) async fn serve(
    edge: Arc<Edge>,
    listener: TcpListener,
    shutdown: CancellationToken,
    bounds: Bounds,
) {
    let connections = TaskTracker::new();
    let slots = Arc::new(Semaphore::new(bounds.connections_max));
    let turned_away = Arc::new(Semaphore::new(TURNED_AWAY_MAX));
    let abort = CancellationToken::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                warn!(%error, "connection not accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Ok(slot) = Arc::clone(&slots).try_acquire_owned() else {
            if let Ok(place) = Arc::clone(&turned_away).try_acquire_owned() {
                let farewell = turn_away(stream);
                connections.spawn(async move {
                    let _place = place;
                    farewell.await;
                });
            }
            continue;
        };
        let connection = serve_connection(Arc::clone(&edge), stream, shutdown.clone());
        let abort = abort.clone();
        connections.spawn(async move {
            let _slot = slot;
            abort.run_until_cancelled(connection).await;
        });
    }
    drop(listener);
    connections.close();
    let deadline = Instant::now() + bounds.drain_timeout;
    if timeout_at(deadline, connections.wait()).await.is_err() {
        warn!(
            connections = connections.len(),
            "requests cut off, the drain deadline has passed"
        );
        abort.cancel();
        connections.wait().await;
    }
    edge.detached.close();
    if timeout_at(deadline, edge.detached.wait()).await.is_err() {
        warn!(
            requests = edge.detached.len(),
            "requests whose clients are gone are not finished"
        );
    }
}

/// Answers before anything was read.
async fn turn_away(mut stream: TcpStream) {
    let error = Error::too_many_connections();
    match timeout(LINGER, part(&mut stream, Some(&error))).await {
        Ok(Ok(())) | Err(_) => {}
        Ok(Err(error)) => debug!(%error, "connection turned away without an answer"),
    }
}

async fn serve_connection(edge: Arc<Edge>, stream: TcpStream, shutdown: CancellationToken) {
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%error, "TCP_NODELAY not set");
    }
    let turn = Arc::new(Turn::default());
    let service = {
        let turn = Arc::clone(&turn);
        service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
            turn.begin();
            request.extensions_mut().insert(Departure::of(&turn));
            let (edge, turn) = (Arc::clone(&edge), Arc::clone(&turn));
            async move {
                let answer = edge.answer(request).await;
                Ok::<_, Infallible>(Outgoing::response(answer, turn))
            }
        })
    };
    let wire = Wire::new(TokioIo::new(stream), Arc::clone(&turn));
    let mut connection = protocol().serve_connection(wire, service);
    let outcome = tokio::select! {
        outcome = &mut connection => outcome,
        () = shutdown.cancelled() => {
            Pin::new(&mut connection).graceful_shutdown();
            (&mut connection).await
        }
    };
    let farewell = outcome.err().and_then(|error| {
        debug!(%error, "connection ended");
        (!turn.is_answer_due())
            .then(|| farewell(&error, &turn))
            .flatten()
    });
    let mut stream = connection.into_parts().io.into_inner();
    if farewell.is_some() || turn.is_body_unread() {
        match timeout(LINGER, part(&mut stream, farewell.as_ref())).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => debug!(%error, "client gone before it read its answer"),
            Err(_) => debug!("client still sending after it was refused"),
        }
    }
}

fn protocol() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_header_size(HEAD_BYTES_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        // A client that has sent its request may close its sending side and still read the answer.
        .half_close(true);
    builder
}

/// What a client hears whose request could not even be read; nothing if it said nothing.
fn farewell(error: &hyper::Error, turn: &Turn) -> Option<Error> {
    if error.is_parse_too_large() {
        Some(Error::head_too_large())
    } else if error.is_parse() {
        Some(Error::unreadable_head(&error.to_string()))
    } else if error.is_timeout() && turn.was_heard() {
        Some(Error::head_timed_out(HEAD_TIMEOUT))
    } else {
        None
    }
}

/// Says the last word and waits until the client has stopped talking.
async fn part(stream: &mut TcpStream, farewell: Option<&Error>) -> io::Result<()> {
    if let Some(error) = farewell {
        let answer = respond::to_bytes(&respond::refusal(error));
        stream.write_all(&answer).await?;
    }
    stream.shutdown().await?;
    let mut scratch = vec![0; 64 * 1_024];
    let mut unread = 0;
    while unread < LINGER_BYTES_MAX {
        match stream.read(&mut scratch).await? {
            0 => break,
            bytes => unread += bytes,
        }
    }
    Ok(())
}
