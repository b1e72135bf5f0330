//! The laws, over random logs in small worlds.

use copydesk::article::{DuplicateKind, EntryKind, Identity, VerdictKind};
use copydesk::config::DedupeRules;
use copydesk::dedupe::{Applied, Index, Reach};
use proptest::prelude::*;

use super::model::Model;
use super::world::{HOUR, Logged, TOPIC, any_step, article, log_of, small_rules};

fn any_log(most: usize) -> impl Strategy<Value = Vec<Logged>> {
    proptest::collection::vec(any_step(), 1..most).prop_map(|steps| log_of(&steps))
}

fn any_rules() -> impl Strategy<Value = DedupeRules> {
    let comparisons = prop_oneof![Just(16), Just(48), Just(160), Just(2048)];
    let small = (3..40_u32, 3..40_u32, prop_oneof![Just(2), Just(64)]).prop_map(|(hours, entries, cap)| small_rules(hours, entries, cap));
    (small, comparisons).prop_map(|(rules, max_comparisons)| DedupeRules { max_comparisons, ..rules })
}

fn records() -> impl Iterator<Item = Identity> {
    (0..=u8::MAX).map(|record| Identity([record; 16]))
}

fn apply(index: &mut Index, logged: &Logged) -> Applied {
    index.apply(logged.offset, logged.log_time, &logged.entry)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_index_agrees_with_the_model(log in any_log(90), rules in any_rules()) {
        let most = rules.max_comparisons;
        let (mut index, mut model) = (Index::new(rules.clone(), &[TOPIC]), Model::new(rules));
        for logged in &log {
            prop_assert_eq!(apply(&mut index, logged), model.apply(logged), "at {:?}", logged);
        }
        prop_assert!(index.work().most <= most);
        for record in records() {
            prop_assert_eq!(index.verdict(&record), model.verdict(record), "of {:?}", record);
        }
    }

    /// Two indexes agree on every entry whose window begins where the later one began or after it, and then on all that can be asked.
    #[test]
    fn workers_that_began_elsewhere_agree(log in any_log(150), rules in any_rules(), begin in any::<prop::sample::Index>()) {
        let begin = begin.index(log.len());
        let (mut first, mut second, mut model) = (Index::new(rules.clone(), &[TOPIC]), Index::new(rules.clone(), &[TOPIC]), Model::new(rules));
        let ours: Vec<&Logged> = log.iter().filter(|l| l.entry.topic == log_topic()).collect();
        let begin = ours.iter().position(|l| l.offset >= log[begin].offset).unwrap_or(ours.len());
        let (mut starts, mut last) = (Vec::new(), 0);
        for (i, logged) in ours.into_iter().enumerate() {
            let applied = apply(&mut first, logged);
            model.apply(logged);
            starts.push(model.window_start(i));
            if logged.entry.kind != EntryKind::Generation {
                last = i;
            }
            if i < begin {
                continue;
            }
            let applied_later = apply(&mut second, logged);
            if starts[i] >= begin {
                prop_assert_eq!(applied, applied_later);
            }
            if starts[starts[last].min(last)] >= begin {
                for record in records() {
                    prop_assert_eq!(first.verdict(&record), second.verdict(&record));
                }
            }
        }
    }

    /// The rows that need no likeness are the same whatever a verdict may look at.
    #[test]
    fn exact_rows_cost_no_comparisons(log in any_log(90), rules in any_rules()) {
        let few = DedupeRules { max_comparisons: 0, ..rules.clone() };
        let (mut index, mut poor) = (Index::new(rules, &[TOPIC]), Index::new(few, &[TOPIC]));
        for logged in &log {
            let (verdict, exact) = (apply(&mut index, logged), apply(&mut poor, logged));
            prop_assert_eq!(exact_row(&verdict), exact_row(&exact), "at {:?}", logged);
        }
        prop_assert_eq!(poor.work().comparisons, 0);
    }

    /// Whoever lets leave in steps what is out of the window gets the same verdicts.
    #[test]
    fn room_is_made_in_steps(log in any_log(90), rules in any_rules()) {
        let (mut plain, mut stepped) = (Index::new(rules.clone(), &[TOPIC]), Index::new(rules, &[TOPIC]));
        for logged in &log {
            while !stepped.make_room(logged.offset, logged.log_time, &logged.entry) {}
            prop_assert_eq!(apply(&mut plain, logged), apply(&mut stepped, logged));
            prop_assert_eq!((plain.len(), plain.reach()), (stepped.len(), stepped.reach()));
        }
    }

    /// What is appended again right away, or later in the window, is void, and every later verdict is what it was.
    #[test]
    fn a_repeated_append_changes_nothing(log in any_log(60), pick in any::<prop::sample::Index>(), later in 0..20_usize) {
        let rules = small_rules(1000, 100_000, 64);
        let mut again = log[pick.index(log.len())].clone();
        let place = (pick.index(log.len()) + 1 + later).min(log.len());
        again.offset = log[place - 1].offset;
        again.log_time = log[place - 1].log_time;
        let (mut plain, mut repeated) = (Index::new(rules.clone(), &[TOPIC]), Index::new(rules, &[TOPIC]));
        let is_judged = matches!(apply(&mut Index::new(small_rules(1, 1, 1), &[TOPIC]), &again), Applied::Verdict(_));
        let began = log[pick.index(log.len()) + 1..place].iter().any(|l| l.entry.kind == EntryKind::Generation);
        prop_assume!(is_judged && !began);
        for (i, logged) in log.iter().enumerate() {
            if i == place {
                prop_assert_eq!(repeated.apply(again.offset * 10 + 5, again.log_time, &again.entry), Applied::Repeated);
            }
            let (a, b) = (plain.apply(logged.offset * 10, logged.log_time, &logged.entry), apply_spread(&mut repeated, logged));
            prop_assert_eq!(a, b);
        }
        for record in records() {
            prop_assert_eq!(plain.verdict(&record), repeated.verdict(&record));
        }
    }

    /// As long as a record's first entry is in the window, it is answered as it was at first, unless it is given up or void.
    #[test]
    fn a_record_read_again_gets_its_first_verdict(log in any_log(80)) {
        let mut index = Index::new(small_rules(1000, 1000, 64), &[TOPIC]);
        let mut first = std::collections::BTreeMap::new();
        for logged in &log {
            match apply(&mut index, logged) {
                Applied::Verdict(verdict) => {
                    first.insert(logged.entry.identity, verdict);
                }
                Applied::Skip => {
                    first.remove(&logged.entry.identity);
                    prop_assert!(index.is_skipped(&logged.entry.identity));
                }
                Applied::Generation => first.clear(),
                Applied::Repeated | Applied::OtherTopic => {}
            }
            for (identity, verdict) in &first {
                prop_assert_eq!(index.verdict(identity), Some(verdict.clone()));
            }
        }
    }

    /// Once an entry of a record was applied, the record has an answer: nobody waits for ever.
    #[test]
    fn what_was_appended_is_answered(log in any_log(80), rules in any_rules()) {
        let mut index = Index::new(rules, &[TOPIC]);
        for logged in &log {
            if !matches!(apply(&mut index, logged), Applied::Generation | Applied::OtherTopic) {
                prop_assert!(index.verdict(&logged.entry.identity).is_some());
                prop_assert_eq!(index.newest_applied().unwrap().offset, logged.offset);
            }
        }
    }

    #[test]
    fn memory_holds_two_windows_at_most(log in any_log(200), rules in any_rules()) {
        let limit = 2 * rules.window_entries as usize + 1;
        let mut index = Index::new(rules, &[TOPIC]);
        for logged in &log {
            apply(&mut index, logged);
            prop_assert!(index.len() <= limit, "{} entries", index.len());
        }
    }
}

