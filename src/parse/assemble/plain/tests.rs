//! Pages of several shapes and languages, written for these tests.

use super::*;
use crate::article::Millis;
use crate::article::parsed::Precision;
use crate::parse::trees::SHIPPED;
use proptest::prelude::*;

fn read(page: &str, clues: &Clues, context: &DateContext) -> PlainPage {
    crate::parse::assemble::plain::read(page, clues, context, &SHIPPED, &Steps::new(usize::MAX))
}

fn context(zone: &str, country: &str) -> DateContext {
    DateContext {
        fetched_at: Millis::parse("2026-03-03T10:00:00Z"),
        time_zone: (!zone.is_empty()).then(|| zone.to_owned()),
        country: (!country.is_empty()).then(|| country.to_owned()),
        language: None,
        ..DateContext::default()
    }
}

fn kinds(page: &PlainPage) -> Vec<ParagraphKind> {
    page.paragraphs.iter().map(|(kind, _)| *kind).collect()
}

const HARBOUR: &str = "Ministries
Our people
Tuesday, 3 March 2026
Latest
Latest
Economy
12 February 2026, 09:15

Port of Ventspils opens a second grain terminal

RIGA, 12 February (LETA) – The port of Ventspils has opened its second terminal for grain, the port's board said on Thursday, after two years of building.

The terminal can load two ships at a time and store 80,000 tonnes. “We have waited for this day since the storm of 2019,” said Ilze Ozola, who heads the board.

Farmers in the west of the country had to send their harvest by road until now. The new railway line to the quay is to follow in the autumn of 2027, if the money is found.

Follow us
Facebook
More from Riga
";

#[test]
fn agency_page_with_blank_lines() {
    let page = read(HARBOUR, &Clues::default(), &context("Europe/Riga", "LV"));
    assert_eq!(page.headline.chosen.as_deref(), Some("Port of Ventspils opens a second grain terminal"));
    assert_eq!(page.section.chosen.as_deref(), Some("Economy"));
    let published = page.published.chosen.expect("a date stands above the headline");
    assert_eq!(published.value, "2026-02-12T09:15:00+02:00");
    assert_eq!((published.precision, published.time_zone_known), (Precision::Minute, true));
    assert_eq!(published.raw.as_deref(), Some("12 February 2026, 09:15"));
    assert_eq!(page.modified.chosen, None);
    assert_eq!(page.paragraphs.len(), 3, "{:#?}", page.paragraphs);
    assert!(page.paragraphs[0].1.starts_with("RIGA, 12 February (LETA) – The port"));
    assert!(page.paragraphs[2].1.ends_with("if the money is found."));
    assert!(page.boilerplate_ratio > 0.1 && page.boilerplate_ratio < 0.5);
}

#[test]
fn a_name_alone_signs_and_a_standfirst_is_no_headline() {
    let text = "River Notes
Subscribe
Sign in
Why the town needs a second bridge
A plan for the river bridge that could work
Anna Keller
Feb 12, 2026
4
Share

The council of the old river town voted on Tuesday to build a second bridge, after four years of debate about its costs.

Work is to begin in spring and to take two years; the tram line comes later, the state says. The town pays a third of it.

Nobody knows whether the bridge will carry trams, but the plan leaves room for them, and the state has promised money.
";
    let page = read(text, &Clues::default(), &context("", ""));
    assert_eq!(page.headline.chosen.as_deref(), Some("Why the town needs a second bridge"));
    assert_eq!(page.byline.chosen.as_deref(), Some("Anna Keller"));
    assert_eq!(page.published.chosen.map(|p| p.value).as_deref(), Some("2026-02-12"));
}

#[test]
fn same_page_without_blank_lines() {
    let dense: String = HARBOUR.lines().filter(|l| !l.is_empty()).map(|l| format!("{l}\r\n")).collect();
    let context = context("Europe/Riga", "LV");
    assert_eq!(read(&dense, &Clues::default(), &context).paragraphs, read(HARBOUR, &Clues::default(), &context).paragraphs);
    assert_eq!(read(&dense, &Clues::default(), &context).published.chosen, read(HARBOUR, &Clues::default(), &context).published.chosen);
}

