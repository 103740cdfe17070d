//! What is wrong with the parameters of a request, the package among them.

use domain::function::Architecture;
use domain::limits::{CODE_UNZIPPED_BYTES_MAX, CODE_ZIPPED_BYTES_MAX, FUNCTION_NAME_LEN_MAX};
use domain::name::NameError;
use domain::runtime::{Runtime, RuntimeRefusal};
use invoke::PackageError;
use model::ErrorName;

use super::{Chain, Error};

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

impl From<NameError> for Error {
    /// observed for a name that is too long; the model lets nothing else pass.
    fn from(error: NameError) -> Self {
        Self::invalid(match error {
            NameError::TooLong(text) => format!(
                "1 validation error detected: Value '{text}' at 'functionName' failed to satisfy \
                 constraint: Member must have length less than or equal to \
                 {FUNCTION_NAME_LEN_MAX}"
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
            PackageError::Store(error) => error.into(),
            PackageError::Disk(_) => Self::internal(&Chain(&error)),
        }
    }
}
