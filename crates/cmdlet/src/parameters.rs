//! Every parameter the command knows, in one table.
//!
//! The binder, the help, the completions and the refusals are all read from here, so none of them can
//! drift from the others. The rows are in [`table`]; the options with two dashes, which are ours and not
//! PowerShell's, are in [`crate::options`].

mod table;

pub(crate) use table::TABLE;

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
    TenantId,
    DurableExecutionName,
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
    TABLE.get(id as usize).unwrap_or(&table::FUNCTION_NAME)
}

/// The parameters that take a place on the command line, first to last.
pub(crate) fn positional() -> Vec<&'static Parameter> {
    let mut places: Vec<_> = TABLE.iter().filter(|row| row.position.is_some()).collect();
    places.sort_by_key(|row| row.position);
    places
}

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
