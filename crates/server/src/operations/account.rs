//! What the account may use, and what it uses.

use bytes::Bytes;
use domain::concurrency::unreserved;
use domain::limits::{CODE_TOTAL_BYTES_MAX, CODE_UNZIPPED_BYTES_MAX, CODE_ZIPPED_BYTES_MAX};
use http::{Response, StatusCode};
use model::input::GetAccountSettingsRequest;
use model::output::{AccountLimit, AccountUsage, GetAccountSettingsResponse};

use super::{Arrived, layer};
use crate::error::Error;
use crate::pipeline::Edge;
use crate::respond;

pub(super) fn get_settings(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    GetAccountSettingsRequest::read(&arrived.wire())?;
    let functions = edge.functions.list();
    let code_bytes: u64 = functions.iter().map(|function| function.code_bytes()).sum();
    let code_bytes = code_bytes + layer::code_bytes(edge);
    let limit = edge.invoker.account_concurrency();
    let unreserved = unreserved(limit, functions.iter().map(AsRef::as_ref));
    let integer = |number: u32| Some(i32::try_from(number).unwrap_or(i32::MAX));
    let long = |bytes: u64| Some(i64::try_from(bytes).unwrap_or(i64::MAX));
    let output = GetAccountSettingsResponse {
        account_limit: Some(AccountLimit {
            total_code_size: long(CODE_TOTAL_BYTES_MAX),
            code_size_unzipped: long(CODE_UNZIPPED_BYTES_MAX),
            code_size_zipped: long(CODE_ZIPPED_BYTES_MAX),
            concurrent_executions: integer(limit),
            unreserved_concurrent_executions: integer(unreserved),
        }),
        account_usage: Some(AccountUsage {
            total_code_size: long(code_bytes),
            function_count: long(functions.len() as u64),
        }),
    };
    respond::json(StatusCode::OK, &output)
}
