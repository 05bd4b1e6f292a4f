"""The permissions of each Redis user from deploy/redis/start, on a real server."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError, NoPermissionError, ResponseError
from rq import Queue, Worker, requeue_job
from rq.job import Job
from rq.serializers import JSONSerializer

import jobs.deliver
import jobs.scan
import jobs.sweep
from jobs.rq_worker import JobWorker
from jobs.worker import WORKER_TTL
from service.access.rate_limits import RateLimiter
from service.errors import TooManyRequestsError
from service.observability.counters import Sample, SharedCounters
from service.observability.recent_errors import RecentErrors
from service.queue.guarded_jobs import SCAN_JOB
from service.queue.jobs import RESCAN_QUEUE, SCAN_QUEUE, SWEEP_QUEUE, WEBHOOK_QUEUE, JobQueue, connect
from service.values.operators.operations import ErrorView
from tests.support.documents import block_of
from tests.support.live.redis_users import START, RedisWithUsers, contents
from tests.support.programs.queued_jobs import FILE_ID, ONE, OTHER_ID, kept_signals
from tools.programs import find
from tools.stack.processes.ports import LOOPBACK
from tools.stack.pytest_parts import need

QUEUES = [SWEEP_QUEUE, WEBHOOK_QUEUE, SCAN_QUEUE, RESCAN_QUEUE]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisWithUsers]:
    need("redis")
    if not find("redis-server"):
        pytest.skip("needs redis: the system's redis-server, as the wheel has no program of this name")
    part = RedisWithUsers(tmp_path_factory.mktemp("redis"))
    part.start()
    yield part
    part.stop()


@pytest.fixture
def as_user(server: RedisWithUsers) -> Iterator[Callable[[str], Redis]]:
    made: list[Redis] = []

    def come(user: str) -> Redis:
        made.append(connect(server.url_of(user)))
        return made[-1]

    yield come
    for connection in made:
        connection.close()


@pytest.fixture
def service(as_user: Callable[[str], Redis], monkeypatch: pytest.MonkeyPatch) -> Redis:
    """The service's connection, on a Redis without jobs."""
    redis = as_user("default")
    for key in redis.scan_iter():
        redis.delete(key)
    monkeypatch.setattr(jobs.scan, "scan_file", lambda _id: "clean")
    monkeypatch.setattr(jobs.deliver, "deliver", lambda _endpoint: 0)
    monkeypatch.setattr(jobs.sweep, "sweep", lambda: {})
    return redis


def work(redis: Redis) -> None:
    worker = JobWorker(QUEUES, connection=redis, serializer=JSONSerializer, worker_ttl=WORKER_TTL)
    with kept_signals():
        worker.work(burst=True, logging_level="WARNING")


