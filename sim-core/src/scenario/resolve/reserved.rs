//! AS numbers and prefixes that are set aside for something else.

use ipnet::Ipv4Net;

use crate::proto::bgp::Asn;
use crate::proto::bgp::wire::is_destination;
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Problem, Problems};

/// The last number of two octets and the last of four, which nobody is to use (RFC 7300).
const LAST: [u32; 2] = [65_535, u32::MAX];
const PRIVATE: &str = "private AS numbers are 64512 to 65534 and 4200000000 to 4294967294";

/// Complains about an AS number that is nobody's.
pub(super) fn check_as(asn: At<u32>, problems: &mut Problems) {
    let problem = match asn.value {
        0 => Problem::error(
            Code::BadValue,
            asn.place,
            "AS 0 is no autonomous system (RFC 7607)",
        ),
        trans if trans == Asn::TRANS.0 => {
            let message =
                format!("AS {trans} stands for numbers of four octets and is nobody's own (RFC 6793)");
            Problem::error(Code::BadValue, asn.place, message)
        }
        last if LAST.contains(&last) => {
            let message =
                format!("AS {last} is reserved: routers take it, and nobody is to use it (RFC 7300)");
            Problem::warning(Code::BadValue, asn.place, message)
        }
        _ => return,
    };
    problems.push_once(problem.help(PRIVATE));
}

/// Complains about a prefix to which no unicast goes: peers ignore it (RFC 4271 section 6.3).
pub(super) fn check_destination(prefix: At<Ipv4Net>, problems: &mut Problems) {
    if is_destination(prefix.value.trunc()) {
        return;
    }
    let message = format!("no unicast goes to {}, and peers ignore it", prefix.value);
    let problem = Problem::error(Code::BadValue, prefix.place, message);
    problems.push(
        problem.help("multicast, loopback, 0.0.0.0/8 and broadcast are not announced (RFC 4271 section 6.3)"),
    );
}
