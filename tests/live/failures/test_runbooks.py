"""The steps of docs/runbooks.md: backup and restore, both disasters, and replaced keys; then every file is checked."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from service.db.models import File
from service.domain.accounts.keys import create_key
from service.values.access.caller import Scope
from tests.support.documents import block_of, prints
from tests.support.live.client import CHUNK, Caller, credential_header, cut, put, random_bytes, sha256
from tests.support.live.crash_scene import Scene
from tests.support.live.eventually import eventually
from tests.support.live.runbook import Operator
from tests.support.live.stack import Stack, new_database
from tools.programs import ROOT, python_env, python_module
from tools.stack.servers.app import run_prepare
from tools.stack.servers.clamd import Clamd, eicar
from tools.stack.servers.mariadb import MariaDb
from tools.stack.servers.redis import Redis
from tools.stack.stores.swift import Swift
from tools.stack.stores.swift_config import S3Key
from tools.stack.try_storage import try_storage

CREDENTIAL = {"pin": "1234"}
OWNER = "Änn of the runbooks"
SECRET_KEY = "the-secret-key-of-the-runbooks"
REDIS_NUMBER = 14
"""Redis' database of these tests, which no store's stack has."""

Parts = dict[str, Any]


@dataclass
class Payload:
    """An uploaded file or open upload: its ids, bytes and credential."""

    ids: dict[str, Any]
    body: bytes
    credential: dict[str, str] | None = None

    @property
    def file_id(self) -> str:
        return str(self.ids.get("file_id") or self.ids["id"])


@dataclass
class Source:
    """An installation at the time of its backup; it does not exist any more."""

    key: str
    settings: dict[str, str]
    operator: Operator
    payload: dict[str, Payload] = field(default_factory=dict)


@pytest.fixture(scope="module")
def parts(swift_server: Swift, redis_server: Redis, mariadb_server: MariaDb, clamd_server: Clamd) -> Parts:
    return {"storage": swift_server, "redis": redis_server, "database": mariadb_server, "clamd": clamd_server}


@contextmanager
def installation(folder: Path, parts: Parts, name: str, **settings: str) -> Iterator[Stack]:
    """The service with login on, on a database of this name; its processes are not started."""
    own = {
        "DATABASE_URL": parts["database"].url(f"longshore_{name}"),
        "REDIS_URL": parts["redis"].url(REDIS_NUMBER),
        "S3_PRIVATE_BUCKET": "runbooks-private",
        "S3_PUBLIC_BUCKET": "runbooks-public",
        "SECRET_KEY": SECRET_KEY,
        "LOGIN": "on",
    }
    place = folder / name
    place.mkdir()
    stack = Stack("swift", place, parts, own | settings)
    stack.redis.flushdb()  # its data was lost with the host
    try:
        yield stack
    finally:
        stack.stop()


def make_key(stack: Stack) -> str:
    return create_key(stack.deps, "runbook", OWNER, [Scope.UPLOAD, Scope.READ, Scope.DELETE])[0]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory, parts: Parts) -> Source:
    """Files in all states, a backup during work, and then the disaster."""
    folder = tmp_path_factory.mktemp("runbooks")
    new_database(parts["database"], "source")
    # its public files are in the public bucket, whose objects have complete recovery metadata
    with installation(folder, parts, "source", S3_PUBLIC_BASE_URL="https://cdn.example") as stack:
        operator = Operator(folder, parts["database"])
        operator.run(block_of("migrate"), stack.env)
        try_storage(stack.env)
        start(stack, sweeps=False)
        made = Source(make_key(stack), dict(stack.env), operator)
        caller = Caller(stack.client.url, made.key)
        load(caller, stack, made.payload)
        made.operator.run(block_of("back up the database"), stack.env)
        # the service continues: files that are due in the dump are scanned and moved
        stack.worker.start()
        late = b"sent after the dump"
        made.payload["late"] = Payload(caller.ready(late, filename="late.txt"), late)
        caller.wait_ready(made.payload["owed"].file_id)
        key = stack.object_key(made.payload["owed"].ids["upload_id"])
        eventually(lambda: stack.buckets_of(key), lambda buckets: buckets == [stack.settings.s3_public_bucket])
        assert caller.request("DELETE", f"/api/v1/file/{made.payload['deleted'].file_id}").status_code == 200
        made.operator.run(block_of("back up the buckets"), stack.env)
    return made


def start(stack: Stack, *, sweeps: bool = True) -> None:
    """Start only the processes, as few as possible: the page has run `prepare`."""
    stack.api.workers = 1
    for part in (stack.api, stack.worker, *([stack.cron] if sweeps else [])):
        part.start()


def load(caller: Caller, stack: Stack, payload: dict[str, Payload]) -> None:
    """A file or upload in each state."""
    client, stack.client = stack.client, caller
    for name, body in {"public": b"hello", "deleted": b"deleted", "large": random_bytes(CHUNK + 1)}.items():
        payload[name] = Payload(caller.ready(body, filename=f"{name}.txt", detail={"of": name}), body)
    body = b"for one alone"
    payload["private"] = Payload(caller.ready(body, credential=CREDENTIAL), body, CREDENTIAL)
    payload["infected"] = Payload(caller.upload(eicar()), eicar())
    caller.wait_stage(payload["infected"].file_id, "quarantined")
    eventually(lambda: stack.keys(stack.settings.s3_private_bucket, "quarantine/"))
    stack.worker.stop()
    payload["owed"] = Payload(caller.upload(b"waits for its scan"), b"waits for its scan")
    body = random_bytes(2 * CHUNK)
    payload["open"] = Payload(caller.init(size=len(body), filename="open.bin"), body)
    assert put(payload["open"].ids["chunks"][1], cut(body, CHUNK, 1)).status_code == 200
    body = b"being completed" + bytes(CHUNK)
    opened = caller.send(body)
    payload["completing"] = Payload(opened, body)
    scene = Scene(stack)
    completion = caller.completion(opened, body)
    scene.api_dies("complete.claimed", "POST", "/api/v1/file/upload/complete/", json=completion)
    stack.client = client


@contextmanager
def restored(source: Source, tmp_path: Path, parts: Parts, name: str, **settings: str) -> Iterator[Stack]:
    """An installation on the restored database, its processes not started yet; OLD_… name the source's buckets."""
    with installation(tmp_path, parts, name, **settings) as stack:
        drop(parts["database"], name)
        source.operator.run(block_of("restore the database"), stack.env)
        yield stack


