//! What is news to a gateway, and in what two tables differ.

use ipnet::Ipv4Net;

use crate::net::prefix_table::PrefixTable;
use crate::proto::bgp::{rib, speaker, wire};

/// Whether a process may have learned something of routes from what it was told. What its gateway has it announce is no news
/// to the gateway.
pub(in crate::world::routing) fn is_news(input: &speaker::Input<'_>, out: &[speaker::Output]) -> bool {
    let tells = |it: &speaker::Output| matches!(it, speaker::Output::Notice(..) | speaker::Output::Fib(..));
    match input {
        speaker::Input::Octets { octets, .. } => !wire::is_keepalive(octets),
        speaker::Input::Session(..)
        | speaker::Input::Start
        | speaker::Input::Stop(_)
        | speaker::Input::Timers { .. }
        | speaker::Input::RemoteAs(..) => out.iter().any(tells),
        speaker::Input::Tables(input) => {
            let by_gateway = matches!(input, rib::Input::Originate(..) | rib::Input::Withdraw(_));
            !by_gateway && out.iter().any(tells)
        }
    }
}

/// The prefixes whose route is another one, with what it is now.
pub(super) fn changes<R: PartialEq + Clone>(
    old: &PrefixTable<R>,
    new: &PrefixTable<R>,
) -> Vec<(Ipv4Net, Option<R>)> {
    let gone = old.iter().filter(|(prefix, _)| new.get(*prefix).is_none());
    let mut all: Vec<(Ipv4Net, Option<R>)> = gone.map(|(prefix, _)| (prefix, None)).collect();
    for (prefix, route) in new.iter() {
        if old.get(prefix) != Some(route) {
            all.push((prefix, Some(route.clone())));
        }
    }
    all.sort_by_key(|(prefix, _)| *prefix);
    all
}
