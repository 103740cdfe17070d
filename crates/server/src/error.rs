//! Every error as a client sees it: Lambda's name, status and text of each, and nowhere else.
//!
//! Everything below this crate says in its own words what went wrong; here those words become
//! AWS's. Texts marked `observed:` were recorded from the service and are kept to the letter.

use std::fmt::Display;
use std::time::Duration;

use domain::change::Refusal;
use domain::function::{Architecture, State};
use domain::limits::{CODE_UNZIPPED_BYTES_MAX, CODE_ZIPPED_BYTES_MAX};
use domain::name::{AliasName, FunctionName, Home, NameError, Qualifier, Target, TargetError};
use domain::payload::{ClientContextError, NotJson};
use domain::runtime::{Runtime, RuntimeRefusal};
use http::StatusCode;
use invoke::{InvokeError, PackageError};
use model::{ErrorName, NoRoute, Operation, ReadError};
use store::{QueueError, StoreError};
use tracing::error;

use crate::auth::SignatureError;
use crate::body::BodyError;
use crate::link::LinkError;
use crate::operations::Offered;
use crate::paging::BadMarker;

/// An answer that says no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Error {
    kind: Kind,
    message: String,
    throttle_reason: Option<&'static str>,
    leaves_body_unread: bool,
}

/// What an error is called, and what goes with the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Aws(ErrorName),
    /// Errors of the HTTP front end that Lambda has no name for.
    Edge(&'static str, StatusCode),
}

impl Error {
    pub(crate) fn new(name: ErrorName, message: impl Into<String>) -> Self {
        Self {
            kind: Kind::Aws(name),
            message: message.into(),
            throttle_reason: None,
            leaves_body_unread: false,
        }
    }

    fn edge(name: &'static str, status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            kind: Kind::Edge(name, status),
            ..Self::new(ErrorName::ServiceException, message)
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self.kind {
            Kind::Aws(name) => name.wire_name(),
            Kind::Edge(name, _) => name,
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self.kind {
            Kind::Aws(name) => name.status(),
            Kind::Edge(_, status) => status,
        }
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// `message` or `Message`.
    pub(crate) fn message_key(&self) -> &'static str {
        match self.kind {
            Kind::Aws(name) => name.message_key(),
            Kind::Edge(..) => "message",
        }
    }

    /// The `Type` of the body; errors that the model does not have have none.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Aws(name) => name.fault(),
            Kind::Edge(..) => None,
        }
    }

    pub(crate) fn throttle_reason(&self) -> Option<&'static str> {
        self.throttle_reason
    }

    /// Whether the connection has to end with this answer, because part of the request is still
    /// on its way.
    pub(crate) fn leaves_body_unread(&self) -> bool {
        self.leaves_body_unread
    }

    pub(crate) fn with_body_unread(self) -> Self {
        Self {
            leaves_body_unread: true,
            ..self
        }
    }
}

/// What goes wrong before an operation is reached.
impl Error {
    pub(crate) fn too_many_connections() -> Self {
        Self::edge(
            "ServiceUnavailableException",
            StatusCode::SERVICE_UNAVAILABLE,
            "This server has no room for another connection. Close one, or try again later.",
        )
    }

    pub(crate) fn unreadable_head(why: &str) -> Self {
        Self::new(
            ErrorName::InvalidRequestContentException,
            format!("Could not parse the HTTP request: {why}"),
        )
    }

    pub(crate) fn head_too_large() -> Self {
        Self::edge(
            "RequestHeaderFieldsTooLargeException",
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "The request line and the headers must have at most 1048576 bytes and 100 headers.",
        )
    }

    pub(crate) fn head_timed_out(limit: Duration) -> Self {
        Self::timed_out(&format!(
            "The request line and the headers did not arrive within {} seconds.",
            limit.as_secs()
        ))
    }

    fn timed_out(message: &str) -> Self {
        Self::edge(
            "RequestTimeoutException",
            StatusCode::REQUEST_TIMEOUT,
            message,
        )
    }

    /// A bug of ours: logged here, where it stops.
    pub(crate) fn internal(cause: &dyn Display) -> Self {
        error!(%cause, "request failed inside the server");
        Self::new(
            ErrorName::ServiceException,
            "An error occurred and the request cannot be processed.",
        )
    }

