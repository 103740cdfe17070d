//! The assertion, and the roles it lists.
//!
//! It comes from a page that anybody could have sent, so the XML is read without document types and with a
//! bound on its size. Its signature is not checked here: the token service does that, and nobody else can.

use std::fmt;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use roxmltree::{Document, Node, ParsingOptions};

/// docs: "Configure SAML assertions for the authentication response", the attribute that lists the roles.
const ROLE_ATTRIBUTE: &str = "https://aws.amazon.com/SAML/Attributes/Role";
const ASSERTION_NAMESPACE: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// What tells a provider's ARN from a role's.
const PROVIDER_MARK: &str = ":saml-provider";
/// model: STS, `SAMLAssertionType` (`max`).
const BASE64_LEN_MAX: usize = 100_000;

/// Identity providers differ in padding; the bytes are the same.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What the identity provider says of a user, and what `AssumeRoleWithSAML` wants to see.
#[derive(Clone, PartialEq, Eq)]
pub struct Assertion {
    base64: String,
    roles: Vec<Role>,
}

/// A role that the assertion lets its bearer assume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// `PrincipalArn` of `AssumeRoleWithSAML`.
    pub provider_arn: String,
    /// `RoleArn` of `AssumeRoleWithSAML`.
    pub role_arn: String,
}

/// The profile's role is not in the assertion.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the identity provider's assertion does not list the role `{wanted}`; {listed}")]
pub struct UnknownRole {
    wanted: String,
    listed: String,
}

impl Assertion {
    /// Reads the value of a form's `SAMLResponse`.
    pub(crate) fn read(value: &str) -> Result<Self, String> {
        let base64: String = value.split_ascii_whitespace().collect();
        if base64.len() > BASE64_LEN_MAX {
            return Err(format!(
                "it has {} characters, and AWS takes {BASE64_LEN_MAX}",
                base64.len()
            ));
        }
        let bytes = BASE64
            .decode(&base64)
            .map_err(|error| format!("it is not base64: {error}"))?;
        let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
        let roles = roles(&text)?;
        Ok(Self { base64, roles })
    }

    /// As it was received, for `SAMLAssertion` of `AssumeRoleWithSAML`; only white space is gone.
    pub fn base64(&self) -> &str {
        &self.base64
    }

    /// In the assertion's order, each once. May be empty.
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// Finds the role of a profile: the ARNs of the provider and the role, joined by a comma, in either
    /// order and any case.
    ///
    /// # Errors
    /// [`UnknownRole`] names the roles that are there.
    pub fn role(&self, pair: &str) -> Result<&Role, UnknownRole> {
        let found = Role::parse(pair)
            .and_then(|wanted| self.roles.iter().find(|role| role.is_same_as(&wanted)));
        found.ok_or_else(|| UnknownRole {
            wanted: pair.to_owned(),
            listed: self.listed(),
        })
    }

    fn listed(&self) -> String {
        if self.roles.is_empty() {
            return "it lists none".to_owned();
        }
        let roles: Vec<_> = self.roles.iter().map(Role::to_string).collect();
        format!("it lists {}", roles.join(" and "))
    }
}

/// An assertion is a password for an hour.
impl fmt::Debug for Assertion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Assertion")
            .field("base64_len", &self.base64.len())
            .field("roles", &self.roles)
            .finish()
    }
}

impl Role {
    /// Both orders are in use; what follows a second comma is ignored, as the AWS SDK for .NET does.
    fn parse(pair: &str) -> Option<Self> {
        let mut parts = pair.split(',').map(str::trim);
        let (first, second) = (parts.next()?, parts.next()?);
        let (provider, role) = match (is_provider(first), is_provider(second)) {
            (true, false) => (first, second),
            (false, true) => (second, first),
            (true, true) | (false, false) => return None,
        };
        (!role.is_empty()).then(|| Self {
            provider_arn: provider.to_owned(),
            role_arn: role.to_owned(),
        })
    }

    fn is_same_as(&self, other: &Self) -> bool {
        self.provider_arn.eq_ignore_ascii_case(&other.provider_arn)
            && self.role_arn.eq_ignore_ascii_case(&other.role_arn)
    }
}

