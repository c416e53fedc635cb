//! Graphs: which nodes can be come back to.

/// By node, whether a way leads from it back to it. `next` has the nodes after each. Takes time as
/// nodes and edges do, and no stack.
pub(super) fn in_circuits(next: &[Vec<usize>]) -> Vec<bool> {
    const UNSEEN: usize = usize::MAX;
    let count = next.len();
    // Tarjan's strongly connected components.
    let mut order = vec![UNSEEN; count];
    let mut low = vec![UNSEEN; count];
    let mut open = vec![false; count];
    let mut stack = Vec::new();
    let mut found = vec![false; count];
    let mut seen = 0;
    for root in 0..count {
        if order[root] != UNSEEN {
            continue;
        }
        // Each with the edge that is looked at next.
        let mut path = vec![(root, 0)];
        while let Some((node, edge)) = path.last_mut() {
            let node = *node;
            if *edge == 0 {
                order[node] = seen;
                low[node] = seen;
                seen += 1;
                stack.push(node);
                open[node] = true;
            }
            if let Some(to) = next[node].get(*edge) {
                *edge += 1;
                if *to == node {
                    found[node] = true;
                } else if order[*to] == UNSEEN {
                    path.push((*to, 0));
                } else if open[*to] {
                    low[node] = low[node].min(order[*to]);
                }
                continue;
            }
            path.pop();
            if let Some((before, _)) = path.last() {
                low[*before] = low[*before].min(low[node]);
            }
            if low[node] == order[node] {
                let start = stack.iter().rposition(|it| *it == node).unwrap_or(0);
                let several = stack.len() - start > 1;
                for member in stack.drain(start..) {
                    open[member] = false;
                    found[member] |= several;
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_of_circles_are_found_and_those_that_lead_there_are_not() {
        for (next, due) in [
            (vec![vec![1], vec![2], vec![]], vec![false, false, false]),
            (vec![vec![1], vec![1], vec![1]], vec![false, true, false]),
            (vec![vec![1], vec![2], vec![0]], vec![true, true, true]),
            (
                vec![vec![1, 3], vec![2], vec![1], vec![3, 4], vec![]],
                vec![false, true, true, true, false],
            ),
            (
                vec![vec![2], vec![0, 3], vec![1], vec![4], vec![3]],
                vec![true, true, true, true, true],
            ),
        ] {
            assert_eq!(in_circuits(&next), due, "{next:?}");
        }
    }

    #[test]
    fn a_long_way_takes_no_stack() {
        let count = 200_000;
        let next: Vec<Vec<usize>> = (0..count).map(|node| vec![(node + 1) % count]).collect();
        assert!(in_circuits(&next).into_iter().all(|it| it));
    }
}
