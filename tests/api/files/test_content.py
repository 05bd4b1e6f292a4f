"""GET /content: a redirect to the bytes, or the URL as JSON, and files that are not served."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.support.fakes import SIGNATURE
from tests.support.files.credentials import CREDENTIAL, HEADER
from tests.support.matchers import A_URL, Like, failure, success
from tests.support.service_under_test import FILE, App

UNKNOWN_ID = "3f0e8a52-0000-4000-8000-000000000000"


def content_of(app: App, file_id: str, query: str = "", **headers: str) -> Any:
    return app.client.get(f"{FILE}/content/{file_id}{query}", headers=headers)


@pytest.mark.parametrize(
    ("query", "kind"),
    [("", "inline"), ("?disposition=inline", "inline"), ("?disposition=attachment", "attachment")],
)
@pytest.mark.parametrize("base", [None, "https://cdn.example"])
def test_content_is_a_redirect_to_the_bytes(app: App, query: str, kind: str, base: str | None) -> None:
    public = app.with_settings(s3_public_base_url=base) if base else app
    file = public.ready(b"hello", filename="hello.txt")
    answer = content_of(public, file["id"], query)
    assert answer.status_code == 302
    if base and kind == "inline":
        assert answer.location == f"{base}/{file['path'].partition('/')[2]}"
        return
    assert answer.headers["Cache-Control"] == "private, max-age=299", "its signature counts from the last whole second"
    assert [name for name in ("Accept", "Authorization", "X-File-Credential") if name not in answer.vary] == []
    download = requests.get(answer.location, timeout=10)
    assert (download.content, download.headers["Content-Disposition"]) == (b"hello", f'{kind}; filename="hello.txt"')


def test_a_request_for_json_returns_the_url(app: App) -> None:
    file = app.ready(b"hello", credential=CREDENTIAL)
    headers = {"Accept": "application/json"} | HEADER
    answer = content_of(app, file["id"], "?disposition=attachment", **headers)
    assert answer.json == success({"url": A_URL, "expires_at": "2026-01-02T03:09:05.678901Z"})
    assert requests.get(answer.json["data"]["url"], timeout=10).headers["Content-Disposition"].startswith("attachment")


def test_content_requires_the_credential_as_a_header(app: App) -> None:
    file = app.ready(credential=CREDENTIAL)
    assert content_of(app, file["id"]).json == failure("wrong_credential")
    assert content_of(app, file["id"], "?pin=1234&name=Ada").json == failure("wrong_credential")
    assert content_of(app, file["id"], **HEADER).status_code == 302
    strange = content_of(app, file["id"], "?disposition=elsewhere", **HEADER)
    assert strange.json == failure("invalid_body", Like(r"\[disposition\] .+"))


def test_a_pending_infected_or_unknown_file_is_not_served(app: App) -> None:
    waiting = app.upload()
    infected = app.ready(SIGNATURE)
    answers = [content_of(app, file_id) for file_id in (waiting["id"], infected["id"], UNKNOWN_ID)]
    assert [(answer.status_code, answer.json) for answer in answers] == [
        (409, failure("file_not_ready")),
        (410, failure("file_gone")),
        (404, failure("file_not_found")),
    ]


def test_the_signature_is_for_the_browsers_endpoint(app: App) -> None:
    opened = app.init(size=1)
    url = urlsplit(opened["chunks"][0]["url"])
    assert url.netloc == "s3.us-east-1.amazonaws.com"
    assert parse_qs(url.query)["X-Amz-Expires"] == ["3600"]
