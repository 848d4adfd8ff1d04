//! What a router forwards by: for every prefix the routes that its sources offer, the nearest source's in use.
//!
//! Longest match first, then the source that is trusted most, as routers' "administrative distance" orders them.
//! `T` is where a route leads to; the table does not care.
//!
//! Prefixes are kept by length, and a lookup asks one length after another, the longest first. A router of a lab has a
//! handful of lengths, and few prefixes of each, which lie side by side: a packet that meets a table nobody has looked at
//! for a while pays for two or three cache lines, where a trie has it pay for every node on the way down.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use smallvec::SmallVec;

use crate::verdict::RouteSource;

/// Where a route leads to: mostly one place, which takes no memory of its own.
pub type Hops<T> = SmallVec<[T; 1]>;

/// One source's route for a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FibRoute<T> {
    /// Who offers it.
    pub source: RouteSource,
    /// What it costs, as the interior routing protocol counts it.
    pub metric: u32,
    /// Where it leads to; several share the load, none drops what matches.
    pub hops: Hops<T>,
}

/// A forwarding table.
#[derive(Debug, Clone)]
pub struct Fib<T> {
    /// The lengths in use, the longest first; none is empty.
    lengths: Vec<Length<T>>,
}

/// The routes of a prefix by source; never empty.
type Routes<T> = SmallVec<[FibRoute<T>; 1]>;

/// The prefixes of one length.
#[derive(Debug, Clone)]
struct Length<T> {
    n_bits: u8,
    prefixes: BTreeMap<u32, Routes<T>>,
}

impl<T> Default for Fib<T> {
    fn default() -> Self {
        Self { lengths: Vec::new() }
    }
}

impl<T> Length<T> {
    /// The prefix of this length that an address lies in, as its bits.
    fn around(&self, address: Ipv4Addr) -> u32 {
        let n_host_bits = u32::BITS - u32::from(self.n_bits);
        address.to_bits() & u32::MAX.checked_shl(n_host_bits).unwrap_or(0)
    }
    fn matching(&self, address: Ipv4Addr) -> Option<(Ipv4Net, &FibRoute<T>)> {
        let bits = self.around(address);
        let route = self.prefixes.get(&bits)?.first()?;
        Some((self.prefix(bits)?, route))
    }
    fn iter(&self) -> impl Iterator<Item = (Ipv4Net, &[FibRoute<T>])> {
        let all = self.prefixes.iter();
        all.filter_map(|(&bits, routes)| Some((self.prefix(bits)?, routes.as_slice())))
    }
    fn prefix(&self, bits: u32) -> Option<Ipv4Net> {
        Ipv4Net::new(bits.into(), self.n_bits).ok()
    }
}

