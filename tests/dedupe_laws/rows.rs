//! Every row of the verdict table, by name.

use copydesk::article::{ArticleId, DuplicateKind, Entry, EventId, Identity, Original, Verdict, VerdictKind};
use copydesk::config::DedupeRules;
use copydesk::dedupe::{Applied, Index, generation_entry, skip_entry};

use super::world::{HOUR, TOPIC, article, skip, withdrawal};

/// A log that is written entry by entry, an hour apart.
struct Desk {
    index: Index,
    offset: i64,
}

impl Desk {
    fn new() -> Desk {
        Desk { index: Index::new(DedupeRules::default(), &[TOPIC]), offset: 0 }
    }

    fn apply(&mut self, entry: Entry) -> Applied {
        self.offset += 1;
        self.index.apply(self.offset, self.offset * HOUR, &entry)
    }

    fn judge(&mut self, entry: Entry) -> VerdictKind {
        match self.apply(entry) {
            Applied::Verdict(verdict) => verdict.kind,
            other => panic!("no verdict: {other:?}"),
        }
    }
}

fn event(record: u8) -> EventId {
    EventId::of(&Identity([record; 16]))
}

fn duplicate(kind: VerdictKind) -> (DuplicateKind, Original) {
    match kind {
        VerdictKind::Duplicate(kind, original) => (kind, original),
        other => panic!("no duplicate: {other:?}"),
    }
}

/// Kind and event of what a duplicate is a copy of.
fn copy(kind: VerdictKind) -> (DuplicateKind, EventId) {
    let (kind, original) = duplicate(kind);
    (kind, original.event_id)
}

#[test]
fn a_first_article_is_published() {
    let mut desk = Desk::new();
    let Applied::Verdict(Verdict { log_offset, version, kind, content_hash, headline_hash }) = desk.apply(article(1, 1, 1, 0, 7, 10)) else {
        panic!("no verdict")
    };
    assert_eq!(kind, VerdictKind::Published);
    assert_eq!((log_offset, version, content_hash, headline_hash), (1, (1 << 40) + 1, [1; 16], 7));
    assert_eq!(desk.judge(article(2, 2, 2, 4, 7, 10)), VerdictKind::Published, "another text");
}

#[test]
fn a_withdrawal_older_than_the_newest_is_stale() {
    let mut desk = Desk::new();
    desk.apply(article(1, 1, 1, 0, 0, 10));
    let (kind, original) = duplicate(desk.judge(withdrawal(2, 1, 9)));
    assert_eq!((kind, original.event_id, original.similarity), (DuplicateKind::Stale, event(1), 0));
    assert_eq!((original.article_id, original.domain.as_str(), original.received_at.0), (ArticleId([1; 16]), "site1.example", 10));
}

#[test]
fn a_withdrawal_withdraws() {
    let mut desk = Desk::new();
    assert_eq!(desk.judge(withdrawal(1, 1, 10)), VerdictKind::Withdrawn { supersedes: None });
    assert_eq!(desk.judge(withdrawal(2, 1, 10)), VerdictKind::Withdrawn { supersedes: Some(event(1)) });
    desk.apply(article(3, 2, 1, 0, 0, 10));
    assert_eq!(desk.judge(withdrawal(4, 2, 10)), VerdictKind::Withdrawn { supersedes: Some(event(3)) });
}

#[test]
fn an_article_older_than_the_newest_is_stale() {
    let mut desk = Desk::new();
    desk.apply(article(1, 1, 1, 0, 0, 10));
    desk.apply(article(2, 1, 1, 4, 0, 30));
    desk.apply(article(3, 1, 1, 8, 0, 20));
    let (kind, original) = duplicate(desk.judge(article(4, 1, 1, 5, 0, 29)));
    assert_eq!((kind, original.event_id), (DuplicateKind::Stale, event(2)));
    assert!((600..640).contains(&original.similarity), "{}", original.similarity);
    desk.apply(withdrawal(5, 1, 30));
    assert_eq!(copy(desk.judge(article(6, 1, 1, 5, 0, 29))), (DuplicateKind::Stale, event(5)));
}

