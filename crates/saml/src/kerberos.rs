//! Kerberos in SPNEGO's wrapping (RFC 4559), by the system's GSSAPI.
//!
//! With a credential a ticket is asked for with its password; without one, the ticket that `kinit` or the
//! log-in left is used. GSSAPI speaks to the domain's key distribution centre and blocks meanwhile, so each
//! step runs on a thread for such things.

use libgssapi::context::{ClientCtx, CtxFlags};
use libgssapi::credential::{Cred, CredUsage};
use libgssapi::name::Name;
use libgssapi::oid::{GSS_MECH_SPNEGO, GSS_NT_HOSTBASED_SERVICE, GSS_NT_USER_NAME, OidSet};

use crate::credential::NetworkCredential;
use crate::error::SamlError;

/// One side of one sign-in.
#[derive(Debug)]
pub(crate) struct Kerberos {
    service: String,
    credential: Option<NetworkCredential>,
    channel_binding: Option<Vec<u8>>,
    /// Nothing before the first step.
    context: Option<ClientCtx>,
}

impl Kerberos {
    #[expect(
        clippy::unnecessary_wraps,
        reason = "a build without Kerberos refuses here, and callers are the same in both"
    )]
    pub(crate) fn begin(
        service_host: &str,
        credential: Option<&NetworkCredential>,
        channel_binding: Option<&[u8]>,
    ) -> Result<Self, SamlError> {
        Ok(Self {
            service: format!("HTTP@{service_host}"),
            credential: credential.cloned(),
            channel_binding: channel_binding.map(<[u8]>::to_vec),
            context: None,
        })
    }

    /// Answers the server's last message, or begins.
    pub(crate) async fn step(self, token: Option<Vec<u8>>) -> Result<(Self, Vec<u8>), String> {
        tokio::task::spawn_blocking(move || self.step_and_block(token.as_deref()))
            .await
            .map_err(|error| error.to_string())?
    }

    fn step_and_block(mut self, token: Option<&[u8]>) -> Result<(Self, Vec<u8>), String> {
        let mut context = match self.context.take() {
            Some(context) => context,
            None => self.initiate()?,
        };
        let message = context
            .step(token, self.channel_binding.as_deref())
            .map_err(|error| match self.credential {
                Some(_) => error.to_string(),
                None => format!("{error}. Without a user name and a password a ticket is needed, which `kinit` gets; `klist` shows those that are there"),
            })?
            .ok_or("there is nothing left to answer")?
            .to_vec();
        self.context = Some(context);
        Ok((self, message))
    }

    fn initiate(&self) -> Result<ClientCtx, String> {
        let service = Name::new(self.service.as_bytes(), Some(GSS_NT_HOSTBASED_SERVICE))
            .map_err(|error| error.to_string())?;
        let ticket = match &self.credential {
            Some(credential) => {
                let principal = principal(credential);
                let ticket = ticket(&principal, credential.password())
                    .map_err(|error| format!("there is no ticket for `{principal}`: {error}"))?;
                Some(ticket)
            }
            None => None,
        };
        let flags = CtxFlags::GSS_C_MUTUAL_FLAG;
        Ok(ClientCtx::new(
            ticket,
            service,
            flags,
            Some(GSS_MECH_SPNEGO),
        ))
    }
}

fn ticket(principal: &str, password: &str) -> Result<Cred, libgssapi::error::Error> {
    let name = Name::new(principal.as_bytes(), Some(GSS_NT_USER_NAME))?;
    Cred::acquire_with_password(
        Some(&name),
        password,
        None,
        CredUsage::Initiate,
        Some(&OidSet::singleton(GSS_MECH_SPNEGO)?),
    )
}

/// `user@REALM`. Active Directory's realms are its domains in capitals; without one it is the system's own.
fn principal(credential: &NetworkCredential) -> String {
    let (user_name, domain) = match credential.user_name().rsplit_once('@') {
        Some((user_name, domain)) => (user_name, Some(domain)),
        None => (credential.user_name(), credential.domain()),
    };
    match domain {
        Some(domain) => format!("{user_name}@{}", domain.to_uppercase()),
        None => user_name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_principal_names_the_realm_in_capitals() {
        for (user, expected) in [
            (r"corp.example.com\alice", "alice@CORP.EXAMPLE.COM"),
            ("alice@corp.example.com", "alice@CORP.EXAMPLE.COM"),
            ("alice", "alice"),
        ] {
            let credential = NetworkCredential::new(user, String::new());
            assert_eq!(principal(&credential), expected);
        }
    }
}
