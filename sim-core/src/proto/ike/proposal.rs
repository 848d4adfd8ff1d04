//! Proposals: what a side would accept, how two of them meet, and where they do not.
//!
//! A proposal is written as strongSwan writes it, `aes256-sha256-modp2048`: keywords joined by hyphens, several of
//! one kind meaning "any of these". [`Proposal::select`] finds what two have in common, in the order of the
//! one who selects; [`compare`] says field by field why nothing was found.
//!
//! # Source
//! RFC 7296 sections 2.7 and 3.3; RFC 5282 section 8 for combined modes; the selection among several
//! matches, which the RFC leaves to the responder, follows strongSwan: the responder's own order.

use core::fmt;

use super::algorithm::{Encryption, Group, Integrity, Prf, SequenceNumbers};
use super::config::Preference;

/// What a proposal is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Protocol {
    /// The IKE SA itself.
    Ike,
    /// A CHILD_SA that carries ESP.
    Esp,
}

/// One algorithm of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Transform {
    /// Encryption, type 1.
    Encryption(Encryption),
    /// Pseudo-random function, type 2.
    Prf(Prf),
    /// Integrity, type 3.
    Integrity(Integrity),
    /// Key exchange, type 4.
    Group(Group),
    /// Sequence numbers, type 5.
    SequenceNumbers(SequenceNumbers),
    /// "None" for this kind, which a peer may offer to say that it can do without.
    None(Kind),
    /// Something that we do not know; it never matches.
    Foreign(Kind, u16),
}

/// The kinds of transforms, in the order of their types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Kind {
    /// Type 1.
    Encryption,
    /// Type 2.
    Prf,
    /// Type 3.
    Integrity,
    /// Type 4.
    Group,
    /// Type 5.
    SequenceNumbers,
    /// Any other type.
    Other(u8),
}

impl Kind {
    /// The kinds that a peer and we both know, in order.
    pub const KNOWN: [Self; 5] = [
        Self::Encryption,
        Self::Prf,
        Self::Integrity,
        Self::Group,
        Self::SequenceNumbers,
    ];
    /// The transform type on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Encryption => 1,
            Self::Prf => 2,
            Self::Integrity => 3,
            Self::Group => 4,
            Self::SequenceNumbers => 5,
            Self::Other(number) => number,
        }
    }
    /// The kind of that transform type.
    #[must_use]
    pub const fn from_number(number: u8) -> Self {
        match number {
            1 => Self::Encryption,
            2 => Self::Prf,
            3 => Self::Integrity,
            4 => Self::Group,
            5 => Self::SequenceNumbers,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encryption => f.pad("encryption"),
            Self::Prf => f.pad("PRF"),
            Self::Integrity => f.pad("integrity"),
            Self::Group => f.pad("DH group"),
            Self::SequenceNumbers => f.pad("sequence numbers"),
            Self::Other(number) => f.pad(&format!("transform type {number}")),
        }
    }
}

impl Transform {
    /// What kind of algorithm it is.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::Encryption(_) => Kind::Encryption,
            Self::Prf(_) => Kind::Prf,
            Self::Integrity(_) => Kind::Integrity,
            Self::Group(_) => Kind::Group,
            Self::SequenceNumbers(_) => Kind::SequenceNumbers,
            Self::None(kind) | Self::Foreign(kind, _) => kind,
        }
    }
    /// Whether it never matches: what we do not know, and numbers for private use, as strongSwan passes over them unless
    /// the peer's vendor ID says that it is one, which by default it does not send.
    fn is_passed_over(self) -> bool {
        match self {
            Self::Foreign(..) => true,
            Self::Integrity(integrity) => integrity.is_private(),
            Self::Encryption(_)
            | Self::Prf(_)
            | Self::Group(_)
            | Self::SequenceNumbers(_)
            | Self::None(_) => false,
        }
    }
    /// The keyword in a proposal.
    #[must_use]
    pub fn keyword(self) -> String {
        match self {
            Self::Encryption(encryption) => encryption.keyword(),
            Self::Prf(prf) => prf.keyword().to_owned(),
            Self::Integrity(integrity) => integrity.keyword().to_owned(),
            Self::Group(group) => group.keyword().to_owned(),
            Self::SequenceNumbers(SequenceNumbers::Short) => "noesn".to_owned(),
            Self::SequenceNumbers(SequenceNumbers::Extended) => "esn".to_owned(),
            Self::None(_) => "none".to_owned(),
            Self::Foreign(kind, number) => format!("({kind} {number})"),
        }
    }
}

impl fmt::Display for Transform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encryption(encryption) => encryption.fmt(f),
            Self::Prf(prf) => prf.fmt(f),
            Self::Integrity(integrity) => integrity.fmt(f),
            Self::Group(group) => group.fmt(f),
            Self::SequenceNumbers(numbers) => numbers.fmt(f),
            Self::None(_) => f.pad("NONE"),
            Self::Foreign(_, number) => f.pad(&format!("({number})")),
        }
    }
}

