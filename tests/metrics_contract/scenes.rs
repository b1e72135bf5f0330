//! The situations through which the worker is driven, so that every value that it can show is shown: each scene produces records,
//! lets something happen, and waits until the metrics say so.

use std::time::Duration;

use copydesk::article::OutputTopic;
use copydesk::article::identity::topic_hash;
use copydesk::article::{Entry, EntryKind, Identity, RawArticle, RawHeader};
use copydesk::config::DedupeRules;
use copydesk::dedupe::skip_entry;
use copydesk::kafka::memory::{Call, Fault, Refusal};
use copydesk::pipeline::{Pipeline, PipelineSettings, Prepared};
use copydesk::samples::bundled;
use serde_json::{Value, json};

use super::stage::{Play, Seen, Stage};

const TIME: i64 = 1_700_000_000_000;

/// All that the scenes have shown. They don't touch each other, and mostly wait.
pub fn all() -> Seen {
    let scenes: [fn() -> Seen; 11] = [
        bundled_pages,
        odd_records,
        entries_of_before,
        events_that_do_not_fit,
        events_that_are_refused,
        a_small_window,
        calls_that_fail,
        a_slow_commit,
        a_stop_in_the_middle,
        a_log_that_stands_still,
        a_second_worker,
    ];
    let mut seen = Seen::default();
    std::thread::scope(|scope| {
        let plays: Vec<_> = scenes.iter().map(|scene| scope.spawn(scene)).collect();
        plays.into_iter().for_each(|play| seen.add(play.join().unwrap()));
    });
    seen
}

fn json_value(value: &Value) -> Option<Vec<u8>> {
    Some(value.to_string().into_bytes())
}

/// A page with a text of its own.
fn page(number: usize, paragraphs: usize) -> Value {
    let text = (0..paragraphs)
        .map(|i| format!("<p>The ferry of line {number} left its pier for the {i}th time on Monday with {} passengers on board.</p>", number * 40 + i));
    let html = format!(
        "<html><head><title>Ferry {number} leaves</title></head><body><article><h1>Ferry {number} leaves</h1>{}</article></body></html>",
        text.collect::<String>()
    );
    json!({ "url": format!("https://pier.example/{number}"), "html": html })
}

fn fill(stage: &Stage, records: usize) {
    (0..records).for_each(|number| drop(stage.produce(json_value(&page(number, 6)), Vec::new(), TIME + number as i64)));
}

/// The brokers refuse one article's events for good.
fn events_that_are_refused() -> Seen {
    let stage = Stage::new();
    stage.broker.refuse(Refusal { topic: OutputTopic::Articles, bytes: b"Ferry 3 leaves".to_vec(), at_once: false });
    fill(&stage, 6);
    stage.play(|play| {
        play.until("copydesk_refused_outputs_total");
        play.until_committed(6);
    })
}

