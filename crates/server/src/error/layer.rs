//! What is wrong with a layer, or with what is asked of one.

use domain::layer::{LayerReferenceError, LayersRefusal, PolicyRefusal};
use domain::limits::{LAYER_NAME_LEN_MAX, LAYER_POLICY_BYTES_MAX, LAYERS_MAX};
use domain::name::Home;
use model::ErrorName;

use super::Error;
use crate::pipeline::Edge;

impl Error {
    /// observed, of a layer that a function is to use.
    pub(crate) fn layer_missing(arn: &str) -> Self {
        Self::invalid(format!("Layer version {arn} does not exist."))
    }

    /// observed, of a layer whose policy is asked for.
    pub(crate) fn no_such_layer_version(arn: &str) -> Self {
        Self::not_found(format!("Layer version {arn} does not exist."))
    }

    /// observed, of a layer version that is asked for itself.
    pub(crate) fn layer_version_missing() -> Self {
        Self::not_found("The resource you requested does not exist.".to_owned())
    }

    /// observed.
    pub(crate) fn layer_version_too_small() -> Self {
        Self::invalid("Layer Version Cannot be less than 1")
    }

    /// observed.
    pub(crate) fn no_layer_policy() -> Self {
        Self::not_found("No policy is associated with the given resource.".to_owned())
    }

    pub(crate) fn layer_content_missing() -> Self {
        Self::invalid("Please provide a source for layer content.")
    }

    /// Why a reference means no layer of ours.
    pub(crate) fn layer_reference(
        edge: &Edge,
        error: LayerReferenceError,
        reference: &str,
    ) -> Self {
        match error {
            // The model lets no other reason pass.
            LayerReferenceError::Name(_) => Self::invalid(format!(
                "1 validation error detected: Value '{reference}' at 'layerName' failed to \
                 satisfy constraint: Member must have length less than or equal to \
                 {LAYER_NAME_LEN_MAX}"
            )),
            LayerReferenceError::Unknown(arn) => Self::layer_missing(&arn),
            // observed.
            LayerReferenceError::OtherRegion { .. } => Self::invalid(format!(
                "Layers are not in the same region as the function. Layers are expected to be in \
                 region {}.",
                edge.home.region
            )),
            LayerReferenceError::OtherAccount => {
                let Home {
                    partition, account, ..
                } = &edge.home;
                Self::new(
                    ErrorName::AccessDeniedException,
                    format!(
                        "User: arn:{partition}:iam::{account}:root is not authorized to perform: \
                         lambda:GetLayerVersion on resource: {reference} because no \
                         resource-based policy allows the lambda:GetLayerVersion action"
                    ),
                )
            }
        }
    }

    /// Why a function may not use these layers together.
    pub(crate) fn layers_refused(home: &Home, refusal: &LayersRefusal) -> Self {
        Self::invalid(match refusal {
            // observed.
            LayersRefusal::TooMany => format!("Cannot reference more than {LAYERS_MAX} layers."),
            // observed.
            LayersRefusal::SameLayer { second, first } => {
                let (second, first) = (second.arn(home), first.arn(home));
                format!(
                    "Two different versions of the same layer are not allowed to be referenced in \
                     the same function. {second} and {first} are versions of the same layer."
                )
            }
        })
    }

    /// Why the policy of the layer version `arn` stays as it is.
    pub(crate) fn layer_policy_refused(refusal: &PolicyRefusal, arn: &str) -> Self {
        match refusal {
            PolicyRefusal::NoSuchVersion => Self::no_such_layer_version(arn),
            // observed.
            PolicyRefusal::RevisionDiffers => Self::new(
                ErrorName::PreconditionFailedException,
                "The Revision Id provided does not match the latest Revision Id. Call the \
                 GetLayerPolicy API to retrieve the latest Revision Id",
            ),
            // observed.
            PolicyRefusal::StatementExists => Self::new(
                ErrorName::ResourceConflictException,
                "The statement id (SID) provided already exists. Please provide a new statement \
                 id, or remove the existing statement.",
            ),
            // observed.
            PolicyRefusal::NoSuchStatement => {
                Self::not_found("Statement SID is not found in resource policy.".to_owned())
            }
            PolicyRefusal::TooLong { bytes } => Self::new(
                ErrorName::PolicyLengthExceededException,
                format!(
                    "The final policy size ({bytes}) is bigger than the limit \
                     ({LAYER_POLICY_BYTES_MAX})."
                ),
            ),
        }
    }
}
