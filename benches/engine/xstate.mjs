// The journey of `workspace/` as an XState machine, an actor a traveler: what a team would write who
// take a library of state machines. Prints the counts.
//
// node xstate.mjs FOLDER_WITH_NODE_MODULES LOG

import { createReadStream } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [folder, log] = process.argv.slice(2);
const { assign, createActor, setup } = createRequire(`${folder}/`)("xstate");

const DAY = 86_400_000;
const counts = {
  events: 0, duplicates: 0, ignored: 0, travelers: 0, sessions_started: 0, sessions_ended: 0,
  milestones: 0, rules: 0, calls: 0, pending: 0,
};
let touched = false;
const count = (...names) => {
  touched = true;
  for (const name of names) counts[name] += 1;
};

// Rules run on the variables as the event found them, before the session moves.
const rules = ({ context, event }) => {
  const next = { ...context };
  if (event.price * event.quantity > 3000 && !context.big) { next.big = true; count("rules"); }
  if (event.device === "mobile" && !context.mobile) { next.mobile = true; count("rules"); }
  if (event.country !== "FR" && !context.abroad) { next.abroad = true; count("rules"); }
  return next;
};
const offer = ({ context, event }) => {
  if (event.price > 900 && context.views >= 3) count("rules", "calls");
};
const traits = ({ context, event }) => {
  const next = { ...context };
  if (event.kind === "view") { next.views += 1; touched = true; }
  if (event.kind === "order") { next.spend += event.price; touched = true; }
  if (event.kind === "return" && event.price > 10) { next.sent_back += 1; touched = true; }
  return next;
};
const entered = () => count("milestones");
const close = {
  target: "away",
  guard: ({ event }) => event.kind === "close",
  actions: [assign(traits), assign(rules), () => count("sessions_ended"), assign({ due: null })],
};
const order = {
  target: "ordered",
  guard: ({ event }) => event.kind === "order" && event.quantity > 0,
  actions: [assign(traits), assign(rules), entered, assign({ due: null })],
};
const stay = { actions: [assign(traits), assign(rules)] };

const machine = setup({}).createMachine({
  context: {
    views: 0, spend: 0, sent_back: 0, due: null, big: false, mobile: false, abroad: false,
  },
  initial: "away",
  states: {
    away: {
      on: {
        event: [
          {
            target: "considering",
            guard: ({ event }) => event.kind === "view" && event.category === "backpack",
            actions: [
              assign(traits),
              assign({ big: false, mobile: false, abroad: false }),
              () => count("sessions_started", "milestones"),
            ],
          },
          { actions: assign(traits) },
        ],
      },
    },
    considering: {
      on: {
        event: [
          { ...close, actions: [assign(traits), offer, ...close.actions.slice(1)] },
          {
            target: "basket",
            guard: ({ event }) => event.kind === "cart" && event.price >= 20,
            actions: [
              assign(traits), offer, assign(rules), entered,
              assign({ due: ({ event }) => event.time + 2 * DAY }),
            ],
          },
          { ...order, actions: [assign(traits), offer, ...order.actions.slice(1)] },
          { actions: [assign(traits), offer, assign(rules)] },
        ],
      },
    },
    basket: { on: { event: [close, order, stay] } },
    ordered: {
      on: {
        event: [
          close,
          {
            target: "returned",
            guard: ({ context, event }) =>
              event.kind === "return" && context.sent_back + (event.price > 10 ? 1 : 0) >= 1,
            actions: [assign(traits), assign(rules), entered],
          },
          stay,
        ],
      },
    },
    returned: { on: { event: [close, stay] } },
  },
});

const travelers = new Map();
const seen = new Set();
let now = 0;
for await (const line of createInterface({ input: createReadStream(log) })) {
  const event = JSON.parse(line);
  counts.events += 1;
  if (seen.has(event.id)) {
    counts.duplicates += 1;
    continue;
  }
  seen.add(event.id);
  now = Date.parse(event.time);
  touched = false;
  let it = travelers.get(event.subject);
  if (!it) {
    it = { actor: createActor(machine).start(), fired: null };
    travelers.set(event.subject, it);
    count("travelers");
  }
  const { due } = it.actor.getSnapshot().context;
  if (due !== null && due < now && it.fired !== due) {
    it.fired = due;
    counts.rules += 1;
    counts.calls += 1;
  }
  it.actor.send({ type: "event", ...event.data, time: now });
  if (!touched) counts.ignored += 1;
}
for (const { actor, fired } of travelers.values()) {
  const { due } = actor.getSnapshot().context;
  if (due === null || due === fired) continue;
  if (due <= now) {
    counts.rules += 1;
    counts.calls += 1;
  } else {
    counts.pending += 1;
  }
}
console.log(JSON.stringify(counts));
