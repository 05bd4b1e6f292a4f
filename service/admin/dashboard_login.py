"""The login of rq-dashboard: the service's API keys and tokens with the scope `admin`, or one user name and password.

The service itself checks a key or token (`GET /api/v1/users/me`), so that this process needs neither the database nor a
secret, and a revoked key ends here too. A browser sends it by HTTP Basic as the password, with any user name.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import urllib3
from flask import Request, Response
from urllib3.exceptions import HTTPError

from service.observability.logs import get_logger

log = get_logger(__name__)

ACCOUNT = "/api/v1/users/me"
REMEMBERED = 5.0
"""Seconds for which an accepted key is not checked again: a page asks every few seconds, several times at once."""
MOST_REMEMBERED = 1_000
CHALLENGE = {"WWW-Authenticate": 'Basic realm="Longshore: an API key or token with the scope admin is the password"'}
TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{1,8192}")
"""The form of a key or token (RFC 6750, section 2.1); nothing else is sent to the service."""
WRONG = "Log in with an API key or token with the scope `admin` as the password (any user name).\n"
UNKNOWN = "The service does not answer, so that keys and tokens cannot be checked. Try again.\n"
MANY = "Too many wrong keys. Try again later.\n"


@dataclass(frozen=True)
class Answer:
    """The result of checking a key. status: 200 if it may look, else that of the refusal."""

    status: int
    retry_after: str | None = None


Check = Callable[[str, str | None], Answer]
"""Checks a key or token. The second argument: X-Forwarded-For of the request."""


class ServiceCheck:
    """Asks the service at `url` whose key or token it is. Raises nothing: without an answer, the status is 503."""

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url.rstrip("/") + ACCOUNT
        self._pool = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(5.0))
        self._clock = clock
        self._lock = threading.Lock()
        self._accepted: dict[bytes, float] = {}

    def __call__(self, token: str, forwarded_for: str | None) -> Answer:
        """Return 200 for a key or token with the scope `admin`; a service without login accepts none."""
        digest = hashlib.sha256(token.encode(errors="replace")).digest()
        with self._lock:
            if self._accepted.get(digest, 0.0) > self._clock():
                return Answer(200)
        answer = self._ask(token, forwarded_for)
        if answer.status == 200:
            self._remember(digest)
        return answer

    def _remember(self, digest: bytes) -> None:
        with self._lock:
            now = self._clock()
            self._accepted = {known: until for known, until in self._accepted.items() if until > now}
            if len(self._accepted) < MOST_REMEMBERED:
                self._accepted[digest] = now + REMEMBERED

    def _ask(self, token: str, forwarded_for: str | None) -> Answer:
        # `localhost` is accepted whatever ALLOWED_HOSTS is
        headers = {"Authorization": f"Bearer {token}", "Host": "localhost", "Accept": "application/json"}
        if forwarded_for:  # the service counts wrong keys by the client's address
            headers["X-Forwarded-For"] = forwarded_for
        try:
            # a redirect would send the key elsewhere
            reply = self._pool.request("GET", self._url, headers=headers, redirect=False)
            account = json.loads(reply.data)["data"] if reply.status == 200 else {}
            is_operator = account.get("subject") is not None and "admin" in account.get("scopes", ())
        except (HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning("dashboard_login_unavailable", reason=type(error).__name__)
            return Answer(503)
        if is_operator:
            return Answer(200)
        if reply.status == 429:
            return Answer(429, reply.headers.get("Retry-After"))
        if reply.status in {200, 401, 403}:
            return Answer(401)
        log.warning("dashboard_login_unavailable", status=reply.status)
        return Answer(503)


class DashboardLogin:
    """Refuses requests without a login. Without any login in the environment, none is required."""

    def __init__(self, username: str, password: str, check: Check | None) -> None:
        """check: of keys and tokens; None: they are not accepted. Without a password, the user name is not accepted."""
        self._pair = (username, password) if username and password else None
        self._check = check
        self.is_required = bool(username) or check is not None

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> DashboardLogin:
        """Read RQ_DASHBOARD_USERNAME and _PASSWORD, and RQ_DASHBOARD_API_URL, the address of the service."""
        url = env.get("RQ_DASHBOARD_API_URL", "").strip()
        check = ServiceCheck(url) if url else None
        return cls(env.get("RQ_DASHBOARD_USERNAME", ""), env.get("RQ_DASHBOARD_PASSWORD", ""), check)

    def refusal(self, request: Request) -> Response | None:
        """Return None if the request may look, else its refusal."""
        if not self.is_required:
            return None
        username, password = _sent(request)
        if self._is_pair(username, password):
            return None
        if self._check is None or not TOKEN.fullmatch(password):
            return _refused(401, WRONG)
        answer = self._check(password, request.headers.get("X-Forwarded-For"))
        if answer.status == 200:
            return None
        refused = _refused(answer.status, {429: MANY, 503: UNKNOWN}.get(answer.status, WRONG))
        if answer.retry_after:
            refused.headers["Retry-After"] = answer.retry_after
        return refused

    def _is_pair(self, username: str, password: str) -> bool:
        if self._pair is None:
            return False
        same = [
            hmac.compare_digest(a.encode(errors="replace"), b.encode(errors="replace"))
            for a, b in zip((username, password), self._pair, strict=True)
        ]
        return all(same)


def _sent(request: Request) -> tuple[str, str]:
    """Return the user name and password of HTTP Basic, or a bearer token as the password; empty without a login."""
    sent = request.authorization
    if sent is None:
        return "", ""
    if sent.type == "bearer":
        return "", sent.token or ""
    return (sent.username or "", sent.password or "") if sent.type == "basic" else ("", "")


def _refused(status: int, text: str) -> Response:
    # only with this status: a browser would ask for another password
    return Response(text, status, CHALLENGE if status == 401 else {}, mimetype="text/plain")
