//! Finding keys, region and endpoint, with real files, real processes and a token service on this machine.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod places;
mod profiles;
mod roles;
mod world;

use credentials::{Given, TargetError};
use world::World;

const KEYS: [(&str, &str); 2] = [
    ("AWS_ACCESS_KEY_ID", "EAK"),
    ("AWS_SECRET_ACCESS_KEY", "ESK"),
];

#[tokio::test]
async fn keys_on_the_command_line_win_whole() {
    let world = World::new("[default]\naws_access_key_id = P\naws_secret_access_key = P")
        .with(&KEYS)
        .with(&[("AWS_SESSION_TOKEN", "t")]);
    let given = Given {
        access_key: Some("a"),
        secret_key: Some("s"),
        credential: Some(r#"{"AccessKeyId":"c","SecretAccessKey":"c"}"#),
        profile_name: Some("default"),
        ..World::given()
    };

    let target = world.find(&given).await.unwrap();

    let keys = target.keys.unwrap();
    assert_eq!(
        (keys.access_key.as_str(), keys.secret_key.as_str()),
        ("a", "s")
    );
    assert_eq!(keys.session_token, None);
    assert_eq!(target.keys_from, "the supplied key parameters");
}

#[tokio::test]
async fn a_credential_wins_over_a_profile_and_a_profile_over_the_environment() {
    let world = World::new("[p]\naws_access_key_id = P\naws_secret_access_key = S").with(&KEYS);
    let credential = Given {
        credential: Some(r#"{"AccessKeyId":"c","SecretAccessKey":"s","SessionToken":"t"}"#),
        profile_name: Some("p"),
        ..World::given()
    };
    let profile = Given {
        profile_name: Some("p"),
        ..World::given()
    };

    assert_eq!(world.key_of(&credential).await, "c");
    assert_eq!(world.key_of(&profile).await, "P");
    assert_eq!(world.key_of(&World::given()).await, "EAK");
}

#[tokio::test]
async fn the_environments_keys_win_over_its_profile_and_that_over_the_default() {
    let files = "[default]\naws_access_key_id = D\naws_secret_access_key = S\n[p]\naws_access_key_id = P\naws_secret_access_key = S";
    let profile = [("AWS_PROFILE", "p")];

    assert_eq!(
        World::new(files).with(&KEYS).with(&profile).key().await,
        "EAK"
    );
    assert_eq!(World::new(files).with(&profile).key().await, "P");
    assert_eq!(World::new(files).key().await, "D");
}

#[tokio::test]
async fn half_a_key_pair_is_a_usage_error() {
    let world = World::new("").with(&KEYS);
    for (access_key, secret_key, session_token) in [
        (Some("a"), None, None),
        (None, Some("s"), None),
        (None, None, Some("t")),
        (Some("a"), Some(""), None),
    ] {
        let given = Given {
            access_key,
            secret_key,
            session_token,
            ..World::given()
        };

        let error = world.find(&given).await.unwrap_err();

        assert!(matches!(error, TargetError::HalfAKeyPair { .. }), "{error}");
        assert!(error.is_usage());
    }
}

#[tokio::test]
async fn half_an_environment_is_an_error_that_names_the_other_half() {
    let error = World::new("").with(&KEYS[..1]).error().await;

    assert!(!error.is_usage());
    assert!(
        error
            .to_string()
            .contains("AWS_SECRET_ACCESS_KEY is not set"),
        "{error}"
    );
}

#[tokio::test]
async fn a_credential_that_is_none_is_a_usage_error_and_not_repeated() {
    for text in [
        "hidden",
        "{}",
        r#"{"AccessKeyId":"hidden"}"#,
        r#"{"AccessKeyId":"","SecretAccessKey":"hidden"}"#,
    ] {
        let given = Given {
            credential: Some(text),
            ..World::given()
        };

        let error = World::new("").find(&given).await.unwrap_err();

        assert!(error.is_usage());
        assert!(!error.to_string().contains("hidden"), "{error}");
    }
}

#[tokio::test]
async fn no_credentials_is_an_error_that_says_what_to_do() {
    let error = World::new("[default]\nregion = eu-west-1").error().await;

    assert!(
        matches!(error, TargetError::NoCredentials { .. }),
        "{error}"
    );
    for advice in [
        "-AccessKey",
        "AWS_ACCESS_KEY_ID",
        "-ProfileName",
        "credentials",
    ] {
        assert!(error.to_string().contains(advice), "{error}");
    }
}

#[tokio::test]
async fn an_unsigned_request_needs_no_keys() {
    let given = Given {
        is_unsigned: true,
        ..World::given()
    };

    let target = World::new("").find(&given).await.unwrap();

    assert_eq!(target.keys, None);
}

#[tokio::test]
async fn keys_are_never_printed() {
    let world = World::new("")
        .with(&KEYS)
        .with(&[("AWS_SESSION_TOKEN", "TOKEN")]);

    let target = world.find(&World::given()).await.unwrap();

    let printed = format!("{target:?}");
    assert!(printed.contains("EAK"));
    assert!(
        !printed.contains("ESK") && !printed.contains("TOKEN"),
        "{printed}"
    );
}