const GLACIER: &str = "Главная
Политика
Экономика
Общество
Вторник, 3 марта 2026 года
Поиск
Общество
Ледник Петрова за год отступил на сорок метров
27 февраля 2026, 18:05
Фото: пресс-служба Академии наук
БИШКЕК, 27 февраля. /Кабар/. Ледник Петрова в верховьях Нарына за минувший год отступил на сорок метров, сообщили в Академии наук.
По словам гляциолога Айбека Садыкова, таяние ускорилось в августе, когда дневная температура на высоте четырёх тысяч метров держалась выше нуля три недели.
Читайте также: На перевале Тоо-Ашуу ограничили движение
Что будет с озером
Озеро у подножия ледника растёт, и инженеры опасаются прорыва. «Мы поставили датчики уровня, данные приходят каждые десять минут», — рассказал Садыков.
Весной на плотину отправится экспедиция. Её участники укрепят водосброс и измерят толщину льда.
Поделиться
Теги: ледники, Нарын
Новости по теме
В Оше открыли новую метеостанцию
Уровень Иссык-Куля поднялся на два сантиметра
© 2026. Все права защищены. При использовании материалов ссылка обязательна.
";

#[test]
fn russian_agency_without_blank_lines() {
    let page = read(GLACIER, &Clues::default(), &context("Asia/Bishkek", "KG"));
    assert_eq!(page.headline.chosen.as_deref(), Some("Ледник Петрова за год отступил на сорок метров"));
    assert_eq!(page.section.chosen.as_deref(), Some("Общество"));
    assert_eq!(page.published.chosen.as_ref().map(|p| p.value.as_str()), Some("2026-02-27T18:05:00+06:00"));
    use ParagraphKind::{Paragraph, Subhead};
    assert_eq!(kinds(&page), [Paragraph, Paragraph, Subhead, Paragraph, Paragraph], "{:#?}", page.paragraphs);
    assert!(page.paragraphs[0].1.starts_with("БИШКЕК, 27 февраля. /Кабар/."));
    assert_eq!(page.paragraphs[2].1, "Что будет с озером");
    assert!(page.paragraphs[4].1.ends_with("измерят толщину льда."));
}

const BRIDGE: &str = "   LA GACETA DEL NORTE
   Portada   Local   Cultura   Deportes
   martes, 3 de marzo de 2026

   Local

   El puente viejo de Zubiaurre cerrará durante
   todo el verano

   Por Nerea Etxano
   Publicado el 28/02/2026 a las 21:40

   El puente viejo, visto desde la orilla. Foto: Mikel Oar

     El Ayuntamiento de Zubiaurre cerrará el puente viejo al
   tráfico desde el 1 de junio hasta el 15 de septiembre para
   reparar los dos arcos centrales, que una crecida dañó en
   diciembre.
     La obra costará 1,2 millones de euros. «No podíamos esperar
   otro invierno», explicó ayer la alcaldesa, Amaia Lertxundi,
   que pidió paciencia a los comerciantes de la zona.
     Los autobuses se desviarán por la carretera de la ermita y
   tardarán unos quince minutos más. Los vecinos de la margen
   derecha podrán cruzar a pie por una pasarela de madera.

   Comparte esta noticia
   Comentarios
   Lo más leído
   La feria del queso bate su récord de visitantes
   Aviso legal   Contacto
";

#[test]
fn spanish_newspaper_wrapped_and_indented() {
    let page = read(BRIDGE, &Clues::default(), &context("Europe/Madrid", "ES"));
    assert_eq!(page.headline.chosen.as_deref(), Some("El puente viejo de Zubiaurre cerrará durante todo el verano"));
    assert_eq!(page.section.chosen.as_deref(), Some("Local"));
    assert_eq!(page.byline.chosen.as_deref(), Some("Por Nerea Etxano"));
    assert_eq!(page.published.chosen.as_ref().map(|p| p.value.as_str()), Some("2026-02-28T21:40:00+01:00"));
    assert_eq!(page.paragraphs.len(), 3, "{:#?}", page.paragraphs);
    assert!(page.paragraphs[0].1.ends_with("que una crecida dañó en diciembre."));
    assert!(page.paragraphs[2].1.starts_with("Los autobuses se desviarán"));
}

