//! Which way a flow goes: the line that it is led over, what cuts it, and what is told of that.

use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::kernel::RecordId;
use crate::net::fluid::FluidLinkId;
use crate::reason::Reason;
use crate::resource::{FlowId, HostId};
use crate::units::{BitRate, Span};
use crate::verdict::Refusal;

use super::super::detour::FlowMove;
use super::super::line::{Line, loss_of, mean_jitter};
use super::super::network::{LinkRef, Recipient, RoundTrip};
use super::super::notice::Happening;
use super::super::terrain::Terrain;
use super::super::turn::parting;
use super::{FlowOwner, Flows, Led, Way};

impl Terrain {
    /// Finds the way of a flow, and says so where it is another than before.
    pub(super) fn route_flow(&mut self, flow: FlowId) {
        let Some(row) = self.flows.get(flow) else {
            return;
        };
        let (from, way, line) = (row.from, row.way, row.line);
        match self.find_way(from, way, line) {
            Ok(led) => self.lead(flow, &led),
            Err(refusal) => self.cut(flow, refusal),
        }
    }

    fn find_way(&mut self, from: HostId, way: Way, line: Option<Line>) -> Result<Led, Refusal> {
        let mut cut = Refusal::at(Reason::ConnectionReset, from);
        if let Some(line) = line {
            let trip = self.look_at_line(&line);
            if Self::is_whole(&line, &trip) {
                // Where full segments vanish it stands and carries nothing; a new connection may agree on smaller ones.
                match (self.segments(&line, &trip, way.heading()), way) {
                    (Ok(mss_bytes), _) => {
                        return Ok(Led {
                            line,
                            trip,
                            mss_bytes,
                        });
                    }
                    (Err(refusal), Way::Back) => return Err(refusal),
                    (Err(refusal), Way::To { .. }) => cut = refusal,
                }
            } else {
                cut = trip.refusal().unwrap_or(cut);
            }
        }
        match way {
            Way::Back => Err(cut),
            Way::To { host, port } => {
                if let Some(line) = line {
                    self.close_line(&line);
                }
                let (line, trip) = self.new_line_to(from, host, port)?;
                let found = self.segments(&line, &trip, way.heading());
                if found.is_err() {
                    self.close_line(&line);
                }
                let mss_bytes = found?;
                Ok(Led {
                    line,
                    trip,
                    mss_bytes,
                })
            }
        }
    }

    fn new_line_to(&mut self, from: HostId, to: HostId, port: u16) -> Result<(Line, RoundTrip), Refusal> {
        let private = self
            .private_address(to)
            .ok_or(Refusal::at(Reason::HostDown, to))?;
        let refusal = match self.open_line_to(from, to, private, port) {
            Ok(found) => return Ok(found),
            Err(refusal) => refusal,
        };
        let public = self.public_address_of(to).ok_or(refusal)?;
        self.open_line_to(from, to, public, port).map_err(|_| refusal)
    }

    fn open_line_to(
        &mut self,
        from: HostId,
        to: HostId,
        address: Ipv4Addr,
        port: u16,
    ) -> Result<(Line, RoundTrip), Refusal> {
        let (line, trip) = self.open_line(from, address, port)?;
        if line.remote() == Recipient::Host(to) {
            return Ok((line, trip));
        }
        self.close_line(&line);
        Err(Refusal::at(Reason::UnknownDestination, line.remote().resource()))
    }

