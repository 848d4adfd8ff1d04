//! Facts about what only the running lab knows: the lab itself, its flows, its runbook.

use crate::resource::{
    BgpSessionId, FlowId, HostId, LinkId, ProbeId, RouterId, RouterInterfaceId, RunbookStepId, SourceServerId,
};
use crate::world::StepState;
use crate::world::prober::{ProbePlan, ProbeSeen};
use crate::world::runbook::Condition;

use super::describe::{command_text, rounded};
use super::facts::Facts;
use super::inspect::Running;
use super::{Health, View};

impl View<'_> {
    /// Whom a probe tries to reach, and what came of it.
    fn sent(&self, plan: &ProbePlan, seen: &ProbeSeen, facts: &mut Facts) {
        facts.add(
            "to",
            format!("{} tcp {} every {}", plan.to_name, plan.port, plan.every),
        );
        match seen.lost {
            Some((since, failed)) => {
                let by = failed.stopped_by.map_or_else(
                    || failed.symptom.to_string(),
                    |refusal| format!("{}, {}", refusal.reason, self.words().stopped(&refusal)),
                );
                facts.judge("lost", format!("since {since}: {by}"), Health::Failed);
            }
            None => {
                if let Some(took) = seen.answered_in {
                    facts.add("answered in", rounded(took));
                }
            }
        }
        facts.add("so far", seen.counted());
        if seen.n_outages > 0 {
            let longest = seen.longest_at(self.world.now()).to_the_millisecond();
            facts.add("outages", format!("{}, the longest {longest}", seen.n_outages));
        }
    }
}

impl Running for View<'_> {
    fn lab(&self, facts: &mut Facts) {
        let overview = self.overview();
        facts.add("title", overview.title);
        if !overview.teaches.is_empty() {
            facts.add("teaches", overview.teaches);
        }
        if let Some(base) = overview.variant_of {
            facts.add("variant of", base);
        }
        facts.add("seed", overview.seed);
        facts.add("runs for", overview.duration);
        facts.section("So far");
        facts.add("events", overview.events);
        facts.add("records", overview.n_records);
        facts.add("trace hash", overview.trace_hash);
        facts.section("Expected");
        for goal in self.goals() {
            let (words, health) = match (goal.holds, goal.not_yet) {
                (true, _) => ("holds", Health::Good),
                (false, true) => ("not yet", Health::Degraded),
                (false, false) => ("fails", Health::Failed),
            };
            facts.judge(words, goal.name, health);
        }
        facts.section("Runbook");
        for (id, step) in self.session.blueprint().runbook.iter() {
            let state = match self.world.step_state(id) {
                Some(StepState::Acted { .. }) => "acted",
                Some(StepState::Ready { .. }) => "ready",
                Some(StepState::Waiting) | None => "waits",
            };
            facts.lead(state, step.name.clone(), id);
        }
    }

    fn flow(&self, id: FlowId, facts: &mut Facts) {
        let names = self.world.names();
        let Some(flow) = self.world.open_flows().find(|flow| flow.id == id) else {
            facts.add("state", "closed");
            return;
        };
        facts.lead("from", names.of(flow.from), flow.from);
        if let Some(to) = flow.to {
            facts.lead("to", names.of(to), to);
        }
        facts.add("rate", flow.rate);
        if let Some(link) = self.world.flow_bottleneck(id) {
            facts.add("limited by", self.link_name(link));
        }
        if let Some(refusal) = self.world.flow_refusal(id) {
            facts.judge("cut off", refusal.reason, Health::Failed);
            facts.lead("stopped at", names.of(refusal.at), refusal.at);
            facts.add("rule", self.words().stopped(&refusal));
        }
        facts.section("Passes");
        for link in flow.path {
            facts.add("", self.link_name(link));
        }
    }

    fn probe(&self, id: ProbeId, facts: &mut Facts) {
        let Some((plan, seen)) = self.world.probes().nth(id.index()) else {
            return;
        };
        facts.lead("from", self.world.names().of(plan.from), plan.from);
        self.sent(plan, seen, facts);
    }

    fn probes(&self, id: HostId, facts: &mut Facts) {
        facts.section("Probes");
        for (plan, seen) in self.world.probes().filter(|(plan, _)| plan.from == id) {
            self.sent(plan, seen, facts);
        }
    }

    fn step(&self, id: RunbookStepId, facts: &mut Facts) {
        let names = self.world.names();
        let Some(step) = self.session.blueprint().runbook.get(id) else {
            return;
        };
        match self.world.step_state(id) {
            Some(StepState::Acted { at }) => facts.judge("state", format!("acted at {at}"), Health::Good),
            Some(StepState::Ready { acts_at }) => {
                facts.judge("state", format!("acts at {acts_at}"), Health::Working);
            }
            Some(StepState::Waiting) | None => facts.add("state", "waits"),
        }
        facts.add("does", command_text(&step.command, names));
        facts.section("Waits for");
        condition(&step.when, self, facts);
        if !step.delay.is_zero() {
            facts.add("and then", rounded(step.delay));
        }
    }

    fn router(&self, id: RouterId, facts: &mut Facts) {
        self.router_facts(id, facts);
    }
    fn router_interface(&self, id: RouterInterfaceId, facts: &mut Facts) {
        self.interface_facts(id, facts);
    }
    fn link(&self, id: LinkId, facts: &mut Facts) {
        self.link_facts(id, facts);
    }
    fn bgp_session(&self, id: BgpSessionId, facts: &mut Facts) {
        self.session_facts(id, facts);
    }
    fn tunnel(&self, id: crate::resource::TunnelId, facts: &mut Facts) {
        self.tunnel_facts(id, facts);
    }
    fn virtual_gateway(&self, id: crate::resource::VirtualGatewayId, facts: &mut Facts) {
        self.gateway_facts(id, facts);
    }
}

/// What a step waits for, one line for each part.
fn condition(condition_: &Condition, view: &View<'_>, facts: &mut Facts) {
    let names = view.world.names();
    let whom = |servers: &[SourceServerId]| match servers {
        [one] => names.of(*one),
        many => format!("all {} servers", many.len()),
    };
    match condition_ {
        Condition::At(at) => facts.add("instant", at),
        Condition::Done(step) => facts.lead("step", names.of(*step), *step),
        Condition::LifeCycle { servers, state } => {
            facts.add("life cycle", format!("{} {state}", whom(servers)));
        }
        Condition::Replication { servers, state } => {
            facts.add("replication", format!("{} {state}", whom(servers)));
        }
        Condition::Launched { servers } => {
            facts.add("launched", whom(servers));
        }
        Condition::All(parts) => {
            for part in parts {
                condition(part, view, facts);
            }
        }
    }
}
