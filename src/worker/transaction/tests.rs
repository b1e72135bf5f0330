//! The transaction on the in-memory broker: what readers and the group see of it, part by part and fault by fault.

use std::sync::Arc;

use super::*;
use crate::article::OutputTopic;
use crate::kafka::memory::{Call, Fault, MemoryBroker, MemoryPort};
use crate::stop::Stop;
use crate::telemetry::{BuildInfo, Health, Metrics};
use crate::worker::batch::tests::{finished, raw};

const GROUP: &str = "desk";
const LIMIT: Duration = Duration::from_secs(60);

struct World {
    broker: MemoryBroker,
    transaction: Transaction<MemoryPort>,
    stats: Stats,
    stop: Stop,
    health: Arc<Health>,
}

/// A member of the group that stands at the beginning of two records.
fn world(timeout: Duration) -> World {
    let broker = MemoryBroker::new(1);
    for _ in 0..2 {
        broker.produce_raw(0, None, Some(b"<html>".to_vec()), Vec::new(), 0);
    }
    let (mut port, _) = broker.connect("worker-0", GROUP);
    port.init().unwrap();
    port.subscribe().unwrap();
    port.poll(Duration::ZERO).unwrap();
    port.rewind().unwrap();
    let health = Arc::new(Health::new(LIMIT));
    let metrics = Arc::new(Metrics::new(BuildInfo::new("none", "none"), Vec::new(), health.clone()));
    World { broker, transaction: Transaction::new(port, timeout), stats: Stats::new(metrics, 1, 1), stop: Stop::default(), health }
}

impl World {
    /// Both records, finished.
    fn batch(&self) -> Batch<(u64, u64)> {
        let mut batch = Batch::new(0, self.transaction.port.metadata().unwrap(), Instant::now());
        for (offset, value) in [(0, "a"), (1, "b")] {
            let index = batch.add(raw(0, offset), 0, 0);
            batch.items[index].finished = Some(finished(value));
        }
        batch
    }

    fn step(&mut self) -> Result<Progress, PortError> {
        let batch = self.batch();
        self.transaction.step(&batch, &mut self.stats)
    }

    /// Steps until the commit or an error.
    fn go(&mut self) -> Result<Progress, PortError> {
        loop {
            match self.step() {
                Ok(Progress::Moved) => {}
                other => return other,
            }
        }
    }

    /// Steps until the commit is next.
    fn go_to_commit(&mut self) {
        self.transaction.begin().unwrap();
        while !self.transaction.is_committing() {
            self.step().unwrap();
        }
    }

    fn abort(&mut self) -> Result<(), PortError> {
        self.transaction.abort(&mut self.stats, Patience { stop: &self.stop, health: &self.health })
    }

    /// What a reader sees, and where the group stands.
    fn seen(&self) -> (Vec<Vec<u8>>, Option<i64>) {
        let values = self.broker.committed(OutputTopic::Articles).into_iter().filter_map(|record| record.value);
        (values.collect(), self.broker.group_offsets(GROUP).get(&0).copied())
    }
}

fn all() -> (Vec<Vec<u8>>, Option<i64>) {
    (vec![b"a".to_vec(), b"b".to_vec()], Some(2))
}

fn nothing() -> (Vec<Vec<u8>>, Option<i64>) {
    (Vec::new(), None)
}

#[test]
fn records_and_offsets_are_seen_with_the_commit_and_not_before() {
    let mut world = world(LIMIT);
    assert_eq!(world.transaction.state(), TransactionState::Idle);
    world.transaction.begin().unwrap();
    let parts = [
        (TransactionState::Open, ErrorStage::Produce, TransactionEnd::AbortedDelivery),
        (TransactionState::Open, ErrorStage::Produce, TransactionEnd::AbortedDelivery),
        (TransactionState::Committing, ErrorStage::SendOffsets, TransactionEnd::AbortedError),
        (TransactionState::Committing, ErrorStage::Commit, TransactionEnd::AbortedError),
    ];
    for (number, part) in parts.into_iter().enumerate() {
        assert_eq!((world.transaction.state(), world.transaction.stage(), world.transaction.why_aborted()), part, "{number}");
        assert_eq!(world.seen(), nothing(), "{number}");
        assert_eq!(world.step().unwrap(), if number == 3 { Progress::Committed } else { Progress::Moved });
    }
    assert!(!world.transaction.is_open());
    assert_eq!(world.seen(), all());
}

#[test]
fn a_call_that_is_repeated_sends_nothing_twice() {
    for (call, count) in [(Call::Send, 1), (Call::Send, 2), (Call::Drive, 1), (Call::SendOffsets, 1), (Call::Commit, 1)] {
        let mut world = world(LIMIT);
        world.broker.inject(call, count, Fault::Retry);
        world.transaction.begin().unwrap();
        assert!(matches!(world.go(), Err(PortError::Retry(_))), "{call:?}");
        assert!(world.transaction.is_open(), "{call:?}");
        assert_eq!(world.go(), Ok(Progress::Committed), "{call:?}");
        assert_eq!(world.seen(), all(), "{call:?}");
    }
}

