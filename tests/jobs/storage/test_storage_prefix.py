"""The rule `storage_prefix` of a policy: each key of its objects begins with it, wherever the object is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest

from service.db.models import File, Upload
from service.domain.repair.recover import recover_files
from service.domain.upkeep.orphans import MARGIN
from service.domain.upkeep.sweep import sweep
from service.values import Recovered, SweepReport
from service.values.formats.ids import new_id
from service.values.object_keys import id_in
from service.values.policies import Policy
from tests.support.fakes import SIGNATURE
from tests.support.files.repeated_inits import ids, init
from tests.support.files.stored_files import checked, place
from tests.support.programs.crashes import Crash, crash
from tests.support.service_under_test import App

PRIVATE, PUBLIC = "longshore-private", "longshore-public"
PREFIX = "invoices/2026/"


@pytest.fixture
def app(app: App) -> App:
    """With plain links, so that clean public files are copied into the public bucket."""
    return app.published().with_settings(policies={"invoices": {"storage_prefix": PREFIX}})


def ready(app: App, body: bytes = b"hello") -> dict[str, Any]:
    """Upload a file under the policy, scan it, and delete what it left behind."""
    opened = app.send(body, policy="invoices")
    answer = app.post("/upload/complete/", **app.completion(opened, body))
    assert answer.status_code == 200, answer.json
    app.scan(opened["file_id"])
    sweep(app.deps)
    return app.get(opened["file_id"]).json["data"]


def objects(app: App) -> tuple[list[str], list[str]]:
    """The prefixes of all keys, by bucket."""
    private, public = ([key.removesuffix(id_in(key)) for key in app.keys(bucket)] for bucket in (PRIVATE, PUBLIC))
    return private, public


def lose_rows(app: App) -> None:
    with app.deps.db.write() as session:
        session.query(File).delete()
        session.query(Upload).delete()


@pytest.mark.parametrize("by_one_put", [False, True], ids=["parts", "one PUT"])
def test_a_clean_file_keeps_its_prefix_in_both_buckets(app: App, by_one_put: bool) -> None:
    app = app.with_one_put() if by_one_put else app
    opened = app.send(policy="invoices")
    assert f"/{PRIVATE}/{PREFIX}" in opened["chunks"][0]["url"]
    app.post("/upload/complete/", **app.completion(opened))
    assert objects(app) == ([PREFIX], [])
    app.scan(opened["file_id"])
    sweep(app.deps)
    file = app.get(opened["file_id"]).json["data"]
    assert objects(app)[1] == [PREFIX]
    assert file["download_url"] == f"https://cdn.example/{app.keys(PUBLIC)[0]}"
    assert (app.stored(file["id"]), checked(app)) == (b"hello", [])


def test_an_infected_file_keeps_its_prefix_in_quarantine(app: App) -> None:
    file = ready(app, SIGNATURE)
    assert file["is_quarantined"]
    assert (objects(app), checked(app)) == (([f"quarantine/{PREFIX}"], []), [])


def test_a_repeated_init_keeps_the_prefix_of_the_first(app: App) -> None:
    with patch("service.storage.s3.Storage.create_upload", crash), pytest.raises(Crash):
        init(app, policy="invoices")
    later = app.with_settings(policies={"invoices": {}})
    opened = init(later, policy="invoices")
    assert ids(opened) == ids(init(later, policy="invoices"))
    assert f"/{PREFIX}" in opened.json["data"]["chunks"][0]["url"]


@pytest.mark.parametrize("policies", [{}, {"invoices": {"storage_prefix": PREFIX}}], ids=["a former prefix", "today's"])
def test_lost_rows_are_recovered_without_copies_of_other_programs(app: App, policies: dict[str, Any]) -> None:
    files = [ready(app), ready(app, SIGNATURE)]
    for number, file in enumerate(files):
        app.s3.copy_object(Bucket=PRIVATE, Key=f"backup/{number}/{id_in(file['path'])}", CopySource=place(file))
    lose_rows(app)
    app = app.with_settings(policies=policies)
    pages = [*recover_files(app.deps, dry_run=False, opened=False)]
    assert (sum(page.files for page in pages), sum(page.without_metadata for page in pages)) == (2, 0)
    assert [app.get(file["id"]).json["data"]["path"] for file in files] == [file["path"] for file in files]
    assert [page.files for page in recover_files(app.deps, dry_run=False, opened=False)] == [0, 0, 0]
    with app.deps.db.read() as session:
        assert {upload.object_key[: len(PREFIX)] for upload in session.query(Upload)} == {PREFIX}


def test_an_object_without_metadata_is_recovered_under_a_current_prefix(app: App) -> None:
    own = new_id()
    for prefix in (PREFIX, "others/"):
        app.s3.put_object(Bucket=PUBLIC, Key=prefix + own, Body=b"old")
    assert [*recover_files(app.deps, dry_run=False, opened=False)] == [
        Recovered(looked_at=2, files=1, bytes=3, without_metadata=1)
    ]
    assert app.get(own).json["data"]["path"] == f"{PUBLIC}/{PREFIX}{own}"


def test_orphans_are_found_under_the_current_prefixes(app: App) -> None:
    kept = ready(app)
    for prefix in (PREFIX, f"quarantine/{PREFIX}", "others/"):
        app.s3.put_object(Bucket=PRIVATE, Key=prefix + new_id(), Body=b"stray")
    app.clock.now = datetime.now(UTC) + timedelta(seconds=app.deps.settings.upload_ttl + 60) + MARGIN
    report = sweep(app.with_settings(policies=app.deps.settings.policies, orphan_policy="delete").deps)
    assert report == SweepReport(orphans=2, orphan_bytes=10, removed=2)
    assert (objects(app)[0], app.stored(kept["id"])) == (["others/"], b"hello")


def test_a_policy_without_the_rule_has_no_prefix() -> None:
    policy = Policy(name="a", max_size=1, chunk_size=1, upload_ttl=1, url_ttl=1, unscannable="hold")
    assert policy.storage_prefix == ""
