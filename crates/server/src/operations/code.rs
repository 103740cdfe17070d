//! The code of a function: where a package may come from, and replacing it.

use bytes::Bytes;
use domain::change::CodeChange;
use domain::limits::CODE_TOTAL_BYTES_MAX;
use http::{Response, StatusCode};
use invoke::AdmittedPackage;
use model::input::{FunctionCode, UpdateFunctionCodeRequest};

use super::view::View;
use super::{Arrived, configuration, layer, subject, version};
use crate::error::Error;
use crate::pipeline::Edge;
use crate::respond;

/// The package in a request for a new function.
pub(super) fn of_creation(code: &FunctionCode) -> Result<Bytes, Error> {
    let is_set = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    for (parameter, text) in [
        ("Code.S3Bucket", &code.s3_bucket),
        ("Code.S3Key", &code.s3_key),
        ("Code.S3ObjectVersion", &code.s3_object_version),
        ("Code.ImageUri", &code.image_uri),
        ("Code.SourceKMSKeyArn", &code.source_kms_key_arn),
    ] {
        if is_set(text) {
            return Err(Error::not_offered(parameter));
        }
    }
    if code.s3_object_storage_mode.is_some() {
        return Err(Error::not_offered("Code.S3ObjectStorageMode"));
    }
    let zip = code.zip_file.clone().ok_or_else(Error::code_missing)?;
    Ok(zip.into_bytes())
}

/// The package in a request for other code.
fn of_update(input: &UpdateFunctionCodeRequest) -> Result<Bytes, Error> {
    if input.image_uri.as_ref().is_some_and(|uri| !uri.is_empty()) {
        return Err(Error::image_for_a_zip());
    }
    let is_set = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    for (parameter, text) in [
        ("S3Bucket", &input.s3_bucket),
        ("S3Key", &input.s3_key),
        ("S3ObjectVersion", &input.s3_object_version),
        ("SourceKMSKeyArn", &input.source_kms_key_arn),
    ] {
        if is_set(text) {
            return Err(Error::not_offered(parameter));
        }
    }
    if input.s3_object_storage_mode.is_some() {
        return Err(Error::not_offered("S3ObjectStorageMode"));
    }
    if input.publish_to.is_some() {
        return Err(Error::not_offered("PublishTo"));
    }
    let zip = input.zip_file.clone().ok_or_else(Error::code_missing)?;
    Ok(zip.into_bytes())
}

/// Looks at a package and keeps it, if the account has room for it.
pub(super) async fn admit(edge: &Edge, zip: Bytes) -> Result<AdmittedPackage, Error> {
    let used: u64 = edge
        .functions
        .list()
        .iter()
        .map(|function| function.code_bytes())
        .sum();
    if used + layer::code_bytes(edge) + zip.len() as u64 > CODE_TOTAL_BYTES_MAX {
        return Err(Error::code_storage_full());
    }
    Ok(edge.invoker.admit_package(zip).await?)
}

pub(super) async fn update(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = UpdateFunctionCodeRequest::read(&arrived.wire())?;
    let name = subject::whole(edge, arrived, &input.function_name)?;
    let zip = of_update(&input)?;
    let architecture = configuration::architecture(input.architectures.as_deref())?;
    let current = subject::function(edge, &name)?;
    // Held until the document that names the package is committed.
    let package = admit(edge, zip).await?;
    let publish = input.publish.unwrap_or_default();
    let change = CodeChange {
        code: package.code().clone(),
        architecture,
        publish,
    };
    let guard = input.revision_id.as_deref();
    let refused = |refusal| Error::refused(&edge.home, &name, refusal);
    if input.dry_run.unwrap_or_default() {
        let mut next = current
            .update_code(change, guard, edge.stamp())
            .map_err(refused)?;
        next.latest.state = current.latest.state.clone();
        next.latest.last_update = current.latest.last_update.clone();
        next.latest.revision = current.latest.revision;
        next.latest.modified = current.latest.modified;
        return respond::json(StatusCode::OK, &View::of_latest(edge, &next).full(None));
    }
    let function = edge
        .change(&name, |function, stamp| {
            function
                .update_code(change.clone(), guard, stamp)
                .map_err(refused)
        })
        .await?;
    drop(package);
    let output = if publish {
        let published = version::last_published(edge, &function);
        published.full(Some(&published.qualifier()))
    } else {
        View::of_latest(edge, &function).full(None)
    };
    respond::json(StatusCode::OK, &output)
}
