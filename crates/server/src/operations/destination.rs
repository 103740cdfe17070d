//! Whether something can be sent where a client wants it, asked before the setting is kept.

use domain::change::Wanted;
use domain::destination::{DeadLetterTarget, Destination, Kind};
use domain::event_invoke::EventInvokeConfig;
use model::input::{DeadLetterConfig, DestinationConfig, OnFailure, OnSuccess};

use crate::error::Error;
use crate::pipeline::Edge;

/// The ARN of each side, if the client gives one. An empty ARN is none.
fn arns(config: &DestinationConfig) -> (Option<&str>, Option<&str>) {
    fn given(arn: Option<&String>) -> Option<&str> {
        arn.map(String::as_str).filter(|arn| !arn.is_empty())
    }
    let on_success = config.on_success.as_ref();
    let on_failure = config.on_failure.as_ref();
    (
        given(on_success.and_then(|side| side.destination.as_ref())),
        given(on_failure.and_then(|side| side.destination.as_ref())),
    )
}

/// Reads the destinations of success and of failure.
pub(super) fn sides(config: Option<&DestinationConfig>) -> Result<[Wanted<Destination>; 2], Error> {
    let Some(config) = config else {
        return Ok([Wanted::Unnamed, Wanted::Unnamed]);
    };
    let (on_success, on_failure) = arns(config);
    let side = |is_named: bool, arn: Option<&str>| match arn {
        None if is_named => Ok(Wanted::Nothing),
        None => Ok(Wanted::Unnamed),
        Some(arn) => Destination::parse(arn)
            .map(Wanted::This)
            .map_err(|_| Error::destinations_unsupported(on_success, on_failure)),
    };
    Ok([
        side(config.on_success.is_some(), on_success)?,
        side(config.on_failure.is_some(), on_failure)?,
    ])
}

/// Refuses destinations that are not there.
pub(super) async fn check_sides(
    edge: &Edge,
    sides: [&Wanted<Destination>; 2],
) -> Result<(), Error> {
    for destination in sides.into_iter().filter_map(Wanted::value) {
        check(edge, destination).await?;
    }
    Ok(())
}

/// Reads a dead-letter queue. An empty ARN takes it away.
pub(super) fn dead_letter(
    config: Option<&DeadLetterConfig>,
) -> Result<Wanted<DeadLetterTarget>, Error> {
    let Some(config) = config else {
        return Ok(Wanted::Unnamed);
    };
    match config.target_arn.as_deref() {
        None | Some("") => Ok(Wanted::Nothing),
        Some(arn) => DeadLetterTarget::parse(arn)
            .map(Wanted::This)
            .map_err(|error| Error::dead_letter_unsupported(&error)),
    }
}

/// Refuses a dead-letter queue that is not there.
pub(super) async fn check_dead_letter(
    edge: &Edge,
    target: Option<&DeadLetterTarget>,
) -> Result<(), Error> {
    match target {
        Some(target) => check(edge, target.as_destination()).await,
        None => Ok(()),
    }
}

async fn check(edge: &Edge, destination: &Destination) -> Result<(), Error> {
    match destination.function(&edge.home) {
        Some(target) => edge
            .invoker
            .knows(&target)
            .then_some(())
            .ok_or_else(|| Error::destination_invalid(destination.arn())),
        None if destination.kind() == Kind::Function => {
            Err(Error::destination_invalid(destination.arn()))
        }
        None => edge
            .invoker
            .check_destination(destination)
            .await
            .map_err(|why| Error::destination_unreachable(destination.arn(), &why)),
    }
}

/// The destinations as a client sees them: both sides always, empty without a destination.
pub(super) fn shown(config: &EventInvokeConfig) -> DestinationConfig {
    let arn = |side: Option<&Destination>| side.map(|destination| destination.arn().to_owned());
    DestinationConfig {
        on_success: Some(OnSuccess {
            destination: arn(config.on_success.as_ref()),
        }),
        on_failure: Some(OnFailure {
            destination: arn(config.on_failure.as_ref()),
        }),
    }
}
