//! Every parameter the command knows, in one table.
//!
//! The binder, the help, the completions and the refusals are all read from here, so none of them can
//! drift from the others. The table holds the whole reference page, also what this release does not
//! act upon: a name or an abbreviation must not change its meaning when a later release acts upon it.

/// A parameter, by the name the reference page gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ParameterId {
    FunctionName,
    Payload,
    ClientContext,
    InvocationType,
    LogType,
    ClientContextBase64,
    PayloadStream,
    Qualifier,
    Select,
    PassThru,
    Force,
    AccessKey,
    SecretKey,
    SessionToken,
    Credential,
    NetworkCredential,
    ProfileName,
    ProfileLocation,
    Region,
    EndpointUrl,
    Verbose,
    Debug,
    ErrorAction,
    WarningAction,
    InformationAction,
    ProgressAction,
    ErrorVariable,
    WarningVariable,
    InformationVariable,
    OutVariable,
    OutBuffer,
    PipelineVariable,
    WhatIf,
    Confirm,
}

/// Whether a parameter takes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Takes a value; the text is the type the reference page shows.
    Value(&'static str),
    /// Present or absent; a value only with a colon.
    Switch,
}

/// Whose parameter it is, which decides ties between abbreviations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    /// The command's own: also what `-Select '^Name'` may name.
    Own,
    /// Credentials, region and endpoint: every AWS command has them.
    CredentialAndRegion,
    /// PowerShell's: every command has them. Yields to the other two when an abbreviation fits both.
    Common,
}

/// What the real command takes from PowerShell's pipeline, as its help says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pipeline {
    ByPropertyName,
    ByValueAndPropertyName,
    No,
}

/// Whether giving the parameter has an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Support {
    /// The command acts upon it.
    Acted,
    /// The command refuses it; the text tells the user what to do instead.
    Refused(&'static str),
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameter {
    pub(crate) id: ParameterId,
    pub(crate) name: &'static str,
    pub(crate) aliases: &'static [&'static str],
    /// Counted from 1, as the reference page does. `None` is "Named".
    pub(crate) position: Option<u8>,
    pub(crate) kind: Kind,
    pub(crate) group: Group,
    pub(crate) pipeline: Pipeline,
    pub(crate) support: Support,
    /// What stands in for a parameter that is not given, for the help.
    pub(crate) default: &'static str,
    /// The values worth offering. Other values are passed on unchanged.
    pub(crate) values: &'static [&'static str],
    pub(crate) description: &'static str,
}

impl Parameter {
    pub(crate) const fn is_required(&self) -> bool {
        matches!(self.id, ParameterId::FunctionName)
    }

    pub(crate) const fn is_acted_upon(&self) -> bool {
        matches!(self.support, Support::Acted)
    }

    /// The name and every alias.
    pub(crate) fn spellings(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }
}

/// The row of a parameter.
pub(crate) fn parameter(id: ParameterId) -> &'static Parameter {
    // The table is in the order of `ParameterId`; a test holds it to that.
    TABLE.get(id as usize).unwrap_or(&FUNCTION_NAME)
}

/// The parameters that take a place on the command line, first to last.
pub(crate) fn positional() -> Vec<&'static Parameter> {
    let mut places: Vec<_> = TABLE.iter().filter(|row| row.position.is_some()).collect();
    places.sort_by_key(|row| row.position);
    places
}

const NO_PROFILES: &str = "this release does not read credential profiles; give -AccessKey and -SecretKey, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
const NO_PROMPTS: &str = "this release never asks before it invokes; leave it out";
const NO_SHELL: &str = "it has no meaning outside a PowerShell session; leave it out";

const fn own(id: ParameterId, name: &'static str, description: &'static str) -> Parameter {
    Parameter {
        id,
        name,
        aliases: &[],
        position: None,
        kind: Kind::Value("String"),
        group: Group::Own,
        pipeline: Pipeline::ByPropertyName,
        support: Support::Acted,
        default: "",
        values: &[],
        description,
    }
}

