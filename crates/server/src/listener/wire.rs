//! The client's socket as hyper sees it, and the body of an answer on its way out.
//!
//! hyper answers a request that it cannot parse by itself, with a status and nothing else. Such an
//! answer has no request id and no error that a client could read, so [`Wire`] swallows every byte
//! that is written while no answer of ours is due, and the listener says the last word instead.
//!
//! hyper does not read while a request is worked on, so it does not notice that a client is gone. For
//! whoever has to know, [`Wire`] looks at what comes next without reading it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::Response;
use http::header::CONNECTION;
use hyper::body::{Body, Frame, SizeHint};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::io::ReadBuf;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::content::Content;

/// Whose turn it is to talk on one connection. All parties are on the connection's task.
#[derive(Debug, Default)]
pub(super) struct Turn {
    /// From the moment a request was understood until its answer is out.
    answer_due: AtomicBool,
    /// hyper has the whole answer in its hands.
    handed_over: AtomicBool,
    /// The client sent something since the last answer.
    heard: AtomicBool,
    /// The last answer was given without reading the body to its end.
    body_unread: AtomicBool,
    /// Somebody wants to know when the client stops talking.
    is_watched: AtomicBool,
    ended: CancellationToken,
}

/// Tells whoever works on a request that its client has stopped talking. It is gone, or it listens
/// still: nobody can tell before the answer is written.
#[derive(Debug, Clone)]
pub(crate) struct Departure(Arc<Turn>);

impl Departure {
    pub(super) fn of(turn: &Arc<Turn>) -> Self {
        Self(Arc::clone(turn))
    }

    /// Cancelled as soon as the client stops talking. To be asked for on the connection's task, once
    /// the whole request has been read.
    pub(crate) fn watch(&self) -> CancellationToken {
        self.0.is_watched.store(true, Ordering::Relaxed);
        self.0.ended.clone()
    }
}

impl Turn {
    pub(super) fn begin(&self) {
        self.handed_over.store(false, Ordering::Relaxed);
        self.answer_due.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_answer_due(&self) -> bool {
        self.answer_due.load(Ordering::Relaxed)
    }

    pub(super) fn was_heard(&self) -> bool {
        self.heard.load(Ordering::Relaxed)
    }

    pub(super) fn is_body_unread(&self) -> bool {
        self.body_unread.load(Ordering::Relaxed)
    }

    fn flushed(&self) {
        if self.handed_over.load(Ordering::Relaxed) {
            self.answer_due.store(false, Ordering::Relaxed);
            self.heard.store(false, Ordering::Relaxed);
            self.is_watched.store(false, Ordering::Relaxed);
        }
    }
}

/// A socket that is mute unless an answer of ours is due.
#[derive(Debug)]
pub(super) struct Wire {
    socket: TokioIo<TcpStream>,
    turn: Arc<Turn>,
}

impl Wire {
    pub(super) fn new(socket: TokioIo<TcpStream>, turn: Arc<Turn>) -> Self {
        Self { socket, turn }
    }

    pub(super) fn into_inner(self) -> TcpStream {
        self.socket.into_inner()
    }

    /// Looks whether the client has stopped talking, and has this task woken when it does.
    fn look_for_end(&self, cx: &mut Context<'_>) {
        let turn = &self.turn;
        let is_watched = turn.is_answer_due() && turn.is_watched.load(Ordering::Relaxed);
        if !is_watched || turn.ended.is_cancelled() {
            return;
        }
        let mut next = [0];
        let mut next = ReadBuf::new(&mut next);
        match self.socket.inner().poll_peek(cx, &mut next) {
            Poll::Ready(Ok(0) | Err(_)) => turn.ended.cancel(),
            // A client that sends its next request is there.
            Poll::Ready(Ok(_)) | Poll::Pending => {}
        }
    }
}

impl Read for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let outcome = ready!(Pin::new(&mut self.socket).poll_read(cx, buffer));
        self.turn.heard.store(true, Ordering::Relaxed);
        Poll::Ready(outcome)
    }
}

impl Write for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.turn.is_answer_due() {
            Pin::new(&mut self.socket).poll_write(cx, bytes)
        } else {
            Poll::Ready(Ok(bytes.len()))
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.turn.is_answer_due() {
            Pin::new(&mut self.socket).poll_write_vectored(cx, slices)
        } else {
            Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum()))
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.look_for_end(cx);
        let outcome = ready!(Pin::new(&mut self.socket).poll_flush(cx));
        self.turn.flushed();
        Poll::Ready(outcome)
    }

    /// Leaves the socket open when the listener has a last word to say on it.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.turn.is_answer_due() || self.turn.is_body_unread() {
            Pin::new(&mut self.socket).poll_shutdown(cx)
        } else {
            Poll::Ready(Ok(()))
        }
    }
}

/// The body of an answer.
#[derive(Debug)]
pub(super) struct Outgoing {
    content: Content,
    turn: Arc<Turn>,
}

impl Outgoing {
    pub(super) fn response(answer: Response<Content>, turn: Arc<Turn>) -> Response<Self> {
        let closes = answer.headers().contains_key(CONNECTION);
        turn.body_unread.store(closes, Ordering::Relaxed);
        answer.map(|content| Self { content, turn })
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let piece = ready!(self.content.poll_next(cx));
        Poll::Ready(piece.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.content.len() == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.content
            .len()
            .map_or_else(SizeHint::default, |len| SizeHint::with_exact(len as u64))
    }
}

/// hyper drops a body when all of it is in the buffer that the next flush empties.
impl Drop for Outgoing {
    fn drop(&mut self) {
        self.turn.handed_over.store(true, Ordering::Relaxed);
    }
}
