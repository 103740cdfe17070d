//! Region and endpoint, in the order they are looked for.

use credentials::{Given, TargetError};
use http::uri::Scheme;

use crate::KEYS;
use crate::world::World;

const ARN: &str = "arn:aws:lambda:eu-west-3:123456789012:function:f";
const FILES: &str = "[default]\nregion = of-default\n[p]\nregion = of-p\naws_access_key_id = P\naws_secret_access_key = S\n[bare]\naws_access_key_id = B\naws_secret_access_key = S";

async fn region(given: Given<'_>, files: &str, environment: &[(&str, &str)]) -> String {
    let world = World::new(files).with(&KEYS).with(environment);
    let given = Given {
        endpoint_url: Some("http://h"),
        ..given
    };
    world.find(&given).await.unwrap().region
}

#[tokio::test]
async fn the_region_is_found_in_order() {
    let both = [("AWS_REGION", "e1"), ("AWS_DEFAULT_REGION", "e2")];
    let with_profile = [both[0], both[1], ("AWS_PROFILE", "p")];
    let arn = Given {
        function_name: ARN,
        ..Given::default()
    };
    let profile = Given {
        profile_name: Some("p"),
        ..arn
    };
    let bare = Given {
        profile_name: Some("bare"),
        ..arn
    };
    let named = Given {
        region: Some("r"),
        ..profile
    };

    assert_eq!(region(named, FILES, &both).await, "r");
    assert_eq!(region(profile, FILES, &both).await, "of-p");
    assert_eq!(region(bare, FILES, &both).await, "e1");
    assert_eq!(region(arn, FILES, &with_profile).await, "e1");
    assert_eq!(region(arn, FILES, &with_profile[1..]).await, "e2");
    assert_eq!(region(arn, FILES, &with_profile[2..]).await, "of-p");
    assert_eq!(region(arn, FILES, &[]).await, "of-default");
    assert_eq!(region(arn, "", &[("AWS_REGION", "")]).await, "eu-west-3");
    assert_eq!(region(Given::default(), "", &[]).await, "us-east-1");
}

#[tokio::test]
async fn without_any_region_there_is_none() {
    let given = Given {
        function_name: "f",
        ..Given::default()
    };

    let error = World::new("").with(&KEYS).find(&given).await.unwrap_err();

    assert!(matches!(error, TargetError::NoRegion));
    assert!(!error.is_usage());
}

#[tokio::test]
async fn a_region_cannot_name_another_host() {
    for region in ["evil.example/", "", "a b", "x#"] {
        let given = Given {
            region: Some(region),
            ..Given::default()
        };
        let error = World::new("").with(&KEYS).find(&given).await.unwrap_err();

        assert!(matches!(error, TargetError::BadRegion { .. }), "{region:?}");
        assert!(error.is_usage());
    }
    let error = World::new("[default]\nregion = a/b").with(&KEYS);
    let error = error.find(&Given::default()).await.unwrap_err();
    assert!(!error.is_usage(), "{error}");
}

async fn endpoint(given: Given<'_>, config: &str, environment: &[(&str, &str)]) -> String {
    let world = World::new("").file(".aws/config", config);
    let world = world.with(&KEYS).with(environment);
    let given = Given {
        region: Some("x-y-1"),
        ..given
    };
    world.find(&given).await.unwrap().endpoint.authority
}

#[tokio::test]
async fn the_endpoint_is_found_in_order() {
    let config = "[default]\nendpoint_url = http://profile\nservices = local\n[services local]\nlambda =\n  endpoint_url = http://services\n[profile p]\nendpoint_url = http://p";
    let plain = "[default]\nendpoint_url = http://profile";
    let both = [
        ("AWS_ENDPOINT_URL_LAMBDA", "http://lambda:1"),
        ("AWS_ENDPOINT_URL", "http://all:2/"),
    ];
    let ignored = [both[1], ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE")];
    let given = Given {
        endpoint_url: Some("https://h:3/p/"),
        ..Given::default()
    };
    let none = Given::default();

    assert_eq!(endpoint(given, config, &both).await, "h:3");
    assert_eq!(endpoint(given, config, &ignored).await, "h:3");
    assert_eq!(endpoint(none, config, &both).await, "lambda:1");
    assert_eq!(endpoint(none, config, &both[1..]).await, "all:2");
    assert_eq!(endpoint(none, config, &[]).await, "services");
    assert_eq!(endpoint(none, plain, &[]).await, "profile");
    assert_eq!(endpoint(none, config, &[("AWS_PROFILE", "p")]).await, "p");
    let of_aws = "lambda.x-y-1.amazonaws.com";
    assert_eq!(endpoint(none, config, &ignored).await, of_aws);
    let opted_out = format!("{plain}\nignore_configured_endpoint_urls = true");
    assert_eq!(endpoint(none, &opted_out, &[]).await, of_aws);
    assert_eq!(endpoint(none, "", &[]).await, of_aws);
}

#[tokio::test]
async fn a_path_before_the_api_is_kept() {
    for (url, prefix) in [("https://h/a/b/", "/a/b"), ("http://[::1]:9/", "")] {
        let given = Given {
            endpoint_url: Some(url),
            ..Given::default()
        };
        let target = World::new("").with(&KEYS).find(&given).await.unwrap();

        assert_eq!(target.endpoint.path_prefix, prefix);
        assert!(target.endpoint.is_custom);
    }
}

#[tokio::test]
async fn what_is_no_endpoint_is_a_usage_error_that_shows_no_password() {
    for url in [
        "",
        "localhost:9000",
        "ftp://h",
        "http://u:hidden@h",
        "http://h/?q=1",
        "http://h/#x",
        "/p",
    ] {
        let given = Given {
            endpoint_url: Some(url),
            ..Given::default()
        };
        let error = World::new("").with(&KEYS).find(&given).await.unwrap_err();

        assert!(matches!(error, TargetError::BadEndpoint { .. }), "{url:?}");
        assert!(error.is_usage());
        assert!(!error.to_string().contains("hidden"), "{error}");
    }
}

#[tokio::test]
async fn a_region_has_the_suffix_of_its_partition() {
    for (region, host) in [
        ("eu-west-1", "lambda.eu-west-1.amazonaws.com"),
        ("cn-north-1", "lambda.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "lambda.us-gov-west-1.amazonaws.com"),
        ("us-iso-east-1", "lambda.us-iso-east-1.c2s.ic.gov"),
        ("us-isob-east-1", "lambda.us-isob-east-1.sc2s.sgov.gov"),
    ] {
        let given = Given {
            region: Some(region),
            ..Given::default()
        };
        let target = World::new("").with(&KEYS).find(&given).await.unwrap();

        assert_eq!(target.endpoint.authority, host);
        assert_eq!(target.endpoint.scheme, Scheme::HTTPS);
    }
}
