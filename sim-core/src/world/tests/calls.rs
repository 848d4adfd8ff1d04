//! Calls, from question to answer.

use super::*;
use crate::aws::fixture::{allow_all, ip, net, rule, tcp};
use crate::aws::{
    AclAction, AclRule, Change, NameServers, PrivateDns, ResolverEndpoint, RulePeer, TlsInspection,
};
use crate::identity::{Effect, Policy, Statement};
use crate::migrate::ground::{CallFailed, Ground as _, Stage};
use crate::net::PortRange;
use crate::reason::Reason;
use crate::resource::ResourceRef;
use crate::site::{FirewallAction, FirewallRule, ForwardRule, HostChange, NameServer};
use crate::units::Ppm;
use crate::verdict::{Destination, Direction, Refusal, Rule};
use crate::world::Software;
use crate::world::lever::Lever;

fn failed(outcome: CallOutcome) -> CallFailed {
    outcome.expect_err("the call fails")
}

fn policy(effect: Effect, action: &str) -> Policy {
    Policy {
        statements: vec![Statement {
            effect,
            principals: vec!["*".to_owned()],
            actions: vec![action.to_owned()],
            resources: vec!["*".to_owned()],
        }],
    }
}

/// Question and answer of the VPC's own resolver: 2 × 0.15 ms. A round trip to the endpoint over
/// the peering: 30 ms + 0.05 ms each way. Connecting, TLS 1.3 and the request are one each.
#[test]
fn a_call_takes_one_round_trip_each_to_connect_to_agree_on_tls_and_to_ask() {
    let lab = lab();
    let mut world = lab.world();
    let (at, outcome) = world.call(lab.mgn_call());
    let done = outcome.expect("nothing is in the way");
    let elapsed = Span::micros(300) + (Span::millis(60) + Span::micros(100)) * 3;
    assert_eq!(done.elapsed, elapsed);
    assert_eq!(at, SimTime::at(elapsed));
    assert_eq!(done.address, ip("10.0.1.5"));
    assert_eq!(done.remote, ResourceRef::from(lab.aws.mgn));
    // The name is remembered for its 60 s: the next call asks nobody.
    let (_, outcome) = world.call(lab.mgn_call());
    let again = outcome.expect("nothing is in the way");
    assert_eq!(again.elapsed, elapsed.saturating_sub(Span::micros(300)));
}

#[test]
fn a_closed_security_group_looks_like_silence_to_the_caller() {
    let mut lab = lab();
    let group = lab.aws.endpoint_group;
    let open = tcp(443, "192.168.0.0/16");
    lab.blueprint.overlay.push(Lever::Network(Change::RemoveGroupRule(
        group,
        Direction::Ingress,
        open,
    )));
    let mut world = lab.world();
    let (at, outcome) = world.call(lab.mgn_call());
    let stopped_by = Refusal::by(
        Reason::SecurityGroupMismatch,
        Rule::NoSecurityGroupRule {
            group,
            direction: Direction::Ingress,
        },
    );
    assert_eq!(
        failed(outcome),
        CallFailed {
            stage: Stage::Connect,
            symptom: Reason::ConnectionTimedOut,
            stopped_by: Some(stopped_by),
            address: Some(ip("10.0.2.5")),
        }
    );
    // Both addresses of the endpoint are tried for 10 s each, with SYNs after 0, 1, 3 and 7 s.
    assert_eq!(at, SimTime::at(Span::secs(20) + Span::micros(300)));
    let arrives = Span::micros(300) + Span::millis(30);
    let syns = [0, 1, 3, 7, 10, 11, 13, 17];
    assert_eq!(
        world.dropped_at(),
        syns.map(|s| SimTime::at(Span::secs(s) + arrives))
    );
    // The failure's record is caused by the last drop.
    let last = world.trace().records().next_back().expect("a record");
    assert!(matches!(last.what, Happening::CallFailed { .. }));
    let cause = world.trace().get(last.cause.expect("a cause")).expect("kept");
    assert_eq!(cause.what.refusal(), Some(stopped_by));
}

