//! The thread that owns the engine, and the one that makes groups durable while the next is made.
//!
//! What has come while a group was made and synced is the next group. Nobody is answered, and no
//! action goes out, before the group that it is in is durable. Where the disk fails, the keeper
//! stops: what it has in memory is then ahead of what is kept, and a new start begins from that.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use tracing::error;

use super::clock::Clock;
use super::core::{Core, Levels, Overview, Sealed, Tally, Verdict};
use super::deploy::Terms;
use super::outgoing::{Outcome, Outgoing};
use super::queue::{Queue, Refused};
use super::store::{StoreError, Syncer};
use crate::deploy::{Answer, Running};
use crate::engine::{AHEAD, Engine, Ready};
use crate::plan::Plan;

/// How many events may wait; more are refused until some are done.
pub const MAX_WAITING: usize = 50_000;

/// How many events are in one group at most.
const MAX_GROUP: usize = 4_000;

/// How many timers fire in one group at most.
const MAX_TIMERS: usize = 2_000;

/// How many travelers are brought to a new plan in one group at most.
const MAX_SWEPT: usize = 1_000;

/// The longest time between two looks at the clock, which may have jumped.
const LOOK: Duration = Duration::from_millis(500);

/// For how long a stop waits for actions that are under way.
const LAST_CALL: Duration = Duration::from_secs(10);

/// Something to do.
pub(super) enum Work {
    /// Made ready by an engine; where another one runs by now, the answer is empty.
    Events {
        engine: Arc<Engine>,
        events: Vec<Ready>,
        reply: oneshot::Sender<Vec<Verdict>>,
    },
    /// Another plan is to run, or it is asked what that would do.
    Deploy {
        plan: Box<Plan>,
        terms: Terms,
        reply: oneshot::Sender<Answer>,
    },
    Plans {
        reply: oneshot::Sender<Value>,
    },
    Look {
        name: String,
        reply: oneshot::Sender<Option<Value>>,
    },
    Timeline {
        name: String,
        reply: oneshot::Sender<Option<(Value, Vec<String>)>>,
    },
    Overview {
        reply: oneshot::Sender<Overview>,
    },
    Outbox {
        most: usize,
        reply: oneshot::Sender<Vec<Value>>,
    },
    Dead {
        after: String,
        most: usize,
        reply: oneshot::Sender<Vec<Value>>,
    },
    Revive {
        key: String,
        reply: oneshot::Sender<bool>,
    },
    /// Travelers whose records are damaged, after one of them.
    Damaged {
        after: Option<u32>,
        most: usize,
        reply: oneshot::Sender<Vec<Value>>,
    },
    /// One of them begins anew.
    BeginAnew {
        number: u32,
        reply: oneshot::Sender<bool>,
    },
}

/// Word from those who sync and deliver.
enum Word {
    Durable(Sealed),
    Settled(u64, Outcome),
    /// The disk fails.
    Failed(StoreError),
}

/// What is said when a group is durable.
enum Reply {
    Events(oneshot::Sender<Vec<Verdict>>, Vec<Verdict>),
    Done(oneshot::Sender<bool>, bool),
}

impl Reply {
    fn say(self) {
        // Whoever asked may have gone away.
        match self {
            Self::Events(to, verdicts) => drop(to.send(verdicts)),
            Self::Done(to, done) => drop(to.send(done)),
        }
    }
}

/// What there is and what happened, as those who ask for it see it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    pub tally: Tally,
    pub levels: Levels,
}

/// The way to the thread that owns the engine.
#[derive(Clone)]
pub struct Keeper {
    queue: Arc<Queue<Work, Word>>,
    seen: Arc<Mutex<Seen>>,
    failed: Arc<Mutex<Option<String>>>,
    running: Arc<AtomicBool>,
    /// The plan that runs, where one was deployed.
    runs: Arc<RwLock<Option<Running>>>,
}

/// Actions that are to be carried out, for those who do.
pub type Orders = mpsc::UnboundedReceiver<(u64, Outgoing)>;

