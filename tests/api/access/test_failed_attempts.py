"""Failed attempts: they are logged and counted, and after too many of them requests are refused."""

from __future__ import annotations

import logging
import secrets
from typing import Any

import jwt
import pytest

from service.access.failed_attempts import FailedAttempts
from service.access.tokens import SharedSecrets, TokenVerifier
from service.deps import build_deps
from service.domain.accounts.keys import create_key, list_keys, revoke_key
from service.observability.metrics import REGISTRY
from service.values.access.caller import Scope
from tests.support.login import login, sends
from tests.support.matchers import Like, failure
from tests.support.programs.empty_redis import emptied
from tests.support.service_under_test import FILE, App, make_settings, rebuilt
from tools.stack.servers.redis import Redis

LIMIT = 5
PIN = {"pin": "0042"}
AWAY = "redis://127.0.0.1:9"


@pytest.fixture
def redis_url(redis_server: Redis) -> str:
    return emptied(redis_server.url(8))


@pytest.fixture
def guarded(app: App, redis_url: str) -> App:
    return rebuilt(app, failed_attempts=FailedAttempts(redis_url, f"{LIMIT}/hour"))


def made_up_key() -> str:
    return f"lsk_{secrets.token_hex(6)}_{secrets.token_hex(32)}"


def ask(app: App, path: str, pin: str | None = None, address: str = "192.0.2.1") -> Any:
    headers = {} if pin is None else {"X-File-Credential": f'{{"pin": "{pin}"}}'}
    return app.client.get(f"{FILE}{path}", headers=headers, environ_base={"REMOTE_ADDR": address})


def statuses(app: App, path: str, count: int, **options: Any) -> list[int]:
    return [ask(app, path, f"{number:04}", **options).status_code for number in range(count)]


@pytest.mark.parametrize("path", ["get", "status"])
def test_a_credential_cannot_be_guessed(guarded: App, path: str) -> None:
    """The right one is number 42 of 300: it is refused like the others."""
    file = guarded.ready(credential=PIN)
    before = refused("too_many_requests")
    assert statuses(guarded, f"/{path}/{file['id']}", 300) == [403] * LIMIT + [429] * (300 - LIMIT)
    assert refused("too_many_requests") == before + 300 - LIMIT
    answer = ask(guarded, f"/get/{file['id']}", "0042")
    message = Like(
        r"Too many requests from one address with a wrong key or credential \(5 per 1 hour\)\. Wait \d+ s, .*"
    )
    assert answer.json == failure("too_many_requests") | {"message": message}
    assert 1 <= int(answer.headers["Retry-After"]) <= 3600


def test_a_credential_cannot_be_guessed_from_many_addresses(guarded: App) -> None:
    file = guarded.ready(credential=PIN)
    answered = [ask(guarded, f"/get/{file['id']}", f"{n:04}", f"198.51.100.{n}").status_code for n in range(50)]
    assert answered == [403] * LIMIT + [429] * (50 - LIMIT)


def test_one_credential_cannot_be_tried_on_many_files(guarded: App) -> None:
    files = [guarded.ready(credential={"pin": str(n)})["id"] for n in range(LIMIT + 2)]
    answered = [ask(guarded, f"/get/{file_id}", "wrong").status_code for file_id in files]
    assert answered == [403] * LIMIT + [429] * 2


def test_with_login_on_attempts_are_counted_by_subject(guarded: App) -> None:
    locked = guarded.with_settings(login="on")
    ann, bob = login(locked, "ann"), login(locked, "bob")
    anns, bobs = (one.ready(credential=PIN)["id"] for one in (ann, bob))
    assert statuses(ann, f"/get/{anns}", 7) == [403] * LIMIT + [429] * 2
    assert ask(bob, f"/get/{bobs}", "0042").status_code == 200


def test_the_right_credential_and_a_missing_one_are_not_counted(guarded: App) -> None:
    file = guarded.ready(credential=PIN)
    path = f"/get/{file['id']}"
    assert [ask(guarded, path).status_code for _ in range(2 * LIMIT)] == [403] * 2 * LIMIT
    assert [ask(guarded, path, "0042").status_code for _ in range(2 * LIMIT)] == [200] * 2 * LIMIT


