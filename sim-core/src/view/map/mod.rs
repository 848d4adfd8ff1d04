//! Where everything of a topology stands on a grid of cells, for screens that draw with letters and for windows alike.
//!
//! ```text
//!   segments    routers   AWS's ends   gateways     VPCs with their subnets and what is in them
//!  ╭─ lan ──╮                                      ╭─ VPC target ────────────╮
//!  │ ● dns  ├── cgw-1 ──── vif-1 ──── dxgw ── tgw ─┤ staging  ● endpoint     │
//!  ╰────────╯       └───── vpn-1/1 ───────────┘    ╰─────────────────────────╯
//! ```
//!
//! A pure function of a topology and a size, in integers: places stand in columns by how far they are from the sites,
//! within a column so that links cross as little as a few sweeps can bring about, and links run in the gaps between
//! columns. Where not everything fits, things lose their names first and empty subnets their rows; what does badly keeps
//! its name.

mod block;
mod columns;
mod grid;
mod lanes;
#[cfg(test)]
mod tests;
mod wires;

pub use lanes::{Sides, Turn, deal, straighten};

use super::topology::{Place, Topology};

/// A rectangle of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cells {
    /// The column of its left edge.
    pub x: i32,
    /// The row of its upper edge.
    pub y: i32,
    /// How many columns it has.
    pub width: i32,
    /// How many rows it has.
    pub height: i32,
}

impl Cells {
    /// Whether a cell is in it.
    #[must_use]
    pub const fn contains(&self, x: i32, y: i32) -> bool {
        x >= self.x && x < self.x + self.width && y >= self.y && y < self.y + self.height
    }
    /// Its middle.
    #[must_use]
    pub const fn middle(&self) -> (i32, i32) {
        (self.x + self.width / 2, self.y + self.height / 2)
    }
    /// Whether the two have a cell in common.
    #[must_use]
    pub const fn meets(&self, other: &Self) -> bool {
        self.x < other.x + other.width
            && other.x < self.x + self.width
            && self.y < other.y + other.height
            && other.y < self.y + self.height
    }
}

/// How a place is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// A box with a border, and its name in the upper one.
    Box,
    /// A box within such a box, as a row with its name at the left.
    Row,
    /// A thing by itself, with a row for each link on its busier side and its name in the middle one.
    Device,
    /// A thing in a box, with its name.
    Chip,
    /// A thing in a box, as a sign alone.
    Dot,
}

/// Where a place stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// Which.
    pub place: Place,
    /// How it is drawn.
    pub form: Form,
    /// Where.
    pub area: Cells,
    /// Cells that there are for its name.
    pub name: i32,
}

/// Where a link runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wire {
    /// The link, by its place in [`Topology::links`].
    pub link: usize,
    /// Its corners from end to end, each in the row or in the column of the one before.
    pub way: Vec<(i32, i32)>,
}

/// Where everything stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Map {
    /// Columns and rows that all of it takes.
    pub size: (i32, i32),
    /// Places; a box comes before what is in it.
    pub spots: Vec<Spot>,
    /// Links between them.
    pub wires: Vec<Wire>,
}

impl Map {
    /// Lays out a topology for a screen of so many columns and rows. It may turn out larger than that.
    #[must_use]
    pub fn of(topology: &Topology, columns: u16, rows: u16) -> Self {
        let (width, height) = (i32::from(columns), i32::from(rows));
        let graph = columns::Graph::of(topology);
        let mut map = Self::default();
        for level in grid::Level::ALL {
            map = grid::lay_out(topology, &graph, (width, height), level);
            if map.size.1 <= height {
                break;
            }
        }
        map
    }
    /// The innermost place at a cell.
    #[must_use]
    pub fn at(&self, x: i32, y: i32) -> Option<&Spot> {
        self.spots.iter().rev().find(|spot| spot.area.contains(x, y))
    }
    /// The link at a cell.
    #[must_use]
    pub fn wire_at(&self, x: i32, y: i32) -> Option<&Wire> {
        self.wires.iter().find(|wire| wire.passes(x, y))
    }
}

impl Wire {
    /// Whether it goes through a cell.
    #[must_use]
    pub fn passes(&self, x: i32, y: i32) -> bool {
        let between = |at: i32, a: i32, b: i32| at >= a.min(b) && at <= a.max(b);
        self.way
            .windows(2)
            .any(|pair| between(x, pair[0].0, pair[1].0) && between(y, pair[0].1, pair[1].1))
    }
    /// Its longest run along a row: the columns that it begins and ends at, and the row.
    #[must_use]
    pub fn longest_run(&self) -> Option<(i32, i32, i32)> {
        let level = self.way.windows(2).filter(|pair| pair[0].1 == pair[1].1);
        let runs = level.map(|pair| (pair[0].0.min(pair[1].0), pair[0].0.max(pair[1].0), pair[0].1));
        // The first of the longest, so that a link's name stays where it is.
        runs.reduce(|best, run| {
            if run.1 - run.0 > best.1 - best.0 {
                run
            } else {
                best
            }
        })
    }
    /// A cell near its middle.
    #[must_use]
    pub fn middle(&self) -> (i32, i32) {
        match self.longest_run() {
            Some((from, to, row)) => ((from + to) / 2, row),
            None => self.way.first().copied().unwrap_or_default(),
        }
    }
}
