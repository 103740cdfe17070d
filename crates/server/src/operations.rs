//! One function per operation, and the one place that knows which of them there are.
//!
//! An operation only converts: wire shapes into the values of the crates below, calls them, and
//! their answer into a wire shape. A new operation of the model is a compile error here until
//! somebody decides what to do with it.

mod account;
mod alias;
mod code;
mod concurrency;
mod configuration;
mod destination;
mod event_invoke_config;
mod function;
mod invoke;
mod layer;
mod layer_permission;
mod response_stream;
mod subject;
mod tag;
mod version;
mod view;

use std::sync::Arc;

use bytes::Bytes;
use domain::limits::{CONTROL_REQUEST_BYTES_MAX, INVOKE_ASYNC_BYTES_MAX, SYNC_PAYLOAD_BYTES_MAX};
use http::Response;
use http::request::Parts;
use model::{Labels, Operation, WireRequest};
use uuid::Uuid;

use crate::content::Content;
use crate::error::Error;
use crate::pipeline::Edge;

/// The largest body of an operation that carries neither a package nor a payload. Ours: far above
/// what the shapes of these operations can fill.
const SMALL_BODY_BYTES_MAX: usize = 1_048_576;

/// A request that was let in and read to its end.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) request_id: Uuid,
    pub(crate) operation: Operation,
    pub(crate) labels: Labels,
    /// Who asks: the access key of the signature, if there is one.
    pub(crate) access_key: Option<String>,
    pub(crate) head: Parts,
    pub(crate) body: Bytes,
}

impl Arrived {
    fn wire(&self) -> WireRequest<'_> {
        WireRequest {
            labels: &self.labels,
            query: self.head.uri.query(),
            headers: &self.head.headers,
            body: &self.body,
        }
    }
}

/// Decides about every operation that Lambda has: the ones performed here, and the rest.
macro_rules! decide {
    (offered { $($offered:ident)* } refused { $($refused:ident)* }) => {
        /// An operation that this server performs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Offered {
            $($offered,)*
        }

        impl Offered {
            pub(crate) fn find(operation: Operation) -> Result<Self, Error> {
                match operation {
                    $(Operation::$offered => Ok(Self::$offered),)*
                    $(Operation::$refused)|* => Err(Error::not_served(operation)),
                }
            }
        }
    };
}

decide! {
    offered {
        AddLayerVersionPermission CreateAlias CreateFunction DeleteAlias DeleteFunction
        DeleteFunctionConcurrency DeleteFunctionEventInvokeConfig DeleteLayerVersion
        GetAccountSettings GetAlias GetFunction GetFunctionConcurrency GetFunctionConfiguration
        GetFunctionEventInvokeConfig GetLayerVersion GetLayerVersionByArn GetLayerVersionPolicy
        Invoke InvokeAsync InvokeWithResponseStream ListAliases ListFunctionEventInvokeConfigs ListFunctions
        ListLayerVersions ListLayers ListTags ListVersionsByFunction PublishLayerVersion
        PublishVersion PutFunctionConcurrency PutFunctionEventInvokeConfig
        RemoveLayerVersionPermission TagResource UntagResource UpdateAlias UpdateFunctionCode
        UpdateFunctionConfiguration UpdateFunctionEventInvokeConfig
    }
    refused {
        AddPermission CheckpointDurableExecution
        CreateCapacityProvider CreateCodeSigningConfig CreateEventSourceMapping
        CreateFunctionUrlConfig DeleteCapacityProvider DeleteCodeSigningConfig
        DeleteDurableExecution DeleteEventSourceMapping DeleteFunctionCodeSigningConfig
        DeleteFunctionUrlConfig DeleteProvisionedConcurrencyConfig
        DeleteResourcePolicy GetCapacityProvider GetCodeSigningConfig GetDurableExecution
        GetDurableExecutionHistory GetDurableExecutionState GetEventSourceMapping
        GetFunctionCodeSigningConfig GetFunctionRecursionConfig GetFunctionScalingConfig
        GetFunctionUrlConfig
        GetPolicy GetProvisionedConcurrencyConfig GetResourcePolicy GetRuntimeManagementConfig
        ListCapacityProviders ListCodeSigningConfigs
        ListDurableExecutionsByFunction ListEventSourceMappings ListFunctionUrlConfigs
        ListFunctionVersionsByCapacityProvider ListFunctionsByCodeSigningConfig
        ListProvisionedConcurrencyConfigs PauseDurableExecution
        PutFunctionCodeSigningConfig PutFunctionRecursionConfig
        PutFunctionScalingConfig PutProvisionedConcurrencyConfig PutResourcePolicy
        PutRuntimeManagementConfig RemovePermission
        ResumeDurableExecution SendDurableExecutionCallbackFailure
        SendDurableExecutionCallbackHeartbeat SendDurableExecutionCallbackSuccess
        StopDurableExecution UpdateCapacityProvider UpdateCodeSigningConfig
        UpdateEventSourceMapping UpdateFunctionUrlConfig
    }
}

/// How large an operation's body may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyBounds {
    pub(crate) bytes_max: usize,
    /// Whether the body holds a package, which takes a lot of memory to work on.
    pub(crate) is_upload: bool,
}