const RAILWAY: &str = "首页
新闻
财经
2026年3月3日 星期二
首页 > 社会
山城新轻轨线路下月试运行
2026年02月20日 08:30
来源：山城日报
分享
山城市交通局20日宣布，连接老城与新区的轻轨三号线将于下月初开始试运行，全长二十六公里，共设十九座车站。
交通局局长赵立新表示：“列车高峰时段每四分钟一班，市民从老城到新区只需三十分钟。”试运行期间，票价暂定为三元。
三号线于2022年动工，总投资约九十亿元。今年秋天，四号线也将开工建设，预计工期四年。
责任编辑：周敏
相关新闻
山城地铁客流创新高
版权所有 未经授权不得转载
";

#[test]
fn chinese_page() {
    let page = read(RAILWAY, &Clues::default(), &context("Asia/Shanghai", "CN"));
    assert_eq!(page.headline.chosen.as_deref(), Some("山城新轻轨线路下月试运行"));
    assert_eq!(page.published.chosen.as_ref().map(|p| p.value.as_str()), Some("2026-02-20T08:30:00+08:00"));
    assert_eq!(page.section.chosen.as_deref(), Some("社会"));
    assert_eq!(page.paragraphs.len(), 3, "{:#?}", page.paragraphs);
    assert!(page.paragraphs[2].1.ends_with("预计工期四年。"));
}

const ORCHARD: &str = "Log in
Menu
Home / Farming / Fruit
By Tomas Reed published
18 January 2026
Updated 20 January 2026
Late frost halves the apple harvest in the Marne valley
Growers say that insurance covers less than a third of what they lost in a single night.
Share
Image 1 of 3
Apple trees near the river after the frost of 14 January. (Image credit: Marne Growers)
Growers in the Marne valley expect to pick half as many apples as last year, after a frost that came when the buds had just opened.
The temperature fell to minus six on the night of 14 January and stayed there until the morning, the weather service said.
What the growers ask for:
Loans without interest for two years
A later date for the land tax
Water for the sprinklers at night
The regional council meets on Monday. It has spent most of its fund for such cases already, its head, Jeanne Collet, told a meeting of growers.
Comments
Anna K
21 January 2026
My grandmother used to light small fires between the rows, and it worked well enough for her.
Reply
Pierre
22 January 2026
We did the same, but the smoke bothered the village and so they forbade it in the end.
Reply
More from Farming
Plum prices rise again
Newsletter
© 2026 Country Week. All rights reserved.
";

#[test]
fn magazine_with_list_and_comments() {
    let page = read(ORCHARD, &Clues::default(), &context("", "GB"));
    assert_eq!(page.headline.chosen.as_deref(), Some("Late frost halves the apple harvest in the Marne valley"));
    assert_eq!(page.published.chosen.as_ref().map(|p| p.value.as_str()), Some("2026-01-18"));
    assert_eq!(page.modified.chosen.as_ref().map(|p| p.value.as_str()), Some("2026-01-20"));
    use ParagraphKind::{ListItem, Paragraph};
    let expected = [Paragraph, Paragraph, Paragraph, Paragraph, ListItem, ListItem, ListItem, Paragraph];
    assert_eq!(kinds(&page), expected, "{:#?}", page.paragraphs);
    assert!(page.paragraphs[0].1.starts_with("Growers say that"));
    assert!(!page.paragraphs.iter().any(|(_, text)| text.contains("grandmother") || text.contains("Image")));
}

