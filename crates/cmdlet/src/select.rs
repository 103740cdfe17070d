//! What `-Select` chooses, decided before anything is sent.

use crate::binder::Bound;
use crate::parameters::{Group, Kind, ParameterId, TABLE};
use crate::values::normalised;

/// A property the answer's type declares itself, in declared order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Property {
    ExecutedVersion,
    FunctionError,
    LogResult,
    Payload,
    StatusCode,
}

impl Property {
    pub(crate) const ALL: [Self; 5] = [
        Self::ExecutedVersion,
        Self::FunctionError,
        Self::LogResult,
        Self::Payload,
        Self::StatusCode,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
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
#[error(
    "invalid value '{text}' for the Select parameter: give '*', a property ({}), or '^' and one of the command's own parameters; quote it, as a shell replaces an unquoted * by file names",
    Property::ALL.map(Property::name).join(", ")
)]
pub(crate) struct SelectError {
    text: String,
}

impl Select {
    /// Reads what is bound to `-Select`; everything, when nothing is.
    pub(crate) fn from_bound(bound: &Bound) -> Result<Self, SelectError> {
        match bound.text(ParameterId::Select) {
            None | Some("*") => Ok(Self::Everything),
            Some(text) => match text.strip_prefix('^') {
                Some(name) => given(bound, name),
                None => property(text),
            }
            .ok_or_else(|| SelectError {
                text: text.to_owned(),
            }),
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
    let value = bound.text(row.id).map(|text| {
        if row.id == ParameterId::PayloadStream {
            Given::PayloadStream
        } else if row.id == ParameterId::ClientContextBase64 {
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
    fn a_switch_is_true_or_false() {
        assert_eq!(
            selected("^Force", &[]),
            Ok(Select::Given(Some(Given::Switch(false))))
        );
    }
}
