"""Login on the real stack: keys by the command, counters under races and crashes, limits of all processes together."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import func, select

import longshore
from longshore.client.errors import TokenRefusedError, UploadNotFoundError
from service.db.models import Upload, Usage
from service.values.states import RESERVING
from tests.support.live.client import FILE, Caller, Client, put
from tests.support.live.crash_scene import Scene
from tests.support.live.eventually import eventually
from tests.support.live.keys import caller, keys
from tests.support.live.races import at_once
from tests.support.live.stack import Stack
from tools.programs import ROOT, python_env

MANY = 12
SIZE = 100
ROOM = 5
"""Uploads of SIZE bytes that fit into the quota."""


@pytest.fixture(scope="module")
def locked(one_stack: Stack) -> Iterator[Client]:
    """An API with login and a quota, on the parts that the stack runs on."""
    with one_stack.second_api(LOGIN="on", QUOTA=str(ROOM * SIZE)) as client:
        yield client


@pytest.fixture
def ann(one_stack: Stack, locked: Client) -> Caller:
    """A new subject."""
    return caller(one_stack, locked)


def counted(stack: Stack, who: Caller) -> tuple[int, int]:
    """The counter's value, and the expected one."""
    subject = who.data("GET", "/api/v1/users/me")["subject"]
    with stack.db.read() as session:
        counter = session.scalar(select(Usage.bytes).where(Usage.subject == subject))
        reserved = select(func.sum(Upload.reserved)).where(Upload.owner == subject, Upload.state.in_(RESERVING))
        return int(counter or 0), int(session.scalar(reserved) or 0)


def init(who: Caller) -> requests.Response:
    return who.post("/upload/init/", {"size": SIZE})


def test_a_key_works_until_it_is_revoked(one_stack: Stack, locked: Client) -> None:
    key = keys(one_stack, "create", "--name=laptop", "--subject=operator", "--scope=upload,read,delete")
    mine = Caller(locked.url, key)
    file = mine.ready(b"hello")
    assert mine.download(file).content == b"hello"
    assert locked.request("GET", f"{FILE}/get/{file['id']}").status_code == 401
    prefix = key.split("_")[1]
    shown = next(one for one in keys(one_stack, "list", "--json") if one["prefix"] == prefix)
    assert (shown["name"], shown["revoked_at"]) == ("laptop", None)
    assert shown["last_used_at"] is not None
    keys(one_stack, "revoke", prefix)
    eventually(lambda: mine.request("GET", f"{FILE}/all").status_code, lambda status: status == 401, 15)
    assert key.split("_")[2] not in one_stack.logs()


def test_the_python_client_sends_its_key(one_stack: Stack, locked: Client, ann: Caller, tmp_path: Path) -> None:
    ben = caller(one_stack, locked)
    payload = tmp_path / "bytes.bin"
    payload.write_bytes(b"x" * SIZE)
    with (
        longshore.Client(locked.url, ann.key) as mine,
        longshore.Client(locked.url, ben.key) as other,
        longshore.Client(locked.url, "lsk_0") as nobody,
    ):
        file = mine.upload(payload)
        assert mine.download(file.id, tmp_path / "out.bin").path.read_bytes() == payload.read_bytes()
        assert ([one.id for one in mine.files()], list(other.files())) == ([file.id], [])
        with pytest.raises(UploadNotFoundError):
            other.upload(payload, resume=file.upload_id)
        with pytest.raises(TokenRefusedError):
            nobody.me()
    assert ann.key.rpartition("_")[2] not in one_stack.logs()


def test_concurrent_inits_of_a_new_subject_stay_within_the_quota(one_stack: Stack, ann: Caller) -> None:
    answers = at_once(*[lambda: init(ann)] * MANY)
    assert Counter(answer.status_code for answer in answers) == {200: ROOM, 413: MANY - ROOM}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 413} == {"quota_exceeded"}
    assert counted(one_stack, ann) == (ROOM * SIZE, ROOM * SIZE)


def test_concurrent_ends_release_the_quota_once(one_stack: Stack, ann: Caller) -> None:
    body = b"x" * SIZE
    opened = [ann.send(body) for _ in range(ROOM)]
    calls: list[Callable[[], requests.Response]] = []
    for one in opened:
        wish, path = ann.completion(one, body), f"{FILE}/upload/{one['upload_id']}"
        calls += [lambda wish=wish: ann.post("/upload/complete/", wish)]  # type: ignore[misc]
        calls += [lambda path=path: ann.request("DELETE", path)] * 2  # type: ignore[misc]
    assert {answer.status_code for answer in at_once(*calls)} <= {200, 409}
    counter, reserved = counted(one_stack, ann)
    files = [item["id"] for item in ann.data("GET", f"{FILE}/all")["items"]]
    assert counter == reserved == len(files) * SIZE
    at_once(*[lambda one=one: ann.request("DELETE", f"{FILE}/{one}") for one in files * 2 or [""]])  # type: ignore[misc]
    assert counted(one_stack, ann) == (0, 0)


