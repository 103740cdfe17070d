//! Values that break a constraint, told in AWS's words.
//!
//! observed: the texts of `ValidationException`; a sensitive value is left out (`Value at 'environment.variables'`),
//! the constraints of list members and map entries are told all together, once per collection.

use std::fmt::{self, Write as _};

use serde_json::Value;

use crate::rule::{Bounds, Kind, List, Map, Shape, Structure, Text};

/// Ours: a list of empty structures breaks several constraints per three bytes.
const VIOLATIONS_MAX: usize = 100;
/// Ours: a longer value is told by its beginning.
const SHOWN_BYTES_MAX: usize = 65_536;
const NOT_NULL: &str = "Member must not be null";

/// What is wrong with one request, up to a hundred constraints; never empty when returned as an error.
///
/// `Display` gives AWS's message, as in `1 validation error detected: Value 'x' at 'role' failed to …`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Violation {
    value: Shown,
    path: String,
    constraint: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Shown {
    Null,
    Hidden,
    Value(String),
}

impl Violations {
    /// How many constraints were broken.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn push(&mut self, value: Shown, path: &Path<'_>, constraint: String) {
        if self.0.len() >= VIOLATIONS_MAX {
            return;
        }
        self.0.push(Violation {
            value,
            path: path.to_string(),
            constraint,
        });
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0.len() == 1 { "" } else { "s" };
        write!(f, "{} validation error{plural} detected: ", self.0.len())?;
        for (index, violation) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            match &violation.value {
                Shown::Null => f.write_str("Value null")?,
                Shown::Hidden => f.write_str("Value")?,
                Shown::Value(value) => write!(f, "Value '{value}'")?,
            }
            write!(
                f,
                " at '{}' failed to satisfy constraint: {}",
                violation.path, violation.constraint
            )?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}

/// Where a value stands; built on the stack, written only for a violation.
#[derive(Clone, Copy)]
pub(crate) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Member(&'a str),
    /// Counted from 1, as AWS does.
    Element(usize),
}

impl<'a> Path<'a> {
    pub(crate) fn member(parent: Option<&'a Path<'a>>, name: &'a str) -> Self {
        Self {
            parent,
            step: Step::Member(name),
        }
    }

    fn element(parent: &'a Path<'a>, index: usize) -> Self {
        Self {
            parent: Some(parent),
            step: Step::Element(index + 1),
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            write!(f, "{parent}.")?;
        }
        match self.step {
            Step::Element(number) => write!(f, "{number}.member"),
            Step::Member(name) => f.write_str(&first_lowered(name)),
        }
    }
}

/// `KMSKeyArn` is told as `kMSKeyArn`.
fn first_lowered(name: &str) -> String {
    let mut characters = name.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(characters).collect()
    })
}

/// Checks a structure's members in the model's order. `value` has the JSON types the shape asks for.
pub(crate) fn inspect_structure(
    structure: &Structure,
    parent: Option<&Path<'_>>,
    value: &Value,
    violations: &mut Violations,
) {
    for member in structure.members {
        let path = Path::member(parent, member.name);
        match value.get(member.name) {
            Some(value) => inspect(member.shape, &path, value, violations),
            None if member.required => violations.push(Shown::Null, &path, NOT_NULL.to_owned()),
            None => {}
        }
    }
}

/// Checks the length of a member that is the body itself.
pub(crate) fn inspect_bytes(
    shape: &Shape,
    path: &Path<'_>,
    bytes: &[u8],
    violations: &mut Violations,
) {
    let Kind::Blob { length } = &shape.kind else {
        return;
    };
    if let Some(max) = length.max.filter(|max| bytes.len() > *max) {
        violations.push(Shown::Hidden, path, Constraint::LengthMax(max).to_string());
    }
    if let Some(min) = length.min.filter(|min| bytes.len() < *min) {
        violations.push(Shown::Hidden, path, Constraint::LengthMin(min).to_string());
    }
}

fn inspect(shape: &Shape, path: &Path<'_>, value: &Value, violations: &mut Violations) {
    let mut found = |constraint: String| {
        violations.push(shown(shape, value), path, constraint);
    };
    for constraint in own_constraints(shape) {
        if !constraint.holds(value) {
            found(constraint.to_string());
        }
    }
    match &shape.kind {
        Kind::List(list) => inspect_members(shape, list, path, value, violations),
        Kind::Map(map) => {
            let entries = value.as_object().into_iter().flatten();
            if entries.clone().any(|(key, _)| breaks_text(map.key, key)) {
                found(format!(
                    "Map keys must satisfy constraint: {}",
                    Together::keys(map)
                ));
            }
            if entries.clone().any(|(_, value)| breaks(map.value, value)) {
                found(format!(
                    "Map value must satisfy constraint: {}",
                    Together::values(map)
                ));
            }
        }
        Kind::Structure(structure) => inspect_structure(structure, Some(path), value, violations),
        Kind::Boolean
        | Kind::Blob { .. }
        | Kind::Double(_)
        | Kind::Integer(_)
        | Kind::Long
        | Kind::Timestamp
        | Kind::Text(_) => {}
    }
}

