//! Octets read from the front; what is not there is `None`, never a panic.

/// What is left to read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) const fn new(octets: &'a [u8]) -> Self {
        Self { rest: octets }
    }
    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }
    pub(super) fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(n)?;
        self.rest = rest;
        Some(taken)
    }
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*taken)
    }
    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array().map(|[octet]| octet)
    }
    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }
    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }
    /// A run of octets behind its length in one octet.
    pub(super) fn run_u8(&mut self) -> Option<&'a [u8]> {
        let n = self.u8()?;
        self.take(usize::from(n))
    }
    /// A run of octets behind its length in two octets.
    pub(super) fn run_u16(&mut self) -> Option<&'a [u8]> {
        let n = self.u16()?;
        self.take(usize::from(n))
    }
}

/// The number in exactly four octets.
pub(super) fn exactly_u32(octets: &[u8]) -> Option<u32> {
    octets.try_into().ok().map(u32::from_be_bytes)
}

/// The numbers in groups of four octets; what is left over at the end is not looked at.
pub(super) fn numbers(octets: &[u8]) -> impl Iterator<Item = u32> + '_ {
    let (groups, _) = octets.as_chunks();
    groups.iter().map(|&group| u32::from_be_bytes(group))
}
