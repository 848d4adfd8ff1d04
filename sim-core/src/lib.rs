//! The model of Causeway.
pub mod analysis;
pub mod aws;
pub mod fault;
pub mod identity;
pub mod kernel;
pub mod lab;
pub mod migrate;
pub mod net;
pub mod proto;
pub mod reason;
pub mod resource;
pub mod scenario;
pub mod site;
pub mod units;
pub mod verdict;
pub mod view;
pub mod world;
