//! Calls: functions with their candidates, patterns compiled, macros as loops.

use super::super::super::ast::{ExprId, Kind};
use super::super::super::error::EvalErrorKind;
use super::super::super::functions::{self, Function, compile_regex};
use super::super::super::value::Value;
use super::super::{CallSite, Loop, LoopKind, Node, NodeId};
use super::Compiler;

impl<'a> Compiler<'a> {
    pub(super) fn call(
        &mut self,
        id: ExprId,
        target: Option<ExprId>,
        name: &'a str,
        args: &'a [ExprId],
    ) -> NodeId {
        if let Some(node) = self.macro_call(id, target, name, args) {
            return node;
        }
        // `math.abs(x)`: one function, unless `math` is a variable.
        if let Some(namespace) = target
            && let Kind::Ident(space) = self.ast.kind(namespace)
            && self.local(namespace, self.ast.name(space)).is_none()
            && self.env.root(self.ast.name(space)).is_none()
            && let Some(function) = functions::lookup(&format!("{}.{name}", self.ast.name(space)))
        {
            return self.function(id, function, false, None, args);
        }
        match functions::lookup(name) {
            Some(function) => self.function(id, function, target.is_some(), target, args),
            None => self.fail(
                id,
                EvalErrorKind::NoSuchOverload,
                format!("unknown function `{name}`"),
            ),
        }
    }

    fn function(
        &mut self,
        id: ExprId,
        function: &'static Function,
        receiver: bool,
        target: Option<ExprId>,
        args: &[ExprId],
    ) -> NodeId {
        let args: Box<[NodeId]> = target
            .iter()
            .chain(args)
            .map(|arg| self.expression(*arg))
            .collect();
        if function.name == "matches"
            && let [text, pattern] = *args
            && let Some(Value::String(pattern)) = self.constant_of(pattern)
            && let Ok(regex) = compile_regex(pattern)
        {
            self.program.regexes.push(regex);
            let regex = self.program.regexes.len() as u32 - 1;
            return self.add(id, Node::Matches { text, regex });
        }
        let decided = self.checked.and_then(|checked| checked.callees.get(id));
        let candidates = match decided {
            Some(callee) => callee.overloads.clone(),
            None => (function.overloads.iter())
                .filter(|o| o.receiver == receiver && o.params.len() == args.len())
                .collect(),
        };
        self.program.calls.push(CallSite {
            name: function.name,
            candidates,
            args,
        });
        let node = Node::Call(self.program.calls.len() as u32 - 1);
        self.folded(id, node)
    }

    /// The call as a macro, if it is one: what the checker would refuse is none.
    fn macro_call(
        &mut self,
        id: ExprId,
        target: Option<ExprId>,
        name: &str,
        args: &'a [ExprId],
    ) -> Option<NodeId> {
        let (target, kind) = match (target, name, args) {
            (None, "has", [operand]) => return self.has(id, *operand),
            (Some(cel), "bind", [variable, value, body]) if self.is_cel(cel) => {
                let variable = self.variable(*variable)?;
                let range = self.expression(*value);
                return Some(self.binding(id, LoopKind::Bind, range, variable, None, *body));
            }
            (Some(target), "all", [_, _]) => (target, LoopKind::All),
            (Some(target), "exists", [_, _]) => (target, LoopKind::Exists),
            (Some(target), "exists_one" | "existsOne", [_, _]) => (target, LoopKind::ExistsOne),
            (Some(target), "map", [_, _] | [_, _, _]) => (target, LoopKind::Map),
            (Some(target), "filter", [_, _]) => (target, LoopKind::Filter),
            (Some(target), "optMap", [_, _]) => (target, LoopKind::OptMap),
            (Some(target), "optFlatMap", [_, _]) => (target, LoopKind::OptFlatMap),
            _ => return None,
        };
        let (variable, condition, body) = match *args {
            [variable, body] => (variable, None, body),
            [variable, condition, body] => (variable, Some(condition), body),
            _ => return None,
        };
        let variable = self.variable(variable)?;
        let range = self.expression(target);
        Some(self.binding(id, kind, range, variable, condition, body))
    }

    fn is_cel(&self, id: ExprId) -> bool {
        matches!(self.ast.kind(id), Kind::Ident(name) if self.ast.name(name) == "cel")
    }

    /// The name that a macro binds.
    fn variable(&self, id: ExprId) -> Option<&'a str> {
        match self.ast.kind(id) {
            Kind::Ident(name) if !self.is_absolute(id) => Some(self.ast.name(name)),
            _ => None,
        }
    }

    fn binding(
        &mut self,
        id: ExprId,
        kind: LoopKind,
        range: NodeId,
        variable: &'a str,
        condition: Option<ExprId>,
        body: ExprId,
    ) -> NodeId {
        let local = self.scope.len() as u16;
        self.scope.push(variable);
        self.program.locals = self.program.locals.max(local + 1);
        let first = self.program.nodes.len();
        let kind = match condition {
            Some(condition) => LoopKind::MapIf(self.expression(condition)),
            None => kind,
        };
        let body = self.expression(body);
        let cost = (self.program.nodes.len() - first) as u32;
        self.scope.pop();
        self.program.loops.push(Loop {
            kind,
            local,
            range,
            body,
            cost,
        });
        let node = Node::Loop(self.program.loops.len() as u32 - 1);
        self.add(id, node)
    }
}
