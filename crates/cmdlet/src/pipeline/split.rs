//! Cuts standard input into records: one a line, or one a JSON value.
//!
//! The first byte that is no blank decides: `{` or `[` starts JSON, anything else lines. A record is
//! handed out as soon as its last byte is there, so that whoever writes the next one can wait for it.
//! Values may follow each other with any blanks between them; an array is handed out element by element.
//! What a record means is not known here.
//!
//! ```text
//!            [                  value
//! Outside ─────▶ AfterBracket ─────────▶ AfterValue ──┐ ,
//!    ▲               │ ]                  │ ]   ▲     ▼
//!    └───────────────┴────────────────────┘     └─ AfterComma
//! ```

use std::io::{BufRead, ErrorKind};

use crate::pipeline::record::Record;

/// The longest record that is read: six times the largest payload, each byte of it escaped.
const RECORD_BYTES_MAX: usize = 64 * 1024 * 1024;

const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// Why the input cannot be cut any further.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InputError {
    #[error("cannot be read: {0}")]
    Unreadable(std::io::Error),
    #[error("it is longer than {RECORD_BYTES_MAX} bytes")]
    TooLong,
    #[error("it is not UTF-8 text")]
    NotText,
    #[error("it is not JSON: {0}")]
    NotJson(String),
}

/// Standard input, cut as it comes.
#[derive(Debug)]
pub(crate) struct Splitter<R> {
    input: R,
    form: Form,
    /// Bytes that were read to find out what they are, and belong to the first line.
    pending: Vec<u8>,
    was_empty: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Unknown,
    Lines,
    Json(Place),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    AfterBracket,
    AfterValue,
    AfterComma,
}

impl<R: BufRead> Splitter<R> {
    pub(crate) const fn new(input: R) -> Self {
        Self {
            input,
            form: Form::Unknown,
            pending: Vec::new(),
            was_empty: true,
        }
    }

    /// Whether there was not a single byte that is no blank.
    pub(crate) const fn was_empty(&self) -> bool {
        self.was_empty
    }

    /// Waits for the next record; `None` at the end of the input.
    pub(crate) fn next_record(&mut self) -> Result<Option<Record>, InputError> {
        if self.form == Form::Unknown {
            self.form = self.detect()?;
        }
        match self.form {
            Form::Unknown => Ok(None),
            Form::Lines => self.next_line(),
            Form::Json(place) => self.next_value(place),
        }
    }

    fn detect(&mut self) -> Result<Form, InputError> {
        for expected in BYTE_ORDER_MARK {
            if self.peek()? != Some(expected) {
                break;
            }
            self.take(expected);
        }
        if self.pending == BYTE_ORDER_MARK {
            self.pending.clear();
        }
        self.skip_blanks()?;
        let first = self.peek()?;
        self.was_empty = first.is_none() && self.pending.is_empty();
        Ok(match first {
            _ if !self.pending.is_empty() => Form::Lines,
            None => Form::Unknown,
            Some(b'{' | b'[') => Form::Json(Place::Outside),
            Some(_) => Form::Lines,
        })
    }

    fn next_line(&mut self) -> Result<Option<Record>, InputError> {
        loop {
            let mut line = std::mem::take(&mut self.pending);
            let ended = loop {
                let Some(byte) = self.peek()? else {
                    break true;
                };
                self.input.consume(1);
                if byte == b'\n' {
                    break false;
                }
                push(&mut line, byte)?;
            };
            let line = String::from_utf8(line).map_err(|_| InputError::NotText)?;
            let line = line.trim();
            if !line.is_empty() {
                return Ok(Some(Record::Text(line.to_owned())));
            }
            if ended {
                return Ok(None);
            }
        }
    }

