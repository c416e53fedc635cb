//! Answers that come later: a call waits, and goes on when the world says what came of it.

use jiff::Timestamp;

use super::linked::{Engine, OpKind};
use super::listener::Listener;
use super::record::{Record, WaitEnd};
use super::run::Run;
use super::state::State;

impl Engine {
    /// The answer to an action that waits for one, by its idempotency key; none: there will be
    /// none, so its `else` runs. False where nothing waits for it.
    pub fn reply(
        &self,
        state: &mut State,
        idempotency_key: &str,
        answer: Option<&serde_json::Value>,
        at: Timestamp,
        out: &mut dyn FnMut(Record),
    ) -> bool {
        self.answer(
            state,
            idempotency_key,
            answer,
            at,
            &mut Listener::Records(out),
        )
    }

    /// The same, for anyone who listens.
    pub fn answer(
        &self,
        state: &mut State,
        idempotency_key: &str,
        answer: Option<&serde_json::Value>,
        at: Timestamp,
        out: &mut Listener<'_>,
    ) -> bool {
        let Some(number) = state.asked.get(idempotency_key).copied() else {
            return false;
        };
        self.catch_up(state, number, at, out);
        let taken = self.with(state, number, out, |run| {
            run.at(at);
            run.answered(idempotency_key, answer)
        });
        state.asked.remove(idempotency_key);
        taken == Some(true)
    }
}

impl Run<'_> {
    fn answered(&mut self, key: &str, reply: Option<&serde_json::Value>) -> bool {
        let engine = self.engine;
        let waiting = self.t.sessions.iter().find_map(|session| {
            let asks = |asked: &std::sync::Arc<str>| **asked == *key;
            let found = session
                .strands
                .iter()
                .find(|it| it.asked.as_ref().is_some_and(asks));
            Some((session.sid, session.journey, found?.id))
        });
        let Some((sid, journey, strand)) = waiting else {
            return false;
        };
        let Some(mut strand) = self.take_strand(sid, strand) else {
            return false;
        };
        let Some(op) = engine.journeys[journey as usize].op(strand.code, strand.ip) else {
            return false;
        };
        let OpKind::Call {
            delivery,
            answer: Some(answer),
            ..
        } = &op.kind
        else {
            return false;
        };
        self.wait_ended(sid, op, WaitEnd::Event);
        let frame = strand.frame.clone();
        let taken = reply.is_some_and(|reply| {
            self.take_answer(sid, op, *delivery, answer, reply, frame.as_ref())
        });
        strand.ip = if taken {
            strand.ip + 1
        } else {
            answer.otherwise
        };
        self.moved = false;
        self.run_strand(sid, strand, false);
        self.refresh();
        self.drain();
        self.flush();
        true
    }
}
