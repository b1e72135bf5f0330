//! Pictures, videos and links of the article, with absolute URLs.

use std::collections::HashSet;

use url::Url;

use crate::article::parsed::{Image, Link, Video};
use crate::parse::page::classes::Kind;
use crate::parse::page::dom::{Dom, NodeId, Places};
use crate::parse::page::json_ld::{JsonLd, Picture};
use crate::parse::page::meta::Meta;
use crate::text::url::registrable_domain;

const MAX_IMAGES: usize = 40;
const MAX_VIDEOS: usize = 20;
/// Players that are looked at for videos.
const MAX_PLAYERS: usize = 1000;
const MAX_LINKS: usize = 300;
const MAX_CAPTION_CHARS: usize = 1000;

/// Pictures: the lead first, then those in the text.
pub fn images(dom: &Dom, meta: &Meta, ld: &JsonLd, root: NodeId, base: Option<&Url>) -> Vec<Image> {
    let mut out: Vec<Image> = Vec::new();
    let number = |key: &str| meta.get(&[key]).and_then(|v| v.trim().trim_end_matches("px").parse().ok());
    let social = meta.get(&["og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src"]).map(|url| Picture {
        url: url.to_owned(),
        width: number("og:image:width"),
        height: number("og:image:height"),
        ..Picture::default()
    });
    let figures = figures(dom, root);
    for picture in ld.images.iter().take(4).cloned().chain(social).chain(figures) {
        let Some(url) = absolute(&picture.url, base) else { continue };
        let known = out.iter().position(|i| key_of(&i.url) == key_of(&url));
        match known {
            Some(at) => {
                let known = &mut out[at];
                known.caption = known.caption.take().or(picture.caption);
                known.credit = known.credit.take().or(picture.credit);
                known.width = known.width.or(picture.width);
                known.height = known.height.or(picture.height);
            }
            None if out.len() < MAX_IMAGES => {
                let is_lead = out.is_empty();
                let caption = picture.caption.map(|caption| caption.chars().take(MAX_CAPTION_CHARS).collect());
                out.push(Image { url, width: picture.width, height: picture.height, caption, credit: picture.credit, is_lead });
            }
            None => {}
        }
    }
    out
}

/// Servers send one picture in many sizes: the last part of its path names it.
fn key_of(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let name = path.rsplit('/').next().unwrap_or(path);
    if name.len() >= 12 { name } else { path }
}

/// Figures within the text's container and right above it.
fn figures(dom: &Dom, root: NodeId) -> Vec<Picture> {
    let mut out = Vec::new();
    let images = Places::of(dom, |entry| entry.name == "img");
    let from = dom.get(root).parent;
    let mut node = from + 1;
    while node < dom.get(from).end && out.len() < MAX_IMAGES {
        let entry = dom.get(node);
        let found = entry.evidence;
        let outside = [Kind::Related, Kind::Advert, Kind::Author, Kind::Sidebar, Kind::Comments, Kind::Footer, Kind::Navigation];
        if matches!(entry.name, "aside" | "footer" | "nav") || (!dom.holds(node, root) && outside.iter().any(|k| found.has(*k))) {
            node = entry.end;
            continue;
        }
        let is_figure = entry.name == "figure" || (found.has(Kind::Caption) && images.stand_in(dom, node));
        if is_figure {
            out.extend(figure(dom, node));
            node = entry.end;
            continue;
        }
        if entry.name == "img" && dom.holds(root, node) {
            out.extend(image(dom, node).filter(|p| p.width.is_none_or(|w| w >= 200)));
        }
        node += 1;
    }
    out
}

fn figure(dom: &Dom, node: NodeId) -> Option<Picture> {
    let (img, _) = dom.elements(node).find(|(_, n)| n.name == "img")?;
    let mut picture = image(dom, img)?;
    let credit = dom.elements(node).find(|(_, n)| n.evidence.has(Kind::Credit) && n.name != "img").map(|(id, _)| dom.text_up_to(id, 400));
    let caption = dom
        .elements(node)
        .find(|(_, n)| n.name == "figcaption" || (n.evidence.has(Kind::Caption) && n.name != "img"))
        .map(|(id, _)| dom.text_up_to(id, 4 * MAX_CAPTION_CHARS));
    picture.credit = credit.filter(|c| !c.is_empty());
    picture.caption = caption
        .map(|c| match &picture.credit {
            Some(credit) => c.replace(credit.as_str(), "").trim().to_owned(),
            None => c,
        })
        .map(|c| c.chars().take(MAX_CAPTION_CHARS).collect::<String>())
        .filter(|c| !c.is_empty());
    Some(picture)
}

