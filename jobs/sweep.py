"""The sweep job; `python -m jobs.sweep` runs one manually."""

from __future__ import annotations

import json
import sys

from jobs.context import deps
from jobs.request_context import around
from service.domain.upkeep import sweep as domain
from service.domain.upkeep.storage_usage import count_soon
from service.observability import logs


def sweep() -> dict[str, object]:
    """Run one sweep; returns its report."""
    with around(deps(), "sweep"):
        return dict(vars(domain.sweep(deps())))


def sweep_by_hand() -> dict[str, object]:
    """Run one sweep with a new count of the bytes, instead of one up to ten minutes old."""
    count_soon(deps())
    return sweep()


if __name__ == "__main__":
    logs.set_up(deps().settings)
    sys.stdout.write(json.dumps(sweep_by_hand()) + "\n")
