"""Storage, Redis, the database or clamd is killed: the documented answer, nothing lost, and it continues afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from requests import Response

from service.db.models import File, Upload
from tests.support.live.client import CHUNK, FILE, Client, random_bytes
from tests.support.live.eventually import eventually
from tests.support.live.stack import Stack
from tests.support.matchers import Like, failure
from tools.stack.servers.clamd import eicar

OK = "ok"
SMALL = b"by one PUT"
ALL_OK = dict.fromkeys(
    (
        *("init", "init of one part", "chunk", "complete", "complete of one part", "get", "status", "retry"),
        *("abort", "delete", "list", "user", "scanner", "ready"),
    ),
    OK,
)
ASK_STORAGE = ("init", "complete", "complete of one part", "get", "status", "retry")
"""Endpoints that call storage: `get` too, as the attacks on this storage were not tried."""
NO_STORAGE = dict.fromkeys(ASK_STORAGE, "storage_unavailable")
NO_DATABASE = dict.fromkeys(ALL_OK, "database_unavailable")
ANSWERS = {
    "storage": ALL_OK | NO_STORAGE | {"ready": "not_ready"},
    "redis": ALL_OK,
    "database": NO_DATABASE | {"scanner": OK, "ready": "not_ready"},
    "clamd": ALL_OK | {"scanner": "scanner_unavailable"},
}
"""The response of each endpoint while a dependency is down; all others are as usual."""
HEALTH_NAMES = {"storage": "storage", "redis": "redis", "database": "database", "clamd": "scanner"}


@dataclass
class Payload:
    """The data from before an outage."""

    body: bytes
    small: dict[str, Any]
    open: dict[str, Any]
    sent: dict[str, Any]
    doomed: dict[str, Any]
    file: dict[str, Any]
    old: dict[str, Any]


def load(client: Client) -> Payload:
    body = random_bytes(CHUNK + 1000)
    return Payload(
        body=body,
        small=client.send(SMALL),
        open=client.init(size=len(body)),
        sent=client.send(body),
        doomed=client.send(body),
        file=client.ready(body),
        old=client.ready(body),
    )


def ask_all(client: Client, payload: Payload) -> dict[str, Response]:
    """One request to each endpoint; requests that change something do not change the same object."""
    open_id = payload.open["upload_id"]
    return {
        "init": client.post("/upload/init/", {"size": len(payload.body)}),
        "init of one part": client.post("/upload/init/", {"size": len(SMALL)}),
        "chunk": client.post("/upload/chunk/", {"upload_id": open_id, "chunk_index": 0}),
        "complete": client.post("/upload/complete/", client.completion(payload.sent, payload.body)),
        "complete of one part": client.post("/upload/complete/", client.completion(payload.small, SMALL)),
        "get": client.request("GET", f"{FILE}/get/{payload.file['id']}"),
        "status": client.request("GET", f"{FILE}/status/{payload.open['file_id']}"),
        "retry": client.post("/upload/retry", {"upload_id": open_id}),
        "abort": client.request("DELETE", f"{FILE}/upload/{payload.doomed['upload_id']}"),
        "delete": client.request("DELETE", f"{FILE}/{payload.old['id']}"),
        "list": client.request("GET", f"{FILE}/all?limit=1"),
        "user": client.request("POST", "/api/v1/users/", json={"name": "Ahab"}),
        "scanner": client.request("GET", f"{FILE}/virus-scanner/health"),
        "ready": client.request("GET", "/api/health/ready"),
    }


def code_of(response: Response) -> str:
    """`ok`, or the code of a refusal that follows the contract: envelope, Retry-After, no internal details."""
    body = response.json()
    if response.ok:
        assert body == {"data": body["data"], "message": "", "success": True}
        return OK
    extra = {"storage_code": Like("[A-Za-z0-9]+")} if response.status_code == 502 else {}
    assert response.status_code == (502 if extra else 503)
    assert body == failure(body["code"], *body["errors"], **extra)
    assert bool(extra) or int(response.headers["Retry-After"]) > 0
    assert not any(word in response.text for word in ("Traceback", "pymysql", "botocore", "127.0.0.1"))
    return str(body["code"])


@pytest.mark.parametrize("name", ANSWERS)
def test_every_endpoint_answers_as_documented_during_an_outage(one_stack: Stack, name: str) -> None:
    client = one_stack.client
    payload = load(client)
    with one_stack.parts[name].down():
        answers = ask_all(client, payload)
        assert {endpoint: code_of(answer) for endpoint, answer in answers.items()} == ANSWERS[name]
        health = answers["ready"].json()
        assert client.request("GET", "/api/health/live").status_code == 200
    lines = [f"[{HEALTH_NAMES[name]}] down"] if health["success"] is False else []
    assert [line for line in health.get("errors", []) if line.endswith("down")] == lines
    assert lines or health["data"][HEALTH_NAMES[name]] == "down"
    assert_everything_continues(one_stack, payload)


def assert_everything_continues(stack: Stack, payload: Payload) -> None:
    """Every request during the outage is done by now, or can be repeated."""
    client = stack.client
    assert client.download(client.get(payload.file["id"])).content == payload.body
    assert client.status(payload.open["file_id"])["stage"] == "uploading"
    for opened, body in ((payload.sent, payload.body), (payload.small, SMALL)):
        client.complete(**client.completion(opened, body))
        assert stack.hurried_stage(opened["file_id"]) == "ready"
        assert client.download(client.get(opened["file_id"])).content == body
        assert stack.count(File, upload_id=opened["upload_id"]) == 1
    gone_keys = [payload.old["path"].partition("/")[2], stack.object_key(payload.doomed["upload_id"])]
    client.request("DELETE", f"{FILE}/{payload.old['id']}")
    client.request("DELETE", f"{FILE}/upload/{payload.doomed['upload_id']}")
    for key in gone_keys:
        stack.wait_forgotten(key)


def test_a_refusal_by_storage_gives_502(one_stack: Stack) -> None:
    payload = load(one_stack.client)
    with one_stack.second_api(S3_SECRET_KEY="not-the-secret-at-all") as client:
        answers = ask_all(client, payload)
    refused = dict.fromkeys(ASK_STORAGE, "storage_refused")
    assert {endpoint: code_of(answer) for endpoint, answer in answers.items()} == ALL_OK | refused | {
        "ready": "not_ready"
    }
    assert_everything_continues(one_stack, payload)


def test_an_upload_completed_without_redis_is_scanned_later(one_stack: Stack) -> None:
    client = one_stack.client
    opened = client.send(b"hello")
    with one_stack.parts["redis"].down():
        file = client.complete(**client.completion(opened, b"hello"))
        assert client.status(file["id"])["stage"] == "queued"
        assert client.get(file["id"])["download_url"] is None
    assert client.download(client.wait_ready(file["id"])).content == b"hello"


@pytest.mark.parametrize("how", ["retry", "sweeper"])
def test_a_scan_lost_by_redis_is_queued_again(one_stack: Stack, how: str) -> None:
    client = one_stack.client
    with one_stack.without(one_stack.worker):
        file = client.upload(b"hello")
        eventually(lambda: one_stack.queue.has_live_scan(file["id"]))
        one_stack.redis.flushdb()
        if how == "retry":
            assert client.retry(file_id=file["id"]) == file
            assert client.status(file["id"])["job"]["status"] == "queued"
        else:
            one_stack.let_time_pass()
            eventually(lambda: one_stack.queue.has_live_scan(file["id"]))
    assert client.download(client.wait_ready(file["id"])).content == b"hello"


@pytest.mark.parametrize("name", ["storage", "database"])
def test_a_scan_continues_when_the_dependency_is_back(one_stack: Stack, name: str) -> None:
    client = one_stack.client
    one_stack.worker.stop()
    clean, infected = client.upload(b"hello"), client.upload(eicar())
    with one_stack.parts[name].down():
        one_stack.worker.start()
        for file in (clean, infected):
            eventually(lambda file=file: one_stack.failed_job(file["id"]))
    stages = [one_stack.hurried_stage(file["id"]) for file in (clean, infected)]
    assert stages == ["ready", "quarantined"]
    assert client.download(client.get(clean["id"])).content == b"hello"


def test_retry_scans_at_once_when_clamd_is_back(one_stack: Stack) -> None:
    client = one_stack.client
    with one_stack.parts["clamd"].down():
        file = client.upload(b"hello")
        failed = client.wait_stage(file["id"], "scan_failed")
        assert (failed["status"], failed["virus_scan_status"]) == ("FAILURE", "error")
        assert client.get(file["id"])["download_url"] is None
        eventually(lambda: one_stack.failed_job(file["id"]))
    retried = client.retry(file_id=file["id"])
    assert retried["virus_scan_status"] == "pending"
    assert client.status(file["id"])["job"]["status"] in {"queued", "started", "finished"}
    assert client.download(client.wait_ready(file["id"])).content == b"hello"


def test_deleting_a_user_works_while_storage_is_down(one_stack: Stack) -> None:
    client = one_stack.client
    user = client.data("POST", "/api/v1/users/", json={"name": "Ishmael"})
    appointment = client.data("POST", "/api/v1/appointments/", json={"user_id": user["id"], "title": "At sea"})
    files = [client.ready(b"a", user_id=user["id"]), client.ready(b"b", appointment_id=appointment["id"])]
    with one_stack.parts["storage"].down():
        assert client.data("DELETE", f"/api/v1/users/{user['id']}") == {"id": user["id"]}
        assert [client.request("GET", f"{FILE}/get/{file['id']}").status_code for file in files] == [404, 404]
        assert [one_stack.count(Upload, id=file["upload_id"]) for file in files] == [0, 0]
    for file in files:
        one_stack.wait_forgotten(file["path"].partition("/")[2])
