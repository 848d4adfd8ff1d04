//! The staging area: one volume per source disk, and what volumes and instance can write.
//!
//! # Fidelity
//! Simplified: burst credits of st1 and of small instance types are not modelled: a volume and an
//! instance write for ever what they can sustain. The sum over a server's volumes counts as one
//! pipe, as if its disks were written evenly. Volume types other than those that AWS chooses by
//! itself are left out.
//!
//! Source: "Amazon EBS configuration" and "Replication template", AWS Transform MGN User Guide. The
//! volumes' sustained throughputs are from memory, except gp3's, which is documented.

use crate::units::{BitRate, DataSize};

use super::{Disk, LargeStagingDisk};

/// Disks of this size and more get the template's type, smaller ones a magnetic volume.
/// AWS: "Amazon EBS configuration".
const LARGE_FROM: DataSize = DataSize::gib(500);
/// Sequential writes of a magnetic volume: 40 to 90 MB/s. From memory.
const STANDARD_RATE: BitRate = BitRate::bps(60 * 8_000_000);
/// gp3's baseline, whatever its size: 125 MiB/s. AWS: "Amazon EBS volume types".
const GP3_RATE: BitRate = BitRate::bps(125 * (8 << 20));
/// st1's baseline per TiB: 40 MB/s. From memory.
const ST1_PER_TIB: u64 = 40 * 8_000_000;
/// st1's upper bound: 500 MB/s. From memory.
const ST1_MOST: BitRate = BitRate::bps(500 * 8_000_000);

/// What the staging volume of a disk can be written with, in bits of disk.
pub(super) fn volume_rate(disk: &Disk, large: LargeStagingDisk) -> BitRate {
    if disk.size < LARGE_FROM {
        return STANDARD_RATE;
    }
    match large {
        LargeStagingDisk::Gp3 => GP3_RATE,
        LargeStagingDisk::St1 => BitRate::bps(ST1_PER_TIB)
            .scaled(disk.size.as_bytes(), DataSize::tib(1).as_bytes())
            .min(ST1_MOST),
    }
}

/// What all volumes of a server can be written with.
pub(super) fn volumes_rate(disks: &[Disk], large: LargeStagingDisk) -> BitRate {
    disks.iter().map(|disk| volume_rate(disk, large)).sum()
}

/// The staging storage of a server: as much as its disks.
pub(super) fn size(disks: &[Disk]) -> DataSize {
    disks.iter().map(|disk| disk.size).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Ppm;

    #[test]
    fn volumes_write_what_their_type_sustains() {
        let rate = |gib, large| {
            let disk = Disk {
                device: "/dev/sdb".to_owned(),
                size: DataSize::gib(gib),
                used: Ppm::ONE,
            };
            volume_rate(&disk, large)
        };
        assert_eq!(
            rate(499, LargeStagingDisk::Gp3),
            BitRate::mbps(480),
            "magnetic: 60 MB/s"
        );
        assert_eq!(
            rate(500, LargeStagingDisk::Gp3),
            BitRate::bps(1_048_576_000),
            "125 MiB/s"
        );
        assert_eq!(
            rate(512, LargeStagingDisk::St1),
            BitRate::mbps(160),
            "half a TiB: 20 MB/s"
        );
        assert_eq!(
            rate(16 * 1024, LargeStagingDisk::St1),
            BitRate::mbps(4_000),
            "at most 500 MB/s"
        );
    }
}
