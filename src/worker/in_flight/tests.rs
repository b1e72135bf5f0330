//! What is in flight, without a broker, a pool or a log: back-pressure, order, offsets, epochs.

use super::*;
use crate::article::Ruling;
use crate::worker::batch::tests::{finished, raw};

const HELD: usize = 1000;

fn at<const N: usize>(positions: [(i32, i64); N]) -> Positions {
    positions.into_iter().map(|(number, offset)| (RawPartition::new("news.raw", number), offset)).collect()
}

/// Nothing in flight; partitions 0 and 1 stand at 0.
fn in_flight(change: impl FnOnce(&mut EngineSettings)) -> InFlight<()> {
    let mut settings = EngineSettings {
        max_in_flight_bytes: 10 * HELD,
        batch_max_messages: 2,
        batch_max_bytes: 1 << 20,
        batch_max_wait: Duration::from_secs(3600),
        max_batches: 2,
        transaction_timeout: Duration::from_secs(5),
        shutdown_grace: Duration::from_secs(5),
        slow_record: Duration::from_secs(5),
    };
    change(&mut settings);
    let mut in_flight = InFlight::new(settings);
    in_flight.stand_at(at([(0, 0), (1, 0)]));
    in_flight
}

impl InFlight<()> {
    /// Reads a record of partition 0; its ticket.
    fn read(&mut self, offset: i64) -> Ticket {
        let raw = raw(0, offset);
        assert!(self.wants(&raw.origin));
        if !self.is_filling() {
            self.open(());
        }
        let Ok(Some(Job::Prepare(ticket, _))) = self.add(raw, HELD, None) else { panic!("no work") };
        ticket
    }

    /// A batch of these records, read and closed; its tickets.
    fn read_batch<const N: usize>(&mut self, offsets: [i64; N]) -> [Ticket; N] {
        let tickets = offsets.map(|offset| self.read(offset));
        self.close(Positions::new);
        tickets
    }

    fn prepare(&mut self, tickets: &[Ticket]) {
        for ticket in tickets {
            assert!(self.returned(*ticket, Work::Prepared(Box::new(Prepared::skipped()))).unwrap().is_some());
        }
    }

    /// The next batch asks, is answered and finished.
    fn finish(&mut self) {
        let batch = self.next_to_ask().expect("a batch that is prepared");
        batch.has_asked();
        let (batch, records) = (batch.id, batch.items.len());
        let (_, jobs) = self.answered(Answer { batch, rulings: vec![Ruling::Refused; records], known: 0, mark: None }).unwrap().expect("its batch");
        for job in jobs {
            let Job::Finish(ticket, ..) = job else { panic!("{job:?}") };
            assert!(self.returned(ticket, Work::Finished(finished("a"))).unwrap().is_some());
        }
    }
}

#[test]
fn reading_waits_for_bytes_batches_and_the_pool() {
    let mut bytes = in_flight(|settings| settings.max_in_flight_bytes = 2 * HELD);
    bytes.read(0);
    assert!(bytes.may_read() && !bytes.is_due(5));
    bytes.read(1);
    assert!(!bytes.may_read() && bytes.is_due(5), "a batch that can't grow is closed");

    let mut batches = in_flight(|_| {});
    let first = batches.read_batch([0]);
    batches.read(1);
    assert!(batches.may_read(), "the second is filling");
    batches.close(Positions::new);
    assert!(!batches.may_read());
    batches.prepare(&first);
    batches.finish();
    assert!(!batches.may_read(), "not committed yet");
    batches.take_committed();
    assert!(batches.may_read());

    // Twice three batches of 2 may be with the pool; two of them may come back from the log.
    let mut pool = in_flight(|_| {});
    for offset in 0..8 {
        assert!(pool.may_read(), "{offset}");
        pool.read(offset);
        pool.void();
        pool.stand_at(at([(0, offset + 1)]));
    }
    assert!(!pool.may_read(), "the pool still holds what is void");
}

