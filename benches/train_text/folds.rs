//! What the whole parse makes of pages by trees that have not seen their sites.

use std::collections::HashMap;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use copydesk::article::Millis;
use copydesk::config::ParseSettings;
use copydesk::parse::trees::Forest;
use copydesk::pipeline::{Pipeline, PipelineSettings, Prepared};
use serde_json::{Value, json};

use crate::lesson::fold_of;
use crate::{each, record};

/// Reads a file of envelopes, each by the trees of its fold, and writes what it becomes to OUT, in the form of `copydesk extract`, without site rules.
pub fn read(file: &Path, labels: &[Value], forests: &'static [Forest], out: &Path) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
    let pipelines: Vec<Pipeline> = forests.iter().map(|forest| pipeline(forest).with_now(Millis(i64::try_from(now).expect("small")))).collect();
    let folds: HashMap<&str, usize> = labels.iter().filter_map(|label| Some((label["id"].as_str()?, fold_of(label)))).collect();
    let text = std::fs::read_to_string(file).expect("envelopes can be read");
    let lines: Vec<&str> = text.lines().collect();
    let read = each(&lines, |line| {
        let envelope: Value = serde_json::from_str(line).expect("an envelope a line");
        let id = envelope["id"].as_str().expect("an identity");
        let told = match pipelines[folds[id]].prepare(&record(line.as_bytes().to_vec(), "application/json")) {
            Prepared::Article { article, refusal: None, .. } => json!({"id": id, "content": article.content}),
            Prepared::Article { refusal: Some(letter), .. } | Prepared::Refused(letter) => json!({"id": id, "dead_letter": {"code": letter.code.as_str()}}),
            Prepared::Withdrawal { .. } => panic!("{id} is withdrawn"),
        };
        told.to_string() + "\n"
    });
    std::fs::write(out.join(file.file_name().expect("a file")), read.concat()).expect("OUT can be written");
}

fn pipeline(forest: &'static Forest) -> Pipeline {
    let parse = ParseSettings { site_rules: false, ..ParseSettings::default() };
    Pipeline::new(PipelineSettings { parse, ..PipelineSettings::default() }).expect("there are no rules").with_trees(forest)
}
