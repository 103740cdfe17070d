//! The errors of the model and of the front end.

use anyhow::Context as _;
use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::Contract;
use super::names::ident;
use super::source::{option, render};

struct Error<'a> {
    name: &'a str,
    status: u16,
    fault: Option<&'static str>,
    message_key: &'a str,
}

/// generated/error.rs
pub(super) fn file(contract: &Contract) -> anyhow::Result<String> {
    let errors = errors(contract)?;
    let variants = errors.iter().map(|error| ident(error.name));
    let all = errors.iter().map(|error| ident(error.name));
    let rows = errors.iter().map(row).collect::<anyhow::Result<Vec<_>>>()?;
    let count = errors.len();
    render(
        "The names of errors on the wire.",
        quote! {
            use http::StatusCode;

            /// An error AWS's Lambda answers: the exceptions of the model, and those of the front end.
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub enum ErrorName { #(#variants,)* }

            struct Row {
                wire_name: &'static str,
                status: StatusCode,
                fault: Option<&'static str>,
                message_key: &'static str,
            }

            static ROWS: [Row; #count] = [#(#rows),*];

            impl ErrorName {
                /// Every error, by name.
                pub const ALL: &'static [Self] = &[#(Self::#all,)*];

                #[expect(clippy::indexing_slicing, reason = "one row per variant, in the variants' order")]
                fn row(self) -> &'static Row {
                    &ROWS[self as usize]
                }

                /// The value of the header `X-Amzn-ErrorType`.
                pub fn wire_name(self) -> &'static str {
                    self.row().wire_name
                }

                pub fn status(self) -> StatusCode {
                    self.row().status
                }

                /// The body's `Type`: `User` or `Service`, or none for an error of the front end.
                pub fn fault(self) -> Option<&'static str> {
                    self.row().fault
                }

                /// The body's key for the text: `message` or `Message`.
                pub fn message_key(self) -> &'static str {
                    self.row().message_key
                }
            }
        },
    )
}

fn errors(contract: &Contract) -> anyhow::Result<Vec<Error<'_>>> {
    let mut errors = Vec::new();
    for (name, shape) in &contract.facts.shapes {
        let Some(traits) = &shape.error else {
            continue;
        };
        let mut keys = shape.members.0.iter().map(|(key, _)| key.as_str());
        errors.push(Error {
            name,
            status: traits.http_status_code,
            fault: Some(if shape.fault { "Service" } else { "User" }),
            message_key: keys
                .find(|key| key.eq_ignore_ascii_case("message"))
                .with_context(|| format!("`{name}` has no message"))?,
        });
    }
    errors.extend(contract.overlay.errors.iter().map(|(name, error)| Error {
        name,
        status: error.status,
        fault: None,
        message_key: &error.message_key,
    }));
    errors.sort_by_key(|error| error.name);
    Ok(errors)
}

fn row(error: &Error<'_>) -> anyhow::Result<TokenStream> {
    let (name, key) = (error.name, error.message_key);
    let status = status(error.status).with_context(|| format!("status of `{name}`"))?;
    let fault = option(error.fault);
    Ok(
        quote!(Row { wire_name: #name, status: StatusCode::#status, fault: #fault, message_key: #key }),
    )
}

/// The `http` crate's name of a status, which is a constant where a number is not.
fn status(code: u16) -> anyhow::Result<Ident> {
    Ok(ident(match code {
        400 => "BAD_REQUEST",
        402 => "PAYMENT_REQUIRED",
        403 => "FORBIDDEN",
        404 => "NOT_FOUND",
        408 => "REQUEST_TIMEOUT",
        409 => "CONFLICT",
        410 => "GONE",
        412 => "PRECONDITION_FAILED",
        413 => "PAYLOAD_TOO_LARGE",
        415 => "UNSUPPORTED_MEDIA_TYPE",
        429 => "TOO_MANY_REQUESTS",
        500 => "INTERNAL_SERVER_ERROR",
        501 => "NOT_IMPLEMENTED",
        502 => "BAD_GATEWAY",
        other => anyhow::bail!("codegen has no name for the status {other}"),
    }))
}
