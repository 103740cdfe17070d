//! What `-Select` chooses, decided before anything is sent.

use std::path::Path;

use crate::binder::Bound;
use crate::parameters::{Group, Kind, ParameterId, TABLE};
use crate::values::normalised;

/// A property the answer's type declares itself, in declared order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Property {
    DurableExecutionArn,
    ExecutedVersion,
    FunctionError,
    LogResult,
    Payload,
    StatusCode,
}

impl Property {
    pub(crate) const ALL: [Self; 6] = [
        Self::DurableExecutionArn,
        Self::ExecutedVersion,
        Self::FunctionError,
        Self::LogResult,
        Self::Payload,
        Self::StatusCode,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::DurableExecutionArn => "DurableExecutionArn",
            Self::ExecutedVersion => "ExecutedVersion",
            Self::FunctionError => "FunctionError",
            Self::LogResult => "LogResult",
            Self::Payload => "Payload",
            Self::StatusCode => "StatusCode",
        }
    }

    /// Whether the property has a `Length`: texts and the payload do, a number does not.
    pub(crate) const fn has_length(self) -> bool {
        !matches!(self, Self::StatusCode)
    }
}

/// What to print of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Select {
    Everything,
    Property(Property),
    Length(Property),
    /// The value one of the command's own parameters was given; `None` prints nothing.
    Given(Option<Given>),
}

/// A value from the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Given {
    Text(String),
    Switch(bool),
    /// The payload, read from where `-PayloadStream` says.
    PayloadStream,
    /// The client context, as it is sent.
    ClientContextBase64,
}

/// A `-Select` that chooses nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SelectError {
    #[error(
        "invalid value '{text}' for the Select parameter: give '*', a property ({}), or '^' and one of the command's own parameters; {}",
        Property::ALL.map(Property::name).join(", "),
        if *is_file { "it is the name of a file here: the shell replaced an unquoted *, so quote it" } else { "quote it, as a shell replaces an unquoted * by file names" }
    )]
    Invalid { text: String, is_file: bool },
    #[error(
        "-PassThru and -Select exclude each other; -PassThru is deprecated, and -Select '^FunctionName' is the same"
    )]
    WithPassThru,
}

impl Select {
    /// Reads what is bound to `-Select`; everything, when nothing is. An invalid selection is found
    /// before that it excludes `-PassThru`, as the cmdlet does.
    pub(crate) fn from_bound(bound: &Bound) -> Result<Self, SelectError> {
        let passes_thru = bound.is_on(ParameterId::PassThru);
        let Some(text) = bound.text(ParameterId::Select) else {
            return Ok(if passes_thru {
                let name = bound.text(ParameterId::FunctionName);
                Self::Given(name.map(|name| Given::Text(name.to_owned())))
            } else {
                Self::Everything
            });
        };
        let selected = match (text, text.strip_prefix('^')) {
            ("*", _) => Some(Self::Everything),
            (_, Some(name)) => given(bound, name),
            (_, None) => property(text),
        };
        match selected {
            None => Err(SelectError::Invalid {
                text: text.to_owned(),
                is_file: !text.is_empty() && Path::new(text).exists(),
            }),
            Some(_) if passes_thru => Err(SelectError::WithPassThru),
            Some(select) => Ok(select),
        }
    }
}

fn property(text: &str) -> Option<Select> {
    let mut steps = text.split('.');
    let first = steps.next()?;
    let property = Property::ALL
        .into_iter()
        .find(|property| property.name().eq_ignore_ascii_case(first))?;
    match (steps.next(), steps.next()) {
        (None, _) => Some(Select::Property(property)),
        (Some(step), None) if step.eq_ignore_ascii_case("Length") && property.has_length() => {
            Some(Select::Length(property))
        }
        _ => None,
    }
}

