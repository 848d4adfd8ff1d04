//! Edits of routers and links, in the notation of scenarios.

use crate::site::{AdminState, Carrier, End, LinkChange, Passage, RouterChange, Running};
use crate::world::routing::{IkeChange, OutsideChange, RoutingLever, SessionChange, SpeakerChange};

use super::pen::{Pen, quoted};

impl Pen<'_> {
    pub(super) fn routing(&self, lever: &RoutingLever) -> String {
        match lever {
            RoutingLever::Link { link, change } => {
                let link = self.name(*link);
                match change {
                    LinkChange::Carrier(Carrier::Up) => format!("link({link}, up)"),
                    LinkChange::Carrier(Carrier::Down) => format!("link({link}, down)"),
                    LinkChange::Passage { from, passage } => {
                        let end = match from {
                            End::A => "a",
                            End::B => "b",
                        };
                        match passage {
                            Passage::Open => format!("link_passage({link}, from_{end}, open)"),
                            Passage::Blocked => format!("link_passage({link}, from_{end}, blocked)"),
                        }
                    }
                    LinkChange::Delay(delay) => format!("link_delay({link}, {})", quoted(&delay.to_string())),
                    LinkChange::Rate(rate) => format!("link_rate({link}, {})", quoted(&rate.to_string())),
                    LinkChange::Loss(loss) => format!("link_loss({link}, {})", quoted(&loss.to_string())),
                }
            }
            RoutingLever::Router { router, change } => {
                let router = self.name(*router);
                match change {
                    RouterChange::Interface { interface, admin } => {
                        let state = match admin {
                            AdminState::Enabled => "up",
                            AdminState::Disabled => "down",
                        };
                        format!("interface({}, {state})", self.name(*interface))
                    }
                    RouterChange::Running(Running::Running) => format!("router({router}, on)"),
                    RouterChange::Running(Running::Off) => format!("router({router}, off)"),
                    RouterChange::SetStaticRoute(route) => {
                        let prefix = quoted(&route.prefix.to_string());
                        let via = route
                            .via
                            .map_or("discard".to_owned(), |via| quoted(&via.to_string()));
                        format!("set_static_route({router}, {prefix}, {via})")
                    }
                    RouterChange::RemoveStaticRoute(prefix) => {
                        format!("remove_static_route({router}, {})", quoted(&prefix.to_string()))
                    }
                }
            }
            RoutingLever::Session { session, change } => {
                let session = self.name(*session);
                let word = match change {
                    SessionChange::Shutdown => "shutdown",
                    SessionChange::Start => "start",
                    SessionChange::Reset => "reset",
                    SessionChange::SoftIn => "soft_in",
                    SessionChange::SoftOut => "soft_out",
                    SessionChange::SetPolicy { .. } => "policy",
                };
                format!("session({session}, {word})")
            }
            RoutingLever::Ike { router, change } => {
                let router = self.name(*router);
                let word = match change {
                    IkeChange::Initiate { .. } => "initiate",
                    IkeChange::Terminate { .. } => "terminate",
                    IkeChange::TerminateChild { .. } => "terminate_child",
                    IkeChange::Rekey { .. } => "rekey",
                    IkeChange::RekeyChild { .. } => "rekey_child",
                    IkeChange::Configure { .. } => "configure",
                    IkeChange::Crash => "crash",
                    IkeChange::Start => "start",
                };
                format!("ike({router}, {word})")
            }
            RoutingLever::Speaker { router, change } => {
                let router = self.name(*router);
                match change {
                    SpeakerChange::Originate(it) => {
                        format!("originate({router}, {})", quoted(&it.prefix.to_string()))
                    }
                    SpeakerChange::Withdraw(prefixes) => {
                        let prefixes = prefixes.iter().map(|prefix| quoted(&prefix.to_string()));
                        format!("withdraw({router}, {})", super::pen::list(prefixes))
                    }
                    SpeakerChange::Stop => format!("bgp_process({router}, stop)"),
                    SpeakerChange::Start => format!("bgp_process({router}, start)"),
                    SpeakerChange::Freeze => format!("bgp_process({router}, freeze)"),
                    SpeakerChange::Thaw => format!("bgp_process({router}, thaw)"),
                }
            }
            RoutingLever::Outside { session, change } => {
                let session = self.name(*session);
                match change {
                    OutsideChange::Call => format!("outside({session}, call)"),
                    OutsideChange::Say(octets) => {
                        let digits: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
                        format!("outside({session}, {})", quoted(&digits))
                    }
                    OutsideChange::HangUp => format!("outside({session}, hang_up)"),
                }
            }
        }
    }
}
