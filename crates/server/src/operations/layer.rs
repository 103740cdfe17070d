//! Layers: publish, show, list, delete their versions, and what functions use of them.

use std::num::NonZeroU64;
use std::sync::Arc;

use bytes::Bytes;
use domain::function::{Architecture, Code};
use domain::layer::{
    Layer, LayerName, LayerVersion, LayerVersionId, UsedLayer, check_layers, layer_arn, layer_name,
};
use http::{Response, StatusCode};
use invoke::AdmittedPackage;
use model::input::{
    DeleteLayerVersionRequest, GetLayerVersionByArnRequest, GetLayerVersionRequest,
    LayerVersionContentInput, ListLayerVersionsRequest, ListLayersRequest,
    PublishLayerVersionRequest,
};
use model::output::{
    GetLayerVersionResponse, LayerVersionContentOutput, LayerVersionsListItem, LayersListItem,
    ListLayerVersionsResponse, ListLayersResponse, PublishLayerVersionResponse,
};

use super::{Arrived, code, function};
use crate::error::Error;
use crate::paging::Paging;
use crate::pipeline::Edge;
use crate::respond;

/// Reads the layer that the path names, by its name or its ARN.
pub(super) fn named(edge: &Edge, reference: &str) -> Result<LayerName, Error> {
    layer_name(&edge.home, reference)
        .map_err(|error| Error::layer_reference(edge, error, reference))
}

/// The version that the path names. Numbers below 1 are no versions.
pub(super) fn version_id(
    edge: &Edge,
    reference: &str,
    number: i64,
) -> Result<LayerVersionId, Error> {
    let version = u64::try_from(number).ok().and_then(NonZeroU64::new);
    Ok(LayerVersionId {
        version: version.ok_or_else(Error::layer_version_too_small)?,
        layer: named(edge, reference)?,
    })
}

/// The version's record, if it is there.
pub(super) fn find(edge: &Edge, id: &LayerVersionId) -> Option<LayerVersion> {
    let layer = edge.layers.get(id.layer.as_str())?;
    layer.versions.get(&id.version).cloned()
}

pub(super) async fn publish(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = PublishLayerVersionRequest::read(&arrived.wire())?;
    let name = named(edge, &input.layer_name)?;
    let zip = package(&input.content)?;
    // Held until the document that names the package is committed.
    let package = code::admit(edge, zip).await?;
    let architectures = input.compatible_architectures.unwrap_or_default();
    let version = LayerVersion {
        content: package.code().clone(),
        description: input.description.unwrap_or_default(),
        runtimes: input.compatible_runtimes.unwrap_or_default(),
        architectures: architectures
            .iter()
            .filter_map(|text| Architecture::parse(text))
            .collect(),
        license: input.license_info,
        created: edge.clock.now(),
        policy: None,
    };
    let layer = edge.publish_layer(&name, version).await?;
    drop(package);
    let (number, version) = layer
        .last_published()
        .ok_or_else(Error::layer_version_missing)?;
    let id = LayerVersionId {
        layer: name,
        version: number,
    };
    let GetLayerVersionResponse {
        content,
        layer_arn,
        layer_version_arn,
        description,
        created_date,
        version,
        compatible_architectures,
        compatible_runtimes,
        license_info,
    } = shown(edge, arrived, &id, version);
    let output = PublishLayerVersionResponse {
        content,
        layer_arn,
        layer_version_arn,
        description,
        created_date,
        version,
        compatible_architectures,
        compatible_runtimes,
        license_info,
    };
    respond::json(StatusCode::CREATED, &output)
}

/// The package in a request for a new version.
fn package(content: &LayerVersionContentInput) -> Result<Bytes, Error> {
    let is_set = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    for (parameter, text) in [
        ("Content.S3Bucket", &content.s3_bucket),
        ("Content.S3Key", &content.s3_key),
        ("Content.S3ObjectVersion", &content.s3_object_version),
        (
            "Content.S3ObjectStorageMode",
            &content.s3_object_storage_mode,
        ),
    ] {
        if is_set(text) {
            return Err(Error::not_offered(parameter));
        }
    }
    let zip = content.zip_file.clone();
    Ok(zip.ok_or_else(Error::layer_content_missing)?.into_bytes())
}

