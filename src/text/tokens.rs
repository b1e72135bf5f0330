//! Words: runs of letters and digits; in scripts without spaces a character each.
