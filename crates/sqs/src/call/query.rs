//! The parameters of the query protocol: flat names with numbers in them, such as
//! `MessageAttribute.1.Value.StringValue`, turned into the tree that they stand for.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Operation;
use crate::error::{Error, Kind};

/// The most parts that a name may have. The deepest of the protocol has six.
const DEPTH_MAX: usize = 8;

/// The most parameters of one request. Ten messages with ten attributes have about four hundred.
const PARAMETERS_MAX: usize = 2_000;

/// Lists of text: what the protocol calls one entry, and what the list is called.
const LISTS: [(&str, &str); 8] = [
    ("AttributeName", "AttributeNames"),
    ("MessageAttributeName", "MessageAttributeNames"),
    ("MessageSystemAttributeName", "MessageSystemAttributeNames"),
    ("TagKey", "TagKeys"),
    ("AWSAccountId", "AWSAccountIds"),
    ("ActionName", "Actions"),
    ("StringListValue", "StringListValues"),
    ("BinaryListValue", "BinaryListValues"),
];

/// Maps: what the protocol calls one entry, what the map is called, and the names of the two
/// halves of an entry.
const MAPS: [(&str, &str, &str, &str); 4] = [
    ("Attribute", "Attributes", "Name", "Value"),
    ("MessageAttribute", "MessageAttributes", "Name", "Value"),
    (
        "MessageSystemAttribute",
        "MessageSystemAttributes",
        "Name",
        "Value",
    ),
    ("Tag", "Tags", "Key", "Value"),
];

/// What the entries of batches are called.
const BATCHES: [&str; 3] = [
    "SendMessageBatchRequestEntry",
    "DeleteMessageBatchRequestEntry",
    "ChangeMessageVisibilityBatchRequestEntry",
];

/// The parameters of a request as a tree.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    root: Branch,
}

#[derive(Debug, Default)]
struct Branch {
    text: Option<String>,
    children: BTreeMap<Part, Branch>,
}

/// A part of a name. Numbers come in their order, whichever order they were sent in.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Number(u64),
    Word(String),
}

impl Part {
    fn new(text: &str) -> Self {
        text.parse()
            .map_or_else(|_| Self::Word(text.to_owned()), Self::Number)
    }

    fn word(text: &str) -> Self {
        Self::Word(text.to_owned())
    }
}

impl Parameters {
    /// Reads the query of the URL and a form. The form wins.
    pub(super) fn read(query: &[u8], form: &[u8]) -> Result<Self, Error> {
        let mut parameters = Self::default();
        let pairs = form_urlencoded::parse(query).chain(form_urlencoded::parse(form));
        for (count, (name, value)) in pairs.enumerate() {
            if count >= PARAMETERS_MAX || name.split('.').count() > DEPTH_MAX {
                return Err(Error::new(
                    Kind::Serialization,
                    format!(
                        "A request has at most {PARAMETERS_MAX} parameters, with names of at most \
                         {DEPTH_MAX} parts."
                    ),
                ));
            }
            let place = name.split('.').fold(&mut parameters.root, |branch, part| {
                branch.children.entry(Part::new(part)).or_default()
            });
            place.text = Some(value.into_owned());
        }
        Ok(parameters)
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.root.children.get(&Part::word(name))?.text.as_deref()
    }

    /// The parameters in the shape of the JSON protocol.
    pub(super) fn into_input(self, operation: Operation) -> Value {
        let mut root = self.root;
        for name in ["Action", "Version"] {
            root.children.remove(&Part::word(name));
        }
        let mut input = root.into_object();
        // The model spells this member in lower case in one place.
        if operation == Operation::CreateQueue
            && let Value::Object(members) = &mut input
            && let Some(tags) = members.remove("Tags")
        {
            members.insert("tags".to_owned(), tags);
        }
        input
    }
}

impl Branch {
    fn into_object(self) -> Value {
        let members = self.children.into_iter().map(|(part, branch)| {
            let name = match part {
                Part::Number(number) => number.to_string(),
                Part::Word(word) => word,
            };
            branch.into_member(name)
        });
        Value::Object(members.collect::<Map<_, _>>())
    }

