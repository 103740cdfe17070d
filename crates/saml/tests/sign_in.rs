//! Sign-ins against an identity provider of the tests' own, friendly and hostile.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use identity_provider::{
    DigestAlgorithm, IdentityProvider, Quirk, Scheme, Seen, Setup, assertion, form,
};
use saml::{Assertion, Authentication, Endpoint, NetworkCredential, Proxies, SamlError, sign_in};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

const PROVIDER: &str = "arn:aws:iam::123456789012:saml-provider/ADFS";
const DEV: &str = "arn:aws:iam::123456789012:role/Dev";
const OPS: &str = "arn:aws:iam::123456789012:role/Ops";

/// What the server asks for, and what the client has to be told.
const SCHEMES: [(Scheme, Authentication); 6] = [
    (Scheme::Basic, Authentication::Basic),
    (Scheme::Digest(DigestAlgorithm::Md5), Authentication::Digest),
    (
        Scheme::Digest(DigestAlgorithm::Md5Session),
        Authentication::Digest,
    ),
    (
        Scheme::Digest(DigestAlgorithm::Sha256),
        Authentication::Digest,
    ),
    (Scheme::Ntlm, Authentication::Ntlm),
    (Scheme::Negotiate, Authentication::Negotiate),
];

fn alice() -> NetworkCredential {
    NetworkCredential::new(r"CORP\alice", "Pässword 1".to_owned())
}

fn page_with_role(role: &str) -> String {
    form(&assertion(&[&format!("{PROVIDER},{role}")]))
}

async fn provider(setup: Setup) -> IdentityProvider {
    IdentityProvider::start(setup).await.unwrap()
}

fn endpoint(provider: &IdentityProvider, authentication: Authentication) -> Endpoint {
    Endpoint::parse(&provider.url(), authentication, None).unwrap()
}

async fn sign_alice_in(
    provider: &IdentityProvider,
    authentication: Authentication,
) -> Result<Assertion, SamlError> {
    let endpoint = endpoint(provider, authentication);
    sign_in(&endpoint, Some(&alice()), &Proxies::none()).await
}

/// What a page leads to when nobody has to authenticate.
async fn read_page(page: &str) -> Result<Assertion, SamlError> {
    let provider = provider(Setup {
        page: page.to_owned(),
        ..Setup::new(Scheme::Nothing)
    })
    .await;
    sign_alice_in(&provider, Authentication::Ntlm).await
}

/// What happens when the first page redirects there.
async fn follow(redirect: &str) -> Result<Assertion, SamlError> {
    let provider = provider(Setup {
        redirect: Some(redirect.to_owned()),
        ..Setup::new(Scheme::Basic)
    })
    .await;
    sign_alice_in(&provider, Authentication::Basic).await
}

fn with_credentials(seen: &[Seen]) -> usize {
    seen.iter()
        .filter(|request| request.authorization.is_some())
        .count()
}

