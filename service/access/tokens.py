"""JWT bearer tokens of an identity provider (RFC 7519), verified locally.

The kind of the configured key determines the accepted algorithms, never the token: so a public key is never used as the
secret of HS256, and `none` is refused (RFC 8725, section 3.1).
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from http.client import HTTPException
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit
from urllib.request import getproxies, proxy_bypass

import jwt

from service.errors import LoginUnavailableError, TokenRefusedError
from service.observability.logs import get_logger
from service.outgoing.addresses import resolve
from service.outgoing.pinned import PinnedConnection, port_of
from service.settings import Settings
from service.values.access.caller import Caller, Scope
from service.values.access.subjects import checked_subject

log = get_logger(__name__)

LIFETIME = 600.0
"""Seconds after which published keys are fetched again."""
STALE = 24 * 3600.0
"""Seconds for which they are used if they cannot be fetched."""
PAUSE = 30.0
"""Seconds between two fetches, however many tokens have unknown key ids."""
RETRY = 5.0
"""Seconds before the next fetch after a failed one."""
TIMEOUT = 5.0
"""Seconds to wait for the provider."""
MAX_KEYS_SIZE = 1024 * 1024
"""Maximum bytes of the provider's answer."""
MALFORMED = (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError)
"""Errors that forged tokens can cause in the parsers."""


AUTHENTIC = (
    *(jwt.ExpiredSignatureError, jwt.ImmatureSignatureError, jwt.InvalidIssuedAtError),
    *(jwt.InvalidAudienceError, jwt.InvalidIssuerError, jwt.MissingRequiredClaimError),
)
"""Errors of a token with a valid signature, which is not a guess."""


class Keys(Protocol):
    """The keys that verify tokens."""

    algorithms: tuple[str, ...]

    def keys_for(self, header: dict[str, Any]) -> Sequence[Any]:
        """Return the keys that may have signed a token with this header, one or more.

        Raises TokenRefusedError, LoginUnavailableError.
        """


class SharedSecrets:
    """Secrets shared with the issuer of tokens: the current one, and previous ones."""

    algorithms: tuple[str, ...] = ("HS256",)

    def __init__(self, *secrets: str) -> None:
        self._secrets = secrets

    def keys_for(self, header: dict[str, Any]) -> Sequence[Any]:
        return self._secrets


class PublishedKeys:
    """The public keys at a JWKS URL (RFC 7517), by their `kid`."""

    algorithms: tuple[str, ...] = (
        *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
        *("ES256", "ES384", "ES512", "EdDSA"),
    )

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = _Client(url, cache_jwk_set=False, timeout=TIMEOUT)
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = float("-inf")
        self._ask_from = float("-inf")
        self._reachable = False

    def keys_for(self, header: dict[str, Any]) -> Sequence[Any]:
        kid = header.get("kid")
        if kid is None:
            raise TokenRefusedError("no kid", is_guess=True)
        if not self._is_fresh(kid):
            self._refresh(kid)
        key = self._keys.get(kid)
        if key is not None:
            return [key]
        if not self._reachable:
            raise LoginUnavailableError
        raise TokenRefusedError("unknown kid", is_guess=True)

    def _is_fresh(self, kid: str) -> bool:
        return kid in self._keys and self._clock() - self._fetched_at <= LIFETIME

    def _refresh(self, kid: str) -> None:
        """Fetch the keys for an unknown id, unless they were just fetched.

        While another thread fetches them, the existing keys are used, so that a slow provider delays one request, not
        all. Raises LoginUnavailableError if it is none of them.
        """
        if not self._lock.acquire(blocking=not self._keys):
            if kid in self._keys:
                return
            raise LoginUnavailableError
        try:
            if not self._is_fresh(kid) and self._clock() >= self._ask_from:
                self._fetch(self._clock())
        finally:
            self._lock.release()

    def _fetch(self, now: float) -> None:
        try:
            self._keys = {str(key.key_id): key for key in self._client.get_signing_keys()}
            self._fetched_at, self._ask_from, self._reachable = now, now + PAUSE, True
        except (OSError, HTTPException, *MALFORMED) as error:
            log.warning("token_keys_not_fetched", reason=type(error).__name__)
            self._ask_from, self._reachable = now + RETRY, False
            if now - self._fetched_at > STALE:
                self._keys = {}


class _Client(jwt.PyJWKClient):
    """PyJWT's client, which never connects to a cloud's metadata address: not by a name, and not by a redirect."""

    def fetch_data(self) -> Any:
        """Return the published keys. Raises OSError, HTTPException and what reading JSON raises."""
        parts = urlsplit(self.uri)
        host = parts.hostname or ""
        if parts.scheme in getproxies() and not proxy_bypass(host):
            return super().fetch_data()  # the proxy resolves the name
        addresses = resolve(host, port_of(parts), private=True)
        connection = PinnedConnection(parts, addresses, TIMEOUT)
        try:
            path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
            connection.request("GET", path, headers={"Accept": "application/json", **self.headers})
            answer = connection.getresponse()
            if answer.status != HTTPStatus.OK:
                raise jwt.PyJWKClientError(f"the answer was {answer.status}")
            return json.loads(answer.read(MAX_KEYS_SIZE))
        finally:
            connection.close()


class TokenVerifier:
    """Finds the subject of a token."""

    def __init__(self, keys: Keys, issuer: str, audience: str, leeway: int, scope_claim: str) -> None:
        """leeway: maximum difference between our clock and the issuer's in seconds."""
        self._keys = keys
        self._expected: dict[str, Any] = {"issuer": issuer, "audience": audience, "leeway": leeway}
        self._scope_claim = scope_claim

    def caller(self, token: str) -> Caller:
        """Raises TokenRefusedError, and LoginUnavailableError if the keys to verify it are unavailable."""
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in self._keys.algorithms:
                raise jwt.InvalidAlgorithmError
            claims = self._claims(token, self._keys.keys_for(header))
            return Caller(checked_subject(claims["sub"]), _scopes(claims.get(self._scope_claim)))
        except MALFORMED as error:
            raise TokenRefusedError(type(error).__name__, is_guess=not isinstance(error, AUTHENTIC)) from error

    def _claims(self, token: str, keys: Sequence[Any]) -> dict[str, Any]:
        """Return the token's claims, verified with the first matching key. Raises one of MALFORMED."""
        for key in keys[:-1]:
            try:
                return self._decoded(token, key)
            except jwt.InvalidSignatureError:
                continue
        return self._decoded(token, keys[-1])

    def _decoded(self, token: str, key: Any) -> dict[str, Any]:
        required = {"require": ["exp", "iss", "aud", "sub"]}
        return jwt.decode(token, key, algorithms=self._keys.algorithms, options=required, **self._expected)  # type: ignore[arg-type]


def make_verifier(settings: Settings) -> TokenVerifier | None:
    """Return the verifier of the settings, or None with API keys only."""
    keys: Keys
    if settings.jwt_jwks_url:
        keys = PublishedKeys(settings.jwt_jwks_url)
    elif settings.jwt_secret:
        keys = SharedSecrets(settings.jwt_secret, *settings.jwt_secret_previous)
    else:
        return None
    return TokenVerifier(
        keys, settings.jwt_issuer, settings.jwt_audience, settings.jwt_leeway, settings.jwt_scope_claim
    )


def _scopes(claim: Any) -> frozenset[Scope]:
    """Return our scopes in a claim: text separated by spaces (RFC 8693, section 4.2), or a list; others are ignored."""
    words = claim.split() if isinstance(claim, str) else claim if isinstance(claim, list) else ()
    return frozenset(scope for scope in Scope if scope in words)
