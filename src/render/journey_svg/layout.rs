//! Where the nodes of a graph stand in a picture, in ranks from top to bottom, after Sugiyama,
//! Tagawa and Toda (1981): arrows that lead back are turned round, each node stands below all that
//! lead to it, long arrows get a bend in each rank that they pass, and the order within the ranks
//! is that of the middle of the neighbours, swept down and up a few times.
//!
//! Deterministic: ties keep the order of the nodes.

#![expect(
    clippy::cast_precision_loss,
    reason = "places of a picture, far below what a double counts exactly"
)]

/// How often the order is swept down and up again.
const SWEEPS: usize = 6;

/// The distance between the middles of two ranks.
pub(super) const RANK: f64 = 118.0;
/// Between two nodes of a rank, and between two bends.
const GAP: f64 = 48.0;
/// What a bend takes of the width of a rank.
const BEND: f64 = 12.0;

/// A point, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub x: f64,
    pub y: f64,
}

/// The middles of nodes, the ways of arrows from middle to middle, and the size of it all.
#[derive(Debug)]
pub(super) struct Layout {
    pub nodes: Vec<Point>,
    /// By arrow, in its direction.
    pub ways: Vec<Vec<Point>>,
    pub width: f64,
    pub height: f64,
}

/// Lays out nodes of these widths, with arrows between their indexes. A node that leads to itself
/// is no concern of the layout: its way is its own place, twice.
pub(super) fn lay_out(widths: &[f64], arrows: &[(usize, usize)]) -> Layout {
    let ranks = ranks(widths.len(), arrows);
    let mut grid = Grid::of(widths, arrows, &ranks);
    for _ in 0..SWEEPS {
        grid.sweep(true);
        grid.sweep(false);
    }
    grid.place()
}

/// The rank of each node: one more than the highest of those that lead to it, by arrows that do
/// not lead back.
fn ranks(nodes: usize, arrows: &[(usize, usize)]) -> Vec<usize> {
    let mut after = vec![Vec::new(); nodes];
    for (from, to) in arrows {
        if from != to {
            after[*from].push(*to);
        }
    }
    // In the order in which a walk in depth is done with them, the last first: arrows to a node
    // that comes earlier there lead back. With a stack of its own: journeys may be long.
    let mut done = Vec::with_capacity(nodes);
    let mut seen = vec![false; nodes];
    for root in 0..nodes {
        let mut open = vec![(root, 0)];
        while let Some((node, next)) = open.pop() {
            if next == 0 && std::mem::replace(&mut seen[node], true) {
                continue;
            }
            match after[node].get(next) {
                Some(to) => {
                    open.push((node, next + 1));
                    if !seen[*to] {
                        open.push((*to, 0));
                    }
                }
                None => done.push(node),
            }
        }
    }
    let mut place = vec![0; nodes];
    for (index, node) in done.iter().rev().enumerate() {
        place[*node] = index;
    }
    let mut ranks = vec![0; nodes];
    for node in done.iter().rev() {
        for to in &after[*node] {
            if place[*to] > place[*node] {
                ranks[*to] = ranks[*to].max(ranks[*node] + 1);
            }
        }
    }
    ranks
}

/// Nodes and bends in their ranks.
struct Grid {
    /// By slot: half the width that it takes.
    half: Vec<f64>,
    /// By rank: its slots, from left to right.
    rows: Vec<Vec<usize>>,
    /// By slot: those of the rank above and of the rank below that it is tied to.
    above: Vec<Vec<usize>>,
    below: Vec<Vec<usize>>,
    /// By arrow: its slots, from its start to its end.
    ways: Vec<Vec<usize>>,
    nodes: usize,
}

impl Grid {
    fn of(widths: &[f64], arrows: &[(usize, usize)], ranks: &[usize]) -> Self {
        let mut grid = Self {
            half: widths.iter().map(|width| width / 2.0).collect(),
            rows: vec![Vec::new(); ranks.iter().max().map_or(0, |last| last + 1)],
            above: vec![Vec::new(); widths.len()],
            below: vec![Vec::new(); widths.len()],
            ways: Vec::with_capacity(arrows.len()),
            nodes: widths.len(),
        };
        for (node, rank) in ranks.iter().enumerate() {
            grid.rows[*rank].push(node);
        }
        for (from, to) in arrows {
            let back = ranks[*from] > ranks[*to];
            let (top, bottom) = if back { (*to, *from) } else { (*from, *to) };
            let mut way = vec![top];
            for rank in ranks[top] + 1..ranks[bottom] {
                let bend = grid.half.len();
                grid.half.push(BEND / 2.0);
                grid.above.push(Vec::new());
                grid.below.push(Vec::new());
                grid.rows[rank].push(bend);
                way.push(bend);
            }
            way.push(bottom);
            if top != bottom {
                for pair in way.windows(2) {
                    grid.below[pair[0]].push(pair[1]);
                    grid.above[pair[1]].push(pair[0]);
                }
            }
            if back {
                way.reverse();
            }
            grid.ways.push(way);
        }
        grid
    }

    /// Orders each rank by the middle of the neighbours in the rank before it.
    fn sweep(&mut self, down: bool) {
        let mut place = vec![0.0; self.half.len()];
        let rows: Vec<usize> = if down {
            (0..self.rows.len()).collect()
        } else {
            (0..self.rows.len()).rev().collect()
        };
        for row in rows {
            let ties = if down { &self.above } else { &self.below };
            let mut keyed: Vec<(f64, usize)> = (self.rows[row].iter().enumerate())
                .map(|(index, slot)| (middle(&ties[*slot], &place).unwrap_or(index as f64), *slot))
                .collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            self.rows[row] = keyed.into_iter().map(|(_, slot)| slot).collect();
            for (index, slot) in self.rows[row].iter().enumerate() {
                place[*slot] = index as f64;
            }
        }
    }

