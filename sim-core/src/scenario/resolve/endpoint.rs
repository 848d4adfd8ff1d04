//! Interface endpoints, gateway endpoints, Resolver endpoints and private hosted zones.

use std::net::Ipv4Addr;

use crate::aws::{
    Attached, DnsRecord, EndpointDirection, EndpointState, GatewayEndpoint, HostedZone, InterfaceEndpoint,
    PrivateDns, ResolverEndpoint, Route, RouteOrigin, RouteTarget, Service, SourceDestinationCheck,
};
use crate::identity::{Policy, Statement};
use crate::resource::{NetworkInterfaceId, RegionId, SecurityGroupId, SubnetId};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Place, Problem, Problems};
use crate::scenario::read::{Entries, Entry};
use crate::scenario::sections::{
    GatewayEndpointText, InterfaceEndpointText, LabText, ResolverEndpointText, StatementText, VpcText,
};
use crate::units::Span;
use crate::verdict::Destination;

use super::address::Wanted;
use super::cloud::{Draft, managed_list};
use super::scope::Scope;
use super::vpc::{Implied, own};

/// How long answers from private hosted zones may be kept where the lab does not say.
pub(super) const RECORD_TTL: Span = Span::secs(300);
/// How many addresses a Resolver endpoint has at least ("Values that you specify when you create or
/// edit inbound endpoints", Amazon Route 53 Developer Guide).
const RESOLVER_ADDRESSES: core::ops::RangeInclusive<usize> = 2..=6;
/// Zones of a Region that an endpoint can have interfaces in; none has more than six.
const MOST_ZONES: usize = 6;
/// Endpoints of a VPC, as far as the quotas can be raised ("AWS PrivateLink quotas", AWS PrivateLink
/// Guide); each is checked against all names of the VPC.
const MOST_ENDPOINTS: usize = 200;
/// Security groups of an interface, as far as the quota can be raised ("Amazon VPC quotas", Amazon
/// VPC User Guide).
pub(super) const MOST_GROUPS: usize = 16;

/// Fills the VPC's endpoints.
pub(super) fn fill(
    entry: &Entry<VpcText>,
    implied: Implied,
    scope: &Scope,
    draft: &mut Draft,
    problems: &mut Problems,
) {
    let Some(text) = &entry.body else { return };
    let n_endpoints = text.interface_endpoints.iter().len()
        + text.gateway_endpoints.iter().len()
        + text.resolver_endpoints.iter().len();
    if !problems.at_most(
        MOST_ENDPOINTS,
        n_endpoints,
        entry.name.place,
        "endpoints in a VPC",
    ) {
        return;
    }
    let region = text.region.get().and_then(|name| scope.regions.get(&name.value));
    let mut home = Home {
        text,
        implied,
        region,
        scope,
    };
    for endpoint in &text.gateway_endpoints {
        if let Some(body) = &endpoint.body {
            home.gateway(&endpoint.name, body, draft, problems);
        }
    }
    for endpoint in &text.interface_endpoints {
        if let Some(body) = &endpoint.body {
            home.interface(&endpoint.name, body, draft, problems);
        }
    }
    for endpoint in &text.resolver_endpoints {
        if let Some(body) = &endpoint.body {
            home.resolver(&endpoint.name, body, draft, problems);
        }
    }
    home.private_dns(problems);
}

/// The VPC whose endpoints are being filled.
struct Home<'l> {
    text: &'l VpcText,
    implied: Implied,
    region: Option<RegionId>,
    scope: &'l Scope,
}

