#!/usr/bin/env bash
# How long hostile input takes, and how much memory: the cases of tests/hostile at their full size,
# through the release build. Needs python3, and 2 GB under $TMPDIR. With CJOC_PROGRAM that program is
# measured, and nothing is built but the cases; with CJOC_CASES the cases of that folder are taken.
#
# Times are of the processor, since the clock's say more of what else the machine does.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${CJOC_PROGRAM:-}" ]; then
    cargo build --release
    CJOC_PROGRAM=$(cargo metadata --no-deps --format-version 1 |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')/release/cjoc
fi
if [ -z "${CJOC_CASES:-}" ]; then
    CJOC_CASES=$(mktemp -d)
    trap 'rm -rf "$CJOC_CASES"' EXIT
    CJOC_HOSTILE=$CJOC_CASES cargo test --quiet --test hostile -- --ignored write_all > /dev/null
fi
python3 - "$CJOC_CASES" "$CJOC_PROGRAM" <<'PYTHON'
import os, subprocess, sys, threading
from pathlib import Path

folder, program = Path(sys.argv[1]), os.path.abspath(sys.argv[2])
over, broken, cases = [], [], sorted(path for path in folder.iterdir() if path.is_dir())
print(f"{'case':40} {'exit':>4} {'cpu s':>6} {'MiB':>5}")
for case in cases:
    arguments = (case / ".arguments").read_text().split("\n")
    with open(case / ".input", "rb") as given, open(os.devnull, "wb") as nowhere:
        child = subprocess.Popen([program, *arguments], cwd=case, stdin=given, stdout=nowhere, stderr=nowhere)
        # What takes so long would never have ended.
        limit = threading.Timer(300, child.kill)
        limit.start()
        _, status, used = os.wait4(child.pid, 0)
        limit.cancel()
    code, cpu, memory = os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    notes = []
    if cpu > 1 or memory > 300:
        over.append(case.name)
        notes.append("over")
    if code not in (0, 1, 2):
        broken.append(case.name)
        notes.append("broken")
    print(f"{case.name:40} {code:4} {cpu:6.2f} {memory:5.0f}  {' '.join(notes)}".rstrip(), flush=True)
print(f"{len(over)} of {len(cases)} over a second or 300 MiB, {len(broken)} broken")
sys.exit(bool(broken))
PYTHON
