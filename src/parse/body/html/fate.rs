//! The fate of each block of a page, for a person: kept or not, and why.

use crate::article::parsed::Extractor;
use crate::parse::body::html::blocks::Block;
use crate::parse::body::html::{Body, Proposal, Scope};
use crate::parse::explain::{Part, odds};
use crate::parse::page::classes::Kind;
use crate::parse::page::dom::Dom;
use crate::text::fold;

/// The fates of the blocks, in their order.
pub fn of_blocks(dom: &Dom, proposal: &Proposal, body: &Body, headline: Option<&str>, scope: &Scope) -> Vec<Part> {
    let by_json_ld = body.extractor == Some(Extractor::JsonLd);
    let by_rule = body.extractor == Some(Extractor::SiteRule);
    let part = |(index, block): (usize, &Block)| {
        let kept = body.kept.contains(&index);
        let score = proposal.scores.get(index).copied().flatten();
        let dropped = scope.dropped.iter().any(|node| dom.holds(*node, block.first));
        let mut reasons = Vec::new();
        if by_rule && kept {
            reasons.push("named by the site's rule".to_owned());
        } else if by_json_ld {
            reasons.push("JSON-LD's articleBody is the text".to_owned());
        } else if !kept {
            reasons.push(why_not(proposal, body, index, headline, dropped).to_owned());
        }
        if block.supported {
            reasons.push("in JSON-LD's articleBody".to_owned());
        }
        if let Some(kind) = block.cut {
            reasons.push(format!("marked as {}", name_of(kind)));
        }
        if proposal.kept.contains(&index) != kept {
            reasons.push(if kept { "the rules alone would drop it" } else { "the rules alone would keep it" }.to_owned());
        }
        reasons.extend(score.map(odds));
        reasons.retain(|reason| !reason.is_empty());
        Part { kept: kept && !by_json_ld, why: reasons.join(", "), place: dom.place(block.node), text: block.text.clone() }
    };
    proposal.blocks.iter().enumerate().map(part).collect()
}

fn why_not(proposal: &Proposal, body: &Body, index: usize, headline: Option<&str>, dropped: bool) -> &'static str {
    let text = fold::letters(&proposal.blocks[index].text);
    let above = |other: &usize| *other < index && fold::letters(&proposal.blocks[*other].text) == text;
    if headline.is_some_and(|headline| fold::letters(headline) == text) {
        "the headline"
    } else if dropped {
        "dropped by the site's rule"
    } else if body.kept.iter().any(above) {
        "stands above already"
    } else if proposal.scores.get(index).copied().flatten().is_some_and(|score| score >= 0) {
        "of another article, or not of the text that JSON-LD gives"
    } else {
        ""
    }
}

fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Comments => "comments",
        Kind::Related => "links to other articles",
        Kind::Share => "buttons to share",
        Kind::Newsletter => "a newsletter or appeal",
        Kind::Advert => "an advertisement",
        Kind::Navigation => "a menu",
        Kind::Footer => "a footer",
        Kind::Sidebar => "a column beside the text",
        Kind::Author => "a note on the author",
        Kind::Tags => "tags",
        Kind::Cookie => "a cookie notice",
        Kind::Paywall => "a paywall",
        Kind::Credit => "a picture's credit",
        Kind::Caption => "a caption",
        Kind::Meta => "byline or date",
        Kind::Media => "a player or gallery",
        Kind::Hidden => "hidden from readers",
        Kind::Quote => "a sentence shown again",
        Kind::Body => "the text",
    }
}
