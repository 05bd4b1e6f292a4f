"""Measure the processor time of each step of an upload, in each part; docs/capacity.md has the conclusions.

Small files, one process of the service, eight connections, MariaDB, Redis, Swift, one worker, clamd with EICAR alone.
A core does a step 1 / (its seconds of processor time) times a second, however many cores there are.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import func, select

from service.db.models import File
from service.db.session import Database
from tools.api_calls import Caller, completion
from tools.bench.rig.measure import Report, medians
from tools.bench.rig.part_costs import processor_seconds
from tools.bench.rig.raw_client import request_bytes, responses
from tools.bench.rig.rig import Rig, rig
from tools.bench.upload import send_chunks
from tools.stack.processes.part import Part
from tools.stack.servers.app import Worker
from tools.stack.servers.clamd import Clamd
from tools.stack.servers.mariadb import MariaDb
from tools.stack.servers.redis import Redis

FILES = 300
"""Files of a round."""
ROUNDS = 5
SIZE = 64
"""Bytes of a file."""
CONNECTIONS = 8
LOOK_SECONDS = 0.02
"""Between two queries of how many scans are pending."""
API = "/api/v1/file"


class Installation:
    """All parts, each with one process that matters, and the processor time that each has used."""

    def __init__(self, parts: Rig) -> None:
        database, redis, clamd = (parts.run(each(parts.folder)) for each in (MariaDb, Redis, Clamd))
        env = parts.settings(**database.env(), **redis.env(), **clamd.env())
        self.api = parts.api(env)
        self.caller = Caller(self.api.url, CONNECTIONS)
        self.db = Database(env["DATABASE_URL"])
        self.worker = parts.run(Worker(parts.folder, env))
        self.parts: dict[str, Part] = {
            "service": self.api,
            "worker": self.worker,
            "database": database,
            "redis": redis,
            "storage": parts.storage,
            "clamd": clamd,
        }

    def used(self) -> dict[str, float]:
        """Return the seconds of processor time that each part has used so far."""
        return processor_seconds(self.parts)

    def ask(self, requests: list[bytes]) -> list[Any]:
        """Send these requests and return the data of the responses, in no order."""
        return [json.loads(body)["data"] for body in responses(self.api.port, requests, CONNECTIONS)]

    def scan_all(self) -> None:
        """Let the worker run until every queued file has its verdict."""
        self.worker.thaw()
        while self._due():
            time.sleep(LOOK_SECONDS)
        self.worker.freeze()

    def _due(self) -> int:
        with self.db.read() as session:
            query = select(func.count()).select_from(File).where(File.virus_scan_status.in_(("pending", "scanning")))
            return session.scalar(query) or 0


class Costs:
    """Milliseconds of processor time per file, and files a second, for each step and part."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self.rounds: dict[str, list[float]] = {}
        self.counts = False
        """False in the first round, which warms up."""

    @contextmanager
    def of(self, step: str, count: int = FILES) -> Iterator[None]:
        """Measure the block, which does a step `count` times."""
        before, start = self._installation.used(), time.perf_counter()
        yield
        seconds = time.perf_counter() - start
        after = self._installation.used()
        if not self.counts:
            return
        for part, used in after.items():
            self.rounds.setdefault(f"{step}: {part}, ms", []).append((used - before[part]) * 1e3 / count)
        self.rounds.setdefault(f"{step}: a second", []).append(count / seconds)


def run() -> Report:
    with rig() as parts:
        installation = Installation(parts)
        installation.worker.freeze()
        costs = Costs(installation)
        for number in range(ROUNDS + 1):
            costs.counts = number > 0
            one_round(installation, costs)
    return Report(
        name="capacity",
        unit="ms of processor time a file, files a second",
        medians=medians(costs.rounds),
        rounds=costs.rounds,
        claims=[],
    )


def one_round(installation: Installation, costs: Costs) -> None:
    """Run FILES small files from init to their deletion."""
    ask = installation.ask
    contents = [os.urandom(SIZE) for _ in range(FILES)]
    with costs.of("init"):
        opened = ask([post("upload/init/", {"filename": "small.bin", "size": SIZE})] * FILES)
    with costs.of("sign"):
        ask([post("upload/chunk/", {"upload_id": each["upload_id"], "chunk_index": 0}) for each in opened])
    with costs.of("the browser's PUT"):
        permissions = [each["chunks"][0] for each in opened]
        send_chunks(installation.caller, zip(permissions, contents, strict=True))
    with costs.of("complete"):
        made = ask([post("upload/complete/", completion(each["upload_id"], "small.bin", SIZE, 1)) for each in opened])
    with costs.of("scan"):
        installation.scan_all()
    ids = [each["id"] for each in made]
    reads: dict[str, Callable[[str], str]] = {
        "status": lambda file_id: f"{API}/status/{file_id}",
        "get": lambda file_id: f"{API}/get/{file_id}",
        "list of 50": lambda _: f"{API}/all?limit=50",
    }
    for step, path in reads.items():
        with costs.of(step):
            ask([request_bytes("GET", path(file_id)) for file_id in ids])
    with costs.of("delete"):
        ask([request_bytes("DELETE", f"{API}/{file_id}") for file_id in ids])


def post(path: str, body: dict[str, Any]) -> bytes:
    return request_bytes("POST", f"{API}/{path}", json.dumps(body).encode())