impl<T> Fib<T> {
    /// The route that an address meets, and the prefix that it matched.
    #[must_use]
    pub fn lookup(&self, address: Ipv4Addr) -> Option<(Ipv4Net, &FibRoute<T>)> {
        self.lengths.iter().find_map(|length| length.matching(address))
    }
    /// The longest match among the routes of sources up to and with `least_trusted`.
    #[must_use]
    pub fn lookup_within(
        &self,
        address: Ipv4Addr,
        least_trusted: RouteSource,
    ) -> Option<(Ipv4Net, &FibRoute<T>)> {
        let mut all = self.lengths.iter().filter_map(|length| length.matching(address));
        all.find(|(_, route)| route.source <= least_trusted)
    }
    /// Takes over what a source says of a prefix, and tells whether anything changed.
    pub fn set(&mut self, prefix: Ipv4Net, route: FibRoute<T>) -> bool
    where
        T: PartialEq,
    {
        let place = match self.place(prefix) {
            Ok(place) => place,
            Err(place) => {
                let (n_bits, prefixes) = (prefix.prefix_len(), BTreeMap::new());
                self.lengths.insert(place, Length { n_bits, prefixes });
                place
            }
        };
        let bits = prefix.network().to_bits();
        let routes = self.lengths[place].prefixes.entry(bits).or_default();
        match routes.binary_search_by_key(&route.source, |it| it.source) {
            Ok(place) if routes[place] == route => false,
            Ok(place) => {
                routes[place] = route;
                true
            }
            Err(place) => {
                routes.insert(place, route);
                true
            }
        }
    }
    /// A source has nothing to say of a prefix any more; tells whether it had.
    pub fn clear(&mut self, prefix: Ipv4Net, source: RouteSource) -> bool {
        let Ok(length) = self.place(prefix) else {
            return false;
        };
        let (prefixes, bits) = (&mut self.lengths[length].prefixes, prefix.network().to_bits());
        let Some(routes) = prefixes.get_mut(&bits) else {
            return false;
        };
        let Ok(place) = routes.binary_search_by_key(&source, |it| it.source) else {
            return false;
        };
        routes.remove(place);
        if routes.is_empty() {
            prefixes.remove(&bits);
        }
        if prefixes.is_empty() {
            self.lengths.remove(length);
        }
        true
    }
    /// Every prefix with its routes, the one in use first; prefixes in order.
    pub fn iter(&self) -> impl Iterator<Item = (Ipv4Net, &[FibRoute<T>])> {
        let mut all: Vec<_> = self.lengths.iter().flat_map(Length::iter).collect();
        all.sort_unstable_by_key(|(prefix, _)| *prefix);
        all.into_iter()
    }
    /// The routes of exactly this prefix, the one in use first.
    #[must_use]
    pub fn routes(&self, prefix: Ipv4Net) -> &[FibRoute<T>] {
        let Ok(length) = self.place(prefix) else {
            return &[];
        };
        let routes = self.lengths[length].prefixes.get(&prefix.network().to_bits());
        routes.map_or(&[], SmallVec::as_slice)
    }
    /// Where the length of a prefix is, or would be.
    fn place(&self, prefix: Ipv4Net) -> Result<usize, usize> {
        let n_bits = prefix.prefix_len();
        self.lengths.binary_search_by(|length| n_bits.cmp(&length.n_bits))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn net(text: &str) -> Ipv4Net {
        text.parse().expect("a prefix")
    }
    fn route(source: RouteSource, to: u8) -> FibRoute<u8> {
        FibRoute {
            source,
            metric: 0,
            hops: Hops::from_elem(to, 1),
        }
    }

    #[test]
    fn the_longest_match_wins_and_then_the_nearest_source() {
        let mut fib = Fib::default();
        assert!(fib.set(net("10.0.0.0/8"), route(RouteSource::Ibgp, 1)));
        assert!(fib.set(net("10.0.0.0/8"), route(RouteSource::Ebgp, 2)));
        assert!(
            !fib.set(net("10.0.0.0/8"), route(RouteSource::Ebgp, 2)),
            "no change"
        );
        assert!(fib.set(net("10.1.0.0/16"), route(RouteSource::Ibgp, 3)));
        assert!(fib.set(net("0.0.0.0/0"), route(RouteSource::Static, 4)));
        let to = |fib: &Fib<u8>, address: [u8; 4]| fib.lookup(address.into()).map(|(_, route)| route.hops[0]);
        assert_eq!(to(&fib, [10, 2, 0, 1]), Some(2));
        assert_eq!(to(&fib, [10, 1, 0, 1]), Some(3));
        assert_eq!(to(&fib, [192, 0, 2, 1]), Some(4));
        let trusted = fib.lookup_within([10, 1, 0, 1].into(), RouteSource::Static);
        assert_eq!(trusted.map(|(prefix, _)| prefix), Some(net("0.0.0.0/0")));
        assert!(fib.clear(net("10.0.0.0/8"), RouteSource::Ebgp));
        assert!(!fib.clear(net("10.0.0.0/8"), RouteSource::Ebgp));
        assert_eq!(to(&fib, [10, 2, 0, 1]), Some(1));
    }

    proptest! {
        #[test]
        fn it_agrees_with_looking_at_every_prefix(
            entries in proptest::collection::vec((any::<u32>(), 0u8..=32, 0usize..4), 0..60),
            address: u32,
        ) {
            let sources = [RouteSource::Connected, RouteSource::Static, RouteSource::Ebgp, RouteSource::Ibgp];
            let mut fib = Fib::default();
            let mut all = std::collections::BTreeMap::new();
            for (place, (bits, length, source)) in entries.into_iter().enumerate() {
                let prefix = Ipv4Net::new(bits.into(), length).expect("a length up to 32").trunc();
                fib.set(prefix, route(sources[source], place as u8));
                all.insert((prefix, sources[source]), place as u8);
            }
            let address = Ipv4Addr::from(address);
            for least in sources {
                // The sources of a prefix stand in for each other only among themselves: the one in use decides.
                let naive = all
                    .iter()
                    .filter(|((prefix, source), _)| prefix.contains(&address)
                        && all.keys().find(|(it, _)| it == prefix).is_some_and(|(_, first)| first == source)
                        && *source <= least)
                    .max_by_key(|((prefix, _), _)| prefix.prefix_len())
                    .map(|(_, to)| *to);
                let found = fib.lookup_within(address, least).map(|(_, route)| route.hops[0]);
                prop_assert_eq!(found, naive);
            }
        }
    }
}
