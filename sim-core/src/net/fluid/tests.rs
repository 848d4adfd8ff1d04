//! The sharing against arithmetic done by hand, and against its definition.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{FlowKey, FluidLinkId, RateChange, Sharing};
use crate::units::BitRate;

const NO_CAP: BitRate = BitRate::MAX;

fn mbps(rates: &[u64]) -> Vec<BitRate> {
    rates.iter().copied().map(BitRate::mbps).collect()
}

fn settled(sharing: &mut Sharing) -> Vec<RateChange> {
    let mut changes = Vec::new();
    sharing.settle(&mut changes);
    changes
}

fn rates(sharing: &Sharing, flows: &[FlowKey]) -> Vec<BitRate> {
    flows.iter().map(|&flow| sharing.rate(flow)).collect()
}

/// 1 Gbps for three flows that would take 200 Mbps, 500 Mbps and everything. A third each would be
/// 333 Mbps; the first wants only 200. The other two share 1000 − 200 = 800: 400 each, below the
/// second one's 500.
#[test]
fn three_flows_with_different_caps_share_a_link() {
    let mut sharing = Sharing::new();
    let link = sharing.add_link(BitRate::gbps(1));
    let flows = [BitRate::mbps(200), BitRate::mbps(500), NO_CAP].map(|cap| sharing.open(&[link], cap));
    let changes = settled(&mut sharing);
    assert_eq!(rates(&sharing, &flows), mbps(&[200, 400, 400]));
    assert_eq!(
        changes.iter().map(|change| change.flow).collect::<Vec<_>>(),
        flows,
        "reported in the order of the keys"
    );
    assert_eq!(sharing.load(link), BitRate::gbps(1));
    assert_eq!(sharing.fair_share(link), Some(BitRate::mbps(400)));
    assert_eq!(
        flows.map(|flow| sharing.bottleneck(flow)),
        [None, Some(link), Some(link)]
    );

    // The first wants 450 now. A third each is 333 1/3, below every cap; thirds of a bit per
    // second are not handed out.
    sharing.set_cap(flows[0], BitRate::mbps(450));
    settled(&mut sharing);
    assert_eq!(
        rates(&sharing, &flows),
        [BitRate::bps(333_333_333); 3],
        "1 000 000 000 / 3"
    );

    // The second is closed: 1000 − 450 = 550 for the third.
    sharing.close(flows[1]);
    settled(&mut sharing);
    assert_eq!(rates(&sharing, &flows), mbps(&[450, 0, 550]));
}

/// Three links in a row, one flow over all of them and one over each (the "parking lot").
///
/// ```text
///      long ────────────────────────────▶
///      ├── 300 ──┼── 600 ──┼── 1000 ──┤
///        a         b         c
/// ```
///
/// The first link saturates first, at 300 / 2 = 150: `long` and `a`. Then 600 − 150 = 450 are left
/// for `b` and 1000 − 150 = 850 for `c`.
#[test]
fn a_long_flow_is_held_by_its_tightest_link_and_leaves_the_rest_to_others() {
    let mut sharing = Sharing::new();
    let links = [300, 600, 1_000].map(|n| sharing.add_link(BitRate::mbps(n)));
    let long = sharing.open(&links, NO_CAP);
    let [a, b, c] = links.map(|link| sharing.open(&[link], NO_CAP));
    settled(&mut sharing);
    assert_eq!(rates(&sharing, &[long, a, b, c]), mbps(&[150, 150, 450, 850]));
    assert_eq!(sharing.bottleneck(long), Some(links[0]));

    // The first link grows to 2 Gbps: now the middle one saturates first, at 600 / 2 = 300; `c`
    // gets 1000 − 300 = 700, `a` 2000 − 300 = 1700.
    sharing.set_capacity(links[0], BitRate::gbps(2));
    let changes = settled(&mut sharing);
    assert_eq!(rates(&sharing, &[long, a, b, c]), mbps(&[300, 1_700, 300, 700]));
    assert_eq!(changes.len(), 4);

    // The last link fails: `long` and `c` stand still, the others have their links to themselves.
    sharing.set_capacity(links[2], BitRate::ZERO);
    settled(&mut sharing);
    assert_eq!(rates(&sharing, &[long, a, b, c]), mbps(&[0, 2_000, 600, 0]));

    // `long` is led around the last link, where `c` goes on waiting.
    sharing.set_path(long, &links[..2]);
    let changes = settled(&mut sharing);
    assert_eq!(rates(&sharing, &[long, a, b, c]), mbps(&[300, 1_700, 300, 0]));
    assert_eq!(changes.len(), 3);
}

