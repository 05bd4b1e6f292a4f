"""docs/adoption.md on the real stack: from adoption to download, infected objects, events, deletion; and crashes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from sqlalchemy import select

from service.db.models import File
from service.domain.adoptions.candidates import filename_of
from service.domain.files.replaced import REASON
from tests.support.documents import block_of
from tests.support.live.crash_scene import Scene, dies_at
from tests.support.live.eventually import eventually
from tests.support.live.stack import Stack
from tests.support.programs.shell import Shell
from tests.support.programs.warm_commands import python_command
from tools.stack.servers.clamd import eicar

ADOPTIONS = "/api/v1/admin/adoptions"
GOOD = {
    "2025/report 1+2 & 100%.txt": b"the first",
    "2025/büro/日本 report.txt": b"the second",
    "2025/" + "😀" * 254: b"a key of 1,021 bytes",
    "2025/empty.txt": b"",
}
BAD = "2025/bad.txt"


@pytest.fixture
def stack(one_stack: Stack) -> Iterator[Stack]:
    """With the buckets of another program."""
    for bucket in ("archive", "scans"):
        try:
            one_stack.s3.create_bucket(Bucket=bucket)
        except ClientError:
            one_stack.s3.head_bucket(Bucket=bucket)
    yield one_stack
    for file in files(one_stack).values():
        one_stack.client.data("DELETE", f"/api/v1/file/{file.id}?delete_object=true")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path, {}, python_command())


def put(stack: Stack, key: str, body: bytes, bucket: str = "archive") -> None:
    stack.s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="text/plain")


def files(stack: Stack) -> dict[str, File]:
    with stack.db.read() as session:
        found = session.scalars(select(File).where(File.adopted_key.is_not(None))).all()
    return {str(file.adopted_key): file for file in found}


def adopt(stack: Stack, **wish: Any) -> dict[str, Any]:
    """Adopt, and wait until all objects were examined."""
    made = stack.client.data("POST", ADOPTIONS, json={"bucket": "archive"} | wish)
    path = f"{ADOPTIONS}/{made['adoption_id']}"
    found: dict[str, Any] = eventually(lambda: stack.client.data("GET", path), lambda now: now["state"] != "running")
    return found


def served(stack: Stack, key: str) -> bytes:
    """The bytes of an object's file, by its link."""
    found: bytes = stack.client.download(stack.client.wait_ready(files(stack)[key].id)).content
    return found


def in_storage(stack: Stack, key: str) -> bytes:
    found: bytes = stack.s3.get_object(Bucket="archive", Key=key)["Body"].read()
    return found


def test_adopted_objects_become_files_without_being_moved(stack: Stack, shell: Shell) -> None:
    for key, body in (GOOD | {BAD: eicar(), "other/report.txt": b"not adopted"}).items():
        put(stack, key, body)
    output = shell.run(block_of("adopt a prefix"), {"LONGSHORE_URL": stack.client.url})
    assert "5 adopted, 0 renewed, 0 unchanged, 0 skipped, 0 failed" in output
    assert output.count("report") == 2
    assert {key: file.owner for key, file in files(stack).items()} == dict.fromkeys([*GOOD, BAD], "ann")
    assert {key: served(stack, key) for key in GOOD} == GOOD
    shown = stack.client.wait_stage(files(stack)[BAD].id, "quarantined")
    assert (shown["virus_scan_status"], stack.client.get(shown["file_id"])["download_url"]) == ("infected", None)
    assert {key: in_storage(stack, key) for key in (*GOOD, BAD)} == GOOD | {BAD: eicar()}
    assert [file.filename for key, file in files(stack).items() if key in GOOD] == [
        filename_of(key) for key in files(stack) if key in GOOD
    ]

    changed = "2025/report 1+2 & 100%.txt"
    put(stack, changed, b"replaced by its program")
    file = stack.client.get(files(stack)[changed].id)
    assert (file["quarantine_reason"], file["download_url"]) == (REASON, None)
    again = adopt(stack, prefix="2025/", owner="ann")
    assert (again["adopted"], again["renewed"], again["unchanged"]) == (0, 1, 4)
    assert served(stack, changed) == b"replaced by its program"

    env = {"LONGSHORE_URL": stack.client.url, "FILE_ID": files(stack)[changed].id}
    shell.run(block_of("delete an adopted object"), env)
    eventually(lambda: stack.keys("archive", changed), lambda left: left == [])
    stack.client.data("DELETE", f"/api/v1/file/{files(stack)['2025/empty.txt'].id}")
    stack.let_time_pass()
    assert in_storage(stack, "2025/empty.txt") == b""


