//! Binds a command line to parameters as PowerShell does.
//!
//! One dash is the reference page's grammar, two dashes are our own options. PowerShell's names never
//! start with two dashes, so our options cannot disturb an abbreviation.
//!
//! ```text
//! args       = { param | switch | positional | "--" { positional } | option }
//! param      = DASH name ":" value | DASH name [ ":" ] SP value
//! switch     = DASH name [ ":" [ SP ] bool ]     bool = true | false | $true | $false | 1 | 0
//! DASH       = "-" | "–" | "—" | "―"             followed by a letter or "_"
//! positional = the parameters with a position that are still unbound, in order
//! ```
//!
//! A program cannot see quotes, so one rule replaces PowerShell's: after `-Name` the next token is its
//! value unless it spells a parameter or an option itself. Such a text needs the form `-Name:value`.
//! What the values mean is not known here.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::path::Path;

use bytes::Bytes;

use crate::options::{Argument, CommandOption, OPTIONS};
use crate::parameters::{
    Group, Kind, Parameter, ParameterId, Support, TABLE, parameter, positional,
};

/// Why a command line binds to nothing. The ids are PowerShell's.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BindError {
    #[error(
        "a parameter cannot be found that matches parameter name '{name}'{}",
        name_advice(name)
    )]
    NamedParameterNotFound { name: String },
    #[error(
        "parameter cannot be processed because the parameter name '{name}' is ambiguous; possible matches include: -{}{}",
        candidates.join(" -"),
        if name.eq_ignore_ascii_case("profile") { "; the profile to use is -ProfileName" } else { "" }
    )]
    AmbiguousParameter {
        name: String,
        candidates: Vec<&'static str>,
    },
    #[error("missing an argument for parameter '{name}'{}", missing_advice(name, next.as_deref()))]
    MissingArgument {
        name: &'static str,
        next: Option<String>,
    },
    #[error(
        "cannot bind parameter because parameter '{name}' is specified more than once, by its name or an alias"
    )]
    ParameterAlreadyBound { name: &'static str },
    #[error(
        "a positional parameter cannot be found that accepts argument '{argument}'{}",
        if *is_from_a_pattern { "; it is the name of a file here: the shell made it from a pattern such as *, so quote the pattern: -Select '*'" } else { "" }
    )]
    PositionalParameterNotFound {
        argument: String,
        is_from_a_pattern: bool,
    },
    #[error(
        "cannot convert '{value}' to the switch '{name}'; give it alone, or as -{name}:$true or -{name}:$false"
    )]
    CannotConvertArgument { name: &'static str, value: String },
    #[error(
        "cannot process command because of one or more missing mandatory parameters: FunctionName; give it, or records on standard input (Invoke-LMFunction --help shows the syntax)"
    )]
    MissingMandatoryParameter,
    #[error("'{name}' is known and not supported: {advice}")]
    Unsupported {
        name: &'static str,
        advice: &'static str,
    },
    #[error(
        "unknown option '{option}'; Invoke-LMFunction --help lists the options, and -- goes before a value that starts with two dashes"
    )]
    UnknownOption { option: String },
    #[error(
        "cannot convert '{value}' for parameter '{name}': it takes {}",
        takes(name)
    )]
    NotAnAction { name: &'static str, value: String },
    #[error(
        "standard input cannot be both the payload (-PayloadStream @-) and the records: give FunctionName, and leave --stdin out"
    )]
    StandardInputTwice,
    #[error("option '{option}' {problem}")]
    BadOption {
        option: &'static str,
        problem: String,
    },
    #[error(
        "argument {position} is not UTF-8 text; put such bytes in a file and give -PayloadStream @FILE"
    )]
    NotText { position: usize },
}

impl BindError {
    /// The first part of PowerShell's `FullyQualifiedErrorId`.
    pub(crate) fn id(&self) -> &'static str {
        match self {
            Self::NamedParameterNotFound { .. } => "NamedParameterNotFound",
            Self::AmbiguousParameter { .. } => "AmbiguousParameter",
            Self::MissingArgument { .. } => "MissingArgument",
            Self::ParameterAlreadyBound { .. } => "ParameterAlreadyBound",
            Self::PositionalParameterNotFound { .. } => "PositionalParameterNotFound",
            Self::CannotConvertArgument { .. } | Self::NotAnAction { .. } => {
                "CannotConvertArgument"
            }
            Self::StandardInputTwice => "StandardInputTwice",
            Self::MissingMandatoryParameter => "MissingMandatoryParameter",
            Self::Unsupported { .. } => "ParameterNotSupported",
            Self::UnknownOption { .. } => "UnknownOption",
            Self::BadOption { .. } => "InvalidOption",
            Self::NotText { .. } => "ArgumentNotText",
        }
    }
}

fn name_advice(name: &str) -> String {
    let long = format!("--{}", name.to_ascii_lowercase());
    match OPTIONS.iter().find(|option| option.name == long) {
        Some(option) => format!("; did you mean {}?", option.name),
        None if name.eq_ignore_ascii_case("h") => "; did you mean --help?".to_owned(),
        None => String::new(),
    }
}

