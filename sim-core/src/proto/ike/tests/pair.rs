//! Two daemons and the path between them.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;

use crate::kernel::{Dice, Id, Streams};
use crate::proto::ike::config::{
    Action, Authentication, Encapsulation, Lifetime, Phase1Mode, Preference, Retransmission, Tries, Versions,
};
use crate::proto::ike::identity::Identity;
use crate::proto::ike::proposal::{Proposal, Protocol};
use crate::proto::ike::table::IkeSaRow;
use crate::proto::ike::{Child, ChildState, Connection, Daemon, Input, KEEPALIVE_OCTETS, Notice, Output};
use crate::units::{Ppm, SimTime, Span};

pub(super) const LEFT: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
pub(super) const RIGHT: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);

/// A connection from one gateway to the other.
pub(super) fn connection(local: Ipv4Addr, remote: Ipv4Addr) -> Connection {
    let (own, other) = if local == LEFT {
        ("10.1.0.0/16", "10.2.0.0/16")
    } else {
        ("10.2.0.0/16", "10.1.0.0/16")
    };
    Connection {
        name: "peer".into(),
        local,
        remote: Some(remote),
        versions: Versions::V2,
        phase1: Phase1Mode::Main,
        ike: vec![Proposal::parse(Protocol::Ike, "aes256-sha256-modp2048").expect("a proposal")],
        preference: Preference::Configured,
        authentication: Authentication::SharedKey("secret".into()),
        local_id: None,
        remote_id: Identity::Any,
        lifetime: Lifetime {
            rekey: Span::hours(4),
            random: Span::ZERO,
            life: Span::hours(5),
        },
        reauth: Span::ZERO,
        dpd_delay: Span::ZERO,
        dpd_timeout: Span::ZERO,
        retransmission: Retransmission::DEFAULT,
        tries: Tries::Once,
        encapsulation: Encapsulation::WhenNatDetected,
        max_children: 16,
        children: vec![Arc::new(Child {
            name: "net".into(),
            local: vec![own.parse().expect("a selector")],
            remote: vec![other.parse().expect("a selector")],
            esp: vec![Proposal::parse(Protocol::Esp, "aes256-sha256").expect("a proposal")],
            lifetime: Lifetime {
                rekey: Span::hours(1),
                random: Span::ZERO,
                life: Span::minutes(66),
            },
            start_action: Action::Clear,
            dpd_action: Action::Clear,
            close_action: Action::Clear,
            replay_window: 32,
        })],
    }
}

/// The child of a connection, for changing.
pub(super) fn child(connection: &mut Connection) -> &mut Child {
    Arc::make_mut(&mut connection.children[0])
}

/// A datagram under way: when it arrives, and where from and to.
type UnderWay = (SimTime, SocketAddrV4, SocketAddrV4, Vec<u8>);

/// Two gateways.
pub(super) struct Pair {
    pub(super) left: Daemon,
    pub(super) right: Daemon,
    pub(super) now: SimTime,
    pub(super) loss: Ppm,
    /// What the left one's address looks like to the right one.
    pub(super) translated: Option<Ipv4Addr>,
    pub(super) told: Vec<String>,
    /// Everything that was sent: from, to, octets.
    pub(super) sent: Vec<(SocketAddrV4, SocketAddrV4, Vec<u8>)>,
    under_way: VecDeque<UnderWay>,
    dice: Dice,
}

impl Pair {
    pub(super) fn new(left: Connection, right: Connection) -> Self {
        Self::seeded(1, left, right)
    }

    pub(super) fn seeded(seed: u64, left: Connection, right: Connection) -> Self {
        let streams = Streams::new(seed);
        Self {
            left: Daemon::new(vec![Arc::new(left)], streams.stream("ike", "left")),
            right: Daemon::new(vec![Arc::new(right)], streams.stream("ike", "right")),
            now: SimTime::START,
            loss: Ppm::ZERO,
            translated: None,
            told: Vec::new(),
            sent: Vec::new(),
            under_way: VecDeque::new(),
            dice: streams.stream("loss", "path"),
        }
    }

    pub(super) fn both(edit: impl Fn(&mut Connection)) -> Self {
        let (mut left, mut right) = (connection(LEFT, RIGHT), connection(RIGHT, LEFT));
        edit(&mut left);
        edit(&mut right);
        Self::new(left, right)
    }

    pub(super) fn feed_left(&mut self, input: Input<'_>) {
        let mut out = Vec::new();
        self.left.handle(self.now, input, &mut out);
        self.take("left", out);
    }

