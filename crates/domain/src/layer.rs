//! The document of one layer: its versions, and who may use each of them.
//!
//! As with functions, a document is changed only by functions that make a new one from it. The
//! document stays when its last version is deleted, because version numbers are never used twice.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};

use crate::function::{Architecture, Code, RevisionId};
use crate::limits::{LAYER_NAME_LEN_MAX, LAYER_POLICY_BYTES_MAX, LAYERS_MAX};
use crate::name::Home;
use crate::time::Moment;

/// The bare name of a layer: 1 to 140 letters, digits, `-` and `_`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LayerName(String);

/// A text that is no name of a layer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no name of a layer")]
pub struct BadLayerName(String);

impl LayerName {
    pub fn parse(text: &str) -> Result<Self, BadLayerName> {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let is_name = (1..=LAYER_NAME_LEN_MAX).contains(&text.len()) && text.bytes().all(is_word);
        if is_name {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadLayerName(text.to_owned()))
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for LayerName {
    type Error = BadLayerName;

    fn try_from(text: String) -> Result<Self, BadLayerName> {
        Self::parse(&text)
    }
}

impl From<LayerName> for String {
    fn from(name: LayerName) -> Self {
        name.0
    }
}

impl fmt::Display for LayerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a reference means no layer of this server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayerReferenceError {
    #[error(transparent)]
    Name(#[from] BadLayerName),
    /// An ARN of another form: layers that AWS itself provides, or a version that is no number.
    #[error("`{0}` is no layer of an account")]
    Unknown(String),
    #[error("the layer is in the region {region}")]
    OtherRegion { region: String },
    #[error("the layer is another account's")]
    OtherAccount,
}

/// One version of one layer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LayerVersionId {
    pub layer: LayerName,
    pub version: NonZeroU64,
}

impl LayerVersionId {
    /// Reads `arn:P:lambda:R:A:layer:NAME:VERSION`.
    pub fn parse(home: &Home, arn: &str) -> Result<Self, LayerReferenceError> {
        let unknown = || LayerReferenceError::Unknown(arn.to_owned());
        let (layer, version) = arn.rsplit_once(':').ok_or_else(unknown)?;
        let layer = layer_name(home, layer)?;
        let version = version.parse().map_err(|_| unknown())?;
        Ok(Self { layer, version })
    }

    pub fn arn(&self, home: &Home) -> String {
        format!("{}:{}", layer_arn(home, &self.layer), self.version)
    }
}

/// `arn:P:lambda:R:A:layer:NAME`.
pub fn layer_arn(home: &Home, name: &LayerName) -> String {
    let Home {
        partition,
        region,
        account,
    } = home;
    format!("arn:{partition}:lambda:{region}:{account}:layer:{name}")
}

/// Reads a layer's name, bare or as an ARN without a version.
pub fn layer_name(home: &Home, reference: &str) -> Result<LayerName, LayerReferenceError> {
    if !reference.starts_with("arn:") {
        return Ok(LayerName::parse(reference)?);
    }
    let parts: Vec<&str> = reference.split(':').collect();
    match parts.as_slice() {
        ["arn", _, "lambda", region, _, "layer", _] if *region != home.region => {
            let region = (*region).to_owned();
            Err(LayerReferenceError::OtherRegion { region })
        }
        ["arn", _, "lambda", _, account, "layer", _] if *account != home.account => {
            Err(LayerReferenceError::OtherAccount)
        }
        ["arn", _, "lambda", _, _, "layer", name] => Ok(LayerName::parse(name)?),
        _ => Err(LayerReferenceError::Unknown(reference.to_owned())),
    }
}

/// A layer version as a function uses it: what it had when it was configured, whatever becomes of
/// the layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedLayer {
    #[serde(flatten)]
    pub id: LayerVersionId,
    pub content: Code,
}

/// A list of layers that no function may have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayersRefusal {
    #[error("a function may use {LAYERS_MAX} layers")]
    TooMany,
    #[error("two versions of one layer")]
    SameLayer {
        second: LayerVersionId,
        first: LayerVersionId,
    },
}

/// Refuses a list that is too long or names a layer twice.
pub fn check_layers(layers: &[LayerVersionId]) -> Result<(), LayersRefusal> {
    if layers.len() > LAYERS_MAX {
        return Err(LayersRefusal::TooMany);
    }
    let mut seen = HashMap::new();
    for second in layers {
        if let Some(first) = seen.insert(&second.layer, second) {
            return Err(LayersRefusal::SameLayer {
                second: second.clone(),
                first: first.clone(),
            });
        }
    }
    Ok(())
}

