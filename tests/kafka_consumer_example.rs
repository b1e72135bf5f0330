//! The Python programs of `docs/python`, run against a real broker and a worker: what they keep is what the events say.
//!
//! The code that `docs/consuming.md` shows must be theirs.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use support::client::{self, Isolation, NewRecord};
use support::desk::{Desk, end, html};
use support::process::Folder;
use support::python::run;
use support::shared_cluster;

const BRIDGE: &str = "https://courier.example/news/bridge";
const BRIDGE_COPY: &str = "https://wire.example/copy/bridge";
/// A copy of the bridge at first, then an article of its own.
const LOCAL: &str = "https://local.example/bridge";
const STORM: &str = "https://courier.example/news/storm";
const STORM_COPY: &str = "https://wire.example/copy/storm";
const STORM_LATE_COPY: &str = "https://mirror.example/storm";
const GERMAN: &str = "https://bote.example/nachrichten/brunnen";

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/python")
}

/// A Python that has what the examples need.
fn python() -> PathBuf {
    support::python::with(&examples().join("requirements.txt"), "examples-venv", &[])
}

/// Runs a program of `docs/python`.
fn example(script: &str, arguments: &[&str]) -> String {
    run(Command::new(python()).arg("-B").arg(examples().join(script)).args(arguments))
}

fn envelope(url: &str, minute: u32, rest: Value) -> NewRecord {
    let mut value = json!({ "url": url, "fetched_at": format!("2026-05-16T10:{minute:02}:00Z") });
    value.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    NewRecord::new(value.to_string()).key(url).header("content-type", "application/json")
}

fn article(url: &str, minute: u32, html: &str) -> NewRecord {
    envelope(url, minute, json!({ "html": html }))
}

fn german() -> String {
    let text = "Der Gemeinderat von Orlsund hat am Dienstag beschlossen, den alten Brunnen auf dem Marktplatz zu erneuern. Die Arbeiten sollen im Herbst beginnen und bis zum Frühjahr dauern, sagte die Bürgermeisterin nach der Sitzung.";
    format!(
        "<html lang=\"de\"><head><title>Orlsund erneuert den Brunnen</title></head><body><article><h1>Orlsund erneuert den Brunnen</h1><p>{text}</p><p>Für den Bau stehen im Haushalt vierzigtausend Kronen bereit, die Hälfte davon kommt vom Land.</p></article></body></html>"
    )
}

/// Updates, copies, a withdrawal, a copy after it, a page fetched twice, another language, and a record that is refused.
fn pages() -> Vec<NewRecord> {
    // Beyond the 16 bits of an UTF-16 unit, so that offsets counted in those would be wrong.
    let bridge = html(3, 8).replacen("<p>The", "<p>\u{1F309} The", 1);
    let repaired = bridge.replacen("The council", "The new council", 3).replacen("</article>", "<p>The mayor resigned on Friday.</p></article>", 1);
    let storm = html(11, 8);
    vec![
        article(BRIDGE, 0, &bridge),
        article(BRIDGE_COPY, 1, &bridge),
        article(LOCAL, 1, &bridge),
        article(BRIDGE, 2, &repaired),
        article(BRIDGE, 3, &repaired),
        article(STORM, 4, &storm),
        article(STORM_COPY, 5, &storm),
        envelope(STORM, 6, json!({ "withdrawn": true })),
        article(STORM_LATE_COPY, 7, &storm),
        article(GERMAN, 8, &german()),
        article(LOCAL, 9, &html(40, 8)),
        NewRecord::new("{\"html\": 7").key("broken").header("content-type", "application/json").header("x-tenant", "desk"),
    ]
}

/// The rows of a query, as objects.
fn rows(database: &Path, query: &str) -> Vec<Value> {
    let script = "import json, sqlite3, sys\ndb = sqlite3.connect(sys.argv[1])\ndb.row_factory = sqlite3.Row\nprint(json.dumps([dict(row) for row in db.execute(sys.argv[2])]))";
    serde_json::from_str(&run(Command::new(python()).args(["-c", script]).arg(database).arg(query))).unwrap()
}