/// Bertsekas and Gallager's kind of chain, where a closing flow raises one, lowers the next and
/// raises the one after: links of 100, 150 and 200 Mbps.
///
/// With `x`: link 1 carries `x` and `ab`, 50 each. Link 2 leaves 150 − 50 = 100 for `bc`. Link 3
/// leaves 200 − 100 = 100 for `c`. Without `x`: link 2 saturates first, at 150 / 2 = 75, for `ab`
/// and `bc`; link 1 carries 75 of its 100. Link 3 leaves 200 − 75 = 125 for `c`.
#[test]
fn a_change_travels_along_saturated_links_with_alternating_sign() {
    let mut sharing = Sharing::new();
    let [one, two, three] = [100, 150, 200].map(|n| sharing.add_link(BitRate::mbps(n)));
    let x = sharing.open(&[one], NO_CAP);
    let ab = sharing.open(&[one, two], NO_CAP);
    let bc = sharing.open(&[two, three], NO_CAP);
    let c = sharing.open(&[three], NO_CAP);
    settled(&mut sharing);
    assert_eq!(rates(&sharing, &[x, ab, bc, c]), mbps(&[50, 50, 100, 100]));
    sharing.close(x);
    let changes = settled(&mut sharing);
    assert_eq!(rates(&sharing, &[x, ab, bc, c]), mbps(&[0, 75, 75, 125]));
    assert_eq!(
        changes,
        [(ab, 50, 75), (bc, 100, 75), (c, 100, 125)].map(|(flow, old, new)| RateChange {
            flow,
            old: BitRate::mbps(old),
            new: BitRate::mbps(new),
        })
    );
}

#[test]
fn many_changes_at_one_instant_are_one_settling() {
    let mut sharing = Sharing::new();
    let link = sharing.add_link(BitRate::mbps(100));
    let stays = sharing.open(&[link], NO_CAP);
    settled(&mut sharing);
    let goes = sharing.open(&[link], NO_CAP);
    sharing.set_cap(stays, BitRate::mbps(10));
    sharing.set_cap(stays, NO_CAP);
    sharing.set_capacity(link, BitRate::mbps(1));
    sharing.set_capacity(link, BitRate::mbps(100));
    sharing.close(goes);
    sharing.set_cap(goes, BitRate::mbps(1));
    sharing.set_path(goes, &[]);
    assert_eq!(settled(&mut sharing), [], "nothing has changed in the end");
    assert_eq!(sharing.rate(stays), BitRate::mbps(100));
}

#[test]
fn a_key_does_not_outlive_its_flow() {
    let mut sharing = Sharing::new();
    let old = sharing.open(&[], BitRate::mbps(1));
    sharing.close(old);
    let new = sharing.open(&[], BitRate::mbps(2));
    sharing.close(old);
    settled(&mut sharing);
    assert_eq!(old.place(), new.place());
    assert_eq!(rates(&sharing, &[old, new]), mbps(&[0, 2]));
}

#[test]
fn a_link_crossed_twice_counts_once_and_no_link_at_all_gives_the_cap() {
    let mut sharing = Sharing::new();
    let link = sharing.add_link(BitRate::mbps(100));
    let twice = sharing.open(&[link, link], NO_CAP);
    let nowhere = sharing.open(&[], NO_CAP);
    settled(&mut sharing);
    assert_eq!(rates(&sharing, &[twice, nowhere]), [BitRate::mbps(100), NO_CAP]);
    sharing.close(twice);
    settled(&mut sharing);
    assert_eq!(sharing.load(link), BitRate::ZERO);
}

#[test]
fn the_largest_numbers_do_not_overflow() {
    let mut sharing = Sharing::new();
    let link = sharing.add_link(NO_CAP);
    let one = sharing.open(&[link], NO_CAP);
    settled(&mut sharing);
    assert_eq!(sharing.rate(one), BitRate::bps(u64::MAX - 1));
    let two = sharing.open(&[link], NO_CAP);
    settled(&mut sharing);
    assert_eq!(
        rates(&sharing, &[one, two]),
        [BitRate::bps((u64::MAX - 1) / 2); 2]
    );
}