    pub(super) fn feed_right(&mut self, input: Input<'_>) {
        let mut out = Vec::new();
        self.right.handle(self.now, input, &mut out);
        self.take("right", out);
    }

    fn take(&mut self, who: &str, out: Vec<Output>) {
        for output in out {
            match output {
                Output::Send(datagram) => {
                    self.sent
                        .push((datagram.from, datagram.to, datagram.octets.clone()));
                    if !self.dice.chance(self.loss) {
                        let at = self.now + Span::millis(5);
                        let (mut from, mut to) = (datagram.from, datagram.to);
                        if let Some(outside) = self.translated {
                            if *from.ip() == LEFT {
                                from = SocketAddrV4::new(outside, from.port());
                            } else if *to.ip() == outside {
                                to = SocketAddrV4::new(LEFT, to.port());
                            }
                        }
                        self.under_way.push_back((at, from, to, datagram.octets));
                    }
                }
                Output::Keepalive { from, to } => self.sent.push((from, to, KEEPALIVE_OCTETS.to_vec())),
                Output::Notice { notice, .. } => self.told.push(format!("{who}: {notice}")),
                Output::ChildInstalled(child) => self.told.push(format!("{who}: installed {}", child.suite)),
                Output::ChildRemoved { reason, .. } => self.told.push(format!("{who}: removed, {reason}")),
            }
        }
    }

    /// Brings the first child up, from the left.
    pub(super) fn initiate(&mut self) {
        let (connection, child) = (Id::from_index(0), Id::from_index(0));
        self.feed_left(Input::Initiate { connection, child });
        self.drive(Span::secs(1));
    }

    /// Lets time pass.
    pub(super) fn drive(&mut self, span: Span) {
        let end = self.now + span;
        loop {
            let wakes = [self.left.next_wake(), self.right.next_wake()];
            let arrival = self.under_way.front().map(|(at, ..)| *at);
            let next = wakes.into_iter().flatten().chain(arrival).min();
            let Some(next) = next.filter(|next| *next <= end) else {
                self.now = end;
                return;
            };
            assert!(
                next >= self.now || arrival.is_none_or(|at| at > next),
                "nobody is woken for what is past"
            );
            self.now = self.now.max(next);
            if let Some((_, remote, local, octets)) = self.under_way.pop_front_if(|(at, ..)| *at <= self.now)
            {
                let octets = octets.as_slice();
                let input = Input::Datagram {
                    local,
                    remote,
                    octets,
                };
                if *local.ip() == LEFT {
                    self.feed_left(input)
                } else {
                    self.feed_right(input)
                }
                continue;
            }
            self.feed_left(Input::Wake);
            self.feed_right(Input::Wake);
        }
    }

    pub(super) fn rows(&self) -> [Vec<IkeSaRow>; 2] {
        [
            self.left.ike_sas(self.now).collect(),
            self.right.ike_sas(self.now).collect(),
        ]
    }

    /// How many children packets use at both ends, checking that the ends fit together.
    pub(super) fn n_children(&self) -> usize {
        let [left, right] = self.rows();
        let installed = |rows: &[IkeSaRow]| {
            let children = rows.iter().flat_map(|row| row.children.clone());
            children
                .filter(|child| child.state == ChildState::Installed)
                .collect::<Vec<_>>()
        };
        let (left, right) = (installed(&left), installed(&right));
        assert_eq!(
            left.len(),
            right.len(),
            "both have the same number: {:?}",
            self.told
        );
        for child in &left {
            assert!(
                right
                    .iter()
                    .any(|other| (other.spi_in, other.spi_out) == (child.spi_out, child.spi_in))
            );
        }
        left.len()
    }

    #[track_caller]
    pub(super) fn check_told(&self, wanted: &str) {
        assert!(
            self.told.iter().any(|told| told.contains(wanted)),
            "{wanted:?} is not in {:#?}",
            self.told
        );
    }

    pub(super) fn failure(&self) -> String {
        let [left, _] = self.failures();
        left
    }

    /// What went wrong last at either end; nothing where nothing did.
    pub(super) fn failures(&self) -> [String; 2] {
        [&self.left, &self.right].map(|daemon| {
            let failure: Option<(_, &Notice)> = daemon.last_failure(Id::from_index(0));
            failure.map(|(_, notice)| notice.to_string()).unwrap_or_default()
        })
    }
}
