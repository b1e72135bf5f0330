//! Sentence borders.
