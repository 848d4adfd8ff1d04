//! Max-min fair sharing of bulk flows over links of limited capacity.
//!
//! Bulk data (replication, transfers) is not simulated packet by packet. Each transfer is a
//! *flow*: a list of links that it crosses and a cap, which is the most it would take were it
//! alone (its TCP window and loss, its disk, a throttle). [`Sharing`] gives every flow its
//! max-min fair rate: no flow's rate can be raised without lowering that of a flow which has
//! no more. `world` opens, reroutes and closes flows as events happen, calls
//! [`Sharing::settle`] once per instant, and moves the completion event of each flow whose rate
//! it reports; between two such instants all rates are constant, so a [`Transfer`] knows
//! exactly when it will be done and nothing ever polls. [`tcp`] says how fast one TCP sender can
//! be on a path.
//!
//! # What the rates are, exactly
//! Capacities, caps and rates are whole bits per second. Imagine a level that rises from zero
//! in steps of one. At each level `t`, first every flow whose cap is `t` stops there, satisfied.
//! Then every link that cannot carry one more unit for all flows on it that still rise
//! *saturates at `t`*, and all of these flows stop at `t`, on whichever link it was. A flow's
//! rate is the level at which it stopped. What division leaves over, less than one unit per
//! flow, is not handed out: equal flows get equal rates, and no link is ever overbooked.
//!
//! The order in which links or flows are looked at does not occur in this definition, so the
//! result is one and only one, and the same on every machine.
//!
//! # Why settling only what changed is exact
//! For rates `x`, say that link `l` with capacity `c` *saturates at* the lowest level `t` where
//!
//! ```text
//! Σ min(x_f, t)  +  |{ f on l : x_f ≥ t and cap_f > t }|  >  c        (over the flows f on l)
//! ```
//!
//! and at no level if there is none; call it `L_l(x)`. Then `x` is the result above if and only
//! if for every flow
//!
//! ```text
//! x_f = min( cap_f, the smallest L_l(x) over the links l of f )       (*)
//! ```
//!
//! The result fulfils (*) by construction. And no two rate vectors do: suppose two agree on
//! which flows stop below `t` and where. The inequality at `t` reads nothing else, so both
//! saturate the same links at `t` and stop the same flows there. (*) is local: a link's part
//! depends on the flows on it, a flow's part on its own links. Hence whatever leaves (*) true
//! everywhere leaves the rates right, and three shortcuts need no more argument than this:
//!
//! - A link with at least one unit to spare for every flow on it does not saturate: the left side
//!   is at most the load plus the number of flows. A flow whose links all stay so before and
//!   after its cap changes touches only its own rate and its links' loads.
//! - A flow that its links hold below both its old and its new cap changes nothing.
//! - A flow that leaves a link which did not saturate changes nothing else.
//!
//! Anything else is settled by a sweep (`sweep.rs`) that re-enacts the rising level, but only
//! for links on which something changes, and from the lowest level at which it can. All other
//! flows are held to be what they were, until a link under the sweep stops one of them lower, or
//! no longer stops it where it used to and no other link does. Only then does that flow join
//! in, and its links with it. Where the sweep ends (*) holds everywhere.
//!
//! # What this does not do
//! TCP's own dynamics (slow start, oscillation, unfairness between different round-trip times)
//! are not modelled: a flow has its fair rate from one instant to the next. Weighted sharing is
//! not modelled either; parallel streams of one transfer raise its cap, not its share.
//!
//! # Source
//! Bertsekas and Gallager, "Data Networks" (2nd ed., 1992), section 6.5.2, max-min flow control
//! and its characterisation by bottleneck links.

mod rows;
mod sharing;
mod sweep;
pub mod tcp;
mod transfer;

#[cfg(test)]
mod tests;

pub use rows::{FlowKey, FluidLink, FluidLinkId};
pub use sharing::{RateChange, Sharing};
pub use transfer::Transfer;
