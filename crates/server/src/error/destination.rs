//! What is wrong with the settings of a function's events.

use domain::destination::DestinationError;
use domain::name::{FunctionName, Home};
use invoke::Unreachable;

use super::Error;

impl Error {
    /// observed: said before anybody looks whether the function exists.
    pub(crate) fn nothing_to_set() -> Self {
        Self::invalid("You must specify at least one of error handling or destination setting.")
    }

    /// observed: also for a version or an alias that is missing.
    pub(crate) fn function_to_configure_not_found() -> Self {
        Self::not_found("The function doesn't exist.".to_owned())
    }

    /// observed.
    pub(super) fn no_event_invoke_config(
        home: &Home,
        name: &FunctionName,
        qualifier: &str,
    ) -> Self {
        let arn = home.qualified_arn(name, Some(&qualifier));
        Self::not_found(format!(
            "The function {arn} doesn't have an EventInvokeConfig"
        ))
    }

    /// observed: a kind of ARN that cannot be a destination.
    pub(crate) fn destinations_unsupported(
        on_success: Option<&str>,
        on_failure: Option<&str>,
    ) -> Self {
        let side = |name: &str, arn: Option<&str>| match arn {
            Some(arn) => format!("{name}(destination={arn})"),
            None => "null".to_owned(),
        };
        Self::invalid(format!(
            "The provided destination config DestinationConfig(onSuccess={}, onFailure={}) is \
             invalid.",
            side("OnSuccess", on_success),
            side("OnFailure", on_failure)
        ))
    }

    /// observed: a function that does not exist.
    pub(crate) fn destination_invalid(arn: &str) -> Self {
        Self::invalid(format!("The destination ARN {arn} is invalid."))
    }

    /// AWS finds this out from permissions; here it is the place itself that is missing.
    pub(crate) fn destination_unreachable(arn: &str, why: &Unreachable) -> Self {
        Self::invalid(format!(
            "The destination ARN {arn} is invalid. It cannot be reached: {why}."
        ))
    }

    pub(crate) fn dead_letter_unsupported(error: &DestinationError) -> Self {
        Self::invalid(format!(
            "The dead-letter queue must be a standard SQS queue or a standard SNS topic: {error}."
        ))
    }
}
