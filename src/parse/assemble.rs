//! Assembly: from what a page says to a parsed article. Owns identity, publisher, text with its offsets, dateline and quality.
//!
//! Every text offset counts Unicode scalar values in `content.text`; paragraphs are separated by one blank line.

pub mod html;
pub mod plain;
pub mod ruled;
mod short;

use self::html::{Page, PageContext};
use crate::article::parsed::{Content, Dateline, Extractor, Genre, Language, Paragraph, ParagraphKind, PublicationTime, Publisher, Quality, TimeSource};
use crate::article::{ArticleId, DeadLetterCode, Millis, ParsedArticle, RawArticle, Refusal, Source, Stage, Warning, WithdrawnArticle, limits};
use crate::config::ParseSettings;
use crate::parse::choice::{Candidate, Choice};
use crate::parse::dates::DateContext;
use crate::parse::decode::{Body, Input};
use crate::parse::explain::{Explanation, Field, Part};
use crate::parse::lines::Clues;
use crate::parse::metadata::html::language_tag;
use crate::parse::sites::{Rule, Sites};
use crate::parse::steps::Steps;
use crate::parse::trees::Forest;
use crate::parse::{Parsed, byline, dateline, dates, notices, published, publishers};
use crate::text::clean;
use crate::text::script::is_wide;
use crate::text::url::{credible_canonical, normalize, registrable_domain};

/// What the parse knows beside the record.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Limits.
    pub settings: &'a ParseSettings,
    /// Publishers and their rules.
    pub sites: &'a Sites,
    /// Bounds the times that the page declares, and nothing else.
    pub received_at: Option<Millis>,
    /// The trees that judge blocks and lines.
    pub trees: &'a Forest,
}

/// Makes the article or withdrawal of a decoded record, and says why in `explanation` where somebody asks.
pub fn assemble(raw: &RawArticle, mut input: Input, known: &Known, steps: &Steps, explanation: Option<&mut Explanation>) -> Result<Parsed, Refusal> {
    let rule = rule_of(&input, known.sites);
    let (article_id, source, zone) = identify(raw, &mut input, known.sites);
    let context = date_context(&input, &source, zone, known.received_at);
    let body = std::mem::take(&mut input.body);
    let draft = match body {
        Body::Withdrawn => return Ok(Parsed::Withdrawal(Box::new(WithdrawnArticle { article_id, source, unknown_keys: input.unknown_keys }))),
        Body::Text(text) => {
            let draft = from_text(&text, &input, &source, &context, (known.trees, steps), explanation.is_some());
            steps.check()?;
            draft
        }
        Body::Html(page) => {
            let page_context = PageContext {
                url: source.page_url(),
                domain: source.domain.as_deref(),
                publisher: source.publisher.name.as_deref(),
                hints: Some(&input.hints),
                dates: context.clone(),
                rule,
                explains: explanation.is_some(),
                trees: known.trees,
            };
            from_html(&page, &page_context, known.settings, steps)?
        }
    };
    finish(draft, article_id, source, input, &context, explanation)
}

fn date_context(input: &Input, source: &Source, zone: Option<String>, received_at: Option<Millis>) -> DateContext {
    DateContext {
        fetched_at: source.fetched_at,
        received_at,
        declared: false,
        time_zone: zone,
        country: source.publisher.country.clone(),
        language: input.hints.language.as_deref().and_then(language_tag),
    }
}

/// The rule of the page's site: that of the address where it was fetched, else that of the publisher's domain.
fn rule_of<'s>(input: &Input, sites: &'s Sites) -> Option<&'s Rule> {
    let address = input.url.as_deref().or(input.final_url.as_deref());
    let host = address.and_then(|a| url::Url::parse(a.trim()).ok()).and_then(|u| u.host_str().map(str::to_owned));
    host.as_deref().or(input.publisher.domain.as_deref()).and_then(|host| sites.rule(host))
}

