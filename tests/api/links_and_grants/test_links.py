"""Links to files: what a visitor without a login may do, how downloads are counted, and who may create one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from sqlalchemy import select

from service.db.models import Audit, Delivery, Link
from service.limits import MAX_LINK_TTL
from service.observability.metrics import REGISTRY
from service.values.access.caller import Scope
from tests.support.login import login
from tests.support.matchers import A_TIME, A_URL, AN_ID, Like, failure, success
from tests.support.service.links import UNKNOWN_ID, ended, link, links_of, of_ann, opened, shown
from tests.support.service.outcomes import outcome
from tests.support.service_under_test import FILE, App

SECRETS = {"secret": "hidden-1234"}
HEADER = {"X-File-Credential": '{"secret": "hidden-1234"}'}


def records(app: App) -> list[tuple[str, str, str | None]]:
    with app.deps.db.read() as session:
        rows = session.scalars(select(Audit).where(Audit.action.like("link%")).order_by(Audit.id))
        return [(row.actor, row.action, row.reason) for row in rows]


def test_a_link_is_created_used_listed_and_revoked(ann: App) -> None:
    file = ann.ready()
    made = link(ann, file["id"], expires_in=60, max_downloads=2)
    url = Like(r"http://localhost/api/v1/links/lsl_[\w-]{43}")
    assert made == {"link_id": AN_ID, "url": url, "expires_at": "2026-01-02T03:05:05Z"}
    answer = opened(ann, made)
    assert (answer.status_code, answer.headers["Location"]) == (302, A_URL)
    got = requests.get(answer.headers["Location"], headers={"Range": "bytes=1-2"}, timeout=10)
    assert (got.status_code, got.content) == (206, b"el")
    expected = {
        "link_id": made["link_id"],
        "state": "active",
        "disposition": "inline",
        "has_password": False,
        "max_downloads": 2,
        "downloads": 1,
        "last_used_at": A_TIME,
        "created_by": "ann",
        "created_at": A_TIME,
        "expires_at": "2026-01-02T03:05:05Z",
        "revoked_at": None,
    }
    path = links_of(file["id"])
    assert outcome(ann.client.get(path)) == (200, success({"items": [expected], "next_cursor": None}))
    revoked = ann.client.delete(links_of(file["id"], made["link_id"]))
    assert outcome(revoked) == (200, success(expected | {"state": "revoked", "revoked_at": A_TIME}))
    assert outcome(opened(ann, made)) == ended("revoked")
    what = f"link {made['link_id']}"
    assert records(ann) == [
        ("ann", "link_created", what),
        ("anonymous", "link_used", what),
        ("ann", "link_revoked", what),
    ]


@pytest.mark.parametrize(
    ("wish", "stored"),
    [({}, False), ({"max_downloads": 1}, True), ({"password": "seven seas"}, True)],
    ids=["free", "counted", "with a password"],
)
def test_the_redirect_of_a_limited_link_is_not_cached(ann: App, wish: dict[str, Any], stored: bool) -> None:
    ann.clock.now = ann.clock.now.replace(microsecond=0)
    made = link(ann, ann.ready()["id"], expires_in=100, **wish)
    answer = opened(ann, made, headers={"X-Link-Password": "seven seas"})
    kept = "no-store" if stored else "private, max-age=100"
    headers = [answer.headers[name] for name in ("Cache-Control", "Referrer-Policy", "X-Robots-Tag")]
    assert headers == [kept, "no-referrer", "noindex, nofollow"]
    assert "X-Amz-Expires=100&" in answer.headers["Location"], "the link in storage ends with the link"


def test_a_redirect_is_not_cached_longer_than_its_url_is_valid(ann: App) -> None:
    """A signature counts from whole seconds."""
    ann.clock.now = ann.clock.now.replace(microsecond=900_000)
    file = ann.ready()
    for answer in (opened(ann, link(ann, file["id"])), ann.client.get(f"{FILE}/content/{file['id']}")):
        assert (answer.headers["Cache-Control"], "X-Amz-Expires=300" in answer.location) == (
            "private, max-age=299",
            True,
        )


def test_a_link_to_a_public_file_redirects_to_a_signed_url(app: App) -> None:
    """A plain link would outlive the limits of the link."""
    ann = of_ann(app, s3_public_base_url="https://cdn.example")
    file = ann.ready()
    assert ann.get(file["id"]).json["data"]["download_url"].startswith("https://cdn.example/")
    assert opened(ann, link(ann, file["id"])).location == A_URL


def test_a_head_request_is_not_counted_and_its_url_allows_no_get(ann: App) -> None:
    file = ann.ready()
    made = link(ann, file["id"], max_downloads=1)
    answer = opened(ann, made, "HEAD")
    assert (answer.status_code, answer.data, answer.headers["Cache-Control"]) == (302, b"", "no-store")
    get, head = opened(ann, made).location, answer.location
    assert get.partition("X-Amz-Signature")[0] == head.partition("X-Amz-Signature")[0]
    assert get != head, "moto checks no signature; tests/live does"
    assert [each["downloads"] for each in shown(ann, file["id"])] == [1]


def test_a_request_for_json_returns_the_url(ann: App) -> None:
    made = link(ann, ann.ready()["id"], disposition="attachment")
    answer = opened(ann, made, headers={"Accept": "application/json"})
    assert outcome(answer) == (200, success({"url": A_URL, "expires_at": A_TIME}))
    assert "attachment" in answer.json["data"]["url"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_concurrent_clients_get_no_more_than_max_downloads(ann: App) -> None:
    file = ann.ready()
    made = link(ann, file["id"], max_downloads=3)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: opened(ann, made), range(10)))
    assert sorted(answer.status_code for answer in answers) == [302] * 3 + [410] * 7
    assert {str(outcome(answer)) for answer in answers if answer.status_code == 410} == {str(ended("used_up"))}
    assert [(each["downloads"], each["state"]) for each in shown(ann, file["id"])] == [(3, "used_up")]
    assert len([one for one in records(ann) if one[1] == "link_used"]) == 3


def test_a_failed_request_is_not_counted_as_a_download(ann: App) -> None:
    file = ann.ready()
    made = link(ann, file["id"], max_downloads=1)
    assert outcome(opened(ann.untrusted().without_storage(), made)) == (503, failure("storage_unavailable"))
    assert outcome(opened(ann.without_database(), made)) == (503, failure("database_unavailable"))
    assert opened(ann, made).status_code == 302


def test_a_link_with_a_password_opens_only_with_it(ann: App) -> None:
    file = ann.ready()
    made = link(ann, file["id"], password="Käse 日本")
    wrong = (403, failure("wrong_password"))
    assert outcome(opened(ann, made)) == wrong
    for method, options in (
        ("GET", {"headers": {"X-Link-Password": "kase"}}),
        ("POST", {"json": {"password": "kase"}}),
        ("POST", {"json": {}}),
        ("GET", {"query_string": {"password": "Käse 日本"}}),
    ):
        assert outcome(opened(ann, made, method, **options)) == wrong
    decomposed = "Ka\u0308se 日本"
    header = {"X-Link-Password": decomposed.encode().decode("latin-1")}
    assert opened(ann, made, headers=header).status_code == 302
    for body in ({"json": {"password": decomposed}}, {"data": {"password": "Käse 日本"}}):
        answer = opened(ann, made, "POST", **body)
        assert (answer.status_code, answer.location, answer.headers["Cache-Control"]) == (303, A_URL, "no-store")
    assert [(one["downloads"], one["has_password"]) for one in shown(ann, file["id"])] == [(3, True)]
    assert opened(ann, link(ann, file["id"]), "POST", json={"password": "any"}).status_code == 303
    assert outcome(opened(ann, made, headers={"X-Link-Password": "\xff"})) == (
        422,
        failure("invalid_body", "[X-Link-Password] is not text in UTF-8"),
    )


def test_a_password_survives_a_rotation_of_the_secret(ann: App) -> None:
    made = link(ann, ann.ready()["id"], password="seven seas")
    old = ann.deps.settings.secret_key
    turned = ann.with_settings(secret_key="another-secret-of-credentials", secret_key_previous=(old,))
    header = {"X-Link-Password": "seven seas"}
    assert opened(turned, made, headers=header).status_code == 302
    assert opened(turned.with_settings(secret_key_previous=()), made, headers=header).status_code == 302


def test_passwords_and_tokens_are_neither_stored_nor_logged(ann: App, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    file = ann.ready()
    made = link(ann, file["id"], password="hidden-1234")
    opened(ann, made, headers={"X-Link-Password": "hidden-5678"})
    folder = ann.deps.settings.web_root.parent
    kept = b"".join(each.read_bytes() for each in folder.glob("test.sqlite3*"))
    token = made["url"].rpartition("/")[2]
    assert [secret in kept for secret in (b"hidden-1234", token.encode())] == [False, False]
    assert "hidden-" not in caplog.text
    assert "hidden-" not in str(shown(ann, file["id"]))


@pytest.mark.parametrize(
    ("wish", "line"),
    [
        (
            {"expires_in": MAX_LINK_TTL + 1},
            f"[expires_in] Must be greater than or equal to 1 and less than or equal to {MAX_LINK_TTL}.",
        ),
        ({"max_downloads": 0}, "[max_downloads] Must be greater than or equal to 1 and less than or equal to 1000000."),
        ({"password": "abc"}, "[password] Length must be between 4 and 255."),
        ({"disposition": "other"}, "[disposition] Must be one of: inline, attachment."),
        ({"max_download": 1}, "[max_download] Unknown field."),
    ],
)
def test_an_invalid_link_request_is_refused(ann: App, wish: dict[str, Any], line: str) -> None:
    assert outcome(ann.client.post(links_of(ann.ready()["id"]), json=wish)) == (422, failure("invalid_body", line))
    assert ann.count(Link) == 0


@pytest.mark.parametrize("token", ["lsl_" + "A" * 43, "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "%00", "lsl_ä"])
def test_an_unknown_link_is_not_found(ann: App, token: str) -> None:
    assert outcome(ann.client.get(f"/api/v1/links/{token}")) == (404, failure("link_not_found"))


def test_links_of_other_subjects_files_are_not_found(ann: App) -> None:
    file = ann.ready()
    made = link(ann, file["id"])
    bob, root = login(ann, "bob"), login(ann, "root", Scope.ADMIN)
    for method, path in (
        ("POST", links_of(file["id"])),
        ("GET", links_of(file["id"])),
        ("DELETE", links_of(file["id"], made["link_id"])),
        ("POST", links_of(UNKNOWN_ID)),
        ("POST", links_of("nonsense")),
    ):
        answer = bob.client.open(path, method=method, json={} if method == "POST" else None)
        assert outcome(answer) == (404, failure("file_not_found"))
    theirs = bob.ready()
    without_secret = bob.with_settings(jwt_secret="")
    without_secret.client.environ_base.update(bob.client.environ_base)
    for link_id in (made["link_id"], "nonsense"):
        assert outcome(without_secret.client.delete(links_of(theirs["id"], link_id))) == (
            404,
            failure("link_not_found"),
        )
    assert opened(ann, made).status_code == 302, "bob revoked nothing of ann's"
    assert root.client.delete(links_of(file["id"], made["link_id"])).json["data"]["state"] == "revoked"


def test_creating_a_link_to_a_private_file_requires_its_credential(ann: App) -> None:
    file = ann.ready(credential=SECRETS)
    assert outcome(ann.client.post(links_of(file["id"]), json={})) == (403, failure("wrong_credential"))
    answer = ann.client.post(links_of(file["id"]), json={}, headers=HEADER)
    assert opened(ann, answer.json["data"]).status_code == 302
    assert opened(ann, link(login(ann, "root", Scope.ADMIN), file["id"])).status_code == 302


def test_with_login_off_a_private_file_needs_its_credential_too(app: App) -> None:
    file = app.ready(credential=SECRETS)
    assert outcome(app.client.post(links_of(file["id"]), json={})) == (403, failure("wrong_credential"))
    assert opened(app, link(app, app.ready()["id"])).status_code == 302


def test_a_link_used_before_the_verdict_is_refused_and_not_counted(ann: App) -> None:
    file = ann.upload()
    made = link(ann, file["id"], max_downloads=1)
    assert outcome(opened(ann, made)) == (409, failure("file_not_ready"))
    ann.scan(file["id"])
    assert opened(ann, made).status_code == 302


def test_the_event_of_a_link_has_no_secret(ann: App) -> None:
    hooked = ann.with_settings(webhooks=("https://hooks.example/in",), webhook_secret="whsec_x")
    hooked.client.environ_base.update(ann.client.environ_base)
    file = ann.ready()
    made = link(hooked, file["id"], password="seven seas", max_downloads=3)
    with hooked.deps.db.read() as session:
        payload = session.scalars(select(Delivery).where(Delivery.event == "file.linked")).one().payload
    assert payload["data"]["link"] == {
        "link_id": made["link_id"],
        "disposition": "inline",
        "has_password": True,
        "max_downloads": 3,
        "created_by": "ann",
        "created_at": A_TIME,
        "expires_at": made["expires_at"],
    }
    assert (payload["subject"], payload["data"]["file"]["id"]) == ("ann", file["id"])
    assert made["url"].rpartition("/")[2] not in str(payload)


def test_the_metric_counts_link_uses_by_outcome(ann: App) -> None:
    def uses(outcome: str) -> float:
        return REGISTRY.get_sample_value("longshore_link_uses_total", {"outcome": outcome}) or 0

    outcomes = ("redirected", "link_ended", "link_not_found")
    before = [uses(each) for each in outcomes]
    made = link(ann, ann.ready()["id"], max_downloads=1)
    for _ in range(2):
        opened(ann, made)
    opened(ann, {"url": "http://localhost/api/v1/links/x"})
    assert [uses(each) - start for each, start in zip(outcomes, before, strict=True)] == [1, 1, 1]


def test_links_are_listed_in_pages(ann: App) -> None:
    file = ann.ready()
    made = [link(ann, file["id"])["link_id"] for _ in range(3)]
    first = ann.client.get(links_of(file["id"]), query_string={"limit": 2}).json["data"]
    query = {"limit": 2, "cursor": first["next_cursor"]}
    second = ann.client.get(links_of(file["id"]), query_string=query).json["data"]
    assert {one["link_id"] for one in first["items"] + second["items"]} == set(made)
    assert second["next_cursor"] is None


def test_the_url_has_the_public_address(app: App) -> None:
    ann = of_ann(app, public_url="https://files.example/up")
    assert link(ann, ann.ready()["id"])["url"].startswith("https://files.example/up/api/v1/links/lsl_")
