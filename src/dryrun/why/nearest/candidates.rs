//! Other values worth trying: those that it is compared with and their neighbours, the other
//! truth, nothing where there is something and something where there is nothing.

use jiff::{SignedDuration, Timestamp};

use super::fact::Fact;
use super::{Search, Tried, Wanted};
use crate::cel::{BinaryOp, ExprId, Kind, Literal, Value};

/// A value to try, and how it is told.
#[derive(Clone, Debug)]
pub(super) enum Candidate {
    Value(Value),
    /// Any will do, such as this one.
    Present(Value),
    Other(Value),
}

impl Candidate {
    /// How far a number, time or duration is from another; zero for all else.
    pub(super) fn distance(&self, from: &Value) -> f64 {
        let (Self::Value(to) | Self::Present(to) | Self::Other(to)) = self;
        match (number(to), number(from)) {
            (Some(to), Some(from)) => (to - from).abs(),
            _ => 0.0,
        }
    }

    fn is_finite(&self) -> bool {
        let (Self::Value(to) | Self::Present(to) | Self::Other(to)) = self;
        !matches!(to, Value::Double(double) if !double.is_finite())
    }

    pub(super) fn into_value(self) -> (Value, Wanted) {
        match self {
            Self::Value(value) => (value.clone(), Wanted::Value(value)),
            Self::Present(value) => (value, Wanted::Present),
            Self::Other(value) => (value, Wanted::Other),
        }
    }
}

/// Candidates for a fact below a part, each with how unlike what is there it is; among those that
/// are alike, [`Candidate::distance`] decides.
pub(super) fn of(
    search: &Search<'_>,
    id: ExprId,
    want: bool,
    from: &Value,
    fact: &Fact,
    values: &[(ExprId, Option<Value>)],
    tried: &Tried,
) -> Vec<(u64, Candidate)> {
    let mut found = Vec::new();
    let pool = pool(search, id, values);
    if let Value::Bool(value) = from {
        found.push((10, Candidate::Value(Value::Bool(!value))));
    }
    for value in &pool {
        if from.is_null() || value.kind_name() == from.kind_name() {
            found.push((20, Candidate::Value(value.clone())));
        }
        for (near, value) in neighbours(value, from) {
            found.push((20 + near, Candidate::Value(value)));
        }
        texts(from, value, &mut found);
        lists(from, value, &mut found);
    }
    if is_comparison(search.ast.kind(id)) {
        for value in solved(search, id, from, fact, tried) {
            found.push((20, Candidate::Value(value)));
        }
        let holds = |value: Value| {
            let saw = fact.set(&tried.saw, value);
            let changes = Vec::new();
            search.is(id, want, &Tried { saw, changes })
        };
        for up in [true, false] {
            let found_there = stepped(from, up, &holds);
            found.extend(found_there.map(|value| (20, Candidate::Value(value))));
        }
    }
    if from.is_null() {
        let any = [
            Value::Bool(true),
            Value::Int(1),
            Value::Double(1.0),
            Value::string("…"),
            Value::Timestamp(Timestamp::UNIX_EPOCH),
            Value::Duration(SignedDuration::from_secs(1)),
            Value::list(Vec::new()),
        ];
        found.extend(any.map(|value| (200, Candidate::Present(value))));
    } else {
        // Only where all others are alike.
        if let (Value::String(text), true) = (from, is_equality(search.ast.kind(id))) {
            found.push((30, Candidate::Other(Value::string(format!("{text}…")))));
        }
        found.push((300, Candidate::Value(Value::Null)));
    }
    // No value that is read is infinite.
    found.retain(|(_, candidate)| candidate.is_finite());
    found
}

fn is_equality(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Binary {
            op: BinaryOp::Equal | BinaryOp::NotEqual | BinaryOp::In,
            ..
        }
    )
}

