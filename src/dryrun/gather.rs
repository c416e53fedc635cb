//! Sample events of several files, all of them or the first by time.
//!
//! Held are the events, and where only the first are wanted not many more than those.

use jiff::Timestamp;

use super::samples::Sample;

/// Events as they are read.
#[derive(Debug)]
pub struct Gathered {
    limit: Option<usize>,
    /// With the time that each is handled at, and its place in the input.
    held: Vec<(Option<Timestamp>, usize, Sample)>,
    total: usize,
    /// The last time that was told.
    last: Option<Timestamp>,
}

impl Gathered {
    /// Keeps the first `limit` by time, the order of the input where times are equal.
    pub fn new(limit: Option<usize>) -> Self {
        Self {
            limit,
            held: Vec::new(),
            total: 0,
            last: None,
        }
    }

    /// How many have come.
    pub fn total(&self) -> usize {
        self.total
    }

    pub fn push(&mut self, sample: Sample) {
        let time = match &sample.content {
            Ok(event) => Some(event.time),
            Err(bad) => bad.time,
        };
        // What has no time of its own stays behind what it stands behind.
        let at = time.or(self.last);
        self.last = at;
        self.held.push((at, self.total, sample));
        self.total += 1;
        if let Some(limit) = self.limit
            && self.held.len() >= limit.saturating_mul(2).max(1_024)
        {
            self.cut(limit);
        }
    }

    /// What is kept, in the order of the input.
    pub fn samples(mut self) -> Vec<Sample> {
        if let Some(limit) = self.limit {
            self.cut(limit);
            self.held.sort_unstable_by_key(|(_, place, _)| *place);
        }
        self.held.into_iter().map(|(_, _, sample)| sample).collect()
    }

    fn cut(&mut self, limit: usize) {
        // What stands before all times comes first, as it does in a run.
        self.held
            .sort_unstable_by_key(|(time, place, _)| (*time, *place));
        self.held.truncate(limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dryrun::samples;

    fn samples(times: &str) -> Vec<Sample> {
        let lines: Vec<String> = times
            .split(' ')
            .map(|hour| match hour {
                "?" => "{".to_owned(),
                hour => format!(
                    r#"{{"specversion":"1.0","id":"{hour}","source":"s","type":"t","time":"2026-03-02T{hour}:00:00Z"}}"#
                ),
            })
            .collect();
        samples::read("e", lines.join("\n").as_bytes())
    }

    fn first(times: &str, limit: usize) -> String {
        let mut gathered = Gathered::new(Some(limit));
        for sample in samples(times) {
            gathered.push(sample);
        }
        let places = gathered
            .samples()
            .into_iter()
            .map(|sample| sample.place.to_string());
        places
            .map(|place| place[2..].to_owned())
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn the_first_by_time_are_kept_in_the_order_of_the_input() {
        assert_eq!(first("12 11 10", 2), "2 3");
        assert_eq!(first("11 11 11", 2), "1 2");
        assert_eq!(first("12 ? 11 ?", 2), "3 4");
        assert_eq!(first("? 12 11", 2), "1 3");
        assert_eq!(first("12 11", 5), "1 2");
    }

    #[test]
    fn few_more_than_wanted_are_held() {
        let mut gathered = Gathered::new(Some(10));
        for sample in samples("12 11 ".repeat(5_000).trim_end()) {
            gathered.push(sample);
            assert!(gathered.held.len() < 1_024);
        }
        assert_eq!(gathered.total(), 10_000);
        assert_eq!(gathered.samples().len(), 10);
    }
}
