//! Tasks that move messages out of dead-letter queues: started, listed, cancelled.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::documents::CreateError;
use uuid::Uuid;

use super::within;
use crate::call::{self, Int};
use crate::error::{Error, Kind};
use crate::limits::{LISTED_MOVES, MOVES_PER_SECOND, MOVES_RUNNING_MAX};
use crate::moves::{self, MoveTask, Status};
use crate::queue::Queue;
use crate::queues::Queues;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StartInput {
    source_arn: Option<String>,
    destination_arn: Option<String>,
    max_number_of_messages_per_second: Option<Int>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CancelInput {
    task_handle: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListInput {
    source_arn: Option<String>,
    max_results: Option<Int>,
}

/// What a task handle says, in base64.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TaskHandle {
    task_id: Uuid,
    source_arn: String,
}

impl Queues {
    pub(super) async fn start_message_move_task(
        self: Arc<Self>,
        input: Value,
    ) -> Result<Value, Error> {
        let input: StartInput = call::input(input)?;
        let source = self.resource(input.source_arn.as_deref(), "SourceArn")?;
        let destination = match input.destination_arn.as_deref() {
            None => None,
            arn => Some(self.resource(arn, "DestinationArn")?),
        };
        let name = "MaxNumberOfMessagesPerSecond";
        let rate = input.max_number_of_messages_per_second;
        let rate = match rate {
            None => None,
            rate => Some(within(name, rate, MOVES_PER_SECOND, 0)?),
        };
        let _arrangement = self.arrangement.lock().await;
        self.check_start(&source, destination.as_deref())?;
        let depth = self.events.depth(&source.name.events()).await?;
        let task = MoveTask {
            id: Uuid::new_v4(),
            source: source.name.clone(),
            destination: destination.map(|destination| destination.name.clone()),
            rate,
            started: self.now(),
            to_move: depth.due + depth.delayed,
            moved: 0,
            status: Status::Running,
        };
        self.forget_old_moves(&source).await?;
        let task = match self.moves.create(task).await {
            Ok(task) => task,
            Err(CreateError::Exists) => return Err(Error::internal(&"the task exists")),
            Err(CreateError::Store(error)) => return Err(error.into()),
        };
        moves::start(&self, &task);
        Ok(json!({"TaskHandle": self.task_handle(&task)}))
    }

    fn check_start(&self, source: &Queue, destination: Option<&Queue>) -> Result<(), Error> {
        if self.sources_of(&source.name).is_empty() {
            return Err(Error::invalid(
                "Source queue must be configured as a Dead Letter Queue.",
            ));
        }
        if let Some(destination) = destination {
            if destination.name == source.name {
                return Err(Error::invalid(
                    "Source queue arn and destination queue arn cannot be the same.",
                ));
            }
            if destination.name.is_fifo() != source.name.is_fifo() {
                return Err(Error::invalid(
                    "Source queue and destination queue must be of the same type.",
                ));
            }
        }
        let running = self.moves.list();
        let running = running.iter().filter(|task| task.status == Status::Running);
        if running.clone().any(|task| task.source == source.name) {
            return Err(Error::invalid(
                "There is already a task running. Only one active task is allowed for a source \
                 queue arn at a given time.",
            ));
        }
        if running.count() >= MOVES_RUNNING_MAX {
            let message = format!("{MOVES_RUNNING_MAX} message move tasks are running already.");
            return Err(Error::new(Kind::OverLimit, message));
        }
        Ok(())
    }

    /// Makes room for one more task in what is remembered of a queue.
    async fn forget_old_moves(&self, source: &Queue) -> Result<(), Error> {
        let most = usize::try_from(*LISTED_MOVES.end()).unwrap_or(usize::MAX);
        for task in self.moves_of(source).iter().skip(most - 1) {
            let key = task.id.to_string();
            let gone = self.moves.delete(&key, |_| Ok::<_, Error>(())).await;
            gone.map_err(Error::from)?;
        }
        Ok(())
    }

    /// The tasks of a source, the last one first.
    fn moves_of(&self, source: &Queue) -> Vec<Arc<MoveTask>> {
        let mut tasks = self.moves.list();
        tasks.retain(|task| task.source == source.name);
        tasks.sort_by_key(|task| std::cmp::Reverse(task.started));
        tasks
    }

    pub(super) fn cancel_message_move_task(&self, input: Value) -> Result<Value, Error> {
        let input: CancelInput = call::input(input)?;
        let text = input.task_handle.filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| Error::missing("TaskHandle"))?;
        let handle = STANDARD.decode(text).ok();
        let handle = handle.and_then(|json| serde_json::from_slice::<TaskHandle>(&json).ok());
        let handle =
            handle.ok_or_else(|| Error::invalid("Value for parameter TaskHandle is invalid."))?;
        let source = self.resource(Some(&handle.source_arn), "SourceArn")?;
        let task = self.moves.get(&handle.task_id.to_string());
        let task = task.filter(|task| task.source == source.name);
        let no_task = || Error::new(Kind::ResourceNotFound, "Task does not exist.");
        let task = task.ok_or_else(no_task)?;
        let Some(moved) = self.running.cancel(task.id) else {
            return Err(Error::new(
                Kind::UnsupportedOperation,
                "Only running tasks can be cancelled.",
            ));
        };
        Ok(json!({"ApproximateNumberOfMessagesMoved": moved}))
    }

    pub(super) fn list_message_move_tasks(&self, input: Value) -> Result<Value, Error> {
        let input: ListInput = call::input(input)?;
        let source = self.resource(input.source_arn.as_deref(), "SourceArn")?;
        let limit = within("MaxResults", input.max_results, LISTED_MOVES, 1)?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let tasks = self.moves_of(&source);
        let shown = tasks.iter().take(limit).map(|task| self.shown_move(task));
        Ok(json!({"Results": shown.collect::<Vec<_>>()}))
    }

    fn shown_move(&self, task: &MoveTask) -> Value {
        let progress = self.running.progress(task.id);
        let (status, failure) = match &task.status {
            Status::Running if progress.is_some_and(|progress| progress.is_cancelled) => {
                ("CANCELLING", None)
            }
            Status::Running => ("RUNNING", None),
            Status::Completed => ("COMPLETED", None),
            Status::Cancelled => ("CANCELLED", None),
            Status::Failed { reason } => ("FAILED", Some(reason)),
        };
        let moved = progress.map_or(task.moved, |progress| progress.moved);
        let mut shown = json!({
            "Status": status,
            "SourceArn": task.source.arn(&self.home),
            "ApproximateNumberOfMessagesMoved": moved,
            "ApproximateNumberOfMessagesToMove": task.to_move,
            "StartedTimestamp": task.started.as_millis(),
        });
        let optional = [
            (
                "TaskHandle",
                (status == "RUNNING").then(|| json!(self.task_handle(task))),
            ),
            (
                "DestinationArn",
                task.destination
                    .as_ref()
                    .map(|to| json!(to.arn(&self.home))),
            ),
            (
                "MaxNumberOfMessagesPerSecond",
                task.rate.map(|rate| json!(rate)),
            ),
            ("FailureReason", failure.map(|reason| json!(reason))),
        ];
        if let Value::Object(members) = &mut shown {
            let present = optional
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?)));
            members.extend(present);
        }
        shown
    }

    fn task_handle(&self, task: &MoveTask) -> String {
        let handle = TaskHandle {
            task_id: task.id,
            source_arn: task.source.arn(&self.home),
        };
        // Text always serializes.
        STANDARD.encode(serde_json::to_vec(&handle).unwrap_or_default())
    }

    /// The queue that a parameter names by its ARN.
    fn resource(&self, arn: Option<&str>, parameter: &str) -> Result<Arc<Queue>, Error> {
        let arn = arn.filter(|arn| !arn.is_empty());
        let arn = arn.ok_or_else(|| Error::missing(parameter))?;
        let is_arn = arn.starts_with("arn:") && arn.split(':').count() == 6;
        if !is_arn {
            return Err(Error::invalid(format!(
                "You must use this format to specify the {parameter}: \
                 arn:<partition>:<service>:<region>:<account-id>:<resource-id>"
            )));
        }
        self.by_arn(arn).ok_or_else(|| {
            Error::new(
                Kind::ResourceNotFound,
                format!(
                    "The resource that you specified for the {parameter} parameter doesn't exist."
                ),
            )
        })
    }
}
