//! Authors and byline: names out of metadata and of the line that a reader sees, without "By", roles and dates.
//!
//! [`crate::parse::names`] reads texts, [`shown`] finds the visible line; this file weighs the sources against each other. Whether a name is an
//! agency's is for the table of agencies to say, not for this module.

mod shown;
mod standing;

pub use shown::Place;

use crate::parse::byline::{Linked, authors};
use crate::parse::choice::{Candidate, Choice};
use shown::{Byline, SURE};

use crate::article::parsed::Author;
use crate::parse::names;
use crate::parse::names::agencies::{is_agency, is_collective};
use crate::parse::page::dom::{Dom, collapse};
use crate::parse::page::json_ld::{Agent, JsonLd};
use crate::parse::page::meta::Meta;
use crate::text::fold;

/// Who wrote the article.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Authors {
    /// The byline as printed.
    pub byline: Option<String>,
    /// The names.
    pub authors: Vec<Author>,
}

const META_KEYS: &[&str] = &[
    "author",
    "article:author",
    "article:author_name",
    "article:authors",
    "parsely-author",
    "sailthru.author",
    "dc.creator",
    "dc.creator.author",
    "dcterms.creator",
    "byl",
    "authors",
    "author_name",
    "citation_author",
    "cxenseparse:author",
    "dcsext.author",
    "shareaholic:article_author_name",
    "og:article:author",
    "book:author",
    "creator",
    "articleauthor",
];

/// Keys of scholarly pages.
const SCHOLARS: &[&str] = &["citation_author", "citation_authors"];

/// Values of metadata that are read for authors.
const MAX_SAYING: usize = 64;

/// Chooses authors: JSON-LD, meta, the visible byline, the feed. `site` holds names of the site, which sign for nobody.
pub fn choose(dom: &Dom, meta: &Meta, ld: &JsonLd, place: Place, hints: &[String], site: &[String]) -> Choice<Authors> {
    let shown = shown::find(dom, place).filter(|b| b.signed || !b.names.iter().all(|(name, _)| names_section(name, meta, ld)));
    let said_by = |texts: &mut dyn Iterator<Item = &str>| -> Vec<Linked> { texts.take(MAX_SAYING).flat_map(names::said).map(|name| (name, None)).collect() };
    let agents = |organisations: bool| {
        let fit = ld.authors.iter().filter(move |agent| organisations || !agent.organisation);
        fit.flat_map(|agent| named(agent).into_iter().map(|name| (name, agent.url.clone())).collect::<Vec<_>>()).collect::<Vec<Linked>>()
    };
    // A scholarly page names its authors one by one; what else calls itself an author there wrote a work that it cites.
    let scholars = meta.get(SCHOLARS).is_some();
    let keys = if scholars { SCHOLARS } else { META_KEYS };
    let head = without_accounts(said_by(&mut meta.all(keys).chain(meta.label(names::is_by).filter(|_| !scholars))));
    let fed = said_by(&mut hints.iter().map(String::as_str));
    let agents = [agents(false), agents(true)];
    let candidates = said([("json_ld", &agents[1]), ("meta", &head), ("hint", &fed)], shown.as_ref(), dom);
    let found = weigh([&agents[0], &head, &fed], shown.as_ref(), &agents[1], site);
    Choice { chosen: Authors { byline: shown.map(|b| b.text), authors: authors(found) }, candidates }
}

