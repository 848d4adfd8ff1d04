//! Quotas that AWS raises for who asks: what a lab has had raised holds, and what it has not is refused.

use std::fmt::Write as _;

use sim_core::scenario::{Code, load, shipped_base};
use sim_core::units::Span;

use crate::on_premises::{at, way};
use crate::private_gateways::established;

/// The codes of what is wrong with a lab whose route table has so many routes.
fn said_of(n_routes: usize, quotas: &str) -> Vec<Code> {
    let mut routes = String::new();
    for n in 0..n_routes {
        write!(routes, "\"172.{}.{}.0/24\": blackhole, ", 16 + n / 256, n % 256).expect("a string grows");
    }
    let text = format!(
        r#"Lab(
            schema: 1, name: "quotas", title: "Quotas",
            regions: {{"eu-central-1": (zones: ["eu-central-1a"])}}, {quotas}
            vpcs: {{"one": (
                region: "eu-central-1", cidrs: ["10.0.0.0/16"], route_tables: {{"rt": (routes: {{{routes}}})}},
            )}},
        )"#
    );
    match load(&text, "quotas.ron", &shipped_base) {
        Ok(_) => Vec::new(),
        Err(found) => found.iter().map(|it| it.code).collect(),
    }
}

#[test]
fn a_route_table_has_as_many_routes_as_aws_has_granted() {
    // The local route is one of them.
    assert_eq!(said_of(499, ""), []);
    assert_eq!(said_of(500, ""), [Code::Refused]);
    let raised = "vpc_quotas: (routes_per_table: 600),";
    assert_eq!(said_of(599, raised), []);
    assert_eq!(said_of(600, raised), [Code::Refused]);
}

#[test]
fn a_virtual_interface_takes_the_prefixes_that_are_allocated_to_it() {
    let with = |overlay: &str| {
        let text = format!(
            "Lab(schema: 1, base: \"dx-too-many-prefixes\", name: \"raised\", title: \"Raised\", {overlay})"
        );
        let session = at(&text, Span::minutes(5), &[]);
        (
            established(&session, "cgw-1/dx-1"),
            way(&session, "office", "app", Some(443)).ends_with("office"),
        )
    };
    assert_eq!(with(""), (false, false));
    let allocated = |n: u32| format!("virtual_interfaces: {{\"vif-1\": (allocated_prefixes: {n})}}");
    assert_eq!(with(&allocated(101)), (false, false));
    assert_eq!(with(&allocated(102)), (true, true));
}
