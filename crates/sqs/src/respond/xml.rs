//! The answers of the query protocol, made from those of the JSON protocol: lists and maps become
//! elements that repeat.

use serde_json::Value;
use uuid::Uuid;

use crate::message::is_character;

const NAMESPACE: &str = "http://queue.amazonaws.com/doc/2012-11-05/";

/// The answer of an operation.
pub(super) fn answer(operation: &str, output: &Value, request_id: Uuid) -> String {
    let mut text = format!("<?xml version=\"1.0\"?><{operation}Response xmlns=\"{NAMESPACE}\">");
    if !output.is_null() {
        let result = format!("{operation}Result");
        element(&mut text, &result, |text| value(text, operation, output));
    }
    element(&mut text, "ResponseMetadata", |text| {
        leaf(text, "RequestId", &request_id.to_string());
    });
    text.push_str("</");
    text.push_str(operation);
    text.push_str("Response>");
    text
}

/// The answer that says no.
pub(super) fn error(fault: &str, code: &str, message: &str, request_id: Uuid) -> String {
    let mut text = format!("<?xml version=\"1.0\"?><ErrorResponse xmlns=\"{NAMESPACE}\">");
    element(&mut text, "Error", |text| {
        leaf(text, "Type", fault);
        leaf(text, "Code", code);
        leaf(text, "Message", message);
        text.push_str("<Detail/>");
    });
    leaf(&mut text, "RequestId", &request_id.to_string());
    text.push_str("</ErrorResponse>");
    text
}

/// How the entries of a map are written.
struct MapForm {
    entry: &'static str,
    key: &'static str,
}

fn map_form(name: &str) -> Option<MapForm> {
    let (entry, key) = match name {
        "Attributes" => ("Attribute", "Name"),
        "MessageAttributes" => ("MessageAttribute", "Name"),
        "Tags" => ("Tag", "Key"),
        _ => return None,
    };
    Some(MapForm { entry, key })
}

/// What the entries of a list are called.
fn entry_name(operation: &str, name: &str) -> String {
    match name {
        "Messages" => "Message".to_owned(),
        "QueueUrls" | "queueUrls" => "QueueUrl".to_owned(),
        "Successful" | "Results" => format!("{operation}ResultEntry"),
        "Failed" => "BatchResultErrorEntry".to_owned(),
        other => other.to_owned(),
    }
}

fn value(text: &mut String, operation: &str, content: &Value) {
    match content {
        Value::Object(members) => {
            for (name, content) in members {
                member(text, operation, name, content);
            }
        }
        Value::String(content) => escape(text, content),
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => text.push_str(&content.to_string()),
    }
}

fn member(text: &mut String, operation: &str, name: &str, content: &Value) {
    match (content, map_form(name)) {
        (Value::Object(entries), Some(form)) => {
            for (key, content) in entries {
                element(text, form.entry, |text| {
                    leaf(text, form.key, key);
                    element(text, "Value", |text| value(text, operation, content));
                });
            }
        }
        (Value::Array(entries), _) => {
            let entry = entry_name(operation, name);
            for content in entries {
                element(text, &entry, |text| value(text, operation, content));
            }
        }
        _ => element(text, name, |text| value(text, operation, content)),
    }
}

fn element(text: &mut String, name: &str, content: impl FnOnce(&mut String)) {
    text.push('<');
    text.push_str(name);
    text.push('>');
    content(text);
    text.push_str("</");
    text.push_str(name);
    text.push('>');
}

fn leaf(text: &mut String, name: &str, content: &str) {
    element(text, name, |text| escape(text, content));
}

fn escape(text: &mut String, content: &str) {
    for character in content.chars() {
        match character {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            // A reader would make a line feed of it.
            '\r' => text.push_str("&#xD;"),
            _ if is_character(character) => text.push(character),
            // An error may quote what a client has sent.
            _ => text.push(char::REPLACEMENT_CHARACTER),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn result(operation: &str, output: &Value) -> String {
        let text = answer(operation, output, Uuid::nil());
        let begin = format!("<{operation}Result>");
        let end = format!("</{operation}Result>");
        let (_, rest) = text.split_once(&begin).unwrap();
        rest.split_once(&end).unwrap().0.to_owned()
    }

    #[test]
    fn messages_are_elements_that_repeat() {
        let output = json!({"Messages": [{
            "Body": "a<b>&\"c\"\r\n",
            "Attributes": {"SenderId": "x"},
            "MessageAttributes": {"n": {"DataType": "String", "StringValue": "v"}},
        }, {"Body": "2"}]});

        assert_eq!(
            result("ReceiveMessage", &output),
            "<Message><Attribute><Name>SenderId</Name><Value>x</Value></Attribute>\
             <Body>a&lt;b&gt;&amp;&quot;c&quot;&#xD;\n</Body>\
             <MessageAttribute><Name>n</Name><Value><DataType>String</DataType>\
             <StringValue>v</StringValue></Value></MessageAttribute></Message>\
             <Message><Body>2</Body></Message>"
        );
    }

    #[test]
    fn an_error_is_xml_whatever_it_quotes() {
        let text = error(
            "Sender",
            "InvalidParameterValue",
            "\u{0}<\u{1f}",
            Uuid::nil(),
        );

        assert!(
            text.contains("<Message>\u{fffd}&lt;\u{fffd}</Message>"),
            "{text}"
        );
    }

    #[test]
    fn entries_of_batches_bear_the_name_of_their_operation() {
        let failed = json!({"Id": "b", "Code": "c", "SenderFault": true});
        let output = json!({"Successful": [{"Id": "a"}], "Failed": [failed]});

        assert_eq!(
            result("DeleteMessageBatch", &output),
            "<BatchResultErrorEntry><Code>c</Code><Id>b</Id><SenderFault>true</SenderFault>\
             </BatchResultErrorEntry><DeleteMessageBatchResultEntry><Id>a</Id>\
             </DeleteMessageBatchResultEntry>"
        );
    }

    #[test]
    fn lists_and_tags_have_their_own_names() {
        for (operation, output, text) in [
            (
                "ListQueues",
                json!({"QueueUrls": ["a", "b"]}),
                "<QueueUrl>a</QueueUrl><QueueUrl>b</QueueUrl>",
            ),
            (
                "ListQueueTags",
                json!({"Tags": {"k": "v"}}),
                "<Tag><Key>k</Key><Value>v</Value></Tag>",
            ),
            (
                "ListMessageMoveTasks",
                json!({"Results": [{"Status": "COMPLETED"}]}),
                "<ListMessageMoveTasksResultEntry><Status>COMPLETED</Status>\
                 </ListMessageMoveTasksResultEntry>",
            ),
        ] {
            assert_eq!(result(operation, &output), text);
        }
    }
}