/// A layer and all its versions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    pub name: LayerName,
    /// The number that the next version gets; numbers are never used twice.
    pub next_version: NonZeroU64,
    pub versions: BTreeMap<NonZeroU64, LayerVersion>,
}

/// What was published as one version, and who may use it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerVersion {
    pub content: Code,
    pub description: String,
    /// Names of runtimes, ours or not: Lambda uses them to find layers and checks nothing.
    pub runtimes: Vec<String>,
    pub architectures: Vec<Architecture>,
    pub license: Option<String>,
    pub created: Moment,
    /// Statements by which other accounts may use the version; none without a policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<LayerPolicy>,
}

/// The statements of a layer version's policy, never empty, and the guard of its changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerPolicy {
    pub revision: RevisionId,
    pub statements: Vec<LayerStatement>,
}

/// One permission to use a layer version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerStatement {
    pub id: String,
    pub action: String,
    /// An account's number, the ARN of its root, or `*`.
    pub principal: String,
    pub organization: Option<String>,
}

/// The revision that a change of a policy expects, if any, and the one that it leaves behind.
#[derive(Debug, Clone, Copy)]
pub struct PolicyRevisions<'a> {
    pub expected: Option<&'a str>,
    pub next: RevisionId,
}

/// Why a change of a layer's policy is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyRefusal {
    #[error("the layer has no such version")]
    NoSuchVersion,
    #[error("the policy's revision is not the latest one")]
    RevisionDiffers,
    #[error("the policy has a statement of that id")]
    StatementExists,
    #[error("the policy has no statement of that id")]
    NoSuchStatement,
    #[error("the policy would have {bytes} bytes, more than {LAYER_POLICY_BYTES_MAX}")]
    TooLong { bytes: usize },
}

impl Layer {
    /// A layer in which nothing is published yet.
    pub const fn new(name: LayerName) -> Self {
        Self {
            name,
            next_version: NonZeroU64::MIN,
            versions: BTreeMap::new(),
        }
    }

    /// Publishes a version under the next number.
    #[must_use]
    pub fn publish(&self, version: LayerVersion) -> Self {
        let mut next = self.clone();
        next.versions.insert(self.next_version, version);
        next.next_version = self.next_version.saturating_add(1);
        next
    }

    /// The version that was published last.
    pub fn last_published(&self) -> Option<(NonZeroU64, &LayerVersion)> {
        let last = self.versions.last_key_value();
        last.map(|(number, version)| (*number, version))
    }

    /// Deletes a version; one that does not exist counts as deleted.
    #[must_use]
    pub fn delete_version(&self, version: NonZeroU64) -> Self {
        let mut next = self.clone();
        next.versions.remove(&version);
        next
    }

    /// Adds a statement to the policy of a version.
    pub fn add_permission(
        &self,
        version: &LayerVersionId,
        statement: LayerStatement,
        revisions: PolicyRevisions<'_>,
        home: &Home,
    ) -> Result<Self, PolicyRefusal> {
        let mut next = self.clone();
        let published = next.versions.get_mut(&version.version);
        let published = published.ok_or(PolicyRefusal::NoSuchVersion)?;
        revisions.check(published.policy.as_ref())?;
        let mut statements = match published.policy.take() {
            Some(policy) => policy.statements,
            None => Vec::new(),
        };
        if statements.iter().any(|other| other.id == statement.id) {
            return Err(PolicyRefusal::StatementExists);
        }
        statements.push(statement);
        let policy = LayerPolicy {
            revision: revisions.next,
            statements,
        };
        let bytes = policy.to_json(&version.arn(home)).len();
        if bytes > LAYER_POLICY_BYTES_MAX {
            return Err(PolicyRefusal::TooLong { bytes });
        }
        published.policy = Some(policy);
        Ok(next)
    }

    /// Removes a statement from the policy of a version, and with the last one the policy.
    pub fn remove_permission(
        &self,
        version: NonZeroU64,
        statement: &str,
        revisions: PolicyRevisions<'_>,
    ) -> Result<Self, PolicyRefusal> {
        let mut next = self.clone();
        let published = next.versions.get_mut(&version);
        let published = published.ok_or(PolicyRefusal::NoSuchVersion)?;
        revisions.check(published.policy.as_ref())?;
        let mut policy = published
            .policy
            .take()
            .ok_or(PolicyRefusal::NoSuchStatement)?;
        let before = policy.statements.len();
        policy.statements.retain(|other| other.id != statement);
        if policy.statements.len() == before {
            return Err(PolicyRefusal::NoSuchStatement);
        }
        policy.revision = revisions.next;
        published.policy = Some(policy).filter(|policy| !policy.statements.is_empty());
        Ok(next)
    }

