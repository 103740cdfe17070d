//! The attributes that travel with a message: checked, selected, and summed up as SQS documents.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::limits::{ATTRIBUTE_NAME_LEN_MAX, MESSAGE_ATTRIBUTES_MAX};

/// The attributes of a message by their names.
pub(crate) type Attributes = BTreeMap<String, Attribute>;

/// An attribute of a message. The form is durable: members may be added, never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attribute {
    /// `String`, `Number` or `Binary`, and what the sender put behind a full stop.
    #[serde(rename = "type")]
    pub(crate) data_type: String,
    #[serde(flatten)]
    pub(crate) value: Value,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Value {
    /// Of strings and of numbers.
    Text(String),
    /// In base64, as it comes and goes.
    Binary(String),
}

/// An attribute as it stands in a request or an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct WireAttribute {
    pub(crate) data_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) string_value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) binary_value: Option<String>,
    #[serde(skip_serializing)]
    string_list_values: Vec<String>,
    #[serde(skip_serializing)]
    binary_list_values: Vec<String>,
}

impl From<&Attribute> for WireAttribute {
    fn from(attribute: &Attribute) -> Self {
        let (string_value, binary_value) = match &attribute.value {
            Value::Text(text) => (Some(text.clone()), None),
            Value::Binary(base64) => (None, Some(base64.clone())),
        };
        Self {
            data_type: Some(attribute.data_type.clone()),
            string_value,
            binary_value,
            ..Self::default()
        }
    }
}

/// Checks the attributes of a request.
pub(crate) fn check(wire: BTreeMap<String, WireAttribute>) -> Result<Attributes, Error> {
    if wire.len() > MESSAGE_ATTRIBUTES_MAX {
        return Err(Error::invalid(format!(
            "Number of message attributes [{}] exceeds the allowed maximum \
             [{MESSAGE_ATTRIBUTES_MAX}].",
            wire.len()
        )));
    }
    wire.into_iter()
        .map(|(name, wire)| {
            check_name(&name)?;
            let attribute = Attribute::read(&name, wire)?;
            Ok((name, attribute))
        })
        .collect()
}

/// docs: message metadata, names of attributes.
fn check_name(name: &str) -> Result<(), Error> {
    let is_character =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let lower = name.to_ascii_lowercase();
    let why = if name.is_empty() {
        "The message attribute name must not be empty.".to_owned()
    } else if name.len() > ATTRIBUTE_NAME_LEN_MAX {
        format!(
            "Length of message attribute name must be less than {ATTRIBUTE_NAME_LEN_MAX} bytes."
        )
    } else if !name.bytes().all(is_character) {
        format!(
            "The message attribute name '{name}' is invalid. Attribute name can contain A-Z, a-z, \
             0-9, underscore (_), hyphen (-), and period (.) characters."
        )
    } else if name.starts_with('.') || name.ends_with('.') || name.contains("..") {
        format!(
            "The message attribute name '{name}' is invalid. A period can neither begin nor end \
             it nor follow another one."
        )
    } else if lower.starts_with("aws.") || lower.starts_with("amazon.") {
        format!("Message (user) attribute name '{name}' starts with a reserved prefix.")
    } else {
        return Ok(());
    };
    Err(Error::invalid(why))
}

impl Attribute {
    /// Text that the server itself sends along.
    pub(crate) fn text(data_type: &str, value: &str) -> Self {
        Self {
            data_type: data_type.to_owned(),
            value: Value::Text(value.to_owned()),
        }
    }

