//! Changes that are typed outside a scenario: one on a command line or in a prompt, and the short
//! form for failures.
//!
//! ```text
//! WHEN ":" WHAT
//! WHAT = ("peering" | "link") NAME ("down" | "up") ["for" SPAN]
//!      | "link" NAME ("blackhole" | "delay" SPAN | "rate" RATE | "loss" FRACTION) ["for" SPAN]
//!      | "router" NAME ("off" | "on") ["for" SPAN]
//!      | "bgp" NAME ("stop" | "start" | "freeze" | "thaw" | "terminate") ["for" SPAN]
//!      | "session" NAME ("shutdown" | "start" | "reset") ["for" SPAN]
//!      | "endpoint" NAME ("down" | "up") ["for" SPAN]
//!      | "host" NAME ("down" | "up" | "reboot" | "crash") ["for" SPAN]
//!      | "change" CHANGE
//!      | "group" NAME "down" ["for" SPAN] ["every" SPAN ["times" NUMBER]]
//!      | FAULT NAME {" + " NAME} [AMOUNT] ["for" SPAN] ["every" SPAN ["times" NUMBER]]
//! ```
//!
//! `WHEN` and `SPAN` are spans such as `10m`; `CHANGE` is a change as in a scenario. `link` names a
//! link between routers or a peering connection; `FAULT` is the name of one in the catalogue of faults, done to
//! all of the things at once where there is a ` + ` between them; a group is one of the lab's own. With `for`, what went down comes back after that
//! time, and what was changed is as it was in the text of the lab.

mod failure;
mod fault;
mod routing;

pub use failure::{called_failure, parse_change, parse_failure};
pub(in crate::scenario) use fault::MOST_TIMES;
