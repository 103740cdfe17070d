//! Somebody who changes a function while events come, so that documents and packages are written too.

use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::client::{Connection, Gone};
use crate::server::{FUNCTIONS, zip};

/// The function that is changed. Nobody invokes it.
pub(crate) const WITNESS: &str = "witness";

/// What is known of the witness: numbers, of which every change uses a new one.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Known {
    description: Change,
    code: Change,
}

/// A change that was answered with yes must be there; one without an answer may be.
#[derive(Debug, Default, Clone, Copy)]
struct Change {
    tried: u64,
    answered: u64,
}

/// The package with this number.
pub(crate) fn package(number: u64) -> Vec<u8> {
    zip(format!("package {number}").as_bytes())
}

/// Changes the witness until the server is gone.
pub(crate) async fn change_all(address: SocketAddr, mut known: Known) -> Known {
    if let Ok(mut connection) = Connection::open(address).await {
        while change(
            &mut connection,
            &mut known.description,
            "configuration",
            |number| json!({ "Description": number.to_string() }),
        )
        .await
            && change(
                &mut connection,
                &mut known.code,
                "code",
                |number| json!({ "ZipFile": BASE64_STANDARD.encode(package(number)) }),
            )
            .await
        {}
    }
    known
}

/// Makes one change. Returns whether the server is still there.
async fn change(
    connection: &mut Connection,
    known: &mut Change,
    what: &str,
    body: impl Fn(u64) -> Value,
) -> bool {
    known.tried += 1;
    loop {
        let request = Request::builder()
            .method(Method::PUT)
            .uri(format!("{FUNCTIONS}/{WITNESS}/{what}"));
        let body = body(known.tried).to_string();
        let Ok(response) = connection.send(request, body.into()).await else {
            return false;
        };
        match response.status() {
            StatusCode::OK => known.answered = known.tried,
            // The change before is still being made.
            StatusCode::CONFLICT => {
                tokio::time::sleep(Duration::from_millis(1)).await;
                continue;
            }
            status => assert!(status.is_server_error(), "{response:?}"),
        }
        return true;
    }
}

impl Known {
    /// Asks a server that has just started for the witness, and for its package.
    pub(crate) async fn check(&self, address: SocketAddr) -> Result<(), Gone> {
        let mut connection = Connection::open(address).await?;
        let path = format!("{FUNCTIONS}/{WITNESS}");
        let function = connection.try_lambda(Method::GET, &path, &Value::Null);
        let function = function.await?;
        let description = function["Configuration"]["Description"].as_str().unwrap();
        self.description.check(description.parse().unwrap());
        let location = function["Code"]["Location"].as_str().unwrap();
        let (_, path) = location
            .split_once(&address.to_string())
            .unwrap_or_else(|| {
                location
                    .split_once("localhost")
                    .unwrap_or_else(|| panic!("{location}"))
            });
        let response = connection.send(Request::get(path), Bytes::new()).await?;
        assert_eq!(response.status(), StatusCode::OK, "{response:?}");
        let tried = self.code.answered..=self.code.tried;
        let is_known = tried
            .clone()
            .any(|number| package(number) == response.body()[..]);
        assert!(is_known, "the package is none of {tried:?}");
        Ok(())
    }
}

impl Change {
    fn check(self, found: u64) {
        let Self { tried, answered } = self;
        assert!(
            (answered..=tried).contains(&found),
            "{found} is there, {answered} was answered and {tried} tried"
        );
    }
}
