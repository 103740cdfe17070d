//! The numbers of SQS that a client can observe, and how much this server bears at once.

use std::ops::RangeInclusive;
use std::time::Duration;

/// docs: `CreateQueue` ("A queue name can have up to 80 characters"), the suffix `.fifo` included.
pub(crate) const QUEUE_NAME_LEN_MAX: usize = 80;

/// docs: `SetQueueAttributes` (`MaximumMessageSize`); also all messages of a batch together.
pub(crate) const MESSAGE_BYTES_MAX: u32 = 1_048_576;

/// docs: `SetQueueAttributes` (`MaximumMessageSize`).
pub(crate) const MESSAGE_SIZES: RangeInclusive<u32> = 1_024..=MESSAGE_BYTES_MAX;

/// docs: `SetQueueAttributes` (`DelaySeconds`).
pub(crate) const DELAY_SECONDS: RangeInclusive<u32> = 0..=900;

/// docs: `SetQueueAttributes` (`MessageRetentionPeriod`).
pub(crate) const RETENTION_SECONDS: RangeInclusive<u32> = 60..=1_209_600;

/// docs: `SetQueueAttributes` (`MessageRetentionPeriod`, four days).
pub(crate) const RETENTION_SECONDS_DEFAULT: u32 = 345_600;

/// docs: `SetQueueAttributes` (`ReceiveMessageWaitTimeSeconds`).
pub(crate) const WAIT_SECONDS: RangeInclusive<u32> = 0..=20;

/// docs: `SetQueueAttributes` (`VisibilityTimeout`).
pub(crate) const VISIBILITY_SECONDS: RangeInclusive<u32> = 0..=43_200;

/// docs: `SetQueueAttributes` (`VisibilityTimeout`).
pub(crate) const VISIBILITY_SECONDS_DEFAULT: u32 = 30;

/// docs: `ReceiveMessage` (`MaxNumberOfMessages`).
pub(crate) const RECEIVED_MESSAGES: RangeInclusive<u32> = 1..=10;

/// docs: `SendMessageBatch`.
pub(crate) const BATCH_ENTRIES_MAX: usize = 10;

/// docs: quotas related to messages ("a batched message ID can have up to 80 characters").
pub(crate) const BATCH_ID_LEN_MAX: usize = 80;

/// docs: quotas related to messages ("up to 10 metadata attributes").
pub(crate) const MESSAGE_ATTRIBUTES_MAX: usize = 10;

/// docs: message metadata (names and types "can be up to 256 characters long").
pub(crate) const ATTRIBUTE_NAME_LEN_MAX: usize = 256;

/// docs: `SendMessage` (`MessageGroupId` and `MessageDeduplicationId`).
pub(crate) const FIFO_ID_LEN_MAX: usize = 128;

/// docs: `ChangeMessageVisibility` ("a maximum of approximately 120,000 in flight messages").
pub(crate) const IN_FLIGHT_MAX: usize = 120_000;

/// docs: `PurgeQueue` (`PurgeQueueInProgress`).
pub(crate) const PURGE_INTERVAL: Duration = Duration::from_mins(1);

/// docs: `ReceiveMessage` (`ReceiveRequestAttemptId`).
pub(crate) const ATTEMPT_WINDOW: Duration = Duration::from_mins(5);

/// docs: `ListQueues` (`MaxResults`).
pub(crate) const LISTED_QUEUES: RangeInclusive<u32> = 1..=1_000;

/// docs: tagging your queues ("up to 50 tags").
pub(crate) const TAGS_MAX: usize = 50;

/// docs: tag restrictions, characters of a key.
pub(crate) const TAG_KEY_LEN_MAX: usize = 128;

/// docs: tag restrictions, characters of a value.
pub(crate) const TAG_VALUE_LEN_MAX: usize = 256;

/// docs: `SetQueueAttributes` (`RedrivePolicy`); observed: "valid values are from 1 to 1000".
pub(crate) const RECEIVE_COUNTS: RangeInclusive<u32> = 1..=1_000;

/// docs: `SetQueueAttributes` (`RedriveAllowPolicy`, "up to 10 source queue ARNs").
pub(crate) const SOURCE_QUEUES_MAX: usize = 10;

/// docs: `StartMessageMoveTask` (`MaxNumberOfMessagesPerSecond`).
pub(crate) const MOVES_PER_SECOND: RangeInclusive<u32> = 1..=500;

/// docs: `ListMessageMoveTasks` (`MaxResults`); as many are remembered of each queue.
pub(crate) const LISTED_MOVES: RangeInclusive<u32> = 1..=10;

/// docs: `StartMessageMoveTask` (100 active tasks of an account).
pub(crate) const MOVES_RUNNING_MAX: usize = 100;

/// Requests that wait for messages at the same time.
pub(crate) const POLLS_MAX: usize = 10_000;

/// Queues of this server. All of them are in memory.
pub(crate) const QUEUES_MAX: usize = 100_000;

/// Receive attempts that are remembered at the same time.
pub(crate) const ATTEMPTS_MAX: usize = 10_000;

/// What the messages of these attempts may have in all.
pub(crate) const ATTEMPTS_BYTES_MAX: usize = 64 << 20;

/// The largest request: a batch of the largest messages, every byte of which is escaped.
pub const REQUEST_BYTES_MAX: usize = 4 << 20;
