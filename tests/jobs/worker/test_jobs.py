"""The jobs that RQ runs: each takes an id and makes one call of the domain."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any
from unittest.mock import patch

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from rq import Worker
from rq.serializers import JSONSerializer
from sqlalchemy import text

import jobs.deliver
import jobs.scan
import jobs.sweep
from jobs import context
from jobs.prepare import PAUSE, main, wait
from jobs.rq_worker import JobWorker
from jobs.worker import MAX_DELIVERERS, Place, make_worker, places_of, run
from service.domain.records.positions import end_turn, take_turn
from service.domain.upkeep import storage_usage
from service.queue.guarded_jobs import DELIVER_JOB, SCAN_JOB, SWEEP_JOB, scan_timeout
from service.queue.jobs import RESCAN_QUEUE, SCAN_QUEUE, SWEEP_QUEUE, WEBHOOK_QUEUE, JobQueue, connect
from service.settings import Settings
from service.storage.client import make_client
from service.storage.s3 import Storage
from tests.support.service_under_test import App
from tests.support.storage.faulty_proxy import Forward, ProxiedRequest, Reply, harmful, refusing
from tests.support.storage.role import with_role
from tools.stack.servers.redis import Redis

STATES = [
    *("uploading", "completing", "pending", "scanning", "clean", "infected", "unscannable", "error", "disabled"),
    "blocked",
]
STATES += ["released", "orphaned"]


@pytest.fixture(autouse=True)
def in_a_worker(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """The jobs use the dependencies of the app."""
    for module in (jobs.deliver, jobs.scan, jobs.sweep):
        monkeypatch.setattr(module, "deps", lambda: app.deps)


def test_the_scan_job_returns_the_verdict(app: App) -> None:
    assert jobs.scan.scan_file(app.upload()["id"]) == "clean"


def test_the_delivery_job_ignores_an_unknown_webhook(app: App) -> None:
    assert jobs.deliver.deliver("gone") == 0


def test_the_sweep_job_returns_its_report(app: App) -> None:
    app.send()
    app.clock.forward(24 * 3600)
    assert jobs.sweep.sweep() == {
        "expired_uploads": 1,
        "expired_files": 0,
        "replacements": 0,
        "finished_completions": 0,
        "queued_scans": 0,
        "rescans": 0,
        "queued_promotions": 0,
        "removed": 1,
        "queued_deliveries": 0,
        "forgotten_deliveries": 0,
        "forgotten_grants": 0,
        "forgotten_audits": 0,
        "forgotten_decisions": 0,
        "forgotten_entries": 0,
        "sealed_audits": 0,
        "decided_files": 0,
        "reopened_files": 0,
        "adopted_objects": 0,
        "forgotten_links": 0,
        "corrected_usages": 0,
        "replaced": 0,
        "unknown_multiparts": 0,
        "orphans": 0,
        "orphan_bytes": 0,
        "stored": dict.fromkeys(STATES, 0),
        "errors": [],
    }


def test_a_manual_sweep_counts_stored_bytes_immediately(app: App) -> None:
    assert jobs.sweep.sweep_by_hand()["stored"] == dict.fromkeys(STATES, 0)
    app.ready(b"12345")
    assert jobs.sweep.sweep()["stored"] == dict.fromkeys(STATES, 0)
    assert jobs.sweep.sweep_by_hand()["stored"] == dict.fromkeys(STATES, 0) | {"clean": 5}


def test_a_manual_sweep_does_not_interrupt_a_running_count(app: App) -> None:
    turn = take_turn(app.deps, storage_usage.STORED_BYTES)
    jobs.sweep.sweep_by_hand()
    assert turn is not None
    with app.deps.db.write() as session:
        assert end_turn(session, turn, {}, app.clock())


def test_the_queues_job_names_match_the_functions() -> None:
    assert f"{jobs.scan.scan_file.__module__}.{jobs.scan.scan_file.__name__}" == SCAN_JOB
    assert f"{jobs.deliver.deliver.__module__}.{jobs.deliver.deliver.__name__}" == DELIVER_JOB
    assert f"{jobs.sweep.sweep.__module__}.{jobs.sweep.sweep.__name__}" == SWEEP_JOB


@pytest.fixture
def worker(app: App, redis_server: Redis, monkeypatch: pytest.MonkeyPatch) -> Iterator[JobWorker]:
    for field in fields(Settings):
        monkeypatch.setenv(field.name.upper(), str(getattr(app.deps.settings, field.name) or ""))
    monkeypatch.setenv("REDIS_URL", redis_server.url(14))
    context.deps.cache_clear()
    made = make_worker(places_of(context.deps().settings)[0])
    context.deps.cache_clear()
    yield made
    made.connection.close()


def test_a_worker_registers_again_after_redis_lost_its_data(worker: JobWorker) -> None:
    queue = worker.queues[0]
    worker.register_birth()
    worker.connection.flushdb()
    assert Worker.all(queue=queue, serializer=JSONSerializer) == []
    worker.heartbeat()
    (known,) = Worker.all(queue=queue, serializer=JSONSerializer)
    assert (known.name, known.birth_date, Worker.count(connection=worker.connection)) == (
        worker.name,
        worker.birth_date,
        1,
    )
    worker.register_death()


def test_the_worker_reads_json_and_runs_sweeps_first(worker: JobWorker) -> None:
    names = [queue.name for queue in worker.queues]
    assert (names, worker.serializer) == ([SWEEP_QUEUE, SCAN_QUEUE, RESCAN_QUEUE, WEBHOOK_QUEUE], JSONSerializer)


@pytest.mark.parametrize("scan_workers", [1, 2])
@pytest.mark.parametrize("webhooks", [1, 2, MAX_DELIVERERS + 1])
def test_scans_and_deliveries_have_separate_processes(app: App, scan_workers: int, webhooks: int) -> None:
    urls = tuple(f"https://app.example/{number}" for number in range(webhooks))
    places = places_of(app.with_settings(scan_workers=scan_workers, webhooks=urls).deps.settings)
    assert [place.queues for place in places] == [
        *[(SWEEP_QUEUE, SCAN_QUEUE, RESCAN_QUEUE)] * scan_workers,
        *[(WEBHOOK_QUEUE,)] * min(webhooks, MAX_DELIVERERS),
    ]
    assert len({place.name for place in places}) == len(places)


def test_without_webhooks_the_worker_has_only_scan_processes(app: App) -> None:
    def names(**settings: int) -> list[str]:
        return [place.name for place in places_of(app.with_settings(**settings).deps.settings)]

    assert (names(scan_workers=1), names(scan_workers=2)) == (["worker-0"], ["worker-0", "worker-1"])


def test_a_worker_that_loses_redis_restarts_until_it_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stand:
        def __init__(self, is_stopped: bool, error: Exception | None = None) -> None:
            self.asked_to_stop = is_stopped
            self.error = error

        def work(self, **_options: Any) -> None:
            if self.error:
                raise self.error

    workers = iter([Stand(False), Stand(False, RedisConnectionError()), Stand(True), Stand(False)])
    monkeypatch.setattr("jobs.worker.make_worker", lambda _place: next(workers))
    monkeypatch.setattr("jobs.worker.PAUSE", 0)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        run(Place("worker", ()))
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert len(list(workers)) == 1


@pytest.mark.parametrize("statement", [None, "UPDATE alembic_version SET version_num = '0001'"])
def test_a_waiting_process_continues_when_the_database_is_migrated(
    app: App, statement: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It checks, and checks again after a pause, during which another process migrates."""
    revision = "UPDATE alembic_version SET version_num = :revision"
    with app.deps.db.write() as session:
        newest = session.scalar(text("SELECT version_num FROM alembic_version"))
        if statement:
            session.execute(text(statement))
    pauses = []

    def migrate(seconds: float) -> None:
        pauses.append(seconds)
        with app.deps.db.write() as session:
            session.execute(text(revision), {"revision": newest})

    monkeypatch.setattr("jobs.prepare.time.sleep", migrate)
    wait(app.deps)
    assert pauses == ([PAUSE] if statement else [])


