//! What is drawn over the picture: packets that move, ways of flows and probes, and what a fault took away.

use sim_core::units::Ppm;

use crate::topology::{Item, LinkId};

/// The control protocols whose packets can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// BGP messages.
    Bgp,
    /// BFD: a session that changes its state.
    Bfd,
    /// IKE messages.
    Ike,
    /// Questions of DNS and their answers.
    Dns,
    /// Replication of disks.
    Replication,
}

impl Protocol {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Bgp, Self::Bfd, Self::Ike, Self::Dns, Self::Replication];

    /// The word shown to people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Bgp => "BGP",
            Self::Bfd => "BFD",
            Self::Ike => "IKE",
            Self::Dns => "DNS",
            Self::Replication => "Replication",
        }
    }
}

/// A packet under way on a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet {
    /// The link.
    pub link: LinkId,
    /// What it speaks.
    pub protocol: Protocol,
    /// How far it has come from the first end of the link to the second.
    pub part: Ppm,
    /// Whether it goes from the second end to the first.
    pub is_back: bool,
}

/// Which way a route is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// As it was before something failed.
    Before,
    /// There.
    Forward,
    /// And back.
    Return,
}

/// The way of a flow or a probe through the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Which way.
    pub direction: Direction,
    /// Places and links from sender to receiver.
    pub steps: Vec<Item>,
}

/// Where a way ends too early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// The place.
    pub at: Item,
    /// Why, in a few words.
    pub why: String,
}

/// Everything that is drawn over the picture in one frame.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overlay {
    /// Packets under way.
    pub packets: Vec<Packet>,
    /// Ways of what is looked at.
    pub routes: Vec<Route>,
    /// Where they stop.
    pub stops: Vec<Stop>,
    /// What was done to the lab and lasts.
    pub faults: Vec<Item>,
    /// What lost something because of that.
    pub lost: Vec<Item>,
}
