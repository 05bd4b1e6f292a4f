"""Recovery metadata: it can be read back, fits into S3's metadata, and cannot be forged or read by others."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.db.models import File
from service.domain.records.objects.recovery_metadata import OF_FILE, read_recovery_metadata, recovery_metadata_of_file
from service.limits import MAX_NAME_LENGTH
from service.storage.multiparts import UPLOAD_ID_METADATA
from service.values.formats.ids import new_id
from tests.support.service_under_test import make_settings

SETTINGS = make_settings(Path("/nowhere"))
KEY = "5f0e8a52-0000-4000-8000-000000000001"
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=MAX_NAME_LENGTH)


def file_row(**values: Any) -> File:
    ids = {"id": new_id(), "upload_id": new_id(), "object_key": KEY, "owner": "ann", "filename": "a.txt"}
    rest = {"content_type": "text/plain", "total_chunks": 3, "virus_scan_status": "clean", "credential_hash": "0" * 64}
    return File(**{**ids, **rest, "created_at": datetime(2026, 2, 28, tzinfo=UTC), **values})


def expected(file: File) -> dict[str, Any]:
    """Return the expected recovery metadata of a file."""
    values = {name: getattr(file, name) for name in OF_FILE}
    given = {"id": file.id, "upload_id": file.upload_id, "owner": file.owner, "whole": True, **values}
    return {name: value for name, value in given.items() if value is not None}


def test_recovery_metadata_is_read_back_also_in_quarantine() -> None:
    file = file_row(detail={"deck": ["🚢", 1, None]}, checksum="SHA256:x", user_id=new_id())
    recovery = recovery_metadata_of_file(SETTINGS, file, "photos/2026")
    assert (
        read_recovery_metadata(SETTINGS, KEY, recovery)
        == read_recovery_metadata(SETTINGS, f"quarantine/{KEY}", recovery)
        == expected(file) | {"path_name": "photos/2026"}
    )


def test_recovery_metadata_of_a_copy_under_another_prefix_is_ignored() -> None:
    recovery = recovery_metadata_of_file(SETTINGS, file := file_row(object_key=f"invoices/{KEY}"), None)
    assert read_recovery_metadata(SETTINGS, f"quarantine/invoices/{KEY}", recovery) == expected(file)
    for key in (KEY, f"backup/{KEY}", f"backup/invoices/{KEY}"):
        assert read_recovery_metadata(SETTINGS, key, recovery) is None


@given(NAMES, NAMES, st.dictionaries(st.text(max_size=5), st.text(max_size=4000), max_size=3))
def test_recovery_metadata_fits_into_the_metadata_of_every_store(name: str, owner: str, detail: dict[str, str]) -> None:
    file = file_row(filename=name, owner=owner, detail=detail, content_type="x" * 255, quarantine_reason="r" * 500)
    recovery = recovery_metadata_of_file(SETTINGS, file, None)
    everything = {UPLOAD_ID_METADATA: new_id(), **recovery}
    assert sum(len(f"x-amz-meta-{key}{value}") for key, value in everything.items()) <= 2048
    assert all(value.isascii() and len(value) <= 256 for value in recovery.values())
    read = read_recovery_metadata(SETTINGS, KEY, recovery)
    assert read is not None
    assert (read["id"], read["upload_id"], read["credential_hash"]) == (file.id, file.upload_id, file.credential_hash)
    assert read.items() <= expected(file).items()


def test_recovery_metadata_omits_a_detail_that_is_too_large() -> None:
    recovery = recovery_metadata_of_file(SETTINGS, file_row(detail={"long": "x" * 1_000_000}), None)
    read = read_recovery_metadata(SETTINGS, KEY, recovery)
    assert read is not None
    assert (read["filename"], "detail" in read) == ("a.txt", False)


def test_recovery_metadata_cannot_be_read_without_the_key() -> None:
    other = replace(SETTINGS, secret_key="another-key-of-the-service")
    recovery = recovery_metadata_of_file(SETTINGS, file_row(), None)
    assert read_recovery_metadata(other, KEY, recovery) is None
    followed = replace(other, secret_key_previous=(SETTINGS.secret_key,))
    assert read_recovery_metadata(followed, KEY, recovery) == read_recovery_metadata(SETTINGS, KEY, recovery)
    assert recovery_metadata_of_file(SETTINGS, file_row(), None) != recovery


@pytest.mark.parametrize(
    "change",
    [
        lambda recovery: {},
        lambda recovery: {name: text for name, text in recovery.items() if name != "longshore-p0"},
        lambda recovery: recovery | {"longshore-p0": "x" + recovery["longshore-p0"][1:]},
        lambda recovery: {"longshore-p0": "ünï"},
    ],
    ids=["none", "torn", "changed", "not ours"],
)
def test_missing_changed_and_foreign_metadata_is_ignored(change: Any) -> None:
    assert read_recovery_metadata(SETTINGS, KEY, change(recovery_metadata_of_file(SETTINGS, file_row(), None))) is None


def test_metadata_of_another_object_is_ignored() -> None:
    assert read_recovery_metadata(SETTINGS, new_id(), recovery_metadata_of_file(SETTINGS, file_row(), None)) is None