/// The article's name, its source as far as the record tells it, and the zone of times that the page prints without one.
fn identify(raw: &RawArticle, input: &mut Input, sites: &Sites) -> (ArticleId, Source, Option<String>) {
    let rule = rule_of(input, sites);
    let address = input.url.as_deref().or(input.final_url.as_deref());
    let url_key = address.and_then(normalize);
    let article_id = match &url_key {
        Some(key) => ArticleId::of_url(key),
        None => ArticleId::of_origin(&raw.identity()),
    };
    let said = std::mem::take(&mut input.publisher);
    let said_domain = said.domain.as_deref().and_then(registrable_domain);
    let domain = address.and_then(registrable_domain).or_else(|| said_domain.clone());
    let host = address.and_then(|a| url::Url::parse(a.trim()).ok()).and_then(|u| u.host_str().map(str::to_owned));
    let row = said
        .domain
        .as_deref()
        .and_then(|host| sites.publisher(host))
        .or_else(|| host.as_deref().and_then(|host| sites.publisher(host)))
        .or_else(|| domain.as_deref().and_then(|host| sites.publisher(host)));
    let of_host = host.as_deref().or(said.domain.as_deref()).and_then(publishers::country_of_host);
    let country = said
        .country
        .clone()
        .or_else(|| rule.and_then(|r| r.country.clone()))
        .or_else(|| row.map(|r| r.country.to_owned()))
        .or_else(|| of_host.map(str::to_owned));
    let zone = said
        .time_zone
        .or_else(|| rule.and_then(|r| r.time_zone.clone()))
        .or_else(|| row.map(|r| r.time_zone.to_owned()))
        .or_else(|| country.as_deref().and_then(publishers::zone_of_country).map(str::to_owned))
        .filter(|zone| !zone.is_empty());
    let name = said.name.or_else(|| rule.and_then(|r| r.name.clone())).or_else(|| row.map(|r| r.name.to_owned()));
    let publisher = Publisher { name, domain: said_domain.or_else(|| domain.clone()), country };
    let source = Source {
        url: input.url.take(),
        final_url: input.final_url.take(),
        canonical_url: None,
        url_key,
        domain,
        publisher,
        fetched_at: input.fetched_at,
        training_opt_out: None,
    };
    (article_id, source, zone)
}

