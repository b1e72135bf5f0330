//! Loading: the file, over it environment variables, over them flags; every error at once, with its place.
//!
//! Each key is checked by itself, so that one mistake hides no other, and only then are the sections put together and
//! validated. A secret's value must never reach an error message.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use super::Settings;
use super::error::{ConfigError, Place};
use super::keys::{PROPERTY_MAPS, SECRETS, Section, known_keys, nearest, sections};
use super::secret::Secret;

const PREFIX: &str = "COPYDESK_";

/// The environment variables that may be settings. A value that is not UTF-8 gets replacement characters.
pub fn environment() -> Vec<(String, String)> {
    let text = |s: std::ffi::OsString| s.to_string_lossy().into_owned();
    std::env::vars_os().map(|(name, value)| (text(name), text(value))).filter(|(name, _)| name.starts_with(PREFIX)).collect()
}

/// Splits the argument of `--set KEY=VALUE`.
pub fn split_flag(argument: &str) -> Result<(String, String), String> {
    match argument.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        _ => Err("expected key=value, such as kafka.group=copydesk".into()),
    }
}

impl Settings {
    /// Loads the settings: `file` (its text and its name), over it the variables of `environment` that begin with `COPYDESK_`,
    /// over them `flags` (key path and value). Files named by `…_file` keys are read.
    ///
    /// # Errors
    /// Everything that is wrong, in the order file, environment, flags, then what can only be said of the whole.
    pub fn load(
        file: Option<(&str, &str)>,
        environment: impl IntoIterator<Item = (String, String)>,
        flags: &[(String, String)],
    ) -> Result<Settings, Vec<ConfigError>> {
        let mut loader = Loader::new();
        if let Some((text, name)) = file {
            let entries = file_entries(text, name)?;
            loader.layer(entries);
        }
        let entries = loader.environment_entries(environment);
        loader.layer(entries);
        loader.layer(flags.iter().map(|(key, value)| flag_entry(key, value)).collect());
        loader.finish()
    }
}

/// One value as it was found.
struct Entry {
    path: Vec<String>,
    value: Raw,
    place: Place,
}

/// A value with the type its source gave it.
enum Raw {
    /// From the file: typed.
    Typed(Value),
    /// From a variable or a flag: text that becomes what its key wants.
    Text(String),
}

/// Reads a file; syntax errors end here, for behind them nothing is certain.
fn file_entries(text: &str, name: &str) -> Result<Vec<Entry>, Vec<ConfigError>> {
    let line_of = |at: usize| 1 + text.as_bytes()[..at.min(text.len())].iter().filter(|b| **b == b'\n').count();
    let (spanned, errors) = DeTable::parse_recoverable(text);
    // The message alone: the whole error would quote the line, which may hold a password.
    let error = |e: &toml::de::Error| ConfigError {
        place: Some(Place::File { name: name.into(), line: e.span().map_or(1, |s| line_of(s.start)) }),
        key: String::new(),
        message: format!("not valid TOML: {}", e.message().trim()),
    };
    if !errors.is_empty() {
        return Err(errors.iter().map(error).collect());
    }
    let table: Table = toml::from_str(text).map_err(|e| vec![error(&e)])?;
    let mut lines = BTreeMap::new();
    note_lines(spanned.get_ref(), &[], &line_of, &mut lines);

    let mut entries = Vec::new();
    flatten(&table, &[], &mut entries);
    let place = |path: &[String]| Place::File { name: name.into(), line: lines.get(path).copied().unwrap_or(1) };
    let mut entries: Vec<Entry> = entries.into_iter().map(|(path, value)| Entry { place: place(&path), path, value: Raw::Typed(value) }).collect();
    entries.sort_by_key(|e| match &e.place {
        Place::File { line, .. } => *line,
        Place::Variable(_) | Place::Flag => 0,
    });
    Ok(entries)
}

