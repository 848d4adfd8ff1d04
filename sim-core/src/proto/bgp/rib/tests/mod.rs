//! Tests of the tables: single routers that are told things, and small networks of them.

mod aggregate;
mod converge;
mod decision;
mod exchange;
mod export;
mod import;
mod lab;
mod multipath;
mod outbound;
mod restart;
