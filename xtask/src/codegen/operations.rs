//! The operations: the enum, the way from a path to one, and the headers members are bound to.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, ensure};
use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::Contract;
use super::facts::{Location, Operation};
use super::names::{ident, screaming};
use super::source::{option, render};

/// generated/operation.rs
pub(super) fn operation_file(contract: &Contract) -> anyhow::Result<String> {
    let names: Vec<Ident> = contract
        .facts
        .operations
        .keys()
        .map(|name| ident(name))
        .collect();
    let rows = contract.facts.operations.iter().map(|(name, operation)| {
        let (uri, status, is_readonly) = (&operation.uri, operation.status, operation.readonly);
        let method = ident(&operation.method);
        let iam_action = contract.overlay.iam_action(name);
        let is_served = contract.overlay.is_served(name);
        quote! {
            Row {
                name: #name, method: Method::#method, uri_template: #uri, success_status: #status,
                iam_action: #iam_action, is_readonly: #is_readonly, is_served: #is_served
            }
        }
    });
    let count = names.len();
    render(
        "The operations, and what the model says of each as a whole.",
        quote! {
            use http::Method;

            /// An operation of the service.
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub enum Operation { #(#names,)* }

            struct Row {
                name: &'static str,
                method: Method,
                uri_template: &'static str,
                success_status: u16,
                iam_action: &'static str,
                is_readonly: bool,
                is_served: bool,
            }

            static ROWS: [Row; #count] = [#(#rows),*];

            impl Operation {
                /// Every operation, by name.
                pub const ALL: &'static [Self] = &[#(Self::#names,)*];

                #[expect(clippy::indexing_slicing, reason = "one row per variant, in the variants' order")]
                fn row(self) -> &'static Row {
                    &ROWS[self as usize]
                }

                pub fn name(self) -> &'static str {
                    self.row().name
                }

                pub fn method(self) -> Method {
                    self.row().method.clone()
                }

                /// The path with its labels in braces, and the literal part of the query where there is one.
                pub fn uri_template(self) -> &'static str {
                    self.row().uri_template
                }

                /// The status the model gives a success; `Invoke` has others too.
                pub fn success_status(self) -> u16 {
                    self.row().success_status
                }

                /// What a policy must allow, as in `lambda:InvokeFunction`.
                pub fn iam_action(self) -> &'static str {
                    self.row().iam_action
                }

                pub fn is_readonly(self) -> bool {
                    self.row().is_readonly
                }

                /// Whether the overlay lists the operation as served.
                pub fn is_served(self) -> bool {
                    self.row().is_served
                }
            }
        },
    )
}

/// A path of the model: its segments after the date, and its endpoints, narrower ones first.
struct Path<'a> {
    date: &'a str,
    segments: Vec<&'a str>,
    endpoints: Vec<Endpoint<'a>>,
}

struct Endpoint<'a> {
    query: Option<(&'a str, &'a str)>,
    name: &'a str,
    operation: &'a Operation,
}

/// generated/route.rs
pub(super) fn route_file(contract: &Contract) -> anyhow::Result<String> {
    let paths = paths(contract)?;
    let statics = paths.iter().map(|path| path_static(contract, path));
    let mut dates: BTreeMap<&str, Vec<&Path<'_>>> = BTreeMap::new();
    for path in &paths {
        dates.entry(path.date).or_default().push(path);
    }
    let finder = |date: &str| ident(&format!("under_{}", date.replace('-', "_")));
    let arms = dates.keys().map(|date| {
        let finder = finder(date);
        quote!(#date => #finder(rest))
    });
    let finders = dates.iter().map(|(date, paths)| {
        let name = finder(date);
        let arms = ordered_arms(contract, paths);
        quote! {
            fn #name(segments: &[&str]) -> Option<&'static Resource> {
                match segments {
                    #(#arms,)*
                    _ => None,
                }
            }
        }
    });
    render(
        "From a path's segments to what may be done there.",
        quote! {
            use super::operation::Operation;
            use crate::route::{Endpoint, Label, Resource};

            /// Finds a path of the model by its segments, still percent-encoded.
            pub(crate) fn resource(segments: &[&str]) -> Option<&'static Resource> {
                let (date, rest) = segments.split_first()?;
                match *date {
                    #(#arms,)*
                    _ => None,
                }
            }
            #(#finders)*
            #(#statics)*
        },
    )
}

