//! The model's regular expressions, in the words of the `regex` crate.
//!
//! They are Java's: `\d` and `\s` are ASCII, `.` stops at more line ends than `\n`, and a match is always of
//! the whole value. Look-around the crate does not have: models/overlay.toml says the same without it.

use anyhow::Context as _;
use quote::quote;
use regex::Regex;

use super::Contract;
use super::names::screaming;
use super::source::{option, render};

/// generated/pattern.rs
pub(super) fn file(contract: &Contract) -> anyhow::Result<String> {
    let mut statics = Vec::new();
    for name in &contract.reach.inputs {
        let Some(text) = &contract.facts.shape(name)?.pattern else {
            continue;
        };
        let rewritten = contract.overlay.patterns.get(name);
        let accept = anchored(name, rewritten.map_or(text, |rewritten| &rewritten.accept))?;
        let reject = rewritten.and_then(|rewritten| rewritten.reject.as_ref());
        let reject = reject.map(|reject| anchored(name, reject)).transpose()?;
        let reject = option(reject);
        let table = screaming(name);
        statics.push(quote! {
            pub(crate) static #table: Pattern = Pattern::new(#text, #accept, #reject);
        });
    }
    render(
        "The model's patterns: the text errors print, and what is matched.",
        quote! {
            use crate::rule::Pattern;
            #(#statics)*
        },
    )
}

fn anchored(name: &str, pattern: &str) -> anyhow::Result<String> {
    let anchored = format!(r"\A(?:{})\z", translated(pattern));
    Regex::new(&anchored).with_context(|| {
        format!("the regex crate cannot run the pattern of `{name}`: add [patterns.{name}] to the overlay")
    })?;
    Ok(anchored)
}

fn translated(pattern: &str) -> String {
    let pattern = pattern.replace(r"[\s\S]", "(?s:.)");
    // A protected dot: `(?s:.)` must stay as it is.
    let mut parts = pattern.split("(?s:.)").map(translated_part);
    let first = parts.next().unwrap_or_default();
    parts.fold(first, |done, part| format!("{done}(?s:.){part}"))
}

fn translated_part(pattern: &str) -> String {
    let mut translated = String::new();
    let mut in_class = false;
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('d') if in_class => translated.push_str("0-9"),
                Some('d') => translated.push_str("[0-9]"),
                Some('s') if in_class => translated.push_str(r" \t\n\x0B\f\r"),
                Some('s') => translated.push_str(r"[ \t\n\x0B\f\r]"),
                Some(escaped) => translated.extend(['\\', escaped]),
                None => translated.push('\\'),
            },
            '.' if !in_class => translated.push_str(r"[^\n\r\u{85}\u{2028}\u{2029}]"),
            '[' => {
                in_class = true;
                translated.push('[');
            }
            ']' => {
                in_class = false;
                translated.push(']');
            }
            other => translated.push(other),
        }
    }
    translated
}

#[cfg(test)]
mod tests {
    use super::{anchored, translated};

    #[test]
    fn classes_are_ascii_as_in_java() {
        assert_eq!(translated(r"\d{12}"), "[0-9]{12}");
        assert_eq!(translated(r"[^\s]+"), r"[^ \t\n\x0B\f\r]+");
        assert_eq!(translated(r"[\s\S]*"), "(?s:.)*");
        assert_eq!(translated(r"a\.b[.]"), r"a\.b[.]");
    }

    #[test]
    fn a_look_around_is_refused_with_the_name_of_its_shape() {
        let error = anchored("Alias", "(?!^[0-9]+$)([a-z]+)").unwrap_err();

        assert!(error.to_string().contains("[patterns.Alias]"), "{error}");
    }
}
