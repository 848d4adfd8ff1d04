//! Routes spread over a network of autonomous systems, a link fails, a prefix is withdrawn.
//!
//! A router per node, a session per link, each message in wire form over TCP over the lab's own packets, every timer
//! on. What relations ask for is written as policy, as an operator would.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use serde::Deserialize;
use serde_json::json;
use sim_core::net::Ipv4Net;
use sim_core::proto::bgp::policy::{Action, Match, Policy, Rule, Set};
use sim_core::proto::bgp::rib::{self, PeerConfig, PeerId, Source};
use sim_core::proto::bgp::session::{self, State};
use sim_core::proto::bgp::speaker::{Config, PeerSetup, Wanted};
use sim_core::proto::bgp::{Asn, Community, RouterId};
use sim_core::resource;
use sim_core::resource::LinkId;
use sim_core::site::{Carrier, LinkChange};
use sim_core::units::{SimTime, Span};
use sim_core::world::World;
use sim_core::world::blueprint::Blueprint;
use sim_core::world::lever::Lever;
use sim_core::world::routing::{
    Capture, LinkSpec, Origination, Routing, RoutingLever, SpeakerChange, Transport,
};

use crate::input;
use crate::measure::{Clock, Fnv, Report, Spread, Unit, peak_memory_mb};

#[derive(Debug, clap::Args)]
/// Routes that spread, fail over and are withdrawn over a network of routers
pub(crate) struct Args {
    /// What happens
    #[arg(long)]
    scenario: Scenario,
    /// Routers, links and prefixes
    #[arg(long)]
    topology: PathBuf,
    /// How many of the prefixes are announced
    #[arg(long, default_value_t = 1)]
    prefixes: usize,
    /// How often it is measured
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    reps: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Scenario {
    /// The prefixes are announced
    Converge,
    /// A link fails, each of the file's ten in turn
    Fail,
    /// The first origin withdraws its prefix
    Withdraw,
}

#[derive(Debug, Deserialize)]
struct Topology {
    policy: String,
    nodes: Vec<Node>,
    links: Vec<LinkRow>,
    prefixes: Vec<PrefixRow>,
    failures: Vec<Failure>,
}

#[derive(Debug, Deserialize)]
struct Node {
    id: usize,
    asn: u32,
}

#[derive(Debug, Deserialize)]
struct LinkRow {
    a: usize,
    b: usize,
    rel: String,
}

#[derive(Debug, Deserialize)]
struct PrefixRow {
    prefix: Ipv4Net,
    origin: usize,
}

#[derive(Debug, Deserialize)]
struct Failure {
    a: usize,
    b: usize,
}

/// What a neighbour is to a router; the value is the local preference of its routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Customer,
    Peer,
    Provider,
    None,
}

/// Marks what did not come from a customer, so that it is told to customers alone.
const NOT_FROM_CUSTOMER: Community = Community::new(65_535, 1);

impl Relation {
    fn routes(self) -> PeerConfig {
        let base = PeerConfig {
            strip_communities: true,
            ..PeerConfig::default()
        };
        if self == Self::None {
            return base;
        }
        let (local_pref, tags) = match self {
            Self::Customer => (300, Vec::new()),
            Self::Peer => (200, vec![NOT_FROM_CUSTOMER]),
            Self::Provider | Self::None => (100, vec![NOT_FROM_CUSTOMER]),
        };
        let import = Rule {
            set: Set {
                local_pref: Some(local_pref),
                community_set: Some(tags),
                ..Set::default()
            },
            ..Rule::default()
        };
        let export = match self {
            Self::Customer => Vec::new(),
            Self::Peer | Self::Provider | Self::None => vec![Rule {
                condition: Match {
                    community: vec![NOT_FROM_CUSTOMER],
                    ..Match::default()
                },
                action: Action::Deny,
                ..Rule::default()
            }],
        };
        let policy = |rules| {
            let default = Action::Permit;
            Some(Arc::new(Policy { rules, default }))
        };
        PeerConfig {
            import: policy(vec![import]),
            export: policy(export),
            ..base
        }
    }
}

/// A network with its sessions up.
struct Network {
    world: World,
    links: Vec<(usize, usize, LinkId)>,
    /// The node behind each peer of each node.
    neighbours: Vec<Vec<usize>>,
    prefixes: Vec<(Ipv4Net, usize)>,
}

struct Side<'a> {
    node: &'a Node,
    address: Ipv4Net,
    relation: Relation,
}

/// What is done with the routes of each kind of neighbour: written once, as an operator's named policies are.
struct Policies(Vec<(Relation, Arc<PeerConfig>)>);

