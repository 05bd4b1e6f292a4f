"""An identity provider for tests: it issues tokens, publishes its keys, and counts the requests for them."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from werkzeug import Request, Response

from tests.support.http_server import TestServer

TIMEOUT = 30
"""Maximum seconds of its pause, for tests that fail meanwhile."""
ISSUER, AUDIENCE = "https://login.example/", "longshore"
SECRET = "an-hmac-secret-of-32-characters!"


def claims(**changes: Any) -> dict[str, Any]:
    """Return the claims of a valid token; a change to None removes the claim."""
    now = int(time.time())
    good = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "exp": now + 300, "scope": "openid upload read delete"}
    return {name: value for name, value in (good | changes).items() if value is not None}


def shared(secret: str = SECRET, algorithm: str = "HS256", **changes: Any) -> str:
    """Return a token signed by a shared secret."""
    return jwt.encode(claims(**changes), secret, algorithm)


class Provider(TestServer):
    """`published` maps kid to a private key; `answer` replaces the published keys; `calls` counts requests.

    Without `awake` it does not respond.
    """

    def __init__(self) -> None:
        super().__init__()
        self.published: dict[str, Any] = {}
        self.answer: tuple[int, bytes] | None = None
        self.calls = 0
        self.awake = threading.Event()
        self.awake.set()

    @property
    def url(self) -> str:
        return self.url_for("/jwks.json")

    def dispatch(self, request: Request) -> Response:
        status, body = self.document()
        return Response(body, status)

    def make_key(self, kid: str, kind: str = "RSA") -> Any:
        """Create and publish a new pair of keys."""
        elliptic = kind == "EC"
        key = ec.generate_private_key(ec.SECP256R1()) if elliptic else rsa.generate_private_key(65537, 2048)
        self.published[kid] = key
        return key

    def token(self, kid: str, key: Any = None, algorithm: str = "RS256", **changes: Any) -> str:
        return jwt.encode(claims(**changes), key or self.published[kid], algorithm, headers={"kid": kid})

    def document(self) -> tuple[int, bytes]:
        """Return the response of the JWKS URL."""
        self.calls += 1
        self.awake.wait(TIMEOUT)
        if self.answer is not None:
            return self.answer
        keys = []
        for kid, key in self.published.items():
            of_kind = jwt.algorithms.ECAlgorithm if isinstance(key, ec.EllipticCurvePrivateKey) else RSA
            keys.append(of_kind.to_jwk(key.public_key(), as_dict=True) | {"kid": kid, "use": "sig"})
        return 200, json.dumps({"keys": keys}).encode()


RSA = jwt.algorithms.RSAAlgorithm
