//! The headline: what the page's visible heading, its metadata and its title agree on, without the site's name.

mod shown;

use crate::parse::choice::{Candidate, Choice};
use crate::parse::page::dom::{Dom, collapse};
use crate::parse::page::json_ld::JsonLd;
use crate::parse::page::meta::Meta;
use crate::parse::page::unescape::unescape;
use crate::text::fold;
use crate::text::script::runs_on;
use shown::{MAX_CHARS, Spoken, heading_text};

/// Headlines of a page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Headlines {
    /// The best.
    pub headline: Option<String>,
    /// Others, by weight.
    pub alternatives: Vec<String>,
}

/// A wording of the headline, whoever says it.
struct Wording {
    text: String,
    folded: String,
    weight: u32,
}

/// What the sources say, and the wordings that come of it.
struct Weighed<'a> {
    site: &'a [String],
    wordings: Vec<Wording>,
    /// Each with its folded text.
    said: Vec<(Candidate, String)>,
}

impl Weighed<'_> {
    fn add(&mut self, source: &'static str, text: Option<String>, weight: u32) {
        // What was escaped once too often shows its references: "Roe &#x26; Poe".
        let text = text.map(|t| if t.contains('&') && t.contains(';') { unescape(&t) } else { t });
        let Some(text) = text.map(|t| without_site(&collapse(&t), self.site)).filter(|t| !t.is_empty() && t.chars().count() <= MAX_CHARS) else { return };
        let folded = fold::letters(&text);
        self.said.push((Candidate::new(source, text.as_str()), folded.clone()));
        // A site's name is nobody's headline.
        if folded.is_empty() || self.site.iter().any(|name| fold::letters(name) == folded) {
            return;
        }
        match self.wordings.iter_mut().find(|w| w.folded == folded) {
            Some(known) => {
                known.weight += weight;
                // One and the same in two ways: "Kicker: headline" is better than "Kicker - headline".
                if text.contains(": ") && !known.text.contains(": ") {
                    known.text = text;
                }
            }
            None => self.wordings.push(Wording { text, folded, weight }),
        }
    }

    /// Each source with the weight of its wording, and the wordings, the heaviest first.
    fn settle(mut self) -> (Vec<Candidate>, impl Iterator<Item = String>) {
        for (candidate, folded) in &mut self.said {
            let wording = self.wordings.iter().find(|w| w.folded == *folded);
            candidate.points = wording.and_then(|w| i32::try_from(w.weight).ok());
            candidate.value = wording.map_or_else(|| std::mem::take(&mut candidate.value), |w| w.text.clone());
        }
        self.wordings.sort_by_key(|w| std::cmp::Reverse(w.weight));
        (self.said.into_iter().map(|(candidate, _)| candidate).collect(), self.wordings.into_iter().map(|w| w.text))
    }
}

