//! The language of a text: told by the text itself (trigrams, letters, frequent words), by the page's declaration where the
//! text is short or the languages are close, by the publisher's country where nothing else tells them apart.
//!
//! Pure: a function of its arguments and `config/languages.tsv`. Never guesses where there are no letters.

use std::collections::HashMap;
use std::sync::OnceLock;

use whatlang::Lang;

use crate::article::parsed::Language;
use crate::text::tables::{LANGUAGES, rows};

use super::scripts::{code_of, script_of, single_language_script};

/// Letters from which on the text is believed over what the page declares.
const TRUSTED_LETTERS: usize = 200;
/// Scalar values of a text that are looked at.
const SAMPLE_CHARS: usize = 3_000;
/// Letters below which an undeclared text has no language, unless its script has one only.
const LEAST_LETTERS: usize = 12;

/// What `config/languages.tsv` says.
#[derive(Default)]
struct Hints {
    /// Letter to the language that alone has it.
    letters: HashMap<char, &'static str>,
    /// Language to its words.
    words: HashMap<&'static str, Vec<&'static str>>,
    /// Close languages.
    groups: Vec<Vec<&'static str>>,
    /// Country to languages of a group.
    countries: HashMap<&'static str, Vec<&'static str>>,
    /// Script to the languages written in it; Latin is left out.
    scripts: HashMap<&'static str, Vec<&'static str>>,
    /// Languages that are not written in Latin letters.
    not_latin: Vec<&'static str>,
}

fn hints() -> &'static Hints {
    static HINTS: OnceLock<Hints> = OnceLock::new();
    HINTS.get_or_init(|| {
        let mut hints = Hints::default();
        for row in rows(LANGUAGES) {
            let [kind, language, items] = row[..] else { continue };
            match kind {
                "letters" => {
                    for letter in items.split('|').filter_map(|item| item.chars().next()) {
                        hints.letters.insert(letter, language);
                    }
                }
                "words" => {
                    hints.words.insert(language, items.split('|').collect());
                }
                "script" => {
                    hints.scripts.insert(language, items.split('|').collect());
                }
                "not latin" => hints.not_latin.extend(items.split('|')),
                "group" => hints.groups.push(language.split(',').collect()),
                "country" => {
                    for country in items.split('|') {
                        hints.countries.entry(country).or_default().push(language);
                    }
                }
                _ => {}
            }
        }
        hints
    })
}

/// What the text alone says.
struct Detected {
    code: &'static str,
    script: &'static str,
    /// 0 to 100.
    confidence: u32,
}

/// The language of `text`. `declared` is what the page or the envelope says (`pt-BR`, `en_US`), `country` the publisher's
/// (ISO 3166-1 alpha-2).
pub fn language(text: &str, declared: Option<&str>, country: Option<&str>) -> Option<Language> {
    let sample = sample(text);
    let letters = sample.chars().filter(|c| c.is_alphabetic()).count();
    let declared = declared.and_then(normalize_tag);
    let declared_base = declared.as_deref().map(base);
    let detected = detect(&sample, letters, country);
    let (code, confidence) = match (&detected, declared_base) {
        (None, None) => return None,
        (None, Some(base)) => (base.to_owned(), 50),
        (Some(found), None) => {
            if letters < LEAST_LETTERS && !single_language_script(found.script) {
                return None;
            }
            (found.code.to_owned(), gate(found.confidence, letters))
        }
        (Some(found), Some(base)) => fuse(found, base, letters),
    };
    let script = detected.as_ref().map(|found| found.script.to_owned()).filter(|script| !script.is_empty());
    Some(Language { code, confidence: confidence as f32 / 100.0, declared, script })
}

/// Of a text's own language and the declared one.
fn fuse(found: &Detected, declared: &str, letters: usize) -> (String, u32) {
    if same_language(found.code, declared) {
        return (declared.to_owned(), found.confidence.max(95));
    }
    let close = hints().groups.iter().any(|g| g.contains(&found.code) && g.contains(&declared));
    if close && found.confidence < 90 {
        return (declared.to_owned(), 80);
    }
    let plausible = script_may_write(found.script, declared);
    if plausible && letters < TRUSTED_LETTERS {
        return (declared.to_owned(), 60);
    }
    if plausible && !is_detectable(declared) && found.confidence < 60 {
        return (declared.to_owned(), 60);
    }
    (found.code.to_owned(), gate(found.confidence, letters))
}