    fn next_value(&mut self, mut place: Place) -> Result<Option<Record>, InputError> {
        loop {
            self.skip_blanks()?;
            let Some(byte) = self.peek()? else {
                return match place {
                    Place::Outside => Ok(None),
                    Place::AfterBracket | Place::AfterValue | Place::AfterComma => {
                        Err(malformed("the array is not closed"))
                    }
                };
            };
            place = match (place, byte) {
                (Place::Outside, b'[') => Place::AfterBracket,
                (Place::AfterBracket | Place::AfterValue, b']') => Place::Outside,
                (Place::AfterValue, b',') => Place::AfterComma,
                (Place::AfterValue, _) => return Err(malformed("a comma is missing in the array")),
                (Place::Outside, _) => return self.value(Place::Outside),
                (Place::AfterBracket | Place::AfterComma, _) => {
                    return self.value(Place::AfterValue);
                }
            };
            self.input.consume(1);
            self.form = Form::Json(place);
        }
    }

    /// Reads one value and no byte more, and stands at `then` after it.
    fn value(&mut self, then: Place) -> Result<Option<Record>, InputError> {
        let mut bytes = Vec::new();
        let mut frame = Frame::default();
        while let Some(byte) = self.peek()? {
            let step = frame.on(byte);
            if step == Step::Before {
                break;
            }
            self.input.consume(1);
            push(&mut bytes, byte)?;
            if step == Step::Last {
                break;
            }
        }
        self.form = Form::Json(then);
        Record::from_json(&bytes)
            .map(Some)
            .map_err(|error| malformed(&error.to_string()))
    }

    fn skip_blanks(&mut self) -> Result<(), InputError> {
        while self.peek()?.is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.input.consume(1);
        }
        Ok(())
    }

    fn take(&mut self, byte: u8) {
        self.input.consume(1);
        self.pending.push(byte);
    }

    /// The next byte, which stays where it is.
    fn peek(&mut self) -> Result<Option<u8>, InputError> {
        loop {
            match self.input.fill_buf() {
                Ok(buffer) => return Ok(buffer.first().copied()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(InputError::Unreadable(error)),
            }
        }
    }
}

fn push(bytes: &mut Vec<u8>, byte: u8) -> Result<(), InputError> {
    if bytes.len() == RECORD_BYTES_MAX {
        return Err(InputError::TooLong);
    }
    bytes.push(byte);
    Ok(())
}

fn malformed(reason: &str) -> InputError {
    InputError::NotJson(reason.to_owned())
}

/// Where a JSON value ends, found without understanding it.
#[derive(Debug, Default)]
struct Frame {
    depth: usize,
    text: Text,
    has_begun: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Text {
    #[default]
    Outside,
    Inside,
    Escaped,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The byte belongs to the value, and so does what follows.
    Inside,
    /// The byte is the last of the value.
    Last,
    /// The value ended before the byte.
    Before,
}

impl Frame {
    fn on(&mut self, byte: u8) -> Step {
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        match (self.text, byte) {
            (Text::Inside, b'\\') => self.text = Text::Escaped,
            (Text::Inside, b'"') => {
                self.text = Text::Outside;
                return self.closed();
            }
            (Text::Outside, _) if self.depth == 0 && !is_first && begins_another(byte) => {
                return Step::Before;
            }
            (Text::Escaped, _) | (Text::Outside, b'"') => self.text = Text::Inside,
            (Text::Outside, b'{' | b'[') => self.depth += 1,
            (Text::Outside, b'}' | b']') if self.depth > 0 => {
                self.depth -= 1;
                return self.closed();
            }
            (Text::Inside | Text::Outside, _) => {}
        }
        Step::Inside
    }

    const fn closed(&self) -> Step {
        if self.depth == 0 {
            Step::Last
        } else {
            Step::Inside
        }
    }
}

/// Whether a byte outside of all brackets cannot be part of the number or word before it.
const fn begins_another(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'"' | b'{' | b'[' | b'}' | b']' | b',')
}

#[cfg(test)]
#[path = "split_tests.rs"]
mod tests;
