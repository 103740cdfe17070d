//! How functions, versions and aliases are called: names, qualifiers, ARNs.
//!
//! A caller may write a function as a bare name, a partial ARN or a full ARN, each with or without
//! a qualifier, and may repeat the qualifier in the query. [`Target::resolve`] turns every such
//! spelling into one function and one optional qualifier, or says why it means none of ours.

use std::fmt;
use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};

use crate::limits::FUNCTION_NAME_LEN_MAX;

/// The account and region that a server is, as they appear in every ARN it makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Home {
    pub partition: String,
    pub region: String,
    pub account: String,
}

impl Home {
    /// The home of a region; the partition follows from the region's prefix.
    pub fn new(region: &str, account: &str) -> Self {
        let partition = match region.split('-').next() {
            Some("cn") => "aws-cn",
            _ if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        Self {
            partition: partition.to_owned(),
            region: region.to_owned(),
            account: account.to_owned(),
        }
    }

    /// `arn:P:lambda:R:A:function:NAME`.
    pub fn function_arn(&self, name: &FunctionName) -> String {
        let Self {
            partition,
            region,
            account,
        } = self;
        format!("arn:{partition}:lambda:{region}:{account}:function:{name}")
    }

    /// `arn:P:lambda:R:A:function:NAME:QUALIFIER`, or without the last part if there is none.
    pub fn qualified_arn(
        &self,
        name: &FunctionName,
        qualifier: Option<&impl fmt::Display>,
    ) -> String {
        match qualifier {
            None => self.function_arn(name),
            Some(qualifier) => format!("{}:{qualifier}", self.function_arn(name)),
        }
    }
}

/// Why a text is not a name of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("`{0}` has a character that a name may not have")]
    Character(String),
    #[error("`{0}` is longer than {max} characters", max = FUNCTION_NAME_LEN_MAX)]
    TooLong(String),
    #[error("`{0}` is all digits, which names a version and never an alias")]
    AllDigits(String),
}

/// The bare name of a function: 1 to 64 letters, digits, `-` and `_`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FunctionName(String);

