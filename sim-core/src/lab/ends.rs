//! BGP sessions by their two ends, as a person calls them.
//!
//! An end is called by its router, by the address that it speaks from, by what stands behind it (the Transit Gateway of a VPN
//! endpoint, the Direct Connect gateway of a virtual interface), by what the other end calls it, or by how one of these
//! begins: `tgw↔cgw-1`, `cgw-1 <-> vpn-1`, `cgw-1-dxgw`, in either order.

use crate::aws::AttachmentKind;
use crate::aws::direct_connect::Terminus;
use crate::resource::{BgpSessionId, RouterId};
use crate::site::Behind;
use crate::world::World;

use super::session::Session;

/// What may stand between the two ends, the plainest first.
const BETWEEN: [&str; 6] = ["↔", "<->", "—", " - ", "/", "-"];

/// More sessions than these are not proposed.
const MOST_NEAR: usize = 6;

/// How well a name fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// It begins so.
    Begins,
    /// It is called so.
    Exactly,
}

/// A session, and what its ends are called.
struct Ends {
    id: BgpSessionId,
    name: String,
    near: Vec<String>,
    far: Vec<String>,
}

/// The sessions between two ends that are called so; none where the text names no such ends.
pub(super) fn sessions_between(session: &Session, text: &str) -> Vec<BgpSessionId> {
    let all = all_ends(session.world());
    let mut best: (Option<Fit>, Vec<BgpSessionId>) = (None, Vec::new());
    for (one, other) in splits(text) {
        let fitting = all
            .iter()
            .filter_map(|ends| Some((ends.fit(one, other)?, ends.id)));
        let fitting: Vec<(Fit, BgpSessionId)> = fitting.collect();
        let fit = fitting.iter().map(|(fit, _)| *fit).max();
        if fit > best.0 {
            let these = fitting.iter().filter(|(it, _)| Some(*it) == fit);
            best = (fit, these.map(|(_, id)| *id).collect());
        }
    }
    best.1
}

/// The names of the sessions of an end that a text speaks of, where there is none between the two.
pub(super) fn near(session: &Session, text: &str) -> Vec<String> {
    let all = all_ends(session.world());
    let mut found: Vec<String> = Vec::new();
    for (one, other) in splits(text) {
        for end in [one, other] {
            for it in all.iter().filter(|it| fit(&it.near, end).is_some()) {
                if !found.contains(&it.name) {
                    found.push(it.name.clone());
                }
            }
        }
    }
    found.truncate(MOST_NEAR);
    found
}

/// Every way to read a text as two ends.
fn splits(text: &str) -> impl Iterator<Item = (&str, &str)> {
    BETWEEN.into_iter().flat_map(move |between| {
        text.match_indices(between).filter_map(move |(place, between)| {
            let (one, other) = (text[..place].trim(), text[place + between.len()..].trim());
            (!one.is_empty() && !other.is_empty()).then_some((one, other))
        })
    })
}

impl Ends {
    fn fit(&self, one: &str, other: &str) -> Option<Fit> {
        let both = |near: &str, far: &str| Some(fit(&self.near, near)?.min(fit(&self.far, far)?));
        both(one, other).max(both(other, one))
    }
}

fn fit(names: &[String], said: &str) -> Option<Fit> {
    let fits = names.iter().filter_map(|name| {
        let rest = name.strip_prefix(said)?;
        match rest.chars().next() {
            None => Some(Fit::Exactly),
            Some('-' | '/') => Some(Fit::Begins),
            Some(_) => None,
        }
    });
    fits.max()
}

fn all_ends(world: &World) -> Vec<Ends> {
    let all = world.bgp_sessions().map(|(id, read)| {
        let name = world.names().of(id);
        let (local, remote) = (read.transport.local, read.transport.remote);
        let mut near = end_names(world, read.row.router);
        near.push(local.to_string());
        let far_router = world.router_at(remote);
        let mut far = far_router.map_or_else(Vec::new, |router| end_names(world, router));
        far.push(remote.to_string());
        let router = world.names().of(read.row.router);
        let said = name.strip_prefix(&router).and_then(|it| it.strip_prefix('/'));
        far.extend(said.map(str::to_owned));
        Ends { id, name, near, far }
    });
    all.collect()
}

/// What a router is called as an end of sessions: its own name, and those of what stands behind it.
fn end_names(world: &World, router: RouterId) -> Vec<String> {
    let (names, network) = (world.names(), world.network());
    let cloud = &network.cloud;
    let mut all = vec![names.of(router)];
    let attachment = |id, all: &mut Vec<String>| {
        all.push(names.of(id));
        all.extend(cloud.attachments.get(id).map(|row| names.of(row.gateway)));
    };
    match network.routers.get(router).and_then(|row| row.behind) {
        None => {}
        Some(Behind::TransitGateway(id) | Behind::Transport(id)) => attachment(id, &mut all),
        Some(Behind::VirtualPrivateGateway(id)) => all.push(names.of(id)),
        Some(Behind::DirectConnect(id)) => {
            all.push(names.of(id));
            match cloud.virtual_interfaces.get(id).map(|row| row.ends_at) {
                Some(Terminus::DirectConnectGateway(gateway)) => {
                    all.push(names.of(gateway));
                    for (id, row) in cloud.attachments.iter() {
                        if matches!(&row.kind, AttachmentKind::DirectConnect(it) if it.gateway == gateway) {
                            attachment(id, &mut all);
                        }
                    }
                }
                Some(Terminus::VirtualPrivateGateway(id)) => all.push(names.of(id)),
                Some(Terminus::PublicEdge) | None => {}
            }
        }
    }
    all.dedup();
    all
}
