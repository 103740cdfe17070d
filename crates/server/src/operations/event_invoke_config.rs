//! How the events of a function are treated: set, change, show, list, remove.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::change::{EventInvokeChange, Refusal, Stamp};
use domain::event_invoke::EventInvokeConfig;
use domain::function::Function;
use domain::name::{FunctionName, Qualifier, Target, Version};
use http::{Response, StatusCode};
use model::input::{
    DeleteFunctionEventInvokeConfigRequest, GetFunctionEventInvokeConfigRequest,
    ListFunctionEventInvokeConfigsRequest, PutFunctionEventInvokeConfigRequest,
    UpdateFunctionEventInvokeConfigRequest,
};
use model::output::{FunctionEventInvokeConfig, ListFunctionEventInvokeConfigsResponse};

use super::{Arrived, destination, subject, version};
use crate::error::Error;
use crate::paging::Paging;
use crate::pipeline::Edge;
use crate::respond;

/// What Put and Update can both be told.
macro_rules! change_of {
    ($input:ident) => {{
        if $input.maximum_retry_attempts.is_none()
            && $input.maximum_event_age_in_seconds.is_none()
            && $input.destination_config.is_none()
        {
            return Err(Error::nothing_to_set());
        }
        let [on_success, on_failure] = destination::sides($input.destination_config.as_ref())?;
        EventInvokeChange {
            // The model's ranges have no negative numbers.
            maximum_retry_attempts: $input
                .maximum_retry_attempts
                .and_then(|number| u8::try_from(number).ok()),
            maximum_event_age: $input
                .maximum_event_age_in_seconds
                .and_then(|number| u64::try_from(number).ok())
                .map(Duration::from_secs),
            on_success,
            on_failure,
        }
    }};
}

pub(super) async fn put(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = PutFunctionEventInvokeConfigRequest::read(&arrived.wire())?;
    let qualifier = input.qualifier.as_deref();
    let subject = Subject::read(edge, arrived, &input.function_name, qualifier)?;
    let change = change_of!(input);
    let function = subject
        .change(edge, &change, |function, qualifier, change, stamp| {
            function.put_event_invoke_config(&edge.home, qualifier, change, stamp)
        })
        .await?;
    subject.show(edge, &function)
}

pub(super) async fn update(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = UpdateFunctionEventInvokeConfigRequest::read(&arrived.wire())?;
    let qualifier = input.qualifier.as_deref();
    let subject = Subject::read(edge, arrived, &input.function_name, qualifier)?;
    let change = change_of!(input);
    let function = subject
        .change(edge, &change, |function, qualifier, change, stamp| {
            function.update_event_invoke_config(&edge.home, qualifier, change, stamp)
        })
        .await?;
    subject.show(edge, &function)
}

pub(super) fn get(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = GetFunctionEventInvokeConfigRequest::read(&arrived.wire())?;
    let qualifier = input.qualifier.as_deref();
    let subject = Subject::read(edge, arrived, &input.function_name, qualifier)?;
    // observed: a function that does not exist has no config either.
    let function = edge
        .functions
        .get(subject.name.as_str())
        .ok_or_else(|| subject.has_none(edge))?;
    subject.show(edge, &function)
}

pub(super) fn list(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = ListFunctionEventInvokeConfigsRequest::read(&arrived.wire())?;
    let name = subject::whole(edge, arrived, &input.function_name)?;
    let paging = Paging::new(input.marker.as_deref(), input.max_items)?;
    let function = edge
        .functions
        .get(name.as_str())
        .ok_or_else(Error::function_to_configure_not_found)?;
    let page = paging.cut(function.event_invoke.iter().map(|(qualifier, config)| {
        let shown = view(edge, &name, &qualifier, config);
        (key(&qualifier), shown)
    }));
    let output = ListFunctionEventInvokeConfigsResponse {
        function_event_invoke_configs: Some(page.items),
        next_marker: page.next_marker,
    };
    respond::json(StatusCode::OK, &output)
}

