//! The files that profiles are in, read as AWS's SDKs read them.
//!
//! docs: AWS SDKs reference, "Shared config and credentials files". A section has a name in brackets and
//! lines of `key = value`; an indented line belongs to the value before it; a line or the end of a line
//! that starts with `#` or `;` is a comment. Keys are known in any case. The SDKs' own reader keeps only
//! the sections that it knows, and ours has one more kind.

use std::collections::BTreeMap;

/// What a section says. Values that go on in indented lines have these as further lines.
pub(crate) type Section = BTreeMap<String, String>;

/// The sections of a text, in the order that they have in it; one that is there twice is merged.
pub(crate) fn read(text: &str) -> Result<BTreeMap<String, Section>, BadLine> {
    let mut sections: BTreeMap<String, Section> = BTreeMap::new();
    let mut open: Option<(String, Option<String>)> = None;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (index, line) in text.lines().enumerate() {
        let bad = |problem| BadLine {
            number: index + 1,
            problem,
        };
        let is_indented = line.starts_with([' ', '\t']);
        let trimmed = without_comment(line).trim();
        if trimmed.is_empty() {
            continue;
        }
        if !is_indented && let Some(rest) = trimmed.strip_prefix('[') {
            let name = rest
                .strip_suffix(']')
                .ok_or_else(|| bad("a section's name needs a closing bracket"))?;
            let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
            sections.entry(name.clone()).or_default();
            open = Some((name, None));
            continue;
        }
        let Some((section, last_key)) = &mut open else {
            return Err(bad("a value stands before the first section"));
        };
        let section = sections.entry(section.clone()).or_default();
        if is_indented && let Some(key) = last_key {
            let value = section.entry(key.clone()).or_default();
            value.push('\n');
            value.push_str(trimmed);
            continue;
        }
        let (key, value) = trimmed
            .split_once('=')
            .ok_or_else(|| bad("a line needs the form key = value"))?;
        let key = key.trim().to_ascii_lowercase();
        section.insert(key.clone(), value.trim().to_owned());
        *last_key = Some(key);
    }
    Ok(sections)
}

/// A line that is none of the above.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadLine {
    pub(crate) number: usize,
    pub(crate) problem: &'static str,
}

/// The value of a key in the indented lines of a value.
pub(crate) fn nested<'a>(value: &'a str, key: &str) -> Option<&'a str> {
    value.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case(key)
            .then_some(value.trim())
    })
}

/// A comment starts a line, or follows white space within one.
fn without_comment(line: &str) -> &str {
    let is_comment = |(at, _): &(usize, &str)| {
        line.get(..*at)
            .is_none_or(|before| before.trim().is_empty() || before.ends_with([' ', '\t']))
    };
    match line.match_indices(['#', ';']).find(is_comment) {
        Some((at, _)) => line.get(..at).unwrap_or(line),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_and_values_are_read() {
        let read = read(
            "\u{feff}# comment\r\n[default]\r\nregion=eu-west-1 ; mine\r\n\r\n[profile  a b]\nRegion = x#y\nsource_profile =\n[default]\nextra = 1",
        )
        .unwrap();

        assert_eq!(read["default"]["region"], "eu-west-1");
        assert_eq!(read["default"]["extra"], "1");
        assert_eq!(read["profile a b"]["region"], "x#y");
        assert_eq!(read["profile a b"]["source_profile"], "");
    }

    #[test]
    fn a_value_may_have_values_of_its_own() {
        let read =
            read("[services local]\nlambda =\n  endpoint_url = http://a?b=c\n\n  other=1\ns3 =\n")
                .unwrap();

        let lambda = &read["services local"]["lambda"];
        assert_eq!(nested(lambda, "Endpoint_URL"), Some("http://a?b=c"));
        assert_eq!(nested(lambda, "other"), Some("1"));
        assert_eq!(nested(lambda, "s3"), None);
    }

    #[test]
    fn what_is_no_line_is_named() {
        for (text, number) in [("a = 1", 1), ("[a\n", 1), ("[a]\nb", 2), ("[a]\n  b", 2)] {
            assert_eq!(read(text).unwrap_err().number, number, "{text}");
        }
    }
}