fn takes(name: &str) -> String {
    let row = TABLE.iter().find(|row| row.name == name);
    row.map(|row| row.values.join(", ")).unwrap_or_default()
}

fn missing_advice(name: &str, next: Option<&str>) -> String {
    match next {
        Some(next) => format!(
            ": '{next}' is read as the next parameter; to pass it as the value write -{name}:{next}. A $NAME without quotes, as in -Qualifier $LATEST, is replaced by the shell"
        ),
        None => "; if it was a $NAME without quotes, as in -Qualifier $LATEST, the shell replaced it by nothing".to_owned(),
    }
}

/// What a parameter is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    Switch(bool),
    /// From a record only: a payload that is what it is, and names no file.
    Bytes(Bytes),
}

/// A bound command line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Bound {
    parameters: BTreeMap<ParameterId, Value>,
    options: BTreeMap<&'static str, String>,
}

impl Bound {
    /// The text bound to a parameter that takes one; `None` when it is not given.
    pub(crate) fn text(&self, name: ParameterId) -> Option<&str> {
        match self.parameters.get(&name)? {
            Value::Text(text) => Some(text),
            Value::Switch(_) | Value::Bytes(_) => None,
        }
    }

    /// The bytes a record bound to a parameter.
    pub(crate) fn bytes(&self, name: ParameterId) -> Option<&Bytes> {
        match self.parameters.get(&name)? {
            Value::Bytes(bytes) => Some(bytes),
            Value::Text(_) | Value::Switch(_) => None,
        }
    }

    pub(crate) fn is_bound(&self, name: ParameterId) -> bool {
        self.parameters.contains_key(&name)
    }

    /// Whether a switch is on.
    pub(crate) fn is_on(&self, name: ParameterId) -> bool {
        matches!(self.parameters.get(&name), Some(Value::Switch(true)))
    }

    /// The value of a two-dash option; empty for one that takes none.
    pub(crate) fn option(&self, name: &str) -> Option<&str> {
        self.options.get(name).map(String::as_str)
    }

    /// What must hold before anything is done: every parameter given is acted upon.
    pub(crate) fn checked(self) -> Result<Self, BindError> {
        for name in self.parameters.keys() {
            let row = parameter(*name);
            if let Support::Refused(advice) = row.support {
                return Err(BindError::Unsupported {
                    name: row.name,
                    advice,
                });
            }
        }
        Ok(self)
    }

    /// Binds what a record of the pipeline has for a parameter; the command line goes before.
    pub(crate) fn bind_from_record(&mut self, name: ParameterId, value: Value) {
        self.parameters.entry(name).or_insert(value);
    }

    fn bind(&mut self, row: &'static Parameter, value: Value) -> Result<(), BindError> {
        match self.parameters.insert(row.id, value) {
            None => Ok(()),
            Some(_) => Err(BindError::ParameterAlreadyBound { name: row.name }),
        }
    }
}

/// Binds tokens to parameters and options. Does not ask whether they suffice.
pub(crate) fn bind(tokens: &[String]) -> Result<Bound, BindError> {
    let mut bound = Bound::default();
    let mut leftover = Vec::new();
    let mut rest = tokens.iter().map(String::as_str).peekable();

    while let Some(token) = rest.next() {
        if token == "--" {
            leftover.extend(rest.by_ref());
        } else if let Some(named) = Named::read(token) {
            bind_named(&mut bound, &named, &mut rest)?;
        } else if token.starts_with("--") {
            bind_option(&mut bound, token, &mut rest)?;
        } else {
            leftover.push(token);
        }
    }
    bind_positions(&mut bound, &leftover)?;
    Ok(bound)
}

fn bind_named<'a>(
    bound: &mut Bound,
    named: &Named<'a>,
    rest: &mut Peekable<impl Iterator<Item = &'a str>>,
) -> Result<(), BindError> {
    let row = resolve(named.name)?;
    let value = match (row.kind, named.colon) {
        (Kind::Value(_), Some(text)) if !text.is_empty() => Value::Text(text.to_owned()),
        (Kind::Value(_), _) => Value::Text(following(row, rest)?.to_owned()),
        (Kind::Switch, None) => Value::Switch(true),
        (Kind::Switch, Some("")) => switch(row, following(row, rest)?)?,
        (Kind::Switch, Some(text)) => switch(row, text)?,
    };
    bound.bind(row, value)
}

/// The token after `-Name`, unless it is another parameter or option.
fn following<'a>(
    row: &'static Parameter,
    rest: &mut Peekable<impl Iterator<Item = &'a str>>,
) -> Result<&'a str, BindError> {
    match rest.next_if(|token| !spells_something(token)) {
        Some(token) => Ok(token),
        None => Err(BindError::MissingArgument {
            name: row.name,
            next: rest.peek().map(|&token| token.to_owned()),
        }),
    }
}

