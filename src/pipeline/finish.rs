//! From a prepared record and the log's ruling to the outcome: the making of the event.

use crate::article::WithdrawnArticle;
use crate::article::event::{DuplicateOf, Duplication, DuplicationStatus, Envelope, PipelineInfo, SCHEMA};
use crate::article::parsed::{AgencyCredit, Annotations, Content};
use crate::article::{
    ArticleEvent, ArticleId, Changes, DeadLetter, DeadLetterCode, DuplicateKind, EventId, EventType, Millis, Original, Outcome, ParsedArticle, RawArticle,
    Source, Stage, Verdict, VerdictKind, Warning,
};
use crate::config::Copies;

use super::encode::encode;
use super::{Pipeline, Prepared};
use crate::article::OutputRecord;
use crate::article::Ruling;

/// What is left of an outcome once its record is made: what the worker counts when it is committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A `published` or `updated` event.
    Published {
        /// It is an update.
        updated: bool,
        /// When the publisher published it.
        published_at: Option<Millis>,
    },
    /// A copy.
    Duplicate(DuplicateKind),
    /// A withdrawal.
    Withdrawn,
    /// A dead letter.
    DeadLetter(Stage, DeadLetterCode),
}

/// A record that is ready to go out.
#[derive(Clone, Debug)]
pub struct Finished {
    /// What goes out.
    pub record: OutputRecord,
    /// What it is.
    pub fate: Fate,
    /// The warnings of the event, those included that its fitting added.
    pub warnings: Vec<Warning>,
    /// Unknown keys of the envelope.
    pub unknown_keys: u32,
    /// It would be refused now, but the log holds its entry.
    pub late_refusal: bool,
    /// Its event broke in the making though the log holds its entry: this is to become of it, and a skip must follow the entry.
    pub unfinished: Option<DeadLetter>,
}

impl Finished {
    /// Whether it is a dead letter.
    pub fn is_dead_letter(&self) -> bool {
        matches!(self.fate, Fate::DeadLetter(..))
    }
}

/// What the envelope says beside the record's own identity.
struct Heading {
    event_type: EventType,
    supersedes: Option<EventId>,
    changes: Option<Changes>,
    version: u64,
}

impl Pipeline {
    pub(super) fn try_finish(&self, raw: &RawArticle, prepared: Prepared, ruling: Ruling, annotate: bool) -> Finished {
        match (prepared, ruling) {
            (Prepared::Refused(letter), _) => self.refused(raw, letter),
            (Prepared::Article { refusal: Some(letter), .. }, Ruling::Refused) => self.refused(raw, letter),
            (Prepared::Article { .. } | Prepared::Withdrawal { .. }, Ruling::Refused) => {
                self.refused(raw, DeadLetter::new(Stage::Judge, DeadLetterCode::Internal, "the log gave no verdict"))
            }
            (Prepared::Article { mut article, refusal, .. }, Ruling::Verdict(verdict)) => {
                let late_refusal = refusal.is_some();
                if late_refusal {
                    article.quality.warn(Warning::LateRefusal);
                }
                Finished { late_refusal, ..self.judged_article(raw, *article, verdict, annotate) }
            }
            (Prepared::Withdrawal { withdrawn, .. }, Ruling::Verdict(verdict)) => self.judged_withdrawal(raw, *withdrawn, verdict),
        }
    }

    /// What `finish` gives where the making of an event breaks though the log holds its entry.
    pub fn unfinished(&self, raw: &RawArticle, message: impl Into<String>) -> Finished {
        let letter = DeadLetter::new(Stage::Finish, DeadLetterCode::Internal, message);
        Finished { unfinished: Some(letter.clone()), ..self.refused(raw, letter) }
    }

    pub(super) fn refused(&self, raw: &RawArticle, letter: DeadLetter) -> Finished {
        let fate = Fate::DeadLetter(letter.stage, letter.code);
        let (record, warnings) = encode(Outcome::DeadLetter(letter), raw, &self.settings);
        Finished { record, fate, warnings, unknown_keys: 0, late_refusal: false, unfinished: None }
    }

