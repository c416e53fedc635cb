"use strict";
const $ = id => document.getElementById(id);
/** An element with attributes and children; texts stay texts. */
function el(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {}))
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value != null) made.setAttribute(name, value);
  made.append(...children.filter(child => child != null));
  return made;
}
const number = value => value.toLocaleString("en");
const soft = text => el("p", { class: "soft" }, text);
const days = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", weekday: "short", day: "numeric", month: "short", year: "numeric" });
const day = text => days.format(new Date(text));
const clock = text => text.slice(11, 19);
const moment = text => `${text.slice(0, 10)} ${clock(text)}`;

/* What is asked of the runtime. */

const lost = "The runtime does not answer.";
async function ask(path, options) {
  for (;;) {
    const token = sessionStorage.getItem("token");
    const headers = token ? { authorization: `Bearer ${token}` } : {};
    const answer = await fetch(path, { ...options, headers }).catch(() => { throw new Error(lost); });
    if (answer.status === 401) { await newToken(token ? "This one is not known here." : ""); continue; }
    if (!answer.ok) {
      const problem = await answer.json().catch(() => ({}));
      throw new Error(problem.detail ?? `The runtime answers ${answer.status}.`);
    }
    return answer;
  }
}
let asking = null;
/** One question, whoever asks. */
function newToken(why) {
  asking ??= new Promise(done => {
    $("asked").textContent = why;
    $("ask").addEventListener("close", () => { sessionStorage.setItem("token", $("token").value.trim()); $("token").value = ""; asking = null; done(); }, { once: true });
    $("ask").showModal();
  });
  return asking;
}

/* The journeys, and where everyone is. */

async function draw(overview) {
  const sections = await Promise.all(overview.journeys.map(async journey => {
    const picture = el("div", { class: "picture", tabindex: "0", role: "group", "aria-label": `a picture of ${journey.name}` });
    const answer = await ask(`journeys/${encodeURIComponent(journey.name)}.svg`);
    if (answer.status === 200) picture.innerHTML = await answer.text();
    else picture.append(soft("Too large to be drawn."));
    return el("section", { "data-journey": journey.name },
      el("h2", {}, journey.title ?? journey.name, el("span", { class: "chip" }, journey.status)), el("div", { class: "sums" }), picture);
  }));
  $("journeys").replaceChildren(...sections.length ? sections : [el("section", {}, soft("The plan has no journeys."))]);
}
const chip = (label, value) => el("span", { class: "chip" }, el("b", {}, number(value)), ` ${label}`);
function count(overview) {
  document.title = `${overview.name} · cjoc`;
  $("name").textContent = overview.name;
  $("plan").textContent = `plan ${overview.plan.slice(0, 12)}`;
  $("plan").title = overview.plan;
  const running = overview.journeys.reduce((sum, journey) => sum + journey.running, 0);
  const tile = (label, value, look) => el("li", { class: value ? look : null }, el("b", {}, number(value)), el("span", {}, label));
  $("totals").replaceChildren(tile("travelers ever known", overview.travelers), tile("inputs handled", overview.inputs), tile("sessions on the way", running),
    tile("actions on their way out", overview.outbox), tile("dead letters", overview.dead, "bad"),
    ...overview.damaged ? [tile("travelers set aside: their records are damaged", overview.damaged, "bad")] : []);
  $("first").hidden = overview.inputs > 0;
  for (const journey of overview.journeys) {
    const section = document.querySelector(`[data-journey="${CSS.escape(journey.name)}"]`);
    if (!section) continue;
    const outcomes = Object.entries(journey.outcomes).map(([outcome, sessions]) => chip(`ended: ${outcome}`, sessions));
    section.querySelector(".sums").replaceChildren(chip("started", journey.started), chip("on the way", journey.running), ...outcomes);
    for (const node of section.querySelectorAll("[data-milestone], [data-outcome]")) {
      const milestone = node.dataset.milestone;
      const value = milestone == null ? journey.outcomes[node.dataset.outcome] : journey.milestones[milestone];
      node.querySelector(".count").textContent = value ? number(value) : "";
      node.classList.toggle("here", milestone != null && Boolean(value));
    }
  }
}

