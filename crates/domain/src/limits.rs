//! Every number that a client of Lambda can observe, with its source.
//!
//! Sources: `model:` the service's API model, `docs:` a page of the developer guide,
//! `observed:` recorded from the running service. Where they disagree, observed wins.

use std::time::Duration;

/// model: `InvocationRequest$FunctionName` ("limited to 64 characters in length").
pub const FUNCTION_NAME_LEN_MAX: usize = 64;

/// model: `Timeout` default of `CreateFunction`.
pub const TIMEOUT_DEFAULT: Duration = Duration::from_secs(3);

/// docs: gettingstarted-limits. The model's range ends at 5,400 s, which is for managed instances.
pub const TIMEOUT_MAX: Duration = Duration::from_mins(15);

/// model: `MemorySize` default of `CreateFunction`, in MB of 1,048,576 bytes.
pub const MEMORY_MB_DEFAULT: u32 = 128;

/// The least memory of a function, in megabytes.
///
/// model: the range of `MemorySize`.
pub const MEMORY_MB_MIN: u32 = 128;

/// docs: gettingstarted-limits. The model's range ends at 32,768 MB, which is for managed instances.
pub const MEMORY_MB_MAX: u32 = 10_240;

/// model: `EphemeralStorageSize`, the smallest and the default size of `/tmp`.
pub const EPHEMERAL_STORAGE_MB_DEFAULT: u32 = 512;

/// docs: gettingstarted-limits.
pub const EPHEMERAL_STORAGE_MB_MAX: u32 = 10_240;

/// docs: gettingstarted-limits; observed: the message names 4KB. Measured as compact JSON.
pub const ENVIRONMENT_BYTES_MAX: usize = 4_096;

/// docs: gettingstarted-limits.
pub const LAYERS_MAX: usize = 5;

/// model: `LayerName`.
pub const LAYER_NAME_LEN_MAX: usize = 140;

/// docs: gettingstarted-limits, resource-based policies (20 KB).
pub const LAYER_POLICY_BYTES_MAX: usize = 20_480;

/// docs: gettingstarted-limits; observed: "Number of tags exceeds resource tag limit."
pub const TAGS_MAX: usize = 50;

/// observed: "Zipped size must be smaller than 52428800 bytes".
pub const CODE_ZIPPED_BYTES_MAX: u64 = 52_428_800;

/// observed: "Unzipped size must be smaller than 262144000 bytes".
pub const CODE_UNZIPPED_BYTES_MAX: u64 = 262_144_000;

/// model: `AccountLimit$TotalCodeSize`, 75 GB.
pub const CODE_TOTAL_BYTES_MAX: u64 = 80_530_636_800;

/// observed: "Request must be smaller than 70167211 bytes for the `CreateFunction` operation".
pub const CONTROL_REQUEST_BYTES_MAX: usize = 70_167_211;

/// observed: "Request must be smaller than 6291456 bytes for the `InvokeFunction` operation".
pub const SYNC_PAYLOAD_BYTES_MAX: usize = 6_291_456;

/// observed: "(limit 1048576 bytes)" for the Event invocation type.
pub const EVENT_PAYLOAD_BYTES_MAX: usize = 1_048_576;

/// docs: API reference of the deprecated `InvokeAsync`, 256 KB.
pub const INVOKE_ASYNC_BYTES_MAX: usize = 262_144;

/// observed: "Response payload size exceeded maximum allowed payload size (6291556 bytes)."
pub const RESPONSE_BYTES_MAX: usize = 6_291_556;

/// docs: gettingstarted-limits, a streamed response (200 MB).
pub const STREAMED_RESPONSE_BYTES_MAX: usize = 209_715_200;

/// model: `InvocationRequest$ClientContext` ("up to 3,583 bytes of base64-encoded data").
pub const CLIENT_CONTEXT_BYTES_MAX: usize = 3_583;

/// model: `InvocationResponse$LogResult` ("the last 4 KB of the execution log").
pub const LOG_TAIL_BYTES_MAX: usize = 4_096;

/// docs: gettingstarted-limits, per region and account.
pub const CONCURRENT_EXECUTIONS_DEFAULT: u32 = 1_000;