impl Home<'_> {
    fn gateway(
        &mut self,
        name: &At<String>,
        text: &GatewayEndpointText,
        draft: &mut Draft,
        problems: &mut Problems,
    ) {
        let Some(service) = text.service.get() else { return };
        if !matches!(service.value, Service::S3 | Service::DynamoDb) {
            let message = format!("there is no gateway endpoint for {}", service.value);
            problems.push(
                Problem::error(Code::Refused, service.place, message)
                    .help("gateway endpoints exist for s3 and dynamodb; others need an interface endpoint"),
            );
            return;
        }
        let (Some(id), Some(region)) = (self.scope.gateway_endpoints.get(&name.value), self.region) else {
            return;
        };
        let list = managed_list(service.value, draft.region_name(region));
        let Some(prefix_list) = self.scope.prefix_lists.get(&list) else {
            return;
        };
        let route = Route {
            destination: Destination::PrefixList(prefix_list),
            target: RouteTarget::GatewayEndpoint(id),
            origin: RouteOrigin::Static,
        };
        let mut route_tables = Vec::new();
        for table in &text.route_tables {
            // AWS adds the route itself when the endpoint is associated with the table.
            let Some(table_id) = self.scope.route_tables.find(table, problems) else {
                continue;
            };
            let Some(row) = draft.route_tables.get_mut(table_id) else {
                continue;
            };
            if row.vpc != self.implied.vpc {
                let message = format!("route table `{}` belongs to another VPC", table.value);
                problems.push(Problem::error(Code::Refused, table.place, message));
            } else if row
                .routes
                .iter()
                .any(|other| other.destination == route.destination)
            {
                let message = format!("route table `{}` already has a route for {list}", table.value);
                problems.push(Problem::error(Code::Refused, table.place, message));
            } else {
                row.routes.push(route);
                route_tables.push(table_id);
            }
        }
        let row = GatewayEndpoint {
            name: name.value.clone(),
            service: service.value,
            region,
            vpc: self.implied.vpc,
            prefix_list,
            route_tables,
            policy: policy(text.policy.as_deref()),
            state: EndpointState::Available,
        };
        draft.gateway_endpoints.set(id, row);
    }

    fn interface(
        &mut self,
        name: &At<String>,
        text: &InterfaceEndpointText,
        draft: &mut Draft,
        problems: &mut Problems,
    ) {
        let (Some(id), Some(region)) = (self.scope.interface_endpoints.get(&name.value), self.region) else {
            return;
        };
        let Some(service) = text.service.get() else { return };
        let subnets = self.subnets(name.place, &text.subnets, draft, problems);
        let groups = self.groups(&text.security_groups, problems);
        let interfaces = self.interfaces(
            name,
            &subnets,
            &text.addresses,
            (&groups, Attached::Endpoint(id)),
            draft,
        );
        let label = match &text.label {
            Some(label) => {
                check_label(label, problems);
                label.value.to_lowercase()
            }
            None => made_up_label(&name.value),
        };
        let row = InterfaceEndpoint {
            name: name.value.clone(),
            label,
            service: service.value,
            region,
            vpc: self.implied.vpc,
            interfaces,
            policy: policy(text.policy.as_deref()),
            private_dns: text.private_dns.map_or(PrivateDns::Off, |setting| setting.value),
            state: EndpointState::Available,
        };
        draft.interface_endpoints.set(id, row);
    }

    fn resolver(
        &mut self,
        name: &At<String>,
        text: &ResolverEndpointText,
        draft: &mut Draft,
        problems: &mut Problems,
    ) {
        let Some(id) = self.scope.resolver_endpoints.get(&name.value) else {
            return;
        };
        let n_addresses = text.subnets.len();
        if !RESOLVER_ADDRESSES.contains(&n_addresses) {
            let message = format!("Resolver endpoint `{}` is in {n_addresses} subnets", name.value);
            problems.push_lacking(
                Problem::error(Code::Refused, name.place, message)
                    .help("AWS asks for two to six addresses: list a subnet for each, of different zones where possible"),
            );
            return;
        }
        let groups = self.groups(&text.security_groups, problems);
        let mut subnets = Vec::new();
        for subnet in &text.subnets {
            own(
                subnet,
                self.text.subnets.iter().map(|e| &e.name),
                "subnet",
                problems,
            );
            subnets.extend(self.scope.subnets.get(&subnet.value));
        }
        // Which address belongs to which subnet is known only where both lists are whole.
        let whole = subnets.len() == n_addresses && !problems.is_cut();
        let addresses: &[At<Ipv4Addr>] = if whole { &text.addresses } else { &[] };
        let interfaces = self.interfaces(
            name,
            &subnets,
            addresses,
            (&groups, Attached::Resolver(id)),
            draft,
        );
        let row = ResolverEndpoint {
            name: name.value.clone(),
            direction: text.direction.unwrap_or(EndpointDirection::Inbound),
            vpc: self.implied.vpc,
            interfaces,
        };
        draft.resolver_endpoints.set(id, row);
    }

    /// The subnets of an interface endpoint: the VPC's own, one per zone.
    fn subnets(
        &self,
        place: Place,
        names: &[At<String>],
        draft: &Draft,
        problems: &mut Problems,
    ) -> Vec<SubnetId> {
        if names.is_empty() {
            problems.push_lacking(Problem::error(
                Code::Refused,
                place,
                "an interface endpoint needs at least one subnet for its interface",
            ));
        }
        if !problems.at_most(MOST_ZONES, names.len(), place, "subnets of an endpoint") {
            return Vec::new();
        }
        let mut zones = Vec::new();
        let mut found = Vec::new();
        for name in names {
            own(
                name,
                self.text.subnets.iter().map(|e| &e.name),
                "subnet",
                problems,
            );
            let Some(id) = self.scope.subnets.get(&name.value) else {
                continue;
            };
            if let Some(zone) = draft.subnets.get(id).map(|row| row.zone) {
                if zones.contains(&zone) {
                    let message = format!(
                        "subnet `{}` is in the same availability zone as another",
                        name.value
                    );
                    problems.push(
                        Problem::error(Code::Refused, name.place, message)
                            .help("an interface endpoint has at most one interface per zone"),
                    );
                }
                zones.push(zone);
            }
            found.push(id);
        }
        found
    }

    fn groups(&self, names: &[At<String>], problems: &mut Problems) -> Vec<SecurityGroupId> {
        if let Some(last) = names.last()
            && !problems.at_most(
                MOST_GROUPS,
                names.len(),
                last.place,
                "security groups of an interface",
            )
        {
            return Vec::new();
        }
        let names_of_vpc = || self.text.security_groups.iter().map(|e| &e.name);
        for name in names {
            own(name, names_of_vpc(), "security group", problems);
        }
        let found: Vec<_> = names
            .iter()
            .filter_map(|name| self.scope.security_groups.get(&name.value))
            .collect();
        if found.is_empty() {
            vec![self.implied.default_security_group]
        } else {
            found
        }
    }

    fn interfaces(
        &self,
        name: &At<String>,
        subnets: &[SubnetId],
        addresses: &[At<Ipv4Addr>],
        (groups, attached): (&[SecurityGroupId], Attached),
        draft: &mut Draft,
    ) -> Vec<NetworkInterfaceId> {
        subnets
            .iter()
            .enumerate()
            .map(|(index, subnet)| {
                let suffix = draft.subnets.get(*subnet).map_or("", |row| row.name.as_str());
                let interface = format!("{} in {suffix}", name.value);
                draft.interfaces.push(Wanted {
                    name: interface,
                    subnet: *subnet,
                    address: addresses.get(index).copied(),
                    public_address: None,
                    security_groups: groups.to_vec(),
                    attached,
                    source_destination_check: SourceDestinationCheck::On,
                    place: name.place,
                })
            })
            .collect()
    }

    /// What AWS demands of private DNS ("Manage DNS names for VPC endpoints", AWS PrivateLink
    /// Guide, and "Private DNS" of "AWS PrivateLink for Amazon S3").
    fn private_dns(&self, problems: &mut Problems) {
        let mut owners: Vec<(Service, Place)> = Vec::new();
        let text = self.text;
        for body in text
            .interface_endpoints
            .iter()
            .filter_map(|endpoint| endpoint.body.as_ref())
        {
            let (Some(service), Some(setting)) = (body.service.get(), body.private_dns) else {
                continue;
            };
            if setting.value == PrivateDns::Off {
                continue;
            }
            if !text.enable_dns_support.unwrap_or(true) || !text.enable_dns_hostnames.unwrap_or(false) {
                problems.push(
                    Problem::error(
                        Code::Refused,
                        setting.place,
                        "private DNS needs the VPC's enable_dns_support and enable_dns_hostnames to be true",
                    )
                    .help("add enable_dns_hostnames: true to the VPC; AWS leaves it off in new VPCs"),
                );
            }
            if let Some((_, first)) = owners.iter().find(|(other, _)| *other == service.value) {
                let message = format!(
                    "two endpoints of the VPC own the private name of {}",
                    service.value
                );
                problems.push(
                    Problem::error(Code::Refused, setting.place, message).also(*first, "the other one"),
                );
            }
            owners.push((service.value, setting.place));
            self.inbound_only(*service, setting, problems);
        }
    }

    fn inbound_only(&self, service: At<Service>, setting: At<PrivateDns>, problems: &mut Problems) {
        if setting.value != PrivateDns::InboundResolverOnly {
            return;
        }
        if service.value != Service::S3 {
            problems.push(Problem::error(
                Code::Refused,
                setting.place,
                "private DNS for inbound Resolver endpoints only exists for s3",
            ));
            return;
        }
        let gateway = self
            .text
            .gateway_endpoints
            .iter()
            .filter_map(|endpoint| endpoint.body.as_ref());
        if !gateway
            .filter_map(|body| body.service.get())
            .any(|service| service.value == Service::S3)
        {
            problems.push(Problem::error(
                Code::Refused,
                setting.place,
                "private DNS for inbound Resolver endpoints only needs an S3 gateway endpoint in the same VPC",
            ));
        }
    }
}