#[test]
fn a_call_meets_the_rules_as_they_are_when_its_packets_get_there() {
    let mut lab = lab();
    // Closed until the first SYN was lost, open when the second comes, one second later.
    let closed = AclRule {
        number: 1,
        action: AclAction::Deny,
        ..allow_all(1)
    };
    let acl = lab.aws.staging_acl;
    lab.blueprint.overlay.push(Lever::Network(Change::SetAclRule(
        acl,
        Direction::Ingress,
        closed,
    )));
    let opens = Lever::Network(Change::RemoveAclRule(acl, Direction::Ingress, 1));
    lab.blueprint
        .schedule
        .push((SimTime::at(Span::millis(500)), opens));
    let mut world = lab.world();
    let (_, outcome) = world.call(lab.mgn_call());
    let done = outcome.expect("the second SYN gets through");
    let round_trip = Span::millis(60) + Span::micros(100);
    assert_eq!(done.elapsed, Span::micros(300) + Span::secs(1) + round_trip * 3);
}

#[test]
fn a_way_back_that_is_cut_is_blamed_for_the_silence() {
    let mut lab = lab();
    let table = lab.aws.staging_table;
    let back = Destination::Prefix(net("192.168.0.0/16"));
    lab.blueprint
        .overlay
        .push(Lever::Network(Change::RemoveRoute(table, back)));
    let (_, outcome) = lab.world().call(lab.mgn_call());
    let failed = failed(outcome);
    assert_eq!(
        (failed.stage, failed.symptom),
        (Stage::Connect, Reason::ConnectionTimedOut)
    );
    assert_eq!(
        failed.stopped_by,
        Some(Refusal::by(Reason::NoRoute, Rule::NoRoute { table }))
    );
}

#[test]
fn a_host_on_which_nothing_listens_refuses() {
    let lab = lab();
    let mut world = lab.world();
    let call = |port| Call {
        from: lab.source,
        to: Remote::Address(ip("10.0.1.20")),
        port,
        request: Request::PinnedTls,
        connect_timeout: Span::secs(10),
    };
    // TLS 1.2: connecting and two round trips more.
    let (_, outcome) = world.call(call(1500));
    assert_eq!(outcome.map(|done| done.elapsed), Ok(Span::millis(180)));
    world
        .apply(&Lever::Network(Change::AddGroupRule(
            lab.aws.staging_group,
            Direction::Ingress,
            tcp(1501, "192.168.0.0/16"),
        )))
        .expect("a new rule");
    let (_, outcome) = world.call(call(1501));
    let failed = failed(outcome);
    assert_eq!(
        (failed.stage, failed.symptom, failed.stopped_by),
        (
            Stage::Connect,
            Reason::ConnectionRefused,
            Some(Refusal::at(Reason::ConnectionRefused, lab.replicator))
        )
    );
}