/// docs: configuration-concurrency; observed: "below its minimum value of \[100\]". An account with
/// a smaller limit keeps all of it.
pub const UNRESERVED_CONCURRENCY_MIN: u32 = 100;

/// docs: lambda-runtime-environment, of on-demand functions.
pub const INIT_TIMEOUT: Duration = Duration::from_secs(10);

/// docs: snapstart (restore), which allows as long as an initialization.
pub const RESTORE_TIMEOUT: Duration = Duration::from_secs(10);

/// docs: lambda-runtime-environment; a longer timeout of the function counts instead.
pub const SNAPSHOT_INIT_TIMEOUT: Duration = Duration::from_secs(130);

/// docs: snapstart (unsupported features).
pub const SNAP_START_STORAGE_MB_MAX: u32 = 512;

/// docs: gettingstarted-limits; observed: `RLIMIT_NOFILE` in an environment.
pub const OPEN_FILES_MAX: u32 = 1_024;

/// docs: gettingstarted-limits, processes and threads together.
pub const PROCESSES_MAX: u32 = 1_024;

/// docs: gettingstarted-limits ("1 vCPU at 1,769 MB").
pub const MEMORY_MB_PER_CPU: u32 = 1_769;

/// docs: invocation-async; model: `MaximumEventAgeInSeconds` default, six hours.
pub const EVENT_AGE_MAX: Duration = Duration::from_hours(6);

/// model: `MaximumRetryAttempts` (range) and its documented default.
pub const RETRY_ATTEMPTS_MAX: u8 = 2;

/// docs: invocation-async-error-handling, the waits before the first and the second retry of a
/// function that failed.
pub const RETRY_DELAYS: [Duration; 2] = [Duration::from_mins(1), Duration::from_mins(2)];

/// docs: invocation-async-error-handling ("exponentially from 1 second after the first attempt to
/// a maximum of 5 minutes"), of events that could not run.
pub const REQUEUE_DELAY_MIN: Duration = Duration::from_secs(1);

/// docs: invocation-async-error-handling.
pub const REQUEUE_DELAY_MAX: Duration = Duration::from_mins(5);

/// docs: invocation-async-retain-records ("the first 1 KB of the error message").
pub const DEAD_LETTER_MESSAGE_BYTES_MAX: usize = 1_024;

/// docs: Amazon SQS quotas, the size of a message with its attributes.
pub const QUEUE_RECORD_BYTES_MAX: usize = 1_048_576;

/// docs: Amazon SNS quotas, the size of a message.
pub const TOPIC_RECORD_BYTES_MAX: usize = 262_144;

/// docs: Amazon `EventBridge` quotas, the size of an entry.
pub const BUS_RECORD_BYTES_MAX: usize = 262_144;

/// model: `ListFunctions` ("returns a maximum of 50 items in each response").
pub const LIST_PAGE_MAX: usize = 50;

/// model: `GetFunction` ("the presigned URL is valid for 10 minutes").
pub const CODE_LINK_TTL: Duration = Duration::from_mins(10);

/// model: `AliasRoutingConfiguration` and observed "Number of items in `AdditionalVersionWeights`
/// cannot be greater than 1".
pub const ROUTING_VERSIONS_MAX: usize = 1;

/// docs: runtimes-extensions-api ("You can register up to 10 extensions for a function").
pub const EXTENSIONS_MAX: usize = 10;

/// docs: lambda-runtime-environment, the shutdown phase with a registered external extension.
pub const SHUTDOWN_EXTERNAL_EXTENSIONS: Duration = Duration::from_secs(2);

/// docs: lambda-runtime-environment, the shutdown phase with registered internal extensions alone.
pub const SHUTDOWN_INTERNAL_EXTENSIONS: Duration = Duration::from_millis(500);

const _: () = assert!(EVENT_PAYLOAD_BYTES_MAX <= SYNC_PAYLOAD_BYTES_MAX);
const _: () = assert!(SYNC_PAYLOAD_BYTES_MAX <= RESPONSE_BYTES_MAX);
