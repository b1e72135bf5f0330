//! A histogram of plain integers: fixed buckets, one owner, no atomics.
//!
//! Durations are counted in microseconds and shown in seconds; sizes are shown as they are. Bounds are inclusive, as in Prometheus.

use std::time::Duration;

use super::labels::Label;

/// The upper bounds of a histogram's buckets, ascending, and what one unit of them is.
#[derive(Debug)]
pub struct Buckets {
    /// Upper bounds, in units.
    pub bounds: &'static [u64],
    /// Units in one unit of the metric: 1,000,000 for microseconds shown as seconds.
    pub scale: u64,
}

const MICROS: u64 = 1_000_000;
const SECOND: u64 = MICROS;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// Work on one record: 100 µs to 10 s.
pub static STAGE: Buckets =
    Buckets { bounds: &[100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, SECOND, 2_500_000, 10 * SECOND], scale: MICROS };

/// Exchanges with brokers: 500 µs to 30 s.
pub static BROKER: Buckets = Buckets {
    bounds: &[500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, SECOND, 2_500_000, 5 * SECOND, 10 * SECOND, 30 * SECOND],
    scale: MICROS,
};

/// From the raw record's timestamp to the commit: 10 ms to 6 h.
pub static LATENCY: Buckets = Buckets {
    bounds: &[
        10_000,
        25_000,
        50_000,
        100_000,
        250_000,
        500_000,
        SECOND,
        2_500_000,
        5 * SECOND,
        10 * SECOND,
        30 * SECOND,
        MINUTE,
        5 * MINUTE,
        15 * MINUTE,
        HOUR,
        6 * HOUR,
    ],
    scale: MICROS,
};

/// How old news is when it goes out: a minute to 30 days.
pub static AGE: Buckets = Buckets {
    bounds: &[MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR, 72 * HOUR, 168 * HOUR, 720 * HOUR],
    scale: MICROS,
};

/// Records of a batch.
pub static MESSAGES: Buckets = Buckets { bounds: &[1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000], scale: 1 };

/// Bytes of a batch: 4 KiB to 64 MiB.
pub static BYTES: Buckets =
    Buckets { bounds: &[1 << 12, 1 << 14, 1 << 16, 1 << 17, 1 << 18, 1 << 19, 1 << 20, 1 << 21, 1 << 22, 1 << 23, 1 << 24, 1 << 25, 1 << 26], scale: 1 };

/// Counts by size.
#[derive(Clone, Debug)]
pub struct Histogram {
    buckets: &'static Buckets,
    /// One a bound, and one for what is above the last. Not cumulative.
    counts: Vec<u64>,
    sum: u64,
}

impl Histogram {
    /// An empty histogram.
    pub fn new(buckets: &'static Buckets) -> Histogram {
        Histogram { buckets, counts: vec![0; buckets.bounds.len() + 1], sum: 0 }
    }

    /// Counts a value, in the buckets' unit.
    pub fn observe(&mut self, value: u64) {
        let bucket = self.buckets.bounds.partition_point(|bound| *bound < value);
        self.counts[bucket] += 1;
        self.sum = self.sum.saturating_add(value);
    }

    /// Counts a duration. Only where the unit is the microsecond.
    pub fn observe_duration(&mut self, duration: Duration) {
        debug_assert_eq!(self.buckets.scale, MICROS, "a duration in a histogram of sizes");
        self.observe(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX));
    }

    /// Counts a difference of two instants in milliseconds; a negative one, which a bad clock makes, counts as zero.
    pub fn observe_millis(&mut self, millis: i64) {
        self.observe_duration(Duration::from_millis(millis.max(0).unsigned_abs()));
    }

    /// How many values were counted.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Their sum, in the metric's unit.
    pub fn sum(&self) -> f64 {
        self.sum as f64 / self.buckets.scale as f64
    }

    /// The value that a share `q` (0 to 1) of all values is not above, in the metric's unit: estimated within its bucket as Prometheus
    /// does, so a value above the last bound counts as that bound. `None` where nothing was counted.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let total = self.count();
        let rank = q.clamp(0.0, 1.0) * total as f64;
        let (mut low, mut below) = (0.0, 0);
        for (bound, count) in self.cumulative() {
            if count > below && count as f64 >= rank {
                return Some(low + (bound - low) * (rank - below as f64).max(0.0) / (count - below) as f64);
            }
            (low, below) = (bound, count);
        }
        (total > 0).then_some(low)
    }

    /// Upper bound, in the metric's unit, and how many values are not above it.
    pub fn cumulative(&self) -> impl Iterator<Item = (f64, u64)> {
        let scale = self.buckets.scale as f64;
        let below = self.counts.iter().scan(0, |sum, count| {
            *sum += count;
            Some(*sum)
        });
        self.buckets.bounds.iter().map(move |bound| *bound as f64 / scale).zip(below)
    }
}

