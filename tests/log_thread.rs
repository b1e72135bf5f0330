//! The log thread: what it finds at the start, what it refuses to guess, and what it does when an append's fate is unknown.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

#[path = "support/memory.rs"]
mod memory;

use std::time::{Duration, Instant};

use copydesk::article::Ruling;
use copydesk::article::{Entry, EntryKind, Identity};
use copydesk::config::DedupeRules;
use copydesk::dedupe::{generation_entry, skip_entry};
use copydesk::kafka::mark::Mark;
use copydesk::kafka::memory::{Call, Fault, MemoryBroker, MemoryLog};
use copydesk::worker::log_thread::{Answer, Ask, Brings, Lines, LogThread, LogThreadError, Question, Skips};
use crossbeam_channel::{Receiver, Sender, bounded};

const TOPIC: &str = "news.raw";
/// The clock of the in-memory broker's log when it is new, in milliseconds.
const LOG_BEGINS: i64 = 1_700_000_000_000;
const HOUR: i64 = 3_600_000;

fn rules() -> DedupeRules {
    DedupeRules { window_hours: 1, window_entries: 100, generation: 1, ..DedupeRules::default() }
}

fn identity(number: u8) -> Identity {
    Identity([number; 16])
}

/// An article's entry, as other workers write it: only its name and its text's hash matter here.
fn article(number: u8) -> Entry {
    let mut entry = skip_entry(identity(number), &rules(), TOPIC);
    entry.kind = EntryKind::Article;
    entry.article_id.0 = [number; 16];
    entry.content_hash = [number; 16];
    entry
}

struct Desk {
    judge: LogThread<MemoryLog>,
    asks: Sender<Ask>,
    answers: Receiver<Answer>,
    skips: Skips,
}

fn desk(broker: &MemoryBroker, rules: DedupeRules) -> Desk {
    let (asks, ask_queue) = bounded(10);
    let (answer_queue, answers) = bounded(10);
    let skips = Skips::default();
    let (_, log) = broker.connect("one", "desk");
    let lines = Lines { asks: ask_queue, answers: answer_queue, skips: skips.clone(), metrics: memory::unread() };
    Desk { judge: LogThread::new(log, rules, &[TOPIC.to_owned()], lines), asks, answers, skips }
}

impl Desk {
    fn ask(&mut self, questions: Vec<Question>) -> Vec<Ruling> {
        self.asks.send(Ask { epoch: 0, batch: 7, questions }).unwrap();
        self.answer().rulings
    }

    fn answer(&mut self) -> Answer {
        let deadline = Instant::now() + Duration::from_secs(10);
        let answers = self.answers.clone();
        self.judge.run(|_| answers.is_empty() && Instant::now() < deadline).unwrap();
        self.answers.try_recv().expect("an answer within 10 s")
    }

    /// Lets the log thread turn some rounds.
    fn turn(&mut self, rounds: usize) -> Vec<Option<String>> {
        let mut troubles = Vec::new();
        let heard = |trouble: Option<&str>| {
            troubles.push(trouble.map(str::to_owned));
            troubles.len() <= rounds
        };
        self.judge.run(heard).unwrap();
        troubles
    }
}

fn restore(broker: &MemoryBroker, rules: DedupeRules, mark: Option<Mark>) -> Result<Desk, LogThreadError> {
    restore_at(broker, rules, mark, LOG_BEGINS)
}

fn restore_at(broker: &MemoryBroker, rules: DedupeRules, mark: Option<Mark>, now: i64) -> Result<Desk, LogThreadError> {
    let mut desk = desk(broker, rules);
    desk.judge.restore(mark, now, |_, _| true).map(|()| desk)
}

fn question(number: u8) -> Question {
    Question { identity: identity(number), brings: Brings::Entry(Box::new(article(number))) }
}

#[test]
fn an_entry_is_appended_once_and_judged_alike_when_asked_again() {
    let broker = MemoryBroker::new(1);
    let mut desk = restore(&broker, rules(), None).unwrap();
    let first = desk.ask(vec![question(1), question(2)]);
    let again = desk.ask(vec![question(2), question(1)]);
    assert!(matches!(first[0], Ruling::Verdict(_)));
    assert_eq!((&first[0], &first[1]), (&again[1], &again[0]));
    assert_eq!(broker.log_len(), 2);
}

