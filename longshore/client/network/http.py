"""Call the API: return the data of a success, raise the error of a failure."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from longshore.client.errors import (
    ApiError,
    BadIdError,
    BadTokenError,
    InsecureServiceError,
    NotUtf8Error,
    TokenFileError,
    UnexpectedAnswerError,
    UnreachableError,
    refusal,
)
from longshore.client.network.backoff import RetryPolicy, with_retry
from longshore.client.network.connections import (
    ConnectionPools,
    HTTPError,
    cause_of,
    is_of_tls,
    is_silence,
    seconds_to_wait,
)
from longshore.client.stopping import Stop

ANSWER_SECONDS = 60.0
"""More than the half minute for which a complete can wait for another one."""
NO_PATH = re.compile(r"/\.{1,2}(/|$)|//|[?#\\\s]")
"""Parts of a path that no id has: dot segments, which lead to other endpoints, a query, and spaces."""
TOKEN = re.compile(r"[!-~]+")
Token = str | Callable[[bool], str] | None
"""An API key or a token, or a function that returns it, called with True if the last was refused. None: no login."""


class Http:
    """Calls to one service. clock_skew: the server's clock minus the local one in seconds, by its Date header."""

    def __init__(
        self, url: str, token: Token, pools: ConnectionPools, policy: RetryPolicy, in_clear: bool = False
    ) -> None:
        """in_clear: whether secrets may be sent to another host by http://. Raises ValueError for an invalid URL."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
            raise ValueError("the service's URL must be http(s)://host[:port] without user name or query")
        self.url = url.rstrip("/")
        self._exposed = not in_clear and parts.scheme == "http" and not _is_this_machine(parts.hostname)
        self.clock_skew = 0.0
        self._token, self._pools, self._policy = token, pools, policy

    def __repr__(self) -> str:
        return f"Http({self.url!r})"

    @property
    def awaits_first_answer(self) -> bool:
        """Whether calls were made, but the service never answered any."""
        return self._pools.awaits_first_answer(self.url)

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        credential: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
        version: int | None = None,
        stop: Stop | None = None,
        again: bool = True,
    ) -> Any:
        """Return the data of the answer. Temporary failures (unreachable, 429, a dependency down) are retried.

        again: False for calls that must not be repeated; idempotency_key: the same in each attempt; version: that the
        file must have (If-Match). Raises ApiError, UnreachableError, UnexpectedAnswerError, StoppedError;
        InsecureServiceError, NotUtf8Error and BadIdError before anything is sent.
        """
        _refuse_broken_text([path, body, query, credential])
        if NO_PATH.search(path):
            raise BadIdError
        if self._exposed and (self._token is not None or credential or (body or {}).get("credential")):
            raise InsecureServiceError(self.url)
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        full_path = f"{path}?{urlencode(asked, doseq=True)}" if asked else path
        headers = {} if credential is None else {"X-File-Credential": json.dumps(credential)}
        headers |= {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
        headers |= {} if version is None else {"If-Match": f'"{version}"'}
        policy = self._policy if again else RetryPolicy(attempts=1)

        def once() -> Any:
            return self._once(method, full_path, body, headers)

        return with_retry(once, least_wait, policy, stop or Stop())

    def _once(self, method: str, path: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]) -> Any:
        try:
            return self._ask(method, path, body, headers, renew=False)
        except ApiError as error:
            if error.status != 401 or not callable(self._token):
                raise
        return self._ask(method, path, body, headers, renew=True)

    def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None, headers: Mapping[str, str], renew: bool
    ) -> Any:
        sent = {"Accept": "application/json", **headers, **self._login(renew)}
        content = None
        if body is not None:
            content, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        try:
            answer = self._pools.ask(method, self.url + path, body=content, headers=sent, seconds=ANSWER_SECONDS)
        except HTTPError as error:
            mute = is_silence(error) and self.awaits_first_answer
            never = mute or self._pools.never_reached(self.url, error)
            raise UnreachableError(self.url, cause_of(error), never_reached=never, of_tls=is_of_tls(error)) from None
        self._read_clock(answer.headers)
        if 300 <= answer.status < 400:
            where = urlsplit(answer.headers.get("Location", ""))
            there = f"{where.scheme}://{where.netloc}"
            raise UnexpectedAnswerError(f"{self.url} redirects to {there}.", "Use that URL instead.")
        return _data(answer.status, answer.data, seconds_to_wait(answer.headers))

    def _login(self, renew: bool) -> dict[str, str]:
        token = self._token(renew) if callable(self._token) else self._token
        if token is None:
            return {}
        # http.client would show it in its error
        if not TOKEN.fullmatch(token):
            raise BadTokenError
        return {"Authorization": f"Bearer {token}"}

    def _read_clock(self, headers: Mapping[str, str]) -> None:
        try:
            self.clock_skew = parsedate_to_datetime(headers.get("Date", "")).timestamp() - time.time()
        except (ValueError, TypeError):
            return


def least_wait(error: Exception) -> float | None:
    """Return the seconds to wait before a retry; None for no retry."""
    if isinstance(error, UnreachableError):
        return 0.0
    return error.retry_after if isinstance(error, ApiError) and error.passing else None


def _refuse_broken_text(sent: Any) -> None:
    """Raises NotUtf8Error for bytes that are not UTF-8: JSON and URLs cannot contain them."""
    try:
        json.dumps(sent, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise NotUtf8Error from None


def _is_this_machine(host: str) -> bool:
    """Whether the host is this machine: names under localhost (RFC 6761) and loopback addresses."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _data(status: int, content: bytes, retry_after: float) -> Any:
    try:
        answer = json.loads(content)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        if status >= 400:
            raise refusal(status, {}, retry_after)
        raise UnexpectedAnswerError(f"The answer ({status}) is not from the service.")
    if status >= 300 or "data" not in answer:
        raise refusal(status, answer, retry_after)
    return answer["data"]


def token_from(environment: Mapping[str, str]) -> Token:
    """Return LONGSHORE_TOKEN, or the content of LONGSHORE_TOKEN_FILE, which is read again after a refusal."""
    if environment.get("LONGSHORE_TOKEN"):
        return environment["LONGSHORE_TOKEN"]
    path = environment.get("LONGSHORE_TOKEN_FILE")
    return (lambda _renew: _token_in(path)) if path else None


def _token_in(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise TokenFileError(path, error.strerror or type(error).__name__) from None
    except UnicodeDecodeError:
        raise TokenFileError(path, "it is not text") from None
