"""Jobs in the worker's own process: each is independent, and one that hangs or kills it is not lost."""

from __future__ import annotations

import faulthandler
import itertools
import os
import re
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from multiprocessing import get_context
from socket import gethostname

import pytest
from redis import Redis
from rq import SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import JobTimeoutException

import jobs.scan
from jobs import rq_worker
from jobs.request_context import around
from jobs.rq_worker import HANG_SECONDS, SILENT_SECONDS, JobWorker
from service.observability import request_ids
from service.queue.guarded_jobs import GuardedJob, GuardedQueue
from service.queue.jobs import SCAN_QUEUE, JobQueue, connect
from service.values.operators.operations import QueueView, WorkerJob, WorkerView
from tests.live.flows.test_queue import kept_signals
from tests.support.live.eventually import eventually
from tests.support.service_under_test import App
from tools.stack.servers.redis import Redis as RedisServer

NAME = "the-worker"
FIRST, SECOND = "11111111-2222-4333-8444-555555555555", "66666666-7777-4888-8999-aaaaaaaaaaaa"


class Jobs:
    """A queue with two scans, and workers that run them."""

    def __init__(self, redis: Redis, patch: pytest.MonkeyPatch) -> None:
        self.redis = redis
        self._patch = patch
        self.scan_with(lambda _file_id: None)
        self.enqueue()

    def enqueue(self) -> None:
        for request_id, file_id in (("of-the-first", FIRST), ("of-the-second", SECOND)):
            request_ids.begin(request_id)
            JobQueue(self.redis).enqueue_scan(file_id, 5)

    def scan_with(self, scan: Callable[[str], object]) -> None:
        self._patch.setattr(jobs.scan, "scan_file", scan)

    def worker(self) -> JobWorker:
        return JobWorker([SCAN_QUEUE], NAME, connection=self.redis, serializer=JSONSerializer)

    def work(self, kind: type[SimpleWorker] = JobWorker) -> None:
        worker = kind([SCAN_QUEUE], NAME, connection=self.redis, serializer=JSONSerializer)
        with kept_signals():
            worker.work(burst=True, logging_level="WARNING")

    def work_in_a_process(self) -> int | None:
        """Returns its exit code."""
        faulthandler.cancel_dump_traceback_later()  # pytest's: a fork cannot replace a timer of its parent
        process = get_context("fork").Process(target=self.work)
        process.start()
        process.join()
        return process.exitcode

    def states(self) -> list[str]:
        fetched = [Job.fetch(f"scan-{file_id}", self.redis, JSONSerializer) for file_id in (FIRST, SECOND)]
        return [job.get_status().value for job in fetched]