/// Chooses the headline. `site` holds names of the site: publisher, `og:site_name`, domain.
pub fn choose(dom: &Dom, meta: &Meta, ld: &JsonLd, site: &[String], hint: Option<&str>) -> Choice<Headlines> {
    let social = meta.get(&["og:title"]).map(str::to_owned);
    let structured = ld.headline.clone().filter(|_| ld.has_article);
    let other = meta.get(&["parsely-title", "sailthru.title", "dc.title", "dcterms.title", "dcsext.articletitle", "headline"]).map(str::to_owned);
    let card = meta.get(&["twitter:title"]).map(str::to_owned);
    let item = item_headline(dom);
    let bare = |title: &String| fold::letters(&without_site(&collapse(title), site));
    let stated: Vec<String> = [&social, &structured, &other, &card].into_iter().flatten().map(bare).collect();
    let titles = stated.iter().cloned().chain(item.as_ref().map(bare)).collect();
    let whole = meta.title.as_deref().unwrap_or_default();
    let social_title = social.as_ref().map(bare);
    let spoken = Spoken {
        titles,
        stated,
        structured: structured.as_ref().map(bare),
        social: social_title,
        whole: fold::letters(whole),
        bare: fold::letters(&without_site(whole, site)),
    };
    let shown = shown::find(dom, &spoken, site);
    let site: Vec<String> = site.iter().cloned().chain(shown.site).collect();
    let site = site.as_slice();
    let mut weighed = Weighed { site, wordings: Vec::new(), said: Vec::new() };
    let kicked = shown.part.is_some();
    let declared = social.as_deref().map(|t| fold::letters(&without_site(&collapse(t), site)));
    let mut heading = String::new();
    if let Some((text, weight)) = shown.headline {
        heading = fold::letters(shown.part.as_ref().unwrap_or(&text));
        weighed.add(shown.source, Some(text), if kicked { 10 } else { weight });
        weighed.add(shown.source, shown.part, weight);
    }
    weighed.add("json_ld", structured, 30);
    weighed.add("json_ld", ld.headline.clone().filter(|_| !ld.has_article), 6);
    weighed.add("og:title", social, 28);
    weighed.add("meta", other, 12);
    weighed.add("itemprop", item, 20);
    weighed.add("twitter:title", card, 10);
    weighed.add("title", meta.title.clone().map(|t| without_site_of_title(&t, site)), 14);
    weighed.add("hint", hint.map(str::to_owned), 8);
    let wordings = &mut weighed.wordings;
    if let Some(agreed) = declared.as_ref().filter(|d| spoken.structured.as_ref() == Some(*d) && spoken.bare == **d) {
        prefer_agreed(wordings, agreed, &heading);
    }
    support_each_other(wordings);
    prefer_without_kicker(wordings, &heading, declared.as_deref());
    prefer_without_tail(wordings, &heading, declared.as_deref());
    if !kicked {
        add_kickers(wordings, &heading, declared.as_deref().filter(|d| spoken.structured.as_deref() == Some(*d)), site);
    }
    let (mut candidates, mut texts) = weighed.settle();
    candidates.extend(shown.others);
    Choice { chosen: Headlines { headline: texts.next(), alternatives: texts.take(4).collect() }.with(&ld.alternative), candidates }
}

/// JSON-LD, `og:title` and the title of one mind outweigh a heading that is the same but for a word.
fn prefer_agreed(wordings: &mut [Wording], agreed: &str, heading: &str) {
    const ENOUGH: u32 = 10;
    /// Of a hundred of its longer words, in both directions.
    const ALIKE: usize = 90;
    let Some(shown) = wordings.iter().find(|w| w.folded == heading).map(|w| w.text.clone()) else { return };
    for wording in wordings.iter_mut().filter(|w| w.folded == agreed) {
        let alike = shown::common_words(&wording.text, heading).min(shown::common_words(&shown, agreed));
        wording.weight += if alike >= ALIKE { ENOUGH } else { 0 };
    }
}

/// One that is the end or the start of another speaks for it as well: kickers and colons come and go.
fn support_each_other(wordings: &mut [Wording]) {
    for at in 0..wordings.len() {
        let own = &wordings[at].folded;
        let others = wordings.iter().enumerate().filter(|(other, w)| *other != at && own.chars().count() >= 15 && w.folded.contains(own.as_str()));
        let support: u32 = others.map(|(_, w)| w.weight / 3).sum();
        wordings[at].weight += support;
    }
}

/// Where `og:title` is the end of the shown heading, the rest is a kicker that the page sets into it.
fn prefer_without_kicker(wordings: &mut [Wording], heading: &str, declared: Option<&str>) {
    const SHORTEST: usize = 15;
    let Some(declared) = declared.filter(|d| d.len() >= SHORTEST && d.len() < heading.len() && heading.ends_with(d)) else { return };
    let most = wordings.iter().map(|w| w.weight).max().unwrap_or(0);
    for wording in wordings.iter_mut().filter(|w| w.folded == declared) {
        wording.weight = most + 1;
    }
}