impl Policies {
    fn new() -> Self {
        let all = [
            Relation::Customer,
            Relation::Peer,
            Relation::Provider,
            Relation::None,
        ];
        Self(all.map(|relation| (relation, Arc::new(relation.routes()))).into())
    }
    fn of(&self, relation: Relation) -> Arc<PeerConfig> {
        let found = self.0.iter().find(|(it, _)| *it == relation);
        found.map_or_else(Arc::default, |(_, routes)| routes.clone())
    }
}

fn setup(own: &Side<'_>, far: &Side<'_>, policies: &Policies) -> (PeerSetup, Transport) {
    let (local, remote) = (own.address.addr(), far.address.addr());
    let session = session::Config::new(
        router_id(own.node),
        (Asn(own.node.asn), local),
        (Asn(far.node.asn), remote),
    );
    let setup = PeerSetup {
        session,
        routes: policies.of(far.relation),
        subnet: Some(own.address.trunc()),
        wanted: Wanted::Up,
    };
    let transport = Transport {
        local,
        remote,
        hop_limit: 1,
        least_hop_limit: 0,
        key: None,
    };
    (setup, transport)
}

/// Identifiers in the order of the nodes, so that the lower neighbour wins a tie.
fn router_id(node: &Node) -> RouterId {
    RouterId(Ipv4Addr::from(0x0A00_0001 + u32::try_from(node.id).unwrap_or(0)))
}