#[test]
fn a_title_helps_to_choose_the_headline() {
    let text = "News\nFlood closes the coast road\nCoast road closed after the flood\n\nThe coast road is closed after the flood that came on Sunday, the county said, and it will stay so for a week.\nDrivers must take the road over the pass, which adds an hour to the way, the county said in a note to the press.\n";
    let with = |title| read(text, &Clues { title, url: None }, &DateContext::default()).headline.chosen;
    assert_eq!(with(Some("Flood closes the coast road")).as_deref(), Some("Flood closes the coast road"));
    assert_eq!(with(Some("Coast road closed after the flood")).as_deref(), Some("Coast road closed after the flood"));
}

#[test]
fn pages_without_an_article_are_empty() {
    for text in ["", "\n\n", "Home\nNews\nSport\nContact\n© 2026 All rights reserved", "404\nPage not found"] {
        let page = read(text, &Clues::default(), &context("", ""));
        assert!(page.paragraphs.is_empty() && page.headline.chosen.is_none(), "{text}: {page:?}");
    }
}

/// How long pages of any size take, `benches/parse` measures.
#[test]
fn a_line_or_word_over_and_over_is_no_text() {
    for (piece, times) in [("The council met on Monday, and it spoke for a long time of the road, the bridge and the harbour.\n", 30_000), ("word ", 400_000)] {
        assert!(read(&piece.repeat(times), &Clues::default(), &context("", "")).paragraphs.len() <= 1, "{piece}");
    }
}

proptest! {
    #[test]
    fn never_panics_and_never_invents(lines in proptest::collection::vec("[ A-Za-zа-я0-9.,:|/()–-]{0,80}", 0..40)) {
        let text = lines.join("\n");
        let page = read(&text, &Clues { title: lines.first().map(String::as_str), url: None }, &context("Europe/Paris", "FR"));
        let squeezed = |t: &str| t.split_whitespace().collect::<String>();
        let all = squeezed(&text);
        for (_, paragraph) in &page.paragraphs {
            prop_assert!(all.replace('-', "").contains(&squeezed(paragraph).replace('-', "")));
        }
        prop_assert!((0.0..=1.0).contains(&page.boilerplate_ratio));
    }
}

const LIGHTHOUSE: &str = "Skip to content
News
Sport
Old lighthouse to become a school for pilots
Coast
5 June 2026, 10:15
Ragna Solheim
Peder Nyquist
The old lighthouse of Grimsvik is to become a school for pilots, the council of the island decided on Thursday after a long debate.

Work on the tower begins in autumn and costs four million. The first twelve pupils are to arrive in the spring of next year, the council says.

The keeper's house, which has stood empty since 1988, will be their home; the harbour gets a second pier for the training boats.
Most read
Ferry timetable for the summer
";

#[test]
fn two_lines_may_sign() {
    let page = read(LIGHTHOUSE, &Clues::default(), &DateContext::default());
    assert_eq!(page.authors, ["Ragna Solheim", "Peder Nyquist"]);
    assert_eq!(page.byline.chosen.as_deref(), Some("Ragna Solheim, Peder Nyquist"));
}

#[test]
fn a_crawlers_clock_may_be_wrong() {
    let at = |received: &str| DateContext { received_at: Millis::parse(received), ..context("", "") };
    let published = |context: &DateContext| read(LIGHTHOUSE, &Clues::default(), context).published.chosen.map(|p| p.value);
    assert_eq!(published(&at("2026-06-06T00:00:00Z")).as_deref(), Some("2026-06-05T10:15:00"));
    assert_eq!(published(&at("2026-03-03T10:00:01Z")), None);
}

const TRAM: &str = "The council of the harbour town approved a tram line on Tuesday that will link the old market with the quays by 2029, after a long debate.

Mayor Helen Strand said that the first tracks would be laid in autumn. Opponents, who collected four thousand signatures, want to go to court.

The line costs ninety million, of which the state pays a half; the rest comes from the port, which hopes for fewer lorries in its streets.
";

