//! The labs that ship inside the program.

use std::borrow::Cow;

macro_rules! shipped {
    ($($name:literal,)*) => {
        /// Name and text of every shipped lab, in the order in which they are listed.
        pub(super) const SHIPPED: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../scenarios/", $name, ".ron"))),)*];
    };
}

shipped! {
    "region-to-region",
}

/// Name and text of every shipped lab, in the order in which they are listed.
#[must_use]
pub fn shipped() -> &'static [(&'static str, &'static str)] {
    SHIPPED
}

/// The shipped labs as bases for others: the function to hand to [`super::load`] where there is
/// nothing else to build on.
#[must_use]
pub fn shipped_base(name: &str) -> Option<Cow<'static, str>> {
    SHIPPED
        .iter()
        .find(|(shipped, _)| *shipped == name)
        .map(|(_, text)| Cow::Borrowed(*text))
}
