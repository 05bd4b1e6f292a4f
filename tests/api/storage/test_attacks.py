"""Attacks on storage: the request of each, and its outcome, which the state of the objects decides.

moto is the storage; a rule at the attacked address decides what is let through or refused.
"""

from __future__ import annotations

from typing import Any
from unittest.mock import ANY, patch

import pytest

from service.errors import StorageUnavailableError
from service.storage.attacks import ATTACKS, Field, Outcome
from service.storage.attacks.field import BODY, FORGED, SECRET, Snapshot, outcome
from service.storage.attacks.sender import Answer
from service.storage.attacks.tries import _streamed
from service.values import Location
from tests.support.service_under_test import App
from tests.support.storage.attacked_storage import PRIVATE, PUBLIC, REFUSAL, Address, field_of, left, strict
from tests.support.storage.faulty_proxy import Forward, ProxiedRequest, Reply
from tests.support.storage.leaks import LEAKS

STREAM = {
    "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "x-amz-decoded-content-length": "34",
    "x-amz-trailer": "x-amz-checksum-crc32",
    "content-encoding": "aws-chunked",
}
STREAMED = b"22\r\n%b\r\n0\r\nx-amz-checksum-crc32:TOnNHw==\r\n\r\n" % FORGED
WITH_A_PART: dict[str, dict[str, str]] = {
    "another object copied into a part (x-amz-copy-source)": {"x-amz-copy-source": "/longshore-private/KEY"},
    "a range of another object copied into a part": {
        "x-amz-copy-source": "/longshore-private/KEY",
        "x-amz-copy-source-range": "bytes=0-4",
    },
    "x-amz-acl with a part": {"x-amz-acl": "public-read"},
    "x-amz-grant-read with a part": {"x-amz-grant-read": 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'},
    "x-amz-meta-* with a part": {"x-amz-meta-longshore-upload-id": "another"},
    "x-amz-tagging with a part": {"x-amz-tagging": "attack=1"},
    "x-amz-storage-class with a part": {"x-amz-storage-class": "REDUCED_REDUNDANCY"},
    "x-amz-website-redirect-location with a part": {
        "x-amz-website-redirect-location": "https://attacker.example/",
    },
    "x-amz-server-side-encryption-customer-* with a part": {
        "x-amz-server-side-encryption-customer-algorithm": "AES256",
        "x-amz-server-side-encryption-customer-key": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        "x-amz-server-side-encryption-customer-key-md5": "hRasmdxgYDKV3nvbahU1MA==",
    },
    "x-amz-object-lock-* with a part": {
        "x-amz-object-lock-mode": "GOVERNANCE",
        "x-amz-object-lock-retain-until-date": "2026-01-02T03:05:05Z",
    },
}
"""Attack → the headers of its request, with BODY to a part's URL, by the tests' clock. KEY: that of another object."""
AT_AN_OBJECT: dict[str, tuple[str, str, str, dict[str, str], bytes]] = {
    "an object overwritten by an unsigned stream": ("PUT", PRIVATE, "?X-Amz-Credential", STREAM, STREAMED),
    "an object made by an unsigned stream": ("PUT", PUBLIC, "?X-Amz-Credential", STREAM, STREAMED),
    "an object overwritten without a key": ("PUT", PRIVATE, "", {}, FORGED),
    "an object deleted without a key": ("DELETE", PRIVATE, "", {}, b""),
    "an object read without a key": ("GET", PRIVATE, "", {}, b""),
    "response-content-type on a public object": ("GET", PUBLIC, "?response-content-type=text%2Fhtml", {}, b""),
}
"""Attack → method, bucket, query, headers and body of a request to an object without a signature."""


def dropping(request: ProxiedRequest, forward: Forward) -> Reply:
    """Drop the unsigned headers of a signed request."""
    kept = {name: text for name, text in request.headers.items() if not name.startswith("x-amz-")}
    return strict(request._replace(headers=kept), forward)


def outcomes(field: Field, names: Any = ATTACKS) -> dict[str, Outcome]:
    return {name: ATTACKS[name](field) for name in names}


def test_a_strict_storage_refuses_every_attack_and_keeps_no_object(app: App) -> None:
    pending: list[Location] = []
    field = field_of(app, on_leftover=pending.append)
    assert outcomes(field) == dict.fromkeys(ATTACKS, Outcome.REFUSED)
    two_copies = 2  # of an object into a part
    assert (left(app), len(pending)) == ([], len(ATTACKS) + two_copies)
    assert sorted(map(str, field.removed)) == sorted(map(str, pending))
    assert {at.object_key[:6] for at in pending} == {"probe-"}


@pytest.mark.parametrize("leak", LEAKS)
def test_exactly_the_attacks_that_a_storage_lets_through_are_found(app: App, leak: str) -> None:
    make, attacks = LEAKS[leak]
    found = outcomes(field_of(app, make(app.s3)))
    assert {name for name, how in found.items() if how is Outcome.LET_THROUGH} == attacks
    assert {how for name, how in found.items() if name not in attacks} <= {Outcome.REFUSED, Outcome.IGNORED}
    assert left(app) == []


def test_an_attack_whose_header_storage_drops_counts_as_ignored(app: App) -> None:
    found = outcomes(field_of(app, dropping))
    assert [name for name, how in found.items() if how is Outcome.IGNORED] == list(WITH_A_PART)
    assert [name for name, how in found.items() if how is Outcome.REFUSED] == [
        name for name in ATTACKS if name not in WITH_A_PART
    ]


@pytest.mark.parametrize("name", WITH_A_PART)
def test_a_refused_attack_that_changed_the_part_counts_as_let_through(app: App, name: str) -> None:
    def changing(request: ProxiedRequest, forward: Forward) -> Reply:
        forward(request._replace(headers={}, body=b"other bytes"))
        return REFUSAL  # its answer proves nothing

    assert outcomes(field_of(app, changing), [name]) == {name: Outcome.LET_THROUGH}


def test_an_attack_that_makes_a_part_public_counts_as_let_through(app: App) -> None:
    field = field_of(app, dropping)
    assert field.untouched is not None
    assert not field.untouched.is_open
    opened: Any = Address(lambda _request, _forward: Reply(200, {}))
    field.own_sender = opened
    assert outcomes(field, ["x-amz-acl with a part"]) == {"x-amz-acl with a part": Outcome.LET_THROUGH}
    assert opened.requests == [ProxiedRequest("GET", f"/{PRIVATE}/{field.removed[-1].object_key}", {}, b"")]


def test_a_snapshot_contains_the_body_and_headers_of_an_object(app: App) -> None:
    field = field_of(app)
    with field.object(PRIVATE) as at:
        app.s3.put_object(Bucket=PRIVATE, Key=at.object_key, Body=SECRET, ContentType="text/html", Metadata={"a": "b"})
        seen = field.snapshot(at)
        motos = {"x-amz-content-sha256": ANY}
        assert seen == Snapshot(SECRET, {"content-type": "text/html", "x-amz-meta-a": "b"} | motos, is_open=False)
    assert field.snapshot(at) is None


@pytest.mark.parametrize("name", WITH_A_PART)
def test_the_request_of_an_attack_with_a_part(app: App, name: str) -> None:
    field = field_of(app)
    ATTACKS[name](field)
    (request,) = field.sender.requests  # type: ignore[attr-defined]
    headers = {header: text.replace(field.removed[-1].object_key, "KEY") for header, text in request.headers.items()}
    assert (request.method, headers, request.body) == ("PUT", WITH_A_PART[name], BODY)
    assert {"partNumber", "uploadId", "X-Amz-Signature"} < set(request.query)


@pytest.mark.parametrize("name", AT_AN_OBJECT)
def test_the_request_of_an_attack_on_an_object(app: App, name: str) -> None:
    field = field_of(app)
    ATTACKS[name](field)
    (request,) = field.sender.requests  # type: ignore[attr-defined]
    method, bucket, query, headers, body = AT_AN_OBJECT[name]
    path = f"/{bucket}/{field.removed[-1].object_key}"
    if "Credential" in query:
        query += "=access%2F" + f"{app.clock.now:%Y%m%d}%2Fus-east-1%2Fs3%2Faws4_request"
    assert request == ProxiedRequest(method, path + query, headers, body)


@pytest.mark.parametrize("bucket", [PRIVATE, PUBLIC])
def test_the_request_of_an_attack_that_lists_a_bucket(app: App, bucket: str) -> None:
    field = field_of(app)
    ATTACKS[f"the {bucket.removeprefix('longshore-')} bucket listed without a key"](field)
    assert field.sender.requests == [ProxiedRequest("GET", f"/{bucket}/?list-type=2", {}, b"")]  # type: ignore[attr-defined]


@pytest.mark.parametrize("body", [b"<Key>of another object</Key>", b""])
def test_a_list_without_the_object_counts_as_ignored(app: App, body: bytes) -> None:
    field = field_of(app, lambda _request, _forward: Reply(200, {}, body))
    found = outcomes(field, ["the private bucket listed without a key"])
    assert list(found.values()) == [Outcome.IGNORED]


def test_a_public_object_that_keeps_its_type_counts_as_ignored(app: App) -> None:
    field = field_of(app, lambda _request, _forward: Reply(200, {"content-type": "text/plain"}))
    assert list(outcomes(field, ["response-content-type on a public object"]).values()) == [Outcome.IGNORED]


def test_the_request_of_an_unsigned_stream_to_a_part(app: App) -> None:
    field = field_of(app)
    ATTACKS["a part sent by an unsigned stream"](field)
    (request,) = field.sender.requests  # type: ignore[attr-defined]
    assert (request.method, request.headers, request.body) == ("PUT", STREAM, STREAMED)
    assert request.path.startswith(f"/{PRIVATE}/{field.removed[0].object_key}?")
    assert set(request.query) == {"uploadId", "partNumber", "X-Amz-Credential"}


def test_a_stream_is_one_chunk_with_its_checksum_after_it() -> None:
    assert _streamed(b"123456789") == b"9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n"
    assert _streamed(FORGED) == STREAMED


def test_attacks_on_a_failing_storage_have_an_unknown_outcome(app: App) -> None:
    found = outcomes(field_of(app, lambda _request, _forward: Reply(503, {})))
    assert found == dict.fromkeys(ATTACKS, Outcome.UNKNOWN)


@pytest.mark.parametrize(
    ("status", "meant"),
    [
        *((status, Outcome.IGNORED) for status in (200, 206, 399)),
        *((status, Outcome.REFUSED) for status in (400, 403, 499, 501)),
        *((status, Outcome.UNKNOWN) for status in (500, 502, 503)),
    ],
)
def test_the_status_decides_the_outcome_if_no_object_changed(status: int, meant: Outcome) -> None:
    assert outcome(Answer(status, {}, b""), changed=False) is meant
    assert outcome(Answer(status, {}, b""), changed=True) is Outcome.LET_THROUGH


def test_an_object_that_cannot_be_deleted_stays_pending(app: App) -> None:
    field = field_of(app)
    with patch.object(app.deps.storage, "abort_upload", return_value=False):
        outcomes(field, ["x-amz-acl with a part"])
    for failing in ({"side_effect": StorageUnavailableError}, {"return_value": {"key": "AccessDenied"}}):
        with patch.object(app.deps.storage, "delete", **failing):
            outcomes(field, ["an object read without a key"])
    assert field.removed == []
