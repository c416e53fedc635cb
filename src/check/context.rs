//! What every check works with: the resolved names, the texts, and where findings go.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::analysis::Lasting;
use super::audience::Audience;
use super::content::Reads;
use super::flow_notes::Flow;
use super::journeys::Travelled;
use super::pii::Personal;
use crate::cel::{
    self, ConstantBool, Env, Facts, Given, Kind, Problem, Read, Segments, Tree, Type, World,
};
use crate::diagnostic::{Applicability, Diagnostic, codes, nearest};
use crate::model::env::{Here, Place};
use crate::model::{self, At, EventId};
use crate::resolve::{Lookup, Resolved};
use crate::source::{Sources, Span, TextRange};
use crate::syntax::ast::{Expr, Name};
use crate::syntax::report;

/// More events than these are not named in a message.
const MAX_EVENTS: usize = 3;

/// The state of a check. Checks are methods on it, a family a file.
pub(super) struct Checker<'w> {
    pub names: Arc<Resolved<'w>>,
    pub sources: &'w Sources,
    /// A model is to come out; otherwise its parts are left empty, and only what is wrong is told.
    pub modelled: bool,
    /// What has been found, in no particular order.
    pub out: Vec<Diagnostic>,
    pub personal: Personal,
    /// What flows where, noted for the check of personal data.
    pub flows: Vec<Flow>,
    /// What is known of the journeys, in their order, when all have been checked.
    pub travelled: Arc<Vec<Travelled>>,
    /// The keys of sessions, by journey.
    pub keys: BTreeMap<u32, model::SessionKey>,
    /// What steps cannot change.
    pub lasting: Arc<Lasting>,
    /// The variables of the environment that settings read.
    pub variables_read: BTreeSet<Arc<str>>,
    /// What is being checked has asked for the causes of its surroundings.
    pub asked_causes: bool,
    /// Who is sent what, where there are several types of travelers.
    pub audience: Arc<Audience>,
    /// By path of a segment, what is so of travelers in it, and of the others.
    pub segment_conditions: Arc<BTreeMap<Arc<str>, (World, World)>>,
    /// The place of the last expression, and what can be read there: most come in the same one.
    last: Option<(Place, Arc<Env>)>,
}

/// An expression that has been checked.
pub(super) struct Typed {
    pub model: model::Expr,
    pub ty: Type,
    /// What is known where it was true; what was known before included.
    pub when_true: Facts,
    pub when_false: Facts,
    /// What the fields may be where it was true; nothing where it never is.
    pub taken: World,
    /// What they may be where it was not.
    pub left: World,
    /// It is a field alone, and has been decided before.
    pub plain: Option<ConstantBool>,
    /// Paths that it reads: `["traveler", "email"]`, each with its place.
    pub reads: Reads,
}

impl<'w> Checker<'w> {
    pub(super) fn new(names: Resolved<'w>, sources: &'w Sources, modelled: bool) -> Self {
        let lasting = Lasting::new(&names);
        Self {
            lasting: Arc::new(lasting),
            asked_causes: false,
            variables_read: BTreeSet::new(),
            names: Arc::new(names),
            sources,
            modelled,
            out: Vec::new(),
            personal: Personal::default(),
            flows: Vec::new(),
            travelled: Arc::default(),
            keys: BTreeMap::new(),
            audience: Arc::default(),
            segment_conditions: Arc::default(),
            last: None,
        }
    }
}