/// The literals below a part and what its parts came to, each once.
fn pool(search: &Search<'_>, id: ExprId, values: &[(ExprId, Option<Value>)]) -> Vec<Value> {
    let mut below = Vec::new();
    let mut open = vec![id];
    while let Some(id) = open.pop() {
        below.push(id);
        search.ast.kind(id).for_each_child(|child| open.push(child));
    }
    below.sort_unstable();
    let mut pool: Vec<Value> = Vec::new();
    let mut add = |value: Value| {
        if !value.is_null() && !pool.iter().any(|known| crate::cel::equal(known, &value)) {
            pool.push(value);
        }
    };
    for part in &below {
        if let Kind::Literal(literal) = search.ast.kind(*part) {
            add(of_literal(literal));
        }
    }
    let came_to = values
        .iter()
        .filter(|(part, _)| below.contains(part) && *part != id);
    for value in came_to.filter_map(|(_, value)| value.clone()) {
        // `x in […]`: each of them.
        if let Value::List(items) = &value {
            items.iter().take(16).cloned().for_each(&mut add);
        }
        add(match value {
            Value::Optional(Some(inner)) => (*inner).clone(),
            value => value,
        });
    }
    pool
}

fn of_literal(literal: &Literal) -> Value {
    match literal {
        Literal::Null => Value::Null,
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Int(value) => Value::Int(*value),
        Literal::Uint(value) => Value::Uint(*value),
        Literal::Double(value) => Value::Double(*value),
        Literal::String(value) => Value::string(&**value),
        Literal::Bytes(value) => Value::Bytes(value.to_vec().into()),
    }
}

/// Just above and just below, in the kind that is due.
fn neighbours(value: &Value, from: &Value) -> Vec<(u64, Value)> {
    let second = SignedDuration::from_secs(1);
    match (value, from) {
        (Value::Int(v), Value::Int(_) | Value::Null) => [v.checked_add(1), v.checked_sub(1)]
            .into_iter()
            .flatten()
            .map(|v| (0, Value::Int(v)))
            .collect(),
        (Value::Double(v), Value::Double(_) | Value::Null) => doubles(*v),
        // An int literal stands for a double where a double is due.
        #[expect(
            clippy::cast_precision_loss,
            reason = "a candidate is tried, not trusted"
        )]
        (Value::Int(v), Value::Double(_)) => {
            let mut all = doubles(*v as f64);
            all.insert(0, (0, Value::Double(*v as f64)));
            all
        }
        (Value::Duration(v), Value::Duration(_) | Value::Null) => {
            [v.checked_add(second), v.checked_sub(second)]
                .into_iter()
                .flatten()
                .map(|v| (0, Value::Duration(v)))
                .collect()
        }
        (Value::Timestamp(v), Value::Timestamp(_) | Value::Null) => {
            [v.checked_add(second).ok(), v.checked_sub(second).ok()]
                .into_iter()
                .flatten()
                .map(|v| (0, Value::Timestamp(v)))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// A hundredth, or where that is nothing the next double.
fn doubles(v: f64) -> Vec<(u64, Value)> {
    let all = [
        (0, v + 0.01),
        (0, v - 0.01),
        (1, v.next_up()),
        (1, v.next_down()),
    ];
    let told = all.into_iter().filter(|(_, v)| v.is_finite());
    told.map(|(near, v)| {
        let rounded = (v * 100.0).round() / 100.0;
        (near, Value::Double(if near == 0 { rounded } else { v }))
    })
    .collect()
}

/// Text that begins, ends with or holds what it is asked for.
fn texts(from: &Value, asked: &Value, found: &mut Vec<(u64, Candidate)>) {
    if let (Value::String(text), Value::String(asked)) = (from, asked) {
        for joined in [format!("{asked}{text}"), format!("{text}{asked}")] {
            found.push((40, Candidate::Value(Value::string(joined))));
        }
    }
}

/// A list with what it is asked for, and without.
fn lists(from: &Value, asked: &Value, found: &mut Vec<(u64, Candidate)>) {
    if let (Value::List(items), false) = (from, matches!(asked, Value::List(_))) {
        let without = items.iter().filter(|it| !crate::cel::equal(it, asked));
        found.push((
            40,
            Candidate::Value(Value::list(without.cloned().collect())),
        ));
        let mut with = (**items).clone();
        with.push(asked.clone());
        found.push((40, Candidate::Value(Value::list(with))));
    }
}

fn is_comparison(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Binary {
            op: BinaryOp::Less
                | BinaryOp::LessEqual
                | BinaryOp::Greater
                | BinaryOp::GreaterEqual
                | BinaryOp::Equal
                | BinaryOp::NotEqual,
            ..
        }
    )
}

