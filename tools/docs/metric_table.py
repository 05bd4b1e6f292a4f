"""Write the table of metrics in docs/monitoring.md from service/observability."""

from __future__ import annotations

from prometheus_client.metrics_core import Metric

from service.observability.metrics import ALSO_OF_JOBS, LOOKED_UP, OF_JOBS, REGISTRY
from tools.docs.generated_blocks import rewritten
from tools.programs import ROOT

DOCUMENT = ROOT / "docs" / "monitoring.md"
BEGIN, END = "<!-- metrics: python -m tools.docs.metric_table -->\n", "<!-- end of metrics -->"
OWN, JOBS, LOOK = "this host's API processes", "all jobs together", "looked up"
SUFFIX = {"counter": "_total", "gauge": "", "histogram": ""}


def rows() -> list[tuple[str, str, str, str, str]]:
    """Return (name, kind, labels, meaning, counted by) of every metric."""
    found = []
    for family in REGISTRY.collect():
        name, labels = f"{family.name}{SUFFIX[family.type]}", " ".join(_labels(family))
        own = JOBS if family.name in OF_JOBS else OWN
        found.append((name, family.type, labels, family.documentation, own))
        if family.name in ALSO_OF_JOBS:
            name_of_jobs = ALSO_OF_JOBS[family.name] + SUFFIX[family.type]
            found.append((name_of_jobs, family.type, labels, family.documentation, JOBS))
    return found + [(name, "gauge", label, says, LOOK) for name, (label, says) in LOOKED_UP.items()]


def _labels(family: Metric) -> tuple[str, ...]:
    made = REGISTRY._names_to_collectors[family.name]
    return tuple(made._labelnames)  # type: ignore[attr-defined]


def table() -> str:
    """Return the table as Markdown."""
    lines = [f"| `{name}` | {kind} | {labels} | {says} | {own} |\n" for name, kind, labels, says, own in rows()]
    return "| metric | kind | labels | meaning | counted by |\n|---|---|---|---|---|\n" + "".join(lines)


def with_table(document: str) -> str:
    """Return the document with the current table."""
    return rewritten(document, BEGIN, END, table())


if __name__ == "__main__":
    DOCUMENT.write_text(with_table(DOCUMENT.read_text()))
