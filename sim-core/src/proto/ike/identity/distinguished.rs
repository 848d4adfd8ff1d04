//! Distinguished names: their text, the octets that carry them, and when one is what another asks for.
//!
//! # Source
//! ITU-T X.501 section 9 and X.690 (DER); the attributes' object identifiers are those of RFC 4519, RFC 2985 and RFC 4524.
//! Which names of attributes are known, how text is split and how values are compared is strongSwan's
//! (`utils/identification.c`, 5.9.8).

use std::sync::Arc;

/// The most parts that a name has.
const MOST_PARTS: usize = 20;

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT_IDENTIFIER: u8 = 0x06;

/// What kind of text a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Text {
    Printable,
    Ia5,
    Utf8,
}

impl Text {
    const fn tag(self) -> u8 {
        match self {
            Self::Utf8 => 0x0c,
            Self::Printable => 0x13,
            Self::Ia5 => 0x16,
        }
    }
    fn tagged(tag: u8) -> Option<Self> {
        let all = [Self::Utf8, Self::Printable, Self::Ia5];
        all.into_iter().find(|text| text.tag() == tag)
    }
}

/// An attribute that a part of a name may be of.
#[derive(Debug)]
struct Attribute {
    /// Its names; the first is how it is written.
    names: &'static [&'static str],
    /// The octets of its object identifier.
    oid: &'static [u8],
    text: Text,
}

const fn printable(names: &'static [&'static str], oid: &'static [u8]) -> Attribute {
    let text = Text::Printable;
    Attribute { names, oid, text }
}

const fn ia5(names: &'static [&'static str], oid: &'static [u8]) -> Attribute {
    let text = Text::Ia5;
    Attribute { names, oid, text }
}

const EMAIL_ADDRESS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1];

static ATTRIBUTES: [Attribute; 28] = [
    printable(&["ND"], &[0x02, 0x82, 0x06, 0x01, 0x0a, 0x07, 0x14]),
    printable(&["UID"], &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1]),
    printable(&["DC"], &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25]),
    printable(&["CN"], &[0x55, 4, 3]),
    printable(&["SN"], &[0x55, 4, 4]),
    printable(&["serialNumber"], &[0x55, 4, 5]),
    printable(&["C"], &[0x55, 4, 6]),
    printable(&["L"], &[0x55, 4, 7]),
    printable(&["ST"], &[0x55, 4, 8]),
    printable(&["STREET"], &[0x55, 4, 9]),
    printable(&["O"], &[0x55, 4, 10]),
    printable(&["OU"], &[0x55, 4, 11]),
    printable(&["T"], &[0x55, 4, 12]),
    printable(&["D"], &[0x55, 4, 13]),
    printable(&["postalAddress"], &[0x55, 4, 16]),
    printable(&["postalCode"], &[0x55, 4, 17]),
    printable(&["N"], &[0x55, 4, 41]),
    printable(&["G"], &[0x55, 4, 42]),
    printable(&["I"], &[0x55, 4, 43]),
    printable(&["ID"], &[0x55, 4, 45]),
    printable(&["dnQualifier"], &[0x55, 4, 46]),
    printable(&["dmdName"], &[0x55, 4, 54]),
    printable(&["pseudonym"], &[0x55, 4, 65]),
    printable(
        &["EN", "employeeNumber"],
        &[0x60, 0x86, 0x48, 0x01, 0x86, 0xf8, 0x42, 3, 1, 3],
    ),
    ia5(&["E", "Email", "emailAddress"], EMAIL_ADDRESS),
    ia5(
        &["UN", "unstructuredName"],
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 2],
    ),
    printable(
        &["UA", "unstructuredAddress"],
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 8],
    ),
    printable(
        &["TCGID"],
        &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x89, 0x31, 1, 1, 2, 2, 75],
    ),
];

/// One part of a name.
#[derive(Debug, Clone, Copy)]
struct Part<'a> {
    attribute: &'static Attribute,
    text: Text,
    value: &'a str,
}

impl Part<'_> {
    fn is_wildcard(&self) -> bool {
        self.value == "*"
    }
    /// Case counts, but in what is printable or an e-mail address.
    fn equals(&self, other: &Self) -> bool {
        let is_loose = self.text == other.text
            && (self.text == Text::Printable
                || (self.text == Text::Ia5 && self.attribute.oid == EMAIL_ADDRESS));
        if is_loose {
            self.value.eq_ignore_ascii_case(other.value)
        } else {
            self.value == other.value
        }
    }
}