def failed_scan(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> Job:
    def fail(_id: str) -> None:
        raise OSError("clamd is away")

    monkeypatch.setattr(jobs.scan, "scan_file", fail)
    JobQueue(redis).enqueue_scan(FILE_ID, 5)
    work(redis)
    return Job.fetch(f"scan-{FILE_ID}", connection=redis, serializer=JSONSerializer)


def test_the_services_user_may_use_every_command_it_needs(service: Redis, server: RedisWithUsers) -> None:
    queue = JobQueue(service)
    assert queue.enqueue_scan(FILE_ID, 5)
    assert queue.enqueue_scan(OTHER_ID, 5, again=True)
    queue.request_sweep()
    queue.request_deliveries(ONE)
    queue.note_progress(FILE_ID, 3)
    assert queue.scan_progress(FILE_ID) == 3
    work(service)
    queue.clean_up_dead_jobs()
    assert {each.waiting for each in queue.queues().values()} == {0}
    assert queue.workers() == []
    job = queue.scan_job(FILE_ID)
    assert job is not None
    assert job.status == "finished"
    assert queue.enqueue_scan(FILE_ID, 5)  # this deletes the finished job
    counters = SharedCounters(service)
    counters.add({Sample("longshore_scans_total"): 1.0}, {})
    assert counters.read() == {Sample("longshore_scans_total"): 1.0}
    errors = RecentErrors(server.url_of("default"))
    errors.add(ErrorView(datetime.now(UTC), "worker", "an_event", "", None))
    assert [error.event for error in errors.read()] == ["an_event"]
    limiter = RateLimiter(server.url_of("default"), "1/hour", "")
    limiter.admit_subject("ann")
    with pytest.raises(TooManyRequestsError):
        limiter.admit_subject("ann")
    assert service.config_get("appendonly") == {"appendonly": "yes"}


@pytest.mark.parametrize("command", ["FLUSHALL", "KEYS *", "CONFIG SET dir /", "ACL LIST", "SHUTDOWN", "SET x 1"])
def test_the_services_user_is_refused_other_commands(service: Redis, command: str) -> None:
    with pytest.raises(NoPermissionError):
        service.execute_command(command)


def test_the_dashboards_user_reads_queues_and_workers(service: Redis, as_user: Callable[[str], Redis]) -> None:
    JobQueue(service).enqueue_scan(FILE_ID, 5)
    looks = as_user("dashboard")
    queue = Queue(SCAN_QUEUE, connection=looks, serializer=JSONSerializer)
    assert [job.id for job in queue.jobs] == [f"scan-{FILE_ID}"]
    assert Worker.all(connection=looks, serializer=JSONSerializer) == []


@pytest.mark.parametrize("user", ["dashboard", "metrics"])
def test_read_only_users_cannot_change_anything(
    service: Redis, as_user: Callable[[str], Redis], monkeypatch: pytest.MonkeyPatch, user: str
) -> None:
    job = failed_scan(service, monkeypatch)
    looks = as_user(user)
    queue = Queue(SCAN_QUEUE, connection=looks, serializer=JSONSerializer)
    before = contents(service)
    changes: list[Callable[[], object]] = [
        lambda: queue.enqueue(SCAN_JOB, FILE_ID),
        lambda: requeue_job(job.id, connection=looks, serializer=JSONSerializer),
        lambda: queue.empty(),
        lambda: Job(job.id, connection=looks, serializer=JSONSerializer).delete(),
        lambda: looks.publish("rq:pubsub:x", "{}"),
        lambda: looks.set("rq:suspended", 1),
        lambda: looks.eval("return redis.call('del', KEYS[1])", 1, job.key),
        lambda: looks.config_set("dir", "/tmp"),
        lambda: looks.get("longshore:metrics"),
    ]
    for change in changes:
        with pytest.raises(NoPermissionError):
            change()
    assert contents(service) == before


def test_the_metrics_user_reads_what_an_exporter_shows(service: Redis, as_user: Callable[[str], Redis]) -> None:
    JobQueue(service).enqueue_scan(FILE_ID, 5)
    looks = as_user("metrics")
    assert looks.info("memory")["used_memory"] > 0
    assert (looks.llen("rq:queue:scan"), looks.type("rq:queue:scan"), looks.execute_command("SLOWLOG LEN")) == (
        1,
        b"list",
        0,
    )
    with pytest.raises(NoPermissionError):
        looks.lrange("rq:queue:scan", 0, -1)


def test_a_connection_needs_a_valid_password(server: RedisWithUsers) -> None:
    for url in (f"redis://{LOOPBACK}:{server.port}/0", f"redis://metrics:wrong@{LOOPBACK}:{server.port}/0"):
        with connect(url) as nobody, pytest.raises(AuthenticationError):
            nobody.ping()


def test_the_users_file_contains_no_password(server: RedisWithUsers) -> None:
    written = server.data / "users.conf"
    assert written.stat().st_mode & 0o077 == 0
    assert [password for password in server.passwords.values() if password in written.read_text()] == []


def test_redis_does_not_start_without_a_password(tmp_path: Path) -> None:
    (tmp_path / "redis_password").touch()
    environment = {"PATH": "/usr/bin:/bin", "SECRETS_FOLDER": str(tmp_path), "CONFIGURATION": str(tmp_path / "conf")}
    ended = subprocess.run(["sh", START], env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "redis_password is missing or empty; deploy/make-secrets creates it" in ended.stderr
    assert not (tmp_path / "conf").exists()


def test_with_an_old_secrets_folder_only_the_service_has_a_user(tmp_path: Path) -> None:
    """After an upgrade without the new secrets, read-only programs have no user."""
    (tmp_path / "redis_password").write_text("secret\n")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "redis-server").write_text('#!/bin/sh\ncat "$1"\n')
    (tmp_path / "bin" / "redis-server").chmod(0o700)
    environment = {"PATH": f"{tmp_path}/bin:/usr/bin:/bin", "SECRETS_FOLDER": str(tmp_path)}
    environment["CONFIGURATION"] = str(tmp_path / "conf")
    output = subprocess.run(["sh", START], env=environment, capture_output=True, text=True, check=True).stdout
    assert [line.split()[:2] for line in output.splitlines()] == [["user", "default"]]


def test_the_manual_for_kubernetes_has_the_same_rules(service: Redis) -> None:
    """Except for the additional user for KEDA."""
    shown = dict(re.findall(r"^user (\w+) on >\w+ (.+)$", block_of("Redis users"), re.MULTILINE))
    ours = dict(re.findall(r"^    user (\w+) \w+ '(.+)'$", START.read_text(), re.MULTILINE))
    assert {user: rules.replace("resetchannels -@all ", "") for user, rules in shown.items() if user != "keda"} == ours


def test_kedas_script_reads_the_length_of_a_queue(tmp_path: Path) -> None:
    """KEDA's scaler for Redis lists sends this script, which reads the key's type first."""
    need("redis")
    with_keda = RedisWithUsers(tmp_path)
    [line] = re.findall(r"^user keda .+$", block_of("Redis users"), re.MULTILINE)
    with_keda.options = ["--user", *line.replace(">PASSWORD", ">keda").split()[1:]]
    script = "local t = redis.call('type', KEYS[1]).ok return redis.call(({list='llen'})[t], KEYS[1])"
    with_keda.start()
    try:
        with connect(with_keda.url_of("default")) as redis:
            redis.rpush("rq:queue:scan", "a", "b")
        with connect(f"redis://keda:keda@{LOOPBACK}:{with_keda.port}/0") as keda:
            assert (keda.eval(script, 1, "rq:queue:scan"), keda.llen("rq:queue:scan")) == (2, 2)
            for other in ("return redis.call('rpush', KEYS[1], 'x')", "return redis.call('lrange', KEYS[1], 0, -1)"):
                with pytest.raises(ResponseError, match="can't run this command"):
                    keda.eval(other, 1, "rq:queue:scan")
    finally:
        with_keda.stop()
