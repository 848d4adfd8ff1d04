//! The labs that ship inside the program.

use std::borrow::Cow;

/// The lab that opens when none is named.
pub const DEFAULT_LAB: &str = "onprem-to-aws";

macro_rules! shipped {
    ($($name:literal,)*) => {
        /// Name and text of every shipped lab, in the order in which they are listed.
        pub(super) const SHIPPED: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../scenarios/", $name, ".ron"))),)*];
    };
}

shipped! {
    "onprem-to-aws",
    "region-to-region",
    "region-to-region-40",
    "rehearsal-500",
    "custom-dns",
    "r2r-mgn-not-initialised",
    "r2r-mgn-not-admin",
    "r2r-no-route-to-target",
    "r2r-no-route-back",
    "r2r-peering-not-accepted",
    "r2r-firewall-443",
    "r2r-firewall-1500",
    "r2r-source-sg-443-only",
    "r2r-dns-hostnames-off",
    "r2r-dns-support-off",
    "r2r-mgn-endpoint-missing",
    "r2r-mgn-private-dns-off",
    "r2r-mgn-name-owned-elsewhere",
    "r2r-mgn-sg-without-source",
    "r2r-mgn-sg-without-staging",
    "r2r-mgn-endpoint-policy",
    "r2r-s3-endpoint-missing",
    "r2r-s3-sg-without-source",
    "r2r-installer-url-public",
    "r2r-installer-url-without-bucket",
    "r2r-s3-endpoint-option-missing",
    "r2r-s3-gateway-not-associated",
    "r2r-s3-interface-policy",
    "r2r-s3-gateway-policy",
    "r2r-ec2-endpoint-missing",
    "r2r-ec2-sg-without-staging",
    "r2r-public-routing",
    "r2r-staging-sg-without-1500",
    "r2r-staging-acl-1500",
    "r2r-staging-acl-ephemeral",
    "r2r-staging-subnet-full",
    "r2r-type-not-in-zone",
    "r2r-instance-quota",
    "r2r-scp-run-instances",
    "r2r-snapshot-quota",
    "r2r-kms-no-grant",
    "r2r-secret-mangled",
    "r2r-credentials-expired",
    "r2r-credentials-without-policy",
    "r2r-clock-skew",
    "r2r-tls-inspection",
    "r2r-old-root-certificates",
    "r2r-missing-packages",
    "r2r-unsupported-os",
    "r2r-disk-too-large",
    "r2r-mac-changed",
    "r2r-no-launch-subnet",
    "r2r-post-launch-without-ssm",
    "custom-dns-no-forwarder",
    "custom-dns-inbound-sg",
    "custom-dns-udp-only",
    "onprem-no-forwarder",
    "onprem-inbound-sg",
    "onprem-no-return-route",
    "onprem-propagation-off",
    "onprem-not-associated",
    "onprem-blackhole",
    "onprem-router-firewall",
    "bgp-two-lines",
    "bgp-decision",
    "bgp-loopbacks",
    "bgp-wrong-remote-as",
    "bgp-hold-time",
    "bgp-md5-key",
    "bgp-ttl-security",
    "bgp-prefix-limit",
    "bgp-no-loopback-route",
    "bgp-no-next-hop-self",
    "bgp-bfd",
    "vpn-two-tunnels",
    "vpn-one-router",
    "vpn-two-routers",
    "vpn-static",
    "dx-single",
    "dx-two-ports",
    "dx-two-locations",
    "dx-maximum",
    "dx-vpn-backup",
    "dx-steered-by-communities",
    "dx-steered-by-prefix-length",
    "dx-steered-by-prepending",
    "five-vpcs-peered",
    "five-vpcs-transit",
    "transit-segmented",
    "transit-inter-region",
    "hybrid-dns",
    "dx-too-many-prefixes",
    "dx-allowed-prefix-missing",
    "dx-allowed-prefix-narrower",
    "dx-md5-key",
    "dx-wrong-asn",
    "dx-no-bfd",
    "dx-one-device",
    "dx-more-specific-over-vpn",
    "dx-static-vpn-beats-it",
    "dx-prepending-across-regions",
    "dx-asymmetric-firewalls",
    "dx-acl-ephemeral",
    "dx-supernet-leak",
    "vpn-one-tunnel",
    "vpn-both-wait",
    "vpn-not-restarted",
    "vpn-unequal-paths",
    "vpn-static-next-hop",
    "transit-peering-no-static-route",
    "transit-peering-not-accepted",
    "transit-zone-without-subnet",
    "transit-overlapping-vpcs",
    "transit-spokes-not-propagated",
    "transit-edge-to-edge",
    "hybrid-dns-no-forwarder",
    "hybrid-dns-inbound-sg",
    "hybrid-dns-endpoint-sg",
    "hybrid-dns-zone-shadows",
    "hybrid-dns-loop",
    "hybrid-dns-gateway-endpoint",
    "ipsec-bgp",
    "ipsec-wrong-key",
    "ipsec-proposal-mismatch",
    "ipsec-pfs-mismatch",
    "ipsec-no-route-to-peer",
    "data-centre",
    "data-centre-no-gateway",
    "data-centre-firewall-rule",
    "data-centre-asymmetric",
    "ipsec-certificates",
    "ipsec-certificate-renewal",
    "ipsec-certificate-expired",
    "ipsec-certificate-untrusted",
    "ipsec-certificate-identity",
}

/// Name and text of every shipped lab, in the order in which they are listed.
#[must_use]
pub fn shipped() -> &'static [(&'static str, &'static str)] {
    SHIPPED
}

/// The shipped labs as bases for others: the function to hand to [`super::load`] where there is
/// nothing else to build on.
#[must_use]
pub fn shipped_base(name: &str) -> Option<Cow<'static, str>> {
    SHIPPED
        .iter()
        .find(|(shipped, _)| *shipped == name)
        .map(|(_, text)| Cow::Borrowed(*text))
}