/// The window holds fewer entries than come in its hours, a verdict may compare next to nothing, and a name is too long.
fn a_small_window() -> Seen {
    let mut stage = Stage::new();
    stage.pipeline.dedupe.window_entries = 8;
    stage.pipeline.dedupe.max_comparisons = 16;
    // One text, edited a little each time, at one site and at others.
    let edited = |number: usize| {
        let mut edited = page(7, 30);
        edited["url"] = json!(format!("https://copy{}.example/{number}", number % 3));
        let html = edited["html"].as_str().unwrap().replace("the 3th time", &format!("the {number}th time"));
        edited["html"] = json!(html);
        edited["publisher"] = json!({ "name": "n".repeat(5000) });
        json_value(&edited)
    };
    (0..40).for_each(|number| drop(stage.produce(edited(number), Vec::new(), TIME + number as i64)));
    stage.play(|play| {
        play.until_committed(40);
        play.until("copydesk_index_window_full");
        play.until(r#"copydesk_event_warnings_total{warning="field_cut"}"#);
        play.until("copydesk_verdicts_cut_total");
    })
}

/// Every outcome, every kind of copy, every code of a dead letter that a page can have.
fn bundled_pages() -> Seen {
    let mut stage = Stage::new();
    stage.settings.slow_record = Duration::ZERO;
    let samples = bundled();
    let count = samples.len();
    for sample in samples {
        stage.produce(sample.value, raw_headers(sample.headers), sample.timestamp);
    }
    stage.play(|play| {
        play.until_committed(count);
        play.until("copydesk_slow_messages_total");
        // Where nothing waits, nothing is old.
        play.until("copydesk_last_committed_timestamp_seconds");
    })
}

/// What no bundled page shows.
fn odd_records() -> Seen {
    let stage = Stage::new();
    let with = |key: &str, value: Value| {
        let mut page = page(1000 + key.len(), 6);
        page[key] = value;
        stage.produce(json_value(&page), Vec::new(), TIME);
    };
    with("url", json!("gopher://pier.example/"));
    with("publisher", json!({ "name": "The Pier", "time_zone": "Middle/Earth" }));
    with("fetched_at", json!("2033-11-14T22:13:20Z"));
    with("colour", json!("blue"));
    let html = |number: usize, head: &str| page(number, 6)["html"].as_str().unwrap().replace("</head>", &format!("{head}</head>"));
    let raw = |value: Vec<u8>, kind: &str| drop(stage.produce(Some(value), vec![("content-type".into(), Some(kind.as_bytes().to_vec()))], TIME));
    raw(html(3, r#"<script type="application/ld+json">{"@type": "NewsArticle", "headline": </script>"#).into_bytes(), "text/html");
    raw(html(4, r#"<meta property="article:published_time" content="2023-11-15T23:59:00Z">"#).into_bytes(), "text/html");
    raw([vec![0xef, 0xbb, 0xbf], html(5, "").into_bytes(), vec![0xff]].concat(), "text/html");
    raw(Vec::new(), "text/html");
    // From the future.
    stage.produce(json_value(&page(2, 6)), Vec::new(), TIME * 3);
    stage.play(|play| {
        for series in [
            r#"copydesk_event_warnings_total{warning="bad_url"}"#,
            r#"copydesk_event_warnings_total{warning="bad_publisher"}"#,
            r#"copydesk_event_warnings_total{warning="fetched_at_in_future"}"#,
            r#"copydesk_event_warnings_total{warning="broken_json_ld"}"#,
            r#"copydesk_event_warnings_total{warning="future_date_ignored"}"#,
            r#"copydesk_event_warnings_total{warning="charset_replacements"}"#,
            r#"copydesk_dead_letters_total{stage="decode",code="empty"}"#,
            "copydesk_unknown_envelope_keys_total",
            "copydesk_bad_times_total",
        ] {
            play.until(series);
        }
    })
}

fn entry_of(raw: &RawArticle) -> Entry {
    let pipeline = Pipeline::new(PipelineSettings::default()).unwrap();
    match pipeline.prepare(raw) {
        Prepared::Article { entry, .. } | Prepared::Withdrawal { entry, .. } => *entry,
        Prepared::Refused(letter) => panic!("{letter:?}"),
    }
}

fn foreign_entry(number: u8, rules: u64) -> Entry {
    let mut entry = Entry::bare(EntryKind::Article, 1, topic_hash("news.raw"), rules, Identity([number; 16]));
    entry.content_hash = [number; 16];
    entry
}

fn raw_headers(headers: Vec<(String, Option<Vec<u8>>)>) -> Vec<RawHeader> {
    headers.into_iter().map(|(name, value)| (name.into_bytes(), value)).collect()
}

/// Records whose entries stand in the log already, and entries that count for nothing.
fn entries_of_before() -> Seen {
    let stage = Stage::new();
    let rules = DedupeRules::default();
    let append = |entry: &Entry| stage.broker.append_log(entry.encode(), 5);
    let known = stage.produce(json_value(&page(1, 6)), Vec::new(), TIME);
    append(&entry_of(&known));
    append(&entry_of(&known));
    // Refused now; when its entry was written it was not.
    let refused = bundled().into_iter().find_map(|sample| {
        let raw =
            RawArticle { origin: known.origin.clone(), timestamp: sample.timestamp, key: None, value: sample.value, headers: raw_headers(sample.headers) };
        let prepared = Pipeline::new(PipelineSettings::default()).unwrap().prepare(&raw);
        matches!(prepared, Prepared::Article { refusal: Some(_), .. }).then_some(raw)
    });
    let refused = refused.expect("a bundled page that is read and refused");
    append(&entry_of(&stage.produce(refused.value, refused.headers, refused.timestamp)));
    let skipped = stage.produce(json_value(&page(2, 6)), Vec::new(), TIME);
    append(&skip_entry(skipped.identity(), &rules, "news.raw"));
    // A withdrawal now; when its entry was written it was read as an article.
    let turned = stage.produce(json_value(&json!({ "url": "https://pier.example/turned", "withdrawn": true })), Vec::new(), TIME);
    append(&Entry { kind: EntryKind::Article, ..entry_of(&turned) });
    let mut damaged = foreign_entry(1, rules.hash()).encode();
    damaged[20] ^= 1;
    stage.broker.append_log(damaged, 5);
    append(&Entry { topic: 1, ..foreign_entry(2, rules.hash()) });
    // Written by the version before, and long ago: no sign of a worker that runs now.
    append(&foreign_entry(3, rules.hash() ^ 1));
    stage.play(|play| {
        play.until_committed(4);
        play.until("copydesk_messages_reread_total");
        play.until("copydesk_late_refusals_total");
        play.until(r#"copydesk_event_warnings_total{warning="late_refusal"}"#);
        play.until(r#"copydesk_log_entries_void_total{reason="damaged"}"#);
        let mismatches = "copydesk_log_rules_mismatches_total";
        assert!(!play.reached(mismatches), "an entry that stood there before the worker started");
        let other_topic = Entry { topic: 1, ..foreign_entry(4, rules.hash() ^ 1) };
        play.broker.append_log(other_topic.encode(), 5);
        play.broker.append_log(foreign_entry(5, rules.hash()).encode(), 5);
        play.until_read(10);
        assert!(!play.reached(mismatches), "an entry of another raw topic");
        play.broker.append_log(foreign_entry(6, rules.hash() ^ 1).encode(), 5);
        play.until(mismatches);
    })
}

/// Events that lose annotations, and then text, to fit their topic.
fn events_that_do_not_fit() -> Seen {
    let mut stage = Stage::new();
    stage.pipeline.max_event_bytes = 12_000;
    let linked = |mut page: Value| {
        let html = page["html"].as_str().unwrap_or_default().replace("</p>", " <a href=\"https://elsewhere.example/more\">More of it</a> is said there.</p>");
        page["html"] = html.into();
        page
    };
    stage.produce(json_value(&linked(page(1, 40))), Vec::new(), TIME);
    stage.produce(json_value(&linked(page(2, 400))), Vec::new(), TIME);
    stage.play(|play| {
        play.until(r#"copydesk_event_warnings_total{warning="parts_dropped"}"#);
        play.until(r#"copydesk_event_warnings_total{warning="text_cut"}"#);
    })
}

/// Each call of the worker thread fails in each way that it can.
fn calls_that_fail() -> Seen {
    let stage = Stage::new();
    let mut next = 0;
    stage.play(|play| {
        let mut fail = |faults: &[(Call, Fault)], series: &str| {
            faults.iter().for_each(|(call, fault)| play.broker.inject(*call, 1, *fault));
            next += 1;
            play.broker.produce_raw(0, None, json_value(&page(next, 6)), Vec::new(), TIME);
            play.until(series);
            play.until_committed(next);
        };
        let error = |stage: &str, code: &str| format!(r#"copydesk_errors_total{{stage="{stage}",code="{code}"}}"#);
        fail(&[(Call::Poll, Fault::Retry)], &error("read", "retriable"));
        let steps =
            [(Call::Begin, "produce"), (Call::Send, "produce"), (Call::Drive, "produce"), (Call::SendOffsets, "send_offsets"), (Call::Commit, "commit")];
        for (call, stage) in steps {
            fail(&[(call, Fault::Retry)], &error(stage, "retriable"));
            fail(&[(call, Fault::Abort)], &error(stage, "abortable"));
            fail(&[(call, Fault::Producer)], &error(stage, "fatal"));
        }
        fail(&[(Call::Send, Fault::Abort), (Call::Abort, Fault::Retry)], &error("abort", "retriable"));
        fail(&[(Call::Send, Fault::Abort), (Call::Abort, Fault::Producer)], &error("abort", "fatal"));
        fail(&[(Call::Send, Fault::Abort), (Call::Rewind, Fault::Retry)], &error("recover", "retriable"));
        fail(&[(Call::Append, Fault::Unknown)], &error("append", "delivery"));
        fail(&[(Call::Append, Fault::Retry)], &error("append", "retriable"));
        for series in [
            r#"copydesk_transactions_total{result="aborted",reason="delivery"}"#,
            r#"copydesk_transactions_total{result="aborted",reason="error"}"#,
            r#"copydesk_transaction_duration_seconds_count{phase="abort"}"#,
            r#"copydesk_kafka_transaction_state{state="aborting"}"#,
            "copydesk_log_entries_reappended_total",
        ] {
            play.until(series);
        }
    })
}

/// The client's queue is full for a while, and a commit is not answered for longer than a transaction may take.
fn a_slow_commit() -> Seen {
    let mut stage = Stage::new();
    stage.settings.transaction_timeout = Duration::from_millis(100);
    (0..60).for_each(|_| stage.broker.inject(Call::Send, 1, Fault::Retry));
    (0..400).for_each(|_| stage.broker.inject(Call::Commit, 1, Fault::Retry));
    fill(&stage, 5);
    stage.play(|play| {
        play.until(r#"copydesk_kafka_transaction_state{state="open"}"#);
        play.until(r#"copydesk_transactions_total{result="aborted",reason="timeout"}"#);
        play.until(r#"copydesk_kafka_transaction_state{state="committing"}"#);
        play.until_committed(5);
    })
}

/// The worker is asked to stop while a transaction can't be ended.
fn a_stop_in_the_middle() -> Seen {
    let mut stage = Stage::new();
    stage.settings.shutdown_grace = Duration::from_millis(200);
    (0..2000).for_each(|_| stage.broker.inject(Call::Commit, 1, Fault::Retry));
    fill(&stage, 5);
    stage.play(|play| {
        play.until(r#"copydesk_kafka_transaction_state{state="committing"}"#);
        play.stop();
    })
}

/// The log stands still, then has more than can be read at once, then can't be read: what waits is shown.
fn a_log_that_stands_still() -> Seen {
    let mut stage = Stage::new();
    stage.settings.max_in_flight_bytes = 20_000;
    fill(&stage, 200);
    stage.play(|play| {
        play.until(r#"copydesk_queue_depth{queue="pool"}"#);
        play.broker.stall_log(true);
        for series in ["copydesk_backpressure_seconds_total", r#"copydesk_queue_depth{queue="log"}"#, "copydesk_inflight_charged_bytes"] {
            play.until(series);
        }
        play.until("copydesk_consumer_lag_seconds");
        play.broker.stall_log(false);
        play.until_committed(200);
        // More than is read at once.
        let of_others =
            |number: u32| Entry { identity: Identity(std::array::from_fn(|i| number.to_le_bytes()[i % 4])), ..foreign_entry(1, DedupeRules::default().hash()) };
        let entries: Vec<Vec<u8>> = (0..20_000).map(|number| of_others(number).encode()).collect();
        entries.into_iter().for_each(|entry| play.broker.append_log(entry, 5));
        play.until("copydesk_log_lag_entries");
        unreadable(play);
    })
}

fn unreadable(play: &Play) {
    (0..10).for_each(|_| play.broker.inject(Call::Tail, 1, Fault::Retry));
    play.until("copydesk_log_unreachable_seconds");
    play.until(r#"copydesk_errors_total{stage="tail",code="retriable"}"#);
}

/// The group gives partitions, takes them back, and gives them to others unasked.
fn a_second_worker() -> Seen {
    let stage = Stage::new();
    // In the midst of a transaction.
    stage.broker.inject(Call::SendOffsets, 1, Fault::Retry);
    stage.broker.inject(Call::Poll, 1, Fault::Rebalance);
    fill(&stage, 40);
    stage.play(|play| {
        play.until(r#"copydesk_rebalances_total{type="assign"}"#);
        play.until(r#"copydesk_transactions_total{result="aborted",reason="rebalance"}"#);
        play.visit(|| play.until(r#"copydesk_rebalances_total{type="revoke"}"#));
        play.broker.inject(Call::Poll, 1, Fault::Lost);
        play.until(r#"copydesk_rebalances_total{type="lost"}"#);
        play.until_committed(40);
        play.until("copydesk_messages_rewound_total");
    })
}
