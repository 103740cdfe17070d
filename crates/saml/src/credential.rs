//! Who signs in: what PowerShell calls a network credential.

use std::fmt;

/// A user's name and password, and the Windows domain that knows them, if any.
#[derive(Clone, PartialEq, Eq)]
pub struct NetworkCredential {
    domain: Option<String>,
    user_name: String,
    password: String,
}

impl NetworkCredential {
    /// `user` is `DOMAIN\user`, `user@domain` or `user`.
    ///
    /// The second form is a user principal name: a name in itself, for which Windows wants no domain
    /// beside it, so it stays in one piece. A backslash without a domain is dropped, as the AWS Tools do.
    pub fn new(user: &str, password: String) -> Self {
        let (domain, user_name) = parse_user(user);
        Self {
            domain,
            user_name,
            password,
        }
    }

    /// Puts the user into a domain. An empty one is none.
    #[must_use]
    pub fn with_domain(mut self, domain: &str) -> Self {
        self.domain = some_unless_empty(domain);
        self
    }

    pub fn domain(&self) -> Option<&str> {
        self.domain.as_deref()
    }

    pub fn user_name(&self) -> &str {
        &self.user_name
    }

    pub(crate) fn password(&self) -> &str {
        &self.password
    }

    /// `DOMAIN\user`, or the name alone.
    pub fn user(&self) -> String {
        match &self.domain {
            Some(domain) => format!("{domain}\\{}", self.user_name),
            None => self.user_name.clone(),
        }
    }
}

impl fmt::Debug for NetworkCredential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NetworkCredential")
            .field("domain", &self.domain)
            .field("user_name", &self.user_name)
            .finish_non_exhaustive()
    }
}

/// Splits a domain from a user's name: `DOMAIN\user`; any other form is a name alone.
pub fn parse_user(text: &str) -> (Option<String>, String) {
    match text.split_once('\\') {
        Some((domain, user_name)) => (some_unless_empty(domain), user_name.to_owned()),
        None => (None, text.to_owned()),
    }
}

fn some_unless_empty(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_split_off_at_the_backslash_alone() {
        let domain = |text: &str| Some(text.to_owned());

        assert_eq!(parse_user(r"CORP\alice"), (domain("CORP"), "alice".into()));
        assert_eq!(parse_user(r"\alice"), (None, "alice".into()));
        assert_eq!(parse_user("alice"), (None, "alice".into()));
        assert_eq!(
            parse_user("alice@corp.example.com"),
            (None, "alice@corp.example.com".into())
        );
    }

    #[test]
    fn a_password_is_never_shown() {
        let credential = NetworkCredential::new(r"CORP\alice", "secret".to_owned());

        let shown = format!("{credential:?}");

        assert!(shown.contains("alice"), "{shown}");
        assert!(!shown.contains("secret"), "{shown}");
    }

    #[test]
    fn a_user_is_written_with_its_domain() {
        let credential = NetworkCredential::new("alice", String::new());

        assert_eq!(credential.user(), "alice");
        assert_eq!(credential.clone().with_domain("").user(), "alice");
        assert_eq!(credential.with_domain("CORP").user(), r"CORP\alice");
    }
}