/// Begins to keep: the way to it, what is to be carried out, and the thread.
pub fn start(core: Core, clock: Arc<dyn Clock>) -> (Keeper, Orders, JoinHandle<()>) {
    let keeper = Keeper {
        queue: Arc::new(Queue::new(MAX_WAITING)),
        seen: Arc::new(Mutex::new(Seen {
            tally: core.tally(),
            levels: core.levels(),
        })),
        failed: Arc::default(),
        running: Arc::new(AtomicBool::new(true)),
        runs: Arc::new(RwLock::new(core.running().cloned())),
    };
    // No more than may be under way are ever in it.
    let (orders, taken) = mpsc::unbounded_channel();
    let inner = keeper.clone();
    let thread = thread::spawn(move || {
        if let Err(error) = inner.keep(core, &*clock, &orders) {
            inner.fail(&error);
        }
        inner.queue.close();
        // Whoever still waits is told by that nobody answers.
        inner.queue.take(Duration::ZERO, usize::MAX);
        inner.running.store(false, Ordering::Release);
    });
    (keeper, taken, thread)
}

impl Keeper {
    pub(super) fn offer(&self, weight: usize, work: Work) -> Result<(), Refused> {
        self.queue.offer(weight, work)
    }

    /// What came of an action.
    pub fn settled(&self, number: u64, outcome: Outcome) {
        self.queue.tell(Word::Settled(number, outcome));
    }

    /// Takes nothing more, finishes what there is, and ends.
    pub fn stop(&self) {
        self.queue.close();
    }

    /// Whether work is taken.
    pub fn is_open(&self) -> bool {
        !self.queue.is_closed()
    }

    /// Whether the thread has not ended.
    pub fn is_running(&self) -> bool {
        self.running.load(Ordering::Acquire)
    }

    /// Why it ended, where that was not wanted.
    pub fn failure(&self) -> Option<String> {
        (self.failed.lock().unwrap_or_else(PoisonError::into_inner)).clone()
    }

    /// The plan that runs, where plans can be deployed.
    pub fn runs(&self) -> Option<Running> {
        (self.runs.read().unwrap_or_else(PoisonError::into_inner)).clone()
    }

