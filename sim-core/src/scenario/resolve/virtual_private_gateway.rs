//! Virtual private gateways, and the VPN connections to them.

use crate::aws::transit_gateway::{ASNS, DEFAULT_ASN, VpnRouting};
use crate::aws::virtual_private_gateway::{CONNECTIONS, Connection, STATIC_PREFIXES, VirtualPrivateGateway};
use crate::net::prefix_table::PrefixTable;
use crate::proto::bgp::Asn;
use crate::resource::{RouterId, VirtualPrivateGatewayId, VpcId};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Problem, Problems};
use crate::scenario::read::Entry;
use crate::scenario::sections::{LabText, VpnText};

use super::cloud::Draft;
use super::scope::Scope;

/// Virtual private gateways of a lab; AWS starts at 5 in each Region ("Site-to-Site VPN quotas").
const MOST_GATEWAYS: usize = 100;

/// Declares the gateways, so that route tables and connections may lead to them.
pub(super) fn declare(lab: &LabText, scope: &mut Scope, draft: &mut Draft, problems: &mut Problems) {
    let first = lab.virtual_private_gateways.iter().next();
    let n_gateways = lab.virtual_private_gateways.iter().len();
    let what = "virtual private gateways";
    if first.is_some_and(|it| !problems.at_most(MOST_GATEWAYS, n_gateways, it.name.place, what)) {
        return;
    }
    for entry in &lab.virtual_private_gateways {
        let id = scope.virtual_private_gateways.declare(&entry.name, problems);
        let Some(text) = &entry.body else { continue };
        let named = text.vpc.as_ref();
        let vpc = named.and_then(|name| scope.vpcs.find(name, problems));
        if let (Some(other), Some(name)) = (vpc.and_then(|vpc| attached_to(vpc, draft)), named) {
            let message = format!("VPC `{}` has the virtual private gateway `{other}`", name.value);
            problems.push(
                Problem::error(Code::Refused, name.place, message)
                    .help("a VPC has one virtual private gateway; sites share it, or a Transit Gateway"),
            );
        }
        let asn = text.asn.map_or(DEFAULT_ASN, |asn| {
            own_asn(asn, "virtual private gateway", problems);
            asn.value
        });
        let row = VirtualPrivateGateway {
            name: entry.name.value.clone(),
            vpc,
            asn: Asn(asn),
            connections: Vec::new(),
            association: None,
            installed: PrefixTable::default(),
        };
        draft.virtual_private_gateways.set(id, row);
    }
}

/// The name of the gateway that is attached to a VPC.
fn attached_to(vpc: VpcId, draft: &Draft) -> Option<&str> {
    let mut all = draft.virtual_private_gateways.iter().map(|(_, row)| row);
    all.find(|row| row.vpc == Some(vpc)).map(|row| row.name.as_str())
}

/// Complains about an AS number that AWS gives no gateway of its own: it takes private ones only.
pub(super) fn own_asn(asn: At<u32>, whose: &str, problems: &mut Problems) {
    if !ASNS.iter().any(|range| range.contains(&asn.value)) {
        let message = format!("AWS gives no {whose} the AS number {}", asn.value);
        problems.push(
            Problem::error(Code::Refused, asn.place, message)
                .help("take one of 64512 to 65534 or 4200000000 to 4294967294"),
        );
    }
}

/// Joins a VPN connection to its gateway.
pub(super) fn join(
    entry: &Entry<VpnText>,
    text: &VpnText,
    (gateway, endpoints): (VirtualPrivateGatewayId, Vec<RouterId>),
    draft: &mut Draft,
    problems: &mut Problems,
) {
    let routing = text.routing.unwrap_or(VpnRouting::Bgp);
    let n_prefixes = text.prefixes.len();
    problems.at_most(
        STATIC_PREFIXES,
        n_prefixes,
        entry.name.place,
        "static routes of a VPN connection",
    );
    match (routing, text.prefixes.first()) {
        (VpnRouting::Static, None) => {
            let message = format!("VPN connection `{}` has no static route", entry.name.value);
            problems.push(
                Problem::warning(Code::BadValue, entry.name.place, message)
                    .help("say what is behind it: prefixes: [\"192.168.0.0/16\"]"),
            );
        }
        (VpnRouting::Bgp, Some(prefix)) => {
            let message = "a connection that is routed by BGP has no static routes";
            problems.push(
                Problem::error(Code::Refused, prefix.place, message)
                    .help("write routing: static_routes, or leave `prefixes` out"),
            );
        }
        (VpnRouting::Static, Some(_)) | (VpnRouting::Bgp, None) => {}
    }
    let Some(row) = draft.virtual_private_gateways.get_mut(gateway) else {
        return;
    };
    problems.at_most(
        CONNECTIONS,
        row.connections.len() + 1,
        entry.name.place,
        "VPN connections of a virtual private gateway",
    );
    row.connections.push(Connection {
        name: entry.name.value.clone(),
        customer_gateway: text
            .customer_gateway
            .get()
            .map(|it| it.value.clone())
            .unwrap_or_default(),
        endpoints,
        routing,
        prefixes: text.prefixes.iter().map(|prefix| prefix.value.trunc()).collect(),
    });
}