fn image(dom: &Dom, node: NodeId) -> Option<Picture> {
    let entry = dom.get(node);
    let url = ["data-src", "data-original", "data-lazy-src", "src"].iter().find_map(|a| entry.attr(a)).filter(|u| !u.is_empty()).map(str::to_owned).or_else(
        || {
            let sources = entry.attr("srcset").or(entry.attr("data-srcset"))?;
            sources.split(',').next_back()?.split_ascii_whitespace().next().map(str::to_owned)
        },
    )?;
    let pixels = |name: &str| entry.attr(name).and_then(|v| v.trim_end_matches("px").parse().ok());
    Some(Picture { url, width: pixels("width"), height: pixels("height"), caption: None, credit: None })
}

/// Videos: of JSON-LD, of the head, of players in the text.
pub fn videos(dom: &Dom, meta: &Meta, ld: &JsonLd, root: NodeId, base: Option<&Url>) -> Vec<Video> {
    let players =
        dom.elements(root).filter(|(_, n)| matches!(n.name, "x-embed" | "x-video" | "x-source")).filter_map(|(_, n)| n.attr("src").or(n.attr("data-src")));
    let hosts = ["youtube.com", "youtube-nocookie.com", "youtu.be", "vimeo.com", "dailymotion.com", "jwplatform.com", "brightcove.net", "rutube.ru", "vk.com"];
    let is_video = |url: &&str| {
        let path = url.split('?').next().unwrap_or_default().to_ascii_lowercase();
        [".mp4", ".m3u8", ".webm", ".mov"].iter().any(|e| path.ends_with(e))
            || registrable_domain(url.trim_start_matches("//")).is_some_and(|d| hosts.contains(&d.as_str()))
    };
    let social = meta.get(&["og:video:secure_url", "og:video:url", "og:video"]);
    let urls = ld.videos.iter().map(String::as_str).chain(social).chain(players.take(MAX_PLAYERS).filter(is_video));
    let mut seen = HashSet::new();
    urls.filter_map(|u| absolute(u, base)).filter(|u| seen.insert(u.clone())).take(MAX_VIDEOS).map(|url| Video { url }).collect()
}

/// Links in the kept paragraphs.
pub fn links(dom: &Dom, ranges: &[(NodeId, NodeId)], base: Option<&Url>, domain: Option<&str>) -> Vec<Link> {
    let mut out = Vec::new();
    let mut seen = HashSet::new();
    for (from, to) in ranges {
        // A link that begins before the paragraph's first text may hold it.
        let holder = dom.ancestors(*from).take(4).filter(|(_, n)| n.name == "a").map(|(id, _)| id);
        for node in holder.chain(*from..*to) {
            let entry = dom.get(node);
            if entry.name != "a" || out.len() >= MAX_LINKS {
                continue;
            }
            let Some(url) = entry.attr("href").filter(|h| !h.starts_with('#')).and_then(|h| absolute(h, base)) else { continue };
            if !seen.insert((url.clone(), node)) {
                continue;
            }
            let anchor = Some(dom.text_up_to(node, 600)).filter(|t| !t.is_empty());
            let internal = domain.is_some() && registrable_domain(&url).as_deref() == domain;
            out.push(Link { url, anchor, internal });
        }
    }
    out
}

/// An absolute http(s) URL.
pub fn absolute(text: &str, base: Option<&Url>) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || text.len() > 4096 {
        return None;
    }
    let url = match base {
        Some(base) => base.join(text).ok()?,
        None => Url::parse(&if text.starts_with("//") { format!("https:{text}") } else { text.to_owned() }).ok()?,
    };
    (matches!(url.scheme(), "http" | "https") && url.host().is_some()).then(|| url.into())
}
