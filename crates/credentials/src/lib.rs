//! Who calls, which region and which endpoint: what the caller was given, then the environment, then profiles.
//!
//! [`Finder::find`] answers all three for one call. What is known of the command is only how its parameters
//! are called, for the texts of errors. The modules in the order a search meets them:
//!
//! ```text
//! given, surroundings        what the command line says; environment, home, and a person to ask
//!     │
//!   finder ──▶ keys ──▶ profile ──▶ role ──▶ chain      whose keys: see `keys` for the order
//!     │                    │          └────▶ saml_role ──▶ the crate `saml`
//!     │                    └── files ──▶ ini
//!     ├──▶ region
//!     └──▶ endpoint
//! ```
//!
//! Nothing of the AWS SDK runs, and no file is opened, as long as the command line or the environment has
//! everything: a local call has to be quick.

mod chain;
mod endpoint;
mod error;
mod files;
mod finder;
mod given;
mod ini;
mod keys;
mod profile;
mod region;
mod role;
mod saml_role;
mod surroundings;

pub use endpoint::Endpoint;
pub use error::TargetError;
pub use files::profile_names;
pub use finder::{Finder, Target};
pub use given::Given;
pub use keys::Keys;
pub use surroundings::{NobodyToAsk, Prompt, Surroundings};
