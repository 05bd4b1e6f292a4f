"""POST /upload/init/: its responses, and refused requests."""

from __future__ import annotations

import pytest

from service.db.models import Upload
from service.limits import MAX_OBJECT_SIZE, MAX_PART_SIZE, MAX_PARTS, MIB, TIB
from tests.support.fakes import FakeChecksums
from tests.support.matchers import A_TIME, A_URL, AN_ID, failure, success
from tests.support.service_under_test import CHUNK, FILE, App, rebuilt


def signed(index: int) -> dict[str, object]:
    return {
        "chunk_index": index,
        "part_number": index + 1,
        "method": "PUT",
        "url": A_URL,
        "headers": {},
        "expires_at": "2026-01-02T04:04:05.678901Z",
    }


@pytest.mark.parametrize(("limit", "chunk_size"), [(5 * TIB, 525 * MIB), (MAX_OBJECT_SIZE, MAX_PART_SIZE)])
def test_the_largest_allowed_file_is_accepted_and_a_larger_one_refused(app: App, limit: int, chunk_size: int) -> None:
    """5 TiB unless configured, 48.8 TiB at most; the last part is signed."""
    largest = app.with_settings(max_upload_size=limit)
    opened = largest.init(size=limit)
    assert opened["chunk_size"] == chunk_size
    assert largest.init(size=limit - 1)["total_chunks"] == opened["total_chunks"] <= MAX_PARTS
    last = opened["total_chunks"] - 1
    last_chunk = largest.post("/upload/chunk/", upload_id=opened["upload_id"], chunk_index=last)
    assert f"partNumber={last + 1}&" in last_chunk.json["data"]["chunks"][0]["url"]
    answer = largest.post("/upload/init/", size=limit + 1)
    assert (answer.status_code, answer.json) == (413, failure("file_too_large"))


@pytest.mark.parametrize(("size", "chunks"), [(0, 1), (1, 1), (CHUNK, 1), (CHUNK + 1, 2), (2 * CHUNK, 2)])
def test_init_returns_the_urls_of_the_first_chunks(app: App, size: int, chunks: int) -> None:
    answer = app.post("/upload/init/", filename="a.bin", size=size, content_type="image/png")
    assert answer.status_code == 200
    assert answer.json == success(
        {
            "upload_id": AN_ID,
            "file_id": AN_ID,
            "chunk_size": CHUNK,
            "total_chunks": chunks,
            "expires_at": "2026-01-03T03:04:05.678901Z",
            "chunks": [signed(index) for index in range(chunks)],
        }
    )


def test_init_signs_at_most_20_chunks(app: App) -> None:
    opened = app.init(size=100 * CHUNK)
    assert (opened["total_chunks"], opened["chunks"]) == (100, [signed(index) for index in range(20)])


@pytest.mark.parametrize("body", [{}, {"size": None, "filename": None}, {"filename": "only a name"}])
def test_init_accepts_an_unknown_size_and_name(app: App, body: dict[str, object]) -> None:
    opened = app.init(**body)
    assert (opened["total_chunks"], opened["chunks"], opened["expires_at"]) == (None, [], A_TIME)


def test_init_accepts_a_request_without_a_body(app: App) -> None:
    opened = app.client.post(f"{FILE}/upload/init").json["data"]
    assert (opened["total_chunks"], opened["chunks"], opened["expires_at"]) == (None, [], A_TIME)


def test_init_signs_no_chunk_of_an_upload_with_checksums(app: App) -> None:
    assert app.init(size=10, checksum_algorithm="SHA256")["chunks"] == []


def test_init_accepts_a_requested_chunk_size(app: App) -> None:
    assert app.init(size=10 * CHUNK, chunk_size=6_000_000)["chunk_size"] == 6_000_000


def test_a_url_does_not_outlive_its_upload(app: App) -> None:
    short = app.with_settings(upload_ttl=60)
    opened = short.init(size=1)
    assert opened["chunks"][0]["expires_at"] == opened["expires_at"]


def test_the_object_key_does_not_contain_the_filename(app: App) -> None:
    opened = app.init(filename="secret-report.pdf", size=1)
    assert "secret" not in opened["chunks"][0]["url"]


def test_a_size_above_the_limit_is_refused(app: App) -> None:
    small = app.with_settings(max_upload_size=10)
    assert small.post("/upload/init/", size=10).status_code == 200
    answer = small.post("/upload/init/", size=11)
    assert (answer.status_code, answer.json) == (413, failure("file_too_large"))


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("nonsense", 1, "[nonsense] Unknown field."),
        ("size", -1, "[size] Must be greater than or equal to 0 and less than or equal to 9223372036854775807."),
        ("size", 10**30, "[size] Must be greater than or equal to 0 and less than or equal to 9223372036854775807."),
        ("size", "5", "[size] Not a valid integer."),
        ("size", 1.5, "[size] Not a valid integer."),
        ("size", True, "[size] Not a valid integer."),
        ("size", [], "[size] Not a valid integer."),
        ("filename", "", "[filename] Length must be between 1 and 255."),
        ("filename", "x" * 256, "[filename] Length must be between 1 and 255."),
        ("filename", {}, "[filename] Not a valid string."),
        ("content_type", "image/ü", "[content_type] Not a media type such as image/png."),
        ("content_type", "image/" + "x" * 250, "[content_type] Longer than maximum length 255."),
        ("content_type", "image/png\n", "[content_type] Not a media type such as image/png."),
        ("checksum_algorithm", "MD5", "[checksum_algorithm] Must be one of: SHA256, CRC32, CRC32C, CRC64NVME."),
        (
            "chunk_size",
            0,
            "[chunk_size] Must be greater than or equal to 1 and less than or equal to 9223372036854775807.",
        ),
    ],
)
def test_an_invalid_field_is_refused(app: App, field: str, value: object, reason: str) -> None:
    answer = app.post("/upload/init/", **{field: value})
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", reason))
    assert app.count(Upload) == 0


def test_a_checksum_that_storage_does_not_verify_is_refused(app: App) -> None:
    body = {"size": 1, "checksum_algorithm": "CRC64NVME"}
    some = rebuilt(app, checksums=FakeChecksums(frozenset({"SHA256", "CRC32"})))
    answer = some.post("/upload/init/", **body)
    reason = "[checksum_algorithm] this storage does not verify CRC64NVME; use one of CRC32, SHA256"
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", reason))
    none = rebuilt(app, checksums=FakeChecksums(frozenset()))
    reason = "[checksum_algorithm] this storage does not verify CRC64NVME; leave it out"
    assert none.post("/upload/init/", **body).json == failure("invalid_body", reason)
    assert app.count(Upload) == 0
