//! Changes of the migration's settings, as they are typed.

use crate::migrate::ground::PublicAddress;
use crate::migrate::mgn::{
    AdminRole, DataPlaneRouting, GroupPolicy, Initialisation, KeyPolicy, LargeStagingDisk, ServerSharing,
};
use crate::scenario::problem::At;
use crate::scenario::read::choices;
use crate::units::{BitRate, Span};

use super::change::Of;
use super::migration::{AgentText, EncryptionText, LaunchText, PrerequisitesText, QuotasText, WritesText};

choices! {
    /// Of the replication template.
    TemplateText: "a change of the replication template such as data_routing(PRIVATE_IP)" {
        data_routing => DataRouting(DataPlaneRouting),
        public_address => PublicAddress(PublicAddress),
        throttle => Throttle(BitRate),
        no_throttle => NoThrottle,
        server_sharing => ServerSharing(ServerSharing),
        replication_instance_type => InstanceType(At<String>),
        large_staging_disk => LargeStagingDisk(LargeStagingDisk),
        staging_encryption => Encryption(EncryptionText),
        replication_group_policy => GroupPolicy(GroupPolicy),
        replication_security_groups => SecurityGroups(Vec<At<String>>),
        staging_subnet => StagingSubnet(At<String>),
        replace_every => ReplaceEvery(At<Span>),
    }
}

choices! {
    /// Of the account.
    AccountText: "a change of the account such as initialisation(done)" {
        initialisation => Initialisation(Initialisation),
        operator => Operator(AdminRole),
        quotas => Quotas(QuotasText),
        deny_action => DenyAction(String),
        allow_action => AllowAction(String),
        default_subnet => DefaultSubnet(At<String>),
        no_default_subnet => NoDefaultSubnet,
        key_policy => KeyPolicy(Of<KeyPolicy>),
    }
}

choices! {
    /// Of one server.
    ServerText: "a change of a server such as server_writes(\"name\", constant(\"2Mbps\"))" {
        server_agent => Agent(Of<AgentText>),
        server_prerequisites => Prerequisites(Of<PrerequisitesText>),
        server_launch => Launch(Of<LaunchText>),
        server_writes => Writes(Of<WritesText>),
        server_user_provided_id => UserProvidedId(Of<String>),
        no_server_user_provided_id => NoUserProvidedId(At<String>),
    }
}