def test_prepare_fails_without_storage_credentials(
    app: App, no_role: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    no_role.setattr("jobs.prepare.deps", lambda: with_role(app).deps)
    assert main([]) == 1
    [line] = [record.getMessage() for record in caplog.records if record.name == "jobs.prepare"]
    assert line.startswith("prepare_failed code=storage_unavailable ")
    assert line.endswith("S3_CREDENTIALS=aws: NoCredentialsError: Unable to locate credentials")


def test_prepare_fails_through_the_storage_filter(
    app: App, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def rule(request: ProxiedRequest, _forward: Forward) -> Reply:
        reply = refusing(403, "RequestFiltered")
        return reply._replace(body=b"") if request.method == "HEAD" else reply

    with harmful("127.0.0.1:9") as public_address, public_address.doing(rule):
        storage = Storage(make_client(app.deps.settings, public_address.url))
        monkeypatch.setattr("jobs.prepare.deps", lambda: replace(app.deps, storage=storage))
        assert main([]) == 1
    [line] = [record.getMessage() for record in caplog.records if record.name == "jobs.prepare"]
    assert line.startswith("prepare_failed code=storage_refused message=Storage refused ListObjectsV2")
    assert "Set S3_ENDPOINT_URL to the address of storage behind the filter" in line


def test_a_job_that_is_deleted_during_a_lookup_is_not_live(redis_server: Redis) -> None:
    connection = connect(redis_server.env()["REDIS_URL"])
    queue = JobQueue(connection)
    queue.enqueue_scan("a-file", 1)
    job = queue._fetch("scan-a-file")
    assert job is not None
    job.delete()
    with patch.object(queue, "_fetch", return_value=job):
        assert queue.has_live_scan("a-file") is False
    connection.close()


def test_a_scans_timeout_grows_with_the_file() -> None:
    assert [scan_timeout(size) for size in (0, 2**30, 2**31)] == [300, 1324, 2348]
