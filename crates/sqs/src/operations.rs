//! The operations: one function each, and one `match` that names them all.

mod batch;
mod followers;
mod in_flight;
mod move_task;
mod queue;
pub(crate) mod receive;
pub(crate) mod send;
mod tag;

use std::ops::RangeInclusive;
use std::sync::Arc;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::call::{Call, Int, Operation};
use crate::error::Error;
use crate::queues::Queues;

impl Queues {
    /// Performs a call to its end.
    pub(crate) async fn perform(self: Arc<Self>, call: Call) -> Result<Value, Error> {
        let Call {
            operation,
            input,
            origin,
        } = call;
        match operation {
            Operation::CreateQueue => self.create_queue(input, &origin).await,
            Operation::GetQueueUrl => self.get_queue_url(input, &origin),
            Operation::ListQueues => self.list_queues(input, &origin),
            Operation::GetQueueAttributes => self.get_queue_attributes(input).await,
            Operation::SetQueueAttributes => self.set_queue_attributes(input).await,
            Operation::DeleteQueue => self.delete_queue(input).await,
            Operation::PurgeQueue => self.purge_queue(input).await,
            Operation::ListDeadLetterSourceQueues => {
                self.list_dead_letter_source_queues(input, &origin)
            }
            Operation::TagQueue => self.tag_queue(input).await,
            Operation::UntagQueue => self.untag_queue(input).await,
            Operation::ListQueueTags => self.list_queue_tags(input),
            Operation::SendMessage => self.send_message(input).await,
            Operation::SendMessageBatch => self.send_message_batch(input).await,
            Operation::ReceiveMessage => {
                let call = Call {
                    operation,
                    input,
                    origin,
                };
                self.receive(call, CancellationToken::new()).await
            }
            Operation::DeleteMessage => self.delete_message(input).await,
            Operation::DeleteMessageBatch => self.delete_message_batch(input).await,
            Operation::ChangeMessageVisibility => self.change_message_visibility(input).await,
            Operation::ChangeMessageVisibilityBatch => {
                self.change_message_visibility_batch(input).await
            }
            Operation::StartMessageMoveTask => self.start_message_move_task(input).await,
            Operation::CancelMessageMoveTask => self.cancel_message_move_task(input),
            Operation::ListMessageMoveTasks => self.list_message_move_tasks(input),
            Operation::AddPermission | Operation::RemovePermission => {
                Err(Error::unsupported(format!(
                    "This server does not evaluate access policies of queues, so it does not \
                     offer the operation {}.",
                    operation.name()
                )))
            }
        }
    }
}

/// A number of a request, or `default` if it is not given.
fn within(
    name: &str,
    value: Option<Int>,
    range: RangeInclusive<u32>,
    default: u32,
) -> Result<u32, Error> {
    let Some(Int(value)) = value else {
        return Ok(default);
    };
    let number = u32::try_from(value).ok();
    number
        .filter(|number| range.contains(number))
        .ok_or_else(|| {
            let (least, most) = (range.start(), range.end());
            // observed: two forms of the same reason.
            let reason = if *least == 0 {
                format!("Must be >= 0 and <= {most}, if provided")
            } else {
                format!("Must be between {least} and {most}, if provided")
            };
            Error::value(name, value, &reason)
        })
}
