//! How the document of a layer is stored.

use domain::layer::Layer;

use crate::documents::Document;

impl Document for Layer {
    const KIND: &'static str = "layer";
    const FORMAT: u32 = 1;

    fn key(&self) -> String {
        self.name.to_string()
    }
}
