//! A session with a lab: run it, step through it, disturb it, ask it.
//!
//! A session is a checked lab, a seed and a journal of levers with their instants; everything else
//! follows from these. It knows no screens, no files and no wall clock: whoever drives it says how
//! far simulated time may go.

mod branch;
mod ends;
mod injection;
mod outage;
mod saved;
mod seek;
mod session;
mod timeline;
mod until;
pub mod what_if;

pub use branch::{BranchError, BranchRow, Branches, Compared, Parting};
pub use injection::{InjectError, Injected};
pub use outage::{Lost, Outage};
pub use saved::{Departure, Reopened};
pub use session::{Disturbance, Progress, Session};
pub use timeline::{Checkpoints, Deed};
pub use until::{Until, UntilError};

pub use crate::fault::{Act, HealedBy, Order, OrderError};
pub use crate::kernel::{Keep, RecordId};
pub use crate::resource::ResourceRef;
pub use crate::world::blueprint::{About, Blueprint, Breakage, Called, LabSource, Written};
pub use crate::world::lever::{Lever, LeverError};
pub use crate::world::names::Names;
pub use crate::world::notice::{Happening, Notability, Record};
pub use crate::world::{BuildError, ExpectationResult, LabObserver};
