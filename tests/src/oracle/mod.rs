//! Cases that real routers were put through, run by the product, and the comparison of the two.

pub mod ike;
