//! The tables of shapes that are not structures, and the enums' values.

use anyhow::{Context as _, anyhow, bail, ensure};
use proc_macro2::TokenStream;
use quote::quote;

use super::Contract;
use super::facts::{Kind, Shape};
use super::names::{ident, screaming};
use super::source::{option, render};

/// The generated module with the tables of this file.
const HERE: &str = "rule";

/// generated/rule.rs
pub(super) fn file(contract: &Contract) -> anyhow::Result<String> {
    let mut statics = Vec::new();
    for name in &contract.reach.inputs {
        let shape = contract.facts.shape(name)?;
        if shape.kind == Kind::Structure {
            continue;
        }
        let table = screaming(name);
        let value = value(contract, name, shape)?;
        let sensitive = shape.sensitive.then(|| quote!(.sensitive()));
        statics.push(quote!(pub(crate) static #table: Shape = #value #sensitive;));
    }
    render(
        "What a request's texts, numbers, lists and maps may be.",
        quote! {
            use crate::rule::{Bounds, List, Map, Shape, Text};
            use super::{pattern, values};
            #(#statics)*
        },
    )
}

/// generated/values.rs
pub(super) fn values_file(contract: &Contract) -> anyhow::Result<String> {
    let mut statics = Vec::new();
    for (name, shape) in &contract.facts.shapes {
        let Some(values) = &shape.values else {
            continue;
        };
        let values = contract.overlay.enum_order.get(name).unwrap_or(values);
        let table = screaming(name);
        let doc = format!(" Values of `{name}`.");
        statics.push(quote! {
            #[doc = #doc]
            pub static #table: &[&str] = &[#(#values),*];
        });
    }
    render(
        "The values of the model's enums, in the order AWS's error texts print them.",
        quote!(#(#statics)*),
    )
}

/// An expression that refers to a shape's static from the module `home`.
pub(super) fn reference(
    contract: &Contract,
    home: &str,
    name: &str,
) -> anyhow::Result<TokenStream> {
    let table = screaming(name);
    if contract.facts.shape(name)?.kind != Kind::Structure {
        let path = (home != HERE).then(|| quote!(rule::));
        return Ok(quote!(&#path #table));
    }
    let path = path(contract, home, name)?;
    Ok(quote!(&#path #table))
}

/// The path in front of a structure's name: nothing where it is at home.
pub(super) fn path(contract: &Contract, home: &str, name: &str) -> anyhow::Result<TokenStream> {
    let module = contract.reach.modules.get(name);
    let module = module.with_context(|| format!("`{name}` is in no module"))?;
    if module == home {
        return Ok(TokenStream::new());
    }
    let module = ident(module);
    Ok(quote!(super::#module::))
}

fn value(contract: &Contract, name: &str, shape: &Shape) -> anyhow::Result<TokenStream> {
    let part = |part: &Option<String>| {
        let part = part
            .as_ref()
            .with_context(|| format!("`{name}` names no part"))?;
        reference(contract, HERE, part)
    };
    let length = || bounds(shape, true);
    Ok(match shape.kind {
        Kind::Boolean => quote!(Shape::boolean()),
        Kind::Timestamp => quote!(Shape::timestamp()),
        Kind::Long if shape.min.is_none() && shape.max.is_none() => quote!(Shape::long()),
        Kind::Long => bail!("`{name}` is a long with bounds, which no table can say"),
        Kind::Blob => {
            let length = length()?;
            quote!(Shape::blob(#length))
        }
        Kind::Integer => {
            let bounds = bounds(shape, true)?;
            quote!(Shape::integer(#bounds))
        }
        Kind::Double => {
            let bounds = bounds(shape, false)?;
            quote!(Shape::double(#bounds))
        }
        Kind::String => text(name, shape, &length()?),
        Kind::List => {
            let (member, length) = (part(&shape.member)?, length()?);
            let quiet = &contract.overlay.constraints.members_without_not_null;
            let says_not_null = !quiet.contains(name);
            quote!(Shape::list(List { member: #member, length: #length, says_not_null: #says_not_null }))
        }
        Kind::Map => {
            let (key, value, length) = (part(&shape.key)?, part(&shape.value)?, length()?);
            quote!(Shape::map(Map { key: #key, value: #value, length: #length }))
        }
        Kind::Structure => bail!("`{name}` is a structure"),
    })
}

fn text(name: &str, shape: &Shape, length: &TokenStream) -> TokenStream {
    let table = screaming(name);
    let pattern = option(shape.pattern.as_ref().map(|_| quote!(&pattern::#table)));
    let values = option(shape.values.as_ref().map(|_| quote!(values::#table)));
    quote!(Shape::text(Text { length: #length, pattern: #pattern, values: #values }))
}

/// `whole` bounds are written `10_000`, others `0.5`.
fn bounds(shape: &Shape, whole: bool) -> anyhow::Result<TokenStream> {
    let literal = |bound: f64| literal(bound, whole);
    Ok(
        match (
            shape.min.map(literal).transpose()?,
            shape.max.map(literal).transpose()?,
        ) {
            (None, None) => quote!(Bounds::NONE),
            (Some(min), None) => quote!(Bounds::at_least(#min)),
            (None, Some(max)) => quote!(Bounds { min: None, max: Some(#max) }),
            (Some(min), Some(max)) => quote!(Bounds::between(#min, #max)),
        },
    )
}

fn literal(bound: f64, whole: bool) -> anyhow::Result<TokenStream> {
    let text = if whole {
        ensure!(
            bound.fract() == 0.0,
            "the bound {bound} is not a whole number"
        );
        grouped(&format!("{bound}"))
    } else {
        format!("{bound:?}")
    };
    text.parse()
        .map_err(|error| anyhow!("the bound {text} is no literal: {error}"))
}

/// `31622400` to `31_622_400`.
fn grouped(digits: &str) -> String {
    if digits.len() <= 4 {
        return digits.to_owned();
    }
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push('_');
        }
        grouped.push(digit);
    }
    grouped
}