def test_events_add_new_objects(stack: Stack, shell: Shell) -> None:
    output = shell.run(block_of("follow a bucket"), {"LONGSHORE_URL": stack.client.url})
    assert "scans/  following" in output
    put(stack, "red flower.txt", b"petals", "scans")
    place = {"bucket": {"name": "scans"}, "object": {"key": "red+flower.txt"}}
    event = {"Records": [{"eventName": "s3:ObjectCreated:Put", "s3": place}]}
    assert stack.client.data("POST", f"{ADOPTIONS}/events", json=event)["outcomes"] == {"adopted": 1}
    assert served(stack, "red flower.txt") == b"petals"


@pytest.fixture
def scene(stack: Stack) -> Iterator[Scene]:
    with stack.without(stack.cron):
        yield Scene(stack)


def all_is_adopted_once(scene: Scene, expected: dict[str, bytes]) -> None:
    """Each object became one file; deleting the files leaves only the objects."""
    stack = scene.stack
    for _ in range(3):
        scene.sweep_later()
    assert {key: served(stack, key) for key in files(stack)} == expected
    done = stack.client.data("GET", ADOPTIONS)["items"][0]
    assert (done["state"], sum(done[name] for name in ("adopted", "renewed", "unchanged"))) == ("done", len(expected))
    audits = [[audit.action for audit in stack.audits(file.id)].count("adopted") for file in files(stack).values()]
    assert sum(audits) == len(expected) + done["renewed"]
    for key, file in files(stack).items():
        stack.client.data("DELETE", f"/api/v1/file/{file.id}")
        assert in_storage(stack, key) == expected[key]
        stack.s3.delete_object(Bucket="archive", Key=key)
    scene.comes_to_rest()


@dies_at("adoption.created")
def test_an_adoption_survives_the_death_of_the_api(scene: Scene, point: str) -> None:
    put(scene.stack, "crash/1", b"one")
    scene.api_dies(point, "POST", ADOPTIONS, json={"bucket": "archive", "prefix": "crash/"})
    all_is_adopted_once(scene, {"crash/1": b"one"})


@dies_at("adoption.claimed", "adoption.object_adopted", "adoption.done")
def test_an_adoption_survives_the_death_of_the_sweeper(scene: Scene, point: str) -> None:
    expected = {f"crash/{number}": f"number {number}".encode() for number in range(3)}
    for key, body in expected.items():
        put(scene.stack, key, body)
    with scene.stack.without(scene.stack.worker):  # it would sweep, too
        scene.client.data("POST", ADOPTIONS, json={"bucket": "archive", "prefix": "crash/"})
        scene.sweeper_dies(point)
    all_is_adopted_once(scene, expected)


@dies_at("adoption.object_renewed")
def test_an_adoption_survives_the_sweepers_death_at_a_changed_object(scene: Scene, point: str) -> None:
    stack = scene.stack
    put(stack, "crash/1", b"one")
    adopt(stack, prefix="crash/")
    assert served(stack, "crash/1") == b"one"
    put(stack, "crash/1", b"changed")
    with stack.without(stack.worker):
        stack.client.data("POST", ADOPTIONS, json={"bucket": "archive", "prefix": "crash/"})
        scene.sweeper_dies(point)
    all_is_adopted_once(scene, {"crash/1": b"changed"})
