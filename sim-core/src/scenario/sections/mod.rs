//! What a person types, section by section: names as names, quantities with units, defaults where
//! AWS has defaults. Nothing is looked up here.

mod change;
mod direct_connect;
mod fault;
mod firewall;
mod host;
mod lab;
mod migration;
mod network;
mod plan;
mod policy;
mod router;
mod routing_change;
mod segment;
mod session;
mod setting;
mod transit;
mod tunnel;
mod words;

pub use change::change_words;
pub(super) use change::{COMMANDS, ChangeText, CommandText, EditText};
pub(super) use direct_connect::{
    AssociationText, ConnectionKindText, ConnectionText, DirectConnectGatewayText, InterfaceKindText,
    LagText, LocationText, PrivateAssociationText, VirtualInterfaceText,
};
pub(super) use fault::{FaultText, NamesText};
pub(super) use firewall::{PassRuleText, SourceNatText};
pub(super) use host::{ClockText, FirewallRuleText, HostText, ListenText, NameServerText};
pub(super) use lab::{BreaksText, LabText, SymptomText};
pub(super) use migration::{
    AgentText, CopyPrivateIpText, EncryptionText, LaunchText, MigrationText, PrerequisitesText, QuotasText,
    ReplicationText, ServersText, TokenText, WritesText,
};
pub(super) use network::{
    DestinationOf, GatewayEndpointText, InspectionText, InterfaceEndpointText, PeerText, PeeringText,
    ProtocolText, RegionText, ResolverEndpointText, ResolverRuleText, RuleTypeText, StatementText,
    SubnetText, TargetText, VpcText,
};
pub(super) use plan::{ConditionText, ExpectText, OverText, ProbeText, SelectionText, StepText};
pub(super) use policy::{
    MatchText, PathText, PolicyText, PrefixText, PrependText, RuleText, RulesText, SetText,
};
pub(super) use router::{
    AnnounceText, BgpText, CapabilitiesText, EndText, IdleHoldText, IgpText, LimitActionText, LimitText,
    LinkText, MaxPrefixText, MultipathText, NeighborText, OriginationText, RestText, RestartText, RouterText,
    StaticRouteText, TimersText, ViaText,
};
pub(super) use routing_change::{
    IkeWord, KeyText, PolicyOrNone, ProcessWord, RoutingText, SessionWord, TunnelWord,
};
pub(super) use segment::{AttachedText, SegmentText};
pub(super) use session::{
    BranchText, DeedText, HealText, MarkText, MovedText, OrderText, SessionText, SourceText, TrailText,
};
pub(super) use setting::{AccountText, ServerText, TemplateText};
pub(super) use transit::{
    AccelerationText, AccessText, ConnectPeerText, ConnectText, CustomerGatewayText, TransitChangeText,
    TransitGatewayText, TransitPeeringText, TransitRouteTableText, TransitTargetText, VpcAttachmentText,
    VpnText, VpnTunnelText,
};
pub(super) use tunnel::{
    BfdText, CertificateText, DpdActionText, RetransmissionText, Side, StartText, TermsText, TunnelText,
    WrapText,
};