def drop(database: MariaDb, name: str) -> None:
    with database.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS `longshore_{name}`")


def holds(caller: Caller, payload: Payload) -> None:
    """The file exists, is clean, and has the bytes that were sent."""
    file = caller.wait_ready(payload.file_id, payload.credential)
    assert (file["virus_scan_status"], file["size"]) == ("clean", len(payload.body))
    assert sha256(caller.download(file).content) == sha256(payload.body)
    if payload.credential:
        assert caller.request("GET", f"/api/v1/file/get/{payload.file_id}").status_code == 403


def is_blocked(caller: Caller, payload: Payload) -> None:
    """No client gets the infected file."""
    shown = caller.get(payload.file_id)
    assert (shown["virus_scan_status"], shown["is_quarantined"], shown["download_url"]) == ("infected", True, None)
    assert caller.status(payload.file_id)["stage"] == "quarantined"


def is_lost(caller: Caller, payload: Payload) -> None:
    """The file's object is gone, and the client gets that reason."""
    shown = caller.get(payload.file_id)
    assert (shown["virus_scan_status"], shown["download_url"]) == ("error", None)
    assert shown["virus_scan_result"] == "Its object is missing from storage."
    assert caller.status(payload.file_id)["stage"] == "scan_failed"


def resumes(caller: Caller, payload: Payload) -> None:
    """An unfinished upload is resumed."""
    resumed = caller.retry(upload_id=payload.ids["upload_id"])
    assert ([chunk["chunk_index"] for chunk in resumed["uploaded"]], resumed["missing"]) == ([1], [0])
    assert put(resumed["chunks"][0], cut(payload.body, CHUNK, 0)).status_code == 200
    caller.complete(**caller.completion(payload.ids, payload.body))
    holds(caller, payload)


