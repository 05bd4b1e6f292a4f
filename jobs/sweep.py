"""The sweep job; `python -m jobs.sweep` runs one by hand."""

from __future__ import annotations

import json
import logging
import sys

from jobs.context import deps
from service.domain import sweep as domain


def sweep() -> dict[str, object]:
    """One round of what is owed; returns what was done."""
    return dict(vars(domain.sweep(deps())))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    sys.stdout.write(json.dumps(sweep()) + "\n")
