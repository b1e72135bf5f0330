//! Configuration as an operator meets it: the commented default, layers, secrets, and all errors at once.
//!
//! The commented default is the reference of the settings, so it is held to the types here: every key stands in it,
//! every key in it exists, and what it shows as a default is the default.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use copydesk::config::{COMMENTED_DEFAULT, ConfigError, REFUSED, Settings, StartFrom, known_keys, split_flag};
use proptest::prelude::*;

const NAME: &str = "copydesk.toml";

fn load(file: &str, environment: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Settings, Vec<ConfigError>> {
    let own = |pairs: &[(&str, &str)]| -> Vec<(String, String)> { pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect() };
    Settings::load(Some((file, NAME)), own(environment), &own(flags))
}

fn errors(file: &str, environment: &[(&str, &str)], flags: &[(&str, &str)]) -> Vec<String> {
    load(file, environment, flags).expect_err("must be refused").iter().map(ToString::to_string).collect()
}

/// The commented default with its settings uncommented; those without a default only where `examples`.
fn uncommented(examples: bool) -> String {
    let mut without_default = false;
    let mut text = String::new();
    for line in COMMENTED_DEFAULT.lines() {
        let setting = line.strip_prefix('#').filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '"') && rest.contains(" = "));
        match setting {
            // A free property is always an example.
            Some(setting) if (without_default || setting.starts_with('"')) && !examples => text.push_str(&format!("# {setting}")),
            Some(setting) => text.push_str(setting),
            None => text.push_str(line),
        }
        without_default = setting.is_none() && (without_default || line.starts_with("# No default")) && !line.starts_with('[');
        text.push('\n');
    }
    text
}

/// `section.key` of every setting in a text; a free map counts as one.
fn keys_of(text: &str) -> BTreeSet<String> {
    let table: toml::Table = toml::from_str(text).expect("valid TOML");
    let section_keys = |(section, keys): (&String, &toml::Value)| -> Vec<String> {
        keys.as_table().expect("a section").keys().map(|key| format!("{section}.{key}")).collect()
    };
    table.iter().flat_map(section_keys).collect()
}

#[test]
fn the_commented_default_is_the_default() {
    assert_eq!(load(COMMENTED_DEFAULT, &[], &[]), Ok(Settings::default()));
    assert_eq!(load("", &[], &[]), Ok(Settings::default()));
}

#[test]
fn the_defaults_it_shows_are_the_defaults() {
    let text = uncommented(false);
    assert!(text.contains("\nwindow_hours = "), "settings were uncommented");
    assert_eq!(load(&text, &[], &[]), Ok(Settings::default()));
    // What serializes from the defaults has one.
    let with_default = keys_of(&Settings::default().to_toml_redacted());
    assert_eq!(keys_of(&text), with_default, "a setting with a default is marked as having none, or the other way round");
}

#[test]
fn every_key_is_in_it_and_every_key_in_it_exists() {
    let known: BTreeSet<String> = known_keys().into_iter().collect();
    assert_eq!(keys_of(&uncommented(true)), known);
}

#[test]
fn its_examples_are_of_the_right_type() {
    for error in errors(&uncommented(true), &[], &[]) {
        // Examples of rival security settings contradict each other; nothing else may be wrong with them.
        assert!(error.contains("has no effect with"), "{error}");
    }
}

#[test]
fn what_check_prints_can_be_loaded_again() {
    let mut settings = Settings::default();
    settings.kafka.instance = Some("desk-1".into());
    settings.kafka.start_from = StartFrom::Time("2026-05-16T11:42:00Z".parse().expect("a time"));
    settings.kafka.client.set("socket.timeout.ms", "30000");
    settings.worker.pass_through_headers = vec!["x-request".into()];
    assert_eq!(load(&settings.to_toml_redacted(), &[], &[]), Ok(settings));
}

