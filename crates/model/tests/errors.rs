//! The errors' names, statuses and message keys, against the table of the wire contract.

use model::ErrorName;
use model::output::{AliasConfiguration, EnvironmentResponse, FunctionConfiguration};
use serde_json::json;

#[test]
fn errors_have_the_status_fault_and_key_of_the_model() {
    use ErrorName as E;
    let user = Some("User");
    let service = Some("Service");
    for (error, status, fault, key) in [
        (E::ResourceNotFoundException, 404, user, "Message"),
        (E::ResourceConflictException, 409, user, "message"),
        (E::InvalidParameterValueException, 400, user, "message"),
        (E::TooManyRequestsException, 429, user, "message"),
        (E::ServiceException, 500, service, "Message"),
        (E::InvalidZipFileException, 502, service, "Message"),
        (E::PreconditionFailedException, 412, user, "message"),
        (E::ValidationException, 400, None, "message"),
        (E::AccessDeniedException, 403, None, "Message"),
        (E::RequestEntityTooLargeException, 413, None, "Message"),
        (E::NotImplementedException, 501, None, "message"),
    ] {
        assert_eq!(error.status().as_u16(), status, "{error:?}");
        assert_eq!(error.fault(), fault, "{error:?}");
        assert_eq!(error.message_key(), key, "{error:?}");
    }
}

#[test]
fn all_modelled_exceptions_are_there() {
    let modelled = ErrorName::ALL
        .iter()
        .filter(|error| error.fault().is_some());

    assert_eq!(modelled.count(), 58);
    for error in ErrorName::ALL {
        assert_eq!(error.wire_name(), format!("{error:?}"));
        assert!(error.status().is_client_error() || error.status().is_server_error());
    }
}

#[test]
fn answers_carry_wire_names_and_leave_out_what_is_none() {
    let configuration = FunctionConfiguration {
        function_name: Some("f".to_owned()),
        kms_key_arn: Some("k".to_owned()),
        code_sha256: Some("s".to_owned()),
        memory_size: Some(128),
        environment: Some(EnvironmentResponse {
            variables: Some([("K".to_owned(), "hunter2".to_owned())].into()),
            ..EnvironmentResponse::default()
        }),
        ..FunctionConfiguration::default()
    };

    assert_eq!(
        serde_json::to_value(&configuration).unwrap(),
        json!({
            "FunctionName": "f",
            "KMSKeyArn": "k",
            "CodeSha256": "s",
            "MemorySize": 128,
            "Environment": {"Variables": {"K": "hunter2"}},
        })
    );
    assert!(!format!("{configuration:?}").contains("hunter2"));
    assert_eq!(
        serde_json::to_string(&AliasConfiguration::default()).unwrap(),
        "{}"
    );
}
