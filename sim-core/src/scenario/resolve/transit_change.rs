//! Changes of Transit Gateways: what is typed becomes an edit.

use crate::aws::transit_gateway::{TransitChange, TransitRoute};
use crate::scenario::problem::Problems;
use crate::scenario::sections::{TransitChangeText, TransitTargetText};

use super::change::Known;

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
                TransitTargetText::Attachment(name) => Some(known.find(name, problems)?),
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
