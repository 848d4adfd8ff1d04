//! The dashboard and the window opened on one saved session show the same, which is what `view` says.

use std::path::PathBuf;

use egui_kittest::kittest::Queryable;
use gui::window::Window;
use sim_core::desk::{Content, format, labs, session_text};
use sim_core::lab::{Branches, Order};
use sim_core::storage::{kept, whole_file};
use sim_core::units::{SimTime, Span};
use sim_core::view::View;
use tui::dashboard::Dashboard;
use tui::palette::Palette;
use tui::theme::{Letters, Look};

use crate::driven::{press, shown_in, tells};

/// A session that was saved in the midst of a failure.
fn saved(name: &str) -> PathBuf {
    let mut session = labs::open("onprem-to-aws").expect("it ships");
    session.advance(SimTime::at(Span::hours(3)), u64::MAX);
    let mut branches = Branches::new(session, "main");
    branches.branch("other").expect("there is none yet");
    let order = Order {
        kind: "link_down",
        target: "dx-primary".to_owned(),
        amount: String::new(),
        lasts: None,
    };
    branches.session_mut().inject(order).expect("the link is up");
    let until = SimTime::at(Span::hours(3) + Span::minutes(2));
    branches.session_mut().advance(until, u64::MAX);
    let file = std::env::temp_dir().join(format!("causeway-{name}-{}.session.ron", std::process::id()));
    whole_file::write(&file, session_text(&branches)).expect("it can be written");
    file
}

fn reopened(file: &std::path::Path) -> Branches {
    match kept::open_any(file).expect("it was saved") {
        Content::Session(it) => {
            assert_eq!(it.departures, []);
            it.branches
        }
        Content::Lab(_) => panic!("it is a session"),
    }
}

/// What the dashboard draws on a screen large enough for all of it.
fn drawn(dashboard: &mut Dashboard) -> String {
    const WIDTH: u16 = 300;
    let picture = dashboard.picture(WIDTH, 120);
    let cells: Vec<&str> = picture.content().iter().map(|cell| cell.symbol()).collect();
    let lines = cells.chunks(usize::from(WIDTH)).map(|line| line.concat());
    lines.collect::<Vec<String>>().join("\n")
}

#[test]
fn both_show_the_facts_of_view() {
    let file = saved("both");
    let branches = reopened(&file);
    let look = Look::of(Palette::Dark, Letters::Unicode);
    let mut dashboard = Dashboard::reopened(branches.clone(), look);
    let mut harness = shown_in(Window::reopened(branches.clone()), [1800.0, 2000.0]);
    std::fs::remove_file(&file).expect("it was written");
    let view = View::of(branches.session());
    assert_eq!(harness.state().desk().feed().snapshot, view.snapshot());
    assert_eq!(dashboard.parts().0.feed().snapshot, view.snapshot());

    let mut both = |pane: &str, key: &str, facts: Vec<String>| {
        assert!(!facts.is_empty(), "{pane} has nothing to compare");
        assert!(dashboard.show_view(pane), "the dashboard has no {pane}");
        press(&mut harness, key);
        // All rows there are, whatever the window's height.
        press(&mut harness, "z");
        harness.run_steps(3);
        let text = drawn(&mut dashboard);
        for fact in facts {
            assert!(
                text.contains(&fact),
                "the dashboard's {pane} does not show {fact}:\n{text}"
            );
            assert!(tells(&harness, &fact), "the window's {pane} does not show {fact}");
        }
        press(&mut harness, "z");
    };
    let sessions = view.bgp_sessions();
    let facts = sessions
        .iter()
        .flat_map(|it| [it.name.clone(), it.state.to_string()]);
    both("BGP", "3", facts.collect());
    let flows = view.flows();
    let facts = flows
        .iter()
        .map(|it| format::rate(it.rate))
        .chain(flows.iter().map(|it| it.path.join(", ")));
    both("Flows", "5", facts.collect());
    let topology = view.topology();
    let lines = topology.links.iter().filter(|link| link.is_line());
    let facts = lines.flat_map(|it| [it.name.clone(), it.state.clone()]);
    both("Links", "2", facts.collect());
    let goals = view.goals();
    both(
        "Expectations",
        "E",
        goals.iter().map(|it| it.name.clone()).collect(),
    );
    let servers = view.servers();
    both(
        "Migration",
        "7",
        servers.iter().map(|it| it.name.clone()).collect(),
    );
    assert!(harness.get_by_label_contains("Branch other").rect().width() > 0.0);
}
