"""Replace files by uploads over HTTP."""

from __future__ import annotations

from typing import Any

from tests.support.service_under_test import FILE, App


def replacing(app: App, old: str, body: bytes = b"hello", **completion: Any) -> str:
    """Upload a file that replaces an old one, without its scan; return its id."""
    started = app.send(body, replaces=old)
    answer = app.post("/upload/complete/", **app.completion(started, body, **completion))
    assert (answer.status_code, answer.json["data"]["replaces"]) == (200, old)
    return str(started["file_id"])


def delete_by_statement(app: App, file_id: str) -> None:
    assert app.client.delete(f"{FILE}/{file_id}").status_code == 200
