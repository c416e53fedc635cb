//! Events for the workspace of this bench: the same for the same numbers, in the order of time.

use std::io::{self, Write};

/// Where the log begins: 2026-03-02T00:00:00Z, in milliseconds.
const BEGIN: u64 = 1_772_409_600_000;
/// How long it is, however many events there are.
const SPAN: u64 = 30 * 24 * 3_600_000;

const KINDS: [&str; 16] = [
    "view", "view", "view", "view", "view", "view", "view", "view", "cart", "cart", "cart",
    "order", "order", "return", "close", "view",
];
const CATEGORIES: [&str; 5] = ["backpack", "tent", "boots", "stove", "jacket"];
const DEVICES: [&str; 5] = ["desktop", "desktop", "mobile", "mobile", "tablet"];
const COUNTRIES: [&str; 6] = ["FR", "FR", "FR", "FR", "DE", "IT"];

/// Writes so many events of so many travelers; one in a thousand comes a second time.
pub fn write(out: &mut dyn Write, events: u64, travelers: u64) -> io::Result<()> {
    let mut random = Random(0x5eed);
    let mut last = String::new();
    for number in 0..events {
        if number > 0 && random.below(1000) == 0 {
            out.write_all(last.as_bytes())?;
            continue;
        }
        let time = stamp(BEGIN + number * SPAN / events);
        let traveler = random.below(travelers);
        let kind = KINDS[random.below(16) as usize];
        let category = CATEGORIES[random.below(5) as usize];
        let device = DEVICES[random.below(5) as usize];
        let country = COUNTRIES[random.below(6) as usize];
        let sku = random.below(5000);
        let price = 500 + random.below(100_000);
        let quantity = 1 + random.below(4);
        last = format!(
            concat!(
                r#"{{"specversion":"1.0","id":"e-{:09}","source":"shop","type":"com.example.shop.activity","time":"{}","#,
                r#""subject":"v-{:07}","data":{{"kind":"{}","sku":"sku-{:05}","category":"{}","price":{}.{:02},"#,
                r#""quantity":{},"device":"{}","country":"{}","page":"/catalogue/{}/sku-{:05}"}}}}"#,
                "\n"
            ),
            number,
            time,
            traveler,
            kind,
            sku,
            category,
            price / 100,
            price % 100,
            quantity,
            device,
            country,
            category,
            sku
        );
        out.write_all(last.as_bytes())?;
    }
    Ok(())
}

/// RFC 3339, with milliseconds.
fn stamp(millis: u64) -> String {
    let (days, time) = ((millis / 86_400_000) as i64, millis % 86_400_000);
    // Days since 0000-03-01, in eras of 400 years.
    let day = days + 719_468;
    let (era, of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    format!(
        "{:04}-{month:02}-{date:02}T{:02}:{:02}:{:02}.{:03}Z",
        era * 400 + year + carry,
        time / 3_600_000,
        time / 60_000 % 60,
        time / 1000 % 60,
        time % 1000
    )
}

/// `splitmix64`.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}