#[test]
fn policies_regions_certificates_and_clocks_are_looked_at() {
    let lab = lab();
    let s3 = |name: &str, resource| api_call(lab.source, name, "s3:GetObject", resource);
    let bucket = s3_name("aws-application-migration-service-ap-south-1.bucket.");
    let deny = policy(Effect::Deny, "s3:GetObject");
    let other = INSTALLER.replace("ap-south-1", "ap-southeast-1");
    let mgn_elsewhere = MGN_ARN.replace("ap-south-1", "ap-southeast-1");
    let inspect = |exempt: &[&str]| TlsInspection::Inspected {
        exempt: exempt.iter().map(|&domain| domain.to_owned()).collect(),
    };
    let host = lab.source;
    type Case = (Option<Lever>, Call, Option<(Stage, Reason)>);
    let cases: Vec<Case> = vec![
        (None, s3(&bucket, INSTALLER), None),
        (
            Some(Lever::Network(Change::InterfaceEndpointPolicy(lab.aws.s3, deny))),
            s3(&bucket, INSTALLER),
            Some((Stage::Request, Reason::EndpointPolicyDenied)),
        ),
        (
            None,
            s3(&s3_name(""), INSTALLER),
            Some((Stage::Tls, Reason::TlsNameMismatch)),
        ),
        (
            None,
            s3(&bucket, &other),
            Some((Stage::Request, Reason::RegionMismatch)),
        ),
        (
            None,
            api_call(host, &mgn_name(), "execute-api:Invoke", &mgn_elsewhere),
            Some((Stage::Request, Reason::RegionMismatch)),
        ),
        (
            None,
            api_call(host, &mgn_name(), "ec2:AttachVolume", "*"),
            Some((Stage::Request, Reason::NoSuchService)),
        ),
        (
            Some(Lever::Network(Change::TlsInspection(
                lab.aws.source,
                inspect(&[]),
            ))),
            lab.mgn_call(),
            Some((Stage::Tls, Reason::CertificateVerifyFailed)),
        ),
        (
            Some(Lever::Network(Change::TlsInspection(
                lab.aws.source,
                inspect(&["amazonaws.com"]),
            ))),
            lab.mgn_call(),
            None,
        ),
        (
            Some(Lever::Host {
                host,
                change: HostChange::Trust(TrustStore::Outdated),
            }),
            lab.mgn_call(),
            Some((Stage::Tls, Reason::CertificateVerifyFailed)),
        ),
        (
            Some(Lever::Host {
                host,
                change: HostChange::Clock(Clock::Behind(Span::secs(301))),
            }),
            lab.mgn_call(),
            Some((Stage::Request, Reason::ClockSkew)),
        ),
        (
            None,
            api_call(host, "no.such.name.example", "execute-api:Invoke", MGN_ARN),
            Some((Stage::Resolve, Reason::DnsNxDomain)),
        ),
    ];
    for (lever, call, expected) in cases {
        let mut world = lab.world();
        if let Some(lever) = &lever {
            world.apply(lever).expect("the lever fits");
        }
        let (_, outcome) = world.call(call.clone());
        let got = outcome.err().map(|failed| (failed.stage, failed.symptom));
        assert_eq!(got, expected, "{call:?} after {lever:?}");
    }
}

#[test]
fn the_staging_subnet_reaches_s3_by_its_gateway_endpoint_and_its_policy() {
    let lab = lab();
    let mut world = lab.world();
    let name = "aws-mgn-clients-ap-south-1.s3.ap-south-1.amazonaws.com";
    let object = "arn:aws:s3:::aws-mgn-clients-ap-south-1/x";
    let call = || api_call(lab.replicator, name, "s3:GetObject", object);
    let (_, outcome) = world.call(call());
    assert_eq!(
        outcome.map(|done| done.remote),
        Ok(ResourceRef::from(lab.aws.s3_service))
    );
    let none = policy(Effect::Allow, "s3:PutObject");
    world
        .apply(&Lever::Network(Change::GatewayEndpointPolicy(
            lab.aws.gateway,
            none,
        )))
        .expect("the lever fits");
    let (_, outcome) = world.call(call());
    let rule = Rule::GatewayEndpointPolicy {
        endpoint: lab.aws.gateway,
        statement: None,
    };
    assert_eq!(
        failed(outcome).stopped_by,
        Some(Refusal::by(Reason::EndpointPolicyDenied, rule))
    );
}

/// A name server of the customer's in the staging VPC, 10.0.1.53, that forwards to an inbound
/// endpoint at 10.0.2.53; the staging group lets DNS in over UDP only.
fn with_name_server(lab: &mut Lab) -> HostId {
    let server = lab.host("dns-1", lab.aws.staging_a, "10.0.1.53", lab.aws.staging_group);
    lab.blueprint.hosts[server].name_server = Some(NameServer {
        forwards: vec![ForwardRule {
            domain: "amazonaws.com".to_owned(),
            targets: vec![ip("10.0.2.53")],
        }],
        ..NameServer::default()
    });
    let dns = rule(
        Some(Protocol::Udp),
        PortRange::single(53),
        RulePeer::Prefix(net("10.0.0.0/16")),
    );
    let cloud = &mut lab.blueprint.cloud;
    cloud.security_groups[lab.aws.staging_group].ingress.push(dns);
    cloud.security_groups[lab.aws.endpoint_group].ingress.push(dns);
    let id = cloud.resolver_endpoints.next_id();
    let interface = cloud
        .place_interface(
            lab.aws.staging_b,
            vec![lab.aws.endpoint_group],
            Attached::Resolver(id),
            Some(ip("10.0.2.53")),
        )
        .expect("a free address");
    cloud.resolver_endpoints.push(ResolverEndpoint {
        name: "inbound".to_owned(),
        direction: crate::aws::EndpointDirection::Inbound,
        vpc: lab.aws.staging,
        interfaces: vec![interface],
    });
    cloud.vpcs[lab.aws.staging].name_servers = NameServers::Custom(vec![ip("10.0.1.53")]);
    server
}

