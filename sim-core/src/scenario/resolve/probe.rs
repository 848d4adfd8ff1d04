//! Probes: who tries to reach whom again and again.

use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::migrate::ground::Remote;
use crate::resource::HostId;
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Problem, Problems};
use crate::scenario::read::Entries;
use crate::scenario::sections::ProbeText;
use crate::units::{SimTime, Span};
use crate::world::prober::ProbePlan;
use crate::world::reach::Target;

use super::plan::target;
use super::scope::Scope;

/// The address of a host, where it has one.
pub(super) type AddressOf<'a> = dyn Fn(HostId) -> Option<Ipv4Addr> + 'a;

/// From one probe to the next, and how long each waits, where the lab does not say.
const EVERY: Span = Span::secs(1);
/// The shortest time from one probe to the next: a lab of a month still ends.
const SHORTEST: Span = Span::millis(100);

/// Fills the probes, whose names expectations use.
pub(super) fn fill(
    text: &Entries<ProbeText>,
    duration: Span,
    (scope, address_of): (&mut Scope, &AddressOf<'_>),
    problems: &mut Problems,
) -> Vec<ProbePlan> {
    for entry in text {
        scope.probes.declare(&entry.name, problems);
    }
    let plans = text.iter().filter_map(|entry| {
        let text = entry.body.as_ref()?;
        plan(&entry.name.value, text, duration, (scope, address_of), problems)
    });
    plans.collect()
}

fn plan(
    name: &str,
    text: &ProbeText,
    duration: Span,
    (scope, address_of): (&Scope, &AddressOf<'_>),
    problems: &mut Problems,
) -> Option<ProbePlan> {
    let from = text.from.get().and_then(|name| scope.hosts.find(name, problems));
    let to = text
        .to
        .get()
        .and_then(|to| remote(to, (scope, address_of), problems));
    let port = text.port.get().copied();
    if let Some(port) = port.filter(|port| port.value == 0) {
        let problem = Problem::error(Code::BadValue, port.place, "nobody listens on port 0");
        problems.push(problem.help("write a port from 1 to 65535"));
    }
    let every = text.every.map_or(EVERY, |every| every.value);
    if let Some(wrong) = text.every.filter(|every| every.value < SHORTEST) {
        let message = format!("a probe is sent no oftener than every {SHORTEST}");
        problems.push(Problem::error(Code::BadValue, wrong.place, message));
    }
    if let Some(wrong) = text.timeout.filter(|it| it.value.is_zero() || it.value > every) {
        let message = format!("a probe waits for longer than nothing, and at most until the next: {every}");
        problems.push(Problem::error(Code::BadValue, wrong.place, message));
    }
    if let Some(after) = text.after.filter(|it| it.value > SimTime::at(duration)) {
        let message = format!("the lab ends after {duration}, before the first probe");
        problems.push(Problem::warning(Code::AfterEnd, after.place, message));
    }
    Some(ProbePlan {
        name: Arc::from(name),
        from: from?,
        to: to?,
        to_name: Arc::from(text.to.get()?.value.as_str()),
        port: port?.value,
        every,
        timeout: text.timeout.map_or(every.min(EVERY), |timeout| timeout.value),
        size: text.size,
        first_at: text.after.map_or(SimTime::START, |after| after.value),
    })
}

/// A host, an address or a name: routers take no connections of this kind.
fn remote(
    to: &At<String>,
    (scope, address_of): (&Scope, &AddressOf<'_>),
    problems: &mut Problems,
) -> Option<Remote> {
    match target(to, scope, problems)? {
        Target::Address(address) => Some(Remote::Address(address)),
        Target::Host(host) => address_of(host).map(Remote::Address),
        Target::Name(name) => Some(Remote::Name(Arc::from(name.to_string()))),
        Target::Router(_) => {
            let message = format!("`{}` is a router, and takes no connections of a host's", to.value);
            let problem = Problem::error(Code::BadValue, to.place, message);
            problems.push(problem.help("name a host, an address or a DNS name"));
            None
        }
    }
}