/// Everything that the example keeps.
fn contents(database: &Path) -> Vec<Vec<Value>> {
    ["articles", "copies"].map(|table| rows(database, &format!("SELECT * FROM {table} ORDER BY article_id"))).into()
}

fn consume(desk: &Desk, group: &str, database: &Path, more: &[&str]) {
    let (articles, duplicates) = (desk.topic("articles"), desk.topic("duplicates"));
    let group = format!("{}.{group}", desk.prefix);
    let mut arguments = vec![
        "--bootstrap",
        &desk.connection.bootstrap,
        "--group",
        &group,
        "--database",
        database.to_str().unwrap(),
        "--property",
        "security.protocol=PLAINTEXT",
        "--once",
    ];
    arguments.extend(more);
    arguments.extend(["--topics", &articles, &duplicates]);
    example("consumer.py", &arguments);
}

fn by_url(rows: Vec<Value>) -> BTreeMap<String, Value> {
    rows.into_iter().map(|row| (row["url"].as_str().unwrap().to_owned(), row)).collect()
}

fn ids(desk: &Desk) -> BTreeMap<String, String> {
    let outputs = desk.outputs(Isolation::Committed).into_iter().filter(|r| r.header("ce_id").is_some()).map(|r| r.json());
    outputs.map(|event| (event["source"]["url"].as_str().unwrap().to_owned(), event["article_id"].as_str().unwrap().to_owned())).collect()
}

#[test]
fn the_example_keeps_what_the_events_say() {
    let desk = Desk::open(shared_cluster().connection(), "consumer", 1, true);
    let worker = desk.worker("one");
    desk.fill(&pages());
    desk.wait_until_done();
    let folder = Folder::new("copydesk-consumer-");
    let database = folder.path().join("english.db");
    consume(&desk, "english", &database, &["--language", "en"]);

    let events: Vec<Value> = desk.outputs(Isolation::Committed).iter().filter(|r| r.header("ce_id").is_some()).map(|r| r.json()).collect();
    let newest =
        |url: &str| events.iter().filter(|e| e["source"]["url"] == url && e["event_type"] != "duplicate").max_by_key(|e| e["version"].as_u64()).unwrap();
    let articles = by_url(rows(&database, "SELECT * FROM articles"));
    assert_eq!(articles.keys().collect::<Vec<_>>(), [BRIDGE, STORM, LOCAL], "the German article is left out, the withdrawal is not");
    let (bridge, event) = (&articles[BRIDGE], newest(BRIDGE));
    assert_eq!((bridge["event_type"].as_str(), &bridge["version"]), (Some("updated"), &event["version"]));
    assert_eq!(bridge["text"], event["content"]["text"]);
    assert!(bridge["lead"].as_str().unwrap().starts_with("\u{1F309} The"), "{bridge}");
    assert!(bridge["lead"].as_str().unwrap().ends_with("of the decision."), "{bridge}");
    let storm = &articles[STORM];
    assert_eq!((storm["event_type"].as_str(), &storm["version"], &storm["text"]), (Some("withdrawn"), &newest(STORM)["version"], &Value::Null));

    let ids = ids(&desk);
    assert!(by_url(rows(&database, "SELECT * FROM copies")).contains_key(LOCAL), "it was a copy once");
    let copies = by_url(rows(&database, "SELECT * FROM current_copies"));
    let original = |url: &str| copies[url]["original_id"].as_str().unwrap().to_owned();
    assert_eq!(copies.keys().collect::<Vec<_>>(), [STORM_LATE_COPY, BRIDGE_COPY, STORM_COPY]);
    assert_eq!((original(BRIDGE_COPY), original(STORM_COPY)), (ids[BRIDGE].clone(), ids[STORM].clone()));
    assert_eq!(original(STORM_LATE_COPY), ids[STORM_COPY], "a withdrawn article is no original any more");
    let families = rows(&database, "SELECT copy_id, article_id FROM families");
    let families: BTreeMap<_, _> = families.iter().map(|f| (f["copy_id"].as_str().unwrap(), f["article_id"].as_str().unwrap())).collect();
    let expected = [(BRIDGE_COPY, BRIDGE), (STORM_COPY, STORM), (STORM_LATE_COPY, STORM)].map(|(copy, of)| (ids[copy].as_str(), ids[of].as_str()));
    assert_eq!(families, BTreeMap::from(expected));

    reading_it_all_again_changes_nothing(&desk, &database);
    the_order_of_events_does_not_matter(&folder, &events);
    dead_letters_go_in_again(&desk);
    end(worker);
}