/// A sharing problem, plainly: capacities, and flows with their cap and path.
#[derive(Debug, Clone, Default)]
struct Plain {
    capacities: Vec<u64>,
    flows: BTreeMap<FlowKey, (u64, Vec<usize>)>,
}

impl Plain {
    fn n_on(&self, link: usize, flows: &BTreeMap<FlowKey, u64>) -> u64 {
        flows
            .keys()
            .filter(|flow| self.flows[flow].1.contains(&link))
            .count() as u64
    }

    /// The definition: the level rises one by one. Only for small numbers.
    fn step_by_step(&self) -> BTreeMap<FlowKey, u64> {
        let mut rising: BTreeMap<FlowKey, u64> = self.flows.iter().map(|(&flow, _)| (flow, 0)).collect();
        let mut rates = BTreeMap::new();
        let mut level = 0;
        while !rising.is_empty() {
            rising.retain(|flow, _| {
                let stops = self.flows[flow].0 == level;
                if stops {
                    rates.insert(*flow, level);
                }
                !stops
            });
            let saturated: Vec<usize> = (0..self.capacities.len())
                .filter(|&link| {
                    let taken: u64 = rates
                        .iter()
                        .filter(|(flow, _)| self.flows[flow].1.contains(&link))
                        .map(|(_, rate)| rate)
                        .sum();
                    taken + self.n_on(link, &rising) * (level + 1) > self.capacities[link]
                })
                .collect();
            rising.retain(|flow, _| {
                let stops = self.flows[flow].1.iter().any(|link| saturated.contains(link));
                if stops {
                    rates.insert(*flow, level);
                }
                !stops
            });
            level += 1;
        }
        rates
    }

    /// The same result opened afresh in a sharing that has no past.
    fn without_history(&self) -> BTreeMap<FlowKey, u64> {
        let mut sharing = Sharing::new();
        let links: Vec<FluidLinkId> = self
            .capacities
            .iter()
            .map(|&capacity| sharing.add_link(BitRate::bps(capacity)))
            .collect();
        let opened: Vec<(FlowKey, FlowKey)> = self
            .flows
            .iter()
            .map(|(&flow, (cap, path))| {
                let path: Vec<FluidLinkId> = path.iter().map(|&link| links[link]).collect();
                (flow, sharing.open(&path, BitRate::bps(*cap)))
            })
            .collect();
        settled(&mut sharing);
        opened
            .into_iter()
            .map(|(flow, twin)| (flow, sharing.rate(twin).as_bps()))
            .collect()
    }

    /// Feasible; and every flow has its cap, or a saturated link (less than a unit to spare per
    /// flow) on which nobody has more.
    fn assert_max_min_fair(&self, rates: &BTreeMap<FlowKey, u64>) {
        let on = |link: usize| {
            self.flows
                .iter()
                .filter(move |(_, (_, path))| path.contains(&link))
                .map(|(flow, _)| rates[flow])
        };
        for (link, &capacity) in self.capacities.iter().enumerate() {
            let load: u128 = on(link).map(u128::from).sum();
            assert!(load <= u128::from(capacity), "link {link} is overbooked");
        }
        for (flow, (cap, path)) in &self.flows {
            let rate = rates[flow];
            let held = path.iter().any(|&link| {
                let spare = self.capacities[link] - on(link).sum::<u64>();
                spare < on(link).count() as u64 && on(link).all(|other| other <= rate)
            });
            assert!(
                rate == *cap || (rate < *cap && held),
                "{flow:?} could have more than {rate}"
            );
        }
    }
}

#[derive(Debug, Clone)]
enum Op {
    Open(Vec<usize>, u64),
    Close(usize),
    Cap(usize, u64),
    Path(usize, Vec<usize>),
    Capacity(usize, u64),
    Settle,
}

const N_LINKS: usize = 8;

fn path() -> impl Strategy<Value = Vec<usize>> {
    proptest::collection::btree_set(0..N_LINKS, 1..4).prop_map(|links| links.into_iter().collect())
}

