use super::super::attribute::RouterId;
use super::super::message::{Capability, Message, Open};
use super::super::negotiated::{AsWidth, PeerKind};
use super::super::notification::Notification;
use super::*;

mod frame;
mod open;
mod property;
mod refresh;
mod split;
mod update;
mod update_as4;
mod update_nlri;

/// A session with an external peer, both ends with four-octet AS numbers.
const EXTERNAL: Dialect = Dialect {
    as_width: AsWidth::Four,
    kind: PeerKind::Ebgp,
    local_address: Ipv4Addr::new(169, 254, 210, 1),
    first_as: FirstAs::Any,
};
const INTERNAL: Dialect = Dialect {
    kind: PeerKind::Ibgp,
    ..EXTERNAL
};
const NARROW: Dialect = Dialect {
    as_width: AsWidth::Two,
    ..EXTERNAL
};

/// The octets written as hexadecimal digits, spaces for the eye.
#[track_caller]
fn octets(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex
        .chars()
        .filter(|it| !it.is_whitespace())
        .map(|it| it.to_digit(16).expect("hexadecimal digits") as u8)
        .collect();
    digits
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => high << 4 | low,
            _ => panic!("an odd number of digits: {hex}"),
        })
        .collect()
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|it| format!("{it:02x}")).collect()
}

/// A message of this type with its right length.
#[track_caller]
fn message(kind: u8, body: &str) -> Vec<u8> {
    let body = octets(body);
    let mut message = vec![0xFF; 16];
    message.extend_from_slice(&(19 + body.len() as u16).to_be_bytes());
    message.push(kind);
    message.extend_from_slice(&body);
    message
}

fn refused(notification: &Notification) -> String {
    let Notification { code, data } = notification;
    format!("{}/{} {}", code.code, code.subcode, hex(data))
        .trim_end()
        .to_owned()
}
