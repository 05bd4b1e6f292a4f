"""What can be broken inside: settings, the provider's keys, the database, Redis, those who work, clamd."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from rq.job import Job
from rq.serializers import JSONSerializer
from rq.utils import utcformat
from sqlalchemy import text

from longshore.doctor.finding import FAIL, WARN, Ground
from longshore.doctor.work import LAST_SWEEP
from service.db.session import Database
from service.deps import utc_now
from service.queue import JobQueue, connect
from service.scanner import ClamdScanner
from service.tally import KEY as TALLY
from tests.doctor.faults import down, finds
from tests.doctor.well import Well
from tests.live.clamds import running
from tests.live.client import MIB

NOBODY = "127.0.0.1:9"
NOT_LOCAL = "0.0.0.0"
"""An address of this machine that does not look like one."""


SAMPLE = {
    "s3_secret_key": "change-me-storage-secret",
    "secret_key": "change-me-0123456789abcdef",
    "jwt_secret": "change-me-change-me-change-me-32",
    "metrics_token": "change-me-metrics-token",
    "database_url": "mysql+pymysql://longshore:change-me@db/longshore",
}


@finds({"settings: secrets": FAIL}, "Set each to one of its own", **{name: (name,) for name in SAMPLE})
def a_sample_secret(well: Well, names: tuple[str]) -> Iterator[Ground]:
    yield well.with_settings(**{name: SAMPLE[name] for name in names})


@finds({"settings: secrets": FAIL}, "Set each to one of its own")
def a_sample_password_of_redis(well: Well) -> Iterator[Ground]:
    """One that Redis has."""
    password = "change-me-redis"
    well.redis.acl_setuser("sample", enabled=True, passwords=[f"+{password}"], keys=["*"], categories=["+@all"])
    try:
        yield well.with_settings(redis_url=as_user(well, f"sample:{password}"))
    finally:
        well.redis.acl_deluser("sample")


@finds({"settings: scanning": WARN}, "Set CLAMD_URL")
def scanning_is_off(well: Well) -> Iterator[Ground]:
    yield well.with_settings(clamd_url="off")


@finds({"settings: metrics": WARN}, "Set METRICS_TOKEN")
def metrics_without_a_token(well: Well) -> Iterator[Ground]:
    yield well.with_settings(metrics_token="")


@finds({"settings: login": WARN}, "LOGIN=on")
def login_is_off(well: Well) -> Iterator[Ground]:
    yield well.with_settings(login="off")


@finds({"settings: addresses": FAIL}, "Set TRUSTED_PROXIES")
def a_proxy_that_nobody_trusts(well: Well) -> Iterator[Ground]:
    yield well.with_settings(trusted_proxies=0)


# the identity provider


@finds({"tokens: keys": FAIL}, "JWT_JWKS_URL is the provider's jwks_uri")
def a_provider_that_does_not_answer(well: Well) -> Iterator[Ground]:
    yield well.with_settings(jwt_jwks_url=f"http://{NOBODY}/jwks.json")


@finds(
    {"tokens: keys": FAIL},
    "JWT_JWKS_URL is the provider's jwks_uri",
    an_error=(500, b"{}"),
    a_page=(200, b"<html>"),
    a_list=(200, b"[]"),
    none=(200, b'{"keys": []}'),
)
def a_provider_without_keys(well: Well, answer: tuple[int, bytes]) -> Iterator[Ground]:
    yield from published(well, *answer)


SECRET = {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0", "kid": "shared", "alg": "HS256"}


@finds({"tokens: keys": FAIL}, "RS256")
def keys_that_are_not_for_signatures_of_others(well: Well) -> Iterator[Ground]:
    yield from published(well, 200, json.dumps({"keys": [SECRET]}).encode())


def published(well: Well, status: int, body: bytes) -> Iterator[Ground]:
    well.provider.answer = status, body
    try:
        yield well.ground
    finally:
        well.provider.answer = None


@finds({"tokens: encryption": WARN}, "Set JWT_JWKS_URL to https://")
def keys_in_the_clear(well: Well) -> Iterator[Ground]:
    yield well.with_settings(jwt_jwks_url=well.provider.url.replace("127.0.0.1", NOT_LOCAL))


# the database


@finds(down("database"), "database")
def no_database(well: Well) -> Iterator[Ground]:
    yield well.with_parts(db=Database(f"mysql+pymysql://user:password@{NOBODY}/longshore"))


@finds({"database: migrations": FAIL, "public API: health": FAIL}, "python -m jobs.prepare")
def a_migration_is_missing(well: Well) -> Iterator[Ground]:
    """The API says so too."""
    yield from said(
        well, "UPDATE alembic_version SET version_num = '0001'", "UPDATE alembic_version SET version_num = "
    )


@finds({"database: character set": FAIL}, "CHARACTER SET utf8mb4")
def a_narrow_character_set(well: Well) -> Iterator[Ground]:
    yield from said(well, "ALTER DATABASE CHARACTER SET latin1", "ALTER DATABASE CHARACTER SET utf8mb4")


def said(well: Well, statement: str, undone: str) -> Iterator[Ground]:
    database = well.ground.deps.db
    with database.write() as session:
        before = session.scalar(text("SELECT version_num FROM alembic_version"))
        session.execute(text(statement))
    database.engine.dispose()  # a connection remembers its character set
    try:
        yield well.ground
    finally:
        with database.write() as session:
            session.execute(text(undone if "DATABASE" in undone else f"{undone}'{before}'"))
        database.engine.dispose()


@finds({"database: isolation": FAIL}, "Leave the isolation to the service")
def another_isolation(well: Well) -> Iterator[Ground]:
    database = Database(well.ground.deps.settings.database_url)
    database.engine = database.engine.execution_options(isolation_level="REPEATABLE READ")
    yield well.with_parts(db=database)
    database.engine.dispose()


# Redis


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


@finds({"redis: password": WARN}, "Set requirepass")
def redis_is_open(well: Well) -> Iterator[Ground]:
    yield well.with_settings(redis_url=well.ground.deps.settings.redis_url.replace("127.0.0.1", NOT_LOCAL))


@finds({"redis: rate limits": FAIL}, "+@scripting")
def redis_runs_no_scripts(well: Well) -> Iterator[Ground]:
    rights = ["+@all", "-@scripting"]
    well.redis.acl_setuser("poor", enabled=True, passwords=["+4711-4711"], keys=["*"], categories=rights)
    try:
        yield well.with_settings(redis_url=as_user(well, "poor:4711-4711"))
    finally:
        well.redis.acl_deluser("poor")


def as_user(well: Well, who: str) -> str:
    return well.ground.deps.settings.redis_url.replace("redis://", f"redis://{who}@")


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