def test_wrong_credentials_in_bodies_are_counted(guarded: App) -> None:
    opened = guarded.send()
    completion = guarded.completion(opened, credential=PIN)
    guarded.post("/upload/complete/", **completion)
    answers = [guarded.post("/upload/complete/", **completion | {"credential": {"pin": str(n)}}) for n in range(7)]
    assert [answer.status_code for answer in answers] == [403] * LIMIT + [429] * 2


def test_while_redis_is_down_each_process_counts_alone(app: App) -> None:
    alone = rebuilt(app, failed_attempts=FailedAttempts(AWAY, f"{LIMIT}/hour"))
    file = alone.ready(credential=PIN)
    assert statuses(alone, f"/get/{file['id']}", 7) == [403] * LIMIT + [429] * 2


def test_invented_keys_are_limited_and_valid_ones_are_not(guarded: App) -> None:
    """A client that shares an address with a device with a wrong key is not locked out."""
    locked = guarded.with_settings(login="on")
    ann = login(locked, "ann")
    answered = [sends(locked, f"Bearer {made_up_key()}").client.get(f"{FILE}/all").status_code for _ in range(8)]
    assert answered == [401] * LIMIT + [429] * 3
    assert ann.client.get(f"{FILE}/all").status_code == 200


def test_a_revoked_key_and_an_expired_token_are_not_counted(guarded: App) -> None:
    """A page requests a new token after a 401; after a 429 it would wait with the old one."""
    secret, issuer = "s" * 32, "https://app.example/"
    verifier = TokenVerifier(SharedSecrets(secret), issuer, "longshore", 0, "scope")
    locked = rebuilt(guarded.with_settings(login="on"), tokens=verifier)
    key = create_key(locked.deps, "x", "ann", [Scope.READ])[0]
    revoke_key(locked.deps, list_keys(locked.deps)[0].prefix)
    old = jwt.encode({"iss": issuer, "aud": "longshore", "sub": "ann", "exp": 1}, secret, "HS256")
    for token in (key, old):
        answered = [sends(locked, f"Bearer {token}").client.get(f"{FILE}/all").status_code for _ in range(2 * LIMIT)]
        assert answered == [401] * 2 * LIMIT
    forged = jwt.encode({"iss": issuer, "aud": "longshore", "sub": "ann", "exp": 2**31}, "x" * 32, "HS256")
    answered = [sends(locked, f"Bearer {forged}").client.get(f"{FILE}/all").status_code for _ in range(LIMIT + 1)]
    assert answered == [401] * LIMIT + [429]


def refused(code: str) -> float:
    return REGISTRY.get_sample_value("longshore_access_refused_total", {"code": code}) or 0


def test_refused_requests_are_logged_and_counted(app: App, caplog: pytest.LogCaptureFixture) -> None:
    locked = app.with_settings(login="on")
    ann, reader = login(locked, "ann"), login(locked, "ann", Scope.READ)
    file = ann.ready(credential=PIN)
    made_up = made_up_key()
    prefix = made_up.split("_")[1]
    calls = {
        "login_required": (locked, "all", "address=192.0.2.1"),
        "token_refused": (sends(locked, f"Bearer {made_up}"), "all", f"reason=unknown key_prefix={prefix}"),
        "scope_missing": (reader, "upload/nothing", "subject=ann address=192.0.2.1 needed=upload"),
        "wrong_credential": (ann, f"get/{file['id']}", f"subject=ann address=192.0.2.1 file_id={file['id']}"),
    }
    caplog.set_level(logging.INFO)
    for code, (one, path, words) in calls.items():
        before = refused(code)
        caplog.clear()
        method = "DELETE" if code == "scope_missing" else "GET"
        headers = {"X-File-Credential": '{"pin": "hush-hush"}'}
        answer = one.client.open(
            f"{FILE}/{path}", method=method, headers=headers, environ_base={"REMOTE_ADDR": "192.0.2.1"}
        )
        assert answer.json["code"] == code
        [line] = [record.getMessage() for record in caplog.records if "access_refused" in record.getMessage()]
        assert line.startswith(f"access_refused code={code} ")
        assert words in line
        assert f"path={FILE}/{path}" in line
        assert refused(code) == before + 1
        assert not {"hush-hush", made_up.split("_")[2]} & set(line.replace("=", " ").split())


def test_failed_attempts_are_limited_by_default(app: App) -> None:
    settings = make_settings(app.deps.settings.web_root.parent, redis_url=AWAY)
    assert build_deps(settings).failed_attempts is not None
    assert settings.rate_limit_guesses == "20/minute"
