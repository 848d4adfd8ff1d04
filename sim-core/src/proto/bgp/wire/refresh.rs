//! ROUTE-REFRESH in octets.

use super::super::message::{Family, RouteRefresh};
use super::super::notification::{Code, Notification};
use super::frame::{HEADER_LEN, MAX_LEN};

/// The most data that a NOTIFICATION has room for.
const MAX_DATA: usize = MAX_LEN - HEADER_LEN - 2;

/// Reads the body of a ROUTE-REFRESH; the whole message goes back if it is too long.
///
/// # Source
/// RFC 2918 §3, RFC 7313 §5.
pub(super) fn decode(message: &[u8], body: &[u8]) -> Result<RouteRefresh, Notification> {
    let &[high, low, subtype, safi] = body else {
        let data = message.get(..MAX_DATA).unwrap_or(message);
        return Err(Notification::with(Code::REFRESH_LENGTH, data));
    };
    let afi = u16::from_be_bytes([high, low]);
    let family = Family { afi, safi };
    Ok(RouteRefresh { family, subtype })
}
