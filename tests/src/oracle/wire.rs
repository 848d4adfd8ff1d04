//! Exchanges octet by octet: somebody outside of the lab says exactly what a case says, and the router answers.
//!
//! Router R has two peers that it waits for: T, whose octets the case gives, and O, a router that only listens.

use std::net::Ipv4Addr;
use std::sync::Arc;

use anyhow::Context;
use ipnet::Ipv4Net;
use serde::Deserialize;
use serde_json::{Value, json};
use sim_core::net::tcp::{Closed, StreamState};
use sim_core::proto::bgp::rib::{self, PeerConfig, PeerId, Source};
use sim_core::proto::bgp::session::{self, Initiative, State};
use sim_core::proto::bgp::speaker::{self, PeerSetup, Wanted};
use sim_core::proto::bgp::wire::{Framing, HEADER_LEN, frame};
use sim_core::proto::bgp::{Asn, RouterId as Identifier};
use sim_core::resource::{BgpSessionId, RouterId};
use sim_core::units::Span;
use sim_core::world::World;
use sim_core::world::blueprint::Blueprint;
use sim_core::world::lever::Lever;
use sim_core::world::routing::{
    LinkSpec, Origination, OutsideChange, Process, Routing, RoutingLever, Transport, Unread,
};

use super::bgp::until;

/// A case, without what came of it.
#[derive(Debug, Clone, Deserialize)]
pub struct Case {
    /// Its name.
    pub id: String,
    /// What T does, one after another.
    pub send: Vec<Item>,
}

/// Something that T does.
#[derive(Debug, Clone, Deserialize)]
pub struct Item {
    /// It sends these octets.
    pub hex: Option<String>,
    /// It waits so many seconds afterwards.
    pub wait_s: Option<f64>,
}

/// How long T waits after what it sent, where the case does not say.
const PAUSE: Span = Span::millis(500);
/// How long O's session has time to come up.
const PRELUDE: Span = Span::secs(10);
/// How long after the last item the router is looked at.
const AFTER: Span = Span::secs(2);

const T: PeerId = PeerId::from_index(0);
const TYPE_NOTIFICATION: u8 = 3;

struct Member {
    name: &'static str,
    asn: Asn,
    id: Ipv4Addr,
}

const ROUTER: Member = Member {
    name: "R",
    asn: Asn(64_512),
    id: Ipv4Addr::new(10, 0, 0, 9),
};
const SPEAKER: Member = Member {
    name: "T",
    asn: Asn(65_001),
    id: Ipv4Addr::new(10, 0, 0, 1),
};
const LISTENER: Member = Member {
    name: "O",
    asn: Asn(65_003),
    id: Ipv4Addr::new(10, 0, 0, 3),
};

/// Runs a case file's case; the answer in the form of the recorded one.
///
/// # Errors
/// A case that cannot be read.
pub fn answer(file: &Value) -> anyhow::Result<Value> {
    let case: Case = serde_json::from_value(file["case"].clone()).context("failed to read the case")?;
    let (mut world, router, session) = build()?;
    let wait = |world: &mut World, span| {
        let at = world.now() + span;
        until(world, at);
    };
    wait(&mut world, PRELUDE);
    outside(&mut world, session, OutsideChange::Call)?;
    wait(&mut world, PAUSE);
    for item in &case.send {
        if let Some(hex) = &item.hex {
            let octets = octets(hex)?;
            // A speaker that the router has hung up on shouts into the void.
            if is_open(&world, session) {
                outside(&mut world, session, OutsideChange::Say(octets.into()))?;
            }
        }
        let pause = item
            .wait_s
            .map_or(PAUSE, |wait| Span::nanos((wait * 1e9).round() as u64));
        wait(&mut world, pause);
    }
    wait(&mut world, AFTER);
    Ok(read(&case, &world, router, session))
}

