//! Why a page was read as it was: for each field what each source says and which agree with the choice, for each block or line whether
//! it was kept and why. For a person (`copydesk extract --explain`).
//!
//! Data, and how it is held against the article; the parse fills it ([`crate::parse::assemble`]). It must never decide anything.

use crate::article::parsed::{Content, PublicationTime, TimeSource};

/// Why a page was read as it was.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Explanation {
    /// The fields in the order of an event.
    pub fields: Vec<Field>,
    /// The blocks of the page, or the lines of a flattened one, in their order.
    pub parts: Vec<Part>,
}

/// A field.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name in the event.
    pub name: &'static str,
    /// What was chosen.
    pub chosen: Option<String>,
    /// What the sources say.
    pub said: Vec<Said>,
}

/// What a source says.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// The source.
    pub source: &'static str,
    /// What it says.
    pub text: String,
    /// It says what was chosen.
    pub agrees: bool,
}

/// A block or line.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// It is text of the article.
    pub kept: bool,
    /// Why, or why not.
    pub why: String,
    /// Where it stands: the elements around it; empty for a line.
    pub place: String,
    /// Its text.
    pub text: String,
}

impl Field {
    pub(in crate::parse) fn new(name: &'static str, chosen: Option<&str>) -> Field {
        Field { name, chosen: chosen.map(str::to_owned), said: Vec::new() }
    }

    /// Adds what a source says, if it says anything; `agrees` compares it with the choice.
    pub(in crate::parse) fn add(&mut self, source: &'static str, text: Option<&str>, agrees: impl Fn(&str, &str) -> bool) {
        let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return };
        let agrees = self.chosen.as_deref().is_some_and(|chosen| agrees(text, chosen));
        self.said.push(Said { source, text: text.to_owned(), agrees });
    }
}

impl Explanation {
    /// Holds it against the article as it was published: a later step may choose otherwise (the day of a dateline, of the URL, a feed's
    /// headline), and the visible page says what no other source does.
    pub fn hold_against(&mut self, content: &Content) {
        let time =
            |time: &Option<PublicationTime>| time.as_ref().map(|t| (t.value.clone(), source_of(t.source), t.raw.clone().unwrap_or_else(|| t.value.clone())));
        let text = |text: &Option<String>| text.as_ref().map(|t| (t.clone(), "chosen", t.clone()));
        for field in &mut self.fields {
            let chosen = match field.name {
                "headline" => text(&content.headline),
                "section" => text(&content.section),
                "published" => time(&content.published),
                "modified" => time(&content.modified),
                _ => continue,
            };
            let value = chosen.as_ref().map(|(value, ..)| value.clone());
            if value != field.chosen {
                field.said.iter_mut().for_each(|said| said.agrees = value.as_ref() == Some(&said.text));
                field.chosen = value;
            }
            if let Some((_, source, text)) = chosen.filter(|_| !field.said.iter().any(|said| said.agrees)) {
                field.said.push(Said { source, text, agrees: true });
            }
        }
    }
}

fn source_of(source: TimeSource) -> &'static str {
    match source {
        TimeSource::JsonLd => "json_ld",
        TimeSource::Meta => "meta",
        TimeSource::Microdata => "microdata",
        TimeSource::Visible => "visible",
        TimeSource::Url => "url",
        TimeSource::Hint => "hint",
        TimeSource::Dateline => "dateline",
    }
}

/// A score of the trained trees as a person reads it: log-odds.
pub(in crate::parse) fn odds(score: i32) -> String {
    format!("trees {:+.2}", f64::from(score) / f64::from(crate::parse::trees::SCALE))
}
