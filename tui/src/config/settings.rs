//! Where in a text of settings one of them stands.

use std::ops::Range;

/// The setting, or the entry of one that is made of several, in which a place is, with the comma after it; none where the place
/// is in none.
pub(super) fn around(text: &[char], place: usize) -> Option<Range<usize>> {
    let all = scan(text).entries;
    let holds =
        |range: &&(usize, Range<usize>)| range.1.contains(&place) && !is_blank(&text[range.1.clone()]);
    // An entry that says nothing is not what is wrong: then it is the setting that holds it.
    let inner = all.iter().filter(|(depth, _)| *depth == 2).find(holds);
    let found = inner.or_else(|| all.iter().filter(|(depth, _)| *depth == 1).find(holds));
    found.map(|(_, range)| range.clone())
}

fn is_blank(text: &[char]) -> bool {
    let is_nothing = |letter: &char| letter.is_whitespace() || matches!(letter, ',' | ')' | '}');
    text.iter().all(is_nothing)
}

/// What stands between commas and brackets, with the level; and the brackets that are open at the end, with where the last entry
/// of each begins.
#[derive(Default)]
struct Scan {
    entries: Vec<(usize, Range<usize>)>,
    open: Vec<(usize, char)>,
}

/// The brackets that close what a text leaves open.
pub(super) fn missing(text: &[char]) -> String {
    let open = scan(text).open;
    let closes = |(_, bracket): &(usize, char)| match bracket {
        '(' => ')',
        '[' => ']',
        _ => '}',
    };
    open.iter().rev().map(closes).collect()
}

fn scan(text: &[char]) -> Scan {
    let Scan {
        entries: mut all,
        open: mut begins,
    } = Scan::default();
    let mut at = 0;
    while let Some(letter) = text.get(at) {
        match letter {
            '"' => at = end_of_string(text, at),
            '/' if text.get(at + 1) == Some(&'/') => {
                at += text[at..].iter().take_while(|letter| **letter != '\n').count();
                continue;
            }
            '(' | '[' | '{' => begins.push((at + 1, *letter)),
            ')' | ']' | '}' => {
                if let Some((begin, _)) = begins.pop() {
                    all.push((begins.len() + 1, begin..at));
                }
            }
            ',' => {
                let depth = begins.len();
                if let Some((begin, _)) = begins.last_mut() {
                    all.push((depth, *begin..at + 1));
                    *begin = at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    let open = begins.iter().enumerate();
    all.extend(open.map(|(depth, (begin, _))| (depth + 1, *begin..text.len())));
    Scan {
        entries: all,
        open: begins,
    }
}

/// The place of the quotation mark that ends a text.
fn end_of_string(text: &[char], begin: usize) -> usize {
    let mut at = begin + 1;
    while let Some(letter) = text.get(at) {
        match letter {
            '\\' => at += 1,
            '"' => return at,
            _ => {}
        }
        at += 1;
    }
    text.len()
}
