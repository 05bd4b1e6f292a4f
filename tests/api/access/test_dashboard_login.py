"""The login of rq-dashboard, checked by the real service: keys and tokens with the scope `admin`, or a password."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask, request
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from service.admin.dashboard_login import REMEMBERED, Answer, DashboardLogin, ServiceCheck
from service.domain.accounts.keys import create_key, revoke_key
from service.values.access.caller import Scope
from tests.support.http_server import TestServer
from tests.support.listening import POLL_SECONDS
from tests.support.service_under_test import App

PAIR = ("admin", "a-password")


@contextmanager
def served(app: App) -> Iterator[str]:
    """Serve the app, and yield its address."""
    server = make_server("127.0.0.1", 0, app.client.application, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ask(login: DashboardLogin, auth: tuple[str, str] | None = None, **headers: str) -> TestResponse:
    """Send a request with this login to a page behind it."""
    app = Flask(__name__)
    app.before_request(lambda: login.refusal(request))
    app.add_url_rule("/", view_func=lambda: "the queue")
    return app.test_client().get("/", auth=auth, headers=headers)


def a_key(app: App, *scopes: Scope) -> str:
    return create_key(app.deps, "test", "olivia", scopes)[0]


@pytest.fixture
def secured(app: App) -> App:
    return app.with_settings(login="on", allowed_hosts=("uploads.example",))


def test_a_key_with_the_scope_admin_is_the_password(secured: App) -> None:
    key, others = a_key(secured, Scope.ADMIN), a_key(secured, Scope.READ, Scope.UPLOAD)
    with served(secured) as url:
        login = DashboardLogin(*PAIR, ServiceCheck(url))
        for auth in (("olivia", key), ("", key), PAIR):
            assert ask(login, auth).status_code == 200
        assert ask(login, Authorization=f"Bearer {key}").status_code == 200
        for auth in (("olivia", others), ("olivia", key[:-1] + "g"), ("olivia", "a-password"), ("admin", "é\n"), None):
            answer = ask(login, auth)
            assert (answer.status_code, answer.headers["WWW-Authenticate"].split()[0]) == (401, "Basic")
            assert key not in answer.text


def test_a_revoked_key_ends_within_seconds(secured: App) -> None:
    now = [0.0]
    key = a_key(secured, Scope.ADMIN)
    with served(secured) as url:
        login = DashboardLogin("", "", ServiceCheck(url, lambda: now[0]))
        assert ask(login, ("", key)).status_code == 200
        revoke_key(secured.deps, key.split("_")[1])
        secured.clock.forward(60)  # the service remembers it for seconds, too
        now[0] = REMEMBERED + 1
        assert ask(login, ("", key)).status_code == 401


def test_a_service_without_login_accepts_no_key(app: App) -> None:
    with served(app) as url:
        login = DashboardLogin(*PAIR, ServiceCheck(url))
        assert (ask(login, ("x", "anything")).status_code, ask(login, PAIR).status_code) == (401, 200)


def test_the_service_counts_wrong_keys_by_the_address_of_the_client() -> None:
    with TestServer() as server:
        server.expect_request("/api/v1/users/me", headers={"X-Forwarded-For": "192.0.2.7"}).respond_with_data(
            "", 429, {"Retry-After": "17"}
        )
        answer = ask(
            DashboardLogin("", "", ServiceCheck(server.url)), ("", "lsk_x"), **{"X-Forwarded-For": "192.0.2.7"}
        )
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "17")


@pytest.mark.parametrize(
    ("status", "body"), [(500, ""), (200, "<html>"), (200, "[]"), (302, ""), (200, '{"data": {"subject": "x"}}')]
)
def test_an_unexpected_answer_of_the_service_is_no_login(status: int, body: str) -> None:
    with TestServer() as server:
        server.expect_request("/api/v1/users/me").respond_with_data(body, status, {"Location": server.url})
        answer = ServiceCheck(server.url)("lsk_x", None)
    assert answer == Answer(401 if "subject" in body else 503)


def test_without_the_service_only_the_password_is_accepted() -> None:
    login = DashboardLogin(*PAIR, ServiceCheck("http://127.0.0.1:9"))
    assert (ask(login, ("", "lsk_x")).status_code, ask(login, PAIR).status_code) == (503, 200)


def test_the_environment_decides_whether_login_is_required() -> None:
    assert DashboardLogin.from_env({}).is_required is False
    half = DashboardLogin.from_env({"RQ_DASHBOARD_USERNAME": "admin"})
    assert [ask(half, auth).status_code for auth in (("admin", ""), None)] == [401, 401]
