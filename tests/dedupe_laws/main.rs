//! The laws of duplicate decisions: every row of the verdict table by name, a naive model that the index must agree with, and
//! the promises that workers rely on: they agree wherever they began, a repeated append changes nothing, memory stays bounded.

mod laws;
mod model;
mod rows;
mod world;