#[test]
fn a_name_server_forwards_with_packets_of_its_own() {
    let mut lab = lab();
    with_name_server(&mut lab);
    let mut world = lab.world();
    let call = api_call(
        lab.replicator,
        "mgn.ap-south-1.amazonaws.com",
        "execute-api:Invoke",
        MGN_ARN,
    );
    let (_, outcome) = world.call(call.clone());
    let done = outcome.expect("an answer");
    assert_eq!(
        done.address,
        ip("10.0.1.5"),
        "private DNS, through the inbound endpoint"
    );
    // Within the zone to the name server and back, across zones to the inbound endpoint and back,
    // then three round trips within the zone to the endpoint.
    let lookup = Span::micros(150) * 2 + Span::micros(500) * 2;
    let round_trip = (Span::micros(150) + Span::micros(50)) * 2;
    assert_eq!(done.elapsed, lookup + round_trip * 3);
}

#[test]
fn the_replication_software_wants_its_own_name_servers_over_tcp_too() {
    let mut lab = lab();
    with_name_server(&mut lab);
    let call = api_call(
        lab.replicator,
        "mgn.ap-south-1.amazonaws.com",
        "execute-api:Invoke",
        MGN_ARN,
    );
    let mut probe = lab.world().probe();
    assert!(probe.call(Software::Ordinary, call.clone()).is_ok());
    let failure = failed(probe.call(Software::Replication, call.clone()));
    assert_eq!(
        (failure.stage, failure.symptom),
        (Stage::Resolve, Reason::DnsTimeout)
    );
    assert_eq!(
        failure.stopped_by.map(|refusal| refusal.reason),
        Some(Reason::SecurityGroupMismatch)
    );
    let over_tcp = tcp(53, "10.0.0.0/16");
    lab.blueprint.cloud.security_groups[lab.aws.staging_group]
        .ingress
        .push(over_tcp);
    probe = lab.world().probe();
    assert!(probe.call(Software::Replication, call).is_ok());
}

#[test]
fn a_name_server_whose_target_is_silent_answers_that_it_failed() {
    let mut lab = lab();
    let server = with_name_server(&mut lab);
    lab.blueprint.cloud.security_groups[lab.aws.endpoint_group]
        .ingress
        .retain(|rule| rule.protocol != Some(Protocol::Udp));
    let mut world = lab.world();
    let call = api_call(
        lab.replicator,
        "mgn.ap-south-1.amazonaws.com",
        "execute-api:Invoke",
        MGN_ARN,
    );
    let (at, outcome) = world.call(call);
    let failed = failed(outcome);
    assert_eq!(
        (failed.stage, failed.symptom),
        (Stage::Resolve, Reason::DnsServFail)
    );
    assert_eq!(
        failed.stopped_by.map(|refusal| refusal.at),
        Some(lab.aws.endpoint_group.into())
    );
    // Twice: 3 s of waiting for the target, and 0.3 ms to the name server and back.
    assert_eq!(at, SimTime::at((Span::secs(3) + Span::micros(300)) * 2));
    assert_eq!(world.names().of(server), "dns-1");
}

#[test]
fn name_servers_that_ask_each_other_go_in_a_circle() {
    let mut lab = lab();
    let server = with_name_server(&mut lab);
    lab.blueprint.hosts[server].name_server = Some(NameServer {
        forwards: vec![ForwardRule {
            domain: String::new(),
            targets: vec![ip("10.0.1.53")],
        }],
        ..NameServer::default()
    });
    let call = api_call(
        lab.replicator,
        "mgn.ap-south-1.amazonaws.com",
        "execute-api:Invoke",
        MGN_ARN,
    );
    let (_, outcome) = lab.world().call(call);
    assert_eq!(
        failed(outcome).stopped_by,
        Some(Refusal::at(Reason::DnsLoop, server))
    );
}

