//! Failures of routers, links, tunnels and BGP sessions.

use core::str::FromStr;

use crate::net::Mtu;
use crate::resource::{LinkId, ResourceRef};
use crate::scenario::diagnostic::Code;
use crate::site::{AdminState, Carrier, End, LinkChange, Passage, RouterChange, Running, SegmentChange};
use crate::units::{BitRate, Ppm};
use crate::world::lever::Lever;
use crate::world::routing::{RoutingLever, SessionChange, SpeakerChange, TunnelChange};

use super::failure::{Deed, Listener, Turn};

/// What a link has a measure of.
const MEASURES: &[&str] = &["delay", "jitter", "rate", "loss", "mtu"];
/// What happens to a link, measures aside.
const LINK_VERBS: &[&str] = &["down", "up", "blackhole"];

fn of_link(link: LinkId, change: LinkChange) -> Lever {
    Lever::Routing(RoutingLever::Link { link, change })
}

impl<'l> Listener<'l, '_> {
    /// Whether there is a link between routers of that name.
    pub(super) fn is_link(&self, name: &str) -> bool {
        let found = self.lab.names.find(name);
        found.iter().any(|thing| matches!(thing, ResourceRef::Link(_)))
    }

    pub(super) fn link(&mut self, name: &'l str, verb: &'l str) -> Option<Deed> {
        let link = self.link_named(name)?;
        let passages = |passage| {
            let change = |from| of_link(link, LinkChange::Passage { from, passage });
            vec![change(End::A), change(End::B)]
        };
        match verb {
            "blackhole" => Some((passages(Passage::Blocked), Some(passages(Passage::Open)))),
            "down" | "up" => self.down_or_up(verb, |turn| {
                let carrier = match turn {
                    Turn::Down => Carrier::Down,
                    Turn::Up => Carrier::Up,
                };
                of_link(link, LinkChange::Carrier(carrier))
            }),
            verb if MEASURES.contains(&verb) => {
                let message = format!("it is not said what the {verb} becomes");
                let help = match verb {
                    "rate" => "for example: rate 10Mbps",
                    "loss" => "for example: loss 2%",
                    "mtu" => "for example: mtu 1400",
                    "jitter" => "for example: jitter 30ms",
                    _ => "for example: delay 200ms",
                };
                self.wrong(Code::Syntax, verb, message, help)
            }
            verb => self.unknown(verb, &[LINK_VERBS, MEASURES].concat()),
        }
    }

    /// Nothing that `link` speaks of, a link between routers or a peering connection, has that name.
    pub(super) fn no_link<T>(&mut self, name: &'l str) -> Option<T> {
        let options = self.lab.names.iter().filter_map(|(thing, name)| match thing {
            ResourceRef::Link(_) | ResourceRef::Peering(_) => Some(name),
            _ => None,
        });
        let options: Vec<&str> = options.collect();
        let message = format!("there is no link or peering connection named `{name}`");
        self.mistyped(Code::UnknownName, name, message, &options)
    }

    pub(super) fn is_peering(&self, name: &str) -> bool {
        let found = self.lab.names.find(name);
        found.iter().any(|thing| matches!(thing, ResourceRef::Peering(_)))
    }

    fn link_named(&mut self, name: &'l str) -> Option<LinkId> {
        self.named(name, "link", |thing| match thing {
            ResourceRef::Link(id) => Some(id),
            _ => None,
        })
    }

    /// `NAME delay 5ms` and its like; `None` where `rest` is nothing of the kind.
    pub(super) fn measure(&mut self, kind: &str, rest: &'l str) -> Option<Option<Deed>> {
        let (front, value) = rest.rsplit_once(char::is_whitespace)?;
        let (name, measure) = front.trim().rsplit_once(char::is_whitespace)?;
        let known = kind == "link" && MEASURES.contains(&measure);
        known.then(|| self.set_measure(name.trim(), measure, value))
    }

    fn set_measure(&mut self, name: &'l str, measure: &str, value: &'l str) -> Option<Deed> {
        let link = self.link_named(name)?;
        let row = *self.lab.routing.links.get(link)?;
        let (to, back) = match measure {
            "delay" => (LinkChange::Delay(self.span(value)?), LinkChange::Delay(row.delay)),
            "jitter" => (
                LinkChange::Jitter(self.span(value)?),
                LinkChange::Jitter(row.jitter),
            ),
            "rate" => (
                LinkChange::Rate(self.some_rate(value)?),
                LinkChange::Rate(row.rate),
            ),
            "mtu" => (LinkChange::Mtu(self.some_mtu(value)?), LinkChange::Mtu(row.mtu)),
            _ => (
                LinkChange::Loss(self.parsed::<Ppm>(value)?),
                LinkChange::Loss(row.loss),
            ),
        };
        Some((vec![of_link(link, to)], Some(vec![of_link(link, back)])))
    }

    fn some_rate(&mut self, text: &'l str) -> Option<BitRate> {
        let rate: BitRate = self.parsed(text)?;
        if rate.is_zero() {
            let message = "a link that carries nothing is no link".to_owned();
            return self.wrong(Code::BadValue, text, message, "to take it down, write down");
        }
        Some(rate)
    }

    fn some_mtu(&mut self, text: &'l str) -> Option<Mtu> {
        let mtu = text.parse().ok().and_then(Mtu::new);
        if mtu.is_none() {
            let (least, most) = (Mtu::SMALLEST.bytes(), Mtu::LARGEST.bytes());
            let message = format!("an MTU is {least} to {most} bytes");
            return self.wrong(Code::BadValue, text, message, "");
        }
        mtu
    }

    fn parsed<T: FromStr<Err: core::fmt::Display>>(&mut self, text: &'l str) -> Option<T> {
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => self.wrong(Code::BadValue, text, format!("{error}"), ""),
        }
    }

    pub(super) fn router(&mut self, name: &'l str, verb: &'l str) -> Option<Deed> {
        let router = self.named(name, "router", |thing| match thing {
            ResourceRef::Router(id) => Some(id),
            _ => None,
        })?;
        let running = |running| {
            let change = RouterChange::Running(running);
            vec![Lever::Routing(RoutingLever::Router { router, change })]
        };
        match verb {
            "off" => Some((running(Running::Off), Some(running(Running::Running)))),
            "on" => Some((running(Running::Running), Some(running(Running::Off)))),
            "hung" => Some((running(Running::Hung), Some(running(Running::Running)))),
            verb => self.unknown(verb, &["off", "on", "hung"]),
        }
    }

    pub(super) fn segment(&mut self, name: &'l str, verb: &'l str) -> Option<Deed> {
        let segment = self.named(name, "segment", |thing| match thing {
            ResourceRef::Segment(id) => Some(id),
            _ => None,
        })?;
        self.down_or_up(verb, |turn| {
            let change = SegmentChange::Carrier(match turn {
                Turn::Down => Carrier::Down,
                Turn::Up => Carrier::Up,
            });
            Lever::Routing(RoutingLever::Segment { segment, change })
        })
    }

    pub(super) fn interface(&mut self, name: &'l str, verb: &'l str) -> Option<Deed> {
        let interface = self.named(name, "router interface", |thing| match thing {
            ResourceRef::RouterInterface(id) => Some(id),
            _ => None,
        })?;
        let router = self.lab.routing.interfaces.get(interface)?.router;
        self.down_or_up(verb, |turn| {
            let admin = match turn {
                Turn::Down => AdminState::Disabled,
                Turn::Up => AdminState::Enabled,
            };
            let change = RouterChange::Interface { interface, admin };
            Lever::Routing(RoutingLever::Router { router, change })
        })
    }

    pub(super) fn bgp(&mut self, name: &'l str, verb: &'l str) -> Option<Deed> {
        let lab = self.lab;
        let router = self.named(name, "router with BGP", |thing| match thing {
            ResourceRef::Router(id) => lab.routing.bgp.get(id)?.as_ref().map(|_| id),
            _ => None,
        })?;
        let lever = |change| vec![Lever::Routing(RoutingLever::Speaker { router, change })];
        match verb {
            "stop" => Some((lever(SpeakerChange::Stop), Some(lever(SpeakerChange::Start)))),
            "start" => Some((lever(SpeakerChange::Start), Some(lever(SpeakerChange::Stop)))),
            "terminate" => Some((lever(SpeakerChange::Terminate), Some(lever(SpeakerChange::Start)))),
            "freeze" => Some((lever(SpeakerChange::Freeze), Some(lever(SpeakerChange::Thaw)))),
            "thaw" => Some((lever(SpeakerChange::Thaw), Some(lever(SpeakerChange::Freeze)))),
            verb => self.unknown(verb, &["stop", "start", "freeze", "thaw", "terminate"]),
        }
    }

    pub(super) fn session(&mut self, name: &'l str, verb: &'l str) -> Option<Deed> {
        let session = self.named(name, "BGP session", |thing| match thing {
            ResourceRef::BgpSession(id) => Some(id),
            _ => None,
        })?;
        let lever = |change| vec![Lever::Routing(RoutingLever::Session { session, change })];
        let (shutdown, start) = (lever(SessionChange::Shutdown), lever(SessionChange::Start));
        match verb {
            "shutdown" => Some((shutdown, Some(start))),
            "start" => Some((start, Some(shutdown))),
            "reset" => Some((lever(SessionChange::Reset), None)),
            verb => self.unknown(verb, &["shutdown", "start", "reset"]),
        }
    }

    pub(super) fn tunnel(&mut self, name: &'l str, verb: &'l str) -> Option<Deed> {
        let tunnel = self.named(name, "tunnel", |thing| match thing {
            ResourceRef::Tunnel(id) => Some(id),
            _ => None,
        })?;
        let lever = |change| vec![Lever::Routing(RoutingLever::Tunnel { tunnel, change })];
        let (up, down) = (lever(TunnelChange::Up), lever(TunnelChange::Down));
        match verb {
            "down" => Some((down, Some(up))),
            "up" => Some((up, Some(down))),
            "reset" => Some((lever(TunnelChange::Reset), None)),
            "rekey" => Some((lever(TunnelChange::Rekey), None)),
            verb => self.unknown(verb, &["down", "up", "reset", "rekey"]),
        }
    }
}