    fn judged_article(&self, raw: &RawArticle, article: ParsedArticle, verdict: Verdict, annotate: bool) -> Finished {
        let unknown_keys = article.unknown_keys;
        let published_at = article.content.published.as_ref().map(|time| time.at);
        let hashes = Hashes::of(&verdict);
        let (outcome, fate) = match verdict.kind {
            VerdictKind::Skipped => return self.refused(raw, skipped()),
            VerdictKind::Duplicate(kind, original) => {
                let duplication = hashes.duplication(DuplicationStatus::Duplicate, Some((kind, original)));
                let heading = Heading { event_type: EventType::Duplicate, supersedes: None, changes: None, version: verdict.version };
                let event = match self.settings.dedupe.copies {
                    Copies::Full => self.article_event(raw, article, heading, duplication, annotate),
                    Copies::Brief => self.brief_event(raw, article, heading, duplication),
                };
                (Outcome::Duplicate(Box::new(event)), Fate::Duplicate(kind))
            }
            VerdictKind::Updated { supersedes, changes, duplicate_of } => {
                let heading = Heading { event_type: EventType::Updated, supersedes: Some(supersedes), changes: Some(changes), version: verdict.version };
                let duplication = hashes.duplication(DuplicationStatus::Update, duplicate_of);
                let event = self.article_event(raw, article, heading, duplication, annotate);
                (Outcome::Published(Box::new(event)), Fate::Published { updated: true, published_at })
            }
            VerdictKind::Published => {
                let version = verdict.version;
                let heading = Heading { event_type: EventType::Published, supersedes: None, changes: None, version };
                let duplication = hashes.duplication(DuplicationStatus::Original, None);
                let event = self.article_event(raw, article, heading, duplication, annotate);
                (Outcome::Published(Box::new(event)), Fate::Published { updated: false, published_at })
            }
            // The entry was a withdrawal's, and the record reads as an article now: what the log says stands.
            VerdictKind::Withdrawn { supersedes } => {
                let event = self.withdrawn_event(raw, article.article_id, article.source, supersedes, verdict.version);
                (Outcome::Withdrawn(Box::new(event)), Fate::Withdrawn)
            }
        };
        let (record, warnings) = encode(outcome, raw, &self.settings);
        Finished { record, fate, warnings, unknown_keys, late_refusal: false, unfinished: None }
    }

    fn judged_withdrawal(&self, raw: &RawArticle, withdrawn: WithdrawnArticle, verdict: Verdict) -> Finished {
        let unknown_keys = withdrawn.unknown_keys;
        let (outcome, fate) = match verdict.kind {
            VerdictKind::Skipped => return self.refused(raw, skipped()),
            VerdictKind::Duplicate(kind, original) => {
                let duplication = Hashes::none().duplication(DuplicationStatus::Duplicate, Some((kind, original)));
                let heading = Heading { event_type: EventType::Duplicate, supersedes: None, changes: None, version: verdict.version };
                let envelope = self.envelope(raw, withdrawn.article_id, heading, false);
                let event = ArticleEvent { duplication: Some(duplication), ..bare_event(envelope, withdrawn.source) };
                (Outcome::Duplicate(Box::new(event)), Fate::Duplicate(kind))
            }
            VerdictKind::Withdrawn { supersedes } => {
                let event = self.withdrawn_event(raw, withdrawn.article_id, withdrawn.source, supersedes, verdict.version);
                (Outcome::Withdrawn(Box::new(event)), Fate::Withdrawn)
            }
            VerdictKind::Published | VerdictKind::Updated { .. } => {
                let letter = DeadLetter::new(Stage::Finish, DeadLetterCode::Internal, "a withdrawal now, but an article when it was judged");
                return self.refused(raw, letter);
            }
        };
        let (record, warnings) = encode(outcome, raw, &self.settings);
        Finished { record, fate, warnings, unknown_keys, late_refusal: false, unfinished: None }
    }

    fn article_event(&self, raw: &RawArticle, mut article: ParsedArticle, heading: Heading, duplication: Duplication, annotate: bool) -> ArticleEvent {
        let (annotations, warnings) = if annotate { self.enricher.annotate(&article) } else { (Annotations::default(), vec![Warning::AnnotatorFailed]) };
        warnings.into_iter().for_each(|warning| article.quality.warn(warning));
        ArticleEvent {
            envelope: self.envelope(raw, article.article_id, heading, true),
            source: article.source,
            content: Some(article.content),
            duplication: Some(duplication),
            annotations,
            quality: Some(article.quality),
        }
    }

