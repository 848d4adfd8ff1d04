//! Facts about segments.

use crate::resource::SegmentId;
use crate::site::Carrier;
use crate::view::Health;
use crate::view::describe::Words;
use crate::view::facts::Facts;
use crate::world::network::Station;

/// More hosts than these are counted, not listed.
const MOST_STATIONS: usize = 40;

pub(super) fn segment(id: SegmentId, words: &Words<'_>, facts: &mut Facts) {
    let (network, names) = (words.network, words.names);
    let Some(row) = network.segments.get(id) else {
        return;
    };
    match row.carrier {
        Carrier::Up => facts.judge("state", "up", Health::Good),
        Carrier::Down => facts.judge("state", "down", Health::Failed),
    }
    facts.add("prefix", row.prefix);
    if let Some(vlan) = row.vlan {
        facts.add("VLAN", vlan);
    }
    facts.add("each port carries", row.rate);
    facts.add("delay", row.delay);
    facts.section("On it");
    let all: Vec<_> = network.stations.on(id).collect();
    for (address, station) in all.iter().take(MOST_STATIONS) {
        match *station {
            Station::Host(host) => facts.lead("host", format!("{address} {}", names.of(host)), host),
            Station::Router(interface) => {
                facts.lead("router", format!("{address} {}", names.of(interface)), interface);
            }
            Station::Gateway(gateway) => {
                let active = words.active_for(gateway);
                facts.lead("gateway", format!("{address} {active}"), gateway);
            }
        }
    }
    if all.len() > MOST_STATIONS {
        facts.add("more", format!("{} in all", all.len()));
    }
}
