#!/usr/bin/env bash
# How long hostile input takes, and how much memory: the cases of tests/hostile at their full size,
# through the release build. Needs python3, and 1 GB under $TMPDIR.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --release
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
CJOC_HOSTILE=$folder cargo test --quiet --test hostile -- --ignored write_all > /dev/null
python3 - "$folder" target/release/cjoc <<'PYTHON'
import os, subprocess, sys, time
from pathlib import Path

folder, program = Path(sys.argv[1]), os.path.abspath(sys.argv[2])
slow = 0
print(f"{'case':40} {'exit':>4} {'s':>6} {'cpu s':>6} {'MiB':>5}")
for case in sorted(folder.iterdir()):
    arguments = (case / ".arguments").read_text().split("\n")
    with open(case / ".input", "rb") as given, open(os.devnull, "wb") as nowhere:
        start = time.monotonic()
        child = subprocess.Popen([program, *arguments], cwd=case, stdin=given, stdout=nowhere, stderr=nowhere)
        _, status, used = os.wait4(child.pid, 0)
        took = time.monotonic() - start
    cpu, memory = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    over = "  over" if took > 1 or memory > 300 else ""
    slow += bool(over)
    print(f"{case.name:40} {os.waitstatus_to_exitcode(status):4} {took:6.2f} {cpu:6.2f} {memory:5.0f}{over}", flush=True)
print(f"{slow} over a second or 300 MiB")
PYTHON
