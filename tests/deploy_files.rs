//! What pages and deployment files name must exist: commands, flags, settings, metrics, paths, ports.
//!
//! There is no container engine here. The services of `compose.yaml` are run by hand instead: the same commands with the same
//! settings, on a broker that the test starts.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, Mutex};

use copydesk::config::{REFUSED, Settings, known_keys};
use copydesk::telemetry::families::ALL;
use regex::Regex;
use serde_json::Value;
use support::client::{self, Isolation, produce};
use support::desk::{PATIENCE, page};
use support::files::{read, root};
use support::process::{Folder, Process};
use support::{shared_cluster, wait_until};

/// The port of health and metrics, wherever it is written down.
const PORT: &str = "9464";

/// The pages and the files of `deploy/`, by path.
fn files() -> Vec<(String, String)> {
    let mut paths: Vec<PathBuf> = Vec::new();
    paths.push("README.md".into());
    for folder in ["docs", "deploy"] {
        let entries = std::fs::read_dir(root().join(folder)).unwrap().map(|e| Path::new(folder).join(e.unwrap().file_name()));
        paths.extend(entries.filter(|path| root().join(path).is_file()));
    }
    paths.iter().map(|p| p.display().to_string()).map(|p| (p.clone(), read(&p))).collect()
}

/// The code of a page: blocks line by line, and what stands between single backticks.
fn code(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    for (index, part) in text.split("```").enumerate() {
        match index % 2 {
            1 => pieces.extend(part.lines().skip(1).map(str::to_owned)),
            _ => pieces.extend(part.split('`').skip(1).step_by(2).map(|span| span.replace('\n', " "))),
        }
    }
    pieces
}

fn is_page(path: &str) -> bool {
    path.ends_with(".md")
}

/// What a command says of itself.
fn help(command: &[&str]) -> Option<String> {
    static ASKED: LazyLock<Mutex<BTreeMap<String, Option<String>>>> = LazyLock::new(Mutex::default);
    let mut asked = ASKED.lock().unwrap();
    let answer = asked.entry(command.join(" ")).or_insert_with(|| {
        let done = Command::new(env!("CARGO_BIN_EXE_copydesk")).args(command).arg("--help").output().unwrap();
        done.status.success().then(|| String::from_utf8(done.stdout).unwrap())
    });
    answer.clone()
}

/// Checks a command line without its program: the command and its flags exist.
fn check_command(words: &[&str]) -> Result<(), String> {
    let mut command: Vec<&str> = words.iter().copied().take_while(|w| w.chars().all(|c| c.is_ascii_lowercase())).take(2).collect();
    if command.first() != Some(&"topics") {
        command.truncate(1);
    }
    let Some(help) = help(&command) else { return Err(format!("there is no command {command:?}")) };
    let flag = |word: &&str| word.starts_with("--").then(|| word.split('=').next().unwrap_or_default().to_owned());
    for flag in words.iter().filter_map(flag) {
        let known = help.split([' ', '\n', ',']).any(|w| w == flag);
        if !known {
            return Err(format!("{command:?} has no flag {flag}"));
        }
    }
    Ok(())
}