fn said(sources: [(&'static str, &[Linked]); 3], shown: Option<&Byline>, dom: &Dom) -> Vec<Candidate> {
    let listed = |names: &[Linked]| names.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
    let said = sources.into_iter().filter(|(_, names)| !names.is_empty()).map(|(source, names)| Candidate::new(source, listed(names)));
    let line = |b: &Byline| Candidate { place: dom.place(b.node), points: Some(b.points), ..Candidate::new("byline", listed(&b.names)) };
    said.chain(shown.map(line)).collect()
}

/// The best of the sources: the first with a full name, else the first with a single name, else what signs: the site, a desk.
/// `said` are JSON-LD, meta and the feed; `agents` all of JSON-LD, organisations too.
fn weigh(said: [&[Linked]; 3], shown: Option<&Byline>, agents: &[Linked], site: &[String]) -> Vec<Linked> {
    let [structured, head, fed] = said;
    let visible = shown.map(|b| b.names.clone()).unwrap_or_default();
    let all = [structured, head, &visible, fed];
    let persons = all.map(|names| without_site(names, site));
    let grade = |names: &[Linked]| {
        let people = names.iter().map(|(name, _)| name.clone()).filter(|name| !is_collective(name) && !names::is_organisation(name) && !names::is_role(name));
        names::quality(&people.collect::<Vec<_>>())
    };
    // A line that says "by" right at the headline is what readers saw; accounts that nobody signs with stand in metadata.
    // What JSON-LD say is judged alone: meta tags that confirm the line are no ground to drop it.
    let declared = if persons[0].is_empty() { &persons[1] } else { &persons[0] };
    let same = |names: &[Linked], name: &Linked| names.iter().any(|(other, _)| fold::letters(&name.0) == fold::letters(other));
    let contradicted = |name: &Linked| !same(declared, name);
    let signs = shown.is_some_and(|b| b.points >= SURE && b.by) && grade(&persons[2]) == 2;
    if signs && persons[2].iter().all(contradicted) {
        return persons[2].clone();
    }
    // Metadata often name the first of several authors only.
    let line = shown.filter(|b| b.signed && b.points >= SURE && b.in_line > persons[0].len()).map(|b| &b.names[..b.in_line.min(b.names.len())]);
    let holds = |name: &Linked| line.unwrap_or_default().iter().any(|(other, _)| fold::letters(other) == fold::letters(&name.0));
    let is_declared = shown.is_some_and(|b| b.declared);
    let is_sure = |name: &Linked| is_declared || names::is_known(&name.0) || same(&persons[1], name) || name.1.as_deref().is_some_and(names::is_author_page);
    let more = line.is_some_and(|line| line.iter().all(is_sure)) && !persons[0].is_empty() && persons[0].iter().all(holds);
    let best = if more { Some(&persons[2]) } else { [2, 1].iter().find_map(|least| persons.iter().find(|names| grade(names) >= *least)) };
    let desk = || [agents].iter().chain(&all).find(|names| !names.is_empty()).map(|names| names.to_vec());
    let mut found = best.cloned().or_else(desk).unwrap_or_default();
    // An agency that is named as an organisation beside the people signs with them.
    found.extend(agents.iter().filter(|(name, _)| is_agency(name)).cloned());
    found
}

/// Names of metadata without accounts beside full names: "jroe77", Jane Roe.
fn without_accounts(mut names: Vec<Linked>) -> Vec<Linked> {
    let full: Vec<String> = names.iter().filter(|(name, _)| names::is_person(name, false) && name.contains(' ')).map(|(name, _)| name.clone()).collect();
    let is_account = |name: &str| {
        let folded = fold::letters(name);
        let small = !name.chars().any(char::is_uppercase) && name.chars().any(char::is_lowercase);
        let of = |other: &String| fold::letters(other) == folded || other.split_whitespace().any(|word| fold::letters(word) == folded);
        !name.contains(' ') && !is_collective(name) && (small || name.contains(['_', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']) || full.iter().any(of))
    };
    if !full.is_empty() {
        names.retain(|(name, _)| !is_account(name));
    }
    names
}

/// The names of an agent: "Roe & Poe" is one firm, but may be two people.
fn named(agent: &Agent) -> Vec<String> {
    let parts = names::said(&agent.name);
    let is_firm = agent.organisation && parts.len() > 1 && !agent.name.contains([',', ';', '/', '|']) && !parts.iter().any(|p| is_collective(p));
    if is_firm { vec![collapse(&agent.name)] } else { parts }
}

/// Whether a bare name near the headline is a section's: "Front Page".
fn names_section(name: &str, meta: &Meta, ld: &JsonLd) -> bool {
    let folded = fold::letters(name);
    let declared = meta.get(&["article:section"]).into_iter();
    declared.chain(ld.sections.iter().chain(&ld.breadcrumb).map(String::as_str)).any(|section| fold::letters(section) == folded)
}

/// The names that are not the site's.
fn without_site(names: &[Linked], site: &[String]) -> Vec<Linked> {
    names.iter().filter(|(name, _)| !is_site(name, site)).cloned().collect()
}

fn is_site(name: &str, site: &[String]) -> bool {
    let folded = fold::letters(name);
    site.iter().map(|s| fold::letters(s)).any(|s| s == folded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::page::dom::Entry;

    /// Names that are found on a page whose text is its last paragraph.
    fn of(page: &str, agents: &[(&str, bool)]) -> Vec<String> {
        placed(page, agents, |dom| {
            let node = |name: &str| dom.all().filter(|(_, n)| n.name == name).last().map_or(0, |(id, _)| id);
            let (anchor, text) = (node("h1"), node("p"));
            Place { near: (anchor.saturating_sub(20), text + 4), anchor, text: (text, dom.get(text).end) }
        })
    }

    /// The same where the text is from the first paragraph to the one of class `last`.
    fn of_long(page: &str) -> Vec<String> {
        placed(page, &[], |dom| {
            let node = |fits: &dyn Fn(&Entry) -> bool| dom.all().find(|(_, n)| fits(n)).map_or(0, |(id, _)| id);
            let (anchor, first, last) = (node(&|n| n.name == "h1"), node(&|n| n.name == "p"), node(&|n| n.attr("class") == Some("last")));
            Place { near: (anchor.saturating_sub(20), first + 4), anchor, text: (first, dom.get(last).end) }
        })
    }

    fn placed(page: &str, agents: &[(&str, bool)], place: impl Fn(&Dom) -> Place) -> Vec<String> {
        let arena = bumpalo::Bump::new();
        let dom = Dom::parse(page, &arena);
        let place = place(&dom);
        let ld = JsonLd {
            authors: agents.iter().map(|(name, organisation)| Agent { name: (*name).into(), url: None, organisation: *organisation }).collect(),
            ..JsonLd::default()
        };
        let found = choose(&dom, &Meta::read(&dom), &ld, place, &[], &["The Example Times".into(), "example.example".into()]);
        found.chosen.authors.into_iter().map(|a| a.name).collect()
    }

    #[test]
    fn a_person_who_signs_outranks_the_site_and_its_accounts() {
        let page = "<h1>Rain</h1><div class=byline>By <a href=/author/jane>Jane Roe</a> and <a href=/author/max>Max Poe</a></div><p>It rained.</p>";
        for agents in [vec![], vec![("The Example Times", false)], vec![("example.example", true)], vec![("jroe", false)], vec![("Example Media", true)]] {
            assert_eq!(of(page, &agents), ["Jane Roe", "Max Poe"], "{agents:?}");
        }
        assert_eq!(of("<h1>Rain</h1><p>It rained.</p>", &[("The Example Times", true)]), ["The Example Times"]);
        assert_eq!(of(page, &[("Jane Roe", false)]), ["Jane Roe", "Max Poe"]);
    }

    #[test]
    fn a_texts_own_line_outranks_the_account_that_posted_it() {
        let page = "<h1>Rain</h1><span class=author>Max Poe</span><p>By Jane Roe</p>";
        assert_eq!(of(page, &[("Max Poe", false)]), ["Jane Roe"]);
    }

    #[test]
    fn a_line_completes_what_metadata_say() {
        let page = "<h1>Rain</h1><div class=byline>By Jane Roe and Anna Poe</div><p>It rained.</p>";
        assert_eq!(of(page, &[("Jane Roe", false)]), ["Jane Roe", "Anna Poe"]);
        let page = "<h1>Rain</h1><div class=author>Jane</div><p>It rained.</p><p>Written by Jane Roe</p>";
        assert_eq!(of(page, &[]), ["Jane Roe"]);
    }

    #[test]
    fn a_line_that_signs_outranks_an_account_that_metadata_name() {
        let page = "<meta name='parsely-author' content='Jane Roe'><h1>Rain</h1><div>By Jane Roe</div><p>It rained.</p>";
        assert_eq!(of(page, &[("Ann Poster", false)]), ["Jane Roe"]);
        assert_eq!(of(page, &[("Jane Roe", false), ("Max Poe", false)]), ["Jane Roe", "Max Poe"]);
        let page = "<h1>Rain</h1><dl><dt>Auteur</dt><dd><a href=/staff/j>Jeanne Roe</a></dd></dl><p>It rained.</p>";
        assert_eq!(of(page, &[("Ann Poster", false)]), ["Jeanne Roe"]);
        let page = "<h1>Rain</h1><div class=author>Jane Roe</div><p>It rained.</p>";
        for desk in ["Online Editor", "Example Publishing", "newsdesk"] {
            assert_eq!(of(page, &[(desk, false)]), ["Jane Roe"], "{desk}");
        }
    }

    #[test]
    fn elements_that_commas_part_are_one_line() {
        for line in [
            "<a rel=author href=/j>Jane Roe</a> <a rel=author href=/m>Max Poe</a>",
            "<a href=/author/j>Jane Roe</a><span>, </span><a href=/author/m>Max Poe</a>",
            "<a href=/author/j>Jane Roe</a> and <a href=/author/m>Max Poe</a>",
        ] {
            assert_eq!(of(&format!("<h1>Rain</h1><div>{line}</div><p>It rained.</p>"), &[("Jane Roe", false)]), ["Jane Roe", "Max Poe"], "{line}");
        }
    }

    #[test]
    fn accounts_and_scholars_of_meta() {
        let written = "<meta name='twitter:label1' content='Written by'><meta name='twitter:data1' content='Jane Roe'>";
        for account in ["jroe77", "riverwriter", "JaneRoe"] {
            let page = format!("<meta property='article:author' content='{account}'>{written}<h1>Rain</h1><p>It rained.</p>");
            assert_eq!(of(&page, &[]), ["Jane Roe"], "{account}");
        }
        let page = "<meta name=citation_authors content='Roe, Jane'><meta name=citation_authors content='Poe, Max'><meta name=DC.Creator content='Jane Roe'>";
        assert_eq!(of(&format!("{page}<h1>Rain</h1><p>It rained.</p>"), &[]), ["Jane Roe", "Max Poe"]);
    }

    #[test]
    fn a_signature_below_a_long_text() {
        let text = "<p>The council has voted <b>today</b> to build a bridge over the river.</p>".repeat(60);
        for (line, expected) in [
            ("<p>(Jane Roe)</p>", vec!["Jane Roe"]),
            ("<p>– Jane Roe</p>", vec!["Jane Roe"]),
            ("<p>Autoren Jelko Roe und Jutta Poe</p>", vec!["Jelko Roe", "Jutta Poe"]),
            ("<div class=post-footer><span class=vcard>Posted by Jane Roe</span></div>", vec!["Jane Roe"]),
            ("<div class=author-bio><h3>Martin Roe</h3><p>Martin writes about bridges.</p></div>", vec!["Martin Roe"]),
            ("<ul class=tags><li><a href=/topic/jane-roe>Jane Roe</a></li></ul>", vec![]),
            ("<div><a href=/jane-roe>Jane Roe</a></div>", vec![]),
            ("<div class=tags><b>Contributors:</b> Jane Roe</div>", vec!["Jane Roe"]),
        ] {
            assert_eq!(of_long(&format!("<h1>Rain</h1>{text}<p class=last>It rained.</p>{line}")), expected, "{line}");
        }
    }

    #[test]
    fn a_headline_and_its_subject_sign_nothing() {
        assert_eq!(of("<h1>Von Regeln, Streit und ganz normalem Brot</h1><p>Es regnet.</p>", &[]), [""; 0]);
        assert_eq!(of("<h1>Jane Roe wins</h1><div>Jane Roe</div><p>It rained.</p>", &[]), [""; 0]);
        assert_eq!(of("<h1>Jane Roe wins</h1><div>By Jane Roe</div><p>It rained.</p>", &[]), ["Jane Roe"]);
    }

    #[test]
    fn a_section_signs_nothing_and_a_company_after_people() {
        let page = "<meta property='article:section' content='Front Page'><h1>Rain</h1><div>Front Page</div><div>May 2, 2026</div><p>It rained.</p>";
        assert_eq!(of(page, &[]), [""; 0]);
        assert_eq!(of("<h1>Rain</h1><p>It rained.</p>", &[("Roe & Poe", true)]), ["Roe & Poe"]);
        assert_eq!(of("<h1>Rain</h1><p>It rained.</p>", &[("Roe & Poe", false)]), ["Roe", "Poe"]);
        let page = "<h1>Rain</h1><p>It rained.</p><div>Autorin: Jana Müller</div>";
        assert_eq!(of(page, &[("Acme Example Ltd", false)]), ["Jana Müller"]);
    }

    #[test]
    fn an_agency_signs_beside_people_and_a_desk_is_no_agency() {
        assert_eq!(of("<h1>Rain</h1><p>It rained.</p>", &[("Jane Roe", false), ("Reuters", true)]), ["Jane Roe", "Reuters"]);
        let found = authors(vec![("Reuters".into(), None), ("News Desk".into(), None)]);
        assert_eq!(found.iter().map(|a| a.is_agency).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn bylines_in_many_forms() {
        for (line, expected) in [
            ("<span class=author>Jane Roe</span><span class=date>2 May 2026</span>", vec!["Jane Roe"]),
            ("<div class=meta>Posted on May 2, 2026 by Jane Roe</div>", vec!["Jane Roe"]),
            ("<div class=post-author><b>Written by</b><div>Jane Roe</div><div>Political Correspondent</div></div>", vec!["Jane Roe"]),
            ("<ul><li rel=author>Jane Roe</li><li rel=author>Max Poe</li></ul>", vec!["Jane Roe", "Max Poe"]),
            ("<div>Von Jana Müller, Oslo</div>", vec!["Jana Müller"]),
            ("<div class=byline>Text: Jana Müller, <span>Fotos:</span> <span>Max Poe</span></div>", vec!["Jana Müller"]),
            ("<div>Par <strong>Jeanne Dupont</strong></div>", vec!["Jeanne Dupont"]),
            ("<div class=autor>Автор: Иван Иванов</div>", vec!["Иван Иванов"]),
            ("<div>02.05.2026 - Anna Example</div>", vec!["Anna Example"]),
            ("<span class=author>jane_r</span>", vec!["jane_r"]),
            ("<span>Sehrnaz Kuyumca |</span> <span>02.05.2026 - 10:00</span>", vec!["Sehrnaz Kuyumca"]),
            ("<span>Sehrnaz Kuyumca</span> <span>Oslo</span>", vec![]),
            ("<div class=author-box>Read more articles</div>", vec![]),
            ("<p>By <strong>Jane Roe</strong> and <b>Max Poe</b></p>", vec!["Jane Roe", "Max Poe"]),
            ("<p>Jane Roe | Senior Writer | July 2, 2026</p>", vec!["Jane Roe"]),
            ("<h6>Author(s)</h6><ul><li><a href=/j>Jane A. Roe</a></li><li><a href=/m>Max Poe</a></li></ul>", vec!["Jane A. Roe", "Max Poe"]),
            ("<span class=author>Redaktion</span>", vec!["Redaktion"]),
            ("<span itemprop=author>Ask the Gardeners</span>", vec!["Ask the Gardeners"]),
            ("<ul><li><a>Redaktion</a></li><li><a>Blogs</a></li></ul>", vec![]),
            ("<figure><figcaption><span class=byline>Jane Roe</span></figcaption></figure>", vec![]),
            ("<div>The council of the old town has heard of <a>Jane Roe</a> and of her plan for a bridge.</div>", vec![]),
            ("<div>Reviewed by Jane Roe</div>", vec![]),
            ("<ul><li><a href='#jane-roe'>Jane Roe</a></li></ul>", vec![]),
            ("<div class=author>Jana Müller, Online-Redaktion</div>", vec!["Jana Müller"]),
            ("<div class=byline>Medically reviewed by <a>Max Poe</a> — Written by <a>Jane Roe</a></div>", vec!["Jane Roe"]),
            ("<div class=byline>Medically reviewed by Max Poe — Written by Jane Roe</div>", vec!["Jane Roe"]),
            ("<div class=byline>By <a>Jane Roe</a> <b>Tested by</b> <a>Anna Poe</a> and <a>Max Poe</a></div>", vec!["Jane Roe"]),
            ("<div class=byline><span>Reviewed by</span> <a>Max Poe</a> <span>Written by</span> <a>Jane Roe</a></div>", vec!["Jane Roe"]),
            ("<div>12 May 2026 Jane Roe</div>", vec!["Jane Roe"]),
            ("<div>Jane Roe, Oslo, 12.05.2026</div>", vec!["Jane Roe"]),
            ("<div>Jane Roe / Max Poe</div>", vec!["Jane Roe", "Max Poe"]),
            ("<div>Jane Roe and Max Poe</div>", vec!["Jane Roe", "Max Poe"]),
            ("<div>Autor: <a href=/x>Rechtsanwalt</a> Max Poe</div>", vec!["Max Poe"]),
            ("<div class=author-date>公開日：<time>2026年3月2日</time> 更新日：<time>2026年3月4日</time></div>", vec![]),
            ("<p>01. Robert Roe<br>02. Max Poe<br>03. Jane Roe</p>", vec![]),
            ("<div><a href=/topic/robert-roe>Robert Roe</a></div>", vec![]),
            ("<div class=teaser-small__metadata><span>By Jane Roe</span> <time>2026-05-02</time></div>", vec!["Jane Roe"]),
            ("<div class=comments><span class=author>Jane Roe</span></div>", vec![]),
        ] {
            assert_eq!(of(&format!("<h1>Rain</h1>{line}<p>It rained.</p>"), &[]), expected, "{line}");
        }
    }
}
