//! Why a page was read as it was, for a person at a terminal: fields with their sources, then blocks or lines with their fate.

use std::io::Write;

use anstyle::Style;
use copydesk::parse::explain::{Explanation, Field, Part};
use copydesk::text::terminal::printable;

use super::pretty::{BAD, DIM, GOOD, Pretty, STRONG};

/// Characters of a source's or a block's text that are shown.
const SHOWN: usize = 100;

/// Prints an explanation below its event. What a page that can't be read says of itself is in the event already.
pub fn print(pretty: Pretty, out: &mut impl Write, explanation: &Explanation) -> std::io::Result<()> {
    if explanation.parts.is_empty() {
        return Ok(());
    }
    for field in explanation.fields.iter().filter(|field| field.chosen.is_some() || !field.candidates.is_empty()) {
        print_field(pretty, out, field)?;
    }
    let kept = explanation.parts.iter().filter(|part| part.kept).count();
    writeln!(out, "{}", pretty.styled(STRONG, &format!("{kept} of {} parts of the page are text", explanation.parts.len())))?;
    explanation.parts.iter().try_for_each(|part| print_part(pretty, out, part))?;
    writeln!(out)
}

fn print_field(pretty: Pretty, out: &mut impl Write, field: &Field) -> std::io::Result<()> {
    let chosen = field.chosen.as_deref().map_or_else(|| "nothing".to_owned(), shown);
    writeln!(out, "{} {}", pretty.styled(STRONG, &format!("{:<11}", field.name)), pretty.styled(STRONG, &chosen))?;
    for candidate in &field.candidates {
        let (mark, style) = if field.agrees(candidate) { ("✓", GOOD) } else { ("·", DIM) };
        let source = pretty.styled(DIM, &format!("{:<14}", candidate.source));
        write!(out, "            {} {source} {}", pretty.styled(style, mark), shown(&candidate.value))?;
        let points = candidate.points.map(|points| points.to_string());
        let place = Some(printable(&candidate.place, ' ').into_owned()).filter(|place| !place.is_empty());
        let beside: Vec<String> = points.into_iter().chain(place).collect();
        if beside.is_empty() { writeln!(out) } else { writeln!(out, "  {}", pretty.styled(DIM, &format!("({})", beside.join(", ")))) }?;
    }
    Ok(())
}

fn print_part(pretty: Pretty, out: &mut impl Write, part: &Part) -> std::io::Result<()> {
    let (mark, style, text) = if part.kept { ("+", GOOD, Style::new()) } else { ("-", BAD, DIM) };
    writeln!(out, "{} {}", pretty.styled(style, mark), pretty.styled(text, &shown(&part.text)))?;
    let (place, why) = (printable(&part.place, ' '), printable(&part.why, ' '));
    let why: Vec<&str> = [&*place, &*why].into_iter().filter(|text| !text.is_empty()).collect();
    if why.is_empty() { Ok(()) } else { writeln!(out, "    {}", pretty.styled(DIM, &why.join(": "))) }
}

/// The beginning of a text on one line.
fn shown(text: &str) -> String {
    let text = printable(text, ' ');
    match text.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{} …", text[..cut].trim_end()),
        None => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use copydesk::parse::choice::Candidate;

    use super::*;

    #[test]
    fn an_explanation_is_printed() {
        let explanation = Explanation {
            fields: vec![
                Field {
                    name: "headline",
                    chosen: Some("Ferry back".into()),
                    candidates: vec![
                        Candidate { points: Some(110), place: "main > h1".into(), ..Candidate::new("h1", "Ferry back") },
                        Candidate::new("title", "Ferry \u{1b}[1mback | N"),
                    ],
                },
                Field { name: "section", chosen: None, candidates: Vec::new() },
            ],
            parts: vec![
                Part { kept: true, why: "trees +1.20".into(), place: "div.story > p".into(), text: "The ferry is back.".into() },
                Part { kept: false, why: "a menu".into(), place: String::new(), text: "Home".into() },
            ],
        };
        let mut out = Vec::new();
        print(Pretty { colour: false, whole_text: true }, &mut out, &explanation).unwrap();
        let lines = [
            "headline    Ferry back",
            "            ✓ h1             Ferry back  (110, main > h1)",
            "            · title          Ferry \\u{1b}[1mback | N",
            "1 of 2 parts of the page are text",
            "+ The ferry is back.",
            "    div.story > p: trees +1.20",
            "- Home",
            "    a menu",
            "\n",
        ];
        assert_eq!(String::from_utf8(out).unwrap(), lines.join("\n"));
    }
}
