//! The tables of states and events, for reading.

use core::fmt::{Debug, Write};

use crate::proto::ike::{v1, v2};

/// A line for each state that is left, refuses or acts: what is ignored is left out.
fn table<S: Copy + Debug, E: Copy + Debug>(
    states: &[S],
    events: &[E],
    cell: impl Fn(S, E) -> Option<String>,
) -> String {
    let mut text = String::new();
    for state in states {
        writeln!(text, "{state:?}").expect("a string takes everything");
        for event in events {
            if let Some(cell) = cell(*state, *event) {
                writeln!(text, "    {:<18}{cell}", format!("{event:?}")).expect("a string takes everything");
            }
        }
    }
    text
}

#[test]
fn v2_table() {
    let cell = |state, event| match v2::transition(state, event) {
        v2::Verdict::To(next) if next == state => Some("stay".to_owned()),
        v2::Verdict::To(next) => Some(format!("→ {next:?}")),
        v2::Verdict::Refuse(notify) => Some(format!("refuse {notify}")),
        v2::Verdict::Ignore => None,
    };
    insta::assert_snapshot!(table(&v2::State::ALL, &v2::Event::ALL, cell));
}

#[test]
fn v1_table() {
    let cell = |state, event| match v1::transition(state, event) {
        v1::Verdict::To(next) if next == state => Some("stay".to_owned()),
        v1::Verdict::To(next) => Some(format!("→ {next:?}")),
        v1::Verdict::Ignore => None,
    };
    insta::assert_snapshot!(table(&v1::State::ALL, &v1::Event::ALL, cell));
}