/* Actions: lately, on their way, given up. */

/** A list that is drawn anew only where it changed, so that what is selected or pressed stays. */
function list(place, items, row, none) {
  const now = JSON.stringify(items);
  if (place.dataset.shows === now) return;
  place.dataset.shows = now;
  place.replaceChildren(items.length ? el("table", {}, ...items.map(row)) : soft(none));
}
const person = name => el("a", { href: `#${encodeURIComponent(name)}` }, name);
const looks = { emitted: "good", deferred: "held", suppressed: "bad" };
const actions = items => list($("actions"), items, action => el("tr", {}, el("td", { class: "time", title: action.time }, moment(action.time)),
  el("td", {}, action.name, action.journey ? el("small", {}, action.journey) : null), el("td", {}, person(action.traveler)),
  el("td", { class: looks[action.result] }, action.reason ? `${action.result}: ${action.reason}` : action.result)), "None since the start.");
const what = action => el("td", {}, action.action === "deliver" && action.with?.template ? `${action.connection}: ${action.with.template}` : `${action.connection}.${action.action}`,
  el("small", {}, person(action.traveler)));
function outbox(items) {
  $("outbox").hidden = !items.length;
  list($("outbox").lastElementChild, items, action => el("tr", {}, what(action),
    el("td", {}, action.reason ?? (action.due ? "waits" : "under way"), action.reason ? el("small", {}, action.due ? `attempt ${action.attempt} at ${moment(action.due)}` : `attempt ${action.attempt} is under way`) : null)));
}
function dead(items) {
  $("dead").hidden = !items.length;
  list($("dead").lastElementChild, items, letter => el("tr", {}, what(letter), el("td", {}, letter.reason, el("small", {}, `${letter.attempts === 1 ? "one attempt" : `${letter.attempts} attempts`}, the last at ${moment(letter.since)}`)),
    el("td", { class: "do" }, el("button", { onclick: event => retry(event.target, letter.key) }, "Retry"))));
}
async function retry(button, key) {
  button.disabled = true;
  try { await ask(`dead/${encodeURIComponent(key)}/retry`, { method: "POST" }); await refresh(); }
  catch (error) { button.disabled = false; button.after(el("small", { class: "bad" }, error.message)); }
}

/* A traveler. */

const marks = { event_emitted: "»", event_rejected: "✗", traveler_created: "+", traveler_merged: "∪", profile_changed: "·", variable_set: "·", segment_entered: "◇", segment_left: "◇",
  persona_changed: "◇", session_started: "▶", session_ended: "■", milestone_entered: "●", milestone_left: "○", rule_fired: "!", branch_taken: "?", wait_started: "…", wait_ended: "…",
  action_emitted: "→", action_deferred: "‖", action_suppressed: "✗", promise_missed: "✗", condition_failed: "✗" };
