//! Boosted decision trees in integers: the arithmetic behind trained decisions, and the text format of their weights.
//!
//! A weights file holds comment lines (`#`), one line with the names of the features, one with the base score, then one tree a line,
//! its nodes in pre-order: `feature:threshold` for a split (at most the threshold: left), `=score` for a leaf. The trainer
//! (`benches/train_text`) writes it. Same rows, same scores, on every machine: nothing here may use floating point.

use std::sync::LazyLock;

use crate::text::tables::{self, BODY_TREES, BYLINE_TREES, DATE_TREES, HEADLINE_TREES, LINE_TREES, LIST_TREES};

/// The trees that read a page, each by what it judges.
#[derive(Debug)]
pub struct Forest {
    /// Blocks of a page of HTML.
    pub body: Trees,
    /// Whether it is a list of articles or goods.
    pub lists: Trees,
    /// Lines of a flattened page.
    pub lines: Trees,
    /// Which of them is its headline.
    pub headlines: Trees,
    /// Which date is its own.
    pub dates: Trees,
    /// Which lines sign it.
    pub bylines: Trees,
}

/// The trees that are compiled in.
pub static SHIPPED: LazyLock<Forest> = LazyLock::new(|| {
    let read = |text| Trees::read(text).expect("the weights are read by a test");
    Forest {
        body: read(BODY_TREES),
        lists: read(LIST_TREES),
        lines: read(LINE_TREES),
        headlines: read(HEADLINE_TREES),
        dates: read(DATE_TREES),
        bylines: read(BYLINE_TREES),
    }
});

impl Default for &Forest {
    fn default() -> Self {
        &SHIPPED
    }
}

/// A sum of trees.
///
/// Not kept as trees: the splits of all of them stand together by feature, their thresholds ascending. A row that exceeds a threshold
/// strikes the leaves to the left of that split out; of each tree, the first leaf that is left is the one the row comes to. That reads
/// memory in order and has no branches to guess.
#[derive(Debug, Default)]
pub struct Trees {
    /// The names of the features, in the order of a row.
    pub names: Vec<String>,
    base: i32,
    /// By feature and threshold.
    splits: Vec<Split>,
    /// Where the splits of each feature begin, and where the last one's end.
    features: Vec<usize>,
    leaves: Vec<i32>,
    /// Where the leaves of each tree begin.
    trees: Vec<usize>,
}

#[derive(Clone, Copy, Debug)]
struct Split {
    feature: u16,
    tree: u16,
    threshold: i32,
    /// Leaves that stay for a row that exceeds the threshold.
    rest: Leaves,
}

/// A bit for each leaf of a tree, the leftmost first.
type Leaves = u32;

/// Scores are log-odds in units of 1/SCALE.
pub const SCALE: i32 = 1000;

impl Trees {
    /// Reads a weights file; the error names the line.
    pub fn read(text: &str) -> Result<Trees, String> {
        let mut lines = tables::lines(text);
        let names = lines.next().ok_or("no line of names")?.1.split_whitespace().map(str::to_owned).collect();
        let base = lines.next().and_then(|(_, line)| line.trim().parse().ok()).ok_or("no base score")?;
        let mut trees = Trees { names, base, ..Trees::default() };
        for (number, line) in lines {
            trees.read_tree(line).ok_or_else(|| format!("line {} is no tree, or has more than {} leaves", number + 1, Leaves::BITS))?;
        }
        trees.splits.sort_by_key(|split| (split.feature, split.threshold));
        trees.features = (0..=trees.names.len()).map(|feature| trees.splits.partition_point(|split| usize::from(split.feature) < feature)).collect();
        Ok(trees)
    }

    fn read_tree(&mut self, line: &str) -> Option<()> {
        let (tree, from) = (self.trees.len(), self.leaves.len());
        self.trees.push(from);
        // Splits whose right branch has not begun, with their first leaf.
        let mut open: Vec<(usize, usize)> = Vec::new();
        let mut closed = false;
        for word in line.split_whitespace() {
            let leaf = self.leaves.len() - from;
            if closed || leaf >= Leaves::BITS as usize {
                return None;
            }
            if let Some(score) = word.strip_prefix('=') {
                self.leaves.push(score.parse().ok()?);
                match open.pop() {
                    Some((split, first)) => self.splits[split].rest = (first..=leaf).fold(Leaves::MAX, |rest, leaf| rest & !(1 << leaf)),
                    None => closed = true,
                }
            } else {
                let (feature, threshold) = word.split_once(':')?;
                let feature = feature.parse().ok().filter(|f: &usize| *f < self.names.len())?;
                open.push((self.splits.len(), leaf));
                let (feature, tree) = (u16::try_from(feature).ok()?, u16::try_from(tree).ok()?);
                self.splits.push(Split { feature, tree, threshold: threshold.parse().ok()?, rest: Leaves::MAX });
            }
        }
        closed.then_some(())
    }