#[test]
fn variables_win_over_the_file_and_flags_over_both() {
    let file = "[kafka]\ngroup = \"file\"\nbootstrap_servers = \"file:9092\"\ninstance = \"file\"\n[worker]\nthreads = 1\n";
    let environment = [("COPYDESK_KAFKA__GROUP", "variable"), ("COPYDESK_KAFKA__INSTANCE", "variable"), ("COPYDESK_WORKER__THREADS", "2"), ("HOME", "/")];
    let settings = load(file, &environment, &[("kafka.instance", "flag"), ("http.enabled", "false")]).expect("loads");
    assert_eq!(settings.kafka.bootstrap_servers, "file:9092");
    assert_eq!(settings.kafka.group, "variable");
    assert_eq!(settings.kafka.instance.as_deref(), Some("flag"));
    assert_eq!(settings.worker.threads, 2);
    assert!(!settings.http.enabled);
}

#[test]
fn text_becomes_what_its_key_wants() {
    let environment = [
        ("COPYDESK_KAFKA__GROUP", "2026"),
        ("COPYDESK_KAFKA__SINGLE_BROKER", "true"),
        ("COPYDESK_KAFKA__START_FROM", "2026-05-16T14:42:00+03:00"),
        ("COPYDESK_WORKER__PASS_THROUGH_HEADERS", "x-request, x-tenant"),
        ("COPYDESK_WORKER__MAX_IN_FLIGHT_BYTES", "33_554_432"),
        ("COPYDESK_HTTP__LISTEN", "[::]:0"),
        ("COPYDESK_LOG__FORMAT", "json"),
        ("COPYDESK_KAFKA__CLIENT__SOCKET_TIMEOUT_MS", "30000"),
        ("COPYDESK_KAFKA__SASL_USERNAME", ""),
    ];
    let flags = [("kafka.consumer.fetch.wait.max.ms", "50"), ("worker.threads", "3")];
    let settings = load("[kafka.client]\nlog.connection.close = false\n", &environment, &flags).expect("loads");
    assert_eq!(settings.kafka.group, "2026");
    assert!(settings.kafka.single_broker);
    assert_eq!(settings.kafka.start_from.to_string(), "2026-05-16T11:42:00Z");
    assert_eq!(settings.worker.pass_through_headers, ["x-request", "x-tenant"]);
    assert_eq!(settings.worker.max_in_flight_bytes, 32 << 20);
    assert_eq!(settings.http.listen.to_string(), "[::]:0");
    assert_eq!(settings.kafka.sasl_username, None, "an empty variable is not set");
    let all = settings.kafka.client_properties();
    for (name, value) in [("socket.timeout.ms", "30000"), ("log.connection.close", "false")] {
        assert!(all.contains(&(name.into(), value.into())), "{name} in {all:?}");
    }
    assert!(!all.iter().any(|(name, _)| name == "fetch.wait.max.ms"), "a consumer's own");
    assert_eq!(settings.kafka.consumer.get("fetch.wait.max.ms"), Some("50"));
}

#[test]
fn all_errors_come_at_once_with_their_places() {
    let file = "\
[kafka]
gruop = \"x\"
session_timeout_ms = 5
start_from = \"yesterday\"

[kafka.client]
\"acks\" = 1

[topics]
articles = \"news.raw\"

[wroker]
threads = 2

[parse]
max_depth = \"deep\"
";
    let environment = [("COPYDESK_WORKER__THRAEDS", "2"), ("COPYDESK_HTTP__LISTEN", "9464")];
    let refused = errors(file, &environment, &[("dedupe.window_hours", "-1"), ("log.filter", "copydesk=loud")]);
    let expected = [
        "copydesk.toml:2: kafka.gruop: unknown key: did you mean `group`?",
        "copydesk.toml:4: kafka.start_from: must be earliest, latest or a time",
        "copydesk.toml:13: wroker.threads: unknown key: did you mean `worker.threads`?",
        "copydesk.toml:16: parse.max_depth: invalid type: string \"deep\", expected a whole number",
        "COPYDESK_HTTP__LISTEN: http.listen: invalid type: integer `9464`, expected an address and a port",
        "COPYDESK_WORKER__THRAEDS: worker.thraeds: unknown key: did you mean COPYDESK_WORKER__THREADS?",
        "--set: dedupe.window_hours: invalid value: integer `-1`, expected a whole number from 0 to 4294967295",
        "copydesk.toml:3: kafka.session_timeout_ms: must be from 1000 to 1800000, is 5",
        "copydesk.toml:7: kafka.client.acks: refused: a transaction",
        "copydesk.toml:10: topics.articles: `news.raw` is named twice",
        "--set: log.filter: not a filter",
    ];
    assert_eq!(refused.len(), expected.len(), "{refused:#?}");
    for (error, expected) in refused.iter().zip(expected) {
        assert!(error.starts_with(expected), "{error}\n  is not\n{expected}");
    }
}