fn check_label(label: &At<String>, problems: &mut Problems) {
    let fits = label.value.starts_with("vpce-")
        && label.value.len() <= 63
        && label.value.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if !fits {
        let message = format!("{:?} is not the first label of an endpoint's name", label.value);
        problems.push(
            Problem::error(Code::BadValue, label.place, message)
                .help("it is written \"vpce-0123456789abcdef0-abcdefgh\""),
        );
    }
}

/// A label of AWS's form that depends on nothing but the name.
fn made_up_label(name: &str) -> String {
    // FNV-1a, 64 bits.
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mut rest = hash;
    let suffix: String = core::iter::repeat_with(|| {
        let letter = u8::try_from(rest % 26).unwrap_or(0);
        rest /= 26;
        char::from(b'a' + letter)
    })
    .take(8)
    .collect();
    format!("vpce-0{hash:016x}-{suffix}")
}

/// A policy; full access where none is given.
pub(super) fn policy(statements: Option<&[StatementText]>) -> Policy {
    let Some(statements) = statements else {
        return Policy::full_access();
    };
    let or_any = |words: &Option<Vec<String>>| words.clone().unwrap_or_else(|| vec!["*".to_owned()]);
    Policy {
        statements: statements
            .iter()
            .map(|text| Statement {
                effect: text.effect,
                principals: or_any(&text.principals),
                actions: or_any(&text.actions),
                resources: or_any(&text.resources),
            })
            .collect(),
    }
}

