//! Texts, numbers, addresses, quantities and AWS's own words.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::migrate::mgn::{
    DataReplicationState, Exception, InitiationStep, LifeCycleState, ReplicationError,
};
use crate::net::{MssClamp, Mtu, PortRange};
use crate::proto::bgp::{Community, LargeCommunity};
use crate::reason::Reason;
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{Problem, Problems};
use crate::scenario::syntax::{Kind, Node, shortened};
use crate::units::{BitRate, DataSize, Ppm, SimTime, Span};

use super::macros::unknown_word;
use super::{Read, wrong_type};

/// The longest name of anything, in characters.
pub(crate) const LONGEST_NAME: usize = 128;
/// The longest other text: each member of a fleet has its own copies, so they must stay short.
const LONGEST_TEXT: usize = 256;
/// The longest description.
const LONGEST_PROSE: usize = 4_096;

fn bad_value<T>(node: &Node, problems: &mut Problems, message: String, help: &str) -> Option<T> {
    let problem = Problem::error(Code::BadValue, node.place, message);
    problems.push(if help.is_empty() {
        problem
    } else {
        problem.help(help)
    });
    None
}

impl Read for String {
    const EXPECTED: &'static str = "a text in quotes";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let Kind::Text(text) = &node.kind else {
            return wrong_type(node, problems);
        };
        if text.len() > LONGEST_TEXT {
            let message = format!("a text here has at most {LONGEST_TEXT} bytes");
            return bad_value(node, problems, message, "");
        }
        Some(text.clone())
    }
}

/// What AWS knows and the model does not: whatever is said of it is complained about by whoever knows why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::scenario) struct Unmodelled;

impl Read for Unmodelled {
    const EXPECTED: &'static str = "nothing: this is not modelled";
    fn read(_: &Node, _: &mut Problems) -> Option<Self> {
        Some(Self)
    }
}

/// Sentences for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::scenario) struct Prose(pub(in crate::scenario) String);

impl Read for Prose {
    const EXPECTED: &'static str = "a text in quotes";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let Kind::Text(text) = &node.kind else {
            return wrong_type(node, problems);
        };
        if text.len() > LONGEST_PROSE {
            let message = format!("a description has at most {LONGEST_PROSE} bytes");
            return bad_value(node, problems, message, "");
        }
        Some(Self(text.split_whitespace().collect::<Vec<_>>().join(" ")))
    }
}

/// The name of something: short, and without control characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::scenario) struct Name(pub(in crate::scenario) String);

impl Read for Name {
    const EXPECTED: &'static str = "a name in quotes";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let Kind::Text(text) = &node.kind else {
            return wrong_type(node, problems);
        };
        if text.trim().is_empty() {
            return bad_value(node, problems, "a name must not be empty".to_owned(), "");
        }
        if text.chars().any(char::is_control) {
            return bad_value(
                node,
                problems,
                format!("the name {:?} holds control characters", shortened(text)),
                "",
            );
        }
        if text.chars().count() > LONGEST_NAME {
            let message = format!("a name has at most {LONGEST_NAME} characters");
            return bad_value(node, problems, message, "");
        }
        Some(Self(text.clone()))
    }
}

impl Read for bool {
    const EXPECTED: &'static str = "`true` or `false`";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        match node.kind {
            Kind::Bool(value) => Some(value),
            _ => wrong_type(node, problems),
        }
    }
}

macro_rules! whole_numbers {
    ($($type:ty, $expected:literal;)*) => {
        $(impl Read for $type {
            const EXPECTED: &'static str = $expected;
            fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
                let Kind::Number(text) = &node.kind else {
                    return wrong_type(node, problems);
                };
                text.parse().ok().or_else(|| {
                    let message = format!("expected {}, found {}", $expected, node.kind.describe());
                    bad_value(node, problems, message, "")
                })
            }
        })*
    };
}

whole_numbers! {
    i32, "a whole number from -2147483648 to 2147483647";
    u8, "a whole number from 0 to 255";
    u16, "a whole number from 0 to 65535";
    u32, "a whole number from 0 to 4294967295";
    u64, "a whole number from 0 to 18446744073709551615";
}

