"""Rotation of SECRET_KEY: credentials of the old key are accepted until the key is removed."""

from __future__ import annotations

import pytest

from service.db.models import File
from tests.support.files.credentials import CREDENTIAL, HEADER
from tests.support.matchers import success
from tests.support.service_under_test import App

OLD, NEW = "secret-of-credentials", "a-new-secret-of-credentials"


def hash_of(app: App, file_id: str) -> str | None:
    with app.deps.db.read() as session:
        return session.get_one(File, file_id).credential_hash


def test_a_credential_of_the_old_key_is_accepted_and_hashed_again(app: App, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    used, unused = app.ready(credential=CREDENTIAL), app.ready(credential=CREDENTIAL)
    before = hash_of(app, used["id"])
    rotated = app.with_settings(secret_key=NEW, secret_key_previous=("another-old-secret", OLD))
    assert rotated.get(used["id"]).status_code == 403
    assert hash_of(app, used["id"]) == before
    assert rotated.get(used["id"], headers=HEADER).status_code == 200
    renewed = hash_of(app, used["id"])
    assert renewed != before
    assert f"credential_renewed file_id={used['id']} renewed=True" in caplog.text
    assert rotated.get(used["id"], headers=HEADER).status_code == 200
    assert hash_of(app, used["id"]) == renewed
    without = app.with_settings(secret_key=NEW)
    assert [without.get(file["id"], headers=HEADER).status_code for file in (used, unused)] == [200, 403]


def test_a_credential_of_the_new_key_is_accepted_before_the_key_is_used(app: App) -> None:
    """The first step: every process accepts the new key before any uses it."""
    prepared = app.with_settings(secret_key_previous=(NEW,))
    file = app.with_settings(secret_key=NEW, secret_key_previous=(OLD,)).ready(credential=CREDENTIAL)
    assert prepared.get(file["id"], headers=HEADER).status_code == 200


def test_every_call_accepts_a_credential_of_the_old_key(app: App) -> None:
    file = app.ready(credential=CREDENTIAL)
    rotated = app.with_settings(secret_key=NEW, secret_key_previous=(OLD,))
    assert rotated.status(file["id"], headers=HEADER).json["data"]["stage"] == "ready"
    assert rotated.client.delete(f"/api/v1/file/{file['id']}", headers=HEADER).json == success({"id": file["id"]})
    assert (app.keys("longshore-private"), app.keys("longshore-public"), app.count(File)) == ([], [], 0)
