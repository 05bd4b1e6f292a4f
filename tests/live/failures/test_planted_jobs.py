"""A client that writes to Redis can make a real worker run only its ordinary jobs."""

from __future__ import annotations

import faulthandler
import json
import os
import pickle
import signal
import subprocess
import sys
import zlib
from collections.abc import Iterator, Mapping
from multiprocessing import get_context
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue
from rq.command import send_shutdown_command
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

import jobs.scan
from jobs.rq_worker import JobWorker
from jobs.worker import WORKER_TTL
from service.observability.counters import KEY as TALLY
from service.queue.jobs import RESCAN_QUEUE, SCAN_QUEUE, SWEEP_QUEUE, WEBHOOK_QUEUE, JobQueue, connect
from service.values.formats.ids import new_id
from tests.support.live.eventually import eventually
from tests.support.programs.queued_jobs import CODE, Pickled, call, kept_signals
from tests.support.programs.queued_jobs import FILE_ID as SCAN_ID
from tests.support.service.receiver import Receiver
from tools.programs import ROOT, python_env
from tools.stack.servers.redis import Redis as RedisServer

DATABASE = 13
PLANTED = "planted"
NAME = "the-worker"
QUEUES = [SWEEP_QUEUE, WEBHOOK_QUEUE, SCAN_QUEUE, RESCAN_QUEUE]