/// As a profile spells it.
impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{},{}`", self.provider_arn, self.role_arn)
    }
}

fn is_provider(arn: &str) -> bool {
    arn.to_ascii_lowercase().contains(PROVIDER_MARK)
}

fn roles(xml: &str) -> Result<Vec<Role>, String> {
    let options = ParsingOptions {
        allow_dtd: false,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(xml, options)
        .map_err(|error| format!("it is not the XML of an assertion: {error}"))?;
    let is_named = |node: &Node<'_, '_>, name: &str| node.has_tag_name((ASSERTION_NAMESPACE, name));
    let attribute = document
        .descendants()
        .find(|node| is_named(node, "Attribute") && node.attribute("Name") == Some(ROLE_ATTRIBUTE));
    let Some(attribute) = attribute else {
        if document
            .descendants()
            .any(|node| is_named(&node, "EncryptedAssertion"))
        {
            return Err("it is encrypted, so its roles cannot be seen".to_owned());
        }
        return Err(format!("it has no attribute `{ROLE_ATTRIBUTE}`"));
    };

    let mut roles: Vec<Role> = Vec::new();
    for value in attribute
        .children()
        .filter(|node| is_named(node, "AttributeValue"))
    {
        let text: String = value
            .descendants()
            .filter(Node::is_text)
            .filter_map(|node| node.text())
            .collect();
        if let Some(role) = Role::parse(&text)
            && !roles.iter().any(|known| known.is_same_as(&role))
        {
            roles.push(role);
        }
    }
    Ok(roles)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROVIDER: &str = "arn:aws:iam::123456789012:saml-provider/ADFS";
    const DEV: &str = "arn:aws:iam::123456789012:role/Dev";
    const OPS: &str = "arn:aws:iam::123456789012:role/Ops";

    fn xml(values: &[String]) -> String {
        let values = values.join("</AttributeValue><AttributeValue>");
        format!(
            r#"<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"><Assertion xmlns="{ASSERTION_NAMESPACE}"><AttributeStatement><Attribute Name="https://aws.amazon.com/SAML/Attributes/RoleSessionName"><AttributeValue>alice</AttributeValue></Attribute><Attribute Name="{ROLE_ATTRIBUTE}"><AttributeValue>{values}</AttributeValue></Attribute></AttributeStatement></Assertion></samlp:Response>"#
        )
    }

    fn read(xml: &str) -> Result<Assertion, String> {
        Assertion::read(&BASE64.encode(xml))
    }

    fn assertion(values: &[String]) -> Assertion {
        read(&xml(values)).unwrap()
    }

    #[test]
    fn a_role_is_found_whatever_the_order_and_the_case() {
        let assertion = assertion(&[
            format!("{PROVIDER},{DEV}"),
            format!(" {OPS} , {PROVIDER},more"),
        ]);

        for pair in [
            format!("{PROVIDER},{DEV}"),
            format!("{DEV}, {PROVIDER}"),
            format!("{DEV},{PROVIDER}").to_uppercase(),
        ] {
            assert_eq!(assertion.role(&pair).unwrap().role_arn, DEV, "{pair}");
        }
        let ops = assertion.role(&format!("{PROVIDER},{OPS}")).unwrap();
        assert_eq!(ops.provider_arn, PROVIDER);
        assert_eq!(ops.role_arn, OPS);
    }

    #[test]
    fn a_role_that_is_not_listed_is_told_beside_those_that_are() {
        let assertion = assertion(&[format!("{PROVIDER},{DEV}"), format!("{OPS},{PROVIDER}")]);

        let error = assertion.role(&format!("{PROVIDER},{DEV}x")).unwrap_err();

        assert_eq!(
            error.to_string(),
            format!(
                "the identity provider's assertion does not list the role `{PROVIDER},{DEV}x`; it lists `{PROVIDER},{DEV}` and `{PROVIDER},{OPS}`"
            )
        );
    }

    #[test]
    fn a_pair_that_is_no_pair_is_no_role() {
        let assertion = assertion(&[DEV.to_owned(), format!("{DEV},{OPS}"), String::new()]);

        assert_eq!(assertion.roles(), []);
        let error = assertion.role(DEV).unwrap_err().to_string();
        assert!(error.ends_with("; it lists none"), "{error}");
    }

    #[test]
    fn a_role_listed_twice_is_one() {
        let assertion = assertion(&[format!("{PROVIDER},{DEV}"), format!("{DEV},{PROVIDER}")]);

        assert_eq!(assertion.roles().len(), 1);
    }

    #[test]
    fn the_first_role_attribute_counts() {
        let two = xml(&[format!("{PROVIDER},{DEV}")]).replace(
            "</AttributeStatement>",
            &format!(
                r#"<Attribute Name="{ROLE_ATTRIBUTE}"><AttributeValue>{OPS},{PROVIDER}</AttributeValue></Attribute></AttributeStatement>"#
            ),
        );

        assert_eq!(read(&two).unwrap().roles().len(), 1);
    }

    #[test]
    fn white_space_in_the_base64_is_dropped() {
        let base64 = BASE64.encode(xml(&[format!("{PROVIDER},{DEV}")]));
        let (head, tail) = base64.split_at(76);

        let assertion = Assertion::read(&format!(" {head}\r\n{tail}\n")).unwrap();

        assert_eq!(assertion.base64(), base64);
    }

    #[test]
    fn a_comment_does_not_cut_a_role_short() {
        let assertion = assertion(&[format!("{PROVIDER},<!-- -->{DEV}")]);

        assert_eq!(assertion.roles()[0].role_arn, DEV);
    }

    #[test]
    fn what_is_no_assertion_says_why() {
        let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]><x>&b;</x>";
        let encrypted =
            format!(r#"<Response><EncryptedAssertion xmlns="{ASSERTION_NAMESPACE}"/></Response>"#);
        let long = "<x>".repeat(BASE64_LEN_MAX / 4 + 1);
        let deep = "<x>".repeat(BASE64_LEN_MAX / 4 - 10);
        for (xml, reason) in [
            (
                bomb,
                "it is not the XML of an assertion: XML with DTD detected",
            ),
            ("<a><b></a>", "it is not the XML of an assertion: expected"),
            ("", "it is not the XML of an assertion"),
            ("<Response/>", "it has no attribute"),
            (&encrypted, "it is encrypted"),
            (&long, "it has 100004 characters, and AWS takes 100000"),
            (&deep, "it is not the XML of an assertion"),
        ] {
            let error = read(xml).unwrap_err();
            assert!(error.starts_with(reason), "{error}");
        }
        assert!(
            Assertion::read("%%%")
                .unwrap_err()
                .starts_with("it is not base64")
        );
        assert_eq!(Assertion::read("gICA").unwrap_err(), "it is not UTF-8");
    }

    #[test]
    fn an_assertion_is_never_shown() {
        let assertion = assertion(&[format!("{PROVIDER},{DEV}")]);

        assert!(!format!("{assertion:?}").contains(assertion.base64()));
    }
}