#[test]
fn syntax_errors_say_their_line_and_quote_nothing() {
    let refused = errors("[kafka]\nsasl_password = hunter2 and more\n", &[], &[]);
    assert!(refused[0].starts_with("copydesk.toml:2: not valid TOML"), "{refused:?}");
    assert!(!refused.concat().contains("hunter2"), "{refused:?}");
    assert!(errors("[kafka]\ngroup = \"a\"\ngroup = \"b\"\n", &[], &[])[0].starts_with("copydesk.toml:3: "));
}

#[test]
fn a_key_in_the_wrong_section_is_found() {
    assert_eq!(errors("[kafka]\nwindow_hours = 3\n", &[], &[]), ["copydesk.toml:2: kafka.window_hours: unknown key: did you mean `dedupe.window_hours`?"]);
    assert_eq!(errors("", &[], &[("group", "x")]), ["--set: group: unknown key: did you mean `kafka.group`?"]);
    assert_eq!(errors("", &[], &[("zzz.qqqqqq", "x")]), ["--set: zzz.qqqqqq: unknown key"]);
    assert_eq!(errors("", &[], &[("kafka.group.name", "x")]), ["--set: kafka.group.name: unknown key: there are no keys below `group`"]);
    assert_eq!(errors("kafka = 5\n", &[], &[]), ["copydesk.toml:1: kafka: is a section, not a key"]);
    assert_eq!(errors("", &[], &[("kafka.client", "x")]), ["--set: kafka.client: is a table of librdkafka properties, not a value"]);
    assert_eq!(load("[kafka]\n[kafka.client]\n[worker]\n", &[], &[]), Ok(Settings::default()));
}

#[test]
fn variables_of_orchestrators_are_left_alone() {
    let injected = [("COPYDESK_PORT", "tcp://10.0.0.1:80"), ("COPYDESK_KAFKA_SERVICE_HOST", "10.0.0.2"), ("COPYDESK_CONFIG", "/etc/x.toml")];
    assert_eq!(load("", &injected, &[]), Ok(Settings::default()));
    assert_eq!(errors("", &[("COPYDESK_KAFKA_GROUP", "x")], &[]), ["COPYDESK_KAFKA_GROUP: kafka.group: not read: did you mean COPYDESK_KAFKA__GROUP?"]);
}

#[test]
fn secrets_come_from_files_and_are_never_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("password");
    std::fs::write(&path, "hunter2\n").expect("written");
    let path = path.to_str().expect("UTF-8");
    let base = "[kafka]\nsecurity_protocol = \"SASL_SSL\"\nsasl_mechanism = \"SCRAM-SHA-512\"\nsasl_username = \"desk\"\n";

    for settings in [
        load(&format!("{base}sasl_password_file = {path:?}\n"), &[], &[]),
        load(base, &[("COPYDESK_KAFKA__SASL_PASSWORD_FILE", path)], &[]),
        load(base, &[("COPYDESK_KAFKA__SASL_PASSWORD", "hunter2")], &[]),
        load(&format!("{base}sasl_password = \"other\"\n"), &[("COPYDESK_KAFKA__SASL_PASSWORD_FILE", path)], &[]),
    ] {
        let settings = settings.expect("loads");
        assert!(settings.kafka.client_properties().contains(&("sasl.password".into(), "hunter2".into())));
        let shown = format!("{settings:?}\n{}", settings.to_toml_redacted());
        assert!(!shown.contains("hunter2") && shown.contains("***"), "{shown}");
    }

    let both = errors(&format!("{base}sasl_password = \"hunter2\"\nsasl_password_file = {path:?}\n"), &[], &[]);
    assert_eq!(both, ["copydesk.toml:6: kafka.sasl_password: set both as sasl_password and as sasl_password_file (copydesk.toml:5): keep one"]);
    let missing = errors(base, &[("COPYDESK_KAFKA__SASL_PASSWORD_FILE", "/no/such/file")], &[]);
    assert!(missing[0].starts_with("COPYDESK_KAFKA__SASL_PASSWORD_FILE: kafka.sasl_password: can't read /no/such/file"), "{missing:?}");
    assert_eq!(missing.len(), 1, "{missing:?}");
    let wrong_type = errors(&format!("{base}sasl_password = 1234567\n"), &[], &[]).concat();
    assert!(wrong_type.contains("must be text in quotes") && !wrong_type.contains("1234567"), "{wrong_type}");
}