const fn credential(
    id: ParameterId,
    name: &'static str,
    aliases: &'static [&'static str],
    description: &'static str,
) -> Parameter {
    let mut row = own(id, name, description);
    row.aliases = aliases;
    row.group = Group::CredentialAndRegion;
    row
}

const fn common(
    id: ParameterId,
    name: &'static str,
    aliases: &'static [&'static str],
    (kind, advice): (Kind, &'static str),
) -> Parameter {
    let mut row = own(
        id,
        name,
        "A common parameter of PowerShell; known by name and refused.",
    );
    row.aliases = aliases;
    row.kind = kind;
    row.group = Group::Common;
    row.pipeline = Pipeline::No;
    row.support = Support::Refused(advice);
    row
}

const fn placed(mut row: Parameter, position: u8, default: &'static str) -> Parameter {
    row.position = Some(position);
    row.default = default;
    row
}

const fn typed(mut row: Parameter, kind: Kind, values: &'static [&'static str]) -> Parameter {
    row.kind = kind;
    row.values = values;
    row
}

const fn refused(mut row: Parameter, advice: &'static str) -> Parameter {
    row.support = Support::Refused(advice);
    row
}

const fn by_value(mut row: Parameter) -> Parameter {
    row.pipeline = Pipeline::ByValueAndPropertyName;
    row
}

const FUNCTION_NAME: Parameter = by_value(placed(
    own(
        ParameterId::FunctionName,
        "FunctionName",
        "The function to invoke: its name, name:alias or name:version, or a partial or full ARN. Sent as it is given.",
    ),
    1,
    "",
));

