"""Measure the most frequent calls with a million files on MariaDB: get, status, sign and list; and rare work.

Two databases of one server, with 1,000 and with 1,000,000 files, a service of one process on each; the same requests,
one after another, in turn. InnoDB's buffer pool has room for both, as on a server that is sized for its data. The rare
work is a scrape of /metrics, a sweep with nothing to do, and one that counts the stored bytes.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from hashlib import md5
from itertools import islice
from statistics import median, quantiles
from typing import Any

from sqlalchemy import delete, insert

from service.db.models import Fact, File, Upload, User
from service.db.session import Database
from service.deps import build_deps, utc_now
from service.domain.upkeep.observations import KEPT
from service.domain.upkeep.storage_usage import STORED_BYTES
from service.domain.upkeep.sweep import sweep
from service.settings import Settings
from service.values.states import UploadState, Verdict
from tools.bench.measure import Claim, Report
from tools.bench.raw_client import latencies, request_bytes
from tools.bench.rig import UPLOAD_KEY, Rig, rig, trust_storage
from tools.stack.servers.mariadb import MariaDb
from tools.stack.servers.redis import Redis
from tools.stack.servers.sql_server import DATABASE

FEW, MANY = 1_000, 1_000_000
FILES_OF_A_USER = 100
PAGE = 50
ROUNDS = 7
REQUESTS = 300
"""Of each kind in a round, each for another file."""
RARE_ROUNDS = 5
GOAL = 1.3


def numbered(kind: str, number: int) -> str:
    """Return the id that `fill` gives to a row."""
    text = md5(f"{kind}{number}".encode(), usedforsecurity=False).hexdigest()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def run() -> Report:
    with rig() as parts:
        server = parts.run(MariaDb(parts.folder, buffer_pool="3G"))
        redis = parts.run(Redis(parts.folder))
        ports = {count: service_on(parts, server, redis, count) for count in (FEW, MANY)}
        taken: dict[str, dict[int, list[list[float]]]] = {name: {FEW: [], MANY: []} for name in KINDS}
        for number in range(ROUNDS + 1):
            for name, request_for in KINDS.items():
                for count, port in ports.items():
                    chosen = random.Random(number).choices(range(count), k=REQUESTS)  # noqa: S311 - no secret
                    seconds = latencies(port, [request_for(at) for at in chosen])
                    if number:  # the first round is to warm up
                        taken[name][count].append(seconds)
        rare = {count: rare_work(parts, server, redis, count, port) for count, port in ports.items()}
        disk = bytes_of_a_file(server, MANY)
    return report_of(taken, rare, disk)


def rare_work(parts: Rig, server: MariaDb, redis: Redis, count: int, port: int) -> dict[str, list[float]]:
    """Measure the rare work, in milliseconds."""
    deps = build_deps(Settings.from_env(settings_on(parts, server, redis, count)))
    scrape = request_bytes("GET", "/metrics")
    taken: dict[str, list[float]] = {"scrape": [], "idle sweep": [], "counting stored bytes": []}
    for _ in range(RARE_ROUNDS):
        taken["scrape"] += latencies(port, [scrape])
        # without its row, the count is due
        with deps.db.write() as session:
            session.execute(delete(Fact).where(Fact.name == STORED_BYTES))
        # one sweep counts a million files, and the next one finds no more
        taken["counting stored bytes"].append(seconds_of(lambda: (sweep(deps), sweep(deps))))
        taken["idle sweep"].append(seconds_of(lambda: sweep(deps)))
        time.sleep(KEPT.total_seconds())  # a process keeps its observations for so long
    return {name: [each * 1e3 for each in seconds] for name, seconds in taken.items()}


def seconds_of(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def bytes_of_a_file(server: MariaDb, count: int) -> dict[str, float]:
    """Return the bytes on disk of a file and its upload: rows, and entries in the indexes besides the primary keys."""
    with server.connect(f"{DATABASE}_{count}") as connection, connection.cursor() as cursor:
        cursor.execute("ANALYZE TABLE files, uploads")
        cursor.execute(
            "SELECT table_name, data_length, index_length FROM information_schema.tables"
            " WHERE table_schema = DATABASE() AND table_name IN ('files', 'uploads')"
        )
        sizes = {name: (row / count, entries / count) for name, row, entries in cursor.fetchall()}
    # half of the uploads are open, without a file
    files, uploads = sizes["files"], [each / 2 for each in sizes["uploads"]]
    rows, entries = (sum(both) for both in zip(files, uploads, strict=True))
    return {"bytes of a file's rows": rows, "bytes of their index entries": entries}


def report_of(
    taken: dict[str, dict[int, list[list[float]]]], rare: dict[int, dict[str, list[float]]], disk: dict[str, float]
) -> Report:
    claims, medians, rounds = [], dict(disk), {}
    for count, done in rare.items():
        for name, milliseconds in done.items():
            medians[f"{name} {count:,}"], rounds[f"{name} {count:,}"] = median(milliseconds), milliseconds
    ratio = medians[f"idle sweep {MANY:,}"] / medians[f"idle sweep {FEW:,}"]
    claims.append(Claim(f"an idle sweep with {MANY:,} files instead of {FEW:,}", ratio, GOAL, at_most=True))
    for name, by_count in taken.items():
        for what, percentile in {"p50": 49, "p99": 98}.items():
            of_rounds = {
                count: [quantiles(one, n=100)[percentile] * 1e3 for one in by_count[count]] for count in by_count
            }
            few, many = median(of_rounds[FEW]), median(of_rounds[MANY])
            claims.append(
                Claim(f"{name}: {what} with {MANY:,} files instead of {FEW:,}", many / few, GOAL, at_most=True)
            )
            for count in by_count:
                label = f"{name} {what} {count:,}"
                medians[label], rounds[label] = median(of_rounds[count]), of_rounds[count]
    return Report(name="rows", unit="ms", medians=medians, rounds=rounds, claims=claims)


def get(number: int) -> bytes:
    return request_bytes("GET", f"/api/v1/file/get/{numbered('file', number)}")


def status(number: int) -> bytes:
    return request_bytes("GET", f"/api/v1/file/status/{numbered('file', number)}")


def sign(number: int) -> bytes:
    body = {"upload_id": numbered("open", number), "chunk_index": 0}
    return request_bytes("POST", "/api/v1/file/upload/chunk/", json.dumps(body).encode())


def list_files(number: int) -> bytes:
    user = numbered("user", number // FILES_OF_A_USER)
    return request_bytes("GET", f"/api/v1/file/all?user_id={user}&limit={PAGE}")


KINDS: dict[str, Callable[[int], bytes]] = {"get": get, "status": status, "sign": sign, "list": list_files}


def service_on(parts: Rig, server: MariaDb, redis: Redis, count: int) -> int:
    """Start a service on a new database with `count` files and as many open uploads; return its port."""
    name = f"{DATABASE}_{count}"
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
    settings = settings_on(parts, server, redis, count)
    # these files have no objects, which the service would request from storage
    api = parts.api(settings | UPLOAD_KEY, parts.folder / str(count))
    trust_storage(settings)
    fill(Database(server.url(name)), count)
    return api.port


def settings_on(parts: Rig, server: MariaDb, redis: Redis, count: int) -> dict[str, str]:
    return parts.settings(DATABASE_URL=server.url(f"{DATABASE}_{count}"), **redis.env())


def fill(db: Database, count: int) -> None:
    """Insert the rows of `count` files, FILES_OF_A_USER for each user, and of as many open uploads."""
    now = utc_now()
    rows(db, User, (user(at, now) for at in range(-(-count // FILES_OF_A_USER))))
    rows(db, Upload, (upload("upload", "file", UploadState.COMPLETED, at, now) for at in range(count)))
    rows(db, Upload, (upload("open", "none", UploadState.UPLOADING, at, now) for at in range(count)))
    rows(db, File, (file(at, now) for at in range(count)))


def rows(db: Database, model: type[Any], made: Iterator[dict[str, Any]]) -> None:
    """Insert rows, 5,000 in a transaction."""
    while some := list(islice(made, 5000)):
        with db.write() as session:
            session.execute(insert(model), some)


def user(number: int, now: datetime) -> dict[str, Any]:
    return {"id": numbered("user", number), "name": f"User {number}", "created_at": now}


def upload(kind: str, file_kind: str, state: UploadState, number: int, now: datetime) -> dict[str, Any]:
    return {
        "id": numbered(kind, number),
        "file_id": numbered(file_kind, number),
        "object_key": numbered(f"{kind} object", number),
        "storage_upload_id": "MDAwMDAwMDAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAw",
        "state": state,
        "filename": f"file {number}.bin",
        "content_type": "application/octet-stream",
        "size": 5,
        "chunk_size": 16 * 2**20,
        "created_at": now - timedelta(seconds=number),
        "expires_at": now + timedelta(days=1),
    }


def file(number: int, now: datetime) -> dict[str, Any]:
    return {
        "id": numbered("file", number),
        "upload_id": numbered("upload", number),
        "bucket": "longshore-public",
        "object_key": numbered("upload object", number),
        "filename": f"file {number}.bin",
        "content_type": "application/octet-stream",
        "size": 5,
        "total_chunks": 1,
        "etag": f'"{numbered("etag", number)}"',
        "user_id": numbered("user", number // FILES_OF_A_USER),
        "virus_scan_status": Verdict.CLEAN,
        "virus_scan_date": now,
        "scan_attempts": 1,
        "created_at": now - timedelta(seconds=number),
    }
