"""Service URLs and keys of the Python client: which URLs are refused, and where secrets are sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from longshore import Client, RetryPolicy
from longshore.client import errors
from longshore.client.network.connections import HTTPError
from tests.support.client.fake_service import AT_ONCE, FILE_ID, Failure, FakeService
from tests.support.client.observer import TOKEN


def test_an_unreachable_service_is_named_without_its_key(payload: Path) -> None:
    with pytest.raises(errors.UnreachableError) as refused:
        Client("http://127.0.0.1:9", TOKEN, retry=AT_ONCE).upload(payload)
    assert str(refused.value) == "The service at http://127.0.0.1:9 cannot be reached (Connection refused)."


def test_a_page_instead_of_an_answer_is_an_error(service: FakeService, client: Client) -> None:
    service.me = lambda _body: Failure(200)  # type: ignore[method-assign]
    with pytest.raises(errors.ApiError):
        client.me()


def test_a_token_is_renewed_once(service: FakeService) -> None:
    renewals: list[bool] = []

    def token(renew: bool) -> str:
        renewals.append(renew)
        return f"token-{len(renewals)}"

    service.failures["me"] = [Failure(401, "token_refused")]
    with Client(service.url, token, retry=AT_ONCE) as client:
        assert client.me().subject == "ann"
        service.failures["me"] = [Failure(401, "token_refused")] * 2
        with pytest.raises(errors.TokenRefusedError):
            client.me()
    assert renewals == [False, True, False, True]
    assert [sent["Authorization"] for sent in service.headers["me"]][:2] == ["Bearer token-1", "Bearer token-2"]


@pytest.mark.parametrize("token", ["", "two words", "lsk_\n", "lsk_ß"])
def test_an_invalid_token_is_neither_sent_nor_shown(service: FakeService, token: str) -> None:
    with Client(service.url, lambda _renew: token) as client, pytest.raises(errors.BadTokenError) as refused:
        client.me()
    assert (token == "" or token not in str(refused.value), service.calls["me"]) == (True, 0)


@pytest.mark.parametrize(
    ("url", "exposed"),
    [
        ("http://files.example", True),
        ("http://10.0.0.7:8000", True),
        ("http://[fe80::1]:8000", True),
        ("http://localhost.example", True),
        ("https://127.0.0.1:9", False),
        ("http://127.0.0.1:9", False),
        ("http://127.9.9.9:9", False),
        ("http://[::1]:9", False),
        ("http://LOCALHOST:9", False),
        ("http://files.localhost:9", False),
    ],
)
@pytest.mark.parametrize("secret", ["token", "function", "credential", "credential in a body"])
def test_secrets_are_not_sent_over_plain_http(
    monkeypatch: pytest.MonkeyPatch, url: str, exposed: bool, secret: str
) -> None:
    monkeypatch.setattr("longshore.client.network.connections.ConnectionPools.ask", refuse_requests)
    token = {"token": TOKEN, "function": lambda _renew: TOKEN}.get(secret)

    def call() -> None:
        with Client(url, token, retry=RetryPolicy(attempts=1)) as client:
            if secret == "credential in a body":
                client.retry(FILE_ID, {"pin": TOKEN})
            else:
                client.get(FILE_ID, {"pin": TOKEN} if secret == "credential" else None)

    with pytest.raises(errors.InsecureServiceError if exposed else errors.UnreachableError) as refused:
        call()
    assert TOKEN not in str(refused.value)
    monkeypatch.setenv("LONGSHORE_ALLOW_HTTP", "yes")
    with pytest.raises(errors.UnreachableError):
        call()


def refuse_requests(*_: Any, **__: Any) -> Any:
    raise HTTPError("asked")


def test_a_call_without_secrets_may_use_plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("longshore.client.network.connections.ConnectionPools.ask", refuse_requests)
    with (
        Client("http://files.example", retry=RetryPolicy(attempts=1)) as client,
        pytest.raises(errors.UnreachableError),
    ):
        client.get(FILE_ID)


@pytest.mark.parametrize(("named", "sent"), [("", True), ("same", True), ("http://other", False)])
def test_the_environments_key_is_sent_to_its_service_only(
    service: FakeService, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, named: str, sent: bool
) -> None:
    (tmp_path / "key").write_text(TOKEN + "\n")
    monkeypatch.setenv("LONGSHORE_TOKEN_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("LONGSHORE_URL", service.url if named == "same" else named)
    with Client(service.url) as client:
        client.me()
    assert ("Authorization" in service.headers["me"][0]) is sent


def test_a_redirect_is_not_followed(service: FakeService, client: Client) -> None:
    service.failures["me"] = [Failure(308, "moved", {"Location": "https://new.example/api?key=1"})]
    with pytest.raises(errors.UnexpectedAnswerError, match=r"to https://new\.example\.$"):
        client.me()


@pytest.mark.parametrize("url", ["", "longshore.example", "ftp://x", "http://ann:secret@x", "http://x?key=1"])
def test_an_invalid_service_url_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LONGSHORE_URL", raising=False)
    with pytest.raises(ValueError, match=r"^(?!.*secret)"):
        Client(url)
