"""The pages of links in a browser: a form for the password, and errors, in the browser's language."""

from __future__ import annotations

import re
from typing import Any

import pytest

from service.access.failed_attempts import FailedAttempts
from service.access.rate_limits import RateLimiter
from tests.support.matchers import A_URL
from tests.support.programs.empty_redis import emptied
from tests.support.service.links import PAGE, link, opened
from tests.support.service_under_test import App, rebuilt
from tools.stack.servers.redis import Redis

PASSWORD = "seven seas"
GERMAN = PAGE | {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}


@pytest.fixture
def redis_url(redis_server: Redis) -> str:
    return emptied(redis_server.url(8))


def heading(answer: Any) -> tuple[int, str]:
    assert answer.mimetype == "text/html", answer.text
    found = re.search("<h1>(.*)</h1>", answer.text)
    assert found is not None
    return answer.status_code, found[1]


def test_a_browser_gets_a_form_for_the_password(ann: App) -> None:
    made = link(ann, ann.ready()["id"], password=PASSWORD)
    answer = opened(ann, made, headers=PAGE)
    assert heading(answer) == (403, "This file needs a password")
    assert ('<html lang="en">' in answer.text, '<form method="post">' in answer.text) == (True, True)
    assert heading(opened(ann, made, headers=GERMAN)) == (403, "Für diese Datei brauchen Sie ein Passwort")
    # a browser sends this origin, as the page has no referrer; with login off it would be refused elsewhere
    sent = {"headers": GERMAN | {"Origin": "null"}, "data": {"password": "wrong"}}
    without_login = ann.with_settings(login="off")
    answer = opened(without_login, made, "POST", **sent)
    assert (heading(answer), answer.content_language.as_set()) == ((403, "Falsches Passwort"), {"de"})
    answer = opened(without_login, made, "POST", **sent | {"data": {"password": PASSWORD}})
    assert (answer.status_code, answer.location) == (303, A_URL)


def test_the_content_security_policy_allows_only_the_form(ann: App) -> None:
    made = link(ann, ann.ready()["id"], password=PASSWORD)
    answer = opened(ann, made, headers=PAGE)
    assert re.fullmatch(
        r"default-src 'none'; img-src data:; style-src 'sha256-[\w+/=]{44}'; form-action 'self' https://s3.us-east-1.amazonaws.com;"
        " base-uri 'none'; frame-ancestors 'none'",
        answer.headers["Content-Security-Policy"],
    )
    names = ("Cache-Control", "Referrer-Policy", "X-Content-Type-Options", "X-Robots-Tag")
    assert [answer.headers[name] for name in names] == ["no-store", "no-referrer", "nosniff", "noindex, nofollow"]
    assert made["url"].rpartition("/")[2] not in answer.text


def test_a_browser_gets_errors_as_pages(ann: App) -> None:
    file = ann.ready()
    used, revoked = link(ann, file["id"], max_downloads=1), link(ann, file["id"])
    opened(ann, used)
    ann.client.delete(f"/api/v1/file/{file['id']}/links/{revoked['link_id']}")
    waiting = link(ann, ann.upload()["id"])
    unknown = {"url": "http://localhost/api/v1/links/x"}
    assert [heading(opened(ann, each, headers=PAGE)) for each in (used, revoked, waiting, unknown)] == [
        (410, "This link was already used"),
        (410, "This link was withdrawn"),
        (409, "This file is not ready yet"),
        (404, "This link does not exist"),
    ]
    down = opened(ann.without_database(), used, headers=GERMAN)
    assert (heading(down), down.headers["Retry-After"]) == ((503, "Das geht gerade nicht"), "5")
    ann.client.delete(f"/api/v1/file/{file['id']}")
    assert heading(opened(ann, used, headers=PAGE)) == (410, "This file is no longer available")
    assert opened(ann, used).mimetype == opened(ann, used, headers={"Accept": "*/*"}).mimetype == "application/json"


def test_an_internal_error_is_a_page_too(ann: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.routes.endpoints.links.use_link", lambda *_args, **_kwargs: 1 / 0)
    assert heading(opened(ann, {"url": "http://localhost/api/v1/links/x"}, headers=PAGE))[0] == 500


def test_wrong_passwords_are_limited_per_link(ann: App, redis_url: str) -> None:
    """From all addresses together; then the right one is refused too for some time, and other links still open."""
    guarded = rebuilt(ann, failed_attempts=FailedAttempts(redis_url, "5/hour"))
    file = ann.ready()
    made, other = link(ann, file["id"], password=PASSWORD), link(ann, file["id"], password=PASSWORD)

    def guess(number: int, word: str, which: Any = made, **accept: str) -> Any:
        headers = {"X-Link-Password": word, **accept}
        address = {"REMOTE_ADDR": f"192.0.{number}.1"}
        return opened(guarded, which, headers=headers, environ_base=address)

    assert [guess(number, f"word {number}").status_code for number in range(8)] == [403] * 5 + [429] * 3
    answer = guess(99, PASSWORD, Accept="text/html")
    assert (heading(answer), "Retry-After" in answer.headers) == ((429, "Too many attempts"), True)
    assert guess(99, PASSWORD, other).status_code == 302
    assert opened(guarded, made).status_code == 403, "a missing password is no guess"


def test_visitors_are_limited_by_address(ann: App, redis_url: str) -> None:
    limited = rebuilt(ann, limiter=RateLimiter(redis_url, "", "2/hour"))
    made = link(ann, ann.ready()["id"])
    assert [opened(limited, made).status_code for _ in range(3)] == [302, 302, 429]
