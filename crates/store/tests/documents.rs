//! Documents in memory follow the store, whatever happens to those who change them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::num::NonZeroUsize;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use domain::function::Function;
use domain::layer::Layer;
use serde::{Deserialize, Serialize};
use store::documents::{ChangeError, CreateError, Document, Documents};
use store::memory::Memory;
use store::{Expect, Key, Op, Page, Revision, Store, StoreError, VALUE_BYTES_MAX, Versioned};
use tokio::sync::Semaphore;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Note {
    name: String,
    text: String,
}

impl Document for Note {
    const KIND: &'static str = "note";
    const FORMAT: u32 = 3;

    fn key(&self) -> String {
        self.name.clone()
    }
}

fn a_note(text: &str) -> Note {
    Note {
        name: "a".to_owned(),
        text: text.to_owned(),
    }
}

#[derive(Debug, thiserror::Error)]
#[error("never")]
enum Never {}

/// A store whose commits are done at once and answered when the test says so.
#[derive(Debug)]
struct SlowToAnswer {
    memory: Memory,
    committed: Semaphore,
    answers: Semaphore,
}

impl SlowToAnswer {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            memory: Memory::default(),
            committed: Semaphore::new(0),
            answers: Semaphore::new(0),
        })
    }
}

#[async_trait]
impl Store for SlowToAnswer {
    async fn get(&self, key: &Key) -> Result<Option<Versioned>, StoreError> {
        Store::get(&self.memory, key).await
    }

    async fn list(
        &self,
        prefix: &Key,
        after: Option<&Key>,
        limit: NonZeroUsize,
    ) -> Result<Page, StoreError> {
        Store::list(&self.memory, prefix, after, limit).await
    }

    async fn commit(&self, ops: Vec<Op>) -> Result<Revision, StoreError> {
        let revision = self.memory.commit(ops).await;
        self.committed.add_permits(1);
        let closed = |_| StoreError::Unavailable("no answers".to_owned());
        self.answers.acquire().await.map_err(closed)?.forget();
        revision
    }
}

#[tokio::test]
async fn memory_follows_a_write_whose_caller_has_stopped_waiting() {
    let store = SlowToAnswer::new();
    let notes = Documents::open(store.clone() as Arc<dyn Store>)
        .await
        .unwrap();
    tokio::select! {
        biased;
        created = notes.create(a_note("first")) => panic!("nobody answered: {created:?}"),
        committed = store.committed.acquire() => committed.unwrap().forget(),
    }
    assert!(notes.get("a").is_none());

    store.answers.add_permits(2);
    let again = notes.create(a_note("second")).await;

    assert!(matches!(again, Err(CreateError::Exists)), "{again:?}");
    assert_eq!(notes.get("a").unwrap().text, "first");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn memory_never_goes_back_to_an_older_document() {
    let store = SlowToAnswer::new();
    store.answers.add_permits(1_000);
    let notes = Documents::open(store.clone() as Arc<dyn Store>)
        .await
        .unwrap();
    let notes = Arc::new(notes);
    notes.create(a_note("0")).await.unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let notes = Arc::clone(&notes);
        writers.spawn(async move {
            for _ in 0..50 {
                let longer = |note: &Note| Ok::<_, Never>(a_note(&format!("{}x", note.text)));
                notes.change("a", longer).await.unwrap();
            }
        });
    }

    let mut longest = 0;
    while longest < 1 + 8 * 50 {
        let length = notes.get("a").unwrap().text.len();
        assert!(length >= longest, "{length} after {longest}");
        longest = length;
        tokio::task::yield_now().await;
    }

    writers.join_all().await;
    let stored = Store::get(&*store, &Key::new("note/a"))
        .await
        .unwrap()
        .unwrap();
    let in_memory = serde_json::to_string(&*notes.get("a").unwrap()).unwrap();
    let expected = format!(r#"{{"format":3,"document":{in_memory}}}"#);
    assert_eq!(stored.value, expected.as_bytes());
}

#[tokio::test]
async fn a_document_that_is_too_large_is_refused_and_nothing_changes() {
    let store: Arc<dyn Store> = Arc::new(Memory::default());
    let notes = Documents::open(store).await.unwrap();
    notes.create(a_note("small")).await.unwrap();

    let large = |_: &Note| Ok::<_, Never>(a_note(&"x".repeat(VALUE_BYTES_MAX)));
    let refused = notes.change("a", large).await.unwrap_err();

    assert!(
        matches!(refused, ChangeError::Store(StoreError::TooLarge { .. })),
        "{refused:?}"
    );
    assert_eq!(notes.get("a").unwrap().text, "small");
}

#[tokio::test]
async fn a_document_under_the_name_of_another_is_damage() {
    let store: Arc<dyn Store> = Arc::new(Memory::default());
    let put = Op::Put {
        key: Key::new("note/b"),
        value: Bytes::from_static(br#"{"format":3,"document":{"name":"a","text":""}}"#),
        expect: Expect::Absent,
    };
    store.commit(vec![put]).await.unwrap();

    let error = Documents::<Note>::open(store).await.unwrap_err();

    assert_eq!(
        error.to_string(),
        "the store is damaged: `note/b` is the document `a`"
    );
}

/// Format 1 of a function and of a layer, as servers have written them. These bytes must stay readable.
const FUNCTION_FORMAT_1: &str = include_str!("golden/function-1.json");
const LAYER_FORMAT_1: &str = include_str!("golden/layer-1.json");

#[tokio::test]
async fn a_function_that_was_stored_in_format_1_is_read_and_written_alike() {
    is_read_and_written_alike::<Function>("function/golden", FUNCTION_FORMAT_1).await;
}

#[tokio::test]
async fn a_layer_that_was_stored_in_format_1_is_read_and_written_alike() {
    is_read_and_written_alike::<Layer>("layer/golden", LAYER_FORMAT_1).await;
}

async fn is_read_and_written_alike<D: Document>(key: &str, golden: &str) {
    let store: Arc<dyn Store> = Arc::new(Memory::default());
    let golden: serde_json::Value = serde_json::from_str(golden).unwrap();
    let put = Op::Put {
        key: Key::new(key),
        value: Bytes::from(golden.to_string()),
        expect: Expect::Absent,
    };
    store.commit(vec![put]).await.unwrap();

    let documents = Documents::<D>::open(Arc::clone(&store)).await.unwrap();
    let same = |document: &D| Ok::<_, Never>(document.clone());
    documents.change("golden", same).await.unwrap();

    let written = store.get(&Key::new(key)).await.unwrap().unwrap().value;
    let written: serde_json::Value = serde_json::from_slice(&written).unwrap();
    assert_eq!(written, golden);
}