/// A short text is less sure, whatever the trigrams say.
fn gate(confidence: u32, letters: usize) -> u32 {
    let ceiling = match letters {
        0..20 => 40,
        20..60 => 70,
        60..200 => 90,
        _ => 99,
    };
    confidence.min(ceiling)
}

/// The beginning of a text without addresses, cut at a character.
fn sample(text: &str) -> String {
    let mut out = String::with_capacity(SAMPLE_CHARS.min(text.len()) + 8);
    let mut chars = 0;
    for word in text.split_whitespace() {
        if word.contains("://") || word.starts_with("www.") || word.starts_with('@') || word.starts_with('#') {
            continue;
        }
        for c in word.chars() {
            // The blank after a word may have been the last.
            if chars >= SAMPLE_CHARS {
                return out;
            }
            out.push(c);
            chars += 1;
        }
        out.push(' ');
        chars += 1;
    }
    out
}

fn detect(sample: &str, letters: usize, country: Option<&str>) -> Option<Detected> {
    if letters == 0 {
        return None;
    }
    let info = whatlang::detect(sample)?;
    let mut code = code_of(info.lang());
    let mut confidence = (info.confidence() * 100.0).round() as u32;
    let script = script_of(info.script(), sample);
    if let Some(by_letters) = by_letters(sample, script) {
        (code, confidence) = (by_letters, confidence.max(90));
    }
    if script == "Cyrl" && confidence < 60 {
        code = plain_cyrillic(sample, code);
    }
    if script == "Latn" && confidence < 90 {
        (code, confidence) = by_votes(sample, code, confidence);
    }
    if let Some((by_words, sure)) = by_words(sample, code, script, country) {
        (code, confidence) = (by_words, if sure { confidence.max(90) } else { confidence.min(70) });
    }
    Some(Detected { code, script, confidence })
}

/// Letters that one language alone has. Two per cent of the script's letters must be of the kind, or one in a short text.
fn by_letters(sample: &str, script: &str) -> Option<&'static str> {
    let mut counts: Vec<(&'static str, usize)> = Vec::new();
    let mut total = 0;
    let (mut e_diaeresis, mut c_cedilla, mut latin_letters) = (0, 0, 0);
    for c in sample.chars().flat_map(char::to_lowercase) {
        match c {
            'ë' => e_diaeresis += 1,
            'ç' => c_cedilla += 1,
            _ => {}
        }
        latin_letters += usize::from(c.is_alphabetic());
        if ('\u{400}'..'\u{530}').contains(&c) {
            total += 1;
            if let Some(language) = hints().letters.get(&c) {
                match counts.iter_mut().find(|(name, _)| name == language) {
                    Some((_, n)) => *n += 1,
                    None => counts.push((language, 1)),
                }
            }
        }
    }
    if script == "Latn" {
        // Albanian has ë in every third word; French, Dutch and Luxembourgish seldom.
        let albanian = e_diaeresis * 100 >= latin_letters * 5 && (c_cedilla > 0 || latin_letters < 300) && latin_letters >= 60;
        return albanian.then_some("sq");
    }
    if script != "Cyrl" || total == 0 {
        return None;
    }
    let count = |code: &str| counts.iter().find(|(name, _)| *name == code).map_or(0, |(_, n)| *n);
    // Kazakh and its neighbours also write ы and э: their own letters outweigh those.
    let order = ["kk", "tt", "mn", "be", "mk", "sr", "uk", "ru"];
    order.into_iter().filter(|code| count(code) * 200 >= total).max_by_key(|code| {
        let weight = match *code {
            "ru" => 1,
            "kk" | "tt" | "mn" => 8,
            _ => 4,
        };
        count(code) * weight
    })
}

