//! Which keys exist: asked of the types themselves, so that no list can fall behind.
//!
//! A struct that derives `Deserialize` tells its field names to the deserializer; [`fields`] is a deserializer that only
//! listens. Nothing here reads a value from outside.

use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor, value::Error};
use serde::forward_to_deserialize_any;
use toml::{Table, Value};

use super::kafka::KafkaSettings;
use super::sections::{HttpSettings, LogSettings, TopicSettings, WorkerSettings};
use super::{DedupeRules, EnrichSettings, ParseSettings, Settings};

/// The keys of `[kafka]` that hold free librdkafka properties.
pub(super) const PROPERTY_MAPS: [&str; 3] = ["client", "consumer", "producer"];

/// The keys of `[kafka]` that hold secrets: each has a twin `…_file`.
pub(super) const SECRETS: [&str; 3] = ["ssl_key_password", "sasl_password", "oauthbearer_client_secret"];

/// One section of the settings.
pub(super) struct Section {
    /// Its name.
    pub name: &'static str,
    /// Its keys.
    pub keys: &'static [&'static str],
    /// Whether a key can have a value.
    pub accepts: fn(&str, Value) -> Result<(), String>,
}

impl Section {
    fn of<T: DeserializeOwned>(name: &'static str) -> Section {
        Section { name, keys: fields::<T>(), accepts: accepts::<T> }
    }
}

/// All sections, in the order of [`Settings`].
pub(super) fn sections() -> Vec<Section> {
    vec![
        Section::of::<KafkaSettings>("kafka"),
        Section::of::<TopicSettings>("topics"),
        Section::of::<WorkerSettings>("worker"),
        Section::of::<ParseSettings>("parse"),
        Section::of::<DedupeRules>("dedupe"),
        Section::of::<EnrichSettings>("enrich"),
        Section::of::<HttpSettings>("http"),
        Section::of::<LogSettings>("log"),
    ]
}

/// Every key, `section.key`, in the order of the types; the three free maps under `kafka` are keys themselves.
/// The twins `…_file` of secrets are not in it.
pub fn known_keys() -> Vec<String> {
    let sections = sections();
    debug_assert_eq!(sections.iter().map(|s| s.name).collect::<Vec<_>>(), fields::<Settings>());
    sections.iter().flat_map(|s| s.keys.iter().map(|key| format!("{}.{key}", s.name))).collect()
}

/// Deserializes a section that holds this one key. All other keys have defaults, so a refusal is about this one.
fn accepts<T: DeserializeOwned>(key: &str, value: Value) -> Result<(), String> {
    let table = Table::from_iter([(key.to_owned(), value)]);
    table.try_into::<T>().map(drop).map_err(|e| e.message().to_owned())
}

/// The field names of a struct.
fn fields<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut heard: &'static [&'static str] = &[];
    // It always ends in an error, for there is no value: the names are all that is wanted.
    let _ = T::deserialize(Listener { heard: &mut heard });
    heard
}

struct Listener<'a> {
    heard: &'a mut &'static [&'static str],
}

impl<'de> Deserializer<'de> for Listener<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("not a struct"))
    }

    fn deserialize_struct<V: Visitor<'de>>(self, _: &'static str, fields: &'static [&'static str], _: V) -> Result<V::Value, Error> {
        *self.heard = fields;
        Err(Error::custom("only the names are wanted"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// The known name most like `name`, where one is like enough to be meant.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let far_enough = name.chars().count().max(3) / 3;
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= far_enough)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_those_of_settings() {
        let names: Vec<_> = sections().iter().map(|s| s.name).collect();
        assert_eq!(names, fields::<Settings>());
        assert!(sections().iter().all(|s| !s.keys.is_empty()));
        assert!(known_keys().contains(&"dedupe.window_hours".to_owned()));
    }

    #[test]
    fn maps_and_secrets_are_keys_of_kafka() {
        let kafka = fields::<KafkaSettings>();
        assert!(PROPERTY_MAPS.iter().chain(&SECRETS).all(|key| kafka.contains(key)));
    }

    #[test]
    fn the_nearest_name_is_near() {
        let known = ["group", "instance", "start_from"];
        assert_eq!(nearest("gruop", known), Some("group"));
        assert_eq!(nearest("start_form", known), Some("start_from"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("", known), None);
    }
}