#[test]
fn contradictions_are_refused() {
    let cases = [
        ("kafka.sasl_mechanism: is needed with", "[kafka]\nsecurity_protocol = \"sasl_ssl\"\n"),
        ("kafka.security_protocol: must be plaintext, ssl,", "[kafka]\nsecurity_protocol = \"tls\"\n"),
        ("kafka.sasl_mechanism: has no effect with", "[kafka]\nsasl_mechanism = \"PLAIN\"\nsasl_username = \"a\"\nsasl_password = \"b\"\n"),
        ("kafka.sasl_password: is needed with", "[kafka]\nsecurity_protocol = \"sasl_ssl\"\nsasl_mechanism = \"PLAIN\"\nsasl_username = \"a\"\n"),
        ("kafka.ssl_key_location: is needed with", "[kafka]\nsecurity_protocol = \"ssl\"\nssl_certificate_location = \"c\"\n"),
        ("kafka.ssl_ca_location: has no effect with", "[kafka]\nssl_ca_location = \"c\"\n"),
        ("kafka.oauthbearer_scope: has no effect with", "[kafka]\noauthbearer_scope = \"s\"\n"),
        ("kafka.bootstrap_servers: `broker` is not host:port", "[kafka]\nbootstrap_servers = \"broker, other:9092\"\n"),
        ("kafka.instance: must be", "[kafka]\ninstance = \"a b\"\n"),
        ("topics.duplicates: `news_articles` and `news.articles` are one", "[topics]\nduplicates = \"news_articles\"\n"),
        ("topics.raw: `..` is no topic name", "[topics]\nraw = \"..\"\n"),
        ("topics.raw: must name a topic at least", "[topics]\nraw = []\n"),
        ("topics.raw: `a` is named twice", "[topics]\nraw = [\"a\", \"b\", \"a\"]\n"),
        ("topics.raw: `` is no topic name", "[topics]\nraw = \"a,,b\"\n"),
        ("topics.replication: must be from 2", "[topics]\nreplication = 1\n"),
        ("topics.min_insync_replicas: is more than topics.replication (3)", "[topics]\nmin_insync_replicas = 4\n"),
        ("topics.min_insync_replicas: must be 2 or more", "[topics]\nmin_insync_replicas = 1\n"),
        ("topics.max_raw_bytes: is more than a worker reads at once (41943040 bytes)", "[topics]\nmax_raw_bytes = 42_000_000\n"),
        ("topics.accept_unsupported: ", "[topics]\naccept_unsupported = [\"message.timestamp.type\"]\n"),
        ("worker.batch_max_bytes: is more than", "[worker]\nbatch_max_bytes = 100_000_000\n"),
        ("worker.batch_max_wait_ms: must be at most half", "[worker]\nbatch_max_wait_ms = 20_000\n"),
        ("parse.max_body_bytes: is more than", "[parse]\nmax_body_bytes = 100_000_000\n"),
        ("worker.pass_through_headers: `CE_id` is written", "[worker]\npass_through_headers = [\"CE_id\"]\n"),
        ("dedupe.generation: must be from 1", "[dedupe]\ngeneration = 0\n"),
        ("log.filter: must not be empty", "[log]\nfilter = \"\"\n"),
        ("kafka.consumer.group.id: refused: set kafka.group instead", "[kafka.consumer]\ngroup.id = \"x\"\n"),
        ("kafka.producer.linger.sm: the Kafka client has no property", "[kafka.producer]\nlinger.sm = 3\n"),
        ("kafka.consumer.max.poll.interval.ms: is less than", "[kafka.consumer]\nmax.poll.interval.ms = 9000\n"),
        ("kafka.consumer.heartbeat.interval.ms: must be at most", "[kafka.consumer]\nheartbeat.interval.ms = 9000\n"),
        ("kafka.client.debug: must be text", "[kafka.client]\ndebug = [\"eos\"]\n"),
    ];
    for (expected, file) in cases {
        let refused = errors(file, &[], &[]);
        assert_eq!(refused.len(), 1, "{refused:?}");
        assert!(refused[0].contains(expected), "{expected}\n  is not in {refused:?}");
        assert!(refused[0].starts_with("copydesk.toml:") || expected.contains("is needed with"), "{refused:?}");
    }
}

