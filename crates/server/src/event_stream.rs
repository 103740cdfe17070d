//! Messages of `application/vnd.amazon.eventstream`, as `InvokeWithResponseStream` sends them.
//!
//! ```text
//! total length · headers length · CRC-32 of both │ headers │ payload │ CRC-32 of all before
//! ```
//!
//! Numbers are big-endian and have four bytes. docs: the event stream encoding of Amazon
//! Transcribe and Amazon S3 Select, which is the same for all services.

use bytes::{BufMut as _, Bytes, BytesMut};
use serde::Serialize;

/// The largest chunk in one message. Ours: SDKs refuse messages of more than 16 MB.
pub(crate) const CHUNK_BYTES_MAX: usize = 1_048_576;

/// Lengths and their checksum, before the headers.
const PRELUDE_BYTES: usize = 12;

const CHECKSUM_BYTES: usize = 4;

/// The type of a header's value that is text.
const TEXT: u8 = 7;

/// A part of the function's answer.
pub(crate) fn payload_chunk(payload: &[u8]) -> Bytes {
    message("PayloadChunk", "application/octet-stream", payload)
}

/// The last message of every stream.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct InvokeComplete {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error_details: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) log_result: Option<String>,
}

impl InvokeComplete {
    pub(crate) fn to_message(&self) -> Bytes {
        // Texts under fixed names always serialize.
        let payload = serde_json::to_vec(self).unwrap_or_default();
        message("InvokeComplete", "application/json", &payload)
    }
}

fn message(event: &str, content_type: &str, payload: &[u8]) -> Bytes {
    let mut headers = BytesMut::new();
    for (name, value) in [
        (":message-type", "event"),
        (":event-type", event),
        (":content-type", content_type),
    ] {
        put_header(&mut headers, name, value);
    }
    let total = PRELUDE_BYTES + headers.len() + payload.len() + CHECKSUM_BYTES;
    let mut message = BytesMut::with_capacity(total);
    put_length(&mut message, total);
    put_length(&mut message, headers.len());
    put_checksum(&mut message);
    message.put_slice(&headers);
    message.put_slice(payload);
    put_checksum(&mut message);
    message.freeze()
}

/// A name's length has one byte, a value's two; both are short and ours.
fn put_header(headers: &mut BytesMut, name: &str, value: &str) {
    headers.put_u8(u8::try_from(name.len()).unwrap_or(u8::MAX));
    headers.put_slice(name.as_bytes());
    headers.put_u8(TEXT);
    headers.put_u16(u16::try_from(value.len()).unwrap_or(u16::MAX));
    headers.put_slice(value.as_bytes());
}

/// Messages are far smaller than four bytes can tell.
fn put_length(message: &mut BytesMut, length: usize) {
    message.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
}

fn put_checksum(message: &mut BytesMut) {
    let checksum = crc32fast::hash(message);
    message.put_u32(checksum);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_its_lengths_headers_payload_and_checksums() {
        let message = payload_chunk(b"hello");

        let number = |at: usize| u32::from_be_bytes(message[at..at + 4].try_into().unwrap());
        assert_eq!(number(0) as usize, message.len());
        let headers = number(4) as usize;
        assert_eq!(number(8), crc32fast::hash(&message[..8]));
        assert_eq!(&message[12 + headers..12 + headers + 5], b"hello");
        assert_eq!(
            number(message.len() - 4),
            crc32fast::hash(&message[..message.len() - 4])
        );
        assert!(message[12..].starts_with(b"\x0d:message-type\x07\x00\x05event\x0b:event-type"));
    }

    #[test]
    fn the_end_of_a_stream_leaves_out_what_there_is_not() {
        let message = InvokeComplete::default().to_message();

        assert_eq!(&message[message.len() - 6..message.len() - 4], b"{}");
    }
}
