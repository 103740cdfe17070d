//! From tokens to the text of a file.

use anyhow::Context as _;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::Contract;
use super::names::ident;
use super::structures;

/// Lays out a generated file. `about` is its first line of documentation.
pub(super) fn render(about: &str, tokens: TokenStream) -> anyhow::Result<String> {
    let file: syn::File =
        syn::parse2(tokens).with_context(|| format!("generated code does not parse: {about}"))?;
    Ok(format!(
        "//! {about}\n//!\n//! Written by `cargo xtask codegen`; change models/ instead.\n\n{}",
        spaced(&prettyplease::unparse(&file))
    ))
}

/// Puts an empty line between items, except between imports and between modules.
fn spaced(text: &str) -> String {
    let is_list = |line: &str| line.starts_with("use ") || line.contains("mod ");
    let mut spaced = String::new();
    let mut before = "";
    for line in text.lines() {
        let starts_item = !line.starts_with([' ', '}', ')', ']']) && !line.is_empty();
        let ends_item = before.ends_with([';', '}']) && !before.starts_with(' ');
        if starts_item && ends_item && !(is_list(before) && is_list(line)) {
            spaced.push('\n');
        }
        spaced.push_str(line);
        spaced.push('\n');
        before = line;
    }
    spaced
}

/// The expression of an `Option`.
pub(super) fn option(value: Option<impl ToTokens>) -> TokenStream {
    value.map_or_else(|| quote!(None), |value| quote!(Some(#value)))
}

/// generated/mod.rs: the modules, and the structures by direction.
pub(super) fn module_file<'a>(
    contract: &Contract,
    modules: impl Iterator<Item = &'a String>,
) -> anyhow::Result<String> {
    let declarations = modules.map(|module| {
        let name = ident(module);
        match module.as_str() {
            "header" | "values" => quote!(pub mod #name;),
            _ => quote!(pub(crate) mod #name;),
        }
    });
    let (inputs, outputs) = structures::directions(contract)?;
    render(
        "The wire contract, one module per resource.",
        quote! {
            #(#declarations)*
            /// What requests are read into: one structure per operation, and those they are made of.
            pub mod input { #inputs }
            /// What JSON bodies are written from. Members bound to a header or to the status are left out.
            pub mod output { #outputs }
        },
    )
}
