//! Boosted decision trees in integers: the arithmetic behind trained decisions, and the text format of their weights.
//!
//! A weights file holds comment lines (`#`), one line with the names of the features, one with the base score, then one tree a line,
//! its nodes in pre-order: `feature:threshold` for a split (at most the threshold: left), `=score` for a leaf. The trainer
//! (`benches/train_text`) writes it. Same rows, same scores, on every machine: nothing here may use floating point.

/// A sum of trees.
#[derive(Debug, Default)]
pub struct Trees {
    /// The names of the features, in the order of a row.
    pub names: Vec<String>,
    base: i32,
    nodes: Vec<Node>,
    roots: Vec<usize>,
}

#[derive(Clone, Copy, Debug)]
enum Node {
    Leaf(i32),
    /// The left branch follows; the right one begins at `right`.
    Split {
        feature: usize,
        threshold: i32,
        right: usize,
    },
}

/// Scores are log-odds in units of 1/SCALE.
pub const SCALE: i32 = 1000;

impl Trees {
    /// Reads a weights file; the error names the line.
    pub fn read(text: &str) -> Result<Trees, String> {
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#') && !line.trim().is_empty());
        let names = lines.next().ok_or("no line of names")?.1.split_whitespace().map(str::to_owned).collect();
        let base = lines.next().and_then(|(_, line)| line.trim().parse().ok()).ok_or("no base score")?;
        let mut trees = Trees { names, base, ..Trees::default() };
        for (number, line) in lines {
            trees.read_tree(line).ok_or_else(|| format!("line {} is no tree", number + 1))?;
        }
        Ok(trees)
    }

    fn read_tree(&mut self, line: &str) -> Option<()> {
        self.roots.push(self.nodes.len());
        // Splits whose right branch has not begun.
        let mut open: Vec<usize> = Vec::new();
        let mut closed = false;
        for word in line.split_whitespace() {
            if closed {
                return None;
            }
            if let Some(score) = word.strip_prefix('=') {
                self.nodes.push(Node::Leaf(score.parse().ok()?));
                let next = self.nodes.len();
                match open.pop() {
                    Some(split) => {
                        let Some(Node::Split { right, .. }) = self.nodes.get_mut(split) else { return None };
                        *right = next;
                    }
                    None => closed = true,
                }
            } else {
                let (feature, threshold) = word.split_once(':')?;
                let feature = feature.parse().ok().filter(|f| *f < self.names.len())?;
                open.push(self.nodes.len());
                self.nodes.push(Node::Split { feature, threshold: threshold.parse().ok()?, right: 0 });
            }
        }
        closed.then_some(())
    }

    /// The score of a row: log-odds in units of 1/[`SCALE`]. A feature that the row does not have counts as 0.
    pub fn score(&self, row: &[i32]) -> i32 {
        self.roots.iter().fold(self.base, |sum, root| sum.saturating_add(self.leaf(*root, row)))
    }

    fn leaf(&self, root: usize, row: &[i32]) -> i32 {
        let mut at = root;
        loop {
            match self.nodes.get(at) {
                Some(Node::Leaf(score)) => return *score,
                Some(Node::Split { feature, threshold, right }) => {
                    at = if row.get(*feature).copied().unwrap_or(0) <= *threshold { at + 1 } else { *right };
                }
                None => return 0,
            }
        }
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
    fn damaged_weights_are_refused() {
        for text in ["", "a\n", "a\nx\n", "a\n0\n0:1 =2\n", "a\n0\n0:1 =2 =3 =4\n", "a\n0\n1:1 =2 =3\n", "a\n0\n0:x =2 =3\n"] {
            assert!(Trees::read(text).is_err(), "{text:?}");
        }
    }
}
