//! What becomes of raw scores: probabilities, mostly (`post_transform`).

use super::super::attributes::Attributes;
use super::super::error::LoadError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PostTransform {
    None,
    Logistic,
    Softmax,
    SoftmaxZero,
    Probit,
}

impl PostTransform {
    pub(super) fn of(node: &Attributes<'_, '_>) -> Result<Self, LoadError> {
        Ok(match node.text("post_transform")?.unwrap_or("NONE") {
            "NONE" => Self::None,
            "LOGISTIC" => Self::Logistic,
            "SOFTMAX" => Self::Softmax,
            "SOFTMAX_ZERO" => Self::SoftmaxZero,
            "PROBIT" => Self::Probit,
            other => return Err(node.unsupported(&format!("`post_transform` {other:?}"))),
        })
    }

    /// The scores of one row.
    pub(super) fn apply(self, scores: &mut [f64]) {
        match self {
            Self::None => {}
            Self::Logistic => each(scores, logistic),
            Self::Probit => each(scores, probit),
            Self::Softmax => softmax(scores, |_| true),
            Self::SoftmaxZero => softmax(scores, |x| x.abs() > 1e-7),
        }
    }

    /// Both scores of two classes, of the one score that is known.
    pub(super) fn of_two(self, score: f64, probability: bool) -> [f64; 2] {
        match self {
            Self::Logistic => [logistic(-score), logistic(score)],
            _ if probability => [1.0 - score, score],
            _ => [-score, score],
        }
    }
}

fn each(scores: &mut [f64], of: impl Fn(f64) -> f64) {
    for score in scores {
        *score = of(*score);
    }
}

/// The logistic function, exact on both sides.
pub(super) fn logistic(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + libm::exp(-x))
    } else {
        let e = libm::exp(x);
        e / (1.0 + e)
    }
}

/// Shares of the whole; what does not `take` part is scaled with the rest.
pub(super) fn softmax(scores: &mut [f64], takes_part: impl Fn(f64) -> bool) {
    let max = scores.iter().copied().fold(f64::NEG_INFINITY, libm::fmax);
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        if takes_part(*score) {
            *score = libm::exp(*score - max);
            sum += *score;
        } else {
            *score *= libm::exp(-max);
        }
    }
    if sum != 0.0 {
        for score in scores.iter_mut() {
            *score /= sum;
        }
    }
}

/// `sqrt(2) * erfinv(2x - 1)`, by the approximation that runtimes use.
fn probit(x: f64) -> f64 {
    let y = 2.0 * x - 1.0;
    let log = libm::log((1.0 - y) * (1.0 + y));
    let a = 2.0 / (std::f64::consts::PI * 0.147) + 0.5 * log;
    let root = (a * a - log / 0.147).sqrt();
    let sign = if y < 0.0 { -1.0 } else { 1.0 };
    std::f64::consts::SQRT_2 * sign * (root - a).sqrt()
}