fn outside(world: &mut World, session: BgpSessionId, change: OutsideChange) -> anyhow::Result<()> {
    world.apply(&Lever::Routing(RoutingLever::Outside { session, change }))?;
    Ok(())
}

fn is_open(world: &World, session: BgpSessionId) -> bool {
    world
        .unread(session)
        .any(|it| it.state == StreamState::Open && it.ended.is_none())
}

fn read(case: &Case, world: &World, router: RouterId, session: BgpSessionId) -> Value {
    let heard: Vec<Unread> = world.unread(session).collect();
    let notification = heard.iter().find_map(|it| first_notification(&it.octets));
    let closed = heard
        .iter()
        .any(|it| matches!(it.ended, Some(Closed::Finished | Closed::Reset)));
    let process = world.speaker(router).map(|(speaker, _)| speaker);
    let state = process
        .and_then(|speaker| speaker.session(T))
        .map(session::Session::state);
    let from_t: Vec<String> = process.map_or(Vec::new(), |speaker| {
        let tables = speaker.rib();
        let of_t = tables.prefixes().filter(|prefix| {
            let explained = tables.explain(*prefix);
            explained.is_some_and(|it| it.candidates.iter().any(|path| path.source == Source::Peer(T)))
        });
        of_t.map(|prefix| prefix.to_string()).collect()
    });
    json!({
        "id": case.id,
        "notification": notification,
        "session": if state == Some(State::Established) { "Established" } else { "Down" },
        "rib_from_T": from_t,
        "tcp_closed_by_router": closed,
    })
}

fn octets(hex: &str) -> anyhow::Result<Vec<u8>> {
    let digits: Vec<char> = hex.chars().collect();
    let pairs = digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16));
    pairs
        .collect::<Result<_, _>>()
        .context("failed to read the octets to send")
}

fn first_notification(mut octets: &[u8]) -> Option<Value> {
    while let Framing::Message { len } = frame(octets) {
        let (message, rest) = octets.split_at(len);
        if let &[TYPE_NOTIFICATION, code, subcode, ref data @ ..] = &message[HEADER_LEN - 1..] {
            let data: String = data.iter().map(|octet| format!("{octet:02x}")).collect();
            return Some(json!({"code": code, "subcode": subcode, "data": data}));
        }
        octets = rest;
    }
    None
}