impl<'w> Checker<'w> {
    /// The names, to add what is found out of them before anything is checked in parallel.
    pub(super) fn names_mut(&mut self) -> &mut Resolved<'w> {
        self.last = None;
        Arc::get_mut(&mut self.names).expect("nothing is checked beside this")
    }

    /// One that knows the same and has found nothing: for a part that is checked beside others.
    pub(super) fn beside(&self) -> Self {
        Self {
            names: Arc::clone(&self.names),
            sources: self.sources,
            modelled: self.modelled,
            out: Vec::new(),
            personal: Personal::default(),
            flows: Vec::new(),
            travelled: Arc::clone(&self.travelled),
            keys: BTreeMap::new(),
            lasting: Arc::clone(&self.lasting),
            asked_causes: false,
            variables_read: BTreeSet::new(),
            audience: Arc::clone(&self.audience),
            segment_conditions: Arc::clone(&self.segment_conditions),
            last: None,
        }
    }

    /// Checks so many parts beside each other; what is found is told in their order.
    pub(super) fn in_parallel<T: Send>(
        &mut self,
        count: usize,
        check: impl Fn(&mut Self, usize) -> T + Sync,
    ) -> Vec<T> {
        let checked: Vec<_> = {
            let this = &*self;
            let part = |index| {
                let mut checker = this.beside();
                let made = check(&mut checker, index);
                // All parts are held until the last is done.
                checker.flows.shrink_to_fit();
                (made, checker.out, checker.flows)
            };
            (0..count).into_par_iter().map(part).collect()
        };
        self.flows
            .reserve_exact(checked.iter().map(|(_, _, flows)| flows.len()).sum());
        let told = checked.into_iter().map(|(made, out, flows)| {
            self.out.extend(out);
            self.flows.extend(flows);
            made
        });
        told.collect()
    }
}