    pub fn seen(&self) -> Seen {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many events wait.
    pub fn waiting(&self) -> usize {
        self.queue.weight()
    }

    fn show(&self, core: &Core) {
        let (tally, levels) = (core.tally(), core.levels());
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Seen { tally, levels };
    }

    fn fail(&self, error: &StoreError) {
        error!(
            reason = error.message,
            "what happens cannot be kept: it stops"
        );
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.get_or_insert_with(|| error.message.clone());
    }

    fn keep(
        &self,
        mut core: Core,
        clock: &dyn Clock,
        orders: &mpsc::UnboundedSender<(u64, Outgoing)>,
    ) -> Result<(), StoreError> {
        let (sync, syncer) = self.syncing(core.syncer());
        let result = self.go_on(&mut core, clock, orders, &sync);
        drop(sync);
        // All groups that were made are durable, or not, when it has ended.
        let _ = syncer.join();
        result
    }

    /// The thread that makes groups durable, in order, and then lets their replies go.
    fn syncing(&self, syncer: Syncer) -> (SyncSender<(Sealed, Vec<Reply>)>, JoinHandle<()>) {
        let (groups, taken) = sync_channel::<(Sealed, Vec<Reply>)>(1);
        let queue = self.queue.clone();
        let thread = thread::spawn(move || {
            for (sealed, replies) in taken {
                if sealed.changed
                    && let Err(error) = syncer.sync()
                {
                    queue.tell(Word::Failed(error));
                    return;
                }
                replies.into_iter().for_each(Reply::say);
                queue.tell(Word::Durable(sealed));
            }
        });
        (groups, thread)
    }

    fn go_on(
        &self,
        core: &mut Core,
        clock: &dyn Clock,
        orders: &mpsc::UnboundedSender<(u64, Outgoing)>,
        sync: &SyncSender<(Sealed, Vec<Reply>)>,
    ) -> Result<(), StoreError> {
        let (mut more, mut syncing) = (false, 0_u32);
        let mut last_call: Option<Instant> = None;
        loop {
            let taken = self.queue.take(pause(core, clock, more), MAX_GROUP);
            core.turn(clock.now());
            for word in taken.told {
                match word {
                    Word::Durable(sealed) => {
                        syncing -= 1;
                        core.durable(sealed)?;
                    }
                    Word::Settled(number, outcome) => core.settle(number, outcome)?,
                    Word::Failed(error) => return Err(error),
                }
            }
            let idle = taken.work.is_empty();
            let mut replies = Vec::new();
            for work in taken.work {
                let deploys = matches!(work, Work::Deploy { .. });
                replies.extend(do_work(core, work)?);
                if deploys {
                    let runs = core.running().cloned();
                    *self.runs.write().unwrap_or_else(PoisonError::into_inner) = runs;
                }
            }
            more = core.fire(MAX_TIMERS)?;
            more |= core.sweep(MAX_SWEPT)?;
            let sealed = core.seal()?;
            self.show(core);
            if sealed.changed || !replies.is_empty() {
                syncing += 1;
                if sync.send((sealed, replies)).is_err() {
                    // Why it ended is told in the queue.
                    continue;
                }
            }
            if last_call.is_none() {
                for order in core.outgoing()? {
                    if orders.send(order).is_err() {
                        break;
                    }
                }
            }
            self.show(core);
            if taken.closed && idle {
                let since = *last_call.get_or_insert_with(Instant::now);
                let settled = core.under_way() == 0 || since.elapsed() > LAST_CALL;
                if syncing == 0 && settled {
                    return Ok(());
                }
                thread::sleep(Duration::from_millis(2));
            }
        }
    }
}

/// How long there is nothing to do unless something comes.
fn pause(core: &Core, clock: &dyn Clock, more: bool) -> Duration {
    if more {
        return Duration::ZERO;
    }
    let Some(due) = core.next_due() else {
        return LOOK;
    };
    let until = due.duration_since(clock.now().max(core.wall()));
    Duration::try_from(until).unwrap_or_default().min(LOOK)
}

fn do_work(core: &mut Core, work: Work) -> Result<Option<Reply>, StoreError> {
    Ok(match work {
        Work::Events { engine, .. } if !core.runs(&engine) => None,
        Work::Events { events, reply, .. } => {
            let mut verdicts = Vec::with_capacity(events.len());
            for some in events.chunks(AHEAD) {
                core.look_ahead(some);
                for event in some {
                    verdicts.push(core.event(event)?);
                }
            }
            Some(Reply::Events(reply, verdicts))
        }
        Work::Deploy { plan, terms, reply } => {
            // It is durable when that is over.
            let answer = core.deploy(&plan, terms)?;
            let _ = reply.send(answer);
            None
        }
        Work::Plans { reply } => {
            let _ = reply.send(core.plans());
            None
        }
        Work::Look { name, reply } => {
            let _ = reply.send(core.look(&name)?);
            None
        }
        Work::Timeline { name, reply } => {
            let _ = reply.send(core.timeline(&name)?);
            None
        }
        Work::Overview { reply } => {
            let _ = reply.send(core.overview());
            None
        }
        Work::Outbox { most, reply } => {
            let _ = reply.send(core.outbox(most)?);
            None
        }
        Work::Dead { after, most, reply } => {
            let letters = core.dead_letters(&after, most)?;
            let _ = reply.send(letters.iter().map(super::posted::Posted::shown).collect());
            None
        }
        Work::Revive { key, reply } => Some(Reply::Done(reply, core.revive(&key)?)),
        Work::Damaged { after, most, reply } => {
            let _ = reply.send(core.damaged(after, most)?);
            None
        }
        Work::BeginAnew { number, reply } => Some(Reply::Done(reply, core.begin_anew(number)?)),
    })
}
