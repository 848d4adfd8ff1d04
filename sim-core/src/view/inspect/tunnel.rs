//! Facts about a tunnel: its two ends, and of one of IPsec its two phases, what they agreed on, and what went wrong last.

use crate::proto::ike::NatState;
use crate::proto::ike::certificate::{Certificate, CertificateError, Rejected};
use crate::proto::ike::config::{Action, Authentication, Encapsulation, Lifetime};
use crate::proto::ike::identity::Identity;
use crate::proto::ike::notice::{AuthFailure, Notice, Proof};
use crate::proto::ike::proposal::Proposal;
use crate::proto::ike::selector::Selector;
use crate::proto::ike::table::{ChildSaRow, IkeSaRow};
use crate::resource::TunnelId;
use crate::site::{self, Wrap};
use crate::units::{SimTime, Span};
use crate::view::describe::rounded;
use crate::view::facts::Facts;
use crate::view::{Health, View};
use crate::world::routing::TunnelRead;

impl View<'_> {
    pub(in crate::view) fn tunnel_facts(&self, id: TunnelId, facts: &mut Facts) {
        let tunnels = self.tunnels();
        let (Some(row), Some(read)) = (tunnels.iter().find(|it| it.id == id), self.world.tunnel(id)) else {
            return self.plain_tunnel(id, facts);
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
        self.ends_of(id, read.row, facts);
        for sa in self.ike_sas(&read) {
            phase_1(&sa, facts);
            for child in &sa.children {
                phase_2(child, facts);
            }
        }
        failure(&read, facts);
        configured(&read, self.world.now(), facts);
    }

    /// A tunnel for which nobody negotiates: it carries packets as long as its ends reach each other.
    fn plain_tunnel(&self, id: TunnelId, facts: &mut Facts) {
        let network = self.world.network();
        let Some(row) = network.tunnels.get(id) else {
            return;
        };
        if row.wrap == Wrap::Gre {
            facts.add("kind", "GRE: not encrypted, nothing is negotiated");
        }
        self.ends_of(id, row, facts);
    }

    /// What a tunnel runs between, outside and inside.
    fn ends_of(&self, id: TunnelId, row: &site::Tunnel, facts: &mut Facts) {
        let (network, names) = (self.world.network(), self.world.names());
        facts.lead("gateway", names.of(row.router), row.router);
        match self.world.router_at(row.remote) {
            Some(far) => facts.lead("peer", names.of(far), far),
            None => facts.add("peer", row.remote),
        }
        if let Some(far) = self.world.far_tunnel(id) {
            facts.lead("other end", names.of(far), far);
        }
        facts.add("outer addresses", format!("{} – {}", row.local, row.remote));
        if let Some(inside) = network.router_interfaces.get(row.interface) {
            facts.lead("inside", inside.address.to_string(), row.interface);
        }
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
    if let Some(reauth) = sa.reauth_in {
        facts.add("proved anew in", rounded(reauth));
    }
    facts.add("ESP goes", carriage(sa.nat));
    facts.add("we are", &sa.local_id);
    facts.add("the peer is", &sa.remote_id);
}

fn phase_2(child: &ChildSaRow, facts: &mut Facts) {
    facts.section("Phase 2 (CHILD_SA)");
    facts.add("state", format!("{:?} since {}", child.state, child.since));
    facts.add("algorithms", child.suite);
    let list = |all: &[Selector]| all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    facts.add(
        "protects",
        format!("{} and {}", list(&child.local), list(&child.remote)),
    );
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
        Notice::AuthenticationFailed(AuthFailure::Certificate(rejected)) => {
            compare_certificate(rejected, at, facts);
        }
        other => facts.add("what", other),
    }
}

/// What a certificate says and what of it was not believed, field by field.
fn compare_certificate(rejected: &Rejected, at: SimTime, facts: &mut Facts) {
    let Some(certificate) = &rejected.certificate else {
        facts.add("what", rejected);
        return;
    };
    let health = |is_wrong: fn(&CertificateError) -> bool| match rejected.faults.iter().any(is_wrong) {
        true => Health::Failed,
        false => Health::Good,
    };
    let names: Vec<String> = certificate.names.iter().map(ToString::to_string).collect();
    facts.judge(
        "certificate for",
        format!("{}; the peer says it is {}", names.join(", "), rejected.claimed),
        health(|fault| matches!(fault, CertificateError::OtherSubject { .. })),
    );
    facts.judge(
        "issued by",
        format!(
            "{}; trusted here: {}",
            certificate.issuer,
            rejected.trusted.join(", ")
        ),
        health(|fault| matches!(fault, CertificateError::UntrustedIssuer { .. })),
    );
    // By whose key an unknown authority signs is not known.
    if rejected.trusted.contains(&certificate.issuer) {
        let is_bad = |fault: &CertificateError| matches!(fault, CertificateError::BadSignature { .. });
        let bad = rejected.faults.iter().any(is_bad);
        let whose = if bad {
            "not by the issuer's key"
        } else {
            "by the issuer's key"
        };
        facts.judge("signed", whose, health(is_bad));
    }
    facts.judge(
        "holds",
        format!("{}; checked at {at}", validity(certificate)),
        health(|fault| {
            matches!(
                fault,
                CertificateError::Expired(_) | CertificateError::NotYetValid(_)
            )
        }),
    );
}

/// From when to when a certificate holds.
fn validity(certificate: &Certificate) -> String {
    let (from, to) = (certificate.not_before, certificate.not_after);
    match (from == SimTime::START, to == SimTime::END) {
        (true, true) => "all the time".to_owned(),
        (true, false) => format!("until {to}"),
        (false, true) => format!("from {from}"),
        (false, false) => format!("from {from} until {to}"),
    }
}

const fn carriage(nat: NatState) -> &'static str {
    match nat {
        NatState::Direct => "as itself, IP protocol 50",
        NatState::Encapsulated => "in UDP, port 4500",
    }
}

/// What an end proves itself by.
fn proof(authentication: &Authentication, now: SimTime, facts: &mut Facts) {
    facts.add("authentication", Proof::of(authentication));
    let Authentication::Certificate(own) = authentication else {
        return;
    };
    let certificate = &own.certificate;
    let names: Vec<String> = certificate.names.iter().map(ToString::to_string).collect();
    facts.add("certificate for", names.join(", "));
    facts.add("issued by", &certificate.issuer);
    let holds = validity(certificate);
    if now < certificate.not_before || now > certificate.not_after {
        facts.judge("holds", format!("{holds}, and so not now"), Health::Degraded);
    } else {
        facts.add("holds", holds);
    }
    let trusted: Vec<&str> = own.trusted.iter().map(|anchor| &*anchor.name).collect();
    facts.add("trusts", trusted.join(", "));
}

fn configured(read: &TunnelRead<'_>, now: SimTime, facts: &mut Facts) {
    let config = read.config;
    facts.section("Configured");
    proof(&config.authentication, now, facts);
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
    if !config.reauth.is_zero() {
        facts.add("proves itself anew", format!("after {}", config.reauth));
    }
    facts.add(
        "asks whether the peer lives",
        match config.dpd_delay {
            Span::ZERO => "never".to_owned(),
            delay => format!("after {delay} of silence"),
        },
    );
    facts.add(
        "ESP in UDP",
        match config.encapsulation {
            Encapsulation::WhenNatDetected => "where NAT is detected",
            Encapsulation::Forced => "always",
        },
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
