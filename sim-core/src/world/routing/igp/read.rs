//! What is read of the interior routing from outside.

use crate::resource::{RouterId, RouterInterfaceId};
use crate::units::SimTime;

use super::super::super::run::World;
use super::process::IgpProcess;

/// A router that another one hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IgpNeighbor {
    /// The interface by which it is heard.
    pub by: RouterInterfaceId,
    /// The neighbour's interface.
    pub neighbor: RouterInterfaceId,
    /// What a step to it costs.
    pub cost: u32,
    /// Since when nothing comes from it, which nobody has noticed yet.
    pub silent_since: Option<SimTime>,
}

/// A router's part in the interior routing.
#[derive(Debug, Clone, Copy)]
pub struct IgpRead<'a> {
    /// The name of its area.
    pub area: &'a str,
    /// How it is set up.
    pub process: &'a IgpProcess,
}

impl World {
    /// A router's part in the interior routing; none where it takes none.
    #[must_use]
    pub fn igp(&self, router: RouterId) -> Option<IgpRead<'_>> {
        let area = self.terrain.routers.igp.area_of(router)?;
        Some(IgpRead {
            area: &area.name,
            process: area.members.get(&router)?,
        })
    }

    /// The neighbours of a router in the interior routing, by its interfaces.
    #[must_use]
    pub fn igp_neighbors(&self, router: RouterId) -> Vec<IgpNeighbor> {
        let Some(area) = self.terrain.routers.igp.area_of(router) else {
            return Vec::new();
        };
        let interfaces = &self.network().router_interfaces;
        let is_own = |id| interfaces.get(id).is_some_and(|row| row.router == router);
        let known = area.known.adjacencies.iter();
        let mut found: Vec<IgpNeighbor> = known
            .flat_map(|&(a, b)| [(a, b, (a, b)), (b, a, (a, b))])
            .filter(|(by, ..)| is_own(*by))
            .map(|(by, neighbor, pair)| IgpNeighbor {
                by,
                neighbor,
                cost: area.known.cost(by),
                silent_since: area.silent.get(&pair).copied(),
            })
            .collect();
        found.sort_by_key(|it| (it.by, it.neighbor));
        found
    }
}