def test_the_database_is_restored_on_existing_storage(source: Source, tmp_path: Path, parts: Parts) -> None:
    with restored(source, tmp_path, parts, "restored") as stack:
        source.operator.run(block_of("bring both together"), stack.env)
        start(stack)
        stack.let_time_pass()
        caller = Caller(stack.client.url, source.key)
        for name in ("public", "large", "private", "owed", "completing", "late"):
            holds(caller, source.payload[name])
        resumes(caller, source.payload["open"])
        is_blocked(caller, source.payload["infected"])
        is_lost(caller, source.payload["deleted"])
        assert caller.get(source.payload["late"].file_id)["filename"] == "late.txt"


def test_database_and_buckets_are_restored_to_another_place(source: Source, tmp_path: Path, parts: Parts) -> None:
    buckets = {"S3_PRIVATE_BUCKET": "elsewhere-private", "S3_PUBLIC_BUCKET": "elsewhere-public"}
    old = {f"OLD_{name.removeprefix('S3_')}": source.settings[name] for name in buckets}
    with restored(source, tmp_path, parts, "moved", **buckets) as stack:
        source.operator.run(block_of("restore the buckets"), stack.env | old)
        source.operator.run(block_of("bring both together"), stack.env)
        start(stack)
        caller = Caller(stack.client.url, source.key)
        for name in ("public", "large", "private", "owed", "late"):
            holds(caller, source.payload[name])
            assert stack.row(File, source.payload[name].file_id).bucket in buckets.values()
        is_blocked(caller, source.payload["infected"])
        is_lost(caller, source.payload["deleted"])
        # its parts are at the old place
        refused = caller.post("/upload/retry", {"upload_id": source.payload["open"].ids["upload_id"]})
        assert (refused.status_code, refused.json()["code"]) == (409, "upload_expired")

        lose_and_find(source, stack, caller)


def lose_and_find(source: Source, stack: Stack, caller: Caller) -> None:
    """Storage loses an object of a running service, and the backup restores it."""
    payload = source.payload["public"]
    row = stack.row(File, payload.file_id)
    kept = stack.s3.get_object(Bucket=row.bucket, Key=row.object_key)
    body = kept["Body"].read()
    stack.s3.delete_object(Bucket=row.bucket, Key=row.object_key)
    source.operator.run(block_of("look what is lost"), stack.env, code=1)
    findings = [json.loads(line) for line in (source.operator.folder / "lost.json").read_text().splitlines()]
    assert {(each["file_id"], each["kind"]) for each in findings[:-1]} == {
        (payload.file_id, "lost"),
        (source.payload["deleted"].file_id, "lost"),
    }
    assert findings[-1]["lost"] == 2
    source.operator.run(block_of("mark what is lost"), stack.env)
    is_lost(caller, payload)
    stack.s3.put_object(Bucket=row.bucket, Key=row.object_key, Body=body, Metadata=kept["Metadata"])
    source.operator.run(block_of("take what is back"), stack.env)
    holds(caller, payload)


def test_the_database_is_rebuilt_from_the_objects(source: Source, tmp_path: Path, parts: Parts) -> None:
    """From the objects alone; the recovery is killed while it runs, and repeated."""
    new_database(parts["database"], "again")
    with installation(tmp_path, parts, "again") as stack:
        source.operator.run("python3 -m jobs.prepare", stack.env)
        kill_in_the_middle(stack)
        key = source.operator.run(block_of("make the database again"), stack.env | {"SUBJECT": OWNER}).split()[-1]
        count = stack.count(File)
        start(stack)
        caller = Caller(stack.client.url, key)
        for name in ("public", "large", "owed", "late"):
            holds(caller, source.payload[name])
        is_blocked(caller, source.payload["infected"])
        assert caller.get(source.payload["large"].file_id)["detail"] == {"of": "large"}
        sealed = caller.request(
            "GET", f"/api/v1/file/get/{source.payload['private'].file_id}", headers=credential_header(CREDENTIAL)
        )
        assert sealed.status_code == 403
        source.operator.run("longshore recover --open", stack.env)
        assert stack.count(File) == count
        source.payload["private"].credential = None
        holds(caller, source.payload["private"])
        assert source.operator.run("longshore check", stack.env).endswith("all files are in storage\n")
        used = caller.data("GET", "/api/v1/users/me")["used_bytes"]
        with stack.db.read() as session:
            assert used == sum(file.size for file in session.query(File))


