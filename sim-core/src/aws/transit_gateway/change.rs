//! What can be edited at a Transit Gateway while a lab runs.
//!
//! # Fidelity
//! Simplified: an edit is there at once, and its routes after the gateway has acted on it; AWS goes through `associating`,
//! `enabling` and their like first. Attachments cannot be made or deleted.
//!
//! Source: "Transit gateway route tables", Amazon VPC Transit Gateways.

use ipnet::Ipv4Net;

use crate::aws::change::{ChangeError, Outcome, row, take};
use crate::aws::{AttachmentKind, Cloud, PeeringState};
use crate::resource::{AttachmentId, ResourceRef, TransitGatewayId, TransitGatewayRouteTableId};

use super::TransitRoute;

/// What tables are called in refusals.
const TABLE: &str = "Transit Gateway route table";
/// And attachments.
const ATTACHMENT: &str = "Transit Gateway attachment";

/// One edit of a Transit Gateway.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum TransitChange {
    /// Writes a static route, in place of one for the same prefix.
    SetRoute(TransitGatewayRouteTableId, TransitRoute),
    /// Removes a static route.
    RemoveRoute(TransitGatewayRouteTableId, Ipv4Net),
    /// Has a table asked for traffic from an attachment, in place of the one that was.
    Associate(AttachmentId, TransitGatewayRouteTableId),
    /// Has no table asked: what comes from the attachment is dropped.
    Disassociate(AttachmentId),
    /// Has the prefixes of an attachment go into a table.
    EnablePropagation(TransitGatewayRouteTableId, AttachmentId),
    /// Has them not.
    DisablePropagation(TransitGatewayRouteTableId, AttachmentId),
    /// Moves a peering attachment to another state, at both gateways.
    Peering(AttachmentId, PeeringState),
    /// Replaces the prefixes that a Direct Connect gateway announces for a Transit Gateway.
    AllowedPrefixes(AttachmentId, Vec<Ipv4Net>),
}

impl TransitChange {
    /// What the edit is made to.
    #[must_use]
    pub const fn subject(&self) -> ResourceRef {
        match self {
            Self::SetRoute(id, _)
            | Self::RemoveRoute(id, _)
            | Self::EnablePropagation(id, _)
            | Self::DisablePropagation(id, _) => ResourceRef::TransitGatewayRouteTable(*id),
            Self::Associate(id, _)
            | Self::Disassociate(id)
            | Self::Peering(id, _)
            | Self::AllowedPrefixes(id, _) => ResourceRef::Attachment(*id),
        }
    }
}

impl Cloud {
    /// Makes an edit of a Transit Gateway, whole or not at all.
    pub(in crate::aws) fn edit_transit(&mut self, change: &TransitChange) -> Outcome {
        match change {
            TransitChange::SetRoute(id, route) => {
                if let Some(to) = route.to {
                    self.same_gateway(*id, to)?;
                    if row(self.attachments.get(to), ATTACHMENT)?.is_connect() {
                        return Err(ChangeError::ConnectRoute);
                    }
                }
                let table = row(self.transit_gateway_route_tables.get_mut(*id), TABLE)?;
                table.fixed.retain(|it| it.prefix != route.prefix);
                table.fixed.push(*route);
            }
            TransitChange::RemoveRoute(id, prefix) => {
                let table = row(self.transit_gateway_route_tables.get_mut(*id), TABLE)?;
                take(&mut table.fixed, |it| it.prefix == *prefix, "static route")?;
            }
            TransitChange::Associate(id, table) => {
                self.same_gateway(*table, *id)?;
                row(self.attachments.get_mut(*id), ATTACHMENT)?.association = Some(*table);
            }
            TransitChange::Disassociate(id) => {
                let attachment = row(self.attachments.get_mut(*id), ATTACHMENT)?;
                let gone = attachment.association.take();
                gone.ok_or(ChangeError::NotThere { what: "association" })?;
            }
            TransitChange::EnablePropagation(table, id) => {
                self.same_gateway(*table, *id)?;
                let kind = &row(self.attachments.get(*id), ATTACHMENT)?.kind;
                if matches!(kind, AttachmentKind::Peering { .. }) {
                    return Err(ChangeError::PeeringPropagates);
                }
                let propagations =
                    &mut row(self.transit_gateway_route_tables.get_mut(*table), TABLE)?.propagations;
                if propagations.contains(id) {
                    return Err(ChangeError::AlreadyThere { what: "propagation" });
                }
                propagations.push(*id);
            }
            TransitChange::DisablePropagation(table, id) => {
                let table = row(self.transit_gateway_route_tables.get_mut(*table), TABLE)?;
                take(&mut table.propagations, |it| it == id, "propagation")?;
            }
            TransitChange::Peering(id, to) => self.move_peering(*id, *to)?,
            TransitChange::AllowedPrefixes(id, to) => {
                let attachment = row(self.attachments.get_mut(*id), ATTACHMENT)?;
                let AttachmentKind::DirectConnect(association) = &mut attachment.kind else {
                    return Err(ChangeError::NoSuchResource {
                        kind: "association of a Direct Connect gateway",
                    });
                };
                association.allowed = to.clone();
            }
        }
        Ok(())
    }

    /// A table knows attachments of its own gateway alone.
    fn same_gateway(&self, table: TransitGatewayRouteTableId, attachment: AttachmentId) -> Outcome {
        let gateway: TransitGatewayId = row(self.transit_gateway_route_tables.get(table), TABLE)?.gateway;
        if row(self.attachments.get(attachment), ATTACHMENT)?.gateway == gateway {
            Ok(())
        } else {
            Err(ChangeError::OtherTransitGateway)
        }
    }

    fn move_peering(&mut self, id: AttachmentId, to: PeeringState) -> Outcome {
        let no_peering = ChangeError::NoSuchResource {
            kind: "Transit Gateway peering attachment",
        };
        let mut other = None;
        if let AttachmentKind::Peering { peer, state, .. } =
            &mut row(self.attachments.get_mut(id), ATTACHMENT)?.kind
        {
            *state = to;
            other = Some(*peer);
        }
        let other = other.ok_or(no_peering)?;
        if let Some(AttachmentKind::Peering { state, .. }) =
            self.attachments.get_mut(other).map(|it| &mut it.kind)
        {
            *state = to;
        }
        Ok(())
    }
}