pub(super) fn get(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = GetLayerVersionRequest::read(&arrived.wire())?;
    let id = version_id(edge, &input.layer_name, input.version_number)?;
    let version = find(edge, &id).ok_or_else(Error::layer_version_missing)?;
    respond::json(StatusCode::OK, &shown(edge, arrived, &id, &version))
}

pub(super) fn get_by_arn(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = GetLayerVersionByArnRequest::read(&arrived.wire())?;
    let id = LayerVersionId::parse(&edge.home, &input.arn)
        .map_err(|error| Error::layer_reference(edge, error, &input.arn))?;
    let version = find(edge, &id).ok_or_else(Error::layer_version_missing)?;
    respond::json(StatusCode::OK, &shown(edge, arrived, &id, &version))
}

fn shown(
    edge: &Edge,
    arrived: &Arrived,
    id: &LayerVersionId,
    version: &LayerVersion,
) -> GetLayerVersionResponse {
    let LayerVersionsListItem {
        layer_version_arn,
        version: number,
        description,
        created_date,
        compatible_architectures,
        compatible_runtimes,
        license_info,
    } = listed(edge, id, version);
    GetLayerVersionResponse {
        content: Some(LayerVersionContentOutput {
            location: Some(function::location(edge, arrived, &version.content)),
            code_sha256: Some(version.content.sha256_base64()),
            code_size: i64::try_from(version.content.size).ok(),
            ..LayerVersionContentOutput::default()
        }),
        layer_arn: Some(layer_arn(&edge.home, &id.layer)),
        layer_version_arn,
        description,
        created_date,
        version: number,
        compatible_architectures,
        compatible_runtimes,
        license_info,
    }
}

fn listed(edge: &Edge, id: &LayerVersionId, version: &LayerVersion) -> LayerVersionsListItem {
    let some = |list: Vec<String>| Some(list).filter(|list| !list.is_empty());
    let architectures = version.architectures.iter();
    LayerVersionsListItem {
        layer_version_arn: Some(id.arn(&edge.home)),
        version: i64::try_from(id.version.get()).ok(),
        description: Some(version.description.clone()),
        created_date: Some(version.created.to_lambda_timestamp()),
        compatible_architectures: some(architectures.map(|it| it.as_str().into()).collect()),
        compatible_runtimes: some(version.runtimes.clone()),
        license_info: version.license.clone(),
    }
}

/// Which versions a list is to show.
struct Filter {
    runtime: Option<String>,
    architecture: Option<Architecture>,
}

impl Filter {
    /// The values have passed the model.
    fn new(runtime: Option<String>, architecture: Option<&str>) -> Self {
        Self {
            runtime,
            architecture: architecture.and_then(Architecture::parse),
        }
    }

    /// The versions to show, the newest first.
    fn newest_first<'a>(
        &'a self,
        layer: &'a Layer,
    ) -> impl Iterator<Item = (LayerVersionId, &'a LayerVersion)> {
        let runtime = self.runtime.as_deref();
        let versions = layer.versions.iter().rev();
        versions
            .filter(move |(_, version)| version.is_for(runtime, self.architecture))
            .map(|(number, version)| {
                let (layer, version_number) = (layer.name.clone(), *number);
                let id = LayerVersionId {
                    layer,
                    version: version_number,
                };
                (id, version)
            })
    }
}

pub(super) fn list_versions(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = ListLayerVersionsRequest::read(&arrived.wire())?;
    let name = named(edge, &input.layer_name)?;
    let filter = Filter::new(
        input.compatible_runtime,
        input.compatible_architecture.as_deref(),
    );
    let paging = Paging::new(input.marker.as_deref(), input.max_items)?;
    // observed: a layer that does not exist has no versions, which is no error.
    let layer = edge.layers.get(name.as_str());
    let versions = layer.iter().flat_map(|layer| filter.newest_first(layer));
    let page = paging.cut(versions.map(|(id, version)| {
        // Sorts the other way round than the number does.
        let key = format!("{:020}", u64::MAX - id.version.get());
        (key, listed(edge, &id, version))
    }));
    let output = ListLayerVersionsResponse {
        layer_versions: Some(page.items),
        next_marker: page.next_marker,
    };
    respond::json(StatusCode::OK, &output)
}

