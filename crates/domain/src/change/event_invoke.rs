//! Setting, changing and removing how the events of a version or alias are treated.

use std::time::Duration;

use super::{Refusal, Stamp, Wanted};
use crate::destination::Destination;
use crate::event_invoke::EventInvokeConfig;
use crate::function::Function;
use crate::name::{Home, Qualifier, Version};

/// The settings that a client names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventInvokeChange {
    pub maximum_retry_attempts: Option<u8>,
    pub maximum_event_age: Option<Duration>,
    pub on_success: Wanted<Destination>,
    pub on_failure: Wanted<Destination>,
}

impl Function {
    /// Sets what the change names and clears the rest.
    pub fn put_event_invoke_config(
        &self,
        home: &Home,
        qualifier: &Qualifier,
        change: EventInvokeChange,
        stamp: Stamp,
    ) -> Result<Self, Refusal> {
        let config = EventInvokeConfig {
            maximum_retry_attempts: change.maximum_retry_attempts,
            maximum_event_age: change.maximum_event_age,
            on_success: change.on_success.over(None),
            on_failure: change.on_failure.over(None),
            modified: stamp.now,
        };
        self.with_event_invoke_config(home, qualifier, config)
    }

    /// Sets what the change names and leaves the rest as it is.
    pub fn update_event_invoke_config(
        &self,
        home: &Home,
        qualifier: &Qualifier,
        change: EventInvokeChange,
        stamp: Stamp,
    ) -> Result<Self, Refusal> {
        self.check_exists(qualifier)?;
        let current = self
            .event_invoke
            .get(Some(qualifier))
            .ok_or_else(|| no_config(qualifier))?
            .clone();
        let config = EventInvokeConfig {
            maximum_retry_attempts: change
                .maximum_retry_attempts
                .or(current.maximum_retry_attempts),
            maximum_event_age: change.maximum_event_age.or(current.maximum_event_age),
            on_success: change.on_success.over(current.on_success),
            on_failure: change.on_failure.over(current.on_failure),
            modified: stamp.now,
        };
        self.with_event_invoke_config(home, qualifier, config)
    }

    /// Forgets the settings of a version or alias.
    pub fn delete_event_invoke_config(&self, qualifier: &Qualifier) -> Result<Self, Refusal> {
        let mut next = self.clone();
        match next.event_invoke.remove(qualifier) {
            Some(_) => Ok(next),
            None => Err(no_config(qualifier)),
        }
    }

    fn with_event_invoke_config(
        &self,
        home: &Home,
        qualifier: &Qualifier,
        config: EventInvokeConfig,
    ) -> Result<Self, Refusal> {
        self.check_exists(qualifier)?;
        if config
            .destinations()
            .any(|destination| destination.is_function(home, &self.name))
        {
            return Err(Refusal::OwnDestination);
        }
        if config.misplaced().is_some() {
            let arn = |destination: Option<Destination>| destination.map(String::from);
            return Err(Refusal::DestinationsUnsupported {
                on_success: arn(config.on_success),
                on_failure: arn(config.on_failure),
            });
        }
        let mut next = self.clone();
        next.event_invoke.insert(qualifier, config);
        Ok(next)
    }

    fn check_exists(&self, qualifier: &Qualifier) -> Result<(), Refusal> {
        let exists = match qualifier {
            Qualifier::Version(Version::Latest) => true,
            Qualifier::Version(version) => self.snapshot(*version).is_some(),
            Qualifier::Alias(alias) => self.aliases.contains_key(alias),
            Qualifier::Nothing(_) => false,
        };
        if exists {
            Ok(())
        } else {
            Err(Refusal::NothingToConfigure)
        }
    }
}

