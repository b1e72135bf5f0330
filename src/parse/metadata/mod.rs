//! Where the rest is decided: section, tags, genre, access, rights, language, pictures, videos and links.

pub(crate) mod html;
pub(crate) mod media;
pub(crate) mod plain;
