//! Reads a request's body, bounded in size and in patience.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use tokio::time::{Instant, timeout};

/// How long a client may pause inside a body.
const STALL_MAX: Duration = Duration::from_secs(30);

/// How long a whole body may take, however steadily it trickles in.
const ARRIVAL_MAX: Duration = Duration::from_mins(15);

/// What is set aside at once for a body that comes in pieces, whatever length it claims.
const RESERVE_MAX: usize = 8 * 1_048_576;

/// Why a body is not there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("the body has more than {max} bytes")]
    TooLarge { max: usize },
    #[error("the body did not arrive in time")]
    Late,
    #[error("the body is broken")]
    Broken(#[source] hyper::Error),
}

/// Reads a body of at most `max` bytes.
///
/// A body that announces more is refused before any of it is read. One that arrives in one piece,
/// as small ones do, is not copied.
pub(crate) async fn read(mut body: Incoming, max: usize) -> Result<Bytes, BodyError> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > max {
        return Err(BodyError::TooLarge { max });
    }
    let Some(first) = next_piece(&mut body).await? else {
        return Ok(Bytes::new());
    };
    if first.len() > max {
        return Err(BodyError::TooLarge { max });
    }
    if body.is_end_stream() {
        return Ok(first);
    }
    let Some(mut piece) = next_piece(&mut body).await? else {
        return Ok(first);
    };
    let mut whole = BytesMut::with_capacity(announced.clamp(first.len(), RESERVE_MAX));
    whole.extend_from_slice(&first);
    let latest = Instant::now() + ARRIVAL_MAX;
    loop {
        if Instant::now() > latest {
            return Err(BodyError::Late);
        }
        if whole.len() + piece.len() > max {
            return Err(BodyError::TooLarge { max });
        }
        whole.extend_from_slice(&piece);
        match next_piece(&mut body).await? {
            Some(next) => piece = next,
            None => return Ok(whole.freeze()),
        }
    }
}

async fn next_piece(body: &mut Incoming) -> Result<Option<Bytes>, BodyError> {
    loop {
        let frame = match timeout(STALL_MAX, body.frame()).await {
            Err(_) => return Err(BodyError::Late),
            Ok(None) => return Ok(None),
            Ok(Some(Err(error))) => return Err(BodyError::Broken(error)),
            Ok(Some(Ok(frame))) => frame,
        };
        // Trailers mean nothing to Lambda.
        if let Ok(piece) = frame.into_data() {
            return Ok(Some(piece));
        }
    }
}
