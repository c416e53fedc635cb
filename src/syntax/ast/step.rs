//! Steps: what stands under `do:`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Content, Duration, EventRef, Expr, Name, Spanned, Trigger};
use crate::source::Span;

#[derive(Clone, Debug)]
pub struct Step {
    /// `id:`, where it is written.
    pub id: Option<Name>,
    pub kind: StepKind,
    /// The step's map.
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum StepKind {
    Wait(Box<Wait>),
    Send {
        template: Name,
        with: Vec<(Name, Content)>,
        hold: bool,
        transactional: bool,
    },
    Call {
        /// `CONNECTION.ACTION`.
        action: EventRef,
        with: Vec<(Name, Content)>,
        set: Vec<Assign>,
        timeout: Option<Duration>,
        otherwise: Vec<Step>,
        transactional: bool,
    },
    Set(Vec<Assign>),
    Update(Vec<Assign>),
    Emit {
        event: EventRef,
        with: Vec<(Name, Content)>,
    },
    If {
        condition: Expr,
        then: Vec<Step>,
        otherwise: Vec<Step>,
    },
    Choose {
        choices: Vec<Choice>,
    },
    Split {
        name: Name,
        by: SplitBy,
        arms: Vec<Arm>,
    },
    Decide {
        name: Name,
        among: Vec<Offer>,
        fallback: Vec<Step>,
    },
    Parallel(Vec<Branch>),
    Goto(Name),
    End(Name),
    /// A step that could not be read; it has been reported.
    Error,
}

/// `NAME: CEL` under `set`, `update` or `identify`; the name may be a path (`consents.marketing`).
#[derive(Clone, Debug)]
pub struct Assign {
    pub target: EventRef,
    pub value: Expr,
}

#[derive(Clone, Debug)]
pub struct Wait {
    pub kind: WaitKind,
    pub timeout: Option<Duration>,
    /// `timeout` is there, also where what it says could not be read.
    pub timed: bool,
    /// `then:` of a single `on` or `when`.
    pub then: Vec<Step>,
    /// `else:`, on time-out.
    pub otherwise: Vec<Step>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum WaitKind {
    For(Duration),
    /// `{ days:, at:, zone: }`: the next such time later than now, after N midnights.
    At {
        days: u32,
        at: TimeOfDay,
        zone: Option<Expr>,
    },
    Until(Expr),
    On(Box<Trigger>),
    Any(Vec<Alternative>),
}

/// One of `any:`.
#[derive(Clone, Debug)]
pub struct Alternative {
    pub trigger: Trigger,
    pub then: Vec<Step>,
}

#[derive(Clone, Debug)]
pub enum TimeOfDay {
    /// `"09:00"`.
    Literal(Spanned<jiff::civil::Time>),
    /// CEL of type string in that form: `traveler.best_hour`.
    Cel(Expr),
}

/// `{ when:, do: }` or `{ otherwise: […] }` (no condition).
#[derive(Clone, Debug)]
pub struct Choice {
    pub when: Option<Expr>,
    pub steps: Vec<Step>,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SplitBy {
    Traveler,
    Session,
}

#[derive(Clone, Debug)]
pub struct Arm {
    pub name: Name,
    pub weight: Spanned<u32>,
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug)]
pub struct Offer {
    pub name: Name,
    pub when: Option<Expr>,
    pub score: Expr,
    pub steps: Vec<Step>,
    pub span: Span,
}

/// One of `parallel:`.
#[derive(Clone, Debug)]
pub struct Branch {
    pub steps: Vec<Step>,
    pub span: Span,
}

/// The id of each step of a block: as written, or its place among those of its kind and target.
pub fn step_ids(block: &[Step]) -> Vec<Arc<str>> {
    let mut counts: BTreeMap<Arc<str>, u32> = BTreeMap::new();
    let mut id = |step: &Step| {
        if let Some(id) = &step.id {
            return id.text.clone();
        }
        let base: Arc<str> = step.kind.base_id().into();
        if block.len() == 1 {
            return base;
        }
        let count = counts.entry(Arc::clone(&base)).or_default();
        *count += 1;
        match *count {
            1 => base,
            count => format!("{base} {count}").into(),
        }
    };
    block.iter().map(&mut id).collect()
}

impl StepKind {
    /// The id of the first step of this kind and target in its block.
    fn base_id(&self) -> String {
        match self {
            Self::Wait(_) => "wait".to_owned(),
            Self::Send { template, .. } => format!("send {template}"),
            Self::Call { action, .. } => format!("call {action}"),
            Self::Set(_) => "set".to_owned(),
            Self::Update(_) => "update".to_owned(),
            Self::Emit { event, .. } => format!("emit {event}"),
            Self::If { .. } => "if".to_owned(),
            Self::Choose { .. } => "choose".to_owned(),
            Self::Split { name, .. } => format!("split {name}"),
            Self::Decide { name, .. } => format!("decide {name}"),
            Self::Parallel(_) => "parallel".to_owned(),
            Self::Goto(milestone) => format!("goto {milestone}"),
            Self::End(outcome) => format!("end {outcome}"),
            Self::Error => "?".to_owned(),
        }
    }
}
