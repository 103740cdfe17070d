//! Cutting the input: lines, values, arrays, and what is neither.

use std::io::{BufReader, Read};

use proptest::prelude::*;

use super::*;

fn records(input: &[u8]) -> Result<Vec<Record>, InputError> {
    let mut splitter = Splitter::new(input);
    std::iter::from_fn(|| splitter.next_record().transpose()).collect()
}

fn texts(names: &[&str]) -> Vec<Record> {
    names
        .iter()
        .map(|name| Record::Text((*name).to_owned()))
        .collect()
}

fn json(text: &str) -> Record {
    Record::from_json(text.as_bytes()).unwrap()
}

#[test]
fn lines_lose_marks_returns_and_blanks() {
    let input = "\u{feff}\r\n  first\r\n\n \t\nsecond\nthird".as_bytes();

    assert_eq!(
        records(input).unwrap(),
        texts(&["first", "second", "third"])
    );
}

#[test]
fn a_line_may_begin_as_a_byte_order_mark_does() {
    assert_eq!(
        records("\u{ff46}".as_bytes()).unwrap(),
        texts(&["\u{ff46}"])
    );
}

#[test]
fn values_follow_each_other_in_any_layout() {
    for input in [
        r#"{"a":1}{"a":2}"#,
        "{\"a\":1}\n{\"a\":2}\n",
        "\u{feff} {\n  \"a\": 1\n}\n\n{\n  \"a\": 2\n}",
        r#"[{"a":1},{"a":2}]"#,
        "[ {\"a\":1} ,\n {\"a\":2} ]\n",
        r#"[{"a":1}][][{"a":2}]"#,
    ] {
        assert_eq!(
            records(input.as_bytes()).unwrap(),
            [json(r#"{"a":1}"#), json(r#"{"a":2}"#)],
            "{input}"
        );
    }
}

#[test]
fn brackets_and_quotes_in_texts_do_not_count() {
    let value = r#"{"a":"}]\"\\","b":[[],{}]}"#;

    assert_eq!(
        records(format!("{value}{value}").as_bytes()).unwrap(),
        [json(value), json(value)]
    );
}

#[test]
fn elements_may_be_texts_and_numbers() {
    assert_eq!(
        records(br#"["f", "g",1,true,null]"#).unwrap(),
        [
            Record::Text("f".to_owned()),
            Record::Text("g".to_owned()),
            Record::Text("1".to_owned()),
            Record::Text("True".to_owned()),
            Record::Nothing,
        ]
    );
}

#[test]
fn an_array_in_an_array_stays_one_record() {
    assert_eq!(records(b"[[1,2]]").unwrap(), [Record::Nothing]);
}

#[test]
fn nothing_but_blanks_is_no_record() {
    for input in ["", "\n \r\n", "\u{feff}"] {
        let mut splitter = Splitter::new(input.as_bytes());
        assert!(splitter.next_record().unwrap().is_none());
        assert!(splitter.was_empty());
    }
    let mut splitter = Splitter::new(&b"[]"[..]);
    assert!(splitter.next_record().unwrap().is_none());
    assert!(!splitter.was_empty());
}

#[test]
fn what_cannot_be_cut_is_an_error() {
    for input in [
        r#"{"a":1"#,
        "{]}",
        "[1",
        "[1 2]",
        "[1,]",
        "[,1]",
        "{} }",
        "{} ,",
        "[\"a]",
        "{\"a\":\u{1}}",
    ] {
        assert!(
            matches!(records(input.as_bytes()), Err(InputError::NotJson(_))),
            "{input}"
        );
    }
    assert!(matches!(records(&[b'f', 0xff]), Err(InputError::NotText)));
}

#[test]
fn a_record_has_a_longest_length() {
    let endless = BufReader::new(std::io::repeat(b'x'));
    let mut splitter = Splitter::new(endless);

    assert!(matches!(splitter.next_record(), Err(InputError::TooLong)));
}

/// Input that fails the test when it is read beyond its end.
struct Precious<'a>(&'a [u8]);

impl Read for Precious<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        assert!(!self.0.is_empty(), "read on although the record was whole");
        let count = self.0.read(&mut buffer[..1])?;
        Ok(count)
    }
}

#[test]
fn a_record_is_there_with_its_last_byte() {
    for input in ["f\n", "{\"a\":[1]}", "[\"f\"", "[{}", "[1,"] {
        let mut splitter = Splitter::new(BufReader::new(Precious(input.as_bytes())));
        assert!(splitter.next_record().unwrap().is_some(), "{input}");
    }
}

proptest! {
    #[test]
    fn values_are_the_same_however_they_are_laid_out(
        values in proptest::collection::vec(
            prop_oneof![
                proptest::collection::btree_map(".{0,6}", ".{0,6}", 0..4)
                    .prop_map(|map| serde_json::to_string(&map).unwrap()),
                ".{1,8}".prop_map(|text| serde_json::to_string(&text).unwrap()),
                any::<i32>().prop_map(|number| number.to_string()),
            ],
            1..6,
        ),
        blanks in "[ \n\r\t]{0,3}",
    ) {
        let expected: Vec<_> = values.iter().map(|value| json(value)).collect();
        let array = format!("[{}]", values.join(&format!("{blanks},{blanks}")));

        prop_assert_eq!(records(array.as_bytes()).unwrap(), expected);
    }

    #[test]
    fn no_input_makes_it_panic_or_run_for_ever(input in proptest::collection::vec(any::<u8>(), 0..64)) {
        let _outcome = records(&input);
    }
}