/// A verdict without what likeness decides: `None` for edited and cut copies and for what is published or updated instead.
fn exact_row(applied: &Applied) -> Option<Applied> {
    let Applied::Verdict(verdict) = applied else { return Some(applied.clone()) };
    let mut verdict = verdict.clone();
    match &mut verdict.kind {
        VerdictKind::Duplicate(DuplicateKind::Stale | DuplicateKind::SameUrl | DuplicateKind::SameText, original) => original.containment = 0,
        VerdictKind::Withdrawn { .. } | VerdictKind::Skipped => {}
        VerdictKind::Duplicate(DuplicateKind::NearCopy | DuplicateKind::Excerpt, _) | VerdictKind::Published | VerdictKind::Updated { .. } => return None,
    }
    Some(Applied::Verdict(verdict))
}

fn apply_spread(index: &mut Index, logged: &Logged) -> Applied {
    index.apply(logged.offset * 10, logged.log_time, &logged.entry)
}

fn log_topic() -> u64 {
    copydesk::article::identity::topic_hash(TOPIC)
}

#[test]
fn memory_stays_where_it_was() {
    let mut index = Index::new(DedupeRules { window_entries: 5_000, ..DedupeRules::default() }, &[TOPIC]);
    let mut most = 0;
    for i in 0..120_000_i64 {
        let mut entry = article(0, 0, 0, 0, 0, i);
        entry.identity.0[..8].copy_from_slice(&i.to_le_bytes());
        entry.article_id.0[..8].copy_from_slice(&i.to_le_bytes());
        entry.content_hash[..8].copy_from_slice(&i.to_le_bytes());
        entry.signature[..8].copy_from_slice(&i.to_le_bytes());
        entry.sentences[0] = i as u32 + 1000;
        entry.domain = format!("{i}.example");
        index.apply(i, i * HOUR / 10_000, &entry);
        if i < 60_000 {
            most = most.max(index.bytes());
        }
        // The parts of a table don't all fill at once: the last of them grow later.
        assert!(index.bytes() <= most + most / 50, "{} bytes at {i}, {most} before", index.bytes());
    }
    assert_eq!(index.len(), 10_001);
}

