//! Creating, changing and deleting aliases.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use super::{Refusal, Stamp};
use crate::function::{Alias, Function, Routing};
use crate::limits::ROUTING_VERSIONS_MAX;
use crate::name::{AliasName, Qualifier, Version};

/// The further versions of an alias as a client writes them: version text to weight.
pub type RoutingDraft = BTreeMap<String, f64>;

/// What a client says about an alias that does not exist yet.
#[derive(Debug, Clone)]
pub struct AliasDraft {
    pub name: AliasName,
    pub version: String,
    pub description: String,
    pub routing: RoutingDraft,
}

/// The settings of an alias that a client wants changed; `None` leaves one as it is.
#[derive(Debug, Clone, Default)]
pub struct AliasChange {
    pub version: Option<String>,
    pub description: Option<String>,
    /// An empty map takes the weights away.
    pub routing: Option<RoutingDraft>,
}

impl Function {
    pub fn create_alias(&self, draft: AliasDraft, stamp: Stamp) -> Result<Self, Refusal> {
        let version = self.version_of_alias(&draft.version)?;
        let routing = self.routing_of_alias(version, &draft.routing)?;
        check_routing(version, routing)?;
        if self.aliases.contains_key(&draft.name) {
            return Err(Refusal::AliasExists { name: draft.name });
        }
        let alias = Alias {
            version,
            description: draft.description,
            routing,
            revision: stamp.revision,
        };
        let mut next = self.clone();
        next.aliases.insert(draft.name, alias);
        Ok(next)
    }

    pub fn update_alias(
        &self,
        name: &AliasName,
        change: AliasChange,
        guard: Option<&str>,
        stamp: Stamp,
    ) -> Result<Self, Refusal> {
        let Some(alias) = self.aliases.get(name) else {
            return Err(Refusal::NoSuchAlias { name: name.clone() });
        };
        Self::check_revision(guard, alias.revision)?;
        let version = match &change.version {
            Some(text) => self.version_of_alias(text)?,
            None => alias.version,
        };
        let routing = match &change.routing {
            Some(draft) => self.routing_of_alias(version, draft)?,
            None => alias.routing,
        };
        check_routing(version, routing)?;
        let description = change
            .description
            .unwrap_or_else(|| alias.description.clone());
        let mut next = self.clone();
        next.aliases.insert(
            name.clone(),
            Alias {
                version,
                description,
                routing,
                revision: stamp.revision,
            },
        );
        Ok(next)
    }

    /// Deletes an alias and what was set for its events; deleting one that does not exist changes nothing.
    #[must_use]
    pub fn delete_alias(&self, name: &AliasName) -> Self {
        let mut next = self.clone();
        next.aliases.remove(name);
        next.event_invoke.remove(&Qualifier::Alias(name.clone()));
        next
    }

    fn version_of_alias(&self, text: &str) -> Result<Version, Refusal> {
        Version::parse(text)
            .filter(|version| self.snapshot(*version).is_some())
            .ok_or_else(|| Refusal::NoSuchVersion {
                version: text.to_owned(),
            })
    }

    fn routing_of_alias(
        &self,
        version: Version,
        draft: &RoutingDraft,
    ) -> Result<Option<Routing>, Refusal> {
        if draft.len() > ROUTING_VERSIONS_MAX {
            return Err(Refusal::TooManyRoutes);
        }
        let Some((text, &weight)) = draft.first_key_value() else {
            return Ok(None);
        };
        let number = text
            .parse::<NonZeroU64>()
            .ok()
            .filter(|number| self.versions.contains_key(number));
        // observed: a weight on `$LATEST` is refused before the second version is looked up.
        if version == Version::Latest {
            return Err(Refusal::RouteWithLatest);
        }
        let number = number.ok_or_else(|| Refusal::NoSuchVersion {
            version: text.clone(),
        })?;
        Ok(Some(Routing {
            version: number,
            weight,
        }))
    }
}

fn check_routing(version: Version, routing: Option<Routing>) -> Result<(), Refusal> {
    let Some(routing) = routing else {
        return Ok(());
    };
    match version {
        Version::Latest => Err(Refusal::RouteWithLatest),
        Version::Number(number) if number == routing.version => {
            Err(Refusal::RouteToItself { version })
        }
        Version::Number(_) => Ok(()),
    }
}
