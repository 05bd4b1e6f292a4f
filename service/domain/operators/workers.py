"""The workers with their jobs, and the queues."""

from __future__ import annotations

from dataclasses import replace

from service.db.statements.files.files import names_of_files
from service.deps import Deps
from service.errors import QueueUnavailableError
from service.values.operators.operations import WorkersView, WorkerView

REDIS = "redis"


def list_workers(deps: Deps) -> WorkersView:
    """Return all workers and the queues; without Redis, that it does not answer."""
    try:
        workers, queues = deps.queue.workers(), deps.queue.queues()
    except QueueUnavailableError:
        return WorkersView(None, None, [REDIS])
    ids = [worker.job.file_id for worker in workers if worker.job and worker.job.file_id]
    names: dict[str, str] = {}
    if ids:
        with deps.db.read() as session:
            names = names_of_files(session, ids)
    return WorkersView([_named(worker, names) for worker in workers], queues)


def _named(worker: WorkerView, names: dict[str, str]) -> WorkerView:
    if worker.job is None or worker.job.file_id is None:
        return worker
    return replace(worker, job=replace(worker.job, filename=names.get(worker.job.file_id)))
