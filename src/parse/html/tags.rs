//! What the guard knows of element names: which content is dropped, which elements end others, which names are renamed.
//!
//! After the optional-tags and special-element rules of the WHATWG HTML standard (sections 13.1.2 and 13.2.4), simplified: the guard's output is
//! balanced, so the parser behind it never has to repair anything.

/// What the guard does with an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// A container that ends an open paragraph.
    Block,
    /// A container within a paragraph.
    Inline,
    /// No content.
    Void,
    /// The tag goes, its content stays.
    Unwrap,
    /// The element goes with all its content.
    Drop,
    /// Like `Drop`; what is inside is raw text that ends at its end tag only.
    DropRaw,
    /// `script`: dropped, or set aside if it is JSON-LD.
    Script,
    /// `title`: character data only.
    Title,
}

/// An element name as the guard sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag {
    /// What is done with it.
    pub treatment: Treatment,
    /// The name that is written; empty: as it stands.
    pub name: &'static str,
    /// A small number by which open elements are compared; 0 for names the table does not hold.
    pub id: u8,
}

macro_rules! table {
    ($($id:literal $from:literal $treatment:ident $to:literal)*) => {
        /// The treatment of a lower-case element name.
        pub fn tag(name: &[u8]) -> Tag {
            let text = std::str::from_utf8(name).unwrap_or_default();
            match text {
                $($from => Tag { treatment: Treatment::$treatment, name: $to, id: $id },)*
                _ => Tag { treatment: Treatment::Inline, name: "", id: 0 },
            }
        }
    };
}

/// Ids that rules refer to.
pub mod id {
    #![allow(missing_docs)]
    pub const P: u8 = 1;
    pub const LI: u8 = 2;
    pub const DT: u8 = 3;
    pub const DD: u8 = 4;
    pub const TABLE: u8 = 5;
    pub const TBODY: u8 = 6;
    pub const TR: u8 = 7;
    pub const TD: u8 = 8;
    pub const CAPTION: u8 = 9;
    pub const A: u8 = 10;
    pub const HEADING: std::ops::RangeInclusive<u8> = 11..=16;
    pub const LIST: std::ops::RangeInclusive<u8> = 17..=18;
    pub const BUTTON: u8 = 19;
    pub const COUNT: usize = 80;
}