/// The command lines of our program in a piece of code.
fn commands(piece: &str) -> Vec<Vec<&str>> {
    static CALL: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^\s*(?:\$ |Exec\w+=|#)?\s*(?:\S*/)?copydesk ([^#|;&]+)|cargo run --release -- ([^#|;&]+)").unwrap());
    let found = CALL.captures_iter(piece).filter_map(|c| c.get(1).or(c.get(2)));
    found.map(|m| m.as_str().split_whitespace().collect::<Vec<_>>()).filter(|words| !words.is_empty()).collect()
}

#[test]
fn every_command_and_flag_exists() {
    let mut checked = 0;
    for (path, text) in files() {
        let pieces = if is_page(&path) { code(&text) } else { text.lines().map(str::to_owned).collect() };
        for piece in &pieces {
            for words in commands(piece) {
                // A unit or a comment of YAML may begin like a command.
                if !is_page(&path) && !piece.contains("/copydesk ") {
                    continue;
                }
                checked += 1;
                check_command(&words).unwrap_or_else(|why| panic!("{path}: `{piece}`: {why}"));
            }
            let alone = is_page(&path) && text.contains(&format!("`{piece}`")) && piece.starts_with("--");
            if alone {
                let flag = piece.split([' ', '=']).next().unwrap();
                let known = ["run", "standalone", "feed", "extract", "check", "audit", "skip", "schema"].iter().any(|c| check_command(&[c, flag]).is_ok());
                assert!(known || check_command(&["topics", "create", flag]).is_ok(), "{path}: no command has the flag {flag}");
            }
        }
    }
    for service in compose()["services"].as_object().unwrap().values().filter(|s| s["image"] == "copydesk") {
        let words: Vec<&str> = service["command"].as_array().unwrap().iter().map(|w| w.as_str().unwrap()).collect();
        check_command(&words).unwrap_or_else(|why| panic!("deploy/compose.yaml: {words:?}: {why}"));
    }
    assert!(checked > 20, "only {checked} commands found");
}

#[test]
fn the_check_of_commands_can_fail() {
    assert!(check_command(&["run", "--config", "x"]).is_ok() && check_command(&["topics", "create", "--partitions", "3"]).is_ok());
    assert!(check_command(&["walk"]).is_err() && check_command(&["run", "--offline"]).is_err() && check_command(&["topics", "delete"]).is_err());
    assert_eq!(commands("/usr/local/bin/copydesk run --config x  # why"), [["run", "--config", "x"]]);
    assert_eq!(commands("copydesk takes").len(), 1, "prose is told by standing outside of code");
}

/// Whether there is a setting of this name; secrets have a twin that names a file.
fn is_setting(key: &str) -> bool {
    let property = ["kafka.client.", "kafka.consumer.", "kafka.producer."].iter().any(|map| key.starts_with(map));
    // Properties of the client library that are named only to be refused look like settings of ours.
    let refused = REFUSED.iter().any(|r| r.names.contains(&key));
    let secret = ["kafka.sasl_password_file", "kafka.ssl_key_password_file", "kafka.oauthbearer_client_secret_file"].contains(&key);
    property || refused || secret || known_keys().iter().any(|known| known == key)
}

#[test]
fn every_setting_exists() {
    let span = Regex::new(r"^(?:--set )?((?:kafka|topics|worker|parse|dedupe|enrich|http|log)\.[a-z_]+)(?:[ =].*)?$").unwrap();
    let flag = Regex::new(r"--set ([a-z_.]+)=").unwrap();
    let variable = Regex::new(r"COPYDESK_([A-Z]+(?:_[A-Z]+)*)__([A-Z_]+)").unwrap();
    let mut checked = BTreeSet::new();
    for (path, text) in files() {
        let spans = if is_page(&path) { code(&text) } else { Vec::new() };
        let mut found: Vec<String> = spans.iter().filter_map(|s| span.captures(s)).map(|c| c[1].to_owned()).collect();
        found.extend(flag.captures_iter(&text).map(|c| c[1].to_owned()));
        found.extend(variable.captures_iter(&text).map(|c| format!("{}.{}", c[1].to_lowercase(), c[2].to_lowercase().replace("__", "."))));
        for key in found {
            assert!(is_setting(&key), "{path}: there is no setting {key}");
            checked.insert(key);
        }
    }
    assert!(checked.len() > 20, "{checked:?}");
    assert!(!is_setting("kafka.gruop") && is_setting("kafka.sasl_password_file") && !is_setting("kafka.group_file"));
}

/// Every configuration that a page shows is one that `check` takes, but for the files that it names.
#[test]
fn every_configuration_is_accepted() {
    let mut checked = 0;
    for (path, text) in files() {
        for block in text.split("```").skip(1).step_by(2).filter_map(|block| block.strip_prefix("toml\n")) {
            checked += 1;
            Settings::load(Some((block, &path)), [], &[]).unwrap_or_else(|errors| panic!("{path}: {errors:?}\n{block}"));
        }
    }
    assert!(checked > 0);
}

#[test]
fn every_metric_exists() {
    let word = Regex::new(r"\bcopydesk_[a-z0-9_]*[a-z0-9]\b").unwrap();
    let mut named = BTreeSet::new();
    for (path, text) in files() {
        for name in word.find_iter(&text).map(|m| m.as_str()) {
            named.insert(name.to_owned());
            let known = ALL.iter().any(|f| f.name == name || ["_bucket", "_sum", "_count"].iter().any(|end| name.strip_suffix(end) == Some(f.name)));
            let cut = ALL.iter().any(|f| f.name.starts_with(&format!("{name}_")));
            let ellipsis = text.contains(&format!("{name}_…")) && cut;
            assert!(known || ellipsis, "{path}: there is no metric {name}");
        }
    }
    assert!(named.len() > 40, "{named:?}");
}

#[test]
fn every_link_leads_somewhere() {
    let link = Regex::new(r"\]\(([^)#:]+)(?:#[^)]*)?\)").unwrap();
    for (path, text) in files().iter().filter(|(path, _)| is_page(path)) {
        for target in link.captures_iter(text) {
            let there = root().join(path).parent().unwrap().join(&target[1]);
            assert!(there.exists(), "{path}: {} does not exist", &target[1]);
        }
    }
}

/// A YAML file, its aliases and merges resolved.
fn yaml(path: &str) -> Value {
    serde_saphyr::from_str(&read(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn compose() -> Value {
    yaml("deploy/compose.yaml")
}

/// The settings of a service as variables: its file, over it its own.
fn environment(service: &Value) -> BTreeMap<String, String> {
    let file = service["env_file"][0].as_str().unwrap();
    let mut variables: BTreeMap<String, String> = BTreeMap::new();
    for line in read(&format!("deploy/{file}")).lines().filter(|l| !l.starts_with('#') && !l.is_empty()) {
        let (name, value) = line.split_once('=').unwrap_or_else(|| panic!("deploy/{file}: {line}"));
        variables.insert(name.to_owned(), value.to_owned());
    }
    for (name, value) in service["environment"].as_object().into_iter().flatten() {
        variables.insert(name.clone(), value.as_str().unwrap().to_owned());
    }
    variables
}

/// The services that are workers, by name.
fn workers() -> Vec<(String, Value)> {
    let services = compose()["services"].as_object().unwrap().clone();
    services.into_iter().filter(|(_, service)| service["command"][0] == "run").collect()
}

#[test]
fn the_workers_of_compose_have_settings_that_fit() {
    let compose = compose();
    let kafka = &compose["services"]["kafka"]["environment"];
    let (mut names, mut ports) = (BTreeSet::new(), BTreeSet::new());
    assert!(workers().len() >= 2);
    for (name, service) in workers() {
        let settings = Settings::load(None, environment(&service), &[]).unwrap_or_else(|errors| panic!("{name}: {errors:?}"));
        let inside = format!("INSIDE://{}", settings.kafka.bootstrap_servers);
        assert!(kafka["KAFKA_ADVERTISED_LISTENERS"].as_str().unwrap().split(',').any(|l| l == inside), "{inside}");
        assert!(settings.kafka.single_broker, "there is one broker");
        assert_eq!(settings.http.listen.to_string(), format!("0.0.0.0:{PORT}"));
        let published = service["ports"][0].as_str().unwrap();
        assert!(published.starts_with("127.0.0.1:") && published.ends_with(&format!(":{PORT}")), "{published}: the page has no password");
        assert!(ports.insert(published.to_owned()), "{name}: another worker has its port");
        assert!(names.insert(settings.kafka.instance.clone().expect("a name of its own")), "{name}: another worker has its name");
        assert_eq!(service["read_only"], true);
        assert_eq!(service["cap_drop"][0], "ALL");
        assert_eq!(service["security_opt"][0], "no-new-privileges:true");
        let grace: u32 = service["stop_grace_period"].as_str().unwrap().strip_suffix('s').unwrap().parse().unwrap();
        assert!(grace * 1000 > settings.worker.shutdown_grace_ms, "{name} would be killed while it stops");
    }
    let partitions: usize = compose["services"]["topics"]["command"][3].as_str().unwrap().parse().unwrap();
    assert!(partitions >= names.len(), "a worker without a partition is idle");
}

#[test]
fn prometheus_asks_every_worker() {
    let targets = &yaml("deploy/prometheus.yml")["scrape_configs"][0]["static_configs"][0]["targets"];
    let targets: BTreeSet<&str> = targets.as_array().unwrap().iter().map(|t| t.as_str().unwrap()).collect();
    let answered: Vec<Vec<String>> = workers().iter().map(|(_, service)| Settings::load(None, environment(service), &[]).unwrap().http.host_names).collect();
    for (name, _) in workers() {
        assert!(answered.iter().all(|names| names.contains(&name)), "{name} would be refused: {answered:?}");
    }
    let workers: Vec<String> = workers().iter().map(|(name, _)| format!("{name}:{PORT}")).collect();
    assert_eq!(targets, workers.iter().map(String::as_str).collect());
    let mounted = compose()["services"]["prometheus"]["volumes"][0].as_str().unwrap().to_owned();
    assert!(root().join("deploy").join(mounted.split(':').next().unwrap()).is_file(), "{mounted}");
}

/// What the systemd unit says of a key.
fn unit_value(key: &str) -> String {
    let unit = read("deploy/copydesk.service");
    let value = unit.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    value.unwrap_or_else(|| panic!("no {key}")).to_owned()
}

#[test]
fn the_unit_gives_a_worker_time_to_stop() {
    let seconds: u32 = unit_value("TimeoutStopSec").parse().unwrap();
    assert!(seconds * 1000 > Settings::default().worker.shutdown_grace_ms);
    // An exit code that no restart mends must be one that the program gives.
    for code in unit_value("RestartPreventExitStatus").split(' ') {
        assert!(["64", "78"].contains(&code), "{code}");
    }
    let wrong = Command::new(env!("CARGO_BIN_EXE_copydesk")).args(["run", "--set", "kafka.gruop=x"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(78));
}

/// Bytes of `1900m`, `2g`, `1900M`.
fn bytes(limit: &str) -> u64 {
    let (number, unit) = limit.split_at(limit.len() - 1);
    let shift = match unit.to_ascii_lowercase().as_str() {
        "m" => 20,
        "g" => 30,
        _ => panic!("{limit}"),
    };
    number.parse::<u64>().unwrap() << shift
}

/// A limit leaves a quarter over what the settings may take, and is not so far above that it would bound nothing.
fn fits(limit: &str, settings: &Settings) {
    let (limit, most) = (bytes(limit), settings.memory().total());
    assert!(limit >= most + most / 4, "{limit} bytes for {most} and a quarter: a worker would be killed for want of memory");
    assert!(limit <= 2 * most, "{limit} bytes for {most}: a limit that comes too late");
}

/// Threads of a worker: its pool, the loops of ours, and of each of five Kafka clients one, and one for each broker it talks to.
fn threads(settings: &Settings, cores: usize, brokers: usize) -> usize {
    let pool = if settings.worker.threads == 0 { cores } else { settings.worker.threads };
    pool + 10 + 5 * (brokers + 4)
}

#[test]
fn limits_of_memory_and_threads_fit_the_settings() {
    for (name, service) in workers() {
        let settings = Settings::load(None, environment(&service), &[]).unwrap_or_else(|errors| panic!("{name}: {errors:?}"));
        fits(service["mem_limit"].as_str().unwrap(), &settings);
        assert!(settings.worker.threads > 0, "{name}: the workers share a machine");
        assert!(service["pids_limit"].as_u64().unwrap() as usize >= threads(&settings, 0, 3), "{name}");
    }
    fits(&unit_value("MemoryMax"), &Settings::default());
    assert!(unit_value("TasksMax").parse::<usize>().unwrap() >= threads(&Settings::default(), 256, 20), "a large machine, a large cluster");
    for (name, service) in compose()["services"].as_object().unwrap() {
        assert!(bytes(service["mem_limit"].as_str().unwrap()) > 0 && service["pids_limit"].as_u64().unwrap() > 0, "{name}");
    }
    // The page gives the formula, and its sum for the defaults.
    let page = read("docs/operating.md");
    let memory = Settings::default().memory();
    for part in [memory.base, memory.in_flight, memory.index, memory.clients, memory.recent, memory.total()] {
        let part = format!("{} MB", (part + 500_000) / 1_000_000);
        assert!(page.contains(&part), "docs/operating.md lacks {part}");
    }
}

/// An image is an exact version, with a digest or not: `1-bookworm` and `latest` are another program tomorrow.
fn is_exact(image: &str) -> bool {
    static EXACT: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^[a-z0-9./-]+:(?:v?\d+\.\d+\.\d+(?:-[a-z]+)?|[a-z]+-\d{8}(?:-slim)?)(?:@sha256:[0-9a-f]{64})?$").unwrap());
    EXACT.is_match(image)
}

#[test]
fn images_are_exact_and_can_be_given_with_their_digests() {
    let dockerfile = read("deploy/Dockerfile");
    let argument = |name: &str| dockerfile.lines().find_map(|l| l.strip_prefix(&format!("ARG {name}="))).unwrap_or_else(|| panic!("no {name}")).to_owned();
    let mut images: Vec<String> = dockerfile.lines().filter_map(|l| l.strip_prefix("FROM $")).map(|l| argument(l.split(' ').next().unwrap())).collect();
    assert_eq!(images.len(), dockerfile.lines().filter(|l| l.starts_with("FROM ")).count(), "every image can be given");
    let given = Regex::new(r"^\$\{[A-Z]+_IMAGE:-(.+)\}$").unwrap();
    for (name, service) in compose()["services"].as_object().unwrap().iter().filter(|(_, s)| s["image"] != "copydesk") {
        let image = service["image"].as_str().unwrap();
        images.push(given.captures(image).unwrap_or_else(|| panic!("{name}: {image} can't be given"))[1].to_owned());
    }
    assert!(images.len() >= 4 && images.iter().all(|image| is_exact(image)), "{images:?}");
    let digest = format!("debian:bookworm-20260202-slim@sha256:{}", "0f".repeat(32));
    assert!(is_exact(&digest) && ["rust:1-bookworm", "debian:bookworm-slim", "prom/prometheus", "x:latest", "x:1.2"].iter().all(|i| !is_exact(i)));
    // The compiler is one that the manifest allows.
    let minimum = read("Cargo.toml").lines().find_map(|l| l.strip_prefix("rust-version = ")).unwrap().trim_matches('"').to_owned();
    assert!(argument("BUILD_IMAGE").starts_with(&format!("rust:{minimum}.")), "{minimum}");
}

/// The sources of the `COPY` lines that take from outside of the image.
fn copied() -> Vec<String> {
    let dockerfile = read("deploy/Dockerfile");
    let lines = dockerfile.lines().filter_map(|l| l.strip_prefix("COPY ")).filter(|l| !l.starts_with("--from"));
    lines
        .flat_map(|l| {
            let words: Vec<&str> = l.split(' ').collect();
            words[..words.len() - 1].iter().map(|w| (*w).to_owned()).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn the_image_is_built_from_what_there_is() {
    let copied = copied();
    assert!(copied.iter().all(|source| root().join(source).exists()), "{copied:?}");
    // What the ignore file lets through is what is copied, whole.
    let ignore = read(".dockerignore");
    let lines: Vec<&str> = ignore.lines().filter(|l| !l.starts_with('#')).collect();
    assert_eq!(lines[0], "*");
    let let_through: BTreeSet<&str> = lines[1..].iter().map(|l| l.strip_prefix('!').expect("nothing but exceptions after *")).collect();
    assert_eq!(let_through, copied.iter().map(String::as_str).collect());
    // What the sources take in at compile time, and what the manifest names, is copied too.
    let included = Regex::new(r#"include_(?:str|bytes)!\("((?:\.\./)+)([^"]+)"\)"#).unwrap();
    let from_root = Regex::new(r#"include_(?:str|bytes)!\(concat!\(\s*env!\("CARGO_MANIFEST_DIR"\),\s*"/([^/"]+)/"#).unwrap();
    let mut tables = 0;
    for file in sources(&root().join("src")) {
        let text = std::fs::read_to_string(&file).unwrap();
        for found in included.captures_iter(&text) {
            let path = file.parent().unwrap().join(format!("{}{}", &found[1], &found[2])).canonicalize().unwrap();
            let inside = path.strip_prefix(root().canonicalize().unwrap()).unwrap();
            let top = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
            assert!(copied.contains(&top), "{} takes in {}, which is not copied", file.display(), inside.display());
            tables += 1;
        }
        for found in from_root.captures_iter(&text) {
            assert!(copied.contains(&found[1].to_owned()), "{} takes in {}/, which is not copied", file.display(), &found[1]);
            tables += 1;
        }
    }
    assert!(tables > 30, "{tables}");
    assert!(!read("Cargo.toml").contains("[[bench]]") || copied.contains(&"benches".to_owned()));
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).filter(|p| p.extension().is_some_and(|e| e == "rs")).collect()
}

#[test]
fn the_image_runs_without_rights_and_is_asked_where_it_listens() {
    let dockerfile = read("deploy/Dockerfile");
    for line in [format!("ENV COPYDESK_HTTP__LISTEN=0.0.0.0:{PORT}"), format!("EXPOSE {PORT}"), "USER 10001:10001".to_owned(), "CMD [\"run\"]".to_owned()] {
        assert!(dockerfile.lines().any(|l| l == line), "{line}");
    }
    assert!(dockerfile.contains(&format!("/dev/tcp/127.0.0.1/{PORT} && printf 'GET /livez ")));
    assert!(Settings::default().http.listen.to_string().ends_with(&format!(":{PORT}")));
}

/// Runs a service of `compose.yaml` by hand: its command and its settings, but for where the broker is and the port it serves on.
fn by_hand(name: &str, service: &Value, folder: &Folder) -> Process {
    let mut variables = environment(service);
    let elsewhere = [("COPYDESK_KAFKA__BOOTSTRAP_SERVERS", shared_cluster().bootstrap()), ("COPYDESK_HTTP__LISTEN", "127.0.0.1:0".to_owned())];
    variables.extend(elsewhere.map(|(key, value)| (key.to_owned(), value)));
    let words: Vec<&str> = service["command"].as_array().unwrap().iter().map(|w| w.as_str().unwrap()).collect();
    let variables: Vec<(&str, String)> = variables.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
    Process::program(name, folder.path(), &words, &variables)
}

#[test]
fn the_services_of_compose_work_together() {
    let compose = compose();
    let connection = shared_cluster().connection();
    let folder = Folder::new("copydesk-compose-");
    let mut topics = by_hand("topics", &compose["services"]["topics"], &folder);
    assert_eq!(topics.wait(PATIENCE), 0, "{}{}", topics.output(), topics.errors());
    let mut workers: Vec<Process> = workers().iter().map(|(name, service)| by_hand(name, service, &folder)).collect();
    produce(&connection, "news.raw", &(0..40).map(page).collect::<Vec<_>>());
    let done = |topic: &str| client::read_all(&connection, topic, Isolation::Committed).len();
    wait_until("40 pages to come out", PATIENCE, || {
        workers.iter_mut().for_each(|worker| assert!(worker.is_running(), "{}", worker.errors()));
        ["news.articles", "news.duplicates", "news.dead-letters"].map(done).iter().sum::<usize>() == 40
    });
    for worker in &mut workers {
        assert_eq!(worker.terminate(PATIENCE), 0, "{}", worker.errors());
        let log = worker.errors();
        assert!(log.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "the log is JSON: {log}");
    }
}
