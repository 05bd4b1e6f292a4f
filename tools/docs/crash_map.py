"""Writes docs/crashes.md, what a crash leaves at each point, from the list of them:  python -m tools.docs.crash_map."""

from __future__ import annotations

from service.crashpoints import POINTS, VARIABLE, CrashPoint
from tools.programs import ROOT

TARGET = ROOT / "docs" / "crashes.md"
HEAD = f"""\
# What a crash leaves, and who finishes it

Made from the list in `service/crashpoints.py` by `python -m tools.docs.crash_map`; do not edit. At each of these points
`tests/live/test_crash_points.py` lets a real process die by SIGKILL (gunicorn's worker, RQ's work-horse, the whole
part, the sweeper), lets time pass, and asks one judge (`tests/live/ledger.py`): no file lost or twice, no object
without a row, no row without an object, no part left open, no removal owed, no job lost.

To add a point: `reach("name")` in the domain, a `CrashPoint` in the list, its name in a `dies_at` of the tests, and
this page anew. A point can only be armed in a process that was started with `{VARIABLE}` set to a
folder that nobody else may enter; it is not a setting, and no request gets near it.
"""
ROW = "| {} | {} | {} | {} |"


def text() -> str:
    """The page: a table for each of the service's deeds."""
    deeds: dict[str, list[CrashPoint]] = {}
    for point in POINTS:
        deeds.setdefault(point.name.partition(".")[0], []).append(point)
    return "\n".join([HEAD, *(section(deed, points) for deed, points in deeds.items())])


def section(deed: str, points: list[CrashPoint]) -> str:
    """A heading and a row for each point."""
    rows = [ROW.format(f"`{point.name}`", point.done, point.left, point.finisher) for point in points]
    head = ROW.format("point", "what has happened", "what a crash leaves", "who finishes")
    return "\n".join([f"## {deed.capitalize()}", "", head, "|---|---|---|---|", *rows, ""])


if __name__ == "__main__":
    TARGET.write_text(text())
