//! `cjoc deploy`: hands a plan to a runtime, and tells what becomes of its sessions.

use clap::Args;

use super::Exit;
use super::format::Format;
use super::http::{self, TOKEN_HELP, Url, token};
use super::report::json_if;
use super::terminal::Terminal;
use super::workspace::WorkspaceArgs;
use crate::deploy::Answer;
use crate::diagnostic::nearest;
use crate::model::Environment;
use crate::render::{Report, deployment};

#[derive(Args, Debug)]
pub(super) struct DeployArgs {
    #[command(flatten)]
    workspace: WorkspaceArgs,
    /// Where the runtime is: `http://HOST:PORT`. The token for it is read from `CJOC_TOKEN`
    #[arg(long, value_name = "URL", value_parser = Url::parse, required_unless_present = "environment")]
    to: Option<Url>,
    /// Where the runtime is, as this environment of the manifest says: its `runtime`
    #[arg(long, value_name = "NAME", conflicts_with = "to")]
    environment: Option<String>,
    /// Report what would happen to sessions, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// End sessions that have no place in the new plan (outcome `undeployed`)
    #[arg(long)]
    end_sessions: bool,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(args: &DeployArgs, terminal: &Terminal) -> Exit {
    let json = args.format == Format::Json;
    let terminal = &terminal.for_programs(json);
    let tell = |report: &Report<'_>, exit| json_if(json, report, exit, terminal);
    let plan = match args.workspace.plan(&[], terminal, tell) {
        Ok(plan) => plan,
        Err(exit) => return exit,
    };
    let to = match args.runtime(&plan.model.environments) {
        Ok(to) => to,
        Err((message, help)) => return terminal.unable(&message, Some(&help)),
    };
    let token = match token() {
        Ok(token) => token,
        Err(why) => return terminal.unable(why, Some(TOKEN_HELP)),
    };
    let path = format!(
        "/plans?dry_run={}&end_sessions={}",
        args.dry_run, args.end_sessions
    );
    let body = plan.to_json();
    let (status, body) = match to.post(&path, token.as_deref(), body.as_bytes()) {
        Ok(answer) => answer,
        Err(why) => return http::unreached(&why, terminal),
    };
    let exit = match status {
        200 => Exit::Clean,
        409 => Exit::Found,
        _ => {
            let help = match status {
                401 => Some("set `CJOC_TOKEN` to a token with the role `deploy`"),
                403 => Some("the token needs the role `deploy`"),
                404 => Some("the address is that of the runtime itself, without a path"),
                _ => None,
            };
            return http::refused(status, &body, help, terminal);
        }
    };
    let Ok(answer) = serde_json::from_str::<Answer>(&body) else {
        return terminal.unable(http::STRANGER, None);
    };
    if json {
        return terminal.product(&format!("{body}\n"), exit);
    }
    terminal.product(
        &deployment::answer(&answer, args.dry_run, terminal.out),
        exit,
    )
}

impl DeployArgs {
    /// Where the runtime is; or why that is not known, and what to do.
    fn runtime(&self, environments: &[Environment]) -> Result<Url, (String, String)> {
        let of_manifest = || "the manifest's `environments` say where runtimes are".to_owned();
        let Some(name) = &self.environment else {
            return self.to.clone().ok_or_else(|| {
                (
                    "it is not known where the runtime is".to_owned(),
                    of_manifest(),
                )
            });
        };
        let Some(environment) = environments.iter().find(|it| *it.name == **name) else {
            let names = environments.iter().map(|it| &*it.name);
            let help = match nearest(name, names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => of_manifest(),
            };
            return Err((format!("there is no environment `{name}`"), help));
        };
        let Some(address) = &environment.runtime else {
            let help = format!(
                "write `{name}: {{ runtime: http://HOST:PORT }}` there, or name it after `--to`"
            );
            return Err((
                format!("the environment `{name}` does not say where its runtime is"),
                help,
            ));
        };
        Url::parse(address).map_err(|why| {
            (
                format!("the runtime of the environment `{name}` is at no address: `{address}`"),
                why,
            )
        })
    }
}
