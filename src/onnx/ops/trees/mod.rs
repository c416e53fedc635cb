//! Ensembles of decision trees: random forests and gradient boosting.

mod forest;

use super::super::attributes::Attributes;
use super::super::error::RunError;
use super::super::run::{Given, Run};
use super::super::tensor::{Labels, Tensor, Value};
use super::classic::greatest;
use super::scores::PostTransform;
use super::{Built, Operator};
use forest::{Aggregate, Forest};

#[derive(Debug)]
struct Regressor {
    forest: Forest,
    transform: PostTransform,
}

pub(super) fn regressor(node: &Attributes<'_, '_>) -> Built {
    let targets = usize::try_from(node.int("n_targets").unwrap_or(1)).unwrap_or(0);
    let forest = Forest::new(node, "target", targets, Aggregate::of(node)?)?;
    let transform = PostTransform::of(node)?;
    if targets == 1 && !matches!(transform, PostTransform::None | PostTransform::Probit) {
        return Err(node.unsupported("a `post_transform` of one target, which runtimes differ in"));
    }
    if !forest.base.is_empty() && forest.base.len() != targets {
        return Err(node.wrong("`base_values` do not fit its targets"));
    }
    Ok(Box::new(Regressor { forest, transform }))
}

impl Operator for Regressor {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let mut rows = self.forest.rows(given.tensor(0)?, run)?;
        let targets = self.forest.targets;
        let mut made = Vec::with_capacity(rows.len() * targets);
        for row in &mut rows {
            let mut scores: Vec<f64> = row.iter().map(|score| score.unwrap_or(0.0)).collect();
            for (score, base) in scores.iter_mut().zip(&self.forest.base) {
                *score += base;
            }
            self.transform.apply(&mut scores);
            made.extend(scores.into_iter().map(|x| x as f32));
        }
        Ok(vec![Tensor::floats(vec![rows.len(), targets], made)])
    }
}

#[derive(Debug)]
struct Classifier {
    forest: Forest,
    labels: Labels,
    transform: PostTransform,
    /// All weights are of one class of two: the other's score follows from it.
    one_sided: bool,
    /// No weight is negative: the one score is a probability.
    positive: bool,
}

pub(super) fn classifier(node: &Attributes<'_, '_>) -> Built {
    let labels = node.labels("classlabels_int64s", "classlabels_strings")?;
    let labels = labels.ok_or_else(|| node.wrong("it has no classes"))?;
    let forest = Forest::new(node, "class", labels.len(), Aggregate::Sum)?;
    let classes = forest.weights.iter().map(|(class, _)| *class);
    let one_sided = labels.len() == 2 && {
        let mut classes: Vec<usize> = classes.collect();
        classes.sort_unstable();
        classes.dedup();
        classes.len() == 1
    };
    let of_first = forest.weights.iter().all(|(class, _)| *class == 0);
    match (labels.len(), forest.base.len()) {
        (_, 0) => {}
        (2, 1) if of_first => {}
        (2, _) => {
            return Err(node.unsupported("`base_values` of two classes, which runtimes differ in"));
        }
        (classes, base) if classes == base => {}
        _ => return Err(node.wrong("`base_values` do not fit its classes")),
    }
    let positive = forest.weights.iter().all(|(_, weight)| *weight >= 0.0);
    Ok(Box::new(Classifier {
        transform: PostTransform::of(node)?,
        forest,
        labels,
        one_sided,
        positive,
    }))
}

impl Operator for Classifier {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let rows = self.forest.rows(given.tensor(0)?, run)?;
        let classes = self.labels.len();
        let mut chosen = Vec::with_capacity(rows.len());
        let mut made = Vec::with_capacity(rows.len() * classes);
        for row in &rows {
            let (label, scores) = match classes {
                2 => self.of_two(row),
                _ => self.of_many(row),
            };
            chosen.push(label);
            made.extend(scores.into_iter().map(|x| x as f32));
        }
        let labels = Value::Tensor(self.labels.pick(&chosen));
        let scores = Tensor::floats(vec![rows.len(), classes], made);
        Ok(vec![labels, scores])
    }
}

impl Classifier {
    fn of_many(&self, row: &[Option<f64>]) -> (usize, Vec<f64>) {
        let mut scores: Vec<f64> = row.iter().map(|score| score.unwrap_or(0.0)).collect();
        for (score, base) in scores.iter_mut().zip(&self.forest.base) {
            *score += base;
        }
        let label = greatest(&scores);
        self.transform.apply(&mut scores);
        (label, scores)
    }

    /// Two classes, of which often only one has scores. The standard says little of this; it is
    /// done as the runtimes do.
    fn of_two(&self, row: &[Option<f64>]) -> (usize, Vec<f64>) {
        let (first, second) = (row[0].unwrap_or(0.0), row[1]);
        let first = first + self.forest.base.first().copied().unwrap_or(0.0);
        let score = second.unwrap_or(first);
        let threshold = if self.one_sided && self.positive {
            0.5
        } else {
            0.0
        };
        let label = match second {
            Some(second) if !self.one_sided => usize::from(second > first),
            _ => usize::from(score > threshold),
        };
        let scores = match second {
            Some(second) => {
                let mut scores = vec![first, second];
                self.transform.apply(&mut scores);
                scores
            }
            None => (self.transform).of_two(score, self.positive).to_vec(),
        };
        (label, scores)
    }
}