/// X.680 section 41.4.
fn is_printable(value: &str) -> bool {
    let is_one = |octet: u8| octet.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&octet);
    value.bytes().all(is_one)
}

/// The parts that are written in a text, with commas between them, or slashes where it begins with one; `None` if it is no
/// distinguished name.
fn read(text: &str) -> Option<Vec<Part<'_>>> {
    let text = text.trim_start_matches(' ');
    let (separator, text) = match text.strip_prefix('/') {
        Some(rest) => ('/', rest),
        None => (',', text),
    };
    let mut parts = Vec::new();
    let mut written = text.split(separator).peekable();
    while let Some(part) = written.next() {
        let part = part.trim_start_matches(' ');
        if part.is_empty() && written.peek().is_none() {
            break;
        }
        let (name, value) = part.split_once(['=', ' '])?;
        let value = value.trim_start_matches([' ', '=']).trim_end_matches(' ');
        let is_named = |it: &&str| it.eq_ignore_ascii_case(name);
        let attribute = ATTRIBUTES.iter().find(|it| it.names.iter().any(is_named))?;
        let text = match attribute.text {
            Text::Printable if !is_printable(value) => Text::Utf8,
            text => text,
        };
        parts.push(Part {
            attribute,
            text,
            value,
        });
    }
    (parts.len() <= MOST_PARTS).then_some(parts)
}

/// A distinguished name as it is written, if the text is one: names of attributes as they are usual, a space after each comma.
pub(super) fn canonical(text: &str) -> Option<Arc<str>> {
    written(&read(text)?)
}

fn written(parts: &[Part<'_>]) -> Option<Arc<str>> {
    let all = || {
        parts
            .iter()
            .map(|part| (part.attribute.names.first(), part.value))
    };
    let one = |(name, value): (Option<&&str>, &str)| format!("{}={value}", name.copied().unwrap_or_default());
    let has = |c| parts.iter().any(|part| part.value.contains(c));
    match (has(','), has('/')) {
        (false, _) => Some(all().map(one).collect::<Vec<_>>().join(", ").into()),
        (true, false) => Some(
            all()
                .map(|part| format!("/{}", one(part)))
                .collect::<String>()
                .into(),
        ),
        (true, true) => None,
    }
}

/// How many wildcards it takes for `claimed` to be what `expected` asks for: the same attributes in the same order, a value of
/// `*` for any. `None` if it is not.
pub(super) fn wildcards(claimed: &str, expected: &str) -> Option<usize> {
    let (claimed, expected) = (read(claimed)?, read(expected)?);
    let pairs = || claimed.iter().zip(&expected);
    let fits = |(one, other): (&Part<'_>, &Part<'_>)| {
        one.attribute.oid == other.attribute.oid && (other.is_wildcard() || one.equals(other))
    };
    let is_literal =
        |(one, other): (&Part<'_>, &Part<'_>)| one.value == other.value && one.text == other.text;
    if claimed.len() != expected.len() || !pairs().all(fits) {
        return None;
    }
    // The same octets take none, a star for a star included.
    let is_same = pairs().all(is_literal);
    Some(
        expected
            .iter()
            .filter(|part| !is_same && part.is_wildcard())
            .count(),
    )
}

/// Whether any of its values is one that every other takes the place of.
pub(super) fn has_wildcard(text: &str) -> bool {
    read(text).is_some_and(|parts| parts.iter().any(Part::is_wildcard))
}

/// A name as it is carried; the text itself if it is no name.
pub(super) fn encode(text: &str) -> Vec<u8> {
    let Some(parts) = read(text) else {
        return text.as_bytes().to_vec();
    };
    let one = |part: &Part<'_>| {
        let kind = wrap(OBJECT_IDENTIFIER, part.attribute.oid);
        let value = wrap(part.text.tag(), part.value.as_bytes());
        wrap(SET, &wrap(SEQUENCE, &[kind, value].concat()))
    };
    wrap(SEQUENCE, &parts.iter().flat_map(one).collect::<Vec<_>>())
}

