//! The fields of an envelope, read in one pass over its bytes.
//!
//! What is not of the contract is passed over, not built: a record holds no more in memory than its page and strings of bounded
//! length, whatever stands in it. Strings keep one character more than their limit, so that who cuts them knows.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::article::input::{ContentEncoding, Hints, InputPublisher};
use crate::article::{Millis, limits};
use crate::parse::decode::{Body, Input};

/// An envelope. `facts` has everything but the page; its body is `Withdrawn` if the envelope says so, else an empty text.
#[derive(Debug, Default)]
pub(in crate::parse) struct Envelope<'a> {
    pub html: Option<Cow<'a, str>>,
    pub text: Option<Cow<'a, str>>,
    pub body_base64: Option<Cow<'a, str>>,
    pub content_type: Option<String>,
    pub content_encoding: Option<ContentEncoding>,
    pub facts: Input,
}

/// Reads an envelope. A wrong type is an error where it begins, and so is a key of the contract that comes twice.
pub(in crate::parse) fn read(value: &[u8]) -> Result<Envelope<'_>, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_slice(value);
    let envelope = json.deserialize_map(EnvelopeVisitor)?;
    json.end()?;
    Ok(envelope)
}

#[derive(Clone, Copy, Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Key {
    Url,
    FinalUrl,
    Html,
    Text,
    BodyBase64,
    ContentType,
    ContentEncoding,
    FetchedAt,
    Publisher,
    Hints,
    Withdrawn,
    Id,
    #[serde(other)]
    Unknown,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum PublisherKey {
    Name,
    Domain,
    Country,
    TimeZone,
    #[serde(other)]
    Unknown,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum HintKey {
    Title,
    Published,
    Updated,
    Language,
    Section,
    Authors,
    #[serde(other)]
    Unknown,
}

/// The keys that an object had so far.
#[derive(Default)]
struct Seen(u32);

impl Seen {
    fn once<E: Error>(&mut self, key: u32) -> Result<(), E> {
        let bit = 1 << key;
        if self.0 & bit != 0 {
            return Err(E::custom("a key twice"));
        }
        self.0 |= bit;
        Ok(())
    }
}

struct EnvelopeVisitor;

impl<'de> Visitor<'de> for EnvelopeVisitor {
    type Value = Envelope<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Envelope<'de>, M::Error> {
        let mut envelope = Envelope::default();
        let mut withdrawn = false;
        let mut seen = Seen::default();
        let facts = &mut envelope.facts;
        while let Some(key) = map.next_key::<Key>()? {
            if !matches!(key, Key::Unknown) {
                seen.once(key as u32)?;
            }
            match key {
                Key::Url => facts.url = map.next_value_seed(Text(limits::URL))?,
                Key::FinalUrl => facts.final_url = map.next_value_seed(Text(limits::URL))?,
                Key::Html => envelope.html = map.next_value_seed(Page)?,
                Key::Text => envelope.text = map.next_value_seed(Page)?,
                Key::BodyBase64 => envelope.body_base64 = map.next_value_seed(Page)?,
                Key::ContentType => envelope.content_type = map.next_value_seed(Text(limits::CONTENT_TYPE))?,
                Key::ContentEncoding => envelope.content_encoding = map.next_value()?,
                Key::FetchedAt => facts.fetched_at = instant(map.next_value_seed(Text(limits::TIME))?)?,
                Key::Publisher => facts.publisher = map.next_value_seed(PublisherObject)?,
                Key::Hints => facts.hints = map.next_value_seed(HintsObject)?,
                Key::Withdrawn => withdrawn = map.next_value::<Option<bool>>()?.unwrap_or_default(),
                Key::Id => drop(map.next_value::<IgnoredAny>()?),
                Key::Unknown => {
                    map.next_value::<IgnoredAny>()?;
                    facts.unknown_keys = facts.unknown_keys.saturating_add(1);
                }
            }
        }
        facts.body = if withdrawn { Body::Withdrawn } else { Body::Text(String::new()) };
        Ok(envelope)
    }
}

