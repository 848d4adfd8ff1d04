//! Everything that is tested from outside the crates, as one binary so that it links once.

mod bgp_captures;
mod causes;
mod cli;
mod determinism;
mod diagnostics;
mod faults;
mod firewalls;
mod fuzzing;
mod hybrid;
mod interior;
mod link_aggregation;
mod on_premises;
mod oracle;
mod private_gateways;
mod private_interfaces;
mod probes;
mod public_interfaces;
mod reasons;
mod replication;
mod resilience;
mod scenarios;
mod sessions;
mod small_lab;
mod tidy;
mod tunnels;
mod upkeep;
