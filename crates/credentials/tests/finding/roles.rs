//! Roles that are assumed, with an MFA code and with a SAML assertion, at a token service of the test's own.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use credentials::{Finder, Given, TargetError};
use identity_provider::{IdentityProvider, Scheme, Setup, assertion, form};

use crate::KEYS;
use crate::world::World;

const ROLE: &str = "arn:aws:iam::123456789012:role/Dev";
const PROVIDER: &str = "arn:aws:iam::123456789012:saml-provider/ADFS";
const PASSWORD: &str = "Pässword 1";

/// Gives out keys for whatever it is asked, and remembers the requests.
#[derive(Debug, Clone)]
struct TokenService {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl TokenService {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let service = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            requests: Arc::default(),
        };
        let requests = Arc::clone(&service.requests);
        // Ends with the test's process.
        std::thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                let mut request = String::new();
                let mut chunk = [0; 8_192];
                while !is_whole(&request) {
                    let read = stream.read(&mut chunk).unwrap();
                    request.push_str(&String::from_utf8_lossy(&chunk[..read]));
                }
                let number = {
                    let mut requests = requests.lock().unwrap();
                    requests.push(request.clone());
                    requests.len()
                };
                stream
                    .write_all(answer(&request, number).as_bytes())
                    .unwrap();
            }
        });
        service
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn is_whole(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else {
        return false;
    };
    let head = head.to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    length.is_none_or(|length| body.len() >= length.parse().unwrap())
}

fn answer(request: &str, number: usize) -> String {
    let operation = if request.contains("Action=AssumeRoleWithSAML") {
        "AssumeRoleWithSAML"
    } else {
        "AssumeRole"
    };
    let (status, body) = if request.contains("Forbidden") {
        let error = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>";
        ("403 Forbidden", error.to_owned())
    } else {
        let body = format!(
            "<{operation}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{operation}Result><Credentials><AccessKeyId>ASIA{number}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>token</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></{operation}Result></{operation}Response>"
        );
        ("200 OK", body)
    };
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn profile(name: &str) -> Given<'_> {
    Given {
        profile_name: Some(name),
        ..World::given()
    }
}

fn world(service: &TokenService, config: &str) -> World {
    World::new("[base]\naws_access_key_id = BASE\naws_secret_access_key = S")
        .file(".aws/config", config)
        .with(&[("AWS_ENDPOINT_URL_STS", &service.url)])
}

#[tokio::test]
async fn a_chain_of_roles_is_followed_from_its_source() {
    let service = TokenService::start();
    let config = format!(
        "[profile top]\nrole_arn = {ROLE}\nsource_profile = middle\nexternal_id = ext\n[profile middle]\nrole_arn = arn:aws:iam::1:role/Middle\nsource_profile = base\nrole_session_name = me\nduration_seconds = 900\nregion = ap-south-1"
    );

    let key = world(&service, &config).key_of(&profile("top")).await;

    assert_eq!(key, "ASIA2");
    let requests = service.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests[0].contains("Credential=BASE/"), "{}", requests[0]);
    assert!(requests[0].contains("/ap-south-1/sts/"), "{}", requests[0]);
    assert!(
        requests[0].contains("RoleSessionName=me&DurationSeconds=900"),
        "{}",
        requests[0]
    );
    assert!(requests[1].contains("Credential=ASIA1/"), "{}", requests[1]);
    assert!(requests[1].contains("ExternalId=ext"), "{}", requests[1]);
}

#[tokio::test]
async fn a_code_is_asked_for_once_and_the_keys_are_kept() {
    let service = TokenService::start();
    let config = format!(
        "[profile mfa]\nrole_arn = {ROLE}\nsource_profile = base\nmfa_serial = arn:aws:iam::1:mfa/me"
    );
    let world = world(&service, &config).answering("123456");
    let mut finder = Finder::default();

    let first = world.find_with(&mut finder, &profile("mfa")).await.unwrap();
    let second = world.find_with(&mut finder, &profile("mfa")).await.unwrap();

    assert_eq!(first, second);
    assert_eq!(world.asked(), ["MFA code of arn:aws:iam::1:mfa/me"]);
    let requests = service.requests();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].contains("TokenCode=123456"), "{}", requests[0]);
    assert!(requests[0].contains("SerialNumber=arn%3Aaws%3Aiam%3A%3A1%3Amfa%2Fme"));
}

#[tokio::test]
async fn without_a_terminal_no_code_can_be_asked_for() {
    let service = TokenService::start();
    let config = format!("[profile mfa]\nrole_arn = {ROLE}\nsource_profile = base\nmfa_serial = m");

    let error = world(&service, &config)
        .find(&profile("mfa"))
        .await
        .unwrap_err();

    assert!(error.to_string().contains("terminal"), "{error}");
    assert!(service.requests().is_empty());
}

