//! Profiles: where they are, and what happens when one is not.

use std::os::unix::fs::PermissionsExt as _;

use credentials::{Given, TargetError};

use crate::KEYS;
use crate::world::World;

fn profile(name: &str) -> Given<'_> {
    Given {
        profile_name: Some(name),
        ..World::given()
    }
}

fn pair(section: &str, key: &str) -> String {
    format!("[{section}]\naws_access_key_id = {key}\naws_secret_access_key = S\n")
}

#[tokio::test]
async fn a_named_profile_that_is_not_there_is_an_error_and_nothing_else_is_tried() {
    let world = World::new(&pair("default", "D")).with(&KEYS);

    let error = world.find(&profile("nobody")).await.unwrap_err();

    assert!(
        matches!(error, TargetError::NoSuchProfile { .. }),
        "{error}"
    );
    let text = error.to_string();
    assert!(
        text.contains("'nobody'") && text.contains("-ProfileName"),
        "{text}"
    );
}

#[tokio::test]
async fn a_profile_of_the_environment_that_is_not_there_is_an_error_too() {
    let world = World::new(&pair("default", "D")).with(&[("AWS_PROFILE", "nobody")]);

    let error = world.error().await;

    assert!(error.to_string().contains("AWS_PROFILE"), "{error}");
}

#[tokio::test]
async fn a_config_file_names_its_profiles_with_a_prefix() {
    let config = format!("{}{}", pair("profile p", "P"), pair("q", "Q"));
    let world = World::new("").file(".aws/config", &config);

    assert_eq!(world.key_of(&profile("p")).await, "P");
    assert!(world.find(&profile("q")).await.is_err());
}

#[tokio::test]
async fn the_credentials_file_wins_over_the_config_file() {
    let world = World::new(&pair("p", "C")).file(".aws/config", &pair("profile p", "O"));

    assert_eq!(world.key_of(&profile("p")).await, "C");
}

#[tokio::test]
async fn the_environment_may_name_other_files() {
    let world = World::new(&pair("p", "H"))
        .file("elsewhere/keys", &pair("p", "E"))
        .file("elsewhere/settings", "[profile p]\nregion = of-settings");
    let (keys, settings) = (
        world.path("elsewhere/keys"),
        world.path("elsewhere/settings"),
    );
    let world = world.with(&[
        ("AWS_SHARED_CREDENTIALS_FILE", keys.to_str().unwrap()),
        ("AWS_CONFIG_FILE", settings.to_str().unwrap()),
    ]);
    let given = Given {
        region: None,
        ..profile("p")
    };

    let target = world.find(&given).await.unwrap();

    assert_eq!(target.keys.unwrap().access_key, "E");
    assert_eq!(target.region, "of-settings");
}

#[tokio::test]
async fn a_location_is_that_file_and_the_config_beside_it() {
    let world = World::new(&pair("home", "H"))
        .file("own/keys", &pair("p", "L"))
        .file(
            "own/config",
            "[profile p]\nregion = beside\naws_access_key_id = no",
        );
    let location = world.path("own/keys");
    let at = |name: &'static str| Given {
        profile_location: location.to_str(),
        region: None,
        ..profile(name)
    };

    let target = world.find(&at("p")).await.unwrap();

    assert_eq!(target.keys.unwrap().access_key, "L");
    assert_eq!(target.region, "beside");
    assert!(world.find(&at("home")).await.is_err());
}

#[tokio::test]
async fn a_location_that_is_not_there_is_an_error() {
    let given = Given {
        profile_location: Some("/nowhere/at/all"),
        ..profile("p")
    };

    let error = World::new(&pair("p", "P")).find(&given).await.unwrap_err();

    assert!(
        matches!(error, TargetError::NoProfileLocation { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_named_with_its_line() {
    let world = World::new("[p]\nnonsense");

    let error = world.find(&profile("p")).await.unwrap_err();

    assert!(error.to_string().contains("line 2"), "{error}");
}

#[tokio::test]
async fn a_process_gives_keys_or_a_reason() {
    let script =
        "#!/bin/sh\necho '{\"Version\":1,\"AccessKeyId\":\"PROC\",\"SecretAccessKey\":\"S\"}'\n";
    let world = World::new("")
        .file("give-keys", script)
        .file("fail", "#!/bin/sh\nexit 3\n");
    for name in ["give-keys", "fail"] {
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(world.path(name), mode).unwrap();
    }
    let config = format!(
        "[profile p]\ncredential_process = {}\n[profile broken]\ncredential_process = {}",
        world.path("give-keys").display(),
        world.path("fail").display(),
    );
    let world = world.file(".aws/config", &config);

    assert_eq!(world.key_of(&profile("p")).await, "PROC");
    let error = world.find(&profile("broken")).await.unwrap_err();
    assert!(matches!(error, TargetError::Profile { .. }), "{error}");
}

#[tokio::test]
async fn a_sign_on_that_is_over_says_how_to_sign_in_again() {
    let config = "[profile p]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Dev\n[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.example.com/start\n";
    let world = World::new("").file(".aws/config", config);

    let error = world.find(&profile("p")).await.unwrap_err();

    assert!(error.is_signed_out(), "{error}");
    assert!(
        error.to_string().contains("aws sso login --profile p"),
        "{error}"
    );
}

#[tokio::test]
async fn a_profile_of_settings_alone_is_no_reason_to_stop_searching() {
    let error = World::new("[default]\noutput = json").error().await;

    assert!(
        matches!(error, TargetError::NoCredentials { .. }),
        "{error}"
    );
}
