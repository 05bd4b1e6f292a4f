"""Stores with other behavior (MinIO, R2, SeaweedFS, old Cephs), simulated by a proxy before a real store.

What each does is in docs/storage.md. All requests pass the proxy: prepare, API, worker, sweeps, and the parts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from jobs.prepare import prepare
from service.settings import Settings
from service.storage.client import ATTEMPTS, make_client
from service.storage.s3 import Storage
from tests.support.live.client import CHUNK, FILE, Client, random_bytes
from tests.support.live.crash_scene import Scene
from tests.support.live.stack import Stack
from tests.support.storage.faulty_proxy import (
    FaultyProxy,
    Forward,
    LostError,
    ProxiedRequest,
    Reply,
    Rule,
    harmful,
    is_completion,
    refusing,
)
from tools.stack.servers.app import Worker

BODY = random_bytes(2 * CHUNK + 1)
COMPLETE = f"{FILE}/upload/complete/"
PART = re.compile(rb"<Part>.*?</Part>", re.DOTALL)
SIZE = re.compile(rb"<Size>\d+</Size>")
STORED = re.compile(rb"(?<=<LastModified>).*?(?=</LastModified>)")
INITIATED = re.compile(rb"<Initiated>.*?</Initiated>")
LONG_AGO = b"2001-01-01T00:00:00.000Z"


class Behind(Stack):
    """The stack for a service that reaches storage through the proxy; the test itself reaches it directly."""

    def __init__(self, stack: Stack, client: Client, settings: Settings) -> None:
        storage = Storage(make_client(settings, settings.s3_endpoint_url))
        self.__dict__ |= stack.__dict__ | {"client": client, "settings": settings, "storage": storage}


@pytest.fixture(scope="module")
def proxy(one_stack: Stack) -> Iterator[FaultyProxy]:
    with harmful(one_stack.settings.s3_endpoint_url.removeprefix("http://")) as between:
        yield between


@pytest.fixture(scope="module")
def behind(one_stack: Stack, proxy: FaultyProxy) -> Iterator[Stack]:
    addresses = {"S3_ENDPOINT_URL": proxy.url, "S3_PUBLIC_ENDPOINT_URL": proxy.url}
    worker = Worker(one_stack.folder / "behind", one_stack.env | addresses)
    with (
        one_stack.without(one_stack.cron),
        one_stack.without(one_stack.worker),
        one_stack.second_api(**addresses) as client,
    ):
        worker.start()
        yield Behind(one_stack, client, Settings.from_env(one_stack.env | addresses))
        worker.stop()


@pytest.fixture
def scene(behind: Stack) -> Scene:
    return Scene(behind)


def minio() -> Rule:
    """No CORS for a bucket, no lifecycle rules for multipart uploads, and NoSuchUpload for a second completion."""
    completed: set[str] = set()

    def rule(request: ProxiedRequest, forward: Forward) -> Reply:
        if request.method == "PUT" and "cors" in request.query:
            return refusing(501, "NotImplemented")
        if request.method == "GET" and "lifecycle" in request.query:
            return refusing(404, "NoSuchLifecycleConfiguration")
        if not is_completion(request):
            return forward(request)
        if request.path in completed:
            return refusing(404, "NoSuchUpload")
        reply = forward(request)
        if reply.status == 200:
            completed.add(request.path)
        return reply

    return rule


def r2() -> Rule:
    """All parts but the last must have the same size
    (https://developers.cloudflare.com/r2/objects/multipart-objects/)."""
    sizes: dict[tuple[str, str], int] = {}

    def rule(request: ProxiedRequest, forward: Forward) -> Reply:
        upload = request.query.get("uploadId", "")
        if request.method == "PUT" and "partNumber" in request.query:
            sizes[upload, request.query["partNumber"]] = len(request.body)
        if is_completion(request):
            numbers = re.findall(r"<PartNumber>(\d+)</PartNumber>", request.body.decode())
            if len({sizes[upload, number] for number in numbers[:-1]}) > 1:
                return refusing(400, "InvalidPart")
        return forward(request)

    return rule


def old_ceph() -> Rule:
    """The answer to a completion has an empty ETag (Ceph before 18.2.4)."""

    def rule(request: ProxiedRequest, forward: Forward) -> Reply:
        reply = forward(request)
        if is_completion(request):
            emptied = re.sub(rb"<ETag>.*?</ETag>", b"<ETag></ETag>", reply.body)
            assert emptied != reply.body
            return reply._replace(body=emptied)
        return reply

    return rule


def forgetful() -> Rule:
    """The answer to a completion is lost, and a repeated one gets NoSuchUpload."""
    strict = minio()

    def rule(request: ProxiedRequest, forward: Forward) -> Reply:
        reply = strict(request, forward)
        if is_completion(request) and reply.status == 200:
            raise LostError
        return reply

    return rule


def seaweedfs() -> Rule:
    """A page of parts, here of three, begins with the part before it; a part that was sent again is in it twice.

    A deleted upload has a list without parts, and open uploads have no age.
    """
    listed: dict[str, list[bytes]] = {}

    def rule(request: ProxiedRequest, forward: Forward) -> Reply:
        reply = forward(request)
        if request.method == "GET" and "uploads" in request.query:
            return reply._replace(body=INITIATED.sub(b"", reply.body))
        if request.method != "GET" or "uploadId" not in request.query:
            return reply
        if reply.status == 404:
            return Reply(200, {}, b"<ListPartsResult><IsTruncated>false</IsTruncated></ListPartsResult>")
        after = int(request.query["part-number-marker"])
        parts = listed.setdefault(request.query["uploadId"], [])
        if not after:
            found = PART.findall(reply.body)
            older = [SIZE.sub(b"<Size>1</Size>", STORED.sub(LONG_AGO, part)) for part in found[:1]]
            parts[:] = found[:1] + older + found[1:]
        rest = [part for part in parts if number_of(part) >= after]
        page, ending = rest[:3], b"<IsTruncated>false</IsTruncated>"
        if len(rest) > 3:
            marker = number_of(page[-1])
            ending = b"<IsTruncated>true</IsTruncated><NextPartNumberMarker>%d</NextPartNumberMarker>" % marker
        return reply._replace(body=b"<ListPartsResult>" + ending + b"".join(page) + b"</ListPartsResult>")

    return rule


def number_of(part: bytes) -> int:
    return int(re.findall(rb"<PartNumber>(\d+)</PartNumber>", part)[0])


def at_first(answer: Reply, *, done: bool = False, times: int = ATTEMPTS) -> Rule:
    """The first completions get this answer, as often as the service tries; done: storage makes the object at once."""
    answers = [answer] * times

    def rule(request: ProxiedRequest, forward: Forward) -> Reply:
        if not is_completion(request) or not answers:
            return forward(request)
        if done and len(answers) == times:
            forward(request)
        return answers.pop()

    return rule


STORES: dict[str, Callable[[], Rule]] = {
    "MinIO": minio,
    "R2": r2,
    "an old Ceph": old_ceph,
    "SeaweedFS": seaweedfs,
    "an answer that is lost": forgetful,
}
SLOW_DOWN = refusing(503, "SlowDown")
ERROR_IN_200 = refusing(200, "InternalError")
PROXYS_404 = Reply(404, {"content-type": "text/plain"}, b"404 page not found")
EMPTY_200 = Reply(200, {})


def holds(scene: Scene, wish: dict[str, Any]) -> None:
    """Two completions return the file; it is scanned, and downloaded unchanged."""
    file = scene.client.complete(**wish)
    assert scene.client.complete(**wish)["id"] == file["id"]
    ready = scene.client.wait_ready(file["id"])
    assert scene.client.download(ready).content == BODY
    assert scene.client.complete(**wish)["virus_scan_status"] == "clean"
    scene.comes_to_rest(file["id"])


@pytest.mark.parametrize("name", STORES)
def test_a_file_is_uploaded_and_downloaded_on_each_store(scene: Scene, proxy: FaultyProxy, name: str) -> None:
    with proxy.doing(STORES[name]()):
        prepare(scene.stack.deps)
        holds(scene, scene.client.completion(scene.client.send(BODY), BODY))


@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("answer", [SLOW_DOWN, ERROR_IN_200, PROXYS_404, EMPTY_200])
def test_a_failed_completion_can_be_repeated(scene: Scene, proxy: FaultyProxy, answer: Reply, done: bool) -> None:
    times = 1 if answer is PROXYS_404 else ATTEMPTS  # boto3 repeats no 404
    with proxy.doing(at_first(answer, done=done, times=times)):
        wish = scene.client.completion(scene.client.send(BODY), BODY)
        refused = scene.client.request("POST", COMPLETE, json=wish)
        assert (refused.status_code, refused.json()["code"]) == (503, "storage_unavailable")
        scene.stack.let_time_pass()
        holds(scene, wish)


@pytest.mark.parametrize("who", ["the client", "the sweeper"])
@pytest.mark.parametrize("name", ["MinIO", "an old Ceph", "SeaweedFS"])
def test_an_upload_survives_a_crash_after_storage_has_completed(
    scene: Scene, proxy: FaultyProxy, name: str, who: str
) -> None:
    with proxy.doing(STORES[name]()):
        wish = scene.client.completion(scene.client.send(BODY), BODY)
        scene.api_dies("complete.storage_done", "POST", COMPLETE, json=wish)
        scene.stack.let_time_pass()
        if who == "the sweeper":
            scene.sweep_later()
        holds(scene, wish)


@pytest.mark.parametrize("name", ["MinIO", "SeaweedFS"])
def test_the_sweeper_aborts_uploads_without_a_lifecycle_rule(scene: Scene, proxy: FaultyProxy, name: str) -> None:
    with proxy.doing(STORES[name]()):
        scene.client.send(BODY)
        scene.let_uploads_expire()
        scene.sweep_later()
        scene.comes_to_rest()
