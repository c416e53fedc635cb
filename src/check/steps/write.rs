//! `set` and `update`: what is written, of which type, and what is known afterwards.

use std::sync::Arc;

use crate::cel::Type;
use crate::check::context::{Checker, Typed};
use crate::check::flow::{Scope, State, both};
use crate::check::flow_notes::Target;
use crate::diagnostic::{Diagnostic, codes};
use crate::model;
use crate::model::env::Place;
use crate::syntax::ast::Assign;

impl Checker<'_> {
    /// Variables that take values. All values are worked out before any is written.
    pub(in crate::check) fn set(
        &mut self,
        assigns: &[Assign],
        place: &Place,
        scope: &Scope,
        state: &mut State,
    ) -> Vec<model::Assign> {
        let mut written = Vec::new();
        let mut checked = Vec::new();
        for assign in assigns {
            let target = self.variable(assign, scope);
            let due = target.as_ref().map(|(_, ty)| ty);
            let typed = self.read(&assign.value, place, scope, state, due);
            let Some((name, ty)) = target else {
                // Which one was meant is not known: none is said not to be set.
                state.set = both(&state.set, &scope.must_set);
                continue;
            };
            let to = Target::Variable(scope.journeys.clone(), name.clone());
            self.flows_to(to, typed.reads, || scope.origin(place));
            written.push((name.clone(), present(&ty, &typed.ty), assign, ty));
            if self.modelled {
                checked.push(model::Assign {
                    name,
                    value: typed.model,
                });
            }
        }
        for (name, present, assign, ty) in written {
            let path = ["vars.", &*name].concat();
            state.facts.forget(&path);
            // Nothing comes between a step and the next: it is so until the session waits.
            let value = &assign.value;
            (state.facts.world).write(&path, &ty, &value.ast, value.text.span());
            if present {
                state.facts.assume(path);
            }
            if scope.must_set.contains(&name) {
                Arc::make_mut(&mut state.set).insert(name);
            }
        }
        checked
    }

    fn variable(&mut self, assign: &Assign, scope: &Scope) -> Option<(Arc<str>, Type)> {
        let [name] = assign.target.names() else {
            let message = format!("there is no variable `{}`", assign.target);
            let diagnostic = Diagnostic::new(&codes::UNKNOWN_VARIABLE, assign.target.span, message);
            self.report(match assign.target.names() {
                [root, name] if &*root.text == "vars" => {
                    diagnostic.help(format!("write `{name}` alone")).fix(
                        crate::diagnostic::Applicability::Safe,
                        format!("write `{name}`"),
                        assign.target.span,
                        &*name.text,
                    )
                }
                [root, ..] if &*root.text == "traveler" => {
                    diagnostic.help("`update` writes the profile")
                }
                _ => diagnostic.help("a variable is set as a whole"),
            });
            return None;
        };
        if let Some((_, field)) = scope.variables.field(&name.text) {
            return Some((name.text.clone(), field.ty.clone()));
        }
        let known = scope.variables.fields.iter().map(|f| &*f.name);
        let message = format!("there is no variable `{name}`");
        let diagnostic = Diagnostic::new(&codes::UNKNOWN_VARIABLE, name.span, message)
            .suggest(&name.text, known);
        let in_profile = scope.traveler.is_some_and(|id| {
            let head = self.names.vocabulary.traveler(id);
            let profile = &head.fields[..head.profile_len];
            profile.iter().any(|field| field.name == name.text)
        });
        self.report(match diagnostic.help {
            _ if in_profile => diagnostic.help(format!(
                "`{name}` is a field of the profile, which `update` writes"
            )),
            Some(_) => diagnostic,
            None => diagnostic.help("declare it under the journey's `variables`"),
        });
        None
    }

    /// What is written to the profile. An absent value writes nothing; `null` empties.
    pub(super) fn update(
        &mut self,
        assigns: &[Assign],
        scope: &Scope,
        state: &mut State,
    ) -> Vec<model::Assign> {
        let place = scope.place(state);
        let mut written = Vec::new();
        let mut checked = Vec::new();
        for assign in assigns {
            let target = self.profile_field(assign, scope);
            let due = target.as_ref().map(|(_, ty)| ty.clone().nullable());
            let typed = self.read(&assign.value, &place, scope, state, due.as_ref());
            let Some((name, ty)) = target else {
                continue;
            };
            self.empties(assign, &name, &ty, &typed);
            let to = Target::Profile(name.clone());
            self.flows_to(to, typed.reads, || scope.origin(&place));
            written.push((name.clone(), typed.ty.clone(), ty, assign));
            if self.modelled {
                checked.push(model::Assign {
                    name,
                    value: typed.model,
                });
            }
        }
        if !written.is_empty() {
            // What a model is given may be gone now.
            state.facts.forget("models");
            state.facts.world.forget("models");
        }
        for (name, of, ty, assign) in written {
            let path = format!("traveler.{name}");
            let value = &assign.value;
            if self.is_normalized(&name, scope) {
                state.facts.world.forget(&path);
            } else {
                (state.facts.world).write(&path, &ty, &value.ast, value.text.span());
            }
            if of == Type::Null {
                state.facts.forget(&path);
            } else if present(&ty, &of) {
                state.facts.assume(path);
            }
        }
        checked
    }

    /// What is read of a field may be another value than what is written to it.
    fn is_normalized(&self, name: &str, scope: &Scope) -> bool {
        let Some(id) = scope.traveler else {
            return true;
        };
        let profile = &self.names.travelers[id.index()].profile;
        let field = profile.iter().find(|field| *field.decl.name.text == *name);
        field.is_some_and(|field| field.decl.normalize.is_some())
    }

    /// `null` empties a field, which must be able to be empty.
    fn empties(&mut self, assign: &Assign, name: &str, ty: &Type, typed: &Typed) {
        if typed.ty == Type::Null && !ty.is_nullable() && !ty.is_error() {
            let message = format!("`{name}` is `{ty}`, which cannot be empty");
            let span = assign.value.text.span();
            self.report(
                Diagnostic::new(&codes::TYPE_MISMATCH, span, message)
                    .help("write a value, or declare the field with `| null`"),
            );
        }
    }

    fn profile_field(&mut self, assign: &Assign, scope: &Scope) -> Option<(Arc<str>, Type)> {
        let traveler = scope.traveler?;
        let head = self.names.vocabulary.traveler(traveler);
        let (profile, traits) = head.fields.split_at(head.profile_len);
        let path = assign.target.names();
        if let [first, consent] = path
            && &*first.text == "consents"
        {
            if head.consents.contains(&consent.text) {
                return Some((Arc::from(format!("consents.{consent}")), Type::Bool));
            }
            let message = format!("`{}` has no consent `{consent}`", head.name);
            let diagnostic = Diagnostic::new(&codes::UNKNOWN_FIELD, consent.span, message)
                .suggest(&consent.text, head.consents.iter().map(|c| &**c));
            self.report(diagnostic);
            return None;
        }
        let name = path.first()?;
        let known = profile.iter().map(|f| &*f.name);
        let field = profile.iter().find(|f| f.name == name.text);
        if let (Some(field), 1) = (field, path.len()) {
            return Some((name.text.clone(), field.ty.clone()));
        }
        let diagnostic = if let Some(field) = traits.iter().find(|f| f.name == name.text) {
            let message = format!("`{name}` is a trait, which cannot be written");
            let diagnostic = Diagnostic::new(&codes::UNKNOWN_FIELD, name.span, message)
                .help("it follows from the traveler's history");
            match field.declared {
                Some(span) => diagnostic.label(span, "declared here"),
                None => diagnostic,
            }
        } else if field.is_some() {
            let message = format!("`{}` is written as a whole", name.text);
            Diagnostic::new(&codes::UNKNOWN_FIELD, assign.target.span, message)
                .help(format!("write `{name}`"))
        } else {
            let message = format!("the profile of `{}` has no field `{name}`", head.name);
            Diagnostic::new(&codes::UNKNOWN_FIELD, name.span, message).suggest(&name.text, known)
        };
        self.report(diagnostic);
        None
    }
}

/// Whether a value is known to be there: `facts` speak only of what could be absent.
fn present(target: &Type, value: &Type) -> bool {
    target.is_nullable() && !value.is_nullable() && !matches!(value, Type::Error | Type::Dyn)
}