/// The smallest unit in which a number is changed: a hundredth of a double, one of all else.
fn unit(like: &Value) -> f64 {
    if matches!(like, Value::Double(_)) {
        0.01
    } else {
        1.0
    }
}

/// So many units are tried one by one, before larger and larger steps.
const NEAR: u32 = 16;
/// How often a step is doubled.
const DOUBLED: u32 = 44;

/// The nearest number in one direction that does, by steps that grow, and then by halves: whatever
/// is worked out of it, a quotient too.
fn stepped(from: &Value, up: bool, does: &impl Fn(Value) -> bool) -> Option<Value> {
    let start = number(from)?;
    let unit = if up { unit(from) } else { -unit(from) };
    let at = |steps: f64| valued(start + steps * unit, from).filter(|it| does(it.clone()));
    let mut before = 0.0;
    let mut steps = 1.0;
    for turn in 0..NEAR + DOUBLED {
        if let Some(mut nearest) = at(steps) {
            while steps - before > 1.0 {
                let middle = f64::midpoint(before, steps).floor();
                match at(middle) {
                    Some(nearer) => (nearest, steps) = (nearer, middle),
                    None => before = middle,
                }
            }
            return Some(nearest);
        }
        before = steps;
        steps = if turn < NEAR {
            steps + 1.0
        } else {
            steps * 2.0
        };
    }
    None
}

/// Of a comparison: where its sides meet when this fact changes, if they do so in a straight line.
fn solved(search: &Search<'_>, id: ExprId, from: &Value, fact: &Fact, tried: &Tried) -> Vec<Value> {
    let Kind::Binary { left, right, .. } = search.ast.kind(id) else {
        return Vec::new();
    };
    let gap = |tried: &Tried| {
        let (l, r) = (search.value(*left, tried)?, search.value(*right, tried)?);
        Some(number(&l)? - number(&r)?)
    };
    let solve = || {
        let (x, before) = (number(from)?, gap(tried)?);
        let step = if x.abs() > 1e6 { 3600.0 } else { 1.0 };
        let moved = valued(x + step, from)?;
        let after = gap(&Tried {
            saw: fact.set(&tried.saw, moved),
            changes: Vec::new(),
        })?;
        let slope = (after - before) / step;
        (slope != 0.0 && slope.is_finite()).then(|| x - before / slope)
    };
    let Some(meets) = solve() else {
        return Vec::new();
    };
    let unit = unit(from);
    [0.0, unit, -unit]
        .into_iter()
        .filter_map(|off| valued(meets + off, from))
        .collect()
}

/// As a number: times and durations in seconds.
fn number(value: &Value) -> Option<f64> {
    match value {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a candidate is tried, not trusted"
        )]
        Value::Int(v) => Some(*v as f64),
        Value::Double(v) => Some(*v),
        Value::Duration(v) => Some(v.as_secs_f64()),
        Value::Timestamp(v) => Some(v.as_duration().as_secs_f64()),
        _ => None,
    }
}

/// A number as a value of the kind of another; whole where that is.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a cast to int stops at its ends"
)]
fn valued(number: f64, like: &Value) -> Option<Value> {
    if !number.is_finite() {
        return None;
    }
    match like {
        Value::Int(_) => Some(Value::Int(number.round() as i64)),
        Value::Double(_) => Some(Value::Double((number * 100.0).round() / 100.0)),
        Value::Duration(_) => Some(Value::Duration(SignedDuration::from_secs(
            number.round() as i64
        ))),
        Value::Timestamp(_) => Timestamp::from_second(number.round() as i64)
            .ok()
            .map(Value::Timestamp),
        _ => None,
    }
}
