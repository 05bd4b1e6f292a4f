"""Requests on the network, and how answers and failures are read."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import urllib3

from longshore.client import Stop
from longshore.client.errors import (
    ApiError,
    BadTokenError,
    DatabaseUnavailableError,
    InsecureServiceError,
    LoginRequiredError,
    NotUtf8Error,
    StoppedError,
    TransferError,
    UnexpectedAnswerError,
    UnreachableError,
    refusal,
)
from longshore.client.network.connections import (
    CONNECT_SECONDS,
    SOCKET_OPTIONS,
    ConnectionPools,
    HTTPError,
    seconds_to_wait,
)
from longshore.client.network.http import least_wait, token_from
from tests.support.client.scripted_connections import URL, Given, answer, call, said, service


def test_a_call_without_options_sends_no_body_and_no_key() -> None:
    http, pools = service(said(), url=f"{URL}//")
    assert http.call("GET", "/x") == {"a": 1}
    headers = {"Accept": "application/json"}
    assert pools.requests == [{"method": "GET", "url": f"{URL}/x", "body": None, "headers": headers, "seconds": 60.0}]
    assert (repr(http), http.url) == (f"Http('{URL}')", URL)


def test_a_call_sends_all_its_options() -> None:
    http, pools = service(said(), token="key")
    http.call(
        "POST", "/x", body={"ß": 1}, query={"a": "1 2", "b": None}, credential={"pin": "ß"}, idempotency_key="once"
    )
    headers = {
        "Accept": "application/json",
        "X-File-Credential": '{"pin": "\\u00df"}',
        "Idempotency-Key": "once",
        "Authorization": "Bearer key",
        "Content-Type": "application/json",
    }
    sent = {"body": b'{"\\u00df": 1}', "headers": headers, "seconds": 60.0}
    assert pools.requests == [{"method": "POST", "url": f"{URL}/x?a=1+2", **sent}]


@pytest.mark.parametrize("query", [None, {}, {"a": None}])
def test_an_empty_query_adds_no_question_mark(query: Any) -> None:
    http, pools = service(said())
    http.call("GET", "/x", query=query, credential={})
    assert (pools.requests[0]["url"], pools.requests[0]["headers"]["X-File-Credential"]) == (f"{URL}/x", "{}")


@pytest.mark.parametrize(
    "url", ["", "files.example", "ftp://x", "http://", "http://ann@x", "http://ann:secret@x", "http://x?key=1"]
)
def test_an_invalid_service_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError) as refused:
        service(url=url)
    reason = "the service's URL must be http(s)://host[:port] without user name or query"
    assert str(refused.value) == reason


def test_a_key_is_not_sent_over_plain_http() -> None:
    http, pools = service(url="http://files.example", token="key")
    with pytest.raises(InsecureServiceError) as refused:
        http.call("GET", "/x")
    there = "http://files.example is another machine without https, so the key could be read on the way."
    assert (refused.value.message, pools.requests) == (there, [])


@pytest.mark.parametrize(
    "sent", [{"body": {"a": "\udcff"}}, {"query": {"a": "\udcff"}}, {"credential": {"a": "\udcff"}}]
)
def test_text_that_is_not_utf_8_is_refused_before_it_is_sent(sent: Any) -> None:
    http, pools = service()
    with pytest.raises(NotUtf8Error) as refused:
        http.call("GET", "/x", **sent)
    with pytest.raises(NotUtf8Error):
        http.call("GET", "/\udcff")
    assert (refused.value.message, pools.requests) == ("A given text is not UTF-8.", [])


def refusing(status: int, code: str, **headers: str) -> urllib3.HTTPResponse:
    return said(status, {"code": code, "message": "No.", "errors": [], "success": False}, **headers)


def test_a_refused_token_is_renewed_once() -> None:
    renewals: list[bool] = []

    def token(renew: bool) -> str:
        renewals.append(renew)
        return f"key{len(renewals)}"

    http, pools = service(refusing(401, "token_refused"), said(), token=token)
    assert http.call("POST", "/x", body={"a": 1}, idempotency_key="once") == {"a": 1}
    first, second = pools.requests
    assert second == first | {"headers": first["headers"] | {"Authorization": "Bearer key2"}}
    assert (first["headers"]["Authorization"], renewals) == ("Bearer key1", [False, True])


@pytest.mark.parametrize(("status", "token"), [(403, lambda _: "key"), (401, "key"), (401, None)])
def test_other_login_refusals_are_not_retried(status: int, token: Any) -> None:
    http, pools = service(refusing(status, "login_required"), token=token)
    with pytest.raises(LoginRequiredError):
        http.call("GET", "/x")
    assert len(pools.requests) == 1


@pytest.mark.parametrize("token", ["", "a b", "lsk_ß", "a\n", "key\x7f"])
def test_an_invalid_token_is_not_sent(token: str) -> None:
    http, pools = service(token=token)
    with pytest.raises(BadTokenError) as refused:
        http.call("GET", "/x")
    reason = "The API key or token is empty, or contains spaces or characters other than ASCII."
    assert (refused.value.message, pools.requests) == (reason, [])


@pytest.mark.parametrize("status", [300, 308, 399])
def test_a_redirect_is_an_error_with_its_target(status: int) -> None:
    with pytest.raises(UnexpectedAnswerError) as refused:
        call(answer(b"", status, Location="https://new.example:1/api?key=1"))
    where = f"{URL} redirects to https://new.example:1."
    assert (refused.value.message, refused.value.remedy) == (where, "Use that URL instead.")
    with pytest.raises(UnexpectedAnswerError, match=r"redirects to ://\.$"):
        call(answer(b"", status))


@pytest.mark.parametrize("content", [b"<html>", b"[]", b"", b"\xff", b"null"])
def test_an_answer_that_is_not_from_the_service_is_an_error(content: bytes) -> None:
    with pytest.raises(UnexpectedAnswerError) as odd:
        call(answer(content, 200))
    assert odd.value.message == "The answer (200) is not from the service."
    with pytest.raises(ApiError) as refused:
        call(answer(content, 400, Retry_After="3"))
    reason = "The service answered 400 without a reason."
    assert (refused.value.message, refused.value.status, refused.value.retry_after) == (reason, 400, 3.0)


def test_a_refusal_contains_all_that_the_service_reported() -> None:
    envelope = {"code": "login_required", "message": "No.", "errors": ["[a] b"], "success": False, "spout": 1}
    with pytest.raises(LoginRequiredError) as refused:
        call(said(401, envelope, Retry_After="7"))
    error = refused.value
    assert (error.status, error.errors, error.extra, error.retry_after) == (401, ["[a] b"], {"spout": 1}, 7.0)
    assert (error.message, error.chunks("missing")) == ("No. [a] b.", [])
    with pytest.raises(ApiError):
        call(said(200, {"message": "no data"}))


@pytest.mark.parametrize(("tries", "given"), [(3, refusing(503, "database_unavailable")), (3, HTTPError("gone"))])
def test_a_temporary_failure_is_retried_up_to_the_policys_limit(tries: int, given: Given) -> None:
    kinds = (DatabaseUnavailableError, UnreachableError)
    for again, count in ((True, tries), (False, 1)):
        http, pools = service(*[given] * 9, attempts=tries)
        with pytest.raises(kinds):
            http.call("GET", "/x", again=again)
        assert len(pools.requests) == count


def test_a_call_can_be_stopped() -> None:
    stop = Stop()
    stop.set()
    with pytest.raises(StoppedError):
        call(stop=stop)


def api_error(status: int, code: str = "") -> ApiError:
    return refusal(status, {"code": code}, 7.0)


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (UnreachableError("x", "y"), 0.0),
        *((api_error(status), 7.0) for status in (408, 429, 502, 503, 504)),
        (api_error(409, "completion_in_progress"), 7.0),
        (api_error(409, "init_in_progress"), 7.0),
        (api_error(409, "chunks_missing"), None),
        (api_error(500), None),
        (UnexpectedAnswerError("x"), None),
        (TransferError("x", 503), None),
    ],
)
def test_temporary_failures_have_a_minimum_wait(error: Exception, seconds: float | None) -> None:
    assert least_wait(error) == seconds


class CausedError(HTTPError):
    def __init__(self, cause: Exception | None, context: Exception | None = None) -> None:
        super().__init__("HTTPSConnectionPool(secret)")
        self.__cause__, self.__context__ = cause, context


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (HTTPError("secret"), "HTTPError"),
        (CausedError(ConnectionRefusedError(111, "Connection refused")), "Connection refused"),
        (CausedError(None, ConnectionResetError(104, " Connection reset ")), "Connection reset"),
        (CausedError(ValueError("secret")), "ValueError"),
        (urllib3.exceptions.MaxRetryError(None, "/x", CausedError(OSError(5, "odd"))), "odd"),  # type: ignore[arg-type]
    ],
)
def test_an_unreachable_service_is_reported_without_secrets(error: HTTPError, cause: str) -> None:
    with pytest.raises(UnreachableError) as refused:
        call(error)
    assert refused.value.message == f"The service at {URL} cannot be reached ({cause})."


@pytest.mark.parametrize("ahead", [-90, 90])
def test_the_clock_skew_comes_from_the_date_header(ahead: int) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=ahead), usegmt=True)
    http, _ = service(said(Date=date), said(Date="odd"), said())
    assert http.clock_skew == 0.0
    for _ in range(3):
        http.call("GET", "/x")
        assert abs(http.clock_skew - ahead) < 30


def test_a_key_comes_from_the_environment(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(" one \n")
    named = {"LONGSHORE_TOKEN_FILE": str(tmp_path / "key")}
    assert (token_from({}), token_from({"LONGSHORE_TOKEN": ""})) == (None, None)
    assert token_from(named | {"LONGSHORE_TOKEN": "two"}) == "two"
    read: Any = token_from(named)
    assert read(False) == "one"
    (tmp_path / "key").write_text("three")
    assert read(True) == "three"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "0.5"}, 0.5),
        ({"Retry-After": "Wed, 25 Nov 2026 06:00:00 GMT", "Date": "Wed, 25 Nov 2026 06:00:09 GMT"}, 0.0),
        ({"Retry-After": "Wed, 25 Nov 2026 06:00:09 GMT", "Date": "Wed, 25 Nov 2026 06:00:08 GMT"}, 1.0),
        ({"Retry-After": "soon", "Date": "Wed, 25 Nov 2026 06:00:08 GMT"}, 0.0),
    ],
)
def test_retry_after_gives_the_seconds_to_wait(headers: dict[str, str], seconds: float) -> None:
    assert seconds_to_wait(headers) == seconds


class Pool:
    """Records the calls of urllib3."""

    def __init__(self) -> None:
        self.requests: list[Any] = []

    def request(self, *given: Any, **named: Any) -> urllib3.HTTPResponse:
        self.requests.append((*given, named))
        return said()


def test_requests_have_timeouts_and_no_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    pools, pool = ConnectionPools(3), Pool()
    monkeypatch.setattr(pools, "_pool", lambda _url: pool)
    pools.ask("PUT", URL, body=b"x", headers={"A": "b"}, seconds=7.0)
    pools.ask("GET", URL, headers={"User-Agent": "mine"}, seconds=8.0, whole=False, redirect=True)
    first, second = (named for *_, named in pool.requests)
    timeouts = [(each["timeout"].connect_timeout, each["timeout"].read_timeout) for each in (first, second)]
    assert timeouts == [(CONNECT_SECONDS, 7.0), (CONNECT_SECONDS, 8.0)]
    assert [given for *given, _ in pool.requests] == [["PUT", URL], ["GET", URL]]
    same = {"decode_content": False}
    assert first == same | {
        "body": b"x",
        "headers": {"User-Agent": "longshore-client", "A": "b"},
        "timeout": first["timeout"],
        "retries": False,
        "redirect": False,
        "preload_content": True,
    }
    assert second == same | {
        "body": None,
        "headers": {"User-Agent": "mine"},
        "timeout": second["timeout"],
        "retries": second["retries"],
        "redirect": True,
        "preload_content": False,
    }
    retries = second["retries"]
    assert (retries.redirect, retries.connect, retries.read, retries.total) == (5, 0, 0, None)


@pytest.mark.parametrize(
    ("url", "proxy"),
    [("http://a.example/x", "http://proxy:1/"), ("https://a.example", None), ("http://here.example", None)],
)
def test_connections_use_the_proxy_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, url: str, proxy: str | None
) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", "http://proxy:1")
    monkeypatch.setenv("no_proxy", "here.example")
    pools = ConnectionPools(3)
    pool = pools._pool(url)
    assert (str(pool.proxy) if pool.proxy else None) == (proxy.rstrip("/") if proxy else None)
    assert (pools._pool(url) is pool, pools._pool("http://other.example") is pool) == (True, proxy is not None)
    assert (pool.connection_pool_kw["maxsize"], pool.connection_pool_kw["socket_options"]) == (22, SOCKET_OPTIONS)


def test_close_ends_pooled_connections() -> None:
    pools = ConnectionPools(1)
    pool = pools._pool(URL)
    pool.connection_from_url(URL)
    pools.close()
    assert len(pool.pools) == 0


def test_sockets_detect_a_lost_connection() -> None:
    assert (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1) in SOCKET_OPTIONS
    assert (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 90_000) in SOCKET_OPTIONS