fn no_config(qualifier: &Qualifier) -> Refusal {
    Refusal::NoEventInvokeConfig {
        qualifier: qualifier.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::tests::{alias, an_active_function, an_alias, number, stamp};
    use crate::event_invoke::policy;
    use crate::limits::RETRY_DELAYS;
    use crate::retry::Condition;

    fn home() -> Home {
        Home::new("us-east-1", "000000000000")
    }

    fn latest() -> Qualifier {
        Qualifier::Version(Version::Latest)
    }

    fn queue(name: &str) -> Destination {
        Destination::parse(&format!("arn:aws:sqs:us-east-1:000000000000:{name}")).unwrap()
    }

    fn function_arn(rest: &str) -> Destination {
        let arn = format!("arn:aws:lambda:us-east-1:000000000000:function:{rest}");
        Destination::parse(&arn).unwrap()
    }

    fn retries(retries: u8) -> EventInvokeChange {
        EventInvokeChange {
            maximum_retry_attempts: Some(retries),
            ..EventInvokeChange::default()
        }
    }

    fn everything() -> EventInvokeChange {
        EventInvokeChange {
            maximum_retry_attempts: Some(1),
            maximum_event_age: Some(Duration::from_mins(1)),
            on_success: Wanted::This(queue("good")),
            on_failure: Wanted::This(queue("bad")),
        }
    }

    fn a_function_with_a_version_and_an_alias() -> Function {
        let function = an_active_function()
            .publish(None, None, None, stamp(3))
            .unwrap();
        function
            .create_alias(an_alias("live", "1", &[]), stamp(4))
            .unwrap()
    }

    #[test]
    fn a_put_replaces_and_an_update_merges() {
        let function = an_active_function();
        let all = function
            .put_event_invoke_config(&home(), &latest(), everything(), stamp(5))
            .unwrap();

        let put = all
            .put_event_invoke_config(&home(), &latest(), retries(0), stamp(6))
            .unwrap();
        let updated = all
            .update_event_invoke_config(&home(), &latest(), retries(0), stamp(7))
            .unwrap();

        let put = put.event_invoke.get(None).unwrap().clone();
        let updated = updated.event_invoke.get(None).unwrap().clone();
        assert_eq!(put.maximum_retry_attempts, Some(0));
        assert_eq!((put.maximum_event_age, put.on_failure), (None, None));
        assert_eq!(updated.maximum_retry_attempts, Some(0));
        assert_eq!(updated.maximum_event_age, Some(Duration::from_mins(1)));
        assert_eq!(updated.on_failure, Some(queue("bad")));
        assert_eq!(updated.modified, stamp(7).now);
    }

    #[test]
    fn an_update_can_take_a_destination_away() {
        let function = an_active_function()
            .put_event_invoke_config(&home(), &latest(), everything(), stamp(5))
            .unwrap();
        let change = EventInvokeChange {
            on_failure: Wanted::Nothing,
            ..EventInvokeChange::default()
        };

        let function = function
            .update_event_invoke_config(&home(), &latest(), change, stamp(6))
            .unwrap();

        let config = function.event_invoke.get(None).unwrap();
        assert_eq!(config.destination(Condition::EventAgeExceeded), None);
        assert_eq!(config.destination(Condition::Success), Some(&queue("good")));
    }

    #[test]
    fn each_version_and_alias_has_settings_of_its_own() {
        let mut function = a_function_with_a_version_and_an_alias();
        for (n, text) in (0..).zip(["$LATEST", "1", "live"]) {
            function = function
                .put_event_invoke_config(&home(), &Qualifier::parse(text), retries(n), stamp(5))
                .unwrap();
        }

        let all: Vec<_> = function
            .event_invoke
            .iter()
            .map(|(qualifier, config)| (qualifier.to_string(), config.maximum_retry_attempts))
            .collect();

        assert_eq!(
            all,
            [
                ("$LATEST".into(), Some(0)),
                ("1".into(), Some(1)),
                ("live".into(), Some(2))
            ]
        );
        assert_eq!(
            function.event_invoke.get(None),
            function.event_invoke.get(Some(&latest()))
        );
    }

    #[test]
    fn settings_go_with_the_version_or_alias_that_they_belong_to() {
        let mut function = a_function_with_a_version_and_an_alias();
        for text in ["$LATEST", "1", "live"] {
            function = function
                .put_event_invoke_config(&home(), &Qualifier::parse(text), retries(0), stamp(5))
                .unwrap();
        }

        let without_alias = function.delete_alias(&alias("live"));
        let without_version = without_alias
            .delete_version(Version::Number(number(1)))
            .unwrap();

        assert_eq!(without_alias.event_invoke.iter().count(), 2);
        let left: Vec<_> = without_version.event_invoke.iter().collect();
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].0, latest());
    }

    #[test]
    fn what_does_not_exist_has_no_settings() {
        let function = an_active_function();
        for text in ["1", "live", "$latest"] {
            let qualifier = Qualifier::parse(text);
            assert_eq!(
                function.put_event_invoke_config(&home(), &qualifier, retries(0), stamp(5)),
                Err(Refusal::NothingToConfigure)
            );
            let none = Refusal::NoEventInvokeConfig {
                qualifier: text.into(),
            };
            assert_eq!(function.delete_event_invoke_config(&qualifier), Err(none));
        }
        assert_eq!(
            function.update_event_invoke_config(&home(), &latest(), retries(0), stamp(5)),
            Err(Refusal::NoEventInvokeConfig {
                qualifier: "$LATEST".into()
            })
        );
    }

    #[test]
    fn a_function_is_no_destination_of_its_own() {
        let function = an_active_function();
        for (own, refused) in [("fn", true), ("fn:live", true), ("other", false)] {
            let change = EventInvokeChange {
                on_success: Wanted::This(function_arn(own)),
                ..EventInvokeChange::default()
            };
            let outcome = function.put_event_invoke_config(&home(), &latest(), change, stamp(5));

            assert_eq!(outcome.err(), refused.then_some(Refusal::OwnDestination));
        }
    }

    #[test]
    fn a_bucket_takes_failures_alone() {
        let bucket = Destination::parse("arn:aws:s3:::b").unwrap();
        let on_failure = EventInvokeChange {
            on_failure: Wanted::This(bucket.clone()),
            ..EventInvokeChange::default()
        };
        let on_success = EventInvokeChange {
            on_success: Wanted::This(bucket),
            ..EventInvokeChange::default()
        };
        let function = an_active_function();
        let put = |change| function.put_event_invoke_config(&home(), &latest(), change, stamp(5));

        assert!(put(on_failure).is_ok());
        assert_eq!(
            put(on_success),
            Err(Refusal::DestinationsUnsupported {
                on_success: Some("arn:aws:s3:::b".into()),
                on_failure: None,
            })
        );
    }

    #[test]
    fn without_settings_events_have_two_retries_and_six_hours() {
        let without = policy(None, RETRY_DELAYS);
        assert_eq!(without.retries_max, 2);
        assert_eq!(without.event_age_max, Duration::from_hours(6));

        let function = an_active_function()
            .put_event_invoke_config(&home(), &latest(), everything(), stamp(5))
            .unwrap();

        let set = policy(function.event_invoke.get(None), RETRY_DELAYS);
        assert_eq!(set.retries_max, 1);
        assert_eq!(set.event_age_max, Duration::from_mins(1));
    }
}
