"""A process is killed at the worst moment: its work is finished once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
from rq import Worker

from tests.support.live.client import CHUNK, cut, put, random_bytes
from tests.support.live.eventually import eventually
from tests.support.live.stack import Stack, frozen
from tests.support.matchers import AN_ETAG
from tools.stack.processes.parent_watch import members
from tools.stack.servers.app import run_prepare


@contextmanager
def scanning(stack: Stack) -> Iterator[str]:
    """Inside the block, the scan of the file with this id is running."""
    with frozen(stack.parts["clamd"]):
        file = stack.client.upload(b"hello")
        stack.client.wait_stage(file["id"], "scanning")
        yield file["id"]


def test_a_scan_finishes_after_the_worker_is_killed(one_stack: Stack) -> None:
    with scanning(one_stack) as file_id:
        one_stack.worker.kill()
    one_stack.let_pulses_stop()
    one_stack.worker.start()
    assert one_stack.hurried_stage(file_id) == "ready"
    assert one_stack.client.download(one_stack.client.get(file_id)).content == b"hello"


def test_a_scan_finishes_after_clamd_is_killed(one_stack: Stack) -> None:
    clamd = one_stack.parts["clamd"]
    with frozen(clamd):
        file = one_stack.client.upload(b"hello")
        one_stack.client.wait_stage(file["id"], "scanning")
        clamd.kill()
    one_stack.client.wait_stage(file["id"], "scan_failed")
    assert one_stack.client.get(file["id"])["download_url"] is None
    clamd.start()
    assert one_stack.hurried_stage(file["id"]) == "ready"
    assert one_stack.client.download(one_stack.client.get(file["id"])).content == b"hello"


def test_a_scan_finishes_after_redis_is_killed(one_stack: Stack) -> None:
    client = one_stack.client
    redis = one_stack.parts["redis"]
    with scanning(one_stack) as file_id:
        redis.kill()
    try:
        # the verdict does not need Redis
        assert client.download(client.wait_ready(file_id)).content == b"hello"
        one_stack.wait_sweeps(2)
    finally:
        redis.start()
    client.ready(b"the worker has not ended with Redis")


@pytest.mark.parametrize("how", ["retry", "sweeper"])
def test_a_job_that_a_killed_worker_had_taken_is_run(one_stack: Stack, how: str) -> None:
    client = one_stack.client
    wait_idle(one_stack)
    with frozen(one_stack.worker):
        file = client.upload(b"hello")
        # Redis has given the job to the worker, which will never start it
        eventually(one_stack.waiting_jobs, lambda waiting: f"scan-{file['id']}" not in waiting)
        one_stack.worker.kill()
    one_stack.let_pulses_stop()
    one_stack.worker.start()
    if how == "retry":
        assert client.retry(file_id=file["id"])["id"] == file["id"]
        client.wait_ready(file["id"])
    else:
        assert one_stack.hurried_stage(file["id"]) == "ready"
    assert client.download(client.get(file["id"])).content == b"hello"


@pytest.mark.parametrize("name", ["redis", "worker"])
def test_failed_scans_are_tried_again_after_a_kill(one_stack: Stack, name: str) -> None:
    wait_idle(one_stack)
    with {**one_stack.parts, "worker": one_stack.worker}[name].down():
        opened = one_stack.client.send(b"hello")
        # longer than the interval of any heartbeat
        one_stack.wait_sweeps(3)
    with one_stack.parts["clamd"].down():
        file = one_stack.client.complete(**one_stack.client.completion(opened, b"hello"))
        eventually(lambda: one_stack.failed_job(file["id"]))
    assert one_stack.hurried_stage(file["id"]) == "ready"
    assert one_stack.client.download(one_stack.client.get(file["id"])).content == b"hello"


def wait_idle(stack: Stack) -> None:
    """Returns when the worker has done all and waits for the next job."""
    stack.client.ready(b"the last one")
    pids = members(stack.worker.children[0].pid)
    eventually(
        lambda: [worker.get_state() for worker in Worker.all(connection=stack.redis) if worker.pid in pids],
        lambda states: "idle" in states,
    )


def test_an_upload_continues_after_the_api_is_killed(one_stack: Stack) -> None:
    client = one_stack.client
    body = random_bytes(CHUNK + 1)
    opened = client.init(size=len(body))
    with one_stack.api.down():
        # the bytes do not pass through the API
        assert put(opened["chunks"][0], body[:CHUNK]).status_code == 200
    resumed = client.retry(upload_id=opened["upload_id"])
    assert resumed["missing"] == [1]
    assert put(resumed["chunks"][0], body[CHUNK:]).status_code == 200
    client.complete(**client.completion(opened, body))
    assert client.download(client.wait_ready(opened["file_id"])).content == body


def test_an_upload_continues_after_storage_is_killed(stack: Stack) -> None:
    client = stack.client
    body = random_bytes(2 * CHUNK + 1)
    opened = client.init(size=len(body))
    chunks = opened["chunks"]
    assert [put(chunks[at], cut(body, CHUNK, at)).status_code for at in (0, 2)] == [200, 200]
    with stack.parts["storage"].down(), pytest.raises(requests.ConnectionError):
        put(chunks[1], cut(body, CHUNK, 1))
    resumed = client.retry(upload_id=opened["upload_id"])
    assert resumed["uploaded"] == [
        {"chunk_index": at, "size": len(cut(body, CHUNK, at)), "etag": AN_ETAG, "checksum": None} for at in (0, 2)
    ]
    assert resumed["missing"] == [1]
    assert put(chunks[1], cut(body, CHUNK, 1)).status_code == 200
    client.complete(**client.completion(opened, body))
    assert client.download(client.wait_ready(opened["file_id"])).content == body


def test_a_second_prepare_changes_nothing(stack: Stack) -> None:
    file = stack.client.ready(b"hello")
    run_prepare(stack.env, stack.folder / "logs")
    assert stack.client.download(stack.client.get(file["id"])).content == b"hello"