fn instant<E: Error>(text: Option<String>) -> Result<Option<Millis>, E> {
    match text {
        None => Ok(None),
        Some(text) => Millis::parse(&text).map(Some).ok_or_else(|| E::custom("not an RFC 3339 instant")),
    }
}

/// A string of at most so many characters, and one more; `null` is none.
struct Text(usize);

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<String>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Text {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Option<String>, E> {
        let end = text.char_indices().nth(self.0 + 1).map_or(text.len(), |(end, _)| end);
        Ok(Some(text[..end].to_owned()))
    }

    fn visit_unit<E: Error>(self) -> Result<Option<String>, E> {
        Ok(None)
    }
}

/// A page, borrowed where nothing in it is escaped; `null` is none.
struct Page;

impl<'de> DeserializeSeed<'de> for Page {
    type Value = Option<Cow<'de, str>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Page {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

struct PublisherObject;

impl<'de> DeserializeSeed<'de> for PublisherObject {
    type Value = InputPublisher;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<InputPublisher, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for PublisherObject {
    type Value = InputPublisher;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<InputPublisher, M::Error> {
        let mut publisher = InputPublisher::default();
        let mut seen = Seen::default();
        while let Some(key) = map.next_key::<PublisherKey>()? {
            if !matches!(key, PublisherKey::Unknown) {
                seen.once(key as u32)?;
            }
            match key {
                PublisherKey::Name => publisher.name = map.next_value_seed(Text(limits::NAME))?,
                PublisherKey::Domain => publisher.domain = map.next_value_seed(Text(limits::DOMAIN))?,
                PublisherKey::Country => publisher.country = map.next_value_seed(Text(limits::NAME))?,
                PublisherKey::TimeZone => publisher.time_zone = map.next_value_seed(Text(limits::TIME_ZONE))?,
                PublisherKey::Unknown => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(publisher)
    }

    fn visit_unit<E: Error>(self) -> Result<InputPublisher, E> {
        Ok(InputPublisher::default())
    }
}

struct HintsObject;

impl<'de> DeserializeSeed<'de> for HintsObject {
    type Value = Hints;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Hints, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for HintsObject {
    type Value = Hints;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Hints, M::Error> {
        let mut hints = Hints::default();
        let mut seen = Seen::default();
        while let Some(key) = map.next_key::<HintKey>()? {
            if !matches!(key, HintKey::Unknown) {
                seen.once(key as u32)?;
            }
            match key {
                HintKey::Title => hints.title = map.next_value_seed(Text(limits::HEADLINE))?,
                HintKey::Published => hints.published = map.next_value_seed(Text(limits::TIME))?,
                HintKey::Updated => hints.updated = map.next_value_seed(Text(limits::TIME))?,
                HintKey::Language => hints.language = map.next_value_seed(Text(limits::LANGUAGE))?,
                HintKey::Section => hints.section = map.next_value_seed(Text(limits::SECTION))?,
                HintKey::Authors => hints.authors = map.next_value_seed(Names)?,
                HintKey::Unknown => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(hints)
    }

    fn visit_unit<E: Error>(self) -> Result<Hints, E> {
        Ok(Hints::default())
    }
}

/// A list of names, as many as there may be and one more.
struct Names;

impl<'de> DeserializeSeed<'de> for Names {
    type Value = Vec<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<String>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Names {
    type Value = Vec<String>;

    fn visit_unit<E: Error>(self) -> Result<Vec<String>, E> {
        Ok(Vec::new())
    }

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list of strings")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut items: S) -> Result<Vec<String>, S::Error> {
        let mut names = Vec::new();
        while names.len() <= limits::AUTHORS {
            let Some(name) = items.next_element_seed(Text(limits::NAME))? else { return Ok(names) };
            names.extend(name);
        }
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(names)
    }
}