@pytest.fixture
def two_jobs(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    redis = connect(redis_server.url(12))
    redis.flushdb()
    yield Jobs(redis, monkeypatch)
    redis.flushdb()
    redis.close()


def test_a_failed_job_leaves_no_state_to_the_next(two_jobs: Jobs, app: App) -> None:
    seen: list[tuple[str | None, str | None]] = []

    def scan(file_id: str) -> None:
        before = request_ids.current()
        with around(app.deps, "scan"):
            seen.append((before, request_ids.current()))
            if file_id == FIRST:
                raise OSError("clamd is away")

    two_jobs.scan_with(scan)
    request_ids.begin("of-the-worker")
    two_jobs.work()
    # the first one is retried once
    own = "of-the-worker"
    assert seen == [(own, "of-the-first"), (own, "of-the-second"), (own, "of-the-first")]
    assert two_jobs.states() == ["failed", "finished"]


def test_the_operations_view_lists_workers_and_their_jobs(two_jobs: Jobs) -> None:
    seen: list[tuple[list[WorkerView], dict[str, QueueView]]] = []
    queue = JobQueue(two_jobs.redis)

    def scan(file_id: str) -> None:
        two_jobs.redis.sadd("rq:workers", "rq:worker:gone", "rq:worker:planted", "x", b"\xff")
        two_jobs.redis.hset("rq:worker:planted", mapping={"hostname": b"<\xff\n", "pid": "x", "birth": "x"})
        two_jobs.redis.set("rq:worker:planted:executions", "of another type")
        seen.append((queue.workers(), queue.queues()))
        if file_id == FIRST:
            raise OSError("clamd is away")

    two_jobs.scan_with(scan)
    two_jobs.redis.hset(f"rq:job:scan-{FIRST}", "retries_left", 0)
    before = datetime.now(UTC)
    two_jobs.work()
    [(first, waiting), (second, _)] = seen
    job = WorkerJob(f"scan-{FIRST}", "scan", FIRST, None, first[1].job and first[1].job.started_at)
    planted = WorkerView("planted", "<\ufffd ", 0, "starting", (), None, None, None, 0, 0)
    own = WorkerView(
        NAME, gethostname(), os.getpid(), "busy", (SCAN_QUEUE,), job, first[1].last_heartbeat, first[1].started_at, 0, 0
    )
    assert first == [planted, own]
    times = (own.started_at, own.last_heartbeat, job.started_at)
    assert [at is not None and before <= at <= datetime.now(UTC) for at in times] == [True, True, True]
    assert (second[1].failed, second[1].job and second[1].job.file_id) == (1, SECOND)
    nothing = QueueView(0, 0, 0, 0, None)
    sizes = QueueView(1, 1, 0, 0, waiting[SCAN_QUEUE].oldest_at)
    assert waiting == {SCAN_QUEUE: sizes, "rescan": nothing, "sweep": nothing, "webhook": nothing}
    assert (queue.queues()[SCAN_QUEUE].failed, [each.name for each in queue.workers()]) == (1, ["planted"])


def test_a_job_that_kills_its_process_is_retried_at_once_and_then_fails(two_jobs: Jobs) -> None:
    def scan(file_id: str) -> None:
        if file_id == FIRST:
            os.kill(os.getpid(), signal.SIGKILL)

    two_jobs.scan_with(scan)
    states = []
    for _ in range(3):
        two_jobs.worker().end_predecessor()
        states.append(two_jobs.states())
        two_jobs.work_in_a_process()
    assert states == [["queued", "queued"], ["queued", "queued"], ["failed", "finished"]]


def test_a_job_that_holds_the_gil_ends_at_its_timeout(two_jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rq_worker, "HANG_SECONDS", 0)
    two_jobs.redis.hset(f"rq:job:scan-{FIRST}", "timeout", 1)
    two_jobs.scan_with(lambda _file_id: sum(itertools.repeat(1, 10**12)))
    assert two_jobs.work_in_a_process() == 1
    assert two_jobs.states()[0] == "started"
    assert HANG_SECONDS > 0  # the limit interrupts all other jobs first


def test_an_interrupted_job_ends_its_process(two_jobs: Jobs) -> None:
    """A connection may be between a request and its response."""

    def scan(_file_id: str) -> None:
        raise JobTimeoutException

    two_jobs.scan_with(scan)
    with pytest.raises(SystemExit, match=f"scan-{FIRST} was interrupted"):
        two_jobs.work()
    assert two_jobs.states() == ["queued", "queued"]
    assert two_jobs.redis.hget(f"rq:worker:{NAME}", "death")


class RqsWorker(SimpleWorker):
    """RQ's own worker, with our jobs."""

    job_class = GuardedJob
    queue_class = GuardedQueue


def records(redis: Redis) -> dict[str, object]:
    """Return the keys of Redis without ids and times: each with its rough time to live and its contents."""
    counted = (b"status", b"state", b"successful_job_count", b"type")

    def shown(fields: dict[bytes, bytes]) -> object:
        return sorted(fields), [fields.get(name) for name in counted]

    read: dict[bytes, Callable[[str], object]] = {
        b"hash": lambda key: shown(redis.hgetall(key)),
        b"stream": lambda key: [shown(fields) for _, fields in redis.xrange(key)],
        b"zset": lambda key: redis.zcard(key),
        b"set": lambda key: redis.scard(key),
        b"list": lambda key: redis.lrange(key, 0, -1),
        b"string": lambda key: redis.get(key),
    }
    keys = [key.decode() for key in redis.scan_iter()]
    return {re.sub("[0-9a-f]{32}", "ID", key): (round(redis.ttl(key), -3), read[redis.type(key)](key)) for key in keys}


def test_jobs_are_recorded_in_redis_as_by_rqs_worker(two_jobs: Jobs) -> None:
    def recorded(kind: type[SimpleWorker]) -> list[dict[str, object]]:
        two_jobs.redis.flushdb()
        two_jobs.enqueue()
        seen: list[dict[str, object]] = []
        two_jobs.scan_with(lambda _file_id: seen.append(records(two_jobs.redis)))
        two_jobs.work(kind)
        return [*seen, records(two_jobs.redis)]

    assert recorded(JobWorker) == recorded(RqsWorker)


def test_a_job_needs_fewer_redis_commands_than_in_rqs_worker(two_jobs: Jobs) -> None:
    def commands(kind: type[SimpleWorker]) -> int:
        two_jobs.enqueue()
        seen: list[int] = []
        two_jobs.scan_with(lambda _file_id: seen.append(two_jobs.redis.info("stats")["total_commands_processed"]))
        two_jobs.work(kind)
        return seen[1] - seen[0]

    assert commands(JobWorker) < 0.6 * commands(RqsWorker)


def test_a_long_job_is_reported_as_alive(two_jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rq_worker, "PULSE_SECONDS", 0.01)
    redis = two_jobs.redis

    def scan(file_id: str) -> None:
        (execution,) = redis.keys(f"rq:execution:scan-{file_id}:*")
        assert 0 < redis.ttl(execution) <= SILENT_SECONDS
        for key in (execution, f"rq:worker:{NAME}", f"rq:job:scan-{file_id}"):
            redis.hset(key, "last_heartbeat", "0")
            eventually(lambda key=key: redis.hget(key, "last_heartbeat"), lambda beat: beat != b"0")

    two_jobs.scan_with(scan)
    two_jobs.work()
    assert two_jobs.states() == ["finished", "finished"]


def test_a_stopped_worker_finishes_its_job(two_jobs: Jobs) -> None:
    two_jobs.scan_with(lambda _file_id: os.kill(os.getpid(), signal.SIGTERM))
    two_jobs.work()
    assert two_jobs.states() == ["finished", "queued"]
