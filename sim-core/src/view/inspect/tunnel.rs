//! Facts about an IPsec tunnel: its two phases, what they agreed on, and what went wrong last.

use crate::proto::ike::config::{Action, Lifetime};
use crate::proto::ike::identity::Identity;
use crate::proto::ike::notice::Notice;
use crate::proto::ike::proposal::Proposal;
use crate::proto::ike::table::{ChildSaRow, IkeSaRow};
use crate::resource::TunnelId;
use crate::view::describe::rounded;
use crate::view::facts::Facts;
use crate::view::{Health, View};
use crate::world::routing::TunnelRead;

impl View<'_> {
    pub(in crate::view) fn tunnel_facts(&self, id: TunnelId, facts: &mut Facts) {
        let (names, tunnels) = (self.world.names(), self.tunnels());
        let (Some(row), Some(read)) = (tunnels.iter().find(|it| it.id == id), self.world.tunnel(id)) else {
            return;
        };
        let state = format!("{} since {}", row.state.as_str(), row.since);
        facts.judge("state", state, row.health);
        if let (Some(reason), Some(detail)) = (row.reason, &row.detail) {
            facts.judge("why", reason, row.health.max(Health::Degraded));
            facts.add("that is", detail);
        }
        if let Some(fix) = &row.fix {
            facts.add("fix", fix);
        }
        facts.lead("gateway", names.of(row.router), row.router);
        match self.world.router_at(row.remote) {
            Some(far) => facts.lead("peer", names.of(far), far),
            None => facts.add("peer", row.remote),
        }
        if let Some(far) = self.world.far_tunnel(id) {
            facts.lead("other end", names.of(far), far);
        }
        facts.add("outer addresses", format!("{} – {}", row.local, row.remote));
        let interface = read.row.interface;
        let inside = self.world.network().router_interfaces.get(interface);
        if let Some(inside) = inside {
            facts.lead("inside", inside.address.to_string(), interface);
        }
        for sa in self.ike_sas(&read) {
            phase_1(&sa, facts);
            for child in &sa.children {
                phase_2(child, facts);
            }
        }
        failure(&read, facts);
        configured(&read, facts);
    }
}

fn phase_1(sa: &IkeSaRow, facts: &mut Facts) {
    facts.section("Phase 1 (IKE SA)");
    facts.add(
        "state",
        format!("{:?} since {}, {}", sa.progress, sa.since, sa.version),
    );
    if let Some(suite) = &sa.suite {
        facts.add("algorithms", suite);
    }
    if let Some(rekey) = sa.rekey_in {
        facts.add("replaced in", rounded(rekey));
    }
    facts.add("we are", &sa.local_id);
    facts.add("the peer is", &sa.remote_id);
}

fn phase_2(child: &ChildSaRow, facts: &mut Facts) {
    facts.section("Phase 2 (CHILD_SA)");
    facts.add("state", format!("{:?} since {}", child.state, child.since));
    facts.add("algorithms", child.suite);
    if let Some(rekey) = child.rekey_in {
        facts.add("replaced in", rounded(rekey));
    }
    if let Some(end) = child.expires_in {
        facts.add("ends in", rounded(end));
    }
    facts.add(
        "SPIs",
        format!("in {:08x}, out {:08x}", child.spi_in, child.spi_out),
    );
}

/// The last failure, field by field where proposals were compared.
fn failure(read: &TunnelRead<'_>, facts: &mut Facts) {
    let Some((at, notice)) = read.failure() else {
        return;
    };
    facts.section("Last failure");
    facts.judge("at", at, Health::Degraded);
    match notice {
        Notice::ProposalMismatch { fields, .. } if !fields.is_empty() => {
            for field in fields {
                let health = match field.agrees {
                    crate::proto::ike::proposal::Agreement::Common => Health::Good,
                    crate::proto::ike::proposal::Agreement::Disjoint => Health::Failed,
                };
                facts.judge("compared", field, health);
            }
        }
        other => facts.add("what", other),
    }
}

fn configured(read: &TunnelRead<'_>, facts: &mut Facts) {
    let config = read.config;
    facts.section("Configured");
    let list = |all: &[Proposal]| all.iter().map(Proposal::to_string).collect::<Vec<_>>().join(", ");
    facts.add("ike", list(&config.ike));
    for child in &config.children {
        facts.add("esp", list(&child.esp));
        facts.add(
            "lifetimes",
            format!("{}, {}", life(config.lifetime), life(child.lifetime)),
        );
        facts.add("at start", action(child.start_action));
        facts.add("peer found dead", action(child.dpd_action));
    }
    if config.remote_id != Identity::Any {
        facts.add("expects", &config.remote_id);
    }
    facts.add(
        "asks whether the peer lives",
        format!("after {} of silence", config.dpd_delay),
    );
}

fn life(life: Lifetime) -> String {
    format!(
        "{} (replaced {} before)",
        life.life,
        life.life.saturating_sub(life.rekey)
    )
}

const fn action(action: Action) -> &'static str {
    match action {
        Action::Clear => "waits for the peer",
        Action::Trap => "waits for a packet",
        Action::Start => "negotiates",
    }
}
