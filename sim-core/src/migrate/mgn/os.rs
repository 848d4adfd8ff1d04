//! Which operating systems the agent supports.
//!
//! # Fidelity
//! Simplified: the lab has no calendar, so that the table is that of one day; versions whose
//! support has ended by then are left out. 32-bit systems, kernels and service packs are not told
//! apart.
//!
//! Source: "Supported operating systems", AWS Transform MGN User Guide, as of November 2026.

use crate::site::OsFamily;

/// A version as people write it, for comparison: `22.04`, `15`, `2019`.
type Version = (u32, u32);

/// A family's name in lower case, and the versions from and to which it is supported.
const SUPPORTED: &[(&str, Version, Version)] = &[
    ("windows server", (2008, 0), (2025, u32::MAX)),
    ("windows", (7, 0), (10, u32::MAX)),
    ("red hat enterprise linux", (6, 0), (9, 7)),
    ("red hat enterprise linux", (10, 0), (10, 1)),
    ("rhel", (6, 0), (9, 7)),
    ("rhel", (10, 0), (10, 1)),
    ("centos stream", (9, 0), (9, u32::MAX)),
    ("centos", (8, 0), (8, u32::MAX)),
    ("oracle linux", (7, 0), (7, 0)),
    ("oracle linux", (8, 5), (8, 9)),
    ("oracle linux", (9, 0), (9, 4)),
    ("rocky linux", (8, 0), (10, 1)),
    ("rocky", (8, 0), (10, 1)),
    ("almalinux", (9, 6), (10, 1)),
    ("alma", (9, 6), (10, 1)),
    ("suse linux enterprise server", (12, 0), (15, 7)),
    ("sles", (12, 0), (15, 7)),
    ("ubuntu", (14, 4), (24, 4)),
    ("debian", (10, 0), (11, u32::MAX)),
    ("amazon linux", (2, 0), (2, 0)),
    ("amazon linux", (2023, 0), (2023, u32::MAX)),
];

/// The family that a name such as `Windows Server 2019` or `Ubuntu 22.04` belongs to.
pub(super) fn family(os: &str) -> OsFamily {
    if os.trim_start().to_lowercase().starts_with("windows") {
        OsFamily::Windows
    } else {
        OsFamily::Linux
    }
}

/// Whether the agent can be installed on it.
///
/// A version that names no minor one means the newest: `RHEL 9` is supported.
pub(super) fn is_supported(os: &str) -> bool {
    let os = os.trim().to_lowercase();
    let Some((name, version)) = split(&os) else {
        return false;
    };
    SUPPORTED.iter().any(|(family, from, to)| {
        name == *family
            && match version {
                (major, Some(minor)) => (*from..=*to).contains(&(major, minor)),
                (major, None) => (from.0..=to.0).contains(&major),
            }
    })
}

fn split(os: &str) -> Option<(&str, (u32, Option<u32>))> {
    let at = os.find(|c: char| c.is_ascii_digit())?;
    let (name, version) = os.split_at(at);
    let mut numbers = version
        .split(|c: char| !c.is_ascii_digit())
        .filter(|digits| !digits.is_empty())
        .map(|digits| digits.parse().ok());
    let major = numbers.next()??;
    // "2012 R2" and "15 SP5" say R and SP; only the latter is a minor version.
    let minor = if version.contains("r2") {
        None
    } else {
        numbers.next().flatten()
    };
    Some((name.trim(), (major, minor)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_looked_up_in_the_table() {
        for (os, supported) in [
            ("Ubuntu 22.04", true),
            ("Ubuntu 12.04", false),
            ("RHEL 9", true),
            ("RHEL 9.8", false),
            ("RHEL 5.11", false),
            ("CentOS 7", false),
            ("CentOS Stream 9", true),
            ("SLES 15 SP5", true),
            ("SLES 15 SP8", false),
            ("Windows Server 2012 R2", true),
            ("Windows Server 2003", false),
            ("Windows 10", true),
            ("Amazon Linux 2", true),
            ("Amazon Linux 1", false),
            ("Debian 12", false),
            ("HP-UX 11.31", false),
            ("", false),
        ] {
            assert_eq!(is_supported(os), supported, "{os}");
        }
        assert_eq!(family("Windows Server 2019"), OsFamily::Windows);
        assert_eq!(family("Rocky Linux 9.3"), OsFamily::Linux);
    }
}
