//! What every workload shares: the clock, the repetitions, and the line of JSON.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use cpu_time::ProcessTime;
use serde::Serialize;
use serde_json::{Map, Value};

/// What time is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Clock {
    /// Processor time of this process.
    Cpu,
    /// Time on the wall.
    Wall,
}

impl Clock {
    /// Does `work`, and tells how long it took.
    pub(crate) fn time<T>(self, work: impl FnOnce() -> T) -> (T, Duration) {
        match self {
            Self::Cpu => {
                let start = ProcessTime::now();
                let result = work();
                (result, start.elapsed())
            }
            Self::Wall => {
                let start = Instant::now();
                let result = work();
                (result, start.elapsed())
            }
        }
    }
}

/// What the repeated measurements of one figure come to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
    pub(crate) reps: usize,
}

impl Spread {
    /// Sums up at least one measurement.
    pub(crate) fn of(mut values: Vec<f64>) -> anyhow::Result<Self> {
        values.sort_unstable_by(f64::total_cmp);
        let (Some(&min), Some(&max)) = (values.first(), values.last()) else {
            anyhow::bail!("nothing was measured: at least one repetition is needed");
        };
        let middle = values.len() / 2;
        let median = if values.len() % 2 == 1 {
            values[middle]
        } else {
            f64::midpoint(values[middle - 1], values[middle])
        };
        Ok(Self {
            median,
            min,
            max,
            reps: values.len(),
        })
    }
}

/// The unit of a workload's main figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    PerSecond,
    Seconds,
}

/// One workload's result.
#[derive(Debug)]
pub(crate) struct Report {
    fields: Map<String, Value>,
}

impl Report {
    /// The fields that every report has.
    pub(crate) fn new(bench: &str, params: Value, value: Spread, unit: Unit) -> anyhow::Result<Self> {
        let unit = match unit {
            Unit::PerSecond => "/s",
            Unit::Seconds => "s",
        };
        Self { fields: Map::new() }
            .with("bench", bench)?
            .with("peer", "causeway")?
            .with("version", env!("CARGO_PKG_VERSION"))?
            .with("params", params)?
            .with("value", value.median)?
            .with("unit", unit)?
            .with("min", value.min)?
            .with("max", value.max)?
            .with("reps", value.reps)
    }

    /// Adds a field of this workload alone.
    pub(crate) fn with(mut self, name: &str, value: impl Serialize) -> anyhow::Result<Self> {
        let value =
            serde_json::to_value(value).with_context(|| format!("failed to write the field {name}"))?;
        self.fields.insert(name.to_owned(), value);
        Ok(self)
    }

    /// The whole report as one line.
    pub(crate) fn to_json(&self) -> anyhow::Result<String> {
        serde_json::to_string(&self.fields).context("failed to write the report")
    }
}

/// The most memory that this process has had, in MB; zero where the system does not tell.
pub(crate) fn peak_memory_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.map_or(0.0, |kib| kib * 1024.0 / 1e6)
}

/// FNV-1a in 64 bits, by which answers are compared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    pub(crate) fn add(&mut self, text: &str) {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
    pub(crate) fn digits(self) -> String {
        format!("{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_median_least_and_greatest() {
        let odd = Spread::of(vec![3.0, 1.0, 2.0]).expect("three measurements");
        assert_eq!((odd.median, odd.min, odd.max, odd.reps), (2.0, 1.0, 3.0, 3));
        let even = Spread::of(vec![4.0, 1.0, 2.0, 3.0]).expect("four measurements");
        assert_eq!(even.median, 2.5);
        assert!(Spread::of(Vec::new()).is_err());
    }

    #[test]
    fn a_report_is_one_line_of_json() {
        let spread = Spread::of(vec![2.5]).expect("one measurement");
        let report = Report::new("phold", serde_json::json!({ "n": 2 }), spread, Unit::PerSecond)
            .and_then(|report| report.with("checksum", "00ff"))
            .and_then(|report| report.to_json())
            .expect("numbers and text can be written");
        let fields: Value = serde_json::from_str(&report).expect("valid JSON");
        assert!(!report.contains('\n'));
        assert_eq!(
            (
                &fields["bench"],
                &fields["params"]["n"],
                &fields["value"],
                &fields["unit"],
                &fields["checksum"]
            ),
            (
                &"phold".into(),
                &2.into(),
                &2.5.into(),
                &"/s".into(),
                &"00ff".into()
            )
        );
    }
}
