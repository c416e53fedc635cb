"use strict";
const $ = id => document.getElementById(id);
/** An element with attributes and children; texts stay texts. */
function el(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {}))
    name.startsWith("on") ? made.addEventListener(name.slice(2), value) : made.setAttribute(name, value);
  made.append(...children.filter(child => child != null));
  return made;
}
async function ask(path, options) {
  for (;;) {
    const token = sessionStorage.getItem("token");
    const headers = token ? { authorization: `Bearer ${token}` } : {};
    const answer = await fetch(path, { ...options, headers });
    if (answer.status === 401) { await newToken(); continue; }
    if (!answer.ok) {
      const problem = await answer.json().catch(() => ({}));
      throw new Error(problem.detail ?? `${answer.status}`);
    }
    return answer;
  }
}
let asking = null;
/** One question, whoever asks. */
function newToken() {
  asking ??= new Promise(done => {
    $("ask").addEventListener("close", () => { sessionStorage.setItem("token", $("token").value.trim()); asking = null; done(); }, { once: true });
    $("ask").showModal();
  });
  return asking;
}
const time = text => text.replace("T", " ").replace(/(\.\d+)?Z$/, "");
const number = value => value.toLocaleString("en");
const none = text => el("p", { class: "none" }, text);
const person = name => el("button", { class: "link", onclick: () => show(name) }, name);

async function draw(overview) {
  $("journeys").replaceChildren();
  for (const journey of overview.journeys) {
    const picture = el("div", { class: "picture" });
    const head = el("h2", {}, journey.title ?? journey.name, journey.status === "live" ? null : el("span", { class: "status" }, journey.status));
    $("journeys").append(el("section", { "data-journey": journey.name }, head, el("p", { class: "soft sums" }), picture));
    const answer = await ask(`journeys/${encodeURIComponent(journey.name)}.svg`);
    if (answer.status === 200) picture.innerHTML = await answer.text();
    else picture.append(none("Too large to be drawn."));
  }
}
function count(overview) {
  $("name").textContent = overview.name;
  $("plan").textContent = `plan ${overview.plan.slice(0, 12)}`;
  $("totals").textContent = `${number(overview.travelers)} travelers · ${number(overview.inputs)} inputs · ${number(overview.outbox)} actions on their way · ${number(overview.dead)} dead${overview.damaged ? ` · ${number(overview.damaged)} travelers set aside: their records are damaged` : ""}`;
  for (const journey of overview.journeys) {
    const section = document.querySelector(`[data-journey="${CSS.escape(journey.name)}"]`);
    if (!section) continue;
    section.querySelector(".sums").textContent = `${number(journey.started)} started, ${number(journey.running)} on the way`;
    for (const node of section.querySelectorAll("[data-milestone], [data-outcome]")) {
      const milestone = node.dataset.milestone;
      const value = milestone == null ? journey.outcomes[node.dataset.outcome] : journey.milestones[milestone];
      node.querySelector(".count").textContent = value ? number(value) : "";
      node.classList.toggle("here", milestone != null && Boolean(value));
    }
  }
}
const looks = { emitted: "good", deferred: "held", suppressed: "bad" };
function actions(list) {
  const rows = list.map(action => el("tr", {}, el("td", { class: "soft" }, time(action.time)), el("td", {}, person(action.traveler)),
    el("td", {}, action.name), el("td", { class: looks[action.result] }, action.reason ? `${action.result}: ${action.reason}` : action.result)));
  $("actions").replaceChildren(list.length ? el("table", {}, ...rows) : none("None since the start."));
}
function dead(list) {
  const rows = list.map(letter => el("tr", {}, el("td", {}, `${letter.connection}.${letter.action}`), el("td", {}, letter.reason ?? ""), el("td", { class: "soft" }, `${letter.attempts}×`),
    el("td", {}, el("button", { onclick: async event => {
      event.target.disabled = true;
      try { await ask(`dead/${encodeURIComponent(letter.key)}/retry`, { method: "POST" }); await refresh(); } catch (error) { said(error); }
    } }, "Retry"))));
  $("dead").replaceChildren(list.length ? el("table", {}, ...rows) : none("None."));
}
/** What a line of a trace says beyond its time, place and kind. */
function rest(line) {
  const parts = [line.name, line.outcome, line.reason && `(${line.reason})`, line.until && `until ${time(line.until)}`,
    "value" in line ? JSON.stringify(line.value) : null, line.with && JSON.stringify(line.with)];
  return parts.filter(part => part != null).join(" ");
}
async function show(name) {
  $("who").value = name;
  const path = `travelers/${encodeURIComponent(name)}`;
  try {
    const view = await (await ask(path)).json();
    const lines = (await (await ask(`${path}/timeline`)).text()).split("\n").filter(Boolean).map(text => JSON.parse(text));
    const rows = lines.reverse().map(line => el("tr", {}, el("td", { class: "soft" }, time(line.time)),
      el("td", {}, line.kind.replaceAll("_", " "), line.journey ? el("span", { class: "soft" }, ` ${line.journey}`) : null), el("td", { title: line.at ?? "" }, rest(line))));
    $("traveler").replaceChildren(el("details", {}, el("summary", {}, `What is known of ${view.traveler}`), el("pre", {}, JSON.stringify(view, null, 2))), el("table", {}, ...rows));
  } catch (error) { $("traveler").replaceChildren(el("p", { class: "bad" }, error.message)); }
}
$("find").addEventListener("submit", event => { event.preventDefault(); if ($("who").value.trim()) show($("who").value.trim()); });

let drawn = null;
function said(error) { $("state").textContent = error ? error.message : ""; $("state").className = error ? "bad" : ""; }
async function refresh() {
  const overview = await (await ask("overview")).json();
  if (drawn !== overview.plan) { drawn = overview.plan; await draw(overview); }
  count(overview);
  actions((await (await ask("actions")).json()).actions);
  dead((await (await ask("dead")).json()).dead);
}
/** One look after the other, a second between them; nothing while nobody looks. */
async function watch() {
  if (!document.hidden) try { await refresh(); said(null); } catch (error) { said(error); }
  setTimeout(watch, 1000);
}
watch();
