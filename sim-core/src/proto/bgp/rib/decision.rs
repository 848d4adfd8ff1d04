//! The decision process: which path of a prefix is used, and by which step.
//!
//! MED compares only paths of one neighbour AS, so "better than" is no order over all paths: three can beat each
//! other in a circle. With `deterministic_med` each neighbour AS first settles its own best and those are then
//! compared, which no order of arrival changes. Without it paths are compared one after another, newest first, and
//! the outcome depends on when they came, as it does on real routers.
//!
//! # Source
//! RFC 4271 §9.1.2.2, RFC 4456 §9, and the order that FRR 8.4 uses.

use core::cmp::Ordering;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::proto::bgp::attribute::Asn;

use super::config::Options;
use super::path::{Defeat, Kind, Path};

/// The step of the decision process that put one path before another, in the order in which they are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecidedBy {
    /// There is no other.
    OnlyPath,
    /// There is a way to its next hop, and none to the other's.
    NextHopReachable,
    /// The higher weight.
    Weight,
    /// The higher LOCAL_PREF.
    LocalPref,
    /// The router's own.
    LocallyOriginated,
    /// The shorter AS_PATH.
    AsPathLength,
    /// The lower ORIGIN.
    Origin,
    /// The lower MULTI_EXIT_DISC.
    Med,
    /// eBGP rather than iBGP.
    ExternalOverInternal,
    /// The lower cost to the next hop.
    IgpMetric,
    /// It was in use before.
    Oldest,
    /// The lower router identifier.
    RouterId,
    /// The shorter CLUSTER_LIST.
    ClusterListLength,
    /// The lower address of the peer.
    PeerAddress,
}

impl DecidedBy {
    /// The step in the field's own words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OnlyPath => "only path",
            Self::NextHopReachable => "next hop reachable",
            Self::Weight => "weight",
            Self::LocalPref => "local preference",
            Self::LocallyOriginated => "locally originated",
            Self::AsPathLength => "AS path length",
            Self::Origin => "origin",
            Self::Med => "MED",
            Self::ExternalOverInternal => "eBGP over iBGP",
            Self::IgpMetric => "IGP metric",
            Self::Oldest => "oldest path",
            Self::RouterId => "router id",
            Self::ClusterListLength => "cluster list length",
            Self::PeerAddress => "peer address",
        }
    }
}

impl core::fmt::Display for DecidedBy {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why packets do not go by a path that is as good as the best, although several may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unshared {
    /// It comes from another neighbour AS, and AS paths that differ are not combined.
    NeighbourAs,
    /// Its AS_PATH is another one, and AS paths that differ are not combined.
    AsPath,
    /// Its next hop is that of a path in use.
    NextHop,
    /// As many as may be used are.
    Limit,
}

impl Unshared {
    /// The reason in a few words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NeighbourAs => "another AS",
            Self::AsPath => "another AS path",
            Self::NextHop => "same next hop",
            Self::Limit => "limit of paths",
        }
    }
}

impl core::fmt::Display for Unshared {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.as_str())
    }
}

/// What the decision process found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Selection {
    /// The place of the best path.
    pub(super) best: usize,
    /// The step that put it before the next best.
    pub(super) decided_by: DecidedBy,
}

/// Chooses the best of `paths`, which stand in the order in which they came.
pub(super) fn select(paths: &mut [Path], options: &Options) -> Option<Selection> {
    for path in paths.iter_mut() {
        (path.beaten, path.lost) = (false, None);
    }
    if options.deterministic_med && !options.always_compare_med && meds_differ(paths) {
        settle_neighbours(paths, options);
    }
    let among_winners = best_two(paths, options, |path| !path.beaten)?;
    if among_winners.decided_by == DecidedBy::OnlyPath {
        // Everybody else lost within its neighbour AS; the best of them was the rival.
        let found = against_beaten(paths, options, among_winners);
        return Some(against_unusable(paths, found));
    }
    Some(among_winners)
}

/// Of a path that is left alone by those that cannot be used, that is what made it the best.
fn against_unusable(paths: &[Path], found: Selection) -> Selection {
    let is_alone = found.decided_by == DecidedBy::OnlyPath;
    let others = paths
        .iter()
        .enumerate()
        .any(|(index, path)| index != found.best && !path.is_valid());
    match is_alone && others {
        true => Selection {
            decided_by: DecidedBy::NextHopReachable,
            ..found
        },
        false => found,
    }
}

