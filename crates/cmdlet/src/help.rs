//! The help, in the layout of PowerShell's `Get-Help`, made from the table of parameters.

use std::fmt::Write;

use crate::parameters::{
    Argument, Group, Kind, OPTIONS, Parameter, Pipeline, Support, TABLE, positional,
};

/// How wide the text of the help is, in characters.
const WIDTH: usize = 100;

const DESCRIPTION: &str = "Calls the Invoke operation of the AWS Lambda API, of AWS or of any server that speaks it, and prints the answer. \
RequestResponse waits until the function has answered, however long it runs; Event returns when the invocation is queued; DryRun runs nothing. \
A function that fails is still an answer: it is printed, warned about on standard error, and the exit status stays 0 unless --fail-on-function-error is given.";

const GRAMMAR: &str = "Names may be written in any case and shortened while they stay unambiguous: -Fu for -FunctionName. A value follows after a space or a colon: -Qualifier 1, -Qualifier:1. \
A value that itself spells a parameter needs the colon: -Payload:-Force. -- ends the parameters. Quote '*', '^Name' and '$LATEST', or the shell replaces them.";

const EXIT_STATUS: [(&str, &str); 5] = [
    ("0", "an answer was printed"),
    ("1", "the service, the network or the credentials failed"),
    ("2", "the command line is wrong; nothing was sent"),
    ("3", "the function failed, with --fail-on-function-error"),
    ("130", "interrupted"),
];

const EXAMPLES: [(&str, &str); 5] = [
    (
        "Invoke-LMFunction hello '{\"name\":\"Ada\"}'",
        "Invokes hello and prints the whole answer.",
    ),
    (
        "Invoke-LMFunction hello -PayloadStream @event.json -Select Payload > answer.json",
        "Sends a file, byte for byte, and keeps exactly what the function answered.",
    ),
    (
        "Invoke-LMFunction hello -Qualifier '$LATEST' -LogType Tail",
        "Shows the end of the log with the answer.",
    ),
    (
        "Invoke-LMFunction hello -InvocationType Event",
        "Queues the invocation and does not wait for it.",
    ),
    (
        "Invoke-LMFunction hello -EndpointUrl http://127.0.0.1:9000 --fail-on-function-error",
        "Calls a local server, and fails when the function does.",
    ),
];

/// How much help is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Short,
    Full,
}

/// Whether help is asked for, anywhere before `--`: it wins over every error, as in PowerShell.
pub(crate) fn requested(tokens: &[String]) -> Option<Level> {
    tokens
        .iter()
        .take_while(|token| *token != "--")
        .find_map(|token| match token.as_str() {
            "-?" | "\u{2013}?" | "\u{2014}?" | "\u{2015}?" | "--help" => Some(Level::Short),
            "--help=full" => Some(Level::Full),
            _ => None,
        })
}

/// The help.
pub(crate) fn text(level: Level) -> String {
    let mut page = Page::default();
    page.section("NAME");
    page.line(4, "Invoke-LMFunction");
    page.section("SYNOPSIS");
    page.line(
        4,
        "Invokes a function through the AWS Lambda API and prints its answer.",
    );
    page.section("SYNTAX");
    page.syntax();
    match level {
        Level::Short => page.short(),
        Level::Full => page.full(),
    }
    page.text
}

#[derive(Debug, Default)]
struct Page {
    text: String,
}

impl Page {
    fn section(&mut self, title: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.line(0, title);
    }

    fn line(&mut self, indent: usize, text: &str) {
        let text = format!("{:indent$}{text}", "");
        writeln!(self.text, "{}", text.trim_end()).ok();
    }

