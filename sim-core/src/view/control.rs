//! What control protocols said of late, as the records have it: from whom to whom, so that a screen can show it moving.
//!
//! A record is of one machine, so a message is told by the end that wrote it down: what a process learned came from its
//! peer, what it did of itself went to it. Messages that leave no record, such as keepalives in an established session,
//! are not made up.

use crate::kernel::RecordId;
use crate::proto::bgp::speaker::{Notice, Way};
use crate::resource::{BgpSessionId, ResourceRef};
use crate::units::{SimTime, Span};
use crate::world::{Happening, Record};

use super::View;

/// A protocol that controls others, or finds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ControlProtocol {
    /// Routes and the sessions that carry them.
    Bgp,
    /// Whether the other end is still there.
    Bfd,
    /// Keys of tunnels.
    Ike,
    /// Names.
    Dns,
}

/// Something that one thing told another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ControlMessage {
    /// The record that tells of it.
    pub record: RecordId,
    /// When.
    pub at: SimTime,
    /// In which protocol.
    pub protocol: ControlProtocol,
    /// Who said it: a router or a host.
    pub from: ResourceRef,
    /// Who was told.
    pub to: ResourceRef,
}

/// How many records are looked through: a picture has room for far fewer messages.
const LATEST: usize = 2_000;

impl View<'_> {
    /// What was said within a span before the present, the latest first, and at most so many, among the latest records: in
    /// a storm what is older is not looked for.
    #[must_use]
    pub fn control_messages(&self, within: Span, most: usize) -> Vec<ControlMessage> {
        let now = self.world.now();
        let recent = self.session.records().rev().take(LATEST);
        let recent = recent.take_while(|record| record.at + within >= now);
        recent
            .filter_map(|record| self.message(record))
            .take(most)
            .collect()
    }

    fn message(&self, record: &Record) -> Option<ControlMessage> {
        let (protocol, [from, to]) = match (&record.what, record.subject) {
            (Happening::Bgp(notice), ResourceRef::BgpSession(id)) => {
                let [own, peer] = self.speakers(id)?;
                let is_sent = match &**notice {
                    Notice::Session(_) | Notice::Notification { way: Way::Sent, .. } => true,
                    Notice::Routes(_)
                    | Notice::Repaired(_)
                    | Notice::Notification {
                        way: Way::Received, ..
                    } => false,
                };
                (
                    ControlProtocol::Bgp,
                    if is_sent { [own, peer] } else { [peer, own] },
                )
            }
            (Happening::Bfd(_), ResourceRef::BgpSession(id)) => (ControlProtocol::Bfd, self.speakers(id)?),
            (Happening::IkeSent(_), ResourceRef::Tunnel(id)) => {
                let far = self.world.far_tunnel(id)?;
                let router = |id| self.world.network().tunnels.get(id).map(|row| row.router);
                (ControlProtocol::Ike, [router(id)?.into(), router(far)?.into()])
            }
            (Happening::Resolved { .. }, ResourceRef::Host(host)) => {
                let network = self.world.network();
                let server = network.name_servers_of(host).into_iter().find_map(|address| {
                    let mut hosts = network.hosts.iter();
                    hosts.find(|(_, row)| row.address(&network.cloud) == Some(address))
                });
                (ControlProtocol::Dns, [server?.0.into(), host.into()])
            }
            _ => return None,
        };
        Some(ControlMessage {
            record: record.id,
            at: record.at,
            protocol,
            from,
            to,
        })
    }

    /// The router of a session, and that of its peer.
    fn speakers(&self, id: BgpSessionId) -> Option<[ResourceRef; 2]> {
        self.world.speakers(id).map(|routers| routers.map(Into::into))
    }
}

#[cfg(test)]
mod tests {
    use crate::kernel::Keep;
    use crate::lab::Session;
    use crate::scenario::{load, shipped_base};
    use crate::units::{SimTime, Span};
    use crate::view::{ControlProtocol, View};

    #[test]
    fn what_routers_told_each_other_is_read_from_the_records() {
        let text = shipped_base("onprem-to-aws").expect("it ships");
        let loaded = load(&text, "onprem-to-aws", &shipped_base).expect("it is right");
        let mut session = Session::open(loaded.blueprint, None, Keep::Last(10_000)).expect("it opens");
        session.advance(SimTime::at(Span::minutes(2)), u64::MAX);
        let view = View::of(&session);
        let all = view.control_messages(Span::minutes(2), 1_000);
        let n = |protocol| all.iter().filter(|it| it.protocol == protocol).count();
        assert!(n(ControlProtocol::Bgp) > 10, "{} of BGP", n(ControlProtocol::Bgp));
        // IKE_SA_INIT and IKE_AUTH with their answers, for each of two tunnels.
        assert_eq!(n(ControlProtocol::Ike), 8);
        assert!(n(ControlProtocol::Bfd) > 0);
        assert!(all.iter().all(|it| it.from != it.to));
        assert!(all.is_sorted_by(|a, b| a.at >= b.at));
        assert_eq!(view.control_messages(Span::minutes(2), 3).len(), 3);
        assert!(view.control_messages(Span::ZERO, 1_000).len() < all.len());
    }
}
