"""Replaced objects: found by the sweeper, by promotions and by scans; an operator can adopt them."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest

from service.db.models import File
from service.domain.files import replaced
from service.domain.files.replaced import REASON
from service.domain.upkeep.orphans import PAGES
from service.domain.upkeep.sweep import sweep
from service.errors import StorageUnavailableError
from service.observability.metrics import REPLACED
from service.scanner import ScanFailedError
from service.values import ListedObject, Location
from tests.support.fakes import SIGNATURE
from tests.support.files.decisions import audits
from tests.support.files.stored_files import (
    PRIVATE,
    PUBLIC,
    checked,
    flaw,
    next_round,
    overwrite,
    place,
    ready,
    row,
    shown,
)
from tests.support.service_under_test import App


@pytest.fixture
def app(app: App) -> App:
    """With plain links, so that clean public files are copied to the public bucket."""
    return app.published()


def test_the_sweeper_finds_replaced_objects_in_the_public_bucket(app: App) -> None:
    files = [ready(app) for _ in range(3)]
    private = app.ready(credential={"pin": "1"})
    assert next_round(app) == 0
    counted = REPLACED._value.get()
    for file in (files[1], private):
        overwrite(app, file)
    assert next_round(app) == 1
    assert [shown(app, file) for file in files] == [
        ("clean", None, True),
        ("error", REASON, False),
        ("clean", None, True),
    ]
    assert REPLACED._value.get() == counted + 1
    assert app.queue.jobs[files[1]["id"]] == "queued"
    assert app.scan(files[1]["id"]) == "quarantined"
    assert next_round(app) == 0


def test_an_outdated_list_withdraws_no_file(app: App) -> None:
    file = ready(app)
    late = [ListedObject(place(file)["Key"], 5, app.clock(), '"of before"')]
    with (
        patch.object(app.deps.storage, "objects_after", return_value=(late, None)),
        patch.object(app.deps.storage, "head", wraps=app.deps.storage.head) as looked,
    ):
        assert next_round(app) == 0
    assert looked.call_args_list[0].args == (Location(*file["path"].split("/", 1)),)


def test_a_step_compares_a_limited_number_and_the_next_continues(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaced, "LOOKS", 2)
    files = [ready(app) for _ in range(5)]
    for file in files:
        overwrite(app, file)
    monkeypatch.setattr("service.domain.upkeep.orphans.PAGES", 1)
    found = [next_round(app)] + [sweep(app.deps).replaced for _ in range(3)]
    assert (found, PAGES > 1) == ([2, 2, 1, 0], True)


def test_with_storage_down_the_round_is_repeated_later(app: App) -> None:
    file = ready(app)
    overwrite(app, file)
    with patch.object(app.deps.storage, "head", side_effect=StorageUnavailableError):
        assert next_round(app) == 0
    assert shown(app, file) == ("clean", None, True)
    assert next_round(app) == 1


def test_an_unreadable_object_does_not_stop_the_comparison_of_others(app: App) -> None:
    files = sorted((ready(app) for _ in range(3)), key=lambda file: str(place(file)["Key"]))
    for file in files:
        overwrite(app, file)
    head = app.deps.storage.head
    with patch.object(app.deps.storage, "head") as mocked:
        mocked.side_effect = [StorageUnavailableError(), *[head(Location(*place(file).values())) for file in files[1:]]]
        assert next_round(app) == 2
    assert [shown(app, file)[0] for file in files] == ["clean", "error", "error"]
    assert next_round(app) == 1


def test_an_object_that_is_replaced_before_its_rescan_is_blocked(app: App) -> None:
    file = ready(app)
    overwrite(app, file)
    app.scanner.signatures = "2"
    with patch.object(app.deps.storage, "objects_after", return_value=([], None)):
        sweep(app.deps)
    assert app.scan(file["id"]) == "quarantined"
    assert shown(app, file) == ("error", REASON, False)


def test_an_object_that_is_replaced_before_its_copy_is_blocked(app: App) -> None:
    """moto copies any object, whatever its ETag."""
    file = app.upload()
    copy = app.deps.storage.copy

    def replaced_before(*args: Any) -> str:
        if args[3].bucket == PUBLIC:
            overwrite(app, file)
        return copy(*args)

    with patch.object(app.deps.storage, "copy", replaced_before):
        assert app.scan(file["id"]) == "quarantined"
    assert (len(app.keys(PRIVATE)), app.keys(PUBLIC)) == (1, [])
    assert shown(app, file) == ("error", REASON, False)


def test_a_copy_that_is_replaced_before_it_is_recorded_is_not_served(app: App) -> None:
    file = app.upload()
    copy = app.deps.storage.copy

    def replaced_after(*args: Any) -> str:
        made = copy(*args)
        app.s3.put_object(Bucket=PUBLIC, Key=args[3].object_key, Body=b"HELLO")
        return made

    with patch.object(app.deps.storage, "copy", replaced_after):
        with pytest.raises(ScanFailedError, match="was replaced"):
            app.scan(file["id"])
    assert shown(app, file)[2] is False
    assert app.scan(file["id"]) == "clean"
    public = app.s3.get_object(Bucket=PUBLIC, Key=place(file)["Key"])
    assert (public["Body"].read(), public["ETag"]) == (b"hello", row(app, file["id"]).etag)


def test_an_object_that_replaced_a_virus_is_moved_to_quarantine(app: App) -> None:
    file = app.upload(SIGNATURE)
    with patch.object(app.deps.storage, "copy", side_effect=StorageUnavailableError):
        with pytest.raises(StorageUnavailableError):
            app.scan(file["id"])
    overwrite(app, file, b"another")
    was, now = row(app, file["id"]).etag, app.s3.head_object(**place(file))["ETag"]
    assert app.scan(file["id"]) == "quarantined"
    assert app.keys(PRIVATE) == ["quarantine/" + place(file)["Key"]]
    assert audits(app, file["id"])[-2:] == [
        ("system", "replaced", f"ETag {was}, now {now}"),
        ("scanner", "quarantined", "The virus scanner found Fake-Virus."),
    ]


@pytest.mark.parametrize("what", ["infected", "error"])
def test_a_file_that_is_blocked_is_never_scanned(app: App, what: str) -> None:
    """The status `error` is also that of a failed scan."""
    file = ready(app, SIGNATURE if what == "infected" else b"hello")
    if what == "error":
        overwrite(app, file)
        next_round(app)
    with patch.object(app.scanner, "scan", side_effect=AssertionError):
        app.scan(file["id"])
        app.scan(file["id"])
    assert app.status(file["id"]).json["data"]["stage"] == "quarantined"


@pytest.mark.parametrize("credential", [None, {"pin": "1"}], ids=["public", "private"])
def test_a_replaced_object_that_an_operator_adopts_is_scanned_first(
    app: App, credential: dict[str, str] | None
) -> None:
    file = app.ready(credential=credential)
    before = row(app, file["id"])
    app.s3.put_object(Bucket=before.bucket, Key=before.object_key, Body=b"HELLO")
    header = {"headers": {"X-File-Credential": '{"pin": "1"}'}}
    app.untrusted().get(file["id"], **header)
    assert [found.kind for found in checked(app, mark=True)] == ["replaced"]
    app.scan(file["id"])
    seen = row(app, file["id"])
    shown_now = file | {"path": f"{seen.bucket}/{seen.object_key}"}
    assert checked(app) == [flaw(shown_now, "replaced", f"5 bytes, ETag {seen.etag}")]

    assert checked(app, adopt=True) == [flaw(shown_now, "replaced", f"5 bytes, ETag {seen.etag}", "to be scanned")]
    assert app.get(file["id"], **header).json["data"]["download_url"] is None
    assert app.scan(file["id"]) == "clean"
    assert checked(app) == []
    now = row(app, file["id"])
    assert (now.bucket, now.object_key, now.quarantine_reason) == (before.bucket, before.object_key, None)
    assert len(app.keys(PRIVATE) + app.keys(PUBLIC)) == 1


def test_an_object_of_another_size_is_not_adopted(app: App) -> None:
    file = ready(app)
    overwrite(app, file, b"another size")
    next_round(app)
    app.scan(file["id"])
    assert [(found.kind, found.done) for found in checked(app, mark=True, adopt=True)] == [("replaced", None)]
    assert shown(app, file) == ("error", REASON, False)


def test_deleting_a_replaced_file_leaves_no_object(app: App) -> None:
    file = ready(app)
    overwrite(app, file)
    next_round(app)
    app.scan(file["id"])
    assert app.client.delete(f"/api/v1/file/{file['id']}").status_code == 200
    assert (app.keys(PRIVATE), app.keys(PUBLIC), app.count(File)) == ([], [], 0)