fn note_lines(table: &DeTable<'_>, above: &[String], line_of: &dyn Fn(usize) -> usize, lines: &mut BTreeMap<Vec<String>, usize>) {
    for (key, value) in table.iter() {
        let path: Vec<String> = above.iter().cloned().chain([key.get_ref().to_string()]).collect();
        lines.insert(path.clone(), line_of(key.span().start));
        if let DeValue::Table(inner) = value.get_ref() {
            note_lines(inner, &path, line_of, lines);
        }
    }
}

fn flatten(table: &Table, above: &[String], out: &mut Vec<(Vec<String>, Value)>) {
    for (key, value) in table {
        let path: Vec<String> = above.iter().cloned().chain([key.clone()]).collect();
        match value {
            // An empty table sets nothing, so there is nothing to refuse.
            Value::Table(inner) => flatten(inner, &path, out),
            leaf => out.push((path, leaf.clone())),
        }
    }
}

fn flag_entry(key: &str, value: &str) -> Entry {
    Entry { path: key.split('.').map(str::to_owned).collect(), value: Raw::Text(value.to_owned()), place: Place::Flag }
}

/// What has been taken so far.
struct Loader {
    sections: Vec<Section>,
    merged: BTreeMap<&'static str, Table>,
    places: BTreeMap<String, Place>,
    failed: BTreeSet<String>,
    errors: Vec<ConfigError>,
}

/// A key that exists: section, key, and the property where the key is a free map.
struct Known {
    section: usize,
    key: &'static str,
    property: Option<String>,
}

impl Loader {
    fn new() -> Loader {
        let sections = sections();
        let merged = sections.iter().map(|s| (s.name, Table::new())).collect();
        Loader { sections, merged, places: BTreeMap::new(), failed: BTreeSet::new(), errors: Vec::new() }
    }

    fn fail(&mut self, place: &Place, key: impl Into<String>, message: impl Into<String>) {
        let key = key.into();
        self.failed.insert(key.clone());
        self.errors.push(ConfigError { place: Some(place.clone()), key, message: message.into() });
    }

    /// Takes one layer over those before it.
    fn layer(&mut self, entries: Vec<Entry>) {
        let mut secrets_given: BTreeMap<&'static str, Place> = BTreeMap::new();
        for Entry { path, value, place } in entries {
            let (path, from_file) = untwin(path);
            let Some(known) = self.known(&path, &place) else { continue };
            if SECRETS.contains(&known.key)
                && let Some(before) = secrets_given.insert(known.key, place.clone())
            {
                let message = format!("set both as {0} and as {0}_file ({before}): keep one", known.key);
                self.fail(&place, format!("kafka.{}", known.key), message);
                continue;
            }
            match if from_file { read_secret(value).map(Raw::Text) } else { Ok(value) } {
                Ok(value) => self.take(&known, value, place),
                Err(message) => self.fail(&place, format!("kafka.{}", known.key), message),
            }
        }
    }

    fn take(&mut self, known: &Known, value: Raw, place: Place) {
        let section = &self.sections[known.section];
        let full = match &known.property {
            Some(property) => format!("{}.{}.{property}", section.name, known.key),
            None => format!("{}.{}", section.name, known.key),
        };
        match fit(section, known, value) {
            Err(message) => self.fail(&place, full, message),
            Ok(value) => {
                let table = self.merged.entry(section.name).or_default();
                match &known.property {
                    None => drop(table.insert(known.key.into(), value)),
                    Some(property) => {
                        let map = table.entry(known.key).or_insert_with(|| Value::Table(Table::new()));
                        map.as_table_mut().expect("a property map is only ever a table").insert(property.clone(), value);
                    }
                }
                self.places.insert(full, place);
            }
        }
    }