    pub(crate) fn no_route(reason: NoRoute, method: &http::Method, path: &str) -> Self {
        let message = match reason {
            NoRoute::UnknownPath => format!("No Lambda operation has the path {path}"),
            NoRoute::MethodNotAllowed => {
                format!("No Lambda operation has the method {method} on the path {path}")
            }
        };
        Self::new(ErrorName::UnknownOperationException, message)
    }

    pub(crate) fn not_served(operation: Operation) -> Self {
        Self::new(
            ErrorName::NotImplementedException,
            format!(
                "This server does not offer the operation {}.",
                operation.name()
            ),
        )
    }

    /// observed: in the first text Invoke goes by its old name.
    pub(crate) fn body(error: &BodyError, offered: Offered) -> Self {
        let operation = match offered {
            Offered::Invoke => "InvokeFunction".to_owned(),
            offered => format!("{offered:?}"),
        };
        match error {
            BodyError::TooLarge { max } => Self::new(
                ErrorName::RequestEntityTooLargeException,
                format!("Request must be smaller than {max} bytes for the {operation} operation"),
            )
            .with_body_unread(),
            BodyError::Stalled => {
                Self::timed_out("The body of the request did not arrive in time.")
                    .with_body_unread()
            }
            BodyError::Broken(_) => Self::new(
                ErrorName::InvalidRequestContentException,
                "Could not read the body of the request.",
            )
            .with_body_unread(),
        }
    }

    /// Too many requests that need much memory are under way.
    pub(crate) fn too_many_uploads() -> Self {
        Self {
            throttle_reason: Some("CallerRateLimitExceeded"),
            ..Self::new(ErrorName::TooManyRequestsException, "Rate exceeded")
        }
    }
}

impl From<SignatureError> for Error {
    fn from(error: SignatureError) -> Self {
        let (name, message) = match error {
            SignatureError::Missing => (
                ErrorName::MissingAuthenticationTokenException,
                "Missing Authentication Token".to_owned(),
            ),
            SignatureError::Algorithm { algorithm } => (
                ErrorName::IncompleteSignatureException,
                format!(
                    "Unsupported AWS 'algorithm': '{algorithm}'. This server takes AWS4-HMAC-SHA256."
                ),
            ),
            SignatureError::Malformed { problems } => {
                (ErrorName::IncompleteSignatureException, problems)
            }
        };
        Self::new(name, message)
    }
}

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Self {
        let name = match error {
            ReadError::Serialization(_) => ErrorName::SerializationException,
            ReadError::Validation(_) => ErrorName::ValidationException,
        };
        Self::new(name, error.to_string())
    }
}

impl From<LinkError> for Error {
    fn from(error: LinkError) -> Self {
        let message = match error {
            LinkError::Forged => "The link to the package is not valid.",
            LinkError::Expired => {
                "The link to the package has expired. Call GetFunction for a new one."
            }
        };
        Self::new(ErrorName::AccessDeniedException, message)
    }
}

impl From<BadMarker> for Error {
    fn from(_: BadMarker) -> Self {
        Self::invalid(
            "The value of the parameter Marker is not a marker that this server has returned.",
        )
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        if let StoreError::TooLarge { bytes, max, .. } = error {
            return Self::new(
                ErrorName::CodeStorageExceededException,
                format!(
                    "The function with its versions, aliases and tags would take {bytes} bytes of \
                     metadata, more than {max}. Delete versions that are not used."
                ),
            );
        }
        Self::internal(&error)
    }
}

/// An error with its causes, for the log.
struct Chain<'a>(&'a dyn std::error::Error);

