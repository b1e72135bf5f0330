//! Gradient boosting: a logistic loss over weighted rows, histograms of 64 bins, trees grown best leaf first.
//!
//! Small and plain on purpose: some hundred thousand rows, one thread, the same weights for the same rows (its random numbers are seeded).

use std::fmt::Write;

/// Bins a feature.
const BINS: usize = 64;

/// Rows with what they should score.
#[derive(Default)]
pub struct Rows {
    /// A value for each feature.
    pub values: Vec<Vec<i32>>,
    /// Truth, 0 to 1.
    pub truth: Vec<f32>,
    /// Weight.
    pub weight: Vec<f32>,
}

/// How trees are grown.
#[derive(Clone, Copy, Debug)]
pub struct Growth {
    /// How many.
    pub trees: usize,
    /// Leaves of each.
    pub leaves: usize,
    /// What a tree adds of what it says.
    pub rate: f32,
    /// Against leaves of little evidence.
    pub ridge: f32,
    /// Hessian that a leaf has at least.
    pub least: f32,
    /// Of a thousand rows, those that a tree sees.
    pub rows: u64,
    /// Of a thousand features, those that a tree may split by.
    pub features: u64,
}

#[derive(Clone, Copy)]
struct Split {
    leaf: usize,
    feature: usize,
    bin: usize,
    gain: f32,
}

enum Node {
    Leaf(f32),
    Split { feature: usize, threshold: i32, left: usize, right: usize },
}

/// A seeded generator (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn chance(&mut self, of_thousand: u64) -> bool {
        self.roll() % 1000 < of_thousand
    }
}

type Sums = Vec<[f32; 2]>;

struct Leaf {
    node: usize,
    rows: Vec<u32>,
    sums: Sums,
    best: Option<Split>,
}

struct Trainer<'a> {
    growth: Growth,
    thresholds: Vec<Vec<i32>>,
    /// A column a feature.
    bins: Vec<Vec<u8>>,
    rows: &'a Rows,
    gradient: Vec<[f32; 2]>,
    score: Vec<f32>,
    allowed: Vec<bool>,
}

/// Trains, and writes the weights in the format of `parse::trees`.
pub fn train(rows: &Rows, names: &[String], growth: Growth) -> String {
    let features = names.len();
    let thresholds: Vec<Vec<i32>> = (0..features).map(|f| thresholds(rows, f)).collect();
    let bins =
        (0..features).map(|f| rows.values.iter().map(|row| u8::try_from(thresholds[f].partition_point(|t| *t < row[f])).expect("64 bins")).collect()).collect();
    let (hits, all) = rows.truth.iter().zip(&rows.weight).fold((0.0, 0.0), |(h, a), (t, w)| (h + t * w, a + w));
    let base = (hits / (all - hits)).ln();
    let mut trainer = Trainer {
        growth,
        thresholds,
        bins,
        rows,
        gradient: vec![[0.0; 2]; rows.truth.len()],
        score: vec![base; rows.truth.len()],
        allowed: vec![true; features],
    };
    let mut dice = Dice(1);
    let mut out = format!("{}\n{}\n", names.join(" "), (base * 1000.0).round());
    for _ in 0..growth.trees {
        let nodes = trainer.grow(&mut dice);
        trainer.add(&nodes);
        write_tree(&nodes, 0, &mut out);
        out.push('\n');
    }
    out
}

/// Borders between bins: a value at most the border lies left of it.
fn thresholds(rows: &Rows, feature: usize) -> Vec<i32> {
    let mut values: Vec<i32> = rows.values.iter().map(|row| row[feature]).collect();
    values.sort_unstable();
    let mut distinct = values.clone();
    distinct.dedup();
    if distinct.len() <= BINS {
        distinct.pop();
        return distinct;
    }
    let mut out: Vec<i32> = (1..BINS).map(|i| values[values.len() * i / BINS]).collect();
    // Quantiles of mostly equal values leave the rest to a few bins: distinct values get some of their own.
    out.extend((1..BINS / 2).map(|i| distinct[distinct.len() * i / (BINS / 2)]));
    out.sort_unstable();
    out.dedup();
    while out.len() >= BINS {
        let at = (1..out.len() - 1).min_by_key(|i| i64::from(out[i + 1]) - i64::from(out[i - 1])).unwrap_or(0);
        out.remove(at);
    }
    out
}

