//! When the article was published and changed: candidates of the page in the order of their trust. Reading a date is the business of
//! [`crate::parse::dates`]; nothing here knows a month's name.

mod embedded;
mod shown;
mod zone;

use crate::parse::choice::{Candidate, Choice};
use crate::parse::page::classes::words_of;
use crate::parse::page::dom::{Dom, NodeId};
use crate::parse::page::json_ld::JsonLd;
use crate::parse::page::meta::{Meta, item_properties};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::article::input::Hints;
use crate::article::parsed::{Precision, PublicationTime, TimeSource};
use crate::parse::dates::{self, DateContext, DateFound};
use crate::parse::published::html::zone::Clocks;
use crate::parse::published::label::Label;

/// Both times, and whether a candidate lay in the future.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Times {
    /// First published.
    pub published: Choice<Option<PublicationTime>>,
    /// Last changed.
    pub modified: Choice<Option<PublicationTime>>,
    /// A candidate lay after the fetch.
    pub future: bool,
    /// The time of publication was found in the data of the page's scripts only, which lists have too.
    pub embedded: bool,
}

/// Values of one key of the head that are read as times.
const MAX_SAID: usize = 8;

const PUBLISHED: &[&str] = &[
    "article:published_time",
    "article:published",
    "og:article:published_time",
    "og:published_time",
    "datepublished",
    "date_published",
    "publishdate",
    "publish_date",
    "publish-date",
    "published_time",
    "published-date",
    "publication_date",
    "publicationdate",
    "published",
    "publishtime",
    "pubdate",
    "pub_date",
    "parsely-pub-date",
    "sailthru.date",
    "article.published",
    "article_date_original",
    "articledate",
    "article:post_date",
    "cxenseparse:recs:publishtime",
    "bt:pubdate",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date.publication",
    "date.issued",
    "citation_publication_date",
    "citation_date",
    "citation_online_date",
    "originalpublicationdate",
    "article.created",
    "rbpubdate",
    "release_date",
    "shareaholic:article_published_time",
    "vr:published_time",
    "ptime",
    "displaydate",
    "dcsext.article_pubdate",
    "mediator_published_time",
    "weibo:article:create_at",
    "dcsext.articlefirstpublished",
    "og:pubdate",
    "og:article:publishdate",
];

/// Keys that as often hold the day of the last change, or of the page's making: a day that readers are shown is surer.
const WEAK: &[&str] = &["dcterms.created", "dc.date.created", "dc.date", "dcterms.date", "created", "datecreated", "date", "doc_date"];

const MODIFIED: &[&str] = &[
    "article:modified_time",
    "article:modified",
    "og:updated_time",
    "og:modified_time",
    "datemodified",
    "date_modified",
    "last-modified",
    "lastmodified",
    "modified",
    "modified_time",
    "dcterms.modified",
    "dc.date.modified",
    "article.updated",
    "updated_time",
    "lastmod",
    "article:updated_time",
    "utime",
    "dateupdated",
    "revision_date",
];

/// The search for times on one page.
pub struct Search<'a> {
    /// The page as text.
    pub page: &'a str,
    /// The page.
    pub dom: &'a Dom<'a>,
    /// Its head.
    pub meta: &'a Meta,
    /// Its JSON-LD.
    pub ld: &'a JsonLd,
    /// What a feed said.
    pub hints: &'a Hints,
    /// The page's URL.
    pub url: Option<&'a str>,
    /// What is known for the reading.
    pub context: &'a DateContext,
    /// The headline's node, if it is shown.
    pub headline: Option<NodeId>,
    /// The first node of the text.
    pub text_start: NodeId,
    /// One past its last.
    pub text_end: NodeId,
}

/// A value that was read.
struct Said {
    found: DateFound,
    time: PublicationTime,
}

/// Reads values as times, and remembers what was weighed.
struct Reading<'a> {
    context: &'a DateContext,
    /// For what the page declares: a little after the fetch is fine.
    declared: DateContext,
    candidates: Vec<Candidate>,
    clocks: Clocks,
    /// What was read in UTC.
    in_utc: Vec<Said>,
    future: bool,
}