impl Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// What is wrong with the parameters.
impl Error {
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorName::InvalidParameterValueException, message)
    }

    /// A parameter that asks for something this server does not have.
    pub(crate) fn not_offered(parameter: &str) -> Self {
        Self::invalid(format!(
            "This server does not offer what the parameter {parameter} asks for."
        ))
    }

    /// observed.
    pub(crate) fn unqualified_only() -> Self {
        Self::invalid(
            "This operation is permitted on Lambda functions only. Aliases and versions do not \
             support this operation. Please specify either a function name or an unqualified \
             function ARN.",
        )
    }

    /// observed.
    pub(crate) fn tags_need_a_function() -> Self {
        Self::invalid(
            "Tags on function aliases and versions are not supported. Please specify a function ARN.",
        )
    }

    pub(crate) fn code_missing() -> Self {
        Self::invalid("Please provide a source for function code.")
    }

    pub(crate) fn runtime_missing() -> Self {
        Self::invalid(
            "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
        )
    }

    /// observed.
    pub(crate) fn layer_missing(arn: &str) -> Self {
        Self::invalid(format!("Layer version {arn} does not exist."))
    }

    /// observed.
    pub(crate) fn code_signing_config_missing(arn: &str) -> Self {
        Self::new(
            ErrorName::CodeSigningConfigNotFoundException,
            format!(
                "The code signing configuration cannot be found. Check that the provided \
                 configuration is not deleted: {arn}."
            ),
        )
    }

    pub(crate) fn other_architecture(asked: &str, host: Architecture) -> Self {
        Self::invalid(format!(
            "This server runs on {} and cannot run code for the architecture {asked}.",
            host.as_str()
        ))
    }

    pub(crate) fn levels_need_json() -> Self {
        Self::invalid(
            "ApplicationLogLevel and SystemLogLevel can only be set when LogFormat is JSON.",
        )
    }

    /// observed.
    pub(crate) fn image_for_a_zip() -> Self {
        Self::invalid(
            "Please don't provide ImageUri when updating a function with packageType Zip.",
        )
    }

    /// observed.
    pub(crate) fn alias_not_deletable() -> Self {
        Self::invalid("Deletion of aliases is not currently supported.")
    }
}

impl From<RuntimeRefusal> for Error {
    fn from(refusal: RuntimeRefusal) -> Self {
        Self::invalid(match refusal {
            // observed.
            RuntimeRefusal::Unknown(text) => {
                let all: Vec<String> = Runtime::all().iter().map(ToString::to_string).collect();
                format!(
                    "Value {text} at 'runtime' failed to satisfy constraint: Member must satisfy \
                     enum value set: [{}] or be a valid ARN",
                    all.join(", ")
                )
            }
            // observed.
            RuntimeRefusal::Deprecated(text) => format!(
                "The runtime parameter of {text} is no longer supported for creating or updating \
                 AWS Lambda functions. We recommend you use a supported runtime while creating or \
                 updating functions."
            ),
            RuntimeRefusal::NotOffered(text) => {
                format!("This server does not offer the runtime {text}.")
            }
        })
    }
}

/// What does not exist.
impl Error {
    /// observed.
    pub(crate) fn function_not_found(home: &Home, name: &FunctionName) -> Self {
        Self::not_found(format!("Function not found: {}", home.function_arn(name)))
    }

    /// observed: a qualified call names the qualifier.
    pub(crate) fn target_not_found(home: &Home, target: &Target) -> Self {
        let arn = home.qualified_arn(&target.function, target.qualifier.as_ref());
        Self::not_found(format!("Function not found: {arn}"))
    }

    /// observed.
    pub(crate) fn alias_not_found(home: &Home, name: &FunctionName, alias: &AliasName) -> Self {
        let arn = home.qualified_arn(name, Some(alias));
        Self::not_found(format!("Cannot find alias arn: {arn}"))
    }

    /// observed: `kind` is what the ARN names, such as `Event source mapping`.
    pub(crate) fn resource_not_found(kind: &str, arn: &str) -> Self {
        Self::not_found(format!("{kind} not found: {arn}"))
    }

    fn not_found(message: String) -> Self {
        Self::new(ErrorName::ResourceNotFoundException, message)
    }

    /// observed for the alias that an update names.
    fn alias_to_update_not_found(home: &Home, name: &FunctionName, alias: &AliasName) -> Self {
        let arn = home.qualified_arn(name, Some(alias));
        Self::not_found(format!("Alias not found: {arn}"))
    }
}

/// What is in the way.
impl Error {
    /// AWS's own words, grammar included. observed.
    pub(crate) fn function_exists(name: &FunctionName) -> Self {
        Self::conflict(format!("Function already exist: {name}"))
    }

    fn conflict(message: impl Into<String>) -> Self {
        Self::new(ErrorName::ResourceConflictException, message)
    }

    fn not_ready(state: &State) -> Self {
        let state = match state {
            State::Pending => "Pending",
            State::Active => "Active",
            State::Failed { .. } => "Failed",
        };
        Self::conflict(format!(
            "The operation cannot be performed at this time. The function is currently in the \
             following state: {state}"
        ))
    }

    pub(crate) fn code_storage_full() -> Self {
        Self::new(
            ErrorName::CodeStorageExceededException,
            "Code storage limit exceeded.",
        )
    }

