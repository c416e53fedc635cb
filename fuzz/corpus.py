#!/usr/bin/env python3
"""Makes the starting corpus of every target, in fuzz/corpus: the committed seeds, the examples, the cases of
the tests, the examples of the pages and, where CJOC_SHARED names them, the suites of YAML and CEL."""

import json
import os
import re
from hashlib import sha1
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "fuzz" / "corpus"


def put(target, text):
    data = text if isinstance(text, bytes) else text.encode()
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / sha1(data).hexdigest()).write_bytes(data)


def packed(folder):
    """All sources of a folder as one text, as the target `check` takes it apart."""
    parts = []
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".yaml", ".csv") or path.name == "events.jsonl":
            text = path.read_text()
            parts.append(f"#=== {path.relative_to(folder)}\n{text}" + ("" if text.endswith("\n") else "\n"))
    return "".join(parts)


def unmarked(text):
    return re.sub(r"\s*# (error|warning): .*", "", text)


for seed in (ROOT / "fuzz" / "seeds").glob("*/*"):
    put(seed.parent.name, seed.read_bytes())

for example in (ROOT / "examples").iterdir():
    if (example / "cjoc.yaml").is_file():
        put("check", packed(example))
        for events in example.glob("events.jsonl"):
            put("events", events.read_bytes())

for model in (ROOT / "tests" / "models").glob("*.onnx"):
    put("onnx", model.read_bytes())

base = {}
for path in sorted((ROOT / "tests" / "cases").glob("*.yaml")):
    text = path.read_text()
    put("yaml", text)
    if path.stem.endswith("-base"):
        base[path.stem.removesuffix("-base")] = re.sub(r"^#### .*\n", "", text, flags=re.M)
for path in sorted((ROOT / "tests" / "cases").glob("*.yaml")):
    for case in re.split(r"^#### .*\n", path.read_text(), flags=re.M):
        case = unmarked(case)
        if case.strip():
            put("yaml", case)
            put("check", case)
            ground = base.get(path.stem)
            if ground:
                put("check", f"{ground}\n#=== case.yaml\n{case}")

prelude = (ROOT / "spec" / "diagnostics" / "prelude.yaml").read_text()
for page in sorted((ROOT / "spec").rglob("*.md")):
    for block in re.findall(r"^```yaml[^\n]*\n(.*?)^```", page.read_text(), flags=re.M | re.S):
        block = unmarked(block)
        put("yaml", block)
        put("check", f"{prelude}\n#=== page.yaml\n{block}")

for path in sorted((ROOT / "examples").rglob("*.yaml")):
    text = path.read_text()
    put("yaml", text)
    for expression in re.findall(r"(?:when|if|until|score|address): +'?\"?([^\n#]+)", text):
        put("cel", expression.rstrip("'\""))

for line in (ROOT / "tests" / "cases" / "cel-batch.jsonl").read_text().splitlines():
    try:
        put("cel", json.loads(line)["expr"])
    except (ValueError, KeyError, TypeError):
        pass

shared = os.environ.get("CJOC_SHARED")
if shared:
    for case in json.loads((Path(shared) / "yaml" / "suite.json").read_text()):
        put("yaml", case["yaml"])
    for case in json.loads((Path(shared) / "cel" / "conformance.json").read_text()):
        put("cel", case["expr"])

for target in sorted(CORPUS.iterdir()):
    print(target.name, sum(1 for _ in target.iterdir()))
