//! Programs that read the log and run the machine: by `serde_json` into a struct, by a scan of the
//! bytes that trusts the order of the fields, and decoded before the clock runs.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader};

use serde::Deserialize;

use crate::machine::{Counts, Event, Kind, Machine, millis};
use crate::processor;

#[derive(Deserialize)]
struct Envelope<'a> {
    specversion: &'a str,
    id: &'a str,
    #[allow(dead_code, reason = "it must be there")]
    source: &'a str,
    #[serde(rename = "type")]
    ty: &'a str,
    time: &'a str,
    subject: &'a str,
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Deserialize)]
struct Data<'a> {
    kind: Kind,
    #[allow(dead_code, reason = "it must be there")]
    sku: &'a str,
    category: &'a str,
    price: f64,
    quantity: i64,
    device: &'a str,
    country: &'a str,
    #[allow(dead_code, reason = "it must be there")]
    page: &'a str,
}

fn each_line(
    path: &str,
    mut act: impl FnMut(&str) -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let mut input = BufReader::with_capacity(1 << 20, File::open(path)?);
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        act(str::from_utf8(&line)?)?;
        line.clear();
    }
    Ok(())
}

fn decode(line: &str) -> Result<Event<'_>, Box<dyn Error>> {
    let read: Envelope<'_> = serde_json::from_str(line)?;
    if read.specversion != "1.0" || read.ty != "com.example.shop.activity" {
        return Err("another event".into());
    }
    Ok(Event {
        id: read.id,
        subject: read.subject,
        time: millis(read.time).ok_or("no time")?,
        kind: read.data.kind,
        category: read.data.category,
        price: read.data.price,
        quantity: read.data.quantity,
        device: read.data.device,
        country: read.data.country,
    })
}

/// With `serde_json`.
pub fn serde(path: &str) -> Result<Counts, Box<dyn Error>> {
    let mut machine = Machine::default();
    each_line(path, |line| {
        machine.step(&decode(line)?);
        Ok(())
    })?;
    machine.finish();
    Ok(machine.counts)
}

/// The value that begins behind so many bytes and ends at the next quote, or comma; the rest begins
/// behind that.
fn next<'a>(rest: &mut &'a str, skip: usize, end: u8) -> Option<&'a str> {
    let value = rest.get(skip..)?;
    let length = memchr::memchr(end, value.as_bytes())?;
    *rest = value.get(length + 1..)?;
    value.get(..length)
}

fn scan_line(line: &str) -> Option<Event<'_>> {
    let rest = &mut &*line;
    let id = next(rest, r#"{"specversion":"1.0","id":""#.len(), b'"')?;
    let _source = next(rest, r#","source":""#.len(), b'"')?;
    let ty = next(rest, r#","type":""#.len(), b'"')?;
    let time = millis(next(rest, r#","time":""#.len(), b'"')?)?;
    let subject = next(rest, r#","subject":""#.len(), b'"')?;
    let kind = match next(rest, r#","data":{"kind":""#.len(), b'"')? {
        "view" => Kind::View,
        "cart" => Kind::Cart,
        "order" => Kind::Order,
        "return" => Kind::Return,
        _ => Kind::Close,
    };
    let _sku = next(rest, r#","sku":""#.len(), b'"')?;
    let category = next(rest, r#","category":""#.len(), b'"')?;
    let price = next(rest, r#","price":"#.len(), b',')?.parse().ok()?;
    let quantity = next(rest, r#""quantity":"#.len(), b',')?.parse().ok()?;
    let device = next(rest, r#""device":""#.len(), b'"')?;
    let country = next(rest, r#","country":""#.len(), b'"')?;
    (ty == "com.example.shop.activity").then_some(Event {
        id,
        subject,
        time,
        kind,
        category,
        price,
        quantity,
        device,
        country,
    })
}

/// By a scan that trusts the order of the fields and the blanks between them: the limit.
pub fn scan(path: &str) -> Result<Counts, Box<dyn Error>> {
    let mut machine = Machine::default();
    each_line(path, |line| {
        machine.step(&scan_line(line).ok_or("another event")?);
        Ok(())
    })?;
    machine.finish();
    Ok(machine.counts)
}

/// Stepping alone: tells the rate, over all events of a log that fits into memory.
pub fn step(path: &str) -> Result<Counts, Box<dyn Error>> {
    let log = std::fs::read_to_string(path)?;
    let events: Vec<_> = log.lines().map(decode).collect::<Result<_, _>>()?;
    let mut machine = Machine::default();
    let start = processor::time();
    for event in &events {
        machine.step(event);
    }
    let time = processor::time() - start;
    eprintln!("{:.0} events a second", events.len() as f64 / time);
    machine.finish();
    Ok(machine.counts)
}
