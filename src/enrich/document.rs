//! An article's text as the annotators see it: its words, its language, and what is known of each word from the tables.
//!
//! Pure reading; finds no names.

use super::gazetteer::{PlaceMatch, gazetteer};
use super::tables::{Given, Tables, kind_bit, known_language, tables};
use super::token::{Gap, Token, Tokens};

/// A text with its words' properties.
#[derive(Debug)]
pub(super) struct Document<'a> {
    pub(super) tokens: Tokens<'a>,
    /// As the tables name it.
    pub(super) language: &'static str,
    pub(super) tables: &'static Tables,
    /// What may be places, in order.
    pub(super) places: Vec<PlaceMatch>,
    /// The index in `places` by word.
    pub(super) place_at: Vec<Option<u32>>,
    /// The country of a demonym by word.
    pub(super) demonym_at: Vec<Option<&'static str>>,
    /// Kinds by word, in the text's language and in English.
    kinds: Vec<(u32, u32)>,
}

impl<'a> Document<'a> {
    /// Reads a text in a language (BCP 47).
    pub(super) fn read(text: &'a str, code: &str) -> Document<'a> {
        let base = super::language::base(code);
        let language = known_language(base);
        let tokens = Tokens::of(text, base);
        let tables = tables();
        let places = gazetteer().find(&tokens, language);
        let mut place_at = vec![None; tokens.list.len()];
        for (index, found) in (0..).zip(&places) {
            place_at[found.from..found.to].fill(Some(index));
        }
        let demonym_at = (0..tokens.list.len()).map(|at| tables.demonym(tokens.word(at), tokens.list[at].key, language)).collect();
        let kinds = tokens.list.iter().map(|token| (tables.words.kinds(language, token.key), tables.words.kinds("en", token.key))).collect();
        Document { tokens, language, tables, places, place_at, demonym_at, kinds }
    }

    pub(super) fn len(&self) -> usize {
        self.tokens.list.len()
    }

    pub(super) fn token(&self, at: usize) -> &Token {
        &self.tokens.list[at]
    }

    pub(super) fn word(&self, at: usize) -> &'a str {
        self.tokens.word(at)
    }

    /// Whether the word is of a kind in the tables.
    pub(super) fn is(&self, kind: &'static str, at: usize) -> bool {
        self.kinds[at].0 & kind_bit(kind) != 0
    }

    /// The same in the English tables, whose words are met in names of all languages.
    pub(super) fn is_english(&self, kind: &'static str, at: usize) -> bool {
        self.kinds[at].1 & kind_bit(kind) != 0
    }

    /// The given name that a word is.
    pub(super) fn given(&self, at: usize) -> Option<Given> {
        self.token(at).cap.then(|| self.tables.given.get(&self.token(at).key).copied()).flatten()
    }

    /// A capitalized word that begins its sentence and is a small word otherwise.
    pub(super) fn is_starter(&self, at: usize) -> bool {
        let token = self.token(at);
        self.is("starter", at) && (token.first || !token.cap || matches!(token.gap, Gap::OpenQuote | Gap::Other | Gap::Open))
            || (token.first && self.tokens.lower.contains(&token.key))
    }

    /// Whether the text also has the word in lower case.
    pub(super) fn is_common(&self, at: usize) -> bool {
        self.tokens.lower.contains(&self.token(at).key)
    }

    /// Whether a role's head (of one word or more) begins here: its length in words.
    pub(super) fn head_at(&self, at: usize) -> Option<usize> {
        let names = self.tables.heads.get(self.language)?;
        let mut before = 0;
        let mut best = None;
        for to in at..(at + 5).min(self.len()) {
            if to > at && !matches!(self.token(to).gap, Gap::Space | Gap::Hyphen | Gap::Stop) {
                break;
            }
            let hash = super::tables::extend(before, self.token(to).key);
            if names.get(hash).is_some() {
                best = Some(to + 1 - at);
            }
            if !names.begins(hash) {
                break;
            }
            before = hash;
        }
        best
    }

    /// Where a role's head ends right before `end`: its first word.
    pub(super) fn head_before(&self, end: usize) -> Option<usize> {
        (end.saturating_sub(4)..end).find(|from| self.head_at(*from) == Some(end - from))
    }
}
