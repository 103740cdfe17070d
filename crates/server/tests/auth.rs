//! Who is let in when requests must be signed.

#![cfg(test)]

mod world;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use server::Auth;
use world::{FUNCTIONS, World};

const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=AKID/20261123/us-east-1/lambda/aws4_request, SignedHeaders=host;x-amz-date, Signature=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

async fn list(world: &World, authorization: Option<&str>) -> (u16, String, String) {
    let mut request = Request::get(FUNCTIONS)
        .header("host", "h")
        .header("x-amz-date", "x");
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    let response = world
        .send(request.body(Full::<Bytes>::default()).unwrap())
        .await;
    assert!(response.header("x-amzn-requestid").is_some());
    response.error()
}

#[tokio::test]
async fn a_request_is_let_in_when_its_signature_is_well_formed() {
    let world = World::with(Auth::On).await;

    assert_eq!(list(&world, Some(SIGNED)).await.0, 200);
    let presigned = format!(
        "{FUNCTIONS}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F20261123%2Fr%2Flambda%2Faws4_request\
         &X-Amz-Date=x&X-Amz-SignedHeaders=host&X-Amz-Signature={}",
        "a".repeat(64)
    );
    assert_eq!(world.get(&presigned).await.status, 200);
}

#[tokio::test]
async fn a_request_without_a_signature_is_refused_as_aws_refuses_it() {
    let world = World::with(Auth::On).await;
    let incomplete = "IncompleteSignatureException";

    assert_eq!(
        list(&world, None).await,
        (
            403,
            "MissingAuthenticationTokenException".into(),
            "Missing Authentication Token".into()
        )
    );
    assert_eq!(
        list(&world, Some("AWS4-HMAC-SHA256 Credential=A, SignedHeaders=host, Signature=zz")).await,
        (403, incomplete.into(), "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'A'. 'Signature' must be 64 hexadecimal digits, got 'zz'.".into())
    );
    assert_eq!(
        list(&world, Some("AWS4-ECDSA-P256-SHA256 Credential=A")).await,
        (403, incomplete.into(), "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'. This server takes AWS4-HMAC-SHA256.".into())
    );
}
