"""The scans' jobs of several files, for operators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service.db.models import File
from service.deps import Deps
from service.domain.scanning.scans import attempted
from service.errors import QueueUnavailableError
from service.observability.logs import get_logger
from service.values import JobView
from service.values.operators.views import REDIS

log = get_logger(__name__)


def jobs_of(deps: Deps, files: Sequence[File]) -> tuple[Mapping[str, JobView], Sequence[str]]:
    """Return the jobs of these files by file, and the names of parts that could not be asked; in one round trip."""
    try:
        found = deps.queue.scan_jobs([file.id for file in files])
    except QueueUnavailableError as error:
        log.warning("jobs_not_asked", reason=error.code)
        return {}, [REDIS]
    return {file.id: attempted(found[file.id], file) for file in files if file.id in found}, []