fn inspect_members(
    shape: &Shape,
    list: &List,
    path: &Path<'_>,
    value: &Value,
    violations: &mut Violations,
) {
    let members = value.as_array().into_iter().flatten();
    if members.clone().any(|member| breaks(list.member, member)) {
        violations.push(
            shown(shape, value),
            path,
            format!(
                "Member must satisfy constraint: {}",
                Together::members(list)
            ),
        );
    }
    if let Kind::Structure(structure) = &list.member.kind {
        for (index, member) in members.enumerate().filter(|(_, member)| !member.is_null()) {
            let path = Path::element(path, index);
            inspect_structure(structure, Some(&path), member, violations);
        }
    }
}

/// Whether a collection's member or value breaks a constraint that is told with the collection.
/// The members of a structure are told one by one, at their own paths.
fn breaks(shape: &Shape, value: &Value) -> bool {
    if value.is_null() || own_constraints(shape).any(|constraint| !constraint.holds(value)) {
        return true;
    }
    match &shape.kind {
        Kind::List(list) => value
            .as_array()
            .is_some_and(|members| members.iter().any(|member| breaks(list.member, member))),
        Kind::Map(map) => value.as_object().is_some_and(|entries| {
            entries
                .iter()
                .any(|(key, value)| breaks_text(map.key, key) || breaks(map.value, value))
        }),
        Kind::Structure(_)
        | Kind::Boolean
        | Kind::Blob { .. }
        | Kind::Double(_)
        | Kind::Integer(_)
        | Kind::Long
        | Kind::Timestamp
        | Kind::Text(_) => false,
    }
}

fn breaks_text(shape: &Shape, text: &str) -> bool {
    own_constraints(shape).any(|constraint| !constraint.holds_for_text(text))
}

/// One constraint of a shape, with its text.
#[derive(Clone, Copy)]
enum Constraint {
    LengthMax(usize),
    LengthMin(usize),
    IntegerMax(i64),
    IntegerMin(i64),
    DoubleMax(f64),
    DoubleMin(f64),
    Pattern(&'static crate::rule::Pattern),
    Values(&'static [&'static str]),
}

/// In the order AWS lists them: largest, smallest, pattern or enum.
fn own_constraints(shape: &Shape) -> impl Iterator<Item = Constraint> + use<> {
    let by_length = |length: Bounds<usize>| {
        [
            length.max.map(Constraint::LengthMax),
            length.min.map(Constraint::LengthMin),
            None,
            None,
        ]
    };
    let constraints = match &shape.kind {
        Kind::Boolean | Kind::Blob { .. } | Kind::Long | Kind::Timestamp | Kind::Structure(_) => {
            [None; 4]
        }
        Kind::List(List { length, .. }) | Kind::Map(Map { length, .. }) => by_length(*length),
        Kind::Double(bounds) => [
            bounds.max.map(Constraint::DoubleMax),
            bounds.min.map(Constraint::DoubleMin),
            None,
            None,
        ],
        Kind::Integer(bounds) => [
            bounds.max.map(Constraint::IntegerMax),
            bounds.min.map(Constraint::IntegerMin),
            None,
            None,
        ],
        Kind::Text(Text {
            length,
            pattern,
            values,
        }) => [
            length.max.map(Constraint::LengthMax),
            length.min.map(Constraint::LengthMin),
            pattern.map(Constraint::Pattern),
            values.map(Constraint::Values),
        ],
    };
    constraints.into_iter().flatten()
}

impl Constraint {
    fn holds(self, value: &Value) -> bool {
        match (self, value) {
            (_, Value::String(text)) => self.holds_for_text(text),
            (Self::LengthMax(max), Value::Array(members)) => members.len() <= max,
            (Self::LengthMin(min), Value::Array(members)) => members.len() >= min,
            (Self::LengthMax(max), Value::Object(entries)) => entries.len() <= max,
            (Self::LengthMin(min), Value::Object(entries)) => entries.len() >= min,
            (Self::IntegerMax(max), number) => number.as_i64().is_none_or(|number| number <= max),
            (Self::IntegerMin(min), number) => number.as_i64().is_none_or(|number| number >= min),
            (Self::DoubleMax(max), number) => number.as_f64().is_none_or(|number| number <= max),
            (Self::DoubleMin(min), number) => number.as_f64().is_none_or(|number| number >= min),
            (
                Self::LengthMax(_) | Self::LengthMin(_) | Self::Pattern(_) | Self::Values(_),
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::Array(_)
                | Value::Object(_),
            ) => true,
        }
    }

