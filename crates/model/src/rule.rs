//! What the wire allows a value to be: the shapes the generated tables are made of.
//!
//! A shape is a `static`, so the whole contract is read-only data; `read` interprets it. Knows nothing of HTTP.

use std::fmt;
use std::sync::OnceLock;

use regex::Regex;

/// A regular expression of the model, compiled when a value first meets it.
pub(crate) struct Pattern {
    /// What an error text prints: the model's own words.
    text: &'static str,
    /// What must match, anchored at both ends.
    accept: &'static str,
    /// What must not match, anchored at both ends.
    reject: Option<&'static str>,
    compiled: OnceLock<Compiled>,
}

struct Compiled {
    accept: Regex,
    reject: Option<Regex>,
}

impl Pattern {
    pub(crate) const fn new(
        text: &'static str,
        accept: &'static str,
        reject: Option<&'static str>,
    ) -> Self {
        Self {
            text,
            accept,
            reject,
            compiled: OnceLock::new(),
        }
    }

    pub(crate) fn text(&self) -> &'static str {
        self.text
    }

    pub(crate) fn matches(&self, value: &str) -> bool {
        let compiled = self.compiled.get_or_init(|| Compiled {
            accept: compile(self.accept),
            reject: self.reject.map(compile),
        });
        compiled.accept.is_match(value)
            && !compiled
                .reject
                .as_ref()
                .is_some_and(|reject| reject.is_match(value))
    }
}

#[expect(
    clippy::expect_used,
    reason = "codegen compiles every pattern before it writes it"
)]
fn compile(pattern: &str) -> Regex {
    Regex::new(pattern).expect("codegen compiles every pattern before it writes it")
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pattern").field(&self.text).finish()
    }
}

/// Bounds on a length or a value, both inclusive.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bounds<N> {
    pub(crate) min: Option<N>,
    pub(crate) max: Option<N>,
}

impl<N> Bounds<N> {
    pub(crate) const NONE: Self = Self {
        min: None,
        max: None,
    };
}

impl<N: Copy> Bounds<N> {
    pub(crate) const fn at_least(min: N) -> Self {
        Self {
            min: Some(min),
            max: None,
        }
    }

    pub(crate) const fn between(min: N, max: N) -> Self {
        Self {
            min: Some(min),
            max: Some(max),
        }
    }
}

/// One shape of the model.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) kind: Kind,
    /// Error texts do not print the value.
    pub(crate) sensitive: bool,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Boolean,
    /// Base64 in a JSON body; the length counts decoded bytes.
    Blob {
        length: Bounds<usize>,
    },
    Double(Bounds<f64>),
    /// 32 bits.
    Integer(Bounds<i64>),
    /// 64 bits.
    Long,
    /// Seconds since 1970 in a body, ISO 8601 in a query.
    Timestamp,
    Text(Text),
    List(List),
    Map(Map),
    Structure(Structure),
}

#[derive(Debug)]
pub(crate) struct Text {
    pub(crate) length: Bounds<usize>,
    pub(crate) pattern: Option<&'static Pattern>,
    pub(crate) values: Option<&'static [&'static str]>,
}

#[derive(Debug)]
pub(crate) struct List {
    pub(crate) member: &'static Shape,
    pub(crate) length: Bounds<usize>,
    /// Whether AWS names "must not be null" among the constraints of a member.
    pub(crate) says_not_null: bool,
}

#[derive(Debug)]
pub(crate) struct Map {
    pub(crate) key: &'static Shape,
    pub(crate) value: &'static Shape,
    pub(crate) length: Bounds<usize>,
}

#[derive(Debug)]
pub(crate) struct Structure {
    pub(crate) name: &'static str,
    /// In the model's order, which is the order of violations.
    pub(crate) members: &'static [Member],
}

#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: &'static str,
    pub(crate) source: Source,
    pub(crate) shape: &'static Shape,
    pub(crate) required: bool,
}

/// Where in a request a member stands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source {
    /// A member of the JSON body, under its own name.
    Body,
    /// The JSON body is this member.
    WholeBody,
    /// The body's bytes are this member, and are not copied.
    Bytes,
    Label(&'static str),
    Query(&'static str),
    Header(&'static str),
}

impl Member {
    pub(crate) const fn required(
        name: &'static str,
        source: Source,
        shape: &'static Shape,
    ) -> Self {
        Self {
            name,
            source,
            shape,
            required: true,
        }
    }

    pub(crate) const fn optional(
        name: &'static str,
        source: Source,
        shape: &'static Shape,
    ) -> Self {
        Self {
            name,
            source,
            shape,
            required: false,
        }
    }
}

impl Shape {
    const fn of(kind: Kind) -> Self {
        Self {
            kind,
            sensitive: false,
        }
    }

    pub(crate) const fn boolean() -> Self {
        Self::of(Kind::Boolean)
    }

    pub(crate) const fn blob(length: Bounds<usize>) -> Self {
        Self::of(Kind::Blob { length })
    }

    pub(crate) const fn double(bounds: Bounds<f64>) -> Self {
        Self::of(Kind::Double(bounds))
    }

    pub(crate) const fn integer(bounds: Bounds<i64>) -> Self {
        Self::of(Kind::Integer(bounds))
    }

    pub(crate) const fn long() -> Self {
        Self::of(Kind::Long)
    }

    pub(crate) const fn timestamp() -> Self {
        Self::of(Kind::Timestamp)
    }

    pub(crate) const fn text(text: Text) -> Self {
        Self::of(Kind::Text(text))
    }

    pub(crate) const fn list(list: List) -> Self {
        Self::of(Kind::List(list))
    }

    pub(crate) const fn map(map: Map) -> Self {
        Self::of(Kind::Map(map))
    }

    pub(crate) const fn structure(name: &'static str, members: &'static [Member]) -> Self {
        Self::of(Kind::Structure(Structure { name, members }))
    }

    pub(crate) const fn sensitive(self) -> Self {
        Self {
            sensitive: true,
            ..self
        }
    }
}