impl FunctionName {
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if !is_word(text) {
            return Err(NameError::Character(text.to_owned()));
        }
        if text.len() > FUNCTION_NAME_LEN_MAX {
            return Err(NameError::TooLong(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of an alias: letters, digits, `-` and `_`, not all digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AliasName(String);

impl AliasName {
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if !is_word(text) {
            return Err(NameError::Character(text.to_owned()));
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NameError::AllDigits(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

macro_rules! text_conversions {
    ($($name:ident),*) => {$(
        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

text_conversions!(FunctionName, AliasName);

/// One immutable or mutable state of a function's code and configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Version {
    Latest,
    Number(NonZeroU64),
}

impl Version {
    /// How Lambda writes the changing version.
    pub const LATEST: &'static str = "$LATEST";

    pub fn parse(text: &str) -> Option<Self> {
        if text == Self::LATEST {
            return Some(Self::Latest);
        }
        // `01` is digits and yet no version: Lambda never writes it so.
        let number = text.parse::<NonZeroU64>().ok()?;
        (number.to_string() == text).then_some(Self::Number(number))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str(Self::LATEST),
            Self::Number(number) => number.fmt(f),
        }
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

impl TryFrom<String> for Version {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("`{text}` is no version"))
    }
}

/// Which code a caller asked for.
///
/// The last case is a text that is well formed and can name nothing, such as `$latest` or
/// `$LATEST.PUBLISHED` of a function without managed instances; it is kept for the error's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Qualifier {
    Version(Version),
    Alias(AliasName),
    Nothing(String),
}

impl Qualifier {
    pub fn parse(text: &str) -> Self {
        if let Some(version) = Version::parse(text) {
            return Self::Version(version);
        }
        // An alias may not be all digits, so a number is always a version.
        AliasName::parse(text).map_or_else(|_| Self::Nothing(text.to_owned()), Self::Alias)
    }
}

impl fmt::Display for Qualifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => version.fmt(f),
            Self::Alias(alias) => alias.fmt(f),
            Self::Nothing(text) => f.write_str(text),
        }
    }
}

/// The function, and perhaps the version or alias of it, that a request is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub function: FunctionName,
    pub qualifier: Option<Qualifier>,
}

/// Why a spelling that has the shape of a function reference means none of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    #[error("the function's name is not valid")]
    Name(#[from] NameError),
    #[error("the qualifier in the name differs from the qualifier in the query")]
    QualifiersDiffer,
    #[error("the ARN names the region `{region}`")]
    OtherRegion { region: String },
    #[error("the ARN names the account `{account}`")]
    OtherAccount { account: String, arn: String },
}

impl Target {
    /// Reads a function reference and the query's qualifier as Lambda does.
    ///
    /// The reference has already passed the model's pattern, so its parts are told apart by
    /// their shape. observed: conflicting qualifiers are reported before anything else.
    pub fn resolve(home: &Home, reference: &str, query: Option<&str>) -> Result<Self, TargetError> {
        let spelled = Spelling::read(reference);
        let text = match (spelled.qualifier, query) {
            (Some(inner), Some(outer)) if inner != outer => {
                return Err(TargetError::QualifiersDiffer);
            }
            (inner, outer) => inner.or(outer),
        };
        if let Some(region) = spelled.region.filter(|region| *region != home.region) {
            return Err(TargetError::OtherRegion {
                region: region.to_owned(),
            });
        }
        let function = FunctionName::parse(spelled.name)?;
        let qualifier = text.map(Qualifier::parse);
        if let Some(account) = spelled.account.filter(|account| *account != home.account) {
            let there = Home {
                account: account.to_owned(),
                ..home.clone()
            };
            return Err(TargetError::OtherAccount {
                account: account.to_owned(),
                arn: there.qualified_arn(&function, qualifier.as_ref()),
            });
        }
        Ok(Self {
            function,
            qualifier,
        })
    }
}

/// A function reference cut into its parts, nothing checked.
struct Spelling<'a> {
    region: Option<&'a str>,
    account: Option<&'a str>,
    name: &'a str,
    qualifier: Option<&'a str>,
}

impl<'a> Spelling<'a> {
    fn read(reference: &'a str) -> Self {
        let mut rest = reference;
        if let Some(arn) = rest.strip_prefix("arn:") {
            // arn:PARTITION:lambda:…
            rest = arn.splitn(3, ':').nth(2).unwrap_or(arn);
        }
        let region = take_part(&mut rest, |part, more| {
            is_region(part)
                && more
                    .split_once(':')
                    .is_some_and(|(account, _)| is_account(account))
        });
        let account = take_part(&mut rest, |part, more| {
            is_account(part) && more.starts_with("function:")
        });
        take_part(&mut rest, |part, _| part == "function");
        let (name, qualifier) = match rest.split_once(':') {
            Some((name, qualifier)) => (name, Some(qualifier)),
            None => (rest, None),
        };
        Self {
            region,
            account,
            name,
            qualifier,
        }
    }
}

/// Cuts the first part off `rest` if it is followed by more and is what we look for.
///
/// A function's name may look like a region or an account (`us-east-1:live` is a legal alias of a
/// legal name), so those also look at what follows.
fn take_part<'a>(rest: &mut &'a str, is_it: impl Fn(&str, &str) -> bool) -> Option<&'a str> {
    let (part, more) = rest.split_once(':')?;
    is_it(part, more).then(|| {
        *rest = more;
        part
    })
}

/// Lower-case words that end in `-DIGIT`, as `us-east-1` does.
fn is_region(part: &str) -> bool {
    part.rsplit_once('-').is_some_and(|(words, digit)| {
        digit.len() == 1
            && digit.bytes().all(|b| b.is_ascii_digit())
            && words.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
    })
}

