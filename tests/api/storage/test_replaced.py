"""Replaced objects: if clients may be able to overwrite objects, a link is given only for the scanned one."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
import requests
from sqlalchemy import select

from service.db.models import Delivery
from service.domain.files.replaced import REASON
from service.domain.upkeep.sweep import sweep
from service.errors import StorageRefusedError
from service.values import Location
from tests.support.files.decisions import audits
from tests.support.files.stored_files import place
from tests.support.matchers import A_URL, failure
from tests.support.service.recorded_calls import counted
from tests.support.service_under_test import FILE, App

HEADER = {"X-File-Credential": '{"pin": "1"}'}


@pytest.fixture
def untrusted(app: App) -> App:
    return app.untrusted()


def shown(app: App, file_id: str) -> dict[str, Any]:
    return dict(app.get(file_id, headers=HEADER).json["data"])


def replace(app: App, file: dict[str, Any], body: bytes = b"HELLO") -> str:
    """Overwrite a file's object, as an unsigned PUT could; returns the ETag."""
    return str(app.s3.put_object(**place(file), Body=body)["ETag"])


def test_a_link_costs_one_head_request(untrusted: App) -> None:
    file = untrusted.ready()
    with counted(untrusted) as (_, calls):
        assert shown(untrusted, file["id"])["download_url"] == A_URL
    assert calls == ["HeadObject"]


@pytest.mark.parametrize("changes", [{"s3_upload_access_key": ""}, {}], ids=["one key for all", "never attacked"])
def test_lists_have_no_links_if_each_costs_a_head_request(app: App, changes: dict[str, str]) -> None:
    app.ready()
    other = app.with_settings(**changes) if changes else app.untrusted()
    with counted(other) as (_, calls):
        items = other.client.get(f"{FILE}/all").json["data"]["items"]
    assert ([item["download_url"] for item in items], calls) == ([None], [])
    assert app.client.get(f"{FILE}/all").json["data"]["items"][0]["download_url"] == A_URL


@pytest.mark.parametrize("body", [b"HELLO", b"another size"])
@pytest.mark.parametrize("credential", [None, {"pin": "1"}], ids=["public", "private"])
def test_a_file_whose_object_was_replaced_is_withdrawn(
    untrusted: App, credential: dict[str, str] | None, body: bytes
) -> None:
    hooked = untrusted.with_settings(webhooks=("https://hooks.example/in",), webhook_secret="whsec_" + "A" * 32)
    file = shown(hooked, hooked.ready(credential=credential)["id"])
    etag = hooked.s3.head_object(**place(file))["ETag"]
    other = replace(hooked, file, body)
    now = shown(hooked, file["id"])
    assert now == file | {
        "download_url": None,
        "download_expires_at": None,
        "virus_scan_status": "error",
        "virus_scan_result": REASON,
        "detected_content_type": None,
        "is_quarantined": True,
        "quarantine_reason": REASON,
    }
    status = hooked.status(file["id"], headers=HEADER).json["data"]
    assert (status["stage"], status["status"]) == ("quarantined", "FAILURE")
    with hooked.deps.db.read() as session:
        event = session.scalars(select(Delivery).where(Delivery.event == "file.withdrawn")).one()
    assert event.payload["data"]["file"]["quarantine_reason"] == REASON

    # the object is moved into quarantine, whatever its size
    assert hooked.queue.jobs[file["id"]] == "queued"
    assert hooked.scan(file["id"]) == "quarantined"
    key = "quarantine/" + file["path"].partition("/")[2]
    assert (hooked.keys("longshore-private"), hooked.keys("longshore-public")) == ([key], [])
    assert hooked.s3.get_object(Bucket="longshore-private", Key=key)["Body"].read() == body
    assert not requests.get(file["download_url"], timeout=10).ok
    change = f"ETag {etag}, now {other} of {len(body)} bytes"
    assert audits(hooked, file["id"]) == [("system", "replaced", change), ("scanner", "quarantined", REASON)]
    assert hooked.post("/upload/retry", file_id=file["id"], credential=credential).json == failure("file_quarantined")


def test_completing_again_gives_no_link_to_a_replaced_object(untrusted: App) -> None:
    opened = untrusted.send()
    body = untrusted.completion(opened)
    file = untrusted.post("/upload/complete/", **body).json["data"]
    untrusted.scan(file["id"])
    assert untrusted.post("/upload/complete/", **body).json["data"]["download_url"] == A_URL
    replace(untrusted, shown(untrusted, file["id"]))
    again = untrusted.post("/upload/complete/", **body).json["data"]
    assert (again["download_url"], again["is_quarantined"]) == (None, True)


def test_a_missing_object_withdraws_nothing(untrusted: App) -> None:
    """One 404 may be a proxy's."""
    file = shown(untrusted, untrusted.ready()["id"])
    untrusted.s3.delete_object(**place(file))
    answer = untrusted.get(file["id"])
    assert (answer.status_code, answer.json) == (503, failure("storage_unavailable"))
    assert untrusted.status(file["id"]).json["data"]["stage"] == "ready"


def test_an_answer_that_the_list_does_not_confirm_withdraws_nothing(untrusted: App) -> None:
    """A proxy's page may have an ETag and a length, too."""
    file = shown(untrusted, untrusted.ready()["id"])
    there = untrusted.deps.storage.head(Location(*file["path"].split("/", 1)))
    assert there is not None
    page = type(there)(5, '"5f3c"', None)
    with patch.object(untrusted.deps.storage, "head", return_value=page):
        assert untrusted.get(file["id"]).status_code == 503
    assert shown(untrusted, file["id"]) == file


@pytest.mark.parametrize(
    ("error", "status"),
    [(None, 503), (StorageRefusedError("HeadObject", "AccessDenied"), 502)],
    ids=["down", "refuses"],
)
def test_a_failing_storage_gives_no_link_and_withdraws_nothing(
    untrusted: App, error: Exception | None, status: int
) -> None:
    file = untrusted.ready()
    if error is None:
        answer = untrusted.without_storage().get(file["id"])
    else:
        with patch.object(untrusted.deps.storage, "head", side_effect=error):
            answer = untrusted.get(file["id"])
    assert answer.status_code == status
    assert shown(untrusted, file["id"])["download_url"] == A_URL


def test_quotes_and_the_weak_mark_of_an_etag_are_ignored(untrusted: App) -> None:
    file = untrusted.ready()
    head = untrusted.deps.storage.head

    def weak(at: Location) -> Any:
        found = head(at)
        assert found is not None
        return type(found)(found.size, "W/" + found.etag, None)

    with patch.object(untrusted.deps.storage, "head", weak):
        assert shown(untrusted, file["id"])["download_url"] == A_URL


def test_with_redis_down_the_move_waits_for_the_sweeper(untrusted: App) -> None:
    file = shown(untrusted, untrusted.ready()["id"])
    replace(untrusted, file)
    untrusted.queue.down = True
    assert shown(untrusted, file["id"])["is_quarantined"] is True
    untrusted.queue.down = False
    assert sweep(untrusted.deps).queued_scans == 1
    assert untrusted.scan(file["id"]) == "quarantined"


def test_a_replaced_object_gets_no_plain_link(untrusted: App) -> None:
    plain = untrusted.with_settings(s3_public_base_url="https://cdn.example")
    file = shown(plain, plain.ready()["id"])
    assert file["download_url"].startswith("https://cdn.example/")
    replace(plain, file)
    assert shown(plain, file["id"])["download_url"] is None