impl Checker<'_> {
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.out.push(diagnostic);
    }

    /// The id that a name leads to; otherwise says so.
    pub(super) fn found<T>(&mut self, lookup: Lookup<T>) -> Option<T> {
        match lookup {
            Ok(id) => Some(id),
            Err(diagnostic) => {
                self.out.extend(diagnostic.map(|d| *d));
                None
            }
        }
    }

    /// A place as a model keeps it.
    pub(super) fn at(&self, span: Span) -> At {
        if !self.modelled {
            return At::default();
        }
        let start = self.sources.start(span);
        let path = self.sources.path(span.file);
        // Every step and expression has one: this is quicker than formatting.
        let mut at = String::with_capacity(path.len() + 12);
        at.push_str(path);
        for number in [start.line, start.column] {
            at.push(':');
            push_number(&mut at, number);
        }
        At::from(at)
    }

    /// Checks an expression at its place, of the type that is due there.
    pub(super) fn expr(
        &mut self,
        expr: &Expr,
        place: &Place,
        facts: &Facts,
        expected: Option<&Type>,
    ) -> Typed {
        let env = self.env_of(place);
        let events = match &place.event {
            Here::Is(events) => events.as_slice(),
            Here::Not(_) => &[],
        };
        self.read_of_others(expr, place.traveler);
        let typed = self.expr_in(expr, &env, events, facts, expected);
        self.models_of(&typed.reads, place.traveler);
        typed
    }

    /// What can be read at a place.
    fn env_of(&mut self, place: &Place) -> Arc<Env> {
        match &self.last {
            Some((last, env)) if last.is_as(place) => Arc::clone(env),
            _ => {
                let mut env = place.env(&self.names.vocabulary);
                env.given = match &self.last {
                    Some((last, env)) if last.is_of_same(place) => env.given.clone(),
                    _ => self.given_at(place),
                };
                let env = Arc::new(env);
                self.last = Some((place.clone(), Arc::clone(&env)));
                env
            }
        }
    }

    /// What is so at a place whatever was decided before it: that a variable has its default, which
    /// nothing sets, that there are no personas, and what segments are made of.
    fn given_at(&self, place: &Place) -> Given {
        let mut fixed = BTreeMap::new();
        if let Here::Is(variables) = &place.vars {
            let vars = Arc::from("vars");
            // Those of other types may be constants with a name.
            let booleans = variables.fields.iter().filter(|it| it.ty == Type::Bool);
            for field in booleans {
                let path = format!("vars.{}", field.name);
                if let (Some(default), Some(at)) = (&field.default, field.declared)
                    && !self.lasting.is_written(&path)
                    && let Some(world) =
                        World::fixed(&path, &field.ty, Some(default), at, "and nothing sets it")
                {
                    fixed.insert(
                        Segments::from_iter([Arc::clone(&vars), Arc::clone(&field.name)]),
                        world,
                    );
                }
            }
        }
        if let Some(id) = place.traveler
            && self.names.vocabulary.traveler(id).personas.is_empty()
            && !self.names.is_broken(crate::syntax::ast::Kind::Persona, "")
        {
            let ty = Type::String.nullable();
            let at = self.names.travelers[id.index()].decl.name.span;
            let why = "as there is no persona of this type";
            if let Some(world) = World::fixed("traveler.persona", &ty, None, at, why) {
                let path = ["traveler", "persona"].map(Arc::from);
                fixed.insert(Segments::from_iter(path), world);
            }
        }
        Given {
            fixed: Arc::new(fixed),
            conditions: Arc::clone(&self.segment_conditions),
        }
    }

    /// The same with an environment made by hand; `events` are those that may be handled.
    pub(super) fn expr_in(
        &mut self,
        expr: &Expr,
        env: &Env,
        events: &[EventId],
        facts: &Facts,
        expected: Option<&Type>,
    ) -> Typed {
        let sources = self.sources;
        let file_text = &*sources.file(expr.text.span().file).text;
        let place = |range| cel::Place::There(expr.locate(range, file_text));
        let checked = cel::check_at(&expr.ast, env, facts, expected, &place);
        let meant = bare_text(expr, env, expected, &checked.problems);
        let judged = if expr.sound {
            checked.problems.as_slice()
        } else {
            &[]
        };
        let problems = meant.as_ref().map_or(judged, std::slice::from_ref);
        let fields = if problems.iter().any(|it| it.code == &codes::UNKNOWN_FIELD) {
            fields_of_roots(&expr.ast)
        } else {
            FieldsOfRoots::new()
        };
        for problem in problems {
            if let Some(mut problem) = self.specific(&fields, problem.clone(), events) {
                let whole = problem.range.len() as usize == expr.text.value().len();
                if problem.code.name == codes::BARE_WORD.name && whole {
                    problem.help = Some(report::quote_for_cel(expr.text.value()));
                    problem.note = Some("this is read as CEL, where text is quoted".to_owned());
                }
                let of_type = problem.code.name == codes::TYPE_MISMATCH.name;
                if let (true, None, Some(due)) = (of_type, &problem.help, expected) {
                    problem.help = Some(match due {
                        Type::Bool => "write a condition, as in `traveler.orders > 3`".to_owned(),
                        Type::Timestamp => {
                            "write a time as `timestamp(\"2026-03-02T18:00:00Z\")`".to_owned()
                        }
                        Type::Duration => "write a duration as `duration(\"6h\")`".to_owned(),
                        due => format!("write an expression of `{due}`"),
                    });
                }
                self.out.push(report::problem(expr, problem, file_text));
            }
        }
        self.constants(expr, &checked.constant, file_text);
        let model = self.modelled_expr(expr, checked.types, &checked.reads, events, file_text);
        let whole = expr.ast.range(expr.ast.root());
        let mut constant = checked.constant.into_iter();
        let plain = constant.find(|constant| constant.plain && constant.range == whole);
        let (mut when_true, mut when_false) = (checked.when_true, checked.when_false);
        let (taken, left) = (when_true.world.clone(), when_false.world.clone());
        // Where nothing can be, it has been told; what is there is judged as if it could.
        for after in [&mut when_true, &mut when_false] {
            if after.world.is_never() {
                after.world = facts.world.clone();
            }
        }
        Typed {
            model,
            reads: (checked.reads.into_iter())
                .map(|r| (r.path, expr.locate(r.range, file_text)))
                .collect(),
            ty: checked.ty,
            when_true,
            when_false,
            taken,
            left,
            plain,
        }
    }

    /// An expression as a model has it.
    fn modelled_expr(
        &self,
        expr: &Expr,
        types: Vec<Type>,
        reads: &[Read],
        events: &[EventId],
        file_text: &str,
    ) -> model::Expr {
        if !self.modelled {
            return model::Expr {
                cel: Arc::default(),
                tree: Tree::untyped(Arc::clone(&expr.ast)),
                events: Vec::new(),
                at: At::default(),
            };
        }
        let is_of_event =
            |read: &Read| matches!(read.path.first(), Some(root) if is_event_root(root));
        let events = if reads.iter().any(is_of_event) {
            let name = |id: &EventId| self.names.vocabulary.event(*id).name.clone();
            events.iter().map(name).collect()
        } else {
            Vec::new()
        };
        model::Expr {
            cel: Arc::from(expr.source()),
            tree: Tree::new(Arc::clone(&expr.ast), types),
            events,
            at: self.at(expr.locate(expr.ast.range(expr.ast.root()), file_text)),
        }
    }

    /// Checks a condition.
    pub(super) fn condition(&mut self, expr: &Expr, place: &Place, facts: &Facts) -> Typed {
        self.expr(expr, place, facts, Some(&Type::Bool))
    }

    /// Names below `segment`, `vars`, `journey` and `models` have diagnostics of their own; names of
    /// declarations that could not be read have none.
    fn specific(
        &self,
        fields: &FieldsOfRoots<'_>,
        mut problem: Problem,
        events: &[EventId],
    ) -> Option<Problem> {
        use crate::syntax::ast::Kind as Declared;
        if problem.code != &codes::UNKNOWN_FIELD {
            return Some(problem);
        }
        let Some((root, field)) = fields.get(&problem.range).copied() else {
            return Some(problem);
        };
        let (kind, code) = match root {
            "event" if events.iter().any(|id| self.is_incomplete(*id)) => return None,
            "event" => return Some(self.not_in_all(problem, field, events)),
            "segment" => (Some(Declared::Segment), &codes::UNKNOWN_SEGMENT),
            "journey" => (Some(Declared::Journey), &codes::UNKNOWN_JOURNEY),
            "models" => (Some(Declared::Model), &codes::UNKNOWN_MODEL),
            "vars" => (None, &codes::UNKNOWN_VARIABLE),
            _ => return Some(problem),
        };
        if kind.is_some_and(|kind| self.names.is_broken(kind, field)) {
            return None;
        }
        problem.code = code;
        let is_empty = match root {
            "segment" => self.names.vocabulary.segments.is_empty(),
            "journey" => self.names.vocabulary.journeys.is_empty(),
            "models" => self.names.vocabulary.models.is_empty(),
            _ => false,
        };
        let root = if root == "models" { "model" } else { root };
        if is_empty {
            problem.help = Some(format!("declare it: `{root}: {field}`"));
        }
        problem.message = match root {
            "vars" => format!("there is no variable `{field}`"),
            root => format!("there is no {root} `{field}`"),
        };
        Some(problem)
    }

    /// Whether the event may have fields of a standard connection that is not found.
    fn is_incomplete(&self, id: EventId) -> bool {
        self.names.connections[self.names.events[id.index()].connection].incomplete
    }

    /// Of a field of `event` that some of the events have that it may be, says which do not.
    fn not_in_all(&self, mut problem: Problem, field: &str, events: &[EventId]) -> Problem {
        let has = |id: &&EventId| {
            let payload = &self.names.vocabulary.event(**id).payload;
            payload.field(field).is_some()
        };
        let (with, without): (Vec<_>, Vec<_>) = events.iter().partition(has);
        if with.is_empty() || events.len() < 2 {
            return problem;
        }
        let list = |ids: &[&EventId]| {
            let names = ids.iter().take(MAX_EVENTS);
            let names = names.map(|id| format!("`{}`", self.names.vocabulary.event(**id).name));
            names.collect::<Vec<_>>().join(" or ")
        };
        problem.fixes.clear();
        if without.is_empty() {
            problem.message = format!("`{field}` is of another type in {}", list(&with));
            problem.help = Some("give it the same type in all events that come here".to_owned());
        } else {
            let (with, without) = (list(&with), list(&without));
            problem.message = format!("`event` may be {without}, without a field `{field}`");
            let help = format!("read it where only {with} arrives, or save it in a variable there");
            problem.help = Some(help);
        }
        problem
    }

    /// Reports a second use of a name in a list of names that must differ.
    pub(super) fn unique<'n>(&mut self, what: &str, names: impl IntoIterator<Item = &'n Name>) {
        let mut seen = std::collections::BTreeMap::new();
        for name in names {
            if let Some(first) = seen.insert(&name.text, name.span) {
                self.report(crate::resolve::duplicate(
                    what, &name.text, name.span, first,
                ));
            }
        }
    }
}

