//! A link between two routers: a cable, a circuit, or anything that carries packets from one end to the other.

use crate::net::Mtu;
use crate::resource::{LinkId, RouterInterfaceId};
use crate::units::{BitRate, Ppm, Span};

/// One of the two ends of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum End {
    /// The end named first.
    A,
    /// The end named second.
    B,
}

impl End {
    /// The end across from this one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// What the interfaces at both ends see of their link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Carrier {
    /// Light at both ends.
    Up,
    /// None: both interfaces know that they are down.
    Down,
}

/// Whether what enters a link at one end comes out at the other; the interfaces do not see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Passage {
    /// It does, unless it is lost by chance.
    Open,
    /// Nothing does: the silent failure of something in the middle.
    Blocked,
}

/// How far the provider of a line has come with it, in AWS's words.
///
/// Source: "`Connection`" and "`VirtualInterface`", AWS Direct Connect API Reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Provisioning {
    /// It is there to be used.
    Available,
    /// A hosted connection that its owner has not accepted.
    Ordering,
    /// A connection whose letter of authorisation is not there yet.
    Requested,
    /// It has been approved and is being made.
    Pending,
    /// A virtual interface that the account that it is for has not accepted.
    Confirming,
    /// A public virtual interface whose prefixes AWS has not yet found to be the customer's.
    Verifying,
}

impl Provisioning {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Available,
        Self::Ordering,
        Self::Requested,
        Self::Pending,
        Self::Confirming,
        Self::Verifying,
    ];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Ordering => "ordering",
            Self::Requested => "requested",
            Self::Pending => "pending",
            Self::Confirming => "confirming",
            Self::Verifying => "verifying",
        }
    }
    /// What it waits for, and who does that.
    #[must_use]
    pub const fn waits_for(self) -> &'static str {
        match self {
            Self::Available => "nothing",
            Self::Ordering => "accept the hosted connection in the account that it is for",
            Self::Requested => "wait for AWS's letter of authorisation, and have the cross-connect made",
            Self::Pending => "wait until AWS has made it",
            Self::Confirming => "accept the virtual interface in the account that it is for",
            Self::Verifying => "wait until AWS has found that the prefixes are yours, or ask its support",
        }
    }
}

/// A link between two interfaces of routers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The interface at end A.
    pub a: RouterInterfaceId,
    /// The interface at end B.
    pub b: RouterInterfaceId,
    /// The time from one end to the other.
    pub delay: Span,
    /// What may come on top of it, each packet's own; none overtakes another.
    pub jitter: Span,
    /// What it carries in each direction.
    pub rate: BitRate,
    /// The share of packets that it loses in each direction.
    pub loss: Ppm,
    /// What the interfaces see.
    pub carrier: Carrier,
    /// Whether what enters at A comes out at B.
    pub from_a: Passage,
    /// Whether what enters at B comes out at A.
    pub from_b: Passage,
    /// How far its provider has come with it.
    pub provisioning: Provisioning,
    /// The link that it is a VLAN on, with its ends at the same routers: it is up only while that one is, and shares
    /// what that one carries.
    pub over: Option<LinkId>,
    /// The bundle that it is a member of (link aggregation, IEEE 802.1AX).
    pub member_of: Option<LinkId>,
    /// Of a bundle, how many of its members have to work for it to; one at least. Flows are spread over those that do.
    pub min_links: Option<u8>,
    /// The largest packet that it carries.
    pub mtu: Mtu,
}

impl Link {
    /// The interface at an end.
    #[must_use]
    pub const fn interface(&self, end: End) -> RouterInterfaceId {
        match end {
            End::A => self.a,
            End::B => self.b,
        }
    }
    /// The end at which an interface is, where it is at one.
    #[must_use]
    pub fn end_of(&self, interface: RouterInterfaceId) -> Option<End> {
        if interface == self.a {
            Some(End::A)
        } else if interface == self.b {
            Some(End::B)
        } else {
            None
        }
    }
    /// Whether what enters at an end comes out at the other.
    #[must_use]
    pub const fn passage(&self, from: End) -> Passage {
        match from {
            End::A => self.from_a,
            End::B => self.from_b,
        }
    }
}

/// One edit of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum LinkChange {
    /// Both ends gain or lose the carrier.
    Carrier(Carrier),
    /// Its provider comes that far with it.
    Provisioning(Provisioning),
    /// One direction begins or ceases to carry, unseen by the interfaces.
    Passage {
        /// The end at which packets enter.
        from: End,
        /// What becomes of them.
        passage: Passage,
    },
    /// Another time from end to end.
    Delay(Span),
    /// Another longest time on top of it.
    Jitter(Span),
    /// Another capacity in each direction.
    Rate(BitRate),
    /// Another share of lost packets in each direction.
    Loss(Ppm),
    /// Another largest packet.
    Mtu(Mtu),
    /// The carrier turns over, and again after so long, until it is told to be there: nothing of length.
    Flapping(Span),
}

impl Link {
    /// Makes an edit.
    pub const fn apply(&mut self, change: LinkChange) {
        match change {
            LinkChange::Carrier(carrier) => self.carrier = carrier,
            // Whoever keeps the time turns it.
            LinkChange::Flapping(_) => {}
            LinkChange::Provisioning(provisioning) => self.provisioning = provisioning,
            LinkChange::Passage {
                from: End::A,
                passage,
            } => self.from_a = passage,
            LinkChange::Passage {
                from: End::B,
                passage,
            } => self.from_b = passage,
            LinkChange::Delay(delay) => self.delay = delay,
            LinkChange::Jitter(jitter) => self.jitter = jitter,
            LinkChange::Rate(rate) => self.rate = rate,
            LinkChange::Loss(loss) => self.loss = loss,
            LinkChange::Mtu(mtu) => self.mtu = mtu,
        }
    }
}
