use super::*;
use crate::text::tables::{AUTHOR_WORDS, rows};

#[test]
fn every_row_loads() {
    let kinds = [
        "join",
        "photo",
        "role",
        "role,trade",
        "other",
        "account",
        "particle",
        "team",
        "first",
        "firm",
        "within",
        "after",
        "article",
        "behind",
        "degree",
        "guest",
        "interview",
        "page",
    ];
    let uses = ["by", "line", "label", "written", "doubtful"];
    for row in rows(AUTHOR_WORDS) {
        assert!(row.len() == 2 && (kinds.contains(&row[0]) || row[0].starts_with("by") && row[0].split(',').all(|of| uses.contains(&of))), "{row:?}");
        for form in row[1].split('|').filter(|_| row[0] != "join") {
            assert!(!form.trim().is_empty() && (form == form.to_lowercase() || row[0] == "within"), "{form}");
        }
    }
    assert!(is_by("By") && is_by("Text: ") && !is_by("Jane"));
}

#[test]
fn names_without_what_stands_around_them() {
    for (text, expected) in [
        ("By Jane Roe and John Doe", vec!["Jane Roe", "John Doe"]),
        ("Von Jana Müller", vec!["Jana Müller"]),
        ("Jane Roe, Political Correspondent", vec!["Jane Roe"]),
        ("Jane Roe, John Doe & Max Poe", vec!["Jane Roe", "John Doe", "Max Poe"]),
        ("Charles de Gaulle", vec!["Charles de Gaulle"]),
        ("José Ortega y Gasset", vec!["José Ortega y Gasset"]),
        ("Автор: Иван Иванов", vec!["Иван Иванов"]),
        ("Text und Interview: Jana Müller", vec!["Jana Müller"]),
        ("Jane Roe March 2, 2026", vec!["Jane Roe"]),
        ("River On", vec!["River On"]),
        ("Hope in the Garden", vec!["Hope in the Garden"]),
        ("Roe at 12:53", vec!["Roe"]),
        ("roe.jane on Oct. 18", vec!["roe.jane"]),
        ("Redaktion", vec!["Redaktion"]),
        ("Jane McDoe", vec!["Jane McDoe"]),
        ("박나래 기자", vec!["박나래"]),
        ("记者 王小明", vec!["王小明"]),
        ("admin", vec![]),
        ("Site Admin", vec![]),
        ("https://example.com/jane", vec![]),
        ("jane[at]site.example", vec![]),
        ("Jane Roe | The Example", vec!["Jane Roe", "The Example"]),
        ("Center for River Evaluation and Research", vec!["Center for River Evaluation and Research"]),
        ("Universität für Fluss und Brücke", vec!["Universität für Fluss und Brücke"]),
        ("Marketing and Event Coordinator", vec!["Marketing and Event Coordinator"]),
        ("Jane Roe, Master Gardener & Garden Educator", vec!["Jane Roe"]),
        ("Jane (Poe) Roe", vec!["Jane (Poe) Roe"]),
        ("Jane Roe (Example)", vec!["Jane Roe"]),
        ("Jane Roe/Max Poe", vec!["Jane Roe", "Max Poe"]),
        ("Jane Roe/Reuters", vec!["Jane Roe", "Reuters"]),
        ("Ein Interview von Jana Roe mit Max Poe.", vec!["Jana Roe"]),
        ("Medically reviewed by Max Poe — Written by Jane Roe", vec!["Jane Roe"]),
    ] {
        assert_eq!(said(text), expected, "{text}");
    }
}

#[test]
fn what_is_shown_must_look_like_a_name() {
    let names = |text: &str, single| shown(text, single).unwrap_or_default();
    assert_eq!(names("Jane Roe", false), ["Jane Roe"]);
    assert_eq!(names("by Jane", false), ["Jane"]);
    assert_eq!(names("Jane RoePolitical Correspondent", false), ["Jane Roe"]);
    assert_eq!(names("Jane Roe Political Correspondent", false), ["Jane Roe"]);
    assert_eq!(names("Posted on May 2 by Jane Roe", false), ["Jane Roe"]);
    assert_eq!(names("Text by Jane Roe Illustration by Max Poe", false), ["Jane Roe"]);
    assert_eq!(names("Will Roe", false), ["Will Roe"]);
    assert_eq!(names("Von Mat\u{ad}thias Roe", false), ["Matthias Roe"]);
    assert_eq!(names("by Example Editorial Team", false), ["Example Editorial Team"]);
    assert_eq!(names("Von Jana Müller und Max Poe, Oslo", false), ["Jana Müller", "Max Poe"]);
    assert_eq!(names("By Blue River Security", false), ["Blue River Security"]);
    assert_eq!(names("By 3i Global", false), ["3i Global"]);
    assert_eq!(names("By Jane Roe | Blue River News", false), ["Jane Roe"]);
    assert_eq!(names("By Xiuq Kullab and Jane Roe The Associated Press", false), ["Xiuq Kullab", "Jane Roe", "The Associated Press"]);
    assert_eq!(names("Reviewed by Max Poe, Attorney, on December 9, 2026", false), ["Max Poe"]);
    assert_eq!(names("By Jane (Poe) Roe", false), ["Jane (Poe) Roe"]);
    assert_eq!(names("Jane Roe Security Correspondent", false), ["Jane Roe"]);
    assert_eq!(names("Medically reviewed by Max Poe — Written by Jane Roe", true), ["Jane Roe"]);
    assert_eq!(names("Medically reviewed by Max Poe Written by Jane Roe", true), ["Jane Roe"]);
    assert_eq!(names("by Dr. Ann Roe, PhD and Jane Poe, MPH | Example", true), ["Dr. Ann Roe", "Jane Poe"]);
    assert_eq!(names("Publiziert am 3. März 2026 von rho", true), ["rho"]);
    assert_eq!(names("Autoren Jelko Roe und Jutta Poe", false), ["Jelko Roe", "Jutta Poe"]);
    assert_eq!(names("12 May 2026 | Jane Roe", false), ["Jane Roe"]);
    for text in ["公開日：", "更新日", "01. Robert Roe", "Rechtsanwalt", "Publiziert"] {
        assert!(shown(text, true).is_none(), "{text}");
    }
    for text in ["Read more", "Updated May 2", "Example Media Group", "12 min read", "von der Sitzung vom", "Share this article", "Politics", "Jane"] {
        assert!(shown(text, false).is_none(), "{text}");
    }
}

#[test]
fn a_list_of_full_names_needs_no_by() {
    for text in
        ["Jane Roe and Max Poe", "Jane Roe / Max Poe", "Jane Roe/Max Poe", "Jane Roe, Anna Poe", "Jane Roe/Reuters", "Ellen Roe, VMD; Anna Poe, BA, M.D."]
    {
        assert!(lists_known(text), "{text}");
    }
    for text in ["Jane Roe", "Jane Roe, Oslo", "Jane Roe and the old bridge", "Jane Roe, Max Poe and other people of the town", "News and Sport"] {
        assert!(!lists_known(text), "{text}");
    }
}

#[test]
fn roles_alone_are_nobody() {
    assert!(is_role("Online Editor") && is_role("Staff Writer") && !is_role("Jane Roe") && !is_role("Will"));
}
