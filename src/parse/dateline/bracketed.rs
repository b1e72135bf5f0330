//! Datelines of East Asia: `新华社北京5月17日电`, `【ワシントン＝共同】`, `［東京　１７日　ロイター］`, `(서울=연합뉴스) 홍길동 기자 =`.

use std::sync::LazyLock;

use crate::parse::dateline::{Parts, PrintedDate};
use crate::parse::dates::{DateContext, date_at_start};
use crate::parse::names::agencies::AGENCIES_TABLE;
use crate::text::scan::Scan;
use crate::text::script::{is_han_or_kana, is_hangul};
use crate::text::tables::{AGENCIES, words};

/// The paper itself, in the stead of an agency.
static OWN: LazyLock<Vec<&str>> = LazyLock::new(|| words(AGENCIES, "own").collect());

/// What ends a telegram's head, behind its date.
static MARKS: LazyLock<Vec<&str>> = LazyLock::new(|| words(AGENCIES, "telegram").collect());

/// No bracket of a dateline is longer, in characters.
const LONGEST: usize = 40;

/// The dateline at a text's start.
pub(in crate::parse) fn read(text: &str, context: &DateContext) -> Option<Parts> {
    in_brackets(text, context).or_else(|| telegram(text, context))
}

/// `(新华社北京5月17日电)` and the same without brackets: agency, place, date, 电.
fn telegram(text: &str, context: &DateContext) -> Option<Parts> {
    let open = text.chars().next().filter(|c| matches!(c, '(' | '（' | '【' | '['));
    let start = open.map_or(0, char::len_utf8);
    let agency = AGENCIES_TABLE.at_start(&text[start..]);
    let own = OWN.iter().find(|own| text[start..].starts_with(**own));
    let from = start + agency.map_or_else(|| own.map_or(0, |o| o.len()), |(_, length)| length);
    let digit = text[from..].char_indices().take(24).find(|(_, c)| c.is_numeric())?.0;
    let place = place_of(&text[from..from + digit])?;
    let (date, length) = date_or_day(&text[from + digit..], context)?;
    let mut at = from + digit + length;
    let mark = MARKS.iter().find(|m| text[at..].starts_with(**m))?;
    at += mark.len();
    if let Some(close) = text[at..].chars().next().filter(|c| matches!(c, ')' | '）' | '】' | ']')) {
        at += close.len_utf8();
    } else if open.is_some() {
        // "（记者张三）" and the like may stand between; the bracket must close soon.
        let close = text[at..].char_indices().take(LONGEST).find(|(_, c)| matches!(c, ')' | '）' | '】'))?;
        at += close.0 + close.1.len_utf8();
    }
    let end = after_reporters(text, at);
    let agency = agency.map(|(name, _)| name.to_owned());
    Some(Parts { place: Some(place), date: Some(date), agency, raw_end: at, end })
}

/// The place in a run such as `北京` or `記者王小明台北`.
fn place_of(run: &str) -> Option<String> {
    let run = run.trim_matches(['，', ',', ' ', '　', '、']);
    let in_name = |c: char| is_han_or_kana(c) || c == '·';
    let letters = run.chars().count();
    if !(2..=16).contains(&letters) || !run.chars().all(in_name) {
        return None;
    }
    let by_reporter = ["記者", "记者"].iter().any(|word| run.starts_with(word));
    // The reporter's name has no mark at its end; most places in such lines have two letters.
    if by_reporter { Some(run.chars().skip(letters - 2).collect()) } else { (letters <= 10).then(|| run.to_owned()) }
}

/// A date, or the day of the month alone: `17日`.
fn date_or_day(text: &str, context: &DateContext) -> Option<(PrintedDate, usize)> {
    if let Some((civil, length)) = date_at_start(text, context).filter(|(civil, _)| civil.day.is_some()) {
        return Some((PrintedDate::Civil(civil), length));
    }
    let scan = Scan::new(text);
    let (day, _, end) = scan.number(0, 2)?;
    let day = u8::try_from(day).ok().filter(|d| (1..=31).contains(d))?;
    matches!(scan.at(end), Some('日' | '일')).then(|| (PrintedDate::DayOnly(day), scan.byte(end + 1)))
}