impl Reading<'_> {
    fn declared(&mut self, key: &'static str, text: &str, source: TimeSource) -> Option<Said> {
        let found = dates::find_date(text, &self.declared);
        let time = found.as_ref().and_then(|found| dates::publication_time(found, source, &self.declared));
        self.note(key, text, found, time)
    }

    fn hint(&mut self, text: Option<&str>) -> Option<Said> {
        let found = dates::find_date(text?, self.context);
        let time = found.as_ref().and_then(|found| dates::publication_time(found, TimeSource::Hint, self.context));
        self.note("hint", text?, found, time)
    }

    fn note(&mut self, key: &'static str, text: &str, found: Option<DateFound>, time: Option<PublicationTime>) -> Option<Said> {
        self.future |= found.is_some() && time.is_none();
        self.candidates.push(time.as_ref().map_or_else(|| Candidate::unread(key, text), |time| Candidate::new(key, time.value.as_str())));
        let said = Said { found: found?, time: time? };
        self.clock(&said.found, &said.time);
        Some(said)
    }

    /// What a time tells of the publisher's zone.
    fn clock(&mut self, found: &DateFound, time: &PublicationTime) {
        match (found.offset, found.time) {
            (Some(0), Some(_)) => self.in_utc.push(Said { found: found.clone(), time: time.clone() }),
            (Some(offset), Some(_)) => self.clocks.offsets.extend(jiff::Timestamp::from_millisecond(time.at.0).ok().map(|at| (at, offset))),
            (None, Some(clock)) => self.clocks.locals.push(found.date.to_datetime(clock)),
            (_, None) => {}
        }
    }

    fn chosen(&mut self, chosen: Option<PublicationTime>) -> Choice<Option<PublicationTime>> {
        Choice { chosen, candidates: std::mem::take(&mut self.candidates) }
    }

    /// A time in the publisher's zone, where it is written in UTC.
    fn localised(&self, said: Said) -> PublicationTime {
        // Local time that is marked as UTC: the page has the true one as well, earlier or later by what its zone differs.
        let marked = |other: &&Said| is_local_of(&said.time, &other.time);
        let said = match self.in_utc.iter().find(marked).filter(|_| said.found.offset == Some(0)) {
            Some(other) => return other.time.clone(),
            None => said,
        };
        zone::local(&said.found, &said.time, &self.clocks, &self.declared).unwrap_or(said.time)
    }
}

/// Whether one time, in the publisher's zone, shows the clock that another has in UTC: the other is then the local time, marked wrongly.
fn is_local_of(marked: &PublicationTime, instant: &PublicationTime) -> bool {
    let clock = |time: &PublicationTime| time.value.parse::<jiff::civil::DateTime>().ok().or_else(|| time.value.get(..19)?.parse().ok());
    let utc = |time: &PublicationTime| jiff::Timestamp::from_millisecond(time.at.0).ok().map(|at| TimeZone::UTC.to_datetime(at));
    marked.at != instant.at && clock(instant).is_some() && clock(instant) == utc(marked)
}

