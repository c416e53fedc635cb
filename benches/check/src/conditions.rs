//! Conditions with numbers of their own, from a few dozen patterns.

/// What a condition may read besides the profile.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// `event` is an order, `vars` and `session` are there.
    Order,
    /// As with an order, but only what was bought counts.
    Items,
    /// `event` is a view, `vars` and `session` are there.
    View,
    /// Nothing else.
    Profile,
    /// `vars` and `session`.
    Session,
}

const ORDER: &[&str] = &[
    "event.total >= #.0 && event.currency == \"EUR\"",
    "event.total > #.0 && traveler.orders_year < #",
    "event.items.exists(i, i.category == \"tent\" && i.price > #.0)",
    "event.items.size() > # || event.total >= #.5 && traveler.loyalty == \"gold\"",
    "event.items.all(i, i.price < #.0) && !segment.buyers_@",
    "has(event.voucher) && event.voucher.startsWith(\"S#\")",
    "event.currency == \"USD\" && event.total * 0.9 >= #.0",
    "event.email.endsWith(\"@example.org\") && event.total > #.0 && traveler.spend_year < #.0",
    "event.items.filter(i, i.category == \"boots\").size() >= # && segment.sleepers_@",
    "trigger.time - session.started_at > duration(\"#h\") && event.total > #.0",
    "vars.orders >= # && event.total / 2.0 > #.0",
    "event.?voucher.orValue(\"none\") == \"S#\" && traveler.consents.marketing",
];

const ITEMS: &[&str] = &[
    "event.items.exists(i, i.category == \"tent\" && i.price > #.0)",
    "event.items.size() > #",
    "event.items.all(i, i.price < #.0) && !segment.buyers_@",
    "event.items.filter(i, i.category == \"boots\").size() >= # && segment.sleepers_@",
    "event.items.exists(i, i.name.contains(\"Ridge #\")) && traveler.orders_year > #",
];

const VIEW: &[&str] = &[
    "event.product.price > #.0 && event.seconds >= #",
    "event.product.category == \"boots\" && traveler.orders_year >= #",
    "event.seconds * 2 > # && event.product.name.contains(\"Ridge #\")",
    "event.product.category in [\"tent\", \"boots\", \"pack #\"] && vars.views >= #",
    "event.seconds > # && (traveler.loyalty == \"gold\" || segment.buyers_@)",
    "event.product.sku.startsWith(\"b-#\") && event.product.price < #.0",
    "has(event.product.colour) && event.product.colour == \"red #\"",
    "event.product.price >= #.0 && traveler.spend_year > #.0 && event.seconds < #",
];

const PROFILE: &[&str] = &[
    "traveler.spend_year >= #.0 && traveler.orders_year > #",
    "traveler.loyalty == \"member\" && traveler.orders_year >= #",
    "has(traveler.home_store) && traveler.home_store == \"Lyon #\"",
    "traveler.orders_90d == 0 && traveler.orders_year > #",
    "traveler.categories_90d.size() >= # || traveler.spend_year > #.0",
    "traveler.?largest_order.orValue(0.0) > #.0 && traveler.consents.marketing",
];

const SESSION: &[&str] = &[
    "vars.views >= # && traveler.spend_year > #.0",
    "vars.orders > # || vars.views * 3 > #",
    "now - session.started_at > duration(\"#h\") && traveler.orders_year <= #",
    "vars.last_total > #.0 && traveler.loyalty != \"none\"",
    "session.number > # && segment.sleepers_@",
    "traveler.orders_90d > # && !segment.buyers_@ && vars.views < #",
    "has(vars.voucher) && vars.voucher == \"S#\"",
    "traveler.spend_year / 12.0 > #.0 || vars.orders == #",
];

/// The conditions of a workspace, one after the other.
pub struct Conditions {
    faulty: bool,
    written: usize,
    state: u32,
}

impl Conditions {
    pub fn new(faulty: bool) -> Self {
        Self {
            faulty,
            written: 0,
            state: 7,
        }
    }

    /// How many there were.
    pub fn written(&self) -> usize {
        self.written
    }

    /// The next condition of a team, in single quotes.
    pub fn next(&mut self, place: Place, team: usize) -> String {
        let patterns = match place {
            Place::Order => ORDER,
            Place::Items => ITEMS,
            Place::View => VIEW,
            Place::Profile => PROFILE,
            Place::Session => SESSION,
        };
        let pattern = patterns[self.written % patterns.len()];
        self.written += 1;
        let mut text = String::from("'");
        for character in pattern.chars() {
            match character {
                '#' => text.push_str(&self.number().to_string()),
                '@' => text.push_str(&team.to_string()),
                other => text.push(other),
            }
        }
        if self.faulty {
            // A field that is not there: its name is not known, and something close to it is.
            let at = ["event.", "traveler.", "vars."]
                .iter()
                .find_map(|root| text.rfind(root).map(|at| at + root.len()))
                .unwrap_or(text.len());
            text.insert(at + usize::from(text[at..].starts_with('?')), 'x');
        }
        text.push('\'');
        text
    }

    /// From 2 to 60, always the same row.
    fn number(&mut self) -> u32 {
        self.state = self
            .state
            .wrapping_mul(1_664_525)
            .wrapping_add(1_013_904_223);
        2 + (self.state >> 16) % 59
    }
}
