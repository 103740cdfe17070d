//! docs/operations.md: every operation, where it is, and whether we serve it.

use std::fmt::Write as _;

use super::Contract;

pub(super) fn page(contract: &Contract) -> String {
    let mut page = String::from(
        "# Operations\n\n\
         Written by `cargo xtask codegen` from `models/`; do not edit.\n\n",
    );
    let all = contract.facts.operations.len();
    let served = contract.overlay.operations.served.len();
    let _infallible = writeln!(
        page,
        "`invoked` serves {served} of the {all} operations of the Lambda API 2015-03-31. \
         The others answer `NotImplementedException` (501) and name the operation.\n"
    );
    for group in contract.overlay.groups.values() {
        let _infallible = write!(
            page,
            "## {}\n\n| operation | method | path | IAM action | served |\n|---|---|---|---|---|\n",
            group.title
        );
        for name in &group.operations {
            let Some(operation) = contract.facts.operations.get(name) else {
                continue;
            };
            let verdict = if contract.overlay.is_served(name) {
                "yes".to_owned()
            } else {
                format!("no: {}", group.not_served)
            };
            let _infallible = writeln!(
                page,
                "| {name} | {} | `{}` | `{}` | {verdict} |",
                operation.method,
                operation.uri,
                contract.overlay.iam_action(name)
            );
        }
        page.push('\n');
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}
