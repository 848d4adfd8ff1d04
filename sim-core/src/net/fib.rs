//! What a router forwards by: for every prefix the routes that its sources offer, the nearest source's in use.
//!
//! Longest match first, then the source that is trusted most, as routers' "administrative distance" orders them.
//! `T` is where a route leads to; the table does not care.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use smallvec::SmallVec;

use crate::verdict::RouteSource;

use super::prefix_table::{Keeps, PrefixTable};

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
    table: PrefixTable<Routes<T>>,
}

/// The routes of a prefix by source; never empty.
type Routes<T> = SmallVec<[FibRoute<T>; 1]>;

impl<T> Default for Fib<T> {
    fn default() -> Self {
        Self {
            table: PrefixTable::default(),
        }
    }
}

impl<T> Fib<T> {
    /// The route that an address meets, and the prefix that it matched.
    #[must_use]
    pub fn lookup(&self, address: Ipv4Addr) -> Option<(Ipv4Net, &FibRoute<T>)> {
        let (prefix, routes) = self.table.longest_match(address)?;
        Some((prefix, routes.first()?))
    }
    /// The longest match among the routes of sources up to and with `least_trusted`.
    #[must_use]
    pub fn lookup_within(
        &self,
        address: Ipv4Addr,
        least_trusted: RouteSource,
    ) -> Option<(Ipv4Net, &FibRoute<T>)> {
        self.lookup_among(address, |source| source <= least_trusted)
    }
    /// The longest match among the routes of sources that will do.
    #[must_use]
    pub fn lookup_among(
        &self,
        address: Ipv4Addr,
        will_do: impl Fn(RouteSource) -> bool,
    ) -> Option<(Ipv4Net, &FibRoute<T>)> {
        let mut all = self.table.matches(address);
        all.find_map(|(prefix, routes)| {
            let route = routes.first().filter(|route| will_do(route.source))?;
            Some((prefix, route))
        })
    }
    /// Takes over what a source says of a prefix, and tells whether anything changed.
    pub fn set(&mut self, prefix: Ipv4Net, route: FibRoute<T>) -> bool
    where
        T: PartialEq,
    {
        let routes = self.table.get_or_default(prefix);
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
        let cleared = self.table.with(prefix, |routes| {
            let had = match routes.binary_search_by_key(&source, |it| it.source) {
                Ok(place) => {
                    routes.remove(place);
                    true
                }
                Err(_) => false,
            };
            let keeps = if routes.is_empty() { Keeps::No } else { Keeps::Yes };
            (had, keeps)
        });
        cleared == Some(true)
    }
    /// Every prefix with its routes, the one in use first; prefixes in order.
    pub fn iter(&self) -> impl Iterator<Item = (Ipv4Net, &[FibRoute<T>])> {
        self.table
            .iter()
            .map(|(prefix, routes)| (prefix, routes.as_slice()))
    }
    /// The routes of exactly this prefix, the one in use first.
    #[must_use]
    pub fn routes(&self, prefix: Ipv4Net) -> &[FibRoute<T>] {
        self.table.get(prefix).map_or(&[], SmallVec::as_slice)
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
