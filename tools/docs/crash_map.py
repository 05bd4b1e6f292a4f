"""Write docs/crashes.md, the effects of crashes, from service/crashpoints.py:  python -m tools.docs.crash_map."""

from __future__ import annotations

from service.crashpoints import POINTS, VARIABLE, CrashPoint
from tools.programs import ROOT

TARGET = ROOT / "docs" / "crashes.md"
HEAD = f"""\
# Crash recovery

Generated from the list in `service/crashpoints.py` by `python -m tools.docs.crash_map`; do not edit. At each of these
points `tests/live/failures/test_crash_points.py` kills a real process with SIGKILL (gunicorn's worker, a worker's
process, the whole part, the sweeper), lets time pass, and checks the result (`tests/support/live/ledger.py`): no file
lost or duplicated, no object without a row, no row without an object, no open part, no pending deletion, no lost job.

To add a point: call `reach("name")` in the domain, add a `CrashPoint` to the list and its name to a `dies_at` of the
tests, and generate this page again. A point can only be armed in a process that was started with `{VARIABLE}`
set to a private folder; it is not a setting, and requests cannot reach it.
"""
ROW = "| {} | {} | {} | {} |"


def text() -> str:
    """Return the page: a table for each kind of work."""
    kinds: dict[str, list[CrashPoint]] = {}
    for point in POINTS:
        kinds.setdefault(point.name.partition(".")[0], []).append(point)
    return "\n".join([HEAD, *(section(kind, points) for kind, points in kinds.items())])


def section(kind: str, points: list[CrashPoint]) -> str:
    """Return a heading and a row for each point."""
    rows = [ROW.format(f"`{point.name}`", point.done, point.left, point.finisher) for point in points]
    head = ROW.format("point", "done by then", "left by a crash", "finished by")
    return "\n".join([f"## {kind.capitalize()}", "", head, "|---|---|---|---|", *rows, ""])


if __name__ == "__main__":
    TARGET.write_text(text())