#[test]
fn good_security_settings_pass() {
    let tls = "security_protocol = \"ssl\"\nssl_ca_location = \"ca.pem\"\nssl_certificate_location = \"c.pem\"\nssl_key_location = \"k.pem\"\nssl_key_password = \"p\"\n";
    let scram = "security_protocol = \"sasl_ssl\"\nsasl_mechanism = \"SCRAM-SHA-256\"\nsasl_username = \"u\"\nsasl_password = \"p\"\n";
    for security in [tls, scram] {
        load(&format!("[kafka]\nbootstrap_servers = \"SASL_SSL://a.example:9093,[::1]:9092\"\n{security}"), &[], &[]).expect("loads");
    }
}

/// Tokens come from a file or from a provider.
#[test]
fn oauthbearer_needs_one_source_of_tokens() {
    let oauth = "[kafka]\nsecurity_protocol = \"sasl_ssl\"\nsasl_mechanism = \"OAUTHBEARER\"\n";
    let client = format!("{oauth}oauthbearer_client_id = \"u\"\noauthbearer_client_secret = \"p\"\n");
    load(&format!("{client}oauthbearer_token_endpoint_url = \"https://id.example.org/token\"\n"), &[], &[]).expect("loads");
    load(&format!("{oauth}oauthbearer_token_file = \"/run/token\"\n"), &[], &[]).expect("loads");
    let refused = errors(&client, &[], &[]);
    assert!(matches!(&refused[..], [one] if one.starts_with("kafka.oauthbearer_token_endpoint_url: is needed with")), "{refused:?}");
    let refused = errors(&format!("{oauth}oauthbearer_token_file = \"/run/token\"\noauthbearer_scope = \"s\"\n"), &[], &[]);
    assert!(matches!(&refused[..], [one] if one.contains("kafka.oauthbearer_scope: has no effect with oauthbearer_token_file")), "{refused:?}");
    for url in ["id.example.org/token", "ftp://id.example.org/", "https://", "token", "https://u:p@id.example.org/"] {
        let refused = errors(&format!("{client}oauthbearer_token_endpoint_url = {url:?}\n"), &[], &[]);
        assert!(matches!(&refused[..], [one] if one.contains("kafka.oauthbearer_token_endpoint_url: must be a URL")), "{url}: {refused:?}");
    }
}

const OPEN: [&str; 10] = [
    "--set",
    "kafka.security_protocol=sasl_plaintext",
    "--set",
    "kafka.sasl_mechanism=PLAIN",
    "--set",
    "kafka.sasl_username=desk",
    "--set",
    "kafka.sasl_password=hunter2",
    "--set",
    "kafka.bootstrap_servers=127.0.0.1:1",
];

#[test]
fn check_warns_of_open_doors() {
    let checked = |settings: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_copydesk")).args(["check", "--offline"]).args(settings).output().unwrap();
        assert!(done.status.success(), "{done:?}");
        String::from_utf8(done.stdout).unwrap()
    };
    let open = checked(&OPEN);
    assert!(
        open.contains("\nconfiguration: warning: kafka.sasl_mechanism: PLAIN without TLS: the password can be read") && !open.contains("hunter2"),
        "{open}"
    );
    let unchecked = ["--set", "kafka.security_protocol=ssl", "--set", "kafka.client.enable.ssl.certificate.verification=false"];
    assert!(checked(&unchecked).contains("\nconfiguration: warning: kafka.client.enable.ssl.certificate.verification is off"));
    let closed = checked(&[]);
    assert!(!closed.contains("warning") && closed.contains("\nmemory: 1487 MB at most, 800 MB of it for the index\n"), "{closed}");
}

