//! One run of the command: every record, from what it binds to what is printed.
//!
//! A record goes through the same steps as in the cmdlet: credentials and region, consent, selection and
//! values, the call, the output. The next one is read when that is done. The first that fails ends the
//! run unless `--keep-going` is given; a function that fails is an answer and ends nothing.
//!
//! The steps are plain calls on a thread of their own, as most of them may wait for a person, a pipe or
//! a file: only the call itself is asynchronous. Ctrl-C ends the run from outside, whatever it waits for.

use credentials::Finder;
use tokio::runtime::Handle;

use crate::binder::Bound;
use crate::connection::Connector;
use crate::consent::{Consent, Policy};
use crate::failure::{Failure, exit};
use crate::line::Line;
use crate::messages::Messages;
use crate::output::{self, Reader};
use crate::parameters::ParameterId;
use crate::pipeline::Records;
use crate::process;
use crate::progress;
use crate::request::{Answer, Caller};
use crate::select::Select;
use crate::settings::Settings;
use crate::target;
use crate::values::Invocation;
use crate::wait::Wait;

/// A run.
#[derive(Debug)]
pub(crate) struct Session {
    settings: Settings,
    messages: Messages,
    finder: Finder,
    consent: Consent,
    caller: Caller,
    runtime: Handle,
    is_piped: bool,
    has_warned_of_pass_thru: bool,
}

/// How a record ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Done {
    Fine,
    /// The function failed, and that is to count.
    FunctionFailed,
    /// Nobody reads the output any more.
    Unread,
}

/// Invokes every record and gives the exit status.
pub(crate) fn run(
    mut records: Records,
    settings: Settings,
    messages: Messages,
    runtime: Handle,
) -> Result<u8, Failure> {
    let connector = Connector::new(&process::environment);
    let mut session = Session {
        settings,
        messages,
        finder: Finder::default(),
        consent: Consent::default(),
        caller: Caller::new(Line::new(connector), settings.attempts, settings.timeout),
        runtime,
        is_piped: records.is_piped(),
        has_warned_of_pass_thru: false,
    };
    let mut status = 0;
    while let Some(record) = records.next() {
        let outcome = record
            .map_err(Failure::from)
            .and_then(|bound| session.carry_out(&bound));
        match outcome {
            Ok(Done::FunctionFailed) if status == 0 => status = exit::FUNCTION_ERROR,
            Ok(Done::Fine | Done::FunctionFailed) => {}
            Ok(Done::Unread) => break,
            Err(failure) if session.goes_on_after(&failure) => {
                messages.error(&failure);
                status = exit::FAILED;
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(status)
}

impl Session {
    fn goes_on_after(&self, failure: &Failure) -> bool {
        let keeps_going = self.settings.keeps_going;
        if let Failure::Record(error) = failure {
            return error.lets_others_follow() && (keeps_going || !self.messages.errors_stop());
        }
        self.is_piped && keeps_going && !failure.ends_every_run()
    }

    fn carry_out(&mut self, bound: &Bound) -> Result<Done, Failure> {
        let messages = self.messages;
        let function = bound.text(ParameterId::FunctionName).unwrap_or_default();
        let policy = Policy::of(bound);
        if policy == Policy::OnlyTell {
            self.consent.is_given(policy, function, messages)?;
            return Ok(Done::Fine);
        }
        self.warn_of_pass_thru(bound)?;
        let target = target::find(&mut self.finder, bound, &self.runtime, messages)?;
        if !self.consent.is_given(policy, function, messages)? {
            return Ok(Done::Fine);
        }
        let select = Select::from_bound(bound)?;
        let invocation = Invocation::from_bound(bound)?;
        let wait = Wait::from_bound(bound)?;
        self.tell_defaults(bound);
        for warning in &invocation.warnings {
            messages.warn(warning)?;
        }
        messages.verbose(&format!(
            "Invoking AWS Lambda operation 'Invoke' {}",
            target::place(&target)
        ));
        let call = self.caller.invoke(&target, &invocation, wait);
        let answer = self
            .runtime
            .block_on(progress::while_waiting(function, call))?;
        self.show(&answer, &invocation, &select)
    }

    fn show(
        &self,
        answer: &Answer,
        invocation: &Invocation,
        select: &Select,
    ) -> Result<Done, Failure> {
        let Settings { format, paint, .. } = self.settings;
        let mut bytes = output::render(answer, invocation, select, format, paint);
        if self.is_piped {
            output::separate(&mut bytes, select, format);
        }
        let reader = output::write_out(&bytes).map_err(Failure::Output)?;
        let warning = output::function_error_warning(answer);
        if let Some(warning) = &warning {
            self.messages.warn(warning)?;
        }
        Ok(match reader {
            _ if warning.is_some() && self.settings.function_errors_fail => Done::FunctionFailed,
            Reader::Gone if self.is_piped => Done::Unread,
            Reader::Gone | Reader::There => Done::Fine,
        })
    }

    fn warn_of_pass_thru(&mut self, bound: &Bound) -> Result<(), Failure> {
        if !bound.is_on(ParameterId::PassThru) || self.has_warned_of_pass_thru {
            return Ok(());
        }
        self.has_warned_of_pass_thru = true;
        self.messages.warn(
            "the -PassThru parameter is deprecated and will be removed; use -Select '^FunctionName' instead",
        )
    }

    fn tell_defaults(&self, bound: &Bound) {
        for (name, text) in [
            (ParameterId::Payload, "Payload"),
            (ParameterId::ClientContext, "ClientContext"),
        ] {
            if !bound.is_bound(name) {
                self.messages.verbose(&format!(
                    "{text} parameter unset, using default value of '{{}}'"
                ));
            }
        }
    }
}
