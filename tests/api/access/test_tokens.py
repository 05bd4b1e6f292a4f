"""Login by JWT: accepted and refused tokens, and a provider that is down."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from service.access.tokens import (
    LIFETIME,
    PAUSE,
    RETRY,
    STALE,
    PublishedKeys,
    SharedSecrets,
    TokenVerifier,
    make_verifier,
)
from service.errors import LoginUnavailableError, TokenRefusedError
from service.values.access.caller import Caller, Scope
from tests.support.live.eventually import eventually
from tests.support.login import login, sends
from tests.support.matchers import failure
from tests.support.service.identity_provider import AUDIENCE, ISSUER, SECRET, Provider, claims, shared
from tests.support.service.recorded_calls import counted
from tests.support.service_under_test import CHUNK, FILE, NOWHERE, App, make_settings, rebuilt

LEEWAY = 60
ANN = Caller("ann", frozenset({Scope.UPLOAD, Scope.READ, Scope.DELETE}))


def verifier(keys: Any) -> TokenVerifier:
    return TokenVerifier(keys, ISSUER, AUDIENCE, LEEWAY, "scope")


@pytest.fixture
def by_secret(app: App) -> App:
    """The service with login on, which accepts tokens signed with the shared secret."""
    return rebuilt(app.with_settings(login="on"), tokens=verifier(SharedSecrets(SECRET)))


@pytest.fixture(scope="module")
def started() -> Iterator[Provider]:
    with Provider() as provider:
        provider.make_key("first")
        provider.make_key("elliptic", "EC")
        yield provider


@pytest.fixture
def provider(started: Provider) -> Iterator[Provider]:
    """A provider with an RSA key `first` and an EC key `elliptic`, without any request yet."""
    published = dict(started.published)
    started.calls, started.answer = 0, None
    yield started
    started.published = published


class Time:
    """A clock that a test sets forward."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_token_logs_in_as_its_subject(by_secret: App) -> None:
    ann, bob = (sends(by_secret, f"Bearer {shared(sub=name)}") for name in ("ann", "bob"))
    file = ann.ready()
    assert (ann.get(file["id"]).status_code, bob.get(file["id"]).status_code) == (200, 404)
    assert login(by_secret, "ann").get(file["id"]).status_code == 200, "a key of the same subject is the same caller"


def test_signing_with_a_token_is_one_read(by_secret: App) -> None:
    ann = sends(by_secret, f"Bearer {shared()}")
    upload_id = ann.init(size=CHUNK)["upload_id"]
    with counted(ann) as cost:
        ann.post("/upload/chunk/", upload_id=upload_id, chunk_index=0)
    assert cost == (["SELECT"], [])


BAD: dict[str, Any] = {
    "another secret": lambda: shared("x" * 32),
    "another algorithm of the family": lambda: shared("x" * 64, "HS512"),
    "expired": lambda: shared(exp=int(time.time()) - LEEWAY - 5),
    "without an end": lambda: shared(exp=None),
    "not yet": lambda: shared(nbf=int(time.time()) + LEEWAY + 60),
    "another issuer": lambda: shared(iss="https://evil.example/"),
    "no issuer": lambda: shared(iss=None),
    "for another service": lambda: shared(aud="another"),
    "without an audience": lambda: shared(aud=None),
    "no subject": lambda: shared(sub=None),
    "an empty subject": lambda: shared(sub=""),
    "a subject that looks like another": lambda: shared(sub="ann "),
    "an endless number": lambda: shared(exp=float("inf")),
    "no algorithm": lambda: jwt.encode(claims(), None, "none"),
    "no signature": lambda: shared().rpartition(".")[0] + ".",
    "too few parts": lambda: shared().rpartition(".")[0],
    "nested": lambda: f"{base64.urlsafe_b64encode(b'[' * 5000).decode()}.e30.AAAA",
}


@pytest.mark.parametrize("name", BAD)
def test_invalid_tokens_are_refused(by_secret: App, name: str) -> None:
    answer = sends(by_secret, f"Bearer {BAD[name]()}").client.get(f"{FILE}/all")
    assert (answer.status_code, answer.json) == (401, failure("token_refused"))
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="longshore", error="invalid_token"'


def test_tokens_of_the_new_and_the_previous_secret_are_accepted() -> None:
    newest = "the-secret-that-the-issuer-has-from-today-on"
    tokens = [shared(), jwt.encode(claims(), newest, "HS256")]
    both = verifier(SharedSecrets(newest, SECRET))
    assert [both.caller(token) for token in tokens] == [ANN, ANN]
    for wrong in (jwt.encode(claims(), "y" * 32, "HS256"), shared(aud="another"), shared(exp=1)):
        with pytest.raises(TokenRefusedError):
            both.caller(wrong)
    with pytest.raises(TokenRefusedError):
        verifier(SharedSecrets(newest)).caller(tokens[0])


