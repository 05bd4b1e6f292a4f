"""Measure the most frequent calls with ten million files on MariaDB: get, status, sign and list; and rare work.

Two databases of one server, with 1,000 and with 10,000,000 files, a service of one process on each; the same requests,
one after another, in turn. The rare work is a scrape of /metrics, a sweep with nothing to do, and one that counts the
stored bytes.

    python -m tools.bench.rows --files 1000000     with fewer files
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median, quantiles

from sqlalchemy import delete

from service.db.models import Fact
from service.deps import Deps, build_deps, utc_now
from service.domain.upkeep.observations import KEPT
from service.domain.upkeep.storage_usage import SLICE, SLICES, STORED_BYTES
from service.domain.upkeep.sweep import sweep
from service.settings import Settings
from tools.bench.rig.many_rows import FILES_OF_A_USER, fill, numbered, open_uploads
from tools.bench.rig.measure import Claim, Report
from tools.bench.rig.raw_client import latencies, request_bytes
from tools.bench.rig.rig import UPLOAD_KEY, Rig, rig, trust_storage
from tools.stack.servers.mariadb import MariaDb
from tools.stack.servers.redis import Redis
from tools.stack.servers.sql_server import DATABASE

FEW, MANY = 1_000, 10_000_000
PAGE = 50
ROUNDS = 7
REQUESTS = 300
"""Of each kind in a round, each for another file."""
RARE_ROUNDS = 5
BUFFER_POOL = "8G"
"""A third of what ten million files need with their indexes: the rest is read from the disk."""
GOAL = 1.3


def run() -> Report:
    return measured(MANY)


def measured(many: int) -> Report:
    """Compare FEW files with `many`."""
    with rig() as parts:
        server = parts.run(MariaDb(parts.folder, buffer_pool=BUFFER_POOL))
        redis = parts.run(Redis(parts.folder))
        ports = {count: service_on(parts, server, redis, count) for count in (FEW, many)}
        taken: dict[str, dict[int, list[list[float]]]] = {name: {FEW: [], many: []} for name in KINDS}
        for number in range(ROUNDS + 1):
            for name, (request_for, rows) in KINDS.items():
                for count, port in ports.items():
                    chosen = random.Random(number).choices(range(rows(count)), k=REQUESTS)  # noqa: S311 - no secret
                    seconds = latencies(port, [request_for(at) for at in chosen])
                    if number:  # the first round is to warm up
                        taken[name][count].append(seconds)
        rare = {count: rare_work(parts, server, redis, count, port) for count, port in ports.items()}
        disk = bytes_of_a_file(server, many)
    return report_of(many, taken, rare, disk)


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
        taken["counting stored bytes"].append(seconds_of(lambda: count_all(deps, count)))
        taken["idle sweep"].append(seconds_of(lambda: sweep(deps)))
        time.sleep(KEPT.total_seconds())  # a process keeps its observations for so long
    return {name: [each * 1e3 for each in seconds] for name, seconds in taken.items()}


def count_all(deps: Deps, files: int) -> None:
    """Sweep until all files are counted: a sweep counts some of them, and the last one finds no more."""
    for _ in range(files // (SLICE * SLICES) + 1):
        sweep(deps)


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
    of_files = count / (count + open_uploads(count))
    files, uploads = sizes["files"], [each * of_files for each in sizes["uploads"]]
    rows, entries = (sum(both) for both in zip(files, uploads, strict=True))
    return {"bytes of a file's rows": rows, "bytes of their index entries": entries}


def report_of(
    most: int,
    taken: dict[str, dict[int, list[list[float]]]],
    rare: dict[int, dict[str, list[float]]],
    disk: dict[str, float],
) -> Report:
    claims, medians, rounds = [], dict(disk), {}
    for count, done in rare.items():
        for name, milliseconds in done.items():
            medians[f"{name} {count:,}"], rounds[f"{name} {count:,}"] = median(milliseconds), milliseconds
    ratio = medians[f"idle sweep {most:,}"] / medians[f"idle sweep {FEW:,}"]
    claims.append(Claim(f"an idle sweep with {most:,} files instead of {FEW:,}", ratio, GOAL, at_most=True))
    for name, by_count in taken.items():
        for what, percentile in {"p50": 49, "p99": 98}.items():
            of_rounds = {
                count: [quantiles(one, n=100)[percentile] * 1e3 for one in by_count[count]] for count in by_count
            }
            few, many = median(of_rounds[FEW]), median(of_rounds[most])
            claims.append(
                Claim(f"{name}: {what} with {most:,} files instead of {FEW:,}", many / few, GOAL, at_most=True)
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


KINDS: dict[str, tuple[Callable[[int], bytes], Callable[[int], int]]] = {
    "get": (get, int),
    "status": (status, int),
    "sign": (sign, open_uploads),
    "list": (list_files, int),
}
"""The requests, and from the number of files how many different ones there are."""


def service_on(parts: Rig, server: MariaDb, redis: Redis, count: int) -> int:
    """Start a service on a new database with `count` files; return its port."""
    name = f"{DATABASE}_{count}"
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
    settings = settings_on(parts, server, redis, count)
    # these files have no objects, which the service would request from storage
    api = parts.api(settings | UPLOAD_KEY, parts.folder / str(count))
    trust_storage(settings)
    fill(server, name, count, utc_now())
    return api.port


def settings_on(parts: Rig, server: MariaDb, redis: Redis, count: int) -> dict[str, str]:
    return parts.settings(DATABASE_URL=server.url(f"{DATABASE}_{count}"), **redis.env())


def main(arguments: Sequence[str]) -> None:
    """Print the figures of one run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=MANY)
    sys.stdout.write(f"{json.dumps(measured(parser.parse_args(arguments).files).medians, indent=1)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
