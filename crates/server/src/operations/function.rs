//! Functions: create, show, list, configure, delete.

use std::sync::Arc;

use bytes::Bytes;
use domain::change::Draft;
use domain::function::{Code, Configuration, Function};
use domain::name::{Qualifier, Target, Version};
use http::header::HOST;
use http::{Response, StatusCode};
use model::input::{
    CreateFunctionRequest, DeleteFunctionRequest, GetFunctionConfigurationRequest,
    GetFunctionRequest, ListFunctionsRequest, UpdateFunctionConfigurationRequest,
};
use model::output::{
    FunctionCodeLocation, FunctionConfiguration, GetFunctionResponse, ListFunctionsResponse,
};

use super::view::View;
use super::{Arrived, code, concurrency, configuration, destination, layer, subject, version};
use crate::error::Error;
use crate::paging::Paging;
use crate::pipeline::Edge;
use crate::respond;

pub(super) async fn create(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = CreateFunctionRequest::read(&arrived.wire())?;
    let name = subject::whole(edge, arrived, &input.function_name)?;
    configuration::refuse_in_creation(&input)?;
    let mut wanted = layer::wanted(edge, input.layers.as_ref()).await?;
    let configuration = configuration::of_new(&input, wanted.layers.take())?;
    configuration::check_runtime(edge, Some(configuration.runtime))?;
    if edge.functions.get(name.as_str()).is_some() {
        return Err(Error::function_exists(&name));
    }
    destination::check_dead_letter(edge, configuration.dead_letter.as_ref()).await?;
    let zip = code::of_creation(&input.code)?;
    // Held until the document that names the package is committed.
    let package = code::admit(edge, zip).await?;
    let publish = input.publish.unwrap_or_default();
    let draft = Draft {
        name: name.clone(),
        code: package.code().clone(),
        configuration,
        tags: input.tags.unwrap_or_default(),
        publish,
    };
    let function = Function::create(draft, edge.stamp())
        .map_err(|refusal| Error::refused(&edge.home, &name, refusal))?;
    let function = edge.create(function).await?;
    drop((package, wanted));
    let view = if publish {
        version::last_published(edge, &function)
    } else {
        View::of_latest(edge, &function)
    };
    // observed: the ARN is unqualified even if a version was published.
    respond::json(StatusCode::CREATED, &view.full(None))
}

pub(super) fn get(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = GetFunctionRequest::read(&arrived.wire())?;
    let qualifier = input.qualifier.as_deref();
    let target = subject::target(edge, arrived, &input.function_name, qualifier)?;
    let (function, configuration) = shown(edge, &target)?;
    let (_, snapshot) = subject::version(edge, &function, &target)?;
    let output = GetFunctionResponse {
        configuration: Some(configuration),
        code: Some(FunctionCodeLocation {
            repository_type: Some("S3".into()),
            location: Some(location(edge, arrived, &snapshot.code)),
            ..FunctionCodeLocation::default()
        }),
        concurrency: function
            .reserved_concurrency
            .map(|reserved| concurrency::shown(Some(reserved))),
        tags: (!function.tags.is_empty()).then(|| function.tags.clone()),
        ..GetFunctionResponse::default()
    };
    respond::json(StatusCode::OK, &output)
}

pub(super) fn get_configuration(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = GetFunctionConfigurationRequest::read(&arrived.wire())?;
    let qualifier = input.qualifier.as_deref();
    let target = subject::target(edge, arrived, &input.function_name, qualifier)?;
    let (_, configuration) = shown(edge, &target)?;
    respond::json(StatusCode::OK, &configuration)
}

/// A function, and the version of it that was asked for as a client sees it.
fn shown(edge: &Edge, target: &Target) -> Result<(Arc<Function>, FunctionConfiguration), Error> {
    let function = edge
        .functions
        .get(target.function.as_str())
        .ok_or_else(|| Error::target_not_found(&edge.home, target))?;
    let (version, snapshot) = subject::version(edge, &function, target)?;
    let view = View {
        edge,
        name: &function.name,
        version,
        snapshot,
    };
    let configuration = view.full(target.qualifier.as_ref());
    Ok((function, configuration))
}

