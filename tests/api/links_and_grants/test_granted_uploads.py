"""Uploads by a grant: permissions of the browser, counted uses, and grants that end during an upload."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from service.db.models import Grant, Upload
from service.domain.upkeep.sweep import sweep
from service.limits import MAX_GRANT_TTL
from service.values.access.caller import Scope
from tests.support.login import login
from tests.support.matchers import failure
from tests.support.service.grants import (
    APPOINTMENTS,
    FIXED,
    GRANTS,
    UNKNOWN_ID,
    USERS,
    browser,
    grant,
    refused,
    used,
)
from tests.support.service.outcomes import outcome
from tests.support.service_under_test import CHUNK, FILE, App


def test_a_grant_allows_nothing_but_uploads(shop: App) -> None:
    ann, page = login(shop, "ann"), browser(shop, grant(shop))
    file = ann.ready()
    opened = page.send()
    assert page.post("/upload/complete/", **page.completion(opened)).status_code == 200
    paths = [f"{FILE}/get/", f"{FILE}/content/", f"{FILE}/receipt/"]
    calls = [("GET", path + opened["file_id"]) for path in paths]
    calls += [("PATCH", f"{FILE}/{opened['file_id']}"), ("DELETE", f"{FILE}/{opened['file_id']}")]
    calls += [
        ("GET", f"{FILE}/all"),
        ("GET", f"{FILE}/appointment/{UNKNOWN_ID}"),
        ("GET", f"{FILE}/virus-scanner/health"),
    ]
    calls += [(method, path) for method in ("GET", "POST") for path in (USERS, APPOINTMENTS)]
    calls += [("DELETE", path + UNKNOWN_ID) for path in (USERS, APPOINTMENTS, GRANTS)]
    calls += [
        ("POST", GRANTS),
        ("GET", GRANTS + UNKNOWN_ID),
        ("GET", f"{USERS}me"),
        ("GET", f"{FILE}/get/{file['id']}"),
    ]
    for method, path in calls:
        answer = page.client.open(path, method=method, json={} if method in {"POST", "PATCH"} else None)
        assert outcome(answer) == refused("not_allowed"), (method, path)


def test_foreign_uploads_are_refused_like_unknown_ones(shop: App) -> None:
    """Of the same subject, of another grant, of another subject, and unknown ones."""
    page = browser(shop, grant(shop))
    own = page.init(size=5)
    theirs = [
        one.send()
        for one in (login(shop, "ann"), browser(shop, grant(shop)), browser(shop, grant(shop, subject="bob")))
    ]
    theirs.append({"upload_id": UNKNOWN_ID, "file_id": UNKNOWN_ID, "chunk_size": CHUNK})
    theirs.append({"upload_id": "x", "file_id": "x", "chunk_size": CHUNK})
    for opened in theirs:
        upload_id, file_id = opened["upload_id"], opened["file_id"]
        answers = [
            page.post("/upload/chunk/", upload_id=upload_id, chunk_index=0),
            page.post("/upload/complete/", **page.completion(opened)),
            page.post("/upload/retry", upload_id=upload_id),
            page.post("/upload/retry", file_id=file_id),
            page.client.delete(f"{FILE}/upload/{upload_id}"),
            page.status(file_id),
        ]
        assert [outcome(answer) for answer in answers] == [refused("foreign")] * len(answers)
    assert page.status(own["file_id"]).status_code == 200


def test_ten_concurrent_browsers_start_no_more_than_count_uploads(shop: App) -> None:
    made = grant(shop, count=3)
    pages = [browser(shop, made) for _ in range(10)]
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda page: page.post("/upload/init/", size=5), pages))
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [403] * 7
    assert {str(outcome(answer)) for answer in answers if answer.status_code == 403} == {str(refused("used_up"))}
    assert (used(shop, made), shop.count(Upload)) == ((3, "used_up"), 3)


def test_a_repeated_init_counts_once(shop: App) -> None:
    made, other = grant(shop), grant(shop)
    key = {"headers": {"Idempotency-Key": "one"}, "json": {"size": 5}}
    first, again, theirs = (
        browser(shop, each).client.post(f"{FILE}/upload/init/", **key).json["data"] for each in (made, made, other)
    )
    assert first["upload_id"] == again["upload_id"] != theirs["upload_id"]
    assert (used(shop, made), used(shop, other)) == ((1, "used_up"), (1, "used_up"))


def test_an_aborted_or_expired_upload_restores_its_use_once(shop: App) -> None:
    made = grant(shop, expires_in=MAX_GRANT_TTL)
    page = browser(shop, made)
    opened = page.init(size=5)
    for _ in range(2):
        assert page.client.delete(f"{FILE}/upload/{opened['upload_id']}").status_code == 200
    assert used(shop, made) == (0, "active")
    page.init(size=5)
    shop.clock.forward(shop.deps.settings.upload_ttl + 1)
    sweep(shop.deps)
    sweep(shop.deps)
    assert used(shop, made) == (0, "active")
    page.send()
    assert used(shop, made) == (1, "used_up")


def test_a_refused_init_is_not_counted(shop: App) -> None:
    made = grant(shop, max_size=4)
    page = browser(shop, made)
    assert page.post("/upload/init/", size=5).status_code == 422
    assert used(shop, made) == (0, "active")


def test_the_narrower_limit_of_grant_and_policy_applies(shop: App) -> None:
    page = browser(shop, grant(shop, count=9, policy="avatars", max_size=4, content_types=["image/png", "text/plain"]))
    wide = browser(shop, grant(shop, count=9, policy="avatars", max_size=400, content_types=["image/png", "image/*"]))
    plain = browser(shop, grant(shop, count=9, max_size=4))
    large, wrong = {"size": 5}, {"size": 1, "content_type": "image/jpeg"}
    size = "[size] is 5 bytes; these files have at most 4"
    types = "[content_type] only files of these types are accepted: image/png"
    assert outcome(page.post("/upload/init/", **large)) == (
        422,
        failure("policy_refused", size, policy="avatars", rule="max_size"),
    )
    assert outcome(page.post("/upload/init/", **wrong)) == (
        422,
        failure("policy_refused", types, policy="avatars", rule="content_types"),
    )
    assert outcome(plain.post("/upload/init/", **large)) == (
        422,
        failure("policy_refused", size, policy="default", rule="max_size"),
    )
    assert wide.post("/upload/init/", size=10, content_type="image/jpeg").status_code == 200
    assert wide.post("/upload/init/", size=11).json["rule"] == "max_size"
    # they also limit values that init did not have
    opened = plain.init()
    chunk = plain.post("/upload/chunk/", upload_id=opened["upload_id"], chunk_index=0, chunk_size=5)
    assert chunk.json["rule"] == "max_size"


def test_limits_of_a_grant_apply_without_a_policy_file(shop: App) -> None:
    bare = shop.with_settings(policies={})
    page = browser(bare, grant(shop, count=2, content_types=["image/png"]))
    opened = page.send()
    answer = page.post("/upload/complete/", **page.completion(opened))
    assert (answer.status_code, answer.json["rule"]) == (422, "content_types")
    done = page.post("/upload/complete/", **page.completion(opened, content_type="image/png"))
    assert (done.status_code, done.json["data"]["policy"]) == (200, "default")


def test_the_browser_cannot_change_the_metadata(shop: App) -> None:
    root = login(shop, "root", Scope.ADMIN)
    user, other = (root.client.post(USERS, json={"name": "Ada"}).json["data"]["id"] for _ in range(2))
    made = grant(root, user_id=user, detail={"order": 7}, credential={"pin": "1"}, policy="default")
    page = browser(shop, made)
    assert outcome(page.post("/upload/init/", policy="avatars")) == (
        422,
        failure("invalid_body", f"[policy] {FIXED}: its policy is default"),
    )
    opened = page.send(policy="default")
    wrong = {"detail": {"order": 8}, "user_id": other, "appointment_id": UNKNOWN_ID, "credential": {"pin": "1"}}
    answer = page.post("/upload/complete/", **page.completion(opened, **wrong))
    lines = sorted(f"[{name}] {FIXED}" for name in wrong)
    assert (answer.status_code, answer.json["code"], sorted(answer.json["errors"])) == (422, "invalid_body", lines)
    same = {"detail": {"order": 7}, "user_id": user}
    file = page.post("/upload/complete/", **page.completion(opened, **same)).json["data"]
    assert (file["detail"], file["user_id"], file["is_private"]) == ({"order": 7}, user, True)
    # the browser follows its file without the credential, ann needs it
    assert page.status(file["id"]).status_code == 200
    assert page.post("/upload/retry", file_id=file["id"]).json["code"] == "file_in_progress"
    assert page.post("/upload/complete/", **page.completion(opened)).status_code == 200
    ann = login(shop, "ann")
    assert ann.get(file["id"]).json["code"] == "wrong_credential"
    assert ann.get(file["id"], headers={"X-File-Credential": '{"pin": "1"}'}).status_code == 200


def test_the_browser_sets_metadata_that_the_grant_does_not_fix(shop: App) -> None:
    page = browser(shop, grant(shop))
    opened = page.send()
    wish = {"detail": {"note": "mine"}, "credential": {"pin": "2"}}
    file = page.post("/upload/complete/", **page.completion(opened, **wish)).json["data"]
    assert (file["detail"], file["is_private"]) == ({"note": "mine"}, True)
    assert page.status(file["id"]).json["code"] == "wrong_credential"
    assert page.status(file["id"], headers={"X-File-Credential": '{"pin": "2"}'}).status_code == 200


def test_the_browser_names_a_folder_within_the_limits(shop: App) -> None:
    made = grant(shop, count=2, max_size=5, content_types=["text/plain"], detail={"order": 7})
    page, bad = browser(shop, made), "a/../b"
    assert page.post("/upload/init/", size=6, path_name="a").json["rule"] == "max_size"
    assert page.post("/upload/init/", size=5, path_name=bad).json["code"] == "invalid_body"
    assert used(shop, made) == (0, "active")
    opened = page.send(path_name="orders/7", content_type="text/plain")
    assert page.status(opened["file_id"]).json["data"]["path_name"] == "orders/7"
    for wish in ({"detail": {"order": 8}}, {"content_type": "image/png"}, {"path_name": bad}):
        assert (
            page.post("/upload/complete/", **page.completion(opened, **{"path_name": "b", **wish})).status_code == 422
        )
    moved = page.post("/upload/complete/", **page.completion(opened, path_name="orders/8")).json["data"]
    kept = page.send(path_name="orders/9", content_type="text/plain")
    kept = page.post("/upload/complete/", **page.completion(kept)).json["data"]
    found = [(file["path_name"], file["detail"], file["grant_id"]) for file in (moved, kept)]
    assert found == [(place, {"order": 7}, made["grant_id"]) for place in ("orders/8", "orders/9")]
    # the folder is in the tree of the grant's subject; the browser can neither list nor move
    listed = login(shop, "ann").client.get(f"{FILE}/folders", query_string={"path_name": "orders"}).json["data"]
    assert [item["name"] for item in listed["items"]] == ["8", "9"]
    assert page.client.get(f"{FILE}/folders").status_code == 403
    assert page.client.patch(f"{FILE}/{moved['id']}", json={"path_name": "c"}).status_code == 403
    assert outcome(page.post("/upload/init/", size=5, path_name="a")) == refused("used_up")


def test_a_completion_is_refused_after_the_grants_user_was_deleted(shop: App) -> None:
    root = login(shop, "root", Scope.ADMIN)
    user = root.client.post(USERS, json={"name": "Ada"}).json["data"]["id"]
    page = browser(shop, grant(root, user_id=user))
    opened = page.send()
    assert root.client.delete(USERS + user).status_code == 200
    answer = page.post("/upload/complete/", **page.completion(opened))
    assert outcome(answer) == (422, failure("invalid_body", "[user_id] no user has this id"))


def calls(page: App, opened: dict[str, Any]) -> dict[str, tuple[int, Any]]:
    """Call the API about an open upload; return the responses by name."""
    upload_id = opened["upload_id"]
    answers = {
        "init": page.post("/upload/init/", size=5),
        "chunk": page.post("/upload/chunk/", upload_id=upload_id, chunk_index=0),
        "retry": page.post("/upload/retry", upload_id=upload_id),
        "status": page.status(opened["file_id"]),
    }
    return {name: outcome(answer) for name, answer in answers.items()}


def test_a_grant_that_expires_during_an_upload_allows_its_completion(shop: App) -> None:
    made = grant(shop, count=3, expires_in=60)
    page = browser(shop, made)
    first, second = page.send(), page.init(size=5)
    shop.clock.forward(59)
    assert calls(page, first)["chunk"][0] == 200
    shop.clock.forward(1)
    found = calls(page, second)
    assert [found[name] for name in ("init", "chunk", "retry")] == [refused("expired")] * 3
    assert found["status"][0] == 200
    # the URL that was signed before still works, and the upload can be completed
    page.put(second["chunks"][0], b"hello")
    for opened in (first, second):
        assert page.post("/upload/complete/", **page.completion(opened)).status_code == 200
    assert used(shop, made) == (3, "expired")


def test_a_grant_that_is_revoked_during_an_upload_allows_only_its_abort(shop: App) -> None:
    made = grant(shop, count=3)
    page = browser(shop, made)
    opened = page.send()
    assert shop.client.delete(GRANTS + made["grant_id"]).status_code == 200
    found = calls(page, opened)
    assert [found[name] for name in ("init", "chunk", "retry")] == [refused("revoked")] * 3
    assert found["status"][0] == 200
    assert outcome(page.post("/upload/complete/", **page.completion(opened))) == refused("revoked")
    assert page.client.delete(f"{FILE}/upload/{opened['upload_id']}").status_code == 200
    assert used(shop, made) == (0, "revoked")


def test_init_refuses_a_valid_token_of_a_used_up_or_deleted_grant(shop: App) -> None:
    """The row of the grant decides, also if its token is valid."""
    made = grant(shop)
    page = browser(shop, made)
    with shop.deps.db.write() as session:
        session.get_one(Grant, made["grant_id"]).count = 0
    assert outcome(page.post("/upload/init/", size=5)) == refused("used_up")
    with shop.deps.db.write() as session:
        session.delete(session.get_one(Grant, made["grant_id"]))
    assert page.post("/upload/init/", size=5).json == failure("token_refused")