impl Offered {
    pub(crate) fn body_bounds(self) -> BodyBounds {
        let (bytes_max, is_upload) = match self {
            Self::Invoke | Self::InvokeWithResponseStream => (SYNC_PAYLOAD_BYTES_MAX, false),
            Self::InvokeAsync => (INVOKE_ASYNC_BYTES_MAX, false),
            Self::CreateFunction | Self::PublishLayerVersion | Self::UpdateFunctionCode => {
                (CONTROL_REQUEST_BYTES_MAX, true)
            }
            Self::AddLayerVersionPermission
            | Self::CreateAlias
            | Self::DeleteAlias
            | Self::DeleteFunction
            | Self::DeleteFunctionConcurrency
            | Self::DeleteFunctionEventInvokeConfig
            | Self::DeleteLayerVersion
            | Self::GetAccountSettings
            | Self::GetAlias
            | Self::GetFunction
            | Self::GetFunctionConcurrency
            | Self::GetFunctionConfiguration
            | Self::GetFunctionEventInvokeConfig
            | Self::GetLayerVersion
            | Self::GetLayerVersionByArn
            | Self::GetLayerVersionPolicy
            | Self::ListAliases
            | Self::ListFunctionEventInvokeConfigs
            | Self::ListFunctions
            | Self::ListLayerVersions
            | Self::ListLayers
            | Self::ListTags
            | Self::ListVersionsByFunction
            | Self::PublishVersion
            | Self::PutFunctionConcurrency
            | Self::PutFunctionEventInvokeConfig
            | Self::RemoveLayerVersionPermission
            | Self::TagResource
            | Self::UntagResource
            | Self::UpdateAlias
            | Self::UpdateFunctionConfiguration
            | Self::UpdateFunctionEventInvokeConfig => (SMALL_BODY_BYTES_MAX, false),
        };
        BodyBounds {
            bytes_max,
            is_upload,
        }
    }

    /// Performs the operation. Once begun it is finished, whoever waits for it.
    pub(crate) async fn perform(
        self,
        edge: Arc<Edge>,
        arrived: Arrived,
    ) -> Result<Response<Content>, Error> {
        let (edge, arrived) = (&edge, &arrived);
        let answer = match self {
            Self::AddLayerVersionPermission => layer_permission::add(edge, arrived).await,
            Self::CreateAlias => alias::create(edge, arrived).await,
            Self::CreateFunction => function::create(edge, arrived).await,
            Self::DeleteAlias => alias::delete(edge, arrived).await,
            Self::DeleteFunction => function::delete(edge, arrived).await,
            Self::DeleteFunctionConcurrency => concurrency::delete(edge, arrived).await,
            Self::DeleteFunctionEventInvokeConfig => {
                event_invoke_config::delete(edge, arrived).await
            }
            Self::DeleteLayerVersion => layer::delete(edge, arrived).await,
            Self::GetAccountSettings => account::get_settings(edge, arrived),
            Self::GetAlias => alias::get(edge, arrived),
            Self::GetFunction => function::get(edge, arrived),
            Self::GetFunctionConcurrency => concurrency::get(edge, arrived),
            Self::GetFunctionConfiguration => function::get_configuration(edge, arrived),
            Self::GetFunctionEventInvokeConfig => event_invoke_config::get(edge, arrived),
            Self::GetLayerVersion => layer::get(edge, arrived),
            Self::GetLayerVersionByArn => layer::get_by_arn(edge, arrived),
            Self::GetLayerVersionPolicy => layer_permission::get(edge, arrived),
            Self::Invoke => invoke::invoke(edge, arrived).await,
            Self::InvokeAsync => invoke::invoke_async(edge, arrived).await,
            Self::InvokeWithResponseStream => return response_stream::invoke(edge, arrived).await,
            Self::ListAliases => alias::list(edge, arrived),
            Self::ListFunctionEventInvokeConfigs => event_invoke_config::list(edge, arrived),
            Self::ListFunctions => function::list(edge, arrived),
            Self::ListLayerVersions => layer::list_versions(edge, arrived),
            Self::ListLayers => layer::list(edge, arrived),
            Self::ListTags => tag::list(edge, arrived),
            Self::ListVersionsByFunction => version::list(edge, arrived),
            Self::PublishLayerVersion => layer::publish(edge, arrived).await,
            Self::PublishVersion => version::publish(edge, arrived).await,
            Self::PutFunctionConcurrency => concurrency::put(edge, arrived).await,
            Self::PutFunctionEventInvokeConfig => event_invoke_config::put(edge, arrived).await,
            Self::RemoveLayerVersionPermission => layer_permission::remove(edge, arrived).await,
            Self::TagResource => tag::tag(edge, arrived).await,
            Self::UntagResource => tag::untag(edge, arrived).await,
            Self::UpdateAlias => alias::update(edge, arrived).await,
            Self::UpdateFunctionCode => code::update(edge, arrived).await,
            Self::UpdateFunctionConfiguration => {
                function::update_configuration(edge, arrived).await
            }
            Self::UpdateFunctionEventInvokeConfig => {
                event_invoke_config::update(edge, arrived).await
            }
        };
        answer.map(Content::whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_performed_here_is_what_the_page_of_operations_says() {
        for operation in Operation::ALL {
            assert_eq!(
                Offered::find(*operation).is_ok(),
                operation.is_served(),
                "{}",
                operation.name()
            );
        }
    }
}