/// Where `og:title` is the shown heading but for a last part behind a bar, that part is a site's or a section's name.
fn prefer_without_tail(wordings: &mut [Wording], heading: &str, declared: Option<&str>) {
    const SHORTEST: usize = 15;
    let Some(declared) = declared.filter(|d| d.len() >= SHORTEST && d.len() < heading.len() && heading.starts_with(d)) else { return };
    let barred = wordings.iter().find(|w| w.folded == heading).and_then(|w| w.text.rsplit_once(" | ")).is_some_and(|(head, _)| fold::letters(head) == declared);
    let most = wordings.iter().map(|w| w.weight).max().unwrap_or(0);
    for wording in wordings.iter_mut().filter(|w| barred && w.folded == declared) {
        wording.weight = most + 1;
    }
}

/// A kicker before the shown heading belongs to the headline where JSON-LD and `og:title` both have it (`agreed`); a subtitle behind it, perhaps.
fn add_kickers(wordings: &mut [Wording], heading: &str, agreed: Option<&str>, site: &[String]) {
    const SEVERAL: u32 = 40;
    const SHORTEST: usize = 10;
    if heading.chars().count() < SHORTEST {
        return;
    }
    for wording in wordings.iter_mut().filter(|w| w.weight >= SEVERAL && w.folded.len() > heading.len()) {
        let Some((before, _)) = wording.text.split_once(": ") else { continue };
        if Some(wording.folded.as_str()) == agreed && wording.folded.ends_with(heading) && !names_site(before, site) {
            wording.weight += 120;
        } else if wording.folded.starts_with(heading) {
            wording.weight += 40;
        }
    }
}

impl Headlines {
    fn with(mut self, more: &[String]) -> Headlines {
        for text in more {
            let known = self.headline.iter().chain(&self.alternatives).any(|t| fold::letters(t) == fold::letters(text));
            if !known && self.alternatives.len() < 6 && text.chars().count() <= MAX_CHARS {
                self.alternatives.push(text.clone());
            }
        }
        self
    }
}

fn item_headline(dom: &Dom) -> Option<String> {
    let node = crate::parse::page::meta::item_properties(dom, "headline").next()?;
    Some(heading_text(dom, node)).filter(|t| !t.is_empty())
}

const SEPARATORS: [&str; 14] = [" | ", " - ", " – ", " — ", " :: ", " » ", " « ", " · ", " • ", " / ", " › ", "| ", " : ", "｜"];

/// A headline without the site's name at either end.
fn without_site(text: &str, site: &[String]) -> String {
    let mut text = text.to_owned();
    for _ in 0..3 {
        let before = text.len();
        for separator in SEPARATORS {
            if let Some((head, tail)) = text.rsplit_once(separator)
                && names_site(tail, site)
                && !head.trim().is_empty()
            {
                text = head.trim().to_owned();
                break;
            }
            // A headline may begin with the words of a site's name: only the name itself is taken off.
            if let Some((head, tail)) = text.split_once(separator)
                && is_site(head, site)
                && tail.trim().chars().count() >= 10
            {
                text = tail.trim().to_owned();
                break;
            }
        }
        // Scripts without spaces part the site's name with a mark alone.
        if let Some((head, tail)) = text.rsplit_once(['-', '_', '|', '—'])
            && head.ends_with(|c: char| !c.is_ascii())
            && tail.starts_with(runs_on)
            && tail.chars().count() * 2 <= head.chars().count()
            && tail.chars().count() <= 8
        {
            text = head.trim().to_owned();
        }
        if text.len() == before {
            break;
        }
    }
    text
}

/// A title also loses a last part that is short, even if it is not known to be the site's name: sections and slogans stand there.
fn without_site_of_title(text: &str, site: &[String]) -> String {
    let text = without_site(text, site);
    let last = |text: &str, separator: &str| {
        let (head, tail) = text.rsplit_once(separator)?;
        let (long, short) = (head.chars().count(), tail.chars().count());
        (long >= 25 && short * 3 < long && tail.split_whitespace().count() <= 4).then(|| head.trim().to_owned())
    };
    for separator in [" | ", " - ", " – ", " — ", " :: ", " » ", "｜"] {
        let Some(mut head) = last(&text, separator) else { continue };
        // "Headline | iPhone | Forum": bars set off one section after the other.
        while let Some(shorter) = last(&head, " | ") {
            head = shorter;
        }
        return head;
    }
    text
}