/// Ukrainian and Belarusian have an і in every tenth word, Bulgarian its own small words: a short text without either that the
/// trigrams are not sure of is Russian.
fn plain_cyrillic(sample: &str, code: &'static str) -> &'static str {
    let lower = sample.to_lowercase();
    let has_i = lower.contains(['і', 'ї', 'є', 'ў']);
    let bulgarian = || {
        let known = hints().words.get("bg");
        lower.split(|c: char| !c.is_alphabetic()).any(|word| known.is_some_and(|words| words.contains(&word)))
    };
    match code {
        "uk" | "be" if !has_i => "ru",
        "bg" | "mk" if !bulgarian() => "ru",
        _ => code,
    }
}

/// Frequent words of the languages in Latin letters, against the trigrams' verdict: short texts have few trigrams, but
/// mostly an article or a preposition. A word that several languages share counts less for each.
fn by_votes(sample: &str, code: &'static str, confidence: u32) -> (&'static str, u32) {
    /// The votes of a word, shared by the languages that have it.
    const WORD: usize = 12;
    /// The votes of a letter that one language has, once.
    const LETTER: usize = 10;
    const VOTERS: [&str; 24] =
        ["en", "de", "fr", "es", "it", "pt", "nl", "pl", "sv", "nb", "da", "fi", "hu", "ro", "tr", "cs", "sk", "ca", "hr", "sl", "lt", "lv", "et", "vi"];
    let lower = sample.to_lowercase();
    let mut votes = [0usize; VOTERS.len()];
    let mut words = 0usize;
    let mut having: Vec<usize> = Vec::new();
    for word in lower.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()) {
        words += 1;
        having.clear();
        having.extend((0..VOTERS.len()).filter(|at| hints().words.get(VOTERS[*at]).is_some_and(|known| known.contains(&word))));
        for at in &having {
            votes[*at] += WORD / having.len().min(4);
        }
    }
    for (at, voter) in VOTERS.iter().enumerate() {
        let own_letters = lower.chars().filter(|c| hints().letters.get(c) == Some(voter)).count();
        votes[at] += own_letters.min(2) * LETTER;
    }
    // The trigrams' own vote weighs more the surer they are.
    let bonus = 4 + confidence as usize / 5;
    if let Some(at) = VOTERS.iter().position(|voter| *voter == code) {
        votes[at] += bonus;
    } else if confidence >= 50 {
        return (code, confidence);
    }
    let best = (0..VOTERS.len()).max_by_key(|at| (votes[*at], VOTERS.len() - at)).unwrap_or(0);
    let second = (0..VOTERS.len()).filter(|at| *at != best).map(|at| votes[at]).max().unwrap_or(0);
    if votes[best] < WORD.min(words * 4) || votes[best] == second {
        return (code, confidence);
    }
    let margin = (100 * (votes[best] - second) / votes[best].max(1)) as u32;
    (VOTERS[best], if VOTERS[best] == code { confidence.max(margin) } else { margin.min(85) })
}

/// Frequent words, for languages that are close to the detected one or that the detector does not know.
/// Whether the words alone were decisive comes with it.
fn by_words(sample: &str, code: &'static str, script: &str, country: Option<&str>) -> Option<(&'static str, bool)> {
    let rivals: &[&'static str] = match code {
        "sr" | "hr" if script == "Latn" => &["sr", "hr", "bs"],
        "sl" => &["sl", "sr", "hr", "bs"],
        "nb" | "da" => &["nb", "nn", "da"],
        "id" | "jv" => &["id", "ms"],
        "cs" | "sk" => &["cs", "sk"],
        "pt" => &["pt", "gl"],
        "bg" | "mk" => &["bg", "mk"],
        "ru" | "uk" | "be" => &["ru", "uk", "be", "bg", "mk"],
        "af" | "nl" => &["af", "nl"],
        "fa" | "ur" | "ar" => &["fa", "ur", "ar", "ps", "ckb"],
        _ if script == "Latn" => &["is", "fo", "eu", "ga", "mt", "sw"],
        _ => return None,
    };
    let lower = sample.to_lowercase();
    let mut total = 0usize;
    let mut scores = vec![0usize; rivals.len()];
    for word in lower.split(|c: char| !c.is_alphabetic() && c != '-').filter(|word| !word.is_empty()) {
        total += 1;
        for (score, rival) in scores.iter_mut().zip(rivals) {
            *score += usize::from(hints().words.get(rival).is_some_and(|words| words.contains(&word)));
        }
    }
    let best = *scores.iter().max()?;
    let winners: Vec<&'static str> = rivals.iter().zip(&scores).filter(|(_, score)| **score == best).map(|(name, _)| *name).collect();
    let own = rivals.iter().position(|name| *name == code).map_or(0, |at| scores[at]);
    if !rivals.contains(&code) {
        // Another language altogether: its words must make up a good part of the text.
        let needed = if total < 20 { 4 } else { 3 };
        return (winners.len() == 1 && best >= 4 && best * 14 >= total * needed).then(|| (winners[0], true));
    }
    if best == 0 {
        return by_country(rivals, country).filter(|found| *found != code).map(|found| (found, false));
    }
    if winners.len() == 1 {
        return (winners[0] != code && best > own + 1).then(|| (winners[0], best >= 4 && best >= 2 * own));
    }
    match by_country(&winners, country) {
        Some(found) => Some((found, true)),
        None if winners.contains(&code) => None,
        None => Some((winners[0], false)),
    }
}