#[test]
fn after_a_crash_another_worker_finds_the_same_verdict() {
    let broker = MemoryBroker::new(1);
    let first = restore(&broker, rules(), None).unwrap().ask(vec![question(1), question(2)]);
    let second = restore(&broker, rules(), None).unwrap().ask(vec![question(1), question(2)]);
    assert_eq!(first, second);
    assert_eq!(broker.log_len(), 2);
}

#[test]
fn an_append_whose_delivery_is_unknown_is_made_again_and_counts_once() {
    let broker = MemoryBroker::new(1);
    let mut desk = restore(&broker, rules(), None).unwrap();
    broker.inject(Call::Append, 1, Fault::Unknown);
    let rulings = desk.ask(vec![question(1)]);
    let Ruling::Verdict(verdict) = &rulings[0] else { panic!("no verdict") };
    assert_eq!(verdict.log_offset, 0);
}

#[test]
fn a_refused_record_has_a_verdict_only_if_the_log_knows_it() {
    let broker = MemoryBroker::new(1);
    broker.append_log(article(1).encode(), 5);
    let mut desk = restore(&broker, rules(), None).unwrap();
    let refused = |number| Question { identity: identity(number), brings: Brings::Refusal };
    let rulings = desk.ask(vec![refused(1), refused(2)]);
    assert!(matches!(rulings[0], Ruling::Verdict(_)));
    assert_eq!(rulings[1], Ruling::Refused);
    assert_eq!(broker.log_len(), 1);
}

#[test]
fn an_unreadable_record_whose_entry_the_log_holds_is_followed_by_a_skip() {
    let broker = MemoryBroker::new(1);
    broker.append_log(article(1).encode(), 5);
    let mut desk = restore(&broker, rules(), None).unwrap();
    let nothing = |number| Question { identity: identity(number), brings: Brings::Nothing };
    let rulings = desk.ask(vec![nothing(1), nothing(2)]);
    assert_eq!(rulings, [Ruling::Refused, Ruling::Refused]);
    assert_eq!(broker.log_len(), 2);
    assert!(desk.skips.contains(&identity(1)) && !desk.skips.contains(&identity(2)));
}

#[test]
fn a_skip_in_the_log_is_known_before_the_first_record_is_read() {
    let broker = MemoryBroker::new(1);
    broker.append_log(skip_entry(identity(9), &rules(), TOPIC).encode(), 5);
    let desk = restore(&broker, rules(), None).unwrap();
    assert!(desk.skips.contains(&identity(9)));
}

#[test]
fn a_damaged_entry_is_void_and_stops_nobody() {
    let broker = MemoryBroker::new(1);
    let mut bytes = article(1).encode();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    broker.append_log(bytes, 5);
    let mut desk = restore(&broker, rules(), None).unwrap();
    let Ruling::Verdict(verdict) = desk.ask(vec![question(1)]).remove(0) else { panic!("no verdict") };
    assert_eq!(verdict.log_offset, 1);
}

#[test]
fn a_log_that_ends_before_the_mark_is_lost() {
    let broker = MemoryBroker::new(1);
    (0..5).for_each(|n| broker.append_log(article(n).encode(), 5));
    let mark = Mark { generation: 1, offset: 4, identity: identity(4), log_time: LOG_BEGINS + 25, whole_from: 0 };
    assert!(restore(&broker, rules(), Some(mark)).is_ok());
    broker.lose_log();
    assert!(matches!(restore(&broker, rules(), Some(mark)), Err(LogThreadError::Lost(_))));
    // Made anew and grown past the mark: another entry stands there.
    (10..20).for_each(|n| broker.append_log(article(n).encode(), 5));
    assert!(matches!(restore(&broker, rules(), Some(mark)), Err(LogThreadError::Lost(_))));
    // The way on.
    let higher = DedupeRules { generation: 2, ..rules() };
    assert!(restore(&broker, higher, Some(mark)).is_ok());
}

#[test]
fn a_log_cut_inside_two_windows_is_too_short() {
    let minute = 60_000;
    let broker = MemoryBroker::new(1);
    (0..60).for_each(|n| broker.append_log(article(n).encode(), 4 * minute));
    // Four hours of entries, windows of one hour: two hours may go.
    broker.cut_log(20);
    assert!(restore(&broker, rules(), None).is_ok());
    broker.cut_log(40);
    assert!(matches!(restore(&broker, rules(), None), Err(LogThreadError::TooShort(_))));
    // The way on: what is left is void, so nothing can be missing from it.
    assert!(restore(&broker, DedupeRules { generation: rules().generation + 1, ..rules() }, None).is_ok());
}

