//! Public virtual interfaces, told as the routers, links and sessions that they are.
//!
//! ```text
//!   cgw-1 ───vif-1── vif-1 (AS 7224) ──vif-1 uplink── internet ── tunnel endpoints
//! ```
//!
//! AWS's end tells the customer of the lab's tunnel endpoints, and the router that stands for the internet, and so for AWS's
//! own network, of what the customer announces.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::aws::direct_connect::{AWS_ASN, PUBLIC_PATH, PUBLIC_PREFIXES, SAME_CONTINENT, SAME_REGION};
use crate::aws::is_public;
use crate::proto::bgp::Community;
use crate::proto::bgp::policy::Action;
use crate::proto::bgp::rib::LimitCounting;
use crate::proto::bgp::rib::RemovePrivateAs;
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Place, Problem, Problems};
use crate::scenario::read::{Brief, Entries, Entry, InterfaceAddress, Need, Read};
use crate::scenario::sections::{
    AnnounceText, BgpText, EndText, InterfaceKindText, LabText, LimitText, LinkText, MatchText,
    MaxPrefixText, MultipathText, NeighborText, OriginationText, PolicyText, PrefixText, RouterText,
    RuleText, RulesText, SetText, VirtualInterfaceText,
};
use crate::units::Span;

use super::public_scope::{Reach, reach_of};
use super::vpn::{INTERNET, endpoint_pairs, named, other_host, route};

/// The AS number of the router that stands for the internet, where it speaks BGP (reserved for documentation, RFC 5398).
const INTERNET_ASN: u32 = 64_496;
/// Where the links between AWS's ends and the internet have their addresses (reserved for benchmarks, RFC 2544).
const UPLINKS: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 0);
/// How many equal ways AWS's network uses at once.
const MULTIPATH: u16 = 16;

/// Whether a virtual interface is a public one.
pub(super) fn is_one(text: &VirtualInterfaceText) -> bool {
    matches!(
        text.kind.get().map(|kind| &kind.value),
        Some(InterfaceKindText::Public)
    )
}

/// What a public virtual interface adds to AWS's end of any: a link to the internet, and sessions.
pub(super) struct PublicEnd {
    /// AWS's end.
    pub(super) body: RouterText,
    /// Its link to the internet.
    pub(super) uplink: Entry<LinkText>,
}

/// AWS's end of the `index`th virtual interface, whose session with the customer is `neighbor`.
pub(super) fn end(
    entry: &Entry<VirtualInterfaceText>,
    (text, index): (&VirtualInterfaceText, usize),
    customer: (&At<String>, NeighborText),
    (lab, internet): (&LabText, Option<&mut RouterText>),
    problems: &mut Problems,
) -> Option<PublicEnd> {
    check(entry, text, problems);
    let place = entry.name.place;
    let near = Ipv4Net::new_assert(Ipv4Addr::from(u32::from(UPLINKS) + 2 * index as u32), 31);
    let far = Ipv4Net::new_assert(other_host(near)?, 31);
    let uplink = At {
        value: format!("{} uplink", entry.name.value),
        place,
    };
    let name = |value: &str| At {
        value: value.to_owned(),
        place,
    };
    let address = |net| At {
        value: InterfaceAddress(net),
        place,
    };
    let end = |router, net| {
        Need::of(Brief(EndText {
            router,
            address: address(net),
        }))
    };
    let link = Entry {
        name: uplink.clone(),
        body: LinkText::empty().map(|link| LinkText {
            a: end(entry.name.clone(), near),
            b: end(name(INTERNET), far),
            delay: Some(Span::ZERO),
            ..link
        }),
    };
    let inward = neighbor(INTERNET_ASN, &uplink, place)?;
    let inward = NeighborText {
        // Whatever private numbers there are, and however often: to the rest of AWS's network the path is its own.
        remove_private_as: Some(RemovePrivateAs::All),
        // AWS imposes it, and takes away whatever communities there are.
        export: Some(PolicyText::Rules(tagged(
            None,
            vec![Community::NO_EXPORT],
            place,
        )?)),
        ..inward
    };
    let (customer_name, towards_customer) = customer;
    let towards_customer = NeighborText {
        import: Some(PolicyText::Rules(only(&text.prefixes, place)?)),
        export: Some(PolicyText::Rules(scoped(text, lab, place)?)),
        max_prefix: Some(MaxPrefixText(LimitText {
            limit: At {
                value: PUBLIC_PREFIXES,
                place,
            },
            action: None,
            counting: Some(LimitCounting::Exact),
        })),
        ..towards_customer
    };
    let pairs = endpoint_pairs(lab);
    if let Some(internet) = internet {
        let back = neighbor(AWS_ASN, &uplink, place)?;
        speak(internet, named(&entry.name.value, place, Some(back)), place);
    }
    let neighbors = vec![
        named(&customer_name.value, place, Some(towards_customer)),
        named(INTERNET, place, Some(inward)),
    ];
    let body = RouterText {
        asn: Some(At {
            value: AWS_ASN,
            place,
        }),
        static_routes: pairs.iter().map(|pair| route(*pair, far.addr(), place)).collect(),
        announce: pairs.iter().map(|pair| announced(*pair, place)).collect(),
        neighbors: Entries::of(neighbors),
        ..RouterText::empty()?
    };
    Some(PublicEnd { body, uplink: link })
}

