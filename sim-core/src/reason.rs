//! The one list of reasons for which something does not work.
//!
//! Preflight checks, traced paths, dropped packets, agents' errors and refused operations all
//! speak in these codes. Where AWS's Reachability Analyzer has a code for a cause it is used as AWS
//! spells it ("Explanation codes", VPC Reachability Analyzer guide); the others are ours. A reason
//! says *what kind* of thing went wrong; [`crate::verdict::Refusal`] adds where and by which rule.

macro_rules! reasons {
    ($($variant:ident, $code:literal, $meaning:literal, $look:literal;)*) => {
        /// Why something does not work.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum Reason {
            $(#[doc = $meaning] #[serde(rename = $code)] $variant,)*
        }

        impl Reason {
            /// All reasons, in the order of their documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code that programs match on.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }
            /// What the code means, in one sentence fragment.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
            /// Where to look for the cure.
            #[must_use]
            pub const fn look(self) -> &'static str {
                match self { $(Self::$variant => $look,)* }
            }
        }
    };
}

reasons! {
    // Routing
    NoRoute, "NO_ROUTE_TO_DESTINATION", "the route table has no route that matches the destination", "add a route for the destination to the route table of the subnet, or let the router learn one";
    BlackholeRoute, "BAD_STATE_ROUTE", "the route that matches leads to something that is gone or not active", "bring the route's target back, or replace the route";
    BadState, "BAD_STATE", "a component on the path is not in a working state", "bring the component back up";
    ZoneLost, "AZ_LOST", "the availability zone has lost its power or its network", "let a second availability zone do the same: subnets, endpoints, interfaces and servers in it";
    InterfaceFailed, "ENI_FAILED", "the network interface has failed: nothing leaves it and nothing comes in", "let whoever asks try the interface in another availability zone: Resolver and interface endpoints have one in each of theirs";
    LocalRouteRestriction, "VPC_LOCAL_ROUTE_CIDR_RESTRICTION", "the local route does not cover the address", "use an address inside the VPC's CIDR blocks";
    PeeringAddressRestriction, "PCX_REQUIRES_ADDRESS_IN_VPC_CIDR", "a peering connection carries only traffic between addresses of its two VPCs", "peer the two VPCs directly, or use a Transit Gateway: peering is not transitive";
    PeeringNotActive, "PEERING_NOT_ACTIVE", "the peering connection is not active", "accept the peering connection";
    TransitNoAssociation, "TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION", "the attachment is associated with no route table, so the Transit Gateway forwards nothing from it", "associate the attachment with a route table of the Transit Gateway";
    TransitNoAttachment, "BAD_STATE_ATTACHMENT", "the Transit Gateway has no working attachment there", "attach it to the Transit Gateway";
    TransitZone, "TGW_ATTACH_VPC_AZ_RESTRICTION", "the attachment has no subnet in the sender's availability zone", "add a subnet of that availability zone to the attachment";
    TransitNoRoute, "TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT", "the Transit Gateway's route table has no route that matches the destination", "let the attachment that has the prefix propagate into the table, or add a static route";
    TransitBlackhole, "TGW_RTB_BAD_STATE_ROUTE", "the Transit Gateway's route that matches drops what it matches", "remove the blackhole route, or replace it";
    AllowedPrefix, "DXGW_ALLOWED_PREFIX", "no association of the Direct Connect gateway allows the destination", "add the prefix to the allowed prefixes of the association";
    VpnDown, "TGW_BAD_STATE_VPN", "the tunnel by which the route leads is not up", "look at why it is down; where another tunnel of the connection is up, the gateway takes that a moment later";
    GatewayVpnDown, "BAD_STATE_VPN", "the tunnel by which the virtual private gateway sends is down", "look at why it is; the gateway takes another tunnel a moment later, where one is up";
    NatRequiresSourceInVpc, "NGW_REQUIRES_SOURCE_IN_VPC", "a NAT gateway serves only sources in its own VPC", "give the source's own VPC a way out";
    NoPublicAddress, "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS", "an internet gateway needs the sender to have a public address", "use a private path, a NAT gateway or a public address";
    IngressNeedsPublicAddress, "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS", "no interface behind the internet gateway has that public address", "give the interface a public address";
    PrivateDestinationAtInternetGateway, "IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS", "an internet gateway does not carry traffic to private addresses", "add a route to the private destination";
    GatewayEndpointFromOutside, "VPCE_GATEWAY_EGRESS_SOURCE_ADDRESS_RESTRICTION", "a gateway endpoint serves only sources in its own VPC", "use an interface endpoint for clients that come over peering, VPN or Direct Connect";
    GatewayEndpointProtocol, "VPCE_GATEWAY_PROTOCOL_RESTRICTION", "a gateway endpoint carries only TCP and ICMP echo", "use another protocol or an interface endpoint";
    UnknownDestination, "UNKNOWN_DESTINATION", "nothing in the lab has the destination address", "check the address, or what should own it";
    Spoofed, "GATEWAY_REJECTS_SPOOFED_TRAFFIC", "the sender does not own the source address", "send from an address of the interface";
    SourceDestinationCheck, "ENI_SOURCE_DEST_CHECK_RESTRICTION", "the interface drops packets that are neither from nor to it", "turn the source/destination check off on the interface";
    ResolverNotReachable, "VPC_RESOLVER_FROM_OUTSIDE", "a VPC's resolver answers only its own VPC", "ask a Route 53 Resolver inbound endpoint instead";
    HopLimit, "MAX_HOPS_EXCEEDED", "the packet's hop limit ran out before it arrived", "for a BGP session, allow more hops: multihop; else look for two route tables that point at each other";
    NotProvisioned, "DX_NOT_AVAILABLE", "AWS has not made the line available yet", "accept it in the account that it is for, or wait until AWS has provisioned it";
    NotAsExpected, "NOT_AS_EXPECTED", "something is not as the lab expects it", "compare the way or the route with the expectation: which route matches longest, and which step of the decision chose it";
    LinkDown, "LINK_DOWN", "the link on the path is down", "bring the link back up";
    LinkSilent, "LINK_BLACKHOLE", "the link is up at both ends and delivers nothing", "look at what lies between the two ends; BFD would notice it";
    TunnelUnprotected, "TUNNEL_HAS_NO_SA", "the tunnel has no security association, so it carries nothing", "look at why phase 1 or phase 2 is not up";
    TunnelSelectors, "TUNNEL_SELECTORS", "the packet is not among what the two ends of the tunnel agreed to protect", "let the traffic selectors of both ends cover it: local_selectors and remote_selectors, or at AWS's end local_ipv4_network_cidr and remote_ipv4_network_cidr of the VPN connection; without them everything is protected";
    TunnelInTunnel, "TUNNEL_IN_TUNNEL", "the router's route to the outer address of a tunnel's far end leads into a tunnel, which cannot carry itself", "give that router a route to the outer address by the line that the tunnel runs over, longer than what leads into the tunnel: a /32";
    UnknownSpi, "UNKNOWN_SPI", "the packet names a security association that the receiver does not have", "let the sender negotiate anew: DPD would notice it";
    PacketLost, "PACKET_LOST", "the link lost the packet", "look at the link's loss";
    // Filters
    SecurityGroupMismatch, "ENI_SG_RULES_MISMATCH", "no rule of the interface's security groups allows it", "add a rule to one of the interface's security groups";
    SecurityGroupEmpty, "SG_HAS_NO_RULES", "the interface's security groups have no rule in this direction", "add a rule to one of the interface's security groups";
    NetworkAclDenied, "SUBNET_ACL_RESTRICTION", "the subnet's network ACL denies it", "add an allow rule with a lower number; network ACLs are stateless, so check the return direction and the ephemeral ports too";
    HostFirewall, "FIREWALL_RULES_RESTRICTION", "the host's own firewall drops it", "open the port in the host's firewall";
    // Transport
    ConnectionTimedOut, "CONNECTION_TIMED_OUT", "nothing answered before the client gave up", "find where the packets stop: forward path first, then the way back";
    ConnectionRefused, "CONNECTION_REFUSED", "the destination answered that nothing listens on the port", "start the service, or use its port";
    ConnectionReset, "CONNECTION_RESET", "the far end or a middlebox broke the connection", "look at idle time-outs and at what restarted";
    TtlSecurity, "TTL_SECURITY", "the packet comes with a lower TTL than TTL security takes: it crossed too many routers, or its sender does not begin at 255 (RFC 5082)", "turn TTL security on at both ends of the session, with the same number of hops";
    TcpAuthentication, "TCP_AUTHENTICATION", "the segment's MD5 digest is missing or of another key (RFC 2385)", "give both ends of the session the same key";
    HostDown, "HOST_DOWN", "the destination host is not running", "start the host";
    // BGP
    BgpBadPeerAs, "BGP_BAD_PEER_AS", "the peer is of another AS than the one configured for it", "compare the AS that each end is of with the one that the other expects: asn and local_as here, remote_as there";
    BgpHoldTime, "BGP_UNACCEPTABLE_HOLD_TIME", "one end proposes a hold time that the other does not accept", "raise the hold time at one end, or lower minimum_hold at the other";
    BgpIdentifier, "BGP_BAD_IDENTIFIER", "the peer's router identifier is zero or the router's own", "give each router an identifier of its own";
    BgpOpenRefused, "BGP_OPEN_REFUSED", "one end refuses what the other offers in its OPEN", "look at which field of OPEN is refused, at the end that refuses it";
    BgpHoldExpired, "BGP_HOLD_TIMER_EXPIRED", "nothing was heard of the peer for the hold time", "look for a silent failure of the path, or a peer that hangs";
    BgpMaxPrefixes, "BGP_MAXIMUM_PREFIXES", "a peer announced more prefixes than it may", "announce fewer prefixes or raise max_prefix, then reset the session";
    BgpShutdown, "BGP_ADMINISTRATIVE_SHUTDOWN", "an operator shut the session down", "start the session at the end where it was shut down";
    BgpReset, "BGP_ADMINISTRATIVE_RESET", "an operator reset the session", "wait: it comes back by itself";
    BgpMalformed, "BGP_MALFORMED_MESSAGE", "a message could not be read, or said something impossible", "look at the software of the end that sent it";
    BgpNotification, "BGP_NOTIFICATION", "the peer ended the session", "look at the peer for what it found wrong";
    BgpProcessDown, "BGP_PROCESS_DOWN", "the router's BGP process does not run", "start the BGP process";
    BgpNotCalled, "BGP_PEER_HAS_NOT_CALLED", "this end waits to be called, and the peer has not called", "let one of the two ends open the session: passive: false";
    BgpNextHop, "BGP_NEXT_HOP_UNREACHABLE", "the router has no route to the next hop of the path", "set next_hop_self at the router that brought the path into the AS, or give this router a route to the next hop";
    // IPsec
    IkeNoProposal, "IKE_NO_PROPOSAL_CHOSEN", "the two gateways have no algorithms in common", "compare what each side offers field by field: ike for phase 1, esp for phase 2, the DH group of phase 2 being PFS";
    IkeAuthentication, "IKE_AUTHENTICATION_FAILED", "a gateway could not prove who it is to the other", "set the same pre-shared key at both ends, or give both a certificate and the private key that belongs to it";
    IkeIdentity, "IKE_IDENTITY_MISMATCH", "a gateway is not who the other one expects, or its certificate is another's", "compare who each end says it is (local_id, or the certificate's subject) with whom the other expects (remote_id)";
    IkeCertificateUntrusted, "IKE_CERTIFICATE_UNTRUSTED", "a gateway's certificate is of an authority that the other does not trust, or not signed by it", "trust the authority at the end that refuses, or have the certificate issued by one that is trusted there";
    IkeCertificateExpired, "IKE_CERTIFICATE_EXPIRED", "a gateway's certificate has expired, which shows at the next authentication", "renew the certificate, then have the tunnel negotiated anew";
    IkeCertificateNotYetValid, "IKE_CERTIFICATE_NOT_YET_VALID", "a gateway's certificate does not hold yet", "wait until it holds and have the tunnel negotiated anew, or have one issued that holds now";
    IkeSelectors, "IKE_TS_UNACCEPTABLE", "the two gateways do not agree on what the tunnel protects", "compare the traffic selectors of both ends";
    IkeVersion, "IKE_VERSION_MISMATCH", "one gateway speaks a version of IKE that the other is not configured for", "give both ends the same version";
    IkeProcessDown, "IKE_PROCESS_DOWN", "the gateway's IKE process does not run", "start the IKE process";
    IkePeerSilent, "IKE_PEER_SILENT", "the other gateway does not answer IKE", "look at whether it runs, and whether it has a tunnel to this end's outer address";
    IkeRefused, "IKE_REFUSED", "the other gateway refused what it was asked", "look at which error it sent, and at the other end's record";
    // Names
    DnsTimeout, "DNS_TIMEOUT", "no resolver answered", "check the path to the resolver on UDP and TCP 53";
    DnsNxDomain, "DNS_NXDOMAIN", "the name does not exist where it was asked", "check the name, and which hosted zone or forwarding rule owns it";
    DnsShadowed, "DNS_PHZ_SHADOW", "a private hosted zone owns the name's domain but has no such record", "add the record to the private hosted zone, or make the zone narrower";
    DnsServFail, "DNS_SERVFAIL", "the resolver could not get an answer", "check the resolver's forwarding targets and the path to them";
    DnsLoop, "DNS_LOOP", "resolvers forward the name to each other in a circle", "break the circle of forwarding rules";
    DnsDisabled, "DNS_SUPPORT_DISABLED", "the VPC has no resolver because enableDnsSupport is off", "turn enableDnsSupport on";
    DnsPublicAnswer, "DNS_PUBLIC_ANSWER", "the name resolves to a public address that this network cannot reach", "turn on the endpoint's private DNS and the VPC's DNS attributes, or use the endpoint's own name";
    DnsWrongEndpoint, "DNS_WRONG_ENDPOINT", "the name resolves to an endpoint of another VPC", "leave one owner of the name for each resolver path";
    // TLS and HTTP
    CertificateVerifyFailed, "CERTIFICATE_VERIFY_FAILED", "the certificate presented is not trusted", "exempt the service from TLS inspection, or install the Amazon root certificates";
    TlsNameMismatch, "TLS_NAME_MISMATCH", "the certificate is for another host name", "for S3 through an interface endpoint, put the bucket. label into the host name";
    EndpointPolicyDenied, "ENDPOINT_POLICY_DENY", "the endpoint's policy does not allow the request (HTTP 403)", "allow the action and resource in the endpoint's policy";
    AccessDenied, "ACCESS_DENIED", "the caller's permissions do not allow the request", "attach the AWS managed policy that the step needs";
    AdminRequired, "ADMIN_REQUIRED", "MGN can be initialised only by an administrator", "initialise MGN as an administrator";
    InvalidSignature, "INVALID_SIGNATURE", "the request's signature does not match: the secret key is wrong", "re-enter the secret access key";
    ExpiredToken, "EXPIRED_TOKEN", "the temporary credentials have expired or lack their session token", "issue new temporary credentials, and pass the session token";
    ClockSkew, "CLOCK_SKEW", "the host's clock is too far from AWS's for its signatures to be accepted", "synchronise the host's clock";
    Uninitialized, "UNINITIALIZED_ACCOUNT", "MGN is not initialised in the target Region", "initialise MGN in the target Region as an administrator";
    RegionMismatch, "REGION_MISMATCH", "the request names one Region and reaches another", "align --region, both endpoints, the bucket and the replication template";
    NoSuchService, "SERVICE_NOT_AT_ENDPOINT", "the endpoint that the name leads to serves another service", "use the endpoint of the service that is called";
    // The migration's own
    PublicDataRouting, "PUBLIC_DATA_ROUTING", "the replication template routes data over public addresses", "set data routing to private IP and public IP creation off in the replication template";
    ServiceRoleDenied, "SERVICE_ROLE_DENIED", "a service control policy or the service role does not allow MGN to do it", "allow the MGN service-linked role";
    KmsGrantDenied, "KMS_GRANT_DENIED", "the key policy does not let MGN's service-linked role create grants", "allow kms:CreateGrant for the MGN service-linked role in the key policy";
    QuotaExceeded, "SERVICE_QUOTA_EXCEEDED", "a service quota is exhausted", "request a higher quota, or start fewer at a time";
    SubnetFull, "SUBNET_HAS_NO_FREE_ADDRESS", "the subnet has no free address", "use a larger staging area subnet";
    UnsupportedInstanceType, "INSTANCE_TYPE_NOT_IN_ZONE", "the instance type is not offered in the availability zone", "choose another instance type or zone";
    UnsupportedOs, "UNSUPPORTED_OPERATING_SYSTEM", "the source's operating system is not supported", "upgrade the operating system, or move the server by other means";
    MissingPackages, "MISSING_PACKAGES", "packages that the agent's installer needs are missing, and an isolated host cannot fetch them", "stage make, gcc, perl, tar, gawk, rpm and the kernel headers beforehand";
    KernelHeadersMismatch, "KERNEL_HEADERS_MISMATCH", "the installed kernel headers are not those of the running kernel", "install the headers that match uname -r";
    NotEnoughSpace, "NOT_ENOUGH_DISK_SPACE", "the source has too little free disk space for the agent", "free at least 2 GB on the root volume";
    NotEnoughMemory, "NOT_ENOUGH_MEMORY", "the source has too little free memory for the agent", "free at least 300 MB of memory";
    NotRoot, "NOT_ROOT", "the installer needs root privileges", "run the installer with sudo";
    SecureBoot, "SECURE_BOOT", "Linux Secure Boot keeps the agent's kernel module from loading", "turn Secure Boot off";
    ConflictingAgent, "CONFLICTING_AGENT", "an agent of CloudEndure or Elastic Disaster Recovery is installed", "remove the other agent first";
    DiskTooLarge, "DISK_TOO_LARGE", "a disk is larger than MGN supports (16 TB)", "exclude the disk and move its data by other means";
    DiskTooSmall, "DISK_TOO_SMALL", "a disk is smaller than 1 MiB, which stalls replication", "exclude the disk and reinstall the agent";
    TooManyDisks, "TOO_MANY_DISKS", "the server has more disks than MGN supports", "exclude disks";
    MacChanged, "MAC_ADDRESS_CHANGED", "the source's MAC address changed, so MGN no longer recognises it", "keep MAC addresses stable; reinstall the agent";
    NotConverging, "WRITE_RATE_EXCEEDS_THROUGHPUT", "the source writes faster than replication can carry", "raise the throttle, the link or the replication server, or move write-heavy servers to dedicated ones";
    NoSubnetForLaunch, "NO_SUBNET_FOR_LAUNCH", "the launch template names no subnet and the Region has no default VPC", "set a subnet in the launch template and make that version the default";
    AddressNotInSubnet, "PRIVATE_IP_NOT_IN_SUBNET", "the private address to be kept is outside the target subnet or taken", "turn copyPrivateIp off, or launch into a subnet that holds the address";
    BootModeMismatch, "BOOT_MODE_MISMATCH", "the source boots with UEFI and the instance type does not", "choose a Nitro instance type";
    TerminationProtection, "TERMINATION_PROTECTION", "termination protection keeps the previous instance", "turn termination protection off on the previous instance";
    LifeCycleConflict, "LIFE_CYCLE_CONFLICT", "the operation is not allowed in the server's life-cycle state", "bring the server to a state that allows the operation";
    NotLaunchable, "NOT_LAUNCHABLE", "the server has no launchable snapshot yet", "wait for the initial sync and the first snapshot";
    JobActive, "JOB_ALREADY_ACTIVE", "a job is already active for the server", "wait for the running job";
    PostLaunchActionPending, "POST_LAUNCH_ACTION_PENDING", "a post-launch action that must succeed has not succeeded", "wait for or repair the post-launch action";
    ServerNotFound, "SOURCE_SERVER_NOT_FOUND", "MGN knows no such source server: no agent of it has registered", "install the agent, and wait until it has registered, before the operation";
    // Sites
    RouterFirewall, "ROUTER_FIREWALL", "the firewall of a customer's router has no rule that allows it, or one that drops it", "allow it in the router's firewall, in front of the rule that drops it; answers need no rule of their own";
    AsymmetricStateful, "ASYMMETRIC_STATEFUL", "a stateful firewall is handed a packet of a conversation that it did not see begin", "lead both directions through the same firewall: compare where the question went with where the answer comes back";
    NatPortsExhausted, "NAT_PORTS_EXHAUSTED", "the router's address has no port left for another conversation with that destination", "hide fewer senders behind one address";
    GatewayInactive, "GATEWAY_HAS_NO_ACTIVE_ROUTER", "none of the routers that share the virtual gateway has taken it over", "wait for the next router to take over; where none does, look at the interfaces of all of them on the segment";
    NoGateway, "HOST_HAS_NO_GATEWAY", "the destination is not on the host's segment, and the host has neither a default gateway nor a route to it", "give the host a default gateway: the address of a router on its segment";
    NotForwarding, "HOST_DOES_NOT_FORWARD", "the host was handed a packet for somebody else, and forwards nothing", "send by a gateway that is a router";
    ArpUnanswered, "ARP_UNANSWERED", "nobody on the segment answers to the address that the packet is to be handed to", "compare the address, or the gateway that leads to it, with what is on the segment";
    // Names, again
    DnsRuleOverridesZone, "DNS_RULE_OVERRIDES_ZONE", "a forwarding rule of the same or a narrower domain wins over the private hosted zone that holds the name", "disassociate the rule from the VPC, or make the private hosted zone the narrower of the two";
    MtuExceeded, "MTU_EXCEEDED", "the packet is larger than what it has to cross carries, and may not be cut: where its sender does not hear of that, small packets come through and large ones vanish", "clamp the MSS of TCP where the way becomes narrow, let ICMP type 3 code 4 through to the sender, or lower the senders' MTU";
    // Tunnels, again
    ReplayWindow, "IPSEC_REPLAY_WINDOW", "so many packets of the tunnel overtook this one that its sequence number is left of the window against replay (RFC 4303 section 3.4.3)", "raise replay_window at the end that drops, or lead the tunnel's packets over one way";
    // BGP, again
    BgpNoPolicy, "BGP_POLICY_REQUIRED", "the router has requires_policy and the session has no policy for that direction, so that nothing goes over it (RFC 8212)", "give the session an import and an export policy, or set requires_policy to false";
    // Ways, again
    AnswerTooLate, "ANSWER_TOO_LATE", "the way there and back takes longer than is waited for, or may by chance", "look at the delay and the jitter of what is on the way, or wait longer";
    RouterHangs, "ROUTER_HANGS", "the router hangs: its interfaces are up, and it passes nothing on and answers nothing", "restart the router; until then only BFD, hold times and what else expects to hear of it notice";
}

impl core::fmt::Display for Reason {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Reason;

    #[test]
    fn codes_are_unique_and_well_formed() {
        let mut codes: Vec<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        assert!(codes.iter().all(|code| {
            code.chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        }));
        let n_reasons = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), n_reasons);
    }
}
