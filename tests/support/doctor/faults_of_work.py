"""What can be broken about Redis, those who work, and clamd."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from rq.job import Job
from rq.serializers import JSONSerializer
from rq.utils import utcformat

from service.admin.doctor.finding import FAIL, WARN, Ground
from service.admin.doctor.work import LAST_SWEEP
from service.deps import utc_now
from service.observability.counters import KEY as TALLY
from service.queue.jobs import JobQueue, connect
from service.scanner import ClamdScanner
from tests.support.doctor.faults import down, finds
from tests.support.doctor.faults_inside import NOBODY, NOT_LOCAL, as_user
from tests.support.doctor.healthy_deployment import Well
from tests.support.live.clamds import running
from tests.support.live.client import MIB


@finds(down("redis", "work"), "queue")
def no_redis(well: Well) -> Iterator[Ground]:
    url = f"redis://{NOBODY}"
    broken = well.with_parts(queue=JobQueue(connect(url)))
    yield broken


@finds({"redis: eviction": WARN}, "maxmemory-policy noeviction", all_keys="allkeys-lru", old_keys="volatile-ttl")
def redis_throws_away(well: Well, policy: str) -> Iterator[Ground]:
    well.redis.config_set("maxmemory-policy", policy)
    yield well.ground


@finds({"redis: persistence": WARN}, "Set appendonly yes", nothing="", snapshots="3600 1")
def redis_forgets(well: Well, save: str) -> Iterator[Ground]:
    well.redis.config_set("appendonly", "no")
    well.redis.config_set("save", save)
    yield well.ground
    well.redis.config_set("save", "")


@finds({"redis: eviction": WARN, "redis: persistence": WARN}, "+config|get")
def redis_tells_no_settings(well: Well) -> Iterator[Ground]:
    well.redis.acl_setuser(
        "quiet", enabled=True, passwords=["+4711-4711"], keys=["*"], categories=["+@all"], commands=["-config"]
    )
    try:
        yield well.with_settings(redis_url=as_user(well, "quiet:4711-4711"))
    finally:
        well.redis.acl_deluser("quiet")


@finds({"redis: password": WARN}, "Set requirepass")
def redis_is_open(well: Well) -> Iterator[Ground]:
    password = well.redis.config_get("requirepass")["requirepass"]
    well.redis.config_set("requirepass", "")
    try:
        address = well.ground.deps.settings.redis_url.partition("@")[2]
        yield well.with_settings(redis_url=f"redis://{address.replace('127.0.0.1', NOT_LOCAL)}")
    finally:
        well.redis.config_set("requirepass", password)


@finds({"redis: rate limits": FAIL}, "+evalsha")
def redis_runs_no_scripts(well: Well) -> Iterator[Ground]:
    rights = ["+@all", "-@scripting"]
    well.redis.acl_setuser("poor", enabled=True, passwords=["+4711-4711"], keys=["*"], categories=rights)
    try:
        yield well.with_settings(redis_url=as_user(well, "poor:4711-4711"))
    finally:
        well.redis.acl_deluser("poor")


# those who work


@finds({"work: workers": FAIL}, "Start python -m jobs.worker")
def no_worker(well: Well) -> Iterator[Ground]:
    well.worker.register_death()
    yield well.ground
    well.redis.delete(well.worker.key)
    well.worker.register_birth()


@finds({"work: workers": FAIL}, "Start python -m jobs.worker")
def a_worker_that_died_long_ago(well: Well) -> Iterator[Ground]:
    well.redis.hset(well.worker.key, "last_heartbeat", utcformat(utc_now() - timedelta(minutes=8)))
    yield well.ground
    well.worker.heartbeat()


@finds({"work: backlog": WARN}, "Start more workers")
def scans_that_wait_for_long(well: Well) -> Iterator[Ground]:
    well.ground.deps.queue.enqueue_scan("waiting", 5)
    job = Job.fetch("scan-waiting", well.redis, JSONSerializer)
    well.redis.hset(job.key, "enqueued_at", utcformat(utc_now() - timedelta(minutes=20)))
    yield well.ground
    job.delete()


@finds({"work: sweeper": FAIL}, "Start python -m jobs.cron", never=None, long_ago=timedelta(minutes=6))
def no_sweeper(well: Well, ago: timedelta | None) -> Iterator[Ground]:
    well.redis.delete(TALLY)
    if ago:
        well.ground.deps.tally.add({}, {LAST_SWEEP: (utc_now() - ago).timestamp()})
    yield well.ground


# clamd


@finds(down("scanner"), "scanner")
def no_clamd(well: Well) -> Iterator[Ground]:
    yield well.with_parts(scanner=ClamdScanner(f"tcp://{NOBODY}", MIB))


@finds({"scanner: limits": FAIL}, "AlertExceedsMax yes")
def clamd_passes_what_it_does_not_read(well: Well) -> Iterator[Ground]:
    yield from with_clamd(well, AlertExceedsMax="no")


@finds({"scanner: stream length": WARN}, "set StreamMaxLength")
def clamd_takes_less_than_we_send(well: Well) -> Iterator[Ground]:
    yield from with_clamd(well, StreamMaxLength=MIB)


def with_clamd(well: Well, **changes: Any) -> Iterator[Ground]:
    usual = well.clamd.port
    with running(well.ground.deps.settings.scan_max_size, **changes) as clamd:
        well.clamd.port = clamd.port
        try:
            scanner = ClamdScanner(well.clamd.url, clamd.max_size)  # the other one remembers what it was told
            yield well.with_parts(scanner=scanner)
        finally:
            well.clamd.port = usual


@finds({"scanner: signatures": FAIL}, "freshclam", old="ClamAV 1.4.3/27000/Fri Jan  2 03:04:05 2026")
@finds({"scanner: signatures": WARN}, "Let freshclam fetch", undated="ClamAV 1.4.3")
def signatures(well: Well, says: str) -> Iterator[Ground]:
    usual, well.clamd.says = well.clamd.says, says
    try:
        yield well.ground
    finally:
        well.clamd.says = usual
