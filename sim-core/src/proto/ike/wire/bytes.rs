//! Reading and writing octets, both without ever going past an end.

/// Why a message could not be read. Answered with INVALID_SYNTAX (IKEv2) or PAYLOAD_MALFORMED (IKEv1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum DecodeError {
    /// Fewer octets than a header has.
    #[error("the message is shorter than an IKE header")]
    ShortHeader,
    /// The header's length is not that of the datagram.
    #[error("the header tells {told} octets, {found} came")]
    Length {
        /// The length in the header.
        told: u32,
        /// The octets there were.
        found: usize,
    },
    /// The version is neither 1 nor 2.
    #[error("major version {0} is not known")]
    MajorVersion(u8),
    /// A payload ends before its content does.
    #[error("payload {0} is cut short")]
    Truncated(u8),
    /// A payload's fields do not add up.
    #[error("payload {0} is malformed")]
    Malformed(u8),
    /// An unknown payload must be understood.
    #[error("payload {0} is critical and unknown")]
    Critical(u8),
    /// Octets follow the last payload.
    #[error("octets follow the last payload")]
    Trailing,
}

/// Octets still to be read, of the payload of type `of`.
#[derive(Debug, Clone)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    of: u8,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(rest: &'a [u8], of: u8) -> Self {
        Self { rest, of }
    }
    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }
    pub(super) fn take(&mut self, n: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self
            .rest
            .split_at_checked(n)
            .ok_or(DecodeError::Truncated(self.of))?;
        self.rest = rest;
        Ok(taken)
    }
    pub(super) fn rest(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.rest).to_vec()
    }
    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }
    pub(super) fn u8(&mut self) -> Result<u8, DecodeError> {
        self.array::<1>().map(|[octet]| octet)
    }
    pub(super) fn u16(&mut self) -> Result<u16, DecodeError> {
        self.array().map(u16::from_be_bytes)
    }
    pub(super) fn u32(&mut self) -> Result<u32, DecodeError> {
        self.array().map(u32::from_be_bytes)
    }
    pub(super) fn u64(&mut self) -> Result<u64, DecodeError> {
        self.array().map(u64::from_be_bytes)
    }
    pub(super) const fn malformed(&self) -> DecodeError {
        DecodeError::Malformed(self.of)
    }
    /// The next `n` octets as a reader of their own.
    pub(super) fn sub(&mut self, n: usize) -> Result<Self, DecodeError> {
        let of = self.of;
        self.take(n).map(|rest| Self::new(rest, of))
    }
}

/// Writes a big-endian number of 16 bits.
pub(super) fn put_u16(to: &mut Vec<u8>, value: u16) {
    to.extend_from_slice(&value.to_be_bytes());
}

/// Writes a big-endian number of 32 bits.
pub(super) fn put_u32(to: &mut Vec<u8>, value: u32) {
    to.extend_from_slice(&value.to_be_bytes());
}

/// Writes `content` behind its length in 16 bits, which counts `header` octets more.
///
/// What is too long to be told is cut off; the model never builds such a payload.
pub(super) fn put_counted(to: &mut Vec<u8>, content: &[u8], header: usize) {
    let longest = usize::from(u16::MAX) - header;
    let content = &content[..content.len().min(longest)];
    put_u16(to, (content.len() + header) as u16);
    to.extend_from_slice(content);
}