#[test]
fn a_batch_is_closed_when_it_is_full_or_has_waited_alone() {
    let mut patient = in_flight(|_| {});
    assert!(!patient.is_due(1), "there is none");
    patient.read(0);
    assert!(!patient.is_due(2) && patient.is_due(1));
    patient.close(Positions::new);
    assert!(!patient.is_due(1), "closed");

    let mut hasty = in_flight(|settings| settings.batch_max_wait = Duration::ZERO);
    hasty.read(0);
    assert!(hasty.is_due(2));
    hasty.close(Positions::new);
    hasty.read(1);
    assert!(!hasty.is_due(2), "another is on its way");

    let mut large = in_flight(|settings| settings.batch_max_bytes = 2 * raw(0, 0).size());
    large.read(0);
    assert!(!large.is_due(5));
    large.read(1);
    assert!(large.is_due(5));
}

#[test]
fn a_record_holds_what_it_is_charged_with_until_its_commit() {
    let mut in_flight = in_flight(|_| {});
    let tickets = in_flight.read_batch([0, 1]);
    assert_eq!(in_flight.bytes(), 2 * HELD);
    in_flight.prepare(&tickets[..1]);
    let prepared = raw(0, 0).held_bytes() + Prepared::skipped().held_bytes();
    assert_eq!(in_flight.bytes(), HELD + prepared);
    in_flight.prepare(&tickets[1..]);
    in_flight.finish();
    assert_eq!(in_flight.bytes(), 2 * (raw(0, 0).held_bytes() + finished("a").record.size()));
    assert_eq!(in_flight.oldest(&RawPartition::new("news.raw", 0)), Some(raw(0, 0).timestamp));
    in_flight.take_committed();
    assert_eq!(in_flight.bytes(), 0);
    assert!(in_flight.is_idle());
}

#[test]
fn what_was_read_before_is_void_and_gives_only_its_bytes_back() {
    let mut in_flight = in_flight(|_| {});
    let [prepared, waiting] = in_flight.read_batch([0, 1]);
    in_flight.prepare(&[prepared]);
    let dropped = in_flight.void();
    assert_eq!(dropped.iter().map(|batch| batch.items.len()).sum::<usize>(), 2);
    in_flight.stand_at(at([(0, 0)]));
    assert_eq!(in_flight.bytes(), HELD, "one is still with the pool");
    assert!(in_flight.is_empty() && !in_flight.is_idle());
    // It is read again before its first work comes back.
    let again = in_flight.read(0);
    assert!(in_flight.returned(waiting, Work::Prepared(Box::new(Prepared::skipped()))).unwrap().is_none());
    assert_eq!(in_flight.bytes(), HELD);
    assert!(in_flight.front().expect("a batch").items[0].prepared.is_none());
    // An answer to the batch that was dropped finds none, though a batch asks again.
    in_flight.close(Positions::new);
    in_flight.prepare(&[again]);
    let late = Answer { batch: dropped[0].id, rulings: vec![Ruling::Refused; 2], known: 0, mark: None };
    assert!(in_flight.answered(late).unwrap().is_none());
    in_flight.finish();
    assert!(in_flight.ready().unwrap().is_some());
}

#[test]
fn work_of_this_epoch_is_never_left_undone() {
    let mut in_flight = in_flight(|_| {});
    let tickets = in_flight.read_batch([0, 1]);
    assert!(matches!(in_flight.returned(tickets[0], Work::Void), Err(EngineError::Bounds(_))));
    in_flight.void();
    assert!(in_flight.returned(tickets[1], Work::Void).is_ok_and(|item| item.is_none()));
}

#[test]
fn batches_ask_in_order_and_only_when_they_are_prepared() {
    let mut in_flight = in_flight(|_| {});
    let first = in_flight.read_batch([0, 1]);
    let second = in_flight.read_batch([2]);
    in_flight.prepare(&second);
    assert!(in_flight.next_to_ask().is_none(), "the first is not prepared");
    in_flight.prepare(&first[..1]);
    assert!(in_flight.next_to_ask().is_none());
    in_flight.prepare(&first[1..]);
    for id in [0, 1] {
        let batch = in_flight.next_to_ask().expect("prepared");
        assert_eq!(batch.id, id);
        batch.has_asked();
    }
    assert!(in_flight.next_to_ask().is_none());
    assert_eq!(in_flight.judging(), 2);
}

