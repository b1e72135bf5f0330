//! Temp
#![allow(missing_docs)]
pub struct Sample {
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    pub timestamp: i64,
    pub becomes: &'static str,
}
pub fn bundled() -> Vec<Sample> {
    let h = |u: &str| vec![("url".to_owned(), Some(u.as_bytes().to_vec()))];
    vec![
        Sample {
            key: None,
            value: Some(include_bytes!("../config/samples/bridge.html").to_vec()),
            headers: h("https://a.example/1"),
            timestamp: 1779000000000,
            becomes: "published",
        },
        Sample {
            key: None,
            value: Some(include_bytes!("../config/samples/reservoir.txt").to_vec()),
            headers: h("https://a.example/2"),
            timestamp: 1779000000000,
            becomes: "published",
        },
        Sample {
            key: None,
            value: Some(include_bytes!("../config/samples/bridge.html").to_vec()),
            headers: h("https://b.example/1"),
            timestamp: 1779000000000,
            becomes: "duplicate same_text",
        },
        Sample { key: None, value: Some(vec![0; 100]), headers: h("https://b.example/1"), timestamp: 1779000000000, becomes: "dead_letter not_html" },
    ]
}
