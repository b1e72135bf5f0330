//! The parts of tables that pages leave out: bodies, rows, and the ends of rows and cells.

use std::borrow::Cow;

use crate::article::Refusal;
use crate::parse::page::prune::Guard;
use crate::parse::page::prune::read::Read;
use crate::parse::page::tags::{self, id};

impl Guard<'_> {
    /// A table that begins between another's cells ends that one.
    pub(in crate::parse) fn close_table_around(&mut self) {
        while self.stack.last().is_some_and(|top| matches!(top.id, id::TABLE | id::TBODY | id::TR)) {
            self.close_down_to(self.stack.len() - 1);
        }
    }

    /// Closes the parts of the innermost table that end where a new part begins.
    pub(in crate::parse) fn close_table_parts(&mut self, part: u8) {
        let Some(table) = self.stack.iter().rposition(|open| open.id == id::TABLE) else { return };
        let keep = |open: u8| match part {
            id::TD => open == id::TBODY || open == id::TR,
            id::TR => open == id::TBODY,
            _ => false,
        };
        let mut height = table + 1;
        while height < self.stack.len() && keep(self.stack[height].id) {
            height += 1;
        }
        self.close_down_to(height);
    }

    /// Rows stand in a body, cells in a row.
    pub(in crate::parse) fn open_missing_table_parts(&mut self, part: u8) -> Result<(), Refusal> {
        let plain = Read { begin: None, name: Cow::Borrowed(b""), closing: false, self_closing: false, attributes: Vec::new(), end: 0 };
        let is = |guard: &Self, id: u8| guard.stack.last().is_some_and(|top| top.id == id);
        if matches!(part, id::TR | id::TD) && is(self, id::TABLE) {
            self.push(tags::tag(b"tbody"), &plain)?;
        }
        if part == id::TD && is(self, id::TBODY) {
            self.push(tags::tag(b"tr"), &plain)?;
        }
        Ok(())
    }
}
