//! Plain pages made of a true text: what small sites and tests have, and none of the labelled collections.

/// Pages of the text, with little or nothing around it.
pub fn pages(title: &str, truth: &str) -> Vec<String> {
    let lines: Vec<String> = truth.split('\n').map(str::trim).filter(|l| !l.is_empty()).map(escape).collect();
    let title = escape(title);
    let few = &lines[..lines.len().min(2 + truth.len() % 4)];
    let paragraphs = |lines: &[String]| lines.iter().map(|l| format!("<p>{l}</p>\n")).collect::<String>();
    let head = format!("<!doctype html><html><head><title>{title}</title></head><body>");
    let menu = "<nav><ul><li><a href=/>Home</a></li><li><a href=/w>World</a></li><li><a href=/s>Sport</a></li></ul></nav>";
    let footer = "<footer><p>© 2026 The Example. All rights reserved.</p><a href=/imprint>Imprint</a></footer>";
    let related = "<section class=related><h2>Related articles</h2><ul><li><a href=/b>Another headline of the same day and town</a></li>\
        <li><a href=/c>A third one that a reader may want to see as well</a></li></ul></section>";
    vec![
        format!("{head}<article><h1>{title}</h1>\n{}</article></body></html>", paragraphs(&lines)),
        format!("{head}<h1>{title}</h1>\n{}</body></html>", paragraphs(few)),
        format!("{head}{menu}<main><h1>{title}</h1><p class=byline>By Jane Roe</p>\n<div>{}</div>{related}</main>{footer}</body></html>", paragraphs(few)),
        format!("{head}{menu}<h1>{title}</h1>\n<div>{}</div>{footer}</body></html>", few.join("<br><br>")),
    ]
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
