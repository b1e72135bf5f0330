//! Where the rest is decided: section, tags, genre, access, rights, language, pictures, videos and links.

pub mod html;
pub mod media;
pub mod plain;
