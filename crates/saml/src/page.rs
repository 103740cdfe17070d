//! The page a sign-in ends with: the form that carries the assertion, or the title of what came instead.
//!
//! Hidden fields are all that is looked at. The AWS SDK for .NET searches for `SAMLResponse`, anything but
//! letters, and `value="…"`; reading `input` tags finds the same fields, and also those with single quotes,
//! capitals or another order of attributes. Every byte is read once, whatever the page.

/// Long enough to tell one page from another.
const TITLE_CHARS_MAX: usize = 80;
/// The longest that is known here is `#x10FFFF;`.
const REFERENCE_BYTES_MAX: usize = 12;

/// The value of the last `input` that is named `SAMLResponse`, its entities decoded.
pub(crate) fn saml_response(page: &str) -> Option<String> {
    let mut rest = page;
    let mut last = None;
    while let Some(tag) = after_tag_name(rest, "input") {
        let Some((attributes, after)) = attributes(tag) else {
            break;
        };
        let value_of = |name: &str| {
            attributes
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name))
                .map(|(_, value)| *value)
        };
        if value_of("name") == Some("SAMLResponse")
            && let Some(value) = value_of("value")
        {
            last = Some(value);
        }
        rest = after;
    }
    last.map(decoded)
}

/// What the page calls itself, on one line.
pub(crate) fn title(page: &str) -> Option<String> {
    let (_, text) = after_tag_name(page, "title")?.split_once('>')?;
    let (text, _) = text.split_once('<').unwrap_or((text, ""));
    let text: Vec<_> = text.split_whitespace().collect();
    let title: String = decoded(&text.join(" "))
        .chars()
        .filter(|character| !character.is_control())
        .take(TITLE_CHARS_MAX)
        .collect();
    (!title.is_empty()).then_some(title)
}

/// What follows the name of the next such tag.
fn after_tag_name<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    page.match_indices('<').find_map(|(at, _)| {
        let tag = page.get(at + 1..)?;
        let (head, rest) = tag.split_at_checked(name.len())?;
        let ends = rest.starts_with(|next: char| next.is_ascii_whitespace() || "/>".contains(next));
        (head.eq_ignore_ascii_case(name) && ends).then_some(rest)
    })
}

type Attribute<'a> = (&'a str, &'a str);

/// The attributes up to the tag's end, and what follows it. A tag that does not end is none.
fn attributes(tag: &str) -> Option<(Vec<Attribute<'_>>, &str)> {
    let mut found = Vec::new();
    let mut rest = tag;
    loop {
        rest = rest.trim_start_matches(|next: char| next.is_ascii_whitespace() || next == '/');
        if let Some(after) = rest.strip_prefix('>') {
            return Some((found, after));
        }
        // A name is at least one character, so that stray ones are passed over.
        let first = rest.chars().next()?.len_utf8();
        let ends = |next: char| next.is_ascii_whitespace() || "=>/".contains(next);
        let length = first + rest.get(first..)?.find(ends)?;
        let (name, after) = rest.split_at_checked(length)?;
        rest = after.trim_start();
        let Some(value) = rest.strip_prefix('=') else {
            found.push((name, ""));
            continue;
        };
        let value = value.trim_start();
        let (value, after) = if let Some(quoted) = value.strip_prefix('"') {
            quoted.split_once('"')?
        } else if let Some(quoted) = value.strip_prefix('\'') {
            quoted.split_once('\'')?
        } else {
            let length = value.find(|next: char| next.is_ascii_whitespace() || next == '>')?;
            value.split_at_checked(length)?
        };
        found.push((name, value));
        rest = after;
    }
}

/// Replaces the character references that can stand for a character of base64 or of a title.
fn decoded(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, reference)) = rest.split_once('&') {
        decoded.push_str(before);
        let end = reference
            .bytes()
            .take(REFERENCE_BYTES_MAX)
            .position(|byte| byte == b';');
        let referred = end.and_then(|end| {
            let name = reference.get(..end)?;
            Some((character(name)?, reference.get(end + 1..)?))
        });
        let (character, after) = referred.unwrap_or(('&', reference));
        decoded.push(character);
        rest = after;
    }
    decoded + rest
}