fn best_two(paths: &mut [Path], options: &Options, takes_part: impl Fn(&Path) -> bool) -> Option<Selection> {
    let mut selection: Option<(Selection, Option<usize>)> = None;
    for index in (0..paths.len()).rev() {
        let path = &paths[index];
        if !path.is_valid() || !takes_part(path) {
            continue;
        }
        let Some((found, runner_up)) = &mut selection else {
            let decided_by = DecidedBy::OnlyPath;
            selection = Some((
                Selection {
                    best: index,
                    decided_by,
                },
                None,
            ));
            continue;
        };
        let (order, step) = compare(path, &paths[found.best], options);
        let (winner, loser) = match order {
            Ordering::Less => (index, found.best),
            Ordering::Equal | Ordering::Greater => (found.best, index),
        };
        if order == Ordering::Less {
            *runner_up = Some(found.best);
            *found = Selection {
                best: index,
                decided_by: step,
            };
        } else if runner_up.is_none_or(|rival| compare(path, &paths[rival], options).0 == Ordering::Less) {
            *runner_up = Some(index);
            found.decided_by = step;
        }
        let to = paths[winner].source;
        // Who was beaten before stays beaten by whom it was.
        if !paths[loser].beaten {
            paths[loser].lost = Some(Defeat { to, by: step });
        }
    }
    Some(selection?.0)
}

fn against_beaten(paths: &mut [Path], options: &Options, winner: Selection) -> Selection {
    match best_two(paths, options, |path| path.beaten) {
        None => winner,
        Some(rival) => Selection {
            decided_by: compare(&paths[winner.best], &paths[rival.best], options).1,
            ..winner
        },
    }
}

/// Where all paths have the same MED it decides nothing, and neighbours need not be told apart.
fn meds_differ(paths: &[Path]) -> bool {
    let mut meds = paths
        .iter()
        .filter(|path| path.is_valid())
        .map(|path| path.rank.med);
    let first = meds.next();
    meds.any(|med| Some(med) != first)
}

/// Marks the paths that lose against another of the same neighbour AS.
fn settle_neighbours(paths: &mut [Path], options: &Options) {
    let mut winners: BTreeMap<Asn, usize> = BTreeMap::new();
    for index in (0..paths.len()).rev() {
        let (true, Some(neighbour)) = (paths[index].is_valid(), paths[index].rank.neighbour) else {
            continue;
        };
        let winner = winners.entry(neighbour).or_insert(index);
        if *winner == index {
            continue;
        }
        let (order, by) = compare(&paths[index], &paths[*winner], options);
        let loser = if order == Ordering::Less {
            core::mem::replace(winner, index)
        } else {
            index
        };
        let to = paths[*winner].source;
        (paths[loser].beaten, paths[loser].lost) = (true, Some(Defeat { to, by }));
    }
}

/// Marks the paths that are used along with the best, and the best if there are any.
pub(super) fn select_multipath(paths: &mut [Path], best: usize, options: &Options) {
    let limit = limit(&paths[best], options);
    for path in paths.iter_mut() {
        path.multipath = false;
    }
    if limit <= 1 {
        return;
    }
    let mut equals: Vec<usize> = (0..paths.len())
        .filter(|&index| index != best && is_as_good(&paths[index], &paths[best], options))
        .collect();
    // FRR fills the set by address of the next hop, and leaves out a path that repeats one.
    equals.sort_by_key(|&index| (paths[index].attributes.next_hop, paths[index].rank.peer_address));
    equals.dedup_by_key(|index| paths[*index].attributes.next_hop);
    equals.truncate(usize::from(limit) - 1);
    if equals.is_empty() {
        return;
    }
    for index in equals {
        paths[index].multipath = true;
    }
    paths[best].multipath = true;
}

/// How many paths may be used where this one is the best.
const fn limit(best: &Path, options: &Options) -> u16 {
    match best.rank.kind {
        Kind::Internal => options.multipath.ibgp,
        Kind::Own | Kind::External => options.multipath.ebgp,
    }
}

/// Whether a path may be used along with the best: alike up to the cost of the next hop, another next hop, and an
/// AS_PATH that may be combined.
fn is_as_good(path: &Path, best: &Path, options: &Options) -> bool {
    is_alike(path, best, options) && obstacle(path, best, options).is_none()
}

fn is_alike(path: &Path, best: &Path, options: &Options) -> bool {
    path.is_valid() && compare_to_metric(path, best, options).0 == Ordering::Equal
}

/// What keeps a path that is like the best from being used along with it.
fn obstacle(path: &Path, best: &Path, options: &Options) -> Option<Unshared> {
    if path.attributes.next_hop == best.attributes.next_hop {
        return Some(Unshared::NextHop);
    }
    if options.multipath.as_path_relax {
        return None;
    }
    match path.rank.kind {
        Kind::Internal => (path.attributes.as_path != best.attributes.as_path).then_some(Unshared::AsPath),
        // FRR looks at the neighbour alone, not at the whole path.
        Kind::Own | Kind::External => {
            (path.rank.peer_as != best.rank.peer_as).then_some(Unshared::NeighbourAs)
        }
    }
}

