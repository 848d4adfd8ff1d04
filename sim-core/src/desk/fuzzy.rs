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

fn find_word(wanted: &str, letters: &[char]) -> Option<Find> {
    let begins_word = |place: usize| place == 0 || !letters[place - 1].is_alphanumeric();
    let mut places = Vec::new();
    let mut score = 0;
    let mut from = 0;
    for wanted in wanted.chars().flat_map(char::to_lowercase) {
        let mut here = (from..letters.len()).filter(|&place| letters[place] == wanted);
        let follows = places.last().is_some() && letters.get(from) == Some(&wanted);
        let place = if follows {
            Some(from)
        } else {
            here.clone()
                .find(|&place| begins_word(place))
                .or_else(|| here.next())
        }?;
        score += if follows {
            3
        } else if begins_word(place) {
            2
        } else {
            0
        };
        places.push(place);
        from = place + 1;
    }
    Some(Find { score, places })
}

/// A find.
#[derive(Debug, Clone, PartialEq, Eq)]
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