    /// Finds a key, or says what may have been meant.
    fn known(&mut self, path: &[String], place: &Place) -> Option<Known> {
        let full = path.join(".");
        let Some(index) = self.sections.iter().position(|s| s.name == path[0]) else {
            let hint = self.suggestion(&full, &path[0], path.last().map_or("", String::as_str), place);
            self.fail(place, full, format!("unknown key{hint}"));
            return None;
        };
        let section = &self.sections[index];
        let Some(name) = path.get(1) else {
            self.fail(place, full, "is a section, not a key");
            return None;
        };
        let key = section.keys.iter().copied().find(|key| key == name);
        let is_map = index == 0 && PROPERTY_MAPS.contains(&name.as_str());
        match key {
            Some(key) if is_map => {
                let property = path[2..].join(".");
                if property.is_empty() {
                    self.fail(place, full, "is a table of librdkafka properties, not a value");
                    return None;
                }
                Some(Known { section: index, key, property: Some(property) })
            }
            Some(key) if path.len() == 2 => Some(Known { section: index, key, property: None }),
            Some(key) => {
                self.fail(place, full, format!("unknown key: there are no keys below `{key}`"));
                None
            }
            None => {
                let hint = self.suggestion(&full, &path[0], name, place);
                self.fail(place, full, format!("unknown key{hint}"));
                None
            }
        }
    }

    /// `: did you mean …?`, written as the place writes keys.
    fn suggestion(&self, full: &str, section: &str, key: &str, place: &Place) -> String {
        let all = known_keys();
        let in_section = self.sections.iter().find(|s| s.name == section);
        let mut meant = in_section.and_then(|s| nearest(key, s.keys.iter().copied())).map(|key| format!("{section}.{key}"));
        meant = meant.or_else(|| all.iter().find(|known| known.ends_with(&format!(".{key}"))).cloned());
        meant = meant.or_else(|| nearest(full, all.iter().map(String::as_str)).map(str::to_owned));
        if meant.is_none() && in_section.is_none() {
            meant = nearest(section, self.sections.iter().map(|s| s.name)).map(str::to_owned);
        }
        match (meant, place) {
            (Some(meant), Place::Variable(_)) => format!(": did you mean {}?", variable(&meant)),
            (Some(meant), _) => format!(": did you mean `{}`?", meant.strip_prefix(&format!("{section}.")).unwrap_or(&meant)),
            (None, _) => String::new(),
        }
    }

    /// The variables that are settings: `COPYDESK_`, then section and key with two underscores between. Empty ones are not set.
    fn environment_entries(&mut self, environment: impl IntoIterator<Item = (String, String)>) -> Vec<Entry> {
        let variables: BTreeMap<String, String> = environment.into_iter().collect();
        let mut entries = Vec::new();
        for (name, value) in variables {
            let Some(rest) = name.strip_prefix(PREFIX) else { continue };
            let place = Place::Variable(name.clone());
            if !rest.contains("__") {
                // Orchestrators inject COPYDESK_PORT and the like, so only what is surely meant as a setting is an error.
                if let Some(key) = known_keys().into_iter().find(|key| key.replace('.', "_").eq_ignore_ascii_case(rest)) {
                    self.fail(&place, key.clone(), format!("not read: did you mean {}?", variable(&key)));
                }
                continue;
            }
            if value.is_empty() {
                continue;
            }
            let mut path: Vec<String> = rest.split("__").map(str::to_ascii_lowercase).collect();
            if path[0] == "kafka" && PROPERTY_MAPS.contains(&path[1].as_str()) {
                path.iter_mut().skip(2).for_each(|part| *part = part.replace('_', "."));
            }
            entries.push(Entry { path, value: Raw::Text(value), place });
        }
        entries
    }

    fn finish(mut self) -> Result<Settings, Vec<ConfigError>> {
        let whole: Table = self.merged.into_iter().map(|(name, section)| (name.to_owned(), Value::Table(section))).collect();
        let settings: Settings = match whole.try_into() {
            Ok(settings) => settings,
            Err(e) => {
                self.errors.push(ConfigError { place: None, key: String::new(), message: e.message().to_owned() });
                return Err(self.errors);
            }
        };
        // A key that failed already kept its default, of which nothing needs saying.
        for mut error in settings.validate().into_iter().filter(|e| !self.failed.contains(&e.key)) {
            error.place = self.places.get(&error.key).cloned();
            self.errors.push(error);
        }
        if self.errors.is_empty() { Ok(settings) } else { Err(self.errors) }
    }
}