pub(super) async fn delete(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = DeleteFunctionEventInvokeConfigRequest::read(&arrived.wire())?;
    let qualifier = input.qualifier.as_deref();
    let subject = Subject::read(edge, arrived, &input.function_name, qualifier)?;
    subject.check_function(edge)?;
    edge.change(&subject.name, |function, _| {
        function
            .delete_event_invoke_config(&subject.qualifier)
            .map_err(|refusal| subject.refused(edge, refusal))
    })
    .await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}

/// The version or alias whose events it is about.
struct Subject {
    name: FunctionName,
    qualifier: Qualifier,
}

impl Subject {
    fn read(
        edge: &Edge,
        arrived: &Arrived,
        reference: &str,
        qualifier: Option<&str>,
    ) -> Result<Self, Error> {
        let Target {
            function,
            qualifier,
        } = subject::target(edge, arrived, reference, qualifier)?;
        Ok(Self {
            name: function,
            qualifier: qualifier.unwrap_or(Qualifier::Version(Version::Latest)),
        })
    }

    /// Changes the function, once everything that the change names is known to be there.
    async fn change(
        &self,
        edge: &Edge,
        wanted: &EventInvokeChange,
        change: impl Fn(&Function, &Qualifier, EventInvokeChange, Stamp) -> Result<Function, Refusal>
        + Send
        + Sync,
    ) -> Result<Arc<Function>, Error> {
        self.check_function(edge)?;
        destination::check_sides(edge, [&wanted.on_success, &wanted.on_failure]).await?;
        edge.change(&self.name, |function, stamp| {
            change(function, &self.qualifier, wanted.clone(), stamp)
                .map_err(|refusal| self.refused(edge, refusal))
        })
        .await
    }

    /// observed: these operations have words of their own for a function that is missing.
    fn check_function(&self, edge: &Edge) -> Result<(), Error> {
        match edge.functions.get(self.name.as_str()) {
            Some(_) => Ok(()),
            None => Err(Error::function_to_configure_not_found()),
        }
    }

    fn refused(&self, edge: &Edge, refusal: Refusal) -> Error {
        Error::refused(&edge.home, &self.name, refusal)
    }

    fn has_none(&self, edge: &Edge) -> Error {
        let qualifier = self.qualifier.to_string();
        self.refused(edge, Refusal::NoEventInvokeConfig { qualifier })
    }

    fn show(&self, edge: &Edge, function: &Function) -> Result<Response<Bytes>, Error> {
        let config = function
            .event_invoke
            .get(Some(&self.qualifier))
            .ok_or_else(|| self.has_none(edge))?;
        let output = view(edge, &self.name, &self.qualifier, config);
        respond::json(StatusCode::OK, &output)
    }
}

fn view(
    edge: &Edge,
    name: &FunctionName,
    qualifier: &Qualifier,
    config: &EventInvokeConfig,
) -> FunctionEventInvokeConfig {
    let modified = Duration::from_millis(config.modified.as_millis());
    FunctionEventInvokeConfig {
        last_modified: Some(modified.as_secs_f64()),
        function_arn: Some(edge.home.qualified_arn(name, Some(qualifier))),
        maximum_retry_attempts: config.maximum_retry_attempts.map(i32::from),
        maximum_event_age_in_seconds: config
            .maximum_event_age
            .and_then(|age| i32::try_from(age.as_secs()).ok()),
        destination_config: Some(destination::shown(config)),
    }
}

/// A text that sorts as the list does: `$LATEST`, the versions, the aliases.
fn key(qualifier: &Qualifier) -> String {
    match qualifier {
        Qualifier::Version(number) => format!("1 {}", version::key(*number)),
        Qualifier::Alias(_) | Qualifier::Nothing(_) => format!("2 {qualifier}"),
    }
}
