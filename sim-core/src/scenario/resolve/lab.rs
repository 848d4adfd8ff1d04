//! The order in which a lab is put together.

use crate::aws::{self, Cloud};
use crate::kernel::Arena;
use crate::migrate::mgn::{self, CopyPrivateIp};
use crate::resource::{ProbeId, ResourceRef, kind};
use crate::scenario::breaks::{Breaks, Symptom};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Place, Problem, Problems};
use crate::scenario::read::Entries;
use crate::scenario::sections::{BreaksText, ExpectText, LabText, SymptomText};
use crate::site::Host;
use crate::units::{SimTime, Span};
use crate::world::blueprint::{About, Blueprint, Called, LabSource, Site};
use crate::world::lever::Lever;
use crate::world::names::Names;
use crate::world::prober::ProbePlan;
use crate::world::runbook::{Expectation, RunbookStep};

use super::change::Extent;
use super::cloud::Draft;
use super::host::Hosts;
use super::probe::AddressOf;
use super::router::Routers;
use super::scope::Scope;
use super::select::Groups;
use super::{
    change, cloud, direct_connect, direct_connect_gateway, endpoint, fault, filter, fleet, host, migration,
    plan, probe, route, router, routing_change, segment, transit, transit_quota, virtual_private_gateway,
    vpc, vpc_quota, vpn,
};

/// The version of the format that this program reads.
const SCHEMA: u32 = 1;
/// How long a lab runs where it does not say.
const DURATION: Span = Span::days(7);
/// The longest that a lab runs: with room above so that sums of instants and spans stay in range.
const LONGEST: Span = Span::days(36_500);
/// The seed where the lab does not say.
const SEED: u64 = 1;

/// A lab whose every name is resolved.
#[derive(Debug)]
pub(in crate::scenario) struct Resolved {
    pub(in crate::scenario) blueprint: Blueprint,
    pub(in crate::scenario) breaks: Option<Breaks>,
    /// Where what disturbs it is written.
    pub(in crate::scenario) written: Vec<Line>,
}

/// What is done at an instant, and where that is written.
pub(in crate::scenario) type Line = (SimTime, Lever, Place, Option<Called>);

/// Puts the lab together; `None` where something could not be read, which has then been reported.
pub(in crate::scenario) fn resolve(lab: &LabText, problems: &mut Problems) -> Option<Resolved> {
    if let Some(At { value, place }) = lab.schema.get()
        && *value != SCHEMA
    {
        let message = format!("this file is written for version {value} of the format");
        problems.push(Problem::error(Code::UnknownSchema, *place, message).help(format!(
            "this program reads version {SCHEMA}: write schema: {SCHEMA}"
        )));
        return None;
    }
    let mut scope = Scope::new();
    let mut draft = Draft::default();
    let mut hosts = Hosts::default();
    let mut segments = segment::declare(lab, &mut scope, problems);
    cloud::fill(lab, &mut scope, &mut draft, problems);
    let implied: Vec<vpc::Implied> = lab
        .vpcs
        .iter()
        .map(|entry| vpc::declare(entry, &mut scope, problems))
        .collect();
    let vpcs = || lab.vpcs.iter().zip(implied.iter().copied());
    let mgn_group = lab
        .migration
        .as_ref()
        .map(|_| migration::declare_group(&mut scope));
    for entry in &lab.hosts {
        scope.hosts.declare(&entry.name, problems);
    }
    let servers = lab
        .migration
        .as_ref()
        .map(|text| text.servers.as_slice())
        .unwrap_or_default();
    let mut groups = Groups::new();
    let fleets = fleet::declare(servers, &mut groups, &mut scope, problems);

    for (entry, implied) in vpcs() {
        vpc::fill(entry, implied, &scope, &mut draft, problems);
    }
    vpc::peerings(lab, &mut scope, &mut draft, problems);
    transit::declare(lab, &mut scope, &mut draft, problems);
    virtual_private_gateway::declare(lab, &mut scope, &mut draft, problems);
    direct_connect_gateway::declare(lab, &mut scope, &mut draft, problems);
    for (entry, implied) in vpcs() {
        filter::fill(entry, implied, &scope, &mut draft, problems);
        route::fill_nat(entry, implied, &scope, &mut draft, problems);
    }
    host::fill_all(lab, &scope, (&mut draft, &mut segments, &mut hosts), problems);
    let config = match (&lab.migration, mgn_group) {
        (Some(text), Some(group)) => {
            let parts = (&mut scope, &mut draft, &mut segments, &mut hosts);
            migration::fill(text, &fleets, (group, &mut groups), parts, problems)
        }
        _ => None,
    };
    for (entry, implied) in vpcs() {
        filter::check_references(entry, &scope, &draft, problems);
        let address_of = |host| hosts.address_of(host);
        route::fill(entry, implied, (&scope, &address_of), &mut draft, problems);
        endpoint::fill(entry, implied, &scope, &mut draft, problems);
    }
    endpoint::hosted_zones(lab, &scope, &mut draft, problems);
    super::resolver_rule::fill(lab, &mut scope, &mut draft, problems);

    let equipment = vpn::equipment(lab, problems);
    let mut routers = router::fill(&lab.policies, &equipment, &mut scope, segments, problems);
    direct_connect::connect(lab, (&mut scope, &mut draft), &mut routers, problems);
    vpn::attach(lab, (&mut scope, &mut draft), &mut routers, problems);
    transit::fill(lab, &mut scope, &mut draft, problems);
    transit_quota::check(lab, &scope, &draft, problems);
    let cloud = draft.finish(vpc_quota::raised(lab, problems), problems);
    // What is asked of the lab may be wrong, too, and does not make the lab wrong.
    let extent = if problems.any_error() {
        Extent::Declared
    } else {
        Extent::Whole
    };
    let address_of = |host| hosts.rows.get(host)?.address(&cloud);
    let plan = plan(lab, (&mut scope, &address_of), &mut groups, problems);
    let built = Built {
        cloud,
        hosts: hosts.rows.into_arena(),
        config,
        plan,
        routers,
    };
    match extent {
        Extent::Declared => {
            look_at_changes(lab, &built, &scope, &mut groups, problems);
            None
        }
        Extent::Whole => {
            check_cloud(&built, &scope, lab.name.get()?.place, problems);
            finish(lab, built, (&scope, &mut groups), problems)
        }
    }
}