    /// A copy of which little is kept.
    fn brief_event(&self, raw: &RawArticle, article: ParsedArticle, heading: Heading, duplication: Duplication) -> ArticleEvent {
        let Content { headline, published, modified, language, agency_credits, word_count, character_count, .. } = article.content;
        // Where a credit stands means nothing without the text.
        let agency_credits = agency_credits.into_iter().map(|credit| AgencyCredit { start: None, end: None, ..credit }).collect();
        let content = Content { headline, published, modified, language, agency_credits, word_count, character_count, ..Content::default() };
        let envelope = self.envelope(raw, article.article_id, heading, false);
        let event = bare_event(envelope, article.source);
        ArticleEvent { content: Some(content), duplication: Some(duplication), quality: Some(article.quality), ..event }
    }

    fn withdrawn_event(&self, raw: &RawArticle, id: ArticleId, source: Source, supersedes: Option<EventId>, version: u64) -> ArticleEvent {
        let heading = Heading { event_type: EventType::Withdrawn, supersedes, changes: None, version };
        bare_event(self.envelope(raw, id, heading, false), source)
    }

    fn envelope(&self, raw: &RawArticle, article_id: ArticleId, heading: Heading, is_annotated: bool) -> Envelope {
        let rules = &self.settings.dedupe;
        Envelope {
            schema: SCHEMA.to_owned(),
            event_id: EventId::of(&raw.identity()),
            event_type: heading.event_type,
            article_id,
            version: heading.version,
            supersedes: heading.supersedes,
            changes: heading.changes,
            received_at: (raw.timestamp >= 0).then_some(Millis(raw.timestamp)),
            origin: raw.origin.clone(),
            pipeline: PipelineInfo {
                name: env!("CARGO_PKG_NAME").to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                config_hash: self.settings.config_hash.clone(),
                rules: rules.name(),
                models: if is_annotated { self.enricher.models() } else { Vec::new() },
            },
        }
    }
}

/// An event of an article of which nothing was read.
fn bare_event(envelope: Envelope, source: Source) -> ArticleEvent {
    ArticleEvent { envelope, source, content: None, duplication: None, annotations: Annotations::default(), quality: None }
}

/// The hashes of an entry, as an event prints them.
struct Hashes {
    content: Option<String>,
    headline: Option<String>,
}

impl Hashes {
    fn none() -> Hashes {
        Hashes { content: None, headline: None }
    }

    fn of(verdict: &Verdict) -> Hashes {
        let content: String = verdict.content_hash.iter().map(|byte| format!("{byte:02x}")).collect();
        let headline = (verdict.headline_hash != 0).then(|| format!("{:016x}", verdict.headline_hash));
        Hashes { content: Some(content), headline }
    }

    fn duplication(self, status: DuplicationStatus, copy: Option<(DuplicateKind, Original)>) -> Duplication {
        let mut duplication = Duplication {
            content_hash: self.content,
            headline_hash: self.headline,
            status,
            kind: None,
            duplicate_of: None,
            published_earlier: None,
            similarity: None,
            containment: None,
        };
        if let Some((kind, original)) = copy {
            duplication.kind = Some(kind);
            duplication.published_earlier = original.published_earlier.then_some(true);
            duplication.similarity = Some(thousandths(original.similarity));
            duplication.containment = Some(thousandths(original.containment));
            duplication.duplicate_of = Some(DuplicateOf {
                article_id: original.article_id,
                event_id: original.event_id,
                domain: Some(original.domain).filter(|d| !d.is_empty()),
                received_at: Some(original.received_at).filter(|t| t.0 >= 0),
            });
        }
        duplication
    }
}

fn thousandths(value: u16) -> f32 {
    f32::from(value) / 1000.0
}

fn skipped() -> DeadLetter {
    DeadLetter::new(Stage::Judge, DeadLetterCode::Skipped, "given up by an operator")
}
