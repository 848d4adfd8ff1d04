//! Domain names.

use core::fmt;
use core::str::FromStr;
use std::sync::Arc;

/// A full domain name in lower case without the closing dot; the empty name is the root.
///
/// Letters, digits, hyphens and underscores; labels of at most 63 octets, 253 in all (RFC 1035
/// §2.3.4). Compares and hashes as text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<str>);

/// Why a text is no domain name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// It is longer than 253 characters.
    #[error("a name has at most 253 characters")]
    TooLong,
    /// A label is empty or longer than 63 characters.
    #[error("each part between dots has 1 to 63 characters")]
    LabelLength,
    /// A character is not allowed.
    #[error("{0:?} is not allowed in a name; use letters, digits, '-', '_' and '.'")]
    Character(char),
    /// A label begins or ends with a hyphen.
    #[error("no part of a name begins or ends with '-'")]
    Hyphen,
}

impl Name {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Whether the name is `domain` or below it.
    #[must_use]
    pub fn is_within(&self, domain: &str) -> bool {
        is_within(&self.0, domain)
    }
    /// The labels, the most specific first.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.0.split('.').filter(|label| !label.is_empty())
    }
}

/// Whether `name` is `domain` or below it; both in lower case, and the empty domain holds all.
#[must_use]
pub fn is_within(name: &str, domain: &str) -> bool {
    domain.is_empty()
        || name
            .strip_suffix(domain)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Of several things that own a domain, the one with the longest domain that holds `name`; the
/// first of those with the same domain.
pub fn most_specific<T>(
    owners: impl IntoIterator<Item = T>,
    domain: impl Fn(&T) -> &str,
    name: &Name,
) -> Option<T> {
    let mut best: Option<T> = None;
    for owner in owners {
        let length = domain(&owner).len();
        if name.is_within(domain(&owner)) && best.as_ref().is_none_or(|best| length > domain(best).len()) {
            best = Some(owner);
        }
    }
    best
}

impl FromStr for Name {
    type Err = NameError;

    /// Reads a name, with or without the closing dot, in any case.
    fn from_str(text: &str) -> Result<Self, NameError> {
        let text = text.strip_suffix('.').unwrap_or(text);
        if text.is_empty() {
            return Ok(Self(Arc::from("")));
        }
        if text.len() > 253 {
            return Err(NameError::TooLong);
        }
        for label in text.split('.') {
            if let Some(c) = label
                .chars()
                .find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_'))
            {
                return Err(NameError::Character(c));
            }
            if label.is_empty() || label.len() > 63 {
                return Err(NameError::LabelLength);
            }
            if label.starts_with('-') || label.ends_with('-') {
                return Err(NameError::Hyphen);
            }
        }
        Ok(Self(Arc::from(text.to_ascii_lowercase())))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(if self.0.is_empty() { "." } else { &self.0 })
    }
}

impl serde::Serialize for Name {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Name {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().expect("a name")
    }

    #[test]
    fn names_read_in_any_case_with_or_without_the_closing_dot() {
        assert_eq!(
            name("MGN.ap-south-1.amazonaws.com."),
            name("mgn.ap-south-1.amazonaws.com")
        );
        assert_eq!(name(".").to_string(), ".");
        assert_eq!("a b".parse::<Name>(), Err(NameError::Character(' ')));
        assert_eq!("a..b".parse::<Name>(), Err(NameError::LabelLength));
        assert_eq!("x".repeat(64).parse::<Name>(), Err(NameError::LabelLength));
        assert_eq!(
            "x.".repeat(127).parse::<Name>().map(|n| n.as_str().len()),
            Ok(253)
        );
        assert_eq!("x.".repeat(128).parse::<Name>(), Err(NameError::TooLong));
        assert_eq!("-a".parse::<Name>(), Err(NameError::Hyphen));
    }

    #[test]
    fn domains_end_at_dots() {
        assert!(name("a.example.com").is_within("example.com"));
        assert!(name("example.com").is_within("example.com"));
        assert!(!name("badexample.com").is_within("example.com"));
        assert!(name("anything").is_within(""));
    }

    #[test]
    fn the_longest_domain_wins_and_among_equals_the_first() {
        let owners = [("com", 1), ("a.com", 2), ("b.com", 3), ("a.com", 4)];
        let choose = |text| most_specific(owners, |owner| owner.0, &name(text)).map(|owner| owner.1);
        assert_eq!(choose("x.a.com"), Some(2));
        assert_eq!(choose("x.c.com"), Some(1));
        assert_eq!(choose("x.org"), None);
    }
}
