"""The probe for checksums: what storage checks is found out, once, and never believed."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError

from service.deps import make_presigner
from service.errors import StorageUnavailableError
from service.storage.probe import CHECKSUMS, ChecksumProbe
from tests.world import NOWHERE, World

BUCKET = "longshore-private"


def probe_of(world: World, endpoint_url: str | None = None) -> ChecksumProbe:
    settings = world.deps.settings
    presigner = make_presigner(settings, endpoint_url or settings.s3_endpoint_url, world.clock)
    return ChecksumProbe(world.deps.storage, presigner, BUCKET)


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


def test_storage_is_down_and_the_next_question_asks_anew(world: World) -> None:
    probe = probe_of(world, NOWHERE)
    for _ in range(2):
        with pytest.raises(StorageUnavailableError):
            probe.enforced()
    assert open_uploads(world) == 0
