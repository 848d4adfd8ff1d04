//! Any octets as a datagram of IKE: no panic in the codec, what was understood is understood the same once it is written
//! anew, and no gateway falls over it.
#![no_main]

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use sim_core::kernel::Streams;
use sim_core::proto::ike::wire::Message;
use sim_core::proto::ike::{Connection, Daemon, Input, PORT};
use sim_core::units::SimTime;

const LOCAL: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const REMOTE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);

fuzz_target!(|octets: &[u8]| {
    if let Ok(message) = Message::decode(octets) {
        let again = message.encode();
        assert_eq!(Message::decode(&again).as_ref(), Ok(&message));
    }
    let connection = Connection::route_based("peer", LOCAL, REMOTE, "secret");
    let mut daemon = Daemon::new(vec![Arc::new(connection)], Streams::new(1).stream("ike", "fuzz"));
    let (local, remote) = (SocketAddrV4::new(LOCAL, PORT), SocketAddrV4::new(REMOTE, PORT));
    let mut out = Vec::new();
    daemon.handle(SimTime::START, Input::Start, &mut out);
    daemon.handle(SimTime::START, Input::Datagram { local, remote, octets }, &mut out);
});
