//! The table of limits: the most that each string and list of an envelope and of an event may hold.
//!
//! Strings count Unicode scalar values, lists items. The schemas name them (`maxLength`, `maxItems`), a test sees that none is
//! missing, and `pipeline::gate` holds every event to them, so that what goes out has a size that can be reasoned about.

/// A URL. One that is longer is left out: half of it would lead elsewhere.
pub const URL: usize = 4096;
/// The normalized form of a URL: percent-encoding makes it longer than the URL.
pub const URL_KEY: usize = 16_384;
/// A host or domain (RFC 1035). One that is longer is left out.
pub const DOMAIN: usize = 253;
/// A name: of a publisher, an agency, an author, a holder of rights, a person, a place.
pub const NAME: usize = 300;
/// A country: ISO 3166-1 alpha-2.
pub const COUNTRY: usize = 2;
/// A zone: an IANA name or an offset.
pub const TIME_ZONE: usize = 64;
/// A language tag (BCP 47, RFC 5646 section 4.4.1).
pub const LANGUAGE: usize = 35;
/// An instant or a date as the contract writes it, or as a feed prints it.
pub const TIME: usize = 64;
/// A UUID.
pub const UUID: usize = 36;
/// A name of this contract: a schema, a code, a kind, a hash, a version.
pub const CODE: usize = 64;
/// A media type with its parameters.
pub const CONTENT_TYPE: usize = 256;
/// The name of a topic (Apache Kafka), or of an input of `extract`.
pub const TOPIC: usize = 249;

/// A headline.
pub const HEADLINE: usize = 1000;
/// Other headlines.
pub const HEADLINES: usize = 20;
/// A description.
pub const DESCRIPTION: usize = 5000;
/// The text; what is longer is cut, and so are its paragraphs.
pub const TEXT: usize = 2_000_000;
/// Paragraphs of a text.
pub const PARAGRAPHS: usize = 50_000;
/// A byline.
pub const BYLINE: usize = 1000;
/// Authors.
pub const AUTHORS: usize = 100;
/// A stretch as it was printed: a time, a dateline, a role.
pub const PRINTED: usize = 500;
/// A section.
pub const SECTION: usize = 300;
/// A tag.
pub const TAG: usize = 200;
/// Tags.
pub const TAGS: usize = 100;
/// Credits of agencies.
pub const CREDITS: usize = 100;
/// Pictures.
pub const IMAGES: usize = 40;
/// A caption.
pub const CAPTION: usize = 1000;
/// Videos.
pub const VIDEOS: usize = 20;
/// Links.
pub const LINKS: usize = 300;
/// The words of a link.
pub const ANCHOR: usize = 600;
/// A notice of rights.
pub const NOTICE: usize = 1000;
/// Warnings: as many as there are.
pub const WARNINGS: usize = 32;
/// Producers of annotations.
pub const MODELS: usize = 16;
/// Entities.
pub const ENTITIES: usize = 2000;
/// Other names of an entity.
pub const ALIASES: usize = 50;
/// Places.
pub const PLACES: usize = 2000;
/// Mentions of one entity or place.
pub const MENTIONS: usize = 2000;

/// A page in an envelope, as the schema says: as much as a record of the raw topic takes by default. Nothing cuts there: what a topic takes is a
/// setting, and so is what is decoded.
pub const PAGE: usize = 16 << 20;