    /// Why a reference to a function means none of ours; `operation` is what was asked of it.
    pub(crate) fn target(home: &Home, error: TargetError, operation: Operation) -> Self {
        let action = operation.iam_action();
        match error {
            TargetError::Name(error) => error.into(),
            // observed.
            TargetError::QualifiersDiffer => Self::invalid(
                "The derived qualifier from the function name does not match the specified qualifier.",
            ),
            // observed.
            TargetError::OtherRegion { region } => Self::not_found(format!(
                "Functions from '{region}' are not reachable in this region ('{}')",
                home.region
            )),
            // observed.
            TargetError::OtherAccount { arn, .. } => Self::new(
                ErrorName::AccessDeniedException,
                format!(
                    "User: arn:{}:iam::{}:root is not authorized to perform: lambda:{action} on \
                     resource: {arn} because no resource-based policy allows the lambda:{action} action",
                    home.partition, home.account
                ),
            ),
        }
    }

    /// Why a change of the function `name` is refused.
    pub(crate) fn refused(home: &Home, name: &FunctionName, refusal: Refusal) -> Self {
        match refusal {
            // observed.
            Refusal::RevisionDiffers => Self::new(
                ErrorName::PreconditionFailedException,
                "The Revision Id provided does not match the latest Revision Id. Call the \
                 GetFunction/GetAlias API to retrieve the latest Revision Id",
            ),
            Refusal::Pending => Self::not_ready(&State::Pending),
            // observed.
            Refusal::UpdateInProgress => Self::conflict(format!(
                "The operation cannot be performed at this time. An update is in progress for \
                 resource: {}",
                home.function_arn(name)
            )),
            // observed.
            Refusal::AliasExists { name: alias } => Self::conflict(format!(
                "Alias already exists: {}",
                home.qualified_arn(name, Some(&alias))
            )),
            Refusal::NoSuchAlias { name: alias } => {
                Self::alias_to_update_not_found(home, name, &alias)
            }
            Refusal::NoSuchVersion { version } => {
                let arn = home.qualified_arn(name, Some(&version));
                Self::not_found(format!("Function not found: {arn}"))
            }
            Refusal::VersionInUse { aliases } => Self::conflict(format!(
                "The version cannot be deleted while aliases refer to it: {}.",
                aliases.join(", ")
            )),
            Refusal::Superseded => Self::internal(&refusal),
            refusal => Self::invalid(invalid_text(&refusal)),
        }
    }
}

/// The texts of the refusals that are `InvalidParameterValueException`.
fn invalid_text(refusal: &Refusal) -> String {
    match refusal {
        // observed.
        Refusal::EnvironmentTooLarge { measured } => format!(
            "Lambda was unable to configure your environment variables because the environment \
             variables you have provided exceeded the 4KB limit. String measured: {measured}"
        ),
        // observed.
        Refusal::ReservedKeys { keys } => format!(
            "Lambda was unable to configure your environment variables because the environment \
             variables you have provided contains reserved keys that are currently not supported \
             for modification. Reserved keys used in this request: {}",
            keys.join(", ")
        ),
        Refusal::OutOfRange { setting, max, .. } => format!(
            "'{setting}' value failed to satisfy constraint: Member must have value less than or \
             equal to {max}"
        ),
        Refusal::HandlerMissing { .. } => Error::runtime_missing().message,
        // observed.
        Refusal::CodeDiffers { given, current } => format!(
            "CodeSHA256 ({given}) is different from current CodeSHA256 in $LATEST ({current}). \
             Please try again with the CodeSHA256 in $LATEST."
        ),
        // observed.
        Refusal::TooManyRoutes => {
            "Number of items in AdditionalVersionWeights cannot be greater than 1".to_owned()
        }
        // observed.
        Refusal::RouteToItself { version } => format!(
            "Invalid function version {version}. Function version {version} is already included \
             in routing configuration."
        ),
        // observed.
        Refusal::RouteWithLatest => {
            "$LATEST is not supported for an alias pointing to more than 1 version".to_owned()
        }
        // observed.
        Refusal::DeletesLatest => {
            "$LATEST version cannot be deleted without deleting the function.".to_owned()
        }
        // observed.
        Refusal::NoTags => "An error occurred and the request cannot be processed.".to_owned(),
        // observed.
        Refusal::TooManyTags => "Number of tags exceeds resource tag limit.".to_owned(),
        other => other.to_string(),
    }
}

