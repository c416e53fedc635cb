//! How many sessions there are where, over all travelers: counted up and down as they move.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::engine::Stand;

/// The sessions of each journey, by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Census(BTreeMap<Arc<str>, Sessions>);

/// The sessions of a journey.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sessions {
    /// How many ever started.
    pub started: u64,
    /// How many are on their way, by the milestone that they are in.
    pub milestones: BTreeMap<Arc<str>, u64>,
    /// How many ended, by outcome.
    pub outcomes: BTreeMap<Arc<str>, u64>,
}

impl Sessions {
    /// How many are on their way.
    pub fn running(&self) -> u64 {
        self.milestones.values().sum()
    }
}

impl Census {
    /// The sessions of a journey; none where none ever started.
    pub fn of(&self, journey: &str) -> Option<&Sessions> {
        self.0.get(journey)
    }

    /// Counts what moved.
    pub fn count(&mut self, moved: BTreeMap<(Arc<str>, Stand), i64>) {
        for ((journey, stand), more) in moved {
            let sessions = self.0.entry(journey).or_default();
            let count = match stand {
                Stand::Started => &mut sessions.started,
                Stand::At(milestone) => sessions.milestones.entry(milestone).or_default(),
                Stand::Ended(outcome) => sessions.outcomes.entry(outcome).or_default(),
            };
            *count = count.saturating_add_signed(more);
            sessions.milestones.retain(|_, count| *count > 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_counted_where_it_is() {
        let journey: Arc<str> = "cart".into();
        let mut census = Census::default();
        let mut step = |from: Option<&str>, to: Stand| {
            let from = from.map_or((Stand::Started, 1), |it| (Stand::At(it.into()), -1));
            let moves = [
                ((journey.clone(), from.0), from.1),
                ((journey.clone(), to), 1),
            ];
            census.count(moves.into());
            let sessions = census.of("cart").expect("one has started");
            (
                sessions.started,
                sessions.running(),
                sessions.outcomes.values().sum::<u64>(),
            )
        };
        assert_eq!(step(None, Stand::At("filled".into())), (1, 1, 0));
        assert_eq!(step(None, Stand::At("filled".into())), (2, 2, 0));
        assert_eq!(step(Some("filled"), Stand::At("paid".into())), (2, 2, 0));
        assert_eq!(step(Some("paid"), Stand::Ended("bought".into())), (2, 1, 1));
    }
}
