//! What every engine's documents must do.

use std::num::NonZeroUsize;

use bytes::Bytes;

use crate::{Expect, Key, Op, Store, StoreError, VALUE_BYTES_MAX};

fn put(key: &str, value: &'static str, expect: Expect) -> Op {
    Op::Put {
        key: Key::new(key),
        value: Bytes::from_static(value.as_bytes()),
        expect,
    }
}

async fn value_of(store: &dyn Store, key: &str) -> Option<Bytes> {
    store
        .get(&Key::new(key))
        .await
        .unwrap()
        .map(|versioned| versioned.value)
}

pub async fn a_commit_is_read_back(store: &dyn Store) {
    let revision = store
        .commit(vec![put("a", "1", Expect::Absent)])
        .await
        .unwrap();

    let read = store.get(&Key::new("a")).await.unwrap().unwrap();

    assert_eq!((&read.value[..], read.revision), (&b"1"[..], revision));
    assert_eq!(value_of(store, "b").await, None);
}

pub async fn what_is_not_as_expected_is_a_conflict_and_changes_nothing(store: &dyn Store) {
    let first = store
        .commit(vec![put("a", "1", Expect::Absent)])
        .await
        .unwrap();
    let second = store
        .commit(vec![put("a", "2", Expect::Revision(first))])
        .await
        .unwrap();
    assert!(second > first);
    for stale in [Expect::Absent, Expect::Revision(first)] {
        let ops = vec![put("b", "new", Expect::Absent), put("a", "3", stale)];
        let refused = store.commit(ops).await.unwrap_err();
        assert_eq!(refused, StoreError::Conflict { key: "a".into() });
    }

    assert_eq!(value_of(store, "a").await.unwrap(), "2");
    assert_eq!(value_of(store, "b").await, None);
}

pub async fn a_key_that_was_deleted_never_has_an_old_revision_again(store: &dyn Store) {
    let first = store
        .commit(vec![put("a", "1", Expect::Absent)])
        .await
        .unwrap();
    let delete = Op::Delete {
        key: Key::new("a"),
        expect: Expect::Revision(first),
    };
    store.commit(vec![delete]).await.unwrap();

    let again = store
        .commit(vec![put("a", "2", Expect::Absent)])
        .await
        .unwrap();

    assert!(again > first);
    let check = Op::Check {
        key: Key::new("a"),
        expect: Expect::Revision(first),
    };
    assert!(store.commit(vec![check]).await.is_err());
}

pub async fn a_listing_goes_by_bytes_and_page_by_page(store: &dyn Store) {
    for key in ["f/b", "f/a", "f/é", "g/a", "f/", "e"] {
        store
            .commit(vec![put(key, "x", Expect::Absent)])
            .await
            .unwrap();
    }
    let limit = NonZeroUsize::new(3).unwrap();
    let prefix = Key::new("f/");

    let first = store.list(&prefix, None, limit).await.unwrap();
    let last = first.entries.last().map(|(key, _)| key.clone());
    let second = store.list(&prefix, last.as_ref(), limit).await.unwrap();

    let keys = |page: &crate::Page| -> Vec<String> {
        page.entries
            .iter()
            .map(|(key, _)| key.to_string())
            .collect()
    };
    assert_eq!(
        (keys(&first), first.has_more),
        (vec!["f/".into(), "f/a".into(), "f/b".into()], true)
    );
    assert_eq!(
        (keys(&second), second.has_more),
        (vec!["f/é".to_owned()], false)
    );
}

pub async fn a_value_that_is_too_large_is_refused(store: &dyn Store) {
    let value = Bytes::from(vec![0; VALUE_BYTES_MAX + 1]);
    let op = Op::Put {
        key: Key::new("a"),
        value,
        expect: Expect::Any,
    };
    assert!(matches!(
        store.commit(vec![op]).await,
        Err(StoreError::TooLarge { .. })
    ));
}