    fn read(name: &str, wire: WireAttribute) -> Result<Self, Error> {
        // model: lists of values are "not implemented, reserved for future use".
        if !wire.string_list_values.is_empty() || !wire.binary_list_values.is_empty() {
            return Err(Error::unsupported(
                "Message attribute list values in SendMessage operation are not supported.",
            ));
        }
        let data_type = wire.data_type.unwrap_or_default();
        if data_type.is_empty() {
            return Err(Error::invalid(format!(
                "The message attribute '{name}' must contain non-empty message attribute type."
            )));
        }
        let (kind, _) = data_type.split_once('.').unwrap_or((&data_type, ""));
        let empty = || {
            Error::invalid(format!(
                "Message (user) attribute '{name}' must contain a non-empty value of type \
                 '{kind}'."
            ))
        };
        let value = match kind {
            _ if data_type.len() > ATTRIBUTE_NAME_LEN_MAX => None,
            "String" | "Number" => {
                let text = wire.string_value.filter(|text| !text.is_empty());
                Some(Value::Text(text.ok_or_else(empty)?))
            }
            "Binary" => {
                let base64 = wire.binary_value.filter(|base64| !base64.is_empty());
                let base64 = base64.ok_or_else(empty)?;
                if STANDARD.decode(&base64).is_err() {
                    return Err(Error::invalid(format!(
                        "The value of message (user) attribute '{name}' is not base64."
                    )));
                }
                Some(Value::Binary(base64))
            }
            _ => None,
        };
        let value = value.ok_or_else(|| {
            Error::invalid(format!(
                "The message attribute '{name}' has an invalid message attribute type, the set of \
                 supported type prefixes is Binary, Number, and String."
            ))
        })?;
        match &value {
            Value::Text(text) if kind == "Number" && !is_number(text) => Err(Error::invalid(
                format!("Can't cast the value of message (user) attribute '{name}' to a number."),
            )),
            Value::Text(text) => match crate::message::check_characters(text) {
                Ok(()) => Ok(Self { data_type, value }),
                Err(error) => Err(error),
            },
            Value::Binary(_) => Ok(Self { data_type, value }),
        }
    }

    /// The bytes of the value.
    fn bytes(&self) -> Vec<u8> {
        match &self.value {
            Value::Text(text) => text.as_bytes().to_vec(),
            // It was checked when it came.
            Value::Binary(base64) => STANDARD.decode(base64).unwrap_or_default(),
        }
    }

    /// What it adds to the size of its message, without its name.
    pub(crate) fn size(&self) -> usize {
        self.data_type.len() + self.bytes().len()
    }

    /// docs: message metadata, the transport type of a value in the MD5.
    const fn transport(&self) -> u8 {
        match self.value {
            Value::Text(_) => 1,
            Value::Binary(_) => 2,
        }
    }
}

/// docs: message metadata ("Number attributes can store positive or negative integer or
/// floating-point values").
fn is_number(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    digits.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// The MD5 of a text in hexadecimal digits.
pub(crate) fn md5_of_text(text: &str) -> String {
    to_hex(&Md5::digest(text.as_bytes()))
}

/// The MD5 of attributes; none if there are none.
///
/// docs: message metadata, calculating the MD5 message digest for message attributes.
pub(crate) fn md5_of_attributes<'a>(
    attributes: impl IntoIterator<Item = (&'a str, &'a Attribute)>,
) -> Option<String> {
    let sorted: BTreeMap<&str, &Attribute> = attributes.into_iter().collect();
    if sorted.is_empty() {
        return None;
    }
    let mut md5 = Md5::new();
    let mut part = |bytes: &[u8], transport: Option<u8>| {
        md5.update(transport.as_slice());
        md5.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
        md5.update(bytes);
    };
    for (name, attribute) in sorted {
        part(name.as_bytes(), None);
        part(attribute.data_type.as_bytes(), None);
        part(&attribute.bytes(), Some(attribute.transport()));
    }
    Some(to_hex(&md5.finalize()))
}

/// Lower case hexadecimal digits.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a `String` cannot fail.
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

/// Which attributes a receiver asks for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted(Vec<String>);

impl Wanted {
    pub(crate) fn new(names: Vec<String>) -> Self {
        Self(names)
    }

