"""`python -m tools.detection.compare`: write the tables of docs/detected-types.md, from each library's answers."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

from service.detection.types import our_name
from service.values.formats.media_types import OPAQUE_TYPE
from tools.detection.expected import EXPECTED
from tools.detection.libraries import LIBRARIES
from tools.docs.generated_blocks import rewritten
from tools.programs import ROOT

PAGE = ROOT / "docs" / "detected-types.md"
BEGIN, END = "<!-- comparison: python -m tools.detection.compare -->\n", "<!-- end of comparison -->"
SHORT = {
    "application/vnd.openxmlformats-officedocument.": "…officedocument.",
    "application/vnd.oasis.opendocument.": "…opendocument.",
}


def is_right(name: str, answer: str) -> bool:
    """Whether an answer is one of the right types of a sample, under any of its names."""
    return our_name(answer) in {our_name(each) for each in EXPECTED[name]}


def tables(measured: dict[str, dict[str, Any]], today: str) -> str:
    """Return both tables as Markdown."""
    libraries = list(measured)
    counts = ["| library | right | no answer | wrong | µs for a call | memory |", "|---|---|---|---|---|---|"]
    for name, found in measured.items():
        marks = [_mark(file, answer) for file, answer in found["answers"].items()]
        cost = f"{found['microseconds']:.0f} | {found['memory'] / 1024:.0f} MiB"
        tally = " | ".join(str(marks.count(mark)) for mark in ("right", "none", "wrong"))
        counts.append(f"| {name} ({found['version']}) | {tally} | {cost} |")
    rows = ["| file | right | " + " | ".join(libraries) + " |", "|---" * (len(libraries) + 2) + "|"]
    for file, right in EXPECTED.items():
        cells = [_cell(file, measured[name]["answers"][file]) for name in libraries]
        rows.append(f"| {file} | {_short(right[0])} | " + " | ".join(cells) + " |")
    python = ".".join(map(str, sys.version_info[:2]))
    told = f"{len(EXPECTED)} files, measured on {today} with Python {python}."
    return "\n".join([told, "", *counts, "", *rows])


def _mark(file: str, answer: str) -> str:
    if is_right(file, answer):
        return "right"
    return "none" if answer in ("", OPAQUE_TYPE) else "wrong"


def _cell(file: str, answer: str) -> str:
    mark = _mark(file, answer)
    return {"right": "✓", "none": "none"}.get(mark) or f"**{_short(answer)}**"


def _short(media_type: str) -> str:
    for long, short in SHORT.items():
        media_type = media_type.replace(long, short)
    return media_type


def main() -> None:
    """Measure each library in a process of its own, and write the page."""
    measured = {}
    for name in LIBRARIES:
        command = [sys.executable, "-m", "tools.detection.libraries", name]
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
        measured[name] = json.loads(done.stdout)
    written = tables(measured, f"{datetime.now(UTC):%Y-%m-%d}")
    PAGE.write_text(rewritten(PAGE.read_text(), BEGIN, END, f"\n{written}\n\n"))


if __name__ == "__main__":
    main()
