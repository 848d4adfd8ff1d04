//! VPC endpoints: interface endpoints (PrivateLink) and gateway endpoints.
//!
//! # Fidelity
//! Simplified: an endpoint is there or it is not: creation takes no time, and acceptance by the
//! service's owner does not arise with AWS's own services. An endpoint that was deleted can come
//! back with its old names and addresses, which AWS does not offer; a lab that undoes a mistake
//! needs it. Left out are Gateway Load Balancer, resource and service-network endpoints, IPv6, the
//! growth of an interface endpoint's bandwidth from 10 to 100 Gbps per availability zone (it has
//! the latter at once).
//!
//! Source: "Access an AWS service using an interface VPC endpoint" and "Gateway endpoints", AWS
//! PrivateLink Guide.

use crate::identity::{Decision, Policy};
use crate::reason::Reason;
use crate::resource::{
    GatewayEndpointId, InterfaceEndpointId, NetworkInterfaceId, PrefixListId, RegionId, RouteTableId, VpcId,
};
use crate::verdict::{Destination, Refusal, Rule};

use super::{Attached, Cloud, Route, RouteOrigin, RouteTarget, Service};

/// Where an endpoint is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum EndpointState {
    /// It answers.
    Available,
    /// It was deleted; its names no longer resolve and its interfaces are gone.
    Deleted,
}

/// Whether the service's own public name resolves to the endpoint inside the VPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum PrivateDns {
    /// No: only the endpoint's own names lead to it.
    Off,
    /// Yes, for everybody who asks the VPC's resolver.
    On,
    /// Only for questions that come through a Resolver inbound endpoint (S3 only).
    InboundResolverOnly,
}

/// An interface endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterfaceEndpoint {
    /// The lab's name for it.
    pub name: String,
    /// The first label of its names: `vpce-` id, a dash and a suffix, as in
    /// `vpce-011cabf6ef5343038-v8dgdsnl`.
    pub label: String,
    /// The service that it leads to.
    pub service: Service,
    /// The Region that it and the service are in.
    pub region: RegionId,
    /// The VPC that it lives in.
    pub vpc: VpcId,
    /// One interface per chosen subnet, at most one per availability zone.
    pub interfaces: Vec<NetworkInterfaceId>,
    /// What may be asked through it.
    pub policy: Policy,
    /// Whether the public name resolves to it.
    pub private_dns: PrivateDns,
    /// Where it is in its life.
    pub state: EndpointState,
}

/// A gateway endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayEndpoint {
    /// The lab's name for it.
    pub name: String,
    /// S3 or `DynamoDB`.
    pub service: Service,
    /// The Region that it and the service are in.
    pub region: RegionId,
    /// The VPC that it serves.
    pub vpc: VpcId,
    /// The service's addresses.
    pub prefix_list: PrefixListId,
    /// The tables that hold its route.
    pub route_tables: Vec<RouteTableId>,
    /// What may be asked through it.
    pub policy: Policy,
    /// Where it is in its life.
    pub state: EndpointState,
}

impl Cloud {
    /// Asks the policy of an interface endpoint whether `principal` may do `action` on `resource`.
    ///
    /// # Errors
    /// [`Reason::EndpointPolicyDenied`]: the caller sees HTTP 403, the network carried the request.
    pub fn endpoint_policy(
        &self,
        endpoint: InterfaceEndpointId,
        principal: &str,
        action: &str,
        resource: &str,
    ) -> Result<Rule, Refusal> {
        let row = self.interface_endpoints.get(endpoint);
        let decision = row.map(|row| row.policy.evaluate(principal, action, resource));
        verdict(decision, |statement| Rule::InterfaceEndpointPolicy {
            endpoint,
            statement,
        })
    }

    /// Asks the policy of a gateway endpoint whether `principal` may do `action` on `resource`.
    ///
    /// # Errors
    /// [`Reason::EndpointPolicyDenied`]: the caller sees HTTP 403, the network carried the request.
    pub fn gateway_endpoint_policy(
        &self,
        endpoint: GatewayEndpointId,
        principal: &str,
        action: &str,
        resource: &str,
    ) -> Result<Rule, Refusal> {
        let row = self.gateway_endpoints.get(endpoint);
        let decision = row.map(|row| row.policy.evaluate(principal, action, resource));
        verdict(decision, |statement| Rule::GatewayEndpointPolicy {
            endpoint,
            statement,
        })
    }

