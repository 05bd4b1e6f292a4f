"""Write the figures of docs/comparison.md from tools/bench/:  python -m tools.docs.comparison_figures."""

from __future__ import annotations

import json
from typing import Any

from tools.docs.generated_blocks import rewritten
from tools.programs import ROOT

DOCUMENT = ROOT / "docs" / "comparison.md"
RESULTS = ROOT / "tools" / "bench" / "results"
BEGIN, END = "<!-- figures: python -m tools.docs.comparison_figures -->\n", "<!-- end of figures -->"
HEAD = "| 1 GiB from a page; URLs over HTTP | Longshore | Uppy and Companion |\n|---|---|---|\n"
ROWS = (
    ("seconds, each part with a SHA-256", "browser", "longshore", None),
    ("seconds, without checksums", "browser", "longshore without checksums", "uppy 5.1 with companion"),
    ("calls to the service, with checksums", "browser", "calls of longshore", None),
    (
        "calls to the service, without",
        "browser",
        "calls of longshore without checksums",
        "calls of uppy 5.1 with companion",
    ),
    (
        "processor seconds of the service",
        "browser",
        "processor of longshore without checksums's service",
        "processor of uppy 5.1 with companion's service",
    ),
    (
        "2,000 files of 20 kB in one drop, seconds",
        "browser",
        "2000 files by longshore, s",
        "2000 files by uppy 5.1 with companion, s",
    ),
    ("URLs a second, 1,000 a call", "signing_api", "longshore, batches", "companion, batches"),
    ("URLs a second, one by one", "signing_api", "longshore, single", "companion, single"),
)
"""(label, benchmark, names of its medians: Longshore's, the other's). None: it has no such mode."""


def table() -> str:
    """Return the table as Markdown."""
    kept: dict[str, Any] = {
        name: json.loads((RESULTS / f"{name}.json").read_text()) for name in {row[1] for row in ROWS}
    }
    lines = []
    for what, name, ours, theirs in ROWS:
        medians = kept[name]["medians"]
        lines.append(f"| {what} | {_shown(medians[ours])} | {_shown(medians[theirs]) if theirs else '–'} |\n")
    dates = " and ".join(sorted({result["date"] for result in kept.values()}))
    machine = kept["browser"]["machine"]
    below = f"Medians of five rounds or more, {dates}, {machine['cpu']}, {machine['cores']} cores.\n"
    return f"{HEAD}{''.join(lines)}\n{below}"


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.2f}"


def with_table(document: str) -> str:
    """Return the document with the current figures."""
    return rewritten(document, BEGIN, END, table())


if __name__ == "__main__":
    DOCUMENT.write_text(with_table(DOCUMENT.read_text()))
