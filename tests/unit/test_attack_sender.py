"""How attacks are sent: to a host under its own name, or to another host that answers for it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from service.errors import StorageUnavailableError
from service.storage.attacks import Sender
from tests.live.upstream import Echo, echo
from tools.stack.processes.ports import free_port


@pytest.fixture
def server() -> Iterator[Echo]:
    with echo() as started:
        yield started


def test_a_request_comes_as_it_is(server: Echo) -> None:
    answer = Sender().send("GET", f"http://{server.address}/b/k?partNumber=1&x=%2F", {"x-amz-acl": "public-read"})
    said = json.loads(answer.body)
    assert (answer.status, said["path"]) == (200, "/b/k?partNumber=1&x=%2F")
    assert (said["headers"]["host"], said["headers"]["x-amz-acl"]) == (server.address, "public-read")


def test_another_host_is_asked_under_the_first_ones_name(server: Echo) -> None:
    port = server.address.rpartition(":")[2]
    answer = Sender("127.0.0.1").send("GET", f"http://storage.example:{port}/b/k")
    assert json.loads(answer.body)["headers"]["host"] == f"storage.example:{port}"


def test_a_body_is_sent_with_its_length(server: Echo) -> None:
    answer = Sender().send("PUT", f"http://{server.address}/b/k", body=b"12345")
    assert json.loads(answer.body) == {"taken": 5}


def test_nobody_there_is_no_answer() -> None:
    with pytest.raises(StorageUnavailableError):
        Sender().send("GET", f"http://127.0.0.1:{free_port()}/")