#[test]
fn what_was_given_up_needs_no_pool() {
    let mut in_flight = in_flight(|_| {});
    in_flight.open(());
    assert!(in_flight.add(raw(0, 0), HELD, Some(Prepared::skipped())).unwrap().is_none());
    in_flight.close(Positions::new);
    assert!(in_flight.next_to_ask().is_some());
}

#[test]
fn a_batch_is_published_only_where_the_last_commit_ended() {
    let mut in_flight = in_flight(|_| {});
    let (first, second) = (in_flight.read_batch([0, 1]), in_flight.read_batch([2]));
    in_flight.prepare(&first);
    in_flight.prepare(&second);
    assert!(in_flight.ready().unwrap().is_none(), "not finished");
    in_flight.finish();
    in_flight.finish();
    assert_eq!(in_flight.ready().unwrap().map(|batch| batch.id), Some(0));
    // Had the first been lost, the second would be committed over it.
    let lost = in_flight.batches.pop_front().expect("the first");
    assert!(matches!(in_flight.ready(), Err(PortError::Abort(_))));
    in_flight.batches.push_front(lost);
    in_flight.take_committed();
    assert_eq!(*in_flight.committed(), at([(0, 2), (1, 0)]));
    assert_eq!(in_flight.ready().unwrap().map(|batch| batch.id), Some(1));
    // A partition that is not ours any more.
    in_flight.committed = at([(1, 0)]);
    assert!(matches!(in_flight.ready(), Err(PortError::Abort(_))));
}

#[test]
fn a_batch_ends_behind_transaction_markers_and_before_no_record() {
    let mut in_flight = in_flight(|_| {});
    let partition = RawPartition::new("news.raw", 0);
    in_flight.read(0);
    in_flight.read(3);
    // The client may not have told yet how far it is.
    in_flight.close(|| at([(0, 2), (1, 9)]));
    assert_eq!(in_flight.batches[0].end, at([(0, 4)]));
    in_flight.read(4);
    in_flight.close(|| at([(0, 6)]));
    assert_eq!((&in_flight.batches[1].begin, &in_flight.batches[1].end), (&at([(0, 4)]), &at([(0, 6)])));
    assert_eq!(in_flight.reading()[&partition], 6);
    assert!(in_flight.holds(&partition) && !in_flight.holds(&RawPartition::new("news.raw", 1)));
    in_flight.close(|| panic!("nothing is filling"));
}

#[test]
fn only_records_of_our_partitions_from_where_reading_stands_are_wanted() {
    let mut in_flight = in_flight(|_| {});
    assert!(in_flight.wants(&raw(1, 5).origin) && !in_flight.wants(&raw(2, 0).origin));
    in_flight.read(3);
    assert!(!in_flight.wants(&raw(0, 3).origin) && in_flight.wants(&raw(0, 4).origin));
    in_flight.void();
    in_flight.stand_at(at([(0, 2)]));
    assert!(!in_flight.wants(&raw(0, 1).origin) && in_flight.wants(&raw(0, 2).origin) && !in_flight.wants(&raw(1, 5).origin));
}

#[test]
fn a_commit_took_effect_where_the_group_stands_at_all_its_ends() {
    let mut in_flight = in_flight(|_| {});
    assert!(!in_flight.is_front_committed(&at([(0, 1)])), "there is no batch");
    in_flight.read(0);
    in_flight.add(raw(1, 4), HELD, None).unwrap();
    in_flight.close(Positions::new);
    assert!(in_flight.is_front_committed(&at([(0, 1), (1, 5), (2, 8)])));
    assert!(!in_flight.is_front_committed(&at([(0, 1), (1, 0)])));
    assert!(!in_flight.is_front_committed(&at([(0, 1)])));
    assert!(!in_flight.is_front_committed(&at([(0, 2), (1, 5)])));
}