    /// observed: `All`, `.*`, a prefix in front of `.*`, or the very name.
    pub(crate) fn includes(&self, name: &str) -> bool {
        self.0.iter().any(|wanted| {
            let prefix = wanted.strip_suffix(".*").or(wanted.strip_suffix('*'));
            wanted == "All"
                || wanted == name
                || prefix.is_some_and(|prefix| name.starts_with(prefix))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(data_type: &str, text: &str) -> WireAttribute {
        let is_binary = data_type.starts_with("Binary");
        WireAttribute {
            data_type: Some(data_type.to_owned()),
            string_value: (!is_binary).then(|| text.to_owned()),
            binary_value: is_binary.then(|| text.to_owned()),
            ..WireAttribute::default()
        }
    }

    fn one(name: &str, attribute: WireAttribute) -> Result<Attributes, Error> {
        check(BTreeMap::from([(name.to_owned(), attribute)]))
    }

    fn md5_of(attributes: &[(&str, &str, &str)]) -> Option<String> {
        let attributes = attributes
            .iter()
            .map(|(name, data_type, text)| ((*name).to_owned(), wire(data_type, text)))
            .collect();
        let attributes = check(attributes).unwrap();
        md5_of_attributes(attributes.iter().map(|(name, one)| (name.as_str(), one)))
    }

    #[test]
    fn sums_are_those_that_were_observed() {
        assert_eq!(md5_of_text("msg"), "6e2baaf3b97dbeef01c0043275f9a0e7");
        for (attributes, sum) in [
            (
                &[("Hello", "String", "There")][..],
                Some("a311262e065454b75da111d535b8dacd"),
            ),
            (
                &[("Foo", "String", "Bar")],
                Some("ae7155c6026991b6d54b11589678bf9c"),
            ),
            (
                &[
                    ("General", "String", "Kenobi"),
                    ("Hello", "String", "There"),
                ],
                Some("fca026605781cb4126a1e9044df24232"),
            ),
            (
                &[("Help.Me", "String", "Me"), ("Hello", "String", "There")],
                Some("83fee93c1bcd8b9a5a923ffacdc636c7"),
            ),
            (&[], None),
        ] {
            assert_eq!(md5_of(attributes).as_deref(), sum, "{attributes:?}");
        }
    }

    #[test]
    fn bytes_are_summed_as_bytes() {
        let bytes = b"traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01";

        let sum = md5_of(&[("attr1", "Binary", &STANDARD.encode(bytes))]);

        assert_eq!(sum.as_deref(), Some("8cbe4db156db8a94db8b801b7addb984"));
    }

    #[test]
    fn types_have_three_roots_and_any_branches() {
        for (data_type, value) in [
            ("String", "a"),
            ("String.json", "{}"),
            ("Number", "-1.5e3"),
            ("Number.int", "007"),
            ("Binary", "AAE="),
            ("Binary.png", "AAE="),
        ] {
            assert!(one("a", wire(data_type, value)).is_ok(), "{data_type}");
        }
        for (data_type, value) in [
            ("", "a"),
            ("Text", "a"),
            ("string", "a"),
            ("String", ""),
            ("String", "\u{1}"),
            ("Number", "one"),
            ("Number", "NaN"),
            ("Number", "inf"),
            ("Binary", "!"),
            ("Binary", ""),
        ] {
            assert!(
                one("a", wire(data_type, value)).is_err(),
                "{data_type} {value}"
            );
        }
    }

    #[test]
    fn an_empty_value_is_refused_in_the_services_words() {
        let error = one("ErrorDetails", wire("String", "")).unwrap_err();

        assert_eq!(
            error.message,
            "Message (user) attribute 'ErrorDetails' must contain a non-empty value of type 'String'."
        );
    }

    #[test]
    fn lists_of_values_are_refused() {
        let list = WireAttribute {
            string_list_values: vec!["a".to_owned()],
            ..wire("String", "a")
        };

        let error = one("a", list).unwrap_err();

        assert_eq!(error.kind, crate::error::Kind::UnsupportedOperation);
    }

    #[test]
    fn names_have_their_rules() {
        let long = "a".repeat(257);
        for bad in [
            "", ".a", "a.", "a..b", "a b", "AWS.x", "amazon.x", "ä", &long,
        ] {
            assert!(one(bad, wire("String", "x")).is_err(), "{bad}");
        }
        for good in ["a", "A-b_c.9", "aws", &"a".repeat(256)] {
            assert!(one(good, wire("String", "x")).is_ok(), "{good}");
        }
    }

    #[test]
    fn there_are_at_most_ten() {
        let many = |count: usize| {
            let names = (0..count).map(|number| (format!("a{number}"), wire("String", "x")));
            check(names.collect())
        };

        assert!(many(10).is_ok());
        assert!(many(11).is_err());
    }

    #[test]
    fn a_receiver_gets_what_it_asks_for() {
        for (wanted, found) in [
            (&[][..], [false, false]),
            (&["All"], [true, true]),
            (&[".*"], [true, true]),
            (&["Hel.*"], [true, false]),
            (&["General", "missing"], [false, true]),
            (&["Hel"], [false, false]),
        ] {
            let names = wanted.iter().map(|name| (*name).to_owned()).collect();
            let wanted = Wanted::new(names);
            let found_now = ["Hello", "General"].map(|name| wanted.includes(name));
            assert_eq!(found_now, found, "{wanted:?}");
        }
    }
}