/// `kafka.group` as a variable.
fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_ascii_uppercase())
}

/// The key of a secret for `…_file`.
fn untwin(mut path: Vec<String>) -> (Vec<String>, bool) {
    if path.len() == 2
        && path[0] == "kafka"
        && let Some(key) = path[1].strip_suffix("_file")
        && SECRETS.contains(&key)
    {
        path[1] = key.to_owned();
        return (path, true);
    }
    (path, false)
}

fn read_secret(path: Raw) -> Result<String, String> {
    let path = match path {
        Raw::Text(path) | Raw::Typed(Value::String(path)) => path,
        Raw::Typed(_) => return Err("must be the path of a file".into()),
    };
    match Secret::from_file(Path::new(&path)) {
        Ok(secret) => Ok(secret.expose().to_owned()),
        Err(e) => Err(format!("can't read {path}: {e}")),
    }
}

/// The value as its key wants it.
fn fit(section: &Section, known: &Known, value: Raw) -> Result<Value, String> {
    let accepts = |value: Value| (section.accepts)(known.key, value);
    if let Some(property) = &known.property {
        let value = match value {
            Raw::Text(text) => Value::String(text),
            Raw::Typed(value) => value,
        };
        let map = Value::Table(Table::from_iter([(property.clone(), value.clone())]));
        return accepts(map).map(|()| value).map_err(|_| "must be text, a number, true or false".into());
    }
    let fitted = match value {
        Raw::Typed(value) => accepts(value.clone()).map(|()| value),
        Raw::Text(text) => fit_text(&text, accepts),
    };
    fitted.map_err(|message| if SECRETS.contains(&known.key) { "must be text in quotes".into() } else { plain(&message) })
}

/// Text from a variable or a flag: text where the key takes text, else a TOML value, else a list with commas.
fn fit_text(text: &str, accepts: impl Fn(Value) -> Result<(), String>) -> Result<Value, String> {
    let as_text = Value::String(text.to_owned());
    let Err(not_text) = accepts(as_text.clone()) else { return Ok(as_text) };
    let mut message = not_text;
    if let Ok(mut table) = toml::from_str::<Table>(&format!("value = {}", text.trim()))
        && table.len() == 1
        && let Some(value) = table.remove("value")
    {
        match accepts(value.clone()) {
            Ok(()) => return Ok(value),
            Err(not_value) => message = not_value,
        }
    }
    let list = Value::Array(text.split(',').map(|item| Value::String(item.trim().to_owned())).collect());
    // What is wrong with an item says more than that it is no list.
    accepts(list.clone()).map(|()| list).map_err(|of_list| if message.contains("expected a sequence") { of_list } else { message })
}

/// A deserializer's message in plain words.
fn plain(message: &str) -> String {
    const WORDS: [(&str, &str); 11] = [
        ("expected usize", "expected a whole number, not negative"),
        ("expected u16", "expected a whole number from 0 to 65535"),
        ("expected u32", "expected a whole number from 0 to 4294967295"),
        ("expected u64", "expected a whole number, not negative"),
        ("expected u8", "expected a whole number from 0 to 255"),
        ("expected a boolean", "expected true or false"),
        ("expected a sequence", "expected a list"),
        ("invalid type: sequence", "invalid type: list"),
        ("expected a string", "expected text in quotes"),
        ("invalid socket address syntax", "expected an address and a port, such as 127.0.0.1:9464"),
        ("expected socket address", "expected an address and a port, such as 127.0.0.1:9464"),
    ];
    let line = message.lines().next().unwrap_or_default();
    let mut line = WORDS.iter().fold(line.to_owned(), |line, (from, to)| line.replace(from, to));
    if let Some((cut, _)) = line.char_indices().nth(300) {
        line.truncate(cut);
        line.push('…');
    }
    line
}