impl Search<'_> {
    /// Finds both times.
    pub fn run(&self) -> Times {
        let mut read = Reading {
            context: self.context,
            declared: self.context.for_declared(),
            candidates: Vec::new(),
            clocks: Clocks::default(),
            in_utc: Vec::new(),
            future: false,
        };
        let ld = self.ld;
        let modified = (ld.modified.as_deref().and_then(|t| read.declared("json_ld", t, TimeSource::JsonLd)))
            .or_else(|| MODIFIED.iter().find_map(|key| self.meta.all(&[*key]).take(MAX_SAID).find_map(|t| read.declared(key, t, TimeSource::Meta))))
            .or_else(|| self.microdata("dateModified").into_iter().find_map(|t| read.declared("itemprop", &t, TimeSource::Microdata)))
            .or_else(|| read.hint(self.hints.updated.as_deref()));
        let of_modified = read.chosen(None).candidates;
        let mut embedded = false;
        let published = self
            .declared(&mut read)
            .or_else(|| read.declared("json_ld created", ld.created.as_deref()?, TimeSource::JsonLd))
            .or_else(|| self.shown(&mut read))
            .or_else(|| {
                let said = read.declared("script", embedded::published(self.page)?, TimeSource::Meta)?;
                embedded = true;
                Some(said)
            })
            .or_else(|| read.hint(self.hints.published.as_deref()))
            .map(|said| read.localised(said));
        let published = read.chosen(published);
        let modified = Choice { chosen: modified.map(|said| read.localised(said)), candidates: of_modified };
        Times { published, modified, future: read.future, embedded }
    }

    /// The time of publication that the page declares, unless what readers are shown, or the URL, says otherwise.
    fn declared(&self, read: &mut Reading) -> Option<Said> {
        let mut all: Vec<Said> = Vec::new();
        all.extend(self.ld.published.as_deref().and_then(|t| read.declared("json_ld", t, TimeSource::JsonLd)));
        for key in PUBLISHED {
            all.extend(self.meta.all(std::slice::from_ref(key)).take(MAX_SAID).filter_map(|t| read.declared(key, t, TimeSource::Meta)));
        }
        all.extend(self.microdata("datePublished").into_iter().filter_map(|t| read.declared("itemprop", &t, TimeSource::Microdata)));
        let is_weak = all.is_empty();
        if is_weak {
            for key in WEAK {
                all.extend(self.meta.all(std::slice::from_ref(key)).take(MAX_SAID).filter_map(|t| read.declared(key, t, TimeSource::Meta)));
            }
        }
        if all.is_empty() {
            all.extend(self.meta.matching(names_publication).take(MAX_SAID).find_map(|t| read.declared("meta", t, TimeSource::Meta)));
        }
        let first = all.first()?.found.date;
        let shown = self.dates_of_page(read);
        let sure = || shown.iter().filter(|s| s.is_printed && s.span.year_printed && s.label != Label::Updated);
        if is_weak && let Some(better) = sure().find(|s| s.points >= shown::SURE) {
            let of_day = all.iter().position(|said| is_near(said.found.date, better.span.found.date));
            return of_day.map(|at| all.swap_remove(at)).or_else(|| self.said(better, read));
        }
        // Where it declares several days, that of them which readers are shown, else the first by trust.
        let several = all.iter().any(|said| !is_near(first, said.found.date));
        let shows = |said: &Said| sure().find(|s| s.points >= shown::SURE).is_some_and(|s| s.span.found.date == said.found.date);
        let at = if several { all.iter().position(shows).unwrap_or(0) } else { 0 };
        let declared = all.swap_remove(at);
        if let Some(day) = self.permalink(&declared.time, read) {
            return Some(day);
        }
        // Sites renew what they declare when they publish again: an earlier day that the article shows as its own, and no other, is that of
        // the first time.
        if shown.iter().any(|s| is_near(s.span.found.date, declared.found.date)) {
            return Some(declared);
        }
        let first = sure().filter(|s| s.points >= shown::SURE || s.label == Label::Published).find(|s| is_first_day(s, declared.found.date));
        first.and_then(|first| self.said(first, read)).or(Some(declared))
    }

    /// The day that the URL has as segments of its own, where a time is declared that is days later: sites renew what they declare when
    /// they publish again, and the URL stays.
    fn permalink(&self, declared: &PublicationTime, read: &mut Reading) -> Option<Said> {
        let text = day_in_segments(self.url?)?;
        let found = dates::find_date(&text, self.context)?;
        let day: Date = declared.value.get(..10)?.parse().ok()?;
        let time = dates::publication_time(&found, TimeSource::Url, self.context)?;
        read.candidates.push(Candidate::new("url", time.value.as_str()));
        read.clocks.days.push(found.date);
        (found.date < day && !is_near(found.date, day)).then_some(Said { found, time })
    }

    /// The date that readers see, or that of the URL: where the URL names a day, another day on the page is not the article's.
    fn shown(&self, read: &mut Reading) -> Option<Said> {
        let in_url = self.url.and_then(|url| found_in_url(url, self.context));
        let fits = |date: Date| in_url.as_ref().is_none_or(|found| found.precision != Precision::Day || is_near(found.date, date));
        let visible = self.dates_of_page(read).iter().filter(|s| fits(s.span.found.date)).find_map(|shown| {
            let said = self.said(shown, read);
            read.future |= said.is_none();
            said
        });
        let of_url = in_url.and_then(|found| Some(Said { time: dates::publication_time(&found, TimeSource::Url, self.context)?, found }));
        read.candidates.extend(of_url.as_ref().map(|said| Candidate::new("url", said.time.value.as_str())));
        visible.or(of_url)
    }

    /// The dates that readers see, the best first; each is weighed.
    fn dates_of_page(&self, read: &mut Reading) -> Vec<shown::Shown> {
        let shown = shown::dates_of(self);
        for date in &shown {
            let said = self.said(date, read);
            let value = said.as_ref().map_or_else(|| date.span.found.date.to_string(), |said| said.time.value.clone());
            read.candidates.push(Candidate { points: Some(date.points), place: self.dom.place(date.node), ..Candidate::new("visible", value) });
            if let Some(said) = &said {
                read.clock(&said.found, &said.time);
            }
            read.clocks.days.extend((date.is_printed && date.points >= shown::SURE && date.label != Label::Updated).then_some(date.span.found.date));
        }
        shown
    }

    fn said(&self, shown: &shown::Shown, read: &Reading) -> Option<Said> {
        let context = if shown.declared { &read.declared } else { self.context };
        let time = dates::publication_time(&shown.span.found, TimeSource::Visible, context)?;
        Some(Said { found: shown.span.found.clone(), time })
    }

    /// Values of an `itemprop`.
    fn microdata(&self, property: &str) -> Vec<String> {
        item_properties(self.dom, property).take(4).map(|node| self.value_of(node)).filter(|t| !t.is_empty()).collect()
    }

    /// The machine-readable value of an element, else its text.
    fn value_of(&self, node: NodeId) -> String {
        let entry = self.dom.get(node);
        let value = ["datetime", "content", "data-datetime", "data-publish-date", "data-timestamp", "data-time", "data-date"]
            .iter()
            .find_map(|a| entry.attr(a))
            .filter(|v| !v.is_empty());
        value.map_or_else(|| self.dom.text_up_to(node, 160), str::to_owned)
    }
}

