//! Trees as they are walked: checked when they are read, so that every walk ends at a leaf.

use std::collections::BTreeMap;
use std::ops::Range;

use super::super::super::attributes::Attributes;
use super::super::super::error::{LoadError, RunError};
use super::super::super::run::Run;
use super::super::super::tensor::Tensor;

/// How the trees' answers become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aggregate {
    Sum,
    Average,
    Min,
    Max,
}

impl Aggregate {
    pub(super) fn of(node: &Attributes<'_, '_>) -> Result<Self, LoadError> {
        Ok(match node.text("aggregate_function")?.unwrap_or("SUM") {
            "SUM" => Self::Sum,
            "AVERAGE" => Self::Average,
            "MIN" => Self::Min,
            "MAX" => Self::Max,
            other => return Err(node.unsupported(&format!("`aggregate_function` {other:?}"))),
        })
    }
}

#[derive(Debug)]
pub(super) struct Forest {
    nodes: Vec<TreeNode>,
    /// The first node of each tree.
    roots: Vec<usize>,
    /// Target and weight, those of a leaf together.
    pub weights: Vec<(usize, f64)>,
    pub targets: usize,
    pub base: Vec<f64>,
    aggregate: Aggregate,
    /// Its weights are floats, and so are their sums: half of the trees is half of the votes.
    single: bool,
    /// The number of features that are looked at, at least.
    features: usize,
}

#[derive(Debug)]
struct TreeNode {
    feature: usize,
    value: f64,
    mode: Mode,
    yes: usize,
    no: usize,
    /// Where a number that is missing (NaN) leads.
    missing_is_yes: bool,
    weights: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Leaf,
    AtMost,
    Less,
    AtLeast,
    Greater,
    Equal,
    NotEqual,
}

impl Mode {
    fn of(text: &str) -> Option<Self> {
        Some(match text {
            "LEAF" => Self::Leaf,
            "BRANCH_LEQ" => Self::AtMost,
            "BRANCH_LT" => Self::Less,
            "BRANCH_GTE" => Self::AtLeast,
            "BRANCH_GT" => Self::Greater,
            "BRANCH_EQ" => Self::Equal,
            "BRANCH_NEQ" => Self::NotEqual,
            _ => return None,
        })
    }

    fn holds(self, x: f64, value: f64) -> bool {
        match self {
            Self::Leaf => false,
            Self::AtMost => x <= value,
            Self::Less => x < value,
            Self::AtLeast => x >= value,
            Self::Greater => x > value,
            Self::Equal => x == value,
            Self::NotEqual => x != value,
        }
    }
}

/// A tree's id and a node's id in it.
type Place = (i64, i64);

impl Forest {
    /// Reads the attributes; those of leaves begin with `leaf`.
    pub(super) fn new(
        node: &Attributes<'_, '_>,
        leaf: &str,
        targets: usize,
        aggregate: Aggregate,
    ) -> Result<Self, LoadError> {
        let torn = || node.wrong("its lists of nodes do not fit each other");
        if targets == 0 {
            return Err(node.wrong("it has no targets"));
        }
        let (trees, ids) = (node.ints("nodes_treeids"), node.ints("nodes_nodeids"));
        let count = ids.len();
        let places: Vec<Place> = trees.iter().copied().zip(ids.iter().copied()).collect();
        let features = node.ints("nodes_featureids");
        let (yes, no) = (
            node.ints("nodes_truenodeids"),
            node.ints("nodes_falsenodeids"),
        );
        let values = node.numbers("nodes_values")?;
        let modes = node.texts("nodes_modes")?;
        let missing = node.ints("nodes_missing_value_tracks_true");
        let all = [
            trees.len(),
            features.len(),
            yes.len(),
            no.len(),
            values.len(),
            modes.len(),
        ];
        if count == 0 || all.iter().any(|length| *length != count) {
            return Err(torn());
        }
        let mut index: BTreeMap<Place, usize> = BTreeMap::new();
        for (at, place) in places.iter().enumerate() {
            if index.insert(*place, at).is_some() {
                return Err(node.wrong(&format!("two nodes of tree {} have one id", place.0)));
            }
        }
        let (leaves, weights) = leaf_weights(node, leaf, targets, &index)?;
        let mut nodes = Vec::with_capacity(count);
        for at in 0..count {
            let unknown = || node.unsupported(&format!("the mode {:?} of a node", modes[at]));
            let mode = Mode::of(&modes[at]).ok_or_else(unknown)?;
            let child = |id: i64| match mode {
                Mode::Leaf => Ok(at),
                _ => index.get(&(places[at].0, id)).copied().ok_or_else(torn),
            };
            let feature = match mode {
                Mode::Leaf => 0,
                _ => usize::try_from(features[at]).map_err(|_| torn())?,
            };
            nodes.push(TreeNode {
                feature,
                value: values[at],
                mode,
                yes: child(yes[at])?,
                no: child(no[at])?,
                missing_is_yes: missing.get(at).is_some_and(|flag| *flag != 0),
                weights: leaves[at].clone(),
            });
        }
        let inner = nodes.iter().filter(|node| node.mode != Mode::Leaf);
        let features = inner.map(|node| node.feature.saturating_add(1)).max();
        let forest = Self {
            roots: roots(&nodes).map_err(|message| node.wrong(message))?,
            features: features.unwrap_or(0),
            nodes,
            weights,
            targets,
            base: node.numbers("base_values")?,
            aggregate,
            single: !node.has(&format!("{leaf}_weights_as_tensor")),
        };
        Ok(forest)
    }