    /// Bytes of packages that count against the account.
    pub fn code_bytes(&self) -> u64 {
        let versions = self.versions.values();
        versions.map(|version| version.content.size).sum()
    }
}

impl PolicyRevisions<'_> {
    fn check(&self, policy: Option<&LayerPolicy>) -> Result<(), PolicyRefusal> {
        let current = policy.map(|policy| policy.revision.0.to_string());
        match self.expected {
            Some(expected) if current.as_deref() != Some(expected) => {
                Err(PolicyRefusal::RevisionDiffers)
            }
            _ => Ok(()),
        }
    }
}

impl LayerVersion {
    /// Whether the version is one that a list with these filters shows.
    pub fn is_for(&self, runtime: Option<&str>, architecture: Option<Architecture>) -> bool {
        runtime.is_none_or(|wanted| self.runtimes.iter().any(|runtime| runtime == wanted))
            && architecture.is_none_or(|wanted| self.architectures.contains(&wanted))
    }
}

/// The order of the members is AWS's.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyJson<'a> {
    version: &'static str,
    id: &'static str,
    statement: Vec<StatementJson<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StatementJson<'a> {
    sid: &'a str,
    effect: &'static str,
    principal: PrincipalJson,
    action: &'a str,
    resource: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<serde_json::Value>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum PrincipalJson {
    Everybody(&'static str),
    Account {
        #[serde(rename = "AWS")]
        arn: String,
    },
}

impl LayerPolicy {
    /// The policy document. `resource` is the ARN of the layer version.
    pub fn to_json(&self, resource: &str) -> String {
        let json = PolicyJson {
            version: "2012-10-17",
            id: "default",
            statement: self
                .statements
                .iter()
                .map(|statement| statement.json(resource))
                .collect(),
        };
        // Texts under fixed names always serialize.
        serde_json::to_string(&json).unwrap_or_default()
    }
}

impl LayerStatement {
    /// The statement as a policy has it. `resource` is the ARN of the layer version.
    pub fn to_json(&self, resource: &str) -> String {
        // Texts under fixed names always serialize.
        serde_json::to_string(&self.json(resource)).unwrap_or_default()
    }

    fn json<'a>(&'a self, resource: &'a str) -> StatementJson<'a> {
        let partition = resource.split(':').nth(1).unwrap_or("aws");
        let principal = match self.principal.as_str() {
            "*" => PrincipalJson::Everybody("*"),
            arn if arn.starts_with("arn:") => PrincipalJson::Account {
                arn: arn.to_owned(),
            },
            account => PrincipalJson::Account {
                arn: format!("arn:{partition}:iam::{account}:root"),
            },
        };
        let condition = self.organization.as_ref();
        let condition =
            condition.map(|id| serde_json::json!({"StringEquals": {"aws:PrincipalOrgID": id}}));
        StatementJson {
            sid: &self.id,
            effect: "Allow",
            principal,
            action: &self.action,
            resource,
            condition,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn home() -> Home {
        Home::new("us-east-1", "000000000000")
    }

    fn id(version: u64) -> LayerVersionId {
        LayerVersionId {
            layer: LayerName::parse("tools").unwrap(),
            version: NonZeroU64::new(version).unwrap(),
        }
    }

    fn a_version() -> LayerVersion {
        LayerVersion {
            content: Code {
                sha256: "a".repeat(64),
                size: 3,
                unzipped: 9,
            },
            description: String::new(),
            runtimes: vec!["python3.13".into()],
            architectures: vec![Architecture::X86_64],
            license: None,
            created: Moment::from_millis(0),
            policy: None,
        }
    }

    fn a_layer() -> Layer {
        Layer::new(LayerName::parse("tools").unwrap()).publish(a_version())
    }

    fn statement(id: &str, principal: &str) -> LayerStatement {
        LayerStatement {
            id: id.to_owned(),
            action: "lambda:GetLayerVersion".to_owned(),
            principal: principal.to_owned(),
            organization: None,
        }
    }

    fn after(expected: Option<&str>, number: u128) -> PolicyRevisions<'_> {
        PolicyRevisions {
            expected,
            next: RevisionId(Uuid::from_u128(number)),
        }
    }

    #[test]
    fn a_number_that_was_deleted_is_not_used_again() {
        let layer = a_layer().publish(a_version());

        let layer = layer.delete_version(id(2).version).publish(a_version());

        let numbers: Vec<u64> = layer.versions.keys().map(|number| number.get()).collect();
        assert_eq!(numbers, [1, 3]);
    }

    #[test]
    fn an_arn_means_a_version_of_this_account_and_region() {
        let table = [
            (
                "arn:aws:lambda:us-east-1:000000000000:layer:tools:1",
                Ok(id(1)),
            ),
            (
                "arn:aws:lambda:eu-west-1:000000000000:layer:tools:1",
                Err(LayerReferenceError::OtherRegion {
                    region: "eu-west-1".into(),
                }),
            ),
            (
                "arn:aws:lambda:us-east-1:111111111111:layer:tools:1",
                Err(LayerReferenceError::OtherAccount),
            ),
        ];
        for (arn, expected) in table {
            assert_eq!(LayerVersionId::parse(&home(), arn), expected, "{arn}");
        }
        for arn in [
            "arn:aws:lambda:::awslayer:AmazonLinux",
            "arn:aws:lambda:us-east-1:000000000000:layer:tools:0",
        ] {
            let parsed = LayerVersionId::parse(&home(), arn);
            assert!(
                matches!(parsed, Err(LayerReferenceError::Unknown(_))),
                "{arn}"
            );
        }
        assert_eq!(
            id(7).arn(&home()),
            "arn:aws:lambda:us-east-1:000000000000:layer:tools:7"
        );
    }

    #[test]
    fn five_layers_are_the_most_and_no_two_are_the_same() {
        let named = |name: &str| LayerVersionId {
            layer: LayerName::parse(name).unwrap(),
            ..id(1)
        };
        let six = ["a", "b", "c", "d", "e", "f"].map(named);

        assert_eq!(check_layers(&six[..5]), Ok(()));
        assert_eq!(check_layers(&six), Err(LayersRefusal::TooMany));
        assert_eq!(
            check_layers(&[id(1), named("a"), id(2)]),
            Err(LayersRefusal::SameLayer {
                second: id(2),
                first: id(1)
            })
        );
    }

    #[test]
    fn a_policy_reads_as_iams() {
        let mut organization = statement("two", "*");
        organization.organization = Some("o-a1b2c3".into());

        let layer = a_layer()
            .add_permission(
                &id(1),
                statement("one", "123456789012"),
                after(None, 1),
                &home(),
            )
            .unwrap()
            .add_permission(&id(1), organization, after(None, 2), &home())
            .unwrap();

        let policy = layer.versions[&id(1).version].policy.as_ref().unwrap();
        assert_eq!(
            policy.to_json("arn:x"),
            "{\"Version\":\"2012-10-17\",\"Id\":\"default\",\"Statement\":[\
             {\"Sid\":\"one\",\"Effect\":\"Allow\",\
             \"Principal\":{\"AWS\":\"arn:x:iam::123456789012:root\"},\
             \"Action\":\"lambda:GetLayerVersion\",\"Resource\":\"arn:x\"},\
             {\"Sid\":\"two\",\"Effect\":\"Allow\",\"Principal\":\"*\",\
             \"Action\":\"lambda:GetLayerVersion\",\"Resource\":\"arn:x\",\
             \"Condition\":{\"StringEquals\":{\"aws:PrincipalOrgID\":\"o-a1b2c3\"}}}]}"
        );
    }

    #[test]
    fn a_policy_is_guarded_by_its_revision_and_ends_with_its_last_statement() {
        let layer = a_layer();
        let add = |layer: &Layer, guard: Option<&str>| {
            layer.add_permission(&id(1), statement("one", "*"), after(guard, 1), &home())
        };
        assert_eq!(add(&layer, Some("x")), Err(PolicyRefusal::RevisionDiffers));
        let layer = add(&layer, None).unwrap();
        assert_eq!(add(&layer, None), Err(PolicyRefusal::StatementExists));
        let remove =
            |statement, guard| layer.remove_permission(id(1).version, statement, after(guard, 2));
        assert_eq!(
            remove("one", Some("x")),
            Err(PolicyRefusal::RevisionDiffers)
        );
        assert_eq!(remove("two", None), Err(PolicyRefusal::NoSuchStatement));

        let guard = Uuid::from_u128(1).to_string();
        let layer = remove("one", Some(guard.as_str())).unwrap();

        assert_eq!(layer.versions[&id(1).version].policy, None);
    }

    #[test]
    fn a_policy_that_grows_too_long_is_refused() {
        let mut layer = a_layer();
        let refusal = (0..1_000).find_map(|number| {
            let statement = statement(&format!("{number:0>100}"), "*");
            match layer.add_permission(&id(1), statement, after(None, 1), &home()) {
                Ok(next) => {
                    layer = next;
                    None
                }
                Err(refusal) => Some(refusal),
            }
        });

        assert!(matches!(refusal, Some(PolicyRefusal::TooLong { .. })));
    }
}
