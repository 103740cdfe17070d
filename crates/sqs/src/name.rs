//! What queues are called: names, ARNs and URLs.

use std::fmt;

use domain::name::Home;
use serde::{Deserialize, Serialize};
use store::QueueName;

use crate::error::{Error, Kind};
use crate::limits::QUEUE_NAME_LEN_MAX;

/// The family of all queues of this service in the durable queue.
pub const FAMILY: &str = "sqs";

/// What the name of a FIFO queue ends with, and of no other.
const FIFO_SUFFIX: &str = ".fifo";

/// The name of a queue, unique in its account and region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Name(String);

impl Name {
    /// A name of up to 80 letters, digits, hyphens and underscores, with or without `.fifo`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let stem = text.strip_suffix(FIFO_SUFFIX).unwrap_or(text);
        let is_character = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let is_name =
            !stem.is_empty() && text.len() <= QUEUE_NAME_LEN_MAX && stem.bytes().all(is_character);
        is_name.then(|| Self(text.to_owned()))
    }

    /// The queue of an ARN, if it is one of this account and region.
    pub(crate) fn of_arn(arn: &str, home: &Home) -> Option<Self> {
        let parts: Vec<&str> = arn.split(':').collect();
        match parts.as_slice() {
            ["arn", partition, "sqs", region, account, name]
                if *partition == home.partition
                    && *region == home.region
                    && *account == home.account =>
            {
                Self::parse(name)
            }
            _ => None,
        }
    }

    /// The queue of a URL, whichever host it names.
    pub(crate) fn of_url(url: &str, home: &Home) -> Result<Self, Error> {
        let path = url.split_once("://").map_or(url, |(_, rest)| rest);
        let mut segments = path.trim_end_matches('/').rsplit('/');
        let (name, account) = (segments.next().unwrap_or_default(), segments.next());
        let Some(account) = account.filter(|account| !account.is_empty()) else {
            return Err(Error::new(
                Kind::InvalidAddress,
                format!("The address {url} is not valid for this endpoint."),
            ));
        };
        let name = Self::parse(name).filter(|_| account == home.account);
        name.ok_or_else(Error::no_queue)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_fifo(&self) -> bool {
        self.0.ends_with(FIFO_SUFFIX)
    }

    pub(crate) fn arn(&self, home: &Home) -> String {
        let Home {
            partition,
            region,
            account,
        } = home;
        format!("arn:{partition}:sqs:{region}:{account}:{}", self.0)
    }

    /// `origin` is scheme and host as the client used them.
    pub(crate) fn url(&self, origin: &str, home: &Home) -> String {
        format!("{origin}/{}/{}", home.account, self.0)
    }

    /// Where its messages are.
    pub(crate) fn events(&self) -> QueueName {
        QueueName::new(FAMILY, &self.0)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("`{text}` is no name of a queue"))
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> Home {
        Home::new("us-east-1", "000000000000")
    }

    #[test]
    fn names_are_eighty_characters_of_a_few_kinds() {
        let longest = "a".repeat(80);
        let longest_fifo = format!("{}.fifo", "a".repeat(75));
        for good in ["a", "A-b_9", "orders.fifo", &longest, &longest_fifo] {
            assert!(Name::parse(good).is_some(), "{good}");
        }
        let long = "a".repeat(81);
        for bad in ["", ".fifo", "a.b", "a.fifo.fifo", "a/b", "ä", "a b", &long] {
            assert!(Name::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_queue_is_found_by_arn_and_by_any_url_of_its_account() {
        let name = Name::parse("orders").unwrap();
        let home = home();

        assert_eq!(Name::of_arn(&name.arn(&home), &home), Some(name.clone()));
        for url in [
            "http://localhost:9001/000000000000/orders",
            "https://sqs.us-east-1.amazonaws.com/000000000000/orders/",
            "/000000000000/orders",
        ] {
            assert_eq!(Name::of_url(url, &home).unwrap(), name, "{url}");
        }
    }

    #[test]
    fn queues_of_other_places_are_not_here() {
        let home = home();
        for arn in [
            "arn:aws:sqs:eu-west-1:000000000000:orders",
            "arn:aws:sqs:us-east-1:111111111111:orders",
            "arn:aws:sns:us-east-1:000000000000:orders",
            "arn:aws:sqs:us-east-1:000000000000:orders:more",
            "orders",
        ] {
            assert_eq!(Name::of_arn(arn, &home), None, "{arn}");
        }
        let kind = |url| Name::of_url(url, &home).unwrap_err().kind;
        assert_eq!(
            kind("http://h/111111111111/orders"),
            Kind::QueueDoesNotExist
        );
        assert_eq!(kind("orders"), Kind::InvalidAddress);
    }
}
