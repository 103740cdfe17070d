//! Changes of layers: what is committed, and what a conflict means.

use std::sync::Arc;

use domain::layer::{Layer, LayerName, LayerVersion};
use store::documents::{ChangeError, CreateError};

use crate::error::Error;
use crate::pipeline::Edge;

impl Edge {
    /// Publishes a version, of a layer that is there or that begins with it.
    pub(crate) async fn publish_layer(
        &self,
        name: &LayerName,
        version: LayerVersion,
    ) -> Result<Arc<Layer>, Error> {
        if self.layers.get(name.as_str()).is_none() {
            let first = Layer::new(name.clone()).publish(version.clone());
            match self.layers.create(first).await {
                Ok(layer) => return Ok(layer),
                // Somebody else was faster.
                Err(CreateError::Exists) => {}
                Err(CreateError::Store(error)) => return Err(error.into()),
            }
        }
        self.change_layer(name, |layer| Ok(layer.publish(version.clone())))
            .await
    }

    /// Replaces the document of a layer by what `change` makes of it.
    pub(crate) async fn change_layer(
        &self,
        name: &LayerName,
        change: impl Fn(&Layer) -> Result<Layer, Error> + Send + Sync,
    ) -> Result<Arc<Layer>, Error> {
        let changed = self.layers.change(name.as_str(), change).await;
        changed.map_err(|error| match error {
            ChangeError::NotFound => Error::layer_version_missing(),
            ChangeError::Refused(error) => error,
            ChangeError::Store(error) => error.into(),
        })
    }
}