#[tokio::test]
async fn a_profile_may_be_its_own_source_and_nothing_may_go_in_a_circle() {
    let service = TokenService::start();
    let config = format!(
        "[profile own]\nrole_arn = {ROLE}\nsource_profile = own\naws_access_key_id = OWN\naws_secret_access_key = S\n[profile a]\nrole_arn = {ROLE}\nsource_profile = b\n[profile b]\nrole_arn = {ROLE}\nsource_profile = a\n[profile lost]\nrole_arn = {ROLE}\nsource_profile = nobody"
    );
    let world = world(&service, &config);

    assert_eq!(world.key_of(&profile("own")).await, "ASIA1");
    assert!(service.requests()[0].contains("Credential=OWN/"));
    let circle = world.find(&profile("a")).await.unwrap_err();
    assert!(circle.to_string().contains("circle"), "{circle}");
    let lost = world.find(&profile("lost")).await.unwrap_err();
    assert!(lost.to_string().contains("source_profile"), "{lost}");
}

#[tokio::test]
async fn a_role_that_is_refused_keeps_the_words_of_the_service() {
    let service = TokenService::start();
    let config = "[profile p]\nrole_arn = arn:aws:iam::1:role/Forbidden\nsource_profile = base";

    let error = world(&service, config)
        .find(&profile("p"))
        .await
        .unwrap_err();

    assert!(matches!(error, TargetError::Role { .. }), "{error}");
    assert!(
        error.to_string().contains("AccessDenied: not you"),
        "{error}"
    );
}

async fn provider(roles: &[&str]) -> IdentityProvider {
    let page = form(&assertion(roles));
    let setup = Setup {
        page,
        ..Setup::new(Scheme::Ntlm)
    };
    IdentityProvider::start(setup).await.unwrap()
}

fn saml(provider: &IdentityProvider, role_arn: &str) -> String {
    format!(
        "[saml-endpoint adfs]\nendpoint = {}\nauthentication_type = NTLM\n[profile dev]\nendpoint_name = adfs\nrole_arn = {role_arn}\nregion = eu-west-1\n",
        provider.url()
    )
}

#[tokio::test]
async fn a_user_signs_in_and_assumes_a_role_with_the_assertion() {
    let service = TokenService::start();
    let provider = provider(&[&format!("{ROLE},{PROVIDER}")]).await;
    let config = saml(&provider, &format!("{PROVIDER},{ROLE}"));
    let json = format!(r#"{{"UserName":"CORP\\alice","Password":"{PASSWORD}"}}"#);
    let given = Given {
        network_credential: Some(&json),
        ..profile("dev")
    };

    let target = world(&service, &config).find(&given).await.unwrap();

    let keys = target.keys.unwrap();
    assert_eq!(keys.access_key, "ASIA1");
    assert!(keys.expires.is_some());
    let request = &service.requests()[0];
    assert!(
        !request.to_ascii_lowercase().contains("authorization:"),
        "{request}"
    );
    assert!(request.contains("SAMLAssertion="), "{request}");
    assert!(request.contains("DurationSeconds=3600"), "{request}");
    assert!(
        request.contains("PrincipalArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Asaml-provider%2FADFS")
    );
}

#[tokio::test]
async fn the_profiles_user_is_asked_for_a_password() {
    let service = TokenService::start();
    let provider = provider(&[&format!("{ROLE},{PROVIDER}")]).await;
    let config = format!(
        "{}user_identity = CORP\\alice",
        saml(&provider, &format!("{ROLE},{PROVIDER}"))
    );
    let world = world(&service, &config).answering(PASSWORD);

    assert_eq!(world.key_of(&profile("dev")).await, "ASIA1");
    assert_eq!(world.asked(), ["Password for CORP\\\\alice"]);
}

#[tokio::test]
async fn a_wrong_password_and_a_role_that_is_not_listed_are_errors() {
    let service = TokenService::start();
    let provider = provider(&[&format!("{ROLE},{PROVIDER}")]).await;
    let config = saml(&provider, &format!("{PROVIDER},arn:aws:iam::1:role/Other"));
    let world = world(&service, &config).with(&[("LM_NETWORK_PASSWORD", PASSWORD)]);
    let with = |user| Given {
        network_credential: Some(user),
        ..profile("dev")
    };

    let unlisted = world.find(&with("CORP\\alice")).await.unwrap_err();
    let wrong = world.find(&with("CORP\\bob")).await.unwrap_err();

    assert!(
        matches!(unlisted, TargetError::UnknownRole { .. }),
        "{unlisted}"
    );
    assert!(matches!(wrong, TargetError::SignIn { .. }), "{wrong}");
    assert!(service.requests().is_empty());
}

#[tokio::test]
async fn a_network_credential_without_a_saml_profile_is_a_usage_error() {
    let service = TokenService::start();
    let with = |name| Given {
        network_credential: Some("CORP\\alice"),
        profile_name: name,
        ..World::given()
    };

    for (world, given) in [
        (world(&service, ""), with(Some("base"))),
        (world(&service, "").with(&KEYS), with(None)),
        (world(&service, ""), with(None)),
    ] {
        let error = world.find(&given).await.unwrap_err();

        assert!(
            matches!(error, TargetError::NetworkCredentialUnused { .. }),
            "{error}"
        );
        assert!(error.is_usage());
    }
}

#[tokio::test]
async fn a_password_on_the_command_line_is_refused() {
    let service = TokenService::start();
    let provider = provider(&[]).await;
    let given = Given {
        network_credential: Some("alice:hidden"),
        ..profile("dev")
    };

    let error = world(&service, &saml(&provider, "a,b"))
        .find(&given)
        .await
        .unwrap_err();

    assert!(error.is_usage(), "{error}");
    assert!(!error.to_string().contains("hidden"), "{error}");
}
