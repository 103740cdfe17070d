//! The service model: operations and shapes, as the JSON in models/ gives them.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use anyhow::Context as _;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

#[derive(Deserialize)]
pub(super) struct Facts {
    pub(super) operations: BTreeMap<String, Operation>,
    pub(super) shapes: BTreeMap<String, Shape>,
}

#[derive(Deserialize)]
pub(super) struct Operation {
    pub(super) method: String,
    pub(super) uri: String,
    pub(super) status: u16,
    pub(super) input: String,
    pub(super) output: Option<String>,
    #[serde(default)]
    pub(super) readonly: bool,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Blob,
    Boolean,
    Double,
    Integer,
    List,
    Long,
    Map,
    String,
    Structure,
    Timestamp,
}

#[derive(Deserialize)]
pub(super) struct Shape {
    #[serde(rename = "type")]
    pub(super) kind: Kind,
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
    pub(super) pattern: Option<String>,
    #[serde(rename = "enum")]
    pub(super) values: Option<Vec<String>>,
    #[serde(default)]
    pub(super) sensitive: bool,
    #[serde(default)]
    pub(super) eventstream: bool,
    /// A list's.
    pub(super) member: Option<String>,
    /// A map's.
    pub(super) key: Option<String>,
    pub(super) value: Option<String>,
    /// A structure's, in the model's order.
    #[serde(default)]
    pub(super) members: Ordered<Member>,
    #[serde(default)]
    pub(super) required: Vec<String>,
    /// The member that is the whole body.
    pub(super) payload: Option<String>,
    /// An exception's.
    pub(super) error: Option<ErrorTraits>,
    #[serde(default)]
    pub(super) fault: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ErrorTraits {
    pub(super) http_status_code: u16,
}

#[derive(Deserialize)]
#[serde(from = "WireMember")]
pub(super) struct Member {
    pub(super) shape: String,
    pub(super) location: Option<Location>,
    pub(super) location_name: Option<String>,
    /// The event's bytes are this member.
    pub(super) event_payload: bool,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(super) enum Location {
    Header,
    Querystring,
    StatusCode,
    Uri,
}

/// A member is its shape's name alone when nothing else is said of it.
#[derive(Deserialize)]
#[serde(untagged)]
enum WireMember {
    Name(String),
    #[serde(rename_all = "camelCase")]
    Full {
        shape: String,
        location: Option<Location>,
        location_name: Option<String>,
        #[serde(default)]
        eventpayload: bool,
    },
}

impl From<WireMember> for Member {
    fn from(member: WireMember) -> Self {
        match member {
            WireMember::Name(shape) => Self {
                shape,
                location: None,
                location_name: None,
                event_payload: false,
            },
            WireMember::Full {
                shape,
                location,
                location_name,
                eventpayload,
            } => Self {
                shape,
                location,
                location_name,
                event_payload: eventpayload,
            },
        }
    }
}

impl Facts {
    pub(super) fn shape(&self, name: &str) -> anyhow::Result<&Shape> {
        self.shapes
            .get(name)
            .with_context(|| format!("the model has no shape `{name}`"))
    }
}

impl Shape {
    /// The shapes this one is made of.
    pub(super) fn parts(&self) -> impl Iterator<Item = &str> {
        let members = self.members.0.iter().map(|(_, member)| &member.shape);
        members
            .chain([&self.member, &self.key, &self.value].into_iter().flatten())
            .map(String::as_str)
    }

    pub(super) fn requires(&self, member: &str) -> bool {
        self.required.iter().any(|required| required == member)
    }

    /// Members that stand in a JSON object: the body, or a part of it.
    pub(super) fn json_members(&self) -> impl Iterator<Item = (&str, &Member)> {
        self.members
            .0
            .iter()
            .map(|(name, member)| (name.as_str(), member))
            .filter(|(name, member)| {
                member.location.is_none() && self.payload.as_deref() != Some(*name)
            })
    }
}

/// A JSON object whose order means something.
pub(super) struct Ordered<V>(pub(super) Vec<(String, V)>);

impl<V> Default for Ordered<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Ordered<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OrderedVisitor(PhantomData))
    }
}

struct OrderedVisitor<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for OrderedVisitor<V> {
    type Value = Ordered<V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut ordered = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            ordered.push(entry);
        }
        Ok(Ordered(ordered))
    }
}
