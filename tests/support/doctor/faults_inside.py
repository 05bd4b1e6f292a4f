"""Faults of settings, the identity provider's keys, and the database."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pymysql
from sqlalchemy import text

from service.admin.doctor.finding import FAIL, WARN, CheckContext
from service.db.session import Database
from tests.support.doctor.faults import down, finds
from tests.support.doctor.healthy_deployment import HealthyDeployment

CLOSED_ADDRESS = "127.0.0.1:9"
NOT_LOCAL = "0.0.0.0"
"""An address of this machine that does not look local."""


SAMPLE = {
    "s3_secret_key": "change-me-storage-secret",
    "s3_upload_secret_key": "change-me-upload-secret",
    "secret_key": "change-me-0123456789abcdef",
    "jwt_secret": "change-me-change-me-change-me-32",
    "metrics_token": "change-me-metrics-token",
    "database_url": "mysql+pymysql://longshore:change-me@db/longshore",
}


@finds({"settings: secrets": FAIL}, "Generate a secret for each", **{name: (name,) for name in SAMPLE})
def a_sample_secret(healthy: HealthyDeployment, names: tuple[str]) -> Iterator[CheckContext]:
    yield healthy.with_settings(**{name: SAMPLE[name] for name in names})


@finds({"settings: secrets": FAIL}, "Generate a secret for each")
def a_sample_password_of_redis(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    """A password that Redis has."""
    password = "change-me-redis"
    healthy.redis.acl_setuser("sample", enabled=True, passwords=[f"+{password}"], keys=["*"], categories=["+@all"])
    try:
        yield healthy.with_settings(redis_url=as_user(healthy, f"sample:{password}"))
    finally:
        healthy.redis.acl_deluser("sample")


@finds({"settings: scanning": WARN}, "Set CLAMD_URL")
def scanning_is_off(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    yield healthy.with_settings(clamd_url="off")


@finds({"settings: metrics": WARN}, "Set METRICS_TOKEN")
def metrics_without_a_token(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    yield healthy.with_settings(metrics_token="")


@finds({"settings: login": WARN}, "LOGIN=on")
def login_is_off(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    yield healthy.with_settings(login="off")


@finds({"settings: addresses": FAIL}, "Set TRUSTED_PROXIES")
def an_untrusted_proxy(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    yield healthy.with_settings(trusted_proxies=0)


# the identity provider


@finds({"tokens: keys": FAIL}, "JWT_JWKS_URL is the provider's jwks_uri")
def a_provider_that_does_not_answer(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    yield healthy.with_settings(jwt_jwks_url=f"http://{CLOSED_ADDRESS}/jwks.json")


@finds(
    {"tokens: keys": FAIL},
    "JWT_JWKS_URL is the provider's jwks_uri",
    an_error=(500, b"{}"),
    a_page=(200, b"<html>"),
    a_list=(200, b"[]"),
    none=(200, b'{"keys": []}'),
)
def a_provider_without_keys(healthy: HealthyDeployment, answer: tuple[int, bytes]) -> Iterator[CheckContext]:
    yield from published(healthy, *answer)


SECRET = {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0", "kid": "shared", "alg": "HS256"}


@finds({"tokens: keys": FAIL}, "RS256")
def keys_that_are_not_for_signatures_of_others(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    yield from published(healthy, 200, json.dumps({"keys": [SECRET]}).encode())


def published(healthy: HealthyDeployment, status: int, body: bytes) -> Iterator[CheckContext]:
    healthy.provider.answer = status, body
    try:
        yield healthy.context
    finally:
        healthy.provider.answer = None


@finds({"tokens: encryption": WARN}, "Set JWT_JWKS_URL to https://")
def unencrypted_keys(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    yield healthy.with_settings(jwt_jwks_url=healthy.provider.url.replace("127.0.0.1", NOT_LOCAL))


# the database


@finds(down("database"), "database")
def no_database(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    yield healthy.with_parts(db=Database(f"mysql+pymysql://user:password@{CLOSED_ADDRESS}/longshore"))


@finds({"database: migrations": FAIL, "public API: health": FAIL}, "python -m jobs.prepare")
def a_migration_is_missing(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    """The API also reports it."""
    yield from executed(
        healthy, "UPDATE alembic_version SET version_num = '0001'", "UPDATE alembic_version SET version_num = "
    )


@finds(
    {
        "database: writable": FAIL,
        "public API: health": WARN,
        "upload: checksums": FAIL,
        "upload: CORS": FAIL,
    },
    "Point DATABASE_URL at the primary",
)
def a_database_that_only_reads(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    """Make it read-only, as after a failover."""
    set_globally(healthy, "read_only=1")
    try:
        yield healthy.with_new_probe()
    finally:
        set_globally(healthy, "read_only=0")


def set_globally(healthy: HealthyDeployment, variable: str) -> None:
    """Only the server's root may do this, by its socket."""
    with healthy.context.deps.db.read() as session:
        socket = session.scalar(text("SELECT CONCAT(@@datadir, @@socket)"))
    with pymysql.connect(unix_socket=socket, user="root") as root, root.cursor() as cursor:
        cursor.execute(f"SET GLOBAL {variable}")


@finds({"database: character set": FAIL}, "CHARACTER SET utf8mb4")
def a_narrow_character_set(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    yield from executed(healthy, "ALTER DATABASE CHARACTER SET latin1", "ALTER DATABASE CHARACTER SET utf8mb4")


def executed(healthy: HealthyDeployment, statement: str, undone: str) -> Iterator[CheckContext]:
    database = healthy.context.deps.db
    with database.write() as session:
        before = session.scalar(text("SELECT version_num FROM alembic_version"))
        session.execute(text(statement))
    database.engine.dispose()  # a connection remembers its character set
    try:
        yield healthy.context
    finally:
        with database.write() as session:
            session.execute(text(undone if "DATABASE" in undone else f"{undone}'{before}'"))
        database.engine.dispose()


@finds({"database: isolation": FAIL}, "Leave the isolation to the service")
def another_isolation(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    database = Database(healthy.context.deps.settings.database_url)
    database.engine = database.engine.execution_options(isolation_level="REPEATABLE READ")
    yield healthy.with_parts(db=database)
    database.engine.dispose()


def as_user(healthy: HealthyDeployment, who: str) -> str:
    return f"redis://{who}@{healthy.context.deps.settings.redis_url.partition('@')[2]}"
