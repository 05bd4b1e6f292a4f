"""Links for tests: of the service, and signed by a backend; and how a visitor opens one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from longshore.jws import encode
from longshore.links import PATH, TYPE, password_digest
from service.errors import LinkEndedError
from tests.support.login import login
from tests.support.matchers import failure
from tests.support.service.identity_provider import SECRET
from tests.support.service_under_test import FILE, App

UNKNOWN_ID = "3f0e8a52-0000-4000-8000-000000000000"
PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
"""The headers that a browser sends."""
GONE = (410, failure("file_gone"))


def of_ann(app: App, **settings: Any) -> App:
    """Return the app of ann, who uploads and reads; login is on."""
    return login(app.with_settings(login="on", jwt_secret=SECRET, **settings), "ann")


def links_of(file_id: str, link_id: str = "") -> str:
    return f"{FILE}/{file_id}/links{link_id and '/'}{link_id}"


def link(app: App, file_id: str, **wish: Any) -> dict[str, Any]:
    """A new link to a file."""
    answer = app.client.post(links_of(file_id), json=wish)
    assert answer.status_code == 201, answer.json
    data: dict[str, Any] = answer.json["data"]
    return data


def signed(
    app: App, file: str, *, secret: str = SECRET, guarded_by: str | None = None, **claims: Any
) -> dict[str, Any]:
    """A link that a backend signed itself, by the app's clock; a claim of None is left out."""
    link_id = claims.get("jti") or str(uuid4())
    digest = None if guarded_by is None else password_digest(secret, str(link_id), guarded_by)
    ends = int(app.clock().timestamp()) + 600
    payload = {"jti": link_id, "sub": "ann", "exp": ends, "file_id": file, "password_digest": digest} | claims
    token = encode(TYPE, {name: value for name, value in payload.items() if value is not None}, secret.encode())
    return {"link_id": link_id, "url": f"http://localhost{PATH}{token}"}


def opened(app: App, made: dict[str, Any], method: str = "GET", **options: Any) -> Any:
    """Return the answer to a visitor, who sends no key."""
    return app.client.application.test_client().open(urlsplit(made["url"]).path, method=method, **options)


def shown(app: App, file_id: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = app.client.get(links_of(file_id)).json["data"]["items"]
    return items


def ended(reason: str) -> tuple[int, Any]:
    return 410, failure("link_ended", reason=reason) | {"message": LinkEndedError.MESSAGES[reason]}
