"""Buckets that keep versions: a file is one version of its object, and a deletion removes all of them."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from botocore.exceptions import ClientError, EndpointConnectionError

from service.db.models import PendingDeletion
from service.domain.repair.relocate import relocate
from service.domain.upkeep.sweep import sweep
from service.errors import StorageUnavailableError
from service.storage.s3 import Storage
from service.values.formats.ids import new_id
from tests.support.fakes import SIGNATURE
from tests.support.files.stored_files import PRIVATE, PUBLIC, checked, next_round, overwrite, place, ready, row, shown
from tests.support.service_under_test import FILE, App, rebuilt


@pytest.fixture
def versioned(app: App) -> App:
    return keeping_versions(app, "Enabled")


def keeping_versions(app: App, status: str) -> App:
    for bucket in (PRIVATE, PUBLIC):
        app.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})
    return app


def versions(app: App) -> list[tuple[str, str]]:
    """(bucket, key) of every version and delete marker that there is."""
    found = []
    for bucket in (PRIVATE, PUBLIC):
        reply = app.s3.list_object_versions(Bucket=bucket)
        found += [(bucket, each["Key"]) for each in (*reply.get("Versions", []), *reply.get("DeleteMarkers", []))]
    return found


@pytest.mark.parametrize("credential", [None, {"pin": "1"}], ids=["public", "private"])
def test_a_link_leads_to_the_version_that_was_scanned(versioned: App, credential: dict[str, str] | None) -> None:
    headers = {"X-File-Credential": '{"pin": "1"}'}
    file = versioned.get(versioned.ready(credential=credential)["id"], headers=headers).json["data"]
    overwrite(versioned, file)
    now = versioned.get(file["id"], headers=headers).json["data"]
    version = row(versioned, file["id"]).version_id
    assert parse_qs(urlsplit(now["download_url"]).query)["versionId"] == [version]
    assert requests.get(now["download_url"], timeout=10).content == b"hello"
    # that needs no HEAD request
    untrusted = versioned.untrusted()
    with patch.object(untrusted.deps.storage, "head", side_effect=AssertionError):
        assert untrusted.get(file["id"], headers=headers).json["data"] == now
        listed = untrusted.client.get(f"{FILE}/all").json["data"]["items"][0]
    assert listed["download_url"] == (None if credential else now["download_url"])
    assert (next_round(versioned), checked(versioned)) == (0, [])


def test_an_overwritten_object_with_a_plain_link_is_quarantined(versioned: App) -> None:
    plain = versioned.with_settings(s3_public_base_url="https://cdn.example")
    file = ready(plain)
    assert "?" not in file["download_url"]
    overwrite(plain, file)
    assert next_round(plain) == 1
    assert plain.scan(file["id"]) == "quarantined"
    assert versions(plain) == [(PRIVATE, "quarantine/" + place(file)["Key"])]


def test_the_completed_version_is_scanned_and_copied(versioned: App) -> None:
    file = versioned.upload()
    overwrite(versioned, file)
    assert versioned.published().scan(file["id"]) == "clean"
    assert versions(versioned) == [(PUBLIC, place(file)["Key"])]
    link = versioned.get(file["id"]).json["data"]["download_url"]
    assert requests.get(link, timeout=10).content == b"hello"


@pytest.mark.parametrize("status", ["Enabled", "Suspended"])
def test_deletion_leaves_no_version(app: App, status: str) -> None:
    file = ready(keeping_versions(app, "Enabled"))
    overwrite(app, file)
    keeping_versions(app, status)
    other = place(file)["Key"] + "-other"
    app.s3.put_object(Bucket=PUBLIC, Key=other, Body=b"not ours")
    assert app.client.delete(f"{FILE}/{file['id']}").status_code == 200
    assert versions(app) == [(PUBLIC, other)]


@pytest.mark.parametrize(("policy", "left"), [("keep", 1), ("delete", 0)])
def test_quarantine_leaves_no_version_elsewhere(versioned: App, policy: str, left: int) -> None:
    file = versioned.with_settings(infected_policy=policy).ready(SIGNATURE)
    key = place(file)["Key"]
    assert versions(versioned) == [(PRIVATE, f"quarantine/{key}")] * left


def test_an_orphan_that_is_deleted_leaves_no_version(versioned: App) -> None:
    app = versioned.with_settings(orphan_policy="delete")
    for body in (b"one", b"two"):
        app.s3.put_object(Bucket=PUBLIC, Key=(key := new_id()), Body=body)
        app.s3.put_object(Bucket=PUBLIC, Key=key, Body=body * 2)
    app.clock.now = app.clock.now.replace(year=app.clock.now.year + 2)
    assert sweep(app.deps).removed == 2
    assert versions(app) == []


def test_versions_are_deleted_if_storage_reports_no_delete_markers(versioned: App) -> None:
    """As OpenStack Swift does."""
    file = ready(versioned)
    delete = versioned.deps.storage._patient.delete_objects

    def silent(**wish: Any) -> Any:
        return {"Deleted": [{"Key": each["Key"]} for each in delete(**wish).get("Deleted", [])]}

    with patch.object(versioned.deps.storage._patient, "delete_objects", silent):
        assert versioned.client.delete(f"{FILE}/{file['id']}").status_code == 200
    assert versions(versioned) == []


@pytest.mark.parametrize(("code", "status"), [("AccessDenied", 403), ("NotImplemented", 501)])
def test_versions_are_deleted_if_the_versioning_cannot_be_read(versioned: App, code: str, status: int) -> None:
    """Its delete markers show that the bucket keeps versions."""
    file = ready(versioned)
    refused = ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Get")  # type: ignore[typeddict-item]
    other = Storage(versioned.deps.storage._s3)
    with patch.object(other._patient, "get_bucket_versioning", side_effect=refused) as called:
        assert rebuilt(versioned, storage=other).client.delete(f"{FILE}/{file['id']}").status_code == 200
    assert (versions(versioned), called.call_count) == ([], 2)  # once for each bucket


def test_versions_that_cannot_be_listed_keep_only_their_own_key(versioned: App) -> None:
    keys = [new_id(), new_id()]
    for key in keys:
        versioned.s3.put_object(Bucket=PUBLIC, Key=key, Body=b"x")
    storage = Storage(versioned.deps.storage._s3)
    listed = storage._patient.list_object_versions

    def lists(**wish: Any) -> Any:
        if wish["Prefix"] == keys[0]:
            raise EndpointConnectionError(endpoint_url="https://s3.example")
        return listed(**wish)

    with patch.object(storage._patient, "list_object_versions", side_effect=lists):
        assert storage.delete(PUBLIC, keys) == {keys[0]: "its versions: storage_unavailable"}
    assert {key for _, key in versions(versioned)} == {keys[0]}


def test_a_deletion_fails_if_storage_is_down_for_the_versioning(app: App) -> None:
    refused = ClientError({"Error": {"Code": "SlowDown"}, "ResponseMetadata": {"HTTPStatusCode": 503}}, "Get")  # type: ignore[typeddict-item]
    with patch.object(app.deps.storage._patient, "get_bucket_versioning", side_effect=refused):
        with pytest.raises(StorageUnavailableError):
            app.deps.storage.delete(PRIVATE, ["key"])


def test_the_versions_of_all_pages_are_deleted(versioned: App) -> None:
    for number in range(3):
        versioned.s3.put_object(Bucket=PRIVATE, Key="key", Body=b"x" * number)
    pages = versioned.deps.storage._patient.list_object_versions
    with patch.object(versioned.deps.storage._patient, "list_object_versions", lambda **wish: pages(**wish, MaxKeys=2)):
        assert versioned.deps.storage.delete(PRIVATE, ["key"]) == {}
    assert versions(versioned) == []


def test_versions_that_may_not_be_listed_stay_pending(versioned: App) -> None:
    """The bytes are still there."""
    file = ready(versioned)
    refused = ClientError({"Error": {"Code": "AccessDenied"}}, "ListObjectVersions")
    with patch.object(versioned.deps.storage._patient, "list_object_versions", side_effect=refused):
        assert versioned.client.delete(f"{FILE}/{file['id']}").status_code == 200
    with versioned.deps.db.read() as session:
        assert {pending.last_error for pending in session.query(PendingDeletion)} >= {"its versions: AccessDenied"}
    versioned.clock.forward(2 * 3600)
    sweep(versioned.deps)
    assert (versions(versioned), versioned.count(PendingDeletion)) == ([], 0)


def test_a_file_has_no_version_while_versioning_is_suspended(app: App) -> None:
    keeping_versions(app, "Suspended")
    file = ready(app)
    assert row(app, file["id"]).version_id is None
    overwrite(app, file)
    assert app.untrusted().get(file["id"]).json["data"]["is_quarantined"] is True


def test_the_check_finds_and_adopts_the_version_of_a_copied_object(versioned: App) -> None:
    """As after copying the buckets to another store."""
    file = ready(versioned.published())
    versioned.s3.copy_object(**place(file), CopySource=place(file), MetadataDirective="REPLACE")
    old = row(versioned, file["id"]).version_id
    versioned.s3.delete_object(**place(file), VersionId=old)
    etag = row(versioned, file["id"]).etag
    [found] = checked(versioned)
    assert (found.kind, found.found, found.done) == ("changed", f"5 bytes, ETag {etag}", None)
    [found] = checked(versioned, adopt=True)
    assert found.done == "to be scanned"
    assert versioned.scan(file["id"]) == "clean"
    assert shown(versioned, file) == ("clean", None, True)
    assert checked(versioned) == []


def test_a_relocated_file_has_no_version(versioned: App) -> None:
    file: dict[str, Any] = ready(versioned)
    assert list(relocate(versioned.deps, PRIVATE, "elsewhere")) == [1]
    moved = row(versioned, file["id"])
    assert (moved.bucket, moved.version_id) == ("elsewhere", None)
