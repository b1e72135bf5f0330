//! What the guard knows of element names: which content is dropped, which elements end others, which names are renamed.
//!
//! After the optional-tags and special-element rules of the WHATWG HTML standard (sections 13.1.2 and 13.2.4), simplified: what the guard hands on
//! is balanced, so the table of nodes that is made of it never has to repair anything.

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
    #![allow(missing_docs, reason = "each is named after its element")]
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

macro_rules! attributes {
    ($($name:literal)*) => {
        /// The name of an attribute that is kept, in lower case; `None` for the rest, and with it goes what event handlers and
        /// inlined images weigh.
        pub fn attribute(name: &[u8]) -> Option<&'static str> {
            let mut lower = [0; 24];
            let lower = lower.get_mut(..name.len())?;
            lower.copy_from_slice(name);
            lower.make_ascii_lowercase();
            match std::str::from_utf8(lower).ok()? {
                $($name => Some($name),)*
                _ => None,
            }
        }
    };
}

attributes! {
    "class"
    "id"
    "href"
    "src"
    "srcset"
    "content"
    "property"
    "name"
    "itemprop"
    "itemtype"
    "itemscope"
    "itemid"
    "rel"
    "type"
    "datetime"
    "pubdate"
    "role"
    "lang"
    "http-equiv"
    "alt"
    "title"
    "width"
    "height"
    "style"
    "hidden"
    "aria-hidden"
    "aria-label"
    "data-src"
    "data-original"
    "data-lazy-src"
    "data-srcset"
    "data-testid"
    "data-component"
    "data-component-name"
    "data-module"
    "data-type"
    "data-qa"
    "data-test-id"
    "data-name"
    "data-datetime"
    "data-time"
    "data-timestamp"
    "data-publish-date"
    "data-date"
}
