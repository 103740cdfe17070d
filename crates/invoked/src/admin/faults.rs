//! `invoked faults`: orders, lists and clears faults that are made on purpose.

use anyhow::Result;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde_json::{Map, Value, json};

use super::call::Caller;
use super::{leaf, named};

/// The flags that order a fault, with the name that it has in the admin API.
const PLAIN: [(&str, &str, &str); 3] = [
    (
        "throttle",
        "Throttle",
        "Refuse invocations as if too many ran",
    ),
    (
        "init-failure",
        "InitFailure",
        "Meet each invocation with a new environment that does not come up",
    ),
    ("duplicate", "Duplicate", "Hand each event out twice"),
];

/// The same of those that take a time.
const TIMED: [(&str, &str, &str, &str); 2] = [
    (
        "latency",
        "Latency",
        "Milliseconds",
        "Hand the event to the function that much later",
    ),
    (
        "crash-after",
        "Crash",
        "AfterMilliseconds",
        "Kill the environment when the function has run for so long",
    ),
];

pub(super) fn command() -> Command {
    let mut set = leaf(
        "set",
        "Order faults for a function, in place of those it had",
    )
    .long_about(
        "Order faults for a function, in place of those it had. They are in force until they \
             are cleared, have struck --count times, or the server ends.",
    )
    .arg(function());
    for (flag, _, help) in PLAIN {
        let arg = Arg::new(flag).long(flag).help(help);
        set = set.arg(arg.action(ArgAction::SetTrue));
    }
    for (flag, _, _, help) in TIMED {
        set = set.arg(named(flag, "MILLISECONDS", help).value_parser(value_parser!(u64)));
    }
    let set = set
        .arg(
            named("probability", "P", "How likely each fault is, from 0 to 1")
                .value_parser(value_parser!(f64)),
        )
        .arg(
            named("count", "N", "How often each fault strikes at most")
                .value_parser(value_parser!(u32)),
        )
        .arg(
            named(
                "seed",
                "N",
                "Have chance run as the last time with this seed",
            )
            .value_parser(value_parser!(u64)),
        );
    Command::new("faults")
        .about("Make faults on purpose, on a server with --faults on")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(set)
        .subcommand(leaf("list", "List the faults that are in force"))
        .subcommand(leaf("clear", "Clear the faults of a function").arg(function()))
}

fn function() -> Arg {
    Arg::new("function")
        .value_name("FUNCTION")
        .help("The function's name")
        .required(true)
}

/// Does what `matches` asks for, and gives the server's answer.
pub(super) fn run(caller: &Caller, name: &str, matches: &ArgMatches) -> Result<Value> {
    let function = matches.try_get_one::<String>("function").ok().flatten();
    let path = function.map(|function| format!("faults/{function}"));
    match (name, path) {
        ("set", Some(path)) => caller.put(&path, &order(matches)),
        ("clear", Some(path)) => caller.delete(&path),
        _ => caller.get("faults"),
    }
}

/// The body of the request. That no fault is named, the server says better.
fn order(matches: &ArgMatches) -> Value {
    let mut how = Map::new();
    if let Some(probability) = matches.get_one::<f64>("probability") {
        how.insert("Probability".to_owned(), json!(probability));
    }
    if let Some(count) = matches.get_one::<u32>("count") {
        how.insert("Count".to_owned(), json!(count));
    }
    let mut order = Map::new();
    if let Some(seed) = matches.get_one::<u64>("seed") {
        order.insert("Seed".to_owned(), json!(seed));
    }
    for (flag, name, _) in PLAIN {
        if matches.get_flag(flag) {
            order.insert(name.to_owned(), Value::Object(how.clone()));
        }
    }
    for (flag, name, member, _) in TIMED {
        if let Some(millis) = matches.get_one::<u64>(flag) {
            let mut how = how.clone();
            how.insert(member.to_owned(), json!(millis));
            order.insert(name.to_owned(), Value::Object(how));
        }
    }
    Value::Object(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_one_fault_is_said_of_all() {
        let line = [
            "faults",
            "set",
            "fn",
            "--throttle",
            "--crash-after",
            "50",
            "--count",
            "2",
        ];
        let matches = command().try_get_matches_from(line).unwrap();

        let order = order(matches.subcommand().unwrap().1);

        assert_eq!(
            order,
            json!({ "Throttle": { "Count": 2 }, "Crash": { "Count": 2, "AfterMilliseconds": 50 } })
        );
    }
}
