"""Faults of Redis, the worker, the sweeper, clamd, and an ICAP server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from rq.job import Job
from rq.serializers import JSONSerializer
from rq.utils import utcformat

from service.admin.doctor.dependencies.work import LAST_SWEEP
from service.admin.doctor.finding import FAIL, WARN, CheckContext
from service.deps import utc_now
from service.observability.counters import KEY as TALLY
from service.queue.jobs import JobQueue, connect
from service.scanner import ClamdScanner, IcapScanner
from service.scanner.samples import test_virus as eicar
from service.scanner.samples import zipped
from tests.support.doctor.faults import down, finds
from tests.support.doctor.faults_inside import CLOSED_ADDRESS, NOT_LOCAL, as_user
from tests.support.doctor.healthy_deployment import HealthyDeployment
from tests.support.live.clamds import running
from tests.support.live.client import MIB
from tests.support.scanner.scripted_icap import scripted_icap


@finds(down("redis", "work"), "queue")
def no_redis(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    url = f"redis://{CLOSED_ADDRESS}"
    broken = healthy.with_parts(queue=JobQueue(connect(url)))
    yield broken


@finds({"redis: eviction": WARN}, "maxmemory-policy noeviction", all_keys="allkeys-lru", old_keys="volatile-ttl")
def redis_throws_away(healthy: HealthyDeployment, policy: str) -> Iterator[CheckContext]:
    healthy.redis.config_set("maxmemory-policy", policy)
    yield healthy.context


@finds({"redis: persistence": WARN}, "Set appendonly yes", nothing="", snapshots="3600 1")
def redis_forgets(healthy: HealthyDeployment, save: str) -> Iterator[CheckContext]:
    healthy.redis.config_set("appendonly", "no")
    healthy.redis.config_set("save", save)
    yield healthy.context
    healthy.redis.config_set("save", "")


@finds({"redis: eviction": WARN, "redis: persistence": WARN}, "+config|get")
def redis_without_visible_settings(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    healthy.redis.acl_setuser(
        "quiet", enabled=True, passwords=["+4711-4711"], keys=["*"], categories=["+@all"], commands=["-config"]
    )
    try:
        yield healthy.with_settings(redis_url=as_user(healthy, "quiet:4711-4711"))
    finally:
        healthy.redis.acl_deluser("quiet")


@finds({"redis: password": WARN}, "Set requirepass")
def redis_is_open(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    password = healthy.redis.config_get("requirepass")["requirepass"]
    healthy.redis.config_set("requirepass", "")
    try:
        address = healthy.context.deps.settings.redis_url.partition("@")[2]
        yield healthy.with_settings(redis_url=f"redis://{address.replace('127.0.0.1', NOT_LOCAL)}")
    finally:
        healthy.redis.config_set("requirepass", password)


@finds({"redis: rate limits": FAIL}, "+evalsha")
def redis_runs_no_scripts(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    rights = ["+@all", "-@scripting"]
    healthy.redis.acl_setuser("poor", enabled=True, passwords=["+4711-4711"], keys=["*"], categories=rights)
    try:
        yield healthy.with_settings(redis_url=as_user(healthy, "poor:4711-4711"))
    finally:
        healthy.redis.acl_deluser("poor")


# the worker and the sweeper


@finds({"work: workers": FAIL}, "Start python -m jobs.worker")
def no_worker(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    healthy.worker.register_death()
    yield healthy.context
    healthy.redis.delete(healthy.worker.key)
    healthy.worker.register_birth()


@finds({"work: workers": FAIL}, "Start python -m jobs.worker")
def a_worker_that_died_long_ago(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    healthy.redis.hset(healthy.worker.key, "last_heartbeat", utcformat(utc_now() - timedelta(minutes=8)))
    yield healthy.context
    healthy.worker.heartbeat()


@finds({"work: backlog": WARN}, "Start more workers")
def scans_that_wait_for_long(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    healthy.context.deps.queue.enqueue_scan("waiting", 5)
    job = Job.fetch("scan-waiting", healthy.redis, JSONSerializer)
    healthy.redis.hset(job.key, "enqueued_at", utcformat(utc_now() - timedelta(minutes=20)))
    yield healthy.context
    job.delete()


@finds({"work: sweeper": FAIL}, "Start python -m jobs.cron", never=None, long_ago=timedelta(minutes=6))
def no_sweeper(healthy: HealthyDeployment, ago: timedelta | None) -> Iterator[CheckContext]:
    healthy.redis.delete(TALLY)
    if ago:
        healthy.context.deps.counters.add({}, {LAST_SWEEP: (utc_now() - ago).timestamp()})
    yield healthy.context


# clamd


@finds(down("scanner"), "scanner")
def no_clamd(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    yield healthy.with_parts(scanner=ClamdScanner(f"tcp://{CLOSED_ADDRESS}", MIB))


@finds({"scanner: limits": FAIL}, "AlertExceedsMax yes")
def clamd_passes_what_it_does_not_read(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    yield from with_clamd(healthy, AlertExceedsMax="no")


@finds({"scanner: stream length": WARN}, "set StreamMaxLength")
def clamd_takes_less_than_we_send(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    yield from with_clamd(healthy, StreamMaxLength=MIB)


def with_clamd(healthy: HealthyDeployment, **changes: Any) -> Iterator[CheckContext]:
    usual = healthy.clamd.port
    with running(healthy.context.deps.settings.scan_max_size, **changes) as clamd:
        healthy.clamd.port = clamd.port
        try:
            scanner = ClamdScanner(healthy.clamd.url, clamd.max_size)  # the other one caches the result
            yield healthy.with_parts(scanner=scanner)
        finally:
            healthy.clamd.port = usual


@finds({"scanner: signatures": FAIL}, "freshclam", old="ClamAV 1.4.3/27000/Fri Jan  2 03:04:05 2026")
@finds({"scanner: signatures": WARN}, "Let freshclam fetch", undated="ClamAV 1.4.3")
def signatures(healthy: HealthyDeployment, version: str) -> Iterator[CheckContext]:
    usual, healthy.clamd.version = healthy.clamd.version, version
    try:
        yield healthy.context
    finally:
        healthy.clamd.version = usual


# the ICAP server


@finds(down("icap"), "scanner")
def no_icap_server(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    yield healthy.with_parts(icap=IcapScanner(f"icap://{CLOSED_ADDRESS}/scan", MIB))


@finds({"icap: limits": FAIL}, "does not find the test virus in a zip", passes=zipped(eicar()))
@finds({"icap: limits": WARN}, "let it scan all types", skips=b"%PDF")
def icap_server(healthy: HealthyDeployment, body: bytes) -> Iterator[CheckContext]:
    passes, skips = (body, None) if body != b"%PDF" else (None, body)
    with scripted_icap(passes=passes, skips=skips) as url:
        yield healthy.with_parts(icap=IcapScanner(url, MIB))


@finds({"icap: connections": WARN}, "Lower SCAN_WORKERS")
def icap_server_for_one_client(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    with scripted_icap(connections=1) as url:
        yield healthy.with_parts(icap=IcapScanner(url, MIB))