    /// Makes the route tables hold exactly the routes of a gateway endpoint that they should: one to
    /// its prefix list in each associated table while it is available, and none otherwise. AWS does
    /// this by itself; nobody edits these routes by hand.
    pub fn maintain_gateway_routes(&mut self, endpoint: GatewayEndpointId) {
        let Some(row) = self.gateway_endpoints.get(endpoint) else {
            return;
        };
        let target = RouteTarget::GatewayEndpoint(endpoint);
        let route = Route {
            destination: Destination::PrefixList(row.prefix_list),
            target,
            origin: RouteOrigin::Static,
        };
        let wanted = match row.state {
            EndpointState::Available => row.route_tables.as_slice(),
            EndpointState::Deleted => &[],
        };
        for (id, table) in self.route_tables.iter_mut() {
            match (
                wanted.contains(&id),
                table.routes.iter().any(|route| route.target == target),
            ) {
                (true, false) => table.routes.push(route),
                (false, true) => table.routes.retain(|route| route.target != target),
                (true, true) | (false, false) => {}
            }
        }
    }

    /// Gives the interfaces of an available endpoint their addresses, and takes those of a deleted
    /// one away. Returns whether all of the addresses could be had.
    pub(super) fn maintain_endpoint_interfaces(&mut self, endpoint: InterfaceEndpointId) -> bool {
        let Some(row) = self.interface_endpoints.get(endpoint) else {
            return false;
        };
        match row.state {
            EndpointState::Deleted => {
                for &interface in &row.interfaces {
                    self.interfaces.release(interface);
                }
                true
            }
            EndpointState::Available => {
                let free = row.interfaces.iter().all(|&id| {
                    self.interfaces.get(id).is_some_and(|interface| {
                        let holder = self.interfaces.at(interface.subnet, interface.address);
                        holder.is_none_or(|holder| holder == id)
                    })
                });
                if free {
                    for &interface in &row.interfaces {
                        self.interfaces.attach(interface, Attached::Endpoint(endpoint));
                    }
                }
                free
            }
        }
    }
}

fn verdict(decision: Option<Decision>, rule: impl Fn(Option<u32>) -> Rule) -> Result<Rule, Refusal> {
    let place = |statement: Option<usize>| statement.and_then(|place| u32::try_from(place).ok());
    match decision {
        Some(decision @ Decision::Allowed { .. }) => Ok(rule(place(decision.statement()))),
        Some(decision @ (Decision::ExplicitlyDenied { .. } | Decision::NotAllowed)) => Err(Refusal::by(
            Reason::EndpointPolicyDenied,
            rule(place(decision.statement())),
        )),
        None => Err(Refusal::by(Reason::EndpointPolicyDenied, rule(None))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::two_regions;
    use super::*;
    use crate::identity::{Effect, Statement};

    #[test]
    fn a_policy_without_the_bucket_denies_it_and_names_no_statement() {
        let mut fixture = two_regions();
        let only_clients = Policy {
            statements: vec![Statement {
                effect: Effect::Allow,
                principals: vec!["*".to_owned()],
                actions: vec!["s3:GetObject".to_owned()],
                resources: vec!["arn:aws:s3:::aws-mgn-clients-ap-south-1/*".to_owned()],
            }],
        };
        fixture.cloud.interface_endpoints[fixture.s3].policy = only_clients.clone();
        fixture.cloud.gateway_endpoints[fixture.gateway].policy = only_clients;
        let get = |bucket: &str| {
            let object = format!("arn:aws:s3:::{bucket}/latest/agent");
            let cloud = &fixture.cloud;
            (
                cloud.endpoint_policy(fixture.s3, "*", "s3:GetObject", &object),
                cloud.gateway_endpoint_policy(fixture.gateway, "*", "s3:GetObject", &object),
            )
        };
        let interface = |statement| Rule::InterfaceEndpointPolicy {
            endpoint: fixture.s3,
            statement,
        };
        let gateway = |statement| Rule::GatewayEndpointPolicy {
            endpoint: fixture.gateway,
            statement,
        };
        let denied = |rule| Err(Refusal::by(Reason::EndpointPolicyDenied, rule));
        assert_eq!(
            get("aws-mgn-clients-ap-south-1"),
            (Ok(interface(Some(0))), Ok(gateway(Some(0))))
        );
        assert_eq!(
            get("amazon-ssm-ap-south-1"),
            (denied(interface(None)), denied(gateway(None)))
        );
    }
}