    /// The score of a row: log-odds in units of 1/[`SCALE`]. A feature that the row does not have counts as 0.
    pub fn score(&self, row: &[i32]) -> i32 {
        let mut left = vec![Leaves::MAX; self.trees.len()];
        for (feature, range) in self.features.windows(2).enumerate() {
            let value = row.get(feature).copied().unwrap_or(0);
            for split in self.splits[range[0]..range[1]].iter().take_while(|split| value > split.threshold) {
                left[usize::from(split.tree)] &= split.rest;
            }
        }
        let leaf = |(from, left): (&usize, Leaves)| self.leaves[from + left.trailing_zeros() as usize];
        self.trees.iter().zip(left).map(leaf).fold(self.base, i32::saturating_add)
    }
}

/// A row in the making; for the trainer and tests it notes the names as well.
#[derive(Default)]
pub struct Row {
    /// The values.
    pub values: Vec<i32>,
    /// The names, if they are wanted.
    pub names: Option<Vec<String>>,
}

impl Row {
    /// Adds a value.
    pub fn add(&mut self, name: &str, value: impl TryInto<i32>) {
        if let Some(names) = &mut self.names {
            names.push(name.to_owned());
        }
        self.values.push(value.try_into().unwrap_or(i32::MAX));
    }

    /// Adds a value that is one of several like it: `part` says which.
    pub fn add_of(&mut self, part: &str, name: &str, value: impl TryInto<i32>) {
        if let Some(names) = &mut self.names {
            names.push(format!("{part}_{name}"));
        }
        self.values.push(value.try_into().unwrap_or(i32::MAX));
    }

    /// Adds 1 for yes, 0 for no.
    pub fn flag(&mut self, name: &str, value: bool) {
        self.add(name, i32::from(value));
    }
}

/// A share in thousandths.
pub fn share(part: usize, whole: usize) -> usize {
    (part * 1000).checked_div(whole).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEIGHTS: &str = "# a comment\nlength links\n-100\n0:40 =-7 1:300 =900 =-500\n=20\n";

    #[test]
    fn a_row_goes_down_every_tree() {
        let trees = Trees::read(WEIGHTS).unwrap();
        assert_eq!(trees.names, ["length", "links"]);
        assert_eq!(trees.score(&[40, 0]), -100 - 7 + 20);
        assert_eq!(trees.score(&[41, 300]), -100 + 900 + 20);
        assert_eq!(trees.score(&[41, 301]), -100 - 500 + 20);
        assert_eq!(trees.score(&[]), -100 - 7 + 20);
    }

    #[test]
    fn deep_trees_end_in_the_right_leaf() {
        // The left branch of the root splits again, and so does the right branch of that.
        let trees = Trees::read("a b c\n0\n0:10 1:20 =1 2:30 =2 0:5 =3 =4 1:0 =5 =6\n").unwrap();
        let walk = |a: i32, b: i32, c: i32| match (a <= 10, b <= 20, c <= 30, a <= 5, b <= 0) {
            (true, true, ..) => 1,
            (true, false, true, ..) => 2,
            (true, false, false, true, _) => 3,
            (true, false, false, false, _) => 4,
            (false, _, _, _, true) => 5,
            (false, ..) => 6,
        };
        for a in [-1, 5, 6, 10, 11] {
            for b in [-1, 0, 1, 20, 21] {
                for c in [29, 30, 31] {
                    assert_eq!(trees.score(&[a, b, c]), walk(a, b, c), "{a} {b} {c}");
                }
            }
        }
    }

    #[test]
    fn damaged_weights_are_refused() {
        for text in ["", "a\n", "a\nx\n", "a\n0\n0:1 =2\n", "a\n0\n0:1 =2 =3 =4\n", "a\n0\n1:1 =2 =3\n", "a\n0\n0:x =2 =3\n"] {
            assert!(Trees::read(text).is_err(), "{text:?}");
        }
    }
}