pub(super) fn list(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = ListLayersRequest::read(&arrived.wire())?;
    let filter = Filter::new(
        input.compatible_runtime,
        input.compatible_architecture.as_deref(),
    );
    let paging = Paging::new(input.marker.as_deref(), input.max_items)?;
    let layers = edge.layers.list();
    let page = paging.cut(layers.iter().filter_map(|layer| {
        let (id, version) = filter.newest_first(layer).next()?;
        let item = LayersListItem {
            layer_name: Some(layer.name.to_string()),
            layer_arn: Some(layer_arn(&edge.home, &layer.name)),
            latest_matching_version: Some(listed(edge, &id, version)),
        };
        Some((layer.name.to_string(), item))
    }));
    let output = ListLayersResponse {
        layers: Some(page.items),
        next_marker: page.next_marker,
    };
    respond::json(StatusCode::OK, &output)
}

pub(super) async fn delete(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = DeleteLayerVersionRequest::read(&arrived.wire())?;
    let id = version_id(edge, &input.layer_name, input.version_number)?;
    if let Some(version) = find(edge, &id) {
        edge.change_layer(&id.layer, |layer| Ok(layer.delete_version(id.version)))
            .await?;
        edge.invoker.layer_version_deleted(&version.content);
    }
    Ok(respond::empty(StatusCode::NO_CONTENT))
}

/// Layers that a function is to use, and what keeps their packages until its document names them.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) layers: Option<Vec<UsedLayer>>,
    _held: Vec<AdmittedPackage>,
}

/// Looks up the layer versions that a client wants a function to use, if it says so.
pub(super) async fn wanted(edge: &Edge, arns: Option<&Vec<String>>) -> Result<Wanted, Error> {
    let Some(arns) = arns else {
        return Ok(Wanted::default());
    };
    let ids: Vec<LayerVersionId> = arns
        .iter()
        .map(|arn| {
            LayerVersionId::parse(&edge.home, arn)
                .map_err(|error| Error::layer_reference(edge, error, arn))
        })
        .collect::<Result<_, _>>()?;
    check_layers(&ids).map_err(|refusal| Error::layers_refused(&edge.home, &refusal))?;
    let mut layers = Vec::with_capacity(ids.len());
    let mut held = Vec::with_capacity(ids.len());
    for (id, arn) in ids.into_iter().zip(arns) {
        let missing = || Error::layer_missing(arn);
        let content = find(edge, &id).ok_or_else(missing)?.content;
        held.push(edge.invoker.hold_package(content.clone()).await);
        // Deleted while it was not held yet: its package may be gone.
        find(edge, &id).ok_or_else(missing)?;
        layers.push(UsedLayer { id, content });
    }
    Ok(Wanted {
        layers: Some(layers),
        _held: held,
    })
}

/// Bytes of packages that the account's layers have.
pub(super) fn code_bytes(edge: &Edge) -> u64 {
    let layers = edge.layers.list();
    layers
        .iter()
        .map(|layer: &Arc<Layer>| layer.code_bytes())
        .sum()
}

/// A function's layers as its configuration shows them.
pub(super) fn used(edge: &Edge, layers: &[UsedLayer]) -> Option<Vec<model::output::Layer>> {
    let shown = |layer: &UsedLayer| model::output::Layer {
        arn: Some(layer.id.arn(&edge.home)),
        code_size: size(&layer.content),
        ..model::output::Layer::default()
    };
    (!layers.is_empty()).then(|| layers.iter().map(shown).collect())
}

fn size(content: &Code) -> Option<i64> {
    i64::try_from(content.size).ok()
}
