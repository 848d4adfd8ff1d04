//! A session that is saved and opened again is where it was, and says so where it is not.

use sim_core::kernel::Parting;
use sim_core::lab::{BranchError, Branches, Checkpoints, Keep, Order, Session};
use sim_core::scenario::{SourceError, is_session, load, read_session, shipped_base};
use sim_core::units::{SimTime, Span};

use crate::small_lab::run;

const FEW: Checkpoints = Checkpoints { every: 64, most: 8 };

pub(crate) fn minute(n: u64) -> SimTime {
    SimTime::at(Span::minutes(n))
}

fn link_down(target: &str, lasts: Option<Span>) -> Order {
    Order {
        kind: "link_down",
        target: target.to_owned(),
        amount: String::new(),
        lasts,
    }
}

/// Three branches of a broken lab, which is laid over another one: with faults that last, that heal, and that lie ahead.
pub(crate) fn tree(lab: &str) -> Branches {
    let text = shipped_base(lab).expect("it ships");
    let blueprint = load(&text, lab, &shipped_base).expect("it is right").blueprint;
    let mut session = Session::open(blueprint, Some(5), Keep::Last(200)).expect("the lab begins");
    session.keep_checkpoints(FEW);
    run(&mut session, minute(4));
    session
        .inject(link_down("dx-primary", Some(Span::minutes(3))))
        .expect("the link is up");
    run(&mut session, minute(5));
    let mut tree = Branches::new(session, "main");
    tree.branch("both \"lines\"").expect("the name is free");
    run(tree.session_mut(), minute(9));
    tree.switch("both \"lines\"").expect("it is there");
    tree.session_mut()
        .inject(link_down("dx-secondary", None))
        .expect("the link is up");
    run(tree.session_mut(), minute(6));
    tree.branch("healed").expect("the name is free");
    tree.switch("healed").expect("it is there");
    run(tree.session_mut(), minute(8));
    let lasting = tree.session().injected();
    tree.session_mut().heal(&lasting[0]).expect("it lasts");
    // What was done lies ahead of where it stands.
    tree.session_mut().seek(minute(7));
    tree
}

#[track_caller]
fn assert_same(one: &Branches, other: &Branches) {
    assert_eq!(one.current(), other.current());
    assert_eq!(one.rows(), other.rows());
    let names: Vec<String> = one.rows().into_iter().map(|row| row.name).collect();
    let (mut one, mut other) = (one.clone(), other.clone());
    for name in names {
        one.switch(&name).expect("it is there");
        other.switch(&name).expect("it is there");
        for later in [Span::ZERO, Span::minutes(5)] {
            let (one, other) = (one.session_mut(), other.session_mut());
            let until = one.now() + later;
            run(one, until);
            run(other, until);
            assert_eq!(one.trace_hash(), other.trace_hash(), "{name}");
            assert_eq!(one.journal(), other.journal(), "{name}");
            assert_eq!(one.outages(), other.outages(), "{name}");
            assert_eq!(one.injected(), other.injected(), "{name}");
            assert!(one.records().eq(other.records()), "{name}");
        }
    }
}

pub(crate) fn text_of(tree: &Branches) -> String {
    let lab = tree.session().blueprint();
    tree.saved().to_text(&lab.names, lab.migration.as_ref())
}

#[test]
fn what_was_saved_is_opened_as_it_was() {
    let tree = tree("onprem-no-forwarder");
    let text = text_of(&tree);
    let saved = tree.saved();
    assert_eq!(saved.lab.texts.len(), 2, "a lab and what it is laid over");
    assert!(is_session(&text) && !is_session(&saved.lab.texts["onprem-no-forwarder"]));
    ron::from_str::<ron::Value>(&text).expect("it is RON");

    let (loaded, saved) = read_session(text.as_bytes(), "mine.ron").expect("it was just written");
    assert_eq!(saved, tree.saved());
    let again = Branches::reopen(loaded.blueprint, &saved, Keep::Last(200), FEW).expect("it opens");
    assert_eq!(again.departures, []);
    assert_same(&again.branches, &tree);
    assert_eq!(text_of(&again.branches), text);
}

