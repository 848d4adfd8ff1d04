//! Finding a command by a few of its letters.

/// Where the letters of `wanted` stand in `text`, in order, with how good a find that is; `None`
/// where one is missing. Letters that begin a word, or follow the one before, count for more.
#[must_use]
pub fn find(wanted: &str, text: &str) -> Option<Find> {
    let letters: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    let mut places = Vec::new();
    let mut score = 0;
    let mut from = 0;
    for wanted in wanted.chars().flat_map(char::to_lowercase) {
        if wanted == ' ' {
            continue;
        }
        let next = |begins_word: bool| {
            (from..letters.len()).find(|&place| {
                letters[place] == wanted
                    && (!begins_word || place == 0 || !letters[place - 1].is_alphanumeric())
            })
        };
        let follows = places.last().is_some() && letters.get(from) == Some(&wanted);
        let place = if follows {
            Some(from)
        } else {
            next(true).or_else(|| next(false))
        }?;
        score += if follows {
            3
        } else if place == 0 || !letters[place - 1].is_alphanumeric() {
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
        assert_eq!(find("", "anything").map(|find| find.score), Some(0));
    }

    #[test]
    fn a_word_beats_scattered_letters() {
        let score = |text| find("step", text).map_or(0, |find| find.score);
        assert!(score("step one event") > score("restart the replay"));
    }
}