/// The fields that are read of a root, each with it, by where their names stand.
type FieldsOfRoots<'e> = BTreeMap<TextRange, (&'e str, &'e str)>;

fn fields_of_roots(ast: &cel::Ast) -> FieldsOfRoots<'_> {
    let of_root = |id| match ast.kind(id) {
        Kind::Select { operand, field, .. } => match ast.kind(*operand) {
            Kind::Ident(root) => Some((field.range, (ast.name(root), ast.name(field)))),
            _ => None,
        },
        _ => None,
    };
    ast.ids().filter_map(of_root).collect()
}

fn push_number(text: &mut String, number: u32) {
    if number >= 10 {
        push_number(text, number / 10);
    }
    text.push(char::from(b'0' + (number % 10) as u8));
}

fn is_event_root(name: &str) -> bool {
    matches!(name, "event" | "trigger")
}

/// Marks that no text has that lacks only its quotes.
const MARKS: &str = "\"\\`(){}[]?&|=<>$*+%“”„‘’‚«»";

/// A text without the quotes of CEL, where one is due: there is something wrong with it as an
/// expression, and nothing in it means anything.
fn bare_text(expr: &Expr, env: &Env, due: Option<&Type>, problems: &[Problem]) -> Option<Problem> {
    if expr.sound && problems.is_empty() {
        return None;
    }
    let text = expr.text.value();
    let fits = match due?.present() {
        Type::String => true,
        Type::Enum(values) => values.values.iter().any(|value| **value == *text),
        _ => false,
    };
    let whole = expr.literal.is_none() && expr.range.len() as usize == text.len();
    let wrong = if expr.sound {
        // A name alone, a path and what is nearly a name are judged as such.
        let root = expr.ast.kind(expr.ast.root());
        let mut names = problems.iter().filter(|it| it.code == &codes::UNKNOWN_NAME);
        let unknown = problems.iter().any(|it| it.code == &codes::UNKNOWN_NAME);
        let judged = names.any(|it| !it.fixes.is_empty());
        unknown && !judged && !matches!(root, Kind::Ident(_)) && !text.contains('.')
    } else {
        text.contains(char::is_alphanumeric)
    };
    let marked =
        text.starts_with('\'') || text.contains(|c: char| MARKS.contains(c) || c.is_control());
    if !fits || !whole || !wrong || marked {
        return None;
    }
    let roots = || env.roots.iter().map(|root| &*root.name);
    let means = |word: &str| {
        matches!(
            word,
            "true" | "false" | "null" | "in" | "not" | "and" | "or"
        ) || roots().any(|root| root == word)
            || word.len() > 3 && nearest(word, roots()).is_some()
    };
    let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    if words.any(means) {
        return None;
    }
    let range = TextRange::new(0, text.len() as u32);
    let message = format!("`{text}` is bare text, where an expression is expected");
    Some(Problem::new(&codes::BARE_WORD, range, message).fix(
        Applicability::Safe,
        "quote it",
        range,
        format!("\"{text}\""),
    ))
}