/// One histogram for each value of a label.
#[derive(Clone, Debug)]
pub struct HistogramBy<L> {
    all: Vec<Histogram>,
    label: std::marker::PhantomData<L>,
}

impl<L: Label> HistogramBy<L> {
    /// Empty histograms.
    pub fn new(buckets: &'static Buckets) -> HistogramBy<L> {
        HistogramBy { all: vec![Histogram::new(buckets); L::ALL.len()], label: std::marker::PhantomData }
    }

    /// The histogram of a label.
    pub fn of(&mut self, label: L) -> &mut Histogram {
        &mut self.all[label.index()]
    }

    /// Label and histogram of each.
    pub fn iter(&self) -> impl Iterator<Item = (L, &Histogram)> {
        L::ALL.iter().copied().zip(&self.all)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bounds_ascend() {
        for buckets in [&STAGE, &BROKER, &LATENCY, &AGE, &MESSAGES, &BYTES] {
            assert!(buckets.bounds.is_sorted_by(|a, b| a < b), "{buckets:?}");
        }
    }

    #[test]
    fn durations_are_shown_in_seconds() {
        let mut histogram = Histogram::new(&STAGE);
        histogram.observe_duration(Duration::from_micros(100));
        histogram.observe_duration(Duration::from_millis(1_500));
        histogram.observe_duration(Duration::from_secs(3_600));
        histogram.observe_millis(-5);
        assert_eq!(histogram.count(), 4);
        assert_eq!(histogram.sum(), 3_601.500_1);
        let cumulative: Vec<_> = histogram.cumulative().collect();
        assert_eq!(cumulative[0], (0.0001, 2));
        assert_eq!(cumulative[13], (2.5, 3));
        assert_eq!(cumulative[14], (10.0, 3), "the hour is only in +Inf");
    }

    #[test]
    fn quantiles_lie_within_their_bucket() {
        let mut histogram = Histogram::new(&MESSAGES);
        assert_eq!(histogram.quantile(0.5), None);
        // Bounds are 1, 2, 5, 10 …: four values in (2, 5], four in (5, 10].
        [3, 3, 4, 5, 6, 7, 8, 9].iter().for_each(|v| histogram.observe(*v));
        assert_eq!(histogram.quantile(0.25), Some(3.5));
        assert_eq!(histogram.quantile(0.5), Some(5.0));
        assert_eq!(histogram.quantile(0.75), Some(7.5));
        assert_eq!(histogram.quantile(1.0), Some(10.0));
        assert_eq!(histogram.quantile(0.0), Some(2.0));
        histogram.observe(1_000_000);
        assert_eq!(histogram.quantile(1.0), Some(10_000.0), "no more is known than that it is above");
    }

    proptest! {
        #[test]
        fn a_bucket_counts_what_is_not_above_its_bound(values in prop::collection::vec(0u64..20_000, 0..200)) {
            let mut histogram = Histogram::new(&MESSAGES);
            values.iter().for_each(|v| histogram.observe(*v));
            prop_assert_eq!(histogram.count(), values.len() as u64);
            prop_assert_eq!(histogram.sum(), values.iter().sum::<u64>() as f64);
            for (bound, count) in histogram.cumulative() {
                prop_assert_eq!(count, values.iter().filter(|v| **v as f64 <= bound).count() as u64);
            }
        }
    }
}