/// An article before its text is laid out.
#[derive(Default)]
struct Draft {
    content: Content,
    paragraphs: Vec<(ParagraphKind, String)>,
    extractor: Option<Extractor>,
    confidence: f32,
    boilerplate_ratio: f32,
    warnings: Vec<Warning>,
    canonical: Option<String>,
    publisher: Option<String>,
    training_opt_out: Option<bool>,
    is_list: bool,
    /// The page declares that it is an article, or when it was published.
    declares_article: bool,
    /// The page goes on after what was read of it.
    is_cut: bool,
    /// What stands below the headline of a flattened page and is not its text, the beginning of it.
    left_out: String,
    weighed: Vec<(&'static str, Vec<Candidate>)>,
    parts: Vec<Part>,
}

fn from_text(text: &str, input: &Input, source: &Source, context: &DateContext, (trees, steps): (&Forest, &Steps), explains: bool) -> Draft {
    let (url, hints) = (source.page_url(), &input.hints);
    let clues = Clues { title: hints.title.as_deref(), url };
    let mut parts = Vec::new();
    let page = plain::read_explained(text, &clues, context, trees, steps, explains.then_some(&mut parts));
    let authors = byline::of_text(page.authors, &hints.authors);
    let of_url = url.and_then(|url| published::html::url_against(url, page.published.chosen.as_ref(), context));
    let mut published = page.published;
    published.overrule("url", of_url, |time| time.value.clone());
    if published.chosen.is_none() {
        let fed = hints.published.as_deref().and_then(|t| dates::find_date(t, context));
        let fed = fed.and_then(|found| dates::publication_time(&found, TimeSource::Hint, context));
        published.overrule("hint", fed, |time| time.value.clone());
    }
    let fallback = |mut choice: Choice<Option<String>>, hint: &Option<String>| {
        choice.candidates.extend(hint.as_deref().map(|hint| Candidate::new("hint", hint)));
        choice.chosen = choice.chosen.or_else(|| hint.clone());
        choice
    };
    let headline = fallback(page.headline, &hints.title);
    let section = fallback(page.section, &hints.section);
    let chars: usize = page.paragraphs.iter().map(|(_, t)| t.chars().count()).sum();
    Draft {
        content: Content {
            headline: headline.chosen,
            byline: page.byline.chosen,
            authors,
            published: published.chosen,
            modified: page.modified.chosen,
            section: section.chosen,
            ..Content::default()
        },
        weighed: vec![
            ("headline", headline.candidates),
            ("byline", page.byline.candidates),
            ("published", published.candidates),
            ("modified", page.modified.candidates),
            ("section", section.candidates),
        ],
        parts,
        paragraphs: page.paragraphs,
        left_out: page.left_out,
        is_cut: page.is_cut,
        extractor: Some(Extractor::PlainText),
        confidence: if chars == 0 { 0.0 } else { ((0.3 + 0.5 * (chars as f32 / 1200.0).min(1.0)) * 100.0).round() / 100.0 },
        boilerplate_ratio: page.boilerplate_ratio,
        ..Draft::default()
    }
}

fn from_html(page: &str, context: &PageContext, settings: &ParseSettings, steps: &Steps) -> Result<Draft, Refusal> {
    let page: Page = html::read(page, context, settings, steps)?;
    let mut warnings = Vec::new();
    if page.broken_json_ld {
        warnings.push(Warning::BrokenJsonLd);
    }
    if page.times.future {
        warnings.push(Warning::FutureDateIgnored);
    }
    Ok(Draft {
        content: Content {
            headline: page.headlines.headline,
            alternative_headlines: page.headlines.alternatives,
            description: page.description,
            byline: page.authors.byline,
            authors: page.authors.authors,
            published: page.times.published.chosen,
            modified: page.times.modified.chosen,
            language: page.language.map(declared),
            section: page.section,
            tags: page.tags,
            genre: page.genre,
            images: page.images,
            videos: page.videos,
            links: page.links,
            access: page.access,
            rights: page.rights,
            ..Content::default()
        },
        paragraphs: page.body.paragraphs,
        extractor: page.body.extractor,
        confidence: page.body.confidence,
        boilerplate_ratio: (page.body.boilerplate_ratio.clamp(0.0, 1.0) * 1000.0).round() / 1000.0,
        warnings,
        canonical: page.canonical,
        publisher: page.publisher,
        training_opt_out: page.training_opt_out,
        is_list: page.is_list,
        declares_article: page.never_a_list,
        is_cut: page.body.is_cut,
        left_out: String::new(),
        weighed: page.weighed,
        parts: page.parts,
    })
}

/// What the page declares, for the pipeline to check against the text.
fn declared(code: String) -> Language {
    Language { code: code.clone(), confidence: 0.0, declared: Some(code), script: None }
}

fn finish(
    mut draft: Draft,
    article_id: ArticleId,
    mut source: Source,
    input: Input,
    context: &DateContext,
    explanation: Option<&mut Explanation>,
) -> Result<Parsed, Refusal> {
    source.canonical_url = draft.canonical.as_deref().and_then(|claimed| credible_canonical(claimed, source.page_url()));
    source.training_opt_out = draft.training_opt_out;
    source.publisher.name = source.publisher.name.take().or(draft.publisher);
    if source.domain.is_none() {
        // A page that came without any URL: what it calls its own says where it is from, but never names the article.
        source.domain = source.canonical_url.as_deref().and_then(registrable_domain);
        source.publisher.domain = source.publisher.domain.take().or_else(|| source.domain.clone());
    }
    let content = &mut draft.content;
    if content.language.is_none() {
        content.language = input.hints.language.as_deref().and_then(language_tag).map(declared);
    }
    for (kind, paragraph) in &mut draft.paragraphs {
        // Before anything counts characters.
        clean::paragraph(paragraph, *kind == ParagraphKind::TableRow);
    }
    if let Some(day) = take_dateline(content, &mut draft.paragraphs, context) {
        draft.weighed.iter_mut().filter(|(name, _)| *name == "published").for_each(|(_, weighed)| weighed.push(Candidate::new("dateline", day.as_str())));
    }
    draft.is_cut |= lay_out(content, draft.paragraphs);
    credit_agencies(content);
    if content.genre.is_none() && (content.dateline.is_some() || !content.agency_credits.is_empty()) {
        // A dateline or an agency's credit marks a report; nothing else on the page has said more.
        content.genre = Some(Genre::News);
    }
    let mut warnings = input.warnings;
    warnings.append(&mut draft.warnings);
    warnings.sort_unstable();
    warnings.dedup();
    if draft.is_cut {
        warnings.push(Warning::TextCut);
        warnings.sort_unstable();
    }
    let empty = content.text.is_none();
    let quality = Quality {
        extractor: draft.extractor.unwrap_or(Extractor::Generic),
        confidence: draft.confidence.clamp(0.0, 1.0),
        charset: input.charset,
        boilerplate_ratio: draft.boilerplate_ratio,
        truncated: draft.is_cut,
        warnings,
        dropped: Vec::new(),
    };
    if let Some(explanation) = explanation {
        let said = |name| chosen(name, &draft.content, &source);
        *explanation = Explanation {
            fields: draft.weighed.into_iter().map(|(name, candidates)| Field { name, chosen: said(name), candidates }).collect(),
            parts: draft.parts,
        };
    }
    let article = Box::new(ParsedArticle { article_id, source, content: draft.content, quality, unknown_keys: input.unknown_keys });
    if empty && draft.is_list {
        return Err(Refusal::hard(Stage::Parse, DeadLetterCode::NotAnArticle, "the page is a list of articles"));
    }
    if empty {
        return Err(Refusal::hard(Stage::Parse, DeadLetterCode::Empty, "the page has no text"));
    }
    let notice = notices::notice(&article.content, &draft.left_out).filter(|_| !draft.declares_article);
    let told = if draft.is_list { Some("the page is a list of articles") } else { notice };
    if let Some(told) = told {
        let mut refusal = Refusal::hard(Stage::Parse, DeadLetterCode::NotAnArticle, told);
        refusal.article = Some(article);
        return Err(refusal);
    }
    Ok(Parsed::Article(article))
}

/// What the event has for a field that is explained.
fn chosen(name: &str, content: &Content, source: &Source) -> Option<String> {
    let authors = || content.authors.iter().map(|author| author.name.as_str()).collect::<Vec<_>>().join(", ");
    match name {
        "headline" => content.headline.clone(),
        "description" => content.description.clone(),
        "byline" => content.byline.clone(),
        "authors" => Some(authors()).filter(|names| !names.is_empty()),
        "published" => content.published.as_ref().map(|time| time.value.clone()),
        "modified" => content.modified.as_ref().map(|time| time.value.clone()),
        "section" => content.section.clone(),
        "canonical" => source.canonical_url.clone(),
        "publisher" => source.publisher.name.clone(),
        _ => None,
    }
}

/// Takes the dateline off the first paragraph of running text. Returns the day that dates the page, where nothing else did.
fn take_dateline(content: &mut Content, paragraphs: &mut [(ParagraphKind, String)], context: &DateContext) -> Option<String> {
    let published = content.published.as_ref().map(|p| p.value.get(..10).unwrap_or(&p.value).to_owned());
    let firsts = paragraphs.iter_mut().filter(|(kind, _)| *kind == ParagraphKind::Paragraph).take(2);
    for (_, text) in firsts {
        let Some(found) = dateline::find_dateline(text, published.as_deref(), context) else { continue };
        let rest = text.get(found.bytes..).unwrap_or_default().trim_start();
        if rest.is_empty() {
            continue;
        }
        *text = rest.to_owned();
        // What the dateline opened is closed with it.
        clean::paragraph(text, false);
        let day = if content.published.is_none() { dated_by(&found.dateline, context) } else { None };
        let dated = day.as_ref().map(|day| day.value.clone());
        content.published = content.published.take().or(day);
        content.dateline = Some(found.dateline);
        return dated;
    }
    None
}

/// The day that a dateline prints with its year, for a page that says nowhere else when it was published.
fn dated_by(dateline: &Dateline, context: &DateContext) -> Option<PublicationTime> {
    let day = dateline.date.as_deref()?;
    let found = dates::find_date(day, context).filter(|_| day.get(..4).is_some_and(|year| dateline.raw.contains(year)))?;
    dates::publication_time(&found, TimeSource::Dateline, context).map(|time| PublicationTime { raw: Some(dateline.raw.clone()), ..time })
}

/// Puts the paragraphs together and counts. Tells whether there are more than a text may have: those beyond the limit are left out,
/// and the first of them is cut.
fn lay_out(content: &mut Content, paragraphs: Vec<(ParagraphKind, String)>) -> bool {
    let mut text = String::new();
    let mut at: u32 = 0;
    let mut is_cut = false;
    for (kind, mut paragraph) in paragraphs {
        if paragraph.is_empty() {
            continue;
        }
        // Two characters go between paragraphs, and some may close what the cut leaves open.
        let room = limits::TEXT.saturating_sub(at as usize + 2);
        if clean::is_longer(&paragraph, room) {
            is_cut = true;
            clean::cut(&mut paragraph, room.saturating_sub(clean::MOST_OPEN));
            clean::paragraph(&mut paragraph, kind == ParagraphKind::TableRow);
        }
        is_cut |= content.paragraphs.len() == limits::PARAGRAPHS;
        if paragraph.is_empty() || content.paragraphs.len() == limits::PARAGRAPHS {
            break;
        }
        let length = u32::try_from(paragraph.chars().count()).unwrap_or(u32::MAX);
        if !text.is_empty() {
            text.push_str("\n\n");
            at += 2;
        }
        text.push_str(&paragraph);
        content.paragraphs.push(Paragraph { kind, start: at, end: at + length });
        at += length;
    }
    content.character_count = at;
    content.word_count = words(&text);
    content.text = (!text.is_empty()).then_some(text);
    is_cut
}

/// Words: runs of letters and digits, with apostrophes and hyphens within; a character each in scripts without spaces.
fn words(text: &str) -> u32 {
    let mut count: u32 = 0;
    let mut inside = false;
    for c in text.chars() {
        if is_wide(c) && !('\u{ac00}'..='\u{d7af}').contains(&c) {
            count = count.saturating_add(1);
            inside = false;
        } else if c.is_alphanumeric() {
            count = count.saturating_add(u32::from(!inside));
            inside = true;
        } else if !matches!(c, '\'' | '’' | '-' | '\u{ad}' | '\u{301}') {
            inside = false;
        }
    }
    count
}

/// Agencies credited, and where they stand in the text, if they do.
fn credit_agencies(content: &mut Content) {
    let Some(text) = content.text.as_deref() else { return };
    let paragraphs: Vec<&str> = text.split("\n\n").collect();
    let mut credits = dateline::find_credits(content.dateline.as_ref(), content.byline.as_deref(), &paragraphs);
    for credit in &mut credits {
        let in_text = matches!(credit.evidence.as_str(), "credit_line" | "copyright" | "text");
        if in_text
            && credit.start.is_none()
            && let Some(at) = text.rfind(credit.agency.as_str())
        {
            let start = u32::try_from(text[..at].chars().count()).unwrap_or(u32::MAX);
            credit.start = Some(start);
            credit.end = Some(start.saturating_add(u32::try_from(credit.agency.chars().count()).unwrap_or(0)));
        }
    }
    content.agency_credits = credits;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_count_scalar_values() {
        let mut content = Content::default();
        let paragraphs = vec![
            (ParagraphKind::Paragraph, "Žluťoučký kůň.".to_owned()),
            (ParagraphKind::Subhead, String::new()),
            (ParagraphKind::Quote, "日本語 🙂".to_owned()),
        ];
        assert!(!lay_out(&mut content, paragraphs));
        let text: Vec<char> = content.text.as_deref().unwrap().chars().collect();
        let part = |p: &Paragraph| text[p.start as usize..p.end as usize].iter().collect::<String>();
        assert_eq!(content.paragraphs.len(), 2);
        assert_eq!(part(&content.paragraphs[0]), "Žluťoučký kůň.");
        assert_eq!(part(&content.paragraphs[1]), "日本語 🙂");
        assert_eq!(content.character_count as usize, text.len());
        assert_eq!(content.word_count, 5);
    }

    #[test]
    fn words_are_counted_as_a_reader_would() {
        for (text, count) in [("It's a well-known fact.", 4), ("", 0), ("—", 0), ("东京都", 3), ("한국 신문", 2), ("3,5 Mio. Euro", 4)] {
            assert_eq!(words(text), count, "{text}");
        }
    }
}
