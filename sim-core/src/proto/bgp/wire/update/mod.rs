//! UPDATE in octets, read with the mercy of RFC 7606.

use std::net::Ipv4Addr;
use std::sync::Arc;

use super::super::attribute::Attributes;
use super::super::message::{Family, Message, Prefixes, Update};
use super::super::negotiated::AsWidth;
use super::super::notification::{Code, Notification};
use super::code::AttributeCode;
use super::prefix::{self, PrefixFault};
use super::reader::Reader;
use super::{Decoded, Dialect};

mod draft;
mod multiprotocol;

use draft::{Draft, Verdict};
use multiprotocol::MpReach;

/// The three parts of an UPDATE.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sections<'a> {
    pub(super) withdrawn: &'a [u8],
    pub(super) attributes: &'a [u8],
    pub(super) announced: &'a [u8],
}

impl<'a> Sections<'a> {
    /// Splits the body of an UPDATE; none where the lengths say more than there is (RFC 4271 §6.3).
    pub(super) fn of(body: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(body);
        Some(Self {
            withdrawn: reader.run_u16()?,
            attributes: reader.run_u16()?,
            announced: reader.rest(),
        })
    }
}

/// Reads the body of an UPDATE.
pub(super) fn decode(body: &[u8], dialect: &Dialect) -> Result<Decoded, Notification> {
    let malformed = || Notification::new(Code::MALFORMED_ATTRIBUTES);
    let sections = Sections::of(body).ok_or_else(malformed)?;
    let mut withdrawn = Prefixes::new();
    let mut announced = Prefixes::new();
    prefix::read(sections.withdrawn, &mut withdrawn).map_err(|_| invalid_network())?;
    if sections.attributes.is_empty() && sections.announced.is_empty() {
        // Nothing but withdrawals, or End-of-RIB (RFC 4724 §2).
        return Ok(Message::Update(Update {
            withdrawn,
            attributes: None,
            announced,
        })
        .into());
    }
    // Filled in where they will stay, which saves moving them twice.
    let mut attributes = Arc::new(Attributes::new(Ipv4Addr::UNSPECIFIED));
    let mut draft = Draft::new(dialect, Arc::make_mut(&mut attributes));
    draft.read(sections.attributes)?;
    prefix::read(sections.announced, &mut announced).map_err(|fault| match draft.verdict {
        // Where the attributes end is unknown then, and so is where prefixes begin.
        Verdict::Overrun if fault == PrefixFault::Truncated => malformed(),
        Verdict::Overrun | Verdict::Sound | Verdict::Withdraw => invalid_network(),
    })?;
    let reach = draft.mp_reach.take().filter(|reach| !reach.prefixes.is_empty());
    // RFC 7606 §5.2: with no prefix announced there is nothing that could be withdrawn instead.
    let announces = !sections.announced.is_empty() || reach.is_some();
    if !announces && draft.verdict != Verdict::Sound {
        return Err(malformed());
    }
    if let Some(unreach) = draft.mp_unreach.take() {
        if unreach.family != Family::IPV4_UNICAST {
            draft.ignore(AttributeCode::MP_UNREACH, unreach.family);
        } else if unreach.prefixes.is_empty() && sections.is_nothing_but_attributes() && reach.is_none() {
            return Ok(Decoded {
                notes: draft.notes,
                ..Message::Update(Update::default()).into()
            });
        } else {
            prefix::read(unreach.prefixes, &mut withdrawn).map_err(|_| multiprotocol::invalid())?;
        }
    }
    if announces {
        draft.finish(sections.announced);
    }
    let mut update = Update {
        withdrawn,
        attributes: None,
        announced,
    };
    let also = assemble(&mut draft, reach, &mut update)?;
    let notes = draft.notes;
    // Without prefixes the attributes say that this is no End-of-RIB.
    if !update.announced.is_empty() || update.withdrawn.is_empty() {
        update.attributes = Some(attributes);
    }
    Ok(Decoded {
        message: Message::Update(update),
        also,
        notes,
    })
}

impl Sections<'_> {
    fn is_nothing_but_attributes(&self) -> bool {
        self.withdrawn.is_empty() && self.announced.is_empty()
    }
}

fn invalid_network() -> Notification {
    Notification::new(Code::INVALID_NETWORK)
}

/// Sorts the prefixes, which `update` has as they were read, into announced and withdrawn; the answer is the other
/// announcement, where MP_REACH_NLRI has one.
fn assemble(
    draft: &mut Draft<'_, '_>,
    reach: Option<MpReach<'_>>,
    update: &mut Update,
) -> Result<Option<Box<Update>>, Notification> {
    let mut also = None;
    draft.ignore_bogus(&mut update.announced);
    if draft.verdict != Verdict::Sound {
        update.withdrawn.append(&mut update.announced);
    }
    if let Some(reach) = reach {
        let mut prefixes = Prefixes::new();
        if reach.family == Family::IPV4_UNICAST {
            prefix::read(reach.prefixes, &mut prefixes).map_err(|_| multiprotocol::invalid())?;
            draft.ignore_bogus(&mut prefixes);
        } else {
            draft.ignore(AttributeCode::MP_REACH, reach.family);
        }
        let next_hop = draft.mp_next_hop(&reach);
        match next_hop {
            Some(next_hop) if update.announced.is_empty() => {
                draft.attributes.next_hop = next_hop;
                update.announced = prefixes;
            }
            Some(next_hop) if !prefixes.is_empty() => {
                let attributes = Attributes {
                    next_hop,
                    ..draft.attributes.clone()
                };
                also = Some(Box::new(Update {
                    withdrawn: Prefixes::new(),
                    attributes: Some(Arc::new(attributes)),
                    announced: prefixes,
                }));
            }
            Some(_) => {}
            None => update.withdrawn.append(&mut prefixes),
        }
    }
    Ok(also)
}

impl Draft<'_, '_> {
    /// What can only be said once all attributes are there and something is announced.
    fn finish(&mut self, announced: &[u8]) {
        if self.verdict != Verdict::Sound {
            return;
        }
        self.require(AttributeCode::ORIGIN);
        self.require(AttributeCode::AS_PATH);
        if !announced.is_empty() {
            self.require(AttributeCode::NEXT_HOP);
        }
        self.require_local_pref();
        if self.verdict != Verdict::Sound {
            return;
        }
        match self.dialect.as_width {
            AsWidth::Two => self.merge_as4(),
            AsWidth::Narrowed | AsWidth::Four => {}
        }
        self.check_path();
        if !announced.is_empty() {
            self.check_next_hop();
        }
    }
}
