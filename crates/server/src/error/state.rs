//! What does not exist, and what is in the way.

use domain::change::Refusal;
use domain::function::State;
use domain::limits::CODE_UNZIPPED_BYTES_MAX;
use domain::name::{AliasName, FunctionName, Home, Target, TargetError};
use model::{ErrorName, Operation};

use super::Error;

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

    pub(super) fn not_found(message: String) -> Self {
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

    pub(super) fn not_ready(state: &State) -> Self {
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
                    "User: arn:{}:iam::{}:root is not authorized to perform: {action} on \
                     resource: {arn} because no resource-based policy allows the {action} action",
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
            Refusal::NothingToConfigure => Self::function_to_configure_not_found(),
            Refusal::NoEventInvokeConfig { qualifier } => {
                Self::no_event_invoke_config(home, name, &qualifier)
            }
            Refusal::DestinationsUnsupported {
                on_success,
                on_failure,
            } => Self::destinations_unsupported(on_success.as_deref(), on_failure.as_deref()),
            Refusal::EnvironmentTooLarge { .. }
            | Refusal::ReservedKeys { .. }
            | Refusal::OutOfRange { .. }
            | Refusal::HandlerMissing { .. }
            | Refusal::SnapStartRuntime { .. }
            | Refusal::SnapStartStorage { .. }
            | Refusal::CodeDiffers { .. }
            | Refusal::TooManyRoutes
            | Refusal::RouteToItself { .. }
            | Refusal::RouteWithLatest
            | Refusal::DeletesLatest
            | Refusal::NoTags
            | Refusal::TooManyTags
            | Refusal::NetworkTag { .. }
            | Refusal::UnzippedTooLarge { .. }
            | Refusal::UnreservedTooLow { .. }
            | Refusal::OwnDestination => Self::invalid(invalid_text(&refusal)),
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
        Refusal::SnapStartRuntime { runtime } => {
            format!("{runtime} is not supported for SnapStart enabled functions.")
        }
        Refusal::SnapStartStorage { max_mb } => format!(
            "SnapStart is not supported for functions with EphemeralStorage greater than {max_mb} MB."
        ),
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
        // observed.
        Refusal::UnzippedTooLarge { bytes } => format!(
            "Function code combined with layers exceeds the maximum allowed size of \
             {CODE_UNZIPPED_BYTES_MAX} bytes. The actual size is {bytes} bytes."
        ),
        // observed.
        Refusal::UnreservedTooLow { min } => format!(
            "Specified ReservedConcurrentExecutions for function decreases account's \
             UnreservedConcurrentExecution below its minimum value of [{min}]."
        ),
        // observed.
        Refusal::OwnDestination => {
            "You can't specify the function as a destination for itself.".to_owned()
        }
        Refusal::NetworkTag { .. }
        | Refusal::RevisionDiffers
        | Refusal::NothingToConfigure
        | Refusal::NoEventInvokeConfig { .. }
        | Refusal::DestinationsUnsupported { .. }
        | Refusal::Pending
        | Refusal::UpdateInProgress
        | Refusal::NoSuchVersion { .. }
        | Refusal::AliasExists { .. }
        | Refusal::NoSuchAlias { .. }
        | Refusal::VersionInUse { .. }
        | Refusal::Superseded => refusal.to_string(),
    }
}