#[test]
fn the_day_of_the_crawl_is_not_the_articles() {
    for (byline, date) in [("By Anna Lind\n", "March 2, 2025"), ("", "March 2, 2025"), ("By Anna Lind\n", "Published March 2, 2025")] {
        let page = format!("Tuesday, March 3, 2026\nHome\nTown approves a tram line to the harbour\n{byline}{date}\n{TRAM}");
        assert_eq!(read(&page, &Clues::default(), &context("", "")).published.chosen.map(|p| p.value).as_deref(), Some("2025-03-02"), "{page}");
    }
    let undated = format!("Tuesday, March 3, 2026\nHome\nTown approves a tram line to the harbour\nBy Anna Lind\n{TRAM}");
    assert_eq!(read(&undated, &Clues::default(), &context("", "")).published.chosen, None);
}

#[test]
fn a_date_may_be_counted_from_the_fetch() {
    let page = format!("Home\nTown approves a tram line to the harbour\nBy Anna Lind\n2 days ago\n{TRAM}");
    assert_eq!(read(&page, &Clues::default(), &context("", "")).published.chosen.map(|p| p.value).as_deref(), Some("2026-03-01"));
}

#[test]
fn a_paragraph_is_no_headline() {
    let page = read(TRAM, &Clues::default(), &context("", ""));
    assert_eq!((page.headline.chosen, page.paragraphs.len()), (None, 3));
    for end in ["\r", "\r\n", "\u{2028}"] {
        assert_eq!(read(&TRAM.replace('\n', end), &Clues::default(), &context("", "")).paragraphs, page.paragraphs, "{end:?}");
    }
}

#[test]
fn scripts_without_marks_between_sentences_run_on() {
    let text = "เทศบาลอนุมัติรถรางสายใหม่ไปท่าเรือ
สภาเทศบาลเมืองท่าอนุมัติเส้นทางรถรางสายใหม่เมื่อวันอังคาร ซึ่งจะเชื่อมตลาดเก่ากับท่าเรือภายในสามปี หลังจากถกเถียงกันมานาน
นายกเทศมนตรีกล่าวว่าจะเริ่มวางรางในฤดูใบไม้ร่วงนี้ ส่วนฝ่ายคัดค้านซึ่งรวบรวมรายชื่อได้สี่พันคนเตรียมยื่นฟ้องต่อศาล
โครงการนี้ใช้งบประมาณเก้าสิบล้านบาท รัฐบาลออกให้ครึ่งหนึ่ง ที่เหลือมาจากการท่าเรือซึ่งหวังว่ารถบรรทุกในเมืองจะลดลง
";
    let page = read(text, &Clues::default(), &context("", "TH"));
    assert_eq!((page.headline.chosen.as_deref(), page.paragraphs.len()), (Some("เทศบาลอนุมัติรถรางสายใหม่ไปท่าเรือ"), 3), "{page:#?}");
}

#[test]
fn a_library_is_no_picture() {
    let text = "河边新图书馆下月开放
市议会星期二宣布，河边的新图书馆将于下月一日开放，读者可以借阅三十万册图书，儿童阅览室设在一楼。
图书馆馆长表示，旧馆的地图和照片已经全部数字化，市民在家里也可以查阅，并不需要预约或者缴费。
工程历时四年，耗资九千万元，一半由省里承担。附近的居民说，他们等了很久，希望晚上也能开门。
";
    let page = read(text, &Clues::default(), &context("", "CN"));
    assert_eq!(page.paragraphs.len(), 3, "{page:#?}");
}

fn texts(page: &str) -> Vec<String> {
    read(page, &Clues::default(), &context("", "")).paragraphs.into_iter().map(|(_, text)| text).collect()
}

const MENU: &str = "Home\nNews\nSport\nContact\n";

#[test]
fn a_short_item_below_its_date_is_text() {
    let told = "A man was pulled from the water at Mill Quay on Friday morning. He is in hospital.";
    let page = read(
        &format!("{MENU}Man rescued from harbour\n14 February 2026, 10:22\n{told}\nShare\nMost read\nFerry back in service\n"),
        &Clues::default(),
        &context("", ""),
    );
    assert_eq!(page.headline.chosen.as_deref(), Some("Man rescued from harbour"));
    assert_eq!(page.paragraphs, [(ParagraphKind::Paragraph, told.to_owned())]);
    // Without its date it may be anything; many of them are a list.
    assert!(texts(&format!("{MENU}Man rescued from harbour\n{told}\nShare\n")).is_empty());
    let item =
        |day: usize| format!("Man rescued from harbour number {day}\n{day} February 2026\nHe was pulled from the water at Mill Quay {day} on that day.\n");
    assert!(texts(&format!("{MENU}{}", (1..6).map(item).collect::<String>())).is_empty());
}

