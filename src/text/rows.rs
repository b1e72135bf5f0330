//! Tables that people read: rows of cells.

/// The rows of a table: tab-separated cells, without comments and blank lines.
pub fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table.lines().filter(|l| !l.starts_with('#') && !l.trim().is_empty()).map(|l| l.split('\t').collect())
}