impl Trainer<'_> {
    fn grow(&mut self, dice: &mut Dice) -> Vec<Node> {
        let mut sample = Vec::new();
        for i in 0..self.score.len() {
            let p = 1.0 / (1.0 + (-self.score[i]).exp());
            let w = self.rows.weight[i];
            self.gradient[i] = [(p - self.rows.truth[i]) * w, (p * (1.0 - p)).max(1e-6) * w];
            if dice.chance(self.growth.rows) {
                sample.push(u32::try_from(i).expect("fewer rows"));
            }
        }
        for allowed in &mut self.allowed {
            *allowed = dice.chance(self.growth.features);
        }
        let mut nodes = vec![Node::Leaf(0.0)];
        let sums = self.sums(&sample);
        let mut leaves = vec![Leaf { node: 0, rows: sample, sums, best: None }];
        leaves[0].best = self.best(&leaves, 0);
        while leaves.len() < self.growth.leaves {
            let Some(split) = leaves.iter().filter_map(|l| l.best).max_by(|a, b| a.gain.total_cmp(&b.gain)) else { break };
            self.split(split, &mut leaves, &mut nodes);
            let last = leaves.len() - 1;
            leaves[split.leaf].best = self.best(&leaves, split.leaf);
            leaves[last].best = self.best(&leaves, last);
        }
        for leaf in &leaves {
            let [g, h] = total(&leaf.sums, self.bins.len());
            nodes[leaf.node] = Node::Leaf((-g / (h + self.growth.ridge) * self.growth.rate).clamp(-3.0, 3.0));
        }
        nodes
    }

    fn sums(&self, rows: &[u32]) -> Sums {
        let mut sums = vec![[0.0; 2]; (self.bins.len() + 1) * BINS];
        for (feature, column) in self.bins.iter().enumerate() {
            if !self.allowed[feature] {
                continue;
            }
            let part = &mut sums[feature * BINS..(feature + 1) * BINS];
            for row in rows {
                let [g, h] = self.gradient[*row as usize];
                let slot = &mut part[usize::from(column[*row as usize])];
                slot[0] += g;
                slot[1] += h;
            }
        }
        // The last part holds the total.
        let all = rows.iter().fold([0.0; 2], |s: [f32; 2], row| [s[0] + self.gradient[*row as usize][0], s[1] + self.gradient[*row as usize][1]]);
        let at = self.bins.len() * BINS;
        sums[at] = all;
        sums
    }

    fn best(&self, leaves: &[Leaf], leaf: usize) -> Option<Split> {
        let sums = &leaves[leaf].sums;
        let [all_g, all_h] = total(sums, self.bins.len());
        let value = |g: f32, h: f32| g * g / (h + self.growth.ridge);
        let mut best: Option<Split> = None;
        for feature in (0..self.bins.len()).filter(|f| self.allowed[*f]) {
            let [mut g, mut h] = [0.0, 0.0];
            for bin in 0..self.thresholds[feature].len() {
                let [bin_g, bin_h] = sums[feature * BINS + bin];
                g += bin_g;
                h += bin_h;
                if h < self.growth.least || all_h - h < self.growth.least {
                    continue;
                }
                let gain = value(g, h) + value(all_g - g, all_h - h) - value(all_g, all_h);
                if gain > best.map_or(1e-4, |b| b.gain) {
                    best = Some(Split { leaf, feature, bin, gain });
                }
            }
        }
        best
    }

    fn split(&self, split: Split, leaves: &mut Vec<Leaf>, nodes: &mut Vec<Node>) {
        let column = &self.bins[split.feature];
        let leaf = &mut leaves[split.leaf];
        let (left, right): (Vec<u32>, Vec<u32>) = leaf.rows.iter().partition(|row| usize::from(column[**row as usize]) <= split.bin);
        // The smaller side is counted, the other is what is left.
        let small_left = left.len() < right.len();
        let small = self.sums(if small_left { &left } else { &right });
        let rest: Sums = leaf.sums.iter().zip(&small).map(|(a, b)| [a[0] - b[0], a[1] - b[1]]).collect();
        let (left_sums, right_sums) = if small_left { (small, rest) } else { (rest, small) };
        let (left_node, right_node) = (nodes.len(), nodes.len() + 1);
        nodes.push(Node::Leaf(0.0));
        nodes.push(Node::Leaf(0.0));
        nodes[leaf.node] = Node::Split { feature: split.feature, threshold: self.thresholds[split.feature][split.bin], left: left_node, right: right_node };
        *leaf = Leaf { node: left_node, rows: left, sums: left_sums, best: None };
        leaves.push(Leaf { node: right_node, rows: right, sums: right_sums, best: None });
    }

    fn add(&mut self, nodes: &[Node]) {
        for (score, row) in self.score.iter_mut().zip(&self.rows.values) {
            let mut at = 0;
            loop {
                match &nodes[at] {
                    Node::Leaf(value) => break *score += value,
                    Node::Split { feature, threshold, left, right } => at = if row[*feature] <= *threshold { *left } else { *right },
                }
            }
        }
    }
}

fn total(sums: &Sums, features: usize) -> [f32; 2] {
    sums[features * BINS]
}

fn write_tree(nodes: &[Node], at: usize, out: &mut String) {
    if at != 0 {
        out.push(' ');
    }
    match &nodes[at] {
        Node::Leaf(value) => write!(out, "={}", (value * 1000.0).round()).expect("a string takes it"),
        Node::Split { feature, threshold, left, right } => {
            write!(out, "{feature}:{threshold}").expect("a string takes it");
            write_tree(nodes, *left, out);
            write_tree(nodes, *right, out);
        }
    }
}