impl Network {
    fn build(topology: &Topology, n_prefixes: usize) -> anyhow::Result<Self> {
        let mut routing = Routing::default();
        for _ in &topology.nodes {
            routing.add_router(Vec::new(), Vec::new());
        }
        let n_nodes = topology.nodes.len();
        let mut peers: Vec<Vec<(PeerSetup, Transport)>> = (0..n_nodes).map(|_| Vec::new()).collect();
        let mut neighbours = vec![Vec::new(); n_nodes];
        let mut links = Vec::new();
        let policies = Policies::new();
        let none = "a link ends at a node that is not there";
        for (place, row) in topology.links.iter().enumerate() {
            let base = 0xA000_0000 + 4 * u32::try_from(place)?;
            let address = |host| Ipv4Net::new(Ipv4Addr::from(base + host), 30);
            let (as_a, as_b) = match row.rel.as_str() {
                "p2c" => (Relation::Provider, Relation::Customer),
                "p2p" => (Relation::Peer, Relation::Peer),
                _ => (Relation::None, Relation::None),
            };
            let side = |id: usize, address, relation| {
                let node = topology.nodes.get(id).context(none)?;
                anyhow::Ok(Side {
                    node,
                    address,
                    relation,
                })
            };
            let a = side(row.a, address(1)?, as_a)?;
            let b = side(row.b, address(2)?, as_b)?;
            let (id_a, id_b) = (
                resource::RouterId::from_index(u32::try_from(row.a)?),
                resource::RouterId::from_index(u32::try_from(row.b)?),
            );
            let link = routing.connect((id_a, a.address), (id_b, b.address), LinkSpec::default());
            links.push((row.a, row.b, link));
            peers[row.a].push(setup(&a, &b, &policies));
            peers[row.b].push(setup(&b, &a, &policies));
            neighbours[row.a].push(row.b);
            neighbours[row.b].push(row.a);
        }
        for (node, peers) in topology.nodes.iter().zip(peers) {
            let (setups, transports) = peers.into_iter().unzip();
            let config = Config {
                rib: Arc::new(rib::Config::new(Asn(node.asn), router_id(node))),
                peers: setups,
                originate: Vec::new(),
            };
            let id = resource::RouterId::from_index(u32::try_from(node.id)?);
            routing.run_bgp(id, &format!("n{}", node.id), config, transports);
        }
        let blueprint = Blueprint {
            routing,
            ..Blueprint::empty("workload")
        };
        let mut world = World::build(&blueprint, 1)?;
        // Every KEEPALIVE is carried: what is measured follows a minute later, and would begin with 5 000 sessions taking
        // up again what was left out meanwhile.
        world.set_capture(Capture::On);
        // Long enough for every connection, collision and OPEN; short of the first keepalives' hold times.
        world.run_until(SimTime::at(Span::secs(60)), u64::MAX, &mut []);
        let up = |session: &sim_core::world::routing::SessionRead<'_>| {
            let session = session.speaker.session(session.row.peer);
            session.is_some_and(|session| session.state() == State::Established)
        };
        anyhow::ensure!(
            world.bgp_sessions().all(|(_, session)| up(&session)),
            "{} sessions are not established after a minute",
            world.bgp_sessions().filter(|(_, session)| !up(session)).count()
        );
        let prefixes = topology.prefixes.iter().take(n_prefixes);
        let prefixes = prefixes.map(|row| (row.prefix, row.origin)).collect();
        Ok(Self {
            world,
            links,
            neighbours,
            prefixes,
        })
    }

    fn pull(world: &mut World, lever: RoutingLever) -> anyhow::Result<()> {
        world.apply(&Lever::Routing(lever))?;
        Ok(())
    }

    /// Lets everything happen until no packet is on its way and nobody has anything left to do at this instant.
    fn settle(world: &mut World) {
        let is_busy = |world: &World| world.n_packets() > 0 || world.next_event_at() == Some(world.now());
        while is_busy(world) && world.step_event(SimTime::END, &mut []) {}
    }

    fn announce(&self, world: &mut World) -> anyhow::Result<()> {
        for &(prefix, origin) in &self.prefixes {
            let router = resource::RouterId::from_index(u32::try_from(origin)?);
            let change = SpeakerChange::Originate(Origination::new(prefix));
            Self::pull(world, RoutingLever::Speaker { router, change })?;
        }
        Self::settle(world);
        Ok(())
    }

    fn withdraw(&self, world: &mut World) -> anyhow::Result<()> {
        let &(prefix, origin) = self.prefixes.first().context("there is no prefix")?;
        let router = resource::RouterId::from_index(u32::try_from(origin)?);
        let change = SpeakerChange::Withdraw(vec![prefix]);
        Self::pull(world, RoutingLever::Speaker { router, change })?;
        Self::settle(world);
        Ok(())
    }

    fn fail(&self, world: &mut World, failure: &Failure) -> anyhow::Result<()> {
        let ends = [(failure.a, failure.b), (failure.b, failure.a)];
        let link = self.links.iter().find(|(a, b, _)| ends.contains(&(*a, *b)));
        let &(.., link) = link.context("a failure names a link that is not there")?;
        let change = LinkChange::Carrier(Carrier::Down);
        Self::pull(world, RoutingLever::Link { link, change })?;
        Self::settle(world);
        Ok(())
    }

    /// The line of each prefix and node: who it goes to, and over how many others.
    fn outcome(&self, world: &World, hash: &mut Fnv) {
        for (place, (prefix, _)) in self.prefixes.iter().enumerate() {
            for (node, neighbours) in self.neighbours.iter().enumerate() {
                let router = resource::RouterId::from_index(u32::try_from(node).unwrap_or(u32::MAX));
                let best = world
                    .speaker(router)
                    .and_then(|(speaker, _)| speaker.rib().best(*prefix));
                let (next, len) = match best {
                    None => (-1, -1),
                    Some((Source::Peer(peer), attributes)) => {
                        let next = neighbours.get(peer.index()).map_or(-1, |&next| next as i64);
                        (next, i64::from(attributes.as_path.n_hops()))
                    }
                    Some((Source::Local | Source::Aggregate, _)) => (node as i64, 0),
                };
                hash.add(&format!("{place},{node},{next},{len}\n"));
            }
        }
    }

    /// How many UPDATEs have been received so far.
    fn n_messages(world: &World) -> u64 {
        let received = |(_, read): (_, sim_core::world::routing::SessionRead<'_>)| {
            let session = read
                .speaker
                .session(PeerId::from_index(read.row.peer.index() as u32))?;
            Some(session.facts().received.updates)
        };
        world.bgp_sessions().filter_map(received).sum()
    }
}

struct Outcome {
    time: Duration,
    clone: Duration,
    messages: u64,
    events: u64,
    hash: Fnv,
}