fn is_account(part: &str) -> bool {
    part.len() == 12 && part.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> Home {
        Home::new("us-east-1", "000000000000")
    }

    fn resolve(
        reference: &str,
        query: Option<&str>,
    ) -> Result<(String, Option<String>), TargetError> {
        Target::resolve(&home(), reference, query).map(|target| {
            (
                target.function.to_string(),
                target.qualifier.map(|q| q.to_string()),
            )
        })
    }

    #[test]
    fn every_spelling_of_a_function_means_the_same_function() {
        for spelling in [
            "fn-1",
            "function:fn-1",
            "000000000000:function:fn-1",
            "us-east-1:000000000000:function:fn-1",
            "arn:aws:lambda:us-east-1:000000000000:function:fn-1",
        ] {
            assert_eq!(
                resolve(spelling, None),
                Ok(("fn-1".into(), None)),
                "{spelling}"
            );
            let qualified = format!("{spelling}:live");
            assert_eq!(
                resolve(&qualified, None),
                Ok(("fn-1".into(), Some("live".into())))
            );
            assert_eq!(
                resolve(&qualified, Some("live")),
                resolve(spelling, Some("live"))
            );
        }
    }

    #[test]
    fn a_name_that_looks_like_a_region_or_an_account_is_still_a_name() {
        assert_eq!(resolve("us-east-1", None), Ok(("us-east-1".into(), None)));
        assert_eq!(
            resolve("123456789012", None),
            Ok(("123456789012".into(), None))
        );
        assert_eq!(resolve("function", None), Ok(("function".into(), None)));
        assert_eq!(
            resolve("us-east-1:live", None),
            Ok(("us-east-1".into(), Some("live".into())))
        );
        assert_eq!(
            resolve("123456789012:1", None),
            Ok(("123456789012".into(), Some("1".into())))
        );
        assert_eq!(
            resolve(
                "arn:aws:lambda:us-east-1:000000000000:function:function:function",
                None
            ),
            Ok(("function".into(), Some("function".into())))
        );
    }

    #[test]
    fn qualifiers_that_differ_are_reported_before_anything_else() {
        let elsewhere = "arn:aws:lambda:eu-west-1:000000000000:function:fn:1";
        assert_eq!(
            resolve(elsewhere, Some("2")),
            Err(TargetError::QualifiersDiffer)
        );
    }

    #[test]
    fn another_region_and_another_account_are_not_ours() {
        assert_eq!(
            resolve("arn:aws:lambda:eu-west-1:000000000000:function:fn", None),
            Err(TargetError::OtherRegion {
                region: "eu-west-1".into()
            })
        );
        assert!(matches!(
            resolve("111111111111:function:fn:1", None),
            Err(TargetError::OtherAccount { arn, .. })
                if arn == "arn:aws:lambda:us-east-1:111111111111:function:fn:1"
        ));
    }

    #[test]
    fn a_number_is_a_version_and_never_an_alias() {
        assert!(
            matches!(Qualifier::parse("7"), Qualifier::Version(Version::Number(n)) if n.get() == 7)
        );
        assert!(matches!(
            AliasName::parse("7"),
            Err(NameError::AllDigits(_))
        ));
        assert_eq!(
            Qualifier::parse("$LATEST"),
            Qualifier::Version(Version::Latest)
        );
        for nothing in [
            "0",
            "01",
            "$latest",
            "$LATEST.PUBLISHED",
            "99999999999999999999",
        ] {
            assert_eq!(
                Qualifier::parse(nothing),
                Qualifier::Nothing(nothing.into())
            );
        }
    }

    #[test]
    fn a_name_of_64_characters_is_the_longest() {
        assert!(FunctionName::parse(&"a".repeat(64)).is_ok());
        assert!(matches!(
            FunctionName::parse(&"a".repeat(65)),
            Err(NameError::TooLong(_))
        ));
        assert!(matches!(
            FunctionName::parse("a b"),
            Err(NameError::Character(_))
        ));
        assert!(matches!(
            FunctionName::parse("a.b"),
            Err(NameError::Character(_))
        ));
    }

    #[test]
    fn the_partition_follows_from_the_region() {
        assert_eq!(Home::new("cn-north-1", "0").partition, "aws-cn");
        assert_eq!(Home::new("us-gov-west-1", "0").partition, "aws-us-gov");
        assert_eq!(Home::new("eu-west-1", "0").partition, "aws");
    }
}