/// Names here are exact: no abbreviations, and only what the command declares itself.
fn given(bound: &Bound, name: &str) -> Option<Select> {
    let row = TABLE
        .iter()
        .filter(|row| row.group == Group::Own)
        .find(|row| {
            row.spellings()
                .any(|spelling| spelling.eq_ignore_ascii_case(name))
        })?;
    if row.kind == Kind::Switch {
        return Some(Select::Given(Some(Given::Switch(bound.is_on(row.id)))));
    }
    if row.id == ParameterId::PayloadStream {
        let value = bound.is_bound(row.id).then_some(Given::PayloadStream);
        return Some(Select::Given(value));
    }
    let value = bound.text(row.id).map(|text| {
        if row.id == ParameterId::ClientContextBase64 {
            Given::ClientContextBase64
        } else {
            Given::Text(normalised(row.id, text).to_owned())
        }
    });
    Some(Select::Given(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binder::bind;

    fn selected(select: &str, more: &[&str]) -> Result<Select, SelectError> {
        let mut tokens = vec!["f".to_owned(), format!("-Select:{select}")];
        tokens.extend(more.iter().map(|&token| token.to_owned()));
        Select::from_bound(&bind(&tokens).unwrap())
    }

    fn text(value: &str) -> Select {
        Select::Given(Some(Given::Text(value.to_owned())))
    }

    #[test]
    fn unbound_and_star_are_everything() {
        let unbound = bind(&["f".to_owned()]).unwrap();

        assert_eq!(Select::from_bound(&unbound), Ok(Select::Everything));
        assert_eq!(selected("*", &[]), Ok(Select::Everything));
    }

    #[test]
    fn a_property_is_found_in_any_case() {
        for property in Property::ALL {
            assert_eq!(
                selected(property.name(), &[]),
                Ok(Select::Property(property))
            );
            let upper = property.name().to_uppercase();
            assert_eq!(selected(&upper, &[]), Ok(Select::Property(property)));
        }
    }

    #[test]
    fn texts_and_the_payload_have_a_length() {
        assert_eq!(
            selected("payload.length", &[]),
            Ok(Select::Length(Property::Payload))
        );
        assert_eq!(
            selected("LogResult.Length", &[]),
            Ok(Select::Length(Property::LogResult))
        );
        assert!(selected("StatusCode.Length", &[]).is_err());
        assert!(selected("Payload.Length.Length", &[]).is_err());
    }

    #[test]
    fn what_is_inherited_abbreviated_or_a_list_is_invalid() {
        for select in [
            "ContentLength",
            "HttpStatusCode",
            "ResponseMetadata",
            "Pay",
            "Pay*",
            "Payload,StatusCode",
            "Payload.",
            ".",
            "^",
            "^Region",
            "^ProfileName",
            "^EndpointUrl",
            "^Pay",
            "^Func*",
        ] {
            assert!(selected(select, &[]).is_err(), "{select}");
        }
    }

    #[test]
    fn an_empty_select_is_invalid() {
        let bound = bind(&["f", "-Select", ""].map(str::to_owned)).unwrap();

        assert!(Select::from_bound(&bound).is_err());
    }

    #[test]
    fn a_parameter_gives_back_what_it_was_given() {
        assert_eq!(selected("^functionname", &[]), Ok(text("f")));
        assert_eq!(selected("^Select", &[]), Ok(text("^Select")));
        assert_eq!(
            selected("^InvocationType", &["-I", "event"]),
            Ok(text("Event"))
        );
    }

    #[test]
    fn a_parameter_that_was_not_given_prints_nothing() {
        assert_eq!(selected("^Payload", &[]), Ok(Select::Given(None)));
        assert_eq!(selected("^ClientContext", &[]), Ok(Select::Given(None)));
    }

    #[test]
    fn pass_thru_prints_the_name_and_excludes_a_selection() {
        let bound = |tokens: &[&str]| {
            let tokens: Vec<_> = tokens.iter().map(|&token| token.to_owned()).collect();
            bind(&tokens).unwrap()
        };

        assert_eq!(
            Select::from_bound(&bound(&["f", "-PassThru"])),
            Ok(text("f"))
        );
        assert_eq!(
            Select::from_bound(&bound(&["f", "-PassThru:$false"])),
            Ok(Select::Everything)
        );
        assert_eq!(
            selected("*", &["-PassThru"]),
            Err(SelectError::WithPassThru)
        );
        assert!(matches!(
            selected("Nonsense", &["-PassThru"]),
            Err(SelectError::Invalid { .. })
        ));
    }

    #[test]
    fn a_switch_is_true_or_false() {
        assert_eq!(
            selected("^Force", &[]),
            Ok(Select::Given(Some(Given::Switch(false))))
        );
    }
}