fn spells_something(token: &str) -> bool {
    if let Some(named) = Named::read(token) {
        return !matches!(
            resolve(named.name),
            Err(BindError::NamedParameterNotFound { .. })
        );
    }
    let option = token.split_once('=').map_or(token, |(name, _)| name);
    token == "--" || OPTIONS.iter().any(|known| known.name == option)
}

fn switch(row: &'static Parameter, text: &str) -> Result<Value, BindError> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "$true" | "1" => Ok(Value::Switch(true)),
        "false" | "$false" | "0" => Ok(Value::Switch(false)),
        _ => Err(BindError::CannotConvertArgument {
            name: row.name,
            value: text.to_owned(),
        }),
    }
}

fn bind_positions(bound: &mut Bound, leftover: &[&str]) -> Result<(), BindError> {
    let mut places = positional().into_iter();
    for argument in leftover {
        let place = places.find(|row| !bound.parameters.contains_key(&row.id));
        let Some(row) = place else {
            return Err(BindError::PositionalParameterNotFound {
                argument: (*argument).to_owned(),
                is_from_a_pattern: Path::new(argument).exists(),
            });
        };
        bound.bind(row, Value::Text((*argument).to_owned()))?;
    }
    Ok(())
}

fn bind_option<'a>(
    bound: &mut Bound,
    token: &str,
    rest: &mut Peekable<impl Iterator<Item = &'a str>>,
) -> Result<(), BindError> {
    let (name, inline) = match token.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (token, None),
    };
    let Some(option) = OPTIONS.iter().find(|option| option.name == name) else {
        return Err(BindError::UnknownOption {
            option: name.to_owned(),
        });
    };
    let value = match (option.argument, inline) {
        (Argument::None, Some(_)) => return Err(bad_option(option, "takes no value".to_owned())),
        (Argument::None | Argument::Optional, None) => "",
        (Argument::Optional | Argument::Required, Some(value)) => value,
        (Argument::Required, None) => match rest.next_if(|token| !spells_something(token)) {
            Some(value) => value,
            None => {
                return Err(bad_option(
                    option,
                    format!("needs a value, {}", option.placeholder),
                ));
            }
        },
    };
    let is_absent = value.is_empty() && option.argument != Argument::Required;
    let is_free = option.values.is_empty();
    if !is_absent && !is_free && !option.values.contains(&value) {
        let problem = format!("takes {}, not '{value}'", option.values.join(", "));
        return Err(bad_option(option, problem));
    }
    match bound.options.insert(option.name, value.to_owned()) {
        None => Ok(()),
        Some(_) => Err(bad_option(option, "is given more than once".to_owned())),
    }
}

fn bad_option(option: &'static CommandOption, problem: String) -> BindError {
    BindError::BadOption {
        option: option.name,
        problem,
    }
}

/// A token that is `-Name`, `-Name:` or `-Name:value`.
#[derive(Debug)]
pub(crate) struct Named<'a> {
    /// As it was written, without the dash.
    pub(crate) name: &'a str,
    /// What follows the colon, if there is one.
    pub(crate) colon: Option<&'a str>,
}

impl<'a> Named<'a> {
    /// Reads a token as a parameter; `None` for a value such as `-`, `-5` or `{}`.
    pub(crate) fn read(token: &'a str) -> Option<Self> {
        let body = token.strip_prefix(['-', '\u{2013}', '\u{2014}', '\u{2015}'])?;
        if !body.starts_with(|first: char| first.is_alphabetic() || first == '_') {
            return None;
        }
        Some(match body.split_once(':') {
            Some((name, value)) => Self {
                name,
                colon: Some(value),
            },
            None => Self {
                name: body,
                colon: None,
            },
        })
    }
}

/// The parameter a name, an alias or an abbreviation stands for.
///
/// An exact name or alias wins. Otherwise whatever has the text as a prefix matches, a parameter
/// counting once; among several, PowerShell's common parameters yield to the command's own.
pub(crate) fn resolve(text: &str) -> Result<&'static Parameter, BindError> {
    let exact = TABLE.iter().find(|row| {
        row.spellings()
            .any(|spelling| spelling.eq_ignore_ascii_case(text))
    });
    if let Some(row) = exact {
        return Ok(row);
    }
    let matches: Vec<_> = TABLE
        .iter()
        .filter(|row| row.spellings().any(|spelling| has_prefix(spelling, text)))
        .collect();
    let not_common: Vec<_> = matches
        .iter()
        .copied()
        .filter(|row| row.group != Group::Common)
        .collect();
    match (matches.as_slice(), not_common.as_slice()) {
        ([], _) => Err(BindError::NamedParameterNotFound {
            name: text.to_owned(),
        }),
        ([row], _) | (_, [row]) => Ok(row),
        (several, _) => Err(BindError::AmbiguousParameter {
            name: text.to_owned(),
            candidates: several.iter().map(|row| row.name).collect(),
        }),
    }
}

fn has_prefix(spelling: &str, text: &str) -> bool {
    spelling
        .get(..text.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(text))
}

#[cfg(test)]
#[path = "binder_tests.rs"]
mod tests;
