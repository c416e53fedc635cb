//! From a plan to its ways out: which connections act, where an environment sends them, and what is
//! missing for it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};

use super::backoff::Policy;
use super::gate::Gate;
use super::http::Http;
use super::mail::{self, Mail};
use super::problem::Problem;
use super::redact::Redactor;
use super::secrets::Secrets;
use super::settings::{Setting, Settings, Worker};
use super::sink::Sink;
use super::systems::{self, System};
use super::used::used;
use super::{Connector, Way};
use crate::diagnostic::nearest;
use crate::model::{self, Connection, Content, Environment, Field, Model, Replaced};

/// The ways out of all connections that the plan's actions need.
pub(super) fn connect(
    model: &Model,
    environment: Option<&str>,
    secrets: &Secrets,
) -> Result<BTreeMap<Arc<str>, Connector>, Vec<Problem>> {
    let environment = chosen(model, environment).map_err(|problem| vec![problem])?;
    // Fails where another was set before, which is as good.
    if CryptoProvider::get_default().is_none() {
        let _ = ring::default_provider().install_default();
    }
    let worker = Worker::new(model, environment, secrets);
    let mut problems = Vec::new();
    let mut connectors = BTreeMap::new();
    for (name, actions) in used(model) {
        let Some(connection) = model.connections.iter().find(|it| it.name == name) else {
            problems.push(Problem::general(format!(
                "the plan has no connection `{name}`"
            )));
            continue;
        };
        let replaced = environment.and_then(|it| it.connections.get(&name));
        let making = Making {
            worker: &worker,
            connection,
            config: config(connection, replaced),
            delivery: replaced.map_or_else(
                || connection.delivery.clone(),
                |replaced| replaced.delivery.or(&connection.delivery),
            ),
        };
        let returns = returns(model, &name, &actions);
        let sink = replaced.and_then(|it| it.deliver.as_ref());
        if let Some(connector) = making.connector(sink, &actions, returns, &mut problems) {
            connectors.insert(name, connector);
        }
    }
    if problems.is_empty() {
        Ok(connectors)
    } else {
        Err(problems)
    }
}

fn chosen<'m>(model: &'m Model, name: Option<&str>) -> Result<Option<&'m Environment>, Problem> {
    let Some(name) = name else {
        return Ok(None);
    };
    let found = model.environments.iter().find(|it| *it.name == *name);
    found.map(Some).ok_or_else(|| {
        let names = || model.environments.iter().map(|it| &*it.name);
        let problem = Problem::general(format!("there is no environment `{name}`"));
        match nearest(name, names()) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None if model.environments.is_empty() => {
                problem.help("the manifest has no `environments`")
            }
            None => {
                let names: Vec<_> = names().map(|name| format!("`{name}`")).collect();
                problem.help(format!("the manifest has {}", names.join(", ")))
            }
        }
    })
}

/// The settings of the connection, and in their place those of the environment.
fn config(connection: &Connection, replaced: Option<&Replaced>) -> BTreeMap<Arc<str>, Content> {
    let mut config = connection.config.clone();
    if let Some(replaced) = replaced {
        config.extend(replaced.config.clone());
    }
    config
}

fn returns(
    model: &Model,
    connection: &str,
    actions: &BTreeSet<Arc<str>>,
) -> BTreeMap<Arc<str>, Arc<[Field]>> {
    let returns = actions.iter().filter_map(|action| {
        let name = format!("{connection}.{action}");
        let declared = model.actions.iter().find(|it| *it.name == *name)?;
        Some((action.clone(), Arc::from(&*declared.returns)))
    });
    returns.collect()
}

/// What one way out is made of.
struct Making<'a> {
    worker: &'a Worker<'a>,
    connection: &'a Connection,
    config: BTreeMap<Arc<str>, Content>,
    delivery: model::Delivery,
}