def test_the_previous_secret_is_read_from_the_settings(tmp_path: Path) -> None:
    changes = {"jwt_secret": "x" * 32, "jwt_secret_previous": (SECRET,), "jwt_issuer": ISSUER, "jwt_audience": AUDIENCE}
    made = make_verifier(make_settings(tmp_path, login="on", **changes))
    assert made is not None
    assert made.caller(shared()) == ANN


@pytest.mark.parametrize("changes", [{"exp": -LEEWAY + 5}, {"nbf": LEEWAY - 5}, {"iat": LEEWAY - 5}])
def test_clocks_may_differ(changes: dict[str, int]) -> None:
    now = int(time.time())
    token = shared(**{name: now + offset for name, offset in changes.items()})
    assert verifier(SharedSecrets(SECRET)).caller(token) == ANN


@pytest.mark.parametrize(
    ("claim", "scopes"),
    [
        ("upload read", {Scope.UPLOAD, Scope.READ}),
        (["admin", "billing"], {Scope.ADMIN}),
        ("uploads READ", set()),
        (None, set()),
        ({"read": True}, set()),
        (7, set()),
    ],
)
def test_scopes_are_read_from_the_claim(by_secret: App, claim: Any, scopes: set[Scope]) -> None:
    assert verifier(SharedSecrets(SECRET)).caller(shared(scope=claim)).scopes == scopes
    answer = sends(by_secret, f"Bearer {shared(scope=claim)}").client.get(f"{FILE}/all")
    assert answer.status_code == (200 if scopes else 403)


@given(st.text(alphabet="abcXYZ019-_.=", max_size=200) | st.binary(max_size=60).map(lambda raw: raw.hex() + ".."))
def test_arbitrary_text_is_refused(text: str) -> None:
    with pytest.raises(TokenRefusedError):
        verifier(SharedSecrets(SECRET)).caller(text)


# published keys


def test_published_keys_are_fetched_once(provider: Provider) -> None:
    checked = verifier(PublishedKeys(provider.url))
    tokens = [provider.token("first"), provider.token("elliptic", algorithm="ES256")] * 2
    assert ([checked.caller(token) for token in tokens], provider.calls) == ([ANN] * 4, 1)


