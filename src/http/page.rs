//! The status page: plain files, compiled in. It loads nothing from elsewhere, and its policy forbids it to.
//!
//! What it shows was written by anybody: the scripts put it into the page as text, and no policy here may be loosened to let markup in.

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// Own scripts, own styles, own requests; no frames, no forms, nothing inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// Path, media type and text of each file. The first is the page.
pub(super) const FILES: [(&str, &str, &str); 11] = [
    ("/", HTML, include_str!("page/index.html")),
    ("/page/page.css", CSS, include_str!("page/page.css")),
    ("/page/cards.css", CSS, include_str!("page/cards.css")),
    ("/page/page.js", SCRIPT, include_str!("page/page.js")),
    ("/page/flow.js", SCRIPT, include_str!("page/flow.js")),
    ("/page/cards.js", SCRIPT, include_str!("page/cards.js")),
    ("/page/reader.js", SCRIPT, include_str!("page/reader.js")),
    ("/page/words.js", SCRIPT, include_str!("page/words.js")),
    ("/page/dom.js", SCRIPT, include_str!("page/dom.js")),
    ("/page/theme.js", SCRIPT, include_str!("page/theme.js")),
    ("/page/icon.svg", SVG, include_str!("page/icon.svg")),
];

/// The answer with one of the files.
pub(super) fn answer(media_type: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    (headers, text).into_response()
}
