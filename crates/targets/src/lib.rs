//! Sends what became of an event to SQS, SNS, EventBridge and S3 outside of this server.
//!
//! Each service is reached where the operator says: at an endpoint of their own, at AWS, or not at all.
//! The SDKs of AWS speak the protocols; what is sent is decided by the caller, and so is whether a
//! failure is worth another try.

mod clients;
mod error;
mod send;

use domain::name::Home;

pub use error::TargetError;
pub use send::{Attribute, BusEvent, Message};

use clients::Clients;

/// Where a service is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Place {
    /// Nothing can be sent to it.
    #[default]
    Nowhere,
    /// At AWS, in the region of each ARN.
    Aws,
    /// At this `http://` or `https://` URL.
    At(String),
}

/// Where the services are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Places {
    pub sqs: Place,
    pub sns: Place,
    pub events: Place,
    pub s3: Place,
}

/// A service that things are sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    Sqs,
    Sns,
    EventBridge,
    S3,
}

impl Service {
    /// The service that an ARN's third part names.
    pub fn of(arn: &str) -> Option<Self> {
        match arn.split(':').nth(2)? {
            "sqs" => Some(Self::Sqs),
            "sns" => Some(Self::Sns),
            "events" => Some(Self::EventBridge),
            "s3" => Some(Self::S3),
            _ => None,
        }
    }

    /// The key of the setting that says where the service is.
    pub const fn setting(self) -> &'static str {
        match self {
            Self::Sqs => "targets.sqs",
            Self::Sns => "targets.sns",
            Self::EventBridge => "targets.events",
            Self::S3 => "targets.s3",
        }
    }
}

/// The services, ready to be called. Cheap to make: nothing is read or opened before the first call.
#[derive(Debug)]
pub struct Targets {
    clients: Clients,
}

impl Targets {
    pub fn new(places: Places, home: Home) -> Self {
        Self {
            clients: Clients::new(places, home),
        }
    }

    /// Whether anything can be sent to a service.
    pub fn is_configured(&self, service: Service) -> bool {
        *self.clients.place(service) != Place::Nowhere
    }
}
