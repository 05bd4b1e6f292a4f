"""The operators' files over HTTP: the owner in payloads, the list of all files, and one file with all that is known."""

from __future__ import annotations

from typing import Any

import pytest

from service.values.caller import Scope
from tests.support.login import login
from tests.support.service_under_test import FILE, App


@pytest.fixture
def secured(app: App) -> App:
    return app.with_settings(login="on")


@pytest.fixture
def ann(secured: App) -> App:
    return login(secured, "ann")


@pytest.fixture
def olivia(secured: App) -> App:
    """An operator."""
    return login(secured, "olivia", Scope.ADMIN)


def payloads(app: App, file_id: str) -> list[dict[str, Any]]:
    """A file in every response that has one, and its status."""
    listed = [item for item in app.client.get(f"{FILE}/all").json["data"]["items"] if item["id"] == file_id]
    changed = app.client.patch(f"{FILE}/{file_id}", json={"filename": "a.txt"}).json["data"]
    return [app.get(file_id).json["data"], *listed, changed, app.status(file_id).json["data"]]


def test_the_owner_is_shown_to_callers_that_see_all(ann: App, olivia: App) -> None:
    file_id, opened = ann.ready()["id"], ann.init(size=5)
    assert [each["owner"] for each in payloads(olivia, file_id)] == ["ann"] * 4
    assert olivia.status(opened["file_id"]).json["data"]["owner"] == "ann"
    found = [*payloads(ann, file_id), ann.status(opened["file_id"]).json["data"]]
    assert [each for each in found if "owner" in each] == []
    assert "owner" not in ann.upload()


def test_without_login_there_is_no_owner(app: App) -> None:
    assert [each["owner"] for each in payloads(app, app.ready()["id"])] == [None] * 4
