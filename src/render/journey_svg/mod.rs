//! A journey as a picture: SVG that needs nothing else, for the page of the runtime.
//!
//! Nodes carry `data-milestone` or `data-outcome`, so that a page can write live numbers into the
//! `<text class="count">` of each. Everything from outside is escaped.

mod layout;

use std::fmt::Write as _;

use super::journey_graph::{Arrow, JourneyGraph, Node};
use super::test_suite::escape;
use super::text::clean;
use crate::model::{Journey, Model};
use layout::{Layout, Point, lay_out};

/// Journeys of more milestones and outcomes, or of more arrows, are not drawn: nobody could read
/// the picture.
pub const MAX_NODES: usize = 200;
pub const MAX_ARROWS: usize = 800;

/// The height of a node.
const HEIGHT: f64 = 54.0;
/// The width of a character of a label, about.
const LETTER: f64 = 7.6;
/// The same of the words at an arrow.
const SMALL: f64 = 6.0;
/// The most characters of a label of a node, and of an arrow.
const MAX_LABEL: usize = 30;
const MAX_WHY: usize = 26;

/// The picture, or none where there is too much to draw.
pub fn journey(journey: &Journey, model: &Model) -> Option<String> {
    let graph = JourneyGraph::of(journey, model);
    // An arrow from several nodes has its words once.
    let mut labels = Labels::default();
    let pairs: Vec<(&Arrow, (usize, usize))> = (graph.arrows.iter())
        .flat_map(|arrow| {
            arrow
                .from
                .iter()
                .map(move |from| (arrow, (*from, arrow.to)))
        })
        .take(MAX_ARROWS + 1)
        .collect();
    if graph.nodes.len() > MAX_NODES || pairs.len() > MAX_ARROWS {
        return None;
    }
    let widths: Vec<f64> = graph.nodes.iter().map(width).collect();
    let ties: Vec<(usize, usize)> = pairs.iter().map(|it| it.1).collect();
    let layout = lay_out(&widths, &ties);
    labels.nodes = (layout.nodes.iter().copied().zip(widths.iter().copied())).collect();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"journey\" viewBox=\"0 0 {:.0} {:.0}\" \
         width=\"{:.0}\" height=\"{:.0}\" role=\"img\" aria-label=\"{}\">\n",
        layout.width,
        layout.height,
        layout.width,
        layout.height,
        escape(&format!("the journey {}", journey.name)),
    );
    svg.push_str(
        "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" \
         markerHeight=\"8\" orient=\"auto-start-reverse\"><path d=\"M0 0L8 4L0 8z\"/></marker></defs>\n",
    );
    for (index, (arrow, (from, to))) in pairs.iter().enumerate() {
        let beginning = ties.iter().filter(|tie| tie.0 == *from).count();
        let ending = ties.iter().filter(|tie| tie.1 == *to).count();
        let way = way(&layout, &widths, (*from, *to), index);
        let first = arrow.from.first() == Some(from);
        let label = first.then(|| labels.place(&arrow.why, &way, ending > beginning));
        draw_arrow(&mut svg, arrow, &way, label);
    }
    for (index, node) in graph.nodes.iter().enumerate() {
        draw_node(&mut svg, node, layout.nodes[index], widths[index]);
    }
    svg.push_str("</svg>\n");
    Some(svg)
}

fn title<'a>(node: &Node<'a>) -> &'a str {
    match node {
        Node::Start => "start",
        Node::Milestone { title, .. } => title,
        Node::Anywhere => "in every milestone",
        Node::Outcome(name) => name,
    }
}

fn width(node: &Node<'_>) -> f64 {
    let letters = title(node).chars().take(MAX_LABEL + 1);
    (letters.map(|_| LETTER).sum::<f64>() + 32.0).max(110.0)
}

/// The way of an arrow, from the edge of one node to the edge of the other.
fn way(layout: &Layout, widths: &[f64], (from, to): (usize, usize), index: usize) -> Vec<Point> {
    if from == to {
        // Out on the right, and in again a little lower.
        let Point { x, y } = layout.nodes[from];
        let edge = x + widths[from] / 2.0;
        let at = |x: f64, y: f64| Point { x, y };
        return vec![
            at(edge, y - 12.0),
            at(edge + 26.0, y - 12.0),
            at(edge + 26.0, y + 12.0),
            at(edge, y + 12.0),
        ];
    }
    let mut way = layout.ways[index].clone();
    let last = way.len() - 1;
    let down = if way[0].y < way[last].y { 1.0 } else { -1.0 };
    // What leads back keeps clear of what leads on between the same two.
    let aside = if down < 0.0 { 22.0 } else { 0.0 };
    way[0].y += down * HEIGHT / 2.0;
    way[last].y -= down * HEIGHT / 2.0;
    way[0].x += aside;
    way[last].x += aside;
    way
}

