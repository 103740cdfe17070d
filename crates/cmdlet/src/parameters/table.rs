//! The rows of the table: the whole reference page, and what version 5 of the module added to it.

use super::{Group, Kind, Parameter, ParameterId, Pipeline, Support};

const NO_SHELL: &str = "it has no meaning outside a PowerShell session; leave it out";

/// The names of PowerShell's `ActionPreference` that a program without a debugger can act upon.
const ACTIONS: &[&str] = &["Continue", "Ignore", "SilentlyContinue", "Stop"];

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
    description: &'static str,
) -> Parameter {
    let mut row = own(id, name, description);
    row.aliases = aliases;
    row.kind = Kind::Switch;
    row.group = Group::Common;
    row.pipeline = Pipeline::No;
    row
}

/// A common parameter that only makes sense inside of a PowerShell session.
const fn of_the_shell(
    id: ParameterId,
    name: &'static str,
    aliases: &'static [&'static str],
) -> Parameter {
    let mut row = common(
        id,
        name,
        aliases,
        "A common parameter of PowerShell; known by name and refused.",
    );
    row.kind = Kind::Value("String");
    row.support = Support::Refused(NO_SHELL);
    row
}

const fn placed(mut row: Parameter, position: u8, default: &'static str) -> Parameter {
    row.position = Some(position);
    row.default = default;
    row
}

const fn typed(
    mut row: Parameter,
    kind: &'static str,
    values: &'static [&'static str],
) -> Parameter {
    row.kind = Kind::Value(kind);
    row.values = values;
    row
}

const fn switch(mut row: Parameter) -> Parameter {
    row.kind = Kind::Switch;
    row.default = "False";
    row
}

const fn by_value(mut row: Parameter) -> Parameter {
    row.pipeline = Pipeline::ByValueAndPropertyName;
    row
}

const fn otherwise(mut row: Parameter, default: &'static str) -> Parameter {
    row.default = default;
    row
}

pub(super) const FUNCTION_NAME: Parameter = by_value(placed(
    own(
        ParameterId::FunctionName,
        "FunctionName",
        "The function to invoke: its name, name:alias or name:version, or a partial or full ARN. Sent as it is given. Without it the records of standard input name the functions.",
    ),
    1,
    "",
));

/// Every parameter, in the order of [`ParameterId`].
pub(crate) static TABLE: [Parameter; 36] = [
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
            "InvocationType",
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
            "LogType",
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
        "Byte[]",
        &[],
    ),
    own(
        ParameterId::Qualifier,
        "Qualifier",
        "The version or alias to invoke. Quote $LATEST, or the shell replaces it by nothing.",
    ),
    otherwise(
        own(
            ParameterId::Select,
            "Select",
            "What to print: '*' for the whole answer, a property of it (Payload, Payload.Length), or '^Name' for the value of one of the command's own parameters. Quote it.",
        ),
        "*",
    ),
    switch(own(
        ParameterId::PassThru,
        "PassThru",
        "Prints the value of FunctionName instead of the answer. Deprecated: use -Select '^FunctionName', with which it cannot be combined.",
    )),
    switch(own(
        ParameterId::Force,
        "Force",
        "Invokes without asking, also when -Confirm is given. -WhatIf is stronger.",
    )),
    own(
        ParameterId::TenantId,
        "TenantId",
        "The tenant whose environments the function runs in, for functions with tenant isolation.",
    ),
    own(
        ParameterId::DurableExecutionName,
        "DurableExecutionName",
        "The name of the durable execution to start, for durable functions.",
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
    typed(
        by_value(credential(
            ParameterId::Credential,
            "Credential",
            &[],
            "Keys in one value, as a credential process prints them: JSON with AccessKeyId, SecretAccessKey and SessionToken, or @PATH of a file with that.",
        )),
        "AWSCredentials",
        &[],
    ),
    typed(
        by_value(credential(
            ParameterId::NetworkCredential,
            "NetworkCredential",
            &[],
            "Who signs in at the identity provider of a SAML role profile: a user name (the password is asked for, or taken from LM_NETWORK_PASSWORD), JSON with UserName and Password, or @PATH of a file with that.",
        )),
        "PSCredential",
        &[],
    ),
    credential(
        ParameterId::ProfileName,
        "ProfileName",
        &["StoredCredentials", "AWSProfileName"],
        "The credential profile to use. Its region is used too. A profile that does not exist is an error.",
    ),
    credential(
        ParameterId::ProfileLocation,
        "ProfileLocation",
        &["AWSProfilesLocation", "ProfilesLocation"],
        "The credentials file profiles are read from, with the file config beside it; without it the default files.",
    ),
    typed(
        credential(
            ParameterId::Region,
            "Region",
            &["RegionToCall"],
            "The region to call and to sign for. Without it: that of the profile named, AWS_REGION, AWS_DEFAULT_REGION, that of the default profile, the region in a function ARN, or us-east-1 when an endpoint is given.",
        ),
        "Object",
        &[],
    ),
    credential(
        ParameterId::EndpointUrl,
        "EndpointUrl",
        &[],
        "The http or https URL to call. Without it: AWS_ENDPOINT_URL_LAMBDA, AWS_ENDPOINT_URL, the profile's, or AWS's endpoint of the region.",
    ),
    common(
        ParameterId::Verbose,
        "Verbose",
        &["vb"],
        "Tells on standard error what is done: defaults, the operation, where it goes.",
    ),
    common(
        ParameterId::Debug,
        "Debug",
        &["db"],
        "Tells on standard error where credentials, region and endpoint come from.",
    ),
    typed(
        common(
            ParameterId::ErrorAction,
            "ErrorAction",
            &["ea"],
            "SilentlyContinue and Ignore keep error messages back; the exit status stays. Stop ends at a record that cannot be bound, too.",
        ),
        "ActionPreference",
        ACTIONS,
    ),
    typed(
        common(
            ParameterId::WarningAction,
            "WarningAction",
            &["wa"],
            "SilentlyContinue and Ignore keep warnings back, Stop makes a warning end the command.",
        ),
        "ActionPreference",
        ACTIONS,
    ),
    of_the_shell(
        ParameterId::InformationAction,
        "InformationAction",
        &["infa"],
    ),
    of_the_shell(ParameterId::ProgressAction, "ProgressAction", &["proga"]),
    of_the_shell(ParameterId::ErrorVariable, "ErrorVariable", &["ev"]),
    of_the_shell(ParameterId::WarningVariable, "WarningVariable", &["wv"]),
    of_the_shell(
        ParameterId::InformationVariable,
        "InformationVariable",
        &["iv"],
    ),
    of_the_shell(ParameterId::OutVariable, "OutVariable", &["ov"]),
    of_the_shell(ParameterId::OutBuffer, "OutBuffer", &["ob"]),
    of_the_shell(ParameterId::PipelineVariable, "PipelineVariable", &["pv"]),
    common(
        ParameterId::WhatIf,
        "WhatIf",
        &["wi"],
        "Says what would be invoked and invokes nothing. Needs no credentials. Stronger than -Force and -Confirm.",
    ),
    common(
        ParameterId::Confirm,
        "Confirm",
        &["cf"],
        "Asks on the terminal before each invocation.",
    ),
];
