//! Reserved concurrency: set, show, remove.

use bytes::Bytes;
use domain::concurrency::Shares;
use domain::name::{FunctionName, Qualifier, Target, Version};
use http::{Response, StatusCode};
use model::input::{
    DeleteFunctionConcurrencyRequest, GetFunctionConcurrencyRequest, PutFunctionConcurrencyRequest,
};
use model::output::{Concurrency, GetFunctionConcurrencyResponse};

use super::{Arrived, subject};
use crate::error::Error;
use crate::pipeline::Edge;
use crate::respond;

pub(super) async fn put(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = PutFunctionConcurrencyRequest::read(&arrived.wire())?;
    let name = subject::unqualified(edge, arrived, &input.function_name)?;
    if edge.functions.get(name.as_str()).is_none() {
        return Err(latest_not_found(edge, name));
    }
    // The model's range has no negative numbers.
    let reserved = u32::try_from(input.reserved_concurrent_executions).unwrap_or_default();
    let limit = edge.invoker.account_concurrency();
    let function = edge
        .change(&name, |function, _| {
            // Only one change is decided at a time, so these are the reservations it is about.
            let all = edge.functions.list();
            let shares = Shares::of_others(limit, all.iter().map(AsRef::as_ref), function);
            function
                .reserve_concurrency(reserved, shares)
                .map_err(|refusal| Error::refused(&edge.home, &name, refusal))
        })
        .await?;
    respond::json(StatusCode::OK, &shown(function.reserved_concurrency))
}

/// observed: this operation alone names `$LATEST` of a function that is missing.
fn latest_not_found(edge: &Edge, function: FunctionName) -> Error {
    let qualifier = Some(Qualifier::Version(Version::Latest));
    let target = Target {
        function,
        qualifier,
    };
    Error::target_not_found(&edge.home, &target)
}

pub(super) fn get(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = GetFunctionConcurrencyRequest::read(&arrived.wire())?;
    let name = subject::unqualified(edge, arrived, &input.function_name)?;
    let function = subject::function(edge, &name)?;
    let Concurrency {
        reserved_concurrent_executions,
    } = shown(function.reserved_concurrency);
    let output = GetFunctionConcurrencyResponse {
        reserved_concurrent_executions,
    };
    respond::json(StatusCode::OK, &output)
}

pub(super) async fn delete(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = DeleteFunctionConcurrencyRequest::read(&arrived.wire())?;
    let name = subject::unqualified(edge, arrived, &input.function_name)?;
    edge.change(&name, |function, _| Ok(function.unreserve_concurrency()))
        .await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}

/// A reservation as a client sees it.
pub(super) fn shown(reserved: Option<u32>) -> Concurrency {
    Concurrency {
        reserved_concurrent_executions: reserved.and_then(|reserved| i32::try_from(reserved).ok()),
    }
}
