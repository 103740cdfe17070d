//! Which layer wins, and what is said about a value that is none.

use std::io::Write as _;

use clap::Command;

use super::*;

fn read(flags: &[&str], variables: &[(&str, &str)]) -> Result<Config> {
    let command = settings::with_flags(Command::new("serve").no_binary_name(true));
    let matches = command.try_get_matches_from(flags)?;
    let environment = |name: &str| {
        variables
            .iter()
            .find(|(variable, _)| *variable == name)
            .map(|(_, value)| (*value).to_owned())
    };
    Config::read(&matches, &environment)
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

#[test]
fn a_flag_wins_over_a_variable_over_the_file_over_the_default() {
    let file = file("region = \"eu-west-1\"");
    let path = file.path().to_str().unwrap();
    let region = |flags: &[&str], variables: &[(&str, &str)]| {
        let variables = [variables, &[("HOME", "/home/u")]].concat();
        read(flags, &variables).unwrap().region
    };
    let variable = ("INVOKED_REGION", "eu-west-2");

    assert_eq!(region(&[], &[]), "us-east-1");
    assert_eq!(region(&["--config", path], &[]), "eu-west-1");
    assert_eq!(region(&[], &[("INVOKED_CONFIG", path)]), "eu-west-1");
    assert_eq!(region(&["--config", path], &[variable]), "eu-west-2");
    assert_eq!(
        region(&["--config", path, "--region", "eu-west-3"], &[variable]),
        "eu-west-3"
    );
}

#[test]
fn the_defaults_serve_loopback_with_authentication_in_a_sandbox() {
    let config = read(&[], &[("XDG_DATA_HOME", "/x")]).unwrap();

    assert_eq!(config.listen, "127.0.0.1:9000".parse().unwrap());
    assert_eq!(config.data_dir, PathBuf::from("/x/invoked"));
    assert_eq!(config.account_id, "000000000000");
    assert_eq!(config.auth, Auth::On);
    assert_eq!(config.sandbox, SandboxMode::Namespaces);
    assert_eq!(config.runtimes_match, RuntimesMatch::Nearest);
    assert_eq!(config.java_client_dir, None);
    assert_eq!(config.drain_timeout, Duration::from_secs(10));
    assert_eq!(config.events.running_max, 64);
    assert_eq!(
        config.events.retry_delays,
        [Duration::from_mins(1), Duration::from_mins(2)]
    );
    assert_eq!(config.events.result_retention, Duration::from_hours(1));
    assert_eq!(config.targets, Places::default());
}

#[test]
fn events_and_their_destinations_are_set_by_the_file_too() {
    let file = file(
        "[events]\nretry_delays = \"0s, 3m\"\nrunning_max = 7\nresult_retention = \"0s\"\n\
         [targets]\nsns = \"aws\"\nevents = \"http://127.0.0.1:1\"\n",
    );
    let path = file.path().to_str().unwrap();

    let config = read(&["--config", path], &[("XDG_DATA_HOME", "/x")]).unwrap();

    let delays = [Duration::ZERO, Duration::from_mins(3)];
    assert_eq!(config.events.retry_delays, delays);
    assert_eq!(config.events.running_max, 7);
    assert_eq!(config.events.result_retention, Duration::ZERO);
    assert_eq!(config.targets.sns, Place::Aws);
    let endpoint = "http://127.0.0.1:1".to_owned();
    assert_eq!(config.targets.events, Place::At(endpoint));
    assert_eq!(config.targets.s3, Place::Nowhere);
}

#[test]
fn environments_wait_as_long_as_they_are_told_to() {
    let home = ("XDG_DATA_HOME", "/x");
    let defaults = read(&[], &[home]).unwrap().environments;
    assert_eq!(defaults.memory_mb, None);
    assert_eq!(defaults.idle_time, Duration::from_mins(10));
    assert_eq!(defaults.freeze_after, Some(Duration::from_millis(10)));
    let file = file("[environments]\nmemory = 512\nidle_time = \"2h\"\nfreeze_after = \"never\"\n");
    let path = file.path().to_str().unwrap();

    let set = read(&["--config", path], &[home]).unwrap().environments;

    assert_eq!(set.memory_mb, Some(512));
    assert_eq!(set.idle_time, Duration::from_hours(2));
    assert_eq!(set.freeze_after, None);
    let seconds = read(&["--freeze-after", "2s"], &[home]).unwrap();
    assert_eq!(
        seconds.environments.freeze_after,
        Some(Duration::from_secs(2))
    );
}

#[test]
fn a_value_that_is_none_is_named_with_its_place() {
    let file = file("\nauth = \"maybe\"\n");
    let path = file.path().to_str().unwrap();
    let home = ("XDG_DATA_HOME", "/x");
    let cases = [
        (
            read(&["--listen", "9000"], &[home]),
            "--listen cannot be `9000`: expected an address with a port, such as 127.0.0.1:9000"
                .to_owned(),
        ),
        (
            read(&[], &[home, ("INVOKED_ACCOUNT_ID", "1")]),
            "INVOKED_ACCOUNT_ID cannot be `1`: expected 12 digits".to_owned(),
        ),
        (
            read(&["--config", path], &[home]),
            format!("{path}:2: `auth` cannot be `maybe`: expected on or off"),
        ),
        (
            read(&["--region", "moon"], &[home]),
            "--region cannot be `moon`: expected a region's name, such as us-east-1".to_owned(),
        ),
        (
            read(&["--async-retry-delays", "60"], &[home]),
            "--async-retry-delays cannot be `60`: expected two times of at most 6h, such as 60s,120s"
                .to_owned(),
        ),
        (
            read(&["--async-running-max", "0"], &[home]),
            "--async-running-max cannot be `0`: expected a number from 1 to 1000".to_owned(),
        ),
        (
            read(&["--async-result-retention", "15d"], &[home]),
            "--async-result-retention cannot be `15d`: expected a time of at most 336h, such as 1h, 30m or 0s"
                .to_owned(),
        ),
        (
            read(&["--environment-memory", "127"], &[home]),
            "--environment-memory cannot be `127`: expected a number of megabytes from 128, such as 4096"
                .to_owned(),
        ),
        (
            read(&["--idle-time", "0s"], &[home]),
            "--idle-time cannot be `0s`: expected a time from 1s to 24h, such as 10m".to_owned(),
        ),
        (
            read(&["--freeze-after", "soon"], &[home]),
            "--freeze-after cannot be `soon`: expected never, or a time of at most 24h, such as 10ms or 2s"
                .to_owned(),
        ),
        (
            read(&["--targets-sns", "http://"], &[home]),
            "--targets-sns cannot be `http://`: expected aws, or a URL such as http://127.0.0.1:4566"
                .to_owned(),
        ),
    ];
    for (outcome, expected) in cases {
        assert_eq!(format!("{:#}", outcome.unwrap_err()), expected);
    }
}

#[test]
fn an_address_that_others_can_reach_is_refused() {
    let error = read(&["--listen", "0.0.0.0:9000"], &[("XDG_DATA_HOME", "/x")]).unwrap_err();

    assert!(format!("{error:#}").contains("only loopback addresses are served"));
    assert!(read(&["--listen", "[::1]:0"], &[("XDG_DATA_HOME", "/x")]).is_ok());
    assert!(read(&["--listen", "localhost:0"], &[("XDG_DATA_HOME", "/x")]).is_ok());
}

#[test]
fn the_page_about_configuration_is_the_table() {
    let page = include_str!("../../../../docs/configuration.md");

    assert_eq!(
        page,
        settings::reference(),
        "run `invoked settings > docs/configuration.md`"
    );
}

#[test]
fn the_file_of_defaults_on_the_page_is_read_as_the_defaults() {
    let page = settings::reference();
    let toml = page
        .split("```toml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let file = file(toml);

    let read_back = read(
        &["--config", file.path().to_str().unwrap()],
        &[("XDG_DATA_HOME", "/x")],
    );

    assert_eq!(
        read_back.unwrap(),
        read(&[], &[("XDG_DATA_HOME", "/x")]).unwrap()
    );
}
