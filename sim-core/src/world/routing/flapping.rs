//! Links whose carrier goes and comes by itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::kernel::{RecordId, TimerId};
use crate::resource::LinkId;
use crate::site::{Carrier, LinkChange};
use crate::units::Span;

use super::super::event::Event;
use super::super::lever::Lever;
use super::super::terrain::Terrain;
use super::RoutingLever;

/// The links that flap, each with when it turns next.
#[derive(Debug, Clone, Default)]
pub(super) struct Flaps(BTreeMap<LinkId, TimerId>);

impl Terrain {
    /// The carrier of a link turns, and will again after `every`; with none it is there, and stays.
    pub(super) fn flap(&mut self, link: LinkId, every: Span, record: RecordId) {
        if let Some(timer) = self.routers.flaps.0.remove(&link) {
            self.queue.cancel(timer);
        }
        if let Some(row) = self.network.links.get_mut(link) {
            row.carrier = match row.carrier {
                Carrier::Up if !every.is_zero() => Carrier::Down,
                Carrier::Up | Carrier::Down => Carrier::Up,
            };
        }
        if !every.is_zero() {
            let change = LinkChange::Flapping(every);
            let lever = Lever::Routing(RoutingLever::Link { link, change });
            let timer = self.timer(every, Event::Lever(Arc::new(lever)));
            self.routers.flaps.0.insert(link, timer);
        }
        self.link_changed(link, record);
    }
}
