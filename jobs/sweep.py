"""The sweep job; `python -m jobs.sweep` runs one by hand."""

from __future__ import annotations

import json
import sys

from jobs.around import around
from jobs.context import deps
from service import logs
from service.domain import sweep as domain


def sweep() -> dict[str, object]:
    """One round of what is owed; returns what was done."""
    with around(deps(), "sweep"):
        return dict(vars(domain.sweep(deps())))


if __name__ == "__main__":
    logs.set_up(deps().settings)
    sys.stdout.write(json.dumps(sweep()) + "\n")