#[test]
fn a_generation_is_announced_only_where_something_older_stands() {
    let second = DedupeRules { generation: 2, ..rules() };
    let broker = MemoryBroker::new(1);
    let mut desk = restore(&broker, second.clone(), None).unwrap();
    let Ruling::Verdict(verdict) =
        desk.ask(vec![Question { identity: identity(1), brings: Brings::Entry(Box::new(Entry { generation: 2, ..article(1) })) }]).remove(0)
    else {
        panic!("no verdict")
    };
    assert_eq!((verdict.log_offset, verdict.version), (0, 2 << 40));
    drop(desk);
    restore(&broker, second.clone(), None).unwrap();
    assert_eq!(broker.log_len(), 1);

    // An operator who gives a record up may be the first to write in the new generation.
    let broker = MemoryBroker::new(1);
    broker.append_log(article(1).encode(), 5);
    broker.append_log(skip_entry(identity(9), &second, TOPIC).encode(), 5);
    restore(&broker, second.clone(), None).unwrap();
    assert_eq!(broker.log_len(), 3);
    restore(&broker, second, None).unwrap();
    assert_eq!(broker.log_len(), 3);
}

#[test]
fn a_new_generation_voids_what_stands_before_it_and_is_announced_once() {
    let broker = MemoryBroker::new(1);
    broker.append_log(article(1).encode(), 5);
    let second = DedupeRules { generation: 2, ..rules() };
    let mut desk = restore(&broker, second.clone(), None).unwrap();
    assert_eq!(broker.log_len(), 2);
    let again = Entry { generation: 2, ..article(1) };
    let asked = Question { identity: identity(1), brings: Brings::Entry(Box::new(again)) };
    let Ruling::Verdict(verdict) = desk.ask(vec![asked]).remove(0) else { panic!("no verdict") };
    assert_eq!((verdict.log_offset, verdict.version), (2, (2 << 40) + 2));
    restore(&broker, second, None).unwrap();
    assert_eq!(broker.log_len(), 3);
}

#[test]
fn a_log_or_a_mark_of_a_newer_generation_stops_an_old_configuration() {
    let broker = MemoryBroker::new(1);
    let newer = DedupeRules { generation: 3, ..rules() };
    let mark = Mark { generation: 3, offset: 0, identity: identity(1), log_time: LOG_BEGINS, whole_from: 0 };
    assert!(matches!(restore(&broker, rules(), Some(mark)), Err(LogThreadError::Newer(_))));
    broker.append_log(generation_entry(&newer, TOPIC).encode(), 5);
    assert!(matches!(restore(&broker, rules(), None), Err(LogThreadError::Newer(_))));
}

#[test]
fn entries_of_another_raw_topic_are_void() {
    let broker = MemoryBroker::new(1);
    let mut foreign = article(1);
    foreign.topic ^= 1;
    broker.append_log(foreign.encode(), 5);
    let mut desk = restore(&broker, rules(), None).unwrap();
    let Ruling::Verdict(verdict) = desk.ask(vec![question(1)]).remove(0) else { panic!("no verdict") };
    assert_eq!(verdict.log_offset, 1);
}

/// Retention deletes everything in an idle time. Nothing is lost by it, and whoever starts then, or after the next entry, can tell.
#[test]
fn a_log_that_retention_emptied_in_an_idle_time_is_whole() {
    let broker = MemoryBroker::new(1);
    let mut desk = restore(&broker, rules(), None).unwrap();
    desk.asks.send(Ask { epoch: 0, batch: 1, questions: (0..5).map(question).collect() }).unwrap();
    let before = desk.answer().mark;
    assert_eq!(before.map(|mark| mark.offset), Some(4));
    // The worker stays up; another one starts while the log is empty, and after the next entry.
    broker.cut_log(5);
    let idle = 400 * HOUR;
    assert!(restore_at(&broker, rules(), before, LOG_BEGINS + idle).is_ok());
    broker.append_log(article(7).encode(), idle);
    assert!(restore_at(&broker, rules(), before, LOG_BEGINS + idle).is_ok());
    desk.asks.send(Ask { epoch: 0, batch: 2, questions: vec![question(8)] }).unwrap();
    let after = desk.answer().mark;
    assert!(restore_at(&broker, rules(), after, LOG_BEGINS + idle + HOUR).is_ok(), "{after:?}");
}

