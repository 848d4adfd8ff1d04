//! What the routers of a lab hold, in the form of the recorded answers.

use std::collections::BTreeMap;

use ipnet::Ipv4Net;
use serde_json::{Map, Value, json};
use sim_core::proto::bgp::rib::{Candidate, Freshness, PeerId, Source};
use sim_core::proto::bgp::session::State;
use sim_core::proto::bgp::speaker::Speaker;
use sim_core::proto::bgp::{Community, Origin};
use sim_core::resource::RouterId;
use sim_core::site::{Attachment, NextHop};
use sim_core::units::Span;
use sim_core::verdict::RouteSource;
use sim_core::world::World;
use sim_core::world::routing::Process;

use super::build::Known;
use super::case::Case;

/// The state of all routers.
pub(super) fn state(case: &Case, world: &World, known: &Known) -> Value {
    let all = known.routers.iter().map(|(name, &router)| {
        let value = node(case, world, known, router);
        (name.clone(), value.unwrap_or_else(|| json!({"down": true})))
    });
    Value::Object(all.collect())
}

fn node(case: &Case, world: &World, known: &Known, router: RouterId) -> Option<Value> {
    let (speaker, process) = world.speaker(router)?;
    if process != Process::Running {
        return None;
    }
    let at = At {
        case,
        world,
        known,
        router,
        speaker,
    };
    let mut answer = json!({"sessions": at.sessions()});
    if case.rib_summary {
        let (n_prefixes, best_from) = at.counts();
        answer["rib_count"] = json!(n_prefixes);
        answer["best_from"] = json!(best_from);
        answer["fib_count"] = json!(at.fib().len());
    } else {
        answer["rib"] = Value::Object(at.rib());
        answer["fib"] = Value::Object(at.fib());
    }
    let probes = at.probes();
    if !probes.is_empty() {
        answer["probes"] = Value::Object(probes);
    }
    Some(answer)
}

/// A router that is asked.
struct At<'a> {
    case: &'a Case,
    world: &'a World,
    known: &'a Known,
    router: RouterId,
    speaker: &'a Speaker,
}

impl At<'_> {
    fn session_name(&self, peer: PeerId) -> &str {
        let place = self
            .known
            .peers
            .get(&self.router)
            .and_then(|peers| peers.get(peer.index()));
        let session = place.and_then(|&(place, _)| self.case.sessions.get(place));
        session.map_or("unknown", |session| session.id.as_str())
    }

    fn source(&self, source: Source) -> &str {
        match source {
            Source::Local | Source::Aggregate => "local",
            Source::Peer(peer) => self.session_name(peer),
        }
    }

    fn sessions(&self) -> Map<String, Value> {
        let rows = self.speaker.sessions().map(|(peer, session)| {
            let mut row = json!({"state": session.state().to_string()});
            if session.state() == State::Established
                && let Some(negotiated) = session.negotiated()
            {
                let secs = |span: Option<Span>| span.map_or(0, Span::as_secs);
                row["hold"] = json!(secs(negotiated.hold_time));
                row["keepalive"] = json!(secs(negotiated.keepalive));
                row["prefixes_accepted"] = json!(self.speaker.rib().counts(peer).n_accepted);
            }
            (self.session_name(peer).to_owned(), row)
        });
        rows.collect()
    }

    fn rib(&self) -> Map<String, Value> {
        let rib = self.speaker.rib();
        let rows = rib.prefixes().filter_map(|prefix| {
            let explained = rib.explain(prefix)?;
            let paths: Vec<Value> = explained.candidates.iter().map(|path| self.path(path)).collect();
            Some((prefix.to_string(), Value::Array(paths)))
        });
        rows.collect()
    }

    fn path(&self, path: &Candidate) -> Value {
        let attributes = &path.attributes;
        let next_hop = match path.source {
            Source::Local | Source::Aggregate => None,
            Source::Peer(_) => Some(attributes.next_hop),
        };
        let origin = match attributes.origin {
            Origin::Igp => "igp",
            Origin::Egp => "egp",
            Origin::Incomplete => "incomplete",
        };
        json!({
            "from": self.source(path.source),
            "as_path": attributes.as_path.to_string(),
            "next_hop": next_hop,
            "local_pref": attributes.local_pref,
            "med": attributes.med,
            "origin": origin,
            "communities": attributes.communities.iter().map(community).collect::<Vec<_>>(),
            "valid": path.metric.is_some(),
            "stale": path.freshness == Freshness::Stale,
            "best": path.is_best,
            "multipath": path.is_multipath,
        })
    }

    /// How many prefixes there are, and how many of the best paths came from where.
    fn counts(&self) -> (usize, BTreeMap<&str, usize>) {
        let rib = self.speaker.rib();
        let (mut n_prefixes, mut best_from) = (0, BTreeMap::new());
        for prefix in rib.prefixes() {
            n_prefixes += 1;
            if let Some((source, _)) = rib.best(prefix) {
                *best_from.entry(self.source(source)).or_default() += 1;
            }
        }
        (n_prefixes, best_from)
    }

    /// What is forwarded by BGP's routes.
    fn fib(&self) -> Map<String, Value> {
        let routes = self
            .world
            .fib(self.router)
            .filter(|entry| match entry.route.source {
                RouteSource::Ebgp | RouteSource::Ibgp => !entry.route.hops.is_empty(),
                RouteSource::Connected | RouteSource::Static | RouteSource::Igp => false,
            });
        let rows = routes.map(|entry| {
            let hops: Vec<Value> = entry.route.hops.iter().map(|hop| self.hop(hop)).collect();
            (entry.prefix.to_string(), Value::Array(hops))
        });
        rows.collect()
    }

    fn hop(&self, hop: &NextHop) -> Value {
        let interface = self.world.network().router_interfaces.get(hop.interface);
        let link = interface.and_then(|row| match row.attached {
            Attachment::Link(link) => self.known.link_name(link),
            Attachment::Tunnel(_) | Attachment::Segment(_) => None,
        });
        json!({"via": hop.via, "link": link})
    }

    fn probes(&self) -> Map<String, Value> {
        let Some(name) = self.known.router_name(self.router) else {
            return Map::new();
        };
        let asked = self.case.probes.iter().filter(|probe| probe.node == name);
        let rows = asked.map(|probe| {
            let row = self.world.network().routers.get(self.router);
            let route = row.and_then(|row| row.fib.lookup(probe.dst));
            let hop = route.and_then(|(_, route): (Ipv4Net, _)| route.hops.first());
            let answer = hop.map_or(json!("unreachable"), |hop| self.hop(hop));
            (probe.dst.to_string(), answer)
        });
        rows.collect()
    }
}

/// A community by the name that the recorded results have for it, FRR's, or by its number.
fn community(community: &Community) -> String {
    match *community {
        Community::NO_EXPORT_SUBCONFED => "local-as".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn communities_have_the_names_of_the_recorded_results() {
        let names = [
            Community::NO_EXPORT,
            Community::NO_ADVERTISE,
            Community::NO_EXPORT_SUBCONFED,
        ];
        assert_eq!(
            names.each_ref().map(community),
            ["no-export", "no-advertise", "local-as"]
        );
        assert_eq!(community(&Community::new(64_610, 9)), "64610:9");
    }
}
