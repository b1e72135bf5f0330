//! Codes of languages and scripts: from the detector's own to ISO 639 and ISO 15924; the two forms of Han.
//!
//! Tables in code, since they follow the detector's enumerations. Decides nothing.

use whatlang::{Lang, Script};

/// Whether a script (ISO 15924) is that of one language, which a few letters tell.
pub(super) fn single_language_script(script: &str) -> bool {
    matches!(script, "Jpan" | "Kore" | "Grek" | "Geor" | "Armn" | "Thai" | "Hans" | "Hant" | "Khmr" | "Mymr")
}

/// ISO 15924. Han is told apart by letters that only one of its forms has.
pub(super) fn script_of(script: Script, sample: &str) -> &'static str {
    match script {
        Script::Latin => "Latn",
        Script::Cyrillic => "Cyrl",
        Script::Arabic => "Arab",
        Script::Devanagari => "Deva",
        Script::Hiragana | Script::Katakana => "Jpan",
        Script::Ethiopic => "Ethi",
        Script::Hebrew => "Hebr",
        Script::Bengali => "Beng",
        Script::Georgian => "Geor",
        Script::Mandarin if has_kana(sample) => "Jpan",
        Script::Mandarin => han_form(sample),
        Script::Hangul => "Kore",
        Script::Greek => "Grek",
        Script::Kannada => "Knda",
        Script::Tamil => "Taml",
        Script::Thai => "Thai",
        Script::Gujarati => "Gujr",
        Script::Gurmukhi => "Guru",
        Script::Telugu => "Telu",
        Script::Malayalam => "Mlym",
        Script::Oriya => "Orya",
        Script::Myanmar => "Mymr",
        Script::Sinhala => "Sinh",
        Script::Khmer => "Khmr",
        Script::Armenian => "Armn",
    }
}

/// Japanese may have more Han than kana; Chinese has none, but for a name now and then.
fn has_kana(sample: &str) -> bool {
    let kana = sample.chars().filter(|c| matches!(c, '\u{3041}'..='\u{30ff}')).count();
    kana * 10 > sample.chars().filter(|c| matches!(c, '\u{4e00}'..='\u{9fff}')).count()
}

fn han_form(sample: &str) -> &'static str {
    const SIMPLIFIED: &str = "们这说国会对时个来为发经过还没问关东车门见马长书电话学习让觉总统战机场";
    const TRADITIONAL: &str = "們這說國會對時個來為發經過還沒問關東車門見馬長書電話學習讓覺總統戰機場";
    let (mut simplified, mut traditional) = (0usize, 0usize);
    for c in sample.chars() {
        let (in_simplified, in_traditional) = (SIMPLIFIED.contains(c), TRADITIONAL.contains(c));
        simplified += usize::from(in_simplified && !in_traditional);
        traditional += usize::from(in_traditional && !in_simplified);
    }
    match simplified.cmp(&traditional) {
        std::cmp::Ordering::Greater => "Hans",
        std::cmp::Ordering::Less => "Hant",
        std::cmp::Ordering::Equal => "Hani",
    }
}

/// ISO 639-1 where there is one.
pub(super) fn code_of(lang: Lang) -> &'static str {
    match lang {
        Lang::Epo => "eo",
        Lang::Eng => "en",
        Lang::Rus => "ru",
        Lang::Cmn => "zh",
        Lang::Spa => "es",
        Lang::Por => "pt",
        Lang::Ita => "it",
        Lang::Ben => "bn",
        Lang::Fra => "fr",
        Lang::Deu => "de",
        Lang::Ukr => "uk",
        Lang::Kat => "ka",
        Lang::Ara => "ar",
        Lang::Hin => "hi",
        Lang::Jpn => "ja",
        Lang::Heb => "he",
        Lang::Yid => "yi",
        Lang::Pol => "pl",
        Lang::Amh => "am",
        Lang::Jav => "jv",
        Lang::Kor => "ko",
        Lang::Nob => "nb",
        Lang::Dan => "da",
        Lang::Swe => "sv",
        Lang::Fin => "fi",
        Lang::Tur => "tr",
        Lang::Nld => "nl",
        Lang::Hun => "hu",
        Lang::Ces => "cs",
        Lang::Ell => "el",
        Lang::Bul => "bg",
        Lang::Bel => "be",
        Lang::Mar => "mr",
        Lang::Kan => "kn",
        Lang::Ron => "ro",
        Lang::Slv => "sl",
        Lang::Hrv => "hr",
        Lang::Srp => "sr",
        Lang::Mkd => "mk",
        Lang::Lit => "lt",
        Lang::Lav => "lv",
        Lang::Est => "et",
        Lang::Tam => "ta",
        Lang::Vie => "vi",
        Lang::Urd => "ur",
        Lang::Tha => "th",
        Lang::Guj => "gu",
        Lang::Uzb => "uz",
        Lang::Pan => "pa",
        Lang::Aze => "az",
        Lang::Ind => "id",
        Lang::Tel => "te",
        Lang::Pes => "fa",
        Lang::Mal => "ml",
        Lang::Ori => "or",
        Lang::Mya => "my",
        Lang::Nep => "ne",
        Lang::Sin => "si",
        Lang::Khm => "km",
        Lang::Tuk => "tk",
        Lang::Aka => "ak",
        Lang::Zul => "zu",
        Lang::Sna => "sn",
        Lang::Afr => "af",
        Lang::Lat => "la",
        Lang::Slk => "sk",
        Lang::Cat => "ca",
        Lang::Tgl => "tl",
        Lang::Hye => "hy",
        Lang::Cym => "cy",
    }
}
