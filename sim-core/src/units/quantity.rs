//! The grammar that all units share: decimal numbers followed by a unit word.

/// Why a piece of text is not a quantity of the kind that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// Nothing but white space.
    #[error("expected a quantity such as {example:?}, found nothing")]
    Empty {
        /// A well-formed quantity of the wanted kind.
        example: &'static str,
    },
    /// A number was wanted and something else stood there.
    #[error("expected a number in {text:?}, for example {example:?}")]
    NotANumber {
        /// The text as found.
        text: String,
        /// A well-formed quantity of the wanted kind.
        example: &'static str,
    },
    /// The number carries no unit, so its size would have to be guessed.
    #[error("{text:?} has no unit; write one of {units}")]
    MissingUnit {
        /// The text as found.
        text: String,
        /// The unit words that would do.
        units: &'static str,
    },
    /// The unit word is not one of this kind.
    #[error("unknown unit {unit:?} in {text:?}; use one of {units}")]
    UnknownUnit {
        /// The text as found.
        text: String,
        /// The word that is no unit.
        unit: String,
        /// The unit words that would do.
        units: &'static str,
    },
    /// The quantity is larger than the simulator can hold, or finer than it can tell apart.
    #[error("{text:?} is out of range; the largest is {largest}")]
    OutOfRange {
        /// The text as found.
        text: String,
        /// The largest quantity of this kind.
        largest: &'static str,
    },
}

/// What a kind of quantity accepts.
pub(super) struct Grammar {
    /// Unit words and what one of each is worth in the base unit.
    pub(super) units: &'static [(&'static str, u64)],
    /// The unit words as shown to a person.
    pub(super) listed: &'static str,
    /// A well-formed quantity.
    pub(super) example: &'static str,
    /// The largest quantity, as shown to a person.
    pub(super) largest: &'static str,
}

impl Grammar {
    /// Reads one or more `number unit` pairs and adds them up in the base unit.
    ///
    /// Several pairs (`1h30m`) are accepted so that spans read naturally; a kind that has one
    /// unit per quantity simply never writes two.
    pub(super) fn parse(&self, text: &str) -> Result<u64, QuantityError> {
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(QuantityError::Empty {
                example: self.example,
            });
        }
        let mut total: u128 = 0;
        while !rest.is_empty() {
            let digits = rest
                .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_'))
                .unwrap_or(rest.len());
            let (number, after) = rest.split_at(digits);
            let (whole, fraction) = self.number(text, number)?;
            let after = after.trim_start();
            let word = after
                .find(|c: char| c.is_ascii_digit() || c.is_whitespace())
                .unwrap_or(after.len());
            let (unit, after) = after.split_at(word);
            if unit.is_empty() {
                return Err(QuantityError::MissingUnit {
                    text: text.to_owned(),
                    units: self.listed,
                });
            }
            let Some(&(_, worth)) = self.units.iter().find(|(name, _)| *name == unit) else {
                return Err(QuantityError::UnknownUnit {
                    text: text.to_owned(),
                    unit: unit.to_owned(),
                    units: self.listed,
                });
            };
            let (numerator, denominator) = fraction;
            total = whole
                .checked_mul(u128::from(worth))
                .and_then(|n| n.checked_add(numerator * u128::from(worth) / denominator))
                .and_then(|n| n.checked_add(total))
                .ok_or_else(|| self.out_of_range(text))?;
            rest = after.trim_start();
        }
        u64::try_from(total).map_err(|_| self.out_of_range(text))
    }

    /// A decimal as its whole part and its fraction (numerator, power of ten).
    fn number(&self, text: &str, number: &str) -> Result<(u128, (u128, u128)), QuantityError> {
        let malformed = || QuantityError::NotANumber {
            text: text.to_owned(),
            example: self.example,
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = |part: &str| -> String { part.chars().filter(|c| *c != '_').collect() };
        let (whole, fraction) = (digits(whole), digits(fraction));
        if whole.is_empty() || fraction.contains('.') || (fraction.is_empty() && number.contains('.')) {
            return Err(malformed());
        }
        // Twelve decimals are finer than a nanosecond in a day; more would only overflow.
        if whole.len() > 20 || fraction.len() > 12 {
            return Err(self.out_of_range(text));
        }
        let whole: u128 = whole.parse().map_err(|_| malformed())?;
        let power = 10u128.pow(u32::try_from(fraction.len()).unwrap_or(0));
        let numerator: u128 = if fraction.is_empty() {
            0
        } else {
            fraction.parse().map_err(|_| malformed())?
        };
        Ok((whole, (numerator, power)))
    }

    fn out_of_range(&self, text: &str) -> QuantityError {
        QuantityError::OutOfRange {
            text: text.to_owned(),
            largest: self.largest,
        }
    }
}

/// Writes `value` in the largest unit that leaves a whole part, with at most `decimals` decimals
/// and no trailing zeros. The text may round; use it for people, not for arithmetic.
pub(super) fn write_scaled(
    f: &mut core::fmt::Formatter<'_>,
    value: u64,
    units: &[(&str, u64)],
    decimals: u32,
) -> core::fmt::Result {
    let (unit, worth) = units
        .iter()
        .find(|(_, worth)| value >= *worth)
        .or(units.last())
        .copied()
        .unwrap_or(("", 1));
    let power = 10u64.pow(decimals);
    let whole = value / worth;
    let rest = u128::from(value % worth) * u128::from(power) / u128::from(worth);
    if rest == 0 {
        return f.pad(&format!("{whole}{unit}"));
    }
    let mut fraction = format!("{rest:0width$}", width = decimals as usize);
    fraction.truncate(fraction.trim_end_matches('0').len());
    f.pad(&format!("{whole}.{fraction}{unit}"))
}
