"""How attacks are sent: to a host under its own name, or to another host that answers for it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.errors import StorageUnavailableError
from service.storage.attacks import Sender
from tests.support.doctor.certificates import make_certificate
from tests.support.http_server import TestServer
from tests.support.live.proxies.recording_upstream import Echo, echo
from tests.support.storage.faulty_proxy import harmful
from tools.stack.processes.ports import free_port


@pytest.fixture
def server() -> Iterator[Echo]:
    with echo() as started:
        yield started


def test_a_request_arrives_unchanged(server: Echo) -> None:
    answer = Sender().send("GET", f"http://{server.address}/b/k?partNumber=1&x=%2F", {"x-amz-acl": "public-read"})
    received = json.loads(answer.body)
    assert (answer.status, received["path"]) == (200, "/b/k?partNumber=1&x=%2F")
    assert (received["headers"]["host"], received["headers"]["x-amz-acl"]) == (server.address, "public-read")


def test_another_host_gets_the_request_under_the_original_host_name(server: Echo) -> None:
    port = server.address.rpartition(":")[2]
    answer = Sender("127.0.0.1").send("GET", f"http://storage.example:{port}/b/k")
    assert json.loads(answer.body)["headers"]["host"] == f"storage.example:{port}"


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_a_certificate_is_verified_unless_another_host_answers(server: Echo, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path / "own.pem", "127.0.0.1", days=1)
    with harmful(server.address, certificate=str(certificate)) as storage:
        with pytest.raises(StorageUnavailableError):
            Sender().send("GET", f"{storage.url}/b/k")
        answer = Sender("127.0.0.1").send("GET", f"https://storage.example:{storage.server_port}/b/k")
    assert json.loads(answer.body)["path"] == "/b/k"


def test_a_body_is_sent_with_its_length(server: Echo) -> None:
    answer = Sender().send("PUT", f"http://{server.address}/b/k", body=b"12345")
    assert json.loads(answer.body) == {"taken": 5}


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_slow_body_arrives_in_two_halves(
    server: Echo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setattr("service.storage.attacks.sender.BEGUN_SECONDS", 0.0)
    certificate = make_certificate(tmp_path / "own.pem", "127.0.0.1", days=1)
    with harmful(server.address, certificate=str(certificate) if scheme == "https" else None) as storage:
        url = f"{scheme}://storage.example:{storage.server_port}/b/k?x=1"
        with Sender("127.0.0.1").slow_put(url, {"x-amz-meta-a": "b"}, b"12345") as finish:
            answer = finish()
    assert (answer.status, json.loads(answer.body)) == (200, {"taken": 5})


def test_a_slow_body_refused_before_its_end_has_status_0(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.storage.attacks.sender.BEGUN_SECONDS", 0.0)
    with socket.create_server(("127.0.0.1", 0)) as closing:
        url = f"http://127.0.0.1:{closing.getsockname()[1]}/b/k?x=1"
        with Sender().slow_put(url, {}, b"12345") as finish:
            closing.accept()[0].close()
            assert finish() == (0, {}, b"")


def test_a_missing_server_is_unavailable() -> None:
    with pytest.raises(StorageUnavailableError):
        Sender().send("GET", f"http://127.0.0.1:{free_port()}/")


def test_a_silent_server_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.storage.attacks.sender.SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for scheme in ("http", "https"):
            with pytest.raises(StorageUnavailableError):
                Sender().send("GET", f"{scheme}://127.0.0.1:{silent.getsockname()[1]}/")


@pytest.mark.parametrize("status", [301, 503])
def test_a_redirect_is_not_followed_and_an_error_is_not_retried(status: int) -> None:
    with TestServer() as store:
        store.expect_request("/").respond_with_data(
            status=status, headers={"Location": "/elsewhere", "Retry-After": "0"}
        )
        answer = Sender().send("GET", store.url)
    paths = [request.path for request, _ in store.log]
    assert (answer.status, answer.headers["location"], answer.body, paths) == (status, "/elsewhere", b"", ["/"])
