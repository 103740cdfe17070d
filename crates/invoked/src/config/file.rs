//! The settings file: TOML, every key known, every value with the line it stands on.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::settings::SETTINGS;

/// One value and its line, counted from 1.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) text: String,
    pub(super) line: usize,
}

/// What a file sets, by key.
#[derive(Debug, Default)]
pub(super) struct File(BTreeMap<String, Entry>);

impl File {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("read the settings file {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("in the settings file {}", path.display()))
    }

    pub(super) fn parse(text: &str) -> Result<Self> {
        let table = DeTable::parse(text)?;
        let mut entries = BTreeMap::new();
        collect(text, "", table.get_ref(), &mut entries)?;
        Ok(Self(entries))
    }

    pub(super) fn get(&self, key: &str) -> Option<&Entry> {
        self.0.get(key)
    }
}

fn collect(
    text: &str,
    prefix: &str,
    table: &DeTable<'_>,
    entries: &mut BTreeMap<String, Entry>,
) -> Result<()> {
    for (key, value) in table {
        let line = line_of(text, key.span().start);
        let path = format!("{prefix}{}", key.get_ref());
        let inner = format!("{path}.");
        if SETTINGS.iter().any(|setting| setting.key == path) {
            let text = scalar(value).with_context(|| {
                format!("line {line}: `{path}` must be a text, a number or a boolean")
            })?;
            entries.insert(path, Entry { text, line });
        } else if let DeValue::Table(table) = value.get_ref()
            && SETTINGS
                .iter()
                .any(|setting| setting.key.starts_with(&inner))
        {
            collect(text, &inner, table, entries)?;
        } else {
            bail!(
                "line {line}: there is no setting `{path}`; `invoked settings` lists all of them"
            );
        }
    }
    Ok(())
}

fn scalar(value: &Spanned<DeValue<'_>>) -> Option<String> {
    match value.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.as_str().to_owned()),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        DeValue::Boolean(flag) => Some(flag.to_string()),
        DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes()
        .take(offset)
        .filter(|byte| *byte == b'\n')
        .count()
        + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_knows_its_line() {
        let file =
            File::parse("region = \"eu-west-1\"\n\n[runtimes]\nmatch = \"exact\"\n").unwrap();

        let entry = file.get("runtimes.match").unwrap();

        assert_eq!((entry.text.as_str(), entry.line), ("exact", 4));
        assert_eq!(file.get("region").unwrap().line, 1);
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_its_line() {
        for (text, line, key) in [
            ("listen = \"127.0.0.1:1\"\nregoin = \"x\"\n", 2, "regoin"),
            ("[runtimes]\n\npython = \"x\"\n", 3, "runtimes.python"),
            ("[tls]\ncert = \"x\"\n", 1, "tls"),
        ] {
            let error = File::parse(text).unwrap_err().to_string();

            assert!(
                error.starts_with(&format!("line {line}: there is no setting `{key}`")),
                "{error}"
            );
        }
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_an_error_that_names_its_line() {
        let error = File::parse("\nlisten = [\"127.0.0.1:1\"]\n")
            .unwrap_err()
            .to_string();

        assert_eq!(
            error,
            "line 2: `listen` must be a text, a number or a boolean"
        );
    }
}