/// Every parameter, in the order of [`ParameterId`].
pub(crate) static TABLE: [Parameter; 34] = [
    FUNCTION_NAME,
    placed(
        own(
            ParameterId::Payload,
            "Payload",
            "The JSON the function receives. Always the text itself and never a path; the server decides whether it is valid. An empty text sends an empty body.",
        ),
        2,
        "{}",
    ),
    placed(
        own(
            ParameterId::ClientContext,
            "ClientContext",
            "JSON about the calling client, which the function finds in its context object. Encoded to base64 for you.",
        ),
        3,
        "{}",
    ),
    placed(
        typed(
            own(
                ParameterId::InvocationType,
                "InvocationType",
                "RequestResponse waits for the answer. Event returns at once and the function runs later. DryRun checks names and permission and runs nothing. Case does not matter; other values are passed on.",
            ),
            Kind::Value("InvocationType"),
            &["DryRun", "Event", "RequestResponse"],
        ),
        4,
        "RequestResponse",
    ),
    placed(
        typed(
            own(
                ParameterId::LogType,
                "LogType",
                "Tail asks for the last 4 KB of the invocation's log in the answer. Case does not matter; other values are passed on.",
            ),
            Kind::Value("LogType"),
            &["None", "Tail"],
        ),
        5,
        "None",
    ),
    own(
        ParameterId::ClientContextBase64,
        "ClientContextBase64",
        "As ClientContext, and wins over it. As the reference page says, the text is encoded to base64 here too: give it as it is.",
    ),
    typed(
        own(
            ParameterId::PayloadStream,
            "PayloadStream",
            "The payload as bytes, and wins over Payload: @PATH, file://PATH or fileb://PATH reads a file, @- reads standard input, @@TEXT is @TEXT, any other text is the payload itself.",
        ),
        Kind::Value("Byte[]"),
        &[],
    ),
    own(
        ParameterId::Qualifier,
        "Qualifier",
        "The version or alias to invoke. Quote $LATEST, or the shell replaces it by nothing.",
    ),
    SELECT,
    refused(
        typed(
            own(
                ParameterId::PassThru,
                "PassThru",
                "Deprecated: prints the value of FunctionName instead of the answer. Refused.",
            ),
            Kind::Switch,
            &[],
        ),
        "it is deprecated; use -Select '^FunctionName'",
    ),
    refused(
        typed(
            own(
                ParameterId::Force,
                "Force",
                "Continues without a confirmation prompt. Refused, as there are no prompts.",
            ),
            Kind::Switch,
            &[],
        ),
        NO_PROMPTS,
    ),
    credential(
        ParameterId::AccessKey,
        "AccessKey",
        &["AK"],
        "The access key id. Needs SecretKey.",
    ),
    credential(
        ParameterId::SecretKey,
        "SecretKey",
        &["SK", "SecretAccessKey"],
        "The secret access key. Needs AccessKey.",
    ),
    credential(
        ParameterId::SessionToken,
        "SessionToken",
        &["ST"],
        "The session token of temporary keys.",
    ),
    refused(
        typed(
            by_value(credential(
                ParameterId::Credential,
                "Credential",
                &[],
                "Keys in one value. Refused.",
            )),
            Kind::Value("AWSCredentials"),
            &[],
        ),
        "give the keys as -AccessKey, -SecretKey and -SessionToken",
    ),
    refused(
        typed(
            by_value(credential(
                ParameterId::NetworkCredential,
                "NetworkCredential",
                &[],
                "User name and password for a SAML role profile. Refused.",
            )),
            Kind::Value("PSCredential"),
            &[],
        ),
        NO_PROFILES,
    ),
    refused(
        credential(
            ParameterId::ProfileName,
            "ProfileName",
            &["StoredCredentials", "AWSProfileName"],
            "A stored credential profile. Refused.",
        ),
        NO_PROFILES,
    ),
    refused(
        credential(
            ParameterId::ProfileLocation,
            "ProfileLocation",
            &["AWSProfilesLocation", "ProfilesLocation"],
            "The file credential profiles are read from. Refused.",
        ),
        NO_PROFILES,
    ),
    typed(
        credential(
            ParameterId::Region,
            "Region",
            &["RegionToCall"],
            "The region to call and to sign for. Without it: AWS_REGION, AWS_DEFAULT_REGION, the region in a function ARN, or us-east-1 when an endpoint is given.",
        ),
        Kind::Value("Object"),
        &[],
    ),
    credential(
        ParameterId::EndpointUrl,
        "EndpointUrl",
        &[],
        "The http or https URL to call. Without it: AWS_ENDPOINT_URL_LAMBDA, AWS_ENDPOINT_URL, or AWS's endpoint of the region.",
    ),
    common(
        ParameterId::Verbose,
        "Verbose",
        &["vb"],
        (
            Kind::Switch,
            "this release has no verbose messages; leave it out",
        ),
    ),
    common(
        ParameterId::Debug,
        "Debug",
        &["db"],
        (
            Kind::Switch,
            "this release has no debug messages; leave it out",
        ),
    ),
    common(
        ParameterId::ErrorAction,
        "ErrorAction",
        &["ea"],
        (
            Kind::Value("ActionPreference"),
            "this release always reports an error and stops; leave it out",
        ),
    ),
    common(
        ParameterId::WarningAction,
        "WarningAction",
        &["wa"],
        (
            Kind::Value("ActionPreference"),
            "this release always writes warnings to standard error; leave it out",
        ),
    ),
    common(
        ParameterId::InformationAction,
        "InformationAction",
        &["infa"],
        SHELL,
    ),
    common(
        ParameterId::ProgressAction,
        "ProgressAction",
        &["proga"],
        SHELL,
    ),
    common(ParameterId::ErrorVariable, "ErrorVariable", &["ev"], SHELL),
    common(
        ParameterId::WarningVariable,
        "WarningVariable",
        &["wv"],
        SHELL,
    ),
    common(
        ParameterId::InformationVariable,
        "InformationVariable",
        &["iv"],
        SHELL,
    ),
    common(ParameterId::OutVariable, "OutVariable", &["ov"], SHELL),
    common(ParameterId::OutBuffer, "OutBuffer", &["ob"], SHELL),
    common(
        ParameterId::PipelineVariable,
        "PipelineVariable",
        &["pv"],
        SHELL,
    ),
    common(
        ParameterId::WhatIf,
        "WhatIf",
        &["wi"],
        (
            Kind::Switch,
            "this release cannot only pretend; -InvocationType DryRun asks the server without running the function",
        ),
    ),
    common(
        ParameterId::Confirm,
        "Confirm",
        &["cf"],
        (Kind::Switch, NO_PROMPTS),
    ),
];

