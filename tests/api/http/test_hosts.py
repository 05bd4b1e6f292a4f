"""Host names that the service answers to, and pages of other origins that try to change something."""

from __future__ import annotations

from typing import Any

import pytest

from service.db.models import Upload
from tests.support.matchers import failure
from tests.support.service_under_test import FILE, App

INIT = f"{FILE}/upload/init/"
EVIL = "https://evil.example"


def status(app: App, host: str | None, path: str = f"{FILE}/all", **more: Any) -> int:
    headers = {"Host": host} if host else {}
    return app.client.get(path, headers=headers, **more).status_code


@pytest.mark.parametrize(
    ("host", "answered"),
    [
        *((host, True) for host in ("localhost", "LOCALHOST:9443", "page.localhost", "127.0.0.1:8000", "[::1]:8000")),
        *((host, True) for host in ("files.example", "files.example:8443", "app.example.", "127.9.9.9")),
        *((host, False) for host in ("evil.example", "10.0.0.7", "localhost.evil.example", "[::1", "", "a,localhost")),
        *((host, False) for host in ("files.example.evil.example", "xlocalhost", "127.0.0.1.evil.example")),
    ],
)
def test_without_login_unknown_hosts_are_refused(app: App, host: str, answered: bool) -> None:
    named = app.with_settings(public_url="https://files.example", cors_origins=("https://app.example",))
    answer = named.client.get(f"{FILE}/all", headers={"Host": host})
    assert (answer.status_code == 200) is answered
    if not answered:
        assert (answer.status_code, answer.json) == (421, failure("host_refused"))


def test_health_and_metrics_with_a_token_are_answered_to_any_host(app: App) -> None:
    with_token = app.with_settings(metrics_token="t" * 16)
    assert status(app, "10.0.0.7", "/api/health/live") == 200
    assert [status(each, "10.0.0.7", "/metrics") for each in (app, with_token)] == [421, 401]
    headers = {"Host": "10.0.0.7", "Authorization": f"Bearer {'t' * 16}"}
    assert "longshore_up{" in with_token.client.get("/metrics", headers=headers).text


def test_configured_hosts_are_accepted(app: App) -> None:
    named, everything = app.with_settings(allowed_hosts=("api",)), app.with_settings(allowed_hosts=("*",))
    assert [status(named, host) for host in ("api:8000", "localhost", "evil.example")] == [200, 200, 421]
    assert status(everything, "evil.example") == 200
    with_login = app.with_settings(login="on")
    assert status(with_login, "evil.example") == 401
    assert status(with_login.with_settings(allowed_hosts=("api",)), "evil.example") == 421


@pytest.mark.parametrize(
    ("origin", "host", "taken"),
    [
        (None, "localhost", True),
        ("https://localhost:9443", "localhost:9443", True),
        ("https://files.example", "files.example:443", True),
        ("https://files.example", "localhost:8000", True),
        ("https://app.example", "localhost", True),
        ("http://localhost:3000", "localhost:8000", False),
        ("https://other.example", "localhost", False),
        (EVIL, "files.example", False),
        ("null", "localhost", False),
        ("https://", "localhost", False),
        ("https://[", "localhost", False),
    ],
)
def test_changes_by_pages_of_other_origins_are_refused(app: App, origin: str | None, host: str, taken: bool) -> None:
    named = app.with_settings(public_url="https://files.example", cors_origins=("https://app.example",))
    headers = {"Host": host, "Content-Type": "text/plain"} | ({"Origin": origin} if origin else {})
    answer = named.client.post(INIT, data="{}", headers=headers)
    assert answer.status_code == 200 if taken else (answer.status_code, answer.json) == (403, failure("origin_refused"))
    assert named.count(Upload) == taken


def test_the_origin_is_not_checked_for_reads_or_with_login(app: App) -> None:
    """A page of another origin cannot read the answer, and with login on it has no key."""
    assert app.client.get(f"{FILE}/all", headers={"Origin": EVIL}).status_code == 200
    assert app.with_settings(cors_origins=("*",)).client.post(INIT, headers={"Origin": EVIL}).status_code == 200
    with_login = app.with_settings(login="on")
    assert with_login.client.post(INIT, headers={"Origin": EVIL}).json == failure("login_required")