#[test]
fn a_log_that_was_emptied_or_cut_too_early_is_too_short() {
    let broker = MemoryBroker::new(1);
    let mut desk = restore(&broker, rules(), None).unwrap();
    desk.asks.send(Ask { epoch: 0, batch: 1, questions: (0..5).map(question).collect() }).unwrap();
    let mark = desk.answer().mark;
    broker.cut_log(5);
    assert!(matches!(restore_at(&broker, rules(), mark, LOG_BEGINS + HOUR), Err(LogThreadError::TooShort(_))));
    // An entry of another worker an hour later: the idle time was less than two windows.
    broker.append_log(article(7).encode(), HOUR);
    assert!(matches!(restore_at(&broker, rules(), mark, LOG_BEGINS + 500 * HOUR), Err(LogThreadError::TooShort(_))));
}

/// The window moves on while a batch waits: what was known when it asked is answered all the same.
#[test]
fn a_verdict_that_was_known_at_the_question_is_kept() {
    let broker = MemoryBroker::new(1);
    let mut desk = restore(&broker, rules(), None).unwrap();
    let first = desk.ask(vec![question(1)]);
    broker.stall_log(true);
    desk.asks.send(Ask { epoch: 0, batch: 8, questions: vec![question(1), question(2)] }).unwrap();
    desk.turn(3);
    (10..=250).for_each(|n| broker.append_log(article(n).encode(), 5));
    broker.stall_log(false);
    let rulings = desk.answer().rulings;
    assert_eq!(rulings[0], first[0]);
    assert!(matches!(rulings[1], Ruling::Verdict(_)));
}

/// Another worker has appended the entry of a record that this one refuses, and this one has not read it yet.
#[test]
fn a_refusal_waits_until_the_log_was_read() {
    let broker = MemoryBroker::new(1);
    let mut desk = restore(&broker, rules(), None).unwrap();
    broker.stall_log(true);
    broker.append_log(article(1).encode(), 5);
    broker.append_log(article(2).encode(), 5);
    let asked = [(1, Brings::Refusal), (2, Brings::Nothing), (3, Brings::Refusal)];
    let questions = asked.into_iter().map(|(number, brings)| Question { identity: identity(number), brings }).collect();
    desk.asks.send(Ask { epoch: 0, batch: 8, questions }).unwrap();
    desk.turn(5);
    assert!(desk.answers.is_empty(), "it must not answer before it has read");
    broker.stall_log(false);
    let rulings = desk.answer().rulings;
    assert!(matches!(rulings[0], Ruling::Verdict(_)));
    assert_eq!(rulings[1..], [Ruling::Refused, Ruling::Refused]);
    assert!(desk.skips.contains(&identity(2)) && broker.log_len() == 3, "an entry without an event is followed by a skip");
}

#[test]
fn what_was_asked_before_everything_was_given_back_is_forgotten() {
    let broker = MemoryBroker::new(1);
    let mut desk = restore(&broker, rules(), None).unwrap();
    broker.stall_log(true);
    for (epoch, batch) in [(0, 1), (0, 2), (1, 3)] {
        desk.asks.send(Ask { epoch, batch, questions: vec![question(1)] }).unwrap();
    }
    desk.turn(3);
    broker.stall_log(false);
    assert_eq!(desk.answer().batch, 3);
    desk.turn(3);
    assert!(desk.answers.is_empty());
}

#[test]
fn a_log_that_can_not_be_reached_is_told() {
    let broker = MemoryBroker::new(1);
    let mut desk = restore(&broker, rules(), None).unwrap();
    assert!(desk.turn(3).iter().all(Option::is_none));
    broker.stall_log(true);
    assert!(desk.turn(3).iter().all(Option::is_some));
    broker.stall_log(false);
    assert_eq!(desk.turn(3).last(), Some(&None));
}

/// An append that reaches the log long after later ones: it is read when it comes, and counts once.
#[test]
fn a_delayed_append_is_waited_for() {
    let broker = MemoryBroker::new(1);
    let mut desk = restore(&broker, rules(), None).unwrap();
    broker.inject(Call::Append, 1, Fault::Delayed(2));
    let rulings = desk.ask(vec![question(1), question(2), question(3)]);
    let offsets: Vec<i64> = rulings.iter().map(|ruling| if let Ruling::Verdict(verdict) = ruling { verdict.log_offset } else { -1 }).collect();
    assert_eq!(offsets.iter().max(), Some(&2), "{offsets:?}");
    assert_eq!(offsets[0], 2, "the first was delayed behind the two others");
}