impl Making<'_> {
    fn connector(
        &self,
        sink: Option<&model::Sink>,
        actions: &BTreeSet<Arc<str>>,
        returns: BTreeMap<Arc<str>, Arc<[Field]>>,
        problems: &mut Vec<Problem>,
    ) -> Option<Connector> {
        let redactor = Arc::new(Redactor::default());
        let way = match sink {
            Some(sink) => to_look_at(sink),
            None if self.connection.uses.as_deref() == Some("std/email") => {
                self.mail(actions, &redactor, problems)
            }
            None => self.http(actions, &redactor, problems),
        };
        match way {
            Ok(way) => Some(Connector {
                way,
                policy: Policy::new(&self.delivery),
                gate: Gate::new(&self.delivery),
                redactor,
                returns,
            }),
            Err(messages) => {
                let name = &self.connection.name;
                let told = messages.iter().map(|message| redactor.text(message));
                problems.extend(told.map(|message| Problem::of(name, message)));
                None
            }
        }
    }

    fn mail(
        &self,
        actions: &BTreeSet<Arc<str>>,
        redactor: &Redactor,
        problems: &mut Vec<Problem>,
    ) -> Result<Way, Vec<String>> {
        let mut wrong: Vec<_> = (actions.iter())
            .filter(|action| ***action != *crate::runtime::outgoing::DELIVER)
            .map(|action| {
                format!("nobody carries out its action `{action}`: mail has `deliver` alone")
            })
            .collect();
        let host = self.worker.peek(&self.config, "host");
        let local = host.is_some_and(|host| is_loopback(host.trim()));
        let Some(settings) = self.settings(&mail::settings(local), redactor, problems) else {
            return Err(wrong);
        };
        let policy = Policy::new(&self.delivery);
        let parallel = Gate::new(&self.delivery).parallel() as u32;
        match Mail::new(&settings, policy.timeout, parallel) {
            Ok(mail) if wrong.is_empty() => Ok(Way::Mail(Box::new(mail))),
            Ok(_) => Err(wrong),
            Err(others) => {
                wrong.extend(others);
                Err(wrong)
            }
        }
    }

    fn http(
        &self,
        actions: &BTreeSet<Arc<str>>,
        redactor: &Arc<Redactor>,
        problems: &mut Vec<Problem>,
    ) -> Result<Way, Vec<String>> {
        let system = self.system()?;
        let mut wrong = Vec::new();
        for action in actions {
            if system.own.is_none() && system.action(action).is_none() {
                let uses = self.connection.uses.as_deref().unwrap_or_default();
                wrong.push(format!(
                    "nobody carries out its action `{action}`: `{uses}` has none"
                ));
            }
        }
        let own = |name: &str| system.settings.iter().any(|it| it.name == name);
        let common = systems::COMMON.iter().filter(|it| !own(it.name));
        let read: Vec<Setting> = system.settings.iter().chain(common).copied().collect();
        let Some(settings) = self.settings(&read, redactor, problems) else {
            return Err(wrong);
        };
        match Http::new(system, settings, redactor.clone()) {
            Ok(http) if wrong.is_empty() => Ok(Way::Http(Box::new(http))),
            Ok(_) => Err(wrong),
            Err(other) => {
                wrong.push(other);
                Err(wrong)
            }
        }
    }

    fn system(&self) -> Result<&'static System, Vec<String>> {
        let uses = self.connection.uses.as_deref();
        let provider = self.worker.peek(&self.config, "provider");
        systems::system(uses, provider.as_deref()).map_err(|why| vec![why])
    }

    /// The settings, unless something about them was told.
    fn settings(
        &self,
        read: &[Setting],
        redactor: &Redactor,
        problems: &mut Vec<Problem>,
    ) -> Option<Settings> {
        let before = problems.len();
        let name = &self.connection.name;
        let settings = self
            .worker
            .settings(name, &self.config, read, redactor, problems);
        (problems.len() == before).then_some(settings)
    }
}

/// Lines in place of the system.
fn to_look_at(sink: &model::Sink) -> Result<Way, Vec<String>> {
    match sink {
        model::Sink::Stdout => Ok(Way::Sink(Sink::stdout())),
        model::Sink::File(path) => match Sink::file(path) {
            Ok(sink) => Ok(Way::Sink(sink)),
            Err(error) => Err(vec![format!(
                "the file `{path}` cannot be written: {error}"
            )]),
        },
    }
}

/// Whether a host is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