#[tokio::test]
async fn every_scheme_brings_the_assertion() {
    for (scheme, authentication) in SCHEMES {
        let page = page_with_role(DEV);
        let provider = provider(Setup {
            page: page.clone(),
            ..Setup::new(scheme)
        })
        .await;

        let assertion = sign_alice_in(&provider, authentication).await.unwrap();

        let role = assertion.role(&format!("{DEV},{PROVIDER}")).unwrap();
        assert_eq!((&*role.role_arn, &*role.provider_arn), (DEV, PROVIDER));
        assert!(page.contains(assertion.base64()), "{scheme:?}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_tried_once() {
    for (scheme, authentication) in SCHEMES {
        let provider = provider(Setup::new(scheme)).await;
        let endpoint = endpoint(&provider, authentication);
        let wrong = NetworkCredential::new(r"CORP\alice", "Password 1".to_owned());

        let error = sign_in(&endpoint, Some(&wrong), &Proxies::none())
            .await
            .unwrap_err();

        assert!(matches!(error, SamlError::Refused { .. }), "{error}");
        let expected = format!(
            r"{} refused the {authentication} sign-in of CORP\alice: the user name or the password is wrong, or the account may not sign in",
            provider.sign_in_url()
        );
        assert_eq!(error.to_string(), expected);
        // NTLM's first message does not carry the password; one failure more could lock an account.
        let messages = match authentication {
            Authentication::Ntlm | Authentication::Negotiate => 2,
            Authentication::Basic | Authentication::Digest | Authentication::Kerberos => 1,
        };
        assert_eq!(with_credentials(&provider.seen()), messages, "{scheme:?}");
    }
}

#[tokio::test]
async fn nobody_signs_in_without_a_credential() {
    for (scheme, authentication) in SCHEMES {
        let provider = provider(Setup::new(scheme)).await;
        let endpoint = endpoint(&provider, authentication);

        let error = sign_in(&endpoint, None, &Proxies::none())
            .await
            .unwrap_err();

        assert_eq!(with_credentials(&provider.seen()), 0);
        if authentication == Authentication::Negotiate {
            continue;
        }
        let expected = format!(
            "{} asks for a user name and a password ({authentication}), and there are none",
            provider.sign_in_url()
        );
        assert_eq!(error.to_string(), expected);
    }
}

#[cfg(not(feature = "kerberos"))]
#[tokio::test]
async fn a_build_without_kerberos_says_how_to_get_it() {
    let provider = provider(Setup::new(Scheme::Negotiate)).await;

    for (authentication, credential) in [
        (Authentication::Kerberos, Some(alice())),
        (Authentication::Kerberos, None),
        (Authentication::Negotiate, None),
    ] {
        let endpoint = endpoint(&provider, authentication);
        let error = sign_in(&endpoint, credential.as_ref(), &Proxies::none())
            .await
            .unwrap_err()
            .to_string();

        assert!(
            error.contains("`--features kerberos`") && error.contains("NTLM"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_scheme_that_is_not_offered_is_told_beside_those_that_are() {
    let provider = provider(Setup::new(Scheme::Negotiate)).await;

    let error = sign_alice_in(&provider, Authentication::Basic)
        .await
        .unwrap_err();

    let expected = format!(
        "{} does not offer Basic, only Negotiate: set the endpoint's authentication type to one of them",
        provider.sign_in_url()
    );
    assert_eq!(error.to_string(), expected);
    assert_eq!(with_credentials(&provider.seen()), 0);
}

#[tokio::test]
async fn all_pages_come_over_one_connection_with_their_cookies() {
    let provider = provider(Setup::new(Scheme::Ntlm)).await;

    sign_alice_in(&provider, Authentication::Ntlm)
        .await
        .unwrap();

    let seen = provider.seen();
    let paths: Vec<_> = seen
        .iter()
        .map(|request| (request.connection, request.path_and_query.as_str()))
        .collect();
    let wia = (0, "/adfs/ls/wia?client-request-id=1");
    assert_eq!(
        paths,
        [
            (
                0,
                "/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp=urn:amazon:webservices"
            ),
            wia,
            wia,
            wia,
            (0, "/adfs/ls/done"),
        ]
    );
    let last = seen.last().unwrap();
    let cookies = last.cookie.as_deref().unwrap();
    assert!(
        cookies.contains("MSISSamlRequest=begun") && cookies.contains("MSISAuth=known"),
        "{cookies}"
    );
    assert!(last.user_agent.as_deref().unwrap().contains("MSIE 10.0"));
    assert!(
        provider
            .sign_in_url()
            .contains(last.host.as_deref().unwrap())
    );
}

#[tokio::test]
async fn a_server_that_closes_its_connections_can_be_signed_in_at_without_ntlm() {
    for quirk in [Quirk::ClosesConnections, Quirk::DropsKeptConnections] {
        for (scheme, authentication) in SCHEMES {
            let provider = provider(Setup {
                quirk,
                ..Setup::new(scheme)
            })
            .await;

            let outcome = sign_alice_in(&provider, authentication).await;

            match authentication {
                Authentication::Ntlm | Authentication::Negotiate => {
                    let error = outcome.unwrap_err().to_string();
                    assert!(
                        error.starts_with("no answer from the identity provider 127.0.0.1:")
                            && error.contains("in the middle of the sign-in"),
                        "{error}"
                    );
                }
                Authentication::Basic | Authentication::Digest | Authentication::Kerberos => {
                    outcome.unwrap();
                }
            }
        }
    }
}

#[tokio::test]
async fn a_stale_nonce_is_replaced_but_not_for_ever() {
    let scheme = Scheme::Digest(DigestAlgorithm::Md5);
    let once = provider(Setup {
        quirk: Quirk::StaleNonce,
        ..Setup::new(scheme)
    })
    .await;
    let always = provider(Setup {
        quirk: Quirk::NothingButStaleNonces,
        ..Setup::new(scheme)
    })
    .await;

    sign_alice_in(&once, Authentication::Digest).await.unwrap();
    let error = sign_alice_in(&always, Authentication::Digest)
        .await
        .unwrap_err();

    assert!(matches!(error, SamlError::Refused { .. }), "{error}");
    assert_eq!(with_credentials(&always.seen()), 3);
}

#[tokio::test]
async fn a_page_without_the_field_is_told_by_its_title() {
    let page = "<html><title>Sign\n in</title><form><input name=\"UserName\"></form></html>";

    let error = read_page(page).await.unwrap_err().to_string();

    assert!(
        error.starts_with("no SAMLResponse in the reply of http://127.0.0.1:")
            && error.ends_with(
                "/adfs/ls/done (status 200, 72 bytes, title \"Sign in\"): form-based login?"
            ),
        "{error}"
    );
}

#[tokio::test]
async fn the_last_field_of_the_page_counts() {
    let page = [page_with_role(DEV), page_with_role(OPS)].concat();

    let assertion = read_page(&page).await.unwrap();

    assert_eq!(assertion.roles().len(), 1);
    assert_eq!(assertion.roles()[0].role_arn, OPS);
}

#[tokio::test]
async fn a_field_written_with_entities_is_decoded() {
    let page = page_with_role(DEV);
    let encoded = page.replace('+', "&#43;").replace("=\" />", "&#x3D;\" />");
    assert_ne!(page, encoded);

    let assertion = read_page(&encoded).await.unwrap();

    assert!(page.contains(assertion.base64()));
}

#[tokio::test]
async fn a_role_is_found_in_either_order_and_missed_by_name() {
    let page = form(&assertion(&[
        &format!("{PROVIDER},{DEV}"),
        &format!("{OPS},{PROVIDER}"),
    ]));

    let assertion = read_page(&page).await.unwrap();

    for (pair, role) in [
        (format!("{DEV},{PROVIDER}"), DEV),
        (format!("{PROVIDER},{OPS}").to_uppercase(), OPS),
    ] {
        assert_eq!(assertion.role(&pair).unwrap().role_arn, role);
    }
    let error = assertion.role(&format!("{PROVIDER},x")).unwrap_err();
    assert!(error.to_string().contains(OPS), "{error}");
}

#[tokio::test]
async fn what_is_no_assertion_is_not_read() {
    let bomb = r#"<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>"#;
    for (page, reason) in [
        (form(bomb), "XML with DTD detected"),
        (form("<Response>"), "it is not the XML of an assertion"),
        (form(&"<a>".repeat(50_000)), "and AWS takes 100000"),
        (
            r#"<input name="SAMLResponse" value="***">"#.to_owned(),
            "it is not base64",
        ),
    ] {
        let error = read_page(&page).await.unwrap_err();

        assert!(
            matches!(error, SamlError::Assertion { .. }) && error.to_string().contains(reason),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_page_without_end_is_not_read_to_its_end() {
    let error = read_page(&"x".repeat(5 * 1024 * 1024)).await.unwrap_err();

    assert!(
        error
            .to_string()
            .ends_with("it is longer than 4194304 bytes"),
        "{error}"
    );
}

#[tokio::test]
async fn a_redirect_loop_ends() {
    let provider = provider(Setup {
        redirect: Some("?again".to_owned()),
        ..Setup::new(Scheme::Nothing)
    })
    .await;

    let error = sign_alice_in(&provider, Authentication::Ntlm)
        .await
        .unwrap_err();

    assert!(matches!(error, SamlError::RedirectLoop { .. }), "{error}");
    assert_eq!(provider.seen().len(), 51);
}

#[tokio::test]
async fn a_redirect_does_not_leave_tls_or_the_web() {
    for (redirect, reason) in [
        ("http://adfs.example.com/", "it is not https"),
        ("http://127.0.0.1.example.com/", "it is not https"),
        ("//adfs.example.com/", "it is not https"),
        (r"\\adfs.example.com\x", "it is not https"),
        ("file:///etc/passwd", "it is not a web address"),
        (
            "https://alice:secret@adfs.example.com/",
            "it carries a user name or a password",
        ),
        ("http://[::1/", "it is not an address"),
    ] {
        let error = follow(redirect).await.unwrap_err();

        assert!(
            matches!(error, SamlError::Redirect { .. }) && error.to_string().ends_with(reason),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_stranger_that_asks_for_the_password_does_not_get_it() {
    for (scheme, authentication) in SCHEMES {
        let stranger = provider(Setup::new(scheme)).await;
        let provider = provider(Setup {
            redirect: Some(stranger.sign_in_url()),
            ..Setup::new(scheme)
        })
        .await;

        let error = sign_alice_in(&provider, authentication).await.unwrap_err();

        assert!(
            matches!(error, SamlError::ForeignChallenge { .. }),
            "{error}"
        );
        assert!(error.to_string().contains(&stranger.sign_in_url()));
        assert_eq!(stranger.seen().len(), 1);
        assert_eq!(with_credentials(&stranger.seen()), 0);
    }
}

#[tokio::test]
async fn a_redirect_to_another_host_is_followed_without_the_credential() {
    let other = provider(Setup {
        page: page_with_role(DEV),
        ..Setup::new(Scheme::Nothing)
    })
    .await;
    let provider = provider(Setup {
        redirect: Some(other.url()),
        ..Setup::new(Scheme::Basic)
    })
    .await;

    let assertion = sign_alice_in(&provider, Authentication::Basic)
        .await
        .unwrap();

    assert_eq!(assertion.roles()[0].role_arn, DEV);
    assert_eq!(with_credentials(&other.seen()), 0);
}

/// An identity provider with TLS, and a file with its certificate.
async fn tls_provider(setup: Setup) -> (IdentityProvider, tempfile::TempDir, PathBuf) {
    let provider = provider(Setup {
        has_tls: true,
        ..setup
    })
    .await;
    let directory = tempfile::tempdir().unwrap();
    let bundle = directory.path().join("ca.pem");
    std::fs::write(&bundle, provider.certificate_pem().unwrap()).unwrap();
    (provider, directory, bundle)
}

async fn sign_in_with_bundle(
    url: &str,
    authentication: Authentication,
    bundle: Option<&Path>,
) -> Result<Assertion, SamlError> {
    let endpoint = Endpoint::parse(url, authentication, bundle.map(Path::to_owned)).unwrap();
    sign_in(&endpoint, Some(&alice()), &Proxies::none()).await
}

#[tokio::test]
async fn over_tls_ntlm_is_bound_to_the_connection() {
    for (scheme, authentication) in SCHEMES {
        let (provider, _directory, bundle) = tls_provider(Setup::new(scheme)).await;

        sign_in_with_bundle(&provider.url(), authentication, Some(&bundle))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_far_endpoint_does_not_make_us_speak_to_this_machine() {
    let local = provider(Setup::new(Scheme::Nothing)).await;
    let (provider, _directory, bundle) = tls_provider(Setup {
        redirect: Some(local.url()),
        ..Setup::new(Scheme::Nothing)
    })
    .await;

    let error = sign_in_with_bundle(&provider.url(), Authentication::Basic, Some(&bundle))
        .await
        .unwrap_err();

    assert!(matches!(error, SamlError::Redirect { .. }), "{error}");
    assert_eq!(local.seen().len(), 0);
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let (provider, _directory, _bundle) = tls_provider(Setup::new(Scheme::Basic)).await;

    let error = sign_in_with_bundle(&provider.url(), Authentication::Basic, None)
        .await
        .unwrap_err();

    // On a system without any certificates there is no verifier to refuse it.
    assert!(
        matches!(error, SamlError::Connect { .. } | SamlError::Tls(_)),
        "{error}"
    );
    assert_eq!(provider.seen().len(), 0);
}

#[tokio::test]
async fn a_bundle_without_certificates_is_an_error() {
    let (provider, directory, bundle) = tls_provider(Setup::new(Scheme::Basic)).await;
    std::fs::write(&bundle, "no certificate").unwrap();
    let missing = directory.path().join("missing.pem");

    for path in [&bundle, &missing] {
        let error = sign_in_with_bundle(&provider.url(), Authentication::Basic, Some(path))
            .await
            .unwrap_err();

        assert!(matches!(error, SamlError::CaBundle { .. }), "{error}");
        assert!(error.to_string().contains(path.to_str().unwrap()));
    }
}

/// A proxy that answers every CONNECT with a tunnel to one address, and says what it was asked.
async fn tunnel_to(address: SocketAddr) -> (SocketAddr, JoinSet<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = listener.local_addr().unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let (client, _) = listener.accept().await.unwrap();
        let mut client = BufReader::new(client);
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            client.read_line(&mut line).await.unwrap();
            if line.trim().is_empty() {
                break;
            }
            head.push(line.trim().to_owned());
        }
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        let mut server = TcpStream::connect(address).await.unwrap();
        copy_bidirectional(&mut client, &mut server).await.ok();
        head
    });
    (proxy, tasks)
}

#[tokio::test]
async fn a_proxy_tunnels_to_the_identity_provider() {
    let (provider, _directory, bundle) = tls_provider(Setup::new(Scheme::Ntlm)).await;
    let address = provider.address();
    let (proxy, mut tasks) = tunnel_to(address).await;
    let environment =
        |name: &str| (name == "HTTPS_PROXY").then(|| format!("http://bob:word@{proxy}"));
    let url = provider.url().replace("127.0.0.1", "idp.example.com");
    let endpoint = Endpoint::parse(&url, Authentication::Ntlm, Some(bundle)).unwrap();

    sign_in(
        &endpoint,
        Some(&alice()),
        &Proxies::from_environment(&environment),
    )
    .await
    .unwrap();

    let head = tasks.join_next().await.unwrap().unwrap();
    let port = address.port();
    assert_eq!(head[0], format!("CONNECT idp.example.com:{port} HTTP/1.1"));
    assert!(
        head.contains(&"Proxy-Authorization: Basic Ym9iOndvcmQ=".to_owned()),
        "{head:?}"
    );
}

#[tokio::test]
async fn an_endpoint_that_nobody_listens_at_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let endpoint =
        Endpoint::parse(&format!("http://{address}/"), Authentication::Basic, None).unwrap();

    let error = sign_in(&endpoint, Some(&alice()), &Proxies::none())
        .await
        .unwrap_err()
        .to_string();

    assert!(
        error.starts_with(&format!(
            "cannot connect to the identity provider {address}: "
        )),
        "{error}"
    );
}