    /// The flow goes over this line.
    fn lead(&mut self, flow: FlowId, led: &Led) {
        let trip = &led.trip;
        let ends = self.ends_of(flow);
        let flows = &mut self.flows;
        let Some(way) = flows.get(flow).map(|row| row.way) else {
            return;
        };
        let data = match (way, &trip.back) {
            (Way::To { .. }, _) | (Way::Back, None) => &trip.forward,
            (Way::Back, Some(back)) => back,
        };
        let loss = loss_of(&self.network, data);
        let round_trip = trip.delay() + mean_jitter(&self.network, trip);
        let path: Vec<FluidLinkId> = data.links().map(|link| flows.link(&self.network, link)).collect();
        let next = self.trace.next_id();
        let now = self.queue.now();
        let Some(row) = flows.get_mut(flow) else {
            return;
        };
        row.line = Some(led.line);
        row.sender.mss_bytes = led.mss_bytes;
        row.path_limit = row.sender.limit(round_trip, loss);
        let was_cut = row.refusal.take().is_some();
        let stood_for = row.cut_at.take().map_or(Span::ZERO, |at| now.since(at));
        let moved = row.path != path;
        let before = core::mem::take(&mut row.path_before);
        let before = if was_cut { before } else { row.path.clone() };
        let since = core::mem::replace(&mut row.found, next);
        let (key, cap) = (row.key, row.ends.min(row.path_limit));
        if moved {
            row.path.clone_from(&path);
            flows.sharing.set_path(key, &path);
        }
        flows.sharing.set_cap(key, cap);
        if before == path || before.is_empty() {
            // The same way as before, which is news where nothing went by it.
            if was_cut {
                self.tell_of_way(flow, Happening::FlowRouted);
            }
            return;
        }
        let names = |path: &[FluidLinkId]| -> Arc<[LinkRef]> { flows.names_of(path).collect() };
        let (from, to) = (names(&before), names(&path));
        let turned = parting(data, &from).filter_map(|device| flows.turns.of(device, ends, since));
        if let Some(turn) = turned.max() {
            self.cause = Some(turn);
        }
        self.tell_of_way(flow, Happening::FlowRerouted { from, to, stood_for });
    }

    /// The addresses between which a flow's packets go.
    fn ends_of(&self, flow: FlowId) -> [Option<Ipv4Addr>; 2] {
        let row = self.flows.get(flow);
        let from = row.and_then(|row| self.private_address(row.from));
        let to = row.and_then(|row| match (row.way, row.line) {
            (_, Some(line)) => Some(line.address()),
            (Way::To { host, .. }, None) => self.private_address(host),
            (Way::Back, None) => None,
        });
        [from, to]
    }

    fn tell_of_way(&mut self, flow: FlowId, happening: Happening) {
        let record = self.tell_of_flow(flow, happening);
        self.note_move(flow, record, None);
    }

    /// Nothing gets through.
    fn cut(&mut self, flow: FlowId, refusal: Refusal) {
        let now = self.now();
        let ends = self.ends_of(flow);
        let Some(row) = self.flows.get_mut(flow) else {
            return;
        };
        let before = row.refusal.replace(refusal);
        if before.is_none() {
            row.path_before = core::mem::take(&mut row.path);
            row.cut_at = Some(now);
        }
        row.path.clear();
        row.path_limit = BitRate::ZERO;
        match row.way {
            Way::To { .. } => row.line = None,
            Way::Back => {}
        }
        let (key, found) = (row.key, row.found);
        self.flows.sharing.set_path(key, &[]);
        self.flows.sharing.set_cap(key, BitRate::ZERO);
        if before != Some(refusal) {
            if let Some(turn) = self.flows.turns.of(refusal.at, ends, found) {
                self.cause = Some(turn);
            }
            let record = self.tell_of_flow(flow, Happening::FlowBroken(refusal));
            // One that stands and is stopped somewhere else now does not move.
            if before.is_none() {
                self.note_move(flow, record, Some(refusal.reason));
            }
        }
    }

    fn tell_of_flow(&mut self, flow: FlowId, happening: Happening) -> RecordId {
        let record = self.record(flow, happening);
        if let Some(row) = self.flows.get_mut(flow) {
            row.news = Some(record);
        }
        record
    }

    /// A flow of the migration goes another way, or stands for this reason.
    fn note_move(&mut self, flow: FlowId, record: RecordId, stopped_by: Option<Reason>) {
        let at = self.now();
        let Flows {
            rows, link_of, moves, ..
        } = &mut self.flows;
        let row = rows.get(flow).and_then(Option::as_ref);
        let Some(row) = row.filter(|row| matches!(row.owner, FlowOwner::Actor(_))) else {
            return;
        };
        let Way::To { host: to, .. } = row.way else {
            return;
        };
        let links = row.path.iter();
        moves.push(FlowMove {
            at,
            flow,
            from: row.from,
            to,
            path: links
                .filter_map(|link| link_of.get(link.index()).copied())
                .collect(),
            rate: BitRate::ZERO,
            stopped_by,
            record,
        });
    }
}
