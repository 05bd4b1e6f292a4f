"""Storage keys that a role supplies: requests signed with them, and a role that supplies none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from service.domain.upkeep.sweep import sweep
from tests.support.matchers import failure
from tests.support.service.calls import ASKS
from tests.support.service_under_test import CHUNK, FILE, App
from tests.support.storage.role import RoleEndpoint, key, with_role

NEED_NO_KEY = {"status of a file", "retry of a scan", "abort", "delete", "list", "users", "new user"}
"""Requests without a call to storage and without a link; a list has links if an upload key is set."""

STORAGE_DOWN = ["[database] ok", "[storage] down", "[redis] ok", "[scanner] ok"]


def query(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query)


def shown_end(moment: Any) -> str:
    return str(moment.isoformat().replace("+00:00", "Z"))


def test_a_link_is_signed_with_the_roles_key(app: App, role: RoleEndpoint) -> None:
    by_role = with_role(app)
    file = by_role.ready()
    link = query(by_role.get(file["id"]).json["data"]["download_url"])
    assert link["X-Amz-Credential"][0].startswith(f"{role.key.access_key}/")
    assert (link["X-Amz-Security-Token"], link["X-Amz-Expires"]) == ([role.key.session_token], ["300"])
    assert role.calls == 1


def test_urls_expire_with_the_roles_key(app: App, role: RoleEndpoint) -> None:
    """After 20 minutes instead of URL_TTL, an hour; near the key's end links expire before DOWNLOAD_URL_TTL, too."""
    role.key = key("FIRST", 1200)
    end = role.key.expires_at
    assert end
    by_role = with_role(app)
    by_role.clock.now = end - timedelta(seconds=1200)
    chunks = by_role.init(size=2 * CHUNK)["chunks"]
    assert [(query(chunk["url"])["X-Amz-Expires"], chunk["expires_at"]) for chunk in chunks] == [
        (["1200"], shown_end(end))
    ] * 2
    file = by_role.ready()
    by_role.clock.now = end - timedelta(seconds=60)
    view = by_role.get(file["id"]).json["data"]
    assert (query(view["download_url"])["X-Amz-Expires"], view["download_expires_at"]) == (["60"], shown_end(end))


def test_urls_are_signed_with_a_renewed_key(app: App, role: RoleEndpoint) -> None:
    role.key = key("FIRST", 12 * 60)
    by_role = with_role(app)
    upload_id = by_role.init(size=CHUNK)["upload_id"]
    role.key = key("SECOND")
    chunk = by_role.post("/upload/chunk/", upload_id=upload_id, chunk_index=0).json["data"]["chunks"][0]
    assert query(chunk["url"])["X-Amz-Security-Token"] == [role.key.session_token]
    assert query(chunk["url"])["X-Amz-Expires"] == ["3600"]


@pytest.mark.parametrize("name", ASKS)
def test_a_role_without_a_key_counts_as_storage_down(app: App, no_role: pytest.MonkeyPatch, name: str) -> None:
    opened, file = app.send(), app.ready()
    answer = ASKS[name](with_role(app), opened, file)
    if name in NEED_NO_KEY:
        # a file that is ready needs no further scan
        assert answer.status_code == {"retry of a scan": 400, "new user": 201}.get(name, 200)
        assert storage_forgets_later(app, file, name)
        return
    assert (answer.status_code, answer.json) == (503, failure("storage_unavailable"))
    assert int(answer.headers["Retry-After"]) > 0


def storage_forgets_later(app: App, file: dict[str, Any], name: str) -> bool:
    """Whether a sweep with a key removes what was deleted or aborted without one, and nothing else."""
    app.clock.forward(2 * 3600)
    sweep(app.deps)
    still_open = [up.object_key for up in app.deps.storage.open_uploads("longshore-private")]
    left = (len(still_open), app.keys("longshore-private"))
    return left == (name != "abort", [] if name == "delete" else [file["path"].partition("/")[2]])


def test_a_list_with_links_needs_a_key(app: App, no_role: pytest.MonkeyPatch) -> None:
    app.ready()
    settings = app.deps.settings
    upload_key = {
        "s3_upload_access_key": settings.s3_upload_access_key,
        "s3_upload_secret_key": settings.s3_upload_secret_key,
    }
    answer = with_role(app).with_settings(**upload_key).client.get(f"{FILE}/all")
    assert (answer.status_code, answer.json) == (503, failure("storage_unavailable"))


def test_the_service_becomes_ready_when_the_role_supplies_a_key(
    app: App, role: RoleEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It starts without a key, and reports that it is not ready until there is one."""
    monkeypatch.setattr("service.storage.credentials.PAUSE", 0)
    role.status = 503
    by_role = with_role(app)
    for _ in range(2):
        ready = by_role.client.get("/api/health/ready")
        assert (ready.status_code, ready.json["errors"]) == (503, STORAGE_DOWN)
    role.status = 200
    assert by_role.client.get("/api/health/ready").json["data"]["storage"] == "ok"
    assert by_role.upload()["virus_scan_status"] == "pending"