/// The text of a name that was carried; `None` if it is none, or one that [`encode`] would carry otherwise.
pub(super) fn decode(octets: &[u8]) -> Option<Arc<str>> {
    let (mut rest, after) = unwrap(SEQUENCE, octets)?;
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let (set, behind) = unwrap(SET, rest)?;
        let (sequence, second) = unwrap(SEQUENCE, set)?;
        let (oid, value) = unwrap(OBJECT_IDENTIFIER, sequence)?;
        let text = Text::tagged(*value.first()?)?;
        let (value, left) = unwrap(text.tag(), value)?;
        if !second.is_empty() || !left.is_empty() {
            return None;
        }
        parts.push(Part {
            attribute: ATTRIBUTES.iter().find(|attribute| attribute.oid == oid)?,
            text,
            value: core::str::from_utf8(value).ok()?,
        });
        rest = behind;
    }
    let text = written(&parts).filter(|_| after.is_empty())?;
    (encode(&text) == octets).then_some(text)
}

/// X.690 section 8.1: tag, length, contents.
fn wrap(tag: u8, contents: &[u8]) -> Vec<u8> {
    let len = contents.len().to_be_bytes();
    let len = &len[len.iter().take_while(|octet| **octet == 0).count()..];
    let mut octets = vec![tag];
    match len {
        [] => octets.push(0),
        [short @ 0..=127] => octets.push(*short),
        long => {
            octets.push(0x80 | long.len() as u8);
            octets.extend(long);
        }
    }
    octets.extend(contents);
    octets
}

/// The contents of what begins with that tag, and what comes after.
fn unwrap(tag: u8, octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&[own, first], rest) = octets.split_first_chunk()?;
    let (len, rest) = match usize::from(first) {
        len @ 0..=127 => (len, rest),
        long => {
            let (len, rest) = rest.split_at_checked(long & 0x7f)?;
            let is_sane = len.len() <= 4;
            let sum = len.iter().fold(0, |sum, octet| sum << 8 | usize::from(*octet));
            (is_sane.then_some(sum)?, rest)
        }
    };
    (own == tag).then(|| rest.split_at_checked(len))?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_read_as_strongswan_reads_them() {
        let check = |text, expected: Option<&str>| assert_eq!(canonical(text).as_deref(), expected, "{text}");
        check("C=DE, CN=gw", Some("C=DE, CN=gw"));
        check(" c = DE,cn= gw ", Some("C=DE, CN=gw"));
        check("/C=DE/O=Example, Inc./CN=gw", Some("/C=DE/O=Example, Inc./CN=gw"));
        check("/C=DE/CN=gw", Some("C=DE, CN=gw"));
        check("emailAddress=ops@example.org", Some("E=ops@example.org"));
        check("C=DE, ", Some("C=DE"));
        check("CN=", Some("CN="));
        check("X=DE", None);
        check("C=DE, gw", None);
        check("C=DE,,CN=gw", None);
    }

    #[test]
    fn values_are_compared_as_their_kinds_are() {
        let check =
            |claimed, expected, fits| assert_eq!(wildcards(claimed, expected), fits, "{claimed} {expected}");
        check("C=DE, CN=gw", "C=de, CN=GW", Some(0));
        check("CN=gw_1", "CN=GW_1", None);
        check("E=ops@example.org", "E=OPS@example.org", Some(0));
        check("C=DE, CN=gw", "C=DE, CN=*", Some(1));
        check("C=DE, CN=gw", "C=*, CN=*", Some(2));
        check("C=DE, CN=gw", "CN=gw, C=DE", None);
        check("C=DE, CN=gw", "C=DE", None);
        check("CN=gw.example", "CN=*.example", None);
    }

    #[test]
    fn a_name_is_carried_as_der() {
        let octets = encode("C=DE, CN=gw");
        assert_eq!(
            octets,
            b"\x30\x1a\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02DE\x31\x0b\x30\x09\x06\x03\x55\x04\x03\x13\x02gw"
        );
        assert_eq!(decode(&octets).as_deref(), Some("C=DE, CN=gw"));
        assert_eq!(decode(b"C=DE"), None);
    }

    proptest! {
        #[test]
        fn every_name_comes_back(values in proptest::collection::vec("[a-zA-Z0-9_ü*.]{0,200}", 1..20)) {
            let parts = values.iter().zip(["C", "O", "OU", "CN", "E"].iter().cycle());
            let text = parts.map(|(value, name)| format!("{name}={value}")).collect::<Vec<_>>().join(", ");
            prop_assert_eq!(decode(&encode(&text)), Some(text.into()));
        }
        #[test]
        fn octets_that_are_no_name_are_refused(octets: Vec<u8>, text in "\\PC{0,60}") {
            if let Some(name) = decode(&octets) {
                prop_assert_eq!(encode(&name), octets);
            }
            if let Some(name) = canonical(&text) {
                prop_assert_eq!(canonical(&name), Some(name));
            }
        }
    }
}