#[test]
fn an_article_after_a_withdrawal_is_judged_as_at_a_new_url() {
    let mut desk = Desk::new();
    desk.apply(article(1, 1, 1, 0, 0, 10));
    desk.apply(article(2, 2, 2, 4, 0, 10));
    desk.apply(withdrawal(3, 1, 11));
    assert_eq!(desk.judge(article(4, 1, 1, 0, 0, 12)), VerdictKind::Published, "its own text of before is not another's");
    desk.apply(withdrawal(5, 1, 13));
    assert_eq!(copy(desk.judge(article(6, 1, 1, 4, 0, 14))), (DuplicateKind::SameText, event(2)));
}

#[test]
fn the_same_text_at_the_same_url_is_same_url() {
    let mut desk = Desk::new();
    desk.apply(article(1, 1, 1, 0, 1, 10));
    desk.apply(article(2, 1, 1, 4, 1, 11));
    assert_eq!(copy(desk.judge(article(3, 1, 1, 4, 2, 11))), (DuplicateKind::SameUrl, event(2)));
}

#[test]
fn a_retouched_syndicated_copy_stays_a_duplicate() {
    let mut desk = Desk::new();
    desk.apply(article(1, 1, 1, 0, 0, 10));
    desk.apply(article(2, 2, 2, 1, 0, 10));
    assert_eq!(copy(desk.judge(article(3, 2, 2, 0, 0, 11))), (DuplicateKind::SameText, event(1)));
    desk.apply(article(4, 3, 3, 8, 0, 10));
    assert!(matches!(desk.judge(article(5, 3, 3, 0, 0, 11)), VerdictKind::Duplicate(DuplicateKind::SameText, _)), "its first is younger");
}

#[test]
fn a_new_text_at_the_same_url_is_an_update() {
    let mut desk = Desk::new();
    desk.apply(article(1, 1, 1, 0, 1, 10));
    let VerdictKind::Updated { supersedes, changes, duplicate_of } = desk.judge(article(2, 1, 1, 1, 2, 10)) else { panic!("no update") };
    assert_eq!((supersedes, changes.headline, changes.text, duplicate_of), (event(1), true, true, None));
    assert!((0.6..0.64).contains(&changes.text_similarity), "{}", changes.text_similarity);
    let VerdictKind::Updated { supersedes, changes, .. } = desk.judge(article(3, 1, 1, 8, 2, 12)) else { panic!("no update") };
    assert_eq!((supersedes, changes.headline, changes.text_similarity), (event(2), false, 0.0));
}

#[test]
fn an_update_with_another_article_s_text_names_it() {
    let mut desk = Desk::new();
    desk.apply(article(1, 1, 1, 0, 0, 10));
    desk.apply(article(2, 2, 2, 4, 0, 10));
    let VerdictKind::Updated { duplicate_of, .. } = desk.judge(article(3, 1, 1, 4, 0, 11)) else { panic!("no update") };
    let (kind, original) = duplicate_of.unwrap();
    assert_eq!((kind, original.event_id), (DuplicateKind::SameText, event(2)));
    // An update of an article that others copied is closer to its own text than to theirs.
    desk.apply(article(4, 3, 3, 8, 0, 10));
    desk.apply(article(5, 4, 2, 9, 0, 10));
    let mut edited = article(6, 3, 3, 8, 0, 11);
    edited.content_hash = [99; 16];
    edited.signature[0] = 77;
    assert!(matches!(desk.judge(edited), VerdictKind::Updated { duplicate_of: None, .. }));
}

#[test]
fn the_same_text_at_another_url_is_same_text() {
    let mut desk = Desk::new();
    let mut original = article(1, 1, 1, 0, 1, 10);
    original.published_at = 5;
    desk.apply(original);
    desk.apply(article(2, 2, 2, 0, 1, 10));
    let mut early = article(3, 3, 3, 0, 2, 9);
    early.published_at = 4;
    let (kind, original) = duplicate(desk.judge(early));
    assert_eq!((kind, original.event_id, original.published_earlier), (DuplicateKind::SameText, event(1), true));
    assert_eq!((original.similarity, original.containment), (1000, 1000));
    let mut late = article(4, 4, 3, 0, 2, 9);
    late.published_at = 5;
    assert!(!duplicate(desk.judge(late)).1.published_earlier);
}