/// What one side would accept: any algorithm of each kind that is listed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Proposal {
    /// What it is for.
    pub protocol: Protocol,
    /// The algorithms, those of a kind in order of preference.
    pub transforms: Vec<Transform>,
}

/// Why a proposal cannot be used, with the place in its text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProposalError {
    /// A word is no algorithm.
    #[error("unknown algorithm {word:?} at column {column}")]
    UnknownAlgorithm {
        /// The word.
        word: String,
        /// Its first column, from one.
        column: usize,
    },
    /// No encryption is named.
    #[error("the proposal names no encryption algorithm")]
    NoEncryption,
    /// Classic and combined modes are mixed.
    #[error(
        "classic and combined-mode encryption cannot be offered in one proposal: move {word:?} at column {column} to another"
    )]
    MixedModes {
        /// The word that does not go with those before it.
        word: String,
        /// Its first column, from one.
        column: usize,
    },
    /// The classic cipher of an IKE proposal lacks integrity protection.
    #[error("a classic cipher needs an integrity algorithm")]
    NoIntegrity,
    /// An IKE proposal has no pseudo-random function, which combined modes do not imply.
    #[error("an IKE proposal with combined-mode encryption needs a PRF such as prfsha256")]
    NoPrf,
    /// An IKE proposal has no group.
    #[error("an IKE proposal needs a DH group such as modp2048")]
    NoGroup,
}

impl Proposal {
    /// Reads a proposal.
    ///
    /// # Errors
    /// Every [`ProposalError`]: what it names must be known and go together.
    pub fn parse(protocol: Protocol, text: &str) -> Result<Self, ProposalError> {
        let mut transforms: Vec<Transform> = Vec::new();
        let mut column = 1;
        for word in text.split('-') {
            let transform = keyword(word.trim()).ok_or_else(|| ProposalError::UnknownAlgorithm {
                word: word.to_owned(),
                column,
            })?;
            if let Transform::Encryption(new) = transform
                && transforms.iter().any(
                    |old| matches!(old, Transform::Encryption(old) if old.is_combined() != new.is_combined()),
                )
            {
                return Err(ProposalError::MixedModes {
                    word: word.to_owned(),
                    column,
                });
            }
            if !transforms.contains(&transform) {
                transforms.push(transform);
            }
            column += word.chars().count() + 1;
        }
        Self { protocol, transforms }.completed()
    }

    /// Adds what is implied and takes away what has no meaning, as strongSwan's `check_proposal` does.
    fn completed(mut self) -> Result<Self, ProposalError> {
        let combined = match self.first_encryption() {
            None => return Err(ProposalError::NoEncryption),
            Some(encryption) => encryption.is_combined(),
        };
        match self.protocol {
            Protocol::Ike => {
                if self.of(Kind::Prf).next().is_none() {
                    let implied: Vec<_> = self.of(Kind::Integrity).filter_map(implied_prf).collect();
                    self.transforms.extend(implied);
                }
                self.transforms.retain(|transform| {
                    transform.kind() != Kind::SequenceNumbers && *transform != Transform::None(Kind::Group)
                });
                if self.of(Kind::Prf).next().is_none() {
                    return Err(ProposalError::NoPrf);
                }
                if self.of(Kind::Group).next().is_none() {
                    return Err(ProposalError::NoGroup);
                }
            }
            Protocol::Esp => {
                self.transforms.retain(|transform| transform.kind() != Kind::Prf);
                if self.of(Kind::SequenceNumbers).next().is_none() {
                    self.transforms
                        .push(Transform::SequenceNumbers(SequenceNumbers::Short));
                }
            }
        }
        if combined {
            self.transforms
                .retain(|transform| transform.kind() != Kind::Integrity);
        } else if self.protocol == Protocol::Ike && self.of(Kind::Integrity).next().is_none() {
            return Err(ProposalError::NoIntegrity);
        }
        self.transforms.sort_by_key(|transform| transform.kind());
        Ok(self)
    }

    /// Whether it encrypts and lets anyone change what is encrypted: ESP without an integrity algorithm, which strongSwan
    /// takes and RFC 8221 section 4 forbids.
    #[must_use]
    pub fn is_unprotected(&self) -> bool {
        let is_classic = self
            .first_encryption()
            .is_some_and(|encryption| !encryption.is_combined());
        is_classic && self.of(Kind::Integrity).next().is_none()
    }

    fn first_encryption(&self) -> Option<Encryption> {
        self.transforms.iter().find_map(|transform| match transform {
            Transform::Encryption(encryption) => Some(*encryption),
            _ => None,
        })
    }

