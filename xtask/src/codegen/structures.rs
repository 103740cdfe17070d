//! The structures of requests and answers, their tables, and `read`: one file per group.

use std::collections::BTreeMap;

use anyhow::Context as _;
use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::Contract;
use super::facts::{Facts, Kind, Location, Member, Shape};
use super::names::{ident, screaming, snake};
use super::rules;
use super::source::render;

/// A generated structure and why it exists.
struct Structure<'a> {
    name: &'a str,
    module: &'a str,
    shape: &'a Shape,
    is_input: bool,
    is_output: bool,
    /// The operation whose whole input this is.
    reads: Option<&'a str>,
}

/// Every group's file, by module.
pub(super) fn files(contract: &Contract) -> anyhow::Result<BTreeMap<String, String>> {
    let mut modules: BTreeMap<&str, Vec<TokenStream>> = BTreeMap::new();
    for structure in structures(contract)? {
        modules
            .entry(structure.module)
            .or_default()
            .push(definition(contract, &structure)?);
    }
    let mut files = BTreeMap::new();
    for (module, definitions) in modules {
        let about = match contract.overlay.groups.get(module) {
            Some(group) => format!("{}: structures and constraints.", group.title),
            None => "Structures that more than one resource uses.".to_owned(),
        };
        let body = quote!(#(#definitions)*);
        let imports = imports(&body);
        files.insert(module.to_owned(), render(&about, quote!(#imports #body))?);
    }
    Ok(files)
}

/// Imports only what the file names, since an unused import is a warning.
fn imports(body: &TokenStream) -> TokenStream {
    let text = body.to_string();
    let names = |word: &str| {
        text.split(|character: char| !character.is_alphanumeric() && character != '_')
            .any(|found| found == word)
    };
    let mut imports = TokenStream::new();
    if names("BTreeMap") {
        imports.extend(quote!(
            use std::collections::BTreeMap;
        ));
    }
    let serde = ["Deserialize", "Serialize"].map(|word| names(word).then(|| ident(word)));
    let serde = serde.iter().flatten();
    imports.extend(quote!(use serde::{#(#serde),*};));
    if names("Blob") {
        imports.extend(quote!(
            use crate::blob::Blob;
        ));
    }
    if names("WireRequest") {
        imports.extend(quote!(
            use crate::read::{ReadError, WireRequest, read};
        ));
    }
    if names("rule") {
        imports.extend(quote!(
            use super::rule;
        ));
    }
    let tables = ["Member", "Shape", "Source", "Structure"];
    let rule: Vec<Ident> = tables
        .into_iter()
        .filter(|word| names(word))
        .map(ident)
        .collect();
    if !rule.is_empty() {
        imports.extend(quote!(use crate::rule::{#(#rule),*};));
    }
    imports
}

/// The structures by direction, as `pub use` lists for generated/mod.rs.
pub(super) fn directions(contract: &Contract) -> anyhow::Result<(TokenStream, TokenStream)> {
    let (mut inputs, mut outputs) = (BTreeMap::new(), BTreeMap::new());
    for structure in structures(contract)? {
        let module = ident(structure.module);
        let name = ident(structure.name);
        if structure.is_input {
            inputs
                .entry(module.clone())
                .or_insert_with(Vec::new)
                .push(name.clone());
        }
        if structure.is_output {
            outputs.entry(module).or_insert_with(Vec::new).push(name);
        }
    }
    let reexports = |modules: BTreeMap<Ident, Vec<Ident>>| {
        let uses = modules
            .iter()
            .map(|(module, names)| quote!(pub use super::#module::{#(#names),*};));
        quote!(#(#uses)*)
    };
    Ok((reexports(inputs), reexports(outputs)))
}

/// All structures there are types for: errors, event streams, and answers without a JSON body are left out.
fn structures(contract: &Contract) -> anyhow::Result<Vec<Structure<'_>>> {
    let mut structures = Vec::new();
    for (name, module) in &contract.reach.modules {
        let shape = contract.facts.shape(name)?;
        let reads = operation_of(&contract.facts, |operation| operation.input == *name);
        let answers = operation_of(&contract.facts, |operation| {
            operation.output.as_ref() == Some(name)
        });
        let has_no_json = !shape.members.0.is_empty() && shape.json_members().next().is_none();
        let carries_bytes = shape
            .members
            .0
            .iter()
            .any(|(_, member)| member.event_payload);
        if shape.eventstream || carries_bytes || (answers.is_some() && has_no_json) {
            continue;
        }
        structures.push(Structure {
            name,
            module,
            shape,
            is_input: contract.reach.inputs.contains(name),
            is_output: contract.reach.outputs.contains(name),
            reads,
        });
    }
    Ok(structures)
}

fn operation_of(facts: &Facts, is_it: impl Fn(&super::facts::Operation) -> bool) -> Option<&str> {
    facts
        .operations
        .iter()
        .find(|(_, operation)| is_it(operation))
        .map(|(name, _)| name.as_str())
}

fn definition(contract: &Contract, structure: &Structure<'_>) -> anyhow::Result<TokenStream> {
    let name = ident(structure.name);
    let doc = match structure.reads {
        Some(operation) => format!(" Input of `{operation}`."),
        None => format!(" `{}` of the model.", structure.name),
    };
    let fields = fields(contract, structure)?;
    let deserialize = structure.is_input.then(|| quote!(, Deserialize));
    let serialize = structure.is_output.then(|| quote!(, Serialize));
    let hides = structure
        .shape
        .members
        .0
        .iter()
        .any(|(_, member)| is_secret(contract, member));
    let debug = (!hides).then(|| quote!(, Debug));
    let debug_impl = hides.then(|| debug_impl(contract, structure));
    let rename = (!structure.shape.members.0.is_empty())
        .then(|| quote!(#[serde(rename_all = "PascalCase")]));
    let tables = structure
        .is_input
        .then(|| table(contract, structure))
        .transpose()?;
    Ok(quote! {
        #[doc = #doc]
        #[derive(Clone #debug, Default, PartialEq #deserialize #serialize)]
        #rename
        pub struct #name { #(#fields)* }
        #debug_impl
        #tables
    })
}

fn is_secret(contract: &Contract, member: &Member) -> bool {
    contract
        .facts
        .shapes
        .get(&member.shape)
        .is_some_and(|shape| shape.sensitive && shape.kind != Kind::Blob)
}

/// Names the fields that may be shown and none that the model calls sensitive.
fn debug_impl(contract: &Contract, structure: &Structure<'_>) -> TokenStream {
    let name = ident(structure.name);
    let text = structure.name;
    let shown = struct_members(contract, structure)
        .filter(|(_, member)| !is_secret(contract, member))
        .map(|(member, _)| {
            let field = field_name(contract, member);
            let label = field.to_string();
            quote!(.field(#label, &self.#field))
        });
    quote! {
        impl std::fmt::Debug for #name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(#text) #(#shown)* .finish_non_exhaustive()
            }
        }
    }
}

/// The members that become fields: a request's wherever they are bound, an answer's in the JSON body.
fn struct_members<'a>(
    contract: &'a Contract,
    structure: &Structure<'a>,
) -> impl Iterator<Item = (&'a str, &'a Member)> {
    let shape = structure.shape;
    let is_request = structure.is_input;
    shape
        .members
        .0
        .iter()
        .map(|(name, member)| (name.as_str(), member))
        .filter(move |(name, member)| {
            let is_payload = shape.payload.as_deref() == Some(*name);
            let is_payload_object = is_payload && is_object(contract, member);
            if is_request {
                !is_payload || is_payload_object
            } else {
                member.location.is_none() && !is_payload
            }
        })
}

/// Whether a member that is the whole body is a JSON object, and not bytes.
fn is_object(contract: &Contract, member: &Member) -> bool {
    let shape = contract.facts.shapes.get(&member.shape);
    shape.is_some_and(|shape| shape.kind == Kind::Structure)
}

fn fields(contract: &Contract, structure: &Structure<'_>) -> anyhow::Result<Vec<TokenStream>> {
    struct_members(contract, structure)
        .map(|(name, member)| {
            let field = field_name(contract, name);
            let mut kind = rust_type(contract, structure.module, &member.shape)?;
            let required = structure.shape.requires(name);
            if !required {
                kind = quote!(Option<#kind>);
            }
            let skip = (!required && structure.is_output)
                .then(|| quote!(#[serde(skip_serializing_if = "Option::is_none")]));
            let rename =
                (pascal(&field.to_string()) != name).then(|| quote!(#[serde(rename = #name)]));
            Ok(quote!(#rename #skip pub #field: #kind,))
        })
        .collect()
}

/// What serde makes of a field's name under `rename_all = "PascalCase"`.
fn pascal(field: &str) -> String {
    field
        .trim_start_matches("r#")
        .split('_')
        .filter_map(|word| {
            let mut characters = word.chars();
            let first = characters.next()?;
            Some(first.to_uppercase().chain(characters).collect::<String>())
        })
        .collect()
}

fn field_name(contract: &Contract, member: &str) -> Ident {
    match contract.overlay.field_names.get(member) {
        Some(name) => ident(name),
        None => ident(&snake(member)),
    }
}

fn rust_type(contract: &Contract, home: &str, name: &str) -> anyhow::Result<TokenStream> {
    let shape = contract.facts.shape(name)?;
    let part = |part: &Option<String>| {
        let part = part
            .as_ref()
            .with_context(|| format!("`{name}` names no part"))?;
        rust_type(contract, home, part)
    };
    Ok(match shape.kind {
        Kind::Blob => quote!(Blob),
        Kind::Boolean => quote!(bool),
        Kind::Double | Kind::Timestamp => quote!(f64),
        Kind::Integer => quote!(i32),
        Kind::Long => quote!(i64),
        Kind::String => quote!(String),
        Kind::List => {
            let member = part(&shape.member)?;
            quote!(Vec<#member>)
        }
        Kind::Map => {
            let (key, value) = (part(&shape.key)?, part(&shape.value)?);
            quote!(BTreeMap<#key, #value>)
        }
        Kind::Structure => {
            let path = rules::path(contract, home, name)?;
            let name = ident(name);
            quote!(#path #name)
        }
    })
}

/// The static that describes a structure of a request, and `read` for a whole input.
fn table(contract: &Contract, structure: &Structure<'_>) -> anyhow::Result<TokenStream> {
    let text = structure.name;
    let table = screaming(text);
    let members = structure
        .shape
        .members
        .0
        .iter()
        .map(|(name, member)| member_row(contract, structure, name, member))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let Some(operation) = structure.reads else {
        return Ok(quote! {
            pub(crate) static #table: Shape = Shape::structure(#text, &[#(#members),*]);
        });
    };
    let name = ident(text);
    let doc = format!(" Reads and checks the input of `{operation}`.");
    Ok(quote! {
        impl #name {
            #[doc = #doc]
            pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
                read(request, &#table)
            }
        }
        static #table: Structure = Structure { name: #text, members: &[#(#members),*] };
    })
}

fn member_row(
    contract: &Contract,
    structure: &Structure<'_>,
    name: &str,
    member: &Member,
) -> anyhow::Result<TokenStream> {
    let unchecked = format!("{}${name}", structure.name);
    let shape = if contract.overlay.constraints.unchecked.contains(&unchecked) {
        "String"
    } else {
        &member.shape
    };
    let shape = rules::reference(contract, structure.module, shape)?;
    let wire = member.location_name.as_deref().unwrap_or(name);
    let source = match member.location {
        Some(Location::Uri) => quote!(Source::Label(#wire)),
        Some(Location::Querystring) => quote!(Source::Query(#wire)),
        Some(Location::Header) => {
            let wire = wire.to_lowercase();
            quote!(Source::Header(#wire))
        }
        Some(Location::StatusCode) => anyhow::bail!("`{unchecked}` binds a request to a status"),
        None if structure.shape.payload.as_deref() != Some(name) => quote!(Source::Body),
        None if is_object(contract, member) => quote!(Source::WholeBody),
        None => quote!(Source::Bytes),
    };
    // A payload's bytes are always there, if only none of them.
    let is_payload = structure.shape.payload.as_deref() == Some(name);
    let required = structure.shape.requires(name) && !is_payload;
    let constructor = ident(if required { "required" } else { "optional" });
    Ok(quote!(Member::#constructor(#name, #source, #shape)))
}
