//! Public virtual interfaces, told as the routers, links and sessions that they are.
//!
//! ```text
//!   cgw-1 ───vif-1── vif-1 (AS 7224) ──vif-1 uplink── internet ── tunnel endpoints
//! ```
//!
//! AWS's end tells the customer of the lab's tunnel endpoints, and the routers that stand for AWS's own network
//! ([`super::public_network`]) of what the customer announces, as far as the customer wants it told.

use ipnet::Ipv4Net;

use crate::aws::direct_connect::{
    AWS_ASN, LOCAL_CONTINENT, LOCAL_REGION, PUBLIC_PATH, PUBLIC_PREFIXES, SAME_CONTINENT, SAME_REGION,
};
use crate::aws::is_public;
use crate::proto::bgp::Community;
use crate::proto::bgp::policy::Action;
use crate::proto::bgp::rib::RemovePrivateAs;
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Place, Problem, Problems};
use crate::scenario::read::{Entries, Entry, InterfaceAddress, Need, Read};
use crate::scenario::sections::{
    AccessText, AnnounceText, BgpText, InterfaceKindText, LabText, LimitText, LinkText, MatchText,
    MaxPrefixText, MultipathText, NeighborText, OriginationText, PolicyText, PrefixText, RouterText,
    RuleText, RulesText, SetText, VirtualInterfaceText,
};

use super::public_network::{self, Part};
use super::public_scope::{Reach, reach_of};
use super::vpn::{link, named, route};

/// The AS number of the routers that stand for AWS's network (reserved for documentation, RFC 5398).
const NETWORK_ASN: u32 = 64_496;
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
    /// Its links to AWS's network.
    pub(super) uplinks: Vec<Entry<LinkText>>,
}

/// AWS's end of the `index`th virtual interface, whose session with the customer is `neighbor`.
pub(super) fn end(
    entry: &Entry<VirtualInterfaceText>,
    (text, index): (&VirtualInterfaceText, usize),
    customer: (&At<String>, NeighborText),
    (lab, routers): (&LabText, &mut [Entry<RouterText>]),
    problems: &mut Problems,
) -> Option<PublicEnd> {
    check(entry, text, problems);
    let place = entry.name.place;
    let parts = public_network::parts(lab);
    // Regions have a link to the internet each, and then as many as there are interfaces.
    let first = parts.iter().filter(|part| part.region.is_some()).count() + index * parts.len();
    let mut joined = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        joined.push(join(entry, (text, part), first + number, lab)?);
        if let Some(router) = routers.iter_mut().find(|it| it.name.value == part.router)
            && let Some(body) = &mut router.body
        {
            let back = neighbor(AWS_ASN, &joined.last()?.uplink.name, place)?;
            speak(body, named(&entry.name.value, place, Some(back)), place);
        }
    }
    let (customer_name, towards_customer) = customer;
    let towards_customer = NeighborText {
        import: Some(PolicyText::Rules(only(&text.prefixes, place)?)),
        export: Some(PolicyText::Rules(scoped(text, lab, place)?)),
        max_prefix: Some(MaxPrefixText(LimitText::of_aws(At {
            value: PUBLIC_PREFIXES,
            place,
        }))),
        ..towards_customer
    };
    let mut neighbors = vec![named(&customer_name.value, place, Some(towards_customer))];
    let (mut static_routes, mut announce, mut uplinks) = (Vec::new(), Vec::new(), Vec::new());
    for (part, joint) in parts.iter().zip(joined) {
        let far = joint.far.addr();
        static_routes.extend(part.pairs.iter().map(|pair| route(*pair, far, place)));
        announce.extend(part.pairs.iter().map(|pair| announced(*pair, place)));
        neighbors.push(named(&part.router, place, Some(joint.inward)));
        uplinks.push(joint.uplink);
    }
    let body = RouterText {
        asn: Some(At {
            value: AWS_ASN,
            place,
        }),
        static_routes,
        announce,
        neighbors: Entries::of(neighbors),
        ..RouterText::empty()?
    };
    Some(PublicEnd { body, uplinks })
}

/// What joins AWS's end of a virtual interface to a part of AWS's network.
struct Joint {
    uplink: Entry<LinkText>,
    /// The part's address on it.
    far: Ipv4Net,
    /// The session over it.
    inward: NeighborText,
}

fn join(
    entry: &Entry<VirtualInterfaceText>,
    (text, part): (&VirtualInterfaceText, &Part),
    index: usize,
    lab: &LabText,
) -> Option<Joint> {
    let place = entry.name.place;
    let (near, far) = public_network::ends(index)?;
    let name = |value: String| At { value, place };
    let line = AccessText {
        delay: Some(part.delay(text, lab)),
        ..AccessText::empty()?
    };
    let own = At {
        value: InterfaceAddress(near),
        place,
    };
    let uplink = link(
        &name(part.uplink_of(&entry.name.value)),
        (entry.name.clone(), own),
        (&part.router, far),
        &line,
    );
    let inward = neighbor(NETWORK_ASN, &uplink.name, place)?;
    let inward = NeighborText {
        // Whatever private numbers there are, and however often: to the rest of AWS's network the path is its own.
        remove_private_as: Some(RemovePrivateAs::All),
        export: Some(PolicyText::Rules(told_within(part.reach(text, lab), place)?)),
        ..inward
    };
    Some(Joint { uplink, far, inward })
}

/// What of the customer's announcements is told so far from the virtual interface: the narrowest of the communities that ask
/// how far counts, of which AWS says nothing. NO_EXPORT AWS imposes, and it takes away whatever communities there are.
fn told_within(reach: Reach, place: Place) -> Option<RulesText> {
    let too_narrow: &[u32] = match reach {
        Reach::Region => &[],
        Reach::Continent => &[LOCAL_REGION],
        Reach::World => &[LOCAL_REGION, LOCAL_CONTINENT],
    };
    let mut all = tagged(None, vec![Community::NO_EXPORT], place)?;
    for (at, value) in too_narrow.iter().enumerate() {
        let condition = MatchText {
            community: vec![Community(AWS_ASN << 16 | value)],
            ..MatchText::empty()?
        };
        let rule = RuleText {
            condition: Some(condition),
            set: None,
            action: Some(Action::Deny),
        };
        all.rules.insert(at, At { value: rule, place });
    }
    Some(all)
}

fn neighbor(asn: u32, link: &At<String>, place: Place) -> Option<NeighborText> {
    Some(NeighborText {
        remote_as: Need::of(At { value: asn, place }),
        link: Some(link.clone()),
        next_hop_self: Some(true),
        ..NeighborText::empty()?
    })
}

/// The router that stands for AWS's network, or a part of it, speaks BGP with AWS's end.
fn speak(router: &mut RouterText, neighbor: Entry<NeighborText>, place: Place) {
    router.asn.get_or_insert(At {
        value: NETWORK_ASN,
        place,
    });
    let ways = MultipathText::empty().map(|ways| MultipathText {
        ebgp: Some(At {
            value: MULTIPATH,
            place,
        }),
        ..ways
    });
    let options = router.bgp.take().or_else(BgpText::empty);
    router.bgp = options.map(|options| BgpText {
        multipath: options.multipath.or(ways),
        ..options
    });
    let neighbors = router.neighbors.iter().cloned().chain([neighbor]);
    router.neighbors = Entries::of(neighbors.collect());
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