/// Where the package can be downloaded, on the host that the client asked.
pub(super) fn location(edge: &Edge, arrived: &Arrived, code: &Code) -> String {
    let host = arrived
        .head
        .headers
        .get(HOST)
        .and_then(|host| host.to_str().ok());
    let path = edge.links.make(&code.sha256, edge.clock.now());
    format!("http://{}{path}", host.unwrap_or(&edge.authority))
}

pub(super) fn list(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = ListFunctionsRequest::read(&arrived.wire())?;
    let paging = Paging::new(input.marker.as_deref(), input.max_items)?;
    let all_versions = input.function_version.is_some();
    if input.master_region.is_some() && !all_versions {
        return Err(Error::invalid(
            "The parameter MasterRegion can only be used with FunctionVersion set to ALL.",
        ));
    }
    // Replicas of functions in other regions are what MasterRegion asks for; there are none here.
    let functions = match input.master_region {
        Some(_) => Vec::new(),
        None => edge.functions.list(),
    };
    let page = paging.cut(functions.iter().flat_map(|function| {
        version::in_order(function)
            .filter(move |(version, _)| all_versions || *version == Version::Latest)
            .map(|(version, snapshot)| {
                let view = View {
                    edge,
                    name: &function.name,
                    version,
                    snapshot,
                };
                // A blank sorts before everything that a name may contain.
                (format!("{} {}", function.name, version::key(version)), view)
            })
    }));
    let listed = page.items.iter().map(|view| {
        // model: with ALL, every entry is a version and says so in its ARN.
        let qualifier = all_versions.then_some(Qualifier::Version(view.version));
        view.listed(qualifier.as_ref())
    });
    let output = ListFunctionsResponse {
        functions: Some(listed.collect()),
        next_marker: page.next_marker,
    };
    respond::json(StatusCode::OK, &output)
}

pub(super) async fn update_configuration(
    edge: &Edge,
    arrived: &Arrived,
) -> Result<Response<Bytes>, Error> {
    let input = UpdateFunctionConfigurationRequest::read(&arrived.wire())?;
    let name = subject::whole(edge, arrived, &input.function_name)?;
    configuration::refuse_in_update(&input)?;
    // What cannot be meant is refused before anybody looks whether the function exists.
    let latest = subject::function(edge, &name)?;
    let layers = layer::wanted(edge, input.layers.as_ref()).await?;
    let change =
        |current: &Configuration| configuration::change(&input, current, layers.layers.clone());
    let wanted = change(&latest.latest.configuration)?;
    configuration::check_runtime(edge, wanted.runtime)?;
    destination::check_dead_letter(edge, wanted.dead_letter.value()).await?;
    let function = edge
        .change(&name, |function, stamp| {
            function
                .update_configuration(
                    change(&function.latest.configuration)?,
                    input.revision_id.as_deref(),
                    stamp,
                )
                .map_err(|refusal| Error::refused(&edge.home, &name, refusal))
        })
        .await?;
    respond::json(StatusCode::OK, &View::of_latest(edge, &function).full(None))
}

pub(super) async fn delete(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = DeleteFunctionRequest::read(&arrived.wire())?;
    let qualifier = input.qualifier.as_deref();
    let target = subject::target(edge, arrived, &input.function_name, qualifier)?;
    let name = &target.function;
    let Some(qualifier) = &target.qualifier else {
        edge.delete(name).await?;
        return Ok(respond::empty(StatusCode::NO_CONTENT));
    };
    // observed: a missing function is reported without the qualifier.
    let function = subject::function(edge, name)?;
    match qualifier {
        Qualifier::Version(version) => {
            edge.change(name, |function, _| {
                function
                    .delete_version(*version)
                    .map_err(|refusal| Error::refused(&edge.home, name, refusal))
            })
            .await?;
        }
        Qualifier::Alias(alias) if function.aliases.contains_key(alias) => {
            return Err(Error::alias_not_deletable());
        }
        // observed: what does not exist counts as deleted.
        Qualifier::Alias(_) | Qualifier::Nothing(_) => {}
    }
    Ok(respond::empty(StatusCode::NO_CONTENT))
}