fn draw_arrow(svg: &mut String, arrow: &Arrow, way: &[Point], label: Option<Point>) {
    let kind = if arrow.by_steps {
        "arrow steps"
    } else {
        "arrow"
    };
    let _ = write!(
        svg,
        "<g class=\"{kind}\"><path fill=\"none\" marker-end=\"url(#tip)\" d=\"M"
    );
    let _ = write!(svg, "{:.1} {:.1}", way[0].x, way[0].y);
    for pair in way.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let half = f64::midpoint(a.y, b.y);
        let _ = write!(
            svg,
            "C{:.1} {half:.1} {:.1} {half:.1} {:.1} {:.1}",
            a.x, b.x, b.x, b.y
        );
    }
    let why = clean(&arrow.why);
    svg.push_str("\"/>");
    // Of steps the line is dashed, which says enough.
    if let Some(at) = label.filter(|_| !arrow.by_steps) {
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            at.x,
            at.y,
            escape(&cut(&why, MAX_WHY)),
        );
    }
    let _ = writeln!(svg, "<title>{}</title></g>", escape(&why));
}

/// Where words already stand.
#[derive(Default)]
struct Labels {
    /// The middle of each, and half its width.
    placed: Vec<(Point, f64)>,
    /// The middle of each node, and its width.
    nodes: Vec<(Point, f64)>,
}

impl Labels {
    /// A place near the end of the way, or near its beginning where it is `crowded` (more arrows
    /// end where it ends than begin where it begins); another on the way where that is taken.
    fn place(&mut self, why: &str, way: &[Point], crowded: bool) -> Point {
        let half = why.chars().take(MAX_WHY + 1).map(|_| SMALL).sum::<f64>() / 2.0;
        let end = way.len() - 2;
        let mut places = [(end, 0.65), (end, 0.4), (0, 0.35), (0, 0.6)];
        if crowded {
            places.rotate_left(2);
        }
        let mut places = places.into_iter().map(|(part, along)| {
            let (a, b) = (way[part], way[part + 1]);
            let aside: f64 = along * along * (3.0 - 2.0 * along);
            Point {
                x: a.x + (b.x - a.x) * aside,
                y: a.y + (b.y - a.y) * along + 4.0,
            }
        });
        let first = places.clone().next().unwrap_or(way[0]);
        let at = places.find(|at| self.is_free(*at, half)).unwrap_or(first);
        self.placed.push((at, half));
        at
    }

    fn is_free(&self, at: Point, half: f64) -> bool {
        let near = |other: &Point, wide: f64, high: f64| {
            (at.x - other.x).abs() < half + wide && (at.y - 4.0 - other.y).abs() < high
        };
        let words = |(other, wide): &(Point, f64)| {
            let middle = Point {
                y: other.y - 4.0,
                ..*other
            };
            near(&middle, *wide, SMALL * 2.0)
        };
        let node = |(other, width): &(Point, f64)| near(other, width / 2.0, HEIGHT / 2.0 + SMALL);
        !self.placed.iter().any(words) && !self.nodes.iter().any(node)
    }
}

fn draw_node(svg: &mut String, node: &Node<'_>, at: Point, width: f64) {
    let (kind, data, round) = match node {
        Node::Start => ("start", String::new(), HEIGHT / 2.0),
        Node::Milestone { name, .. } => (
            "milestone",
            format!(" data-milestone=\"{}\"", escape(name)),
            6.0,
        ),
        Node::Anywhere => ("anywhere", String::new(), 6.0),
        Node::Outcome(name) => (
            "outcome",
            format!(" data-outcome=\"{}\"", escape(name)),
            HEIGHT / 2.0,
        ),
    };
    let title = clean(title(node));
    let _ = write!(
        svg,
        "<g class=\"{kind}\"{data}><rect x=\"{:.1}\" y=\"{:.1}\" width=\"{width:.1}\" \
         height=\"{HEIGHT:.0}\" rx=\"{round:.0}\"/><text x=\"{:.1}\" y=\"{:.1}\" \
         text-anchor=\"middle\">{}</text>",
        at.x - width / 2.0,
        at.y - HEIGHT / 2.0,
        at.x,
        at.y - 2.0,
        escape(&cut(&title, MAX_LABEL)),
    );
    let _ = write!(
        svg,
        "<text class=\"count\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\"></text>",
        at.x,
        at.y + 17.0,
    );
    let sends = match node {
        Node::Milestone { sends, .. } if !sends.is_empty() => {
            format!(" (sends {})", sends.join(", "))
        }
        _ => String::new(),
    };
    let _ = writeln!(
        svg,
        "<title>{}</title></g>",
        escape(&format!("{title}{sends}"))
    );
}

/// So many characters, and a sign that there are more.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