    fn holds_for_text(self, text: &str) -> bool {
        match self {
            Self::LengthMax(max) => text.chars().nth(max).is_none(),
            Self::LengthMin(min) => min == 0 || text.chars().nth(min - 1).is_some(),
            Self::Pattern(pattern) => pattern.matches(text),
            Self::Values(values) => values.contains(&text),
            Self::IntegerMax(_) | Self::IntegerMin(_) | Self::DoubleMax(_) | Self::DoubleMin(_) => {
                true
            }
        }
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LengthMax(max) => {
                write!(f, "Member must have length less than or equal to {max}")
            }
            Self::LengthMin(min) => {
                write!(f, "Member must have length greater than or equal to {min}")
            }
            Self::IntegerMax(max) => {
                write!(f, "Member must have value less than or equal to {max}")
            }
            Self::IntegerMin(min) => {
                write!(f, "Member must have value greater than or equal to {min}")
            }
            Self::DoubleMax(max) => {
                write!(f, "Member must have value less than or equal to {max:?}")
            }
            Self::DoubleMin(min) => {
                write!(f, "Member must have value greater than or equal to {min:?}")
            }
            Self::Pattern(pattern) => {
                write!(
                    f,
                    "Member must satisfy regular expression pattern: {}",
                    pattern.text()
                )
            }
            Self::Values(values) => {
                write!(
                    f,
                    "Member must satisfy enum value set: [{}]",
                    values.join(", ")
                )
            }
        }
    }
}

/// All constraints of what a collection holds, as AWS tells them: `[a, b, Member must not be null]`.
struct Together<'a> {
    shape: &'a Shape,
    says_not_null: bool,
}

impl<'a> Together<'a> {
    fn members(list: &'a List) -> Self {
        Self {
            shape: list.member,
            says_not_null: list.says_not_null,
        }
    }

    fn keys(map: &'a Map) -> Self {
        Self {
            shape: map.key,
            says_not_null: false,
        }
    }

    fn values(map: &'a Map) -> Self {
        Self {
            shape: map.value,
            says_not_null: true,
        }
    }

    fn texts(&self) -> Vec<String> {
        let mut texts: Vec<String> = own_constraints(self.shape)
            .map(|constraint| constraint.to_string())
            .collect();
        if let Kind::List(list) = &self.shape.kind {
            texts.push(format!(
                "Member must satisfy constraint: {}",
                Self::members(list)
            ));
        }
        if self.says_not_null || texts.is_empty() {
            texts.push(NOT_NULL.to_owned());
        }
        texts
    }
}

impl fmt::Display for Together<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]", self.texts().join(", "))
    }
}

fn shown(shape: &Shape, value: &Value) -> Shown {
    if shape.sensitive {
        return Shown::Hidden;
    }
    let mut text = Beginning(String::new());
    match write_value(&mut text, shape, value) {
        Ok(()) => Shown::Value(text.0),
        Err(fmt::Error) => Shown::Value(text.0 + "..."),
    }
}

/// Takes text up to a bound, and refuses the rest.
struct Beginning(String);

impl fmt::Write for Beginning {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = SHOWN_BYTES_MAX.saturating_sub(self.0.len());
        if text.len() <= room {
            self.0.push_str(text);
            return Ok(());
        }
        self.0
            .push_str(text.split_at(text.floor_char_boundary(room)).0);
        Err(fmt::Error)
    }
}

/// Writes a value as AWS's messages do: `[a, b]`, `{k=v}`, `OnFailure(destination=null)`.
fn write_value(out: &mut Beginning, shape: &Shape, value: &Value) -> fmt::Result {
    if shape.sensitive {
        return out.write_str("***");
    }
    match (&shape.kind, value) {
        (Kind::List(list), Value::Array(members)) => {
            out.write_char('[')?;
            for (index, member) in members.iter().enumerate() {
                out.write_str(separator(index))?;
                write_value(out, list.member, member)?;
            }
            out.write_char(']')
        }
        (Kind::Map(map), Value::Object(entries)) => {
            out.write_char('{')?;
            for (index, (key, value)) in entries.iter().enumerate() {
                write!(out, "{}{key}=", separator(index))?;
                write_value(out, map.value, value)?;
            }
            out.write_char('}')
        }
        (Kind::Structure(structure), Value::Object(entries)) => {
            write!(out, "{}(", structure.name)?;
            for (index, member) in structure.members.iter().enumerate() {
                write!(out, "{}{}=", separator(index), first_lowered(member.name))?;
                let value = entries.get(member.name).unwrap_or(&Value::Null);
                write_value(out, member.shape, value)?;
            }
            out.write_char(')')
        }
        (Kind::Double(_), Value::Number(number)) => match number.as_f64() {
            Some(number) => write!(out, "{number:?}"),
            None => write!(out, "{number}"),
        },
        (_, Value::String(text)) => out.write_str(text),
        (_, value) => write!(out, "{value}"),
    }
}

fn separator(index: usize) -> &'static str {
    if index == 0 { "" } else { ", " }
}