impl From<NameError> for Error {
    /// observed for a name that is too long; the model lets nothing else pass.
    fn from(error: NameError) -> Self {
        Self::invalid(match error {
            NameError::TooLong(text) => format!(
                "1 validation error detected: Value '{text}' at 'functionName' failed to satisfy \
                 constraint: Member must have length less than or equal to {}",
                domain::limits::FUNCTION_NAME_LEN_MAX
            ),
            NameError::Character(text) | NameError::AllDigits(text) => format!(
                "1 validation error detected: Value '{text}' at 'functionName' failed to satisfy \
                 constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9-_]+"
            ),
        })
    }
}

/// What is wrong with a package.
impl From<PackageError> for Error {
    fn from(error: PackageError) -> Self {
        match error {
            // observed.
            PackageError::ZippedTooLarge { .. } => Self::new(
                ErrorName::RequestEntityTooLargeException,
                format!("Zipped size must be smaller than {CODE_ZIPPED_BYTES_MAX} bytes"),
            ),
            // observed.
            PackageError::UnzippedTooLarge => Self::invalid(format!(
                "Unzipped size must be smaller than {CODE_UNZIPPED_BYTES_MAX} bytes"
            )),
            // observed.
            PackageError::NotAZip(_) => Self::invalid(
                "Could not unzip uploaded file. Please check your file, then try to upload again.",
            ),
            PackageError::TooManyEntries { entries } => Self::invalid(format!(
                "Could not unzip uploaded file. Please check your file, then try to upload again. \
                 It has {entries} entries, more than this server takes."
            )),
            PackageError::UnsafeEntry { name, why } => Self::invalid(format!(
                "Could not unzip uploaded file. Please check your file, then try to upload again. \
                 The entry '{name}' {why}."
            )),
            PackageError::Disk(_) | PackageError::Store(_) => Self::internal(&Chain(&error)),
        }
    }
}

/// What is wrong with an invocation.
impl Error {
    /// observed: the first two parts are to the letter, the parser's message is our parser's.
    pub(crate) fn payload_not_json(error: &NotJson) -> Self {
        Self::new(
            ErrorName::InvalidRequestContentException,
            format!(
                "Could not parse request body into json: Could not parse payload into json: {}",
                error.0
            ),
        )
    }

    /// observed.
    pub(crate) fn event_too_large(bytes: usize, max: usize) -> Self {
        Self::new(
            ErrorName::RequestEntityTooLargeException,
            format!(
                "{bytes} byte payload is too large for the Event invocation type (limit {max} bytes)"
            ),
        )
    }

    /// observed: a call without a qualifier is told that `$LATEST` is missing.
    pub(crate) fn invocation(home: &Home, error: InvokeError) -> Self {
        match error {
            InvokeError::FunctionNotFound { mut target } => {
                let latest = Qualifier::Version(domain::name::Version::Latest);
                target.qualifier.get_or_insert(latest);
                Self::target_not_found(home, &target)
            }
            InvokeError::NotReady { state } => Self::not_ready(&state),
            InvokeError::Throttled { limit } => Self {
                throttle_reason: Some(throttle_reason(limit)),
                ..Self::new(ErrorName::TooManyRequestsException, "Rate Exceeded.")
            },
            InvokeError::ShuttingDown => Self::edge(
                "ServiceUnavailableException",
                StatusCode::SERVICE_UNAVAILABLE,
                "This server is shutting down.",
            ),
            InvokeError::Environment { reason } => {
                error!(reason, "execution environment not started");
                Self::new(
                    ErrorName::ServiceException,
                    format!("An execution environment could not be started: {reason}"),
                )
            }
            InvokeError::Queue(QueueError::TooLarge { bytes, max }) => {
                Self::event_too_large(bytes, max)
            }
            InvokeError::Queue(_) => Self::internal(&Chain(&error)),
        }
    }
}

fn throttle_reason(limit: invoke::ConcurrencyLimit) -> &'static str {
    match limit {
        invoke::ConcurrencyLimit::Account => "ConcurrentInvocationLimitExceeded",
    }
}

impl From<ClientContextError> for Error {
    fn from(error: ClientContextError) -> Self {
        Self::new(
            ErrorName::InvalidRequestContentException,
            match error {
                ClientContextError::TooLong { bytes } => format!(
                    "Client context must have at most {} bytes of base64, and this one has {bytes}.",
                    domain::limits::CLIENT_CONTEXT_BYTES_MAX
                ),
                ClientContextError::NotBase64 => {
                    "Client context must be base64-encoded.".to_owned()
                }
                ClientContextError::NotJson => {
                    "Client context must be a valid Base64-encoded JSON object.".to_owned()
                }
            },
        )
    }
}