fn by_country(candidates: &[&'static str], country: Option<&str>) -> Option<&'static str> {
    let known = hints().countries.get(country?)?;
    candidates.iter().copied().find(|candidate| known.contains(candidate))
}

/// `EN_us` → `en-US`; names of languages and nonsense are nothing.
fn normalize_tag(raw: &str) -> Option<String> {
    let mut parts = raw.trim().split(['-', '_']);
    let language = parts.next()?.to_ascii_lowercase();
    let language = match language.as_str() {
        "iw" => "he".to_owned(),
        "in" => "id".to_owned(),
        "ji" => "yi".to_owned(),
        "ua" => "uk".to_owned(),
        "cz" => "cs".to_owned(),
        "jp" => "ja".to_owned(),
        "kr" => "ko".to_owned(),
        "cn" => "zh".to_owned(),
        _ => language,
    };
    let plausible = matches!(language.len(), 2 | 3) && language.bytes().all(|b| b.is_ascii_lowercase());
    if !plausible || matches!(language.as_str(), "und" | "mul" | "zxx" | "xx") {
        return None;
    }
    let mut out = language;
    for part in parts.take(2) {
        let ascii = part.bytes().all(|b| b.is_ascii_alphanumeric());
        match part.len() {
            2 if ascii => out.push_str(&format!("-{}", part.to_ascii_uppercase())),
            3 if part.bytes().all(|b| b.is_ascii_digit()) => out.push_str(&format!("-{part}")),
            4 if ascii => {
                let lower = part.to_ascii_lowercase();
                out.push_str(&format!("-{}{}", lower[..1].to_ascii_uppercase(), &lower[1..]));
            }
            _ => break,
        }
    }
    Some(out)
}

/// `pt-BR` → `pt`.
pub(super) fn base(code: &str) -> &str {
    code.split('-').next().unwrap_or(code)
}

fn same_language(found: &str, declared: &str) -> bool {
    let family = |code: &str| {
        match code {
            "no" => "nb",
            "sh" => "sr",
            "tl" => "fil",
            "mo" => "ro",
            _ => "",
        }
        .to_owned()
    };
    found == declared || family(declared) == found || family(found) == declared
}

/// Whether a language may be written in the text's script: a Russian declaration on an English text is a template's.
fn script_may_write(script: &str, language: &str) -> bool {
    match hints().scripts.get(script) {
        Some(languages) => languages.contains(&language),
        // Of Latin letters the table says which languages do not use them.
        None if script == "Latn" => !hints().not_latin.contains(&language),
        None => true,
    }
}

fn is_detectable(language: &str) -> bool {
    Lang::all().iter().any(|lang| code_of(*lang) == language) || hints().words.contains_key(language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_ends_wherever_a_word_does() {
        for word in 1..=12 {
            let text = ("a".repeat(word) + " ").repeat(4 * SAMPLE_CHARS);
            assert!(sample(&text).chars().count() <= SAMPLE_CHARS + 1, "words of {word}");
        }
    }

    fn code(text: &str, declared: Option<&str>, country: Option<&str>) -> String {
        language(text, declared, country).map(|language| language.code).unwrap_or_default()
    }

    #[test]
    fn the_text_tells() {
        let texts = [
            ("en", "The committee said that it would publish the report on Thursday after two days of talks."),
            ("de", "Der Ausschuss will den Bericht am Donnerstag veröffentlichen, nach zwei Tagen Beratung."),
            ("fr", "Le comité publiera son rapport jeudi, après deux jours de discussions dans la capitale."),
            ("es", "El comité publicará el informe el jueves, después de dos días de conversaciones en la capital."),
            ("pt", "O comitê vai publicar o relatório na quinta-feira, depois de dois dias de conversas, e não antes."),
            ("it", "Il comitato pubblicherà il rapporto giovedì, dopo due giorni di colloqui nella capitale."),
            ("nl", "De commissie publiceert het rapport donderdag, na twee dagen van gesprekken in de hoofdstad."),
            ("pl", "Komitet opublikuje raport w czwartek, po dwóch dniach rozmów w stolicy, i nie wcześniej."),
            ("ru", "Комитет опубликует доклад в четверг, после двух дней переговоров в столице, сообщили вчера."),
            ("uk", "Комітет оприлюднить доповідь у четвер, після двох днів переговорів у столиці, повідомили вчора."),
            ("be", "Камітэт апублікуе даклад у чацвер, пасля двух дзён перамоваў у сталіцы, паведамілі ўчора."),
            ("kk", "Комитет баяндаманы бейсенбі күні жариялайды, деп хабарлады кеше қала әкімдігі, өңірде жағдай тұрақты."),
            ("mk", "Комитетот ќе го објави извештајот во четврток, по два дена разговори во главниот град."),
            ("sr", "Одбор ће објавити извештај у четвртак, после два дана разговора у престоници, рекао је ђак."),
            ("zh", "委员会将于星期四公布报告，此前在首都举行了两天的会谈。"),
            ("ja", "委員会は首都で二日間の協議を行った後、木曜日に報告書を公表する。"),
            ("ko", "위원회는 수도에서 이틀간 회담을 한 뒤 목요일에 보고서를 발표할 예정이다."),
            ("sq", "Komiteti do të publikojë raportin të enjten, pas dy ditësh bisedimesh në kryeqytet, çka është vonë për të gjithë."),
        ];
        for (expected, text) in texts {
            assert_eq!(code(text, None, None), expected, "{text}");
        }
    }

    #[test]
    fn a_long_text_is_believed_over_the_page() {
        let text = "The committee said that it would publish the report on Thursday after two days of talks. ".repeat(4);
        let found = language(&text, Some("ru_RU"), None).expect("a language");
        assert_eq!((found.code.as_str(), found.declared.as_deref(), found.script.as_deref()), ("en", Some("ru-RU"), Some("Latn")));
        assert!(found.confidence > 0.8);
    }

    #[test]
    fn a_short_text_believes_the_page() {
        assert_eq!(code("Berlin Marathon 2024", Some("de"), None), "de");
        // But not where the script speaks against it.
        assert_eq!(code("Новости дня и погода", Some("en"), None), "ru");
        assert_eq!(code("", Some("fr-CA"), None), "fr");
        assert!(language("12:45 – 3", None, None).is_none());
    }

    #[test]
    fn close_languages_by_words_and_country() {
        let norwegian = "Regjeringa seier at dei ikkje vil leggje fram noko nytt, og at det var eit godt møte.";
        assert_eq!(code(norwegian, None, None), "nn");
        let bokmal = "Regjeringen sier at de ikke vil legge fram noe nytt, og at det ble et godt møte etter alt.";
        assert_eq!(code(bokmal, None, None), "nb");
        let ekavian = "Vlada je rekla da će posle sednice videti gde je mesto za novu fabriku i koliko vremena ima do nedelje.";
        assert_eq!(code(ekavian, None, None), "sr");
        let ijekavian = "Vlada je rekla da će poslije sjednice vidjeti gdje je mjesto za novu tvornicu i koliko vremena ima, što je dio plana.";
        assert_eq!(code(ijekavian, None, Some("HR")), "hr");
        assert_eq!(code(ijekavian, None, Some("BA")), "bs");
        let malay = "Kerajaan berkata bahawa beliau boleh datang kerana pejabat itu dibuka, manakala polis ialah saksi.";
        assert_eq!(code(malay, None, None), "ms");
        let indonesian = "Pemerintah mengatakan bahwa presiden bisa datang karena kantor itu dibuka, dan polisi akan menjaga.";
        assert_eq!(code(indonesian, None, None), "id");
    }

    #[test]
    fn scripts_of_han() {
        let script = |text: &str| language(text, None, None).and_then(|language| language.script);
        assert_eq!(script("这个国家的总统说，他们会来学习").as_deref(), Some("Hans"));
        assert_eq!(script("這個國家的總統說，他們會來學習").as_deref(), Some("Hant"));
        assert_eq!(script("東京都議会は十二日、新年度予算案を可決した。").as_deref(), Some("Jpan"));
    }

    #[test]
    fn tags_are_read_as_written() {
        assert_eq!(normalize_tag("EN_us").as_deref(), Some("en-US"));
        assert_eq!(normalize_tag("zh-hant-TW").as_deref(), Some("zh-Hant-TW"));
        assert_eq!(normalize_tag("ua").as_deref(), Some("uk"));
        assert_eq!(normalize_tag("english"), None);
        assert_eq!(normalize_tag("und"), None);
    }
}