#[test]
fn the_captions_of_a_gallery_are_text() {
    let captions = [
        "Fishing boats leave the harbour at dawn. Photo: Jane Roe",
        "Cherry trees in bloom along Mill Street. Photo: Jane Roe",
        "The ferry returns in the evening sun. Photo: Jane Roe",
    ];
    let page = format!(
        "{MENU}In pictures: spring arrives\n21 February 2026\n1 / 3\n{}\n2 / 3\n{}\n3 / 3\n{}\nMore galleries\n",
        captions[0], captions[1], captions[2]
    );
    let page = read(&page, &Clues::default(), &context("", ""));
    assert_eq!(page.paragraphs, captions.map(|text| (ParagraphKind::Caption, text.to_owned())));
}

#[test]
fn an_agency_may_end_a_short_item() {
    let told = "Bei einem Unfall auf der A7 ist ein Motorradfahrer ums Leben gekommen. (dpa)";
    assert_eq!(texts(&format!("{MENU}Tödlicher Unfall auf der A7\n16.02.2026, 08:12 Uhr\n{told}\nImpressum\n")), [told]);
}

#[test]
fn a_live_blog_of_short_posts_is_text() {
    let posts = [
        "Trains between Wexmoor and Aldham are running again, the operator says.",
        "The bridge at Mill Street remains closed to traffic.",
        "Some 4,000 homes are without power.",
    ];
    let page = format!(
        "{MENU}Storm Hanna: latest updates\nLast updated: 3 February 2026\n18:45\n{}\n18:10\n{}\n17:32\n{}\nRelated\nStorm names explained\n",
        posts[0], posts[1], posts[2]
    );
    assert_eq!(texts(&page), posts);
}

#[test]
fn lines_wrapped_to_a_column_are_joined_across_empty_lines() {
    let first = "The council of the harbour town of Wexmoor approved a tram line on Tuesday that\n\nwill link the old market with the quays by 2029, after four years of debate over\n\nits costs and its route through the old town.\n\n";
    let second = "Mayor Helen Strand said that the first tracks would be laid in autumn, and that\n\nthe line would pay for itself within fifteen years if the number of passengers\n\ngrows as the transport authority expects it to.\n\n";
    let page = format!("Council approves tram line\n\n4 February 2026\n\n{first}{second}");
    assert_eq!(texts(&page), [first, second].map(|text| text.trim().replace("\n\n", " ")));
}

#[test]
fn a_page_of_more_lines_than_are_looked_at_is_cut() {
    let line = |i: usize| format!("The council said on day {i} that the tram line would be built, and nobody believed it.\n");
    let page = |lines: usize| (0..lines).map(line).collect::<String>();
    let cut = |lines: usize| read(&page(lines), &Clues::default(), &context("", "")).is_cut;
    assert!(!cut(9_000));
    assert!(cut(10_002));
}

#[test]
fn readers_comments_are_no_item() {
    let page = format!(
        "{MENU}Man rescued from harbour\nComments\nJane Roe\n14 February 2026, 11:00\nI saw him fall from the quay, and nobody did anything for minutes.\nReply\n"
    );
    assert!(texts(&page).is_empty());
}

#[test]
fn a_short_headline_heads_a_short_item() {
    let told = "一名男子週五早上在碼頭被救起，現正在醫院接受治療。";
    let page = read(&format!("首頁\n新聞\n體育\n男子海中獲救\n2026年2月14日 10:22\n{told}\n分享\n"), &Clues::default(), &context("", ""));
    assert_eq!((page.headline.chosen.as_deref(), page.paragraphs.len()), (Some("男子海中獲救"), 1));
}
