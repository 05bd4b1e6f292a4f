"""Data in Redis besides the jobs: their counters, the requests that queued them, and how long they wait."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from redis import Redis as Connection
from rq.job import Job
from rq.serializers import JSONSerializer

from service.errors import QueueUnavailableError
from service.observability import request_ids
from service.observability.counters import KEY, Sample, SharedCounters
from service.queue.jobs import RESCAN_QUEUE, SCAN_QUEUE, SWEEP_QUEUE, WEBHOOK_QUEUE, JobQueue, connect
from service.values import Backlog
from tests.support.fakes import FakeCounters
from tests.support.matchers import Like
from tools.stack.servers.redis import Redis

CLEAN, LAST = Sample("scans_total", (("verdict", "clean"),)), Sample("last_sweep")


@pytest.fixture
def connection(redis_server: Redis) -> Iterator[Connection]:
    made = connect(redis_server.env()["REDIS_URL"])
    made.flushdb()
    yield made
    made.close()


@pytest.fixture(params=["redis", "fake"])
def counters(request: pytest.FixtureRequest) -> SharedCounters | FakeCounters:
    return FakeCounters() if request.param == "fake" else SharedCounters(request.getfixturevalue("connection"))


def test_counters_are_summed_and_gauges_keep_the_latest_value(counters: SharedCounters) -> None:
    assert counters.read() == {}
    counters.add({CLEAN: 1.0, Sample("bytes_total"): 2.0**40}, {LAST: 1767322800.25})
    counters.add({CLEAN: 2.0}, {LAST: 1767322830.5})
    assert counters.read() == {CLEAN: 3.0, Sample("bytes_total"): 2.0**40, LAST: 1767322830.5}


def test_forged_counters_are_ignored(connection: Connection) -> None:
    counters = SharedCounters(connection)
    counters.add({CLEAN: 1.0}, {})
    forged = ("no json", '["x",[["le","much"]]]', '["x",[["a\\n","b"]]]', '["x"]', '["x",1]', "[" * 100_000)
    connection.hset(KEY, mapping=dict.fromkeys(forged, 1) | {'["y",[]]': "much"})
    assert counters.read() == {CLEAN: 1.0}


def test_without_redis_counters_and_backlogs_raise_queue_unavailable() -> None:
    with connect("redis://127.0.0.1:9") as nowhere:
        for ask in (
            SharedCounters(nowhere).read,
            lambda: SharedCounters(nowhere).add({CLEAN: 1.0}, {}),
            JobQueue(nowhere).backlogs,
        ):
            with pytest.raises(QueueUnavailableError):
                ask()


def test_backlogs_report_waiting_jobs_and_the_oldest_time(connection: Connection) -> None:
    queue, nothing = JobQueue(connection), Backlog(0, 0, None)
    assert queue.backlogs() == dict.fromkeys((SCAN_QUEUE, RESCAN_QUEUE, SWEEP_QUEUE, WEBHOOK_QUEUE), nothing)
    before = datetime.now(UTC)
    for name in ("first", "second"):
        queue.enqueue_scan(name, 1)
    first = Job.fetch("scan-first", connection=connection, serializer=JSONSerializer)
    seen = queue.backlogs()
    idle = dict.fromkeys((RESCAN_QUEUE, SWEEP_QUEUE, WEBHOOK_QUEUE), nothing)
    assert seen == {SCAN_QUEUE: Backlog(2, 0, first.enqueued_at)} | idle
    oldest = seen[SCAN_QUEUE].oldest
    assert oldest is not None
    assert before <= oldest <= datetime.now(UTC)


def test_jobs_contain_the_id_of_their_request(connection: Connection) -> None:
    queue = JobQueue(connection)
    request_ids.begin("of-the-caller")
    queue.enqueue_scan("a-file", 1)
    queue.request_sweep()
    for name in ("scan-a-file", SWEEP_QUEUE):
        job = Job.fetch(name, connection=connection, serializer=JSONSerializer)
        assert job.meta == {"request_id": Like("of-the-caller")}
