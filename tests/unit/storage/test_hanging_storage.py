"""A storage that accepts connections and never answers: every call times out, soon if a request waits for it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import boto3
import botocore
import pytest

from service import __version__
from service.errors import StorageUnavailableError
from service.storage import client
from service.storage.s3 import Storage
from service.values import Location, NewMultipart
from tests.support.live.eventually import eventually
from tests.support.service_under_test import make_settings

AT = Location("bucket", "key")
SECONDS = 0.1
"""How long a call of a test waits for an answer."""


@pytest.fixture
def connections() -> Iterator[tuple[str, list[socket.socket]]]:
    """A server that accepts connections and never responds."""
    came: list[socket.socket] = []

    def take() -> None:
        while True:
            try:
                came.append(listener.accept()[0])
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=take)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", came
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()
    for connection in came:
        connection.close()


QUICK: dict[str, Callable[[Storage], object]] = {
    "create": lambda storage: storage.create_upload(NewMultipart(AT, "an-id")),
    "list parts": lambda storage: storage.list_parts(AT, "an-id"),
    "head": lambda storage: storage.head(AT),
    "ping": lambda storage: storage.ping("bucket"),
}
PATIENT: dict[str, Callable[[Storage], object]] = {
    "complete": lambda storage: storage.complete_upload(AT, "an-id", [], None),
    "abort": lambda storage: storage.abort_upload(AT, "an-id"),
    "read": lambda storage: list(storage.read(AT, "etag")),
    "copy": lambda storage: storage.copy(AT, "etag", 1, AT, {}),
    "delete": lambda storage: storage.delete("bucket", ["key"]),
    "list uploads": lambda storage: storage.multiparts_after("bucket", None, 1),
    "list objects": lambda storage: storage.objects_after("bucket", None, 1),
}


def test_calls_to_storage_have_timeouts(tmp_path: Path) -> None:
    """Connecting and waiting, twice, and a pause of a second at most between."""
    assert client.ATTEMPTS * (client.CONNECT_SECONDS + client.QUICK_SECONDS) + 1 < 30
    settings = make_settings(tmp_path)
    configs = [
        client.make_client(settings, "http://s3", seconds).meta.config
        for seconds in (client.QUICK_SECONDS, client.PATIENT_SECONDS)
    ]
    assert [(each.connect_timeout, each.read_timeout) for each in configs] == [(3, 10), (3, 60)]


def test_the_client_has_the_configured_options(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, s3_region="eu-central-1", s3_addressing_style="path")
    made = client.make_client(settings, "https://storage.example", 7)
    expected = {
        "signature_version": "s3v4",
        "read_timeout": 7,
        "retries": {"mode": "standard", "total_max_attempts": 2},
        "max_pool_connections": 32,
        "user_agent": f"longshore/{__version__} Boto3/{boto3.__version__} Botocore/{botocore.__version__}",
        # some stores refuse the checksums that boto3 adds by default
        "request_checksum_calculation": "when_required",
        "response_checksum_validation": "when_required",
        "s3": {"addressing_style": "path"},
    }
    assert {name: getattr(made.meta.config, name) for name in expected} == expected
    assert (made.meta.endpoint_url, made.meta.region_name) == ("https://storage.example", "eu-central-1")
    link = made.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "key"})
    assert link.startswith("https://storage.example/bucket/key?")
    assert "X-Amz-Credential=access%2F" in link


CALL: dict[str, Any] = {
    "headers": {},
    "body": b"<Delete/>",
    "context": {"checksum": {"request_algorithm": {"algorithm": "crc32"}}},
}
MD5 = "ePbrFwvNFIRnzBrIv+T8Ag=="


@pytest.mark.parametrize(
    ("change", "headers", "checksum"),
    [
        ({}, {"Content-MD5": MD5}, {}),
        ({"body": None}, {}, CALL["context"]["checksum"]),
        ({"context": {}}, {}, None),
        ({"context": {"checksum": {"response_algorithms": ["crc32"]}}}, {}, {"response_algorithms": ["crc32"]}),
    ],
)
def test_a_checksum_that_s3_requires_becomes_an_md5(change: Any, headers: dict[str, str], checksum: Any) -> None:
    params = deepcopy(CALL | change)
    client._send_md5(params)
    assert (params["headers"], params["context"].get("checksum")) == (headers, checksum)


@pytest.mark.parametrize("call", [*QUICK, *PATIENT])
def test_every_call_to_a_silent_storage_times_out(
    tmp_path: Path, connections: tuple[str, list[socket.socket]], call: str
) -> None:
    url, came = connections
    settings = make_settings(tmp_path, s3_endpoint_url=url)
    hurried, other = (client.make_client(settings, to, SECONDS) for to in (url, "http://127.0.0.1:9"))
    storage = Storage(hurried, other) if call in QUICK else Storage(other, hurried)
    with pytest.raises(StorageUnavailableError):
        (QUICK | PATIENT)[call](storage)
    eventually(lambda: len(came), client.ATTEMPTS.__eq__)
    hurried.close()
    other.close()
