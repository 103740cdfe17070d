//! The manual page, in the language of `man`, made from the same tables as the help.
//!
//! ```sh
//! Invoke-LMFunction --man > ~/.local/share/man/man1/Invoke-LMFunction.1
//! ```

use std::fmt::Write;

use crate::help::{acted, heading, option_heading, syntax};
use crate::manual;
use crate::options::OPTIONS;
use crate::parameters::{Parameter, Support, TABLE};

/// The page.
pub(crate) fn page() -> String {
    let mut page = Page {
        text: format!(
            ".TH INVOKE-LMFUNCTION 1 \"\" \"Invoke-LMFunction {}\" \"User Commands\"\n.nh\n.ad l\n",
            env!("CARGO_PKG_VERSION")
        ),
    };
    page.section("NAME");
    page.prose(&format!(
        "Invoke-LMFunction - {}",
        uncapitalised(manual::SYNOPSIS)
    ));
    page.section("SYNOPSIS");
    // Each part stays whole.
    for part in syntax() {
        page.line(&escaped(&part).replace(' ', "\\ "));
    }
    page.section("DESCRIPTION");
    for paragraph in manual::DESCRIPTION {
        page.request(".PP");
        page.prose(paragraph);
    }
    page.section("PARAMETERS");
    for row in acted() {
        page.parameter(row);
    }
    page.section("OPTIONS");
    for option in &OPTIONS {
        page.entry(&option_heading(option), option.description);
    }
    page.section("REFUSED PARAMETERS");
    for row in &TABLE {
        if let Support::Refused(advice) = row.support {
            page.entry(&heading(row), advice);
        }
    }
    page.section("INPUTS");
    page.prose(manual::INPUTS);
    page.section("OUTPUTS");
    page.prose(manual::OUTPUTS);
    page.section("EXIT STATUS");
    for (status, meaning) in manual::EXIT_STATUS {
        page.entry(status, meaning);
    }
    page.section("ENVIRONMENT");
    for (names, meaning) in manual::ENVIRONMENT {
        page.entry(names, meaning);
    }
    page.section("EXAMPLES");
    for (command, meaning) in manual::EXAMPLES {
        page.request(".PP");
        page.prose(meaning);
        page.request(".PP\n.nf\n.RS");
        page.line(&escaped(command));
        page.request(".RE\n.fi");
    }
    page.section("SEE ALSO");
    page.prose(manual::LINK);
    page.text
}

#[derive(Debug)]
struct Page {
    text: String,
}

impl Page {
    fn section(&mut self, title: &str) {
        self.request(&format!(".SH \"{title}\""));
    }

    fn parameter(&mut self, row: &Parameter) {
        let mut description = row.description.to_owned();
        for (name, value) in [
            ("Default value", row.default.to_owned()),
            ("Aliases", dashed(row.aliases)),
        ] {
            if !value.is_empty() {
                write!(description, " {name}: {value}.").ok();
            }
        }
        self.entry(&heading(row), &description);
    }

    fn entry(&mut self, head: &str, text: &str) {
        self.request(".TP");
        self.line(&format!("\\fB{}\\fR", escaped(head)));
        self.prose(text);
    }

    fn prose(&mut self, text: &str) {
        self.line(&escaped(text));
    }

    /// A line of text, which must not be taken for a request.
    fn line(&mut self, text: &str) {
        let guard = if text.starts_with(['.', '\'']) {
            "\\&"
        } else {
            ""
        };
        writeln!(self.text, "{guard}{text}").ok();
    }

    fn request(&mut self, request: &str) {
        writeln!(self.text, "{request}").ok();
    }
}

fn dashed(aliases: &[&str]) -> String {
    let dashed: Vec<_> = aliases.iter().map(|alias| format!("-{alias}")).collect();
    dashed.join(", ")
}

fn uncapitalised(text: &str) -> String {
    let mut letters = text.trim_end_matches('.').chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// Text whose backslashes, dashes, quotes and carets come out as they are, to be copied and typed.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' => safe.push_str("\\e"),
            '-' => safe.push_str("\\-"),
            '\'' => safe.push_str("\\(aq"),
            '^' => safe.push_str("\\(ha"),
            '~' => safe.push_str("\\(ti"),
            '`' => safe.push_str("\\(ga"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_every_parameter_and_option() {
        let page = page();

        for row in &TABLE {
            assert!(
                page.contains(&format!("\n\\fB\\-{} ", row.name)),
                "{}",
                row.name
            );
        }
        for option in &OPTIONS {
            let name = escaped(option.name);
            assert!(page.contains(&format!("\n\\fB{name}")), "{name}");
        }
    }

    #[test]
    fn every_line_is_text_or_a_request_that_is_meant() {
        const REQUESTS: [&str; 10] = [
            ".TH", ".SH", ".TP", ".PP", ".nf", ".fi", ".RS", ".RE", ".nh", ".ad",
        ];

        for line in page().lines() {
            let first = line.split(' ').next().unwrap();
            let is_request = line.starts_with('.');
            assert!(!line.is_empty() && !line.starts_with('\''), "{line}");
            assert!(!is_request || REQUESTS.contains(&first), "{line}");
        }
    }

    #[test]
    fn what_is_to_be_typed_survives() {
        assert_eq!(
            escaped("-Select '^Name' \\n"),
            "\\-Select \\(aq\\(haName\\(aq \\en"
        );
    }
}