fn paths(contract: &Contract) -> anyhow::Result<Vec<Path<'_>>> {
    let mut paths: BTreeMap<&str, Path<'_>> = BTreeMap::new();
    for (name, operation) in &contract.facts.operations {
        let (path, query) = match operation.uri.split_once('?') {
            Some((path, query)) => {
                let pair = query.split_once('=');
                (
                    path,
                    Some(pair.with_context(|| format!("query literal of `{name}`"))?),
                )
            }
            None => (operation.uri.as_str(), None),
        };
        let mut segments = path.trim_start_matches('/').split('/');
        let date = segments
            .next()
            .with_context(|| format!("path of `{name}`"))?;
        let entry = paths.entry(path).or_insert_with(|| Path {
            date,
            segments: segments.collect(),
            endpoints: Vec::new(),
        });
        entry.endpoints.push(Endpoint {
            query,
            name,
            operation,
        });
    }
    let mut paths: Vec<Path<'_>> = paths.into_values().collect();
    for path in &mut paths {
        // A query literal narrows.
        path.endpoints
            .sort_by_key(|endpoint| (endpoint.query.is_none(), endpoint.name));
    }
    let shapes: BTreeSet<_> = paths
        .iter()
        .map(|path| (path.date, wildcards(&path.segments)))
        .collect();
    ensure!(
        shapes.len() == paths.len(),
        "two paths differ in the names of their labels alone"
    );
    Ok(paths)
}

fn wildcards<'a>(segments: &[&'a str]) -> Vec<Option<&'a str>> {
    segments
        .iter()
        .map(|segment| (!segment.starts_with('{')).then_some(*segment))
        .collect()
}

fn label_name(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

fn takes_slashes(contract: &Contract, segment: &str) -> bool {
    let labels = &contract.overlay.paths.labels_with_slashes;
    label_name(segment).is_some_and(|label| labels.contains(label))
}

fn static_name(path: &Path<'_>) -> Ident {
    let names = path.endpoints.iter().map(|endpoint| endpoint.name);
    screaming(&format!("PathOf{}", names.min().unwrap_or_default()))
}

/// Match arms: those where a literal follows a label with slashes before those which end in such a label.
fn ordered_arms(contract: &Contract, paths: &[&Path<'_>]) -> Vec<TokenStream> {
    let ends_open = |path: &&&Path<'_>| {
        path.segments
            .last()
            .is_some_and(|segment| takes_slashes(contract, segment))
    };
    let closed = paths.iter().filter(|path| !ends_open(path));
    let open = paths.iter().filter(ends_open);
    closed
        .chain(open)
        .map(|path| {
            let name = static_name(path);
            let segments = path
                .segments
                .iter()
                .map(|segment| match label_name(segment) {
                    None => quote!(#segment),
                    Some(_) if takes_slashes(contract, segment) => quote!(_, ..),
                    Some(_) => quote!(_),
                });
            quote!([#(#segments),*] => Some(&#name))
        })
        .collect()
}

fn path_static(contract: &Contract, path: &Path<'_>) -> TokenStream {
    let name = static_name(path);
    let count = path.segments.len();
    let labels = path
        .segments
        .iter()
        .enumerate()
        .filter_map(|(index, segment)| {
            let label = label_name(segment)?;
            // Segments are counted with the date.
            let position = index + 1;
            let takes = takes_slashes(contract, segment).then_some(count - position);
            let takes = option(takes);
            Some(quote!(Label { name: #label, segment: #position, takes_slashes_before: #takes }))
        });
    let endpoints = path.endpoints.iter().map(|endpoint| {
        let (method, operation) = (&endpoint.operation.method, ident(endpoint.name));
        let query = option(endpoint.query.map(|(key, value)| quote!((#key, #value))));
        quote!(Endpoint { method: #method, query: #query, operation: Operation::#operation })
    });
    quote! {
        static #name: Resource = Resource { labels: &[#(#labels),*], endpoints: &[#(#endpoints),*] };
    }
}

/// generated/header.rs
pub(super) fn header_file(contract: &Contract) -> anyhow::Result<String> {
    let mut headers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (structure, shape) in &contract.facts.shapes {
        for (name, member) in &shape.members.0 {
            if member.location == Some(Location::Header) {
                let header = member.location_name.as_deref().unwrap_or(name);
                let members = headers.entry(header.to_lowercase()).or_default();
                members.insert(format!("`{structure}${name}`"));
            }
        }
    }
    let constants = headers.iter().map(|(header, members)| {
        let constant = ident(&header.to_uppercase().replace('-', "_"));
        let members: Vec<&str> = members.iter().map(String::as_str).collect();
        let doc = format!(" {}", members.join(", "));
        quote! {
            #[doc = #doc]
            pub const #constant: HeaderName = HeaderName::from_static(#header);
        }
    });
    render(
        "The headers that members of inputs, outputs and errors are bound to.",
        quote! {
            use http::HeaderName;
            #(#constants)*
        },
    )
}
