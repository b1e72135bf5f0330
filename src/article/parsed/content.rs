//! What an article says: headline, text, people and times of its making, and what stands beside the text.
//!
//! All text offsets count Unicode scalar values in `content.text`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::article::limits;
use crate::article::time::Millis;

/// What an article says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Content {
    /// The headline, without site name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::HEADLINE))]
    pub headline: Option<String>,
    /// Other headlines that the page gives the same article.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = limits::HEADLINES), inner(length(max = limits::HEADLINE)))]
    pub alternative_headlines: Vec<String>,
    /// The standfirst or meta description.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::DESCRIPTION))]
    pub description: Option<String>,
    /// The body, paragraphs separated by one blank line, cells of a table's row by tabs. It has no other controls; what marks of
    /// direction a paragraph opens it closes. No other string of an event has either.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::TEXT))]
    pub text: Option<String>,
    /// The paragraphs of `text`, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = limits::PARAGRAPHS))]
    pub paragraphs: Vec<Paragraph>,
    /// The byline as printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::BYLINE))]
    pub byline: Option<String>,
    /// The authors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = limits::AUTHORS))]
    pub authors: Vec<Author>,
    /// When it was first published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<PublicationTime>,
    /// When it was last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified: Option<PublicationTime>,
    /// The language of `text`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// The section it stands in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::SECTION))]
    pub section: Option<String>,
    /// The publisher's tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = limits::TAGS), inner(length(max = limits::TAG)))]
    pub tags: Vec<String>,
    /// What kind of article it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub genre: Option<Genre>,
    /// The dateline, taken off the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dateline: Option<Dateline>,
    /// Agencies that are credited with the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = limits::CREDITS))]
    pub agency_credits: Vec<AgencyCredit>,
    /// The article's pictures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = limits::IMAGES))]
    pub images: Vec<Image>,
    /// The article's videos.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = limits::VIDEOS))]
    pub videos: Vec<Video>,
    /// Links in the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = limits::LINKS))]
    pub links: Vec<Link>,
    /// Whether it can be read for free.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rights: Option<Rights>,
    /// Words of `text` (a character a word in scripts without spaces).
    #[serde(default)]
    pub word_count: u32,
    /// Unicode scalar values of `text`.
    #[serde(default)]
    pub character_count: u32,
}

/// A stretch of `text`, in Unicode scalar values, end exclusive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Paragraph {
    /// What it is.
    pub kind: ParagraphKind,
    /// Its first scalar value.
    pub start: u32,
    /// One past its last.
    pub end: u32,
}

/// What a paragraph is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ParagraphKind {
    /// Running text.
    Paragraph,
    /// A heading within the text.
    Subhead,
    /// A block quotation.
    Quote,
    /// An item of a list.
    ListItem,
    /// A picture's caption.
    Caption,
    /// A row of a table, cells separated by tabs.
    TableRow,
}

/// An author.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Author {
    /// The name, without "By", roles and dates.
    #[schemars(length(max = limits::NAME))]
    pub name: String,
    /// The author's page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::URL))]
    pub url: Option<String>,
    /// It is a news agency. A newsroom's desk is none: who signs as one of the publisher's own stays an author like others.
    pub is_agency: bool,
}

/// A time of publication or change, with what is known of its making.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PublicationTime {
    /// The instant, where the precision is less than a second that at which the minute, day or month begins in `time_zone`; where no zone is
    /// known, as if it were UTC.
    pub at: Millis,
    /// What the page says, no more exact than it does: RFC 3339 with the zone's offset for `second` and `minute` (without an offset where no zone
    /// is known), `YYYY-MM-DD` for `day`, `YYYY-MM` for `month`.
    #[schemars(length(max = limits::TIME))]
    pub value: String,
    /// How exact it is.
    pub precision: Precision,
    /// Whether the zone is known.
    pub time_zone_known: bool,
    /// The IANA zone or the offset that was applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::TIME_ZONE))]
    pub time_zone: Option<String>,
    /// What said so.
    pub source: TimeSource,
    /// As printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::PRINTED))]
    pub raw: Option<String>,
}

/// How exact a time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// To the second.
    Second,
    /// To the minute.
    Minute,
    /// A day.
    Day,
    /// A month.
    Month,
}

/// What said a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeSource {
    /// JSON-LD.
    JsonLd,
    /// A meta element.
    Meta,
    /// Microdata.
    Microdata,
    /// Text that a reader sees, or a `time` element.
    Visible,
    /// The URL.
    Url,
    /// A feed or sitemap.
    Hint,
    /// The dateline.
    Dateline,
}

/// The language of the text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Language {
    /// BCP 47.
    #[schemars(length(max = limits::LANGUAGE))]
    pub code: String,
    /// 0 to 1.
    pub confidence: f32,
    /// What the page or the envelope declares.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::LANGUAGE))]
    pub declared: Option<String>,
    /// ISO 15924.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::CODE))]
    pub script: Option<String>,
}

/// What kind of article it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Genre {
    /// A report.
    News,
    /// Opinion, comment, column, editorial.
    Opinion,
    /// An analysis or background piece.
    Analysis,
    /// A live blog.
    LiveBlog,
    /// A press release.
    PressRelease,
    /// An interview.
    Interview,
    /// An obituary.
    Obituary,
    /// A review.
    Review,
    /// A feature or reportage.
    Feature,
    /// Paid for by an advertiser.
    Advertorial,
}

/// A dateline such as `VILNIUS, 3 June (BNS)`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Dateline {
    /// As printed, without the dash after it.
    #[schemars(length(max = limits::PRINTED))]
    pub raw: String,
    /// The place, in usual case.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::NAME))]
    pub place: Option<String>,
    /// `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::TIME), extend("format" = "date"))]
    pub date: Option<String>,
    /// The agency.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::NAME))]
    pub agency: Option<String>,
}

/// An agency that is credited with the text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgencyCredit {
    /// The agency's usual name.
    #[schemars(length(max = limits::NAME))]
    pub agency: String,
    /// What says so: `dateline`, `byline`, `credit_line` or `copyright`.
    #[schemars(length(max = limits::CODE))]
    pub evidence: String,
    /// Where it stands in `text`, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<u32>,
    /// One past its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<u32>,
}

/// A picture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Image {
    /// Absolute URL.
    #[schemars(length(max = limits::URL))]
    pub url: String,
    /// Pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// The caption.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::CAPTION))]
    pub caption: Option<String>,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::PRINTED))]
    pub credit: Option<String>,
    /// It is the article's first picture.
    pub is_lead: bool,
}

/// A video.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Video {
    /// Absolute URL.
    #[schemars(length(max = limits::URL))]
    pub url: String,
}

/// A link in the text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Link {
    /// Absolute URL.
    #[schemars(length(max = limits::URL))]
    pub url: String,
    /// The linked words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::ANCHOR))]
    pub anchor: Option<String>,
    /// It leads to the same registrable domain.
    pub internal: bool,
}

/// Whether the article can be read for free.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Access {
    /// As the page declares it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free: Option<bool>,
    /// What hints at a paywall.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::CODE))]
    pub paywall_signal: Option<String>,
}

/// Whose the article is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rights {
    /// The holder of the rights.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::NAME))]
    pub holder: Option<String>,
    /// The notice as printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = limits::NOTICE))]
    pub notice: Option<String>,
}
