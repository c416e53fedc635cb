//! What stands at the end of each command's help: examples that can be typed as they are, and
//! what the exit codes mean.

pub(super) const CJOC: &str = "\
Examples:
  cjoc init shop                    start a workspace in a folder
  cjoc check shop                   is anything wrong?
  cjoc test shop                    do the scenarios hold?
  cjoc explain possibly-absent      what a diagnostic means
  cjoc help check                   more about a command

Exit codes:
  0    done; there may be warnings
  1    something is wrong with the workspace, a test or an event
  2    it could not be done: arguments, files, no workspace
  101  a defect of cjoc itself";

pub(super) const CHECK: &str = "\
Examples:
  cjoc check                                   the workspace around here
  cjoc check shop --watch                      and again whenever it changes
  cjoc check shop --format short --deny warnings
                                               a line a finding; warnings fail

Exit codes:
  0    no errors; there may be warnings
  1    errors, or warnings with `--deny warnings`
  2    it could not be checked: arguments, files, no workspace";

pub(super) const PLAN: &str = "\
Examples:
  cjoc plan shop                               a summary of what would run
  cjoc plan shop --out plan.json               the plan itself
  cjoc plan shop --events a.jsonl b.jsonl      what these events would do
  cjoc plan shop --events log.csv.gz --limit 1000 --summary
                                               a recorded log, as a `log` reads it
  cjoc plan shop --events a.jsonl --until 2026-03-31T00:00:00Z --summary
                                               only counts, timers run on

Exit codes:
  0    done; there may be warnings
  1    the workspace does not compile, or an event is bad
  2    it could not be done: arguments, files, no workspace";

pub(super) const WHY_NOT: &str = "\
Examples:
  cjoc why-not shop --events a.jsonl --traveler n-1001 --milestone bought
  cjoc why-not shop --events a.jsonl --traveler n-1001 --rule thank_you
  cjoc why-not shop --events a.jsonl --traveler v-1 --action crm.open_case

Exit codes:
  0    answered; there may be warnings
  1    the workspace does not compile
  2    it could not be done: arguments, files, no such traveler or milestone";

pub(super) const DEPLOY: &str = "\
Examples:
  cjoc deploy shop --to http://127.0.0.1:8787 --dry-run
                                    what would become of sessions?
  cjoc deploy plan.json --to http://127.0.0.1:8787
  CJOC_TOKEN=… cjoc deploy plan.json --to http://runs.example:8787 --format json

Exit codes:
  0    it runs, or would
  1    the workspace does not compile, or the deployment is refused: nothing has changed
  2    it could not be done: arguments, files, no runtime there, no access";

pub(super) const TRACE: &str = "\
Examples:
  cjoc trace --from http://127.0.0.1:8787 --traveler n-1001
  cjoc trace --from http://127.0.0.1:8787 --traveler email:carla@example.org --format json

Exit codes:
  0    told
  2    it could not be done: arguments, no runtime there, no access, no such traveler";

pub(super) const TEST: &str = "\
Examples:
  cjoc test shop                    the scenarios, and what they do not cover
  cjoc test shop --format json      the same, for programs
  cjoc test shop --min-coverage 80  fails if too little is covered
  cjoc test shop --update           writes what happened as expectations

Exit codes:
  0    all scenarios hold
  1    the workspace does not compile, a scenario fails, or too little is reached
  2    it could not be done: arguments, files, no workspace";

#[cfg(feature = "runtime")]
pub(super) const RUN: &str = "\
Examples:
  cjoc run shop --deliver log                  actions are written, not sent
  cjoc run plan.json --deliver log:out.jsonl --data /var/lib/cjoc
  cjoc run shop --deliver log --time events    to try events of another time

Exit codes:
  0    stopped, and everything is kept
  1    the workspace does not compile
  2    it could not be done: arguments, files, the port, the disk";

#[cfg(feature = "runtime")]
pub(super) const SINK: &str = "\
Examples:
  cjoc sink shop                    answers as the systems of `shop` would
  cjoc sink shop --answer 503       refuses everything for now: attempts are repeated
  cjoc sink shop --format json > came.jsonl

Exit codes:
  0    stopped
  1    the workspace does not compile
  2    it could not be done: arguments, files, the ports";

pub(super) const EVAL: &str = "\
Examples:
  cjoc eval '1 + 2'
  cjoc eval 'duration(\"2w\") > duration(\"10d\")' --explain
  cjoc eval 'order.total > 100.0' --with order.json

Exit codes:
  0    it has a value
  1    it does not check, or fails while it runs
  2    it could not be tried: arguments, files";

pub(super) const SCHEMA: &str = "\
Examples:
  cjoc schema workspace > workspace.json

Exit codes:
  0    done
  2    the arguments are wrong";

pub(super) const EXPLAIN: &str = "\
Examples:
  cjoc explain                      all diagnostics, a line each
  cjoc explain unknown-event        what one means
  cjoc explain CJ0301               the same, by its code

Exit codes:
  0    done
  2    there is no such diagnostic";

pub(super) const INIT: &str = "\
Examples:
  cjoc init shop                    a small workspace in a new folder
  cjoc init --ci github             here, with a workflow for GitHub
  cjoc init shop --ci gitlab --ci pre-commit

Exit codes:
  0    done; existing files are unchanged
  1    what is there now does not compile
  2    it could not be done: there is a workspace already, files";

pub(super) const DOCTOR: &str = "\
Examples:
  cjoc doctor                       the workspace around here
  cjoc doctor shop --format json    the same, for programs

Exit codes:
  0    nothing stands in the way
  1    something does; the output says what to do
  2    there is no workspace, or it cannot be read";

pub(super) const COMPLETIONS: &str = "\
Examples:
  cjoc completions bash > ~/.local/share/bash-completion/completions/cjoc
  cjoc completions zsh > ~/.zfunc/_cjoc
  cjoc completions fish > ~/.config/fish/completions/cjoc.fish

Exit codes:
  0    done
  2    there is no such shell";

pub(super) const MAN: &str = "\
Examples:
  cjoc man > cjoc.1                 the page of cjoc
  cjoc man --out man1               one page per command, in a folder

Exit codes:
  0    done
  2    the pages cannot be written";

pub(super) const VERSION: &str = "\
Examples:
  cjoc version                      what to include in a bug report
  cjoc --version                    a line

Exit codes:
  0    done";
