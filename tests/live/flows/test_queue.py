"""The queue's contract, for the real one on Redis and for the stand-in that other tests use."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol
from unittest.mock import patch

import pytest
from redis import Redis
from rq import SimpleWorker
from rq.executions import prepare_execution
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

import jobs.deliver
import jobs.scan
import jobs.sweep
from jobs.rq_worker import JobWorker
from service.errors import QueueUnavailableError
from service.queue.guarded_jobs import GuardedQueue
from service.queue.jobs import RESCAN_QUEUE, SCAN_QUEUE, SWEEP_QUEUE, WEBHOOK_QUEUE, JobQueue, connect
from service.values import JobView
from tests.support.fakes import FakeQueue
from tests.support.programs.queued_jobs import FILE_ID, ONE, OTHER, OTHER_ID, kept_signals
from tools.stack.servers.redis import Redis as RedisServer

DATABASE = 15


class Harness(Protocol):
    """A queue, its worker, and an outage."""

    queue: JobQueue

    def work(self) -> list[str]:
        """Runs the waiting jobs; returns them in order."""

    def down(self) -> AbstractContextManager[object]:
        """The queue is out of reach inside the block."""


class RealHarness:
    def __init__(self, server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
        self.server = server
        self.redis: Redis = connect(server.url(DATABASE))
        self.queue = JobQueue(self.redis)
        self.done: list[str] = []
        monkeypatch.setattr(jobs.scan, "scan_file", lambda file_id: self.done.append(file_id) or "clean")
        monkeypatch.setattr(jobs.deliver, "deliver", lambda endpoint: self.done.append(endpoint))
        monkeypatch.setattr(jobs.sweep, "sweep", lambda: self.done.append("sweep"))

    def work(self) -> list[str]:
        self.done.clear()
        names = (SWEEP_QUEUE, WEBHOOK_QUEUE, SCAN_QUEUE, RESCAN_QUEUE)
        with kept_signals():
            JobWorker(names, connection=self.redis, serializer=JSONSerializer).work(burst=True)
        return list(self.done)

    def down(self) -> AbstractContextManager[object]:
        return self.server.down()


class FakeHarness:
    def __init__(self) -> None:
        self.fake = FakeQueue()
        self.queue: JobQueue = self.fake  # type: ignore[assignment]
        self.swept = 0

    def work(self) -> list[str]:
        done = ["sweep"] * (self.fake.sweeps - self.swept)
        self.swept = self.fake.sweeps
        waiting = [file_id for file_id, state in self.fake.jobs.items() if state == "queued"]
        self.fake.jobs |= dict.fromkeys(waiting, "finished")
        endpoints = list(self.fake.deliveries)
        self.fake.deliveries.clear()
        return done + endpoints + waiting

    @contextmanager
    def down(self) -> Iterator[None]:
        self.fake.down = True
        yield
        self.fake.down = False


@pytest.fixture
def real(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[RealHarness]:
    harness = RealHarness(redis_server, monkeypatch)
    harness.redis.flushdb()
    yield harness
    harness.redis.close()


@pytest.fixture(params=["real", "fake"])
def harness(request: pytest.FixtureRequest) -> Harness:
    made: Harness = FakeHarness() if request.param == "fake" else request.getfixturevalue("real")
    return made


@pytest.fixture
def queue(harness: Harness) -> JobQueue:
    return harness.queue


def test_a_scan_is_queued_once(harness: Harness, queue: JobQueue) -> None:
    assert (queue.scan_job(FILE_ID), queue.has_live_scan(FILE_ID)) == (None, False)
    assert [queue.enqueue_scan(file_id, 5) for file_id in (FILE_ID, FILE_ID, OTHER_ID)] == [True, False, True]
    job = queue.scan_job(FILE_ID)
    assert job is not None
    assert (job.id, job.status, job.started_at, job.ended_at) == (f"scan-{FILE_ID}", "queued", None, None)
    assert (queue.has_live_scan(FILE_ID), queue.has_live_scan(OTHER_ID)) == (True, True)
    assert harness.work() == [FILE_ID, OTHER_ID]


def test_scan_jobs_returns_the_jobs_of_several_files(queue: JobQueue) -> None:
    queue.enqueue_scan(FILE_ID, 5)
    jobs = queue.scan_jobs([OTHER_ID, FILE_ID])
    assert jobs == {FILE_ID: queue.scan_job(FILE_ID)}
    assert queue.scan_jobs([]) == {}


def test_a_new_scan_is_queued_without_reading_an_earlier_one(real: RealHarness) -> None:
    real.redis.config_resetstat()
    assert real.queue.enqueue_scan(FILE_ID, 5) is True
    assert "cmdstat_hgetall" not in real.redis.info("commandstats")
    assert real.queue.enqueue_scan(FILE_ID, 5) is False
    assert "cmdstat_hgetall" in real.redis.info("commandstats")


def test_a_finished_scan_can_be_queued_again(harness: Harness, queue: JobQueue) -> None:
    queue.enqueue_scan(FILE_ID, 5)
    assert harness.work() == [FILE_ID]
    job = queue.scan_job(FILE_ID)
    assert job is not None
    assert (job.status, queue.has_live_scan(FILE_ID)) == ("finished", False)
    queue.enqueue_scan(FILE_ID, 5)
    assert queue.has_live_scan(FILE_ID) is True
    assert harness.work() == [FILE_ID]


def test_the_progress_of_a_scan_is_reported(queue: JobQueue) -> None:
    assert queue.scan_progress(FILE_ID) is None
    for scanned_bytes in (5, 2**40):
        queue.note_progress(FILE_ID, scanned_bytes)
        assert (queue.scan_progress(FILE_ID), queue.scan_progress(OTHER_ID)) == (scanned_bytes, None)


def test_rescans_wait_behind_first_scans(real: RealHarness) -> None:
    real.queue.enqueue_scan(FILE_ID, 5, again=True)
    real.queue.enqueue_scan(OTHER_ID, 5)
    assert real.queue.has_live_scan(FILE_ID) is True
    assert real.work() == [OTHER_ID, FILE_ID]
    assert real.queue.has_live_scan(FILE_ID) is False


def test_failing_dead_scans_does_not_change_live_ones(harness: Harness, queue: JobQueue) -> None:
    queue.enqueue_scan(FILE_ID, 5)
    queue.clean_up_dead_jobs()
    assert queue.has_live_scan(FILE_ID) is True
    assert harness.work() == [FILE_ID]


def test_a_sweep_can_be_requested_repeatedly(harness: Harness, queue: JobQueue) -> None:
    for _ in range(2):
        queue.request_sweep()
        assert harness.work() == ["sweep"]
    assert harness.work() == []


def test_deliveries_to_each_webhook_are_queued_once(harness: Harness, queue: JobQueue) -> None:
    for _ in range(2):
        assert [queue.request_deliveries(name) for name in (ONE, ONE, OTHER)] == [True, False, True]
        assert harness.work() == [ONE, OTHER]


def test_every_call_raises_queue_unavailable_without_redis(harness: Harness, queue: JobQueue) -> None:
    queue.ping()
    queue.enqueue_scan(FILE_ID, 5)
    with harness.down():
        for call in (
            lambda: queue.enqueue_scan(FILE_ID, 5),
            lambda: queue.scan_job(FILE_ID),
            lambda: queue.scan_jobs([FILE_ID]),
            lambda: queue.has_live_scan(FILE_ID),
            lambda: queue.note_progress(FILE_ID, 5),
            lambda: queue.scan_progress(FILE_ID),
            queue.clean_up_dead_jobs,
            queue.request_sweep,
            lambda: queue.request_deliveries(ONE),
            queue.ping,
        ):
            with pytest.raises(QueueUnavailableError):
                call()
    queue.ping()
    assert harness.work() == [FILE_ID]


def test_a_waiting_sweep_is_not_queued_again(real: RealHarness) -> None:
    for _ in range(3):
        real.queue.request_sweep()
    assert real.work() == ["sweep"]


def test_a_job_is_queued_although_another_process_deleted_the_old_one(real: RealHarness) -> None:
    """Two processes queue concurrently, and both find a job that has ended."""
    for ask, job_id, name in (
        (real.queue.request_sweep, "sweep", SWEEP_QUEUE),
        (lambda: real.queue.enqueue_scan(FILE_ID, 5), f"scan-{FILE_ID}", SCAN_QUEUE),
    ):
        ask()
        assert len(real.work()) == 1
        found = Job.fetch(job_id, connection=real.redis, serializer=JSONSerializer)
        found.delete()
        with (
            patch.object(Job, "fetch", return_value=found),
            patch.object(GuardedQueue, "fetch_job", return_value=found),
        ):
            ask()
        assert GuardedQueue(name, connection=real.redis, serializer=JSONSerializer).job_ids == [job_id]
        assert len(real.work()) == 1


def test_a_failed_scan_is_retried_once_and_can_be_queued_again(
    real: RealHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(file_id: str) -> None:
        real.done.append(file_id)
        raise OSError("clamd is away")

    monkeypatch.setattr(jobs.scan, "scan_file", fail)
    real.queue.enqueue_scan(FILE_ID, 5)
    assert real.work() == [FILE_ID, FILE_ID]
    job = real.queue.scan_job(FILE_ID)
    assert job is not None
    assert (job.status, real.queue.has_live_scan(FILE_ID)) == ("failed", False)
    real.queue.enqueue_scan(FILE_ID, 5)
    assert real.queue.has_live_scan(FILE_ID) is True


def test_a_scan_whose_worker_died_can_be_queued_again(real: RealHarness) -> None:
    """For a minute after its last heartbeat, RQ lists an execution that no longer exists."""
    real.queue.enqueue_scan(FILE_ID, 5)
    job = Job.fetch(f"scan-{FILE_ID}", connection=real.redis, serializer=JSONSerializer)
    dead = SimpleWorker([SCAN_QUEUE], connection=real.redis, serializer=JSONSerializer)
    real.redis.delete(prepare_execution(dead, job).key)
    job.set_status(JobStatus.FAILED)

    assert real.queue.enqueue_scan(FILE_ID, 5) is True

    assert job.started_job_registry.get_job_ids(cleanup=False) == []
    assert real.work() == [FILE_ID]


def test_a_jobs_description_has_its_attempts_and_the_last_error(real: RealHarness) -> None:
    texts = []
    name = 'a\n"b"\u202e<i>.txt'
    for file_id, history, filename in ((FILE_ID, (), name), (OTHER_ID, (3, "clamd is not reachable"), "x" * 200)):
        real.queue.enqueue_scan(file_id, 5, *history, filename=filename)
        texts.append(Job.fetch(f"scan-{file_id}", connection=real.redis, serializer=JSONSerializer).description)
    assert texts == [
        f'scan "a \\"b\\" <i>.txt" {FILE_ID} (5 bytes), attempts before this job: 0',
        f'scan "{"x" * 119}…" {OTHER_ID} (5 bytes), attempts before this job: 3, the last one: clamd is not reachable',
    ]


def test_times_are_in_utc(real: RealHarness) -> None:
    before = datetime.now(UTC)
    real.queue.enqueue_scan(FILE_ID, 5)
    real.work()
    job = real.queue.scan_job(FILE_ID)
    assert isinstance(job, JobView)
    times = [job.enqueued_at, job.started_at, job.ended_at]
    assert [at is not None and before <= at <= datetime.now(UTC) for at in times] == [True, True, True]


def test_jobs_are_stored_as_json(real: RealHarness) -> None:
    real.queue.enqueue_scan(FILE_ID, 7 * 1024 * 1024)
    job = Job.fetch(f"scan-{FILE_ID}", connection=real.redis, serializer=JSONSerializer)
    raw: Any = real.redis.hget(job.key, "data")
    assert json.loads(zlib.decompress(raw)) == ["jobs.scan.scan_file", None, [FILE_ID], {}]
    assert (job.timeout, job.retries_left) == (307, 1)
