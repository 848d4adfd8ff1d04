//! The edge: sessions and labs in files, written whole or not at all, kept from second to second, and the folders in which
//! they are. The only module that touches files and the wall clock; both programs use it, the model does not know it.

#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "here files are read and written for both programs; nothing below uses this module"
)]

pub mod autosave;
pub mod keeper;
pub mod kept;
pub mod places;
pub mod whole_file;
