//! What a change costs: work per event does not grow with the fleet, and the same run is the same.

use super::bench::{Lab, config};
use crate::migrate::mgn::{CommandKind, Config, WriteProfile};
use crate::units::{BitRate, Span};

/// Servers whose write rates change every hour, each with a day of its own.
fn hourly(n_servers: u32) -> Config {
    let mut config = config(n_servers);
    config.account.quotas.active_servers = n_servers;
    config.replication.replace_every = Span::ZERO;
    for (id, server) in config.servers.iter_mut() {
        let hours = (0..24u64).map(|hour| BitRate::mbps(1 + (hour * 7 + id.index() as u64) % 29));
        server.writes = WriteProfile::Daily {
            hours: hours.collect(),
            phase: Span::minutes(id.index() as u64 % 60),
        };
    }
    config
}

#[test]
fn a_change_of_one_write_rate_concerns_one_server() {
    let inputs = |n_servers: u32| {
        let mut lab = Lab::new(hourly(n_servers));
        let all: Vec<u32> = (0..n_servers).collect();
        lab.settle(&all);
        let before = lab.ground.n_inputs;
        lab.run(Span::days(2));
        assert_eq!(lab.take_trace(), "", "keeping up is not announced");
        lab.ground.n_inputs - before
    };
    // 48 hours: a wake-up and a new rate each.
    assert_eq!(inputs(1), 96);
    assert_eq!(inputs(30), 30 * 96);
}

#[test]
fn the_same_inputs_give_the_same_trace() {
    let run = || {
        let mut lab = Lab::new(hourly(5));
        lab.command(CommandKind::InstallAgent, &[0, 1, 2, 3, 4]);
        lab.run(Span::hours(6));
        lab.take_trace()
    };
    assert_eq!(run(), run());
}