    /// Gives all their places: each as near to the middle of its neighbours as the others allow.
    fn place(self) -> Layout {
        let mut x = vec![0.0; self.half.len()];
        for row in &self.rows {
            let mut right = 0.0;
            for slot in row {
                x[*slot] = right + self.half[*slot];
                right = x[*slot] + self.half[*slot] + GAP;
            }
        }
        for round in 0..SWEEPS {
            let ties = if round % 2 == 0 {
                &self.above
            } else {
                &self.below
            };
            for row in &self.rows {
                self.settle(row, ties, &mut x);
            }
        }
        let edge = |sign: f64| {
            let reach = (x.iter().zip(&self.half)).map(move |(x, half)| sign * x + half);
            reach.fold(f64::MIN, f64::max)
        };
        let (left, right) = if x.is_empty() {
            (0.0, 0.0)
        } else {
            (-edge(-1.0), edge(1.0))
        };
        let mut rank = vec![0; x.len()];
        for (index, row) in self.rows.iter().enumerate() {
            for slot in row {
                rank[*slot] = index;
            }
        }
        let point = |slot: usize| Point {
            x: x[slot] - left + GAP,
            y: (rank[slot] as f64 + 0.5) * RANK,
        };
        Layout {
            nodes: (0..self.nodes).map(point).collect(),
            ways: (self.ways.iter())
                .map(|way| way.iter().map(|slot| point(*slot)).collect())
                .collect(),
            width: right - left + 2.0 * GAP,
            height: self.rows.len() as f64 * RANK,
        }
    }

    /// Moves the slots of a rank towards where they would like to be: groups that push one another
    /// stand around the middle of their wishes.
    fn settle(&self, row: &[usize], ties: &[Vec<usize>], x: &mut [f64]) {
        /// Slots side by side without room between them.
        struct Group {
            first: usize,
            /// The sum of where each would like the group to begin.
            wish: f64,
            count: f64,
            width: f64,
        }
        impl Group {
            fn left(&self) -> f64 {
                self.wish / self.count
            }
        }
        let mut groups: Vec<Group> = Vec::new();
        for (index, slot) in row.iter().enumerate() {
            let wish = middle(&ties[*slot], x).unwrap_or(x[*slot]);
            let mut group = Group {
                first: index,
                wish: wish - self.half[*slot],
                count: 1.0,
                width: 2.0 * self.half[*slot],
            };
            while let Some(before) = groups.pop_if(|it| it.left() + it.width + GAP > group.left()) {
                let shift = before.width + GAP;
                group = Group {
                    first: before.first,
                    wish: before.wish + group.wish - group.count * shift,
                    count: before.count + group.count,
                    width: shift + group.width,
                };
            }
            groups.push(group);
        }
        let mut ends = groups.iter().skip(1).map(|it| it.first).chain([row.len()]);
        for group in &groups {
            let mut right = group.left();
            for slot in &row[group.first..ends.next().unwrap_or(row.len())] {
                x[*slot] = right + self.half[*slot];
                right = x[*slot] + self.half[*slot] + GAP;
            }
        }
    }
}

/// The mean of the places of some slots.
fn middle(slots: &[usize], place: &[f64]) -> Option<f64> {
    let sum: f64 = slots.iter().map(|slot| place[*slot]).sum();
    (!slots.is_empty()).then(|| sum / slots.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of each node, its rank.
    fn rows(layout: &Layout) -> Vec<i64> {
        let row = |node: &Point| (node.y / RANK) as i64;
        layout.nodes.iter().map(row).collect()
    }

    #[test]
    fn each_stands_below_all_that_lead_to_it_unless_they_lead_back() {
        let arrows = [(0, 1), (1, 2), (2, 1), (0, 2), (2, 3), (3, 0), (3, 3)];
        let layout = lay_out(&[100.0; 4], &arrows);
        assert_eq!(rows(&layout), [0, 1, 2, 3]);
        // The long one passes the rank of the second, beside it.
        let long = &layout.ways[3];
        assert_eq!(long.len(), 3);
        assert!((long[1].x - layout.nodes[1].x).abs() >= 50.0);
        // What leads back begins where it begins.
        assert_eq!(layout.ways[5].first(), layout.nodes.get(3));
        assert_eq!(layout.ways[5].last(), layout.nodes.first());
    }

    #[test]
    fn nodes_of_a_rank_leave_room_between_them_and_lie_in_the_picture() {
        let widths = [80.0, 200.0, 120.0, 60.0, 160.0, 90.0];
        let arrows = [(0, 1), (0, 2), (0, 3), (1, 4), (3, 4), (2, 5), (4, 0)];
        let layout = lay_out(&widths, &arrows);
        let ranks = rows(&layout);
        for (a, at) in layout.nodes.iter().enumerate() {
            assert!(at.x - widths[a] / 2.0 >= 0.0 && at.x + widths[a] / 2.0 <= layout.width);
            assert!(at.y < layout.height);
            for (b, other) in layout.nodes.iter().enumerate().skip(a + 1) {
                let room = f64::midpoint(widths[a], widths[b]) + GAP;
                assert!(ranks[a] != ranks[b] || (at.x - other.x).abs() >= room - 0.001);
            }
        }
    }

    #[test]
    fn a_long_chain_and_no_node_at_all_are_laid_out() {
        let chain: Vec<(usize, usize)> = (0..5_000).map(|node| (node, node + 1)).collect();
        assert_eq!(rows(&lay_out(&vec![100.0; 5_001], &chain))[5_000], 5_000);
        assert!(lay_out(&[], &[]).nodes.is_empty());
    }
}
