//! What every engine's blobs must do.

use bytes::Bytes;

use crate::{BlobRef, Blobs, StoreError};

pub async fn a_blob_is_kept_under_its_digest(blobs: &dyn Blobs) {
    let bytes = Bytes::from_static(b"some bytes");
    let blob = blobs.put(bytes.clone()).await.unwrap();
    assert_eq!(blob, BlobRef::of(&bytes));
    assert_eq!(blobs.put(bytes.clone()).await.unwrap(), blob);

    assert_eq!(blobs.get(&blob).await.unwrap(), bytes);
    assert_eq!(blobs.list().await.unwrap(), [blob]);
    blobs.delete(&blob).await.unwrap();
    blobs.delete(&blob).await.unwrap();

    assert!(matches!(
        blobs.get(&blob).await,
        Err(StoreError::NotFound(_))
    ));
}
