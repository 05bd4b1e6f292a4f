"""Grants: creation, display, revocation, permissions, and deletion of old ones."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from service.db.models import Audit, Delivery, Grant
from service.domain.upkeep.sweep import sweep
from service.limits import MAX_GRANT_TTL
from service.values.access.caller import Scope
from tests.support.login import login
from tests.support.matchers import A_TIME, AN_ID, failure, new_file, success, without_owner
from tests.support.service.grants import (
    A_TOKEN,
    GRANTS,
    UNKNOWN_ID,
    USERS,
    browser,
    grant,
    refused,
    shown,
)
from tests.support.service.outcomes import outcome
from tests.support.service_under_test import FILE, App


def test_a_grant_is_created_and_used_for_a_file(shop: App) -> None:
    user = login(shop, "root", Scope.ADMIN).client.post(USERS, json={"name": "Ada"}).json["data"]["id"]
    made = grant(login(shop, "root", Scope.ADMIN), user_id=user, detail={"order": 7}, max_size=5, expires_in=60)
    assert made == {"grant_id": AN_ID, "token": A_TOKEN, "expires_at": "2026-01-02T03:05:05Z"}
    page = browser(shop, made)
    opened = page.send(filename="hello.txt", content_type="text/plain")
    expected = new_file(
        opened,
        filename="hello.txt",
        content_type="text/plain",
        size=5,
        detail={"order": 7},
        user_id=user,
        grant_id=made["grant_id"],
    )
    answer = page.post("/upload/complete/", **page.completion(opened))
    assert outcome(answer) == (200, success(without_owner(expected)))
    assert page.status(opened["file_id"]).json["data"]["grant_id"] == made["grant_id"]
    ann = login(shop, "ann")
    assert ann.get(opened["file_id"]).json["data"]["grant_id"] == made["grant_id"]
    assert outcome(page.post("/upload/init/", size=5)) == refused("used_up")


def test_a_grant_is_shown_and_revoked(shop: App) -> None:
    made = grant(shop, count=2, content_types=["IMAGE/*"], policy="avatars", detail={"a": 1})
    expected = {
        "grant_id": made["grant_id"],
        "state": "active",
        "subject": "ann",
        "policy": "avatars",
        "count": 2,
        "used": 0,
        "max_size": None,
        "content_types": ["image/*"],
        "detail": {"a": 1},
        "user_id": None,
        "appointment_id": None,
        "is_private": False,
        "created_by": "shop",
        "created_at": A_TIME,
        "expires_at": "2026-01-02T04:04:05Z",
        "revoked_at": None,
    }
    assert outcome(shop.client.get(GRANTS + made["grant_id"])) == (200, success(expected))
    revoked = shop.client.delete(GRANTS + made["grant_id"])
    assert outcome(revoked) == (200, success(expected | {"state": "revoked", "revoked_at": A_TIME}))
    shop.clock.forward(1)
    assert shop.client.delete(GRANTS + made["grant_id"]).json == revoked.json, "again changes nothing"
    with shop.deps.db.read() as session:
        rows = session.scalars(select(Audit).where(Audit.target_id == made["grant_id"]).order_by(Audit.id))
        found = [(row.actor, row.action, row.target_id) for row in rows]
    assert found == [("shop", action, made["grant_id"]) for action in ("grant_created", "grant_revoked")]


def test_no_token_is_logged_or_stored(shop: App, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    made = grant(shop, credential={"pin": "hidden-1234"})
    browser(shop, made).client.get(f"{FILE}/all")
    folder = shop.deps.settings.web_root.parent
    kept = b"".join(file.read_bytes() for file in folder.glob("test.sqlite3*"))
    assert made["token"] not in caplog.text
    assert (b"hidden-1234" in kept, made["token"].rpartition(".")[2].encode() in kept) == (False, False)


@pytest.mark.parametrize(
    ("wish", "line"),
    [
        ({"policy": "nothing"}, "[policy] there is no policy 'nothing'; the policies are avatars, contracts, default"),
        ({"count": 0}, "[count] Must be greater than or equal to 1 and less than or equal to 10000."),
        (
            {"expires_in": MAX_GRANT_TTL + 1},
            f"[expires_in] Must be greater than or equal to 1 and less than or equal to {MAX_GRANT_TTL}.",
        ),
        ({"subject": "ann "}, "[subject] must be 1 to 255 visible characters without leading or trailing spaces"),
        ({"subject": "system"}, "[subject] is one of anonymous, scanner, system, erased, which are reserved"),
        (
            {"content_types": ["png"]},
            "[content_types] Contains 'png', which is not a type such as image/png or image/*.",
        ),
        ({"policy": "avatars", "content_types": ["text/*"]}, "[content_types] the policy avatars accepts only image/*"),
        ({"user_id": UNKNOWN_ID}, "[user_id] no user has this id"),
        ({"appointment_id": "x"}, "[appointment_id] no appointment has this id"),
        ({"max_sise": 5}, "[max_sise] Unknown field."),
    ],
)
def test_an_invalid_grant_request_is_refused(shop: App, wish: dict[str, Any], line: str) -> None:
    answer = shop.client.post(GRANTS, json=wish)
    assert outcome(answer) == (422, failure("invalid_body", line))
    assert shop.count(Grant) == 0


@pytest.mark.parametrize(
    ("wish", "rule"),
    [
        ({"policy": "contracts", "detail": {}}, "detail_schema"),
        ({"policy": "avatars", "credential": {"pin": "1"}}, "visibility"),
    ],
)
def test_metadata_that_violates_the_policy_is_refused(shop: App, wish: dict[str, Any], rule: str) -> None:
    answer = shop.client.post(GRANTS, json=wish)
    assert (answer.status_code, answer.json["code"], answer.json["rule"]) == (422, "policy_refused", rule)


def test_a_grant_is_created_by_a_form(shop: App) -> None:
    form = {"subject": "ann", "count": "2", "content_types": '["image/*"]', "detail": '{"order": 7}'}
    answer = shop.client.post(GRANTS, data=form)
    found = shown(shop, answer.json["data"])
    assert (found["count"], found["content_types"], found["detail"]) == (2, ["image/*"], {"order": 7})


def test_a_grant_is_found_only_by_its_creator_and_admin(shop: App) -> None:
    made = grant(shop)
    other, root = login(shop, "other", Scope.GRANT), login(shop, "root", Scope.ADMIN)
    for method in ("GET", "DELETE"):
        for path in (made["grant_id"], "nonsense"):
            assert outcome(other.client.open(GRANTS + path, method=method)) == (404, failure("grant_not_found"))
    assert root.client.get(GRANTS + made["grant_id"]).status_code == 200
    assert shop.client.get(GRANTS + UNKNOWN_ID).json == failure("grant_not_found")


def test_with_login_off_a_grant_still_limits_its_browser(app: App) -> None:
    answer = app.client.post(GRANTS, json={})
    assert outcome(answer) == (
        422,
        failure("invalid_body", "[subject] is missing: with login off, the caller has none"),
    )
    page = browser(app, grant(app, detail={"order": 7}))
    opened = page.send()
    file = page.post("/upload/complete/", **page.completion(opened)).json["data"]
    assert file["detail"] == {"order": 7}
    assert outcome(page.post("/upload/init/", size=5)) == refused("used_up")
    assert outcome(page.client.get(f"{FILE}/all")) == refused("not_allowed")
    assert app.get(file["id"]).status_code == 200


def test_a_granted_file_sends_the_event_grant_used(shop: App) -> None:
    hooked = shop.with_settings(webhooks=("https://app.example/hook",))
    made = grant(shop, count=2)
    page = browser(hooked, made)
    opened = page.send()
    page.post("/upload/complete/", **page.completion(opened))
    with shop.deps.db.read() as session:
        [event] = session.scalars(select(Delivery))
    assert (event.event, event.file_id, event.payload["subject"]) == ("grant.used", opened["file_id"], "ann")
    assert event.payload["data"] == {
        "grant": {"grant_id": made["grant_id"], "subject": "ann", "count": 2, "used": 1},
        "file": {
            name: value
            for name, value in new_file(
                opened, filename="hello.txt", content_type="text/plain", size=5, grant_id=made["grant_id"]
            ).items()
            if not name.startswith("download_") and name != "owner"
        },
    }


def test_old_grants_are_deleted(shop: App) -> None:
    made, later = grant(shop, expires_in=60), grant(shop, expires_in=MAX_GRANT_TTL)
    page = browser(shop, made)
    shop.clock.forward((timedelta(days=30) + timedelta(seconds=shop.deps.settings.upload_ttl)).total_seconds() + 59)
    assert sweep(shop.deps).forgotten_grants == 0
    shop.clock.forward(1)
    assert sweep(shop.deps).forgotten_grants == 1
    assert shown(shop, later)["state"] == "expired"
    assert page.status(UNKNOWN_ID).json == failure("token_refused")