pub(crate) fn run(args: &Args, clock: Clock) -> anyhow::Result<Report> {
    let topology: Topology = input::read(&args.topology)?;
    anyhow::ensure!(
        matches!(topology.policy.as_str(), "gao-rexford" | "none"),
        "the policy {} is not known",
        topology.policy
    );
    let (network, build) = clock.time(|| Network::build(&topology, args.prefixes));
    let mut network = network?;
    if args.scenario != Scenario::Converge {
        let mut world = network.world.clone();
        network.announce(&mut world)?;
        network.world = world;
    }
    let mut times = Vec::new();
    let mut last = measure(args.scenario, &network, &topology, clock)?;
    for _ in 0..args.reps {
        last = measure(args.scenario, &network, &topology, clock)?;
        times.push(last.time.as_secs_f64());
    }
    let branch = branch(&network, clock);
    let params = json!({
        "scenario": format!("{:?}", args.scenario).to_lowercase(),
        "topology": input::name(&args.topology),
        "prefixes": args.prefixes,
    });
    let seconds = last.time.as_secs_f64().max(f64::MIN_POSITIVE);
    Report::new("bgp", params, Spread::of(times)?, Unit::Seconds)?
        .with("answer", last.hash.digits())?
        .with("messages", last.messages)?
        .with("messages_per_s", last.messages as f64 / seconds)?
        .with("events_per_s", last.events as f64 / seconds)?
        .with("clone_s", last.clone.as_secs_f64())?
        .with("branch_s", branch.as_secs_f64())?
        .with("rss_mb", peak_memory_mb())?
        .with("build_s", build.as_secs_f64())
}

/// What a branch of the converged lab costs, which shares its routers with the lab until either goes on: the median of
/// many, which are all kept.
fn branch(network: &Network, clock: Clock) -> Duration {
    const TIMES: usize = 101;
    let branches = (0..TIMES).map(|_| clock.time(|| network.world.clone()));
    let (kept, mut times): (Vec<World>, Vec<Duration>) = branches.unzip();
    drop(kept);
    times.sort_unstable();
    times[TIMES / 2]
}

fn measure(
    scenario: Scenario,
    network: &Network,
    topology: &Topology,
    clock: Clock,
) -> anyhow::Result<Outcome> {
    let mut hash = Fnv::default();
    let mut total = Duration::ZERO;
    let mut cloning = Duration::ZERO;
    let (mut messages, mut events) = (0, 0);
    let failures: Vec<Option<&Failure>> = match scenario {
        Scenario::Converge | Scenario::Withdraw => vec![None],
        Scenario::Fail => topology.failures.iter().map(Some).collect(),
    };
    let n_runs = u32::try_from(failures.len().max(1))?;
    for failure in failures {
        let (mut world, clone) = clock.time(|| {
            let mut world = network.world.clone();
            world.detach();
            world
        });
        cloning += clone;
        let before = (Network::n_messages(&world), world.n_events());
        let (done, time) = clock.time(|| match (scenario, failure) {
            (Scenario::Converge, _) => network.announce(&mut world),
            (Scenario::Withdraw, _) => network.withdraw(&mut world),
            (Scenario::Fail, Some(failure)) => network.fail(&mut world, failure),
            (Scenario::Fail, None) => Ok(()),
        });
        done?;
        total += time;
        messages += Network::n_messages(&world) - before.0;
        events += world.n_events() - before.1;
        network.outcome(&world, &mut hash);
    }
    Ok(Outcome {
        time: total / n_runs,
        clone: cloning / n_runs,
        messages: messages / u64::from(n_runs),
        events: events / u64::from(n_runs),
        hash,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The answers that independent simulators agree on, each with the number of prefixes that were announced.
    const ANSWERS: [(&str, usize, [&str; 3]); 4] = [
        (
            "mesh20",
            1,
            ["95d5d02bd0f116fc", "71188098ac899b5c", "53524ac0305eb07b"],
        ),
        (
            "mesh20",
            10,
            ["c2fccfb3701d239b", "27d543ec791cb414", "a678f2a00cb1e388"],
        ),
        (
            "gr200",
            1,
            ["e12211536b454ea1", "8dcd4f7ce4fe803b", "c78e5d87a4fc96bf"],
        ),
        (
            "gr200",
            20,
            ["7d1397b15b28e92e", "cd409d3dd08017b4", "1ee677a70b100068"],
        ),
    ];

    #[test]
    fn the_routes_are_right() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data/bench");
        for (topology, n_prefixes, answers) in ANSWERS {
            let file = folder.join(topology).with_extension("json");
            let topology: Topology = input::read(&file).expect("the topology is there");
            let network = Network::build(&topology, n_prefixes).expect("it can be built");
            let mut announced = Network::build(&topology, n_prefixes).expect("once more");
            let mut world = announced.world.clone();
            announced.announce(&mut world).expect("they are announced");
            announced.world = world;
            let scenarios = [
                (Scenario::Converge, &network),
                (Scenario::Fail, &announced),
                (Scenario::Withdraw, &announced),
            ];
            let found = scenarios.map(|(scenario, network)| {
                let outcome = measure(scenario, network, &topology, Clock::Cpu);
                outcome.expect("it goes").hash.digits()
            });
            assert_eq!(found, answers, "{file:?} with {n_prefixes} prefixes");
        }
    }
}