const tones = { action_emitted: "good", action_deferred: "held", action_suppressed: "bad", event_rejected: "bad", promise_missed: "bad", condition_failed: "bad" };
const plain = value => typeof value === "string" ? value : JSON.stringify(value);
/** What a line of a trace says. */
function said(line) {
  const kind = line.kind.replaceAll("_", " ");
  const parts = [line.name ?? line.outcome, "value" in line ? `= ${plain(line.value)}` : null, line.until ? `until ${moment(line.until)}` : null, line.reason ? `(${line.reason})` : null];
  return el("td", { class: tones[line.kind], title: line.at }, [kind, ...parts.filter(part => part != null)].join(" "),
    line.with ? el("small", {}, Object.entries(line.with).map(([name, value]) => `${name}: ${plain(value)}`).join(", ")) : null);
}
function timeline(lines) {
  const groups = [];
  for (const line of lines)
    if (groups.at(-1)?.time === line.time) groups.at(-1).lines.push(line); else groups.push({ time: line.time, lines: [line] });
  const rows = groups.reverse().flatMap(group => [
    el("tr", { class: "day" }, el("td", { colspan: 3 }, `${day(group.time)}, ${clock(group.time)}`)),
    ...group.lines.map(line => el("tr", { class: "line" }, el("td", { class: tones[line.kind] ?? "soft" }, marks[line.kind] ?? "·"), said(line),
      el("td", { class: "soft" }, line.journey ? `${line.journey} ${line.session}` : "")))]);
  return rows.length ? el("table", { id: "timeline" }, ...rows) : soft("Nothing of it is remembered.");
}
/** Names and values, those that there are. */
function values(title, map) {
  const rows = Object.entries(map ?? {}).filter(([, value]) => value != null).map(([name, value]) => el("tr", {}, el("th", {}, name), el("td", {}, plain(value))));
  return rows.length ? el("div", {}, el("h3", {}, title), el("table", {}, ...rows)) : null;
}
function known(view) {
  const sessions = (view.sessions ?? []).map(session => [`${session.journey} ${session.session}`, `${session.milestone ?? "no milestone"}, since ${moment(session.entered_at ?? session.started_at)}`]);
  const timers = (view.timers ?? []).map((timer, index) => [`${index + 1}. ${timer.what}`, moment(timer.due)]);
  const belongs = { persona: view.persona, segments: view.segments?.length ? view.segments.join(", ") : null };
  return el("div", { class: "known" }, values("On the way", Object.fromEntries(sessions)), values("Due next", Object.fromEntries(timers)), values("Profile", view.profile),
    values("Consents", view.consents), values("Belongs to", belongs), values("Traits", view.traits));
}
async function show(name) {
  $("who").value = name;
  const path = `travelers/${encodeURIComponent(name)}`;
  try {
    const view = await (await ask(path)).json();
    const lines = (await (await ask(`${path}/timeline`)).text()).split("\n").filter(Boolean).map(text => JSON.parse(text));
    $("told").replaceChildren(el("h2", {}, view.traveler, el("span", { class: "chip" }, view.type)), known(view), el("h3", {}, "What happened, the latest first"), timeline(lines),
      el("details", {}, el("summary", {}, "As the API tells it"), el("pre", {}, JSON.stringify(view, null, 2))));
  } catch (error) { $("told").replaceChildren(el("p", { class: "bad" }, `${name}: ${error.message}`)); }
}
/** The address names who is shown, so that it can be passed on. */
function shown() {
  const name = decodeURIComponent(location.hash.slice(1));
  if (name) show(name).then(() => $("traveler").scrollIntoView());
}
$("find").addEventListener("submit", event => {
  event.preventDefault();
  const hash = `#${encodeURIComponent($("who").value.trim())}`;
  if (location.hash === hash) shown(); else location.hash = hash;
});
addEventListener("hashchange", shown);

/* All of it, again and again. */

let drawn = null, answered = null;
function state(error) {
  if (!error) answered = new Date().toISOString();
  $("state").className = error ? "lost" : "live";
  $("state").textContent = error ? "lost" : "live";
  $("problem").hidden = !error;
  const since = answered ? `What is shown is of ${moment(answered)}. ` : "";
  $("problem").textContent = error ? `${error.message} ${since}It is tried again every second.` : "";
}
async function refresh() {
  const overview = await (await ask("overview")).json();
  if (drawn !== overview.plan) { await draw(overview); drawn = overview.plan; }
  count(overview);
  actions((await (await ask("actions")).json()).actions);
  outbox(overview.outbox ? (await (await ask("outbox")).json()).outbox : []);
  dead(overview.dead ? (await (await ask("dead")).json()).dead : []);
}
/** One look after the other, a second between them; nothing while nobody looks. */
async function watch() {
  if (!document.hidden) try { await refresh(); state(null); } catch (error) { state(error); }
  setTimeout(watch, 1000);
}
$("how").textContent = `curl -H 'content-type: application/x-ndjson' --data-binary @events.jsonl ${location.origin}/events`;
watch();
shown();
