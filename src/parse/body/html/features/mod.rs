//! What can be counted of a block and of what stands around it: the rows that the trained trees ([`crate::parse::body::html::settle`]) judge.
//!
//! Integers only, all of them counts, levels or thousandths, so that a page has the same rows on every machine. Nothing here decides, and
//! nothing here knows a site. One pass over the blocks, with sums over subtrees; ancestors are looked at up to [`around::LEVELS`].

mod around;
mod groups;
mod place;
mod shape;

use crate::parse::body::html::Clues;
use crate::parse::body::html::blocks::Block;
use crate::parse::page::classes::Kind;
use crate::parse::page::dom::{Dom, NodeId};
use crate::parse::trees::Row;
use crate::parse::vocabulary;
use crate::text::fold;

/// What the rules made of a page.
pub struct Seen<'a, 'd> {
    /// The page.
    pub dom: &'a Dom<'d>,
    /// Its blocks, cuts marked.
    pub blocks: &'a [Block],
    /// The block that shows the headline.
    pub heading: Option<usize>,
    /// The container.
    pub root: NodeId,
    /// What the rules keep.
    pub kept: &'a [usize],
    /// What is known of the page.
    pub clues: &'a Clues<'a>,
    /// JSON-LD holds most of what the page shows.
    pub ruled: bool,
    /// The kind of each node that speaks against it.
    pub cuts: &'a [Option<Kind>],
}

/// What is made of the row of each block; `None` for a block that is out without a look.
pub fn each<T>(seen: &Seen, mut of_row: impl FnMut(&[i32]) -> T) -> Vec<Option<T>> {
    let mut tables = Tables::new(seen);
    let mut kept = vec![false; seen.blocks.len()];
    for index in seen.kept {
        kept[*index] = true;
    }
    let mut row = Row::default();
    let mut of_block = |index: usize| {
        (kept[index] || is_open(&seen.blocks[index])).then(|| {
            row.values.clear();
            tables.fill(&mut row, seen, index);
            of_row(&row.values)
        })
    };
    (0..seen.blocks.len()).map(&mut of_block).collect()
}

/// Whether a block that the rules leave out deserves a look: menus, footers and lone links do not.
fn is_open(block: &Block) -> bool {
    block.supported || !(matches!(block.cut, Some(Kind::Navigation | Kind::Footer | Kind::Cookie)) || (block.chars < 200 && block.linked_over(90)))
}

/// The names of the columns.
pub fn names(seen: &Seen) -> Vec<String> {
    if seen.blocks.is_empty() {
        return Vec::new();
    }
    let mut row = Row { values: Vec::new(), names: Some(Vec::new()) };
    Tables::new(seen).fill(&mut row, seen, 0);
    row.names.unwrap_or_default()
}

/// Bytes of a description that blocks are compared with: all of them are.
const MAX_DESCRIPTION: usize = 2000;

/// What is counted once a page.
struct Tables {
    shapes: Vec<shape::Shape>,
    groups: groups::Groups,
    around: around::Around,
    place: place::Place,
    headline: String,
    description: String,
}

impl Tables {
    fn new(seen: &Seen) -> Tables {
        let shapes: Vec<shape::Shape> = seen.blocks.iter().map(shape::Shape::of).collect();
        Tables {
            groups: groups::Groups::new(seen),
            around: around::Around::new(seen),
            place: place::Place::new(seen, &shapes),
            shapes,
            headline: seen.clues.headline.map(fold::letters).unwrap_or_default(),
            description: seen.clues.description.map(|text| fold::letters_up_to(text, MAX_DESCRIPTION)).unwrap_or_default(),
        }
    }

    fn fill(&mut self, row: &mut Row, seen: &Seen, index: usize) {
        let block = &seen.blocks[index];
        self.shapes[index].add_to(row, block);
        let counts = vocabulary::count(&block.text);
        for (count, name) in counts.iter().zip(vocabulary::KINDS) {
            row.add_of("words", name, *count);
        }
        self.clues(seen, index, row);
        self.around.add_to(row, seen, index);
        self.groups.add_to(row, index);
        self.place.add_to(row, seen, index, &self.shapes);
    }

    /// How its words compare with the headline and the description.
    fn clues(&self, seen: &Seen, index: usize, row: &mut Row) {
        let block = &seen.blocks[index];
        // What is longer than both can only begin with them.
        let limit = self.headline.len().max(self.description.len()).max(100);
        let text = if block.chars <= 600 { fold::letters_up_to(&block.text, limit) } else { String::new() };
        let alike = |other: &str| {
            let long = text.chars().nth(14).is_some();
            if text.is_empty() || other.is_empty() {
                0
            } else if text == other {
                3
            } else if long && (other.starts_with(&text) || text.starts_with(other)) {
                2
            } else {
                i32::from(long && other.contains(&text))
            }
        };
        row.add("like_headline", alike(&self.headline));
        row.add("like_description", alike(&self.description));
    }
}
