//! The name that somebody probably meant.

/// The nearest of `names`, where it is near enough to have been meant.
#[must_use]
pub fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A third of the letters may be wrong, and at least two.
    let most = (wanted.chars().count() / 3).max(2);
    names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(wanted, name), name))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_finger_is_mended_and_anything_else_is_not() {
        let names = ["region-to-region", "forty-servers"];
        assert_eq!(nearest("region-to-regoin", names), Some("region-to-region"));
        assert_eq!(nearest("something-else", names), None);
    }
}
