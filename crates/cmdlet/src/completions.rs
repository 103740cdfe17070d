//! Completion: a short script per shell, all of which ask the command itself.
//!
//! `Invoke-LMFunction --complete -- WORDS…` prints one candidate a line for the last word. The option
//! is not in the help, as no person types it.

use std::collections::BTreeSet;
use std::fs;

use credentials::{NobodyToAsk, Surroundings, profile_names};

use self::regions::REGIONS;
use crate::binder::{Named, bind, resolve};
use crate::options::{Argument, OPTIONS};
use crate::parameters::{Group, Kind, Parameter, ParameterId, TABLE, positional};
use crate::select::Property;
use crate::target::{Supplied, surroundings};

mod regions;

/// The most files offered for one word.
const FILES_MAX: usize = 500;

/// The script a shell loads.
pub(crate) fn script(shell: &str) -> &'static str {
    match shell {
        "zsh" => include_str!("completions/zsh"),
        "fish" => include_str!("completions/fish"),
        "pwsh" => include_str!("completions/pwsh"),
        _ => include_str!("completions/bash"),
    }
}

/// The words to complete, when a script asks.
pub(crate) fn requested(tokens: &[String]) -> Option<&[String]> {
    match tokens {
        [first, second, words @ ..] if first == "--complete" && second == "--" => Some(words),
        _ => None,
    }
}

/// What the last word can become, one candidate a line.
pub(crate) fn candidates(words: &[String]) -> String {
    let Some((current, before)) = words.split_last() else {
        return String::new();
    };
    let mut lines = String::new();
    for candidate in candidates_of(current, before) {
        lines.push_str(&candidate);
        lines.push('\n');
    }
    lines
}

fn candidates_of(current: &str, before: &[String]) -> Vec<String> {
    if let Some((name, value)) = current.split_once('=')
        && name.starts_with("--")
    {
        return with_prefix(&format!("{name}="), option_values(name, value));
    }
    if let Some((last, earlier)) = before.split_last()
        && let Some(row) = awaiting_value(last)
    {
        return values(row, current, earlier);
    }
    if before.last().is_some_and(|word| word == "--help=parameter") {
        let names = TABLE.iter().map(|row| row.name.to_owned());
        return starting_with(current, names);
    }
    if let Some(option) = before.last().filter(|word| word.starts_with("--"))
        && OPTIONS
            .iter()
            .any(|known| known.name == option && known.argument == Argument::Required)
    {
        return option_values(option, current);
    }
    if let Some(Named {
        name,
        colon: Some(value),
    }) = Named::read(current)
    {
        let prefix = current.strip_suffix(value).unwrap_or_default();
        return match resolve(name) {
            Ok(row) => with_prefix(prefix, values(row, value, before)),
            Err(_) => Vec::new(),
        };
    }
    if current.starts_with('-') {
        return names(current, before);
    }
    next_position(before).map_or_else(Vec::new, |row| values(row, current, before))
}

/// The parameter a word names and leaves without a value.
fn awaiting_value(word: &str) -> Option<&'static Parameter> {
    let named = Named::read(word)?;
    let row = resolve(named.name).ok()?;
    let is_open = match named.colon {
        None => matches!(row.kind, Kind::Value(_)),
        Some(value) => value.is_empty(),
    };
    is_open.then_some(row)
}

fn next_position(before: &[String]) -> Option<&'static Parameter> {
    let bound = bind(before).ok()?;
    positional()
        .into_iter()
        .find(|row| bound.text(row.id).is_none())
}

fn names(current: &str, before: &[String]) -> Vec<String> {
    let used: Vec<ParameterId> = before
        .iter()
        .filter_map(|word| resolve(Named::read(word)?.name).ok())
        .map(|row| row.id)
        .collect();
    let parameters = TABLE
        .iter()
        .filter(|row| row.is_acted_upon() && !used.contains(&row.id))
        .map(|row| format!("-{}", row.name));
    let options = OPTIONS
        .iter()
        .filter(|option| !before.iter().any(|word| word == option.name))
        .map(|option| option.name.to_owned());
    starting_with(current, parameters.chain(options))
}

fn option_values(name: &str, current: &str) -> Vec<String> {
    let values = OPTIONS
        .iter()
        .filter(|option| option.name == name)
        .flat_map(|option| option.values.iter().map(|&value| value.to_owned()));
    starting_with(current, values)
}

fn values(row: &Parameter, current: &str, before: &[String]) -> Vec<String> {
    if row.kind == Kind::Switch {
        return starting_with(current, ["$true", "$false"].map(str::to_owned));
    }
    let prefixes: &[&str] = match row.kind {
        Kind::Value("Byte[]") => &["@", "file://", "fileb://"],
        Kind::Value("AWSCredentials" | "PSCredential") => &["@"],
        Kind::Value(_) | Kind::Switch => &[],
    };
    if !prefixes.is_empty() {
        files_after(prefixes, current)
    } else if row.id == ParameterId::Select {
        starting_with(current, select_values())
    } else if row.id == ParameterId::Region {
        starting_with(current, REGIONS.map(str::to_owned))
    } else if row.id == ParameterId::ProfileName {
        starting_with(current, profiles(before))
    } else if row.id == ParameterId::ProfileLocation {
        files(current)
    } else {
        starting_with(current, row.values.iter().map(|&value| value.to_owned()))
    }
}

/// The profiles in the files that the line so far names.
fn profiles(before: &[String]) -> BTreeSet<String> {
    let Ok(bound) = bind(before) else {
        return BTreeSet::new();
    };
    match Supplied::read(&bound) {
        Ok(supplied) => {
            let nobody = Surroundings {
                prompt: &NobodyToAsk,
                ..surroundings()
            };
            profile_names(&supplied.given(), &nobody)
        }
        Err(_) => BTreeSet::new(),
    }
}

