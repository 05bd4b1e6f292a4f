"""The context of every job: id and trace of the request that queued it, and saving a sweep's metrics at its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rq import get_current_job

from service.deps import Deps
from service.domain.upkeep import job_counts
from service.observability import request_ids, tracing


@contextmanager
def around(deps: Deps, name: str) -> Iterator[None]:
    """Run one job, or one sweep of a process that makes many."""
    job = get_current_job()
    carried = {key: str(value) for key, value in (job.meta if job else {}).items()}
    request_ids.begin(carried.get("request_id"))
    try:
        with tracing.begun(name, carried, "CONSUMER", request_id=request_ids.current()):
            yield
    finally:
        if job is None:  # a worker's process does so regularly
            job_counts.hand_in(deps)
            tracing.flush()