def kill_in_the_middle(stack: Stack) -> None:
    """Recover some of the files, and die."""
    running = subprocess.Popen(
        python_module("longshore.main", "recover"), env={**os.environ, **python_env(), **stack.env}, cwd=ROOT
    )
    eventually(lambda: stack.count(File), lambda count: count >= 1)
    running.send_signal(signal.SIGKILL)
    running.wait()


@pytest.fixture
def lend_key(parts: Parts) -> Iterator[Callable[[bool, bool], S3Key]]:
    """Restarts storage with its own key valid or not, and another one valid or not; restores it afterwards."""
    swift: Swift = parts["storage"]
    other = S3Key("longshore", "another-user", "another-secret-of-storage")

    def lend(own: bool, another: bool) -> S3Key:
        swift.stop()
        swift.own_key_is_valid, swift.more_keys = own, [other] if another else []
        swift.start()
        return other

    yield lend
    lend(True, False)


def test_an_upload_continues_after_the_storage_key_is_replaced(
    source: Source, tmp_path: Path, parts: Parts, lend_key: Callable[[bool, bool], S3Key]
) -> None:
    new_database(parts["database"], "rotation")
    body = random_bytes(2 * CHUNK + 1)
    with installation(tmp_path, parts, "rotation", LOGIN="off") as stack:
        source.operator.run("python3 -m jobs.prepare", stack.env)
        start(stack, sweeps=False)
        opened = stack.client.init(size=len(body))
        key = lend_key(True, True)
        settings = {"S3_ACCESS_KEY": key.access_key, "S3_SECRET_KEY": key.secret}
        continues_with_another_key(stack, opened, body, settings, lambda: lend_key(False, True))
        checked = source.operator.run(block_of("after a leaked storage key"), stack.env | settings)
        prints(checked, block_of("nothing was replaced"))
        # for a service that will turn login on
        source.operator.run(block_of("give to an owner"), stack.env | {"SUBJECT": OWNER})
        assert stack.row(File, opened["file_id"]).owner == OWNER


def test_an_upload_continues_after_the_upload_key_is_replaced(
    tmp_path: Path, parts: Parts, lend_key: Callable[[bool, bool], S3Key]
) -> None:
    """Without an upload key, the service's own key signs the parts."""
    new_database(parts["database"], "upload_key")
    key = lend_key(True, True)
    settings = {"S3_UPLOAD_ACCESS_KEY": key.access_key, "S3_UPLOAD_SECRET_KEY": key.secret}
    body = random_bytes(2 * CHUNK + 1)
    with installation(tmp_path, parts, "upload_key", LOGIN="off", **settings) as stack:
        run_prepare(stack.env, stack.folder / "logs")
        start(stack, sweeps=False)
        opened = stack.client.init(size=len(body))
        continues_with_another_key(stack, opened, body, dict.fromkeys(settings, ""), lambda: lend_key(True, False))


def continues_with_another_key(
    stack: Stack, opened: dict[str, Any], body: bytes, settings: dict[str, str], delete_old: Callable[[], object]
) -> None:
    """Three chunks, with a restart with other settings and the deletion of the key that signed its URLs."""
    first, second, third = opened["chunks"]
    assert put(first, cut(body, CHUNK, 0)).status_code == 200
    for part in (stack.api, stack.worker):
        part.stop()
        part.settings.update(settings)
    start(stack, sweeps=False)
    # what the old key has signed stays valid until the key is deleted
    assert put(second, cut(body, CHUNK, 1)).status_code == 200
    delete_old()
    assert put(third, cut(body, CHUNK, 2)).status_code == 403
    again = stack.client.chunk(upload_id=opened["upload_id"], chunk_index=2)["chunks"][0]
    assert put(again, cut(body, CHUNK, 2)).status_code == 200
    stack.client.complete(**stack.client.completion(opened, body))
    assert stack.client.download(stack.client.wait_ready(opened["file_id"])).content == body
