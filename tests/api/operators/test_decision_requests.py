"""Requests about decisions: refused ones, and requests as forms."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.files.decisions import (
    DECISIONS,
    WHY,
    bad_file,
    decide,
)
from tests.support.login import login
from tests.support.matchers import failure, success
from tests.support.service_under_test import App

NO_REASON = "[reason] is missing: it is required to release and to block"
EITHER = "[file_ids] Give either file_ids or filter."


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"action": "release", "file_ids": ["x"]}, NO_REASON),
        ({"action": "block", "filter": {"search": "a"}}, NO_REASON),
        ({"action": "rescan"}, EITHER),
        (
            {"action": "delete", "file_ids": ["x"], "filter": {"search": "a"}},
            EITHER,
        ),
        ({"action": "delete", "filter": {}}, "[filter] is empty; name at least one property of the files"),
    ],
)
def test_invalid_bodies_are_refused(app: App, body: dict[str, Any], error: str) -> None:
    answer = app.client.post(DECISIONS, json=body)
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", error))


def test_unknown_and_ended_decisions_are_refused(app: App) -> None:
    unknown = f"{DECISIONS}/9a7c1e52-0b3d-4c68-8f24-5d1e7b90a3c6"
    for answer in (app.client.get(unknown), app.client.delete(unknown), app.client.post(f"{unknown}/approve")):
        assert (answer.status_code, answer.json) == (404, failure("decision_not_found"))
    done = decide(app, "delete", str(app.ready()["id"]))
    ended = app.client.delete(f"{DECISIONS}/{done['decision_id']}")
    assert (ended.status_code, ended.json) == (409, failure("decision_ended"))
    listed = app.client.get(DECISIONS).json
    assert listed == success({"items": [done], "next_cursor": None})


def test_decisions_need_the_scope_admin(secured: App) -> None:
    ann = login(secured, "ann")
    assert ann.client.post(DECISIONS, json={"action": "delete", "file_ids": ["x"]}).status_code == 403


def test_a_decision_may_be_sent_as_a_form(app: App) -> None:
    file_id = bad_file(app)
    body = {"action": "release", "reason": WHY, "file_ids": f'["{file_id}"]', "dry_run": "false"}
    assert app.client.post(DECISIONS, data=body).json["data"]["done"] == 1


@pytest.mark.parametrize("value", [0, 1, "true", None])
def test_a_dry_run_is_true_or_false(app: App, value: object) -> None:
    """It is not 0 or 1: read as the wrong value, the request would decide about files."""
    body = {"action": "delete", "filter": {"virus_scan_status": "error"}, "dry_run": value}
    answer = app.client.post("/api/v1/admin/decisions", json=body)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_body")
