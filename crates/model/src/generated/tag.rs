//! Tags: structures and constraints.
//!
//! Written by `cargo xtask codegen`; change models/ instead.

use std::collections::BTreeMap;
use serde::{Deserialize, Serialize};
use crate::read::{ReadError, WireRequest, read};
use super::rule;
use crate::rule::{Member, Source, Structure};

/// Input of `ListTags`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagsRequest {
    pub resource: String,
}

impl ListTagsRequest {
    /// Reads and checks the input of `ListTags`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &LIST_TAGS_REQUEST)
    }
}

static LIST_TAGS_REQUEST: Structure = Structure {
    name: "ListTagsRequest",
    members: &[
        Member::required("Resource", Source::Label("Resource"), &rule::TAGGABLE_RESOURCE),
    ],
};

/// `ListTagsResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagsResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<BTreeMap<String, String>>,
}

/// Input of `TagResource`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagResourceRequest {
    pub resource: String,
    pub tags: BTreeMap<String, String>,
}

impl TagResourceRequest {
    /// Reads and checks the input of `TagResource`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &TAG_RESOURCE_REQUEST)
    }
}

static TAG_RESOURCE_REQUEST: Structure = Structure {
    name: "TagResourceRequest",
    members: &[
        Member::required(
            "Resource",
            Source::Label("Resource"),
            &rule::TAGGABLE_RESOURCE,
        ),
        Member::required("Tags", Source::Body, &rule::TAGS),
    ],
};

/// Input of `UntagResource`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UntagResourceRequest {
    pub resource: String,
    pub tag_keys: Vec<String>,
}

impl UntagResourceRequest {
    /// Reads and checks the input of `UntagResource`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &UNTAG_RESOURCE_REQUEST)
    }
}

static UNTAG_RESOURCE_REQUEST: Structure = Structure {
    name: "UntagResourceRequest",
    members: &[
        Member::required(
            "Resource",
            Source::Label("Resource"),
            &rule::TAGGABLE_RESOURCE,
        ),
        Member::required("TagKeys", Source::Query("tagKeys"), &rule::TAG_KEY_LIST),
    ],
};
