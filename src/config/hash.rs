//! `config_hash`: a short name for everything configurable that can change an event.
//!
//! Two workers with the same version and the same hash make the same event of the same record and log. So exactly those
//! settings go in, and none that only changes speed, names or where things listen.

use serde::Serialize;
use serde_json::Value;
use xxhash_rust::xxh3::xxh3_64;

use super::Settings;

impl Settings {
    /// XXH3-64, 16 hexadecimal digits, over `[parse]`, `[dedupe]` without `generation`, `[enrich]`,
    /// `worker.max_event_bytes` (annotations are dropped until an event fits) and `tables`, the caller's hash of the
    /// tables it works with. `generation` is left out: it is seen in `version`, and it changes when a log is lost.
    pub fn config_hash(&self, tables: u64) -> String {
        let mut lines = Vec::new();
        describe("parse", &value_of(&self.parse), &mut lines);
        describe("dedupe", &value_of(&self.dedupe), &mut lines);
        describe("enrich", &value_of(&self.enrich), &mut lines);
        describe("worker.max_event_bytes", &value_of(&self.worker.max_event_bytes), &mut lines);
        // The folder of site rules counts by what is in it (a part of `tables`), not by its name.
        lines.retain(|line| !line.starts_with("dedupe.generation=") && !line.starts_with("parse.site_rules_dir="));
        // The order of lines is that of their text, never that of a map or of fields in a struct.
        lines.sort_unstable();
        lines.push(format!("tables={tables:016x}"));
        format!("{:016x}", xxh3_64(lines.join("\n").as_bytes()))
    }
}

fn value_of(section: &impl Serialize) -> Value {
    serde_json::to_value(section).expect("settings are tables of strings, numbers and lists")
}

/// One line `path=value` for each leaf.
fn describe(path: &str, value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::Object(entries) => entries.iter().for_each(|(key, value)| describe(&format!("{path}.{key}"), value, lines)),
        leaf => lines.push(format!("{path}={leaf}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_an_event_changes_the_hash() {
        let plain = Settings::default();
        let hash = plain.config_hash(1);
        assert_eq!(hash.len(), 16);
        assert_eq!(hash, plain.clone().config_hash(1));
        let changes: [fn(&mut Settings); 5] = [
            |s| s.parse.max_depth += 1,
            |s| s.dedupe.window_hours += 1,
            |s| s.dedupe.window_entries += 1,
            |s| s.enrich.places = !s.enrich.places,
            |s| s.worker.max_event_bytes += 1,
        ];
        for change in changes {
            let mut changed = plain.clone();
            change(&mut changed);
            assert_ne!(changed.config_hash(1), hash, "{changed:?}");
        }
        assert_ne!(plain.config_hash(2), hash);
    }

    #[test]
    fn nothing_else_does() {
        let plain = Settings::default();
        let changes: [fn(&mut Settings); 6] = [
            |s| s.dedupe.generation += 1,
            |s| s.kafka.group.push('x'),
            |s| s.topics.articles.push('x'),
            |s| s.worker.threads += 1,
            |s| s.http.enabled = !s.http.enabled,
            |s| s.log.filter.push('x'),
        ];
        for change in changes {
            let mut changed = plain.clone();
            change(&mut changed);
            assert_eq!(changed.config_hash(1), plain.config_hash(1), "{changed:?}");
        }
    }
}
