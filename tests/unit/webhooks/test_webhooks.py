"""Sending one webhook: its signature, and the addresses, answers and certificates that it refuses."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.outgoing import addresses, webhooks
from service.outgoing.webhooks import NoAnswerError, WebhookSender
from tests.support.service.receiver import Receiver

SECRET, NEWER = "whsec_plJ3nmyCDGBKInavdOK15jsl", "whsec_" + base64.b64encode(b"another" * 4).decode()
AT = 1731705121
BODY = b'{"event_type":"ping","data":{"success":true}}'


@pytest.fixture
def there() -> Iterator[Receiver]:
    with Receiver() as listening:
        yield listening


def sender(*secrets: str, private: bool = True) -> WebhookSender:
    return WebhookSender(secrets or (SECRET,), private=private)


def test_a_webhook_is_signed_as_in_standard_webhooks(there: Receiver) -> None:
    """The example of that specification's libraries."""
    assert sender().post(f"{there.url}/hook", "msg_loFOjxBNrRLzqYUf", AT, BODY) == 204
    [got] = there.got
    assert (got.path, got.data) == ("/hook", BODY)
    sent = ("content-type", "webhook-id", "webhook-timestamp", "webhook-signature")
    assert {name: got.headers[name] for name in sent} == {
        "content-type": "application/json",
        "webhook-id": "msg_loFOjxBNrRLzqYUf",
        "webhook-timestamp": str(AT),
        "webhook-signature": "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
    }


def test_a_webhook_is_signed_with_each_of_two_secrets(there: Receiver) -> None:
    sender(NEWER, SECRET).post(there.url, "id", AT, BODY)
    signed = b"id.%d.%b" % (AT, BODY)
    keys = [base64.b64decode(secret.removeprefix("whsec_")) for secret in (NEWER, SECRET)]
    wanted = [f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}" for key in keys]
    assert there.got[0].headers["webhook-signature"].split(" ") == wanted


def test_a_redirect_is_not_followed(there: Receiver) -> None:
    there.status, there.location = 307, f"{there.url}/elsewhere"
    assert sender().post(there.url, "id", AT, BODY) == 307
    assert [got.path for got in there.got] == ["/"]


def test_private_addresses_are_not_called(there: Receiver) -> None:
    for url in (
        there.url,
        there.url.replace("127.0.0.1", "localhost"),
        "http://169.254.169.254/latest",
        "http://[::1]/",
    ):
        with pytest.raises(NoAnswerError, match="webhooks must not call"):
            sender(private=False).post(url, "id", AT, BODY)
    assert there.got == []


def names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Resolve every host to these addresses, one list for each call. Returns the resolved hosts."""
    resolved: list[str] = []

    def getaddrinfo(host: str, port: int, **_kwargs: Any) -> list[Any]:
        resolved.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in answers[len(resolved) - 1]]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return resolved


def test_a_name_with_public_and_private_addresses_is_not_called(
    there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    names(monkeypatch, ["1.1.1.1", "10.0.0.1"])
    with pytest.raises(NoAnswerError, match=r"10\.0\.0\.1, which webhooks must not call"):
        sender(private=False).post("http://hooks.example/", "id", AT, BODY)


@pytest.mark.parametrize("address", ["168.63.129.16", "169.254.170.23", "64:ff9b::a9fe:a9fe"])
def test_metadata_is_not_called_with_private_addresses_allowed(
    there: Receiver, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    names(monkeypatch, [address])
    with pytest.raises(NoAnswerError, match="which webhooks must not call"):
        sender(private=True).post(there.url, "id", AT, BODY)


def test_the_checked_address_is_the_one_that_is_called(there: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is resolved once, so that DNS rebinding has no effect."""
    called: list[str] = []
    real = socket.create_connection

    def create_connection(address: tuple[str, int], timeout: float) -> socket.socket:
        called.append(address[0])
        return real(("127.0.0.1", address[1]), timeout)

    monkeypatch.setattr(socket, "create_connection", create_connection)
    monkeypatch.setattr(addresses, "may_be_called", lambda address, private: address == "1.1.1.1")
    real_names = socket.getaddrinfo
    resolved: list[str] = []

    def getaddrinfo(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        if host != "hooks.example":
            return real_names(host, port, *args, **kwargs)
        resolved.append(host)
        meant = "1.1.1.1" if len(resolved) == 1 else "169.254.169.254"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (meant, port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    port = there.url.rpartition(":")[2]
    assert sender(private=False).post(f"http://hooks.example:{port}/", "id", AT, BODY) == 204
    assert (resolved, called) == (["hooks.example"], ["1.1.1.1"])
    assert there.got[0].headers["host"] == f"hooks.example:{port}"


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "http://no-such-host.invalid/", f"http://{'a' * 70}.example/"])
def test_a_missing_server_is_reported_as_no_answer(url: str) -> None:
    with pytest.raises(NoAnswerError):
        sender().post(url, "id", AT, BODY)


def read_request(connection: socket.socket) -> None:
    """Read a whole request: an earlier close could discard the answer."""
    got = b""
    while BODY not in got and (more := connection.recv(65536)):
        got += more


def talking(answer: bytes | None) -> Iterator[str]:
    """A server that sends this and hangs up; None: sends nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        over = threading.Event()

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                if answer is None:
                    over.wait(10)
                else:
                    read_request(connection)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        over.set()
        thread.join()


@pytest.mark.parametrize("answer", [None, b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 200])
def test_a_server_that_does_not_speak_http_is_reported_as_no_answer(
    answer: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "TIMEOUT", 0.2)
    for url in talking(answer):
        with pytest.raises(NoAnswerError):
            sender().post(url, "id", AT, BODY)


def test_an_endless_body_is_not_read() -> None:
    for url in talking(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n" + b"x" * 1000):
        assert sender().post(url, "id", AT, BODY) == 200


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A self-signed one for localhost, key and certificate in one file."""
    file = tmp_path / "certificate.pem"
    words = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    subprocess.run([*words.split(), "-keyout", file, "-out", tmp_path / "cert"], check=True, capture_output=True)
    file.write_text(file.read_text() + (tmp_path / "cert").read_text())
    return file


@pytest.fixture
def over_tls(certificate: Path) -> Iterator[str]:
    """The port of a server with that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            try:
                with context.wrap_socket(connection, server_side=True) as secure:
                    read_request(secure)
                    secure.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            except OSError:
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        yield str(server.getsockname()[1])
        thread.join()


def test_an_untrusted_certificate_is_refused(over_tls: str) -> None:
    with pytest.raises(NoAnswerError, match="CERTIFICATE_VERIFY_FAILED"):
        sender().post(f"https://localhost:{over_tls}/", "id", AT, BODY)


def test_a_certificate_for_the_host_is_accepted(over_tls: str, trusted: None) -> None:
    """The connection goes to an address, but the name is verified."""
    assert sender().post(f"https://localhost:{over_tls}/", "id", AT, BODY) == 204


def test_a_certificate_of_another_host_is_refused(over_tls: str, trusted: None) -> None:
    with pytest.raises(NoAnswerError, match="CERTIFICATE_VERIFY_FAILED"):
        sender().post(f"https://127.0.0.1:{over_tls}/", "id", AT, BODY)


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a certificate authority had signed it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