    /// What the trees say of every row, target by target; none where no leaf speaks of one.
    pub(super) fn rows(
        &self,
        tensor: &Tensor,
        run: &mut Run,
    ) -> Result<Vec<Vec<Option<f64>>>, RunError> {
        let (rows, columns) = tensor.rows()?;
        if columns < self.features {
            return Err(super::super::classic::features(self.features, columns));
        }
        run.size(&[rows, self.targets])?;
        let numbers = tensor.numbers()?;
        let row = |row: usize| {
            let row = &numbers[row * columns..(row + 1) * columns];
            let mut scores = vec![None; self.targets];
            for root in &self.roots {
                let leaf = self.leaf(*root, row, run)?;
                for (target, weight) in &self.weights[leaf] {
                    let score: &mut Option<f64> = &mut scores[*target];
                    *score = Some(match (*score, self.aggregate) {
                        (None, _) => *weight,
                        (Some(score), Aggregate::Sum | Aggregate::Average) => {
                            self.rounded(score + weight)
                        }
                        (Some(score), Aggregate::Min) => libm::fmin(score, *weight),
                        (Some(score), Aggregate::Max) => libm::fmax(score, *weight),
                    });
                }
            }
            if self.aggregate == Aggregate::Average {
                let trees = self.roots.len() as f64;
                for score in scores.iter_mut().flatten() {
                    *score /= trees;
                }
            }
            Ok(scores)
        };
        (0..rows).map(row).collect()
    }

    fn rounded(&self, sum: f64) -> f64 {
        if self.single {
            f64::from(sum as f32)
        } else {
            sum
        }
    }

    fn leaf(&self, root: usize, row: &[f64], run: &mut Run) -> Result<Range<usize>, RunError> {
        let mut at = root;
        loop {
            run.spend(1)?;
            let node = &self.nodes[at];
            if node.mode == Mode::Leaf {
                return Ok(node.weights.clone());
            }
            let x = row[node.feature];
            let yes = node.mode.holds(x, node.value) || (node.missing_is_yes && x.is_nan());
            at = if yes { node.yes } else { node.no };
        }
    }
}

type Weights = (Vec<Range<usize>>, Vec<(usize, f64)>);

/// The weights of leaves, those of one together, and where each node's lie.
fn leaf_weights(
    node: &Attributes<'_, '_>,
    leaf: &str,
    targets: usize,
    index: &BTreeMap<Place, usize>,
) -> Result<Weights, LoadError> {
    let trees = node.ints(&format!("{leaf}_treeids"));
    let ids = node.ints(&format!("{leaf}_nodeids"));
    let classes = node.ints(&format!("{leaf}_ids"));
    let weights = node.numbers(&format!("{leaf}_weights"))?;
    let count = ids.len();
    if [trees.len(), classes.len(), weights.len()]
        .iter()
        .any(|length| *length != count)
    {
        return Err(node.wrong("its lists of leaves do not fit each other"));
    }
    let mut found = Vec::with_capacity(count);
    for at in 0..count {
        let place = index.get(&(trees[at], ids[at])).copied();
        let target = usize::try_from(classes[at]).ok().filter(|it| *it < targets);
        let (Some(place), Some(target)) = (place, target) else {
            return Err(node.wrong("a leaf has a weight for a node or class that is not there"));
        };
        found.push((place, target, weights[at]));
    }
    // Stable: the weights of a leaf keep the order of the file.
    found.sort_by_key(|(place, ..)| *place);
    let mut ranges = vec![0..0; index.len()];
    for (at, (place, ..)) in found.iter().enumerate() {
        let range = &mut ranges[*place];
        let start = if range.end == 0 { at } else { range.start };
        *range = start..at + 1;
    }
    let weights = found
        .into_iter()
        .map(|(_, target, weight)| (target, weight));
    Ok((ranges, weights.collect()))
}

/// The nodes that no other leads to, in order: one a tree. Every node is reached once from them.
fn roots(nodes: &[TreeNode]) -> Result<Vec<usize>, &'static str> {
    let mut led_to = vec![0u32; nodes.len()];
    let mut children = 0usize;
    for node in nodes.iter().filter(|node| node.mode != Mode::Leaf) {
        for child in [node.yes, node.no] {
            led_to[child] += 1;
            children += 1;
        }
    }
    if led_to.iter().any(|count| *count > 1) {
        return Err("a node of a tree can be reached in two ways");
    }
    let roots: Vec<usize> = (0..nodes.len()).filter(|at| led_to[*at] == 0).collect();
    // Reached at most once each: what is not reached from a root goes round in circles.
    let mut open = roots.clone();
    let mut reached = 0;
    while let Some(at) = open.pop() {
        reached += 1;
        let node = &nodes[at];
        if node.mode != Mode::Leaf {
            open.extend([node.yes, node.no]);
        }
    }
    if reached != nodes.len() || roots.len() + children != nodes.len() {
        return Err("a tree goes round in circles");
    }
    Ok(roots)
}
