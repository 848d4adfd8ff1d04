//! Moving servers: the Application Migration Service and the plans that people make with it.
//!
//! Nothing here knows how packets are forwarded or how a lab is loaded or shown: what a migration
//! needs of the world it asks for through [`ground::Ground`].

pub mod ground;
pub mod mgn;
