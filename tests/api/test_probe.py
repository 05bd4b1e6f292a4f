"""The probe for checksums: what storage checks is found out, once, and never believed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError

from service.db.models import Removal
from service.deps import PROBE_TIME, make_presigner, owe_probe
from service.domain.sweep import sweep
from service.errors import DatabaseUnavailableError, StorageUnavailableError
from service.storage.probe import CHECKSUMS, ChecksumProbe
from tests.world import NOWHERE, World

BUCKET = "longshore-private"


def probe_of(world: World, endpoint_url: str | None = None, **changes: Any) -> ChecksumProbe:
    settings = replace(world.deps.settings, **changes)
    presigner = make_presigner(settings, endpoint_url or settings.s3_endpoint_url, world.clock)
    return ChecksumProbe(world.deps.storage, presigner, BUCKET, lambda at: owe_probe(world.deps.db, at, world.clock))


def open_uploads(world: World) -> int:
    return len(world.s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []))


def test_a_store_that_checks_nothing(world: World) -> None:
    with patch("service.storage.probe._put", return_value=200):
        assert probe_of(world).enforced() == frozenset()
    assert open_uploads(world) == 0


@pytest.mark.parametrize("checked", [set(CHECKSUMS), {"SHA256"}])
def test_a_store_that_checks(world: World, checked: set[str]) -> None:
    def put(_url: str, body: bytes, headers: dict[str, str]) -> int:
        algorithm = headers["x-amz-sdk-checksum-algorithm"]
        return 400 if algorithm in checked and body != b"123456789" else 200

    with patch("service.storage.probe._put", side_effect=put) as asked:
        probe = probe_of(world)
        assert [probe.enforced() for _ in range(3)] == [checked] * 3
    assert asked.call_count == len(checked) * 2 + (len(CHECKSUMS) - len(checked))


def test_a_store_that_refuses_every_checksum_checks_none(world: World) -> None:
    with patch("service.storage.probe._put", return_value=400):
        assert probe_of(world).enforced() == frozenset()


def test_a_store_that_does_not_know_the_word(world: World) -> None:
    refusal: Any = ClientError({"Error": {"Code": "NotImplemented"}}, "CreateMultipartUpload")
    with patch.object(world.deps.storage._s3, "create_multipart_upload", side_effect=refusal):
        assert probe_of(world).enforced() == frozenset()


def test_its_parts_are_signed_by_the_upload_key(world: World) -> None:
    upload_key = {"s3_upload_access_key": "UPLOADS", "s3_upload_secret_key": "secret-of-uploads"}
    with patch("service.storage.probe._put", side_effect=[400, 200] * 4) as asked:
        probe_of(world, **upload_key).enforced()
    assert {"X-Amz-Credential=UPLOADS%2F" in call.args[0] for call in asked.call_args_list} == {True}


def test_storage_is_down_and_the_next_question_asks_anew(world: World) -> None:
    probe = probe_of(world, NOWHERE)
    for _ in range(2):
        with pytest.raises(StorageUnavailableError):
            probe.enforced()
    assert open_uploads(world) == 0


def test_what_a_killed_probe_leaves_open_is_removed(world: World) -> None:
    with (
        patch("service.storage.probe._put", side_effect=SystemExit),
        patch.object(world.deps.storage, "abort_upload"),
        pytest.raises(SystemExit),
    ):
        probe_of(world).enforced()
    assert (open_uploads(world), sweep(world.deps).removed) == (1, 0)
    world.clock.forward(PROBE_TIME.total_seconds())
    assert (sweep(world.deps).removed, open_uploads(world), world.count(Removal)) == (1, 0, 0)


def test_nothing_is_opened_that_is_not_owed_first(world: World) -> None:
    with patch.object(world.deps.db, "write", side_effect=DatabaseUnavailableError):
        with pytest.raises(DatabaseUnavailableError):
            probe_of(world).enforced()
    assert open_uploads(world) == 0


def test_what_was_found_out_is_kept_when_storage_goes_away_half_way(world: World) -> None:
    answers = iter([400, 200, StorageUnavailableError(), *[400, 200] * 3])
    with patch("service.storage.probe._put", side_effect=answers) as asked:
        probe = probe_of(world)
        with pytest.raises(StorageUnavailableError):
            probe.enforced()
        assert probe.enforced() == set(CHECKSUMS)
    assert asked.call_count == 9


def test_many_questions_at_once_are_one_probe(world: World) -> None:
    with patch("service.storage.probe._put", side_effect=[400, 200] * 4) as asked, ThreadPoolExecutor(8) as pool:
        probe = probe_of(world)
        assert list(pool.map(lambda _: probe.enforced(), range(8))) == [set(CHECKSUMS)] * 8
    assert asked.call_count == 8