/// 100 MB at 1 Gbps take 0.8 s. The rest is 0.3 ms for the name and three round trips of 60.1 ms.
/// One connection with a window of 6 MiB on that round trip carries 6 × 2^20 × 8 / 0.0601 s = 837
/// Mbps, so that the link has to be slower to be the limit: 500 Mbps make 1.6 s of it.
#[test]
fn a_large_answer_takes_the_time_that_its_way_allows() {
    let mut lab = lab();
    lab.blueprint.cloud.peerings[lab.aws.peering].rate = BitRate::mbps(500);
    let mut world = lab.world();
    let bucket = s3_name("aws-application-migration-service-ap-south-1.bucket.");
    let mut call = api_call(lab.source, &bucket, "s3:GetObject", INSTALLER);
    if let Request::Api { answer, .. } = &mut call.request {
        *answer = DataSize::bytes(100_000_000);
    }
    let (_, outcome) = world.call(call.clone());
    let before = Span::micros(300) + (Span::millis(60) + Span::micros(100)) * 3;
    assert_eq!(outcome.map(|done| done.elapsed), Ok(before + Span::millis(1_600)));
    assert_eq!(world.activity().flows, 0);
    // Cut in the middle for good: after 900 s without data the caller gives up.
    let began = world.now();
    world.terrain.call(ACTOR, call);
    world.run_listening(began + Span::secs(1));
    world
        .apply(&Lever::Network(Change::RemoveRoute(
            lab.aws.source_table,
            Destination::Prefix(net("10.0.0.0/16")),
        )))
        .expect("the route is there");
    let heard = world.run_listening(SimTime::END);
    let (at, Report::CallDone { outcome, .. }) = heard[0] else {
        panic!("{heard:?}")
    };
    assert_eq!(at, began + Span::secs(901));
    let failed = failed(outcome);
    assert_eq!(
        (failed.stage, failed.symptom),
        (Stage::Request, Reason::ConnectionTimedOut)
    );
    assert_eq!(
        failed.stopped_by.map(|by| by.at),
        Some(lab.aws.source_table.into())
    );
}

#[test]
fn a_lossy_link_costs_retries_and_nothing_else() {
    let mut lab = lab();
    lab.blueprint.cloud.peerings[lab.aws.peering].loss = Ppm::percent(20);
    let slowest = (0..20)
        .map(|seed| {
            let (_, outcome) = lab.seeded(seed).call(lab.mgn_call());
            outcome.expect("retries get it through").elapsed
        })
        .max();
    assert!(slowest >= Some(Span::secs(1)), "{slowest:?}");
}

#[test]
fn a_probe_leaves_no_trace_in_the_lab() {
    let lab = lab();
    let mut world = lab.world();
    world.call(lab.mgn_call()).1.expect("it works");
    let (digest, events) = (world.trace_hash(), world.n_events());
    let firewall = FirewallRule {
        direction: Direction::Egress,
        action: FirewallAction::Drop,
        protocol: Some(Protocol::Tcp),
        ports: PortRange::single(443),
        peer: net("0.0.0.0/0"),
    };
    let change = HostChange::AddFirewallRule(firewall);
    let mut branch = world.clone();
    let host = lab.source;
    branch.apply(&Lever::Host { host, change }).expect("a new rule");
    let failure = failed(branch.probe().call(Software::Ordinary, lab.mgn_call()));
    assert_eq!(
        failure.stopped_by.map(|refusal| refusal.reason),
        Some(Reason::HostFirewall)
    );
    assert!(world.probe().call(Software::Ordinary, lab.mgn_call()).is_ok());
    assert_eq!((world.trace_hash(), world.n_events()), (digest, events));
}

#[test]
fn private_dns_off_leads_to_an_address_that_cannot_be_reached() {
    let lab = lab();
    let mut world = lab.world();
    let lever = Lever::Network(Change::PrivateDns(lab.aws.mgn, PrivateDns::Off));
    world.apply(&lever).expect("the endpoint is there");
    let name = "mgn.ap-south-1.amazonaws.com";
    let (_, outcome) = world.call(api_call(lab.replicator, name, "execute-api:Invoke", MGN_ARN));
    let failed = failed(outcome);
    assert_eq!(failed.address, Some(ip("13.234.10.1")));
    assert_eq!(
        failed.stopped_by,
        Some(Refusal::by(
            Reason::NoRoute,
            Rule::NoRoute {
                table: lab.aws.staging_table
            }
        ))
    );
}
