//! Closed sets of bare words, as the model's enums are written in a scenario.

use crate::aws::{AclAction, EndpointState, PeeringState, PrivateDns, SourceDestinationCheck};
use crate::identity::Effect;
use crate::migrate::ground::PublicAddress;
use crate::migrate::mgn::{
    AdminRole, AgentOption, BootMode, DataPlaneRouting, GroupPolicy, Initialisation, InstallStep, KeyPolicy,
    LargeStagingDisk, ManagedPolicy, Secret, ServerSharing,
};
use crate::net::Protocol;
use crate::scenario::read::words;
use crate::site::{FirewallAction, MacAddress, OsFamily, Power, TrustStore};
use crate::verdict::Direction;

words! {
    Protocol: "a protocol" { tcp => Tcp, udp => Udp, icmp => Icmp, }
    Direction: "a direction" { ingress => Ingress, egress => Egress, }
    Effect: "an effect" { allow => Allow, deny => Deny, }
    AclAction: "an action of a network ACL" { allow => Allow, deny => Deny, }
    FirewallAction: "an action of a host firewall" { allow => Allow, drop => Drop, }
    PeeringState: "a state of a peering connection" {
        pending_acceptance => PendingAcceptance,
        active => Active,
        deleted => Deleted,
        failed => Failed,
    }
    EndpointState: "a state of an endpoint" { available => Available, deleted => Deleted, }
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