def public_text(provider: Provider) -> str:
    """The published half of a key, which an attacker has."""
    pem = provider.published["first"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return str(pem.decode())


def forged(header: dict[str, Any], secret: str) -> str:
    """An HS256 token whose secret is anything, which PyJWT itself would not make."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims())]
    signature = hmac.new(secret.encode(), b".".join(parts), hashlib.sha256).digest()
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


@pytest.mark.parametrize("algorithm", ["HS256", "none", "RS256", "ES256", "PS256"])
def test_the_token_does_not_choose_its_algorithm(provider: Provider, algorithm: str) -> None:
    header = {"alg": algorithm, "kid": "first", "typ": "JWT"}
    for secret in (public_text(provider), public_text(provider).strip(), ""):
        with pytest.raises(TokenRefusedError):
            verifier(PublishedKeys(provider.url)).caller(forged(header, secret))
    with pytest.raises(TokenRefusedError):
        verifier(PublishedKeys(provider.url)).caller(forged(header, "").rpartition(".")[0] + ".")


def test_a_published_symmetric_key_is_refused(provider: Provider) -> None:
    oct_key = {"kty": "oct", "kid": "first", "k": base64.urlsafe_b64encode(b"x" * 32).decode().rstrip("=")}
    provider.answer = (200, json.dumps({"keys": [oct_key]}).encode())
    with pytest.raises(TokenRefusedError):
        verifier(PublishedKeys(provider.url)).caller(forged({"alg": "HS256", "kid": "first"}, "x" * 32))


def test_a_token_signed_by_another_provider_is_refused(provider: Provider) -> None:
    with Provider() as other:
        stranger = other.make_key("first")
    with pytest.raises(TokenRefusedError):
        verifier(PublishedKeys(provider.url)).caller(provider.token("first", stranger))


def test_a_token_without_a_key_id_is_refused(provider: Provider) -> None:
    token = jwt.encode(claims(), provider.published["first"], "RS256")
    with pytest.raises(TokenRefusedError):
        verifier(PublishedKeys(provider.url)).caller(token)
    assert provider.calls == 0


def test_unknown_keys_are_fetched_at_a_limited_rate(provider: Provider) -> None:
    clock = Time()
    checked = verifier(PublishedKeys(provider.url, clock))
    checked.caller(provider.token("first"))
    rotated = provider.make_key("second")
    for number in range(50):
        with pytest.raises(TokenRefusedError):
            checked.caller(provider.token(f"made-up-{number}", rotated))
    assert provider.calls == 1
    clock.now += PAUSE
    assert (checked.caller(provider.token("second")), provider.calls) == (ANN, 2)


def test_a_slow_provider_delays_one_request_only(provider: Provider) -> None:
    clock = Time()
    checked = verifier(PublishedKeys(provider.url, clock))
    known = provider.token("first")
    checked.caller(known)
    provider.make_key("second")
    new = provider.token("second")
    clock.now += PAUSE
    provider.awake.clear()
    with ThreadPoolExecutor(1) as pool:
        try:
            waiting = pool.submit(checked.caller, new)
            eventually(lambda: provider.calls, lambda times: times == 2)
            assert checked.caller(known) == ANN
            with pytest.raises(LoginUnavailableError):
                checked.caller(new)
        finally:
            provider.awake.set()
        assert waiting.result() == ANN
    assert provider.calls == 2


def test_a_withdrawn_key_is_refused_after_the_cache_expires(provider: Provider) -> None:
    clock = Time()
    checked = verifier(PublishedKeys(provider.url, clock))
    token = provider.token("first")
    assert checked.caller(token) == ANN
    del provider.published["first"]
    assert checked.caller(token) == ANN
    clock.now += LIFETIME + 1
    with pytest.raises(TokenRefusedError):
        checked.caller(token)


AWAY = [(503, b""), (200, b"not json"), (200, b"[]"), (200, b'{"keys": []}'), (302, b""), (200, b"[" * 100_000)]


@pytest.mark.parametrize("answer", AWAY)
def test_a_provider_that_is_down_causes_a_503(app: App, provider: Provider, answer: tuple[int, bytes]) -> None:
    provider.answer = answer
    locked = rebuilt(app.with_settings(login="on"), tokens=verifier(PublishedKeys(provider.url)))
    for _ in range(2):
        refused = sends(locked, f"Bearer {provider.token('first')}").client.get(f"{FILE}/all")
        assert (refused.status_code, refused.json) == (503, failure("login_unavailable"))
        assert refused.headers["Retry-After"] == "5"
    assert provider.calls == 1
    assert login(locked, "ann").client.get(f"{FILE}/all").status_code == 200, "keys of ours need no provider"


def test_a_provider_that_cannot_be_reached_makes_login_unavailable(provider: Provider) -> None:
    with pytest.raises(LoginUnavailableError):
        verifier(PublishedKeys(NOWHERE)).caller(provider.token("first"))


@pytest.mark.parametrize("address", ["169.254.169.254", "fd00:ec2::23", "168.63.129.16", "64:ff9b::a9fe:a9fe"])
def test_keys_are_never_fetched_from_a_metadata_service(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """Every name resolves to the address, and any connection would reach the provider: only the refusal prevents it."""
    provider.make_key("first")
    called: list[str] = []
    real = socket.create_connection

    def create_connection(at: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        called.append(at[0])
        return real(("127.0.0.1", at[1]), 5)

    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)
    monkeypatch.setattr(socket, "create_connection", create_connection)
    for host in ("login.example", "metadata.google.internal"):
        with pytest.raises(LoginUnavailableError):
            verifier(PublishedKeys(provider.url.replace("127.0.0.1", host))).caller(provider.token("first"))
    assert (called, provider.calls) == ([], 0)


@pytest.mark.parametrize("status", [204, 302, 404, 500])
def test_keys_are_read_only_from_an_answer_with_status_200(provider: Provider, status: int) -> None:
    provider.make_key("first")
    provider.answer = (status, provider.document()[1])
    with pytest.raises(LoginUnavailableError):
        verifier(PublishedKeys(provider.url)).caller(provider.token("first"))


def test_known_keys_stay_valid_for_a_time_while_the_provider_is_down(provider: Provider) -> None:
    clock = Time()
    checked = verifier(PublishedKeys(provider.url, clock))
    token = provider.token("first")
    checked.caller(token)
    provider.answer = (503, b"")
    clock.now += LIFETIME + 1
    assert checked.caller(token) == ANN
    with pytest.raises(LoginUnavailableError):
        checked.caller(provider.token("unknown", provider.published["first"]))
    clock.now += STALE
    with pytest.raises(LoginUnavailableError):
        checked.caller(token)
    provider.answer = None
    clock.now += RETRY
    assert checked.caller(token) == ANN


def test_the_verifier_is_made_from_the_settings(app: App, provider: Provider) -> None:
    settings = {"jwt_issuer": ISSUER, "jwt_audience": AUDIENCE}
    assert make_verifier(app.deps.settings) is None
    secret = make_verifier(app.with_settings(jwt_secret=SECRET, **settings).deps.settings)
    published = make_verifier(app.with_settings(jwt_jwks_url=provider.url, **settings).deps.settings)
    assert secret
    assert published
    assert (secret.caller(shared()), published.caller(provider.token("first"))) == (ANN, ANN)