fn character(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
            None => number.parse(),
        };
        return char::from_u32(code.ok()?);
    }
    match name {
        "amp" => Some('&'),
        "apos" => Some('\''),
        "equals" => Some('='),
        "gt" => Some('>'),
        "lt" => Some('<'),
        "NewLine" => Some('\n'),
        "plus" => Some('+'),
        "quot" => Some('"'),
        "sol" => Some('/'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(page: &str) -> Option<String> {
        saml_response(page)
    }

    #[test]
    fn the_field_is_found_however_the_form_is_written() {
        for page in [
            r#"<form><input type="hidden" name="SAMLResponse" value="abc" /></form>"#,
            r#"<INPUT TYPE="HIDDEN" NAME="SAMLResponse" VALUE="abc"/>"#,
            "<input value='abc' name='SAMLResponse'>",
            "<input\n  name=SAMLResponse\n  value=abc>",
            r#"<input autofocus name = "SAMLResponse" value = "abc" disabled>"#,
            r#"if (a<b) x = "y"; <input name="SAMLResponse" value="abc">"#,
        ] {
            assert_eq!(found(page).as_deref(), Some("abc"), "{page}");
        }
    }

    #[test]
    fn the_last_field_counts() {
        let page = r#"<input name="SAMLResponse" value="one"/><input name="RelayState" value="x"/><input name="SAMLResponse" value="two"/><input name="other" value="three">"#;

        assert_eq!(found(page).as_deref(), Some("two"));
    }

    #[test]
    fn entities_are_decoded() {
        let page = r#"<input name="SAMLResponse" value="a&#43;b&#x2F;c&#x3d;&#61;&plus;&#13;&#10;&nbsp;&x">"#;

        assert_eq!(found(page).as_deref(), Some("a+b/c==+\r\n&nbsp;&x"));
    }

    #[test]
    fn a_page_without_the_field_has_none() {
        for page in [
            "",
            "<",
            "<input",
            "<input ",
            "<input name=\"SAMLResponse\"",
            "<input name=\"SAMLResponse\" value=\"abc",
            "<input name=\"SAMLResponse\">",
            "<inputs name=\"SAMLResponse\" value=\"abc\">",
            "<input name=\"SAMLRequest\" value=\"abc\">",
            "<input =\"é\" é=é>",
        ] {
            assert_eq!(found(page), None, "{page}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_page_is_read(page in "(<input |name=|value=|SAMLResponse|[<>\"'=&;/ é]|[a-z]){0,60}") {
            // Whatever is found was between the quotes, or stood without them.
            if let Some(value) = found(&page) {
                proptest::prop_assert!(page.contains("SAMLResponse") && value.len() <= page.len());
            }
        }

        #[test]
        fn a_value_comes_back_as_it_was_written(value in "[A-Za-z0-9+/]{0,80}={0,2}") {
            let references: Vec<_> = value.bytes().map(|byte| format!("&#{byte};")).collect();
            for written in [&value, &references.concat()] {
                let page = format!(r#"<input name="SAMLResponse" value="{written}">"#);
                proptest::prop_assert_eq!(found(&page), Some(value.clone()));
            }
        }
    }

    #[test]
    fn a_title_fits_on_a_line() {
        assert_eq!(
            title("<html><head><TITLE lang=en>\n Sign in\n &amp; more \u{1b}[31m</title>")
                .as_deref(),
            Some("Sign in & more [31m")
        );
        assert_eq!(title("<title>  </title>"), None);
        assert_eq!(title("no page"), None);
        assert_eq!(
            title(&format!("<title>{}", "é".repeat(200))).map(|title| title.chars().count()),
            Some(TITLE_CHARS_MAX)
        );
    }
}