/// A branch that is renamed or deleted takes nothing from those that were taken from it, in the file neither.
#[test]
fn branches_are_renamed_and_deleted_and_saved_so() {
    let mut tree = tree("onprem-to-aws");
    let before = tree.clone();
    tree.rename("both \"lines\"", "both").expect("the name is free");
    tree.rename("healed", "healed").expect("its own name is no error");
    let listed = |tree: &Branches| -> Vec<(String, Option<String>)> {
        let rows = tree.rows().into_iter();
        rows.map(|row| (row.name, row.from)).collect()
    };
    let named = |name: &str, from: Option<&str>| (name.to_owned(), from.map(str::to_owned));
    assert_eq!(
        listed(&tree),
        [
            named("both", Some("main")),
            named("healed", Some("both")),
            named("main", None)
        ]
    );
    tree.delete("both").expect("it is not the current one");
    assert_eq!(
        listed(&tree),
        [named("healed", Some("main")), named("main", None)]
    );
    tree.rename("healed", "cured").expect("the name is free");
    assert_eq!(tree.current(), "cured");
    assert_eq!(tree.session().trace_hash(), before.session().trace_hash());
    // Of the first one, too; then there are as many first ones as were taken from it.
    tree.branch("other").expect("the name is free");
    tree.rename("cured", "mended").expect("the name is free");
    tree.delete("main").expect("it is not the current one");
    assert_eq!(
        listed(&tree),
        [named("mended", None), named("other", Some("mended"))]
    );

    let refused = |done: Result<(), BranchError>| done.expect_err("it is refused").to_string();
    insta::assert_snapshot!([
        refused(tree.rename("none", "some")),
        refused(tree.rename("mended", "other")),
        refused(tree.rename("mended", "  ")),
        refused(tree.branch("")),
        refused(tree.delete("none")),
        refused(tree.delete("mended")),
    ].join("\n"), @r#"
    there is no branch "none"; there are mended, other
    there is a branch "other" already
    a branch needs a name
    a branch needs a name
    there is no branch "none"; there are mended, other
    "mended" is the current branch; switch to another one first
    "#);

    let (loaded, saved) = read_session(text_of(&tree).as_bytes(), "mine.ron").expect("it was just written");
    let again = Branches::reopen(loaded.blueprint, &saved, Keep::Last(200), FEW).expect("it opens");
    assert_eq!(again.departures, []);
    assert_same(&again.branches, &tree);
}

/// Without the branch that all were taken from, each is opened from the beginning.
#[test]
fn a_tree_may_have_lost_its_first_branch() {
    let mut tree = tree("onprem-to-aws");
    tree.switch("main").expect("it is there");
    tree.branch("other").expect("the name is free");
    tree.switch("other").expect("it is there");
    tree.delete("main").expect("it is not the current one");
    assert_eq!(tree.rows().iter().filter(|row| row.from.is_none()).count(), 2);
    let (loaded, saved) = read_session(text_of(&tree).as_bytes(), "mine.ron").expect("it was just written");
    let again = Branches::reopen(loaded.blueprint, &saved, Keep::Last(200), FEW).expect("it opens");
    assert_eq!(again.departures, []);
    assert_same(&again.branches, &tree);
}

/// As if another program had written it: the lab has a slower line since.
#[test]
fn where_the_lab_has_changed_the_first_difference_is_told_and_the_rest_is_done_again() {
    let tree = tree("onprem-to-aws");
    let text = text_of(&tree);
    let written = text.replacen("delay: \"", "delay: \"1", 1);
    assert_ne!(text, written);
    let (loaded, saved) = read_session(written.as_bytes(), "mine.ron").expect("the notation is right");
    let again = Branches::reopen(loaded.blueprint, &saved, Keep::Last(200), FEW).expect("it opens");
    let departure = again.departures.first().expect("a line is slower");
    assert_eq!(
        (departure.branch.as_str(), departure.same_until),
        ("main", SimTime::START)
    );
    assert!(departure.differs_at > SimTime::START && departure.differs_at < minute(5));
    assert_eq!(departure.lost, Vec::<String>::new());
    // The two runs are compared record by record: the file says at which they part.
    let records = |text: &str| -> Vec<String> {
        let (loaded, saved) = read_session(text.as_bytes(), "mine.ron").expect("the notation is right");
        let it = Branches::reopen(loaded.blueprint, &saved, Keep::All, FEW).expect("it opens");
        let all = it.branches.sessions();
        let (_, main) = all
            .iter()
            .find(|(row, _)| row.name == "main")
            .expect("it is there");
        main.records().map(|record| format!("{record:?}")).collect()
    };
    let (before, now) = (records(&text), records(&written));
    let first = 1 + before
        .iter()
        .zip(&now)
        .position(|(one, other)| one != other)
        .expect("they differ");
    let first = u64::try_from(first).expect("it fits");
    assert_eq!(departure.record, Some(Parting { first, last: first }));
    // A file without trails says no more than between which marks.
    let mut older = written.replacen("version: 2", "version: 1", 1);
    while let Some(from) = older.find("            trail:") {
        let to = from + older[from..].find("            ]),\n").expect("it ends") + "            ]),\n".len();
        older.replace_range(from..to, "");
    }
    let (loaded, saved) = read_session(older.as_bytes(), "mine.ron").expect("older files are read");
    let again_older = Branches::reopen(loaded.blueprint, &saved, Keep::Last(200), FEW).expect("it opens");
    assert_eq!(again_older.departures[0].record, None);
    assert_eq!(again_older.departures[0].differs_at, departure.differs_at);
    // By hand was done what had been done, at the same instants.
    for (row, before) in again.branches.rows().iter().zip(tree.rows()) {
        assert_eq!(
            (&row.name, row.now, row.n_done),
            (&before.name, before.now, before.n_done)
        );
    }
}

#[track_caller]
fn check_refused(text: &str, message: &str, line: usize) {
    let error = read_session(text.as_bytes(), "mine.ron").expect_err("it is wrong");
    let SourceError::Invalid { diagnostics, .. } = error else {
        panic!("{error}");
    };
    let found = diagnostics
        .iter()
        .find(|it| it.message.contains(message))
        .unwrap_or_else(|| panic!("{diagnostics:#?}"));
    assert_eq!(found.labels.first().map(|it| it.line), Some(line), "{found:#?}");
}

#[test]
fn what_is_wrong_with_a_saved_session_is_shown_where_it_stands() {
    let text = text_of(&tree("onprem-to-aws"));
    let line_of = |part: &str| {
        text[..text.find(part).expect("it is there")]
            .matches('\n')
            .count()
            + 1
    };
    check_refused(
        &text.replacen("version: 2", "version: 9", 1),
        "version 9 is not one",
        line_of("version: 2"),
    );
    check_refused(
        &text.replacen("current: \"healed\"", "current: \"heeled\"", 1),
        "there is no branch `heeled`",
        line_of("current"),
    );
    check_refused(
        &text.replacen("of: \"dx-primary\"", "of: \"dx-primeval\"", 1),
        "nothing that link_down can be done to is called dx-primeval",
        line_of("of: \"dx-primary\""),
    );
    check_refused(
        &text.replacen("kind: link_down", "kind: link_sideways", 1),
        "link_sideways",
        line_of("kind: link_down"),
    );
    check_refused(
        &text.replacen(
            "inject: (",
            "inject: (kind: link_down, of: \"dx-primary\"), heal: (since: \"1m\", by: hand, ",
            1,
        ),
        "one of `change`, `inject` and `heal`",
        line_of("inject: ("),
    );
    check_refused(
        &text.replacen("done: 2", "done: 7", 1),
        "so 7 cannot be done",
        line_of("done: 2"),
    );
    // None of these is run until the end of time.
    let journal = text.find("journal: [").expect("it is there");
    let deed = &text[journal + text[journal..].find("(at: ").expect("it is there")..];
    let at = &deed[.."(at: \"4m\"".len()];
    let after =
        &deed[deed.find("after: ").expect("it is there")..deed.find(", inject").expect("it is there")];
    check_refused(
        &text.replacen(at, "(at: \"9999d\"", 1),
        "9999d is too long after the end of the lab",
        line_of(at),
    );
    check_refused(
        &text.replacen(at, "(at: \"11m\"", 1),
        "11m is later than the present of its branch",
        line_of(at),
    );
    check_refused(
        &text.replacen(after, "after: 18446744073709551615", 1),
        "18446744073709551615 steps is later than the present of its branch",
        line_of(after),
    );
    check_refused(
        &text.replacen("now: \"9m\"", "now: \"9999d\"", 1),
        "9999d is too long after the end of the lab",
        line_of("now: \"9m\""),
    );
    check_refused("Lab(schema: 1)", "expected `Session(version: 2, …)`", 1);
    assert!(read_session(b"\xff\xfe", "mine.ron").is_err());
    assert!(load(&text, "mine.ron", &shipped_base).is_err());
    // Cut anywhere, it is refused and nothing else.
    let bytes = text.as_bytes();
    for n in (0..text.find("texts: [").expect("it is there")).step_by(97) {
        assert!(read_session(&bytes[..n], "mine.ron").is_err());
    }
}