macro_rules! quantities {
    ($($type:ty, $expected:literal;)*) => {
        $(impl Read for $type {
            const EXPECTED: &'static str = $expected;
            fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
                match &node.kind {
                    Kind::Text(text) => match text.parse() {
                        Ok(value) => Some(value),
                        Err(error) => bad_value(node, problems, error.to_string(), ""),
                    },
                    Kind::Number(number) => bad_value(
                        node,
                        problems,
                        format!("the number {number} has no unit"),
                        concat!("write ", $expected, ", in quotes"),
                    ),
                    _ => wrong_type(node, problems),
                }
            }
        })*
    };
}

quantities! {
    Span, "a span of time such as \"2h30m\"";
    DataSize, "a size such as \"500GiB\"";
    BitRate, "a rate such as \"1.25Gbps\"";
    Ppm, "a fraction such as \"0.5%\"";
}

impl Read for SimTime {
    const EXPECTED: &'static str = "a time since the lab began such as \"2h30m\"";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        Span::read(node, problems).map(Self::at)
    }
}

impl Read for Ipv4Addr {
    const EXPECTED: &'static str = "an address such as \"10.0.1.10\"";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let Kind::Text(text) = &node.kind else {
            return wrong_type(node, problems);
        };
        text.parse().ok().or_else(|| {
            let message = format!(
                "{:?} is not an IPv4 address such as \"10.0.1.10\"",
                shortened(text)
            );
            bad_value(node, problems, message, "")
        })
    }
}

impl Read for Ipv4Net {
    const EXPECTED: &'static str = "a block of addresses such as \"10.0.0.0/16\"";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let Kind::Text(text) = &node.kind else {
            return wrong_type(node, problems);
        };
        let Ok(net) = text.parse::<Self>() else {
            let message = format!(
                "{:?} is not a block of addresses such as \"10.0.0.0/16\"",
                shortened(text)
            );
            let help = if text.parse::<Ipv4Addr>().is_ok() {
                "one address is a block of length 32: add /32"
            } else {
                ""
            };
            return bad_value(node, problems, message, help);
        };
        if net.trunc() != net {
            let message = format!("{text:?} has bits set beyond its length");
            return bad_value(
                node,
                problems,
                message,
                &format!("the block that holds it is {:?}", net.trunc().to_string()),
            );
        }
        Some(net)
    }
}

/// The address of an interface together with the prefix that it is connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::scenario) struct InterfaceAddress(pub(in crate::scenario) Ipv4Net);

impl Read for InterfaceAddress {
    const EXPECTED: &'static str = "an interface's address with its length, such as \"169.254.0.1/30\"";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let Kind::Text(text) = &node.kind else {
            return wrong_type(node, problems);
        };
        let Ok(net) = text.parse::<Ipv4Net>() else {
            let message = format!("{:?} is not {}", shortened(text), Self::EXPECTED);
            let help = if text.parse::<Ipv4Addr>().is_ok() {
                "add the length of the prefix that the link has, for example /30"
            } else {
                ""
            };
            return bad_value(node, problems, message, help);
        };
        let (address, first, last) = (net.addr(), net.network(), net.broadcast());
        let complaint = match net.prefix_len() {
            32 => Some("is a prefix of one address, which leaves no room for the other end"),
            31 => None,
            _ if address == first => Some("is the address of the prefix itself, not of an interface in it"),
            _ if address == last => Some("is the broadcast address of its prefix"),
            _ => None,
        };
        if let Some(complaint) = complaint {
            let message = format!("{text:?} {complaint}");
            return bad_value(
                node,
                problems,
                message,
                "a /30 has two addresses for interfaces, a /31 two as well",
            );
        }
        Some(Self(net))
    }
}

/// BGP communities, as people write them.
macro_rules! communities {
    ($($type:ty, $expected:literal;)*) => {
        $(impl Read for $type {
            const EXPECTED: &'static str = $expected;
            fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
                let Kind::Text(text) = &node.kind else {
                    return wrong_type(node, problems);
                };
                match text.parse() {
                    Ok(value) => Some(value),
                    Err(error) => bad_value(node, problems, error.to_string(), ""),
                }
            }
        })*
    };
}

communities! {
    Community, "a community such as \"65001:100\" or \"no-export\"";
    LargeCommunity, "a large community such as \"65001:1:2\"";
}