/// Whether a part of a title is just the site's name.
fn is_site(part: &str, site: &[String]) -> bool {
    let bare = |text: &str| fold::letters(text).trim_start_matches("the").to_owned();
    let part = bare(part);
    !part.is_empty() && site.iter().any(|name| bare(name) == part)
}

/// Whether a part of a title is the site's name: the same, or one that holds the other.
fn names_site(part: &str, site: &[String]) -> bool {
    let part = fold::letters(part);
    if part.is_empty() || part.chars().count() > 60 {
        return false;
    }
    site.iter().map(|name| fold::letters(name)).filter(|name| !name.is_empty()).any(|name| {
        let bare = name.strip_prefix("the").unwrap_or(&name).to_owned();
        let own = part.strip_prefix("the").unwrap_or(&part);
        own == bare
            || (bare.chars().count() >= 3 && own.starts_with(&bare) && own.chars().count() <= bare.chars().count() + 12)
            || (own.chars().count() >= 4 && bare.contains(own))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(page: &str) -> Headlines {
        with(page, &JsonLd::default())
    }

    fn with(page: &str, ld: &JsonLd) -> Headlines {
        let arena = bumpalo::Bump::new();
        let dom = Dom::parse(page, &arena);
        let meta = Meta::read(&dom);
        choose(&dom, &meta, ld, &["The Example Times".into(), "example".into()], None).chosen
    }

    #[test]
    fn the_site_name_is_taken_off() {
        let found =
            of("<title>Council votes for bridge - Politics | The Example Times</title><h1><span class=kicker>Politics</span>Council votes for bridge</h1>");
        assert_eq!(found.headline.as_deref(), Some("Council votes for bridge"));
        let found = of("<meta property='og:title' content='Example: a story of a word that long was lost'><title>Example</title>");
        assert_eq!(found.headline.as_deref(), Some("Example: a story of a word that long was lost"));
        assert_eq!(of("<title>The Example Times</title><h1>The Example Times</h1>").headline, None);
    }

    #[test]
    fn the_confirmed_heading_wins() {
        let found = of(
            "<h1>The Example Times</h1><h1>Rain floods the old town</h1><title>Rain floods the old town | Example</title><meta property='og:title' content='Flood!'>",
        );
        assert_eq!(found.headline.as_deref(), Some("Rain floods the old town"));
        assert_eq!(found.alternatives, ["Flood!"]);
    }

    #[test]
    fn a_kicker_that_several_sources_set_belongs_to_the_headline() {
        let head = "<title>River: Rain floods the old town</title><meta property='og:title' content='River: Rain floods the old town'>";
        let (page, kicked) = (format!("{head}<h1>Rain floods the old town</h1>"), "River: Rain floods the old town");
        let ld = |headline: &str| JsonLd { headline: Some(headline.into()), has_article: true, ..JsonLd::default() };
        assert_eq!(with(&page, &ld(kicked)).headline.as_deref(), Some(kicked));
        assert_eq!(with(&page, &ld("Rain floods the old town")).headline.as_deref(), Some("Rain floods the old town"));
        assert_eq!(of(&page).headline.as_deref(), Some("Rain floods the old town"));
        let found = of("<meta property='og:title' content='Rain floods the old town'><h1>Weather Rain floods the old town</h1>");
        assert_eq!(found.headline.as_deref(), Some("Rain floods the old town"));
        let found = of("<title>The Example Times: Rain floods the old town</title><h1>Rain floods the old town</h1>");
        assert_eq!(found.headline.as_deref(), Some("Rain floods the old town"));
    }

    #[test]
    fn a_kicker_in_its_own_element_and_a_tail_behind_a_bar_go() {
        let found =
            of("<meta property='og:title' content='Building a better worm box'><h1><span class=roofline>Worm box</span> Building a better worm box</h1>");
        assert_eq!(found.headline.as_deref(), Some("Building a better worm box"));
        let found = of("<meta property='og:title' content='What nobody wants to hear'><h1>What nobody wants to hear | OTHER.EXAMPLE</h1>");
        assert_eq!(found.headline.as_deref(), Some("What nobody wants to hear"));
        let found = of("<title>Why does my shop no longer work with this? | Phones | Forum | The Example Times</title>");
        assert_eq!(found.headline.as_deref(), Some("Why does my shop no longer work with this?"));
    }

    #[test]
    fn a_word_of_the_title_is_no_headline_and_a_kicker_without_json_ld_is_no_part_of_it() {
        let found = of("<title>Magazine | Books | Of floods and fires in the old town</title><h1>Books</h1><h2>Of floods and fires in the old town</h2>");
        assert_eq!(found.headline.as_deref(), Some("Of floods and fires in the old town"));
        let found = of(
            "<meta property='og:title' content='The old river: Rain floods the old town'><title>The old river: Rain floods the old town</title><meta name=dc.title content='The old river - Rain floods the old town'><h2><span class=kicker>The old river</span> <span itemprop=headline>Rain floods the old town</span></h2>",
        );
        assert_eq!(found.headline.as_deref(), Some("Rain floods the old town"));
    }

    #[test]
    fn a_crumb_a_part_of_the_text_and_what_follows_it_are_no_headline() {
        let og = |title: &str| format!("<title>{title}</title><meta property='og:title' content='{title}'>");
        let page = format!(
            "{}<ul><li><a href=/river>River</a></li><li><h1>River: all on the ferry strike</h1></li></ul><h2><span class=kicker>River</span> Ferry strike ends after nine days</h2>",
            og("Ferry strike ends after nine days")
        );
        let ld = JsonLd { headline: Some("River: all on the ferry strike".into()), has_article: true, ..JsonLd::default() };
        assert_eq!(with(&page, &ld).headline.as_deref(), Some("Ferry strike ends after nine days"));
        let loaf = "Yeast, heat and patience: what a loaf needs in the oven";
        let page = format!("{}<h1>{loaf}</h1><p>Bread.</p><h2>Why bread rises</h2><p>Yeast.</p>", og("Why bread rises - the long answer"));
        let found = of(&page);
        assert_eq!((found.headline.as_deref(), found.alternatives[0].as_str()), (Some("Why bread rises - the long answer"), loaf));
        let text = "The council met for hours. ".repeat(40);
        let page = format!("{}<h1>The bridge is open</h1><p>{text}</p><h1>More from the region</h1>", og("Bridge: all you need to know"));
        assert_eq!(of(&page).headline.as_deref(), Some("The bridge is open"));
        let title = "Council votes for the bridge";
        let page =
            format!("<title>{title} | River Website</title><meta property='og:title' content='{title}'><h1>Contact Us</h1><h1>Return to River Website</h1>");
        assert_eq!(of(&page).headline.as_deref(), Some(title));
    }

    #[test]
    fn only_the_sites_name_itself_is_taken_off_the_front_and_references_are_read() {
        let arena = bumpalo::Bump::new();
        let page = "<title>Old bridges – advice for every town</title><h1>Old bridges – advice for every town</h1>";
        let dom = Dom::parse(page, &arena);
        let found = choose(&dom, &Meta::read(&dom), &JsonLd::default(), &["oldbridges24.com".into(), "oldbridges24".into()], None).chosen;
        assert_eq!(found.headline.as_deref(), Some("Old bridges – advice for every town"));
        assert_eq!(of("<h1>Roe &amp;#x26; Poe build the bridge</h1>").headline.as_deref(), Some("Roe & Poe build the bridge"));
    }

    #[test]
    fn a_site_name_behind_a_bare_mark_goes_where_scripts_set_no_spaces() {
        assert_eq!(of("<title>老城区昨夜遭遇洪水居民撤离-某某网</title>").headline.as_deref(), Some("老城区昨夜遭遇洪水居民撤离"));
    }
}