#[test]
fn a_very_short_text_needs_the_headline_too() {
    let mut desk = Desk::new();
    desk.apply(article(1, 1, 1, 3, 1, 10));
    assert_eq!(desk.judge(article(2, 2, 2, 3, 2, 10)), VerdictKind::Published);
    assert_eq!(copy(desk.judge(article(3, 3, 3, 3, 1, 10))), (DuplicateKind::SameText, event(1)));
    desk.apply(article(4, 4, 1, 7, 0, 10));
    assert_eq!(desk.judge(article(5, 5, 2, 7, 0, 10)), VerdictKind::Published, "no headline is none in common");
}

#[test]
fn an_edited_text_is_a_near_copy() {
    let mut desk = Desk::new();
    desk.apply(article(1, 1, 1, 0, 0, 10));
    desk.apply(article(2, 2, 2, 8, 0, 10));
    let (kind, original) = duplicate(desk.judge(article(3, 3, 3, 1, 0, 10)));
    assert_eq!((kind, original.event_id), (DuplicateKind::NearCopy, event(1)));
    assert!((600..640).contains(&original.similarity), "{}", original.similarity);
    assert_eq!(desk.judge(article(4, 4, 2, 9, 0, 10)), VerdictKind::Published, "within one site the bar is higher");
    desk.apply(article(5, 5, 5, 12, 0, 10));
    let mut other_numbers = article(6, 6, 6, 13, 0, 10);
    other_numbers.sentences = [0; 8];
    other_numbers.numbers = [250; 8];
    assert_eq!(desk.judge(other_numbers), VerdictKind::Published, "other numbers are another bulletin");
    let mut few_numbers = article(7, 7, 7, 13, 0, 10);
    few_numbers.content_hash = [97; 16];
    few_numbers.numbers = [251; 8];
    few_numbers.number_count = 5;
    assert_eq!(copy(desk.judge(few_numbers)), (DuplicateKind::NearCopy, event(5)));
}

#[test]
fn under_one_headline_less_likeness_is_enough() {
    let mut desk = Desk::new();
    let half_edited = |record: u8, headline: u8| {
        let mut entry = article(record, record, record, 0, headline, 10);
        entry.content_hash = [100 + record; 16];
        entry.signature[28..].fill(100 + record);
        entry.sentences = [0; 8];
        entry
    };
    desk.apply(article(1, 1, 1, 0, 1, 10));
    assert_eq!(desk.judge(half_edited(2, 2)), VerdictKind::Published);
    assert_eq!(copy(desk.judge(half_edited(3, 1))), (DuplicateKind::NearCopy, event(1)));
    let mut short = half_edited(4, 1);
    short.shingle_count = 139;
    assert_eq!(desk.judge(short), VerdictKind::Published, "of another length");
}

#[test]
fn a_page_that_shares_little_but_common_sentences_is_no_copy() {
    let mut desk = Desk::new();
    for page in 11..=14 {
        let mut notice = article(page, page, page, 4, 0, 10);
        notice.content_hash = [page; 16];
        notice.signature = [page; 64];
        notice.sentences = [1, 2, 3, 500 + u32::from(page), 600 + u32::from(page), 700 + u32::from(page), 0, 0];
        notice.sentence_count = 6;
        desk.apply(notice);
    }
    desk.apply(article(4, 4, 4, 0, 0, 10));
    let mut edited = article(5, 5, 5, 1, 0, 10);
    edited.sentences = [1, 2, 3, 0, 0, 0, 0, 0];
    edited.sentence_count = 3;
    assert_eq!(desk.judge(edited), VerdictKind::Published);
}

#[test]
fn a_cut_text_is_an_excerpt() {
    let mut desk = Desk::new();
    desk.apply(article(1, 1, 1, 0, 0, 10));
    let mut cut = article(2, 2, 2, 2, 0, 10);
    cut.sentences = [1, 2, 3, 4, 0, 0, 0, 0];
    cut.sentence_count = 4;
    let (kind, original) = duplicate(desk.judge(cut));
    assert_eq!((kind, original.event_id, original.containment), (DuplicateKind::Excerpt, event(1), 1000));
}