/// The date that a URL names, where its day is not that of a time that the page shows: that one is then not the article's.
pub(crate) fn url_against(url: &str, shown: Option<&PublicationTime>, context: &DateContext) -> Option<PublicationTime> {
    let found = found_in_url(url, context)?;
    let shown_day = shown.map(|time| time.value.get(..10).and_then(|day| day.parse::<Date>().ok()));
    let is_better = match shown_day {
        Some(day) => found.precision == Precision::Day && !day.is_some_and(|day| is_near(day, found.date)),
        None => true,
    };
    is_better.then(|| dates::publication_time(&found, TimeSource::Url, context)).flatten()
}

fn found_in_url(url: &str, context: &DateContext) -> Option<DateFound> {
    dates::find_date(&date_in_url(url)?, context)
}

/// Whether a shown day is that of the first publication, where a later one is declared; not the declared with day and month changed about.
fn is_first_day(shown: &shown::Shown, declared: Date) -> bool {
    let day = shown.span.found.date;
    let is_swapped = Date::new(day.year(), day.day(), day.month()).is_ok_and(|swapped| swapped == declared);
    let has_year = shown.span.found.raw.contains(&day.year().to_string());
    shown.span.found.precision != Precision::Month && has_year && !shown.is_of_other && day < declared && !is_near(day, declared) && !is_swapped
}

/// Whether two days are the same but for a zone.
fn is_near(one: Date, other: Date) -> bool {
    one.until(other).is_ok_and(|span| span.get_days().abs() <= 1)
}

/// A meta key that speaks of publication, whatever the site calls it.
fn names_publication(key: &str) -> bool {
    let words = words_of(key);
    let has = |list: &[&str]| words.iter().any(|w| list.contains(&w.as_str()));
    has(&["published", "publish", "publication", "pubdate", "publishdate", "publisheddate", "date"])
        && !has(&["modified", "updated", "update", "expires", "expiration", "unpublish", "last", "event", "start", "end"])
}

