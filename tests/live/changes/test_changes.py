"""Changes of a file on the real stack: one of many concurrent ones succeeds, and downloads have the new name."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import longshore
from longshore.client.errors import VersionChangedError
from tests.support.live.client import FILE, Client
from tests.support.live.races import at_once
from tests.support.live.stack import Stack

MANY = 12
BODY = b"fifteen men on the dead man's chest"


def test_one_of_many_concurrent_changes_to_a_version_succeeds(client: Client) -> None:
    file = client.ready(BODY)
    names = [f"name-{number}.txt" for number in range(MANY)]
    answers = at_once(
        *[
            lambda name=name: client.request(  # type: ignore[misc]
                "PATCH", f"{FILE}/{file['id']}", json={"filename": name}, headers={"If-Match": '"1"'}
            )
            for name in names
        ]
    )
    assert Counter(answer.status_code for answer in answers) == {200: 1, 412: MANY - 1}
    [made] = [answer.json()["data"]["filename"] for answer in answers if answer.status_code == 200]
    now = client.get(file["id"])
    assert (now["filename"], now["version"]) == (made, 2)
    assert client.download(now).headers["Content-Disposition"] == f'attachment; filename="{made}"'


def test_the_python_client_changes_a_file_and_detects_conflicts(stack: Stack, client: Client, tmp_path: Path) -> None:
    payload = tmp_path / "hello.txt"
    payload.write_bytes(BODY)
    with longshore.Client(client.url) as mine:
        file = mine.upload(payload)
        changed = mine.change(file.id, {"filename": "later.txt", "detail": {"album": "harbour"}}, version=file.version)
        with pytest.raises(VersionChangedError):
            mine.change(file.id, {"detail": None}, version=file.version)
        assert mine.change(file.id, {"detail": None}).version == 3
    assert (changed.filename, changed.detail, changed.version) == ("later.txt", {"album": "harbour"}, 2)
    assert [(row.actor, row.action, row.reason) for row in stack.audits(file.id)] == [
        ("anonymous", "changed", "detail, filename"),
        ("anonymous", "changed", "detail"),
    ]
