"""Adoptions over HTTP: what becomes a file, what is skipped and why, repetition, cancelling, and who may do it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import requests

from service.db.models import Upload
from service.domain.adoptions import objects, turns
from service.domain.upkeep.sweep import sweep
from service.values import Location
from service.values.caller import Scope
from tests.support.adoption import (
    ADOPTIONS,
    ARCHIVE,
    OBJECT,
    adopt,
    adopted,
    audits,
    counts,
    file_of,
    files,
    put,
    row,
    shown,
    swept,
    verdicts,
)
from tests.support.fakes import SIGNATURE
from tests.support.login import login
from tests.support.matchers import A_TIME, AN_ID, failure
from tests.support.quick_moto import create_bucket
from tests.support.service_under_test import App, rebuilt


@pytest.fixture
def archive(app: App) -> App:
    create_bucket(ARCHIVE, app.deps.settings.s3_region)
    return app.with_settings(adopt_buckets=(ARCHIVE,))


def test_from_adoption_to_download(archive: App) -> None:
    put(archive, OBJECT["Key"], b"the bytes")
    made = adopt(archive, prefix="2025/")
    assert made == {
        "adoption_id": AN_ID,
        "bucket": ARCHIVE,
        "prefix": "2025/",
        "owner": None,
        "policy": None,
        "follow": False,
        "state": "running",
        "adopted": 0,
        "renewed": 0,
        "unchanged": 0,
        "skipped": 0,
        "failed": 0,
        "bytes": 0,
        "reasons": [],
        "position": None,
        "problem": None,
        "created_by": "anonymous",
        "created_at": A_TIME,
        "ended_at": None,
    }
    assert sweep(archive.deps).adopted_objects == 1
    done = shown(archive, made["adoption_id"])
    assert done == made | {
        "state": "done",
        "adopted": 1,
        "bytes": 9,
        "position": OBJECT["Key"],
        "ended_at": A_TIME,
    }
    file = file_of(archive)
    assert (file["virus_scan_status"], file["download_url"], file["path"]) == (
        "pending",
        None,
        "archive/2025/report.txt",
    )
    archive.scan(file["id"])
    ready = file_of(archive)
    assert (ready["filename"], ready["content_type"], ready["size"], ready["is_private"]) == (
        "report.txt",
        "text/plain",
        9,
        False,
    )
    assert requests.get(ready["download_url"], timeout=10).content == b"the bytes"
    assert archive.keys(ARCHIVE) == [OBJECT["Key"]]
    assert archive.queue.again == {file["id"]}
    why = f"adoption {made['adoption_id']}"
    assert audits(archive, made["adoption_id"]) == [("anonymous", "adoption_created", "archive/2025/")]
    assert audits(archive, file["id"]) == [("anonymous", "adopted", why)]
