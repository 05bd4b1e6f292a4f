"""Write the tables of docs/capacity.md from the figures in results/."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tools.docs.generated_blocks import rewritten
from tools.programs import ROOT

HERE = Path(__file__).parent
RESULTS = HERE / "results"
DOCUMENT = ROOT / "docs" / "capacity.md"
BEGIN, END = "<!-- {name}: python -m tools.bench.capacity_page -->\n", "<!-- end of {name} -->"
PARTS = ("service", "worker", "database", "redis", "storage", "clamd")
STEPS = ("init", "sign", "the browser's PUT", "complete", "scan", "status", "get", "list of 50", "delete")
FEW, MANY = "1,000", "10,000,000"


def steps_table(figures: dict[str, float]) -> str:
    """Return the table of steps: how often a core does each in a second, and the share of each part."""
    lines = [
        "| step | a second on one core of the service | "
        + " | ".join(f"{part}, ms" for part in PARTS)
        + " | a second here |",
        "|---|---|" + "---|" * (len(PARTS) + 1),
    ]
    for step in STEPS:
        costs = [figures[f"{step}: {part}, ms"] for part in PARTS]
        ours = costs[0] + costs[1]
        rate = f"{1e3 / ours:,.0f}" if ours >= 0.1 else ""
        cells = [f"{cost:.2f}" if cost >= 0.01 else "" for cost in costs]
        lines.append(f"| {step} | {rate} | " + " | ".join(cells) + f" | {figures[f'{step}: a second']:,.0f} |")
    return "\n".join(lines) + "\n"


def rows_table(figures: dict[str, float]) -> str:
    """Return the table of calls with a thousand and with ten million files, in milliseconds."""
    lines = [f"| | with {FEW} files, ms | with {MANY} files, ms |", "|---|---|---|"]
    for name in ("get p50", "status p50", "sign p50", "list p50", "scrape", "idle sweep", "counting stored bytes"):
        few, many = (figures[f"{name} {count}"] for count in (FEW, MANY))
        lines.append(f"| {name} | {few:,.1f} | {many:,.1f} |")
    return "\n".join(lines) + "\n"


def with_tables(document: str) -> str:
    """Return the document with the tables of the current results."""
    for name, table in {"capacity": steps_table, "rows": rows_table}.items():
        result: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text())
        document = rewritten(document, BEGIN.format(name=name), END.format(name=name), table(result["medians"]))
    return document


def write() -> None:
    DOCUMENT.write_text(with_tables(DOCUMENT.read_text()))


if __name__ == "__main__":
    write()
