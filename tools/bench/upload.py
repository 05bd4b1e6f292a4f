"""Uploading 1 GiB through the whole flow against boto3's `upload_file`, to the same storage, and its cost.

Both send with ten connections and read the file from the page cache. Scanning is off: it comes after the upload.
"""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

from tools.bench.counting_proxy import CountingProxy
from tools.bench.measure import Claim, Report, cpu_seconds, medians, take_turns
from tools.bench.rig import Rig, rig

MIB = 2**20
GIB = 2**30
CONNECTIONS = 10
"""boto3's own number."""
ROUNDS = 5
BATCH = 1000


class Flow:
    """A client of the service that does what a browser does: init, PUTs in parallel, complete.

    traffic: bytes of the bodies that went to the API and came from it.
    """

    def __init__(self, api_port: int) -> None:
        self._port = api_port
        self.traffic = 0

    def upload(self, file: Path) -> str:
        """Upload a file; returns its file_id."""
        size = file.stat().st_size
        opened = self._call("init/", {"filename": file.name, "size": size})
        chunks = opened["chunks"]
        for start in range(len(chunks), opened["total_chunks"], BATCH):
            wanted = range(start, min(start + BATCH, opened["total_chunks"]))
            body = {"upload_id": opened["upload_id"], "chunks": [{"chunk_index": index} for index in wanted]}
            chunks += self._call("chunk/", body)["chunks"]
        with file.open("rb") as opened_file, mmap.mmap(opened_file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            whole = memoryview(content)
            lengths = opened["chunk_size"]
            jobs = [(chunk, whole[at * lengths : (at + 1) * lengths]) for at, chunk in enumerate(chunks)]
            try:
                send_chunks(jobs)
            finally:
                for _, view in jobs:
                    view.release()
                whole.release()
        answer = self._call(
            "complete/",
            {
                "upload_id": opened["upload_id"],
                "total_chunks": opened["total_chunks"],
                "total_size": size,
                "filename": file.name,
                "content_type": "application/octet-stream",
            },
        )
        return str(answer["id"])

    def delete(self, file_id: str) -> None:
        """Delete a file again."""
        self._ask("DELETE", f"/api/v1/file/{file_id}", b"")

    def _call(self, what: str, body: dict[str, Any]) -> Any:
        return json.loads(self._ask("POST", f"/api/v1/file/upload/{what}", json.dumps(body).encode()))["data"]

    def _ask(self, method: str, path: str, body: bytes) -> bytes:
        # a connection for each call: the server closes one that has waited while the chunks were sent
        with closing(HTTPConnection("127.0.0.1", self._port)) as api:
            api.request(method, path, body, {"Content-Type": "application/json"})
            answer = api.getresponse()
            read = answer.read()
        if answer.status != 200:
            raise AssertionError(read[:500].decode(errors="replace"))
        self.traffic += len(body) + len(read)
        return read


def send_chunks(jobs: list[tuple[dict[str, Any], memoryview]]) -> None:
    """PUT signed chunks over CONNECTIONS connections at once. Raises AssertionError for any answer but a 200."""
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(_send_all, [jobs[lane::CONNECTIONS] for lane in range(CONNECTIONS)]))


def _send_all(jobs: list[tuple[dict[str, Any], memoryview]]) -> None:
    """PUT chunks one after another over a connection of their own."""
    connection: HTTPConnection | None = None
    for chunk, body in jobs:
        url = urlsplit(chunk["url"])
        connection = connection or HTTPConnection(url.hostname or "", url.port)
        connection.request("PUT", f"{url.path}?{url.query}", body, chunk["headers"])
        answer = connection.getresponse()
        if answer.status != 200:
            raise AssertionError(answer.read()[:500].decode(errors="replace"))
        answer.read()
    if connection:
        connection.close()


def run() -> Report:
    with rig() as parts, CountingProxy(parts.storage.numbers.proxy) as to_storage:
        file = parts.folder / "cargo.bin"
        write_random(file, GIB)
        own_way = f"http://127.0.0.1:{to_storage.port}"
        public = {"S3_PUBLIC_ENDPOINT_URL": parts.storage.env()["S3_ENDPOINT_URL"]}
        api = parts.api(parts.settings(**public, S3_ENDPOINT_URL=own_way))
        flow, costs = Flow(api.port), []

        def longshore() -> None:
            cpu, traffic = cpu_seconds(api.pids()), flow.traffic + to_storage.relayed
            file_id = flow.upload(file)
            costs.append((cpu_seconds(api.pids()) - cpu, flow.traffic + to_storage.relayed - traffic))
            flow.delete(file_id)

        rounds = take_turns({"longshore": longshore, "boto3": _boto3(parts, file)}, rounds=ROUNDS)
    seconds = medians(rounds)
    cpu, traffic = (median(cost) for cost in zip(*costs[1:], strict=True))
    return Report(
        name="upload",
        unit="seconds for 1 GiB",
        medians=seconds | {"the service's processor": cpu},
        rounds=rounds,
        claims=[
            Claim("boto3 upload_file's time", seconds["longshore"] / seconds["boto3"], 1.05, at_most=True),
            Claim("of the service's processor for 1 GiB", cpu, 0.1, at_most=True, unit=" s"),
            # the smallest part: less than that, and no byte of the file can have been among it
            Claim("that the service sent and received for 1 GiB, in all", traffic / MIB, 5, at_most=True, unit=" MiB"),
        ],
    )


def write_random(file: Path, size: int) -> None:
    """A file of `size` random bytes."""
    with file.open("wb") as out:
        for _ in range(size // MIB):
            out.write(os.urandom(MIB))


def _boto3(parts: Rig, file: Path) -> Callable[[], None]:
    env = parts.storage.env()
    client = boto3.session.Session().client(
        "s3",
        endpoint_url=env["S3_ENDPOINT_URL"],
        region_name=env["S3_REGION"],
        aws_access_key_id=env["S3_ACCESS_KEY"],
        aws_secret_access_key=env["S3_SECRET_KEY"],
        # without the checksums that it adds otherwise: ours has none here either
        config=Config(request_checksum_calculation="when_required", max_pool_connections=CONNECTIONS),
    )

    def upload() -> None:
        client.upload_file(str(file), "longshore-private", "by-boto3", Config=TransferConfig())
        client.delete_object(Bucket="longshore-private", Key="by-boto3")

    return upload