table! {
    1 "p" Block "p"
    2 "li" Block "li"
    3 "dt" Block "dt"
    4 "dd" Block "dd"
    5 "table" Block "table"
    6 "tbody" Block "tbody"
    6 "thead" Block "tbody"
    6 "tfoot" Block "tbody"
    7 "tr" Block "tr"
    8 "td" Block "td"
    8 "th" Block "th"
    9 "caption" Block "caption"
    10 "a" Inline "a"
    11 "h1" Block "h1"
    12 "h2" Block "h2"
    13 "h3" Block "h3"
    14 "h4" Block "h4"
    15 "h5" Block "h5"
    16 "h6" Block "h6"
    17 "ul" Block "ul"
    18 "ol" Block "ol"
    17 "menu" Block "ul"
    17 "dir" Block "ul"
    20 "div" Block "div"
    21 "article" Block "article"
    22 "section" Block "section"
    23 "main" Block "main"
    24 "aside" Block "aside"
    25 "header" Block "header"
    26 "footer" Block "footer"
    27 "nav" Block "nav"
    28 "figure" Block "figure"
    29 "figcaption" Block "figcaption"
    30 "blockquote" Block "blockquote"
    31 "address" Block "address"
    32 "dl" Block "dl"
    33 "form" Block "x-form"
    34 "fieldset" Block "div"
    35 "center" Block "div"
    36 "details" Block "details"
    37 "summary" Block "summary"
    38 "hgroup" Block "div"
    39 "search" Block "x-form"
    40 "pre" Block "pre"
    40 "listing" Block "pre"
    40 "xmp" Block "pre"
    41 "plaintext" Block "div"
    42 "dialog" Block "dialog"
    43 "legend" Block "div"
    44 "marquee" Block "div"
    45 "frameset" Unwrap ""
    45 "noframes" Unwrap ""
    45 "noembed" Unwrap ""
    45 "html" Unwrap ""
    45 "head" Unwrap ""
    45 "colgroup" Unwrap ""
    45 "col" Unwrap ""
    45 "wbr" Unwrap ""
    45 "input" Unwrap ""
    45 "param" Unwrap ""
    45 "track" Unwrap ""
    45 "area" Unwrap ""
    45 "map" Unwrap ""
    45 "frame" Unwrap ""
    45 "keygen" Unwrap ""
    45 "basefont" Unwrap ""
    45 "bgsound" Unwrap ""
    45 "object" Unwrap ""
    45 "applet" Unwrap ""
    46 "span" Inline "span"
    47 "font" Inline "span"
    48 "i" Inline "x-i"
    49 "em" Inline "x-i"
    50 "small" Inline "span"
    51 "u" Inline "span"
    52 "big" Inline "span"
    53 "s" Inline "span"
    54 "strike" Inline "span"
    55 "tt" Inline "span"
    56 "code" Inline "span"
    57 "nobr" Inline "span"
    58 "b" Inline "x-b"
    59 "strong" Inline "x-b"
    60 "math" Inline "x-math"
    61 "ruby" Inline "span"
    62 "rb" Unwrap ""
    62 "rtc" Unwrap ""
    63 "rt" Drop ""
    64 "rp" Drop ""
    65 "label" Inline "label"
    66 "time" Inline "time"
    67 "video" Block "x-video"
    67 "audio" Block "x-video"
    68 "picture" Inline "span"
    69 "body" Unwrap ""
    70 "meta" Void "meta"
    70 "link" Void "link"
    70 "base" Void "base"
    70 "img" Void "img"
    70 "image" Void "img"
    70 "br" Void "br"
    70 "hr" Void "hr"
    70 "source" Void "x-source"
    70 "embed" Void "x-embed"
    71 "select" Drop ""
    71 "datalist" Drop ""
    72 "svg" Drop ""
    73 "template" Drop ""
    74 "canvas" Drop ""
    75 "noscript" Drop ""
    19 "button" Drop ""
    76 "textarea" DropRaw ""
    77 "style" DropRaw ""
    78 "iframe" DropRaw "x-embed"
    79 "script" Script ""
    79 "title" Title ""
}

/// Borders that an end tag does not look past.
pub fn is_barrier(id: u8) -> bool {
    matches!(id, id::TABLE | id::TD | id::CAPTION)
}

/// Attributes that are kept. The rest goes, and with it what event handlers and inlined images weigh.
pub fn keeps_attribute(name: &[u8]) -> bool {
    matches!(
        name,
        b"class"
            | b"id"
            | b"href"
            | b"src"
            | b"srcset"
            | b"content"
            | b"property"
            | b"name"
            | b"itemprop"
            | b"itemtype"
            | b"itemscope"
            | b"itemid"
            | b"rel"
            | b"type"
            | b"datetime"
            | b"pubdate"
            | b"role"
            | b"lang"
            | b"http-equiv"
            | b"alt"
            | b"title"
            | b"width"
            | b"height"
            | b"style"
            | b"hidden"
            | b"aria-hidden"
            | b"aria-label"
            | b"data-src"
            | b"data-original"
            | b"data-lazy-src"
            | b"data-srcset"
            | b"data-testid"
            | b"data-component"
            | b"data-component-name"
            | b"data-module"
            | b"data-type"
            | b"data-qa"
            | b"data-test-id"
            | b"data-name"
            | b"data-datetime"
            | b"data-time"
            | b"data-timestamp"
            | b"data-publish-date"
            | b"data-date"
    )
}
