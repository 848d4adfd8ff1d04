//! Finding a command by a few of its letters.

/// Where the words of `wanted` stand in `text`, each with its letters in order, with how good a find that is; `None` where
/// one is missing. The words may come in any order. Letters that begin a word, or follow the one before, count for more.
#[must_use]
pub fn find(wanted: &str, text: &str) -> Option<Find> {
    let letters: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    let mut all = Find {
        score: 0,
        places: Vec::new(),
    };
    for word in wanted.split_whitespace() {
        let found = find_word(word, &letters)?;
        all.score += found.score;
        all.places.extend(found.places);
    }
    all.places.sort_unstable();
    all.places.dedup();
    Some(all)
}

/// The best of three ways to find it: in one piece, by the beginnings of words, and letter by letter wherever they come first.
fn find_word(wanted: &str, letters: &[char]) -> Option<Find> {
    let wanted: Vec<char> = wanted.chars().flat_map(char::to_lowercase).collect();
    let ways = [
        in_one_piece(&wanted, letters),
        in_order(&wanted, letters, begins_word),
        in_order(&wanted, letters, |_, _| true),
    ];
    let all = ways.into_iter().flatten().map(|places| Find {
        score: score(&places, letters),
        places,
    });
    // Of equal finds the first.
    all.reduce(|best, other| if other.score > best.score { other } else { best })
}

fn begins_word(letters: &[char], place: usize) -> bool {
    place == 0 || !letters[place - 1].is_alphanumeric()
}

/// Where the letters stand one after the other: at the beginning of a word, where they do there.
fn in_one_piece(wanted: &[char], letters: &[char]) -> Option<Vec<usize>> {
    let n = wanted.len().max(1);
    let places = || (0..letters.len()).filter(|place| letters[*place..].starts_with(wanted));
    let first = places().find(|place| begins_word(letters, *place));
    let first = first.or_else(|| places().next())?;
    Some((first..first + n).collect())
}

/// Where the letters stand in order: right after the one before, else at a place that is `fit`, else anywhere.
fn in_order(wanted: &[char], letters: &[char], fit: impl Fn(&[char], usize) -> bool) -> Option<Vec<usize>> {
    let mut places: Vec<usize> = Vec::new();
    let mut from = 0;
    for wanted in wanted {
        let here = || (from..letters.len()).filter(|place| letters[*place] == *wanted);
        let follows = !places.is_empty() && letters.get(from) == Some(wanted);
        let place = if follows {
            Some(from)
        } else {
            here()
                .find(|place| fit(letters, *place))
                .or_else(|| here().next())
        }?;
        places.push(place);
        from = place + 1;
    }
    Some(places)
}

fn score(places: &[usize], letters: &[char]) -> u32 {
    let pairs = core::iter::once(None).chain(places.iter().map(Some)).zip(places);
    let of = |(before, place): (Option<&usize>, &usize)| {
        if before.is_some_and(|before| before + 1 == *place) {
            3
        } else if begins_word(letters, *place) {
            2
        } else {
            0
        }
    };
    pairs.map(of).sum()
}

/// A find.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Find {
    /// The higher the better.
    pub score: u32,
    /// The places of the letters that were wanted.
    pub places: Vec<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_found_in_order_and_words_by_their_beginnings() {
        assert_eq!(find("ru", "run until").map(|find| find.places), Some(vec![0, 1]));
        assert_eq!(
            find("rt", "restart run timer").map(|find| find.places),
            Some(vec![0, 12])
        );
        // What stands in the middle of a word is found whole, whatever words before begin with its letters.
        assert_eq!(
            find("start", "save the time of a restart").map(|find| find.places),
            Some(vec![21, 22, 23, 24, 25])
        );
        assert_eq!(
            find("what", "why or what").map(|find| find.places),
            Some(vec![7, 8, 9, 10])
        );
        assert_eq!(
            find("stat", "some things at a time").map(|find| find.places.len()),
            Some(4)
        );
        assert_eq!(find("xyz", "run until"), None);
        let swapped = find("pri down", "link_down dx-primary").map(|find| find.places);
        assert_eq!(swapped, Some(vec![5, 6, 7, 8, 13, 14, 15]));
        assert_eq!(find("down tertiary", "link_down dx-primary"), None);
        assert_eq!(find("", "anything").map(|find| find.score), Some(0));
    }

    #[test]
    fn a_word_beats_scattered_letters() {
        let score = |text| find("step", text).map_or(0, |find| find.score);
        assert!(score("step one event") > score("restart the replay"));
    }
}
