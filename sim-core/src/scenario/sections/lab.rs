//! The lab as a whole.

use ipnet::Ipv4Net;

use crate::migrate::mgn::{Exception, InitiationStep, InstallStep, ReplicationError};
use crate::reason::Reason;
use crate::scenario::problem::At;
use crate::scenario::read::{Entries, Name, Need, Prose, choices, section};
use crate::units::{SimTime, Span};

use super::change::{ChangeText, CommandKindText};
use super::direct_connect::{
    ConnectionText, DirectConnectGatewayText, LagText, LocationText, VirtualInterfaceText,
};
use super::fault::{FaultText, NamesText};
use super::host::HostText;
use super::migration::MigrationText;
use super::network::{
    HostedZoneText, PeeringText, PrefixListText, RegionText, ResolverRuleText, VpcQuotasText, VpcText,
};
use super::plan::{ExpectText, ProbeText, StepText};
use super::policy::RulesText;
use super::router::{LinkText, RouterText};
use super::segment::SegmentText;
use super::transit::{
    AccessText, CustomerGatewayText, TransitGatewayText, TransitPeeringText, VirtualPrivateGatewayText,
    VpnText,
};

section! {
    LabText: "a lab `Lab(schema: 1, name: …, title: …, …)`" {
        schema: Need<At<u32>>,
        name: Need<At<Name>>,
        title: Need<Prose>,
        teaches: Option<Prose>,
        /// The lab that this one is laid over.
        base: Option<At<String>>,
        breaks: Option<BreaksText>,
        seed: Option<u64>,
        duration: Option<At<Span>>,
        regions: Entries<RegionText>,
        prefix_lists: Entries<PrefixListText>,
        vpcs: Entries<VpcText>,
        peerings: Entries<PeeringText>,
        /// What AWS has raised.
        vpc_quotas: Option<VpcQuotasText>,
        transit_gateways: Entries<TransitGatewayText>,
        transit_gateway_peerings: Entries<TransitPeeringText>,
        virtual_private_gateways: Entries<VirtualPrivateGatewayText>,
        customer_gateways: Entries<CustomerGatewayText>,
        vpn_connections: Entries<VpnText>,
        direct_connect_locations: Entries<LocationText>,
        direct_connect_connections: Entries<ConnectionText>,
        direct_connect_lags: Entries<LagText>,
        virtual_interfaces: Entries<VirtualInterfaceText>,
        direct_connect_gateways: Entries<DirectConnectGatewayText>,
        /// The lines by which routers reach the internet, each a link of that name.
        internet: Entries<AccessText>,
        hosted_zones: Entries<HostedZoneText>,
        resolver_rules: Entries<ResolverRuleText>,
        segments: Entries<SegmentText>,
        hosts: Entries<At<HostText>>,
        policies: Entries<RulesText>,
        links: Entries<LinkText>,
        routers: Entries<RouterText>,
        migration: Option<MigrationText>,
        runbook: Entries<StepText>,
        probes: Entries<ProbeText>,
        /// Made before the lab begins.
        changes: Vec<At<ChangeText>>,
        /// Made while it runs.
        events: Vec<EventText>,
        /// What fails together: one duct, one power feed.
        groups: Entries<NamesText>,
        faults: Entries<FaultText>,
        expect: Entries<ExpectText>,
    }
}

section! {
    EventText: "an event `(at: \"10d\", change: …)`" {
        at: At<SimTime>,
        change: At<ChangeText>,
    }
}

section! {
    /// What a broken variant breaks, so that tests and teachers know what should be seen.
    BreaksText: "what is broken `(precondition: \"P7\", symptom: …)`" {
        precondition: String,
        symptom: SymptomText,
        component: Option<At<String>>,
        reason: Option<Reason>,
    }
}

choices! {
    SymptomText: "a symptom: install(…), stall(…), reports(…), refused(…), launch_failed(…), post_launch_failed(…), session(…), tunnel(…), no_path(…), fails(…) or unreachable(…)" {
        install => Install(InstallSymptom),
        stall => Stall(StallSymptom),
        reports => Reports(ReplicationError),
        refused => Refused(RefusedSymptom),
        launch_failed => LaunchFailed(Reason),
        post_launch_failed => PostLaunchFailed(Reason),
        session => Session(SessionSymptom),
        tunnel => Tunnel(TunnelSymptom),
        no_path => NoPath(NoPathSymptom),
        fails => Fails(At<String>),
        unreachable => Unreachable(UnreachableSymptom),
    }
}

section! {
    SessionSymptom: "session(name, REASON)" {
        session: At<String>,
        reason: Reason,
    }
}

section! {
    TunnelSymptom: "tunnel(name, REASON)" {
        tunnel: At<String>,
        reason: Reason,
    }
}

section! {
    NoPathSymptom: "no_path(router, prefix, REASON)" {
        router: At<String>,
        prefix: Ipv4Net,
        reason: Reason,
    }
}

section! {
    UnreachableSymptom: "unreachable(from, to, REASON)" {
        from: At<String>,
        to: String,
        reason: Reason,
    }
}

section! {
    InstallSymptom: "install(step, reason)" {
        step: InstallStep,
        reason: Reason,
    }
}

section! {
    StallSymptom: "stall(error, step)" {
        error: ReplicationError,
        step: Option<InitiationStep>,
    }
}

section! {
    RefusedSymptom: "refused(operation, exception)" {
        operation: CommandKindText,
        exception: Exception,
    }
}