    /// The algorithms of one kind, preferred first.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = Transform> {
        self.transforms
            .iter()
            .copied()
            .filter(move |transform| transform.kind() == kind)
    }

    /// The groups, preferred first.
    pub fn groups(&self) -> impl Iterator<Item = Group> {
        self.transforms.iter().filter_map(|transform| match transform {
            Transform::Group(group) => Some(*group),
            _ => None,
        })
    }

    /// The proposal with only the first algorithm of each kind, which is all that IKEv1 can say in one.
    #[must_use]
    pub fn stripped(&self) -> Self {
        let mut proposal = self.clone();
        proposal.transforms.dedup_by_key(|transform| transform.kind());
        proposal
    }

    /// What this proposal and `offered` have in common, this one's order deciding.
    #[must_use]
    pub fn select(&self, offered: &Self) -> Option<Suite> {
        if self.protocol != offered.protocol {
            return None;
        }
        let mut chosen = Vec::new();
        let mut kinds: Vec<Kind> = Kind::KNOWN.to_vec();
        kinds.extend(
            offered
                .transforms
                .iter()
                .map(|transform| transform.kind())
                .filter(|kind| matches!(kind, Kind::Other(_))),
        );
        for kind in kinds {
            let combined = chosen
                .iter()
                .any(|transform| matches!(transform, Transform::Encryption(e) if e.is_combined()));
            if kind == Kind::Integrity && combined {
                continue;
            }
            chosen.extend(self.select_kind(offered, kind)?);
        }
        Suite::from_transforms(&chosen)
    }

    /// The common algorithm of one kind; `Some(None)` where neither needs one.
    fn select_kind(&self, offered: &Self, kind: Kind) -> Option<Option<Transform>> {
        let (mine, theirs) = (self.of(kind).count(), offered.of(kind).count());
        if mine == 0 && theirs == 0 {
            return Some(None);
        }
        let dispensable = match kind {
            // Whoever offers "none" as well can do without.
            Kind::Group => self.protocol == Protocol::Esp,
            Kind::Integrity => true,
            Kind::Encryption | Kind::Prf | Kind::SequenceNumbers | Kind::Other(_) => false,
        };
        let none = Transform::None(kind);
        if mine == 0 || theirs == 0 {
            let can_do_without = self
                .of(kind)
                .chain(offered.of(kind))
                .any(|transform| transform == none);
            return (dispensable && can_do_without).then_some(None);
        }
        let common = self
            .of(kind)
            .filter(|transform| !transform.is_passed_over())
            .find(|transform| offered.of(kind).any(|theirs| theirs == *transform))?;
        Some((common != none).then_some(common))
    }
}

/// Every keyword that a proposal may hold, for those who help with a misspelt one.
#[must_use]
pub fn keywords() -> Vec<String> {
    let mut all = Encryption::keywords();
    let others = Integrity::keywords()
        .chain(Prf::keywords())
        .chain(Group::keywords());
    all.extend(others.map(str::to_owned));
    all.extend(["esn", "noesn", "none"].map(str::to_owned));
    all
}

fn implied_prf(transform: Transform) -> Option<Transform> {
    match transform {
        Transform::Integrity(integrity) => integrity.prf().map(Transform::Prf),
        _ => None,
    }
}

fn keyword(word: &str) -> Option<Transform> {
    match word {
        "esn" => return Some(Transform::SequenceNumbers(SequenceNumbers::Extended)),
        "noesn" => return Some(Transform::SequenceNumbers(SequenceNumbers::Short)),
        "none" | "modpnone" => return Some(Transform::None(Kind::Group)),
        _ => {}
    }
    (Encryption::from_keyword(word).map(Transform::Encryption))
        .or_else(|| Prf::from_keyword(word).map(Transform::Prf))
        .or_else(|| Integrity::from_keyword(word).map(Transform::Integrity))
        .or_else(|| Group::from_keyword(word).map(Transform::Group))
}

impl fmt::Display for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = self
            .transforms
            .iter()
            .filter(|transform| **transform != Transform::SequenceNumbers(SequenceNumbers::Short))
            .map(|transform| transform.keyword())
            .collect();
        f.pad(&words.join("-"))
    }
}

/// What two sides agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Suite {
    /// How packets are enciphered.
    pub encryption: Encryption,
    /// How packets are protected against change; none with a combined mode.
    pub integrity: Option<Integrity>,
    /// The pseudo-random function; only for IKE.
    pub prf: Option<Prf>,
    /// The group of the key exchange; none for a CHILD_SA without one of its own.
    pub group: Option<Group>,
    /// The length of ESP sequence numbers; only for ESP.
    pub sequence_numbers: Option<SequenceNumbers>,
}