    fn into_member(self, name: String) -> (String, Value) {
        if let Some((_, list)) = LISTS.iter().find(|(entry, _)| *entry == name) {
            return ((*list).to_owned(), self.into_list());
        }
        if let Some((_, map, key, value)) = MAPS.iter().find(|(entry, ..)| *entry == name) {
            return ((*map).to_owned(), self.into_map(key, value));
        }
        if BATCHES.contains(&name.as_str()) {
            let entries = self.into_entries().map(Self::into_object);
            return ("Entries".to_owned(), Value::Array(entries.collect()));
        }
        let value = if self.children.is_empty() {
            self.into_text()
        } else {
            self.into_object()
        };
        (name, value)
    }

    /// What stands behind the numbers, or the branch itself if it has none.
    fn into_entries(self) -> impl Iterator<Item = Self> {
        let is_numbered = self
            .children
            .keys()
            .any(|part| matches!(part, Part::Number(_)));
        let (numbered, alone) = if is_numbered {
            (self.children, None)
        } else {
            (BTreeMap::new(), Some(self))
        };
        numbered.into_values().chain(alone)
    }

    fn into_list(self) -> Value {
        let entries = self.into_entries().map(Self::into_text);
        Value::Array(entries.collect())
    }

    fn into_map(self, key: &str, value: &str) -> Value {
        let entries = self.into_entries().filter_map(|mut entry| {
            let name = entry.children.remove(&Part::word(key))?.text?;
            let value = entry.children.remove(&Part::word(value))?;
            let value = if value.children.is_empty() {
                value.into_text()
            } else {
                value.into_object()
            };
            Some((name, value))
        });
        Value::Object(entries.collect::<Map<_, _>>())
    }

    fn into_text(self) -> Value {
        Value::String(self.text.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(operation: Operation, form: &str) -> Value {
        let parameters = Parameters::read(b"", form.as_bytes()).unwrap();
        parameters.into_input(operation)
    }

    #[test]
    fn attributes_and_tags_become_maps() {
        let input = read(
            Operation::CreateQueue,
            "QueueName=q&Attribute.1.Name=DelaySeconds&Attribute.1.Value=5\
             &Attribute.2.Name=Policy&Attribute.2.Value=&Tag.1.Key=a%20b&Tag.1.Value=c",
        );

        assert_eq!(
            input,
            json!({
                "QueueName": "q",
                "Attributes": {"DelaySeconds": "5", "Policy": ""},
                "tags": {"a b": "c"},
            })
        );
    }

    #[test]
    fn one_attribute_needs_no_number() {
        let input = read(
            Operation::SetQueueAttributes,
            "Attribute.Name=DelaySeconds&Attribute.Value=5&AttributeName=All",
        );

        assert_eq!(
            input,
            json!({"Attributes": {"DelaySeconds": "5"}, "AttributeNames": ["All"]})
        );
    }

    #[test]
    fn a_batch_keeps_the_order_of_its_numbers() {
        let input = read(
            Operation::SendMessageBatch,
            "SendMessageBatchRequestEntry.10.Id=ten&SendMessageBatchRequestEntry.2.Id=two\
             &SendMessageBatchRequestEntry.2.MessageAttribute.1.Name=n\
             &SendMessageBatchRequestEntry.2.MessageAttribute.1.Value.DataType=String\
             &SendMessageBatchRequestEntry.2.MessageAttribute.1.Value.StringValue=v",
        );

        let attribute = json!({"DataType": "String", "StringValue": "v"});
        assert_eq!(
            input,
            json!({"Entries": [
                {"Id": "two", "MessageAttributes": {"n": attribute}},
                {"Id": "ten"},
            ]})
        );
    }

    #[test]
    fn nonsense_is_bounded() {
        let deep = "a.".repeat(100);
        assert!(Parameters::read(b"", deep.as_bytes()).is_err());
        let many = "a=&".repeat(PARAMETERS_MAX + 1);
        assert!(Parameters::read(b"", many.as_bytes()).is_err());
        let odd = read(
            Operation::TagQueue,
            "Tag.1.Value=x&Tag.99999999999999999999.Key=y&=&&a",
        );
        assert_eq!(odd, json!({"": "", "Tags": {}, "a": ""}));
    }
}
