"""RQ's worker that records a job in Redis by one call at its begin and one at its end; RQ makes nine, with 45 commands.

The records are RQ's own, except for what no job here has: dependents, callbacks, repeats and rate limits, which
`service.queue.guarded_jobs` never reads.
"""

from __future__ import annotations

import time

from rq import Queue, SimpleWorker
from rq.executions import Execution
from rq.job import Job, JobStatus
from rq.registry import StartedJobRegistry
from rq.results import Result
from rq.utils import now, utcformat
from rq.worker.base import WorkerStatus

LOOK_SECONDS = 1.0
"""Minimum seconds between two looks whether `rq suspend` was called: RQ looks before each job."""


class TwoCallWorker(SimpleWorker):
    """RQ's worker in its own process."""

    _next_look = 0.0

    def check_for_suspension(self, burst: bool) -> None:
        """Wait while all workers are suspended."""
        if time.monotonic() >= self._next_look:
            super().check_for_suspension(burst)
            self._next_look = time.monotonic() + LOOK_SECONDS

    def prepare_execution(self, job: Job) -> Execution:
        """Record that this worker has begun a job, in one transaction: who has it, and that it runs."""
        with self.connection.pipeline() as pipeline:
            execution = Execution.create(job, self.get_heartbeat_ttl(job), pipeline, worker_name=self.name)
            self.executions[execution.id] = execution
            self.set_state(WorkerStatus.BUSY, pipeline)
            job.prepare_for_execution(self.name, pipeline)
            pipeline.persist(job.key)
            if len(self.queues) == 1:  # RQ moved it there, so that it is in a list until it runs
                pipeline.lrem(self.queues[0].intermediate_queue_key, 1, job.id)
            pipeline.execute()
        return execution

    def prepare_job_execution(self, job: Job, remove_from_intermediate_queue: bool = False) -> None:
        """Do nothing: `prepare_execution` has recorded it."""

    def handle_execution_ended(self, job: Job, queue: Queue, heartbeat_ttl: int) -> None:
        """Note the end in memory: it is recorded with the result."""
        job.ended_at = now()

    def handle_job_success(
        self, job: Job, queue: Queue, started_job_registry: StartedJobRegistry, execution: Execution
    ) -> None:
        """Record that a job has ended without an error, in one transaction, and that this worker is idle."""
        ended, seconds = job.ended_at or now(), job.get_result_ttl(self.default_result_ttl)
        with self.connection.pipeline() as pipeline:
            self.increment_successful_job_count(pipeline)
            self.increment_total_working_time(ended - (job.started_at or ended), pipeline)
            pipeline.hset(job.key, mapping={"status": JobStatus.FINISHED, "ended_at": utcformat(ended)})
            pipeline.expire(job.key, seconds)
            Result.create(
                job,
                Result.Type.SUCCESSFUL,
                seconds,
                return_value=job._result,
                worker_name=self.name,
                pipeline=pipeline,
                execution_id=execution.id,
                execution_started_at=execution.created_at,
                execution_ended_at=ended,
            )
            job.finished_job_registry.add(job, seconds, pipeline)
            self.cleanup_execution(job, pipeline, execution)
            pipeline.hset(self.key, "state", WorkerStatus.IDLE)
            pipeline.execute()
        # only now: a signal ends an idle worker at once
        self._state = WorkerStatus.IDLE
