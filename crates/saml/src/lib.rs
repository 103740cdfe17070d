//! Signs in at an identity provider (AD FS) and brings back its SAML assertion.
