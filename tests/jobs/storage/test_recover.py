"""`longshore recover`: rebuild a lost database from the objects' metadata, and serve nothing without a scan."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import select, update

from jobs.prepare import prepare
from service.db.models import Appointment, File, Grant, PendingDeletion, Upload, Usage, User
from service.db.session import Database
from service.domain.repair import rebuild, recover
from service.domain.repair.rebuild import Found, file_of
from service.domain.repair.recover import open_sealed, recover_files
from service.domain.upkeep.sweep import sweep
from service.values import Location, Recovered, StoredObject
from service.values.formats.ids import new_id
from tests.support.fakes import SIGNATURE
from tests.support.files.decisions import audits
from tests.support.files.stored_files import PRIVATE, PUBLIC, checked, place, ready, shown
from tests.support.login import login
from tests.support.service.grants import browser, grant, used
from tests.support.service_under_test import App, rebuilt

CREDENTIAL = {"pin": "1234"}
HEADER = {"X-File-Credential": '{"pin": "1234"}'}
BEFORE = ("bucket", "object_key", "etag", "virus_scan_status", "virus_scan_result", "quarantine_reason", "scan_due_at")
"""Columns that a scan changes."""
ROWS = (File, Upload, User, Appointment)


@pytest.fixture
def app(app: App) -> App:
    """With plain links: objects in the public bucket have complete recovery metadata."""
    return app.published()


@pytest.fixture
def empty(app: App, tmp_path: Path) -> Any:
    """The same storage with an empty database, created on demand."""
    made: list[Database] = []

    def lose() -> App:
        database = Database(f"sqlite:///{tmp_path}/{len(made)}.sqlite3")
        made.append(database)
        settings = {**vars(app.deps.settings), "database_url": str(database.engine.url)}
        other = rebuilt(app, db=database, settings=type(app.deps.settings)(**settings))
        prepare(other.deps)
        other.queue.jobs.clear()
        return other

    yield lose
    for database in made:
        database.engine.dispose()


def run(app: App, *, dry_run: bool = False, opened: bool = False) -> Recovered:
    """All pages together."""
    total = Recovered()
    for page in recover_files(app.deps, dry_run=dry_run, opened=opened):
        for name, count in vars(page).items():
            setattr(total, name, getattr(total, name) + count)
    return total


def rescan(app: App) -> None:
    """The sweeper queues due scans, the worker runs them."""
    sweep(app.deps)
    for file_id in [file_id for file_id, state in app.queue.jobs.items() if state == "queued"]:
        app.scan(file_id)


def test_a_public_file_is_recovered_completely_and_scanned_first(app: App, empty: Any) -> None:
    words = {"filename": "ü.txt", "file_extension": "txt", "detail": {"deck": [1, "🚢"]}, "path_name": "a/b"}
    user = app.client.post("/api/v1/users/", json={"name": "Ann"}).json["data"]
    file = ready(app, b"hello", user_id=user["id"], **words)
    other = empty()
    assert run(other) == Recovered(looked_at=1, files=1, bytes=5)
    again = other.get(file["id"]).json["data"]
    unscanned = {"download_url": None, "download_expires_at": None, "virus_scan_date": None}
    unscanned["detected_content_type"] = None
    assert again == file | unscanned | {"virus_scan_status": "pending"}
    rescan(other)
    now = other.get(file["id"]).json["data"]
    assert {**now, "download_url": 0} == {**file, "download_url": 0}
    assert audits(other, file["id"]) == [("system", "recovered", None)]
    assert other.client.get(f"/api/v1/file/all?user_id={user['id']}").json["data"]["items"] == [now]
    completed = other.post("/upload/complete/", **app.completion({"upload_id": file["upload_id"], "chunk_size": 5}))
    assert completed.json["data"]["id"] == file["id"]


def test_a_file_without_a_public_copy_is_recovered_in_its_first_folder(app: App, empty: Any) -> None:
    opened = app.send(path_name="a/b")
    app.post("/upload/complete/", **app.completion(opened))
    app.client.post("/api/v1/file/folders/rename", json={"from": "a", "to": "c"})
    other = empty()
    run(other, opened=True)
    assert other.get(opened["file_id"]).json["data"]["path_name"] == "a/b"


def test_a_file_of_an_appointment_is_recovered_with_appointment_and_user(app: App, empty: Any) -> None:
    user = app.client.post("/api/v1/users/", json={"name": "Ann"}).json["data"]
    visit = {"user_id": user["id"], "title": "Check-up"}
    appointment = app.client.post("/api/v1/appointments/", json=visit).json["data"]
    file = ready(app, appointment_id=appointment["id"])
    other = empty()
    run(other)
    listed = other.client.get(f"/api/v1/file/appointment/{appointment['id']}").json["data"]["items"]
    assert [each["id"] for each in listed] == [file["id"]]
    (found,) = other.client.get("/api/v1/appointments/").json["data"]["items"]
    (owner,) = other.client.get("/api/v1/users/").json["data"]["items"]
    assert (found["id"], found["title"], found["user_id"]) == (appointment["id"], "recovered", owner["id"])
    assert owner["name"] == "recovered"


def test_a_second_recovery_changes_nothing(app: App, empty: Any) -> None:
    for body in (b"one", b"two", SIGNATURE):
        ready(app, body)
    other = empty()
    with patch.object(recover, "PAGE", 2):
        assert run(other).files == 3
    counts = [other.count(model) for model in ROWS]
    assert run(other) == Recovered(looked_at=3)
    assert [other.count(model) for model in ROWS] == counts


def test_a_dry_run_writes_nothing(app: App, empty: Any) -> None:
    ready(app)
    ready(app, SIGNATURE)
    other = empty()
    assert run(other, dry_run=True) == Recovered(looked_at=2, files=2, bytes=5 + len(SIGNATURE), quarantined=1)
    assert [other.count(model) for model in ROWS] == [0, 0, 0, 0]


def test_a_quarantined_file_stays_in_quarantine(app: App, empty: Any) -> None:
    file = ready(app, b"a" + SIGNATURE, credential=None)
    other = empty()
    assert run(other).quarantined == 1
    again = other.get(file["id"]).json["data"]
    assert again == file | {"virus_scan_date": None}
    assert (again["virus_scan_status"], again["is_quarantined"], again["download_url"]) == ("infected", True, None)
    assert sweep(other.deps).queued_scans == 0
    assert other.post("/upload/retry", file_id=file["id"]).status_code == 409


def test_an_infected_file_that_was_not_moved_is_quarantined_by_its_scan(app: App, empty: Any) -> None:
    app.upload(b"a" + SIGNATURE)
    other = empty()
    run(other, opened=True)
    rescan(other)
    assert len(other.keys(PRIVATE)) == 1
    assert other.keys(PRIVATE)[0].startswith("quarantine/")
    assert other.keys(PUBLIC) == []


def test_an_unscannable_file_is_moved_out_of_the_public_bucket(app: App, empty: Any) -> None:
    """It was released there once; a client with its key can read it, independent of its row."""
    file = ready(app.with_settings(unscannable_policy="release"), b"x" * 1025)
    assert app.keys(PUBLIC) == [place(file)["Key"]]
    other = empty()
    run(other)
    rescan(other)
    assert shown(other, file)[0] == "unscannable"
    assert (other.keys(PUBLIC), other.keys(PRIVATE)) == ([], [f"quarantine/{place(file)['Key']}"])


def test_a_private_file_whose_credential_is_lost_is_sealed(app: App, empty: Any) -> None:
    file = app.ready(credential=CREDENTIAL)
    other = empty()
    assert run(other).sealed == 1
    assert other.get(file["id"], headers=HEADER).status_code == 403
    assert other.get(file["id"]).status_code == 403
    rescan(other)
    assert (other.keys(PUBLIC), len(other.keys(PRIVATE))) == ([], 1)
    assert open_sealed(other.deps) == 1
    assert shown(other, file) == ("clean", None, True)


@pytest.mark.parametrize("plain", [False, True], ids=["signed links", "plain links"])
def test_a_public_file_in_the_private_bucket_is_sealed_until_it_is_opened(app: App, empty: Any, plain: bool) -> None:
    """The metadata from init does not contain whether it is public; with plain links it is promoted then."""
    file = ready(app.with_settings(s3_public_base_url=""))
    other = empty() if plain else empty().with_settings(s3_public_base_url="")
    assert run(other) == Recovered(looked_at=1, files=1, bytes=5, sealed=1)
    rescan(other)
    assert other.get(file["id"]).status_code == 403
    assert open_sealed(other.deps) == 1
    assert shown(other, file) == ("clean", None, True)
    other.clock.forward(3600)
    rescan(other)
    assert (len(other.keys(PRIVATE)), len(other.keys(PUBLIC))) == ((0, 1) if plain else (1, 0))


def test_a_private_file_in_quarantine_keeps_its_credential(app: App, empty: Any) -> None:
    file = app.ready(SIGNATURE, credential=CREDENTIAL)
    other = empty()
    assert run(other) == Recovered(looked_at=1, files=1, bytes=len(SIGNATURE), quarantined=1)
    assert other.get(file["id"]).status_code == 403
    assert other.get(file["id"], headers=HEADER).json["data"]["is_private"]


def test_owner_and_quota_are_recovered(app: App, empty: Any) -> None:
    locked = app.with_settings(login="on", quota=1000)
    file = ready(login(locked, "ann"))
    other = empty().with_settings(login="on", quota=1000)
    run(other)
    assert login(other, "ann").get(file["id"]).status_code == 200
    assert login(other, "bob").get(file["id"]).status_code == 404
    assert login(other, "ann").client.get("/api/v1/users/me").json["data"]["used_bytes"] == 5


def test_an_object_without_metadata_becomes_a_file_named_by_its_key(app: App, empty: Any) -> None:
    key = new_id()
    app.s3.put_object(Bucket=PUBLIC, Key=key, Body=b"old", ContentType="image/png")
    app.s3.put_object(Bucket=PUBLIC, Key="of-somebody-else", Body=b"?")
    app.s3.put_object(Bucket=PRIVATE, Key=f"probe-{new_id()}", Body=b"?")
    other = empty()
    assert run(other) == Recovered(looked_at=1, files=1, bytes=3, without_metadata=1)
    again = other.get(key).json["data"]
    assert (again["filename"], again["content_type"], again["upload_id"]) == (key, "image/png", key)


@pytest.mark.parametrize("wrong", ["text/" + "x" * 251, "text/h\xe4"])
def test_a_content_type_that_fits_no_row_is_replaced_by_octet_stream(empty: Any, wrong: str) -> None:
    stored = StoredObject(3, '"e"', None, content_type=wrong)
    found = Found(Location(PUBLIC, new_id()), datetime.now(UTC), stored, {})
    file = file_of(empty().deps, found, None, opened=False)
    assert file.content_type == "application/octet-stream"


def test_a_quarantined_object_without_metadata_is_recovered_as_infected(app: App, empty: Any) -> None:
    key = new_id()
    app.s3.put_object(Bucket=PRIVATE, Key=f"quarantine/{key}", Body=b"old")
    other = empty()
    assert run(other, opened=True) == Recovered(looked_at=1, files=1, bytes=3, without_metadata=1, quarantined=1)
    assert shown(other, {"id": key}) == ("infected", None, False)
    assert other.get(key).json["data"]["quarantine_reason"] == rebuild.REASON
    assert sweep(other.deps).queued_scans == 0


def test_a_file_with_two_objects_keeps_the_quarantined_or_public_one(app: App, empty: Any) -> None:
    infected, clean = ready(app, SIGNATURE), ready(app)
    for file in (infected, clean):
        own = place(file)["Key"].removeprefix("quarantine/")
        app.s3.copy_object(Bucket=PRIVATE, Key=own, CopySource=place(file))
    other = empty()
    assert (run(other).left_over, run(other).left_over) == (2, 0)
    sweep(other.deps)
    assert other.keys(PRIVATE) == [place(infected)["Key"]]
    assert checked(other) == []


@pytest.mark.parametrize(("state", "reserved"), [("uploading", 5), ("expired", 0)])
def test_a_file_that_was_completed_after_the_backup_is_completed_again(app: App, state: str, reserved: int) -> None:
    """The restored database has the upload as it was before, or as expired; its bytes count once."""
    locked = app.with_settings(login="on", quota=1000)
    ann = login(locked, "ann")
    file = ready(ann)
    with app.deps.db.write() as session:
        session.execute(update(Usage).values(bytes=reserved))
        session.delete(session.get_one(File, file["id"]))
        session.execute(update(Upload).values(state=state))
    assert run(locked).files == 1
    with app.deps.db.read() as session:  # before a sweep counts again
        assert session.scalars(select(Usage.bytes)).all() == [5]
    rescan(locked)
    assert shown(ann, file) == ("clean", None, True)


@pytest.mark.parametrize("lost", ["nothing", "expired", "the row"])
def test_a_recovered_file_counts_as_a_use_of_its_grant(shop: App, lost: str) -> None:
    """It counts once: the use of an open upload is counted already, that of an expired one was returned."""
    made = grant(shop, count=2)
    page = browser(shop, made)
    opened = page.send()
    file = page.post("/upload/complete/", **page.completion(opened)).json["data"]
    with shop.deps.db.write() as session:
        session.delete(session.get_one(File, file["id"]))
        session.flush()
        if lost == "the row":
            session.delete(session.get_one(Upload, file["upload_id"]))
        session.execute(update(Upload).values(state="expired" if lost == "expired" else "uploading"))
        session.execute(update(Grant).values(used=1 if lost == "nothing" else 0))
    assert run(shop).files == 1
    assert used(shop, made) == (1, "active")
    with shop.deps.db.read() as session:
        assert session.get_one(Upload, file["upload_id"]).grant_id == made["grant_id"]


def test_an_object_without_metadata_is_identified_by_its_uploads_row(app: App) -> None:
    opened = app.send(filename="named.txt", content_type="text/csv")
    file = app.post("/upload/complete/", **app.completion(opened)).json["data"]
    at = place(file)
    app.s3.put_object(**at, Body=b"hello")
    with app.deps.db.write() as session:
        session.delete(session.get_one(File, file["id"]))
        session.execute(update(Upload).values(state="expired"))
    assert run(app, opened=True) == Recovered(looked_at=1, files=1, bytes=5, without_metadata=1)
    again = app.get(file["id"]).json["data"]
    assert (again["filename"], again["content_type"]) == ("named.txt", "text/csv")
    assert (app.count(Upload), app.count(File)) == (1, 1)


def test_the_only_object_of_a_file_is_never_deleted(app: App) -> None:
    file = ready(app)
    own = place(file)["Key"]
    app.s3.copy_object(Bucket=PRIVATE, Key=own, CopySource=place(file))
    app.s3.delete_object(**place(file))
    assert run(app) == Recovered(looked_at=1, moved=1)
    rescan(app)
    assert (shown(app, file), checked(app)) == (("clean", None, True), [])


@pytest.mark.parametrize(("body", "verdict"), [(b"hello", "clean"), (b"a" + SIGNATURE, "infected")])
def test_a_file_that_was_moved_after_the_backup_gets_its_new_place(app: App, body: bytes, verdict: str) -> None:
    """The restored database has the place that the file had before its scan."""
    file = app.upload(body)
    with app.deps.db.read() as session:
        before = {name: getattr(session.get_one(File, file["id"]), name) for name in BEFORE}
    assert app.scan(file["id"]) == verdict
    with app.deps.db.write() as session:
        session.execute(update(File).values(**before))
    if verdict == "infected":
        assert run(app, dry_run=True) == run(app) == Recovered(looked_at=1, moved=1)
    else:
        assert run(app) == Recovered(looked_at=1, moved=1)
        assert shown(app, file) == ("pending", None, False)
        rescan(app)
    assert run(app) == Recovered(looked_at=1)
    assert (shown(app, file)[0], checked(app)) == (verdict, [])
    assert app.status(file["id"]).json["data"]["stage"] == ("ready" if verdict == "clean" else "quarantined")


def test_a_file_that_is_being_moved_is_not_changed(app: App) -> None:
    file = app.upload()
    app.s3.copy_object(Bucket=PUBLIC, Key=place(file)["Key"], CopySource=place(file))
    assert run(app) == Recovered(looked_at=2)
    assert checked(app) == []


def test_objects_of_deleted_files_and_aborted_uploads_are_not_recovered(app: App) -> None:
    kept, deleted = ready(app), ready(app)
    with patch("service.domain.files.deletion.settle_at_once"):
        assert app.client.delete(f"/api/v1/file/{deleted['id']}").status_code == 200
    opened = app.send(b"given up")
    with app.deps.db.write() as session:
        upload = session.get_one(Upload, opened["upload_id"])
        upload.state = "aborted"
        session.flush()
        app.s3.put_object(Bucket=PRIVATE, Key=upload.object_key, Body=b"given up")
    assert run(app) == Recovered(looked_at=3)
    assert (app.count(File), app.get(kept["id"]).status_code, app.count(PendingDeletion) > 0) == (1, 200, True)


def test_a_file_that_is_blocked_for_its_type_stays_blocked(app: App, empty: Any) -> None:
    ruled = app.with_settings(policies={"pictures": {"content_types": ("image/*",)}})
    opened = ruled.send(policy="pictures", filename="me.jpg", content_type="image/jpeg")
    wish = ruled.completion(opened, filename="me.jpg", content_type="image/jpeg")
    file_id = ruled.post("/upload/complete/", **wish).json["data"]["id"]
    assert ruled.scan(file_id) == "blocked"
    file = ruled.get(file_id).json["data"]
    other = empty()
    assert run(other).quarantined == 1
    assert other.get(file_id).json["data"] == file | {"virus_scan_date": None}