/// One past `（记者 …）`, dashes, equal signs and spaces after a dateline.
fn after_reporters(text: &str, at: usize) -> usize {
    let mut rest = &text[at..];
    for (open, close) in [('(', ')'), ('（', '）')] {
        let Some(inner) = rest.strip_prefix(open) else { continue };
        let is_reporter = ["记者", "記者", "기자"].iter().any(|word| inner.contains(word));
        if let Some(end) = inner.find(close).filter(|end| is_reporter && *end <= LONGEST * 3) {
            rest = &inner[end + close.len_utf8()..];
        }
    }
    let rest = rest.trim_start_matches([' ', '　', '-', '–', '—', '－', '―', '=', '＝', '：', ':']);
    text.len() - rest.len()
}

/// `【ワシントン＝共同】`, `［東京　１７日　ロイター］　－`, `(서울=연합뉴스) 홍길동 기자 =`, `[서울=뉴시스]`.
fn in_brackets(text: &str, context: &DateContext) -> Option<Parts> {
    let (open, close) = [('【', '】'), ('［', '］'), ('(', ')'), ('[', ']'), ('（', '）')].into_iter().find(|(open, _)| text.starts_with(*open))?;
    let inner = &text[open.len_utf8()..];
    let end = inner.find(close)?;
    let inner = &inner[..end];
    if inner.chars().count() > LONGEST || !inner.chars().any(|c| u32::from(c) >= 0x3040) {
        return None;
    }
    let at = open.len_utf8() + end + close.len_utf8();
    let cells: Vec<&str> = inner.split(['=', '＝', ' ', '　', ' ']).map(str::trim).filter(|c| !c.is_empty()).collect();
    let has_equals = inner.contains(['=', '＝']);
    let agency = cells.iter().skip(1).find_map(|cell| AGENCIES_TABLE.named(cell));
    let date = cells.iter().skip(1).find_map(|cell| date_or_day(cell, context)).map(|(date, _)| date);
    if let [alone] = cells[..] {
        return place_and_agency(alone).map(|(place, agency)| Parts {
            place: Some(place),
            date: None,
            agency: Some(agency),
            raw_end: at,
            end: after_reporters(text, at),
        });
    }
    let place = cells.first()?;
    let place = place_of(place).or_else(|| place.chars().all(is_hangul).then(|| (*place).to_owned()))?;
    // "【写真＝…】" and "【速報】" are no datelines: an equal sign, or an agency, must stand there.
    let is_photo = ["写真", "사진", "그래픽"].iter().any(|word| inner.contains(word));
    if is_photo || !(has_equals || agency.is_some()) {
        return None;
    }
    let end = korean_reporter(text, at).unwrap_or_else(|| after_reporters(text, at));
    Some(Parts { place: Some(place), date, agency: agency.map(str::to_owned), raw_end: at, end })
}

/// `神戸共同`: place and agency with nothing between.
fn place_and_agency(run: &str) -> Option<(String, String)> {
    let cuts = run.char_indices().map(|(at, _)| at).skip(2);
    cuts.filter_map(|at| Some((place_of(&run[..at])?, AGENCIES_TABLE.named(&run[at..])?.to_owned()))).next()
}

/// One past ` 홍길동 기자 = `.
fn korean_reporter(text: &str, at: usize) -> Option<usize> {
    let rest = &text[at..];
    let (equals, _) = rest.char_indices().take(LONGEST * 2).find(|(_, c)| *c == '=')?;
    rest[..equals].contains("기자").then(|| text.len() - rest[equals + 1..].trim_start().len())
}
