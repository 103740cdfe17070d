//! JSON bodies, with a bound on how much memory a small hostile one can turn into.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Ours: a body of `[0,0,0,…` takes sixteen times its size in memory, and no real request comes near this.
/// Depth is bounded by `serde_json` itself.
const VALUES_MAX: usize = 100_000;

pub(crate) fn parse(body: &[u8]) -> Result<Value, serde_json::Error> {
    let mut left = VALUES_MAX;
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = Bounded { left: &mut left }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// Reads one value and counts it.
struct Bounded<'a> {
    left: &'a mut usize,
}

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let Some(left) = self.left.checked_sub(1) else {
            let text = format_args!("more than {VALUES_MAX} values");
            return Err(D::Error::custom(text));
        };
        *self.left = left;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = access.next_element_seed(Bounded { left: self.left })? {
            members.push(member);
        }
        Ok(Value::Array(members))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = access.next_key()? {
            members.insert(name, access.next_value_seed(Bounded { left: self.left })?);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{VALUES_MAX, parse};

    #[test]
    fn every_kind_of_value_is_read() {
        let value = json!({"a": [null, true, -1, 18_446_744_073_709_551_615_u64, 0.5, "\u{e9}\n"]});

        assert_eq!(parse(&serde_json::to_vec(&value).unwrap()).unwrap(), value);
    }

    #[test]
    fn a_body_has_so_many_values_and_no_more() {
        let zeros = |count: usize| serde_json::to_vec(&vec![Value::from(0); count]).unwrap();

        // The list itself is a value too.
        assert!(parse(&zeros(VALUES_MAX - 1)).is_ok());
        let error = parse(&zeros(VALUES_MAX)).unwrap_err();
        assert!(
            error.to_string().starts_with("more than 100000 values"),
            "{error}"
        );
    }
}