/// Files for a value that names one after a prefix.
fn files_after(prefixes: &[&str], current: &str) -> Vec<String> {
    let found = prefixes
        .iter()
        .find_map(|prefix| Some((prefix, current.strip_prefix(prefix)?)));
    match found {
        Some((prefix, path)) => with_prefix(prefix, files(path)),
        None => Vec::new(),
    }
}

/// Only what `-Select` takes.
fn select_values() -> impl Iterator<Item = String> {
    let properties = Property::ALL
        .into_iter()
        .map(|property| property.name().to_owned());
    let given = TABLE
        .iter()
        .filter(|row| row.group == Group::Own)
        .map(|row| format!("^{}", row.name));
    std::iter::once("*".to_owned())
        .chain(properties)
        .chain(given)
}

fn files(path: &str) -> Vec<String> {
    let (directory, start) = match path.rfind('/') {
        Some(slash) => path.split_at(slash + 1),
        None => ("", path),
    };
    let place = if directory.is_empty() { "." } else { directory };
    let Ok(entries) = fs::read_dir(place) else {
        return Vec::new();
    };
    let mut found: Vec<_> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let is_wanted =
                name.starts_with(start) && (!name.starts_with('.') || start.starts_with('.'));
            let slash = if entry.path().is_dir() { "/" } else { "" };
            (is_wanted && !name.contains('\n')).then(|| format!("{directory}{name}{slash}"))
        })
        .take(FILES_MAX)
        .collect();
    found.sort();
    found
}

fn starting_with(start: &str, all: impl IntoIterator<Item = String>) -> Vec<String> {
    let start = start.to_lowercase();
    all.into_iter()
        .filter(|candidate| candidate.to_lowercase().starts_with(&start))
        .collect()
}

fn with_prefix(prefix: &str, candidates: Vec<String>) -> Vec<String> {
    candidates
        .into_iter()
        .map(|candidate| format!("{prefix}{candidate}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(words: &[&str]) -> Vec<String> {
        let words: Vec<_> = words.iter().map(|&word| word.to_owned()).collect();
        candidates(&words).lines().map(str::to_owned).collect()
    }

    #[test]
    fn names_are_offered_in_any_case_and_only_once() {
        assert_eq!(complete(&["-pay"]), ["-Payload", "-PayloadStream"]);
        assert_eq!(complete(&["f", "-Q", "1", "-q"]), Vec::<String>::new());
    }

    #[test]
    fn what_would_be_refused_is_not_offered() {
        assert_eq!(complete(&["-OutB"]), Vec::<String>::new());
        assert_eq!(complete(&["-err"]), ["-ErrorAction"]);
    }

    #[test]
    fn values_are_offered_after_a_name_a_colon_and_by_position() {
        assert_eq!(
            complete(&["f", "-InvocationType", "r"]),
            ["RequestResponse"]
        );
        assert_eq!(complete(&["f", "-L:t"]), ["-L:Tail"]);
        assert_eq!(
            complete(&["f", "{}", "{}", ""]),
            ["DryRun", "Event", "RequestResponse"]
        );
        assert_eq!(complete(&["f", "--output", "j"]), ["json"]);
        assert_eq!(complete(&["f", "--output=r"]), ["--output=raw"]);
    }

    #[test]
    fn select_is_offered_only_what_it_takes() {
        let offered = complete(&["f", "-Select", ""]);

        assert_eq!(offered.len(), 1 + 6 + 13);
        for value in offered {
            let tokens = ["f".to_owned(), "-Select".to_owned(), value.clone()];
            let bound = bind(&tokens).unwrap();
            assert!(crate::select::Select::from_bound(&bound).is_ok(), "{value}");
        }
    }

    #[test]
    fn files_are_offered_after_an_at_sign() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("event.json"), "{}").unwrap();
        fs::create_dir(directory.path().join("events")).unwrap();
        let start = format!("@{}/eve", directory.path().display());

        assert_eq!(
            complete(&["f", "-PayloadStream", &start]),
            [format!("{start}nt.json"), format!("{start}nts/")]
        );
        let start = format!("fileb://{}/event.", directory.path().display());
        assert_eq!(
            complete(&["f", "-PayloadStream", &start]),
            [format!("{start}json")]
        );
    }

    #[test]
    fn profiles_are_offered_from_the_file_that_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("credentials");
        fs::write(&file, "[work]\nregion = r\n[play]\n").unwrap();
        fs::write(directory.path().join("config"), "[profile worse]\n").unwrap();
        let file = file.to_str().unwrap();

        assert_eq!(
            complete(&["f", "-ProfileLocation", file, "-ProfileName", "wo"]),
            ["work", "worse"]
        );
        assert_eq!(
            complete(&["f", "-ProfileL", file, "-ProfileN:p"]),
            ["-ProfileN:play"]
        );
    }

    #[test]
    fn regions_actions_and_names_are_offered() {
        assert_eq!(
            complete(&["f", "-Region", "eu-central-"]),
            ["eu-central-1", "eu-central-2"]
        );
        assert_eq!(complete(&["f", "-ea", "s"]), ["SilentlyContinue", "Stop"]);
        assert_eq!(complete(&["--help=parameter", "qu"]), ["Qualifier"]);
        assert_eq!(complete(&["--help=e"]), ["--help=examples"]);
    }

    #[test]
    fn nothing_is_offered_where_nothing_is_known() {
        assert_eq!(complete(&[]), Vec::<String>::new());
        assert_eq!(complete(&["he"]), Vec::<String>::new());
        assert_eq!(complete(&["-Nonsense:x"]), Vec::<String>::new());
    }
}
