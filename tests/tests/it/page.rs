//! Pages of the documentation that are written by the model.

use std::env;
use std::fs;
use std::path::Path;

/// A page under `docs/` has to be what the model says. As with every snapshot, `just bless` rewrites it.
#[track_caller]
pub(crate) fn assert_page(name: &str, page: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name);
    if env::var("INSTA_UPDATE").is_ok_and(|how| how == "always") {
        fs::write(&file, page).expect("docs/ can be written");
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(
        written, page,
        "docs/{name} is not what the model says; `just bless` rewrites it"
    );
}
