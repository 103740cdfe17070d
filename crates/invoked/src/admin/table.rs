//! Answers of the admin API as text for people.

use anstyle::{AnsiColor, Style};
use serde_json::Value;

const COLUMNS: [(&str, &str); 6] = [
    ("REQUEST ID", "RequestId"),
    ("FUNCTION", "Function"),
    ("STATE", "State"),
    ("ATTEMPTS", "Attempts"),
    ("ACCEPTED", "Accepted"),
    ("DUE", "Due"),
];

/// How a state is painted that asks for attention, or tells that all is well.
fn style(state: &str) -> Style {
    let colour = match state {
        "failed" | "undeliverable" | "unreadable" => AnsiColor::Red,
        "retrying" | "delivering" => AnsiColor::Yellow,
        "running" => AnsiColor::Cyan,
        "succeeded" => AnsiColor::Green,
        _ => return Style::new(),
    };
    colour.on_default()
}

/// One line for each event, under a head. States are painted: whoever prints it takes the colours
/// out where nobody sees them.
pub(super) fn events(events: &[Value]) -> String {
    if events.is_empty() {
        return "There are no such events.\n".to_owned();
    }
    let head = COLUMNS.map(|(title, _)| title.to_owned());
    let row =
        |event: &Value| COLUMNS.map(|(_, member)| event.get(member).map_or_else(String::new, text));
    let rows: Vec<_> = std::iter::once(head)
        .chain(events.iter().map(row))
        .collect();
    let mut widths = [0; COLUMNS.len()];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.len().max(*width);
        }
    }
    let line = |row: &[String; COLUMNS.len()]| {
        let cells = row.iter().zip(widths);
        let cells: Vec<String> = cells
            .map(|(cell, width)| {
                let style = style(cell);
                format!("{style}{cell:width$}{style:#}")
            })
            .collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

/// One line for each member; what a list holds stands below it, each element on a line.
pub(super) fn members(answer: &Value) -> String {
    let Some(members) = answer.as_object() else {
        return format!("{answer}\n");
    };
    let width = members.keys().map(String::len).max().unwrap_or_default();
    let line = |(name, value): (&String, &Value)| match value {
        Value::Array(elements) => {
            let lines = elements
                .iter()
                .map(|element| format!("  {}\n", inline(element)));
            format!("{name}:\n{}", lines.collect::<String>())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            let label = format!("{name}:");
            format!("{label:0$} {1}\n", width + 1, text(value))
        }
    };
    members.iter().map(line).collect()
}

fn inline(element: &Value) -> String {
    let Some(members) = element.as_object() else {
        return text(element);
    };
    let pairs = members
        .iter()
        .map(|(name, value)| format!("{name}={}", text(value)));
    pairs.collect::<Vec<_>>().join("  ")
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_stand_in_columns() {
        let text = events(&[json!({ "RequestId": "r", "Function": "a-function", "Attempts": 2 })]);

        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[0],
            "REQUEST ID  FUNCTION    STATE  ATTEMPTS  ACCEPTED  DUE"
        );
        assert_eq!(lines[1], "r           a-function         2");
        assert_eq!(events(&[]), "There are no such events.\n");
    }

    #[test]
    fn a_state_is_painted_and_nothing_else() {
        let text = events(&[json!({ "RequestId": "r", "State": "failed" })]);

        assert!(
            text.ends_with("r                     \u{1b}[31mfailed\u{1b}[0m\n"),
            "{text:?}"
        );
        let plain = anstream::adapter::strip_str(&text).to_string();
        assert!(plain.ends_with("failed\n") && !plain.contains('\u{1b}'));
    }

    #[test]
    fn members_stand_on_lines_and_lists_below_their_names() {
        let answer = json!({ "A": "x", "Long": 1, "Tries": [{ "Error": "no" }] });

        assert_eq!(members(&answer), "A:     x\nLong:  1\nTries:\n  Error=no\n");
    }
}
