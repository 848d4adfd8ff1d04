//! Everything that is tested from outside the crates, as one binary so that it links once.

mod bgp_captures;
mod causes;
mod cli;
mod determinism;
mod diagnostics;
mod firewalls;
mod fuzzing;
mod hybrid;
mod interior;
mod on_premises;
mod oracle;
mod probes;
mod reasons;
mod replication;
mod resilience;
mod scenarios;
mod sessions;
mod small_lab;
mod tidy;
mod tunnels;
