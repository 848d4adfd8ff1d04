//! Quotas of VPCs that a lab has had raised.

use crate::aws::quota::{PEERINGS_PER_VPC_AT_MOST, Quotas, ROUTES_PER_TABLE_AT_MOST};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Problem, Problems};
use crate::scenario::sections::LabText;

/// AWS's quotas, with what the lab says was raised.
pub(super) fn raised(lab: &LabText, problems: &mut Problems) -> Quotas {
    let usual = Quotas::default();
    let Some(text) = &lab.vpc_quotas else { return usual };
    Quotas {
        routes_per_table: one(
            text.routes_per_table,
            (usual.routes_per_table, ROUTES_PER_TABLE_AT_MOST),
            "routes in a route table",
            problems,
        ),
        peerings_per_vpc: one(
            text.peerings_per_vpc,
            (usual.peerings_per_vpc, PEERINGS_PER_VPC_AT_MOST),
            "active peering connections of a VPC",
            problems,
        ),
    }
}

fn one(text: Option<At<u32>>, (usual, most): (usize, usize), what: &str, problems: &mut Problems) -> usize {
    let Some(text) = text else { return usual };
    let wanted = text.value as usize;
    if !(usual..=most).contains(&wanted) {
        let message = format!("AWS has no quota of {wanted} {what}");
        let help = format!(
            "it is {usual}, and AWS raises it to {most} at most (\"Amazon VPC quotas\", Amazon VPC User Guide)"
        );
        problems.push(Problem::error(Code::Refused, text.place, message).help(help));
        return usual;
    }
    wanted
}
