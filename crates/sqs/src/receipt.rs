//! Receipt handles: which lease of which message somebody has, in a form that only the queue
//! itself can make. They are good across restarts.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use domain::time::Moment;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use store::{EventId, Receipt};

use crate::error::{Error, Kind};
use crate::queue::Queue;

/// The first byte; another form has another.
const FORM: u8 = 1;

/// The form, the event, the lease and the time.
const CONTENT_LEN: usize = 1 + 8 + 4 + 8;

/// The first half of an HMAC-SHA256.
const MAC_LEN: usize = 16;

/// What a receipt handle says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Handle {
    pub(crate) receipt: Receipt,
    /// When the message was received.
    pub(crate) received: Moment,
}

impl Handle {
    pub(crate) fn to_text(self, queue: &Queue) -> String {
        let mut bytes = Vec::with_capacity(CONTENT_LEN + MAC_LEN);
        bytes.push(FORM);
        bytes.extend(self.receipt.event.0.to_be_bytes());
        bytes.extend(self.receipt.lease.to_be_bytes());
        bytes.extend(self.received.as_millis().to_be_bytes());
        let mac = mac(queue, &bytes).finalize().into_bytes();
        bytes.extend(mac.iter().take(MAC_LEN));
        URL_SAFE.encode(bytes)
    }

    /// Reads a handle that this queue has made.
    pub(crate) fn parse(text: &str, queue: &Queue) -> Result<Self, Error> {
        Self::read(text, queue).ok_or_else(|| {
            Error::new(
                Kind::ReceiptHandleIsInvalid,
                format!("The input receipt handle \"{text}\" is not a valid receipt handle."),
            )
        })
    }

    fn read(text: &str, queue: &Queue) -> Option<Self> {
        let bytes = URL_SAFE.decode(text).ok()?;
        let (content, signature) = bytes.split_at_checked(CONTENT_LEN)?;
        // Compared in constant time; a shorter one would be easier to find.
        let is_whole = signature.len() == MAC_LEN;
        mac(queue, content)
            .verify_truncated_left(signature)
            .ok()
            .filter(|()| is_whole)?;
        let (form, rest) = content.split_first()?;
        let (event, rest) = rest.split_first_chunk()?;
        let (lease, rest) = rest.split_first_chunk()?;
        let (received, _) = rest.split_first_chunk()?;
        (*form == FORM).then(|| Self {
            receipt: Receipt {
                event: EventId(u64::from_be_bytes(*event)),
                lease: u32::from_be_bytes(*lease),
            },
            received: Moment::from_millis(u64::from_be_bytes(*received)),
        })
    }
}

fn mac(queue: &Queue, content: &[u8]) -> Hmac<Sha256> {
    let mut key = [0; 64];
    for (place, byte) in key.iter_mut().zip(queue.secret.bytes()) {
        *place = byte;
    }
    let mut mac = Hmac::<Sha256>::new(&key.into());
    mac.update(content);
    mac
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::name::Name;
    use crate::settings::Settings;

    fn queue() -> Queue {
        let name = Name::parse("orders").unwrap();
        let now = Moment::from_millis(0);
        Queue::new(name, Settings::new(false), BTreeMap::new(), now)
    }

    fn handle() -> Handle {
        Handle {
            receipt: Receipt {
                event: EventId(7),
                lease: 3,
            },
            received: Moment::from_millis(1_700_000_000_000),
        }
    }

    #[test]
    fn a_handle_comes_back_as_it_was() {
        let queue = queue();

        let text = handle().to_text(&queue);

        assert_eq!(Handle::parse(&text, &queue).unwrap(), handle());
    }

    #[test]
    fn a_queue_of_the_same_name_does_not_know_it() {
        let text = handle().to_text(&queue());

        let error = Handle::parse(&text, &queue()).unwrap_err();

        assert_eq!(error.kind, Kind::ReceiptHandleIsInvalid);
    }

    #[test]
    fn nothing_else_is_a_handle() {
        let queue = queue();
        let text = handle().to_text(&queue);
        let mut bytes = URL_SAFE.decode(&text).unwrap();
        for place in 0..bytes.len() {
            bytes[place] ^= 1;
            assert!(Handle::parse(&URL_SAFE.encode(&bytes), &queue).is_err());
            bytes[place] ^= 1;
        }
        for len in 0..bytes.len() {
            assert!(Handle::parse(&URL_SAFE.encode(&bytes[..len]), &queue).is_err());
        }
        for bad in ["", "x", "ä", &format!("{text}AAAA")] {
            assert!(Handle::parse(bad, &queue).is_err(), "{bad}");
        }
    }
}
