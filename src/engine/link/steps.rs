//! Steps: a tree of blocks goes in, flat code with jumps comes out.

use std::sync::Arc;

use super::{Link, Linker, refused};
use crate::cel::Type;
use crate::engine::linked::{Answer, Code, Op, OpKind, TimeOfDay};
use crate::model::env::{Here, Place};
use crate::model::{self, At, Journey, Step, StepKind, TravelerId, Wait};

/// How deep blocks may stand in each other.
const MAX_NESTING: usize = 64;

/// The journey whose steps are being linked.
pub(super) struct Scope<'a> {
    pub journey: &'a Journey,
    pub traveler: TravelerId,
    pub place: Place,
}

impl Scope<'_> {
    pub(super) fn milestone(&self, name: &str, at: &At) -> Link<u16> {
        let found = self
            .journey
            .milestones
            .iter()
            .position(|it| *it.name == *name);
        match found {
            Some(index) => Ok(index as u16),
            None => refused(at, format!("there is no milestone `{name}`")),
        }
    }
}

impl Linker<'_> {
    /// The steps of a `do:`.
    pub(super) fn code(&mut self, steps: &[Step], scope: &Scope<'_>, path: &str) -> Link<Code> {
        let mut writer = Writer {
            linker: self,
            scope,
            ops: Vec::new(),
            depth: 0,
            step: Arc::default(),
        };
        writer.block(steps, path)?;
        let at = scope.journey.at.clone();
        writer.push(OpKind::Done, &"done".into(), path, &at);
        Ok(Code { ops: writer.ops })
    }
}

struct Writer<'l, 'm, 's> {
    linker: &'l mut Linker<'m>,
    scope: &'s Scope<'s>,
    ops: Vec<Op>,
    depth: usize,
    /// The id of the step that was begun last.
    step: Arc<str>,
}