/// Fills the private hosted zones.
pub(super) fn hosted_zones(lab: &LabText, scope: &Scope, draft: &mut Draft, problems: &mut Problems) {
    for entry in &lab.hosted_zones {
        let Some(text) = &entry.body else { continue };
        let domain = domain_name(&entry.name.value);
        let records = records(&domain, &text.records, text.ttl, problems);
        draft.hosted_zones.push(HostedZone {
            domain,
            vpcs: scope.vpcs.find_all(&text.vpcs, problems),
            records,
        });
    }
}

/// The records of a zone, each of which has to be in it.
pub(super) fn records(
    domain: &str,
    text: &Entries<Vec<Ipv4Addr>>,
    ttl: Option<Span>,
    problems: &mut Problems,
) -> Vec<DnsRecord> {
    let mut records = Vec::new();
    for record in text {
        let name = domain_name(&record.name.value);
        if name != domain && !name.ends_with(&format!(".{domain}")) {
            let message = format!("`{name}` is not in the zone `{domain}`");
            problems.push(Problem::error(Code::NotInside, record.name.place, message));
        }
        records.push(DnsRecord {
            name,
            addresses: record.body.clone().unwrap_or_default(),
            ttl: ttl.unwrap_or(RECORD_TTL),
        });
    }
    records
}

/// A domain as the model keeps it: in lower case, without the closing dot.
pub(super) fn domain_name(text: &str) -> String {
    text.trim_end_matches('.').to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::made_up_label;

    #[test]
    fn labels_look_like_those_of_aws() {
        let label = made_up_label("mgn");
        assert_eq!(label, made_up_label("mgn"));
        assert_ne!(label, made_up_label("ec2"));
        // vpce-, 17 hexadecimal digits, a dash, 8 letters.
        assert_eq!(label.len(), "vpce-011cabf6ef5343038-v8dgdsnl".len());
    }
}
