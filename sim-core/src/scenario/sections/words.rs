//! Closed sets of bare words, as the model's enums are written in a scenario.

use crate::aws::{
    AclAction, EndpointDirection, EndpointState, InterfaceState, PeeringState, PrivateDns,
    SourceDestinationCheck, ZoneState,
};
use crate::identity::Effect;
use crate::migrate::ground::PublicAddress;
use crate::migrate::mgn::{
    AdminRole, AgentOption, BootMode, DataPlaneRouting, GroupPolicy, Initialisation, InstallStep, KeyPolicy,
    LargeStagingDisk, ManagedPolicy, Secret, ServerSharing,
};
use crate::net::Protocol;
use crate::proto::bgp::Origin;
use crate::proto::bgp::policy::Action;
use crate::proto::bgp::rib::{DecidedBy, RemovePrivateAs};
use crate::proto::bgp::session::{GracefulRestartMode, ZeroHold};
use crate::scenario::read::words;
use crate::site::{
    AdminState, Carrier, End, FirewallAction, MacAddress, OsFamily, Passage, Power, Provisioning, Running,
    TrustStore,
};
use crate::verdict::Direction;

use super::router::CapabilitiesText;
use super::routing_change::{IkeWord, ProcessWord, SessionWord, TunnelWord};

words! {
    Protocol: "a protocol" { tcp => Tcp, udp => Udp, icmp => Icmp, }
    Direction: "a direction" { ingress => Ingress, egress => Egress, }
    Effect: "an effect" { allow => Allow, deny => Deny, }
    AclAction: "an action of a network ACL" { allow => Allow, deny => Deny, }
    FirewallAction: "an action of a firewall" { allow => Allow, drop => Drop, }
    InterfaceState: "whether a network interface works" { in_service => InService, failed => Failed, }
    ZoneState: "whether an availability zone works" { available => Available, lost => Lost, }
    PeeringState: "a state of a peering connection" {
        pending_acceptance => PendingAcceptance,
        active => Active,
        deleted => Deleted,
        failed => Failed,
    }
    EndpointState: "a state of an endpoint" { available => Available, deleted => Deleted, }
    EndpointDirection: "a direction of a Resolver endpoint" { inbound => Inbound, outbound => Outbound, }
    PrivateDns: "a private DNS setting" {
        off => Off,
        on => On,
        inbound_resolver_only => InboundResolverOnly,
    }
    SourceDestinationCheck: "a source/destination check" { on => On, off => Off, }
    OsFamily: "a family of operating systems" { linux => Linux, windows => Windows, }
    Power: "a power state" { on => On, off => Off, terminated => Terminated, }
    TrustStore: "a trust store" { amazon_roots => AmazonRoots, outdated => Outdated, }
    MacAddress: "a MAC address's lasting" { stable => Stable, new_at_start => NewAtStart, }
    AdminRole: "a role at the console" { admin => Admin, user => User, }
    Initialisation: "whether MGN is initialised" { done => Done, missing => Missing, }
    DataPlaneRouting: "a data routing" { PRIVATE_IP => PrivateIp, PUBLIC_IP => PublicIp, }
    PublicAddress: "whether an instance gets a public address" { none => None, assigned => Assigned, }
    ServerSharing: "how replication servers are shared" { shared => Shared, dedicated => Dedicated, }
    LargeStagingDisk: "a staging disk type" { ST1 => St1, GP3 => Gp3, }
    KeyPolicy: "what a key's policy allows" { allows_grants => AllowsGrants, denies_grants => DeniesGrants, }
    GroupPolicy: "which groups replication servers carry" {
        mgn_and_listed => MgnAndListed,
        listed_only => ListedOnly,
    }
    Secret: "whether a secret is right" { valid => Valid, mangled => Mangled, }
    ManagedPolicy: "an AWS managed policy" {
        AWSApplicationMigrationAgentInstallationPolicy => AgentInstallation,
        AWSApplicationMigrationServiceEc2InstancePolicy => Ec2Instance,
    }
    AgentOption: "a flag of the installer" { no_replication => NoReplication, }
    BootMode: "a boot mode" { LEGACY_BIOS => LegacyBios, UEFI => Uefi, }
    Provisioning: "how far AWS has come with a line" {
        available => Available,
        ordering => Ordering,
        requested => Requested,
        pending => Pending,
        confirming => Confirming,
        verifying => Verifying,
    }
    Carrier: "a state of a link" { up => Up, down => Down, }
    AdminState: "a state of an interface" { up => Enabled, down => Disabled, }
    Running: "whether a router runs" { on => Running, off => Off, hung => Hung, }
    End: "an end of a link" { a => A, b => B, }
    Passage: "what becomes of packets" { open => Open, blocked => Blocked, }
    Origin: "an ORIGIN" { igp => Igp, egp => Egp, incomplete => Incomplete, }
    Action: "what a rule decides" { permit => Permit, deny => Deny, }
    ZeroHold: "what about a hold time of zero" { accepted => Accepted, refused => Refused, }
    GracefulRestartMode: "a mode of graceful restart" { off => Off, helper => Helper, full => Full, }
    CapabilitiesText: "what OPEN offers" { all => All, none => None, }
    RemovePrivateAs: "what becomes of private AS numbers" {
        keep => Keep,
        if_all_private => IfAllPrivate,
        all => All,
        replace_if_all_private => ReplaceIfAllPrivate,
        replace_all => ReplaceAll,
    }
    SessionWord: "something that is done to a session" {
        shutdown => Shutdown,
        start => Start,
        reset => Reset,
        soft_in => SoftIn,
        soft_out => SoftOut,
    }
    TunnelWord: "something that is done to a tunnel" {
        up => Up,
        down => Down,
        reset => Reset,
        rekey => Rekey,
        rekey_phase1 => RekeyPhase1,
    }
    IkeWord: "what becomes of a gateway's IKE" { crash => Crash, start => Start, }
    ProcessWord: "something that is done to a BGP process" {
        stop => Stop,
        start => Start,
        freeze => Freeze,
        thaw => Thaw,
        terminate => Terminate,
    }
    DecidedBy: "a step of the decision process" {
        only_path => OnlyPath,
        next_hop_reachable => NextHopReachable,
        weight => Weight,
        local_pref => LocalPref,
        locally_originated => LocallyOriginated,
        as_path_length => AsPathLength,
        origin => Origin,
        med => Med,
        external_over_internal => ExternalOverInternal,
        igp_metric => IgpMetric,
        oldest => Oldest,
        router_id => RouterId,
        cluster_list_length => ClusterListLength,
        peer_address => PeerAddress,
    }
    InstallStep: "a step of the installer" {
        download_installer => DownloadInstaller,
        check_prerequisites => CheckPrerequisites,
        check_credentials => CheckCredentials,
        discover_disks => DiscoverDisks,
        download_agent => DownloadAgent,
        build_module => BuildModule,
        register => Register,
    }
}
