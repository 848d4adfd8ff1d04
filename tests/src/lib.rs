//! End-to-end tests, oracle runner and benches of Causeway.

pub mod oracle;
