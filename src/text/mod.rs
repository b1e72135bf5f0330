//! Text: the only place for scripts, foldings, phrases, tokens, sentences, normal forms and URLs, and for the tables of `config/`.
//! Pure functions that know nothing of articles' meaning.

pub(crate) mod clean;
pub(crate) mod ends;
pub(crate) mod fold;
pub(crate) mod letters;
pub(crate) mod normalize;
pub(crate) mod panic;
pub(crate) mod phrases;
pub(crate) mod quick;
pub(crate) mod scan;
pub mod script;
pub(crate) mod sentences;
pub(crate) mod tables;
pub mod terminal;
pub(crate) mod tokens;
pub mod url;
