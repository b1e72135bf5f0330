//! Normal forms of text for comparison.
