//! What the commands print: one style for all of them, in colour on a terminal only.

use std::process::Command;

use anstyle::{AnsiColor, Style};

const TITLE: Style = AnsiColor::Cyan.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const FAINT: Style = Style::new().dimmed();

/// The beginning of something that takes a while.
pub(crate) fn title(text: &str) {
    anstream::println!("\n{TITLE}==> {text}{TITLE:#}");
}

/// Something that went well.
pub(crate) fn good(text: &str) {
    anstream::println!("{GOOD}  ✓ {GOOD:#}{text}");
}

/// Something that did not go well.
pub(crate) fn bad(text: &str) {
    anstream::println!("{BAD}  ✗ {BAD:#}{text}");
}

/// Something worth knowing.
pub(crate) fn note(text: &str) {
    anstream::println!("{FAINT}    {text}{FAINT:#}");
}

/// A line that another program printed, as it is.
pub(crate) fn line(text: &str) {
    anstream::println!("{text}");
}

/// A command that is about to run.
pub(crate) fn command(command: &Command) {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    anstream::println!("{FAINT}    $ {text}{FAINT:#}");
}