/// Looks at what is changed in a lab that has mistakes.
fn look_at_changes(
    lab: &LabText,
    built: &Built,
    scope: &Scope,
    groups: &mut Groups,
    problems: &mut Problems,
) {
    let known = change::Known {
        names: &scope.names(),
        groups,
        config: built.config.as_ref(),
        hosts: &built.hosts,
        cloud: &built.cloud,
        routing: &built.routers.routing,
        extent: Extent::Declared,
    };
    change::look_at(lab.changes.iter().map(|change| &change.value), &known, problems);
    let planned = lab.events.iter().map(|event| &event.change.value);
    change::look_at(planned, &known, problems);
}

/// What people do and expect.
struct Plan {
    duration: Span,
    runbook: Arena<RunbookStep, kind::RunbookStep>,
    probes: Vec<ProbePlan>,
    expectations: Vec<Expectation>,
}

fn plan(
    lab: &LabText,
    (scope, address_of): (&mut Scope, &AddressOf<'_>),
    groups: &mut Groups,
    problems: &mut Problems,
) -> Plan {
    let duration = duration(lab, problems);
    Plan {
        duration,
        runbook: plan::runbook(&lab.runbook, scope, groups, problems),
        probes: probe::fill(&lab.probes, duration, (scope, address_of), problems),
        expectations: plan::expectations(&lab.expect, duration, (scope, groups), problems),
    }
}

/// The parts of the lab, each complete.
struct Built {
    cloud: Cloud,
    hosts: Arena<Host, kind::Host>,
    config: Option<mgn::Config>,
    plan: Plan,
    routers: Routers,
}

/// Whatever else AWS would refuse: the checks above point at the very words, these at the thing.
fn check_cloud(built: &Built, scope: &Scope, lab: Place, problems: &mut Problems) {
    let names = names(&built.cloud, &built.hosts, None, &built.plan.runbook);
    for violation in aws::violations(&built.cloud) {
        let subject = violation.subject();
        let place = scope.place(subject).unwrap_or(lab);
        let message = format!("{} `{}`: {violation}", subject.kind(), names.of(subject));
        problems.push(Problem::error(Code::Refused, place, message));
    }
}

/// The names, what is said in terms of them, and the whole.
fn finish(
    lab: &LabText,
    built: Built,
    (scope, groups): (&Scope, &mut Groups),
    problems: &mut Problems,
) -> Option<Resolved> {
    let Built {
        cloud,
        hosts,
        mut config,
        plan,
        routers,
    } = built;
    if let Some(config) = &mut config {
        keep_addresses(config, &hosts, &cloud);
    }
    let mut names = names(&cloud, &hosts, config.as_ref(), &plan.runbook);
    for (thing, name) in routers.names.iter() {
        names.insert(thing, name);
    }
    for (name, id) in scope.segments.iter() {
        names.insert(id, name);
    }
    let routing = routers.routing;
    let mut known = change::Known {
        names: &names,
        groups,
        config: config.as_ref(),
        hosts: &hosts,
        cloud: &cloud,
        routing: &routing,
        extent: Extent::Whole,
    };
    let overlay = change::before(&lab.changes, &mut known, problems);
    let mut written: Vec<Line> = (overlay.iter().cloned())
        .map(|(lever, place)| (SimTime::START, lever, place, None))
        .collect();
    let overlay: Vec<Lever> = overlay.into_iter().map(|(lever, _)| lever).collect();
    let mut schedule = Vec::new();
    for event in &lab.events {
        if event.at.value > SimTime::at(plan.duration) {
            let message = format!("the lab ends after {}, before this event", plan.duration);
            problems.push(Problem::warning(Code::AfterEnd, event.at.place, message));
        }
        let lever = change::lever(&event.change.value, &mut known, problems);
        schedule.extend(lever.map(|lever| (event.at.value, lever, event.change.place)));
    }
    schedule.sort_by_key(|(at, ..)| *at);
    routing_change::check_events(&routing, (&overlay, &schedule), problems);
    let planned = schedule.iter().cloned();
    written.extend(planned.map(|(at, lever, place)| (at, lever, place, None)));
    let schedule = schedule.into_iter().map(|(at, lever, _)| (at, lever)).collect();
    let breaks = lab.breaks.as_ref();
    let breaks = breaks.map(|text| breaks_of(text, &names, &lab.expect, problems));
    let about = About {
        name: lab.name.get()?.value.0.clone(),
        title: lab.title.get()?.0.clone(),
        teaches: lab
            .teaches
            .as_ref()
            .map(|text| text.0.clone())
            .unwrap_or_default(),
        // A lab that builds on another without breaking it is no variant of it.
        variant_of: lab
            .breaks
            .as_ref()
            .and(lab.base.as_ref())
            .map(|base| base.value.clone()),
    };
    let mut blueprint = Blueprint {
        source: LabSource::default(),
        hazards: Vec::new(),
        routing,
        about,
        schema: SCHEMA,
        seed: lab.seed.unwrap_or(SEED),
        duration: plan.duration,
        cloud,
        hosts,
        migration: config,
        runbook: plan.runbook,
        probes: plan.probes,
        expectations: plan.expectations,
        places: places(lab, &names),
        groups: Vec::new(),
        names,
        overlay,
        schedule,
        breakages: Vec::new(),
        origins: Vec::new(),
    };
    blueprint.groups = fault::groups(&lab.groups, &blueprint, problems);
    // Only screens ask for probes by name: where the text names a thing, no probe is meant.
    for (place, probe) in (0_u32..).zip(&blueprint.probes) {
        blueprint
            .names
            .insert(ProbeId::from_index(place), probe.name.to_string());
    }
    blueprint.hazards = fault::fill(&lab.faults, (&mut blueprint, &mut written), problems);
    Some(Resolved {
        blueprint,
        breaks,
        written,
    })
}

/// The locations of Direct Connect, with the devices in each.
fn places(lab: &LabText, names: &Names) -> Vec<Site> {
    let device = |name: &At<String>| {
        let mut found = names.find(&name.value).iter();
        found.find_map(|thing| match thing {
            ResourceRef::Router(id) => Some(*id),
            _ => None,
        })
    };
    let all = lab.direct_connect_locations.iter().filter_map(|entry| {
        let devices = entry.body.as_ref()?.devices.iter();
        Some(Site {
            name: entry.name.value.clone(),
            routers: devices.filter_map(device).collect(),
        })
    });
    all.collect()
}

fn duration(lab: &LabText, problems: &mut Problems) -> Span {
    let Some(duration) = lab.duration else {
        return DURATION;
    };
    if duration.value > LONGEST || duration.value.is_zero() {
        let message = format!("a lab runs for longer than nothing and at most {LONGEST}");
        problems.push(Problem::error(Code::BadValue, duration.place, message));
    }
    duration.value
}

/// Servers that keep their private address keep the one that their host has got.
fn keep_addresses(config: &mut mgn::Config, hosts: &Arena<Host, kind::Host>, cloud: &Cloud) {
    for (_, server) in config.servers.iter_mut() {
        if let CopyPrivateIp::Keep(address) = &mut server.launch.copy_private_ip
            && address.is_unspecified()
            && let Some(kept) = hosts.get(server.host).and_then(|host| host.address(cloud))
        {
            *address = kept;
        }
    }
}

/// The name of everything.
fn names(
    cloud: &Cloud,
    hosts: &Arena<Host, kind::Host>,
    config: Option<&mgn::Config>,
    runbook: &Arena<RunbookStep, kind::RunbookStep>,
) -> Names {
    let mut names = Names::default();
    macro_rules! named {
        ($($table:expr),* $(,)?) => {
            $(for (id, row) in $table.iter() {
                names.insert(id, row.name.clone());
            })*
        };
    }
    named!(
        cloud.regions,
        cloud.zones,
        cloud.vpcs,
        cloud.subnets,
        cloud.route_tables,
        cloud.prefix_lists,
        cloud.security_groups,
        cloud.network_acls,
        cloud.interfaces,
        cloud.internet_gateways,
        cloud.nat_gateways,
        cloud.peerings,
        cloud.transit_gateways,
        cloud.attachments,
        cloud.transit_gateway_route_tables,
        cloud.virtual_private_gateways,
        cloud.direct_connect_gateways,
        cloud.virtual_interfaces,
        cloud.interface_endpoints,
        cloud.gateway_endpoints,
        cloud.resolver_endpoints,
        cloud.resolver_rules,
        hosts,
        runbook,
    );
    for (id, zone) in cloud.hosted_zones.iter() {
        names.insert(id, zone.domain.clone());
    }
    for (id, service) in cloud.services.iter() {
        let region = cloud
            .regions
            .get(service.region)
            .map_or("", |region| &region.name);
        names.insert(id, format!("{}.{region}", service.service));
    }
    if let Some(config) = config {
        named!(config.servers, config.waves);
    }
    names
}

fn breaks_of(
    text: &BreaksText,
    names: &Names,
    expect: &Entries<ExpectText>,
    problems: &mut Problems,
) -> Breaks {
    let symptom = match &text.symptom {
        SymptomText::Install(text) => Symptom::Install {
            step: text.step,
            reason: text.reason,
        },
        SymptomText::Stall(text) => Symptom::Stall {
            step: text.step,
            error: text.error,
        },
        SymptomText::Reports(error) => Symptom::Reports { error: *error },
        SymptomText::Refused(text) => Symptom::Refused {
            operation: text.operation.0,
            exception: text.exception,
        },
        SymptomText::LaunchFailed(reason) => Symptom::LaunchFailed { reason: *reason },
        SymptomText::PostLaunchFailed(reason) => Symptom::PostLaunchFailed { reason: *reason },
        SymptomText::Session(text) => Symptom::Session {
            session: text.session.value.clone(),
            reason: text.reason,
        },
        SymptomText::Tunnel(text) => Symptom::Tunnel {
            tunnel: text.tunnel.value.clone(),
            reason: text.reason,
        },
        SymptomText::NoPath(text) => Symptom::NoPath {
            router: text.router.value.clone(),
            prefix: text.prefix,
            reason: text.reason,
        },
        SymptomText::Fails(expectation) => Symptom::Fails {
            expectation: expectation.value.clone(),
        },
        SymptomText::Unreachable(text) => Symptom::Unreachable {
            from: text.from.value.clone(),
            to: text.to.clone(),
            reason: text.reason,
        },
    };
    match &text.symptom {
        SymptomText::Session(text) => drop(components(&text.session, names, problems)),
        SymptomText::Tunnel(text) => drop(components(&text.tunnel, names, problems)),
        SymptomText::NoPath(text) => drop(components(&text.router, names, problems)),
        SymptomText::Unreachable(text) => drop(components(&text.from, names, problems)),
        SymptomText::Fails(name) => check_expected(name, expect, problems),
        SymptomText::Install(_)
        | SymptomText::Stall(_)
        | SymptomText::Reports(_)
        | SymptomText::Refused(_)
        | SymptomText::LaunchFailed(_)
        | SymptomText::PostLaunchFailed(_) => {}
    }
    let components = match &text.component {
        Some(name) => components(name, names, problems),
        None => Vec::new(),
    };
    Breaks {
        precondition: text.precondition.clone(),
        symptom,
        components,
        reason: text.reason,
    }
}

/// Only what the lab expects can fail to come true.
fn check_expected(name: &At<String>, expect: &Entries<ExpectText>, problems: &mut Problems) {
    let known = || expect.iter().map(|entry| entry.name.value.as_str());
    if known().all(|it| it != name.value) {
        let message = format!("the lab expects nothing called `{}`", name.value);
        let problem = Problem::error(Code::UnknownName, name.place, message);
        problems.push_mistyped(problem, &name.value, known());
    }
}

/// Everything of that name.
fn components(name: &At<String>, names: &Names, problems: &mut Problems) -> Vec<ResourceRef> {
    let found = names.find(&name.value).to_vec();
    if found.is_empty() {
        let message = format!("nothing in the lab is named `{}`", name.value);
        let options = names.iter().map(|(_, name)| name);
        let problem = Problem::error(Code::UnknownName, name.place, message);
        problems.push_mistyped(problem, &name.value, options);
    }
    found
}