/// The day in a URL's path whose parts are segments: `/2026/05/16/`.
fn day_in_segments(url: &str) -> Option<String> {
    let parsed = url::Url::parse(url).ok()?;
    let segments: Vec<&str> = parsed.path().split('/').filter(|s| !s.is_empty()).collect();
    let digits = |s: &str, lengths: std::ops::RangeInclusive<usize>| lengths.contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit());
    let window = segments.windows(3).find(|w| digits(w[0], 4..=4) && digits(w[1], 1..=2) && digits(w[2], 1..=2))?;
    date_in_url(&format!("https://x.example/{}", window.join("/")))
}

/// The date in a URL's path: `/2026/05/16/`, `/2026-05-16/`, `/20260516/`; `/2026/05/` is a month.
fn date_in_url(url: &str) -> Option<String> {
    let parsed = url::Url::parse(url).ok()?;
    let path = parsed.path();
    let year = |s: &str| s.len() == 4 && s.parse::<u16>().is_ok_and(|y| (1990..=2100).contains(&y));
    let number =
        |s: &str, max: u8| (1..=2).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit()) && s.parse::<u8>().is_ok_and(|n| (1..=max).contains(&n));
    let parts: Vec<&str> = path.split(['/', '-', '_', '.']).filter(|s| !s.is_empty()).collect();
    for window in parts.windows(3) {
        if year(window[0]) && number(window[1], 12) && number(window[2], 31) {
            return Some(format!("{}-{:0>2}-{:0>2}", window[0], window[1], window[2]));
        }
        // `29-10-2021`: the day first, where it can be no month.
        if year(window[2]) && number(window[1], 12) && number(window[0], 31) && !number(window[0], 12) {
            return Some(format!("{}-{:0>2}-{:0>2}", window[2], window[1], window[0]));
        }
    }
    for part in &parts {
        if part.len() == 8 && part.bytes().all(|b| b.is_ascii_digit()) && year(&part[..4]) && number(&part[4..6], 12) && number(&part[6..], 31) {
            return Some(format!("{}-{}-{}", &part[..4], &part[4..6], &part[6..]));
        }
    }
    let segments: Vec<&str> = path.split('/').filter(|s| !s.is_empty()).collect();
    let month = segments.windows(2).find(|w| year(w[0]) && w[1].len() == 2 && number(w[1], 12));
    month.map(|w| format!("{}-{}", w[0], w[1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_of_a_url_against_a_shown_one() {
        let context = DateContext::default();
        let shown = |text: &str| dates::publication_time(&dates::find_date(text, &context).unwrap(), TimeSource::Visible, &context).unwrap();
        let of = |url: &str, text: Option<&str>| url_against(url, text.map(shown).as_ref(), &context).map(|time| time.value);
        let url = "https://example.com/2026/05/16/story";
        assert_eq!(of(url, None).as_deref(), Some("2026-05-16"));
        assert_eq!(of(url, Some("16 May 2026, 15:38")), None);
        assert_eq!(of(url, Some("20 April 2026")).as_deref(), Some("2026-05-16"));
        assert_eq!(of("https://example.com/2026/05/story", Some("20 April 2026")), None);
        assert_eq!(of("https://example.com/story", None), None);
    }

    #[test]
    fn a_day_of_a_url_in_segments() {
        assert_eq!(day_in_segments("https://example.com/home/2017/7/12/story").as_deref(), Some("2017-07-12"));
        assert_eq!(day_in_segments("https://example.com/2023/10/3-years-later"), None);
        assert_eq!(day_in_segments("https://example.com/2023/31/12/story"), None);
    }

    #[test]
    fn dates_in_urls() {
        for (url, expected) in [
            ("https://example.com/2026/05/16/story", Some("2026-05-16")),
            ("https://example.com/news/2026-5-6-story", Some("2026-05-06")),
            ("https://example.com/20260516/story.html", Some("2026-05-16")),
            ("https://example.com/news/29-10-2021/story", Some("2021-10-29")),
            ("https://example.com/news/09-10-2021/story", None),
            ("https://example.com/2026/05/story", Some("2026-05")),
            ("https://example.com/story-20269916", None),
            ("https://example.com/1234/56/78", None),
            ("not a url", None),
        ] {
            assert_eq!(date_in_url(url).as_deref(), expected, "{url}");
        }
    }
}