#[test]
fn sentences_of_a_site_do_not_make_an_excerpt() {
    let mut desk = Desk::new();
    for page in 1..=4 {
        let mut entry = article(page, page, 1, 4 * page, 0, 10);
        entry.sentences = [1, 2, 3, 4, 100 + u32::from(page), 0, 0, 0];
        entry.sentence_count = 5;
        assert_eq!(desk.judge(entry), VerdictKind::Published);
    }
    let mut cited = article(9, 9, 2, 2, 0, 10);
    cited.sentences = [1, 2, 3, 4, 0, 0, 0, 0];
    cited.sentence_count = 4;
    assert_eq!(desk.judge(cited), VerdictKind::Published);
}

#[test]
fn a_withdrawn_article_is_nobody_s_original() {
    let mut desk = Desk::new();
    desk.apply(article(1, 1, 1, 0, 0, 10));
    desk.apply(article(2, 2, 2, 0, 0, 10));
    desk.apply(withdrawal(3, 1, 11));
    assert_eq!(copy(desk.judge(article(4, 3, 3, 0, 0, 10))), (DuplicateKind::SameText, event(2)));
    desk.apply(article(5, 1, 1, 0, 0, 12));
    assert_eq!(copy(desk.judge(article(6, 4, 4, 0, 0, 10))), (DuplicateKind::SameText, event(1)), "and is again, once it is back");
}

#[test]
fn a_skipped_record_is_nobody_s_original() {
    let mut desk = Desk::new();
    desk.apply(article(1, 1, 1, 0, 0, 10));
    desk.apply(article(2, 1, 1, 4, 0, 20));
    assert_eq!(desk.apply(skip_entry(Identity([2; 16]), &DedupeRules::default(), TOPIC)), Applied::Skip);
    assert!(desk.index.is_skipped(&Identity([2; 16])));
    assert_eq!(desk.index.verdict(&Identity([2; 16])).unwrap().kind, VerdictKind::Skipped);
    assert_eq!(desk.judge(article(3, 2, 2, 4, 0, 10)), VerdictKind::Published);
    assert_eq!(copy(desk.judge(article(4, 1, 1, 0, 0, 15))), (DuplicateKind::SameUrl, event(1)), "the one before it is the newest again");
    desk.apply(skip(5));
    assert_eq!(desk.apply(article(5, 5, 1, 8, 0, 10)), Applied::Repeated, "given up before it came");
    assert_eq!(desk.judge(article(6, 6, 2, 8, 0, 10)), VerdictKind::Published);
}

#[test]
fn a_generation_clears_what_stands_before_it() {
    let mut desk = Desk::new();
    desk.apply(article(1, 1, 1, 0, 0, 10));
    let second = DedupeRules { generation: 2, ..DedupeRules::default() };
    assert_eq!(desk.apply(generation_entry(&second, TOPIC)), Applied::Generation);
    assert_eq!(desk.index.verdict(&Identity([1; 16])), None);
    let mut entry = article(2, 2, 2, 0, 0, 10);
    entry.generation = 2;
    let Applied::Verdict(verdict) = desk.apply(entry) else { panic!("no verdict") };
    assert_eq!((verdict.kind, verdict.version), (VerdictKind::Published, (2 << 40) + 3));
    desk.apply(generation_entry(&second, TOPIC));
    assert!(desk.index.verdict(&Identity([2; 16])).is_some(), "two workers may begin the same generation");
}

#[test]
fn an_entry_of_another_topic_is_void() {
    let mut desk = Desk::new();
    let mut entry = article(1, 1, 1, 0, 0, 10);
    entry.topic ^= 1;
    assert_eq!(desk.apply(entry), Applied::OtherTopic);
    assert_eq!((desk.index.newest_applied(), desk.index.len()), (None, 0));
    assert_eq!(desk.judge(article(2, 2, 1, 0, 0, 10)), VerdictKind::Published);
}

#[test]
fn another_fingerprint_version_compares_exactly_only() {
    let mut desk = Desk::new();
    desk.apply(article(1, 1, 1, 0, 0, 10));
    let mut newer = article(2, 2, 2, 1, 0, 10);
    newer.fingerprint_version = 2;
    assert_eq!(desk.judge(newer), VerdictKind::Published);
    let mut newer = article(3, 3, 3, 0, 0, 10);
    newer.fingerprint_version = 2;
    assert_eq!(copy(desk.judge(newer)), (DuplicateKind::SameText, event(1)));
}