/// One side of a session over a link, with these addresses of its own and of the peer.
fn side(
    own: &Member,
    peer: &Member,
    ends: (Ipv4Net, Ipv4Net),
    initiative: Initiative,
) -> (PeerSetup, Transport) {
    let (local, remote) = (ends.0.addr(), ends.1.addr());
    let mut config = session::Config::new(Identifier(own.id), (own.asn, local), (peer.asn, remote));
    config.initiative = initiative;
    config.timers.connect_retry = Span::secs(1);
    let setup = PeerSetup {
        session: config,
        routes: Arc::new(PeerConfig::default()),
        subnet: Some(ends.0.trunc()),
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

fn run(
    routing: &mut Routing,
    router: RouterId,
    who: &Member,
    sides: Vec<(PeerSetup, Transport)>,
    own: &[Ipv4Net],
) {
    let (peers, transports) = sides.into_iter().unzip();
    let originate = own
        .iter()
        .map(|&prefix| (prefix, Origination::new(prefix).attributes()));
    let config = speaker::Config {
        rib: Arc::new(rib::Config::new(who.asn, Identifier(who.id))),
        peers,
        originate: originate.collect(),
    };
    routing.run_bgp(router, who.name, config, transports);
}

/// The lab, the router and T's end of its session.
fn build() -> anyhow::Result<(World, RouterId, BgpSessionId)> {
    let mut routing = Routing::default();
    let router = routing.add_router(Vec::new(), Vec::new());
    let (t, o) = (
        routing.add_router(Vec::new(), Vec::new()),
        routing.add_router(Vec::new(), Vec::new()),
    );
    let net = |text: &str| text.parse::<Ipv4Net>();
    let to_t = (net("169.254.210.1/30")?, net("169.254.210.2/30")?);
    let to_o = (net("169.254.211.1/30")?, net("169.254.211.2/30")?);
    let own = net("172.31.0.0/16")?;
    let passive = Initiative::Passive;
    for (other, ends) in [(t, to_t), (o, to_o)] {
        routing.connect((router, ends.0), (other, ends.1), LinkSpec::default());
    }
    let sides = vec![
        side(&ROUTER, &SPEAKER, to_t, passive),
        side(&ROUTER, &LISTENER, to_o, passive),
    ];
    run(&mut routing, router, &ROUTER, sides, &[own]);
    let back = |ends: (Ipv4Net, Ipv4Net)| (ends.1, ends.0);
    run(
        &mut routing,
        t,
        &SPEAKER,
        vec![side(&SPEAKER, &ROUTER, back(to_t), Initiative::Both)],
        &[],
    );
    run(
        &mut routing,
        o,
        &LISTENER,
        vec![side(&LISTENER, &ROUTER, back(to_o), Initiative::Both)],
        &[],
    );
    routing.begin_bgp_as(t, Process::Outside);
    let mut blueprint = Blueprint::empty("octets");
    for (id, who) in [(router, &ROUTER), (t, &SPEAKER), (o, &LISTENER)] {
        blueprint.names.insert(id, who.name);
    }
    blueprint.routing = routing;
    let world = World::build(&blueprint, 1).context("failed to build the lab")?;
    let session = world
        .session_with(t, PeerId::from_index(0))
        .context("T has a session")?;
    Ok((world, router, session))
}

/// What an answer has that the recorded results do not.
///
/// Where the two recorded routers agree, that is to be matched; the fields on which they differ are taken together, and
/// are to be those of the one or of the other.
#[must_use]
pub fn compare(file: &Value, answer: &Value) -> Vec<String> {
    let recorded = [&file["expected"]["frr"], &file["expected"]["bird"]].map(View::of);
    let got = View::of(answer);
    let mut differences = Vec::new();
    if answer["id"] != file["case"]["id"] {
        differences.push(format!("id: got {}", answer["id"]));
    }
    let mut disputed = Vec::new();
    for (place, field) in View::FIELDS.into_iter().enumerate() {
        let [frr, bird] = [0, 1].map(|engine| &recorded[engine].0[place]);
        if frr != bird {
            disputed.push(place);
        } else if *frr != got.0[place] {
            differences.push(format!("{field}: expected {frr}, got {}", got.0[place]));
        }
    }
    let is_like = |engine: &View| disputed.iter().all(|&place| engine.0[place] == got.0[place]);
    if !recorded.iter().any(is_like) {
        let shown = |view: &View| {
            disputed
                .iter()
                .map(|&place| view.0[place].to_string())
                .collect::<Vec<_>>()
                .join(" ")
        };
        let [frr, bird] = recorded.each_ref().map(shown);
        differences.push(format!("reaction: expected {frr} or {bird}, got {}", shown(&got)));
    }
    differences
}

/// The fields that are judged, made comparable.
struct View([Value; 4]);

impl View {
    const FIELDS: [&str; 4] = ["notification", "session", "rib_from_T", "tcp_closed_by_router"];

    fn of(reaction: &Value) -> Self {
        let told = &reaction["notification"];
        let notification = match told {
            Value::Null => Value::Null,
            told => {
                let data = told["data"].as_str().unwrap_or_default().to_lowercase();
                json!([told["code"], told["subcode"], data])
            }
        };
        let mut prefixes: Vec<&str> = reaction["rib_from_T"]
            .as_array()
            .map_or(Vec::new(), |all| all.iter().filter_map(Value::as_str).collect());
        prefixes.sort_unstable();
        prefixes.dedup();
        Self([
            notification,
            reaction["session"].clone(),
            json!(prefixes),
            reaction["tcp_closed_by_router"].clone(),
        ])
    }
}