#[test]
fn a_worker_warns_of_open_doors_when_it_starts() {
    let mut worker = Command::new(env!("CARGO_BIN_EXE_copydesk"));
    worker.arg("run").args(OPEN).args(["--set", "http.listen=127.0.0.1:0", "--set", "kafka.instance=one", "--set", "log.format=json"]);
    let mut worker = worker.stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(worker.stderr.take().unwrap()).lines().map(Result::unwrap);
    let found = lines.take(20).find(|line| line.contains("kafka.sasl_mechanism: PLAIN without TLS"));
    worker.kill().unwrap();
    worker.wait().unwrap();
    let line: serde_json::Value = serde_json::from_str(&found.expect("a line of the log")).unwrap();
    assert_eq!(line["level"], "WARN");
}

#[test]
fn flags_are_split_at_the_first_equals_sign() {
    assert_eq!(split_flag("log.filter=info,a=debug"), Ok(("log.filter".into(), "info,a=debug".into())));
    assert!(split_flag("log.filter").is_err());
    assert!(split_flag("=x").is_err());
}

#[test]
fn the_docs_name_every_refused_property() {
    let docs = include_str!("../docs/configuration.md");
    for refused in REFUSED {
        for name in refused.names {
            assert!(docs.contains(&format!("`{name}`")), "docs/configuration.md lacks {name}");
        }
        assert!(docs.contains(refused.reason), "docs/configuration.md lacks the reason: {}", refused.reason);
    }
    let rows = docs.lines().filter(|line| line.starts_with("| `")).flat_map(|line| line.split('|').nth(1)).flat_map(|names| names.split(','));
    let documented: BTreeSet<&str> = rows.map(|name| name.trim().trim_matches('`')).collect();
    let in_code: BTreeSet<&str> = REFUSED.iter().flat_map(|r| r.names).copied().collect();
    assert_eq!(documented, in_code);
}

#[test]
fn a_file_nested_without_end_is_refused() {
    let nested = format!("[kafka]\nclient.{}x = 1\n", "a.".repeat(20_000));
    let refused = errors(&nested, &[], &[]);
    assert!(refused.concat().contains("not valid TOML: recursion limit"), "{refused:?}");
    assert!(load(&format!("a = {}", "[".repeat(20_000)), &[], &[]).is_err());
}

proptest! {
    /// Whatever stands in a variable or a flag: an answer, never a panic, and every error names its place.
    #[test]
    fn any_text_gets_an_answer(key in "[a-z_.]{0,20}", name in "[A-Z_]{0,20}", value in "\\PC{0,40}") {
        let environment = [(format!("COPYDESK_{name}"), value.clone())];
        if let Err(refused) = Settings::load(None, environment, &[(key, value)]) {
            prop_assert!(refused.iter().all(|e| e.place.is_some()));
        }
    }

    /// Every known key with any text: what is accepted can be printed and loaded again.
    #[test]
    fn known_keys_with_any_text(index in 0usize..1000, value in "\\PC{0,20}|[0-9]{1,12}|true|false|[a-z]{1,8}") {
        let keys = known_keys();
        let key = keys[index % keys.len()].clone();
        if let Ok(settings) = Settings::load(None, [], &[(key, value)]) {
            let again = Settings::load(Some((&settings.to_toml_redacted(), "printed.toml")), [], &[]);
            prop_assert_eq!(again, Ok(settings));
        }
    }

    /// Any file ends in settings or in errors with lines of it.
    #[test]
    fn any_file_gets_an_answer(text in "(\\[(kafka|worker|x)(\\.client)?\\]\n)?([a-z_.]{1,12} ?= ?(\"[a-z]{0,5}\"|-?[0-9]{1,5}|\\[\\]|\\{\\}|[a-z]{1,5})\n){0,6}") {
        if let Err(refused) = load(&text, &[], &[]) {
            let lines = text.lines().count().max(1);
            for error in refused {
                let place = error.place.expect("from the file").to_string();
                let line: usize = place.strip_prefix("copydesk.toml:").expect("the file").parse().expect("a line");
                prop_assert!((1..=lines + 1).contains(&line), "line {} of {}", line, lines);
            }
        }
    }
}
