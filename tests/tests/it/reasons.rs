//! The one list of reasons: documented, and every one of them given by something.

use std::fmt::Write as _;

use sim_core::reason::Reason;

use crate::page::assert_page;

/// The page that lists them, as it should be.
fn page() -> String {
    let mut page = String::from(
        "# Reasons\n\n\
         Why something does not work. Preflight checks, traced paths, dropped packets, the agent's installer and refused\n\
         operations all speak in these codes; `causeway reasons CODE` explains one. Where AWS's Reachability Analyzer has\n\
         a code for a cause it is used as AWS spells it, the others are Causeway's own. A reason says what kind of thing\n\
         went wrong; the component and the rule are told beside it.\n\n\
         | Code | What it means | Where to look |\n\
         |---|---|---|\n",
    );
    for reason in Reason::ALL {
        let (code, meaning, look) = (reason.code(), reason.meaning(), reason.look());
        // Writing to a string cannot fail.
        let _ = writeln!(page, "| `{code}` | {meaning} | {look} |");
    }
    page
}

#[test]
fn the_page_of_reasons_is_that_of_the_list() {
    assert_page("reasons.md", &page());
}
