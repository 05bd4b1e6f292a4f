"""Pages of other origins: which may call the API, and the headers for their browsers."""

from __future__ import annotations

import pytest

from tests.support.service_under_test import App

OURS, OTHER = "https://app.example", "https://evil.example"
INIT = "/api/v1/file/upload/init/"


def origin_headers(app: App, method: str, path: str, origin: str | None) -> dict[str, str]:
    """The headers of an answer that are about origins."""
    answer = app.client.open(path, method=method, headers={"Origin": origin} if origin else {})
    named = ("Vary", "Access-Control-")
    return {name: value for name, value in answer.headers.items() if name.startswith(named)}


@pytest.mark.parametrize(
    ("allowed", "origin", "allowed_origin"),
    [((OURS,), OURS, OURS), (("*",), OTHER, OTHER), ((OURS,), OTHER, None), ((OURS,), None, None)],
)
def test_pages_of_allowed_origins_may_read_an_answer(
    app: App, allowed: tuple[str, ...], origin: str, allowed_origin: str | None
) -> None:
    may_read = {
        "Access-Control-Allow-Origin": allowed_origin,
        "Access-Control-Expose-Headers": "Date, Retry-After, X-Request-ID",
    }
    expected = {"Vary": "Origin"} | (may_read if allowed_origin else {})
    assert origin_headers(app.with_settings(cors_origins=allowed), "GET", "/api/v1/nothing", origin) == expected


def test_a_preflight_lists_the_allowed_methods_and_headers(app: App) -> None:
    answer = origin_headers(app.with_settings(cors_origins=(OURS,)), "OPTIONS", INIT, OURS)
    methods = answer.pop("Access-Control-Allow-Methods")
    assert set(methods.split(", ")) == {"POST", "OPTIONS", "DELETE"}
    assert answer == {
        "Vary": "Origin",
        "Access-Control-Allow-Origin": OURS,
        "Access-Control-Allow-Headers": (
            "Authorization, Content-Type, X-File-Credential, Idempotency-Key, If-Match, X-Link-Password, X-Request-ID"
        ),
        "Access-Control-Max-Age": "7200",
    }


@pytest.mark.parametrize("path", ["/", INIT])
def test_pages_and_a_service_without_origins_send_no_cors_headers(app: App, path: str) -> None:
    changed = app.with_settings(cors_origins=(OURS,)) if path == "/" else app
    assert origin_headers(changed, "GET", path, OURS) == {}
