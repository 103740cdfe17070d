//! The search as a whole, and the temporary keys that it keeps from one call to the next.

use crate::chain;
use crate::endpoint::{self, Endpoint};
use crate::error::TargetError;
use crate::files::Files;
use crate::given::Given;
use crate::keys::Keys;
use crate::profile::{Profile, Search};
use crate::region;
use crate::role;
use crate::surroundings::Surroundings;

/// Whom to call, and as whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// `None` for requests that are not signed.
    pub keys: Option<Keys>,
    /// What the keys come from, in the words of the cmdlet's debug stream.
    pub keys_from: String,
    pub region: String,
    /// What the region comes from.
    pub region_from: String,
    pub endpoint: Endpoint,
}

/// Finds targets. Keeps keys that took a person or the network to get, until shortly before they end.
#[derive(Debug, Default)]
pub struct Finder {
    kept: Vec<Kept>,
}

#[derive(Debug)]
struct Kept {
    source: Source,
    keys: Keys,
    from: String,
}

/// What keys were got from: as long as this is the same, so are they.
#[derive(Debug, PartialEq, Eq)]
struct Source {
    files: Files,
    profile: Option<String>,
    network_credential: Option<String>,
}

impl Finder {
    /// Finds everything that a call needs.
    ///
    /// # Errors
    /// [`TargetError`] says what is missing or wrong, and what to do about it.
    pub async fn find(
        &mut self,
        given: &Given<'_>,
        surroundings: &Surroundings<'_>,
    ) -> Result<Target, TargetError> {
        let search = Search::new(given, surroundings);
        let (keys, keys_from) = match self.keys(&search).await? {
            Some((keys, from)) => (Some(keys), from),
            None => (None, "nobody: requests are not signed".to_owned()),
        };
        let custom = endpoint::find(&search)?;
        let region = region::find(&search, custom.is_some()).await?;
        let endpoint = custom.unwrap_or_else(|| endpoint::of_region(&region.name));
        Ok(Target {
            keys,
            keys_from,
            region: region.name,
            region_from: region.from,
            endpoint,
        })
    }

    /// See [`crate::keys`] for the order.
    async fn keys(&mut self, search: &Search<'_>) -> Result<Option<(Keys, String)>, TargetError> {
        if search.given.is_unsigned {
            return Ok(None);
        }
        if let Some((keys, from)) = keys_at_hand(search)? {
            return match search.given.network_credential {
                None => Ok(Some((keys, from.to_owned()))),
                Some(_) => Err(TargetError::NetworkCredentialUnused {
                    why: format!("the keys are from {from}"),
                }),
            };
        }
        let profile = match search.named() {
            Some(named) => Some(search.profile_of(&named)?),
            None => search.profile()?.filter(role::has_credentials),
        };
        if search.given.network_credential.is_some() {
            refuse_unless_saml(profile)?;
        }
        let source = Source {
            files: search.files()?.clone(),
            profile: profile.map(|profile| profile.name.to_owned()),
            network_credential: search.given.network_credential.map(str::to_owned),
        };
        self.kept.retain(|kept| kept.keys.last());
        if let Some(kept) = self.kept.iter().find(|kept| kept.source == source) {
            return Ok(Some((kept.keys.clone(), kept.from.clone())));
        }
        let (keys, from) = match profile {
            Some(profile) => {
                let keys = role::keys_of(search, profile).await?;
                (keys, format!("the stored profile named '{}'", profile.name))
            }
            None => chain::keys_of_surroundings(search).await?,
        };
        self.kept.push(Kept {
            source,
            keys: keys.clone(),
            from: from.clone(),
        });
        Ok(Some((keys, from)))
    }
}

/// The keys that need no profile and no network, unless a profile is asked for.
fn keys_at_hand(search: &Search<'_>) -> Result<Option<(Keys, &'static str)>, TargetError> {
    if let Some(given) = search.given.keys()? {
        return Ok(Some(given));
    }
    if search.given.profile_name.is_some() {
        return Ok(None);
    }
    let keys = Keys::of_environment(search.surroundings)?;
    Ok(keys.map(|keys| (keys, "the environment")))
}

fn refuse_unless_saml(profile: Option<Profile<'_>>) -> Result<(), TargetError> {
    let why = match profile {
        None => "there is no profile".to_owned(),
        Some(profile) if profile.get("endpoint_name").is_some() => return Ok(()),
        Some(profile) => format!("the profile '{}' has no endpoint_name", profile.name),
    };
    Err(TargetError::NetworkCredentialUnused { why })
}