/// Why a path that is like the best is not used along with it, where several may be used.
pub(super) fn unshared(paths: &[Path], path: &Path, options: &Options) -> Option<Unshared> {
    let best = paths.iter().find(|other| other.selected)?;
    let is_left_out = !path.selected && !path.multipath && is_alike(path, best, options);
    if !is_left_out || limit(best, options) <= 1 {
        return None;
    }
    let next_hop = path.attributes.next_hop;
    let is_repeated = || {
        let mut used = paths.iter().filter(|other| other.multipath);
        used.any(|other| other.attributes.next_hop == next_hop)
    };
    obstacle(path, best, options).or_else(|| {
        Some(match is_repeated() {
            true => Unshared::NextHop,
            false => Unshared::Limit,
        })
    })
}

/// What a path that is not the best loses to, and at which step: the best of its neighbour AS if it lost there, else the
/// best of all; where it is none of these that is preferred to it, because MED or age makes the order a circle, then the path
/// that it lost to when it was decided. None for the best, for one that cannot be used, and where there is no best.
pub(super) fn rival<'a>(paths: &'a [Path], path: &Path, options: &Options) -> Option<(&'a Path, DecidedBy)> {
    if path.selected || !path.is_valid() {
        return None;
    }
    let rival = if path.beaten {
        let neighbour = path.rank.neighbour;
        let winner = |other: &&Path| other.is_valid() && !other.beaten && other.rank.neighbour == neighbour;
        paths.iter().find(winner)
    } else {
        paths.iter().find(|other| other.selected)
    }?;
    let (order, step) = compare(rival, path, options);
    if order == Ordering::Less {
        return Some((rival, step));
    }
    let lost = path.lost?;
    let to = paths.iter().find(|other| other.source == lost.to)?;
    Some((to, lost.by))
}

/// What a path stands behind, and the step at which it does: the best, whoever beat it before that, or what it lost to where
/// it would beat the best. None for the best, and where there is none.
pub(super) fn behind<'a>(paths: &'a [Path], path: &Path, options: &Options) -> Option<(&'a Path, DecidedBy)> {
    let best = paths.iter().find(|other| other.selected)?;
    if path.selected {
        return None;
    }
    match compare(best, path, options) {
        (Ordering::Less, step) => Some((best, step)),
        (Ordering::Equal | Ordering::Greater, _) => rival(paths, path, options),
    }
}

/// Which of two usable paths is preferred (`Less` for the first), and by which step.
pub(super) fn compare(a: &Path, b: &Path, options: &Options) -> (Ordering, DecidedBy) {
    let (order, step) = compare_to_metric(a, b, options);
    if order != Ordering::Equal {
        return (order, step);
    }
    let both_external = a.rank.kind == Kind::External && b.rank.kind == Kind::External;
    if !options.compare_router_id && both_external && a.selected != b.selected {
        return (b.selected.cmp(&a.selected), DecidedBy::Oldest);
    }
    let order = a.rank.router_id.cmp(&b.rank.router_id);
    if order != Ordering::Equal {
        return (order, DecidedBy::RouterId);
    }
    let order = a.rank.n_clusters.cmp(&b.rank.n_clusters);
    if order != Ordering::Equal {
        return (order, DecidedBy::ClusterListLength);
    }
    let order = a.rank.peer_address.cmp(&b.rank.peer_address);
    // Of two own paths that are alike FRR keeps the one that came later, the aggregate (`bgp_path_info_cmp`). Two sessions
    // with one address do not happen; the order has to be strict all the same.
    (order.then(b.source.cmp(&a.source)), DecidedBy::PeerAddress)
}

/// The steps that also decide whether two paths may be used together.
fn compare_to_metric(a: &Path, b: &Path, options: &Options) -> (Ordering, DecidedBy) {
    let (a_rank, b_rank) = (&a.rank, &b.rank);
    macro_rules! step {
        ($order:expr, $step:ident) => {
            let order: Ordering = $order;
            if order != Ordering::Equal {
                return (order, DecidedBy::$step);
            }
        };
    }
    step!(b.is_valid().cmp(&a.is_valid()), NextHopReachable);
    step!(b_rank.weight.cmp(&a_rank.weight), Weight);
    step!(b_rank.local_pref.cmp(&a_rank.local_pref), LocalPref);
    let own = |kind: Kind| kind == Kind::Own;
    step!(own(b_rank.kind).cmp(&own(a_rank.kind)), LocallyOriginated);
    step!(a_rank.n_hops.cmp(&b_rank.n_hops), AsPathLength);
    step!(a_rank.origin.cmp(&b_rank.origin), Origin);
    if compares_med(a, b, options) {
        step!(a_rank.med.cmp(&b_rank.med), Med);
    }
    step!(a_rank.kind.cmp(&b_rank.kind), ExternalOverInternal);
    step!(a.metric.cmp(&b.metric), IgpMetric);
    (Ordering::Equal, DecidedBy::IgpMetric)
}

fn compares_med(a: &Path, b: &Path, options: &Options) -> bool {
    let same_neighbour = a.rank.neighbour.is_some() && a.rank.neighbour == b.rank.neighbour;
    let both_of_own_as = a.rank.n_hops == 0 && b.rank.n_hops == 0;
    options.always_compare_med || same_neighbour || both_of_own_as
}