#[test]
fn one_that_was_not_begun_is_not_open() {
    let mut world = world(LIMIT);
    world.broker.inject(Call::Begin, 1, Fault::Retry);
    assert!(world.transaction.begin().is_err());
    assert!(!world.transaction.is_open() && !world.transaction.close());
    assert!(matches!(world.step(), Err(PortError::Fatal(_))));
    assert_eq!(world.abort(), Ok(()));
}

#[test]
fn a_batch_that_is_not_finished_is_never_committed() {
    let mut world = world(LIMIT);
    let mut batch = world.batch();
    batch.items[1].finished = None;
    world.transaction.begin().unwrap();
    assert!(matches!(world.transaction.step(&batch, &mut world.stats), Err(PortError::Fatal(_))));
    assert!(!world.transaction.is_committing());
}

#[test]
fn an_abort_leaves_nothing_and_the_next_transaction_is_whole() {
    // At once; after an abort that is repeated; with a new producer, where the old one can't; and where making it must be repeated too.
    for faults in [&[][..], &[(Call::Abort, Fault::Retry)], &[(Call::Abort, Fault::Producer)], &[(Call::Abort, Fault::Abort), (Call::Init, Fault::Retry)]] {
        let mut world = world(LIMIT);
        world.go_to_commit();
        faults.iter().for_each(|(call, fault)| world.broker.inject(*call, 1, *fault));
        assert_eq!(world.abort(), Ok(()), "{faults:?}");
        assert!(world.transaction.is_committing(), "until it is closed");
        assert!(world.transaction.close());
        assert_eq!(world.seen(), nothing(), "{faults:?}");
        world.transaction.begin().unwrap();
        assert_eq!(world.go(), Ok(Progress::Committed), "{faults:?}");
        assert_eq!(world.seen(), all(), "{faults:?}");
    }
}

#[test]
fn an_abort_is_not_repeated_for_ever() {
    let mut world = world(Duration::from_millis(100));
    world.go_to_commit();
    (0..5).for_each(|_| world.broker.inject(Call::Abort, 1, Fault::Retry));
    assert_eq!(world.abort(), Ok(()));
    world.broker.inject(Call::Abort, 1, Fault::Crash);
    assert!(matches!(world.transaction.port.abort(), Err(PortError::Retry(_))), "a new producer was made before all of them");
}

#[test]
fn a_commit_without_an_answer_stays_known_as_one() {
    let mut world = world(LIMIT);
    world.go_to_commit();
    world.broker.inject(Call::CommitAnswer, 1, Fault::Abort);
    assert!(matches!(world.step(), Err(PortError::Abort(_))));
    assert_eq!(world.abort(), Ok(()));
    assert!(world.transaction.is_committing());
    assert_eq!(world.seen(), all(), "the committed offsets tell that it took effect");
}

#[test]
fn a_late_batch_of_an_old_generation_is_refused() {
    let mut world = world(LIMIT);
    let batch = world.batch();
    world.broker.connect("worker-1", GROUP).0.subscribe().unwrap();
    world.transaction.begin().unwrap();
    let refused = loop {
        match world.transaction.step(&batch, &mut world.stats) {
            Ok(Progress::Moved) => {}
            other => break other,
        }
    };
    assert!(matches!(refused, Err(PortError::Abort(_))));
    assert_eq!(world.seen(), nothing());
}

#[test]
fn who_is_fenced_ends_unless_the_brokers_ended_an_overdue_transaction() {
    let fence = |world: &World| world.broker.connect("worker-0", GROUP).0.init().unwrap();
    let mut in_time = world(LIMIT);
    in_time.go_to_commit();
    fence(&in_time);
    assert!(matches!(in_time.step(), Err(PortError::Fenced(_))));
    assert!(matches!(in_time.abort(), Err(PortError::Fenced(_))));
    assert_eq!(in_time.transaction.check_age(), Ok(()));

    let mut overdue = world(Duration::from_millis(1));
    overdue.go_to_commit();
    fence(&overdue);
    std::thread::sleep(Duration::from_millis(5));
    assert_eq!(overdue.transaction.why_aborted(), TransactionEnd::AbortedTimeout);
    assert!(matches!(overdue.transaction.check_age(), Err(PortError::Producer(_))));
    assert!(matches!(overdue.step(), Err(PortError::Producer(_))));
    assert_eq!(overdue.abort(), Ok(()));
    overdue.transaction.close();
    assert_eq!(overdue.transaction.check_age(), Ok(()));
    assert_eq!(overdue.seen(), nothing());
    overdue.transaction.begin().unwrap();
    assert_eq!(overdue.go(), Ok(Progress::Committed));
    assert_eq!(overdue.seen(), all());
}
