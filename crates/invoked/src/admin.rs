//! `invoked events`, `invoked clock` and `invoked faults`: the admin API of the running server, for people and scripts.
//!
//! The server is found through its data directory, as by `invoked env`.

mod call;
mod faults;
mod table;

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches, Command, value_parser};
use domain::name::FunctionName;
use invoke::EventState;
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use crate::cli::{Output, output};
use crate::config::{Config, process_environment, settings};
use crate::endpoint::Endpoint;
use crate::print;
use call::Caller;

/// How long one request waits for a result; the server takes no more.
const WAIT_PER_REQUEST: Duration = Duration::from_mins(1);

/// Events that are asked for at once.
const PAGE: usize = 500;

/// `invoked events`.
pub(crate) fn events_command() -> Command {
    let list = leaf("list", "List events that wait, run or have ended")
        .arg(named("function", "NAME", "Only events of this function"))
        .arg(
            named("state", "STATE", "Only events in this state").value_parser(
                PossibleValuesParser::new(EventState::ALL.map(EventState::as_str)),
            ),
        )
        .arg(
            named("limit", "COUNT", "At most this many")
                .default_value("50")
                .value_parser(value_parser!(u32).range(1..=100_000)),
        );
    let show = leaf("show", "Show everything that is known of an event").arg(id());
    let cancel = leaf("cancel", "End an event that waits").arg(id());
    let redrive = leaf(
        "redrive",
        "Run an event that waits now, or begin one anew that failed",
    )
    .arg(id());
    let purge = leaf(
        "purge",
        "Remove every event of a function that has not ended",
    )
    .arg(
        Arg::new("function")
            .value_name("FUNCTION")
            .help("The function's name")
            .required(true),
    );
    let wait = leaf("wait", "Wait for the result of an event")
        .long_about("Wait for the result of an event. Exits with 1 unless the event succeeded.")
        .arg(id())
        .arg(
            named("timeout", "SECONDS", "How long to wait")
                .default_value("300")
                .value_parser(value_parser!(u64).range(0..=86_400)),
        );
    Command::new("events")
        .about("See events of the running server, and change what becomes of them")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands([list, show, cancel, redrive, purge, wait])
}

/// `invoked clock`.
pub(crate) fn clock_command() -> Command {
    let advance = leaf(
        "advance",
        "Advance the clock of a server with --clock virtual",
    )
    .arg(
        Arg::new("by")
            .value_name("SECONDS|next-event")
            .help("How far: seconds, or to the next moment at which anything is due")
            .default_value("next-event"),
    );
    Command::new("clock")
        .about("See the clock of the running server, and advance it")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(leaf("show", "Say which clock it is and what time it has"))
        .subcommand(advance)
}

/// `invoked faults`.
pub(crate) fn faults_command() -> Command {
    faults::command()
}

fn leaf(name: &'static str, about: &'static str) -> Command {
    settings::with_flags(Command::new(name).about(about))
        .arg(output("text", "How the answer is printed"))
}

fn named(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

fn id() -> Arg {
    Arg::new("id")
        .value_name("REQUEST-ID")
        .help("The request id that the invocation answered")
        .required(true)
        .value_parser(value_parser!(Uuid))
}

/// Runs what `matches`, of one of these groups of commands, asks for.
pub(crate) fn run(group: &str, matches: &ArgMatches) -> Result<ExitCode> {
    let Some((name, matches)) = matches.subcommand() else {
        bail!("name a command; `invoked {group} --help` lists them");
    };
    let config = Config::read(matches, &process_environment)?;
    let caller = Caller::new(Endpoint::of_running(&config.data_dir)?);
    let output = Output::of(matches);
    let request_id = matches
        .try_get_one::<Uuid>("id")
        .ok()
        .flatten()
        .map(Uuid::to_string)
        .unwrap_or_default();
    let answer = match (group, name) {
        ("events", "list") => return list(&caller, matches, output),
        ("events", "wait") => return wait(&caller, matches, &request_id, output),
        ("events", "show") => caller.get(&format!("events/{request_id}?payload=true"))?,
        ("events", "purge") => {
            let function = matches.get_one::<String>("function");
            caller.post("events/purge", &json!({ "Function": function }))?
        }
        ("faults", name) => faults::run(&caller, name, matches)?,
        ("events", change) => caller.post(&format!("events/{request_id}/{change}"), &json!({}))?,
        (_, "advance") => caller.post("clock/advance", &advance(matches)?)?,
        _ => caller.get("clock")?,
    };
    show(&answer, output)?;
    Ok(ExitCode::SUCCESS)
}

fn show(answer: &Value, output: Output) -> Result<()> {
    match output {
        Output::Json => print(&format!("{answer}\n"))?,
        Output::Text => print(&table::members(answer))?,
    }
    Ok(())
}

fn advance(matches: &ArgMatches) -> Result<Value> {
    let text = matches.get_one::<String>("by").map_or("", String::as_str);
    if text == "next-event" {
        return Ok(json!({ "To": "NextEvent" }));
    }
    match text.parse::<f64>() {
        Ok(seconds) => Ok(json!({ "Seconds": seconds })),
        Err(_) => {
            bail!("the clock cannot be advanced by `{text}`: expected seconds, or next-event")
        }
    }
}

fn list(caller: &Caller, matches: &ArgMatches, output: Output) -> Result<ExitCode> {
    let limit = matches.get_one::<u32>("limit").copied().unwrap_or_default();
    let limit = usize::try_from(limit)?;
    let mut filter = String::new();
    if let Some(function) = matches.get_one::<String>("function") {
        let Ok(function) = FunctionName::parse(function) else {
            bail!("`{function}` is not the name of a function");
        };
        filter.extend(["&function=", function.as_str()]);
    }
    if let Some(state) = matches.get_one::<String>("state") {
        filter.extend(["&state=", state]);
    }
    let mut events: Vec<Value> = Vec::new();
    let mut after = String::new();
    loop {
        let ask = PAGE.min(limit - events.len());
        let mut page = caller.get(&format!("events?limit={ask}{filter}{after}"))?;
        if let Some(found) = page.get_mut("Events").and_then(Value::as_array_mut) {
            events.append(found);
        }
        match page.get("Next").and_then(Value::as_str) {
            Some(next) if events.len() < limit => after = format!("&after={next}"),
            _ => break,
        }
    }
    match output {
        Output::Json => print(&format!("{}\n", Value::Array(events)))?,
        Output::Text => anstream::stdout().write_all(table::events(&events).as_bytes())?,
    }
    Ok(ExitCode::SUCCESS)
}

fn wait(caller: &Caller, matches: &ArgMatches, id: &str, output: Output) -> Result<ExitCode> {
    let timeout = matches
        .get_one::<u64>("timeout")
        .copied()
        .unwrap_or_default();
    let deadline = Instant::now() + Duration::from_secs(timeout);
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let wait = left.min(WAIT_PER_REQUEST).as_secs();
        let answer = caller.get(&format!("events/{id}/result?wait={wait}"))?;
        if answer.get("Ending").is_some() {
            show(&answer, output)?;
            let has_succeeded = answer.get("State").and_then(Value::as_str) == Some("succeeded");
            return Ok(if has_succeeded {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            });
        }
        if left < Duration::from_secs(1) {
            let state = answer.get("State").and_then(Value::as_str);
            bail!(
                "the event {id} has not ended after {timeout} seconds: it is {}",
                state.unwrap_or("pending")
            );
        }
    }
}