impl Suite {
    pub(super) fn from_transforms(transforms: &[Transform]) -> Option<Self> {
        let mut encryption = None;
        let (mut integrity, mut prf, mut group, mut sequence_numbers) = (None, None, None, None);
        for transform in transforms {
            match *transform {
                Transform::Encryption(chosen) => encryption = Some(chosen),
                Transform::Integrity(chosen) => integrity = Some(chosen),
                Transform::Prf(chosen) => prf = Some(chosen),
                Transform::Group(chosen) => group = Some(chosen),
                Transform::SequenceNumbers(chosen) => sequence_numbers = Some(chosen),
                Transform::None(_) => {}
                Transform::Foreign(..) => return None,
            }
        }
        Some(Self {
            encryption: encryption?,
            integrity,
            prf,
            group,
            sequence_numbers,
        })
    }

    /// The suite as a proposal with one algorithm of each kind.
    #[must_use]
    pub fn to_proposal(self, protocol: Protocol) -> Proposal {
        let transforms = [
            Some(Transform::Encryption(self.encryption)),
            self.prf.map(Transform::Prf),
            self.integrity.map(Transform::Integrity),
            self.group.map(Transform::Group),
            self.sequence_numbers.map(Transform::SequenceNumbers),
        ];
        Proposal {
            protocol,
            transforms: transforms.into_iter().flatten().collect(),
        }
    }

    /// The length of the check value in octets.
    #[must_use]
    pub fn icv_len(self) -> usize {
        self.integrity
            .map_or(self.encryption.icv_len(), Integrity::icv_len)
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.encryption)?;
        if let Some(integrity) = self.integrity {
            write!(f, "/{integrity}")?;
        }
        if let Some(prf) = self.prf {
            write!(f, "/{prf}")?;
        }
        if let Some(group) = self.group {
            write!(f, "/{group}")?;
        }
        Ok(())
    }
}

/// The first suite that one of ours and one of theirs have in common: our order, then theirs.
///
/// Returns the index of the offered proposal with the suite.
#[must_use]
pub fn select(ours: &[Proposal], offered: &[Proposal]) -> Option<(usize, Suite)> {
    ours.iter().find_map(|own| {
        let of_one = |(index, theirs)| own.select(theirs).map(|suite| (index, suite));
        offered.iter().enumerate().find_map(of_one)
    })
}

/// What a responder chooses: [`select`], or the same with the initiator's order deciding.
#[must_use]
pub fn choose(preference: Preference, ours: &[Proposal], offered: &[Proposal]) -> Option<(usize, Suite)> {
    match preference {
        Preference::Configured => select(ours, offered),
        Preference::Offered => {
            let of_one = |(index, theirs): (usize, &Proposal)| {
                let suite = ours.iter().find_map(|own| theirs.select(own))?;
                Some((index, suite))
            };
            offered.iter().enumerate().find_map(of_one)
        }
    }
}

/// One field of a negotiation that failed: what each side had to offer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Difference {
    /// Which field.
    pub kind: Kind,
    /// What we would have accepted, preferred first.
    pub ours: Vec<Transform>,
    /// What the peer offered, preferred first.
    pub theirs: Vec<Transform>,
    /// Whether the two lists have something in common, so that this field did not stop it.
    pub agrees: Agreement,
}

/// Whether a field stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Agreement {
    /// Both lists have something in common.
    Common,
    /// They have nothing in common.
    Disjoint,
}

/// Field by field, what two sides that did not agree had to offer.
///
/// It is the pair of proposals with the fewest fields apart that is told of: the one nearest to a match.
#[must_use]
pub fn compare(ours: &[Proposal], offered: &[Proposal]) -> Vec<Difference> {
    let pairs = ours
        .iter()
        .flat_map(|own| offered.iter().map(move |theirs| differences(own, theirs)));
    let apart = |fields: &Vec<Difference>| fields.iter().filter(|d| d.agrees == Agreement::Disjoint).count();
    pairs.min_by_key(apart).unwrap_or_default()
}

fn differences(own: &Proposal, theirs: &Proposal) -> Vec<Difference> {
    Kind::KNOWN
        .into_iter()
        .filter(|kind| own.of(*kind).chain(theirs.of(*kind)).next().is_some())
        .map(|kind| Difference {
            kind,
            ours: own.of(kind).collect(),
            theirs: theirs.of(kind).collect(),
            agrees: match own.select_kind(theirs, kind) {
                Some(_) => Agreement::Common,
                None => Agreement::Disjoint,
            },
        })
        .collect()
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |transforms: &[Transform]| match transforms {
            [] => "nothing".to_owned(),
            some => some
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" or "),
        };
        write!(
            f,
            "{}: we accept {}, the peer offers {}",
            self.kind,
            list(&self.ours),
            list(&self.theirs)
        )
    }
}