const SHELL: (Kind, &str) = (Kind::Value("String"), NO_SHELL);

const SELECT: Parameter = {
    let mut row = own(
        ParameterId::Select,
        "Select",
        "What to print: '*' for the whole answer, a property of it (Payload, Payload.Length), or '^Name' for the value of one of the command's own parameters. Quote it.",
    );
    row.default = "*";
    row
};

/// Whether a two-dash option takes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Argument {
    None,
    /// `--option=VALUE` only.
    Optional,
    /// `--option VALUE` or `--option=VALUE`.
    Required,
}

/// A two-dash option: ours, and none of PowerShell's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CommandOption {
    pub(crate) name: &'static str,
    pub(crate) argument: Argument,
    /// How the help shows the value.
    pub(crate) placeholder: &'static str,
    /// The values it takes; empty for a number.
    pub(crate) values: &'static [&'static str],
    pub(crate) description: &'static str,
}

/// Every two-dash option.
pub(crate) static OPTIONS: [CommandOption; 7] = [
    CommandOption {
        name: "--output",
        argument: Argument::Required,
        placeholder: "FORMAT",
        values: &["auto", "list", "json", "text", "raw"],
        description: "auto: a list on a terminal, one JSON object in a pipe. list, json: always that. text: the payload or selected value for a person. raw: its exact bytes.",
    },
    CommandOption {
        name: "--fail-on-function-error",
        argument: Argument::None,
        placeholder: "",
        values: &[],
        description: "Exit with status 3 when the function itself failed.",
    },
    CommandOption {
        name: "--max-attempts",
        argument: Argument::Required,
        placeholder: "N",
        values: &[],
        description: "How often to try when no connection can be made or the server answers 429, 1 to 10; 3 by default. Nothing else is ever tried again.",
    },
    CommandOption {
        name: "--error-format",
        argument: Argument::Required,
        placeholder: "FORMAT",
        values: &["text", "json"],
        description: "How errors are written to standard error.",
    },
    CommandOption {
        name: "--completions",
        argument: Argument::Required,
        placeholder: "SHELL",
        values: &["bash", "zsh", "fish", "pwsh"],
        description: "Print a completion script for that shell.",
    },
    CommandOption {
        name: "--help",
        argument: Argument::Optional,
        placeholder: "full",
        values: &["full"],
        description: "Print this help, or all of it. -? is the same as --help.",
    },
    CommandOption {
        name: "--version",
        argument: Argument::None,
        placeholder: "",
        values: &[],
        description: "Print the version.",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_names() {
        for (index, row) in TABLE.iter().enumerate() {
            assert_eq!(row.id as usize, index, "{}", row.name);
            assert_eq!(format!("{:?}", row.id), row.name);
        }
    }

    #[test]
    fn no_spelling_belongs_to_two_parameters() {
        let mut spellings: Vec<_> = TABLE
            .iter()
            .flat_map(Parameter::spellings)
            .map(str::to_ascii_lowercase)
            .collect();
        let all = spellings.len();

        spellings.sort();
        spellings.dedup();

        assert_eq!(spellings.len(), all);
    }

    #[test]
    fn the_positions_are_those_of_the_reference_page() {
        let names: Vec<_> = positional().iter().map(|row| row.name).collect();

        assert_eq!(
            names,
            [
                "FunctionName",
                "Payload",
                "ClientContext",
                "InvocationType",
                "LogType"
            ]
        );
    }
}
