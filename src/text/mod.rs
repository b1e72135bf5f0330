//! Text: normalization, tokens, sentences, URLs. Pure functions that know nothing of articles' meaning.

pub mod clean;
pub mod letters;
pub mod normalize;
pub mod sentences;
pub mod tokens;
pub mod url;