def test_concurrent_chunks_of_unknown_sizes_stay_within_the_quota(one_stack: Stack, ann: Caller) -> None:
    opened = [ann.init() for _ in range(ROOM + 3)]
    wishes = [{"upload_id": one["upload_id"], "chunk_index": 0, "chunk_size": SIZE} for one in opened]
    answers = at_once(*[lambda wish=wish: ann.post("/upload/chunk/", wish) for wish in wishes])  # type: ignore[misc]
    assert Counter(answer.status_code for answer in answers) == {200: ROOM, 413: 3}
    assert counted(one_stack, ann) == (ROOM * SIZE, ROOM * SIZE)
    body = b"x" * SIZE
    for one, answer in zip(opened, answers, strict=True):
        if answer.status_code == 200:
            assert put(answer.json()["data"]["chunks"][0], body).status_code == 200
            assert ann.post("/upload/complete/", ann.completion(one, body)).status_code == 200
    assert counted(one_stack, ann) == (ROOM * SIZE, ROOM * SIZE)


def test_concurrent_inits_with_one_idempotency_key_make_one_upload(one_stack: Stack, ann: Caller) -> None:
    def init_once() -> requests.Response:
        headers = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
        return ann.request("POST", f"{FILE}/upload/init/", json={"size": SIZE}, headers=headers)

    answers = at_once(*[init_once] * MANY)
    assert {answer.json()["code"] for answer in answers if answer.status_code != 200} <= {"init_in_progress"}
    final = eventually(init_once, lambda answer: answer.status_code == 200, 15).json()["data"]
    assert {answer.json()["data"]["upload_id"] for answer in answers if answer.ok} <= {final["upload_id"]}
    assert counted(one_stack, ann) == (SIZE, SIZE)
    body = b"x" * SIZE
    assert put(final["chunks"][0], body).status_code == 200
    assert ann.post("/upload/complete/", ann.completion(final, body)).json()["data"]["id"] == final["file_id"]


def test_guesses_of_a_credential_are_limited(one_stack: Stack) -> None:
    """Eight threads guess on all processes of the API; the last guess would be right."""
    with one_stack.second_api(LOGIN="on", RATE_LIMIT_GUESSES="20/minute") as locked:
        ann = caller(one_stack, locked)
        file = ann.ready(b"hello", credential={"pin": "0299"})

        def guess(number: int) -> int:
            headers = {"X-File-Credential": f'{{"pin": "{number:04}"}}'}
            return ann.request("GET", f"{FILE}/get/{file['id']}", headers=headers).status_code

        with ThreadPoolExecutor(8) as pool:
            statuses = Counter(pool.map(guess, range(300)))
    assert set(statuses) == {403, 429}
    assert statuses[403] <= 20 + 8


@pytest.fixture(scope="module")
def multipart(one_stack: Stack) -> Iterator[Client]:
    """The same API without one PUT."""
    with one_stack.second_api(LOGIN="on", QUOTA=str(ROOM * SIZE), ONE_PUT="off") as client:
        yield client


@pytest.mark.parametrize(
    ("api", "point"),
    [
        *(("locked", point) for point in ("init.row_written", "complete.object_verified", "abort.closed")),
        *(("multipart", point) for point in ("init.row_written", "init.id_noted", "abort.closed")),
        *(("multipart", point) for point in ("complete.claimed", "complete.recorded")),
    ],
)
def test_a_crash_leaves_the_quota_counter_correct(
    one_stack: Stack, request: pytest.FixtureRequest, api: str, point: str
) -> None:
    ann = caller(one_stack, request.getfixturevalue(api))
    scene = Scene(one_stack)
    body = b"x" * SIZE
    opened = ann.send(body)
    calls: dict[str, tuple[str, str, dict[str, Any] | None]] = {
        "init": ("POST", f"{FILE}/upload/init/", {"size": SIZE}),
        "complete": ("POST", f"{FILE}/upload/complete/", ann.completion(opened, body)),
        "abort": ("DELETE", f"{FILE}/upload/{opened['upload_id']}", None),
    }
    method, path, wish = calls[point.partition(".")[0]]
    with scene.armed(point), pytest.raises(requests.ConnectionError):
        ann.request(method, path, json=wish)
    counter, reserved = counted(one_stack, ann)
    assert counter == reserved == {"init": 2, "complete": 1, "abort": 0}[point.partition(".")[0]] * SIZE
    if point.startswith("complete"):
        file = ann.wait_ready(eventually_complete(one_stack, ann, wish or {})["id"])
        ann.data("DELETE", f"{FILE}/{file['id']}")
    scene.let_uploads_expire()
    scene.sweep_later()
    assert counted(one_stack, ann) == (0, 0)


def eventually_complete(stack: Stack, ann: Caller, wish: dict[str, Any]) -> Any:
    """The file of a completion whose process died, once its lease has run out."""
    stack.let_time_pass()
    return ann.complete(**wish)


def test_rate_limits_apply_to_all_processes_together(one_stack: Stack) -> None:
    with one_stack.second_api(LOGIN="on", RATE_LIMIT_SUBJECT=f"{ROOM}/hour") as locked:
        ann = caller(one_stack, locked)
        answers = at_once(*[lambda: ann.request("GET", f"{FILE}/all")] * MANY)
        assert Counter(answer.status_code for answer in answers) == {200: ROOM, 429: MANY - ROOM}
        assert {int(answer.headers["Retry-After"]) > 0 for answer in answers if answer.status_code == 429} == {True}


def test_production_does_not_start_without_login_or_with_a_sample_secret(one_stack: Stack) -> None:
    env = {**os.environ, **python_env(), **one_stack.env, "ENV": "production", "SECRET_KEY": "change-me-0123456789"}
    code = "from service.app import create_app; create_app()"
    done = subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "SECRET_KEY contains a sample secret" in done.stderr
    assert "LOGIN is off" in done.stderr
