//! Everything that ends the command without an answer: its text, its exit status, its PowerShell id.

use credentials::TargetError;
use serde::Serialize;

use crate::binder::BindError;
use crate::consent::ConsentError;
use crate::pipeline::RecordError;
use crate::request::CallError;
use crate::select::SelectError;
use crate::values::ValueError;
use crate::wait::WaitError;

/// What PowerShell appends to every error id of the command.
const CMDLET: &str = "Amazon.PowerShell.Cmdlets.LM.InvokeLMFunctionCmdlet";

/// The exit statuses. Scripts rely on them.
pub(crate) mod exit {
    /// The service, the network or the credentials failed.
    pub(crate) const FAILED: u8 = 1;
    /// The command line or a value is wrong; nothing was sent for it.
    pub(crate) const USAGE: u8 = 2;
    /// The function itself failed, and `--fail-on-function-error` was given.
    pub(crate) const FUNCTION_ERROR: u8 = 3;
    /// Ctrl-C, as a shell reports it.
    pub(crate) const INTERRUPTED: u8 = 130;
}

/// Why the command ends without success.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Bind(#[from] BindError),
    #[error(transparent)]
    Value(#[from] ValueError),
    #[error(transparent)]
    Select(#[from] SelectError),
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    Consent(#[from] ConsentError),
    #[error(
        "the running command stopped because the common parameter WarningAction is set to Stop: {0}"
    )]
    Warned(String),
    #[error("cannot write the answer: {0}")]
    Output(std::io::Error),
    #[error("cannot start: {0}")]
    Runtime(std::io::Error),
    #[error("interrupted; an invocation that was sent goes on running")]
    Interrupted,
}

impl Failure {
    pub(crate) fn exit_status(&self) -> u8 {
        if matches!(self, Self::Interrupted) {
            exit::INTERRUPTED
        } else if self.is_usage() {
            exit::USAGE
        } else {
            exit::FAILED
        }
    }

    /// Whether the command line itself is wrong, and not what surrounds it.
    fn is_usage(&self) -> bool {
        match self {
            Self::Bind(_)
            | Self::Value(_)
            | Self::Select(_)
            | Self::Call(CallError::Wait(WaitError::NotKept)) => true,
            Self::Target(error) => error.is_usage(),
            Self::Record(error) => matches!(error, RecordError::NothingPiped),
            Self::Call(_)
            | Self::Consent(_)
            | Self::Warned(_)
            | Self::Output(_)
            | Self::Runtime(_)
            | Self::Interrupted => false,
        }
    }

    /// Whether no other record could fare better.
    pub(crate) const fn ends_every_run(&self) -> bool {
        matches!(
            self,
            Self::Output(_)
                | Self::Runtime(_)
                | Self::Consent(_)
                | Self::Warned(_)
                | Self::Interrupted
        )
    }

    /// The `FullyQualifiedErrorId` a script finds in PowerShell.
    fn id(&self) -> String {
        let own = match self {
            Self::Bind(error) => error.id().to_owned(),
            Self::Record(error) => error.id().to_owned(),
            Self::Call(CallError::Service(error)) => error.dotnet_type(),
            Self::Call(CallError::Connect(_) | CallError::Broken { .. }) => {
                "System.Net.Http.HttpRequestException".to_owned()
            }
            Self::Call(CallError::Wait(WaitError::NotKept)) => "ArgumentException".to_owned(),
            Self::Call(CallError::Late { .. } | CallError::Wait(WaitError::Late { .. })) => {
                "System.Threading.Tasks.TaskCanceledException".to_owned()
            }
            Self::Call(CallError::Form(_)) | Self::Value(_) | Self::Select(_) => {
                "ArgumentException".to_owned()
            }
            Self::Target(error) if error.is_usage() => "ArgumentException".to_owned(),
            Self::Target(error) if error.is_signed_out() => {
                "UnauthorizedAccessException".to_owned()
            }
            Self::Call(CallError::Wait(_)) | Self::Target(_) | Self::Consent(_) => {
                "InvalidOperationException".to_owned()
            }
            Self::Warned(_) => "ActionPreferenceStop".to_owned(),
            Self::Output(_) | Self::Runtime(_) => "System.IO.IOException".to_owned(),
            Self::Interrupted => "PipelineStopped".to_owned(),
        };
        format!("{own},{CMDLET}")
    }

    fn category(&self) -> &'static str {
        const BAD_ARGUMENT: &str = "InvalidArgument";
        match self {
            Self::Record(RecordError::Input { .. }) => "ReadError",
            Self::Bind(_)
            | Self::Value(_)
            | Self::Select(_)
            | Self::Record(_)
            | Self::Call(CallError::Wait(WaitError::NotKept)) => BAD_ARGUMENT,
            Self::Target(error) if error.is_usage() => BAD_ARGUMENT,
            Self::Target(error) if error.is_signed_out() => "PermissionDenied",
            Self::Call(CallError::Late { .. } | CallError::Wait(WaitError::Late { .. })) => {
                "OperationTimeout"
            }
            Self::Target(_) | Self::Call(_) | Self::Consent(_) => "InvalidOperation",
            Self::Output(_) => "WriteError",
            Self::Runtime(_) => "ResourceUnavailable",
            Self::Interrupted | Self::Warned(_) => "OperationStopped",
        }
    }

    /// One line of JSON with what PowerShell's error record holds.
    pub(crate) fn as_json(&self) -> String {
        let service = if let Self::Call(CallError::Service(error)) = self {
            Some(error)
        } else {
            None
        };
        let record = ErrorRecord {
            message: service.map_or_else(|| self.to_string(), |error| error.message.clone()),
            error_code: service.map(|error| error.code.as_str()),
            error_type: service.map(|error| error.error_type()),
            status_code: service.map(|error| error.status),
            request_id: service.and_then(|error| error.request_id.as_deref()),
            fully_qualified_error_id: self.id(),
            category: self.category(),
        };
        // Texts and numbers always serialise.
        serde_json::to_string(&record).unwrap_or_default()
    }
}

/// What PowerShell's error record holds, in the order it is written.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorRecord<'a> {
    message: String,
    error_code: Option<&'a str>,
    error_type: Option<&'static str>,
    status_code: Option<u16>,
    request_id: Option<&'a str>,
    fully_qualified_error_id: String,
    category: &'static str,
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};

    use super::*;
    use crate::service_error::ServiceError;

    #[test]
    fn a_service_error_is_told_as_powershells_record() {
        let mut headers = HeaderMap::new();
        headers.insert(
            "x-amzn-errortype",
            "ResourceNotFoundException".parse().unwrap(),
        );
        let error = ServiceError::read(StatusCode::NOT_FOUND, &headers, br#"{"Message":"gone"}"#);
        let failure = Failure::Call(CallError::Service(Box::new(error)));

        assert_eq!(
            failure.as_json(),
            r#"{"Message":"gone","ErrorCode":"ResourceNotFoundException","ErrorType":"Sender","StatusCode":404,"RequestId":null,"FullyQualifiedErrorId":"Amazon.Lambda.Model.ResourceNotFoundException,Amazon.PowerShell.Cmdlets.LM.InvokeLMFunctionCmdlet","Category":"InvalidOperation"}"#
        );
        assert_eq!(failure.exit_status(), exit::FAILED);
    }

    #[test]
    fn a_wrong_command_line_exits_with_two() {
        let failure = Failure::Bind(BindError::MissingMandatoryParameter);

        assert_eq!(failure.exit_status(), exit::USAGE);
        assert!(
            failure
                .as_json()
                .contains("\"MissingMandatoryParameter,Amazon.")
        );
    }
}
