//! Several things in the way of one call: preflight names each, whose change is made and what is behind it looked for.

use std::collections::BTreeSet;

use sim_core::kernel::Keep;
use sim_core::lab::Session;
use sim_core::reason::Reason;
use sim_core::scenario::{load, parse_change, shipped_base};
use sim_core::units::{SimTime, Span};
use sim_core::view::{Check, View};

/// The VPC's attachment has no table, and the network ACL of the shared subnets lets no answers to questions out.
const BOTH: &str = r#"Lab(
    schema: 1, base: "onprem-not-associated", name: "both", title: "Both",
    vpcs: {"target": (
        subnets: {"shared-a": (network_acl: "closed"), "shared-b": (network_acl: "closed")},
        network_acls: {"closed": (
            ingress: [(number: 100, action: allow, protocol: any, from: "0.0.0.0/0")],
            egress: [(number: 100, action: allow, protocol: any, to: "10.0.0.0/16")],
        )},
    )},
)"#;

fn opened() -> Session {
    let loaded = load(BOTH, "both.ron", &shipped_base).expect("it loads");
    let mut session = Session::open(loaded.blueprint, None, Keep::Nothing).expect("it opens");
    session.advance(SimTime::at(Span::minutes(2)), u64::MAX);
    session
}

fn failed(session: &Session) -> Vec<Check> {
    let all = View::of(session).preflight().checks;
    all.into_iter().filter(|check| !check.ok).collect()
}

#[test]
fn behind_a_missing_association_every_agent_is_told_of_the_network_acl() {
    let mut session = opened();
    let failed_now = failed(&session);
    let agents = ["db-1", "db-2", "app-1", "app-4", "web-1", "web-6"];
    for agent in agents {
        let name = format!("{agent}: download of the installer");
        let check = failed_now.iter().find(|it| it.name == name);
        let check = check.unwrap_or_else(|| panic!("{name} passes"));
        let reasons: Vec<Reason> = [check.reason]
            .into_iter()
            .flatten()
            .chain(check.also.iter().map(|it| it.reason))
            .collect();
        assert!(reasons.contains(&Reason::TransitNoAssociation), "{check:?}");
        assert!(reasons.contains(&Reason::NetworkAclDenied), "{check:?}");
    }
    // What is proposed in one go is all that there is.
    let changes: BTreeSet<&String> = failed_now
        .iter()
        .flat_map(|it| it.changes.iter().chain(it.also.iter().flat_map(|it| &it.changes)))
        .collect();
    let levers: Vec<_> = changes
        .into_iter()
        .map(|change| parse_change(change, session.blueprint()).unwrap_or_else(|wrong| panic!("{wrong:?}")))
        .collect();
    for lever in levers {
        session.apply(lever).expect("it can be made");
    }
    session.advance(SimTime::at(Span::minutes(4)), u64::MAX);
    assert_eq!(failed(&session), Vec::new());
}