impl Writer<'_, '_, '_> {
    fn push(&mut self, kind: OpKind, id: &Arc<str>, path: &str, at: &At) -> usize {
        self.ops.push(Op {
            kind,
            id: id.clone(),
            path: path.into(),
            step: self.step.clone(),
            at: at.clone(),
        });
        self.ops.len() - 1
    }

    fn here(&self) -> u32 {
        self.ops.len() as u32
    }

    fn block(&mut self, steps: &[Step], path: &str) -> Link<()> {
        self.depth += 1;
        for step in steps {
            if self.depth > MAX_NESTING {
                return refused(&step.at, "these steps stand too deep in each other");
            }
            self.step = step.path.clone();
            self.step(step, &format!("{path}/{}", step.id))?;
        }
        self.depth -= 1;
        Ok(())
    }

    /// A block that goes on at one place with its siblings; answers where its jump is.
    fn arm(&mut self, steps: &[Step], step: &Step, path: &str) -> Link<(u32, usize)> {
        let start = self.here();
        self.block(steps, path)?;
        let jump = self.push(OpKind::Jump(0), &step.id, path, &step.at);
        Ok((start, jump))
    }

    /// Lets the jumps of arms go on here.
    fn join(&mut self, jumps: &[usize]) {
        let here = self.here();
        for jump in jumps {
            self.ops[*jump].kind = OpKind::Jump(here);
        }
    }

    fn step(&mut self, step: &Step, path: &str) -> Link<()> {
        let scope = self.scope;
        let place = &scope.place;
        let name = &step.id;
        match &step.kind {
            StepKind::Wait(wait) => return self.wait(wait, step, path),
            StepKind::Send {
                template,
                with,
                hold,
                transactional,
            } => {
                let delivery = self.linker.template(template, scope.traveler, &step.at)?;
                let params = self.linker.params(template, true);
                let with = self.linker.with(with, params, place, name, &step.at)?;
                let kind = OpKind::Send {
                    delivery,
                    with,
                    hold: *hold,
                    transactional: *transactional,
                };
                self.push(kind, name, path, &step.at);
            }
            StepKind::Call {
                action,
                with,
                set,
                timeout,
                otherwise,
                transactional,
            } => {
                let delivery = self.linker.action(action, scope.traveler, &step.at)?;
                let params = self.linker.params(action, false);
                let with = self.linker.with(with, params, place, name, &step.at)?;
                let waits = !set.is_empty();
                let answer = if waits {
                    let id = self.linker.engine.vocabulary.find_action(action);
                    let place = Place {
                        returned: id.map_or_else(|| place.returned.clone(), Here::Is),
                        ..place.clone()
                    };
                    Some(Answer {
                        set: self.linker.assigns(set, &place, name)?,
                        timeout: *timeout,
                        otherwise: 0,
                    })
                } else {
                    None
                };
                let kind = OpKind::Call {
                    delivery,
                    with,
                    transactional: *transactional,
                    answer,
                };
                let call = self.push(kind, name, path, &step.at);
                if waits {
                    let over = self.push(OpKind::Jump(0), name, path, &step.at);
                    let start = self.here();
                    if let OpKind::Call {
                        answer: Some(answer),
                        ..
                    } = &mut self.ops[call].kind
                    {
                        answer.otherwise = start;
                    }
                    self.block(otherwise, &format!("{path}/else"))?;
                    self.join(&[over]);
                }
            }
            StepKind::Set(assigns) => {
                let assigns = self.linker.assigns(assigns, place, name)?;
                self.push(OpKind::Set(assigns), name, path, &step.at);
            }
            StepKind::Update(assigns) => {
                let writes = self.linker.writes(assigns, place, name, true)?;
                self.push(OpKind::Update(writes), name, path, &step.at);
            }
            StepKind::Emit { event, with } => {
                let Some(id) = self.linker.engine.vocabulary.find_event(event) else {
                    return refused(&step.at, format!("there is no event `{event}`"));
                };
                let model = self.linker.model;
                let fields = model.events.iter().find(|it| it.name == *event);
                let fields = fields.map_or(&[][..], |it| &it.fields);
                let with = self.linker.with(with, fields, place, name, &step.at)?;
                self.push(OpKind::Emit { event: id, with }, name, path, &step.at);
            }
            StepKind::If {
                condition,
                then,
                otherwise,
            } => {
                let condition = self.linker.expr(condition, place, &Type::Bool, name)?;
                let kind = OpKind::If {
                    condition,
                    otherwise: 0,
                };
                let branch = self.push(kind, name, path, &step.at);
                let (_, then) = self.arm(then, step, &format!("{path}/then"))?;
                let start = self.here();
                if let OpKind::If { otherwise, .. } = &mut self.ops[branch].kind {
                    *otherwise = start;
                }
                self.block(otherwise, &format!("{path}/else"))?;
                self.join(&[then]);
            }
            StepKind::Choose(choices) => self.choose(choices, step, path)?,
            StepKind::Split(split) => self.split(split, step, path)?,
            StepKind::Decide {
                name,
                among,
                fallback,
            } => self.decide(name, among, fallback, step, path)?,
            StepKind::Parallel(blocks) => {
                let kind = OpKind::Fork {
                    branches: Vec::new(),
                    join: 0,
                };
                let fork = self.push(kind, name, path, &step.at);
                let mut starts = Vec::with_capacity(blocks.len());
                for (index, block) in blocks.iter().enumerate() {
                    let path = format!("{path}/{index}");
                    starts.push(self.here());
                    self.block(block, &path)?;
                    self.push(OpKind::Done, name, &path, &step.at);
                }
                let here = self.here();
                self.ops[fork].kind = OpKind::Fork {
                    branches: starts,
                    join: here,
                };
            }
            StepKind::Goto(milestone) => {
                let milestone = scope.milestone(milestone, &step.at)?;
                self.push(OpKind::Goto(milestone), name, path, &step.at);
            }
            StepKind::End(outcome) => {
                self.push(OpKind::End(outcome.clone()), name, path, &step.at);
            }
        }
        Ok(())
    }

    fn wait(&mut self, wait: &Wait, step: &Step, path: &str) -> Link<()> {
        let place = &self.scope.place;
        let name = &step.id;
        let kind = match wait {
            Wait::For(time) => OpKind::WaitFor(*time),
            Wait::At { days, at, zone } => OpKind::WaitAt {
                days: *days,
                at: match at {
                    model::TimeOfDay::Literal(time) => TimeOfDay::Literal(*time),
                    model::TimeOfDay::Cel(expr) => TimeOfDay::Cel(self.linker.expr(
                        expr,
                        place,
                        &Type::String.nullable(),
                        name,
                    )?),
                },
                zone: match zone {
                    Some(zone) => {
                        Some(
                            self.linker
                                .expr(zone, place, &Type::String.nullable(), name)?,
                        )
                    }
                    None => None,
                },
            },
            Wait::Until(expr) => OpKind::WaitUntil(self.linker.expr(
                expr,
                place,
                &Type::Timestamp.nullable(),
                name,
            )?),
            Wait::On {
                any,
                timeout,
                otherwise,
            } => {
                let kind = OpKind::WaitOn {
                    any: Vec::new(),
                    timeout: *timeout,
                    otherwise: 0,
                };
                let wait = self.push(kind, name, path, &step.at);
                let mut linked = Vec::with_capacity(any.len());
                let mut jumps = Vec::with_capacity(any.len());
                for (index, alternative) in any.iter().enumerate() {
                    let trigger = &alternative.trigger;
                    let trigger = self.linker.trigger(trigger, self.scope, place, name)?;
                    let path = format!("{path}/{index}");
                    let (start, jump) = self.arm(&alternative.then, step, &path)?;
                    linked.push((trigger, start));
                    jumps.push(jump);
                }
                let start = self.here();
                self.block(otherwise, &format!("{path}/else"))?;
                self.join(&jumps);
                self.ops[wait].kind = OpKind::WaitOn {
                    any: linked,
                    timeout: *timeout,
                    otherwise: start,
                };
                return Ok(());
            }
        };
        self.push(kind, name, path, &step.at);
        Ok(())
    }

    fn choose(&mut self, choices: &[model::Choice], step: &Step, path: &str) -> Link<()> {
        let kind = OpKind::Choose {
            arms: Vec::new(),
            otherwise: 0,
        };
        let choose = self.push(kind, &step.id, path, &step.at);
        let (mut arms, mut jumps) = (Vec::new(), Vec::new());
        for (index, choice) in choices.iter().enumerate() {
            let when = (choice.when.as_ref())
                .map(|when| {
                    let place = &self.scope.place;
                    self.linker.expr(when, place, &Type::Bool, &step.id)
                })
                .transpose()?;
            let (start, jump) = self.arm(&choice.steps, step, &format!("{path}/{index}"))?;
            arms.push((when, start));
            jumps.push(jump);
        }
        self.join(&jumps);
        let otherwise = self.here();
        self.ops[choose].kind = OpKind::Choose { arms, otherwise };
        Ok(())
    }

    fn split(&mut self, split: &model::Split, step: &Step, path: &str) -> Link<()> {
        let sum = split
            .arms
            .iter()
            .map(|arm| u64::from(arm.weight))
            .sum::<u64>();
        if sum == 0 {
            return refused(&step.at, "a split needs a weight above zero");
        }
        let kind = OpKind::Split {
            name: split.name.clone(),
            by_session: split.by_session,
            arms: Vec::new(),
        };
        let branch = self.push(kind, &step.id, path, &step.at);
        let mut jumps = Vec::new();
        let mut linked = Vec::new();
        for arm in &split.arms {
            let (start, jump) = self.arm(&arm.steps, step, &format!("{path}/{}", arm.name))?;
            linked.push((arm.name.clone(), arm.weight, start));
            jumps.push(jump);
        }
        self.join(&jumps);
        if let OpKind::Split { arms, .. } = &mut self.ops[branch].kind {
            *arms = linked;
        }
        Ok(())
    }

    fn decide(
        &mut self,
        name: &Arc<str>,
        among: &[model::Offer],
        fallback: &[Step],
        step: &Step,
        path: &str,
    ) -> Link<()> {
        let kind = OpKind::Decide {
            offers: Vec::new(),
            fallback: 0,
        };
        let decide = self.push(kind, &step.id, path, &step.at);
        let place = &self.scope.place;
        let (mut offers, mut jumps) = (Vec::new(), Vec::new());
        for offer in among {
            let when = (offer.when.as_ref())
                .map(|when| self.linker.expr(when, place, &Type::Bool, name))
                .transpose()?;
            let score = self.score(&offer.score, name)?;
            let (start, jump) = self.arm(&offer.steps, step, &format!("{path}/{}", offer.name))?;
            offers.push((offer.name.clone(), when, score, start));
            jumps.push(jump);
        }
        let start = self.here();
        self.block(fallback, &format!("{path}/fallback"))?;
        self.join(&jumps);
        self.ops[decide].kind = OpKind::Decide {
            offers,
            fallback: start,
        };
        Ok(())
    }

    /// A score may be an int or a double.
    fn score(&self, score: &model::Expr, name: &Arc<str>) -> Link<crate::engine::linked::Expr> {
        let place = &self.scope.place;
        let double = self.linker.expr(score, place, &Type::Double, name);
        double.or_else(|error| {
            let int = self.linker.expr(score, place, &Type::Int, name);
            int.map_err(|_| error)
        })
    }
}