fn ops(largest: u64) -> impl Strategy<Value = Vec<Op>> {
    let cap = || prop_oneof![3 => 0..=largest, 1 => Just(u64::MAX)];
    let op = prop_oneof![
        3 => (path(), cap()).prop_map(|(path, cap)| Op::Open(path, cap)),
        2 => (0..99_usize).prop_map(Op::Close),
        4 => (0..99_usize, cap()).prop_map(|(flow, cap)| Op::Cap(flow, cap)),
        1 => (0..99_usize, path()).prop_map(|(flow, path)| Op::Path(flow, path)),
        2 => (0..N_LINKS, 0..=largest).prop_map(|(link, capacity)| Op::Capacity(link, capacity)),
        6 => Just(Op::Settle),
    ];
    proptest::collection::vec(op, 1..120)
}

/// Plays `ops` on a sharing and calls `check` after each settling.
fn play(ops: Vec<Op>, largest: u64, check: impl Fn(&Plain, &BTreeMap<FlowKey, u64>)) {
    let mut sharing = Sharing::new();
    let mut plain = Plain {
        capacities: vec![largest; N_LINKS],
        ..Plain::default()
    };
    let links: Vec<FluidLinkId> = plain
        .capacities
        .iter()
        .map(|&capacity| sharing.add_link(BitRate::bps(capacity)))
        .collect();
    let ids = |path: &[usize]| path.iter().map(|&link| links[link]).collect::<Vec<_>>();
    let mut reported: BTreeMap<FlowKey, u64> = BTreeMap::new();
    for op in ops.into_iter().chain([Op::Settle]) {
        let nth = |n: usize| plain.flows.keys().nth(n % plain.flows.len().max(1)).copied();
        match op {
            Op::Open(path, cap) => {
                let flow = sharing.open(&ids(&path), BitRate::bps(cap));
                plain.flows.insert(flow, (cap, path));
                reported.insert(flow, 0);
            }
            Op::Close(n) => {
                if let Some(flow) = nth(n) {
                    sharing.close(flow);
                    plain.flows.remove(&flow);
                    reported.remove(&flow);
                }
            }
            Op::Cap(n, cap) => {
                if let Some(flow) = nth(n) {
                    sharing.set_cap(flow, BitRate::bps(cap));
                    plain.flows.entry(flow).and_modify(|row| row.0 = cap);
                }
            }
            Op::Path(n, path) => {
                if let Some(flow) = nth(n) {
                    sharing.set_path(flow, &ids(&path));
                    plain.flows.entry(flow).and_modify(|row| row.1 = path);
                }
            }
            Op::Capacity(link, capacity) => {
                sharing.set_capacity(links[link], BitRate::bps(capacity));
                plain.capacities[link] = capacity;
            }
            Op::Settle => {
                let changes = settled(&mut sharing);
                assert!(changes.is_sorted_by(|a, b| a.flow < b.flow));
                for change in changes {
                    let rate = reported.insert(change.flow, change.new.as_bps());
                    assert_eq!(rate, Some(change.old.as_bps()));
                    assert_ne!(change.old, change.new);
                }
                let rates: BTreeMap<FlowKey, u64> = plain
                    .flows
                    .keys()
                    .map(|&flow| (flow, sharing.rate(flow).as_bps()))
                    .collect();
                assert_eq!(rates, reported, "each change is reported");
                for (link, &id) in links.iter().enumerate() {
                    let on = plain.flows.iter().filter(|(_, (_, path))| path.contains(&link));
                    let load: u64 = on.map(|(flow, _)| rates[flow]).sum();
                    assert_eq!(sharing.load(id).as_bps(), load);
                }
                check(&plain, &rates);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Whatever the history, the rates are those of the definition.
    #[test]
    fn settling_what_changed_gives_the_result_of_the_definition(ops in ops(40)) {
        play(ops, 40, |plain, rates| {
            assert_eq!(rates, &plain.step_by_step());
            plain.assert_max_min_fair(rates);
        });
    }

    /// The same for rates as they occur, against a sharing without history.
    #[test]
    fn settling_what_changed_equals_settling_from_scratch(ops in ops(10_000_000_000)) {
        play(ops, 10_000_000_000, |plain, rates| {
            assert_eq!(rates, &plain.without_history());
            plain.assert_max_min_fair(rates);
        });
    }
}