fn neighbor(asn: u32, link: &At<String>, place: Place) -> Option<NeighborText> {
    Some(NeighborText {
        remote_as: Need::of(At { value: asn, place }),
        link: Some(link.clone()),
        next_hop_self: Some(true),
        ..NeighborText::empty()?
    })
}

/// The router that stands for the internet speaks BGP with AWS's end.
fn speak(internet: &mut RouterText, neighbor: Entry<NeighborText>, place: Place) {
    internet.asn.get_or_insert(At {
        value: INTERNET_ASN,
        place,
    });
    let ways = MultipathText::empty().map(|ways| MultipathText {
        ebgp: Some(At {
            value: MULTIPATH,
            place,
        }),
        ..ways
    });
    let options = internet.bgp.take().or_else(BgpText::empty);
    internet.bgp = options.map(|options| BgpText {
        multipath: options.multipath.or(ways),
        ..options
    });
    let neighbors = internet.neighbors.iter().cloned().chain([neighbor]);
    internet.neighbors = Entries::of(neighbors.collect());
}

/// What AWS tells of its own: the path is three numbers long where it leaves AWS.
fn announced(prefix: Ipv4Net, place: Place) -> AnnounceText {
    AnnounceText(OriginationText {
        prefix: At { value: prefix, place },
        med: None,
        origin: None,
        communities: Vec::new(),
        prepend: vec![AWS_ASN; PUBLIC_PATH - 1],
    })
}

/// Only what the customer said that it owns is taken.
fn only(prefixes: &[At<Ipv4Net>], place: Place) -> Option<RulesText> {
    let condition = MatchText {
        prefix: prefixes
            .iter()
            .map(|it| PrefixText {
                prefix: it.value.trunc(),
                ge: None,
                le: Some(32),
            })
            .collect(),
        ..MatchText::empty()?
    };
    rules(
        place,
        RuleText {
            condition: Some(condition),
            set: None,
            action: None,
        },
    )
}

/// What AWS tells, with how far from the virtual interface it is; nobody passes it on.
fn scoped(text: &VirtualInterfaceText, lab: &LabText, place: Place) -> Option<RulesText> {
    let mut all = RulesText {
        rules: Vec::new(),
        default: Action::Deny,
    };
    for (reach, value) in [(Reach::Region, SAME_REGION), (Reach::Continent, SAME_CONTINENT)] {
        let prefix = reach_of(reach, text, lab);
        if !prefix.is_empty() {
            let tags = vec![Community(AWS_ASN << 16 | value), Community::NO_EXPORT];
            all.rules.extend(tagged(Some(prefix), tags, place)?.rules);
        }
    }
    all.rules
        .extend(tagged(None, vec![Community::NO_EXPORT], place)?.rules);
    Some(all)
}

/// These prefixes, or all, with these communities and no others.
fn tagged(prefixes: Option<Vec<Ipv4Net>>, communities: Vec<Community>, place: Place) -> Option<RulesText> {
    let condition = match prefixes {
        Some(prefixes) => Some(MatchText {
            prefix: prefixes.into_iter().map(exactly).collect(),
            ..MatchText::empty()?
        }),
        None => None,
    };
    let set = SetText {
        community_set: Some(communities),
        ..SetText::empty()?
    };
    rules(
        place,
        RuleText {
            condition,
            set: Some(set),
            action: None,
        },
    )
}

fn exactly(prefix: Ipv4Net) -> PrefixText {
    PrefixText {
        prefix,
        ge: None,
        le: None,
    }
}

fn rules(place: Place, rule: RuleText) -> Option<RulesText> {
    Some(RulesText {
        rules: vec![At { value: rule, place }],
        default: Action::Deny,
    })
}

fn check(entry: &Entry<VirtualInterfaceText>, text: &VirtualInterfaceText, problems: &mut Problems) {
    if text.prefixes.is_empty() {
        let message = format!("public virtual interface `{}` has no prefix", entry.name.value);
        let wanted = "`prefixes`, the public ones that the customer owns and announces";
        problems.push_missing(entry.name.place, message, wanted);
    }
    let private = text.prefixes.iter().find(|it| !is_public(it.value.addr()));
    if let Some(prefix) = private {
        let message = format!("{} is no public prefix", prefix.value);
        problems.push(
            Problem::error(Code::Refused, prefix.place, message)
                .help("over a public virtual interface the customer announces public prefixes that it owns"),
        );
    }
    if let Some(address) = text.address.get()
        && !is_public(address.value.0.addr())
    {
        let message = format!("{} is no public address", address.value.0.addr());
        problems.push(
            Problem::error(Code::Refused, address.place, message)
                .help("both ends of a public virtual interface have public addresses"),
        );
    }
    let gateway = text.gateway.as_ref().or(text.virtual_private_gateway.as_ref());
    if let Some(gateway) = gateway {
        let message = "a public virtual interface leads to AWS's public addresses and to no gateway";
        problems.push(Problem::error(Code::Refused, gateway.place, message).help(
            "what leads to a gateway is a transit or a private one; VPN over a public one reaches private addresses, too",
        ));
    }
}
