"""`POST /upload/chunk/` against `@uppy/companion`: the same signatures over HTTP, one process and 8 connections each.

Companion is installed from npm at the first run, in peers/companion. Neither side talks to storage while it signs.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import TypeVar

from bench.measure import Claim, Report, medians, take_turns
from devstack.app import Api, run_prepare
from devstack.child import Command
from devstack.part import Part
from devstack.ports import free_port, http_status
from devstack.swift import Swift

PEER = Path(__file__).parent / "peers" / "companion"
CONNECTIONS = 8
BATCH = 1000
CHUNK = 5 * 2**20
REQUESTS = {"longshore, batches": 64, "companion, batches": 8, "longshore, single": 1600, "companion, single": 400}
"""Requests of a round, over all connections."""
AnyPart = TypeVar("AnyPart", bound=Part)
Ask = Callable[[HTTPConnection], None]


class OneProcess(Api):
    """gunicorn with one process: a ratio is fair only against the same."""

    def argv(self) -> list[str]:
        return [word if not word.startswith("--workers") else "--workers=1" for word in super().argv()]


class Companion(Part):
    """Companion on a loopback port."""

    name = "companion"

    def __init__(self, data: Path, storage: dict[str, str]) -> None:
        super().__init__(data)
        self.port = free_port()
        self.storage = [storage[name] for name in ("S3_ENDPOINT_URL", "S3_ACCESS_KEY", "S3_SECRET_KEY")]

    def commands(self) -> list[Command]:
        argv = ["node", str(PEER / "server.mjs"), str(self.port), *self.storage]
        return [Command(self.name, argv, {"NODE_ENV": "production"}, cwd=PEER)]

    def is_ready(self) -> bool:
        return http_status(self.port, "/s3/multipart/an-id/1?key=file") == 200

    def describe(self) -> str:
        return "@uppy/companion"


def run() -> Report:
    if not (PEER / "node_modules").exists():
        subprocess.run(["npm", "ci", "--silent"], cwd=PEER, check=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="longshore-bench-")))
        swift = stack.enter_context(running(Swift(folder)))
        settings = {
            "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
            "REDIS_URL": "redis://127.0.0.1:9",
            "SECRET_KEY": "only-for-this-bench",
            "CLAMD_URL": "off",
            "CHUNK_SIZE": str(CHUNK),
            **swift.env(),
        }
        run_prepare(settings, folder)
        api = stack.enter_context(running(OneProcess(folder, settings)))
        companion = stack.enter_context(running(Companion(folder, swift.env())))
        upload_id = open_upload(api.port)
        rounds = take_turns(
            {
                "longshore, batches": load(api.port, "longshore, batches", ours(upload_id, BATCH)),
                "companion, batches": load(companion.port, "companion, batches", theirs(BATCH)),
                "longshore, single": load(api.port, "longshore, single", ours(upload_id, 1)),
                "companion, single": load(companion.port, "companion, single", theirs(1)),
            },
            rounds=5,
        )
    urls = {name: count * (BATCH if "batches" in name else 1) for name, count in REQUESTS.items()}
    rates = {name: [urls[name] / seconds for seconds in taken] for name, taken in rounds.items()}
    rate = medians(rates)
    batches = rate["longshore, batches"] / rate["companion, batches"]
    single = rate["longshore, single"] / rate["companion, single"]
    return Report(
        name="signing_api",
        unit="URLs a second",
        medians=rate,
        rounds=rates,
        claims=[
            Claim(f"Companion's rate in batches of {BATCH}", batches, 30),
            Claim("Companion's rate one by one", single, 4),
        ],
    )


@contextmanager
def running(part: AnyPart) -> Iterator[AnyPart]:
    part.start()
    try:
        yield part
    finally:
        part.stop()


def open_upload(port: int) -> str:
    """An upload of a thousand chunks."""
    connection = HTTPConnection("127.0.0.1", port)
    body = json.dumps({"size": BATCH * CHUNK})
    connection.request("POST", "/api/v1/file/upload/init/", body, {"Content-Type": "application/json"})
    upload_id: str = json.load(connection.getresponse())["data"]["upload_id"]
    connection.close()
    return upload_id


def ours(upload_id: str, count: int) -> Ask:
    body = json.dumps({"upload_id": upload_id, "chunks": [{"chunk_index": index} for index in range(count)]})
    return lambda connection: ask(connection, "POST", "/api/v1/file/upload/chunk/", body)


def theirs(count: int) -> Ask:
    numbers = ",".join(str(number) for number in range(1, count + 1))
    path = f"batch?key=file&partNumbers={numbers}" if count > 1 else "1?key=file"
    return lambda connection: ask(connection, "GET", f"/s3/multipart/an-upload-id/{path}", None)


def ask(connection: HTTPConnection, method: str, path: str, body: str | None) -> None:
    """One request on a connection that stays open. Raises AssertionError for anything but a 200."""
    connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise AssertionError(f"{path[:60]} answered {answer.status}")


def load(port: int, name: str, one: Ask) -> Callable[[], None]:
    """A round: the contestant's requests, shared out among the connections."""

    def work(failures: list[BaseException]) -> None:
        connection = HTTPConnection("127.0.0.1", port)
        try:
            for _ in range(REQUESTS[name] // CONNECTIONS):
                one(connection)
        except (AssertionError, OSError) as error:
            failures.append(error)
        finally:
            connection.close()

    def run() -> None:
        failures: list[BaseException] = []
        threads = [threading.Thread(target=work, args=(failures,)) for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]

    return run
