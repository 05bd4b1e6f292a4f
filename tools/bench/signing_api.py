"""Measure `POST /upload/chunk/` against `@uppy/companion`: signatures over HTTP, one process and 8 connections each.

Companion is installed from npm at the first run, in peers/companion. Neither side calls storage while it signs.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from tools.api_calls import Caller
from tools.bench.rig.measure import Claim, Report, medians, take_turns
from tools.bench.rig.raw_client import drive, request_bytes
from tools.bench.rig.rig import BareFlask, rig
from tools.stack.processes.child import Command
from tools.stack.processes.part import Part
from tools.stack.processes.ports import free_port, http_status

PEER = Path(__file__).parent / "peers" / "companion"
CONNECTIONS = 8
BATCH = 1000
CHUNK = 5 * 2**20
REQUESTS = {
    "longshore, batches": 128,
    "companion, batches": 8,
    "longshore, single": 2000,
    "companion, single": 600,
    "bare flask": 4000,
}
"""Requests of a round, over all connections: one or two seconds each."""


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
    with rig() as parts:
        api = parts.api(parts.settings(CHUNK_SIZE=str(CHUNK)))
        companion = parts.run(Companion(parts.folder, parts.storage.env()))
        bare = parts.run(BareFlask(parts.folder, {}))
        upload_id = open_upload(api.url, BATCH)
        requests = {
            "longshore, batches": (api.port, ours(upload_id, BATCH)),
            "companion, batches": (companion.port, theirs(BATCH)),
            "longshore, single": (api.port, ours(upload_id, 1)),
            "companion, single": (companion.port, theirs(1)),
            "bare flask": (bare.port, request_bytes("POST", "/", b"x" * 80)),
        }
        rounds = take_turns({name: load(name, *request) for name, request in requests.items()}, rounds=5)
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
            Claim("Companion's rate one by one", single, 3),
            Claim("of the rate of an idle view one by one", rate["longshore, single"] / rate["bare flask"], 0.7),
        ],
        notes=[f"a view that does nothing: {rate['bare flask'] / rate['companion, single']:.2f}× Companion's rate"],
    )


def open_upload(api_url: str, chunks: int) -> str:
    """Open an upload of `chunks` chunks and return its upload_id."""
    return str(Caller(api_url).data("POST", "/upload/init/", {"size": chunks * CHUNK})["upload_id"])


def ours(upload_id: str, count: int) -> bytes:
    """Return our request for the first `count` chunks."""
    body = json.dumps({"upload_id": upload_id, "chunks": [{"chunk_index": index} for index in range(count)]})
    return request_bytes("POST", "/api/v1/file/upload/chunk/", body.encode())


def theirs(count: int) -> bytes:
    """Return Companion's request for the first `count` parts."""
    numbers = ",".join(str(number) for number in range(1, count + 1))
    path = f"batch?key=file&partNumbers={numbers}" if count > 1 else "1?key=file"
    return request_bytes("GET", f"/s3/multipart/an-upload-id/{path}")


def load(name: str, port: int, request: bytes) -> Callable[[], None]:
    """Return a round of a contestant."""
    return lambda: drive(port, request, REQUESTS[name], CONNECTIONS)