    /// Words in lines, each indented.
    fn paragraph<'a>(&mut self, indent: usize, words: impl IntoIterator<Item = &'a str>) {
        let mut line = String::new();
        for word in words {
            if !line.is_empty() && indent + line.chars().count() + 1 + word.chars().count() > WIDTH
            {
                self.line(indent, &std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.line(indent, &line);
    }

    fn prose(&mut self, indent: usize, text: &str) {
        self.paragraph(indent, text.split(' '));
    }

    fn syntax(&mut self) {
        let mut words = vec!["Invoke-LMFunction".to_owned()];
        words.extend(positional().into_iter().map(syntax_of));
        let named = acted().filter(|row| row.position.is_none());
        words.extend(named.map(syntax_of));
        words.extend(OPTIONS.iter().map(|option| match option.argument {
            Argument::None => format!("[{}]", option.name),
            Argument::Optional => format!("[{}[={}]]", option.name, option.placeholder),
            Argument::Required => format!("[{} {}]", option.name, option.placeholder),
        }));
        self.paragraph(4, words.iter().map(String::as_str));
    }

    fn short(&mut self) {
        self.section("PARAMETERS");
        for row in acted() {
            self.line(4, &heading(row));
            self.prose(8, row.description);
        }
        self.options();
        self.section("REMARKS");
        self.line(4, "Invoke-LMFunction --help=full shows all of the help.");
    }

    fn full(&mut self) {
        self.section("DESCRIPTION");
        self.prose(4, DESCRIPTION);
        self.line(0, "");
        self.prose(4, GRAMMAR);
        self.section("PARAMETERS");
        for row in acted() {
            self.parameter(row);
        }
        self.options();
        self.refused();
        self.section("INPUTS");
        self.line(
            4,
            "None. Standard input is read only for -PayloadStream @-.",
        );
        self.section("OUTPUTS");
        self.prose(
            4,
            "Amazon.Lambda.Model.InvokeResponse: a list on a terminal, a JSON object on one line in a pipe, or what -Select chooses.",
        );
        self.section("EXIT STATUS");
        for (status, meaning) in EXIT_STATUS {
            self.line(4, &format!("{status:<4}{meaning}"));
        }
        for (number, (command, meaning)) in EXAMPLES.iter().enumerate() {
            self.section(&format!("    Example {}", number + 1));
            self.line(4, command);
            self.line(4, meaning);
        }
        self.section("RELATED LINKS");
        self.line(
            4,
            "https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html",
        );
    }

    fn parameter(&mut self, row: &Parameter) {
        let yes_no = |is: bool| if is { "true" } else { "false" };
        let position = row
            .position
            .map_or_else(|| "Named".to_owned(), |place| place.to_string());
        let pipeline = match row.pipeline {
            Pipeline::ByPropertyName => "True (ByPropertyName)",
            Pipeline::ByValueAndPropertyName => "True (ByValue, ByPropertyName)",
            Pipeline::No => "false",
        };
        self.line(4, &heading(row));
        self.prose(8, row.description);
        self.line(0, "");
        for (name, value) in [
            ("Required?", yes_no(row.is_required())),
            ("Position?", &position),
            ("Default value", row.default),
            ("Accept pipeline input?", pipeline),
            ("Accept wildcard characters?", "false"),
            ("Aliases", &row.aliases.join(", ")),
        ] {
            self.line(8, &format!("{name:<29}{value}"));
        }
        self.line(0, "");
    }

    fn options(&mut self) {
        self.section("OPTIONS");
        for option in &OPTIONS {
            let argument = match option.argument {
                Argument::None => String::new(),
                Argument::Optional => format!("[={}]", option.placeholder),
                Argument::Required if option.values.is_empty() => {
                    format!(" {}", option.placeholder)
                }
                Argument::Required => format!(" {}", option.values.join("|")),
            };
            self.line(4, &format!("{}{argument}", option.name));
            self.prose(8, option.description);
        }
    }

    fn refused(&mut self) {
        self.section("REFUSED PARAMETERS");
        self.prose(
            4,
            "These are known, so that no abbreviation changes its meaning when a release acts upon them. Giving one is an error.",
        );
        for row in &TABLE {
            if let Support::Refused(advice) = row.support {
                self.line(4, &heading(row));
                self.prose(8, advice);
            }
        }
    }
}

fn acted() -> impl Iterator<Item = &'static Parameter> {
    TABLE.iter().filter(|row| row.is_acted_upon())
}

fn heading(row: &Parameter) -> String {
    let common = if row.group == Group::Common {
        " (common)"
    } else {
        ""
    };
    match row.kind {
        Kind::Value(kind) => format!("-{} <{kind}>{common}", row.name),
        Kind::Switch => format!("-{} [<SwitchParameter>]{common}", row.name),
    }
}

fn syntax_of(row: &'static Parameter) -> String {
    let name = match row.position {
        Some(_) => format!("[-{}]", row.name),
        None => format!("-{}", row.name),
    };
    let whole = match row.kind {
        Kind::Value(kind) => format!("{name} <{kind}>"),
        Kind::Switch => name,
    };
    if row.is_required() {
        whole
    } else {
        format!("[{whole}]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_full_help_names_every_parameter_and_option() {
        let help = text(Level::Full);

        for row in &TABLE {
            assert!(
                help.contains(&format!("\n    -{} ", row.name)),
                "{}",
                row.name
            );
        }
        for option in &OPTIONS {
            assert!(
                help.contains(&format!("\n    {}", option.name)),
                "{}",
                option.name
            );
        }
    }

    #[test]
    fn the_guide_names_every_parameter_and_option() {
        let guide = include_str!("../../../docs/invoke-lmfunction.md");

        for row in &TABLE {
            assert!(guide.contains(&format!("`-{}`", row.name)), "{}", row.name);
            for alias in row.aliases.iter().filter(|_| row.is_acted_upon()) {
                assert!(guide.contains(&format!("`-{alias}`")), "{alias}");
            }
        }
        for option in &OPTIONS {
            assert!(
                guide.contains(&format!("`{}", option.name)),
                "{}",
                option.name
            );
        }
    }

    #[test]
    fn the_syntax_is_written_as_get_help_writes_it() {
        let help = text(Level::Short);

        assert!(
            help.contains("Invoke-LMFunction [-FunctionName] <String> [[-Payload] <String>]"),
            "{help}"
        );
        assert!(help.contains("[-Qualifier <String>]"), "{help}");
    }

    #[test]
    fn positions_count_from_one() {
        let help = text(Level::Full);
        let function = help.split("    -FunctionName <String>\n").nth(1).unwrap();

        assert!(
            function.contains("Position?                    1\n"),
            "{function}"
        );
        assert!(function.contains("True (ByValue, ByPropertyName)"));
    }

    #[test]
    fn no_line_is_wider_than_the_page() {
        for line in text(Level::Full).lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }

    #[test]
    fn help_is_asked_for_anywhere_before_two_dashes() {
        let requested = |tokens: &[&str]| {
            let tokens: Vec<_> = tokens.iter().map(|&token| token.to_owned()).collect();
            super::requested(&tokens)
        };

        assert_eq!(requested(&["f", "-Nonsense", "-?"]), Some(Level::Short));
        assert_eq!(requested(&["--help=full"]), Some(Level::Full));
        assert_eq!(requested(&["f", "--", "-?"]), None);
        assert_eq!(requested(&["f"]), None);
    }
}