fn reading_it_all_again_changes_nothing(desk: &Desk, database: &Path) {
    let before = contents(database);
    consume(desk, "english", database, &["--language", "en"]);
    assert_eq!(contents(database), before);
    for topic in ["articles", "duplicates"].map(|kind| desk.topic(kind)) {
        let ends: i64 = client::ends(&desk.connection, &topic, Isolation::Committed).values().map(|(_, end)| end).sum();
        let committed: i64 = client::committed(&desk.connection, &format!("{}.english", desk.prefix), &topic).values().sum();
        // The marker of the last transaction of a partition is an offset too, and no record.
        assert!(committed > 0 && committed <= ends, "{topic}: {committed} of {ends}");
    }
    consume(desk, "replay", database, &["--language", "en"]);
    assert_eq!(contents(database), before, "a group that begins at the start");
}

/// Applies the events in many orders: copies before their originals, old versions after new ones.
fn the_order_of_events_does_not_matter(folder: &Folder, events: &[Value]) {
    let file = folder.path().join("events.json");
    std::fs::write(&file, serde_json::to_string(events).unwrap()).unwrap();
    let script = "
import json, random, sqlite3, sys
import consumer
events, random_ = json.load(open(sys.argv[1])), random.Random(1)
states = set()
for _ in range(200):
    random_.shuffle(events)
    db = sqlite3.connect(':memory:')
    db.executescript(consumer.SCHEMA)
    for event in events:
        consumer.store(db, event)
    tables = ('articles', 'copies', 'current_copies', 'families')
    states.add(repr([sorted(db.execute(f'SELECT * FROM {table}'), key=repr) for table in tables]))
print(len(states))
";
    let mut python = Command::new(python());
    let states = run(python.args(["-B", "-c", script]).arg(file).env("PYTHONPATH", examples()));
    assert_eq!(states.trim(), "1");
}

fn dead_letters_go_in_again(desk: &Desk) {
    let topic = desk.topic("dead-letters");
    let group = format!("{}.dead-letters", desk.prefix);
    let replay = |code: &str| {
        example(
            "replay_dead_letters.py",
            &[
                "--bootstrap",
                &desk.connection.bootstrap,
                "--property",
                "client.id=replay",
                "--topic",
                &topic,
                "--group",
                &group,
                "--code",
                code,
                "--limit",
                "1",
            ],
        )
    };
    assert_eq!(replay("bad_envelope").trim(), "1 sent again");
    desk.wait_until_done();
    let letters = client::read_all(&desk.connection, &topic, Isolation::Committed);
    let [first, second] = &letters[..] else { panic!("two dead letters: {letters:?}") };
    let own = |r: &client::Record| r.headers.iter().filter(|(name, _)| !name.starts_with("dlq-")).cloned().collect::<Vec<_>>();
    assert_eq!((&first.key, &first.value, own(first)), (&second.key, &second.value, own(second)));
    let mut replays: Vec<_> = letters.iter().map(|l| l.header("dlq-replays")).collect();
    replays.sort_unstable();
    assert_eq!(replays, [Some("0"), Some("1")]);
    assert_eq!(replay("bad_envelope").trim(), "0 sent again", "not more often than the limit says");
}

