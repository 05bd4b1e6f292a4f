"""Measure the upload of 1 GiB in the whole flow, and its cost, against boto3's `upload_file` to the same storage.

Both send with ten connections and read the file from the page cache. Scanning is off: it comes after the upload.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

from tools.api_calls import Caller, RefusedError, completion
from tools.bench.rig.counting_proxy import CountingProxy
from tools.bench.rig.measure import Claim, Report, cpu_seconds, medians, take_turns
from tools.bench.rig.rig import Rig, rig

MIB = 2**20
GIB = 2**30
CONNECTIONS = 10
"""The number that boto3 uses."""
ROUNDS = 5
BATCH = 1000


class Flow:
    """A client that uploads as a browser does: init, PUTs in parallel, complete."""

    def __init__(self, api_url: str) -> None:
        self.api = Caller(api_url, CONNECTIONS)

    def upload(self, file: Path, **more: Any) -> str:
        """Upload a file and return its file_id. more: further fields of the completion."""
        size = file.stat().st_size
        opened = self.api.data("POST", "/upload/init/", {"filename": file.name, "size": size})
        chunks, total = opened["chunks"], opened["total_chunks"]
        for start in range(len(chunks), total, BATCH):
            wanted = [{"chunk_index": index} for index in range(start, min(start + BATCH, total))]
            body = {"upload_id": opened["upload_id"], "chunks": wanted}
            chunks += self.api.data("POST", "/upload/chunk/", body)["chunks"]
        with file.open("rb") as opened_file, mmap.mmap(opened_file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            whole = memoryview(content)
            lengths = opened["chunk_size"]
            jobs = [(chunk, whole[at * lengths : (at + 1) * lengths]) for at, chunk in enumerate(chunks)]
            try:
                send_chunks(self.api, jobs)
            finally:
                for _, view in jobs:
                    view.release()
                whole.release()
        body = completion(opened["upload_id"], file.name, size, total, **more)
        return str(self.api.data("POST", "/upload/complete/", body)["id"])

    def delete(self, file_id: str) -> None:
        """Delete a file again."""
        self.api.data("DELETE", f"/{file_id}")


def send_chunks(api: Caller, jobs: Iterable[tuple[dict[str, Any], Any]]) -> None:
    """Send signed chunks over CONNECTIONS connections in parallel. Raises RefusedError if storage refuses one."""
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        if not all(pool.map(lambda job: api.put(*job), jobs)):
            raise RefusedError("storage refused a chunk")


def run() -> Report:
    with rig() as parts, CountingProxy(parts.storage.numbers.proxy) as to_storage:
        file = parts.folder / "large.bin"
        write_random(file, GIB)
        own_way = f"http://127.0.0.1:{to_storage.port}"
        public = {"S3_PUBLIC_ENDPOINT_URL": parts.storage.env()["S3_ENDPOINT_URL"]}
        api = parts.api(parts.settings(**public, S3_ENDPOINT_URL=own_way))
        flow, costs = Flow(api.url), []

        def longshore() -> None:
            cpu, traffic = cpu_seconds(api.pids()), flow.api.traffic + to_storage.relayed
            file_id = flow.upload(file)
            costs.append((cpu_seconds(api.pids()) - cpu, flow.api.traffic + to_storage.relayed - traffic))
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
            # less than the smallest part: then no part of the file can be among these bytes
            Claim("that the service sent and received for 1 GiB, in all", traffic / MIB, 5, at_most=True, unit=" MiB"),
        ],
    )


def write_random(file: Path, size: int) -> None:
    """Write a file of `size` random bytes."""
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
        # without checksums, as ours has none here either
        config=Config(request_checksum_calculation="when_required", max_pool_connections=CONNECTIONS),
    )

    def upload() -> None:
        client.upload_file(str(file), "longshore-private", "by-boto3", Config=TransferConfig())
        client.delete_object(Bucket="longshore-private", Key="by-boto3")

    return upload
