//! Experiments: which arm a traveler is in, by a hash that never changes.

/// The arm of `id` in the experiment: the first 8 bytes, big-endian, of BLAKE3 of the name, NUL
/// and the id, modulo the sum of the weights.
pub(super) fn arm(name: &str, id: &str, weights: impl Iterator<Item = u32> + Clone) -> usize {
    let mut hasher = blake3::Hasher::new();
    hasher.update(name.as_bytes());
    hasher.update(&[0]);
    hasher.update(id.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    let sum: u64 = weights.clone().map(u64::from).sum();
    let Some(mut point) = u64::from_be_bytes(first).checked_rem(sum) else {
        return 0;
    };
    for (index, weight) in weights.enumerate() {
        match point.checked_sub(u64::from(weight)) {
            Some(rest) => point = rest,
            None => return index,
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::arm;

    #[test]
    fn a_traveler_stays_in_an_arm_and_travelers_spread_by_weight() {
        let weights = [50, 40, 10];
        let mut counts = [0; 3];
        for number in 0..10_000 {
            let id = format!("customer_id:{number}");
            let index = arm("welcome", &id, weights.iter().copied());
            assert_eq!(index, arm("welcome", &id, weights.iter().copied()));
            counts[index] += 1;
        }
        for (count, weight) in counts.iter().zip(weights) {
            let expected = i64::from(weight) * 100;
            assert!((i64::from(*count) - expected).abs() < 300, "{counts:?}");
        }
    }

    #[test]
    fn an_arm_without_weight_is_never_taken() {
        let none = (0..1000).any(|n| arm("x", &n.to_string(), [0, 1].iter().copied()) == 0);
        assert!(!none);
    }
}