impl Read for Mtu {
    const EXPECTED: &'static str = "an MTU such as 1500";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let bytes = number_of_bytes::<Self>(node, problems)?;
        Self::new(bytes).or_else(|| {
            let message = format!("{bytes} is no MTU");
            let (least, most) = (Self::SMALLEST, Self::LARGEST);
            let help = format!(
                "an MTU is {least} to {most} bytes, and {} on Ethernet without jumbo frames",
                Self::ETHERNET
            );
            bad_value(node, problems, message, &help)
        })
    }
}

/// A whole number of bytes, as `T` expects one.
fn number_of_bytes<T: Read>(node: &Node, problems: &mut Problems) -> Option<u16> {
    let Kind::Number(text) = &node.kind else {
        wrong_type::<T>(node, problems);
        return None;
    };
    text.parse().ok().or_else(|| {
        let message = format!("expected {}, found {}", T::EXPECTED, node.kind.describe());
        bad_value(node, problems, message, "")
    })
}

impl Read for MssClamp {
    const EXPECTED: &'static str = "an MSS such as 1379, to_mtu or off";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        match &node.kind {
            Kind::Word(word) if word == "off" => return Some(Self::Off),
            Kind::Word(word) if word == "to_mtu" => return Some(Self::ToMtu),
            _ => {}
        }
        let bytes = number_of_bytes::<Self>(node, problems)?;
        let (least, most) = (Mtu::SMALLEST.mss(), Mtu::LARGEST.mss());
        if !(least..=most).contains(&bytes) {
            let message = format!("{bytes} is no MSS");
            let help = format!("an MSS is {least} to {most} bytes: an MTU less 40 bytes of headers");
            return bad_value(node, problems, message, &help);
        }
        Some(Self::To(bytes))
    }
}

impl Read for PortRange {
    const EXPECTED: &'static str = "ports such as \"443\" or \"1024-65535\"";
    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let text = match &node.kind {
            Kind::Text(text) | Kind::Number(text) => text,
            Kind::Word(word) if word == "all" => return Some(Self::ALL),
            _ => return wrong_type(node, problems),
        };
        let (from, to) = text.split_once('-').unwrap_or((text, text));
        let (from, to) = (from.trim().parse::<u16>(), to.trim().parse::<u16>());
        if let (Ok(from), Ok(to)) = (from, to)
            && from <= to
        {
            return Some(Self { from, to });
        }
        let message = format!(
            "{:?} is not a port or run of ports such as \"443\" or \"1024-65535\"",
            shortened(text)
        );
        bad_value(node, problems, message, "")
    }
    fn absent() -> Option<Self> {
        Some(Self::ALL)
    }
}

/// AWS's own words, bare or in quotes.
macro_rules! spelled {
    ($($type:ty, $expected:literal, $spelling:path;)*) => {
        $(impl Read for $type {
            const EXPECTED: &'static str = $expected;
            fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
                let (Kind::Word(word) | Kind::Text(word)) = &node.kind else {
                    return wrong_type(node, problems);
                };
                let found = Self::ALL.iter().copied().find(|value| $spelling(*value) == word);
                if found.is_none() {
                    let options = Self::ALL.iter().map(|value| $spelling(*value));
                    unknown_word($expected, word, node.place, options, problems);
                }
                found
            }
        })*
    };
}

spelled! {
    LifeCycleState, "a life-cycle state of MGN", LifeCycleState::as_str;
    DataReplicationState, "a data replication state of MGN", DataReplicationState::as_str;
    InitiationStep, "an initiation step of MGN", InitiationStep::as_str;
    ReplicationError, "a replication error of MGN", ReplicationError::as_str;
    Reason, "a reason code", Reason::code;
    crate::aws::Service, "an AWS service", crate::aws::Service::label;
}

super::words! {
    Exception: "an exception of the MGN API" {
        UninitializedAccountException => UninitializedAccount,
        ResourceNotFoundException => ResourceNotFound,
        ValidationException => Validation,
        ConflictException => Conflict,
        ServiceQuotaExceededException => ServiceQuotaExceeded,
        AccessDeniedException => AccessDenied,
    }
}
