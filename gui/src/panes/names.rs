//! Names: who answers for which, and what was answered last.

use sim_core::desk::feed::Feed;
use sim_core::desk::format;
use sim_core::desk::selection::Selection;
use sim_core::view::NameSource;

use crate::sheet::{Column, Row, Sheet, marked, numbers, plain, state, weak, words};

const ROWS: [Column; 4] = [
    words("Name", 140.0, 1.0),
    words("For", 120.0, 1.0),
    words("Answered by", 150.0, 3.0),
    words("Serves", 90.0, 1.0),
];

const ANSWERS: [Column; 4] = [
    words("Asked by", 130.0, 1.0),
    words("Name", 180.0, 3.0),
    words("Answer", 120.0, 2.0),
    numbers("At", 84.0),
];

/// Names.
pub(crate) fn dns(feed: &Feed) -> Sheet {
    let mut sheet = Sheet::default();
    for source in NameSource::ALL {
        let rows = feed.names.rows.iter().filter(|row| row.source == source);
        let rows = rows.map(|row| {
            Row::of(
                Selection::Resource(row.id),
                vec![
                    marked(row.health, &row.name),
                    plain(&row.answers_for),
                    plain(&row.leads_to),
                    weak(&row.serves),
                ],
            )
        });
        sheet.table(source.title(), &ROWS, rows.collect());
    }
    let answers = feed.names.answers.iter().map(|it| {
        Row::of(
            Selection::Record(it.record),
            vec![
                marked(it.health, &it.asked_by),
                plain(&it.name),
                state(&it.said, it.health),
                weak(format::clock(it.at)),
            ],
        )
    });
    sheet.table("What was answered last", &ANSWERS, answers.collect());
    sheet
}
