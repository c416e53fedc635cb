"""What the journey of examples/ecom comes to on a log of its shop, worked out by hand.

Independent of cjoc: nothing here reads the workspace. It takes the path of a log, packed or not, and
prints how many sessions began, milestones were entered, outcomes reached and mails sent or held back,
as one line of JSON.
"""

import csv
import datetime
import gzip
import heapq
import json
import sys
from collections import Counter, defaultdict

HOUR = datetime.timedelta(hours=1)
WEEK = datetime.timedelta(days=7)
EVENTS = {
    "add_to_cart": "filled",
    "cart": "opened",
    "shipping_details": "checkout",
    "payment_error": "failed",
    "checkout_bug": "failed",
    "purchase": "ordered",
}
# What is sent how long after a milestone was entered.
MAILS = {
    "cart": [(HOUR, "cart_reminder"), (24 * HOUR, "cart_last_call")],
    "checkout": [(HOUR, "checkout_help")],
    "trouble": [(HOUR / 4, "payment_help")],
}


class User:
    def __init__(self, counts):
        self.counts = counts
        self.consent = False
        self.milestone = None
        self.stay = 0  # grows with every milestone and end: what waits for an older one is void
        self.session = 0
        self.due = []
        self.sent = []

    def until(self, time, including):
        while self.due and (self.due[0][0] < time or including and self.due[0][0] == time):
            at, _, what, mark = heapq.heappop(self.due)
            if what == "end":
                if mark == self.session and self.milestone:
                    self.end("abandoned")
            elif mark == self.stay:
                self.mail(at, what)

    def later(self, at, what, mark):
        heapq.heappush(self.due, (at, len(self.due) + self.counts["timers"], what, mark))
        self.counts["timers"] += 1

    def mail(self, at, template):
        if not self.consent:
            self.counts["suppressed no consent"] += 1
        elif sum(at - sent < WEEK for sent in self.sent) >= 3:
            self.counts["suppressed cap"] += 1
        else:
            self.sent.append(at)
            self.counts["send " + template] += 1

    def enter(self, time, milestone):
        self.milestone = milestone
        self.stay += 1
        self.counts["milestone " + milestone] += 1
        for wait, template in MAILS[milestone]:
            self.later(time + wait, template, self.stay)

    def end(self, outcome):
        self.milestone = None
        self.stay += 1
        self.counts["outcome " + outcome] += 1

    def event(self, time, kind, row):
        self.consent = row["user_lifecycle"] != "new" or row["acquisition_channel"] == "email"
        if not self.milestone:
            if kind == "filled":
                self.session += 1
                self.counts["started"] += 1
                self.later(time + WEEK, "end", self.session)
                self.enter(time, "cart")
        elif kind == "ordered":
            self.end("bought")
        elif kind in ("filled", "opened"):
            self.enter(time, "cart")
        elif kind == "checkout" and self.milestone != "checkout":
            self.enter(time, "checkout")
        elif kind == "failed" and self.milestone != "trouble":
            self.enter(time, "trouble")


def main(path):
    opened = gzip.open if path.endswith(".gz") else open
    with opened(path, "rt", newline="") as file:
        rows = list(csv.DictReader(file))
    counts = Counter()
    events = []
    for row in rows:
        kind = EVENTS.get(row["event"])
        if kind is None:
            counts["skipped"] += 1
        else:
            time = datetime.datetime.fromisoformat(row["timestamp"])
            events.append((time, kind, row))
    events.sort(key=lambda event: event[0])
    users = defaultdict(lambda: User(counts))
    for time, kind, row in events:
        user = users[row["user_id"]]
        user.until(time, including=False)
        user.event(time, kind, row)
    last = events[-1][0]
    for user in users.values():
        user.until(last, including=True)
    counts["running"] = sum(user.milestone is not None for user in users.values())
    counts["events"] = len(events)
    counts["travelers"] = len(users)
    del counts["timers"]
    print(json.dumps(dict(sorted(counts.items()))))


main(sys.argv[1])
