//! How the document of a function is stored.

use domain::function::Function;

use crate::documents::Document;

impl Document for Function {
    const KIND: &'static str = "function";
    const FORMAT: u32 = 1;

    fn key(&self) -> String {
        self.name.to_string()
    }
}
