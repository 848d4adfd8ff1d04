//! Values by prefix, found by longest match.
//!
//! Prefixes are kept by length, and a lookup asks one length after another, the longest first. A table of a lab has a
//! handful of lengths, and few prefixes of each, which lie side by side: a packet that meets a table nobody has looked at
//! for a while pays for two or three cache lines, where a trie has it pay for every node on the way down.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

/// Values by prefix.
#[derive(Debug, Clone)]
pub struct PrefixTable<V> {
    /// The lengths in use, the longest first; none is empty.
    lengths: Vec<Length<V>>,
}

/// The prefixes of one length.
#[derive(Debug, Clone)]
struct Length<V> {
    n_bits: u8,
    values: BTreeMap<u32, V>,
}

impl<V> Default for PrefixTable<V> {
    fn default() -> Self {
        Self { lengths: Vec::new() }
    }
}

impl<V> Length<V> {
    /// The prefix of this length that an address lies in, as its bits.
    fn around(&self, address: Ipv4Addr) -> u32 {
        let n_host_bits = u32::BITS - u32::from(self.n_bits);
        address.to_bits() & u32::MAX.checked_shl(n_host_bits).unwrap_or(0)
    }
    fn matching(&self, address: Ipv4Addr) -> Option<(Ipv4Net, &V)> {
        let bits = self.around(address);
        let value = self.values.get(&bits)?;
        Some((self.prefix(bits)?, value))
    }
    fn prefix(&self, bits: u32) -> Option<Ipv4Net> {
        Ipv4Net::new(bits.into(), self.n_bits).ok()
    }
}

impl<V> PrefixTable<V> {
    /// The prefixes that hold an address, the longest first.
    pub fn matches(&self, address: Ipv4Addr) -> impl Iterator<Item = (Ipv4Net, &V)> {
        self.lengths
            .iter()
            .filter_map(move |length| length.matching(address))
    }
    /// The longest prefix that holds an address.
    #[must_use]
    pub fn longest_match(&self, address: Ipv4Addr) -> Option<(Ipv4Net, &V)> {
        self.matches(address).next()
    }
    /// The value of exactly this prefix.
    #[must_use]
    pub fn get(&self, prefix: Ipv4Net) -> Option<&V> {
        let length = self.place(prefix).ok()?;
        self.lengths[length].values.get(&prefix.network().to_bits())
    }
    /// The value of exactly this prefix, made now where there is none.
    pub fn get_or_default(&mut self, prefix: Ipv4Net) -> &mut V
    where
        V: Default,
    {
        self.values_of(prefix)
            .entry(prefix.network().to_bits())
            .or_default()
    }
    /// Gives a prefix this value.
    pub fn insert(&mut self, prefix: Ipv4Net, value: V) {
        self.values_of(prefix).insert(prefix.network().to_bits(), value);
    }
    /// Works on the value of exactly this prefix, which goes where `work` says that it is to.
    pub fn with<R>(&mut self, prefix: Ipv4Net, work: impl FnOnce(&mut V) -> (R, Keeps)) -> Option<R> {
        let length = self.place(prefix).ok()?;
        let (values, bits) = (&mut self.lengths[length].values, prefix.network().to_bits());
        let (result, keeps) = work(values.get_mut(&bits)?);
        if keeps == Keeps::No {
            values.remove(&bits);
            if values.is_empty() {
                self.lengths.remove(length);
            }
        }
        Some(result)
    }
    /// Every prefix with its value, in the order of the prefixes.
    pub fn iter(&self) -> impl Iterator<Item = (Ipv4Net, &V)> {
        let mut all: Vec<(Ipv4Net, &V)> = self
            .lengths
            .iter()
            .flat_map(|length| {
                let values = length.values.iter();
                values.filter_map(|(&bits, value)| Some((length.prefix(bits)?, value)))
            })
            .collect();
        all.sort_unstable_by_key(|(prefix, _)| *prefix);
        all.into_iter()
    }
    /// The values of the prefixes that are as long as this one.
    fn values_of(&mut self, prefix: Ipv4Net) -> &mut BTreeMap<u32, V> {
        let place = match self.place(prefix) {
            Ok(place) => place,
            Err(place) => {
                let (n_bits, values) = (prefix.prefix_len(), BTreeMap::new());
                self.lengths.insert(place, Length { n_bits, values });
                place
            }
        };
        &mut self.lengths[place].values
    }
    /// Where the length of a prefix is, or would be.
    fn place(&self, prefix: Ipv4Net) -> Result<usize, usize> {
        let n_bits = prefix.prefix_len();
        self.lengths.binary_search_by(|length| n_bits.cmp(&length.n_bits))
    }
}

/// Whether a value stays in its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeps {
    /// It does.
    Yes,
    /// It is taken out.
    No,
}

impl<V> FromIterator<(Ipv4Net, V)> for PrefixTable<V> {
    fn from_iter<I: IntoIterator<Item = (Ipv4Net, V)>>(entries: I) -> Self {
        let mut table = Self::default();
        for (prefix, value) in entries {
            table.insert(prefix, value);
        }
        table
    }
}