class PlantedJobs:
    """A Redis, a worker of ours on it, and a module of the attacker's that leaves a mark when it is imported."""

    def __init__(self, server: RedisServer, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.redis: Redis = connect(server.url(DATABASE))
        self.redis.flushdb()
        self.queue = JobQueue(self.redis)
        self.mark = folder / "mark"
        self.scans = folder / "scans"
        (folder / f"{PLANTED}.py").write_text(CODE.format(mark=str(self.mark)))
        patch.syspath_prepend(folder)
        patch.delitem(sys.modules, PLANTED, raising=False)
        patch.setattr(jobs.scan, "scan_file", self._scan)

    def _scan(self, file_id: str) -> str:
        with self.scans.open("a") as done:
            done.write(f"{file_id}\n")
        if file_id == SCAN_ID and (self.scans.parent / "fail").exists():
            raise OSError("clamd is away")
        return "clean"

    def plant(self, data: bytes, job_id: str = PLANTED, queue: str = SCAN_QUEUE, **fields: str | bytes) -> None:
        """A job as RQ would have written it, with any fields."""
        own = {"data": data, "status": "queued", "origin": queue, "created_at": "2026-01-02T03:04:05.000000Z"}
        self.redis.hset(f"rq:job:{job_id}", mapping=own | {"timeout": "60"} | fields)
        self.redis.rpush(f"rq:queue:{queue}", job_id)

    def worker(self, name: str | None = None) -> JobWorker:
        return JobWorker(QUEUES, name, connection=self.redis, serializer=JSONSerializer, worker_ttl=WORKER_TTL)

    def work(self, name: str | None = None) -> list[str]:
        """Run the waiting jobs; returns the files that were scanned."""
        with kept_signals():
            self.worker(name).work(burst=True, logging_level="WARNING")
        return self.scans.read_text().split() if self.scans.exists() else []

    def ends(self, job_id: str = PLANTED) -> tuple[str, str]:
        """How a job ended, and its last result."""
        job = Job.fetch(job_id, connection=self.redis, serializer=JSONSerializer)
        result = job.latest_result()
        return job.get_status().value, (result.exc_string if result else None) or ""

    def works_as_before(self) -> None:
        """The next valid job is run, and no code of the attacker."""
        file_id = new_id()
        self.queue.enqueue_scan(file_id, 5)
        assert self.work()[-1:] == [file_id]
        assert self.ends(f"scan-{file_id}") == ("finished", "")
        assert not self.mark.exists()


@pytest.fixture
def planted(redis_server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PlantedJobs]:
    made = PlantedJobs(redis_server, tmp_path, monkeypatch)
    yield made
    made.redis.flushdb()
    made.redis.close()


CALLS: dict[str, tuple[bytes, str]] = {
    "a function of its own": (call(f"{PLANTED}.run"), "the function is not allowed"),
    "another function of ours": (call("jobs.prepare.main", [["--wait"]]), "the function is not allowed"),
    "a method of an instance": (call("format", [SCAN_ID], instance=f"{PLANTED}"), "the function is not allowed"),
    "an instance": (call(instance="text"), "the arguments do not match the function"),
    "named arguments": (call(kwargs={"file_id": SCAN_ID}), "the arguments do not match the function"),
    "an argument too many": (call(args=[SCAN_ID, SCAN_ID]), "the arguments do not match the function"),
    "arguments that are no list": (call(args=SCAN_ID), "the arguments do not match the function"),
    "an argument of another type": (call(args=[[SCAN_ID]]), "an argument has the wrong format"),
    "an argument of another form": (call(args=["../etc/passwd\nforged"]), "an argument has the wrong format"),
    "an endpoint that is none": (call("jobs.deliver.deliver", ["http://inside"]), "an argument has the wrong format"),
    "no call": (b'{"a": 1}', "the data is not a function call"),
    "no JSON": (b"\xff\x00", "the data is not JSON"),
    "deep JSON": (zlib.compress(b"[" * 4000), "the data is not JSON"),
    "a bomb": (zlib.compress(bytes(200_000_000)), "the data is too large"),
    "too much": (b" " * 5000 + call(), "the data is too large"),
}


@pytest.mark.parametrize("what", CALLS)
def test_a_planted_job_fails_and_the_worker_continues(planted: PlantedJobs, what: str) -> None:
    data, reason = CALLS[what]
    planted.plant(data)
    assert planted.work() == []
    assert planted.ends() == ("failed", f"refused: {reason}")
    assert planted.redis.zrange("rq:failed:scan", 0, -1) == [PLANTED.encode()]
    planted.works_as_before()


@pytest.mark.parametrize("compressed", [True, False])
def test_os_system_is_not_called(planted: PlantedJobs, compressed: bool) -> None:
    """The attack: a JSON job needs no more than a function's name."""
    data = call("os.system", [f"touch {planted.mark}"])
    planted.plant(zlib.compress(data) if compressed else data)
    assert planted.work() == []
    assert planted.ends() == ("failed", "refused: the function is not allowed")
    planted.works_as_before()


@pytest.mark.parametrize("field", ["data", "meta", "result"])
def test_planted_fields_are_not_unpickled(planted: PlantedJobs, field: str) -> None:
    planted.plant(**{"data": call(), field: pickle.dumps(Pickled(f"touch {planted.mark}"))})
    planted.work()
    assert planted.ends()[0] == ("failed" if field == "data" else "finished")
    planted.works_as_before()


@pytest.mark.parametrize("kind", ["success", "failure"])
def test_callbacks_are_not_called(planted: PlantedJobs, kind: str) -> None:
    (planted.scans.parent / "fail").touch()
    planted.plant(call(), **{f"{kind}_callback_name": f"{PLANTED}.run"})
    planted.plant(call(args=[new_id()]), "other", **{f"{kind}_callback_name": f"{PLANTED}.run"})
    assert len(planted.work()) == 2
    assert (planted.ends()[0], planted.ends("other")[0]) == ("failed", "finished")
    planted.works_as_before()


@pytest.mark.parametrize("finder", ["a worker", "the sweeper"])
def test_a_callback_of_a_job_whose_worker_died_is_not_called(planted: PlantedJobs, finder: str) -> None:
    """RQ calls it in any process that detects the abandoned job: also in the cron process, which has all secrets."""
    planted.plant(call(), status="started", failure_callback_name=f"{PLANTED}.run")
    planted.redis.delete("rq:queue:scan")
    planted.redis.zadd("rq:wip:scan", {f"{PLANTED}:an-execution": 1})
    if finder == "the sweeper":
        planted.queue.clean_up_dead_jobs()
    else:
        planted.work()
    assert planted.ends()[0] == "failed"
    planted.works_as_before()


def test_webhooks_of_rq_are_not_sent(planted: PlantedJobs) -> None:
    """They could send requests to any address from the worker's network."""
    with Receiver() as inside:
        hooks = [{"url": inside.url, "job_status": status, "method": "POST"} for status in ("finished", "failed")]
        planted.plant(call(), webhooks=json.dumps(hooks))
        planted.plant(call("os.system"), "other", webhooks=json.dumps(hooks))
        assert planted.work() == [SCAN_ID]
        assert inside.got == []
    planted.works_as_before()


def test_fields_that_create_more_jobs_are_ignored(planted: PlantedJobs) -> None:
    """Repeats, retries, dependents, rate limits, groups."""
    (planted.scans.parent / "fail").touch()
    planted.plant(
        call(args=[new_id()]), "dependent", queue="elsewhere", status="deferred", dependency_ids='["planted"]'
    )
    planted.redis.sadd(f"rq:job:{PLANTED}:dependents", "dependent")
    more: Mapping[str, str] = {"repeats_left": "9", "repeat_intervals": "[0]", "retries_left": "99"}
    planted.plant(call(), **more, retry_intervals="[3600]", group_id="none", rate_limit_key="x")
    finishes = new_id()
    planted.plant(call(args=[finishes]), "finishes", **more)
    planted.redis.sadd("rq:job:finishes:dependents", "dependent")
    # one immediate retry, as for our own jobs
    assert planted.work() == [SCAN_ID, finishes, SCAN_ID]
    assert (planted.ends()[0], planted.ends("finishes")[0]) == ("failed", "finished")
    assert (
        Job.fetch("dependent", connection=planted.redis, serializer=JSONSerializer).get_status() is JobStatus.DEFERRED
    )
    assert planted.redis.keys("rq:scheduled:*") == []
    planted.works_as_before()


def test_a_failed_job_is_recorded_in_the_queue_it_came_from(planted: PlantedJobs) -> None:
    planted.plant(call("os.system"), origin="somewhere\nelse")
    planted.work()
    assert planted.redis.zrange("rq:failed:scan", 0, -1) == [PLANTED.encode()]


def test_invalid_queue_entries_do_not_stop_the_worker(planted: PlantedJobs) -> None:
    planted.redis.rpush("rq:queue:scan", b"\xff", "a:b\nforged", "x" * 500, "a-list", "nothing")
    planted.redis.rpush("rq:job:a-list", "x")
    planted.plant(call(), timeout="a week", retries_left="x", created_at="yesterday", status="?", enqueue_at_front="x")
    assert planted.work() == [SCAN_ID]
    planted.works_as_before()


def test_invalid_registry_entries_do_not_stop_the_worker(planted: PlantedJobs) -> None:
    planted.redis.zadd("rq:wip:scan", {"no execution": 1, b"\xff": 1})
    planted.redis.rpush("rq:queue:scan:intermediate", "a b")
    planted.redis.set("rq:groups", "no set")
    planted.works_as_before()


def test_the_api_reads_queues_with_planted_data(planted: PlantedJobs) -> None:
    """The metrics of the queue and the counters."""
    planted.plant(zlib.compress(bytes(200_000_000)), f"scan-{SCAN_ID}", status="?", callback="?")
    planted.redis.lpush("rq:queue:rescan", b"\xff", "a b")
    planted.redis.set(f"longshore:scanned:{SCAN_ID}", "much")
    planted.redis.hset(TALLY, mapping={"no json": 1, '["x",[["le","much"]]]': 1, '["x",[["a\\n","b"]]]': 1})
    view = planted.queue.scan_job(SCAN_ID)
    other = new_id()
    planted.redis.rpush(f"rq:job:scan-{other}", "x")
    assert planted.queue.scan_jobs([other, SCAN_ID]) == {SCAN_ID: view}
    assert (view and view.status, planted.queue.scan_progress(SCAN_ID)) == ("created", None)
    assert {name: each.waiting for name, each in planted.queue.backlogs().items() if each.waiting} == {
        SCAN_QUEUE: 1,
        RESCAN_QUEUE: 2,
    }


def test_a_worker_accepts_no_rq_commands(planted: PlantedJobs) -> None:
    """`shutdown` would end it, `stop-job` a scan."""
    worker = planted.worker()
    worker.bootstrap(logging_level="WARNING")
    send_shutdown_command(planted.redis, worker.name)
    assert planted.redis.pubsub_numsub(worker.pubsub_channel_name) == [(worker.pubsub_channel_name.encode(), 0)]
    worker.teardown()


def test_a_job_is_not_read_again_after_its_check(planted: PlantedJobs) -> None:
    """The worker runs the job that it has checked, not the changed one in Redis."""
    planted.plant(call())
    job, queue = taken(planted)
    planted.redis.hset(job.key, mapping={"data": call(f"{PLANTED}.run"), "success_callback_name": f"{PLANTED}.run"})
    planted.worker().execute_job(job, queue)
    assert planted.scans.read_text().split() == [SCAN_ID]
    planted.works_as_before()


def test_a_callback_of_a_job_whose_process_died_is_not_called(
    planted: PlantedJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process's successor ends the job."""
    monkeypatch.setattr(jobs.scan, "scan_file", lambda _id: os.kill(os.getpid(), signal.SIGKILL))
    planted.plant(call(), stopped_callback_name=f"{PLANTED}.run", failure_callback_name=f"{PLANTED}.run")
    faulthandler.cancel_dump_traceback_later()  # pytest's: a fork cannot replace a timer of its parent
    process = get_context("fork").Process(target=planted.work, args=(NAME,))
    process.start()
    process.join()
    assert (process.exitcode, planted.ends()[0]) == (-signal.SIGKILL, "started")
    planted.worker(NAME).end_predecessor()
    assert planted.ends() == ("failed", "the worker's process died")
    assert not planted.mark.exists()


def test_invalid_executions_do_not_stop_a_successor(planted: PlantedJobs) -> None:
    planted.redis.sadd(f"rq:worker:{NAME}:executions", "no execution", b"\xff", "planted:x")
    planted.redis.hset("rq:execution:planted:x", "worker_name", NAME)
    planted.worker(NAME).end_predecessor()
    planted.works_as_before()


def taken(planted: PlantedJobs) -> tuple[Job, Queue]:
    """The first job that waits, as a worker takes it."""
    worker = planted.worker()
    options = {"connection": planted.redis, "job_class": worker.job_class, "serializer": JSONSerializer}
    found = worker.queue_class.dequeue_any(worker.queues, None, **options)
    assert found is not None
    return found


def test_the_worker_process_refuses_and_logs_a_planted_job(redis_server: RedisServer, tmp_path: Path) -> None:
    """`python -m jobs.worker`, as it is started everywhere; its log has a line that can be searched for."""
    url = redis_server.url(DATABASE + 1)
    redis = connect(url)
    redis.flushdb()
    mark = tmp_path / "mark"
    data = zlib.compress(call("os.system", [f"touch {mark}"]))
    redis.hset("rq:job:planted", mapping={"data": data, "status": "queued", "origin": "scan", "timeout": "60"})
    redis.rpush("rq:queue:scan", "planted")
    settings = {"DATABASE_URL": f"sqlite:///{tmp_path}/db", "REDIS_URL": url, "S3_ENDPOINT_URL": "http://127.0.0.1:9"}
    settings |= {"S3_ACCESS_KEY": "key", "S3_SECRET_KEY": "s3-secret-key", "SECRET_KEY": "0" * 32, "CLAMD_URL": "off"}
    log = tmp_path / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "jobs.worker"],
            env={**python_env(), **settings, "SCAN_WORKERS": "1"},
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )
    try:
        eventually(lambda: redis.hget("rq:job:planted", "status"), lambda status: status in {b"failed", b"finished"})
    finally:
        process.terminate()
        process.wait()
        redis.flushdb()
        redis.close()
    [refusal] = [line for line in log.read_text().splitlines() if "job_refused" in line]
    assert refusal.endswith(" job_refused job=planted reason=the function is not allowed")
    assert not mark.exists()