/// Archived pages in a back-fill with a log of its own, and the live group beside it: a consumer of both keeps what is live, and of the archive what
/// nobody else has.
#[test]
fn a_back_fill_yields_to_what_is_live() {
    let live = Desk::open(shared_cluster().connection(), "live", 1, true);
    let bridge = html(3, 8);
    let pages = vec![
        article(BRIDGE, 10, &bridge.replacen("The council", "The new council", 3)),
        article(BRIDGE_COPY, 11, &bridge.replacen("The council", "The new council", 3)),
        article(STORM, 12, &html(11, 8)),
        envelope(STORM, 13, json!({ "withdrawn": true })),
    ];
    live.fill(&pages);

    let mut archive = Desk::open(shared_cluster().connection(), "archive", 1, true);
    archive.settings.push("dedupe.generation = 1".into());
    // More of them than there are live ones, so that the places in the log are higher.
    let mut old: Vec<NewRecord> = (50..70).map(|n| article(&format!("https://courier.example/archive/{n}"), 0, &html(n, 8))).collect();
    old.extend([article(BRIDGE, 1, &bridge), article(BRIDGE_COPY, 2, &html(41, 8)), article(STORM, 3, &html(11, 8)), article(LOCAL, 4, &html(42, 8))]);
    archive.fill(&old);
    for desk in [&live, &archive] {
        let worker = desk.worker("one");
        desk.wait_until_done();
        end(worker);
        desk.audit();
    }

    let folder = Folder::new("copydesk-backfill-");
    let topics = [&live, &archive].map(|desk| ["articles", "duplicates"].map(|kind| desk.topic(kind))).concat();
    let mut states = Vec::new();
    for (name, topics) in [("live-first", topics.clone()), ("archive-first", topics.into_iter().rev().collect())] {
        let database = folder.path().join(name);
        let group = format!("{}.{name}", live.prefix);
        // One topic after the other, so that the order is as it says.
        for topic in &topics {
            let bootstrap = live.connection.bootstrap.as_str();
            example("consumer.py", &["--bootstrap", bootstrap, "--group", &group, "--database", database.to_str().unwrap(), "--once", "--topics", topic]);
        }
        let articles = by_url(rows(&database, "SELECT * FROM articles"));
        assert_eq!(articles.len(), 24, "20, the bridge and its copy, the storm, the local one");
        assert!(articles[BRIDGE]["text"].as_str().unwrap().contains("The new council"), "{}", articles[BRIDGE]);
        assert_eq!((articles[STORM]["event_type"].as_str(), &articles[STORM]["text"]), (Some("withdrawn"), &Value::Null));
        assert!(articles[LOCAL]["version"].as_u64().unwrap() < 2 << 40 && articles[BRIDGE]["version"].as_u64().unwrap() >= 2 << 40);
        // An article of the archive that is a copy today.
        assert_eq!(by_url(rows(&database, "SELECT * FROM current_copies")).into_keys().collect::<Vec<_>>(), [BRIDGE_COPY]);
        assert!(!by_url(rows(&database, "SELECT * FROM current_articles")).contains_key(BRIDGE_COPY), "what is live says that it is a copy");
        states.push(contents(&database));
    }
    assert_eq!(states[0], states[1]);
}

#[test]
fn the_page_shows_the_examples_own_code() {
    let page = std::fs::read_to_string(examples().with_file_name("consuming.md")).unwrap();
    let code = std::fs::read_to_string(examples().join("consumer.py")).unwrap();
    let blocks: Vec<&str> = page.split("```").skip(1).step_by(2).filter_map(|b| b.strip_prefix("python\n").or(b.strip_prefix("sql\n"))).collect();
    assert!(blocks.len() >= 3, "{blocks:?}");
    for block in blocks {
        assert!(code.contains(block), "docs/consuming.md shows code that is not in docs/python/consumer.py:\n{block}");
    }
}
