//! The help, in the layout of PowerShell's `Get-Help`, made from the table of parameters.

use std::fmt::Write;

use crate::binder::{BindError, resolve};
use crate::manual;
use crate::options::{Argument, CommandOption, OPTIONS};
use crate::parameters::{Group, Kind, Parameter, Pipeline, Support, TABLE, positional};

/// How wide the text of the help is, in characters.
const WIDTH: usize = 100;

/// Which help is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Topic {
    Short,
    Full,
    Examples,
    Parameter(&'static Parameter),
}

/// The help that is asked for, anywhere before `--`: it wins over every error, as in PowerShell.
pub(crate) fn requested(tokens: &[String]) -> Result<Option<Topic>, BindError> {
    let mut tokens = tokens.iter().map(String::as_str);
    while let Some(token) = tokens.next() {
        return match token {
            "--" => Ok(None),
            "-?" | "\u{2013}?" | "\u{2014}?" | "\u{2015}?" | "--help" => Ok(Some(Topic::Short)),
            "--help=full" => Ok(Some(Topic::Full)),
            "--help=examples" => Ok(Some(Topic::Examples)),
            "--help=parameter" => match tokens.next() {
                Some(name) => resolve(name.trim_start_matches('-'))
                    .map(Topic::Parameter)
                    .map(Some),
                None => Err(BindError::BadOption {
                    option: "--help",
                    problem: "needs a name after 'parameter': --help=parameter Payload".to_owned(),
                }),
            },
            _ => continue,
        };
    }
    Ok(None)
}

/// The help.
pub(crate) fn text(topic: Topic) -> String {
    let mut page = Page::default();
    if let Topic::Parameter(row) = topic {
        page.parameter(row);
        return page.text;
    }
    page.section("NAME");
    page.line(4, "Invoke-LMFunction");
    page.section("SYNOPSIS");
    page.line(4, manual::SYNOPSIS);
    match topic {
        Topic::Full => page.full(),
        Topic::Examples => page.examples(),
        Topic::Short | Topic::Parameter(_) => page.short(),
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
        let words = syntax();
        self.paragraph(4, words.iter().map(String::as_str));
    }

    fn short(&mut self) {
        self.section("SYNTAX");
        self.syntax();
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
        self.section("SYNTAX");
        self.syntax();
        self.section("DESCRIPTION");
        for (number, paragraph) in manual::DESCRIPTION.iter().enumerate() {
            if number > 0 {
                self.line(0, "");
            }
            self.prose(4, paragraph);
        }
        self.section("PARAMETERS");
        for row in acted() {
            self.parameter(row);
        }
        self.options();
        self.refused();
        self.section("INPUTS");
        self.prose(4, manual::INPUTS);
        self.section("OUTPUTS");
        self.prose(4, manual::OUTPUTS);
        self.section("EXIT STATUS");
        for (status, meaning) in manual::EXIT_STATUS {
            self.line(4, &format!("{status:<4}{meaning}"));
        }
        self.section("ENVIRONMENT");
        for (names, meaning) in manual::ENVIRONMENT {
            self.line(4, names);
            self.prose(8, meaning);
        }
        self.examples();
        self.section("RELATED LINKS");
        self.line(4, manual::LINK);
    }

    fn examples(&mut self) {
        for (number, (command, meaning)) in manual::EXAMPLES.iter().enumerate() {
            self.section(&format!("    Example {}", number + 1));
            self.line(4, command);
            self.line(4, meaning);
        }
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
            self.line(4, &option_heading(option));
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

/// An option with what it takes.
pub(crate) fn option_heading(option: &CommandOption) -> String {
    let argument = match option.argument {
        Argument::None => String::new(),
        Argument::Optional => format!("[={}]", option.placeholder),
        Argument::Required if option.values.is_empty() => format!(" {}", option.placeholder),
        Argument::Required => format!(" {}", option.values.join("|")),
    };
    format!("{}{argument}", option.name)
}

pub(crate) fn acted() -> impl Iterator<Item = &'static Parameter> {
    TABLE.iter().filter(|row| row.is_acted_upon())
}

/// A parameter with its type.
pub(crate) fn heading(row: &Parameter) -> String {
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

/// The syntax, part by part: the command's own parameters, PowerShell's, the options.
pub(crate) fn syntax() -> Vec<String> {
    let is_own = |row: &&'static Parameter| row.position.is_none() && row.group != Group::Common;
    let mut words = vec!["Invoke-LMFunction".to_owned()];
    words.extend(positional().into_iter().map(syntax_of));
    words.extend(acted().filter(is_own).map(syntax_of));
    words.push("[<CommonParameters>]".to_owned());
    words.extend(OPTIONS.iter().map(|option| match option.argument {
        Argument::None => format!("[{}]", option.name),
        Argument::Optional => format!("[{}[={}]]", option.name, option.placeholder),
        Argument::Required => format!("[{} {}]", option.name, option.placeholder),
    }));
    words
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
        let help = text(Topic::Full);

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
        let help = text(Topic::Short);

        assert!(
            help.contains("Invoke-LMFunction [-FunctionName] <String> [[-Payload] <String>]"),
            "{help}"
        );
        assert!(help.contains("[-Qualifier <String>]"), "{help}");
    }

    #[test]
    fn positions_count_from_one() {
        let help = text(Topic::Full);
        let function = help.split("    -FunctionName <String>\n").nth(1).unwrap();

        assert!(
            function.contains("Position?                    1\n"),
            "{function}"
        );
        assert!(function.contains("True (ByValue, ByPropertyName)"));
    }

    #[test]
    fn no_line_is_wider_than_the_page() {
        for line in text(Topic::Full).lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }

    #[test]
    fn help_is_asked_for_anywhere_before_two_dashes() {
        let requested = |tokens: &[&str]| {
            let tokens: Vec<_> = tokens.iter().map(|&token| token.to_owned()).collect();
            super::requested(&tokens)
        };

        assert!(matches!(
            requested(&["f", "-Nonsense", "-?"]),
            Ok(Some(Topic::Short))
        ));
        assert!(matches!(requested(&["--help=full"]), Ok(Some(Topic::Full))));
        assert!(matches!(requested(&["f", "--", "-?"]), Ok(None)));
        assert!(matches!(requested(&["f"]), Ok(None)));
        assert!(requested(&["--help=parameter"]).is_err());
        assert!(requested(&["--help=parameter", "Nonsense"]).is_err());
    }

    #[test]
    fn one_parameter_can_be_asked_for_by_any_spelling() {
        for name in ["Qualifier", "-q", "QUALI"] {
            let tokens = ["--help=parameter".to_owned(), name.to_owned()];
            let topic = super::requested(&tokens).unwrap().unwrap();

            let help = text(topic);
            assert!(help.starts_with("    -Qualifier <String>\n"), "{help}");
            assert!(help.contains("Accept pipeline input?"), "{help}");
        }
    }

    #[test]
    fn the_examples_can_be_had_alone() {
        let help = text(Topic::Examples);

        assert!(help.contains("Example 7"), "{help}");
        assert!(!help.contains("PARAMETERS"), "{help}");
    }
}
