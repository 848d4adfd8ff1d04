//! Changes of Transit Gateways: what is typed becomes an edit.

use crate::aws::transit_gateway::Attachment;
use crate::aws::transit_gateway::{TransitChange, TransitRoute};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Problem, Problems};
use crate::scenario::sections::{TransitChangeText, TransitTargetText};

use super::change::Known;

/// What is behind a Connect attachment is told by BGP alone.
pub(super) fn connect_route(name: &At<String>) -> Problem {
    let message = format!(
        "`{}` is a Connect attachment, which takes no static routes",
        name.value
    );
    Problem::error(Code::Refused, name.place, message).help(
        "let it propagate what its peers announce: `propagations` of the table, or enable_propagation (\"Connect attachments \
         and Connect peers\", Amazon VPC Transit Gateways)",
    )
}

/// The edit that is typed.
pub(super) fn change(
    text: &TransitChangeText,
    known: &Known<'_>,
    problems: &mut Problems,
) -> Option<TransitChange> {
    use TransitChangeText as Text;
    Some(match text {
        Text::SetRoute(text) => {
            let to = match &text.target {
                TransitTargetText::Blackhole => None,
                TransitTargetText::Attachment(name) => {
                    let to = known.find(name, problems)?;
                    let row = known.cloud.attachments.get(to);
                    if row.is_some_and(Attachment::is_connect) {
                        problems.push(connect_route(name));
                        return None;
                    }
                    Some(to)
                }
            };
            let prefix = text.destination.trunc();
            TransitChange::SetRoute(known.find(&text.table, problems)?, TransitRoute { prefix, to })
        }
        Text::RemoveRoute(of) => {
            TransitChange::RemoveRoute(known.find(&of.name, problems)?, of.value.trunc())
        }
        Text::Associate(of) => {
            TransitChange::Associate(known.find(&of.name, problems)?, known.find(&of.value, problems)?)
        }
        Text::Disassociate(name) => TransitChange::Disassociate(known.find(name, problems)?),
        Text::EnablePropagation(of) => TransitChange::EnablePropagation(
            known.find(&of.name, problems)?,
            known.find(&of.value, problems)?,
        ),
        Text::DisablePropagation(of) => TransitChange::DisablePropagation(
            known.find(&of.name, problems)?,
            known.find(&of.value, problems)?,
        ),
        Text::Peering(of) => TransitChange::Peering(known.find(&of.name, problems)?, of.value),
        Text::AllowedPrefixes(of) => {
            let prefixes = of.value.iter().map(ipnet::Ipv4Net::trunc).collect();
            TransitChange::AllowedPrefixes(known.find(&of.name, problems)?, prefixes)
        }
    })
}