/// Pages that share text, sentences and URL, or all bands: the last of them is judged as fast as the first.
#[test]
fn hot_keys_cost_no_more_than_others() {
    let mut index = Index::new(DedupeRules::default(), &[TOPIC]);
    let mut blocks = Vec::new();
    for block in 0..12_i64 {
        let began = std::time::Instant::now();
        for i in block * 3000..(block + 1) * 3000 {
            let mut entry = article(0, 0, 1, 0, 0, -i);
            entry.identity.0[..8].copy_from_slice(&i.to_le_bytes());
            if i % 3 != 0 {
                entry.article_id.0[..8].copy_from_slice(&i.to_le_bytes());
            }
            if i % 3 == 2 {
                entry.content_hash[..8].copy_from_slice(&i.to_le_bytes());
            }
            index.apply(i, i, &entry);
        }
        blocks.push(began.elapsed());
    }
    // Were each entry compared with all before it, the last blocks would take eight to twelve times as long as the second.
    let (first, last) = (blocks[0].max(blocks[1]), blocks[9].min(blocks[10]).min(blocks[11]));
    assert!(last < first * 4, "{blocks:?}");
}

/// After a jump of the clock all is out at once: it leaves in steps, each of them short.
#[test]
fn many_entries_leave_in_steps() {
    let mut index = Index::new(DedupeRules::default(), &[TOPIC]);
    for i in 0..5000_i64 {
        let mut entry = article(0, 0, 1, 0, 0, i);
        entry.identity.0[..8].copy_from_slice(&i.to_le_bytes());
        entry.article_id.0[..8].copy_from_slice(&i.to_le_bytes());
        index.apply(i, i, &entry);
    }
    let late = article(255, 255, 1, 0, 0, 0);
    let mut steps = 1;
    while !index.make_room(5000, 100 * HOUR, &late) {
        steps += 1;
    }
    assert!((4..=6).contains(&steps), "{steps}");
    assert!(matches!(index.apply(5000, 100 * HOUR, &late), Applied::Verdict(verdict) if verdict.kind == VerdictKind::Published));
    for i in 5001..5400 {
        index.apply(i, 200 * HOUR, &late);
    }
    assert!(index.len() < 1000, "what is out of two windows is forgotten little by little: {}", index.len());
}

#[test]
fn the_window_says_what_bounds_it() {
    let mut index = Index::new(DedupeRules { window_hours: 10, window_entries: 100, ..DedupeRules::default() }, &[TOPIC]);
    assert_eq!(index.reach(), None);
    let mut offset = 0_i64;
    let mut read = |index: &mut Index, count: i64, hours: i64| {
        for _ in 0..count {
            offset += 1;
            let mut entry = article(0, 0, 1, 0, 0, 0);
            entry.identity.0[..8].copy_from_slice(&offset.to_le_bytes());
            index.apply(offset, offset * hours * HOUR, &entry);
        }
    };
    read(&mut index, 30, 1);
    assert_eq!(index.reach(), Some(Reach { millis: 10 * HOUR, by_number: false }));
    let mut index = Index::new(DedupeRules { window_hours: 1000, window_entries: 100, ..DedupeRules::default() }, &[TOPIC]);
    read(&mut index, 50, 1);
    assert_eq!(index.reach(), Some(Reach { millis: 49 * HOUR, by_number: false }));
    read(&mut index, 70, 1);
    assert_eq!(index.reach(), Some(Reach { millis: 100 * HOUR, by_number: true }));
}