#[test]
fn an_article_without_text_has_no_copies() {
    let mut desk = Desk::new();
    for record in 1..3 {
        let mut entry = article(record, record, 1, 0, 0, 10);
        entry.content_hash = [0; 16];
        assert_eq!(desk.judge(entry), VerdictKind::Published);
    }
}

#[test]
fn what_left_the_window_is_forgotten() {
    let mut desk = Desk::new();
    desk.apply(article(1, 1, 1, 0, 0, 10));
    desk.offset += 71;
    assert_eq!(copy(desk.judge(article(2, 2, 2, 0, 0, 10))), (DuplicateKind::SameText, event(1)));
    assert_eq!(copy(desk.judge(article(3, 3, 3, 0, 0, 10))), (DuplicateKind::SameText, event(2)), "the first is out, its copy is not");
    assert_eq!(desk.index.verdict(&Identity([1; 16])), None);
    let (kind, original) = duplicate(desk.index.verdict(&Identity([2; 16])).unwrap().kind);
    assert_eq!((kind, original.domain.as_str()), (DuplicateKind::SameText, "site1.example"), "a window later it still names its original");
    desk.offset += 200;
    assert_eq!(desk.judge(article(4, 1, 1, 0, 0, 5)), VerdictKind::Published);
    assert_eq!(desk.index.len(), 1);
}

/// A site's pages that share headline, six bands and two sentences with an article, before the article that it is copied from.
fn flood(desk: &mut Desk) {
    for page in 0..2000_u32 {
        let mut entry = article(0, 0, 9, 0, 7, 10);
        entry.identity.0[..4].copy_from_slice(&(1000 + page).to_le_bytes());
        entry.article_id.0[..4].copy_from_slice(&(1000 + page).to_le_bytes());
        entry.content_hash[..4].copy_from_slice(&(1000 + page).to_le_bytes());
        entry.signature[24..].iter_mut().enumerate().for_each(|(i, row)| *row = (page as usize * 7 + i * 31) as u8 | 1);
        entry.sentences = std::array::from_fn(|i| if i < 2 { i as u32 + 1 } else { 10_000 + page * 8 + i as u32 });
        desk.offset += 1;
        desk.index.apply(desk.offset, desk.offset, &entry);
    }
}

#[test]
fn a_flood_of_pages_hides_no_copy_of_others() {
    let mut desk = Desk { index: Index::new(DedupeRules::default(), &[TOPIC]), offset: 0 };
    flood(&mut desk);
    let mut apply = |entry: Entry| {
        desk.offset += 1;
        match desk.index.apply(desk.offset, desk.offset, &entry) {
            Applied::Verdict(verdict) => verdict.kind,
            other => panic!("no verdict: {other:?}"),
        }
    };
    let mut original = article(1, 1, 1, 0, 7, 10);
    original.sentences[7] = 901;
    assert_eq!(apply(original.clone()), VerdictKind::Published);
    let mut edited = article(2, 2, 2, 1, 7, 10);
    edited.sentences = original.sentences;
    assert_eq!(copy(apply(edited)), (DuplicateKind::NearCopy, event(1)));
    let mut cut = article(3, 3, 3, 2, 8, 10);
    cut.sentences = [3, 4, 5, 6, 0, 0, 0, 0];
    cut.sentence_count = 4;
    assert_eq!(copy(apply(cut)), (DuplicateKind::Excerpt, event(1)));
    let mut same = article(4, 4, 4, 0, 8, 10);
    same.sentences = original.sentences;
    assert_eq!(copy(apply(same)), (DuplicateKind::SameText, event(1)));
    assert_eq!(copy(apply(article(5, 1, 1, 0, 8, 11))), (DuplicateKind::SameUrl, event(1)));
}

#[test]
fn short_texts_under_other_headlines_hide_no_copy() {
    let mut desk = Desk::new();
    for page in 1..=70 {
        desk.index.apply(page.into(), page.into(), &article(page, page, 1, 3, page, 10));
    }
    desk.offset = 71;
    assert_eq!(copy(desk.judge(article(99, 99, 2, 3, 70, 10))), (DuplicateKind::SameText, event(70)));
}
