//! Text: the only place for scripts, foldings, phrases, tokens, sentences, normal forms and URLs, and for the tables of `config/`.
//! Pure functions that know nothing of articles' meaning.

pub mod clean;
pub mod ends;
pub mod fold;
pub mod letters;
pub mod normalize;
pub mod panic;
pub mod phrases;
pub mod quick;
pub mod scan;
pub mod script;
pub mod sentences;
pub mod tables;
pub mod terminal;
pub mod tokens;
pub mod url;
